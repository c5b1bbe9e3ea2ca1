//! Two clones and what goes between them.

use std::fs;

use super::{asked, heads, refs, results, shared, shared_by_two, version_of};
use crate::support::project::{ID, Project, text};

#[test]
fn a_fresh_clone_knows_everything_after_one_fetch() {
    let (project, remote) = shared();
    project.edit("SKILL.md", "# edited\n");
    project.commit("Edit");
    let version = version_of(&project, "HEAD");
    project.git(&["push", "--quiet", "origin", "main"]);
    let pushed = asked(&project, &["push"]);
    assert_eq!(results(&pushed), [("main".to_owned(), "created".to_owned())]);
    assert_eq!(heads(&remote)["main/skill/pdf"], version);

    let clone = remote.clone_as("clone", &[]);
    let refused = clone.lineage(&["status"]).assert_code(1);
    assert!(refused.err_text().contains("git lineage fetch"), "{refused}");
    let before = heads(&clone);
    let fetched = asked(&clone, &["fetch"]);
    assert_eq!(
        (&fetched["versions"], &fetched["remote"]),
        (&2.into(), &"origin".into())
    );
    assert_eq!(fetched["heads"][0]["after"], version);
    assert_eq!(heads(&clone), before, "a fetch moves no head of a line");
    for args in [
        &["log", ID][..],
        &["lineage", ID],
        &["show", ID],
        &["blame", ID, "SKILL.md"],
    ] {
        assert_eq!(
            clone.lineage_ok(args).text(),
            project.lineage_ok(args).text(),
            "{args:?}"
        );
    }
    assert_eq!(version_of(&clone, "HEAD"), version);
    assert_eq!(clone.lineage(&["verify"]).code, 0);
    assert_eq!(asked(&clone, &["fetch"])["heads"].as_array().map(Vec::len), Some(0));
    let nothing = asked(&clone, &["push"]);
    assert_eq!(nothing["heads"].as_array().map(Vec::len), Some(0), "{nothing}");
}

#[test]
fn plain_git_fetch_brings_lineage_where_init_was_run() {
    let (project, _, other) = shared_by_two();
    project.edit("SKILL.md", "# edited\n");
    project.commit("Edit");
    project.git(&["push", "--quiet"]);
    project.lineage_ok(&["push"]);
    let before = heads(&other);
    other.git(&["fetch", "--quiet"]);
    assert_eq!(heads(&other), before);
    other.git(&["merge", "--quiet", "--ff-only", "origin/main"]);
    assert_eq!(other.show(ID)["version_id"], project.show(ID)["version_id"]);
}

#[test]
fn edits_that_are_not_committed_stay_here() {
    let (project, remote, _) = shared_by_two();
    let before = heads(&remote);
    let edit = project.record_edit("SKILL.md", "# only recorded\n");
    assert_eq!(asked(&project, &["push"])["heads"].as_array().map(Vec::len), Some(0));
    assert_eq!(heads(&remote), before);
    project.git(&["commit", "--quiet", "--all", "--message", "Now it is committed"]);
    let waiting = asked(&project, &["push"]);
    assert_eq!(
        waiting["heads"].as_array().map(Vec::len),
        Some(0),
        "its commit is not there"
    );
    assert_eq!(heads(&remote), before);
    project.git(&["push", "--quiet"]);
    assert_eq!(
        results(&asked(&project, &["push"])),
        [("main".to_owned(), "fast_forward".to_owned())]
    );
    assert_eq!(heads(&remote)["main/skill/pdf"], text(&edit, "version_id"));
}

#[test]
fn a_branch_that_is_not_there_is_left_out_and_said() {
    let (project, _) = shared();
    project.git(&["push", "--quiet", "origin", "main"]);
    project.git(&["switch", "--quiet", "--create", "topic"]);
    project.edit("SKILL.md", "# topic\n");
    project.commit("Topic");
    let answer = asked(&project, &["push"]);
    assert_eq!(results(&answer), [("main".to_owned(), "created".to_owned())]);
    assert_eq!(
        answer["left_out"],
        serde_json::json!([{"line": "topic", "reason": "not_pushed", "artifacts": []}])
    );
}

