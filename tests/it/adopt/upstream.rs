//! `adopt --upstream`: what came from upstream is found by its content, with the commit it was taken from.

use serde_json::{Value, json};

use super::assert_settled;
use super::vendored::{Vendored, origins};
use crate::merging::{LINES, with_line};
use crate::support::project::{HEAD_REF, ID, PATH, one, text};

#[test]
fn copies_are_deployments_and_syncs_and_edits_are_local() {
    let vendored = Vendored::new();
    let project = &vendored.project;
    let first = vendored.commit_copy("one");
    vendored.commit_copy("five");
    vendored.commit_line(20, "ours");
    let versions = vendored.adopt();
    assert_eq!(origins(&versions), "dsl");
    vendored.assert_from(&versions[0], "one");
    vendored.assert_from(&versions[1], "five");
    assert_eq!(versions[2]["upstream"], Value::Null);
    assert!(versions.iter().all(|version| version["reason"].is_null()));
    let written = project.git(&[
        "log",
        "-1",
        "--format=%(trailers:only,unfold)",
        text(&versions[0], "version_id"),
    ]);
    let commit = vendored.commit("one");
    assert_eq!(
        written.text().trim(),
        format!(
            "Lineage-Format: 1\nArtifact-Id: {ID}\nChange-Origin: deployment\nUpstream-Url: ../skills\n\
             Upstream-Path: skills/pdf\nUpstream-Ref: main\nUpstream-Commit: {commit}\nProject-Commit: {first}"
        )
    );
    let manifest = project.git(&["config", "-f", ".gitlineage", "--list"]);
    let (five, tree) = (vendored.commit("five"), vendored.tree("five"));
    assert_eq!(
        manifest.lines(),
        [
            format!("artifact.{ID}.path={PATH}"),
            format!("artifact.{ID}.upstream=../skills"),
            format!("artifact.{ID}.upstream-path=skills/pdf"),
            format!("artifact.{ID}.upstream-ref=main"),
            format!("artifact.{ID}.baseline={tree}"),
            format!("artifact.{ID}.upstream-commit={five}"),
        ]
    );
    assert_settled(project, &versions[2]);
    project.commit("Adopt");
    assert_settled(project, &versions[2]);
    project.lineage_ok(&["index", "rebuild"]);
    assert_settled(project, &versions[2]);

    // The next sync merges over what the edit was really made on.
    let synced = one(project.lineage_json(&["sync", ID]));
    assert_eq!(synced["result"], "merged", "{synced}");
    let expected = with_line(
        &String::from_utf8(vendored.upstream.read("skills/pdf/lines.txt")).expect("UTF-8"),
        20,
        "ours",
    );
    assert_eq!(project.read(format!("{PATH}/lines.txt")), expected.into_bytes());
    let merged = one(project.lineage_json(&["show", ID]));
    assert_eq!(merged["parent_ids"][0], versions[2]["version_id"]);
    let incoming = one(project.lineage_json(&["show", text(&json!({"id": merged["parent_ids"][1]}), "id")]));
    assert_eq!(incoming["parent_ids"], json!([versions[1]["version_id"]]));
    project.lineage_ok(&["verify"]);
}

#[test]
fn merges_are_proven_and_have_upstreams_version_as_second_parent() {
    let vendored = Vendored::new();
    let project = &vendored.project;
    vendored.commit_copy("one");
    let edit = vendored.commit_line(20, "ours");
    // By hand: upstream's third state, with the edit on it.
    vendored.copy("nine");
    let merge = vendored.commit_line(20, "ours");
    // Upstream's last state as it is: the edit is given up.
    let given_up = vendored.commit_copy("thirteen");
    let versions = vendored.adopt();
    assert_eq!(origins(&versions), "dlssss");
    let commits: Vec<&Value> = versions.iter().map(|version| &version["project_commit"]).collect();
    assert_eq!(
        commits[1..],
        [&edit, &merge, &merge, &given_up, &given_up]
            .map(|commit| json!(commit))
            .iter()
            .collect::<Vec<_>>()
    );
    let id = |number: usize| versions[number]["version_id"].clone();
    for (upstream, merged, base, head, subject) in [(2, 3, 0, 1, "nine"), (4, 5, 2, 3, "thirteen")] {
        assert_eq!(versions[upstream]["parent_ids"], json!([id(base)]));
        assert_eq!(versions[upstream]["content_hash"], vendored.tree(subject));
        assert_eq!(versions[merged]["parent_ids"], json!([id(head), id(upstream)]));
        vendored.assert_from(&versions[upstream], subject);
        vendored.assert_from(&versions[merged], subject);
        // Who made upstream's state, and when the project took it.
        let format = "--format=%an%n%ad%n%s";
        let theirs = vendored.upstream.git(&[
            "log",
            "-1",
            "--date=raw",
            "--format=%an%n%ad",
            &vendored.commit(subject),
        ]);
        let written = project.git(&[
            "log",
            "-1",
            "--date=raw",
            format,
            text(&versions[upstream], "version_id"),
        ]);
        assert_eq!(written.text(), format!("{}Sync {ID}\n", theirs.text()));
        let committer = ["log", "-1", "--date=raw", "--format=%cn%n%cd"];
        let committed = |commit: &str| {
            project
                .git(&[committer.as_slice(), &[commit]].concat())
                .text()
                .to_owned()
        };
        assert_eq!(
            committed(text(&versions[upstream], "version_id")),
            committed(text(&versions[merged], "project_commit"))
        );
    }
    assert_eq!(project.rev_parse(HEAD_REF), text(&versions[5], "version_id"));
    project.commit("Adopt");
    assert_settled(project, &versions[5]);
    let blame = project.lineage_json(&["blame", ID, "lines.txt"]);
    assert_eq!(blame[8]["change_origin"], "sync", "nine");
}

