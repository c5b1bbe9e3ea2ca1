//! What stands above a version, and what a tip has in addition.

use super::*;

fn since(sidecar: &Sidecar, tip: u32, base: u32) -> Vec<u32> {
    numbers(&sidecar.since(&id(tip), &id(base)).expect("walked"))
}

#[test]
fn descendants_are_found_along_any_parent() {
    let versions = [
        root(1),
        child(2, &[1]),
        root(8),
        child(9, &[8]),
        child(3, &[9, 2]),
        child(4, &[3]),
    ];
    let sidecar = holding(&versions);
    let above = sidecar.descendants(&versions[1..2]).expect("walked");
    assert_eq!(above.of(&id(2)), [2, 3, 4].map(id).into());
    for (n, is_above) in [(1, false), (2, true), (3, true), (4, true), (8, false), (9, false)] {
        assert_eq!(above.contains(&id(n)), is_above, "{n}");
    }
    // Of several each has its own.
    let above = sidecar.descendants(&versions).expect("walked");
    assert_eq!(above.of(&id(8)), [8, 9, 3, 4].map(id).into());
    assert_eq!(above.of(&id(4)), [id(4)].into());
}

#[test]
fn equal_contents_are_kept_apart() {
    // Two projects deployed the same; one went back to it later.
    let versions = [
        with_content(0, root(1)),
        with_content(0, root(2)),
        from_content(0, child(11, &[1])),
        from_content(0, child(12, &[2])),
        with_content(0, child(13, &[11])),
        from_content(0, child(14, &[13])),
    ];
    let sidecar = holding(&versions);
    let above = sidecar.descendants(&versions[..2]).expect("walked");
    assert_eq!(above.of(&id(1)), [1, 11, 13, 14].map(id).into());
    assert_eq!(above.of(&id(2)), [2, 12].map(id).into());
}

/// A child of a version that has another content than its number says.
fn from_content(n: u32, mut version: ArtifactVersion) -> ArtifactVersion {
    version.parent_hash = Some(content(n));
    version
}

#[test]
fn what_a_tip_has_in_addition() {
    // 1 - 2 ------- 5 - 6, and 3 from upstream on 1, merged in 5
    //  \- 3 - 4 ---/
    let versions = [
        root(1),
        child(2, &[1]),
        child(3, &[1]),
        child(4, &[3]),
        child(5, &[2, 4]),
        child(6, &[5]),
    ];
    let sidecar = holding(&versions);
    for (tip, base, expected) in [
        (6, 6, &[][..]),
        (6, 5, &[6]),
        (6, 2, &[6, 5, 4, 3]),
        (6, 4, &[6, 5, 2]),
        (6, 1, &[6, 5, 4, 3, 2]),
        (2, 3, &[2]),
        (1, 6, &[]),
        (50, 1, &[]),
        (2, 50, &[2, 1]),
    ] {
        assert_eq!(since(&sidecar, tip, base), expected, "{base}..{tip}");
    }
}

#[test]
fn circles_end() {
    // Such rows cannot come from commits.
    let sidecar = holding(&[child(1, &[3]), child(2, &[1]), child(3, &[2])]);
    let above = sidecar.descendants(&[child(1, &[3])]).expect("walked");
    assert_eq!(above.of(&id(1)), [1, 2, 3].map(id).into());
    assert_eq!(since(&sidecar, 3, 50), [3, 2, 1]);
}
