//! Completion: what the program offers, and that real shells offer it, for `git-lineage` and for `git lineage`.

mod offered;
mod shells;

use crate::support::project::Project;

/// A project with two artifacts, one with a space in its id, a second branch, and the scripts in the sandbox's home.
fn stage() -> Project {
    let project = Project::deployed();
    let spaced = project.beside("upstream/skills/Design Principles");
    project.write(spaced.join("SKILL.md"), "# Design\n");
    project.write(spaced.join("two words.md"), "# Words\n");
    project.lineage_ok(&[
        "deploy",
        "../upstream/skills/Design Principles",
        ".claude/skills/Design Principles",
    ]);
    project.commit("Add another skill");
    project.git(&["branch", "release"]);
    project.lineage_ok(&["setup"]);
    project
}
