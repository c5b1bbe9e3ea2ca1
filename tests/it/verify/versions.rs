//! Damage in versions: their commits, trailers and parents.

use serde_json::Value;

use super::{
    assert_clean, assert_found, commit, deployed, findings, head, literally, lose, overwrite, pairs, trailers_of,
    tree_of,
};
use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, ID, PATH, Project, text};

/// A version of `skill/x` with these further trailers and no parent.
#[track_caller]
fn root(repo: &TestRepo, tree: &str, further: &str) -> String {
    commit(repo, tree, &[], &format!("{}{further}", trailers_of("skill/x")))
}

#[test]
fn trailers_that_are_missing_repeated_or_malformed() {
    let (project, _, tree) = deployed();
    let base = trailers_of("skill/x");
    let null = project.id_of('0');
    let other_hash = "a".repeat(104 - null.len());
    let cases: &[(String, &[&str], &str)] = &[
        (
            base.replace("Lineage-Format: 1\n", "Change-Origin: deployment\n"),
            &["missing_trailer"],
            "Lineage-Format",
        ),
        ("Lineage-Format: 1\n".into(), &["missing_trailer"], "Artifact-Id"),
        (
            format!("{base}artifact-id: skill/x\n"),
            &["duplicate_trailer"],
            "Artifact-Id",
        ),
        (
            format!("{base}Upstream-Ref: a\nUpstream-Ref: a\n"),
            &["duplicate_trailer"],
            "Upstream-Ref",
        ),
        (
            base.replace("Format: 1", "Format: one"),
            &["malformed_trailer"],
            "Lineage-Format",
        ),
        (base.replace("skill/x", "Skill/x"), &["malformed_trailer"], "Skill/x"),
        (format!("{base}Upstream-Url:\n"), &["malformed_trailer"], "Upstream-Url"),
        (
            format!("{base}Upstream-Commit: abc\n"),
            &["malformed_trailer"],
            "Upstream-Commit",
        ),
        (
            format!("{base}Project-Commit: HEAD\n"),
            &["malformed_trailer"],
            "Project-Commit",
        ),
        (
            format!("{base}Project-Commit: {null}\n"),
            &["malformed_trailer"],
            "null id",
        ),
        (
            format!("{base}Project-Commit: {other_hash}\n"),
            &["malformed_trailer"],
            "hash function",
        ),
        (format!("{base}Change-Origin: merge\n"), &["unknown_origin"], "'merge'"),
        (format!("{base}Change-Origin: Sync\n"), &["unknown_origin"], "'Sync'"),
        (
            format!("{base}Parent-Hash: {tree}\n"),
            &["parent_hash_mismatch"],
            "has no parent",
        ),
        (
            format!("{base}Change-Origin: merge\nProject-Commit: x\nUpstream-Ref: a\nUpstream-Ref: b\n"),
            &["duplicate_trailer", "unknown_origin", "malformed_trailer"],
            "Upstream-Ref",
        ),
    ];
    let mut expected = Vec::new();
    for (number, (trailers, codes, _)) in cases.iter().enumerate() {
        let id = commit(&project, &tree, &[], trailers);
        // Where the id cannot be read, the ref tells whose version it is.
        let name = if trailers.contains("skill/x\n") {
            "x"
        } else {
            "unreadable"
        };
        project.git(&[
            "update-ref",
            &format!("refs/lineage/heads/line-{number:02}/skill/{name}"),
            &id,
        ]);
        expected.extend(codes.iter().map(|code| (*code, id.clone())));
    }
    let borrowed: Vec<_> = expected.iter().map(|(code, id)| (*code, Some(id.as_str()))).collect();
    let found = assert_found(&project, &borrowed);
    let mut found = found.iter();
    for (trailers, codes, part) in cases {
        let messages: Vec<_> = found.by_ref().take(codes.len()).collect();
        assert!(text(messages[0], "message").contains(part), "{trailers}: {messages:#?}");
        let artifact = if trailers.contains("skill/x\n") {
            "skill/x"
        } else {
            "skill/unreadable"
        };
        assert_eq!(messages[0]["artifact_id"], artifact, "{trailers}");
    }
    // Other commands stop at such a version and name it.
    let stopped = project.lineage(&["list"]).assert_code(1);
    assert!(stopped.err_text().contains("is damaged"), "{stopped}");
}

