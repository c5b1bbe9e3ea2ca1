//! The projects in which commands are killed.

use super::found::kill_at;
use super::shim::Victim;
use crate::hooks::with_files_only;
use crate::merging::{LINES, with_line};
use crate::support::TestRepo;
use crate::support::project::{PATH, Project, text};

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// Four artifacts, for which a sync is a fast-forward, a clean merge, a conflict, and nothing to do.
pub(super) fn four(project: Project) -> Project {
    for name in NAMES {
        project.make_upstream(name);
        project.write(project.upstream_dir(name).join("lines.txt"), LINES);
        project.lineage_ok(&[
            "deploy",
            &format!("../upstream/skills/{name}"),
            &format!("skills/{name}"),
        ]);
    }
    project.commit("Deploy");
    for (name, line) in [("b", 20), ("c", 1)] {
        project.write(format!("skills/{name}/lines.txt"), with_line(LINES, line, "mine"));
    }
    for name in ["a", "b", "c"] {
        let upstream = project.upstream_dir(name);
        project.write(upstream.join("lines.txt"), with_line(LINES, 1, "theirs"));
        project.write(upstream.join("new.md"), "new\n");
        project.symlink("new.md", upstream.join("link"));
        project.remove(upstream.join("references/forms.md"));
    }
    project
}

/// The same, with the conflict waiting.
pub(super) fn conflicted() -> Project {
    let project = four(Project::new());
    let _conflict = project.lineage(&["sync"]).assert_code(3);
    project
}

/// The same, with the sync killed in the middle of its files.
pub(super) fn interrupted() -> Project {
    let project = four(Project::new());
    let _killed = kill_at(&project, Victim::Ours, &["sync"], "rename", "skills/b/new.md");
    project
}

/// A project with its refs in a reftable, which git knows from 2.45 on.
pub(super) fn reftable() -> Option<Project> {
    let first = TestRepo::new();
    let tried = first
        .call()
        .git_any(&["init", "--quiet", "--ref-format=reftable", "../table"]);
    if tried.code != 0 {
        crate::support::skipped("this git has no reftables");
        return None;
    }
    Some(Project::over(first.folder("table")))
}

/// `skill/pdf` with unrecorded commits and an unrecorded edit.
pub(super) fn edited(project: Project) -> Project {
    project.deploy();
    project.commit("Add the pdf skill");
    for number in 0..2 {
        project.edit("notes.md", format!("{number}\n"));
        project.commit("Edit");
    }
    project.edit("SKILL.md", "edited\n");
    project
}

/// `skill/pdf` in three versions.
pub(super) fn three() -> Project {
    let project = Project::deployed();
    project.record_edit("SKILL.md", "one\n");
    project.record_edit("added/file.md", "two\n");
    project.commit("Edit");
    project
}

/// A project that has everything pushed to `remote`, and `other`, a clone of it.
pub(super) fn shared() -> Project {
    let project = Project::deployed();
    let remote = project.sibling("remote", &["--bare"]);
    project.git(&["remote", "add", "origin", "../remote"]);
    project.lineage_ok(&["init"]);
    project.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
    project.lineage_ok(&["push"]);
    let other = remote.clone_as("other", &[]);
    other.git(&["remote", "set-url", "origin", "../remote"]);
    other.lineage_ok(&["init"]);
    other.lineage_ok(&["fetch"]);
    project.record_edit("SKILL.md", "one\n");
    project.commit("Edit");
    project.record_edit("SKILL.md", "two\n");
    project.commit("Edit");
    project.git(&["push", "--quiet"]);
    project
}

/// A secret in the second of three versions, packed or not.
pub(super) fn with_secret(packed: bool) -> (Project, String) {
    let project = Project::deployed();
    let secret = text(&project.record_edit("token", "secret\n"), "version_id").to_owned();
    project.remove(format!("{PATH}/token"));
    if packed {
        project.git(&["gc", "--quiet"]);
    }
    (project, secret)
}

/// One hook that ours is put into, one that is wrapped, one that is a link.
pub(super) fn with_hooks() -> Project {
    let project = Project::deployed();
    let _older = with_files_only(project.call(), &project);
    project.write_exec(".git/hooks/post-commit", "#!/bin/sh\nexit 0\n");
    project.write_exec(".git/hooks/post-merge", "#!/usr/bin/env python3\n");
    project.write_exec(".git/their-hook", "#!/bin/sh\nexit 0\n");
    project.symlink("../their-hook", ".git/hooks/pre-push");
    project
}

pub(super) fn hub() -> Project {
    let project = Project::deployed();
    project.record_edit("SKILL.md", "one\n");
    project.folder("hub.git").lineage_ok(&["hub", "init"]);
    project
}
