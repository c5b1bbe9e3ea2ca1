//! `git lineage serve --stdio` beside one process for each call: `find`, `status`, `record`.
//!
//! `cargo bench --bench serve`; `GIT_LINEAGE_BENCH_ARTIFACTS` sets the number of artifacts of ten files each (100 without it),
//! `GIT_LINEAGE_BENCH_RUNS` how many rounds there are (21). A round is so many calls of each kind, in turns, so that whatever
//! else the machine does slows both alike; medians of the rounds. Each record has something to record.

mod processes;
mod project;

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use self::processes::{git, median, number};

const CALLS: u32 = 20;

/// A command of this program, which keeps what it fetches beside the project.
fn command(project: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_git-lineage"));
    command
        .args(args)
        .current_dir(project)
        .env("XDG_CACHE_HOME", project.with_file_name("cache"));
    command
}

struct Server {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Server {
    fn start(project: &Path) -> Self {
        let mut child = command(project, &["serve", "--stdio"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs");
        Server {
            stdin: child.stdin.take().expect("piped"),
            stdout: BufReader::new(child.stdout.take().expect("piped")),
            child,
        }
    }

    fn send(&mut self, method: &str, params: &str) {
        let body = format!("{{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"{method}\",\"params\":{params}}}");
        write!(self.stdin, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("it lives");
    }

    fn receive(&mut self) -> Vec<u8> {
        let mut header = String::new();
        self.stdout.read_line(&mut header).expect("it lives");
        let length = header
            .trim()
            .strip_prefix("Content-Length: ")
            .and_then(|text| text.parse::<usize>().ok());
        let mut message = vec![0; length.expect("a length") + 2];
        self.stdout.read_exact(&mut message).expect("a message");
        assert!(
            message.windows(9).any(|part| part == b"\"result\":"),
            "{}",
            String::from_utf8_lossy(&message)
        );
        message
    }

    fn end(mut self) {
        drop(self.stdin);
        assert!(self.child.wait().expect("it ends").success());
    }
}

/// The file that is edited before each record.
fn edit(project: &Path, round: usize) {
    let file: PathBuf = project.join(".claude/skills/s0000/0.md");
    std::fs::write(file, format!("# Edit {round}\n")).expect("written");
}

fn main() {
    let dir = tempfile::tempdir().expect("a directory");
    let artifacts = number("GIT_LINEAGE_BENCH_ARTIFACTS", 100);
    let (project, contents) = project::project(dir.path(), artifacts);
    std::thread::sleep(Duration::from_millis(1100));
    git(&project, &["update-index", "-q", "--refresh"]);
    assert!(
        command(&project, &["status", "--fetch", "-q"])
            .stdout(Stdio::null())
            .status()
            .expect("it runs")
            .success()
    );
    let mut server = Server::start(&project);
    let hash = contents[0].to_string();
    let quoted = format!("[\"{hash}\"]");
    let mut edits = 0;
    for (name, args, params) in [
        ("find", vec!["--json", "find", &hash], quoted.as_str()),
        ("status", vec!["--json", "status"], "[]"),
        ("record", vec!["--json", "record", "skill/s0000"], "[\"skill/s0000\"]"),
    ] {
        let (mut processes, mut served) = (Vec::new(), Vec::new());
        for _ in 0..number("GIT_LINEAGE_BENCH_RUNS", 21) {
            let (mut one, mut other) = (Duration::ZERO, Duration::ZERO);
            for _ in 0..CALLS {
                edits += 1;
                edit(&project, if name == "record" { edits } else { 0 });
                let begun = Instant::now();
                let output = command(&project, &args).output().expect("it runs");
                one += begun.elapsed();
                assert!(output.status.success() && !output.stdout.is_empty());

                edits += 1;
                edit(&project, if name == "record" { edits } else { 0 });
                let begun = Instant::now();
                server.send(name, params);
                server.receive();
                other += begun.elapsed();
            }
            processes.push(one / CALLS);
            served.push(other / CALLS);
        }
        report(name, median(processes), median(served));
    }
    in_a_row(&mut server, &quoted);
    server.end();
}

fn report(name: &str, process: Duration, served: Duration) {
    let rate = |time: Duration| 1.0 / time.as_secs_f64();
    println!(
        "{name}: {:.0} calls a second by serve, {:.0} by one process for each, ratio {:.1}",
        rate(served),
        rate(process),
        process.as_secs_f64() / served.as_secs_f64()
    );
}

/// Requests that do not wait for one another's answers.
fn in_a_row(server: &mut Server, params: &str) {
    const COUNT: u32 = 2000;
    let begun = Instant::now();
    for n in 0..COUNT {
        let body = format!("{{\"jsonrpc\":\"2.0\",\"id\":{n},\"method\":\"find\",\"params\":{params}}}");
        write!(server.stdin, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("it lives");
        // Not more than pipes hold.
        if n >= 20 {
            server.receive();
        }
    }
    for _ in 0..20 {
        server.receive();
    }
    let rate = f64::from(COUNT) / begun.elapsed().as_secs_f64();
    println!("find, up to 20 requests at a time: {rate:.0} calls a second by serve");
}
