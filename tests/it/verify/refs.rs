//! Damage in refs.

use serde_json::Value;

use super::{assert_clean, assert_found, commit, deployed, digits, findings, lose, pairs, trailers_of};
use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, ID, Project, text};

#[test]
fn names_that_lineage_does_not_write() {
    let (project, id, _) = deployed();
    for (name, part) in [
        ("refs/lineage/heads/main/pdf", "2 parts"),
        ("refs/lineage/heads/main/skill/pdf-2/x", "4 parts"),
        ("refs/lineage/remotes/origin/main/skill", "3 parts"),
        ("refs/lineage/versions/main/skill/pdf", "neither in heads"),
        ("refs/lineage/heads/main/skill/p%64f", "not encoded"),
        ("refs/lineage/heads/main/skill/%c3%a4", "not encoded"),
        ("refs/lineage/heads/main/Skill/pdf", "not a valid kind"),
        ("refs/lineage/heads/main/skill/u%0A", "not a valid name"),
        ("refs/lineage/kept/not-an-id", "not named after a version"),
        ("refs/lineage/pending/main/skill", "2 parts"),
    ] {
        project.git(&["update-ref", name, &id]);
        let found = assert_found(&project, &[("foreign_ref", Some(&id))]);
        let message = text(&found[0], "message");
        assert!(message.contains(name) && message.contains(part), "{message}");
        assert_eq!(found[0]["artifact_id"], Value::Null);
        project.git(&["update-ref", "-d", name]);
        assert_clean(&project);
    }
    let kept = format!("refs/lineage/kept/{}", id.to_uppercase());
    project.git(&["update-ref", &kept, &id]);
    assert_found(&project, &[("foreign_ref", Some(&id))]);
}

#[test]
fn files_that_are_no_refs() {
    let (project, id, _) = deployed();
    if !project.has_ref_files("files that are no refs") {
        return;
    }
    let folder = project.git_dir().join("refs/lineage/heads/main/skill");
    // git itself leaves these behind when it is killed.
    project.write(folder.join("pdf.lock"), "");
    assert_clean(&project);
    project.write(folder.join("two words"), format!("{id}\n"));
    let found = assert_found(&project, &[("foreign_ref", None)]);
    assert!(text(&found[0], "message").contains("two words"), "{}", found[0]);
}

#[test]
fn refs_that_point_to_nothing() {
    let (project, id, _) = deployed();
    if !project.has_ref_files("git itself lets no ref point to nothing") {
        return;
    }
    let nothing = project.id_of('a');
    for name in [
        "heads/other/skill/pdf".to_owned(),
        "remotes/origin/main/skill/pdf".to_owned(),
        format!("kept/{nothing}"),
    ] {
        let path = project.git_dir().join("refs/lineage").join(&name);
        project.write(&path, format!("{nothing}\n"));
        let found = assert_found(&project, &[("dangling_ref", Some(&nothing))]);
        assert!(text(&found[0], "message").contains(&name), "{}", found[0]);
        let artifact = if name.starts_with("kept") {
            Value::Null
        } else {
            ID.into()
        };
        assert_eq!(found[0]["artifact_id"], artifact);
        project.remove(path);
    }
    // Packed refs are looked at too.
    project.git(&["pack-refs", "--all"]);
    lose(&project, &id);
    let found = findings(&project, &[]);
    assert_eq!(pairs(&found), [("dangling_ref".to_owned(), Some(id))]);
}

#[test]
fn refs_that_point_to_no_commit() {
    let (project, id, tree) = deployed();
    let blob = project.git_stdin(&["hash-object", "-w", "--stdin"], "x").trimmed();
    project.git(&["tag", "-a", "-m", "a tag", "a-tag", &id]);
    let tag = project.rev_parse("refs/tags/a-tag");
    for (target, kind) in [(blob, "blob"), (tree, "tree"), (tag, "tag")] {
        project.git(&["update-ref", "refs/lineage/heads/other/skill/pdf", &target]);
        let found = assert_found(&project, &[("not_a_commit", Some(&target))]);
        let message = text(&found[0], "message");
        assert!(message.contains("heads/other/skill/pdf points to a "), "{message}");
        assert!(message.contains(kind), "{message}");
    }
}

#[test]
fn refs_that_stand_for_others() {
    let (project, id, _) = deployed();
    let name = "refs/lineage/heads/other/skill/pdf";
    project.git(&["symbolic-ref", name, HEAD_REF]);
    assert_found(&project, &[("symbolic_ref", Some(&id))]);
    if !project.has_ref_files("git lists no symbolic ref that leads nowhere") {
        return;
    }
    project.git(&["symbolic-ref", name, "refs/lineage/heads/gone/skill/pdf"]);
    assert_found(&project, &[("symbolic_ref", None), ("dangling_ref", None)]);
}

