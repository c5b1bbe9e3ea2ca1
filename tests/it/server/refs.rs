//! Refs that no push may make, move or delete.

use super::{ALL, Server, commit, head, message, pushed};
use crate::support::TestRepo;
use crate::support::project::HEAD_REF;

#[test]
fn only_heads_with_the_right_names_are_taken() {
    let (project, server) = pushed();
    let open = Server::open(&project, "open.git");
    let id = head(&project);
    let kept = format!("kept/{id}");
    let long = format!("heads/main/skill/{}%-{}", "x".repeat(120), project.id_of('a'));
    let names: [(&str, &str); 15] = [
        (
            "remotes/origin/main/skill/pdf",
            "'remotes' is what every repository has",
        ),
        ("pending/main/skill/pdf", "'pending' is what every repository has"),
        (&kept, "'kept' is what every repository has"),
        ("kept/x", "not named after a version"),
        ("other/main/skill/pdf", "neither in heads, remotes, kept nor pending"),
        ("heads/main/skill", "2 parts"),
        ("heads/main/skill/a/b", "4 parts"),
        ("heads/main/skill/p%64f", "escapes what needs no escape"),
        ("heads/main/skill/a%2fb", "two upper-case hexadecimal digits"),
        ("heads/main/skill/a%", "two upper-case hexadecimal digits"),
        ("heads/main/skill/a+b", "escapes what needs no escape"),
        ("heads/main/skill/%FF", "it is not UTF-8"),
        (&long, "it is no shortened name"),
        ("heads/main/Skill/pdf", "'Skill' is not a valid kind"),
        ("heads/a%20b/skill/pdf", "'a b' is not a valid line"),
    ];
    for (name, reason) in names {
        let refspec = format!("{id}:refs/lineage/{name}");
        assert_eq!(open.push(&project, &[&refspec]).code, 0, "git alone takes {name}");
        open.git(&["update-ref", "-d", &format!("refs/lineage/{name}")]);
        let told = server.refuse(&project, &[&refspec], reason);
        assert!(told.err_text().contains("hint: "), "{told}");
    }
    server.refuse(&project, &[&format!("{id}:refs/lineage")], "none at it");
    // A name is bytes, and may do things to a terminal.
    let mut command = std::process::Command::new("git");
    command
        .args(["push", "--quiet"])
        .arg(server.path())
        .current_dir(project.path());
    let odd = [
        format!("{id}:refs/lineage/heads/main/skill/").as_bytes(),
        b"\xe2\x80\xae\xff",
    ]
    .concat();
    command.arg(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(&odd));
    command.env_clear().envs(project.sandbox().variables());
    let output = command.output().expect("git runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let ours = told.lines().filter(|line| line.starts_with("remote: "));
    let ours: Vec<&str> = ours.collect();
    assert!(ours.iter().any(|line| line.contains("\\u{202e}")), "{told}");
    assert!(!ours.iter().any(|line| line.contains('\u{202e}')), "{told}");
    assert!(ours.iter().any(|line| line.contains("it is not UTF-8")), "{told}");
}

#[test]
fn what_a_server_keeps_for_itself_is_not_deleted_by_a_push() {
    let (project, server) = pushed();
    let id = head(&project);
    let own = [
        format!("refs/lineage/kept/{id}"),
        "refs/lineage/remotes/origin/main/skill/pdf".to_owned(),
        "refs/lineage/pending/main/skill/pdf".to_owned(),
    ];
    let stray = "refs/lineage/stray";
    for name in own.iter().map(String::as_str).chain([stray]) {
        server.git(&["update-ref", name, &id]);
    }
    for name in &own {
        server.refuse(&project, &[&format!(":{name}")], "is what every repository has");
    }
    server.take(&project, &[&format!(":{stray}")]);
    assert!(!server.refs().contains_key(stray), "nobody needs it");
    let refused = server.push(&project, &["--mirror"]);
    assert_ne!(refused.code, 0, "{refused}");
    assert!(
        refused.err_text().contains("refs/lineage/heads/*:refs/lineage/heads/*"),
        "{refused}"
    );
}

#[test]
fn ids_that_differ_only_by_case_do_not_meet() {
    let (project, server) = pushed();
    let tree = project.rev_parse(&format!("{HEAD_REF}^{{tree}}"));
    let make = |name: &str| {
        let id = format!("Artifact-Id: skill/{name}");
        let version = commit(
            &project,
            &tree,
            &[],
            &message(&["Lineage-Format: 1", &id, "Change-Origin: deployment"]),
        );
        format!("{version}:refs/lineage/heads/main/skill/{name}")
    };
    server.refuse(
        &project,
        &[&make("PDF")],
        "skill/PDF differs only by case from skill/pdf",
    );
    server.refuse(&project, &[&make("new"), &make("New")], "differs only by case");
    server.take(&project, &[&make("new")]);
    // Where both are here already, both go on.
    server.git(&["update-ref", "refs/lineage/heads/main/skill/PDF", &head(&project)]);
    project.record_edit("SKILL.md", "# Edited\n");
    server.take(&project, &ALL);
}

#[test]
fn another_prefix_is_guarded_in_its_stead() {
    let (project, server) = pushed();
    let prefix = "refs/heads/lineage";
    server.git(&["config", "lineage.refPrefix", prefix]);
    let id = head(&project);
    let forged = project.plain_version(&project.rev_parse("HEAD^{tree}"), &[], Some("Sync"));
    server.take(
        &project,
        &[&format!("{forged}:refs/lineage/heads/main/skill/pdf"), "--force"],
    );
    server.refuse(
        &project,
        &[&format!("{forged}:{prefix}/heads/main/skill/pdf")],
        "'Sync'",
    );
    server.take(&project, &[&format!("{id}:{prefix}/heads/main/skill/pdf")]);
    server.take(&project, &["main:refs/heads/lineages"]);
}

#[test]
fn who_lies_about_old_values_gains_nothing() {
    let (project, server) = pushed();
    let forged = project.plain_version(&project.rev_parse("HEAD^{tree}"), &[], Some("Sync"));
    // The objects are here, and the line says that a head was there before, too.
    server.take(&project, &[&format!("{forged}:refs/heads/innocent")]);
    let fire = |repo: &TestRepo, old: &str, name: &str| {
        let lines = format!("{old} {forged} refs/lineage/heads/{name}/skill/pdf\n{old} {forged} {HEAD_REF}\n");
        repo.call().stdin(lines).lineage(&["hook", "pre-receive"])
    };
    for old in [&forged, &head(&project), &project.id_of('0')] {
        let told = fire(&server, old, "side").assert_code(4);
        assert!(told.err_text().contains("2 of 2 lineage refs"), "{told}");
    }
}
