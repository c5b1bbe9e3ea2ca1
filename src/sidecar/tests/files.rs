//! The file of an index and those beside it: missing, left over, shared, protected.

use std::fs;

use rusqlite::Connection;

use super::*;

#[test]
fn nothing_and_next_to_nothing_is_absent() {
    let (_folder, path) = place();
    assert_eq!(opened(&path), "absent");
    fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
    fs::write(&path, b"").expect("written");
    assert_eq!(opened(&path), "absent");
    build_heals(&path);

    // A creation that was interrupted before its transaction leaves a database without tables.
    let (_folder, path) = place();
    fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
    Connection::open(&path)
        .and_then(|conn| conn.execute_batch("VACUUM"))
        .expect("empty database");
    assert_eq!(opened(&path), "absent");
    build_heals(&path);
}

#[test]
fn a_folder_in_its_place_is_left_alone() {
    let (_folder, path) = place();
    fs::create_dir_all(&path).expect("folder");
    fs::write(path.join("somebody's"), b"file").expect("written");
    for result in [Sidecar::open(&path), Sidecar::open_read_only(&path)] {
        assert!(result.expect_err("an error").is_unwritable());
    }
    let built = Sidecar::create(&path);
    assert!(built.expect_err("an error").is_unwritable());
    assert!(path.join("somebody's").exists());
}

#[test]
fn a_journal_left_behind_is_not_taken_for_that_of_a_new_file() {
    let (_folder, path) = place();
    file_with(&path, &[root(1)]);
    insert(&mut ready(&path), &[child(2, &[1])]);
    let journal = open::beside(&path, "-wal");
    assert!(
        fs::metadata(&journal).expect("journal").len() > 0,
        "closing does not empty it"
    );
    fs::remove_file(&path).expect("removed");
    assert_eq!(opened(&path), "absent");
    file_with(&path, &[root(7)]);
    assert_eq!(ready(&path).all_version_ids().expect("ids"), [id(7)]);
}

#[test]
fn an_open_index_knows_whether_it_would_be_found_again() {
    let (_folder, path) = place();
    file_with(&path, &[root(1)]);
    let mut sidecar = ready(&path);
    assert!(sidecar.is_still_there());
    insert(&mut sidecar, &[child(2, &[1])]);
    insert(&mut ready(&path), &[child(3, &[2])]);
    assert!(sidecar.is_still_there(), "what others write changes nothing");

    let migrated = ready(&path).migrate_down(1).expect("migrated");
    assert!(!sidecar.is_still_there(), "of an older schema");
    migrated.migrate(|_| Ok::<_, SidecarError>(None)).expect("migrated");
    assert!(sidecar.is_still_there());

    let aside = path.with_extension("aside");
    fs::rename(&path, &aside).expect("renamed");
    assert!(!sidecar.is_still_there(), "gone");
    fs::copy(&aside, &path).expect("copied");
    assert!(!sidecar.is_still_there(), "another one");
    fs::rename(&aside, &path).expect("renamed");
    assert!(sidecar.is_still_there());
    let len = fs::metadata(&path).expect("there").len();
    let file = fs::File::options().write(true).open(&path).expect("opened");
    file.set_len(len - 4096).expect("cut");
    assert!(!sidecar.is_still_there(), "cut short");
    file.set_len(len).expect("mended");

    ready(&path).condemn().expect("condemned");
    assert!(!sidecar.is_still_there(), "condemned");
    assert!(!Sidecar::in_memory().expect("memory").is_still_there());
}

#[test]
fn deleting_removes_what_belongs_to_an_index() {
    let (_folder, path) = place();
    delete_files(&path).expect("nothing to do");
    file_with(&path, &[root(1)]);
    insert(&mut ready(&path), &[child(2, &[1])]);
    fs::write(open::beside(&path, "-other"), b"").expect("written");
    delete_files(&path).expect("deleted");
    let mut left: Vec<_> = fs::read_dir(path.parent().expect("a folder"))
        .expect("read")
        .map(|entry| entry.expect("entry").file_name().into_string().expect("text"))
        .collect();
    left.sort();
    assert_eq!(left, ["index.sqlite-build", "index.sqlite-other"]);
}

