//! Artifacts that were moved or deleted with plain git.

use serde_json::{Value, json};

use super::{status, status_of};
use crate::support::project::{ID, PATH, Project};

#[test]
fn a_moved_artifact_is_found_where_it_is() {
    let project = Project::deployed();
    project.git(&["mv", PATH, "docs"]);
    for committed in [false, true] {
        if committed {
            project.commit("Move");
        }
        let now = status(&project);
        assert_eq!((&now["state"], &now["moved_to"]), (&json!("missing"), &json!("docs")));
        assert_eq!((&now["recorded"], &now["content_hash"]), (&json!(false), &Value::Null));
        assert_eq!(now["next"], format!("git lineage mv {ID} docs"));
    }
    // The proposal can be typed.
    project.lineage_ok(&["mv", ID, "docs"]);
    let now = status(&project);
    assert_eq!(
        (&now["state"], &now["path"], &now["moved_to"]),
        (&json!("clean"), &json!("docs"), &Value::Null)
    );
}

#[test]
fn most_of_it_is_enough_and_half_is_not() {
    let project = Project::deployed();
    project.git(&["mv", PATH, "docs"]);
    project.write("docs/SKILL.md", "changed on the way\n");
    project.git(&["add", "--all"]);
    assert_eq!(status(&project)["moved_to"], "docs", "two of three files");
    project.write("docs/references/forms.md", "changed, too\n");
    project.git(&["add", "--all"]);
    assert_eq!(status(&project)["moved_to"], Value::Null, "one of three");
}

#[test]
fn of_two_copies_the_one_with_its_name_is_meant() {
    let project = Project::deployed();
    for copy in ["a", "skills/pdf", "z"] {
        project.copy(PATH, copy);
    }
    project.remove(PATH);
    project.git(&["add", "--all"]);
    assert_eq!(status(&project)["moved_to"], "skills/pdf");
    // What belongs to another artifact has not moved there.
    project.lineage_ok(&["deploy", "../upstream/skills/pdf", "skills/pdf", "--id", "skill/other"]);
    assert_eq!(status_of(&project, &[ID])["moved_to"], "a");
}

#[test]
fn a_moved_file_may_have_another_name() {
    let project = Project::new();
    project.write(project.beside("upstream/agents/review.md"), "# Review\n");
    project.lineage_ok(&["deploy", "../upstream/agents/review.md", "agents/reviewer.md"]);
    project.commit("Deploy");
    project.git(&["mv", "agents/reviewer.md", "critic.md"]);
    let now = status_of(&project, &["agent/reviewer"]);
    assert_eq!(
        (&now["state"], &now["moved_to"]),
        (&json!("missing"), &json!("critic.md"))
    );
    assert_eq!(now["next"], "git lineage mv agent/reviewer critic.md");
}

#[test]
fn a_deleted_artifact_is_missing() {
    let project = Project::deployed();
    project.remove(PATH);
    let now = status(&project);
    assert_eq!((&now["state"], &now["moved_to"]), (&json!("missing"), &Value::Null));
    assert_eq!(now["next"], format!("git checkout HEAD -- {PATH}"));
    assert_eq!(now["summary"]["local_changes"], 3);
    // An empty folder, or one in which everything is ignored, holds no content either.
    project.write(".gitignore", "*.log\n");
    project.edit("debug.log", "ignored\n");
    assert_eq!(status(&project)["state"], "missing");
    project.git(&["checkout", "--quiet", "HEAD", "--", PATH]);
    assert_eq!(status(&project)["state"], "clean");
    project.git(&["rm", "-r", "--quiet", PATH]);
    project.git(&["commit", "--quiet", "-m", "Delete"]);
    assert_eq!(status(&project)["next"], format!("git lineage remove {ID}"));
    project.lineage_ok(&["remove", ID]);
    assert_eq!(project.lineage_json(&["status"]), Vec::<Value>::new());
}
