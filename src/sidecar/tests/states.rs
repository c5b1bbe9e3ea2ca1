//! The memo of project states.

use std::collections::BTreeMap;

use super::*;

type Change = (ArtifactId, Option<VersionId>);

fn change(name: u32, version: Option<u32>) -> Change {
    (artifact(&format!("skill/{name}")), version.map(id))
}

fn save(sidecar: &mut Sidecar, n: u32, base: Option<StateId>, changes: &[Change]) -> StateId {
    sidecar
        .transaction(|tx| tx.save_project_state(&commit(n), base, changes))
        .expect("saved")
}

#[test]
fn a_state_is_its_changes_over_its_base() {
    let mut sidecar = holding(&[]);
    assert_eq!(sidecar.project_state(&commit(0)).expect("asked"), None);
    let first = save(
        &mut sidecar,
        0,
        None,
        &[change(1, Some(1)), change(2, Some(2)), change(3, None)],
    );
    let second = save(&mut sidecar, 1, Some(first), &[change(2, None), change(4, Some(4))]);
    let back = save(&mut sidecar, 2, Some(second), &[change(2, Some(9))]);
    let same = save(&mut sidecar, 3, Some(back), &[]);
    assert_eq!(same, back, "no change, no state");
    let names = |state| {
        let versions = sidecar.project_state_versions(state).expect("read");
        versions
            .into_iter()
            .map(|(artifact, id)| (artifact.name().to_owned(), id))
            .collect::<Vec<_>>()
    };
    let pair = |name: &str, n| (name.to_owned(), id(n));
    assert_eq!(names(first), [pair("1", 1), pair("2", 2)]);
    assert_eq!(names(second), [pair("1", 1), pair("4", 4)]);
    assert_eq!(names(back), [pair("1", 1), pair("2", 9), pair("4", 4)]);
    assert_eq!(sidecar.project_state(&commit(3)).expect("asked"), Some(back));
}

#[test]
fn a_commit_without_artifacts_has_a_state_too() {
    let mut sidecar = holding(&[]);
    let empty = save(&mut sidecar, 0, None, &[]);
    assert_eq!(sidecar.project_state(&commit(0)).expect("asked"), Some(empty));
    assert!(sidecar.project_state_versions(empty).expect("read").is_empty());
    let other = save(&mut sidecar, 0, None, &[change(1, Some(1))]);
    assert_eq!(
        sidecar.project_state(&commit(0)).expect("asked"),
        Some(other),
        "saved anew"
    );
}

#[test]
fn long_chains_are_written_out() {
    let mut sidecar = holding(&[]);
    let mut expected = BTreeMap::new();
    let mut base = None;
    for n in 0..300 {
        let name = n % 7;
        let version = (n % 5 != 0).then_some(n);
        let state = save(&mut sidecar, n, base, &[change(name, version)]);
        match version {
            Some(version) => expected.insert(artifact(&format!("skill/{name}")), id(version)),
            None => expected.remove(&artifact(&format!("skill/{name}"))),
        };
        assert_eq!(sidecar.project_state_versions(state).expect("read"), expected, "{n}");
        base = Some(state);
    }
    let conn = sidecar.connection();
    let one = |sql| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a number");
    assert_eq!(one("SELECT max(depth) FROM project_states"), 64);
    assert_eq!(
        one("SELECT count(*) FROM project_states WHERE base IS NULL"),
        5,
        "every 65th of 300"
    );
}

#[test]
fn states_go_when_versions_go_and_with_a_rebuild() {
    let mut sidecar = holding(&[root(1)]);
    let state = save(&mut sidecar, 0, None, &[change(1, Some(1))]);
    sidecar
        .transaction(|tx| tx.delete_versions(&[id(2)]))
        .expect("nothing deleted");
    assert_eq!(sidecar.project_state(&commit(0)).expect("asked"), Some(state));
    sidecar.transaction(|tx| tx.delete_versions(&[id(1)])).expect("deleted");
    assert_eq!(sidecar.project_state(&commit(0)).expect("asked"), None);
    assert!(sidecar.project_state_versions(state).expect_err("gone").is_corrupt());
    save(&mut sidecar, 0, None, &[]);
    sidecar.rebuild(|_| Ok::<_, SidecarError>(())).expect("rebuilt");
    assert_eq!(sidecar.project_state(&commit(0)).expect("asked"), None);
    save(&mut sidecar, 0, None, &[]);
    sidecar
        .transaction(|tx| {
            tx.clear_project_states()?;
            Ok::<_, SidecarError>(())
        })
        .expect("cleared");
    assert_eq!(sidecar.project_state(&commit(0)).expect("asked"), None);
}

#[test]
fn bases_in_a_circle_are_damage() {
    let mut sidecar = holding(&[]);
    let first = save(&mut sidecar, 0, None, &[change(1, Some(1))]);
    let second = save(&mut sidecar, 1, Some(first), &[change(1, Some(2))]);
    sidecar
        .connection()
        .execute_batch("UPDATE project_states SET base = 2 WHERE state = 1")
        .expect("edited");
    assert!(
        sidecar
            .project_state_versions(second)
            .expect_err("a circle")
            .is_corrupt()
    );
}