#[test]
fn a_large_transaction_leaves_a_small_journal() {
    let (_folder, path) = place();
    let mut sidecar = Sidecar::create(&path).expect("created");
    insert(&mut sidecar, &(0..2000).map(|n| child(n, &[n + 1])).collect::<Vec<_>>());
    let journal = fs::metadata(open::beside(&path, "-wal")).expect("journal").len();
    assert_eq!(journal, 0);
    assert_eq!(sidecar.count().expect("count"), 2000);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::{ffi::OsStrExt, fs::PermissionsExt};

    use super::*;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
    }

    /// Runs `test` while `folder` and the files in it cannot be written. Not as root, for whom that means nothing.
    fn protected(folder: &Path, test: impl FnOnce()) {
        let files: Vec<_> = fs::read_dir(folder)
            .expect("read")
            .map(|entry| entry.expect("entry").path())
            .collect();
        files.iter().for_each(|file| set_mode(file, 0o444));
        set_mode(folder, 0o555);
        if fs::write(folder.join("probe"), b"").is_err() {
            test();
        }
        set_mode(folder, 0o755);
        files.iter().for_each(|file| set_mode(file, 0o644));
    }

    #[test]
    fn a_protected_index_is_read_with_and_without_a_journal() {
        for journal in [false, true] {
            let (_folder, path) = place();
            file_with(&path, &[root(1)]);
            if journal {
                insert(&mut ready(&path), &[child(2, &[1])]);
            } else {
                for suffix in ["-wal", "-shm"] {
                    let _ = fs::remove_file(open::beside(&path, suffix));
                }
            }
            protected(path.parent().expect("a folder"), || {
                let mut sidecar = ready(&path);
                assert!(sidecar.is_read_only());
                assert_eq!(sidecar.count().expect("count"), if journal { 2 } else { 1 });
                let write = sidecar.transaction(|tx| tx.set_stamp("x", Some(b"y")));
                assert!(write.expect_err("protected").is_unwritable());
                let rebuild = sidecar.rebuild(|_| Ok::<_, SidecarError>(()));
                assert!(rebuild.expect_err("protected").is_unwritable());
            });
        }
    }

    #[test]
    fn nothing_can_be_created_in_a_protected_folder() {
        let (_folder, path) = place();
        let folder = path.parent().expect("a folder");
        fs::create_dir_all(folder).expect("folder");
        protected(folder, || {
            assert_eq!(opened(&path), "absent");
            assert!(Sidecar::create(&path).expect_err("protected").is_unwritable());
        });
    }

    #[test]
    fn read_only_does_not_write_a_byte() {
        let (_folder, path) = place();
        file_with(&path, &[root(1)]);
        let before = fs::read(&path).expect("read");
        let Opened::Ready(mut sidecar) = Sidecar::open_read_only(&path).expect("opened") else {
            panic!("not ready");
        };
        assert!(sidecar.is_read_only());
        assert!(sidecar.order_of(&id(1)).expect("read").is_some());
        assert!(insert_one(&mut sidecar).expect_err("read-only").is_unwritable());
        assert_eq!(fs::read(&path).expect("read"), before);
    }

    fn insert_one(sidecar: &mut Sidecar) -> Result<bool, SidecarError> {
        sidecar.transaction(|tx| tx.insert_version(&root(9)))
    }

    #[test]
    fn paths_may_hold_any_bytes() {
        let folder = tempfile::tempdir().expect("a folder");
        let name = std::ffi::OsStr::from_bytes(b"a?b=c&d#e%20 \xff\xc3\xa4");
        let path = folder.path().join(name).join("index.sqlite");
        file_with(&path, &[root(1)]);
        assert!(ready(&path).order_of(&id(1)).expect("read").is_some());
        protected(path.parent().expect("a folder"), || {
            assert!(ready(&path).order_of(&id(1)).expect("read").is_some());
        });
    }

    #[test]
    fn an_index_in_a_shared_folder_is_shared() {
        let (_folder, path) = place();
        let folder = path.parent().expect("a folder");
        fs::create_dir_all(folder).expect("folder");
        set_mode(folder, 0o770);
        file_with(&path, &[root(1)]);
        insert(&mut ready(&path), &[root(2)]);
        for file in [&path, &open::beside(&path, "-wal")] {
            let mode = fs::metadata(file).expect("there").permissions().mode();
            assert_eq!(mode & 0o060, 0o060, "{}: {mode:o}", file.display());
        }
    }
}
