//! The libraries that are preloaded into a command and its children: built once by the C compiler, told by variables at
//! which call to kill or to fail. `shim.c` has the calls that write, `reads.c` those that read.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::{Call, TestRepo};

const HEADER: &str = include_str!("fault.h");
const SOURCES: [(&str, &str); 2] = [("shim", include_str!("shim.c")), ("reads", include_str!("reads.c"))];

/// Whose calls count, and who is killed at one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Victim {
    /// This program; a git that it has called goes on.
    Ours,
    /// Any git that this program has called; this program goes on.
    Git,
    /// All at once, whosever call it is.
    All,
}

impl Victim {
    pub(super) const EVERY: [Victim; 3] = [Victim::Ours, Victim::Git, Victim::All];

    /// As the table of results has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Victim::Ours => "we are killed",
            Victim::Git => "our git is killed",
            Victim::All => "all are killed",
        }
    }
}

/// What calls fail with, where nobody is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// There is no room on the disk, from that call on.
    Full,
    /// One call that writes fails.
    Write,
    /// One of our calls that read fails.
    Read,
}

impl Fault {
    pub(super) const EVERY: [Fault; 3] = [Fault::Full, Fault::Write, Fault::Read];

    /// As the table of results has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Fault::Full => "the disk is full",
            Fault::Write => "a write fails",
            Fault::Read => "a read fails",
        }
    }

    /// Whose calls fail. git reads much of which it thinks that it can do without.
    pub(super) fn victim(self) -> Victim {
        match self {
            Fault::Full | Fault::Write => Victim::All,
            Fault::Read => Victim::Ours,
        }
    }

    fn number(self) -> i32 {
        let error = match self {
            Fault::Full => rustix::io::Errno::NOSPC,
            Fault::Write | Fault::Read => rustix::io::Errno::IO,
        };
        error.raw_os_error()
    }

    /// What the system calls it.
    pub(super) fn words(self) -> &'static str {
        match self {
            Fault::Full => "No space left on device",
            Fault::Write | Fault::Read => "Input/output error",
        }
    }
}

/// At which call to kill.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub(super) victim: Victim,
    /// From 1; 0 is never.
    pub(super) at: u64,
    /// If it is a write, half of it is done first.
    pub(super) torn: bool,
}

/// One call of a command under the shim: where it counts, and what it writes down.
#[derive(Debug)]
pub(super) struct Shim {
    state: PathBuf,
    trace: Option<PathBuf>,
    /// The only calls that count, see `FAULT_CALL`.
    only: Option<String>,
    /// What calls below a folder fail with.
    fault: Option<(Fault, PathBuf)>,
}

impl Shim {
    /// The shim for one call in the sandbox of `repo`; with a trace of all calls that count, if that is wanted. `None`, with
    /// a line that says so, where it cannot be built or its filter is not allowed.
    pub(super) fn new(repo: &TestRepo, traced: bool) -> Option<Self> {
        libraries()?;
        let shim = Self {
            state: repo.beside("tmp/fault-state"),
            trace: traced.then(|| repo.beside("tmp/fault-trace")),
            only: None,
            fault: None,
        };
        repo.write(&shim.state, [0; 16]);
        if let Some(trace) = &shim.trace {
            repo.write(trace, "");
        }
        Some(shim)
    }

    /// Only calls of this name count which concern a place that ends so.
    pub(super) fn only(self, call: &str, end: &str) -> Self {
        Self {
            only: Some(format!("{call} {end}")),
            ..self
        }
    }

    /// Nobody is killed: calls that concern a place in the sandbox of `repo` fail.
    pub(super) fn failing(self, fault: Fault, repo: &TestRepo) -> Self {
        Self {
            fault: Some((fault, repo.sandbox().root().to_owned())),
            ..self
        }
    }

    /// The call with the shim in it. `program` is the name of the one that is tested.
    pub(super) fn over<'a>(&self, call: Call<'a>, program: &str, point: Point) -> Call<'a> {
        let [writes, reads] = libraries().expect("a shim was made");
        let library = match self.fault {
            Some((Fault::Read, _)) => reads,
            _ => writes,
        };
        let counted = match point.victim {
            Victim::Ours => program,
            Victim::Git => "git",
            Victim::All => "*",
        };
        let mut call = call
            .env("LD_PRELOAD", library)
            .env("FAULT_STATE", &self.state)
            .env("FAULT_PROGRAM", counted)
            .env("FAULT_AT", point.at.to_string());
        if point.torn {
            call = call.env("FAULT_TORN", "1");
        }
        match &self.fault {
            None if point.victim == Victim::All => call = call.env("FAULT_GROUP", "1"),
            None => {}
            Some((fault, under)) => {
                call = call
                    .env("FAULT_ERROR", fault.number().to_string())
                    .env("FAULT_UNDER", under);
                if *fault == Fault::Full {
                    call = call.env("FAULT_STAYS", "1");
                }
            }
        }
        if let Some(only) = &self.only {
            call = call.env("FAULT_CALL", only);
        }
        if let Some(trace) = &self.trace {
            call = call.env("FAULT_TRACE", trace);
        }
        call
    }

    /// Whether anybody was killed, or any call failed.
    pub(super) fn struck(&self) -> bool {
        let bytes = fs::read(&self.state).expect("it was made");
        bytes[8..].iter().any(|byte| *byte != 0)
    }

    /// The calls, where they were to be written down.
    pub(super) fn trace(&self) -> Vec<Record> {
        let file = self.trace.as_ref().expect("it was asked for");
        Record::all(&fs::read(file).expect("it was made"))
    }
}

