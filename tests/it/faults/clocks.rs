//! Clocks that go backwards, stand still, or are of another century: dates are only shown.

use crate::support::project::{HEAD_REF, ID, Project, text, texts};

#[test]
fn a_clock_that_goes_backwards_changes_no_order() {
    let project = Project::deployed();
    let mut ids = vec![project.rev_parse(HEAD_REF)];
    // 2009, as early as git reads a bare number, the same second again, and the end of this century.
    for (number, date) in ["1230000000", "100000001", "100000001", "4102444799", "100000000"]
        .iter()
        .enumerate()
    {
        project.edit("SKILL.md", format!("{number}\n"));
        let call = || project.call().at(&format!("{date} +0000"));
        let recorded = call().lineage_json(&["record", ID]);
        assert_eq!(recorded[0]["recorded"], true);
        ids.push(text(&recorded[0], "version_id").to_owned());
        call().git(&["commit", "--quiet", "--all", "--message", "Edit"]);
    }
    let lineage = project.lineage_json(&["lineage", ID]);
    assert_eq!(texts(&lineage, "version_id"), ids);
    let newest_first: Vec<String> = ids.iter().rev().cloned().collect();
    assert_eq!(texts(&project.lineage_json(&["log", ID]), "version_id"), newest_first);
    assert_eq!(
        project.git(&["rev-list", "--topo-order", HEAD_REF]).lines(),
        newest_first
    );
    for pair in ids.windows(2) {
        let base = project.lineage_json(&["merge-base", &pair[0], &pair[1]]);
        assert_eq!(text(&base[0], "version_id"), pair[0]);
    }
    let path = project.lineage_json(&["path", &ids[0], &ids[5]]);
    assert_eq!(texts(&path, "version_id"), ids);
    // Whoever starts from nothing says the same.
    project.lineage_ok(&["index", "rebuild"]);
    assert_eq!(texts(&project.lineage_json(&["lineage", ID]), "version_id"), ids);
    assert_eq!(project.lineage_json(&["record"]).len(), 1);
    project.upstream("new.md", "theirs\n");
    let synced = project.call().at("100000005 +0000").lineage_json(&["sync"]);
    assert_eq!(synced[0]["result"], "merged");
    project.lineage_ok(&["verify"]);
}
