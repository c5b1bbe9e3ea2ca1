//! Where the work happens: detached, renamed and new branches, linked work trees, submodules.

use serde_json::json;

use super::{
    story::{FIXED, Story},
    tell,
};
use crate::support::TestRepo;
use crate::support::project::{ID, PATH, Project, one, text};

#[test]
fn detached_head() {
    tell("detached-head", |story| {
        story.edited("C1", 3, "three");
        let project = &story.project;
        project.git(&["switch", "--quiet", "--detach", "HEAD~1"]);
        let listed = one(project.call().at(FIXED).lineage_json(&["list"]));
        assert_eq!(listed["content_hash"], project.rev_parse(&format!("HEAD:{PATH}")));
        assert_eq!(listed["line"], json!(null));
        story.edit(7, "seven");
        let output = project.call().at(FIXED).lineage(&["--json", "record"]).assert_code(1);
        assert_eq!(output.json_error()["code"], "no_line", "{output}");
        let output = project.call().at(FIXED).lineage(&["--json", "sync"]).assert_code(1);
        assert_eq!(output.json_error()["code"], "no_line", "{output}");
        story.commit("X1");
        story.switch(&["-c", "saved"]);
        story.switch(&["main"]);
        // As on a build server: detached at a branch's tip, which is to be named.
        story.git(&["switch", "--quiet", "--detach", "main"]);
        story.edit(11, "eleven");
        let args = ["record", ID, "--line", "main", "--message", "r1"];
        let recorded = one(story.project.lineage_json(&args));
        let head = story.project.rev_parse("refs/lineage/heads/main/skill/pdf");
        assert_eq!(recorded["version_id"], head);
        story.publish();
        story.git(&["switch", "--quiet", "main"]);
        story.commit("C2");
        story.check();
        story.check_next_sync("merged");
        assert_eq!([3, 7, 11].map(|number| story.line(number)), ["three", "7", "eleven"]);
    });
}

#[test]
fn branch_renamed() {
    tell("branch-renamed", |story| {
        story.edited("C1", 3, "three");
        story.git(&["branch", "--move", "trunk"]);
        story.edited("C2", 7, "seven");
        story.check();
        story.check_next_sync("merged");
        assert_eq!([3, 7].map(|number| story.line(number)), ["three", "seven"]);
        let listed = one(story.project.lineage_json(&["list"]));
        assert_eq!(listed["line"], "trunk");
        let on_trunk = story.project.rev_parse("refs/lineage/heads/trunk/skill/pdf");
        assert_eq!(text(&listed, "version_id"), on_trunk);
    });
}

#[test]
fn branch_made_anew() {
    tell("branch-made-anew", |story| {
        story.switch(&["-c", "topic"]);
        story.edited("T1", 3, "three");
        story.switch(&["main"]);
        story.git(&["branch", "--quiet", "-D", "topic"]);
        story.switch(&["-c", "topic"]);
        story.edited("T2", 7, "seven");
        story.check();
        story.check_next_sync("merged");
        assert_eq!([3, 7].map(|number| story.line(number)), ["3", "seven"]);
    });
}

#[test]
fn orphan_branch() {
    tell("orphan-branch", |story| {
        story.edited("C1", 3, "three");
        story.edited("C2", 7, "seven");
        story.switch(&["--orphan", "fresh"]);
        story.git(&["checkout", "--quiet", "main", "--", "."]);
        story.commit("O1");
        story.edited("O2", 11, "eleven");
        story.check();
        story.check_next_sync("merged");
        assert_eq!(
            [3, 7, 11].map(|number| story.line(number)),
            ["three", "seven", "eleven"]
        );
    });
}

#[test]
fn linked_work_trees() {
    tell("linked-work-trees", |story| {
        let linked = Story::on(
            Project::over_worktree(story.project.worktree_add("linked", "topic")),
            "linked-work-trees",
            story.when,
        );
        story.edit(3, "three");
        story.record("h1");
        linked.edited("T1", 7, "seven");
        linked.edited("T2", 9, "nine");
        story.edited("C1", 11, "eleven");
        story.git(&["merge", "--quiet", "-m", "M", "topic"]);
        story.named("M", "HEAD");
        for name in ["T1", "T2"] {
            story.named(name, &linked.commit_named(name));
        }
        // A clone knows of records once they are pushed.
        story.catch_up();
        story.publish();
        story.check();
        story.check_next_sync("merged");
        let lines = [3, 7, 9, 11].map(|number| story.line(number));
        assert_eq!(lines, ["three", "seven", "nine", "eleven"]);
    });
}

/// A project that is a submodule of another repository, two folders down.
fn submodule() -> Project {
    let origin = TestRepo::new();
    origin.write("README.md", "# Project\n");
    origin.commit("Begin");
    let above = origin.sibling("above", &[]);
    above.write("README.md", "# Above\n");
    above.commit("Begin");
    let from = origin.path().to_str().expect("UTF-8");
    above.git(&["submodule", "--quiet", "add", from, "sub/project"]);
    above.commit("Add the project");
    let project = Project::over_worktree(above.folder("above/sub/project"));
    project.make_upstream("pdf");
    project.upstream("lines.txt", crate::merging::LINES);
    project.lineage_ok(&["deploy", "../../../upstream/skills/pdf", PATH]);
    project.commit("Add the pdf skill");
    project
}

#[test]
fn submodule_as_the_project() {
    super::tell_on("submodule-as-the-project", submodule, |story| {
        story.switch(&["-c", "topic"]);
        story.edited("T1", 3, "three");
        story.switch(&["main"]);
        story.synced("S1", 10, "ten", "fast_forward");
        story.git(&["merge", "--quiet", "-m", "M", "topic"]);
        story.named("M", "HEAD");
        story.check();
        story.check_next_sync("merged");
        assert_eq!([3, 10].map(|number| story.line(number)), ["three", "ten"]);
        let above = story.project.beside("above");
        let args = ["for-each-ref", "refs/lineage"];
        let refs = story.project.call().cwd(&above).git(&args);
        assert!(refs.stdout.is_empty(), "the repository above has nothing to do with it");
    });
}