#[test]
fn what_builds_on_versions_that_nobody_has_sent_is_left_out_and_said() {
    let (project, remote) = shared();
    // The commits go, and their versions do not.
    project.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
    let other = Project::over_worktree(remote.clone_as("other", &[]));
    other.lineage_ok(&["init"]);
    other.lineage_ok(&["fetch"]);
    crate::hooks::with_files_only(other.call(), &other).lineage_ok(&["hooks", "install"]);
    other.edit("SKILL.md", "# other\n");
    other.commit("Edit");
    let pushed = other.git(&["push"]);
    let warning = "warning: skill/pdf on 'main': what it builds on is neither here nor at origin; whoever recorded it \
                   sends it, git lineage push; or: git lineage fetch --rebuild";
    assert_eq!(pushed.err_text().matches(warning).count(), 1, "{pushed}");
    let answer = asked(&other, &["push"]);
    assert!(results(&answer).is_empty() && heads(&remote).is_empty(), "{answer}");
    assert_eq!(
        answer["left_out"],
        serde_json::json!([{"line": "main", "reason": "missing_versions", "artifacts": [ID]}])
    );
    let said = other.lineage_ok(&["push"]);
    assert!(
        said.err_text().contains("neither here nor at origin") && said.err_text().contains("nothing was sent"),
        "{said}"
    );

    project.git(&["pull", "--quiet"]);
    project.lineage_ok(&["push"]);
    let answer = asked(&other, &["push"]);
    assert_eq!(answer["left_out"], serde_json::json!([]));
    assert_eq!(heads(&remote)["main/skill/pdf"], version_of(&other, "HEAD"));
}

#[test]
fn a_dry_run_sends_nothing() {
    let (project, remote) = shared();
    project.git(&["push", "--quiet", "origin", "main"]);
    let planned = asked(&project, &["push", "--dry-run"]);
    assert!(heads(&remote).is_empty());
    assert_eq!(asked(&project, &["push"]), planned);
    assert_eq!(heads(&remote).len(), 1);
}

#[test]
fn an_amended_commit_rewinds_the_head_over_there() {
    let (project, remote, other) = shared_by_two();
    for content in ["# first\n", "# second\n"] {
        project.edit("SKILL.md", content);
        let args: &[&str] = if content == "# first\n" { &[] } else { &["--amend"] };
        project.git(&[&["commit", "--quiet", "--all", "--message", "Edit"], args].concat());
        project.git(&["push", "--quiet", "--force"]);
        let result = if args.is_empty() { "fast_forward" } else { "rewound" };
        assert_eq!(
            results(&asked(&project, &["push"])),
            [("main".to_owned(), result.to_owned())]
        );
        let version = version_of(&project, "HEAD");
        assert_eq!(heads(&remote)["main/skill/pdf"], version);
        if args.is_empty() {
            other.git(&["pull", "--quiet"]);
            assert_eq!(version_of(&other, "HEAD"), version);
        }
    }
    let known = refs(&other, "refs/lineage/remotes/origin/")["main/skill/pdf"].clone();
    let fetched = asked(&other, &["fetch"]);
    assert_eq!(fetched["heads"][0]["before"], known.as_str());
    // What was fetched once can still be asked for.
    assert_eq!(other.show(&known)["version_id"], known.as_str());
    assert_eq!(version_of(&other, "HEAD"), known, "this clone has not moved");
    assert_eq!(other.lineage(&["verify"]).code, 0);
}

#[test]
fn others_who_were_faster_are_fetched_first() {
    let (project, remote, other) = shared_by_two();
    for (who, content) in [(&project, "# mine\n"), (&other, "# theirs\n")] {
        who.git(&[
            "switch",
            "--quiet",
            "--create",
            if content == "# mine\n" { "mine" } else { "theirs" },
        ]);
        who.edit("SKILL.md", content);
        who.commit("Edit");
        who.git(&["push", "--quiet", "origin", "HEAD"]);
        who.lineage_ok(&["push"]);
    }
    // Both have made a head that the other has not seen; the third push goes to a line that the other one has moved.
    project.git(&["fetch", "--quiet", "origin", "theirs:theirs"]);
    project.git(&["switch", "--quiet", "theirs"]);
    project.edit("forms.md", "more\n");
    project.git(&["add", "--all"]);
    project.commit("More");
    project.git(&["push", "--quiet", "origin", "HEAD"]);
    let tracking = "refs/lineage/remotes/origin/theirs/skill/pdf";
    project.git(&["update-ref", "-d", tracking]);
    let answer = asked(&project, &["push"]);
    assert_eq!(
        results(&answer),
        [("theirs".to_owned(), "fast_forward".to_owned())],
        "{answer}"
    );
    assert_eq!(heads(&remote)["theirs/skill/pdf"], version_of(&project, "theirs"));
    assert_eq!(project.rev_parse(tracking), version_of(&project, "theirs"));
}

