//! Writing: what is stored comes back, whole or not at all, from several processes at once.

use std::{fs, panic, thread};

use super::*;

#[test]
fn every_field_comes_back() {
    let mut odd = full(3, &[1, 2]);
    odd.artifact_id = artifact("skill/设计 原则/a'b\"c");
    odd.summary = "tab\tnul\0 'quote' ü 🦀 end".to_owned();
    odd.author.name = String::new();
    odd.author.email = "<>".to_owned();
    odd.created_at = Timestamp {
        seconds: i64::MIN,
        offset: i32::MIN,
    };
    odd.orphan = true;
    let mut bare = full(4, &[]);
    bare.upstream = Some(Upstream::default());
    bare.change_origin = None;
    bare.created_at.seconds = i64::MAX;
    let mut partly = full(5, &[4, 4, 3]);
    if let Some(upstream) = &mut partly.upstream {
        upstream.path = None;
        upstream.commit = CommitId::from_bytes(&[7; 32]);
    }
    let versions = [root(1), full(2, &[1]), odd, bare, partly];
    let inserted = holding(&versions);
    let mut rebuilt = Sidecar::in_memory().expect("memory");
    rebuilt
        .rebuild(|inserter| versions.iter().try_for_each(|version| inserter.insert_version(version)))
        .expect("rebuilt");
    for version in &versions {
        assert_eq!(
            inserted.version(&version.version_id).expect("read").as_ref(),
            Some(version)
        );
        assert_eq!(
            rebuilt.version(&version.version_id).expect("read").as_ref(),
            Some(version)
        );
    }
    let one = |sql| {
        inserted
            .connection()
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .expect("a number")
    };
    assert_eq!(one("SELECT count(*) FROM people"), 2, "shared");
    assert_eq!(one("SELECT count(*) FROM upstreams"), 3, "shared, also with nulls");
}

#[test]
fn ids_of_32_bytes_work_like_those_of_20() {
    let long = |n: u32, parents: &[u32]| {
        let hash = |n: u32| ContentHash::from_bytes(id256(n + 1000).as_bytes()).expect("32 bytes");
        ArtifactVersion {
            version_id: id256(n),
            content_hash: hash(n),
            parent_hash: parents.first().map(|n| hash(*n)),
            parent_ids: parents.iter().map(|n| id256(*n)).collect(),
            ..root(n)
        }
    };
    let versions = [long(1, &[]), long(2, &[1]), long(3, &[1]), long(4, &[2, 3, 99])];
    let sidecar = holding(&versions);
    for version in &versions {
        assert_eq!(
            sidecar.version(&version.version_id).expect("read").as_ref(),
            Some(version)
        );
    }
    let children = sidecar.children_of(&versions[2].content_hash).expect("children");
    assert_eq!(children, [versions[3].clone()]);
    let chain = sidecar.lineage(&id256(4)).expect("walked").expect("known");
    assert_eq!(
        chain.links,
        [versions[0].clone(), versions[1].clone(), versions[3].clone()]
    );
    assert_eq!(
        sidecar.parents(&id256(4)).expect("read").expect("known").last(),
        Some(&id256(99))
    );
    let digits = id256(4).to_string();
    assert_eq!(sidecar.versions_by_id_prefix(&digits, 9).expect("found"), [id256(4)]);
    assert_eq!(
        sidecar.versions_by_id_prefix(&digits[..9], 9).expect("found"),
        [id256(4)]
    );
}

#[test]
fn inserting_again_changes_nothing_but_the_orphan_mark() {
    let mut orphan = child(2, &[1, 5]);
    orphan.orphan = true;
    let mut sidecar = holding(&[orphan.clone()]);
    assert_eq!(sidecar.orphans().expect("asked"), [id(2)]);
    let again = sidecar.transaction(|tx| {
        assert!(tx.order_of(&id(2))?.is_some());
        assert!(tx.order_of(&id(1))?.is_none());
        assert!(tx.insert_version(&root(1))?);
        assert!(tx.order_of(&id(1))?.is_some(), "own changes are seen");
        tx.insert_version(&child(2, &[1, 5]))
    });
    assert!(!again.expect("written"), "not new");
    assert_eq!(sidecar.orphans().expect("asked"), []);
    assert_eq!(sidecar.version(&id(2)).expect("read"), Some(child(2, &[1, 5])));
    assert!(sidecar.transaction(|tx| tx.set_orphan(&id(2), true)).expect("written"));
    assert!(
        !sidecar.transaction(|tx| tx.set_orphan(&id(2), true)).expect("written"),
        "already"
    );
    assert!(
        !sidecar.transaction(|tx| tx.set_orphan(&id(77), true)).expect("written"),
        "unknown"
    );
    assert_eq!(sidecar.version(&id(2)).expect("read"), Some(orphan));
}

