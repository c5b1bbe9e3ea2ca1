//! Every relative link leads to a file that is there, and to a heading in it.

use std::collections::BTreeSet;

use super::{anchor_of, page, root};

/// The pages, relative to the project.
pub(super) fn pages() -> Vec<String> {
    let folder = root("docs").read_dir().expect("there is a folder");
    let names = folder.map(|entry| entry.expect("readable").file_name().into_string().expect("text"));
    let mut pages: Vec<String> = names
        .filter(|name| name.ends_with(".md"))
        .map(|name| format!("docs/{name}"))
        .collect();
    pages.extend(["README.md", "CHANGELOG.md"].map(str::to_owned));
    pages
}

/// The targets of the inline links of a page, outside of code.
fn links(page: &str) -> Vec<String> {
    let mut links = Vec::new();
    let mut code = false;
    for line in page.lines() {
        code ^= line.starts_with("```");
        // What stands between back ticks is no link.
        let text: String = line.split('`').step_by(2).collect();
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        links.extend(targets.map(|(target, _)| target.to_owned()).filter(|_| !code));
    }
    links
}

/// The anchors of a page, as GitHub makes them from headings.
fn anchors(page: &str) -> Vec<String> {
    let mut code = false;
    let mut anchors = Vec::new();
    for line in page.lines() {
        code ^= line.starts_with("```");
        if !code && line.starts_with('#') {
            anchors.push(anchor_of(line.trim_start_matches('#').trim()));
        }
    }
    anchors
}

#[test]
fn relative_links_lead_somewhere() {
    let mut checked = 0;
    for name in pages() {
        let text = page(&name);
        let folder = std::path::Path::new(&name).parent().expect("a folder");
        for link in links(&text).iter().filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() {
                name.clone()
            } else {
                folder.join(file).to_string_lossy().into_owned()
            };
            assert!(root(&target).exists(), "{name}: {link}");
            if !anchor.is_empty() {
                assert!(
                    anchors(&page(&target)).iter().any(|known| known == anchor),
                    "{name}: {link}"
                );
            }
            checked += 1;
        }
    }
    assert!(checked > 20, "only {checked} links were found");
}

/// A page that was put together wrongly had half of itself twice.
#[test]
fn no_chapter_stands_twice_in_a_page() {
    for name in pages().iter().filter(|name| *name != "CHANGELOG.md") {
        let text = page(name);
        let mut seen = BTreeSet::new();
        let chapters = text.lines().filter(|line| line.starts_with("## "));
        for chapter in chapters {
            assert!(seen.insert(chapter), "{name}: {chapter}");
        }
    }
}
