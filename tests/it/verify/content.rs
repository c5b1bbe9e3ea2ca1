//! Damage in the content of versions, and git's opinion of it.

use super::{
    assert_clean, assert_found, commit, deployed, findings, head, literally, lose, overwrite, pairs, raw, trailers_of,
    tree_of,
};
use crate::support::TestRepo;
use crate::support::project::{ID, PATH, Project, text};

/// A root version of `skill/x` with this tree.
#[track_caller]
fn version(repo: &TestRepo, tree: &str, origin: &str) -> String {
    let id = commit(repo, tree, &[], &format!("{}{origin}", trailers_of("skill/x")));
    head(repo, "x", &id);
    id
}

#[track_caller]
fn blob(repo: &TestRepo, bytes: &str) -> String {
    repo.git_stdin(&["hash-object", "-w", "--stdin"], bytes).trimmed()
}

/// The objects that `git fsck --strict` calls an error.
#[track_caller]
fn fsck_errors(repo: &TestRepo) -> Vec<String> {
    let output = repo
        .call()
        .git_any(&["fsck", "--strict", "--no-dangling", "--no-progress"]);
    let lines = output.err_text().lines();
    let errors = lines.filter_map(|line| line.strip_prefix("error in ")?.split(' ').nth(1));
    errors.map(|id| id.trim_end_matches(':').to_owned()).collect()
}

#[test]
fn objects_that_are_missing() {
    let project = Project::deployed();
    let edited = project.record_edit("references/forms.md", "Only here.\n");
    let id = text(&edited, "version_id");
    let tree = text(&edited, "content_hash");
    for (path, kind) in [("references/forms.md", "blob"), ("references", "tree"), ("", "tree")] {
        let object = project.rev_parse(&format!("{tree}:{path}"));
        lose(&project, &object);
        let found = assert_found(&project, &[("missing_object", Some(id))]);
        let message = text(&found[0], "message");
        assert!(
            message.contains(path) && message.contains(&format!("the {kind} {object}")),
            "{message}"
        );
        assert_eq!(found[0]["artifact_id"], ID);
    }
}

#[test]
fn objects_that_are_corrupt() {
    let project = Project::deployed();
    let edited = project.record_edit(
        "references/forms.md",
        "Only here, and in so many words that half of them are still a lot.\n",
    );
    let (id, tree) = (text(&edited, "version_id"), text(&edited, "content_hash"));
    let inner = project.rev_parse(&format!("{tree}:references"));
    let file = project.rev_parse(&format!("{tree}:references/forms.md"));
    let other = std::fs::read(super::object_file(
        &project,
        &project.rev_parse(&format!("{tree}:scripts")),
    ))
    .expect("there");

    // Cut off in the middle, as after a crash: what it is can still be told.
    let whole = std::fs::read(super::object_file(&project, &file)).expect("there");
    overwrite(&project, &file, &whole[..whole.len() / 2]);
    assert_found(&project, &[("corrupt_object", Some(id))]);
    let skill = project.rev_parse(&format!("{tree}:SKILL.md"));
    overwrite(&project, &file, project.read(super::object_file(&project, &skill)));
    let found = assert_found(&project, &[("corrupt_object", Some(id))]);
    assert!(text(&found[0], "message").contains(&skill), "{}", found[0]);
    overwrite(&project, &file, "nonsense");
    let found = assert_found(&project, &[("corrupt_object", Some(id))]);
    assert!(
        text(&found[0], "message").contains("references/forms.md"),
        "{}",
        found[0]
    );
    // Another tree under this id: git would read the wrong names without noticing.
    overwrite(&project, &inner, other);
    let found = assert_found(&project, &[("corrupt_object", Some(id))]);
    assert!(
        text(&found[0], "message").contains("its bytes are those of"),
        "{}",
        found[0]
    );
    overwrite(&project, tree, "nonsense");
    assert_found(&project, &[("corrupt_object", Some(id))]);
}

#[test]
fn what_several_versions_share_is_reported_once_for_the_oldest() {
    let project = Project::deployed();
    let first = project.record_edit("references/forms.md", "Shared.\n");
    project.record_edit("SKILL.md", "two\n");
    project.record_edit("SKILL.md", "three\n");
    let tree = text(&first, "content_hash");
    lose(&project, &project.rev_parse(&format!("{tree}:references/forms.md")));
    assert_found(&project, &[("missing_object", Some(text(&first, "version_id")))]);
}

