//! Versions and refs that contradict themselves: every command that meets one names it and says what is wrong, exit 1.

use serde_json::Value;

use super::{Written, commit_tree, write_by_script};
use crate::support::TestRepo;
use crate::support::project::HEAD_REF;

/// Commands that need the versions. `deploy` is of another artifact: it cannot know what else it would build upon.
const COMMANDS: [&[&str]; 15] = [
    &["list"],
    &["log"],
    &["log", "--all"],
    &["log", "skill/pdf", "--graph"],
    &["show", "skill/pdf"],
    &["lineage", "skill/pdf"],
    &["lineage", "skill/pdf", "--all-parents"],
    &["children", "0c274a0506d0120c7ee0909479ff8a6ddbdb2ff3"],
    &["find", "0c274a0506d0120c7ee0909479ff8a6ddbdb2ff3"],
    &["merge-base", "skill/pdf", "skill/pdf~1"],
    &["path", "skill/pdf~1", "skill/pdf"],
    &["record"],
    &["sync"],
    &["deploy", ".claude/skills/pdf/scripts", "elsewhere/scripts"],
    &["index", "rebuild"],
];

/// A repository with the lineage of `docs/format.md`, about to be forged.
struct Forgery {
    repo: TestRepo,
    written: Written,
}

impl Forgery {
    fn new() -> Self {
        let repo = TestRepo::new();
        let written = write_by_script(&repo);
        Forgery { repo, written }
    }

    /// Writes a commit with the content of the newest version.
    fn version(&self, parents: &[&str], message: &str) -> String {
        commit_tree(&self.repo, &self.written.trees[2], parents, message)
    }

    /// A version on top of the newest one, with what stands below `Artifact-Id` in its trailers.
    fn on_top(&self, trailers: &str) -> String {
        let message = format!("forged\n\nLineage-Format: 1\nArtifact-Id: skill/pdf\n{trailers}");
        self.version(&[&self.written.ids[2]], &message)
    }

    fn parent_hash(&self) -> String {
        format!("Parent-Hash: {}\n", self.written.trees[2])
    }

    /// Runs the commands while `name` points to `id`: each fails, names `named`, says `text` and bears the code. When
    /// the ref is put back, all is well again.
    #[track_caller]
    fn refused(&self, commands: &[&[&str]], name: &str, id: &str, [named, code, text]: [&str; 3]) {
        let before = self
            .repo
            .call()
            .git_any(&["rev-parse", "--verify", "--quiet", name])
            .trimmed();
        self.repo.git(&["update-ref", name, id]);
        let refs = self.refs();
        for command in commands {
            let args: Vec<&str> = std::iter::once("--json").chain(command.iter().copied()).collect();
            let output = self.repo.lineage(&args).assert_code(1);
            let error = output.json_error();
            let message = error["message"].as_str().unwrap_or_default();
            assert!(message.contains(named) && message.contains(text), "{output}");
            assert_eq!(error["code"], code, "{output}");
            assert!(!error["hints"].as_array().is_none_or(Vec::is_empty), "{output}");
            assert_eq!(output.text(), "", "{output}");
            assert_eq!(self.refs(), refs, "{output}");
        }
        if before.is_empty() {
            self.repo.git(&["update-ref", "-d", name]);
        } else {
            self.repo.git(&["update-ref", name, &before]);
        }
        let well = self.repo.lineage_json(&["lineage", "skill/pdf"]);
        assert_eq!(well.len(), 3);
    }

    fn refs(&self) -> String {
        self.repo.git(&["for-each-ref"]).text().to_owned()
    }
}

/// Enough to see that damage is found, with and without a sidecar that was right before.
const SOME: [&[&str]; 2] = [&["show", "skill/pdf"], &["record"]];

#[test]
fn every_command_that_meets_damage_names_it() {
    let forgery = Forgery::new();
    let wrong = forgery.on_top(&format!("Parent-Hash: {}\n", forgery.repo.id_of('1')));
    let text = format!("its parent's content is {}", forgery.written.trees[2]);
    let expected = [wrong.as_str(), "parent_hash_mismatch", text.as_str()];
    forgery.refused(&COMMANDS, HEAD_REF, &wrong, expected);
    // Wherever it is, also where nobody has it checked out; and without a sidecar.
    forgery.refused(&SOME, "refs/lineage/remotes/origin/side/skill/pdf", &wrong, expected);
    forgery.refused(&SOME, &format!("refs/lineage/kept/{wrong}"), &wrong, expected);
    forgery.repo.git(&["config", "lineage.sidecar", "false"]);
    forgery.refused(&COMMANDS[..14], HEAD_REF, &wrong, expected);
    // For people the same words, the cause below.
    forgery.repo.git(&["update-ref", HEAD_REF, &wrong]);
    let shown = forgery.repo.lineage(&["list"]).assert_code(1);
    assert!(shown.err_text().starts_with(&format!(
        "error: version {wrong} is damaged\n  caused by: Parent-Hash is 1111"
    )));
}

