//! Settings of git's that are meant for branches and tags, and ours for strange hosts.

use super::{asked, heads, refs, results, shared};
use crate::support::project::ID;

#[test]
fn a_host_that_takes_only_branches() {
    let (project, remote) = shared();
    remote.write_exec(
        "hooks/update",
        "#!/bin/sh\ncase $1 in refs/heads/*) ;; *) exit 1;; esac\n",
    );
    project.git(&["push", "--quiet", "origin", "main"]);
    assert_eq!(
        results(&{
            let refused = project.lineage(&["--json", "push"]).assert_code(1);
            refused.json().remove(0)
        }),
        [("main".to_owned(), "refused".to_owned())]
    );
    let moved = project.twin();
    moved.git(&["config", "lineage.refPrefix", "refs/heads/lineage"]);
    let tip = project.rev_parse("refs/lineage/heads/main/skill/pdf");
    moved.git(&["update-ref", "refs/heads/lineage/heads/main/skill/pdf", &tip]);
    let answer = asked(&moved, &["push"]);
    assert_eq!(
        results(&answer),
        [("main".to_owned(), "created".to_owned())],
        "{answer}"
    );
    assert!(answer["left_out"].as_array().is_some_and(Vec::is_empty), "{answer}");
    assert_eq!(moved.show(ID)["version_id"], tip.as_str());
    assert!(results(&asked(&moved, &["push"])).is_empty());
}

#[test]
fn mirrors_tags_and_submodules_have_no_say() {
    let (project, remote) = shared();
    project.git(&["push", "--quiet", "origin", "main"]);
    project.git(&[
        "tag",
        "--annotate",
        "--message",
        "v1",
        "v1",
        "refs/lineage/heads/main/skill/pdf",
    ]);
    for (key, value) in [
        ("remote.origin.mirror", "true"),
        ("push.followTags", "true"),
        ("push.recurseSubmodules", "on-demand"),
        ("fetch.prune", "true"),
        ("fetch.pruneTags", "true"),
        ("remote.origin.tagOpt", "--tags"),
        ("push.default", "nothing"),
    ] {
        project.git(&["config", key, value]);
    }
    assert_eq!(
        results(&asked(&project, &["push"])),
        [("main".to_owned(), "created".to_owned())]
    );
    assert_eq!(heads(&remote).len(), 1);
    assert!(refs(&remote, "refs/tags/").is_empty(), "no tag has followed");
    asked(&project, &["fetch"]);
    assert_eq!(refs(&project, "refs/tags/").len(), 1, "none was pruned");
}

#[test]
fn a_branch_of_another_name_over_there_is_the_line_over_there() {
    let (project, remote) = shared();
    project.git(&["push", "--quiet", "--set-upstream", "origin", "main:trunk"]);
    assert_eq!(
        results(&asked(&project, &["push"])),
        [("trunk".to_owned(), "created".to_owned())]
    );
    assert_eq!(heads(&remote).into_keys().collect::<Vec<_>>(), ["trunk/skill/pdf"]);
    assert!(results(&asked(&project, &["push"])).is_empty());
}