#[test]
fn entries_that_name_another_kind() {
    let (project, _, _) = deployed();
    let file = blob(&project, "x");
    let folder = tree_of(&project, &[("100644", "a", &file)]);
    for (entries, part) in [
        ([("100644", "a", folder.as_str())], "is a tree"),
        ([("40000", "a", file.as_str())], "is a blob"),
        ([("120000", "a", folder.as_str())], "is a tree"),
    ] {
        let id = version(&project, &tree_of(&project, &entries), "");
        let found = assert_found(&project, &[("wrong_object_kind", Some(&id))]);
        assert!(text(&found[0], "message").contains(part), "{}", found[0]);
        assert_ne!(project.call().git_any(&["fsck", "--strict"]).code, 0, "git agrees");
    }
    // The content itself.
    let bytes = format!(
        "tree {file}\nauthor A <a@b> 5 +0000\ncommitter A <a@b> 5 +0000\n\nBy hand\n\n{}",
        trailers_of("skill/x")
    );
    let id = literally(&project, "commit", bytes);
    head(&project, "x", &id);
    assert_found(&project, &[("wrong_object_kind", Some(&id))]);
}

/// Mode, name and id of an entry.
type Entry = (&'static str, &'static str, String);

#[test]
fn trees_that_git_calls_an_error() {
    let (project, _, _) = deployed();
    let file = blob(&project, "x");
    let folder = tree_of(&project, &[("100644", "inside", &file)]);
    let null = project.id_of('0');
    let (f, d) = ((file.as_str(), "100644"), (folder.as_str(), "40000"));
    let entry = |(id, mode): (&str, &'static str), name: &'static str| (mode, name, id.to_owned());
    let cases: Vec<(Vec<Entry>, &str)> = vec![
        (vec![entry(f, "a"), entry(f, "a")], "malformed_tree"),
        (vec![entry(f, "a"), entry(f, "a.b"), entry(d, "a")], "malformed_tree"),
        (vec![entry(f, "b"), entry(f, "a")], "malformed_tree"),
        (vec![("0100644", "a", file.clone())], "malformed_tree"),
        (vec![("100644", "a", null)], "malformed_tree"),
        (vec![("100644", "", file.clone())], "malformed_tree"),
        (vec![entry(f, "a/b")], "hostile_content"),
        (vec![entry(d, "..")], "hostile_content"),
        (vec![entry(d, ".")], "hostile_content"),
        (vec![entry(d, ".git")], "hostile_content"),
        (vec![entry(f, ".GIT")], "hostile_content"),
        (vec![entry(d, "git~1")], "hostile_content"),
        (vec![entry(f, ".g\u{200c}it")], "hostile_content"),
        (vec![("120000", ".gitmodules", file.clone())], "hostile_content"),
        (vec![entry(d, ".gitattributes")], "hostile_content"),
    ];
    let (mut expected, mut trees) = (Vec::new(), Vec::new());
    for (number, (entries, code)) in cases.into_iter().enumerate() {
        let borrowed: Vec<_> = entries
            .iter()
            .map(|(mode, name, id)| (*mode, *name, id.as_str()))
            .collect();
        let inner = tree_of(&project, &borrowed);
        // Some as the content, some inside of it.
        let tree = match number % 2 {
            0 => inner.clone(),
            _ => tree_of(&project, &[("40000", "deep", &inner)]),
        };
        let id = commit(&project, &tree, &[], &trailers_of(&format!("skill/x{number}")));
        head(&project, &format!("x{number}"), &id);
        expected.push((code, id));
        trees.push((inner, entries));
    }
    let borrowed: Vec<_> = expected.iter().map(|(code, id)| (*code, Some(id.as_str()))).collect();
    assert_found(&project, &borrowed);
    let errors = fsck_errors(&project);
    for (tree, entries) in trees {
        // Of a folder where it wants a file git says so of the folder.
        let of_folder = entries[0].1 == ".gitattributes" && errors.contains(&folder);
        assert!(errors.contains(&tree) || of_folder, "git accepts {entries:?}");
    }
}

#[test]
fn more_than_one_fault_in_one_tree() {
    let (project, _, _) = deployed();
    let file = blob(&project, "x");
    let folder = tree_of(&project, &[("100644", "inside", &file)]);
    let both = tree_of(
        &project,
        &[
            ("100644", "b", &file),
            ("100644", "a", &file),
            ("40000", ".git", &folder),
        ],
    );
    let id = version(&project, &both, "");
    let found = assert_found(
        &project,
        &[("malformed_tree", Some(&id)), ("hostile_content", Some(&id))],
    );
    assert!(text(&found[1], "message").contains(".git"), "{found:#?}");
}

#[test]
fn trees_that_cannot_be_cut_into_entries() {
    let (project, _, _) = deployed();
    let file = blob(&project, "x");
    let whole = [&b"100644 a\0"[..], &raw(&file)].concat();
    for bytes in [&whole[..whole.len() - 1], b"100644 a", b"nonsense"] {
        let tree = literally(&project, "tree", bytes);
        let id = version(&project, &tree, "");
        assert_found(&project, &[("malformed_tree", Some(&id))]);
        assert_ne!(project.call().git_any(&["fsck", "--strict"]).code, 0, "git agrees");
    }
}

#[test]
fn what_git_only_warns_about_can_still_be_no_content() {
    let (project, _, _) = deployed();
    let file = blob(&project, "x");
    let submodule = tree_of(&project, &[("160000", "sub", &project.head())]);
    let id = version(&project, &submodule, "");
    assert_found(&project, &[("nested_repository", Some(&id))]);
    let old_mode = tree_of(&project, &[("100664", "a", &file)]);
    let id = version(&project, &old_mode, "");
    assert_found(&project, &[("malformed_tree", Some(&id))]);
    assert!(fsck_errors(&project).is_empty());
    // Awkward on some system, but none of git's errors and none of ours.
    let awkward = tree_of(
        &project,
        &[
            ("100644", "a\\b", &file),
            ("100644", "con", &file),
            ("100644", "x.", &file),
        ],
    );
    version(&project, &awkward, "");
    assert_clean(&project);
}

#[test]
fn files_that_git_reads_itself() {
    let (project, _, _) = deployed();
    let long_line = "x".repeat(3000);
    for (name, bytes) in [
        (".gitmodules", "[submodule \"..\"]\n\tpath = x\n\turl = y\n"),
        (".gitmodules", "[submodule \"a\"]\n\tpath = x\n\turl = -u./payload\n"),
        (".gitattributes", long_line.as_str()),
    ] {
        let file = blob(&project, bytes);
        let id = version(&project, &tree_of(&project, &[("100644", name, &file)]), "");
        let found = assert_found(&project, &[("hostile_content", Some(&id))]);
        assert!(text(&found[0], "message").contains(name), "{}", found[0]);
        assert!(fsck_errors(&project).contains(&file), "git accepts {name}");
        // Under another name nobody reads it.
        version(&project, &tree_of(&project, &[("100644", "other", &file)]), "");
        assert_clean(&project);
    }
}

#[test]
fn links_of_upstream_content_stay_inside() {
    let (project, _, _) = deployed();
    for (target, refused) in [
        ("SKILL.md", false),
        ("missing", false),
        ("/etc/passwd", true),
        ("../outside", true),
        ("link", true),
    ] {
        let target_blob = blob(&project, target);
        let file = blob(&project, "x");
        let tree = tree_of(
            &project,
            &[("100644", "SKILL.md", &file), ("120000", "link", &target_blob)],
        );
        let id = version(&project, &tree, "Change-Origin: deployment\n");
        if refused {
            let found = assert_found(&project, &[("hostile_content", Some(&id))]);
            assert!(text(&found[0], "message").contains("'link' is refused"), "{}", found[0]);
        } else {
            assert_clean(&project);
        }
        // The user's own links lead where the user wants.
        version(&project, &tree, "Change-Origin: local_modification\n");
        assert_clean(&project);
    }
    // Every one of them is listed, and so is one that only leads out through another.
    let (up, out) = (blob(&project, ".."), blob(&project, "up/../x"));
    let absolute = blob(&project, "/");
    let inner = tree_of(&project, &[("120000", "out", &out), ("120000", "up", &up)]);
    let tree = tree_of(
        &project,
        &[
            ("120000", "a", &absolute),
            ("120000", "b", &absolute),
            ("40000", "d", &inner),
        ],
    );
    let id = version(&project, &tree, "Change-Origin: deployment\n");
    let found = assert_found(&project, &[("hostile_content", Some(id.as_str())); 3]);
    for (finding, path) in found.iter().zip(["'a'", "'b'", "'d/out'"]) {
        assert!(text(finding, "message").contains(path), "{finding}");
    }
}

#[test]
fn a_link_of_the_user_is_no_damage_however_it_is_recorded() {
    let project = Project::deployed();
    project.symlink("/etc/passwd", format!("{PATH}/link"));
    assert_eq!(project.record()["recorded"], true);
    project.symlink("../../../..", format!("{PATH}/another"));
    project.commit("Links");
    assert_eq!(project.record()["recorded"], true);
    assert_clean(&project);
}

#[test]
fn trees_made_to_exhaust_memory() {
    let (project, _, _) = deployed();
    let target = blob(&project, "/etc/passwd");
    let mut tree = tree_of(&project, &[("120000", "x", &target)]);
    for _ in 0..30 {
        tree = tree_of(
            &project,
            &[("40000", "a", &tree), ("40000", "b", &tree), ("40000", "c", &tree)],
        );
    }
    let id = version(&project, &tree, "Change-Origin: deployment\n");
    let found = assert_found(&project, &[("hostile_content", Some(&id))]);
    assert!(text(&found[0], "message").contains("too large"), "{}", found[0]);
}

#[test]
fn each_object_is_looked_at_once_over_all_artifacts() {
    let (project, _, tree) = deployed();
    let again = version(&project, &tree, "");
    lose(&project, &project.rev_parse(&format!("{tree}:SKILL.md")));
    let found = findings(&project, &[]);
    assert_eq!(found.len(), 1, "{found:#?}");
    // Asked for one of them only, it is that one's.
    let of_x = [("missing_object".to_owned(), Some(again))];
    assert_eq!(pairs(&findings(&project, &["skill/x"])), of_x);
}
