//! `docs/schemas`: JSON Schemas for what the program prints, held here against the page and the examples on it; other tests
//! hold real answers against them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::LazyLock;

use boon::{Compiler, SchemaIndex};
use serde_json::{Value, json};

use super::json::{examples, tables, top};
use super::{page, root};

/// Where the files are for one another; nothing is there.
const BASE: &str = "https://schemas.invalid/";
/// Where others add keys.
const BASES: [&str; 2] = ["version", "recorded"];

/// All schemas, by the name of their file. Unlike those for readers these let no key through that they do not know.
pub(crate) struct Schemas {
    compiled: boon::Schemas,
    by_name: BTreeMap<String, SchemaIndex>,
}

impl Schemas {
    pub(crate) fn load() -> Self {
        let mut compiler = Compiler::new();
        let mut names = Vec::new();
        for (name, mut schema) in files() {
            let is_base = BASES.contains(&name.as_str());
            close(&mut schema, None, !is_base);
            let url = format!("{BASE}{name}.json");
            compiler.add_resource(&url, schema).expect("a URL");
            let closed = json!({"$ref": url, "unevaluatedProperties": false});
            let closed_url = format!("{BASE}closed/{name}.json");
            compiler.add_resource(&closed_url, closed).expect("a URL");
            names.push((name, closed_url));
        }
        let mut compiled = boon::Schemas::new();
        let by_name = names
            .into_iter()
            .map(|(name, url)| {
                // This also holds it against the schema of schemas.
                let index = compiler.compile(&url, &mut compiled);
                let index = index.unwrap_or_else(|error| panic!("{name}.json: {error:#}"));
                (name, index)
            })
            .collect();
        Schemas { compiled, by_name }
    }

    /// What is wrong with a value.
    pub(crate) fn fault(&self, name: &str, value: &Value) -> Option<String> {
        let index = self
            .by_name
            .get(name)
            .unwrap_or_else(|| panic!("no schema {name}.json"));
        let result = self.compiled.validate(value, *index);
        result
            .err()
            .map(|error| format!("against {name}.json: {error:#}\n{value}"))
    }

    /// Panics unless the schema describes the value.
    #[track_caller]
    pub(crate) fn check(&self, name: &str, value: &Value) {
        if let Some(fault) = self.fault(name, value) {
            panic!("{fault}");
        }
    }
}

static SCHEMAS: LazyLock<Schemas> = LazyLock::new(Schemas::load);

/// Holds the last line on stderr of a call that failed against its schema.
#[track_caller]
pub(crate) fn check_error(line: &Value) {
    SCHEMAS.check("error", line);
}

/// Holds what a call of the program has printed against the schema of its command.
#[track_caller]
pub(crate) fn check_printed(command: &str, lines: &[Value]) {
    let mut words = command.split_whitespace();
    if words.next() != Some("git-lineage") {
        return;
    }
    let words: Vec<&str> = words.collect();
    for line in lines {
        if let Some(name) = schema_of_call(&words, line) {
            SCHEMAS.check(name, line);
        }
    }
}

/// The schema of a line that these arguments print; `None` where nobody knows.
fn schema_of_call(words: &[&str], line: &Value) -> Option<&'static str> {
    let mut words = words.iter().copied();
    let command = loop {
        match words.next()? {
            "-C" | "--line" | "--color" => drop(words.next()),
            option if option.starts_with('-') => {}
            command => break command,
        }
    };
    let rest: Vec<&str> = words.collect();
    let has = |word: &str| rest.contains(&word);
    let below = rest.iter().find(|word| !word.starts_with('-')).copied();
    let name = match (command, below.unwrap_or_default()) {
        ("deploy" | "record" | "restore", _) => "deploy",
        ("adopt", _) if has("--discover") => "adopt-discover",
        ("sync", _) if has("--abort") => "sync-abort",
        ("find", _) if has("--upstream") => "find-upstream",
        ("find", _) if line.get("held_by").is_some() => "find-where",
        ("find" | "log" | "graph" | "lineage" | "children" | "merge-base" | "path", _) => "version",
        ("index", _) => "index",
        ("hooks", "status") => "hooks-status",
        ("hooks", _) => "hooks-install",
        ("hub", "init") => "hub-init",
        ("hub", "fetch") => "hub-fetch",
        ("hub", _) => "hub-project",
        (other, _) => [
            "adopt", "blame", "demo", "diff", "fetch", "forget", "gate", "init", "list", "mv", "prune", "push",
            "remove", "show", "status", "sync", "undo", "verify",
        ]
        .into_iter()
        .find(|name| *name == other)?,
    };
    Some(name)
}

fn files() -> BTreeMap<String, Value> {
    let folder = fs::read_dir(root("docs/schemas")).expect("a folder");
    let all = folder.map(|file| file.expect("a file").path()).map(|path| {
        let name = path
            .file_stem()
            .and_then(|name| name.to_str())
            .expect("a name")
            .to_owned();
        let text = fs::read_to_string(&path).expect("text");
        let schema: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            schema["$schema"], "https://json-schema.org/draft/2020-12/schema",
            "{name}"
        );
        (name, schema)
    });
    all.collect()
}