#[test]
fn tips_and_stamps_are_kept_by_name() {
    let mut sidecar = holding(&[]);
    let name = b"refs/lineage/heads/m\xff/skill/pdf";
    sidecar
        .transaction(|tx| {
            tx.set_tip(name, Some(&id(1)))?;
            tx.set_tip(b"refs/lineage/kept/x", Some(&id(2)))?;
            tx.set_tip(name, Some(&id(3)))?;
            tx.set_tip(b"refs/none", None)?;
            tx.set_stamp("packed-refs", Some(b""))?;
            tx.set_stamp("heads", Some(b"1"))?;
            tx.set_stamp("heads", Some(b"2"))
        })
        .expect("written");
    assert_eq!(sidecar.tip(name).expect("read"), Some(id(3)));
    assert_eq!(sidecar.tip(b"refs/none").expect("read"), None);
    let tips = sidecar.tips().expect("read");
    assert_eq!(
        tips.into_iter().collect::<Vec<_>>(),
        [(name.to_vec(), id(3)), (b"refs/lineage/kept/x".to_vec(), id(2))]
    );
    assert_eq!(sidecar.stamps().expect("read")["heads"], b"2");
    sidecar
        .transaction(|tx| {
            tx.set_tip(name, None)?;
            tx.set_stamp("heads", None)
        })
        .expect("written");
    assert_eq!(sidecar.tips().expect("read").len(), 1);
    assert_eq!(sidecar.stamps().expect("read").len(), 1);
}

