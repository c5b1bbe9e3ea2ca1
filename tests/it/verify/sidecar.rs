//! Damage in the sidecar, made with SQL; and what is only being behind.

use std::fs::{File, FileTimes};
use std::path::Path;
use std::time::{Duration, SystemTime};

use rusqlite::Connection;

use super::{assert_clean, assert_found, findings, pairs};
use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, ID, Project, text};

/// Three versions of `skill/pdf`, of which the sidecar is sure; oldest first.
#[track_caller]
fn three_versions() -> (Project, [String; 3]) {
    let project = Project::deployed();
    let root = project.rev_parse(HEAD_REF);
    let one = text(&project.record_edit("SKILL.md", "one\n"), "version_id").to_owned();
    let two = text(&project.record_edit("SKILL.md", "two\n"), "version_id").to_owned();
    settle(&project);
    (project, [root, one, two])
}

/// Lets some time pass for the refs, so that the sidecar trusts what it has noted of them; and all of it is in one file.
#[track_caller]
fn settle(repo: &TestRepo) {
    let past = SystemTime::now() - Duration::from_secs(3600);
    // What a list of tables is trusted by is no time.
    let folder = Some(repo.git_dir().join("refs/lineage")).filter(|_| !super::has_tables(repo));
    let mut folders = Vec::from_iter(folder);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of refs") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            }
        }
        let times = FileTimes::new().set_modified(past);
        File::open(&folder)
            .and_then(|folder| folder.set_times(times))
            .expect("ours");
    }
    repo.lineage_ok(&["log", ID]);
    let status = repo.lineage_json(&["index", "status"]);
    assert_eq!(status[0]["state"], "current");
    edit(repo, "PRAGMA wal_checkpoint(TRUNCATE)");
}

/// Changes the sidecar as a stranger would.
#[track_caller]
fn edit(repo: &TestRepo, sql: &str) {
    let conn = Connection::open(repo.sidecar()).expect("the sidecar is there");
    conn.execute_batch(sql).expect(sql);
}

/// The SQL literal of an id.
fn blob(id: &str) -> String {
    format!("x'{id}'")
}