#[test]
fn trailers_that_are_missing_repeated_or_malformed_are_named() {
    let forgery = Forgery::new();
    let right = forgery.parent_hash();
    let sidecar = forgery.repo.sidecar();
    for (trailers, code, text) in [
        (String::new(), "parent_hash_mismatch", "Parent-Hash is missing"),
        (
            format!("{right}Artifact-Id: skill/pdf\n"),
            "duplicate_trailer",
            "Artifact-Id stands there more than once",
        ),
        (
            format!("{right}{right}"),
            "duplicate_trailer",
            "Parent-Hash stands there more than once",
        ),
        (
            format!("{right}CHANGE-origin: sync\nChange-Origin: sync\n"),
            "duplicate_trailer",
            "Change-Origin stands there more than once",
        ),
        (
            format!("{right}Lineage-Format: 1\n"),
            "duplicate_trailer",
            "Lineage-Format stands there more than once",
        ),
        (
            format!("{right}Change-Origin: Sync\n"),
            "unknown_origin",
            "'Sync' is not a change origin",
        ),
        (
            format!("{right}Change-Origin: \n"),
            "unknown_origin",
            "'' is not a change origin",
        ),
        (
            format!("{right}Upstream-Commit: HEAD\n"),
            "malformed_trailer",
            "the trailer Upstream-Commit has the value 'HEAD'",
        ),
        (
            format!("{right}Upstream-Url: \n"),
            "malformed_trailer",
            "the trailer Upstream-Url has the value ''",
        ),
        (
            format!("{right}Project-Commit: 123\n"),
            "malformed_trailer",
            "the trailer Project-Commit has the value '123'",
        ),
        (
            format!("{right}Change-Origin: deployment\n"),
            "deployment_with_parent",
            "is a deployment, but has a parent",
        ),
    ] {
        let id = forgery.on_top(&trailers);
        forgery.refused(&SOME, HEAD_REF, &id, [&id, code, text]);
        // Every other time there is no sidecar to begin with.
        if id.as_str() < "8" {
            std::fs::remove_file(&sidecar).expect("it was there");
        }
    }
    let hash = forgery.written.trees[0].clone();
    let known = "Lineage-Format: 1\nArtifact-Id: skill/pdf\n";
    for (trailers, code, text) in [
        (
            format!("{known}Parent-Hash: {hash}\n"),
            "parent_hash_mismatch",
            "but it has no parent",
        ),
        (
            known.replace('1', "0"),
            "malformed_trailer",
            "Lineage-Format has the value '0'",
        ),
        (
            known.replace("skill/", ""),
            "malformed_trailer",
            "Artifact-Id has the value 'pdf'",
        ),
        (
            "Lineage-Format: 1\n".to_owned(),
            "missing_trailer",
            "Artifact-Id is missing",
        ),
        (
            "Artifact-Id: skill/pdf\n".to_owned(),
            "missing_trailer",
            "Lineage-Format is missing",
        ),
        (
            format!("{known}\nNot the last paragraph.\n"),
            "missing_trailer",
            "Lineage-Format is missing",
        ),
        (
            "no trailers at all\n".to_owned(),
            "missing_trailer",
            "Lineage-Format is missing",
        ),
    ] {
        let message = format!("forged\n\n{trailers}");
        let id = forgery.version(&[], &message);
        forgery.refused(&SOME[..1], HEAD_REF, &id, [&id, code, text]);
    }
}

#[test]
fn parents_that_are_not_versions_of_the_artifact_are_named() {
    let forgery = Forgery::new();
    let (right, head) = (forgery.parent_hash(), &forgery.written.ids[2]);
    let stranger = forgery.version(&[], "stranger\n\nLineage-Format: 1\nArtifact-Id: skill/other\n");
    let message = format!("forged\n\nLineage-Format: 1\nArtifact-Id: skill/pdf\nChange-Origin: sync\n{right}");
    // As the only, the first and the second parent.
    for parents in [&[stranger.as_str()][..], &[&stranger, head], &[head, &stranger]] {
        let id = forgery.version(parents, &message);
        let text = format!("of 'skill/pdf' has the parent {stranger}, a version of 'skill/other'");
        forgery.refused(&SOME, HEAD_REF, &id, [&id, "parent_of_another_artifact", &text]);
        // The same where the stranger is known and well.
        forgery
            .repo
            .git(&["update-ref", "refs/lineage/heads/main/skill/other", &stranger]);
        forgery.refused(&SOME, HEAD_REF, &id, [&id, "parent_of_another_artifact", &text]);
        forgery
            .repo
            .git(&["update-ref", "-d", "refs/lineage/heads/main/skill/other"]);
    }
    let commit = forgery.repo.head();
    let tree = forgery.repo.rev_parse("HEAD^{tree}");
    let message = format!("forged\n\nLineage-Format: 1\nArtifact-Id: skill/pdf\nParent-Hash: {tree}\n");
    let id = forgery.version(&[&commit], &message);
    let text = format!("has the parent {commit}, which is no version: the trailer Lineage-Format is missing");
    forgery.refused(&SOME, HEAD_REF, &id, [&id, "parent_not_a_version", &text]);
    // A damaged parent is named itself, however deep it lies.
    let deep = forgery.on_top("Change-Origin: merge\n");
    let above = forgery.version(
        &[&deep],
        &format!("above\n\nLineage-Format: 1\nArtifact-Id: skill/pdf\n{right}"),
    );
    forgery.refused(
        &SOME,
        HEAD_REF,
        &above,
        [&deep, "unknown_origin", "'merge' is not a change origin"],
    );
}

