//! Ctrl-C, and readers that go away.

use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process_group};

use super::world;
use crate::crash::checks;
use crate::support::project::{HEAD_REF, ID, PATH, Project};
use crate::support::run::wait;

/// What a terminal does: this program and the gits that it has called get the signal at the same time.
#[test]
fn an_interrupted_command_loses_nothing() {
    if std::process::Command::new("setsid").arg("true").output().is_err() {
        crate::support::skipped("there is no setsid");
        return;
    }
    let first = world();
    let began = Instant::now();
    first.twin().lineage_ok(&["sync"]);
    let usual = began.elapsed();
    let mut interrupted = 0;
    for part in 1..=12_u32 {
        let project = first.twin();
        let before = checks::versions(&project);
        // Whoever started the tests may ignore interrupts.
        let through = ["env", "--default-signal=INT", "setsid"];
        let child = project.call().through(&through).spawn_lineage(&["--json", "sync"]);
        std::thread::sleep(usual * part / 12);
        let group = i32::try_from(child.id())
            .ok()
            .and_then(Pid::from_raw)
            .expect("a process has a number");
        // Unless it has ended.
        let _ = kill_process_group(group, Signal::INT);
        let output = wait(child);
        assert!(output.code == 0 || output.code == 130, "{output}");
        interrupted += u32::from(output.code == 130);
        // A git that was caught in the middle takes its locks away; ours go once they are old.
        checks::age_our_locks(&project);
        let now = checks::versions(&project);
        assert!(
            before.is_subset(&now) && checks::reported(&output.stdout).is_subset(&now),
            "{output}"
        );
        checks::assert_git_is_content(&project);
        checks::recover(&project, part % 2 == 0, &mut checks::Needed::default());
        project.lineage_ok(&["sync"]);
        assert_eq!(project.read(format!("{PATH}/SKILL.md")), b"not recorded\n");
        assert_eq!(project.read(format!("{PATH}/new.md")), b"theirs\n");
        project.lineage_ok(&["verify"]);
    }
    assert!(interrupted >= 3, "{interrupted}");
}

/// What is done is done, whether anybody reads about it or not.
#[test]
fn a_reader_who_is_gone_stops_no_command_that_writes() {
    let project = Project::deployed();
    for (number, reader) in ["| true", ">&-", "2>&-", "| head -c 1 >/dev/null"].iter().enumerate() {
        project.edit("SKILL.md", format!("{number}\n"));
        let before = project.rev_parse(HEAD_REF);
        let script = format!("{{ sleep 0.05; git-lineage --json record {ID}; }} {reader} || :");
        project.call().sh(&script);
        assert_eq!(project.rev_parse(&format!("{HEAD_REF}~1")), before, "{reader}");
    }
    project.upstream("new.md", "theirs\n");
    project.call().sh("{ sleep 0.05; git-lineage sync; } | true");
    assert_eq!(project.read(format!("{PATH}/new.md")), b"theirs\n");
    assert_eq!(project.git(&["for-each-ref", "refs/lineage/pending"]).text(), "");
    project.lineage_ok(&["verify"]);
}
