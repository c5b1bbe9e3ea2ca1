//! Pushes that are too much at once, and those that are merely large.

use std::time::Instant;

use super::{ALL, Server, head, pushed, refs_of};
use crate::support::TestRepo;
use crate::support::project::Project;

/// Heads of `skill/pdf` on so many lines, all at its version, as a file of packed refs, or in one transaction.
fn lines(project: &TestRepo, count: usize, id: &str) {
    let names = (0..count).map(|n| format!("refs/lineage/heads/line-{n:06}/skill/pdf"));
    if project.exists(".git/reftable") {
        let updates = names.map(|name| format!("update {name} {id}\n"));
        project.git_stdin(&["update-ref", "--stdin"], updates.collect::<String>());
        return;
    }
    let mut packed = String::from("# pack-refs with: peeled fully-peeled sorted \n");
    packed.extend(names.map(|name| format!("{id} {name}\n")));
    project.write(".git/packed-refs", packed);
}

#[test]
fn a_hundred_thousand_refs_at_once_are_refused_at_once() {
    let (project, server) = pushed();
    if !project.has_ref_files("a hundred thousand refs, which git takes minutes to write there") {
        return;
    }
    lines(&project, 100_000, &head(&project));
    let begun = Instant::now();
    let told = server.refuse(&project, &[ALL[1]], "the push has 100000 lineage refs; at most 65536");
    assert!(told.err_text().contains("lineage.maxReceiveRefs"), "{told}");
    // git itself takes most of that; the hook alone has to be done in no time.
    let none = project.id_of('0');
    let lines: String = refs_of(&project)
        .into_iter()
        .map(|(name, id)| format!("{none} {id} {name}\n"))
        .collect();
    let pushing = begun.elapsed();
    let begun = Instant::now();
    let call = server.call().stdin(lines.into_bytes());
    call.lineage(&["hook", "pre-receive"]).assert_code(4);
    assert!(begun.elapsed() < pushing, "{:?} of {pushing:?}", begun.elapsed());
    server.take(
        &project,
        &[&format!("{}:refs/lineage/heads/one/skill/pdf", head(&project))],
    );
}

#[test]
fn as_many_as_are_admitted_are_taken_and_named_only_in_part_when_refused() {
    let (project, server) = pushed();
    let id = head(&project);
    lines(&project, 3000, &id);
    let forged = project.plain_version(&project.rev_parse("HEAD^{tree}"), &[], None);
    lines(&project, 3000, &forged);
    let told = server.refuse(&project, &[ALL[1]], "3000 of 3000 lineage refs cannot be taken");
    assert!(told.err_text().contains("and 2980 more"), "{told}");
    // git names each; the hook does not.
    let ours = told.err_text().lines().filter(|line| line.starts_with("remote:"));
    assert!(ours.count() < 60);
    lines(&project, 3000, &id);
    server.take(&project, &[ALL[1]]);
    assert_eq!(server.refs().len(), 3002);
}

#[test]
fn the_limits_are_the_servers() {
    let (project, server) = pushed();
    lines(&project, 5, &head(&project));
    for n in 0..4 {
        project.record_edit("SKILL.md", &format!("# {n}\n"));
    }
    server.git(&["config", "lineage.maxReceiveRefs", "5"]);
    server.refuse(&project, &[ALL[1]], "the push has 6 lineage refs; at most 5");
    server.git(&["config", "lineage.maxReceiveRefs", "0"]);
    server.git(&["config", "lineage.maxReceiveVersions", "3"]);
    server.refuse(&project, &[ALL[1]], "more than 3 new versions");
    server.git(&["config", "lineage.maxReceiveVersions", "1k"]);
    server.take(&project, &[ALL[1]]);
    server.git(&["config", "lineage.maxReceiveVersions", "many"]);
    project.record_edit("SKILL.md", "# Last\n");
    let told = server.refuse(&project, &[ALL[1]], "lineage.maxReceiveVersions is 'many'");
    assert!(told.err_text().contains("could not be checked here"), "{told}");
    project.write("README.md", "# More\n");
    project.commit("More");
    server.take(&project, &["main"]);
}

#[test]
fn many_damaged_versions_are_no_burden() {
    let project = Project::deployed();
    let server = Server::beside(&project);
    let tree = project.rev_parse("HEAD:.claude/skills/pdf");
    let mut import = String::new();
    for n in 0..3000 {
        let message = format!("{n}\n\nLineage-Format: 1\nArtifact-Id: skill/pdf\n");
        import.push_str(&format!(
            "commit refs/lineage/heads/l{n:04}/skill/pdf\ncommitter A <a> {n} +0000\ndata {}\n{message}M 040000 {tree} \n\n",
            message.len()
        ));
    }
    project.git_stdin(&["fast-import", "--quiet"], import);
    let told = server.refuse(&project, &[ALL[1]], "lineage refs cannot be taken");
    assert!(told.err_text().contains("no Change-Origin"), "{told}");
    assert!(server.refs().is_empty());
}
