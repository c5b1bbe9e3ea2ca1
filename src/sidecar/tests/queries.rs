//! Look-ups, their order, abbreviations; and rows that are not what they should be.

use super::*;

#[test]
fn equal_content_is_found_newest_first() {
    // 1 → 2 → 3 returns to the content of 1; 4 is another artifact with it.
    let mut twin = with_content(1, root(4));
    twin.artifact_id = artifact("skill/copy");
    let sidecar = holding(&[root(1), child(2, &[1]), with_content(1, child(3, &[2])), at(2, twin)]);
    assert_eq!(
        numbers(&sidecar.find_by_content(&content(1)).expect("found")),
        [3, 4, 1]
    );
    assert_eq!(numbers(&sidecar.find_by_content(&content(2)).expect("found")), [2]);
    assert_eq!(sidecar.find_by_content(&content(9)).expect("found"), []);
}

#[test]
fn within_a_second_descendants_come_first() {
    // All in one second: whatever the ids are, a return to old content is newer than the old content.
    for base in 0..8 {
        let (a, b, c) = (base * 3, base * 3 + 1, base * 3 + 2);
        let versions = [
            at(5, root(a)),
            at(5, child(b, &[a])),
            at(5, with_content(a, child(c, &[b]))),
        ];
        let sidecar = holding(&versions);
        assert_eq!(numbers(&sidecar.find_by_content(&content(a)).expect("found")), [c, a]);
        let timeline = sidecar
            .timeline(&artifact("skill/pdf"), None, None, None)
            .expect("timeline");
        assert_eq!(numbers(&timeline), [c, b, a]);
        let newest = sidecar
            .timeline(&artifact("skill/pdf"), None, None, Some(1))
            .expect("timeline");
        assert_eq!(numbers(&newest), [c]);
    }
    let mut unrelated: Vec<_> = (0..6).map(|n| at(5, with_content(0, root(n)))).collect();
    let sidecar = holding(&unrelated);
    unrelated.sort_by_key(|version| version.version_id);
    assert_eq!(sidecar.find_by_content(&content(0)).expect("found"), unrelated, "by id");
}

#[test]
fn any_parent_counts_for_children() {
    let mut orphan = child(6, &[40]);
    orphan.orphan = true;
    let versions = [
        root(1),
        root(2),
        child(3, &[1]),
        child(4, &[3, 2, 1]),
        child(5, &[1, 1]),
        orphan,
    ];
    let sidecar = holding(&versions);
    let children = |n| numbers(&sidecar.children_of(&content(n)).expect("children"));
    assert_eq!(children(1), [5, 4, 3], "each once");
    assert_eq!(children(2), [4]);
    assert_eq!(children(3), [4]);
    assert!(children(4).is_empty());
    assert_eq!(children(40), [6], "an orphan's parent is known by its content");
}

#[test]
fn deleting_takes_a_version_out_of_every_answer() {
    let mut sidecar = holding(&[root(1), root(2), child(3, &[1, 2])]);
    let deleted = sidecar.transaction(|tx| tx.delete_versions(&[id(3), id(3), id(50)]));
    assert_eq!(deleted.expect("deleted"), 1);
    assert_eq!(sidecar.children_of(&content(1)).expect("children"), []);
    assert_eq!(sidecar.children_of(&content(2)).expect("children"), []);
    assert_eq!(sidecar.version(&id(3)).expect("read"), None);
    // The row number is free again, and nothing of the old version sticks to it.
    insert(&mut sidecar, &[child(4, &[1])]);
    assert_eq!(sidecar.children_of(&content(2)).expect("children"), []);
}

#[test]
fn timelines_have_bounds_and_limits() {
    let mut other = root(9);
    other.artifact_id = artifact("skill/pdf2");
    let sidecar = holding(&[root(1), child(2, &[1]), child(3, &[2]), child(4, &[3]), other]);
    let pdf = artifact("skill/pdf");
    let timeline = |since, until, limit| numbers(&sidecar.timeline(&pdf, since, until, limit).expect("timeline"));
    assert_eq!(timeline(None, None, None), [4, 3, 2, 1]);
    assert_eq!(timeline(Some(2), Some(3), None), [3, 2]);
    assert_eq!(timeline(Some(4), None, None), [4]);
    assert!(timeline(None, Some(0), None).is_empty());
    assert!(timeline(Some(3), Some(2), None).is_empty());
    assert_eq!(timeline(None, None, Some(2)), [4, 3]);
    assert_eq!(timeline(None, Some(3), Some(1)), [3]);
    assert!(timeline(None, None, Some(0)).is_empty());
    assert_eq!(timeline(None, None, Some(100)).len(), 4);
}