#[test]
fn refs_that_do_not_name_what_they_point_to_are_named() {
    let forgery = Forgery::new();
    let [v1, _, head] = &forgery.written.ids;
    let stranger = forgery.version(&[], "stranger\n\nLineage-Format: 1\nArtifact-Id: skill/other\n");
    let whose = |owner: &str, id: &str| format!("points to {id}, which is a version of '{owner}'");
    let (another, foreign) = ("ref_of_another_artifact", "foreign_ref");
    let (kept, heads) = ("refs/lineage/kept", "refs/lineage/heads/main");
    let cases = [
        (HEAD_REF.to_owned(), &stranger, another, whose("skill/other", &stranger)),
        (format!("{heads}/agent/pdf"), head, another, whose("skill/pdf", head)),
        (
            "refs/lineage/remotes/origin/main/skill/PDF".to_owned(),
            v1,
            another,
            whose("skill/pdf", v1),
        ),
        (
            format!("{kept}/{v1}"),
            head,
            "misnamed_kept_ref",
            format!("another version, {head}"),
        ),
        (
            format!("{kept}/v1"),
            v1,
            foreign,
            "not named after a version".to_owned(),
        ),
        (format!("{heads}/skill/a+b"), v1, foreign, "is not encoded".to_owned()),
        (format!("{heads}/skill/a/b"), v1, foreign, "needs 3".to_owned()),
        (format!("{heads}/Skill/a"), v1, foreign, "not a valid kind".to_owned()),
    ];
    for (name, id, code, text) in cases {
        forgery.refused(&SOME, &name, id, [&name, code, &text]);
    }
    let blob = forgery.repo.rev_parse("HEAD:.gitlineage");
    forgery.repo.git(&["tag", "-a", "-m", "x", "tagged", head]);
    let tag = forgery.repo.rev_parse("tagged");
    for (id, kind) in [(&blob, "blob"), (&forgery.written.trees[0], "tree"), (&tag, "tag")] {
        let text = format!("it is a {kind}, not a commit");
        forgery.refused(
            &SOME,
            "refs/lineage/heads/main/skill/x",
            id,
            [id, "not_a_commit", &text],
        );
    }
}

#[test]
fn a_symbolic_ref_is_refused_and_never_followed() {
    let forgery = Forgery::new();
    let name = "refs/lineage/heads/side/skill/pdf";
    forgery.repo.git(&["symbolic-ref", name, HEAD_REF]);
    for command in SOME {
        let output = forgery.repo.lineage(command).assert_code(1);
        assert!(
            output.err_text().contains(&format!("the ref {name} is symbolic")),
            "{output}"
        );
        assert!(
            output.err_text().contains(&format!("git symbolic-ref --delete {name}")),
            "{output}"
        );
    }
    forgery.repo.git(&["symbolic-ref", "--delete", name]);
    assert_eq!(forgery.repo.rev_parse(HEAD_REF), forgery.written.ids[2]);
    forgery.repo.lineage_ok(&["list"]);
}

#[test]
fn a_ref_to_nothing_is_named() {
    let forgery = Forgery::new();
    if !forgery.repo.has_ref_files("git itself lets no ref point to nothing") {
        return;
    }
    let missing = forgery.repo.id_of('1');
    let name = "refs/lineage/heads/main/skill/gone";
    forgery.repo.write(format!(".git/{name}"), format!("{missing}\n"));
    for command in SOME {
        let output = forgery.repo.lineage(command).assert_code(1);
        assert!(
            output
                .err_text()
                .contains(&format!("the ref {name} points to {missing}, which is missing")),
            "{output}"
        );
    }
    forgery.repo.remove(format!(".git/{name}"));
    let lines: Vec<Value> = forgery.repo.lineage_json(&["list"]);
    assert_eq!(lines.len(), 1);
}
