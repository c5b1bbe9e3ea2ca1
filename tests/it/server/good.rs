//! Pushes that are taken.

use super::{ALL, Server, head, pushed, refs_of};
use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, Project};

#[test]
fn all_that_a_project_does_is_taken() {
    for repo in [TestRepo::new(), TestRepo::sha256()] {
        let project = Project::over(repo);
        let format = project.git(&["rev-parse", "--show-object-format"]).trimmed();
        let server = Server(project.sibling("server.git", &["--bare", &format!("--object-format={format}")]));
        server.lineage_ok(&["hooks", "install", "--server"]);
        project.deploy();
        project.commit("Add the pdf skill");
        project.record_edit("SKILL.md", "# pdf\n\nMine.\n");
        project.upstream("references/forms.md", "# Forms\n\nTwo.\n");
        project.sync();
        project.commit("Sync");
        let quiet = server.take(&project, &ALL);
        assert!(quiet.stderr.is_empty() && quiet.stdout.is_empty(), "{quiet}");

        // Branches, merges, a commit without a record, another line, another artifact.
        project.git(&["checkout", "--quiet", "-b", "feature/x"]);
        project.edit("SKILL.md", "# pdf\n\nTheirs.\n");
        project.commit("On a branch");
        project.lineage_ok(&["record", "--all"]);
        project.git(&["checkout", "--quiet", "main"]);
        project.edit("references/forms.md", "# Forms\n\nThree.\n");
        project.commit("On main");
        project.lineage_ok(&["record", "--all"]);
        project.git(&["merge", "--quiet", "--no-edit", "feature/x"]);
        project.make_upstream("Design Principles");
        project.lineage_ok(&[
            "deploy",
            "../upstream/skills/Design Principles",
            ".claude/skills/design",
        ]);
        project.commit("Merged");
        project.lineage_ok(&["record", "--all"]);
        let quiet = server.take(&project, &ALL);
        assert!(quiet.stderr.is_empty(), "{quiet}");
        let expected = refs_of(&project).into_iter();
        let expected: Vec<_> = expected
            .filter(|(name, _)| name.starts_with("refs/heads/") || name.starts_with("refs/lineage/heads/"))
            .collect();
        assert!(expected.len() >= 5, "{expected:?}");
        assert_eq!(server.refs().into_iter().collect::<Vec<_>>(), expected);
        // A tag, which is no lineage; and nothing new.
        project.git(&["tag", "v1"]);
        server.take(&project, &["v1", "refs/heads/*:refs/heads/*"]);
        server.take(&project, &ALL);
        let verified = server.lineage(&["verify"]);
        assert_eq!(verified.code, 0, "{verified}");
        assert_eq!(
            std::fs::read_dir(server.path().join("objects"))
                .expect("a folder")
                .filter(|entry| {
                    entry
                        .as_ref()
                        .expect("an entry")
                        .file_name()
                        .to_string_lossy()
                        .starts_with("tmp_")
                })
                .count(),
            0
        );
    }
}

#[test]
fn adopted_lineage_is_taken() {
    let project = Project::new();
    let skill = ".claude/skills/pdf";
    project.write(format!("{skill}/SKILL.md"), "# pdf\n\nCopied.\n");
    project.commit("Copy it by hand");
    project.write(format!("{skill}/SKILL.md"), "# pdf\n\nEdited.\n");
    project.commit("Edit it");
    project.lineage_ok(&["adopt", skill]);
    project.commit("Adopt it");
    let server = Server::beside(&project);
    server.take(&project, &ALL);
    assert_eq!(server.refs()[HEAD_REF], head(&project));
}

#[test]
fn a_new_line_at_an_old_version_and_a_head_on_top_of_one_are_taken() {
    let (project, server) = pushed();
    let mut versions = vec![head(&project)];
    for n in 0..8 {
        project.record_edit("SKILL.md", &format!("# {n}\n"));
        versions.push(head(&project));
    }
    server.take(&project, &ALL);
    server.take(
        &project,
        &[&format!("{}:refs/lineage/heads/side/skill/pdf", versions[3])],
    );
    let tree = project.rev_parse(&format!("{}^{{tree}}", versions[0]));
    let on_top = project.plain_version(&tree, &[&versions[4]], Some("local_modification"));
    server.take(
        &project,
        &[&format!("{on_top}:refs/lineage/heads/side/skill/pdf"), "--force"],
    );
    let merged = project.plain_version(&tree, &[&on_top, &versions[8]], Some("local_modification"));
    server.take(&project, &[&format!("{merged}:refs/lineage/heads/side/skill/pdf")]);
}

#[test]
fn a_repository_with_a_work_tree_receives_as_well() {
    let project = Project::deployed();
    let server = Server(project.sibling("server", &[]));
    let installed = server.lineage_json(&["hooks", "install", "--server"]);
    assert!(installed.iter().all(|change| change["action"] == "created"));
    server.take(&project, &["main:refs/heads/theirs", ALL[1]]);
    let forged = project.plain_version(&project.rev_parse("HEAD^{tree}"), &[], None);
    server.refuse(&project, &[&format!("+{forged}:{HEAD_REF}")], "no Change-Origin");
}