#[test]
fn refs_that_cannot_be_read() {
    let (project, _, _) = deployed();
    if !project.has_ref_files("damaged files of refs") {
        return;
    }
    let path = project.git_dir().join("refs/lineage/heads/other/skill/pdf");
    for nonsense in ["", "nonsense\n", "ref: \n"] {
        project.write(&path, nonsense);
        let found = assert_found(&project, &[("unreadable_ref", None)]);
        assert_eq!(found[0]["artifact_id"], ID);
    }
    project.remove(path);
    project.git(&["pack-refs", "--all"]);
    let packed = project.git_dir().join("packed-refs");
    let mut lines = String::from_utf8(project.read(&packed)).expect("text");
    lines.push_str("nonsense refs/lineage/heads/zzz/skill/pdf\n");
    project.write(&packed, lines);
    assert_found(&project, &[("unreadable_ref", None)]);
}

#[test]
fn refs_of_another_artifact() {
    let (project, id, _) = deployed();
    let name = "refs/lineage/heads/main/skill/pdf-2";
    project.git(&["update-ref", name, &id]);
    let found = assert_found(&project, &[("ref_of_another_artifact", Some(&id))]);
    assert_eq!(found[0]["artifact_id"], ID);
    assert!(text(&found[0], "message").contains(name));
}

#[test]
fn shortened_names_are_held_against_the_whole_id() {
    let (project, _, tree) = deployed();
    let long = |end: char| format!("skill/{}{end}", "x".repeat(250));
    let version = commit(&project, &tree, &[], &trailers_of(&long('a')));
    // The name of a ref is the business of `deploy`; git alone can make it from the words of the format.
    let encoded = |id: &str| {
        let name = id.strip_prefix("skill/").expect("a skill");
        let script = format!("printf %s '{name}' | sha1sum | cut -c 1-40");
        format!("{}%-{}", &name[..150], project.call().sh(&script).trimmed())
    };
    let own = format!("refs/lineage/heads/main/skill/{}", encoded(&long('a')));
    project.git(&["update-ref", &own, &version]);
    assert_clean(&project);
    let other = format!("refs/lineage/heads/main/skill/{}", encoded(&long('b')));
    project.git(&["update-ref", &other, &version]);
    assert_found(&project, &[("ref_of_another_artifact", Some(&version))]);
}

#[test]
fn kept_refs_are_named_after_their_version() {
    let (project, id, _) = deployed();
    let edited = project.record_edit("SKILL.md", "edited\n");
    project.git(&["update-ref", &format!("refs/lineage/kept/{id}"), &id]);
    assert_clean(&project);
    let target = text(&edited, "version_id");
    project.git(&["update-ref", &format!("refs/lineage/kept/{id}"), target]);
    let found = assert_found(&project, &[("misnamed_kept_ref", Some(target))]);
    assert!(text(&found[0], "message").contains(&id));
}

#[test]
fn unfinished_operations_need_what_they_refer_to() {
    let (project, _, _) = deployed();
    let name = "refs/lineage/pending/main/skill/pdf";
    let blob = project
        .git_stdin(&["hash-object", "-w", "--stdin"], "to go back to")
        .trimmed();
    // What they hold is theirs: neither trailers nor names are judged.
    let inner = super::tree_of(&project, &[("100644", "..", &blob)]);
    let tree = super::tree_of(&project, &[("40000", "state", &inner)]);
    let state = commit(&project, &tree, &[], "");
    project.git(&["update-ref", name, &state]);
    assert_clean(&project);
    lose(&project, &blob);
    let found = assert_found(&project, &[("missing_object", None)]);
    assert_eq!(found[0]["artifact_id"], ID);
    assert!(text(&found[0], "message").contains(&blob));
    lose(&project, &tree);
    let found = assert_found(&project, &[("missing_object", None)]);
    assert!(text(&found[0], "message").contains(&tree));
    lose(&project, &state);
    assert_found(&project, &[("dangling_ref", None)]);
    project.git(&["update-ref", "-d", name]);
    if !project.has_ref_files("a file of a ref with nonsense in it") {
        return;
    }
    project.write(project.git_dir().join(name), "nonsense");
    assert_found(&project, &[("unreadable_ref", None)]);
}

#[test]
fn reftable_repositories_are_looked_at_through_git() {
    let sandbox = TestRepo::new();
    let probe = sandbox.folder("probe");
    if probe.call().git_any(&["init", "--quiet", "--ref-format=reftable"]).code != 0 {
        // Before 2.45 git had no such repositories.
        return;
    }
    let project = Project::over(sandbox.sibling("reftable", &["--ref-format=reftable"]));
    let deployed = project.deploy();
    let id = text(&deployed, "version_id");
    project.commit("Deploy");
    assert_clean(&project);
    project.git(&["update-ref", "refs/lineage/heads/main/skill/PDF%41", id]);
    project.git(&["symbolic-ref", "refs/lineage/heads/other/skill/pdf", HEAD_REF]);
    let found = findings(&project, &[]);
    let expected = ["foreign_ref", "symbolic_ref"].map(|code| (code.to_owned(), Some(id.to_owned())));
    assert_eq!(pairs(&found), expected);
    assert_eq!(digits(&project), id.len());
}
