//! `docs/migrate.md`: what it says to type works, on repositories that other ways have left behind.

use super::block;
use crate::support::{Call, TestRepo, project::one};

/// Where the page's upstreams are in these tests.
const ADDRESSES: [(&str, &str); 2] = [
    ("https://example.org/lib.git", "lib"),
    ("https://github.com/anthropics/skills", "skills"),
];

/// A project, and beside it two upstreams with two states each of the same library, one of them in a folder.
pub(super) fn project() -> TestRepo {
    let project = TestRepo::new();
    project.write("README.md", "# Project\n");
    project.commit("Begin");
    for (_, name) in ADDRESSES {
        let upstream = project.sibling(name, &["--initial-branch=main"]);
        let file = if name == "lib" {
            "README.md"
        } else {
            "skills/pdf/README.md"
        };
        for text in ["# One\n", "# Two\n\nMore.\n"] {
            upstream.write(file, text);
            upstream.commit("Write");
        }
    }
    project
}

/// A call for which the addresses of the page lead to the upstreams beside the project.
pub(super) fn online(project: &TestRepo) -> Call<'_> {
    let call = project.call().config("protocol.file.allow", "always");
    ADDRESSES.iter().fold(call, |call, (address, name)| {
        let upstream = project.beside(name).display().to_string();
        call.config(&format!("url.{upstream}.insteadOf"), address)
    })
}

/// The id of the one artifact that is deployed.
fn id_of_only(project: &TestRepo) -> String {
    let listed = one(project.lineage_json(&["list"]));
    listed["artifact_id"].as_str().expect("an id").to_owned()
}

/// Shell of the page, typed; then what was staged is committed.
fn follow(project: &TestRepo, script: &str) {
    online(project).sh(script);
    if !project.git(&["status", "--porcelain"]).text().is_empty() {
        project.commit("Take it over");
    }
}

/// The origins of an artifact's versions, oldest first.
fn origins(project: &TestRepo, id: &str) -> Vec<String> {
    let versions = project.lineage_json(&["lineage", id]);
    let origin = |version: &serde_json::Value| version["change_origin"].as_str().unwrap_or("unknown").to_owned();
    versions.iter().map(origin).collect()
}

/// Upstream's next state comes in, and what was written here stays.
fn syncs(project: &TestRepo, id: &str, upstream: &str, file: &str) {
    let upstream = project.folder(upstream);
    upstream.write("CHANGES", "New.\n");
    let folder = if file.starts_with(".claude") { "skills/pdf" } else { "." };
    upstream.write(format!("{folder}/new.md"), "# New\n");
    upstream.commit("Go on");
    let before = project.read(file);
    let synced = one(online(project).lineage_json(&["sync", id]));
    assert!(
        ["merged", "fast_forward"].contains(&synced["result"].as_str().expect("a word")),
        "{synced}"
    );
    assert_eq!(project.read(file), before);
    let new = std::path::Path::new(file).with_file_name("new.md");
    assert!(project.exists(new));
    assert!(project.lineage_json(&["verify"]).is_empty());
}

#[test]
fn a_copy_made_by_hand() {
    let project = project();
    project.write(".claude/skills/pdf/README.md", "# One\n");
    project.commit("Copy a skill");
    project.write(".claude/skills/pdf/README.md", "# One\n\nOurs.\n");
    project.commit("Edit it");
    let nearest = online(&project).sh(&block("docs/migrate.md", "git lineage find"));
    assert!(nearest.text().contains("skills/pdf"), "{nearest}");
    follow(&project, &block("docs/migrate.md", "git lineage adopt --discover"));
    assert_eq!(origins(&project, "skill/pdf"), ["deployment", "local_modification"]);
    project.write(".claude/skills/pdf/README.md", "# Two\n\nMore.\n");
    project.commit("Copy the next one");
    assert!(project.lineage_json(&["verify"]).is_empty());
    project.write(".claude/skills/pdf/own.md", "Ours.\n");
    project.commit("Edit it again");
    syncs(&project, "skill/pdf", "skills", ".claude/skills/pdf/own.md");
}

