//! `prune`: which kept heads are given up and which stay, with git's own ancestry as the judge.

mod needed;
mod random;

use std::collections::BTreeSet;

use crate::support::project::{HEAD_REF, ID, Project, text, texts};

/// The versions under `kept`, as git lists them.
#[track_caller]
fn kept(project: &Project) -> BTreeSet<String> {
    let names = project.git(&["for-each-ref", "--format=%(objectname)", "refs/lineage/kept"]);
    names.lines().into_iter().collect()
}

/// Points a `kept` ref at a version, as a head that was left behind.
#[track_caller]
fn keep(project: &Project, version: &str) {
    project.git(&["update-ref", &format!("refs/lineage/kept/{version}"), version]);
}

#[test]
fn what_another_head_contains_needs_no_ref() {
    let project = Project::deployed();
    let root = project.rev_parse(HEAD_REF);
    let one = text(&project.record_edit("notes.md", "One.\n"), "version_id").to_owned();
    let two = text(&project.record_edit("notes.md", "Two.\n"), "version_id").to_owned();
    let tree = project.rev_parse(&format!("{one}^{{tree}}"));
    let aside = project.plain_version(&tree, &[&root], Some("local_modification"));
    let below = project.plain_version(&tree, &[&aside], Some("local_modification"));
    for version in [&root, &one, &two, &aside, &below] {
        keep(&project, version);
    }
    let before = project.everything();
    let planned = project.lineage_json(&["prune", "--dry-run"]);
    before.assert_same(&project.everything());

    let pruned = project.lineage_json(&["prune"]);
    assert_eq!(planned, pruned);
    let ids: BTreeSet<String> = texts(&pruned, "version_id").into_iter().collect();
    let expected: BTreeSet<String> = [&root, &one, &two, &aside].map(Clone::clone).into();
    assert_eq!(ids, expected);
    assert!(pruned.iter().all(|one| one["contained"] == true), "{pruned:?}");
    assert_eq!(kept(&project), [below].into(), "nothing else contains it");
    assert_eq!(project.lineage_ok(&["prune"]).text(), "", "nothing twice");
    project.lineage_ok(&["verify"]);
}

#[test]
fn what_is_on_a_remote_needs_no_ref_either() {
    let project = Project::deployed();
    let one = text(&project.record_edit("notes.md", "One.\n"), "version_id").to_owned();
    project.lineage_ok(&["undo"]);
    assert_eq!(kept(&project), [one.clone()].into());
    assert_eq!(project.lineage_ok(&["prune"]).text(), "");
    project.git(&["update-ref", "refs/lineage/remotes/origin/main/skill/pdf", &one]);
    assert_eq!(
        texts(&project.lineage_json(&["prune"]), "version_id"),
        std::slice::from_ref(&one)
    );
    assert_eq!(kept(&project), BTreeSet::new());
    assert_eq!(project.show(&one)["version_id"], *one, "it is still known");
}

#[test]
fn old_ones_go_with_what_only_they_hold() {
    let project = Project::deployed();
    let old = text(&project.record_edit("notes.md", "Old.\n"), "version_id").to_owned();
    project.lineage_ok(&["undo"]);
    let new = text(&project.record_edit("notes.md", "New.\n"), "version_id").to_owned();
    project.lineage_ok(&["undo"]);
    let date = project.git(&["log", "-1", "--format=%cI", &new]).trimmed();
    let pruned = project.lineage_json(&["prune", "--expire", &date]);
    assert_eq!(texts(&pruned, "version_id"), std::slice::from_ref(&old));
    assert_eq!(pruned[0]["contained"], false);
    assert_eq!(kept(&project), [new].into(), "as old as DATE is not older");
    project.lineage(&["show", &old]).assert_code(1);
    project.lineage_ok(&["verify"]);
    project.lineage(&["prune", "--expire", "yesteryear"]).assert_code(2);
}

/// A young head is not given up because an old one contains it that is itself given up.
#[test]
fn dates_that_lie_lose_nothing() {
    let project = Project::deployed();
    let root = project.rev_parse(HEAD_REF);
    let tree = project.rev_parse(&format!("{root}^{{tree}}"));
    let young = project.plain_version(&tree, &[&root], Some("local_modification"));
    let message = format!(
        "Made by a clock that was behind\n\nLineage-Format: 1\nArtifact-Id: {ID}\nChange-Origin: local_modification\n\
         Parent-Hash: {tree}\n"
    );
    let call = project.call().at("1000000000 +0000").stdin(message);
    let old = call.git(&["commit-tree", &tree, "-p", &young]).trimmed();
    keep(&project, &young);
    keep(&project, &old);
    let pruned = project.lineage_json(&["prune", "--expire", "2010-01-01"]);
    assert_eq!(texts(&pruned, "version_id"), [old]);
    assert_eq!(kept(&project), [young].into());
}

#[test]
fn ten_thousand_take_one_walk() {
    let project = Project::deployed();
    let root = project.rev_parse(HEAD_REF);
    let tree = project.rev_parse(&format!("{root}^{{tree}}"));
    let mut stream = String::new();
    for n in 1..=10_000 {
        let message = format!(
            "Edit {n}\n\nLineage-Format: 1\nArtifact-Id: {ID}\nChange-Origin: local_modification\nParent-Hash: {tree}\n"
        );
        let from = if n == 1 { root.clone() } else { format!(":{}", n - 1) };
        stream.push_str(&format!(
            "commit refs/made\nmark :{n}\ncommitter Ada <ada@example.org> 1767225600 +0000\ndata {}\n{message}from {from}\n\n",
            message.len()
        ));
    }
    project.git_stdin(&["fast-import", "--quiet", "--force"], stream);
    let made = project.git(&["rev-list", "refs/made", &format!("^{root}")]).lines();
    let updates: String = made
        .iter()
        .map(|id| format!("create refs/lineage/kept/{id} {id}\n"))
        .collect();
    project.git_stdin(&["update-ref", "--stdin"], updates);
    project.git(&["pack-refs", "--all"]);
    project.lineage_ok(&["index", "rebuild"]);
    let pruned = project
        .call()
        .within(60)
        .lineage(&["--json", "prune"])
        .assert_code(0)
        .json();
    assert_eq!(
        texts(&pruned, "version_id"),
        made[1..],
        "newest first, as git lists them"
    );
    assert_eq!(kept(&project), [made[0].clone()].into());
}
