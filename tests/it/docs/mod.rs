//! What the pages say is what the program does: links, the JSON of `docs/json.md`, the tour of the README.

mod book;
mod branches;
mod graph;
mod hub;
mod json;
mod links;
mod migrate;
mod readme;
pub(crate) mod schemas;
mod serve;
mod sharing;
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

/// The code blocks of a page in a language, each with the nearest heading above it.
pub(crate) fn blocks(page: &str, language: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut heading = String::new();
    let mut open: Option<(bool, String)> = None;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(found)) => open = Some((found == language, String::new())),
            (Some(_), Some(_)) => {
                let (wanted, text) = open.take().expect("just seen");
                if wanted {
                    blocks.push((heading.clone(), text));
                }
            }
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) if line.starts_with('#') => line.trim_start_matches('#').trim().clone_into(&mut heading),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block does not end");
    blocks
}
