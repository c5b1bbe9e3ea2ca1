//! `index migrate`: down and up again, and up by whatever command comes next.

use rusqlite::{Connection, types::Value};

use super::World;

/// All rows of a table, by column, without `change_origin`; and that column by version.
fn rows(world: &World, table: &str) -> (Vec<Vec<(String, Value)>>, Vec<Value>) {
    let conn = Connection::open(world.project.sidecar()).expect("the file is there");
    let mut statement = conn
        .prepare(&format!("SELECT * FROM {table} ORDER BY 1"))
        .expect("the table is there");
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut result = statement.query([]).expect("the table can be read");
    let (mut all, mut origins) = (Vec::new(), Vec::new());
    while let Some(row) = result.next().expect("the table can be read") {
        let mut columns = Vec::new();
        for (at, name) in names.iter().enumerate() {
            let value: Value = row.get(at).expect("a value");
            if name == "change_origin" {
                origins.push(value);
            } else {
                columns.push((name.clone(), value));
            }
        }
        all.push(columns);
    }
    (all, origins)
}

fn indexes(world: &World) -> Vec<String> {
    let conn = Connection::open(world.project.sidecar()).expect("the file is there");
    let mut statement = conn
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE 'idx_%' ORDER BY name")
        .expect("every database has it");
    let names = statement.query_map([], |row| row.get(0)).expect("it can be read");
    names.collect::<Result<_, _>>().expect("it can be read")
}

const OF_SCHEMA_2: [&str; 3] = [
    "idx_artifact_versions_artifact_created",
    "idx_artifact_versions_content_hash",
    "idx_artifact_versions_parent_hash",
];

#[test]
fn down_and_up_again_keeps_all_rows_and_origins() {
    let world = World::new();
    let project = &world.project;
    let (before, origins) = rows(&world, "artifact_versions");
    assert_eq!(
        before.len(),
        project
            .git(&["rev-list", "--count", "--glob=refs/lineage"])
            .trimmed()
            .parse()
            .unwrap_or(0)
    );
    for origin in ["deployment", "sync", "local_modification"] {
        assert!(origins.contains(&Value::Text(origin.to_owned())), "{origins:?}");
    }
    assert!(origins.contains(&Value::Null), "unknown is no spelling: {origins:?}");
    let all_indexes = indexes(&world);
    assert!(OF_SCHEMA_2.iter().all(|name| all_indexes.contains(&(*name).to_owned())));

    let status = project.lineage_json(&["index", "migrate", "--to", "1"]);
    assert_eq!(
        (&status[0]["schema"], &status[0]["state"]),
        (&1.into(), &"older".into())
    );
    assert_eq!(status[0]["versions"], before.len(), "{status:?}");
    let (now, none) = rows(&world, "artifact_versions");
    assert_eq!(now, before);
    assert_eq!(none, [], "schema 1 has no origins");
    assert!(indexes(&world).iter().all(|name| !OF_SCHEMA_2.contains(&name.as_str())));

    let output = project.lineage_ok(&["index", "migrate", "--to", "2"]);
    assert_eq!(output.err_text().lines().count(), 1, "{output}");
    assert_eq!(rows(&world, "artifact_versions"), (before, origins));
    assert_eq!(indexes(&world), all_indexes);
    world.assert_silent();
}

#[test]
fn an_older_schema_is_migrated_by_the_next_command() {
    let world = World::new();
    world.assert_healed("schema 1", &["migrated", "schema 1 to 2"], || {
        world.restore(&world.fresh);
        world.project.lineage_ok(&["index", "migrate", "--to", "1"]);
    });
    // And with refs that moved meanwhile, still in one line.
    let project = &world.project;
    project.lineage_ok(&["index", "migrate", "--to", "1"]);
    let kept = project
        .git(&["for-each-ref", "--format=%(refname)", "refs/lineage/kept"])
        .lines();
    project.git(&["update-ref", "-d", &kept[0]]);
    let old = project.beside("old");
    project.copy(".git/lineage", &old);
    world.assert_healed("schema 1, and refs moved", &["migrated"], || world.restore(&old));
}

#[test]
fn there_are_two_schemas() {
    let world = World::new();
    let (before, _) = rows(&world, "artifact_versions");
    for to in ["0", "3", "4294967295"] {
        let error = world
            .project
            .lineage(&["--json", "index", "migrate", "--to", to])
            .assert_code(1)
            .json_error();
        assert!(error["message"].to_string().contains("1 to 2"), "{error}");
    }
    assert_eq!(world.project.lineage(&["index", "migrate", "--to", "-1"]).code, 2);
    assert_eq!(rows(&world, "artifact_versions").0, before);
    // From nothing, and from damage, too.
    for spoil in ["remove", "noise"] {
        match spoil {
            "remove" => world.project.remove(".git/lineage"),
            _ => world.project.write(world.project.sidecar(), "noise"),
        }
        let status = world.project.lineage_json(&["index", "migrate", "--to", "1"]);
        assert_eq!(status[0]["schema"], 1, "{spoil}: {status:?}");
        let strip = |rows: Vec<Vec<(String, Value)>>| -> Vec<Value> {
            let mut ids: Vec<Value> = rows.into_iter().map(|mut row| row.swap_remove(1).1).collect();
            ids.sort_by_key(|id| format!("{id:?}"));
            ids
        };
        assert_eq!(
            strip(rows(&world, "artifact_versions").0),
            strip(before.clone()),
            "{spoil}"
        );
    }
}