/// Lets no unknown key through in objects inside of others.
fn close(schema: &mut Value, name: Option<&str>, top: bool) {
    match schema {
        Value::Object(object) => {
            let is_object = object.get("type").is_some_and(|kind| kind == "object");
            let is_file = object
                .get("$ref")
                .and_then(Value::as_str)
                .is_some_and(|to| to.ends_with(".json"));
            let is_base = name.is_some_and(|name| BASES.contains(&name));
            if (is_object || is_file) && !top && !is_base && name.is_some() {
                object.insert("unevaluatedProperties".to_owned(), false.into());
            }
            for (key, value) in object.iter_mut() {
                close(value, Some(key), false);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| close(value, Some(""), false)),
        _ => {}
    }
}

/// Which schema stands below which heading of the page.
pub(crate) fn schema_of_headings() -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut heading = String::new();
    for line in page("docs/json.md").lines() {
        if line.starts_with('#') {
            line.trim_start_matches('#').trim().clone_into(&mut heading);
        }
        if let Some((_, file)) = line
            .split_once("Schema: [")
            .and_then(|(_, rest)| rest.split_once("](schemas/"))
        {
            let name = file.trim_end_matches(".json)").to_owned();
            assert_eq!(all.insert(heading.clone(), name), None, "{heading} has one");
        }
    }
    all
}

#[test]
fn every_shape_has_a_schema_and_every_schema_a_shape() {
    let headings = schema_of_headings();
    let linked: BTreeSet<&str> = headings.values().map(String::as_str).chain(["types"]).collect();
    let files = files();
    assert_eq!(linked, files.keys().map(String::as_str).collect());
    for heading in examples().keys().chain(tables().keys()) {
        assert!(headings.contains_key(heading), "no schema below '{heading}'");
    }
    let commands = page("docs/json.md");
    let commands = commands.lines().filter_map(|line| line.strip_prefix("### "));
    for heading in commands.filter(|heading| !["`--dry-run`", "`serve`"].contains(heading)) {
        assert!(headings.contains_key(heading), "no schema below '{heading}'");
    }
}

/// The keys that a schema lists at its top and at the top of what it builds on.
fn listed(files: &BTreeMap<String, Value>, schema: &Value) -> BTreeSet<String> {
    let mut keys: BTreeSet<String> = schema["properties"].as_object().map(top_of).unwrap_or_default();
    if let Some(to) = schema["$ref"].as_str() {
        let (file, name) = to.split_once(".json").expect("by file name");
        let file = &files[file];
        keys.extend(listed(
            files,
            file.pointer(name.trim_start_matches('#')).expect("it is there"),
        ));
    }
    keys
}

fn top_of(object: &serde_json::Map<String, Value>) -> BTreeSet<String> {
    object.keys().cloned().collect()
}

/// All keys anywhere in a schema, also of what it refers to.
fn anywhere(files: &BTreeMap<String, Value>, schema: &Value, keys: &mut BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            keys.extend(
                object
                    .get("properties")
                    .and_then(Value::as_object)
                    .map(top_of)
                    .unwrap_or_default(),
            );
            if let Some(to) = object
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|to| to.split_once(".json"))
            {
                anywhere(
                    files,
                    files[to.0].pointer(to.1.trim_start_matches('#')).expect("it is there"),
                    keys,
                );
            }
            object.values().for_each(|value| anywhere(files, value, keys));
        }
        Value::Array(list) => list.iter().for_each(|value| anywhere(files, value, keys)),
        _ => {}
    }
}

#[test]
fn page_and_schemas_name_the_same_keys() {
    let (files, tables) = (files(), tables());
    let version = listed(&files, &files["version"]);
    assert_eq!(version, tables["A version"]);
    for (heading, name) in schema_of_headings() {
        let Some(table) = tables.get(&heading) else { continue };
        let mut all = BTreeSet::new();
        anywhere(&files, &files[&name], &mut all);
        for key in table {
            let key = key.rsplit('.').next().expect("a word");
            assert!(all.contains(key), "{name}.json does not know '{key}' of '{heading}'");
        }
        let explained: BTreeSet<&str> = table.iter().filter_map(|key| key.split('.').next()).collect();
        // A path's encoding is explained once for all.
        let known = |key: &str| explained.contains(key) || version.contains(key) || key == "path_encoding";
        for key in listed(&files, &files[&name]) {
            assert!(known(&key), "'{heading}' does not explain '{key}' of {name}.json");
        }
    }
}

#[test]
fn examples_are_valid_and_what_differs_is_not() {
    let schemas = Schemas::load();
    let mut optional = BTreeSet::new();
    for (heading, name) in schema_of_headings() {
        for example in examples().remove(&heading).unwrap_or_default() {
            schemas.check(&name, &example);
            for key in top(&example) {
                let mut without = example.clone();
                without.as_object_mut().expect("an object").remove(&key);
                if schemas.fault(&name, &without).is_none() {
                    optional.insert(format!("{name}: {key}"));
                }
                let mut other = example.clone();
                other[&key] = json!({"no such": "value"});
                assert!(
                    schemas.fault(&name, &other).is_some(),
                    "{name}.json takes anything as {key}"
                );
            }
            let mut more = example.clone();
            more["no_such_key"] = json!(1);
            assert!(schemas.fault(&name, &more).is_some(), "{name}.json");
        }
    }
    let expected = ["blame: text_encoding", "index: rebuilt"];
    assert_eq!(optional, expected.map(str::to_owned).into(), "keys that may be missing");
}
