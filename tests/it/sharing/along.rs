//! The pre-push hook: lineage goes along with every `git push`.

use super::{assert_no_warning, heads, shared, version_of};
use crate::support::TestRepo;
use crate::support::project::Project;

/// As [`shared`], with hooks as files.
fn hooked() -> (Project, TestRepo) {
    let (project, remote) = shared();
    crate::hooks::with_files_only(project.call(), &project).lineage_ok(&["hooks", "install"]);
    (project, remote)
}

fn edited(project: &Project, content: &str) -> String {
    project.edit("SKILL.md", content);
    project.commit(content.trim());
    version_of(project, "HEAD")
}

#[test]
fn versions_go_with_their_commits() {
    let (project, remote) = hooked();
    let version = edited(&project, "# one\n");
    // More that is not pushed, and an edit that is not even committed.
    let later = edited(&project, "# two\n");
    project.record_edit("SKILL.md", "# recorded\n");
    assert_no_warning(&project.git(&["push", "origin", "HEAD~1:refs/heads/main"]));
    assert_eq!(heads(&remote)["main/skill/pdf"], version);
    assert_no_warning(&project.git(&["push", "--set-upstream", "origin", "main"]));
    assert_eq!(heads(&remote)["main/skill/pdf"], later);
    let nothing = project.git(&["push", "origin", "main:other"]);
    assert_no_warning(&nothing);
    assert_eq!(heads(&remote).len(), 1, "no version was made there");
}

#[test]
fn a_dry_run_and_a_push_that_git_refuses_send_nothing() {
    let (project, remote) = hooked();
    for args in [
        &["push", "--dry-run", "origin", "main"][..],
        &["push", "-n", "origin", "main"],
    ] {
        project.git(args);
        assert!(heads(&remote).is_empty(), "{args:?}");
    }
    project.git(&["push", "--quiet", "--no-verify", "origin", "main"]);
    assert!(heads(&remote).is_empty());
    let other = remote.clone_as("other", &[]);
    other.write("README.md", "theirs\n");
    other.git(&["add", "--all"]);
    other.commit("Theirs");
    other.git(&["push", "--quiet"]);
    edited(&project, "# mine\n");
    let _ = project.git_fails(&["push", "origin", "main"]);
    assert!(heads(&remote).is_empty(), "what is over there is not known here");
    project.git(&["fetch", "--quiet"]);
    let _ = project.git_fails(&["push", "origin", "main"]);
    assert!(heads(&remote).is_empty(), "it is no fast-forward");
    project.git(&["push", "--quiet", "--force", "origin", "main"]);
    assert_eq!(heads(&remote)["main/skill/pdf"], version_of(&project, "HEAD"));
}

#[test]
fn the_hooks_of_others_decide_first_and_hear_the_same() {
    let theirs = "#!/bin/sh\nwhile read -r line; do echo \"$0 $1 $line\" >>heard; done\ntest ! -e refuse\n";
    let awk = concat!(
        "#!/usr/bin/awk -f\nBEGIN {\n",
        "while ((getline line < \"-\") > 0) print \"awk \" line >>\"heard\"\n",
        "exit system(\"test ! -e refuse\") != 0\n}\n"
    );
    for hook in [theirs, awk] {
        let (project, remote) = shared();
        project.write(".git/info/exclude", "heard\nrefuse\n");
        project.write_exec(".git/hooks/pre-push", hook);
        let version = edited(&project, "# one\n");
        let alone = project.twin();
        alone.git(&["push", "--quiet", "origin", "main"]);
        let heard = |project: &Project| String::from_utf8(project.read("heard")).expect("text");
        crate::hooks::with_files_only(project.call(), &project).lineage_ok(&["hooks", "install"]);
        project.write("refuse", "");
        let _ = project.git_fails(&["push", "--quiet", "origin", "main"]);
        assert!(heads(&remote).is_empty(), "their hook has refused it");
        project.remove("refuse");
        project.remove("heard");
        assert_no_warning(&project.git(&["push", "--quiet", "origin", "main"]));
        assert_eq!(heads(&remote)["main/skill/pdf"], version);
        if hook == theirs {
            assert_eq!(heard(&project), heard(&alone), "name, arguments and input are the same");
        }
        let text = project.read(".git/hooks/pre-push");
        assert!(text != hook.as_bytes());
        crate::hooks::with_files_only(project.call(), &project).lineage_ok(&["hooks", "uninstall"]);
        assert_eq!(project.read(".git/hooks/pre-push"), hook.as_bytes());
    }
}

#[test]
fn a_refusal_is_a_warning_and_the_push_goes_on() {
    let (project, remote) = hooked();
    remote.write_exec("hooks/update", "#!/bin/sh\ncase $1 in refs/lineage/*) exit 1;; esac\n");
    let output = project.git(&["push", "origin", "main"]);
    let said = output.err_text();
    assert!(
        said.contains("warning: ") && said.contains("git lineage push"),
        "{output}"
    );
    assert_eq!(remote.rev_parse("main"), project.head());
    assert!(heads(&remote).is_empty());
    // A URL is no remote of which it could be said what it had.
    let output = project.git(&["push", "../remote", "main:more"]);
    assert!(output.err_text().contains("no configured remote"), "{output}");
    assert_eq!(remote.rev_parse("more"), project.head());
}

#[test]
fn a_project_without_artifacts_and_a_missing_program_are_silent() {
    let plain = TestRepo::new();
    plain.write("README.md", "nothing\n");
    plain.git(&["add", "--all"]);
    plain.commit("Begin");
    plain.sibling("remote", &["--bare"]);
    crate::hooks::with_files_only(plain.call(), &plain).lineage_ok(&["hooks", "install"]);
    let output = plain.git(&["push", "../remote", "main"]);
    assert!(!output.err_text().contains("lineage"), "{output}");
    assert!(!plain.sidecar().exists(), "nothing was made for it");

    let (project, remote) = hooked();
    let without = project.call().env("PATH", "/usr/local/bin:/usr/bin:/bin");
    let output = without.git(&["push", "origin", "main"]);
    assert!(!output.err_text().contains("lineage"), "{output}");
    assert_eq!(remote.rev_parse("main"), project.head());
}

#[test]
fn a_rebase_and_a_deleted_branch_go_along() {
    let (project, remote) = hooked();
    project.git(&["push", "--quiet", "origin", "main"]);
    project.git(&["switch", "--quiet", "--create", "topic"]);
    edited(&project, "# topic\n");
    project.git(&["push", "--quiet", "origin", "topic"]);
    project.git(&[
        "commit",
        "--quiet",
        "--amend",
        "--date",
        "2026-03-03T00:00:00Z",
        "--message",
        "Reworded",
    ]);
    project.edit("SKILL.md", "# topic, better\n");
    project.git(&["commit", "--quiet", "--all", "--amend", "--no-edit"]);
    assert_no_warning(&project.git(&["push", "--force-with-lease", "origin", "topic"]));
    assert_eq!(heads(&remote)["topic/skill/pdf"], version_of(&project, "topic"));
    project.git(&["switch", "--quiet", "main"]);
    project.git(&["merge", "--quiet", "--ff-only", "topic"]);
    assert_no_warning(&project.git(&["push", "origin", "main", ":topic"]));
    assert_eq!(heads(&remote).into_keys().collect::<Vec<_>>(), ["main/skill/pdf"]);
    assert_eq!(project.lineage(&["verify"]).code, 0);
}
