//! What the pages say is what the program does: links, the JSON of `docs/json.md`, and everything that is typed ([`executed`]).

mod adopt;
mod book;
mod branches;
mod ci;
mod executed;
mod graph;
mod hooks;
mod hub;
mod install;
mod json;
mod links;
mod migrate;
mod readme;
pub(crate) mod schemas;
mod serve;
mod sharing;
mod signing;
mod tutorial;

use std::path::{Path, PathBuf};

/// A file of the project.
fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of a page.
pub(crate) fn page(path: &str) -> String {
    std::fs::read_to_string(root(path)).unwrap_or_else(|error| panic!("cannot read {path}: {error}"))
}

/// The anchor that GitHub makes from a heading.
pub(crate) fn anchor_of(heading: &str) -> String {
    let heading = heading.to_lowercase();
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// A code block of a page.
struct Block {
    /// The nearest heading above it.
    heading: String,
    /// What stands behind the back ticks.
    language: String,
    text: String,
}

/// All code blocks of a page.
fn all_blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut heading = String::new();
    let mut open: Option<Block> = None;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => {
                open = Some(Block {
                    heading: heading.clone(),
                    language: language.to_owned(),
                    text: String::new(),
                });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) if line.starts_with('#') => line.trim_start_matches('#').trim().clone_into(&mut heading),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block does not end");
    blocks
}

/// The code blocks of a page in a language, each with the nearest heading above it.
pub(crate) fn blocks(page: &str, language: &str) -> Vec<(String, String)> {
    let wanted = all_blocks(page).into_iter().filter(|block| block.language == language);
    wanted.map(|block| (block.heading, block.text)).collect()
}

/// The one code block of a page, in whatever language, that begins so. Where it is called is read in [`executed`].
pub(crate) fn block(path: &str, begins: &str) -> String {
    let found = all_blocks(&page(path)).into_iter().map(|block| block.text);
    let mut found: Vec<String> = found.filter(|text| text.starts_with(begins)).collect();
    assert_eq!(found.len(), 1, "{path}, {begins}: {found:#?}");
    found.remove(0)
}

/// The sessions of a page: what is typed, and what is shown below it. Where it is called is read in [`executed`].
pub(crate) fn sessions(path: &str) -> Vec<(String, String)> {
    let sessions = blocks(&page(path), "console").into_iter().map(|(_, text)| text);
    let all = sessions.collect::<Vec<_>>().join("\n");
    let entries = all.split("$ ").skip(1).filter_map(|entry| entry.split_once('\n'));
    entries
        .map(|(command, shown)| (command.to_owned(), shown.trim_end().to_owned()))
        .collect()
}
