//! Lineages and ancestors: complete, cut off, broken off, in circles, and however the rows lie.

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
    assert_eq!(sidecar.ancestors(&id(50)).expect("walked"), None);
    assert_eq!(sidecar.parents(&id(50)).expect("read"), None);
    let all = sidecar.ancestors(&id(4)).expect("walked").expect("known");
    assert_eq!(numbers(&all.versions), [4, 3, 8, 2, 1]);
    assert_eq!(all.missing, []);
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
    let mut expected = [id(1), id(30)];
    expected.sort();
    assert_eq!(
        sidecar.ancestors(&id(3)).expect("walked").expect("known").missing,
        expected
    );
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
            sidecar.ancestors(&id(start)).expect_err("a circle"),
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
    assert!(sidecar.ancestors(&id(2)).is_err());
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
        let found = sidecar.ancestors(&id(1499)).expect("walked").expect("known");
        assert!(found.versions == reversed, "{name}");
    }
}