#[test]
fn a_subtree() {
    let help = TestRepo::new().call().git_any(&["subtree", "-h"]);
    if !help.text().contains("--prefix") && !help.err_text().contains("--prefix") {
        crate::support::skipped("this git has no subtree");
        return;
    }
    let project = project();
    let add = ["subtree", "add", "--quiet", "--squash", "--prefix=vendor/lib"];
    let lib = project.folder("lib");
    lib.git(&["branch", "first", "main~1"]);
    online(&project).git(&[&add[..], &["https://example.org/lib.git", "first"]].concat());
    project.write("vendor/lib/own.md", "Ours.\n");
    project.commit("Edit it");
    follow(&project, &block("docs/migrate.md", "git lineage adopt vendor/lib"));
    let id = id_of_only(&project);
    assert_eq!(origins(&project, &id), ["deployment", "local_modification"]);
    syncs(&project, &id, "lib", "vendor/lib/own.md");
}

#[test]
fn a_submodule() {
    let project = project();
    let add = [
        "submodule",
        "--quiet",
        "add",
        "https://example.org/lib.git",
        "vendor/lib",
    ];
    online(&project).git(&add);
    project.commit("Add a submodule");
    follow(&project, &block("docs/migrate.md", "url=$(git config -f .gitmodules"));
    let id = id_of_only(&project);
    assert_eq!(origins(&project, &id), ["deployment"]);
    assert_eq!(project.read("vendor/lib/README.md"), b"# Two\n\nMore.\n");
    let upstream = project.folder("lib");
    upstream.write("new.md", "# New\n");
    upstream.commit("Go on");
    assert_eq!(
        one(online(&project).lineage_json(&["sync", &id]))["result"],
        "up_to_date"
    );
    let synced = one(online(&project).lineage_json(&["sync", &id, "--to", "main"]));
    assert_eq!(synced["result"], "fast_forward", "{synced}");
}

#[test]
fn a_subrepo() {
    let project = project();
    project.write("vendor/lib/README.md", "# One\n");
    project.write(
        "vendor/lib/.gitrepo",
        "; DO NOT EDIT\n[subrepo]\n\tremote = https://example.org/lib.git\n\tbranch = main\n",
    );
    project.commit("git subrepo clone");
    follow(
        &project,
        &block("docs/migrate.md", "url=$(git config -f vendor/lib/.gitrepo"),
    );
    let id = id_of_only(&project);
    assert_eq!(origins(&project, &id), ["unknown", "sync"]);
    project.write("vendor/lib/own.md", "Ours.\n");
    project.commit("Edit it");
    syncs(&project, &id, "lib", "vendor/lib/own.md");
}

#[test]
fn a_rendered_template() {
    let project = project();
    // In copier's place: fills the name into the one file that the template has.
    let copier = "#!/bin/sh -eu\ntest \"$*\" = 'copy --defaults --data-file answers.yml gh:org/template ../rendered'\n\
                  sed \"s/@name@/$(sed -n 's/^name: //p' answers.yml)/\" ../template.md >../rendered/README.md\n";
    project.write_exec("../programs/copier", copier);
    project.write("../template.md", "# @name@\n\nOne.\n");
    project.write("answers.yml", "name: Shop\n");
    project.write("service/README.md", "# Shop\n\nOne.\n");
    project.commit("Render the template");
    project.write("service/own.md", "Ours.\n");
    project.commit("Edit it");
    let script = format!(
        "PATH=../programs:$PATH\n{}",
        block("docs/migrate.md", "git init ../rendered")
    );
    follow(&project, &script);
    let id = id_of_only(&project);
    assert_eq!(origins(&project, &id), ["deployment", "local_modification"]);
    // The template goes on, and is rendered again.
    project.write("../template.md", "# @name@\n\nTwo.\n");
    let (render, _) = script.split_once("git lineage adopt").expect("the last line");
    project.call().sh(render);
    let synced = one(project.lineage_json(&["sync", &id]));
    assert_eq!(synced["result"], "merged", "{synced}");
    assert_eq!(project.read("service/README.md"), b"# Shop\n\nTwo.\n");
    assert!(project.exists("service/own.md"));
}
