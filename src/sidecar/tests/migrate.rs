//! Between the schemas: up, down, interrupted, and two processes at once.

use std::{collections::BTreeMap, thread};

use rusqlite::Connection;

use super::*;

fn older(path: &Path) -> Older {
    match Sidecar::open(path).expect("opened") {
        Opened::Older(older) => older,
        other => panic!("not older: {}", kind(&other)),
    }
}

/// Versions with every origin, and what a reader of the commits would say.
fn versions() -> (Vec<ArtifactVersion>, BTreeMap<VersionId, Option<ChangeOrigin>>) {
    let versions: Vec<_> = (0..40)
        .map(|n| ArtifactVersion {
            change_origin: ChangeOrigin::ALL.get(n as usize % 4).copied(),
            ..if n < 2 { root(n) } else { full(n, &[n - 1, n - 2]) }
        })
        .collect();
    let origins = versions
        .iter()
        .map(|version| (version.version_id, version.change_origin))
        .collect();
    (versions, origins)
}

fn all(sidecar: &Sidecar) -> Vec<ArtifactVersion> {
    let ids = sidecar.all_version_ids().expect("ids");
    let version = |id| sidecar.version(id).expect("read").expect("known");
    ids.iter().map(version).collect()
}

#[test]
fn down_and_up_again_keeps_all_rows_and_origins() {
    let (_folder, path) = place();
    let (versions, origins) = versions();
    file_with(&path, &versions);
    let mut sidecar = ready(&path);
    sidecar
        .transaction(|tx| {
            tx.set_tip(b"refs/lineage/heads/main/skill/pdf", Some(&id(39)))?;
            tx.set_stamp("packed-refs", Some(b"\0\xff"))?;
            tx.save_project_state(&commit(1), None, &[(artifact("skill/pdf"), Some(id(3)))])
        })
        .expect("written");
    let before = all(&sidecar);
    let answers = |sidecar: &Sidecar| {
        (
            sidecar.tips().expect("tips"),
            sidecar.stamps().expect("stamps"),
            sidecar.find_by_content(&content(5)).expect("found"),
            sidecar.children_of(&content(5)).expect("children"),
            sidecar.project_state(&commit(1)).expect("state"),
        )
    };
    let answered = answers(&sidecar);

    let down = sidecar.migrate_down(1).expect("down");
    assert_eq!(down.schema(), 1);
    drop(down);
    let conn = Connection::open(&path).expect("opened");
    let rows: i64 = conn
        .query_row("SELECT count(*) FROM artifact_versions", [], |row| row.get(0))
        .expect("count");
    assert_eq!(rows, 40);
    let origins_gone = conn.prepare("SELECT change_origin FROM artifact_versions");
    assert!(origins_gone.is_err());
    drop(origins_gone);
    drop(conn);

    let mut asked = Vec::new();
    let sidecar = older(&path)
        .migrate(|id| {
            asked.push(*id);
            Ok::<_, SidecarError>(origins[id])
        })
        .expect("up");
    asked.sort();
    assert_eq!(asked, sidecar.all_version_ids().expect("ids"), "each is asked for once");
    assert_eq!(all(&sidecar), before);
    assert_eq!(answers(&sidecar), answered);
    drop(sidecar);
    assert_eq!(all(&ready(&path)), before);
}

#[test]
fn a_step_that_fails_has_not_happened() {
    let (_folder, path) = place();
    let (versions, origins) = versions();
    file_with(&path, &versions);
    drop(ready(&path).migrate_down(1).expect("down"));
    let mut left = 20;
    let stopped = older(&path).migrate(|id| {
        left -= 1;
        if left == 0 {
            Err(SidecarError::corrupt("a commit is missing"))
        } else {
            Ok(origins[id])
        }
    });
    assert!(stopped.is_err());
    let sidecar = older(&path)
        .migrate(|id| Ok::<_, SidecarError>(origins[id]))
        .expect("up");
    assert_eq!(sidecar.count().expect("count"), 40);
}

#[test]
fn two_at_once_take_each_step_once() {
    let (_folder, path) = place();
    let (versions, origins) = versions();
    file_with(&path, &versions);
    drop(ready(&path).migrate_down(1).expect("down"));
    let handles = [older(&path), older(&path)];
    let asked: usize = thread::scope(|scope| {
        handles
            .map(|handle| {
                let origins = &origins;
                scope.spawn(move || {
                    let mut asked = 0;
                    let migrated = handle.migrate(|id| {
                        asked += 1;
                        Ok::<_, SidecarError>(origins[id])
                    });
                    assert_eq!(migrated.expect("up").count().expect("count"), 40);
                    asked
                })
            })
            .map(|thread| thread.join().expect("no panic"))
            .iter()
            .sum()
    });
    assert_eq!(asked, 40);
}

#[test]
fn an_index_migrated_behind_an_open_one_is_noticed() {
    let (_folder, path) = place();
    file_with(&path, &[root(1)]);
    let mut open = ready(&path);
    assert!(open.order_of(&id(1)).expect("read").is_some());
    drop(ready(&path).migrate_down(1).expect("down"));
    assert!(open.version(&id(1)).expect_err("no column").is_corrupt());
    let write = open.transaction(|tx| tx.insert_version(&root(2)));
    assert!(write.expect_err("another schema").is_corrupt());
    drop(open);
    let migrated = older(&path).migrate(|_| Ok::<_, SidecarError>(None)).expect("up");
    assert_eq!(
        migrated.version(&id(1)).expect("read").expect("known").change_origin,
        None
    );
}

#[test]
fn a_row_of_a_wrong_length_stops_the_migration_as_damage() {
    let (_folder, path) = place();
    file_with(&path, &[root(1)]);
    drop(ready(&path).migrate_down(1).expect("down"));
    Connection::open(&path)
        .and_then(|conn| {
            conn.execute_batch("PRAGMA ignore_check_constraints = ON; UPDATE artifact_versions SET version_id = x'00'")
        })
        .expect("edited");
    let migrated = older(&path).migrate(|_| Ok::<_, SidecarError>(None));
    assert!(migrated.expect_err("damage").is_corrupt());
}
