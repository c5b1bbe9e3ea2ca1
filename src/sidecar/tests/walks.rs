//! Lineages and ancestors: complete, cut off, broken off, in circles, and however the rows lie.

use std::ops::ControlFlow;

use super::*;
use crate::sidecar::lineage::MissingParent;

#[test]
fn a_lineage_runs_from_the_root() {
    let versions = [root(1), child(2, &[1]), root(8), child(3, &[2, 8]), child(4, &[3])];
    let sidecar = holding(&versions);
    let chain = sidecar.lineage(&id(4)).expect("walked").expect("known");
    assert_eq!(numbers(&chain.links), [1, 2, 3, 4]);
    assert_eq!(chain.missing, None);
    let ids = sidecar.lineage_ids(&id(4)).expect("walked").expect("known");
    assert_eq!(ids.links, [1, 2, 3, 4].map(|n| (id(n), content(n))));
    assert_eq!(sidecar.parents(&id(3)).expect("read"), Some(vec![id(2), id(8)]));
    assert_eq!(sidecar.lineage(&id(50)).expect("walked"), None);
    assert_eq!(sidecar.lineage_ids(&id(50)).expect("walked"), None);
    assert_eq!(contained(&sidecar, &[50]).expect("walked"), []);
    assert_eq!(sidecar.parents(&id(50)).expect("read"), None);
}

#[test]
fn what_versions_contain_comes_newest_first_and_each_once() {
    let versions = [root(1), child(2, &[1]), root(8), child(3, &[2, 8]), child(4, &[3])];
    let sidecar = holding(&versions);
    let all = contained(&sidecar, &[4]).expect("walked");
    assert_eq!(numbers(&all), [4, 3, 8, 2, 1]);
    let all = contained(&sidecar, &[2, 4, 3, 2, 50]).expect("walked");
    assert_eq!(numbers(&all), [4, 3, 8, 2, 1]);
    let all = contained(&sidecar, &[2, 8]).expect("walked");
    assert_eq!(numbers(&all), [8, 2, 1]);
    // Dates that lie: the parents were made after the child.
    let sidecar = holding(&[at(90, root(1)), at(80, child(2, &[1])), at(5, child(3, &[2])), root(50)]);
    let all = contained(&sidecar, &[50, 3]).expect("walked");
    assert_eq!(numbers(&all), [50, 3, 2, 1]);
}

#[test]
fn no_more_is_read_than_what_is_asked_for() {
    // Whatever stands before the damaged row comes out.
    let mut versions: Vec<_> = (0..1000)
        .map(|n| if n == 0 { root(0) } else { child(n, &[n - 1]) })
        .collect();
    versions[0].parent_ids = vec![id(999)];
    let sidecar = holding(&versions);
    let mut found = Vec::new();
    sidecar
        .walk_contained(&[id(999)], |version| {
            found.push(version);
            if found.len() < 3 {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })
        .expect("the circle is far away");
    let ids: Vec<_> = found.iter().map(|version| version.version_id).collect();
    assert_eq!(ids, [id(999), id(998), id(997)]);
    assert!(contained(&sidecar, &[999]).is_err());
}

#[test]
fn a_lineage_ends_where_a_parent_is_missing() {
    let sidecar = holding(&[child(2, &[1]), child(3, &[2, 30])]);
    let chain = sidecar.lineage(&id(3)).expect("walked").expect("known");
    assert_eq!(numbers(&chain.links), [2, 3]);
    let missing = MissingParent {
        version_id: id(1),
        content_hash: Some(content(1)),
    };
    assert_eq!(chain.missing, Some(missing));
    assert_eq!(numbers(&contained(&sidecar, &[3]).expect("walked")), [3, 2]);
}

#[test]
fn circles_end_with_an_error() {
    // Such rows cannot come from commits.
    for (versions, start) in [
        (vec![child(1, &[1])], 1),
        (vec![child(1, &[2]), child(2, &[1])], 1),
        (vec![child(1, &[3]), child(2, &[1]), child(3, &[2]), child(4, &[3])], 4),
    ] {
        let same_second: Vec<_> = versions
            .iter()
            .map(|version| with_content(0, at(0, version.clone())))
            .collect();
        let sidecar = holding(&versions);
        for error in [
            sidecar.lineage(&id(start)).expect_err("a circle"),
            sidecar.lineage_ids(&id(start)).expect_err("a circle"),
            contained(&sidecar, &[start]).expect_err("a circle"),
        ] {
            assert!(
                matches!(error, SidecarError::Cycle { .. }) && error.is_corrupt(),
                "{error:?}"
            );
        }
        if versions.len() > 1 {
            let sidecar = holding(&same_second);
            let error = sidecar.find_by_content(&content(0)).expect_err("a circle");
            assert!(error.is_corrupt());
        }
    }
    // Beside the first parents it does not concern the lineage.
    let sidecar = holding(&[root(1), child(2, &[1, 2])]);
    assert_eq!(
        numbers(&sidecar.lineage(&id(2)).expect("walked").expect("known").links),
        [1, 2]
    );
    assert!(contained(&sidecar, &[2]).is_err());
}

#[test]
fn long_chains_are_walked_whatever_order_they_were_inserted_in() {
    let chain: Vec<_> = (0..1500)
        .map(|n| if n == 0 { root(0) } else { child(n, &[n - 1]) })
        .collect();
    let interleaved: Vec<_> = (0..500)
        .flat_map(|n| [n, n + 500, n + 1000])
        .map(|n| chain[n].clone())
        .collect();
    let mut scattered = chain.clone();
    scattered.sort_by_key(|version| version.version_id);
    let reversed: Vec<_> = chain.iter().rev().cloned().collect();
    for (name, rows) in [
        ("in order", &chain),
        ("mixed", &interleaved),
        ("at random", &scattered),
        ("back", &reversed),
    ] {
        let sidecar = holding(rows);
        let found = sidecar.lineage(&id(1499)).expect("walked").expect("known");
        assert!(found.links == chain, "{name}");
        let ids = sidecar.lineage_ids(&id(1499)).expect("walked").expect("known");
        let expected = (0..1500).map(|n| (id(n), content(n)));
        assert!(ids.links.into_iter().eq(expected), "{name}");
        // Parents that stand behind their children cannot come from here.
        match contained(&sidecar, &[1499]) {
            Ok(found) => assert!(found == reversed && name == "in order", "{name}"),
            Err(error) => assert!(error.is_corrupt() && name != "in order", "{name}"),
        }
    }
}