/// One call that was made.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) name: String,
    /// One of git's programs made it.
    pub(super) by_git: bool,
    /// What it gave back; less than 0 is an error.
    pub(super) result: i64,
    /// The number of the file that a descriptor stands for.
    pub(super) inode: u64,
    /// Where in the file was written, or its new length.
    pub(super) offset: u64,
    /// Of an open.
    pub(super) flags: u64,
    pub(super) places: [PathBuf; 2],
    pub(super) data: Vec<u8>,
}

impl Record {
    fn all(mut bytes: &[u8]) -> Vec<Self> {
        let mut records = Vec::new();
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let head = std::str::from_utf8(&bytes[..end]).expect("the head of a record is text");
            let parts: Vec<&str> = head.split(' ').collect();
            let number = |at: usize| parts[at].parse::<u64>().unwrap_or_else(|_| panic!("no record: {head}"));
            bytes = &bytes[end + 1..];
            let mut take = |length: u64| {
                let (taken, rest) = bytes.split_at(usize::try_from(length).expect("it was read"));
                bytes = rest;
                taken.to_vec()
            };
            let place = |bytes: Vec<u8>| PathBuf::from(String::from_utf8(bytes).expect("sandboxes have such paths"));
            records.push(Self {
                name: parts[0].to_owned(),
                by_git: parts[1] == "1",
                result: parts[2].parse().expect("a number"),
                inode: number(3),
                offset: number(4),
                flags: number(5),
                places: [place(take(number(6))), place(take(number(7)))],
                data: take(number(8)),
            });
        }
        records
    }

    /// Whether it wrote, more than one byte, to a file and not to a pipe.
    pub(super) fn can_be_torn(&self) -> bool {
        matches!(self.name.as_str(), "write" | "pwrite") && self.data.len() > 1 && self.places[0].is_absolute()
    }
}

/// The built libraries, as [`SOURCES`] has them; `None` where there can be none.
fn libraries() -> Option<&'static [PathBuf; 2]> {
    static BUILT: OnceLock<Option<[PathBuf; 2]>> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            let built = build();
            built
                .map_err(|why| crate::support::skipped(&format!("no faults can be injected: {why}")))
                .ok()
        })
        .as_ref()
}

fn build() -> Result<[PathBuf; 2], String> {
    if !cfg!(all(
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64")
    )) {
        return Err("the shim knows Linux on x86_64 and aarch64 only".to_owned());
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    if folder.to_string_lossy().contains([' ', ':']) {
        return Err(format!("'{}' cannot be preloaded from", folder.display()));
    }
    let own = folder.join(format!("crash-shim-{}", std::process::id()));
    let said = |error: std::io::Error| error.to_string();
    fs::create_dir_all(&own).map_err(said)?;
    let built = build_in(&own, folder);
    fs::remove_dir_all(&own).map_err(said)?;
    built
}

fn build_in(own: &Path, folder: &Path) -> Result<[PathBuf; 2], String> {
    let said = |error: std::io::Error| error.to_string();
    fs::write(own.join("fault.h"), HEADER).map_err(said)?;
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let libraries = SOURCES.map(|(name, _)| folder.join(format!("crash-{name}.so")));
    for ((name, text), library) in SOURCES.iter().zip(&libraries) {
        let (source, made, state) = (
            own.join(format!("{name}.c")),
            own.join(format!("{name}.so")),
            own.join("state"),
        );
        fs::write(&source, text).map_err(said)?;
        let output = Command::new(&compiler)
            .args(["-shared", "-fPIC", "-O2", "-o"])
            .args([&made, &source])
            .output()
            .map_err(|error| format!("there is no C compiler: {error}"))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        // Of all runs under the same name; what others have mapped stays with them.
        fs::rename(&made, library).map_err(said)?;
        fs::write(&state, [0; 16]).map_err(said)?;
        let tried = Command::new("git")
            .arg("hash-object")
            .arg(&source)
            .env("LD_PRELOAD", library)
            .env("FAULT_STATE", &state)
            .env("FAULT_PROGRAM", "*")
            .output()
            .map_err(said)?;
        let counted = fs::read(&state).map_err(said)?;
        if !tried.status.success() || counted[0] == 0 {
            return Err(format!("calls cannot be caught here: {}", tried.status));
        }
    }
    Ok(libraries)
}