#[test]
fn an_ordinary_commit_is_no_version() {
    let (project, _, _) = deployed();
    let commit = project.head();
    head(&project, "x", &commit);
    let found = assert_found(
        &project,
        &[("missing_trailer", Some(&commit)), ("missing_trailer", Some(&commit))],
    );
    assert_eq!(found[0]["artifact_id"], "skill/x", "as the ref says");
    // Said once, however many refs point there; what is below it is the project's.
    head(&project, "y", &commit);
    assert_eq!(findings(&project, &[]).len(), 2);
}

#[test]
fn a_newer_format_is_no_damage() {
    let (project, id, tree) = deployed();
    let trailers = format!("Lineage-Format: 2\nArtifact-Id: {ID}\nChange-Origin: fork\nParent-Hash: {tree}\nNew: x\n");
    let newer = commit(&project, &tree, &[&id], &trailers);
    project.git(&["update-ref", HEAD_REF, &newer]);
    assert_clean(&project);
    // What is said in words that are known must still be so.
    let forged = commit(&project, &tree, &[&id], &trailers.replace(&tree, &project.id_of('1')));
    project.git(&["update-ref", HEAD_REF, &forged]);
    assert_found(&project, &[("parent_hash_mismatch", Some(&forged))]);
}

#[test]
fn parent_hashes_that_are_forged_or_missing() {
    let (project, id, tree) = deployed();
    let forged_hash = project.id_of('1');
    for (hash, part) in [
        (format!("Parent-Hash: {forged_hash}\n"), tree.as_str()),
        (String::new(), "missing"),
    ] {
        let trailers = format!("{}Change-Origin: local_modification\n{hash}", trailers_of(ID));
        let version = commit(&project, &tree, &[&id], &trailers);
        project.git(&["update-ref", HEAD_REF, &version]);
        let found = assert_found(&project, &[("parent_hash_mismatch", Some(&version))]);
        assert!(text(&found[0], "message").contains(part), "{}", found[0]);
        assert_eq!(found[0]["artifact_id"], ID);
    }
    // Only the first parent counts.
    let empty = tree_of(&project, &[]);
    let other = commit(&project, &empty, &[], &trailers_of(ID));
    let trailers = format!("{}Parent-Hash: {tree}\n", trailers_of(ID));
    let merge = commit(&project, &tree, &[&id, &other], &trailers);
    project.git(&["update-ref", HEAD_REF, &merge]);
    assert_clean(&project);
    let swapped = commit(&project, &tree, &[&other, &id], &trailers);
    project.git(&["update-ref", HEAD_REF, &swapped]);
    assert_found(&project, &[("parent_hash_mismatch", Some(&swapped))]);
}

#[test]
fn deployments_have_no_parent() {
    let (project, id, tree) = deployed();
    let trailers = format!("{}Change-Origin: deployment\nParent-Hash: {tree}\n", trailers_of(ID));
    let version = commit(&project, &tree, &[&id], &trailers);
    project.git(&["update-ref", HEAD_REF, &version]);
    assert_found(&project, &[("deployment_with_parent", Some(&version))]);
}

#[test]
fn parents_are_versions_of_the_same_artifact() {
    let (project, id, tree) = deployed();
    let trailers = format!("{}Parent-Hash: {tree}\n", trailers_of("skill/x"));
    let child = commit(&project, &tree, &[&id], &trailers);
    head(&project, "x", &child);
    let found = assert_found(&project, &[("parent_of_another_artifact", Some(&child))]);
    assert!(text(&found[0], "message").contains(ID), "{}", found[0]);

    // A project commit as the parent: its own ancestors are none of ours.
    let project_commit = project.head();
    let hash = project.rev_parse("HEAD^{tree}");
    let trailers = format!("{}Parent-Hash: {hash}\n", trailers_of("skill/x"));
    let child = commit(&project, &tree, &[&project_commit], &trailers);
    head(&project, "x", &child);
    let found = assert_found(&project, &[("parent_not_a_version", Some(&child))]);
    assert!(text(&found[0], "message").contains(&project_commit), "{}", found[0]);

    let blob = project.git_stdin(&["hash-object", "-w", "--stdin"], "x").trimmed();
    let child = with_parent(&project, &tree, &blob);
    head(&project, "x", &child);
    let found = assert_found(&project, &[("parent_not_a_version", Some(&child))]);
    assert!(text(&found[0], "message").contains("a blob"), "{}", found[0]);
}

