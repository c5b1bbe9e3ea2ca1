//! Every block of shell on a page is run by a test, or stands below with the reason why it is not.
//!
//! Which blocks are run is read from the tests themselves: `sessions` takes all sessions of a page, `block` the block that
//! begins so. A page or a block that nobody takes fails here. What a block does, and what it prints, is for the test that takes it.

use std::fs;
use std::path::Path;

use super::links::pages;
use super::{Block, all_blocks, page, root};

/// Languages in which nothing is typed. All others are run.
const NOT_TYPED: [&str; 7] = ["", "ini", "json", "mermaid", "rust", "text", "toml"];

/// What no test runs: where it stands, how it begins, and why.
const NOT_RUN: [(&str, &str, &str); 9] = [
    ("README.md", "cargo run --release -- demo", BUILDS),
    ("README.md", "cargo install", BUILDS),
    ("docs/install.md", "cargo install", BUILDS),
    ("docs/performance.md", "cargo bench", LONG),
    ("docs/reliability.md", "cargo test --test it crash::errors", SUITE),
    ("docs/reliability.md", "cargo test --test it crash", SUITE),
    ("docs/reliability.md", "cargo test --test it races", SUITE),
    ("docs/reliability.md", "GIT_TEST_DEFAULT_HASH", SUITE),
    ("fuzz/README.md", "cargo fuzz run", LONG),
];

const BUILDS: &str = "it fetches what the program is built of, and builds it; `.ci/newcomer` does";
const LONG: &str = "it measures or tries for minutes to hours";
const SUITE: &str = "it runs the tests";

/// The texts that stand in the calls of a function of this folder's, over all tests: `name("a", "b"` gives `[a, b]`. Without
/// white space, as calls may be broken into lines.
fn calls(name: &str) -> Vec<[String; 2]> {
    fn read(folder: &Path, name: &str, found: &mut Vec<[String; 2]>) {
        for entry in folder.read_dir().expect("there is a folder") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                read(&path, name, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = squeezed(&fs::read_to_string(&path).expect("UTF-8"));
                found.extend(text.split(&format!("{name}(\"")).skip(1).map(|call| {
                    let mut texts = call.split('"').step_by(2).map(str::to_owned);
                    [(); 2].map(|()| texts.next().unwrap_or_default())
                }));
            }
        }
    }
    let mut found = Vec::new();
    read(&root("tests/it"), name, &mut found);
    found
}

/// A text without white space.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn every_block_is_run() {
    let (taken, sessions) = (calls("block"), calls("sessions"));
    let is_at = |path: &str, block: &Block, [page, begins]: [&str; 2]| {
        page == path && squeezed(&block.text).starts_with(&squeezed(begins))
    };
    let mut excused = [0; NOT_RUN.len()];
    let (mut run, mut missed) = (0, Vec::new());
    let all = pages().into_iter().chain(["fuzz/README.md".to_owned()]);
    for path in all {
        let text = page(&path);
        let is_hidden = |line: &str| {
            let text = line.trim_start();
            text.starts_with("~~~") || text.starts_with("```") && text != line
        };
        let hidden = text.lines().find(|line| is_hidden(line));
        assert_eq!(hidden, None, "{path}: a block that is not seen here");
        for block in all_blocks(&text) {
            let begins = block.text.lines().next().unwrap_or_default();
            if NOT_TYPED.contains(&block.language.as_str()) {
                assert!(!begins.starts_with("$ "), "{path}: '{begins}' is not in a session");
                continue;
            }
            let is_run = taken.iter().any(|[page, begins]| is_at(&path, &block, [page, begins]))
                || block.language == "console" && sessions.iter().any(|[page, _]| *page == path);
            let excuses = NOT_RUN.iter().enumerate();
            let mut excuses = excuses.filter(|(_, (page, begins, _))| is_at(&path, &block, [page, begins]));
            match (is_run, excuses.next()) {
                (true, None) => run += 1,
                (false, Some((at, _))) => excused[at] += 1,
                (true, Some((_, (.., why)))) => panic!("{path}: '{begins}' is run, though {why}"),
                (false, None) => missed.push(format!("{path}: {begins}")),
            }
        }
    }
    assert!(missed.is_empty(), "no test runs {missed:#?}");
    for (times, (path, begins, _)) in excused.iter().zip(NOT_RUN) {
        assert!(*times > 0, "{path} has no block '{begins}'");
    }
    assert!(run > 50, "only {run} blocks are run");
}

/// The words that stand behind a mark.
fn behind<'t>(text: &'t str, mark: &'t str) -> impl Iterator<Item = &'t str> {
    let words = text
        .split(mark)
        .skip(1)
        .filter_map(|rest| rest.split_whitespace().next());
    words.filter(|word| !word.starts_with("GIT_"))
}

#[test]
fn what_is_only_named_is_there() {
    let mut named = 0;
    for (path, begins, _) in NOT_RUN {
        let text: Vec<String> = all_blocks(&page(path)).into_iter().map(|block| block.text).collect();
        let text = text.iter().filter(|text| squeezed(text).starts_with(&squeezed(begins)));
        let text: String = text.map(String::as_str).collect();
        for (mark, folder) in [
            ("--bench ", "benches"),
            ("--example ", "examples"),
            ("--sanitizer none ", "fuzz/fuzz_targets"),
            ("--test it ", "tests/it"),
        ] {
            for name in behind(&text, mark) {
                let place = root(folder).join(name.replace("::", "/"));
                assert!(
                    place.exists() || place.with_extension("rs").exists(),
                    "{path}: {mark}{name}"
                );
                named += 1;
            }
        }
    }
    assert!(named > 15, "only {named} names were found");
}
