//! `docs/ci.md`: the gate says what is shown, and the two builds run, but for what they fetch and install.

use super::readme::{masked, seen};
use super::{block, sessions};
use crate::support::{Call, TestRepo};

/// A project with two artifacts, one of them with a line of its own, and the server that it was pushed to.
fn pushed() -> (TestRepo, TestRepo) {
    let project = TestRepo::new();
    project.write("README.md", "# Project\n");
    project.commit("Begin");
    project.fixture("skills/sql-review");
    project.write(project.beside("pdf/SKILL.md"), "1\n2\n3\n4\n5\n6\n7\n8\n");
    project.lineage_ok(&["deploy", "../pdf", ".claude/skills/pdf"]);
    project.lineage_ok(&["deploy", "../fixtures/skills/sql-review", ".claude/skills/sql-review"]);
    let checklist = ".claude/skills/sql-review/references/checklist.md";
    let written = [project.read(checklist), b"- Ours.\n".to_vec()].concat();
    project.write(checklist, written);
    project.commit("Edit");
    let server = project.sibling("origin.git", &["--bare", "--initial-branch=main"]);
    project.git(&["remote", "add", "origin", &server.path().to_string_lossy()]);
    project.git(&["push", "--quiet", "origin", "main"]);
    project.lineage_ok(&["push"]);
    (project, server)
}

#[test]
fn the_gate_of_a_build_says_what_the_page_shows() {
    let (project, server) = pushed();
    let bring = block("docs/ci.md", "git fetch --unshallow");
    assert!(
        bring.contains("git lineage fetch") && bring.contains("git lineage record"),
        "{bring}"
    );
    project.lineage_ok(&["record"]);
    let sessions = sessions("docs/ci.md");
    for (command, shown) in &sessions {
        let output = project.call().sh(command);
        assert_eq!(masked(&seen(&output)), masked(shown), "{command}");
    }
    assert_eq!(sessions.len(), 1);
    // A build's clone, as the page brings it up to date.
    let clone = server.clone_as("clone", &["--depth=1", "--no-local"]);
    clone.call().sh(&bring);
    assert_eq!(
        clone.lineage_json(&["gate"])[0]["lines"],
        project.lineage_json(&["gate"])[0]["lines"]
    );
}

/// What a build types, in its order: what stands behind `run:`, or below it, and what is listed below `script:` and
/// `before_script:`.
fn steps(yaml: &str) -> Vec<String> {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut steps = Vec::new();
    let mut lines = yaml.lines().peekable();
    while let Some(line) = lines.next() {
        let key = line.trim_start().trim_start_matches("- ");
        let mut below = Vec::new();
        while lines
            .peek()
            .is_some_and(|next| (key == "run: |" || key.ends_with("script:")) && depth(next) > depth(line))
        {
            below.extend(lines.next().map(str::trim_start));
        }
        match key.strip_prefix("run: ") {
            Some("|") => steps.push(below.join("\n")),
            Some(command) => steps.push(command.to_owned()),
            None => steps.extend(
                below
                    .iter()
                    .filter_map(|item| item.strip_prefix("- "))
                    .map(str::to_owned),
            ),
        }
    }
    steps
}

/// The steps of a build that can be run without a network; what it installs the program with is the one that cannot.
fn local_steps(yaml: &str) -> Vec<String> {
    let (installed, local): (Vec<String>, Vec<String>) =
        steps(yaml).into_iter().partition(|step| step.starts_with("cargo "));
    assert_eq!(
        installed,
        ["cargo install --locked --git \"$GIT_LINEAGE_URL\" git-lineage"]
    );
    local
}

/// A call of a build, which knows nobody's name.
fn build(clone: &TestRepo) -> Call<'_> {
    let names = ["AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"];
    let call = names
        .iter()
        .fold(clone.call(), |call, name| call.env_remove(format!("GIT_{name}")));
    call.env("CI_COMMIT_REF_NAME", "main")
}

/// The steps pass on what was pushed; with too much of one's own the last one, the gate, refuses.
#[track_caller]
fn passes_until_the_gate_refuses(project: &TestRepo, steps: &[String], checkout: impl Fn(&str) -> TestRepo) {
    let clone = checkout("build");
    for step in steps {
        build(&clone).sh(step);
    }
    let newest = project.lineage_json(&["list"]);
    project.write(".claude/skills/sql-review/own.md", "Ours.\n".repeat(20));
    project.commit("Go on without recording");
    project.git(&["push", "--quiet", "origin", "main"]);
    let clone = checkout("next-build");
    let (gate, before) = steps.split_last().expect("there are steps");
    for step in before {
        build(&clone).sh(step);
    }
    assert_ne!(
        clone.lineage_json(&["list"]),
        newest,
        "the build has recorded the commit"
    );
    build(&clone).sh(&format!("{gate} && exit 1 || test $? = 4"));
}

#[test]
fn the_build_on_github_runs() {
    let yaml = block("docs/ci.md", "name: lineage");
    // Checks out a branch, with all of its history.
    let uses: Vec<&str> = yaml.lines().filter(|line| line.contains("uses:")).collect();
    assert_eq!(uses, ["      - uses: actions/checkout@v4"]);
    assert!(yaml.contains("          fetch-depth: 0\n"), "{yaml}");
    let (project, server) = pushed();
    let steps = local_steps(&yaml);
    assert_eq!(steps.len(), 3, "{steps:#?}");
    passes_until_the_gate_refuses(&project, &steps, |name| server.clone_as(name, &[]));
    // A pull request: a merge that no branch has.
    let clone = server.clone_as("pull-request", &[]);
    clone.git(&["switch", "--quiet", "--detach"]);
    build(&clone).sh(&steps[0].replace("git lineage record", "! git lineage record"));
}

#[test]
fn the_build_on_gitlab_runs() {
    let yaml = block("docs/ci.md", "lineage:");
    assert!(yaml.contains("    GIT_DEPTH: \"0\"\n"), "{yaml}");
    let (project, server) = pushed();
    let steps = local_steps(&yaml);
    assert_eq!(steps.len(), 7, "{steps:#?}");
    passes_until_the_gate_refuses(&project, &steps, |name| {
        // It checks out a commit.
        let clone = server.clone_as(name, &[]);
        clone.git(&["switch", "--quiet", "--detach"]);
        clone.git(&["branch", "--quiet", "--delete", "--force", "main"]);
        clone
    });
}

#[test]
fn the_report_has_a_line_for_each_artifact() {
    let (project, _) = pushed();
    if project.call().sh("command -v jq || :").text().is_empty() {
        crate::support::skipped("jq is not installed");
        return;
    }
    project.lineage_ok(&["record"]);
    let report = project.call().sh(&block("docs/ci.md", "git lineage --json gate | jq"));
    assert_eq!(
        report.lines(),
        ["| skill/pdf | 8 | 0 | 0 |", "| skill/sql-review | 236 | 1 | 0 |"]
    );
}
