//! `docs/SUMMARY.md`: the book has every page, once.

use std::collections::BTreeSet;

use super::{page, root};

#[test]
fn the_book_has_every_page_once() {
    let summary = page("docs/SUMMARY.md");
    let listed: Vec<&str> = summary
        .lines()
        .filter_map(|line| line.split_once("](")?.1.strip_suffix(')'))
        .collect();
    let pages: BTreeSet<String> = root("docs")
        .read_dir()
        .expect("there is a folder")
        .map(|entry| entry.expect("readable").file_name().into_string().expect("a name"))
        .filter(|name| name.ends_with(".md") && name != "SUMMARY.md")
        .collect();
    assert_eq!(listed.len(), pages.len(), "{listed:?}");
    assert_eq!(
        listed.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>(),
        pages
    );
    assert!(page("docs/book.toml").contains("src = \".\""));
}