#[test]
fn everybody_makes_the_same_versions_also_when_upstream_has_grown() {
    let vendored = Vendored::new();
    let project = &vendored.project;
    vendored.commit_copy("one");
    vendored.commit_line(20, "ours");
    vendored.copy("five");
    vendored.commit_line(20, "ours");
    let clone = project.clone_as("clone", &[]);
    let versions = vendored.adopt();
    vendored
        .upstream
        .write("skills/pdf/lines.txt", with_line(LINES, 1, "one"));
    vendored.upstream.commit("The first state comes back");
    // Another cache: everything is fetched anew.
    let call = clone.call().env("XDG_CACHE_HOME", clone.beside("other cache"));
    let again = call.lineage_json(&["adopt", PATH, "--upstream", "../skills", "--from", "skills/pdf"]);
    assert_eq!(versions, again);
}

#[test]
fn what_upstream_never_had_stays_unknown_until_something_matches() {
    let vendored = Vendored::new();
    let project = &vendored.project;
    vendored.copy("one");
    vendored.commit_line(20, "copied and edited in one commit");
    vendored.commit_copy("five");
    vendored.commit_line(20, "ours");
    let versions = vendored.adopt();
    // Upstream's state is a root of its own, merged with what was there.
    assert_eq!(origins(&versions), "?dsl");
    assert_eq!(versions[1]["parent_ids"], json!([]));
    assert_eq!(
        versions[2]["parent_ids"],
        json!([versions[0]["version_id"], versions[1]["version_id"]])
    );
    let reason = text(&versions[0], "reason");
    assert!(reason.contains("never had it"), "{reason}");
    project.commit("Adopt");
    assert_settled(project, &versions[3]);

    // Nothing of it is upstream's: no baseline, and it is said.
    let vendored = Vendored::new();
    vendored.copy("one");
    vendored.commit_line(20, "copied and edited in one commit");
    let said = vendored
        .project
        .lineage_ok(&["adopt", PATH, "--upstream", "../skills", "--from", "skills/pdf"]);
    assert!(said.err_text().contains("upstream never had any of it"), "{said}");
    let manifest = vendored.project.git(&["config", "-f", ".gitlineage", "--list"]);
    assert_eq!(manifest.text(), format!("artifact.{ID}.path={PATH}\n"));
}

#[test]
fn where_there_is_nothing_upstream_it_is_refused() {
    let vendored = Vendored::new();
    vendored.commit_copy("one");
    let project = &vendored.project;
    for (source, from) in [
        ("../skills", "nowhere"),
        ("../nowhere", "skills/pdf"),
        ("../skills", "../outside"),
    ] {
        let args = ["--json", "adopt", PATH, "--upstream", source, "--from", from];
        let failed = project.lineage(&args).assert_code(1);
        let code = text(&failed.json_error(), "code").to_owned();
        assert!(["no_source", "path_outside"].contains(&code.as_str()), "{failed}");
        assert_eq!(project.git(&["status", "--short"]).text(), "");
    }
    project.lineage_ok(&["adopt", PATH]);
    // Adopted without an upstream: another lineage is not made of it by the way.
    let args = [
        "--json",
        "adopt",
        PATH,
        "--upstream",
        "../skills",
        "--from",
        "skills/pdf",
    ];
    let failed = project.lineage(&args).assert_code(1);
    assert_eq!(failed.json_error()["code"], "already_tracked");
    project.lineage_ok(&["undo"]);
    assert_eq!(origins(&vendored.adopt()), "d");
    // With it, adopting again is no error.
    assert!(vendored.adopt().iter().all(|version| version["recorded"] == false));
}