/// What is found in the sidecar alone, with no other damage beside it, and that finding it changes nothing.
#[track_caller]
fn assert_found_unchanged(repo: &TestRepo, expected: &[super::Expected<'_>]) -> Vec<serde_json::Value> {
    let before = repo.read(repo.sidecar());
    let found = assert_found(repo, expected);
    assert_eq!(repo.read(repo.sidecar()), before, "the sidecar is looked at as it is");
    found
}

#[test]
fn every_field_of_a_row() {
    let (project, [_, one, two]) = three_versions();
    let hash = project.id_of('a');
    for (set, part) in [
        (format!("content_hash = {}", blob(&hash)), "content_hash"),
        (format!("parent_hash = {}", blob(&hash)), "parent_hash"),
        ("parent_hash = NULL".to_owned(), "parent_hash"),
        ("change_origin = 'sync'".to_owned(), "change_origin"),
        ("change_origin = NULL".to_owned(), "change_origin"),
        ("created_at = created_at + 1".to_owned(), "created_at"),
        ("tz_offset = 60".to_owned(), "created_at"),
        ("artifact_id = 'skill/x'".to_owned(), "artifact_id"),
        ("summary = 'forged'".to_owned(), "summary"),
        (format!("project_commit = {}", blob(&hash)), "project_commit"),
    ] {
        let untouched = project.read(project.sidecar());
        edit(
            &project,
            &format!("UPDATE artifact_versions SET {set} WHERE version_id = {}", blob(&two)),
        );
        let found = assert_found_unchanged(&project, &[("sidecar_row_mismatch", Some(&two))]);
        assert!(text(&found[0], "message").contains(part), "{set}: {}", found[0]);
        assert_eq!(found[0]["artifact_id"], ID);
        replace_sidecar(&project, &untouched);
    }
    // Each field is a finding of its own.
    edit(
        &project,
        &format!(
            "UPDATE artifact_versions SET summary = 'x', change_origin = 'sync' WHERE version_id = {}",
            blob(&one)
        ),
    );
    assert_found(&project, &[("sidecar_row_mismatch", Some(one.as_str())); 2]);
    // Rebuilding mends it.
    project.lineage_ok(&["index", "rebuild"]);
    assert_clean(&project);
    // Whether a parent is missing changes with git's list of cuts; where that has not moved, nobody looks again.
    settle(&project);
    edit(
        &project,
        "UPDATE artifact_versions SET orphan = 1 WHERE parent_hash IS NOT NULL",
    );
    let found = findings(&project, &[]);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(text(&found[0], "message").starts_with("orphan is true"), "{}", found[0]);
    edit(&project, "DELETE FROM ref_stamps WHERE place = 'shallow'");
    assert_clean(&project);
}

/// Puts bytes in the sidecar's place, without the journal of what was there.
#[track_caller]
fn replace_sidecar(repo: &TestRepo, bytes: &[u8]) {
    let path = repo.sidecar();
    for suffix in ["-wal", "-shm"] {
        let mut name = path.clone().into_os_string();
        name.push(suffix);
        if repo.exists(Path::new(&name)) {
            repo.remove(Path::new(&name));
        }
    }
    repo.write(&path, bytes);
}

#[test]
fn what_rows_refer_to() {
    let (project, [root, one, two]) = three_versions();
    edit(&project, "UPDATE people SET name = 'Eve'");
    let all = [&root, &one, &two].map(|id| ("sidecar_row_mismatch", Some(id.as_str())));
    let found = assert_found_unchanged(&project, &all);
    assert!(text(&found[0], "message").contains("Eve"));
    project.lineage_ok(&["index", "rebuild"]);
    edit(&project, "UPDATE upstreams SET url = 'https://example.org/'");
    assert_found_unchanged(&project, &[("sidecar_row_mismatch", Some(&root))]);
    edit(&project, "DELETE FROM upstreams");
    assert_found_unchanged(&project, &[("sidecar_row_unreadable", Some(&root))]);
}

#[test]
fn rows_that_cannot_be_read() {
    let (project, [_, one, _]) = three_versions();
    for set in [
        "artifact_id = 'Skill'",
        "parent_ids = x'00'",
        "change_origin = 'merge'",
        "author_id = 999",
    ] {
        let untouched = project.read(project.sidecar());
        edit(
            &project,
            &format!(
                "PRAGMA ignore_check_constraints = ON; UPDATE artifact_versions SET {set} WHERE version_id = {}",
                blob(&one)
            ),
        );
        let found = findings(&project, &[]);
        let unreadable = ("sidecar_row_unreadable".to_owned(), Some(one.clone()));
        assert!(pairs(&found).contains(&unreadable), "{set}: {found:#?}");
        // SQLite sees it too where the table has a constraint.
        let others = found
            .iter()
            .filter(|finding| finding["code"] != "sidecar_row_unreadable");
        assert!(
            others.clone().all(|finding| finding["code"] == "sidecar_corrupt"),
            "{found:#?}"
        );
        replace_sidecar(&project, &untouched);
    }
    assert_clean(&project);
}

#[test]
fn rows_that_are_missing_or_too_many() {
    let (project, [root, one, two]) = three_versions();
    edit(
        &project,
        &format!("DELETE FROM artifact_versions WHERE version_id = {}", blob(&one)),
    );
    let found = assert_found_unchanged(&project, &[("sidecar_row_missing", Some(&one))]);
    assert_eq!(found[0]["artifact_id"], ID);
    project.lineage_ok(&["index", "rebuild"]);

    let stranger = project.id_of('a');
    let copy = |id: &str, from: &str| {
        format!(
            "INSERT INTO artifact_versions (version_id, artifact_id, content_hash, parent_hash, parent_ids, created_at, \
             tz_offset, author_id, summary, change_origin) SELECT {}, artifact_id, content_hash, parent_hash, parent_ids, \
             created_at, tz_offset, author_id, summary, change_origin FROM artifact_versions WHERE version_id = {}",
            blob(id),
            blob(from)
        )
    };
    edit(&project, &copy(&stranger, &two));
    assert_found_unchanged(&project, &[("sidecar_row_extra", Some(&stranger))]);
    project.lineage_ok(&["index", "rebuild"]);

    // The same version twice: only without the unique index.
    edit(
        &project,
        &format!("DROP INDEX idx_artifact_versions_version_id; {}", copy(&root, &root)),
    );
    let found = findings(&project, &[]);
    assert!(
        pairs(&found).contains(&("sidecar_row_extra".to_owned(), Some(root))),
        "{found:#?}"
    );
    assert!(
        pairs(&found).contains(&("sidecar_schema".to_owned(), None)),
        "{found:#?}"
    );
}

#[test]
fn circles_and_rows_out_of_order() {
    let (project, [root, one, two]) = three_versions();
    edit(
        &project,
        &format!(
            "UPDATE artifact_versions SET parent_ids = {} WHERE version_id = {}",
            blob(&two),
            blob(&root)
        ),
    );
    let found = assert_found_unchanged(
        &project,
        &[("sidecar_row_mismatch", Some(&root)), ("sidecar_cycle", Some(&root))],
    );
    assert!(text(&found[0], "message").contains("parent_ids"));
    project.lineage_ok(&["index", "rebuild"]);

    // Among rows of nobody's a circle is found as well.
    let strangers = [project.id_of('a'), project.id_of('b')];
    for (id, parent) in [(&strangers[0], &strangers[1]), (&strangers[1], &strangers[0])] {
        edit(
            &project,
            &format!(
                "INSERT INTO artifact_versions (version_id, artifact_id, content_hash, parent_ids, created_at, tz_offset, \
                 author_id, summary) VALUES ({0}, '{ID}', {0}, {1}, 5, 0, 1, 'x')",
                blob(id),
                blob(parent)
            ),
        );
    }
    assert_found_unchanged(
        &project,
        &[
            ("sidecar_row_extra", Some(&strangers[0])),
            ("sidecar_row_extra", Some(&strangers[1])),
            ("sidecar_cycle", Some(&strangers[0])),
        ],
    );
    project.lineage_ok(&["index", "rebuild"]);

    edit(
        &project,
        &format!("UPDATE artifact_versions SET id = 99 WHERE version_id = {}", blob(&one)),
    );
    let found = assert_found_unchanged(&project, &[("sidecar_row_order", Some(&two))]);
    assert!(text(&found[0], "message").contains(&one));
}

#[test]
fn parents_beyond_the_first() {
    let project = Project::deployed();
    let original = project.read(".claude/skills/pdf/SKILL.md");
    project.record_edit("SKILL.md", "one\n");
    project.edit("SKILL.md", original);
    project.record();
    project.upstream("new.md", "upstream's\n");
    assert_eq!(project.sync()["result"], "merged");
    let merge = project.rev_parse(HEAD_REF);
    let second = project.rev_parse(&format!("{merge}^2"));
    settle(&project);
    assert_clean(&project);
    edit(&project, "DELETE FROM merge_parents");
    assert_found_unchanged(&project, &[("sidecar_row_mismatch", Some(&second))]);
    let stranger = project.id_of('a');
    edit(
        &project,
        &format!(
            "INSERT INTO merge_parents (parent_id, child) VALUES ({}, 1)",
            blob(&stranger)
        ),
    );
    assert_found_unchanged(
        &project,
        &[
            ("sidecar_row_mismatch", Some(&second)),
            ("sidecar_row_mismatch", Some(&stranger)),
        ],
    );
}

#[test]
fn tips_that_nobody_would_look_at_again() {
    let (project, [root, one, two]) = three_versions();
    // Beside it a damage that moves no ref.
    let file = project.rev_parse(&format!("{root}^{{tree}}:scripts/fill.sh"));
    super::lose(&project, &file);
    let found = |version: &str| {
        let found = findings(&project, &[]);
        let mut expected = [("missing_object", root.as_str()), ("sidecar_tip_mismatch", version)]
            .map(|(code, version)| (code.to_owned(), Some(version.to_owned())));
        expected.sort();
        assert_eq!(pairs(&found), expected, "{found:#?}");
        text(&found[1], "message").to_owned()
    };
    let set = |id: &str| {
        let name = format!("CAST('{HEAD_REF}' AS BLOB)");
        format!("UPDATE ref_tips SET version_id = {} WHERE ref_name = {name}", blob(id))
    };
    edit(&project, &set(&one));
    assert!(found(&two).contains(&format!("{HEAD_REF} is at {two}, the sidecar has it at {one}")));
    edit(&project, "DELETE FROM ref_tips");
    assert!(found(&two).contains("does not know it"));
    edit(
        &project,
        &format!(
            "INSERT INTO ref_tips VALUES (CAST('{HEAD_REF}' AS BLOB), {}), (CAST('refs/lineage/heads/x/skill/pdf' AS BLOB), {})",
            blob(&two),
            blob(&root)
        ),
    );
    assert!(found(&root).contains("but there is none"));
    // Where the refs have moved since, the next command compares, and nothing is wrong.
    edit(&project, "DELETE FROM ref_stamps");
    assert_eq!(findings(&project, &[]).len(), 1);
}

#[test]
fn what_is_remembered_of_project_commits() {
    let (project, [root, one, two]) = three_versions();
    project.commit("Edit");
    // A writing command remembers what it found.
    project.record();
    settle(&project);
    assert_clean(&project);
    let conn = Connection::open(project.sidecar()).expect("there");
    let count: i64 = conn
        .query_row("SELECT count(*) FROM project_commits", [], |row| row.get(0))
        .expect("a number");
    assert!(count > 0, "nothing is remembered");
    drop(conn);
    let set = |id: &str| format!("UPDATE project_state_versions SET version_id = {}", blob(id));
    edit(&project, &set(&one));
    let found = assert_found_unchanged(&project, &[("sidecar_state_mismatch", Some(&one))]);
    assert!(
        text(&found[0], "message").contains("HEAD holds the content"),
        "{}",
        found[0]
    );
    let stranger = project.id_of('a');
    edit(&project, &set(&stranger));
    assert_found_unchanged(&project, &[("sidecar_state_mismatch", Some(&stranger))]);
    edit(
        &project,
        &format!(
            "{}; UPDATE project_state_versions SET artifact_id = 'skill/x'",
            set(&two)
        ),
    );
    assert_found_unchanged(&project, &[("sidecar_state_mismatch", Some(&two))]);
    assert_ne!(root, two);
}

#[test]
fn the_file_itself() {
    let (project, _) = three_versions();
    let whole = project.read(project.sidecar());
    let mut noise = whole.clone();
    noise[..100].fill(0x5a);
    for bytes in [
        b"no database, but long enough to be looked at as one".as_slice(),
        &whole[..whole.len() - 100],
        &noise,
    ] {
        replace_sidecar(&project, bytes);
        assert_found_unchanged(&project, &[("sidecar_corrupt", None)]);
    }
    // One page of rows overwritten: SQLite's own check finds it.
    let mut damaged = whole;
    let start = damaged.len() - 4096;
    damaged[start..].fill(0xa5);
    replace_sidecar(&project, &damaged);
    let found = findings(&project, &[]);
    assert!(
        found.iter().any(|finding| finding["code"] == "sidecar_corrupt"),
        "{found:#?}"
    );
    project.lineage_ok(&["index", "rebuild"]);
    assert_clean(&project);
}

#[test]
fn tables_and_indexes() {
    let (project, _) = three_versions();
    let untouched = project.read(project.sidecar());
    for (sql, part) in [
        (
            "DROP INDEX idx_artifact_versions_content_hash",
            "idx_artifact_versions_content_hash",
        ),
        (
            "DROP INDEX idx_artifact_versions_parent_hash",
            "idx_artifact_versions_parent_hash",
        ),
        (
            "DROP INDEX idx_artifact_versions_artifact_created",
            "idx_artifact_versions_artifact_created",
        ),
        ("DROP TABLE merge_parents", "merge_parents"),
        ("DROP TABLE people", "people"),
        (
            "DROP INDEX idx_artifact_versions_parent_hash; \
             CREATE INDEX idx_artifact_versions_parent_hash ON artifact_versions (content_hash)",
            "not as it was made",
        ),
    ] {
        edit(&project, sql);
        let found = assert_found_unchanged(&project, &[("sidecar_schema", None)]);
        assert!(text(&found[0], "message").contains(part), "{sql}: {}", found[0]);
        replace_sidecar(&project, &untouched);
    }
    // What a stranger added does no harm.
    edit(&project, "CREATE TABLE notes (x); ANALYZE");
    assert_clean(&project);
    // A file that went down and up again is as it was made.
    project.lineage_ok(&["index", "migrate", "--to", "1"]);
    assert_clean(&project);
    project.lineage_ok(&["log", ID]);
    assert_clean(&project);
}

#[test]
fn being_behind_is_no_damage() {
    let (project, [root, one, two]) = three_versions();
    let sidecar = project.read(project.sidecar());
    // Forward, back, away, and away with the objects: whatever somebody else does to the refs.
    let further = project.record_edit("SKILL.md", "three\n");
    replace_sidecar(&project, &sidecar);
    assert_clean(&project);
    project.git(&["update-ref", HEAD_REF, &root]);
    assert_clean(&project);
    project.git(&["update-ref", "-d", HEAD_REF]);
    assert_clean(&project);
    for id in [&two, &one, &root] {
        super::lose(&project, id);
    }
    assert_clean(&project);
    assert_ne!(further["version_id"], *two);
    // Gone, switched off, of another schema.
    project.remove(project.sidecar());
    assert_clean(&project);
    assert!(!project.exists(project.sidecar()), "nothing is built");
    project.write(project.sidecar(), "nonsense");
    let off = project.call().config("lineage.sidecar", "false").lineage(&["verify"]);
    let _ = off.assert_code(0);
}

#[test]
fn a_stale_sidecar_is_still_held_against_what_it_says() {
    let (project, [root, one, two]) = three_versions();
    project.git(&["update-ref", HEAD_REF, &root]);
    edit(
        &project,
        &format!(
            "UPDATE artifact_versions SET summary = 'x' WHERE version_id IN ({}, {})",
            blob(&one),
            blob(&root)
        ),
    );
    assert_found_unchanged(
        &project,
        &[
            ("sidecar_row_mismatch", Some(&one)),
            ("sidecar_row_mismatch", Some(&root)),
        ],
    );
    assert_ne!(one, two);
}

#[test]
fn only_rows_of_the_artifacts_asked_for() {
    let (project, [root, one, _]) = three_versions();
    project.lineage_ok(&["deploy", crate::support::project::SOURCE, "other", "--id", "skill/x"]);
    settle(&project);
    edit(
        &project,
        &format!(
            "UPDATE artifact_versions SET summary = 'x' WHERE version_id = {}",
            blob(&one)
        ),
    );
    assert_eq!(
        pairs(&findings(&project, &[ID])),
        [("sidecar_row_mismatch".to_owned(), Some(one))]
    );
    assert!(findings(&project, &["skill/x"]).is_empty());
    assert_ne!(root, "");
}
