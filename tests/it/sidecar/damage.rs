//! The file gone, cut off, overwritten, or not what it should be.

use std::fs;

use super::World;
use crate::support::project::Project;

#[test]
fn a_missing_file_is_built_again() {
    let world = World::new();
    for saved in [&world.fresh, &world.settled] {
        world.assert_healed("the folder is gone", &["rebuilt", "missing"], || {
            world.restore(saved);
            world.project.remove(".git/lineage");
        });
        // A journal left behind is not taken for that of the new file.
        world.assert_healed("the file is gone", &["rebuilt", "missing"], || {
            world.restore(saved);
            world.project.remove(world.project.sidecar());
        });
    }
}

#[test]
fn a_truncated_file_is_built_again() {
    let world = World::new();
    let whole = fs::metadata(world.settled.join("index.sqlite"))
        .expect("it was saved")
        .len();
    assert!(whole > 10 * 4096 && whole.is_multiple_of(4096));
    let lengths = [
        0,
        1,
        50,
        100,
        4096,
        whole / 2 / 4096 * 4096,
        whole / 2 - 7,
        whole - 4096,
        whole - 2048,
        whole - 1,
    ];
    for length in lengths {
        let words = if length == 0 { "missing" } else { "rebuilt" };
        world.assert_healed(&format!("{length} of {whole} bytes"), &[words], || {
            world.restore(&world.settled);
            cut(&world, length);
        });
    }
}

/// With a journal beside it the file may still be whole as far as a question reads; then nothing needs to be told.
#[test]
fn a_file_truncated_under_its_journal_never_misleads() {
    let world = World::new();
    let file = fs::metadata(world.fresh.join("index.sqlite")).expect("it was saved");
    let whole = file.len();
    for length in [0, 100, 4096, whole / 2 / 4096 * 4096, whole - 4096, whole - 1] {
        world.assert_never_misled(&format!("{length} of {whole} bytes"), || {
            world.restore(&world.fresh);
            cut(&world, length);
        });
    }
}

fn cut(world: &World, length: u64) {
    let file = fs::File::options().write(true).open(world.project.sidecar());
    file.and_then(|file| file.set_len(length)).expect("the file can be cut");
}

#[test]
fn noise_is_replaced() {
    let world = World::new();
    let whole = fs::read(world.settled.join("index.sqlite")).expect("it was saved");
    let noise: Vec<u8> = (0..whole.len()).map(|at| (at * 31 + at / 7) as u8).collect();
    let mut headless = whole.clone();
    headless[..100].copy_from_slice(&noise[..100]);
    let mut without_tables = whole.clone();
    without_tables[100..4096].copy_from_slice(&noise[100..4096]);
    let text = b"version https://git-lfs.github.com/spec/v1\n".repeat(200);
    for (what, bytes) in [
        ("noise", &noise),
        ("a page of noise", &noise[..4096].to_vec()),
        ("a broken header", &headless),
        ("a broken list of tables", &without_tables),
        ("a text", &text),
        ("zeros", &vec![0; whole.len()]),
    ] {
        world.assert_healed(what, &["rebuilt"], || {
            world.restore(&world.settled);
            world.project.write(world.project.sidecar(), bytes);
        });
    }
}

/// What a full disk or a crash leaves: a page that was never written. A question that does not read it needs no repair.
#[test]
fn a_page_of_zeros_never_misleads() {
    let world = World::new();
    let whole = fs::read(world.settled.join("index.sqlite")).expect("it was saved");
    let mut met = 0;
    for page in 1..whole.len() / 4096 {
        let mut holed = whole.clone();
        holed[page * 4096..(page + 1) * 4096].fill(0);
        met += world.assert_never_misled(&format!("page {page}"), || {
            world.restore(&world.settled);
            world.project.write(world.project.sidecar(), &holed);
        });
    }
    assert!(met > 10, "most pages are read by some question: {met}");
}

/// The older schema is migrated before anything is asked, so its damage is met while writing.
#[test]
fn a_page_of_zeros_in_an_older_schema_never_misleads() {
    let world = World::new();
    world.restore(&world.settled);
    world.project.lineage_ok(&["index", "migrate", "--to", "1"]);
    world.sql("PRAGMA wal_checkpoint(TRUNCATE)");
    let older = world.project.beside("older");
    world.project.copy(".git/lineage", &older);
    let whole = fs::read(older.join("index.sqlite")).expect("it was saved");
    for page in 1..whole.len() / 4096 {
        let mut holed = whole.clone();
        holed[page * 4096..(page + 1) * 4096].fill(0);
        world.assert_never_misled(&format!("page {page}"), || {
            world.restore(&older);
            world.project.write(world.project.sidecar(), &holed);
        });
    }
}

#[test]
fn other_databases_and_schemas_are_replaced() {
    let world = World::new();
    let elsewhere = world.project.beside("other.sqlite");
    let conn = rusqlite::Connection::open(&elsewhere).expect("the sandbox is writable");
    conn.execute_batch("CREATE TABLE artifact_versions (name TEXT); CREATE TABLE cookies (name TEXT);")
        .expect("a new database");
    drop(conn);
    world.assert_healed("a database of somebody else", &["rebuilt"], || {
        world.restore(&world.settled);
        world.project.copy(&elsewhere, world.project.sidecar());
    });
    world.assert_healed("a future schema", &["rebuilt", "schema 99"], || {
        world.restore(&world.fresh);
        world.sql("PRAGMA user_version = 99; ALTER TABLE artifact_versions RENAME TO artifact_states");
    });
    world.assert_healed("no schema number", &["rebuilt"], || {
        world.restore(&world.fresh);
        world.sql("PRAGMA user_version = 0");
    });
    for statement in [
        "DROP TABLE artifact_versions",
        "DROP TABLE people",
        "DROP TABLE ref_tips",
        "DROP TABLE ref_stamps",
        "DROP INDEX idx_artifact_versions_version_id",
        "ALTER TABLE artifact_versions DROP COLUMN summary",
    ] {
        world.assert_never_misled(statement, || {
            world.restore(&world.fresh);
            world.sql(statement);
        });
    }
}

#[test]
fn the_sidecar_of_another_project_is_not_believed() {
    let world = World::new();
    let other = Project::deployed();
    other.record_edit("SKILL.md", "of the other project\n");
    world.assert_healed("the sidecar of another project", &["brought up to date"], || {
        world.restore(&world.settled);
        world.project.copy(other.path().join(".git/lineage"), ".git/lineage");
    });
}
