//! Where in an upstream's history something is, or what it looks like most.
//!
//! Every directory and file of every commit counts, each path with each content once: neighbouring commits share most of
//! their trees, and what was seen is not entered again.

use std::collections::{HashMap, HashSet};

use gix::{
    ObjectId,
    bstr::{BStr, BString, ByteSlice},
    objs::{Kind, tree::EntryKind},
};

use super::{Occurrence, Store, UpstreamError, refs::Resolved};
use crate::{
    content::last_name,
    git::{GitError, Repo, path_at::Found},
};

/// So many paths are proposed at most for what is not there as it is.
const MOST_PROPOSED: usize = 3;

/// What is looked for.
pub(crate) struct Sought<'s> {
    /// What it would be in a tree of the upstream; more than one, where that is not certain.
    pub(crate) found: &'s [Found],
    /// Its last name.
    pub(crate) name: &'s BStr,
    /// For a directory: its files by their paths inside, with their ids.
    pub(crate) files: &'s HashMap<BString, ObjectId>,
}

/// Where it may be.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Places {
    /// Paths at which just that content stood once; empty for the upstream's root.
    pub(crate) exact: Vec<String>,
    /// Paths whose content looks alike, the likeliest first; none where there are exact ones.
    pub(crate) alike: Vec<String>,
}

impl Store {
    /// Looks through all that a ref leads to.
    ///
    /// # Errors
    /// What [`fetch`](Store::fetch) returns.
    pub(crate) fn search(&self, tip: &Resolved, sought: &Sought<'_>) -> Result<Places, UpstreamError> {
        let commits = self.commits(tip)?;
        let repo = self.repo()?;
        let mut search = Search {
            repo: &repo,
            sought,
            seen: HashSet::new(),
            exact: HashSet::new(),
            alike: HashMap::new(),
        };
        for id in &commits.order {
            search.tree(commits.known[id].tree)?;
        }
        let mut exact: Vec<String> = search.exact.iter().filter_map(text).collect();
        exact.sort();
        let mut scores = search.scores();
        // The highest score, then the path that comes first.
        scores.sort_by(|(a, left), (b, right)| b.cmp(a).then_with(|| left.cmp(right)));
        let alike = scores.iter().filter_map(|(_, path)| text(path));
        Ok(Places {
            alike: if exact.is_empty() {
                alike.take(MOST_PROPOSED).collect()
            } else {
                Vec::new()
            },
            exact,
        })
    }

    /// The commits that hold one of these at a path; moves of the path are followed.
    ///
    /// # Errors
    /// As [`past`](Store::past).
    pub(crate) fn holders(
        &self,
        tip: &Resolved,
        path: &str,
        wanted: &[Found],
    ) -> Result<Option<Holders>, UpstreamError> {
        let holding = self.history_at(tip, path)?;
        let mut holding = holding.into_iter().filter(|(_, state)| wanted.contains(&state.found));
        let Some((place, first)) = holding.next() else {
            return Ok(None);
        };
        let (place, last) = holding
            .next_back()
            .map_or((place, first.commit), |(place, last)| (place, last.commit));
        Ok(Some(Holders { first, last, place }))
    }
}

/// The first and the last commit that hold something, in the order of [`commits`](Store::commits).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holders {
    pub(crate) first: Occurrence,
    pub(crate) last: ObjectId,
    /// Where the last one stands in that order.
    pub(crate) place: usize,
}

/// A path that is not UTF-8 could not be recorded.
fn text(path: &BString) -> Option<String> {
    path.to_str().ok().map(str::to_owned)
}

struct Search<'s> {
    repo: &'s Repo,
    sought: &'s Sought<'s>,
    seen: HashSet<(BString, ObjectId)>,
    exact: HashSet<BString>,
    alike: HashMap<BString, Alike<'s>>,
}

impl Search<'_> {
    fn tree(&mut self, root: ObjectId) -> Result<(), GitError> {
        let mut open = vec![(BString::default(), root)];
        while let Some((path, tree)) = open.pop() {
            if !self.seen.insert((path.clone(), tree)) {
                continue;
            }
            let data = self.repo.read_kind(tree, Kind::Tree)?;
            let kind = EntryKind::Tree;
            self.note(&path, Found { kind, id: tree });
            for entry in gix::objs::TreeRefIter::from_bytes(&data, tree.kind()).flatten() {
                let mut below = path.clone();
                if !below.is_empty() {
                    below.push(b'/');
                }
                below.extend_from_slice(entry.filename);
                let found = Found {
                    kind: entry.mode.kind(),
                    id: entry.oid.to_owned(),
                };
                match found.kind {
                    EntryKind::Tree => open.push((below, found.id)),
                    EntryKind::Commit => {}
                    _ => self.note(&below, found),
                }
            }
        }
        Ok(())
    }

    fn note(&mut self, path: &BString, found: Found) {
        if self.sought.found.contains(&found) {
            self.exact.insert(path.clone());
        }
        if found.kind == EntryKind::Tree {
            return;
        }
        if self.sought.files.is_empty() {
            if last_name(path) == self.sought.name {
                self.alike.entry(path.clone()).or_default();
            }
            return;
        }
        // Every directory in which this file stands where one of the sought stands.
        let ends = std::iter::once(0).chain(path.find_iter(b"/").map(|slash| slash + 1));
        for start in ends {
            let (directory, inside) = (&path[..start.saturating_sub(1)], BStr::new(&path[start..]));
            if let Some((inside, id)) = self.sought.files.get_key_value(inside) {
                let alike = self.alike.entry(directory.into()).or_default();
                alike.names.insert(inside);
                if *id == found.id {
                    alike.same.insert(inside);
                }
            }
        }
    }

    /// Equal files say most, then equal names of files (one alone says little), then the name of the directory.
    fn scores(self) -> Vec<(usize, BString)> {
        let mut scores = Vec::with_capacity(self.alike.len());
        for (path, alike) in self.alike {
            let is_named_so = last_name(&path) == self.sought.name;
            let (names, same) = (alike.names.len(), alike.same.len());
            let enough = same > 0 || is_named_so || names > 1 || self.sought.files.len() == 1;
            if enough {
                scores.push((8 * same + 2 * names + 3 * usize::from(is_named_so), path));
            }
        }
        scores
    }
}

/// What a directory has had in common with what is looked for, at one time or another.
#[derive(Default)]
struct Alike<'s> {
    names: HashSet<&'s BString>,
    same: HashSet<&'s BString>,
}