/// A version of `skill/x` whose parent need not be one, nor be there.
#[track_caller]
fn with_parent(repo: &TestRepo, tree: &str, parent: &str) -> String {
    let bytes = format!(
        "tree {tree}\nparent {parent}\nauthor A <a@b> 5 +0000\ncommitter A <a@b> 5 +0000\n\nBy hand\n\n{}Parent-Hash: {tree}\n",
        trailers_of("skill/x")
    );
    literally(repo, "commit", bytes)
}

#[test]
fn missing_parents_are_damage_unless_a_shallow_clone_ends_there() {
    let (project, _, tree) = deployed();
    let nothing = project.id_of('a');
    let child = with_parent(&project, &tree, &nothing);
    head(&project, "x", &child);
    let found = assert_found(&project, &[("missing_parent", Some(&child))]);
    assert!(text(&found[0], "message").contains(&nothing));
    project.write(project.git_dir().join("shallow"), format!("{child}\n"));
    assert_clean(&project);
    assert_eq!(project.show(&child)["orphan"], true);
    // git cut there and nowhere else.
    let other = with_parent(&project, &tree, &project.id_of('c'));
    head(&project, "x", &other);
    assert_found(&project, &[("missing_parent", Some(&other))]);
}

#[test]
fn commits_that_git_would_not_write() {
    let (project, _, tree) = deployed();
    if !project.has_ref_files("git itself lets no ref lead there") {
        return;
    }
    let good = format!(
        "tree {tree}\nauthor A <a@b> 5 +0000\ncommitter A <a@b> 5 +0000\n\nBy hand\n\n{}",
        trailers_of("skill/x")
    );
    for (from, to, part) in [
        ("author A <a@b>", "author A a@b", "author"),
        ("committer A <a@b> 5 +0000\n", "", "committer"),
        ("tree ", "tee ", "start with 'tree'"),
    ] {
        let id = literally(&project, "commit", good.replace(from, to));
        // Git itself refuses to point a ref there.
        let path = project.git_dir().join("refs/lineage/heads/main/skill/x");
        project.write(path, format!("{id}\n"));
        let found = assert_found(&project, &[("malformed_commit", Some(&id))]);
        assert!(text(&found[0], "message").contains(part), "{}", found[0]);
        assert_eq!(found[0]["artifact_id"], "skill/x");
    }
}

#[test]
fn commits_that_cannot_be_read() {
    let (project, base, _) = deployed();
    let first = project.record_edit("SKILL.md", "one\n");
    let second = project.record_edit("SKILL.md", "two\n");
    let (first, second) = (text(&first, "version_id"), text(&second, "version_id"));
    let other = std::fs::read(super::object_file(&project, second)).expect("readable");
    let message = |found: &[Value]| text(&found[0], "message").to_owned();

    overwrite(&project, first, "not what zlib writes");
    let found = assert_found(&project, &[("unreadable", Some(first))]);
    assert_eq!(found[0]["artifact_id"], ID, "as its child says");
    // The bytes of another commit under this id: everything git reads there would be wrong.
    overwrite(&project, first, other);
    let found = assert_found(&project, &[("unreadable", Some(first))]);
    assert!(message(&found).contains(second), "{}", message(&found));
    lose(&project, first);
    let found = assert_found(&project, &[("missing_parent", Some(second))]);
    assert!(message(&found).contains(first), "{}", message(&found));
    assert_ne!(base, first);
}

#[test]
fn damage_below_damage_is_found() {
    let (project, base, tree) = deployed();
    let wrong = project.id_of('1');
    let good = format!("{}Parent-Hash: {tree}\n", trailers_of(ID));
    let one = commit(
        &project,
        &tree,
        &[&base],
        &format!("{}Parent-Hash: {wrong}\n", trailers_of(ID)),
    );
    let two = commit(&project, &tree, &[&one], &format!("{good}Change-Origin: x\n"));
    let three = commit(&project, &tree, &[&two], &good);
    let four = commit(&project, &tree, &[&three], &format!("{good}Project-Commit: x\n"));
    project.git(&["update-ref", HEAD_REF, &four]);
    assert_found(
        &project,
        &[
            ("parent_hash_mismatch", Some(&one)),
            ("unknown_origin", Some(&two)),
            ("malformed_trailer", Some(&four)),
        ],
    );
}