#[test]
fn a_line_gets_a_head_only_where_a_version_was_made_and_a_gone_one_loses_it() {
    let (project, remote, _) = shared_by_two();
    project.git(&["switch", "--quiet", "--create", "topic"]);
    project.write("README.md", "nothing about the skill\n");
    project.git(&["add", "--all"]);
    project.commit("Elsewhere");
    project.git(&["push", "--quiet", "origin", "topic"]);
    assert!(results(&asked(&project, &["push"])).is_empty());
    assert_eq!(heads(&remote).len(), 1);
    project.edit("SKILL.md", "# topic\n");
    project.commit("Topic");
    project.git(&["push", "--quiet", "origin", "topic"]);
    assert_eq!(
        results(&asked(&project, &["push"])),
        [("topic".to_owned(), "created".to_owned())]
    );
    // Its head goes with the branch only once another one contains it.
    project.git(&["push", "--quiet", "origin", ":topic"]);
    assert!(results(&asked(&project, &["push"])).is_empty());
    assert_eq!(heads(&remote).len(), 2);
    project.git(&["switch", "--quiet", "main"]);
    project.git(&["merge", "--quiet", "--ff-only", "topic"]);
    project.git(&["push", "--quiet", "origin", "main"]);
    let done = results(&asked(&project, &["push"]));
    let done: Vec<(&str, &str)> = done
        .iter()
        .map(|(line, result)| (line.as_str(), result.as_str()))
        .collect();
    assert_eq!(done, [("main", "fast_forward"), ("topic", "deleted")]);
    assert_eq!(heads(&remote).into_keys().collect::<Vec<_>>(), ["main/skill/pdf"]);
}

#[test]
fn what_the_server_refuses_is_told_and_nothing_is_lost() {
    let (project, remote, _) = shared_by_two();
    remote.write_exec(
        "hooks/update",
        "#!/bin/sh\ncase $1 in refs/lineage/*) echo no lineage here; exit 1;; esac\n",
    );
    project.edit("SKILL.md", "# edited\n");
    project.commit("Edit");
    project.git(&["push", "--quiet"]);
    let refused = project.lineage(&["--json", "push"]).assert_code(1);
    let answer = &refused.json()[0];
    assert_eq!(answer["heads"][0]["result"], "refused", "{refused}");
    assert_eq!(answer["heads"][0]["reason"], "hook declined", "{refused}");
    fs::remove_file(remote.path().join("hooks/update")).expect("it was there");
    assert_eq!(
        results(&asked(&project, &["push"])),
        [("main".to_owned(), "fast_forward".to_owned())]
    );
}

#[test]
fn what_a_mirror_push_deletes_comes_back_with_the_next_push() {
    let (project, remote, other) = shared_by_two();
    project.edit("SKILL.md", "# edited\n");
    project.commit("Edit");
    project.git(&["push", "--quiet"]);
    project.lineage_ok(&["push"]);
    let before = heads(&remote);
    // A plain clone has no lineage, and a mirror push makes the remote what the clone is.
    let plain = remote.clone_as("plain", &[]);
    plain.git(&["push", "--quiet", "--mirror"]);
    assert!(heads(&remote).is_empty());
    // Whoever has only fetched it can bring it back, too.
    other.git(&["pull", "--quiet", "--no-prune"]);
    other.lineage_ok(&["push"]);
    let restored = heads(&remote);
    assert_eq!(
        restored.keys().collect::<Vec<_>>(),
        ["main/skill/pdf"],
        "what it had fetched"
    );
    project.lineage_ok(&["push"]);
    assert_eq!(heads(&remote), before);
    assert_eq!(project.lineage(&["verify"]).code, 0);
}

#[test]
fn which_remote_is_meant() {
    let project = Project::deployed();
    let code = |args: &[&str]| project.lineage(&[&["--json"], args].concat()).json_error()["code"].clone();
    assert_eq!(code(&["fetch"]), "no_remote");
    assert_eq!(code(&["push"]), "no_remote");
    for name in ["one", "two"] {
        project.sibling(name, &["--bare"]);
        project.git(&["remote", "add", name, &format!("../{name}")]);
    }
    assert_eq!(code(&["fetch"]), "which_remote");
    assert_eq!(code(&["push", "three"]), "unknown_remote");
    assert_eq!(code(&["push", "../one"]), "unknown_remote");
    assert_eq!(code(&["fetch", "--", "--upload-pack=touch x"]), "unknown_remote");
    project.git(&["config", "branch.main.remote", "two"]);
    assert_eq!(asked(&project, &["fetch"])["remote"], "two");
    assert_eq!(asked(&project, &["push"])["remote"], "two");
    project.git(&["config", "remote.pushDefault", "one"]);
    assert_eq!(asked(&project, &["fetch"])["remote"], "two");
    assert_eq!(asked(&project, &["push"])["remote"], "one");
    project.git(&["remote", "add", "gone", "../nowhere"]);
    let failed = project.lineage(&["--json", "fetch", "gone"]).assert_code(1);
    assert_eq!(failed.json_error()["code"], "transport", "{failed}");
}
