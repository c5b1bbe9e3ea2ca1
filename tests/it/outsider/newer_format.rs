//! `Lineage-Format: 2`: shown as far as it is understood, and never built upon.

use git_lineage::{ArtifactId, BatchVersion, ChangeOrigin, Line, LineageStore, OperationError, VersionId};
use serde_json::json;

use super::{commit_tree, write_by_script};
use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, ID, PATH, one};

/// The lineage of `docs/format.md` with a version of a newer program on top; its id.
fn newer() -> (TestRepo, String) {
    let repo = TestRepo::new();
    let written = write_by_script(&repo);
    let message = format!(
        "from the future\n\nLineage-Format: 2\nArtifact-Id: skill/pdf\nChange-Origin: fork\nParent-Hash: {}\nForked-From: x\n",
        written.trees[2]
    );
    let id = commit_tree(&repo, &written.trees[2], &[&written.ids[2]], &message);
    repo.git(&["update-ref", HEAD_REF, &id, &written.ids[2]]);
    (repo, id)
}

#[test]
fn it_is_shown_as_far_as_it_is_understood() {
    let (repo, id) = newer();
    let shown = one(repo.lineage_json(&["show", ID]));
    assert_eq!(
        (&shown["version_id"], &shown["change_origin"]),
        (&json!(id), &json!(null))
    );
    let trailers = json!([{"key": "Forked-From", "value": "x"}, {"key": "Change-Origin", "value": "fork"}]);
    assert_eq!(shown["trailers"], trailers);
    let text = repo.lineage_ok(&["show", ID]);
    assert!(text.text().contains("2, of a newer program"), "{text}");
    assert_eq!(repo.lineage_json(&["lineage", ID]).len(), 4);
    assert_eq!(repo.lineage_json(&["log", "--origin", "unknown"]).len(), 1);
    assert_eq!(repo.lineage_json(&["list"])[0]["version_id"], id);
    repo.lineage_ok(&["verify"]);
    // Nothing to write is nothing to refuse.
    assert_eq!(one(repo.lineage_json(&["record", ID]))["recorded"], false);
}

#[test]
fn nothing_is_written_on_top_of_it() {
    let (repo, id) = newer();
    let refs = repo.git(&["for-each-ref"]).text().to_owned();
    let refused = |args: &[&str]| {
        let args: Vec<&str> = std::iter::once("--json").chain(args.iter().copied()).collect();
        let output = repo.lineage(&args).assert_code(1);
        let error = output.json_error();
        assert_eq!(error["code"], "future_format", "{output}");
        let message = error["message"].as_str().unwrap_or_default();
        assert!(message.contains(&id) && message.contains("format 2"), "{output}");
        assert!(error["hints"].to_string().contains("update git-lineage"), "{output}");
        assert_eq!(output.text(), "");
    };
    repo.write(format!("{PATH}/SKILL.md"), "# In the work tree\n");
    refused(&["record", ID]);
    refused(&["record", "--dry-run"]);
    // A project commit with the same content cannot be caught up with either.
    repo.commit("Edit");
    refused(&["record"]);
    refused(&["record", "--rev", "HEAD"]);
    assert_eq!(repo.git(&["for-each-ref", "refs/lineage"]).lines().len(), 1);
    assert!(refs.contains(&repo.rev_parse(HEAD_REF)));
    // Other artifacts are not concerned once the branch does not call for that version.
    repo.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    repo.write("agents/one.md", "# One\n");
    let source = repo.beside("one.md");
    repo.write(&source, "# One\n");
    repo.lineage_ok(&["deploy", &source.to_string_lossy(), "agents/one.md"]);
}

#[test]
fn the_library_writes_nothing_on_top_of_it_nor_of_another_artifact() {
    let (repo, id) = newer();
    let store = LineageStore::open(repo.path()).expect("a repository");
    let newest: VersionId = id.parse().expect("an id");
    let before = store.resolve("skill/pdf~1", None).expect("there");
    let version = store.version(&before).expect("there");
    let ours: ArtifactId = ID.parse().expect("an id");
    let other: ArtifactId = "skill/other".parse().expect("an id");
    let main: Line = "main".parse().expect("a line");
    let time = version.created_at;
    let person = git_lineage::Signature {
        person: version.author.clone(),
        time,
    };
    let attempt = |artifact_id: &ArtifactId, parent: VersionId| {
        store.batch(|batch| {
            batch.add(BatchVersion {
                artifact_id: artifact_id.clone(),
                files: Vec::new(),
                parents: vec![parent],
                change_origin: Some(ChangeOrigin::LocalModification),
                author: person.clone(),
                committer: person.clone(),
                summary: "x".to_owned(),
                body: None,
                upstream: None,
            })
        })
    };
    assert!(matches!(
        attempt(&ours, newest),
        Err(OperationError::FutureFormat { version_id, format: 2 }) if version_id == newest
    ));
    assert!(matches!(
        attempt(&other, before),
        Err(OperationError::OtherArtifact { version_id, owner, id }) if version_id == before && owner == ours && id == other
    ));
    let misplaced = store.batch(|batch| batch.set_head(&main, &other, before));
    assert!(
        matches!(misplaced, Err(OperationError::OtherArtifact { .. })),
        "{misplaced:?}"
    );
    assert!(attempt(&ours, before).is_ok());
}
