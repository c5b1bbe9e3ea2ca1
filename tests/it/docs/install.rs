//! `docs/install.md`: what it says is installed is installed, and goes again.

use super::{block, page};
use crate::support::TestRepo;

/// The files that the table of the page names, below the folder for data.
fn files(page: &str) -> Vec<String> {
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let files = rows.filter_map(|row| row.split('|').nth(2)).flat_map(|cell| {
        let code = cell.split('`').skip(1).step_by(2);
        code.map(|code| {
            if code.contains('/') {
                code.to_owned()
            } else {
                format!("man/man1/{code}")
            }
        })
    });
    files.collect()
}

#[test]
fn the_manual_and_the_completions_come_and_go() {
    let repo = TestRepo::new();
    let page = page("docs/install.md");
    let files = files(&page);
    assert_eq!(files.len(), 6, "{files:#?}");
    let share = repo.beside("home/.local/share");
    for script in [
        block("docs/install.md", "git lineage setup"),
        block("README.md", "git lineage setup"),
    ] {
        repo.call().sh(&script);
        for file in &files {
            assert!(share.join(file).is_file(), "{file}");
        }
        if repo.call().sh("command -v man || :").text().is_empty() {
            crate::support::skipped("man is not installed");
        } else {
            let shown = repo.call().env("MANPATH", share.join("man")).sh("git lineage --help");
            assert!(shown.text().contains("git-lineage"), "{shown}");
        }
        let uninstall = "git lineage setup --uninstall";
        assert!(page.contains(uninstall));
        repo.call().sh(uninstall);
        for file in &files {
            assert!(!share.join(file).exists(), "{file}");
        }
    }
}