#[test]
fn abbreviations_find_what_starts_with_them() {
    let versions: Vec<_> = (0..50).map(|n| with_content(n / 2, root(n))).collect();
    let sidecar = holding(&versions);
    let ids: Vec<_> = sidecar.all_version_ids().expect("ids");
    assert_eq!(ids.len(), 50);
    for digits in 1..=8 {
        for id in &ids {
            let prefix = &id.to_string()[..digits];
            let expected: Vec<_> = ids
                .iter()
                .filter(|id| id.to_string().starts_with(prefix))
                .copied()
                .collect();
            assert_eq!(sidecar.versions_by_id_prefix(prefix, 99).expect("found"), expected);
            assert_eq!(
                sidecar.versions_by_id_prefix(&prefix.to_uppercase(), 1).expect("found"),
                expected[..1]
            );
        }
    }
    let mut contents: Vec<_> = (0..25).map(content).collect();
    contents.sort();
    for hash in &contents {
        for digits in [1, 2, 7, 39, 40] {
            let prefix = &hash.to_string()[..digits];
            let expected: Vec<_> = contents
                .iter()
                .filter(|hash| hash.to_string().starts_with(prefix))
                .copied()
                .collect();
            assert_eq!(
                sidecar.by_content_prefix(prefix, 99).expect("found"),
                expected,
                "each once"
            );
            assert_eq!(sidecar.by_content_prefix(prefix, 1).expect("found"), expected[..1]);
        }
    }
    let long = "0".repeat(100);
    for nothing in ["", "x", "12 4", "ä", "'; DROP TABLE people", long.as_str()] {
        assert_eq!(sidecar.versions_by_id_prefix(nothing, 9).expect("asked"), []);
        assert_eq!(sidecar.by_content_prefix(nothing, 9).expect("asked"), []);
    }
    assert_eq!(sidecar.versions_by_id_prefix("a", 0).expect("asked"), []);
}

#[test]
fn artifacts_are_found_by_the_text_that_starts_with_them() {
    let names = [
        "skill/a",
        "skill/a~1",
        "skill/a@b",
        "skill/a b",
        "skill/ä",
        "skill/äö",
        "agent/a",
        "skill/pdf",
    ];
    let versions: Vec<_> = (0..)
        .zip(names)
        .flat_map(|(n, name)| [2 * n, 2 * n + 1].map(|n| (n, name)))
        .map(|(n, name)| ArtifactVersion {
            artifact_id: artifact(name),
            ..root(n)
        })
        .collect();
    let sidecar = holding(&versions);
    let mut sorted = names.map(artifact);
    sorted.sort();
    assert_eq!(sidecar.artifact_ids().expect("ids"), sorted);
    for text in [
        "skill/a",
        "skill/a~1",
        "skill/a~12",
        "skill/a~2",
        "skill/a@b@main",
        "skill/a@",
        "skill/äöü",
        "skill/äz",
        "skill/",
        "skill",
        "",
        "z",
        "skill/zzz",
        "agent/a~3",
        "skill/pdg",
        "skill/pd",
        "a",
        "skill/a b~1",
    ] {
        let mut expected: Vec<_> = names
            .into_iter()
            .filter(|name| text.starts_with(name))
            .map(artifact)
            .collect();
        expected.sort_by_key(|id| std::cmp::Reverse(id.as_str().len()));
        assert_eq!(
            sidecar.artifact_ids_with_prefix_of(text).expect("found"),
            expected,
            "{text}"
        );
    }
    assert_eq!(holding(&[]).artifact_ids().expect("ids"), []);
    assert_eq!(holding(&[]).artifact_ids_with_prefix_of("skill/a").expect("found"), []);
}

#[test]
fn edited_rows_are_damage_that_names_the_row() {
    for edit in [
        "version_id = x'00'",
        "content_hash = x'0011'",
        "parent_hash = x''",
        "parent_ids = x'aabb'",
        "artifact_id = 'pdf'",
        "artifact_id = 'Skill/pdf'",
        "author_id = 99",
        "upstream_id = 99",
        "upstream_commit = x'01'",
        "upstream_tree = x'01'",
        "project_commit = x'01'",
        "tz_offset = 99999999999",
        "orphan = 2",
        "change_origin = 'Sync'",
        "change_origin = ''",
        "change_origin = 'merge'",
        "summary = CAST(x'ff' AS TEXT)",
    ] {
        let sidecar = holding(&[full(3, &[1, 2])]);
        let conn = sidecar.connection();
        conn.execute_batch("PRAGMA ignore_check_constraints = ON").expect("set");
        conn.execute_batch(&format!("UPDATE artifact_versions SET {edit}"))
            .expect(edit);
        let pdf = artifact("skill/pdf");
        let error = if edit.starts_with("artifact_id") {
            sidecar.version(&id(3)).expect_err(edit)
        } else {
            sidecar.timeline(&pdf, None, None, None).expect_err(edit)
        };
        assert!(error.is_corrupt(), "{edit}: {error:?}");
        assert!(error.to_string().contains("row 1 "), "{edit}: {error}");
    }
    let sidecar = holding(&[root(1)]);
    let null = sidecar
        .connection()
        .execute_batch("UPDATE artifact_versions SET summary = NULL");
    let text = sidecar
        .connection()
        .execute_batch("UPDATE artifact_versions SET version_id = 'aaaaaaaaaaaaaaaaaaaa'");
    assert!(null.is_err() && text.is_err(), "the tables are strict");
}
