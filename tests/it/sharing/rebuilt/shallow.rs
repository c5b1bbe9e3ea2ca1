//! Shallow clones of a project whose lineage nobody has shared.

use super::{Unshared, all_versions, rebuild, refs, version_of};
use crate::support::TestRepo;
use crate::support::project::{ID, Project, text};
use crate::support::repo::utf8;

fn shallow(unshared: &Unshared) -> TestRepo {
    let url = format!("file://{}", unshared.remote.path().display());
    let path = unshared.project.beside("shallow");
    unshared.project.git(&["clone", "-q", "--depth=1", &url, utf8(&path)]);
    unshared.project.folder("shallow")
}

#[test]
fn where_the_history_ends_at_an_edit_it_has_to_be_completed_first() {
    let unshared = Unshared::new();
    let clone = shallow(&unshared);
    let answer = rebuild(&clone);
    assert_eq!(answer.len(), 1, "{answer:?}");
    assert_eq!(answer[0]["error"]["code"], "history_cut_off", "{answer:?}");
    let hint = answer[0]["error"]["hints"][0].as_str();
    assert!(
        hint.is_some_and(|hint| hint.starts_with("git fetch --unshallow")),
        "{answer:?}"
    );
    assert!(refs(&clone, "refs/lineage/").is_empty());
    clone.git(&["fetch", "-q", "--unshallow"]);
    assert_eq!(rebuild(&clone).len(), 2);
    assert_eq!(all_versions(&clone), all_versions(&unshared.rebuilt("whole")));
}

#[test]
fn where_nothing_was_edited_the_baseline_is_what_the_commit_holds() {
    let unshared = Unshared::deployed(&[]);
    unshared.project.write("README.md", "# More\n");
    unshared.project.commit("Elsewhere");
    unshared.publish();
    let clone = Project::over_worktree(shallow(&unshared));
    let answer = rebuild(&clone);
    assert_eq!(answer.len(), 1, "{answer:?}");
    assert_eq!(text(&answer[0], "version_id"), version_of(&clone, "HEAD"));
    assert_eq!(
        version_of(&unshared.rebuilt("whole"), "HEAD"),
        version_of(&clone, "HEAD")
    );
    unshared.news("SKILL.md", "new\n");
    assert_eq!(clone.sync()["result"], "fast_forward");
    assert_eq!(clone.lineage(&["verify", ID]).code, 0);
}