#[test]
fn errors_and_panics_take_everything_back() {
    let mut sidecar = holding(&[root(1)]);
    let failed = sidecar.transaction(|tx| {
        tx.insert_version(&root(2))?;
        tx.delete_versions(&[id(1)])?;
        Err::<(), _>(SidecarError::corrupt("no"))
    });
    assert!(failed.is_err());
    let failed = sidecar.rebuild(|inserter| {
        inserter.insert_version(&root(3))?;
        Err(SidecarError::corrupt("no"))
    });
    assert!(failed.is_err());
    let panicked = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        sidecar.transaction(|tx| -> Result<(), SidecarError> {
            tx.insert_version(&root(4))?;
            panic!("in the middle")
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(sidecar.all_version_ids().expect("ids"), [id(1)]);
    insert(&mut sidecar, &[root(5)]);
    let unchecked = sidecar
        .connection()
        .execute_batch("UPDATE artifact_versions SET change_origin = 'merge'");
    assert!(unchecked.is_err(), "checks are on again after filling");
}

#[test]
fn a_rebuild_replaces_everything_and_forgets_repeats() {
    let mut sidecar = holding(&[root(1), child(2, &[1])]);
    sidecar
        .transaction(|tx| tx.set_stamp("x", Some(b"y")))
        .expect("written");
    sidecar
        .rebuild(|inserter| {
            for version in [root(5), child(7, &[5, 6]), root(6), child(7, &[5, 6])] {
                inserter.insert_version(&version)?;
            }
            inserter.set_tip(b"refs/x", &id(7))?;
            inserter.set_stamp("z", b"1")
        })
        .expect("rebuilt");
    assert_eq!(sidecar.count().expect("count"), 3);
    assert_eq!(numbers(&sidecar.children_of(&content(6)).expect("children")), [7]);
    assert_eq!(sidecar.tip(b"refs/x").expect("tip"), Some(id(7)));
    assert_eq!(sidecar.stamps().expect("stamps").into_keys().collect::<Vec<_>>(), ["z"]);
    let links: i64 = sidecar
        .connection()
        .query_row("SELECT count(*) FROM merge_parents", [], |row| row.get(0))
        .expect("count");
    assert_eq!(links, 1);
}

/// Enough to be written before they are committed.
const MANY: u32 = 40_000;

/// What a process that is killed leaves behind is what a copy made in the middle of its transaction holds.
#[test]
fn killed_while_building_leaves_the_old_state_or_nothing() {
    let (_folder, path) = place();
    let folder = path.parent().expect("a folder");
    let (_other, copy) = place();
    let copy_all = || {
        let target = copy.parent().expect("a folder");
        let _ = fs::remove_dir_all(target);
        fs::create_dir_all(target).expect("folder");
        let mut bytes = 0;
        for entry in fs::read_dir(folder).expect("read") {
            let entry = entry.expect("entry");
            bytes += fs::copy(entry.path(), target.join(entry.file_name())).expect("copied");
        }
        bytes
    };
    let many = |inserter: &mut Inserter<'_>| {
        (0..MANY).try_for_each(|n| inserter.insert_version(&full(n, &[])))?;
        assert!(copy_all() > 1 << 20, "more than fits the cache is on disk by now");
        Ok::<_, SidecarError>(())
    };
    assert!(Sidecar::build(&path, many).expect("built").by_us);
    assert!(matches!(Sidecar::open(&copy).expect("opened"), Opened::Absent));

    Sidecar::rebuild(&mut ready(&path), |inserter| inserter.insert_version(&root(1))).expect("rebuilt");
    Sidecar::rebuild(&mut ready(&path), many).expect("rebuilt");
    assert_eq!(ready(&copy).all_version_ids().expect("ids"), [id(1)]);
    assert_eq!(ready(&path).count().expect("count"), u64::from(MANY));
}

#[test]
fn two_connections_write_at_once() {
    let (_folder, path) = place();
    Sidecar::create(&path).expect("created");
    thread::scope(|scope| {
        for writer in 0..2_u32 {
            let path = &path;
            scope.spawn(move || {
                let mut sidecar = ready(path);
                for n in 0..100 {
                    let n = n * 2 + writer;
                    let inserted = sidecar.transaction(|tx| {
                        let tip = tx.tip(b"refs/x")?;
                        let mut version = root(n);
                        version.parent_ids = tip.into_iter().collect();
                        tx.set_tip(b"refs/x", Some(&id(n)))?;
                        tx.insert_version(&version)
                    });
                    assert!(inserted.expect("written"));
                }
            });
        }
    });
    let sidecar = ready(&path);
    let tip = sidecar.tip(b"refs/x").expect("read").expect("a tip");
    let chain = sidecar.lineage_ids(&tip).expect("walked").expect("known");
    assert_eq!(chain.links.len(), 200, "one unbroken chain");
    assert_eq!(chain.missing, None);
}

#[test]
fn of_two_builders_one_builds() {
    for damaged in [false, true] {
        let (_folder, path) = place();
        if damaged {
            fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
            fs::write(&path, b"noise").expect("written");
        }
        let built: Vec<_> = thread::scope(|scope| {
            let build = || {
                let built = Sidecar::build(&path, |inserter| {
                    (0..200).try_for_each(|n| inserter.insert_version(&root(n)))
                });
                let built = built.expect("built");
                assert_eq!(built.sidecar.count().expect("count"), 200);
                built.by_us
            };
            let threads: Vec<_> = (0..3).map(|_| scope.spawn(build)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("no panic"))
                .collect()
        });
        assert_eq!(built.iter().filter(|by_us| **by_us).count(), 1, "{built:?}");
        assert_eq!(ready(&path).count().expect("count"), 200);
    }
}

#[test]
fn a_snapshot_is_one_moment() {
    let (_folder, path) = place();
    file_with(&path, &[root(1)]);
    let reader = ready(&path);
    let mut writer = ready(&path);
    let (before, after) = reader
        .snapshot(|| {
            let before = reader.count()?;
            insert(&mut writer, &[root(2)]);
            Ok::<_, SidecarError>((before, reader.count()?))
        })
        .expect("read");
    assert_eq!((before, after, reader.count().expect("count")), (1, 1, 2));
}
