//! A project of many artifacts: its status, a commit with hooks, and commits that were made without them.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use crate::{
    Sizes,
    processes::git,
    project::project,
    table::Table,
    timing::{LINEAGE, copy, in_turns, output, time},
};

pub(crate) fn measure(table: &mut Table, dir: &Path, sizes: Sizes) {
    let names = ["status", "commit with hooks", "catching up"];
    if !names.iter().any(|name| table.wants(name)) {
        return;
    }
    let dir = dir.join("commits");
    fs::create_dir_all(&dir).expect("a directory");
    let (project, _) = project(&dir, sizes.artifacts);
    // Files that are as new as the index would have to be read by both each time.
    std::thread::sleep(Duration::from_millis(1100));
    git(&project, &["update-index", "-q", "--refresh"]);
    if table.wants("status") {
        time(&project, LINEAGE, &["status", "--fetch"]);
        let pair = in_turns(
            sizes.runs,
            |_| time(&project, LINEAGE, &["status"]),
            |_| time(&project, "git", &["status"]),
        );
        let work = format!("status of {} artifacts of 10 files, clean", sizes.artifacts);
        table.compare(work, "`git status`", (1.5, 1.0), pair);
    }
    if table.wants("commit with hooks") {
        with_hooks(table, &project, sizes);
    }
    if table.wants("catching up") {
        catch_up(table, &project, sizes);
    }
}

fn with_hooks(table: &mut Table, project: &Path, sizes: Sizes) {
    let (plain, hooked) = (copy(project, "without-hooks"), copy(project, "with-hooks"));
    time(&hooked, LINEAGE, &["hooks", "install"]);
    for project in [&plain, &hooked] {
        git(project, &["update-index", "-q", "--refresh"]);
    }
    for (touched, file) in [
        ("no artifact", "main.txt"),
        ("one artifact", ".claude/skills/s0007/0.md"),
    ] {
        let commit = |project: &Path, run: usize| {
            fs::write(project.join(file), format!("Change {run}.\n")).expect("written");
            git(project, &["add", file]);
            time(project, "git", &["commit", "--quiet", "--message", "Change"])
        };
        let pair = in_turns(
            sizes.runs * 2 + 1,
            |run| commit(&hooked, run),
            |run| commit(&plain, run),
        );
        let work = format!("commit with hooks, {} artifacts, {touched} touched", sizes.artifacts);
        table.compare(work, "the same without hooks", (1.6, 1.2), pair);
    }
}

/// Each commit edits one artifact; nothing of it is recorded yet.
fn catch_up(table: &mut Table, project: &Path, sizes: Sizes) {
    let base = copy(project, "commits");
    let tip = output(&base, "git", &["rev-parse", "HEAD"]);
    let mut stream = Vec::new();
    for number in 0..sizes.commits {
        let from = if number == 0 {
            format!("from {tip}")
        } else {
            String::new()
        };
        let text = format!("# Edit {number}\n");
        let path = format!(".claude/skills/s{:04}/0.md", number * 7 % sizes.artifacts);
        let time = 1_700_100_000 + number;
        write!(
            stream,
            "commit refs/heads/main\ncommitter Bench <bench@example.org> {time} +0000\ndata 4\nEdit\n{from}\
             M 100644 inline {path}\ndata {}\n{text}\n",
            text.len()
        )
        .expect("a Vec takes all");
    }
    let mut import = Command::new("git")
        .args(["fast-import", "--quiet", "--force"])
        .current_dir(&base)
        .stdin(Stdio::piped())
        .spawn()
        .expect("git runs");
    import
        .stdin
        .take()
        .expect("piped")
        .write_all(&stream)
        .expect("it reads");
    assert!(import.wait().expect("it ends").success());
    git(&base, &["reset", "--quiet", "--hard"]);
    git(&base, &["repack", "-a", "-d", "--quiet"]);
    git(&base, &["pack-refs", "--all"]);
    let since = format!("{}..HEAD", tip.trim());
    let behind = |run: usize| -> PathBuf { copy(&base, &format!("behind-{run}")) };
    let pair = in_turns(
        sizes.runs.min(5),
        |run| {
            let project = behind(run);
            let took = time(&project, LINEAGE, &["record"]);
            let count = output(&project, "git", &["rev-list", "--count", "--glob=refs/lineage/heads"]);
            assert_eq!(
                count.trim(),
                (sizes.artifacts + sizes.commits).to_string(),
                "all were recorded"
            );
            fs::remove_dir_all(project).expect("removed");
            took
        },
        |_| time(&base, "git", &["log", "--raw", &since]),
    );
    let work = format!(
        "catching up with {} commits, {} artifacts",
        sizes.commits, sizes.artifacts
    );
    table.compare(work, "`git log --raw` of the same commits", (2.0, 1.0), pair);
}
