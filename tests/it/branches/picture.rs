//! What a picture of `docs/branches.md` says, apart from the drawing.
//!
//! ```text
//! V(M) = m <- c1 t1   sync                  the version in commit M, its parents in order, its origin
//! U1 <- D   sync                            the same of a version that no commit holds by itself
//! baseline(M) = U1                          what the manifest in M names
//! ```

use crate::docs::{anchor_of, blocks, page};

/// The page with the pictures.
const PAGE: &str = "docs/branches.md";

/// One line that can be checked.
#[derive(Debug, Clone)]
pub(super) enum Says {
    /// What a commit holds.
    Holds { commit: String, version: String },
    /// What a version was made from, and its origin.
    IsFrom {
        version: String,
        parents: Vec<String>,
        origin: String,
    },
    /// What the manifest of a commit names.
    Baseline { commit: String, version: String },
}

/// What the pictures below the heading with this anchor say, in order. Panics if that is nothing.
#[track_caller]
pub(super) fn picture(anchor: &str) -> Vec<Says> {
    let blocks = blocks(&page(PAGE), "text");
    let own = blocks.iter().filter(|(heading, _)| anchor_of(heading) == anchor);
    let says: Vec<Says> = own.flat_map(|(_, text)| text.lines()).flat_map(says).collect();
    assert!(!says.is_empty(), "{PAGE} has no picture '{anchor}'");
    says
}

/// The anchors of all headings with a picture that says something.
pub(crate) fn anchors_with_pictures() -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    for (heading, text) in blocks(&page(PAGE), "text") {
        let anchor = anchor_of(&heading);
        if text.lines().any(|line| !says(line).is_empty()) && !anchors.contains(&anchor) {
            anchors.push(anchor);
        }
    }
    anchors
}

/// What stands in one line, in the last column of a drawing or alone.
fn says(line: &str) -> Vec<Says> {
    let start = ["V(", "baseline("].iter().filter_map(|mark| line.find(mark)).min();
    let line = match start {
        Some(at) => &line[at..],
        None => match line.split_once(" <- ") {
            Some((drawing, _)) => &line[drawing.rfind(' ').map_or(0, |at| at + 1)..],
            None => return Vec::new(),
        },
    };
    let (subject, rest) = match line.split_once(") = ") {
        Some((subject, rest)) => (Some(subject), rest),
        None => (None, line),
    };
    let mut words = rest.split_whitespace();
    let version = words.next().unwrap_or_default().to_owned();
    let mut says = Vec::new();
    match subject.map(|subject| subject.split_once('(').expect("found by it")) {
        Some(("baseline", commit)) => {
            says.push(Says::Baseline {
                commit: commit.to_owned(),
                version,
            });
            return says;
        }
        Some((_, commit)) => says.push(Says::Holds {
            commit: commit.to_owned(),
            version: version.clone(),
        }),
        None => {}
    }
    let mut words: Vec<String> = words.map(str::to_owned).collect();
    let Some(origin) = words.pop() else { return says };
    let parents = match words.split_first() {
        None => Vec::new(),
        Some((arrow, parents)) => {
            assert_eq!(arrow, "<-", "{line}");
            parents.to_vec()
        }
    };
    says.push(Says::IsFrom {
        version,
        parents,
        origin,
    });
    says
}
