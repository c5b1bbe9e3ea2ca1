//! Every way a file can be wrong is told apart, at the latest when what is wrong is read, and building puts it right.

use std::fs;

use rusqlite::Connection;

use super::*;

#[test]
fn noise_and_truncation_are_corrupt() {
    let (_folder, path) = place();
    file_with(&path, &(0..500).map(|n| full(n, &[])).collect::<Vec<_>>());
    let whole = fs::read(&path).expect("read");
    assert!(whole.len() > 20 * 4096);
    let noise: Vec<u8> = (0..whole.len()).map(|at| (at * 31 + at / 7) as u8).collect();
    let mut overwritten = whole.clone();
    overwritten[100..4096].copy_from_slice(&noise[100..4096]);
    for (name, bytes) in [
        ("noise", &noise[..]),
        ("one byte", &whole[..1]),
        ("half a header", &whole[..50]),
        ("one page", &whole[..4096]),
        ("half a page too little", &whole[..whole.len() - 2048]),
        ("a page too little", &whole[..whole.len() - 4096]),
        ("half", &whole[..whole.len() / 2]),
        ("tables overwritten", &overwritten[..]),
    ] {
        for suffix in ["-wal", "-shm"] {
            let _ = fs::remove_file(open::beside(&path, suffix));
        }
        fs::write(&path, bytes).expect("written");
        assert_eq!(opened(&path), "corrupt", "{name}");
        build_heals(&path);
    }
}

#[test]
fn noise_among_the_rows_is_an_error_or_no_damage() {
    let (_folder, path) = place();
    let versions: Vec<_> = (0..500).map(|n| full(n, &[])).collect();
    file_with(&path, &versions);
    let whole = fs::read(&path).expect("read");
    let mut damaged = 0;
    for page in 1..whole.len() / 4096 {
        let mut bytes = whole.clone();
        bytes[page * 4096..page * 4096 + 64].fill(0xa5);
        for suffix in ["-wal", "-shm"] {
            let _ = fs::remove_file(open::beside(&path, suffix));
        }
        fs::write(&path, &bytes).expect("written");
        match Sidecar::open(&path).expect("no error") {
            Opened::Ready(sidecar) => {
                for version in &versions {
                    match sidecar.version(&version.version_id) {
                        Ok(found) => assert_eq!(found.as_ref(), Some(version), "page {page}"),
                        Err(error) => {
                            assert!(error.is_corrupt(), "page {page}: {error:?}");
                            damaged += 1;
                            break;
                        }
                    }
                }
                if page % 16 == 0 {
                    sidecar.condemn().expect("marked");
                    build_heals(&path);
                }
            }
            other => assert_eq!(kind(&other), "corrupt"),
        }
    }
    assert!(damaged > 10, "{damaged} pages of rows");
}

#[test]
fn pages_missing_under_a_journal_are_noticed_where_they_are_read() {
    let (_folder, path) = place();
    let versions: Vec<_> = (0..500).map(|n| full(n, &[])).collect();
    file_with(&path, &versions);
    let size = fs::metadata(&path).expect("file").len();
    insert(&mut ready(&path), &[full(900, &[])]);
    let file = fs::File::options().write(true).open(&path).expect("opened");
    file.set_len(size / 2 / 4096 * 4096).expect("truncated");
    match Sidecar::open(&path).expect("no error") {
        Opened::Ready(sidecar) => {
            let results = versions
                .iter()
                .map(|version| (version, sidecar.version(&version.version_id)));
            let mut damaged = 0;
            for (version, result) in results {
                match result {
                    Ok(found) => assert_eq!(found.as_ref(), Some(version), "never just missing"),
                    Err(error) => damaged += usize::from(error.is_corrupt()),
                }
            }
            assert!(damaged > 100, "{damaged}");
            sidecar.condemn().expect("marked");
        }
        other => assert_eq!(kind(&other), "corrupt"),
    }
    build_heals(&path);
}

#[test]
fn condemning_does_not_reach_a_file_that_took_its_place() {
    let (_folder, path) = place();
    file_with(&path, &[root(1)]);
    let (first, second) = (ready(&path), ready(&path));
    first.condemn().expect("marked");
    file_with(&path, &[root(2)]);
    second.condemn().expect("marked");
    assert_eq!(ready(&path).all_version_ids().expect("ids"), [id(2)]);
}

#[test]
fn other_databases_are_corrupt_and_other_schemas_have_their_number() {
    let (_folder, path) = place();
    fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
    let edit = |sql: &str| {
        Connection::open(&path)
            .and_then(|conn| conn.execute_batch(sql))
            .expect("edited");
    };
    edit("CREATE TABLE cookies (name TEXT)");
    assert_eq!(opened(&path), "corrupt");
    build_heals(&path);

    edit(
        "PRAGMA user_version = 3; CREATE TABLE from_the_future (x); CREATE VIEW y AS SELECT 1; \
          CREATE TRIGGER z AFTER INSERT ON from_the_future BEGIN DELETE FROM people; END;",
    );
    assert!(matches!(
        Sidecar::open(&path).expect("opened"),
        Opened::Future { schema: 3 }
    ));
    build_heals(&path);

    edit("PRAGMA user_version = 1");
    assert!(matches!(Sidecar::open(&path).expect("opened"), Opened::Older(older) if older.schema() == 1));
    build_heals(&path);

    for number in [0, -1] {
        edit(&format!("PRAGMA user_version = {number}"));
        assert_eq!(opened(&path), "corrupt");
        build_heals(&path);
    }
}

#[test]
fn missing_tables_and_indexes_show_as_damage() {
    for sql in [
        "DROP TABLE artifact_versions",
        "DROP TABLE people",
        "DROP INDEX idx_artifact_versions_version_id",
        "ALTER TABLE artifact_versions DROP COLUMN summary",
        "ALTER TABLE people RENAME TO p2; CREATE VIEW people AS SELECT * FROM p2",
    ] {
        let (_folder, path) = place();
        file_with(&path, &[root(1)]);
        Connection::open(&path)
            .and_then(|conn| conn.execute_batch(sql))
            .expect("edited");
        let sidecar = ready(&path);
        let error = sidecar.version(&id(1)).expect_err(sql);
        assert!(error.is_corrupt(), "{sql}: {error:?}");
        sidecar.condemn().expect("marked");
        assert_eq!(opened(&path), "corrupt");
        build_heals(&path);
    }
}
