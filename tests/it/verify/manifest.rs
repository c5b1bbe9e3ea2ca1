//! Damage in the manifest.

use serde_json::Value;

use super::{assert_clean, assert_found, commit, deployed, findings, pairs, trailers_of};
use crate::support::TestRepo;
use crate::support::project::{ID, PATH, Project, text};

const OTHER: &str = "[artifact \"skill/x\"]\n\tpath = other\n";

#[test]
fn a_manifest_that_cannot_be_used() {
    let project = Project::deployed();
    let good = String::from_utf8(project.read(".gitlineage")).expect("text");
    let wrong_hash = "a".repeat(104 - project.id_of('a').len());
    for (text_of, code, artifact, part) in [
        (format!("{good}[artifact\n"), "manifest_syntax", None, "line 5"),
        (
            format!("{good}<<<<<<< ours\n=======\n>>>>>>> theirs\n"),
            "manifest_conflicted",
            None,
            "line 5",
        ),
        (
            format!("{good}\tpath = twice\n"),
            "manifest_duplicate_key",
            Some(ID),
            "'path'",
        ),
        (
            format!("{good}[artifact \"skill/x\"]\n"),
            "manifest_missing_path",
            Some("skill/x"),
            "'path'",
        ),
        (
            format!("{good}[artifact \"Skill\"]\n\tpath = x\n"),
            "manifest_invalid_id",
            None,
            "Skill",
        ),
        (
            format!("{good}[artifact \"skill/x\"]\n\tpath = ../x\n"),
            "manifest_invalid_value",
            Some("skill/x"),
            "../x",
        ),
        (
            format!("{good}{OTHER}\tbaseline = nonsense\n"),
            "manifest_invalid_value",
            Some("skill/x"),
            "nonsense",
        ),
        (
            format!("{good}{OTHER}\tbaseline = {wrong_hash}\n"),
            "manifest_invalid_value",
            Some("skill/x"),
            "hash function",
        ),
        (
            format!("{good}[artifact \"skill/x\"]\n\tpath = {PATH}/scripts\n"),
            "manifest_overlapping_paths",
            Some("skill/x"),
            PATH,
        ),
        (
            format!("{good}[artifact \"skill/PDF\"]\n\tpath = other\n"),
            "manifest_case_twins",
            Some(ID),
            "skill/PDF",
        ),
    ] {
        project.write(".gitlineage", &text_of);
        let in_work_tree = assert_found(&project, &[(code, None)]);
        let message = text(&in_work_tree[0], "message");
        assert!(
            message.starts_with("in the work tree: ") && message.contains(part),
            "{message}"
        );
        assert_eq!(
            in_work_tree[0]["artifact_id"],
            artifact.map_or(Value::Null, Value::from),
            "{code}"
        );

        // The same bytes at HEAD: said once.
        project.commit("A manifest of some kind");
        let at_head = assert_found(&project, &[(code, None)]);
        assert!(text(&at_head[0], "message").starts_with("at HEAD: "), "{}", at_head[0]);
        // Mended in the work tree, still wrong at HEAD.
        project.write(".gitlineage", &good);
        assert_found(&project, &[(code, None)]);
        project.commit("Mended");
        assert_clean(&project);
    }
}

#[test]
fn everything_that_is_wrong_with_a_manifest_is_listed() {
    let project = Project::deployed();
    let mut manifest = String::from_utf8(project.read(".gitlineage")).expect("text");
    manifest.push_str("\tupstream = twice\n[artifact \"Bad\"]\n[artifact \"skill/x\"]\n\tpath = x\n\tbaseline = y\n");
    manifest.push_str("[artifact \"skill/y\"]\n\tpath = x/y\n");
    project.write(".gitlineage", manifest);
    assert_found(
        &project,
        &[
            ("manifest_duplicate_key", None),
            ("manifest_invalid_id", None),
            ("manifest_invalid_value", None),
            ("manifest_overlapping_paths", None),
        ],
    );
    let of_x = [
        ("manifest_invalid_value".to_owned(), None),
        ("manifest_invalid_id".to_owned(), None),
    ];
    let mut found = pairs(&findings(&project, &["skill/x"]));
    found.reverse();
    assert_eq!(found, of_x, "and what cannot be told whose it is");
}

#[test]
fn a_manifest_that_git_cannot_read() {
    let project = Project::deployed();
    let blob = project.rev_parse("HEAD:.gitlineage");
    super::lose(&project, &blob);
    let found = assert_found(&project, &[("manifest_unreadable", None)]);
    assert!(text(&found[0], "message").contains(&blob), "{}", found[0]);
    project.git(&["hash-object", "-w", ".gitlineage"]);
    assert_clean(&project);
    project.remove(".gitlineage");
    assert_clean(&project);
    project.write(".gitlineage/file", "a folder in its place");
    assert_found(&project, &[("manifest_unreadable", None)]);
}

#[test]
fn an_unmerged_manifest_is_read_from_its_stages() {
    let project = Project::deployed();
    let good = String::from_utf8(project.read(".gitlineage")).expect("text");
    project.git(&["switch", "--quiet", "-c", "other"]);
    project.write(".gitlineage", format!("{good}[artifact \"skill/x\"]\n\tpath = x\n"));
    project.commit("One");
    project.git(&["switch", "--quiet", "main"]);
    project.write(".gitlineage", format!("{good}[artifact \"skill/y\"]\n\tpath = y\n"));
    project.commit("Another");
    let _ = project.git_fails(&["merge", "other"]);
    assert!(String::from_utf8_lossy(&project.read(".gitlineage")).contains("<<<<<<<"));
    assert_clean(&project);
    // Staged with its markers it is a manifest that cannot be read.
    project.git(&["add", ".gitlineage"]);
    assert_found(&project, &[("manifest_conflicted", None)]);
}

#[test]
fn bare_repositories_have_a_manifest_at_head() {
    let project = Project::deployed();
    project.write(".gitlineage", "[artifact\n");
    project.commit("Damage it");
    let bare = project.clone_as("bare.git", &["--bare"]);
    let found = findings(&bare, &[]);
    assert_eq!(pairs(&found), [("manifest_syntax".to_owned(), None)]);
}

#[test]
fn what_a_manifest_may_say() {
    let (project, id, tree) = deployed();
    let good = String::from_utf8(project.read(".gitlineage")).expect("text");
    // Versions that were not fetched yet, of an artifact that is known and of one that is not.
    let unknown = project.id_of('a');
    let other_baseline = good.replace(&tree, &unknown);
    for manifest in [
        other_baseline,
        format!("{good}{OTHER}\tbaseline = {unknown}\n"),
        String::new(),
    ] {
        project.write(".gitlineage", manifest);
        assert_clean(&project);
        project.commit("Say so");
        assert_clean(&project);
    }
    // A baseline that is here, but not as upstream content: upstream may have said the same elsewhere.
    project.write(".gitlineage", &good);
    project.commit("As it was");
    let edited = project.record_edit("SKILL.md", "edited\n");
    project.write(".gitlineage", good.replace(&tree, text(&edited, "content_hash")));
    project.commit("Baseline");
    assert_clean(&project);
    let other = commit(&project, &tree, &[], &trailers_of(ID));
    project.git(&["update-ref", &format!("refs/lineage/kept/{other}"), &other]);
    assert_clean(&project);
    assert_ne!(id, other);
    assert_no_manifest_is_fine(&TestRepo::new());
}

#[track_caller]
fn assert_no_manifest_is_fine(repo: &TestRepo) {
    assert!(findings(repo, &[]).is_empty(), "a repository without a commit");
    repo.commit("Begin");
    assert_clean(repo);
}