#[test]
fn versions_contain_the_baseline_of_their_commit() {
    let project = Project::deployed();
    let root = project.rev_parse(HEAD_REF);
    let root_tree = project.rev_parse(&format!("{root}^{{tree}}"));
    project.upstream("SKILL.md", "# pdf\n\nNew upstream.\n");
    assert_eq!(project.sync()["result"], "fast_forward");
    project.commit("Sync");
    let synced = project.rev_parse(HEAD_REF);
    project.edit("SKILL.md", "# pdf\n\nEdited in a commit.\n");
    let edited = project.commit("Edit");
    project.record();
    assert_clean(&project);

    // The same edit, but as if the sync had never been.
    let content = project.rev_parse(&format!("{edited}:{PATH}"));
    let trailers = |parent: &str, more: &str| {
        format!(
            "{}Change-Origin: local_modification\nParent-Hash: {parent}\n{more}",
            trailers_of(ID)
        )
    };
    let named = format!("Project-Commit: {edited}\n");
    let around = commit(&project, &content, &[&root], &trailers(&root_tree, &named));
    project.git(&["update-ref", &format!("refs/lineage/kept/{around}"), &around]);
    let found = assert_found(&project, &[("baseline_not_contained", Some(&around))]);
    assert!(text(&found[0], "message").contains(&edited), "{}", found[0]);

    // Through any parent is contained.
    let merged = commit(&project, &content, &[&root, &synced], &trailers(&root_tree, &named));
    project.git(&["update-ref", &format!("refs/lineage/kept/{merged}"), &merged]);
    assert_eq!(
        pairs(&findings(&project, &[])),
        [("baseline_not_contained".to_owned(), Some(around.clone()))]
    );
    project.git(&["update-ref", "-d", &format!("refs/lineage/kept/{around}")]);
    assert_clean(&project);
    // A record from the work tree names no commit; a commit that is gone says nothing.
    let gone = format!("Project-Commit: {}\n", project.id_of('a'));
    for more in ["", &gone] {
        let id = commit(&project, &content, &[&root], &trailers(&root_tree, more));
        project.git(&["update-ref", &format!("refs/lineage/kept/{id}"), &id]);
    }
    assert_clean(&project);
}

#[test]
fn only_the_artifacts_asked_for_are_checked() {
    let (project, id, tree) = deployed();
    let damaged = root(&project, &tree, "Change-Origin: x\n");
    head(&project, "x", &damaged);
    let trailers = format!("{}Parent-Hash: {}\n", trailers_of(ID), project.id_of('1'));
    let forged = commit(&project, &tree, &[&id], &trailers);
    project.git(&["update-ref", &format!("refs/lineage/kept/{forged}"), &forged]);
    project.git(&["update-ref", "refs/lineage/heads/main/skill/y", &id]);

    let of_pdf = [
        ("parent_hash_mismatch".to_owned(), Some(forged.clone())),
        ("ref_of_another_artifact".to_owned(), Some(id.clone())),
    ];
    let of_x = [("unknown_origin".to_owned(), Some(damaged.clone()))];
    assert_eq!(pairs(&findings(&project, &[ID])), of_pdf);
    assert_eq!(pairs(&findings(&project, &["skill/x"])), of_x);
    assert_eq!(findings(&project, &["skill/x", ID]).len(), 3);
    assert_eq!(findings(&project, &[]).len(), 3);
    assert_eq!(
        pairs(&findings(&project, &["skill/y"])),
        of_pdf[1..],
        "its ref is wrong"
    );

    let unknown = project.lineage(&["--json", "verify", "skill/pdff"]).assert_code(1);
    assert_eq!(unknown.json_error()["code"], "unknown_version");
    assert!(
        unknown.json_error()["hints"].to_string().contains("skill/pdf"),
        "{unknown}"
    );
    let _ = project.lineage(&["verify", "pdf"]).assert_code(2);
}

#[test]
fn people_get_a_table_and_a_count() {
    let (project, _, tree) = deployed();
    let all_well = project.lineage_ok(&["verify"]);
    assert_eq!(all_well.text(), "1 artifact, 1 version, 1 line: no damage found\n");
    let damaged = root(&project, &tree, "Change-Origin: merge\n");
    head(&project, "x", &damaged);
    let found = project.lineage(&["verify"]).assert_code(4);
    let expected = format!("skill/x  {}  unknown_origin", &damaged[..7]);
    assert!(found.text().starts_with(&expected), "{found}");
    assert!(
        found.text().ends_with("2 artifacts, 2 versions, 1 line: 1 problem\n"),
        "{found}"
    );
}
