//! Somebody has the true lineage after all, and shares it: then it counts for everybody, whoever pushed first.

use super::{Unshared, all_versions, version_of};
use crate::support::TestRepo;
use crate::support::project::{PATH, Project, text};

/// Whoever has the true lineage (Ada, in the project) and whoever has rebuilt it and edited it since (Bea, in a clone).
fn both() -> (Unshared, Project) {
    let unshared = Unshared::new();
    let bea = unshared.rebuilt("bea");
    bea.record_edit("notes.md", "Bea's.\n");
    bea.commit("Edit by Bea");
    bea.git(&["push", "-q"]);
    unshared.project.git(&["pull", "-q"]);
    (unshared, bea)
}

/// What the lineage of a clone begins with.
#[track_caller]
fn root(clone: &TestRepo) -> String {
    let lineage = clone.lineage_json(&["lineage", &version_of(clone, "HEAD")]);
    text(&lineage[0], "version_id").to_owned()
}

/// Both know the same, it is the true lineage, and nothing that was recorded is lost.
#[track_caller]
fn assert_agreement(unshared: &Unshared, bea: &Project, truth: &str, recorded: &[String]) {
    let ada = &unshared.project;
    let held = all_versions(ada);
    assert_eq!(held, all_versions(bea));
    assert_eq!((root(ada), root(bea)), (truth.to_owned(), truth.to_owned()));
    for clone in [ada, bea] {
        assert_eq!(clone.lineage(&["verify"]).code, 0);
    }
    for version in recorded {
        bea.show(version);
    }
    let third = unshared.clone("third");
    third.lineage_ok(&["fetch"]);
    assert_eq!(all_versions(&third), held);
}

#[test]
fn the_true_lineage_counts_once_it_is_pushed() {
    let (unshared, bea) = both();
    let (recorded, begins) = (all_versions(&bea), root(&unshared.project));
    let truth = all_versions(&unshared.project);
    assert!(recorded.iter().all(|version| !truth.contains(version)), "two lineages");
    unshared.project.lineage_ok(&["push"]);
    bea.lineage_ok(&["fetch"]);
    assert_eq!(all_versions(&bea), truth);
    bea.lineage_ok(&["push"]);
    unshared.project.lineage_ok(&["fetch"]);
    assert_eq!(all_versions(&unshared.project), truth);
    assert_agreement(&unshared, &bea, &begins, &recorded);
}

#[test]
fn it_counts_also_where_the_rebuilt_one_was_pushed_before() {
    let (unshared, bea) = both();
    let (recorded, begins) = (all_versions(&bea), root(&unshared.project));
    bea.lineage_ok(&["push"]);
    // Somebody has taken over what Bea has pushed.
    let carl = unshared.clone("carl");
    carl.lineage_ok(&["fetch"]);
    assert_eq!(all_versions(&carl), recorded);
    unshared.project.lineage_ok(&["fetch"]);
    unshared.project.lineage_ok(&["push"]);
    for clone in [&bea, &carl] {
        clone.lineage_ok(&["fetch"]);
    }
    assert_eq!(all_versions(&carl), all_versions(&unshared.project));
    assert_agreement(&unshared, &bea, &begins, &recorded);
}

/// What is only recorded goes on from the true lineage, too.
#[test]
fn an_edit_that_is_not_committed_goes_over_to_it() {
    let unshared = Unshared::new();
    let bea = unshared.rebuilt("bea");
    let edit = bea.record_edit("notes.md", "Bea's.\n");
    unshared.project.lineage_ok(&["push"]);
    bea.lineage_ok(&["fetch"]);
    let again = bea.record();
    assert_eq!(again["parent_ids"][0], version_of(&unshared.project, "HEAD").as_str());
    assert_eq!(again["content_hash"], edit["content_hash"]);
    bea.show(edit["version_id"].as_str().expect("an id"));
    unshared.news("SKILL.md", &super::skill("three", "eight"));
    assert_eq!(bea.sync()["result"], "merged");
    bea.commit("Edit and sync");
    assert_eq!(bea.lineage(&["verify"]).code, 0);
}

/// The commit that deployed says that it is older than the version it deployed: nobody can tell which of the two it meant, and
/// all come to the same all the same.
#[test]
fn dates_that_run_backwards_keep_nobody_from_agreeing() {
    let unshared = Unshared::deployed(&[]);
    let ada = &unshared.project;
    let deployed = ada.git(&["log", "-1", "--format=%ct", &root(ada)]).trimmed();
    let before = deployed.parse::<u64>().expect("seconds") - 1;
    let call = ada.call().at(&format!("{before} +0000"));
    call.git(&["commit", "-q", "--amend", "--no-edit"]);
    ada.edit("SKILL.md", "mine\n");
    ada.commit("Edit");
    ada.git(&["push", "-q", "--force"]);
    let bea = unshared.rebuilt("bea");
    bea.write(format!("{PATH}/notes.md"), "Bea's.\n");
    bea.commit("Edit by Bea");
    bea.git(&["push", "-q"]);
    ada.git(&["pull", "-q"]);
    for clone in [ada, &bea, ada] {
        clone.lineage_ok(&["push"]);
        ada.lineage_ok(&["fetch"]);
        bea.lineage_ok(&["fetch"]);
    }
    assert_eq!(all_versions(ada), all_versions(&bea));
    for clone in [ada, &bea] {
        assert_eq!(clone.lineage(&["verify"]).code, 0);
    }
}
