//! `find PATH --upstream`: where in an upstream's history a copy comes from, or what it is nearest to.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
    rc::Rc,
};

use gix::{ObjectId, bstr::BString, objs::tree::EntryKind};

use super::{Query, QueryError};
use crate::{
    content::{Content, Entry, Incoming, Mode, hash_object},
    git::{GitError, Repo, command::complaint, objects, path_at::Found},
    id::{CommitId, HashKind},
    snapshot::Snapshot,
    upstream::{
        Cache, Holders, Occurrence, Resolved, Sought, Store,
        source::{Source, without_credentials},
    },
    version::Upstream,
};

/// So many of the states that differ in the fewest files are compared line by line.
const MOST_COMPARED: usize = 16;

/// Where a copy may come from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UpstreamMatch {
    /// The place; its commit is the one in which that content came up.
    pub upstream: Upstream,
    /// The last commit that has that content, parents before children.
    pub newest_commit: CommitId,
    /// How far the copy is from it; all zero where it is just that.
    pub distance: Distance,
}

/// How far one content is from another, as `git diff --numstat` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[non_exhaustive]
pub struct Distance {
    /// The files that differ; a renamed one counts once.
    pub files: usize,
    /// The lines that the copy has in addition; of binary files none are counted.
    pub added_lines: usize,
    /// The lines that it lacks.
    pub deleted_lines: usize,
}

impl UpstreamMatch {
    /// Whether the copy is just that content.
    pub fn is_exact(&self) -> bool {
        self.distance == Distance::default()
    }
}

/// A copy, as the upstream would store it.
struct Copy {
    incoming: Incoming,
    content: Content,
    /// What it would be in a tree; more than one where this project stores other bytes.
    found: Vec<Found>,
}

impl Query<'_> {
    /// The places in an upstream's history with just the content of a file or directory; where there are none, the nearest
    /// one, if anything there looks like it. `from` limits the search to one path and what that was before.
    pub(crate) fn find_upstream(
        &self,
        path: &Path,
        source: &str,
        from: Option<&str>,
        ref_name: Option<&str>,
        cache: &Path,
    ) -> Result<Vec<UpstreamMatch>, QueryError> {
        let shown = without_credentials(source);
        let root = self.repo.work_tree().unwrap_or(Path::new("/"));
        let url = match Source::find(root, source)? {
            Some(Source::Git(url)) => url,
            Some(Source::Plain(_)) | None => return Err(QueryError::NoHistory { source_path: shown }),
        };
        let store = Cache::new(cache).store(&url);
        let tip = store.resolve(ref_name)?;
        let copy = self.copy(path, HashKind::of(tip.commit.kind()))?;
        let name = path
            .canonicalize()
            .ok()
            .and_then(|path| Some(path.file_name()?.to_owned()));
        let name = BString::from(name.unwrap_or_default().to_string_lossy().as_bytes());
        let (exact, alike) = match from {
            Some(from) => (vec![from.to_owned()], vec![from.to_owned()]),
            None => {
                let files = copy.content.entries().iter();
                let files: HashMap<BString, ObjectId> = files
                    .filter(|_| !copy.incoming.single_file)
                    .map(|file| (file.path.clone(), file.id))
                    .collect();
                let sought = Sought {
                    found: &copy.found,
                    name: name.as_ref(),
                    files: &files,
                };
                let places = store.search(&tip, &sought)?;
                (places.exact, places.alike)
            }
        };
        let found = Origin {
            shown: &shown,
            store: &store,
            tip: &tip,
        };
        let mut holders: Vec<Holders> = Vec::new();
        for path in &exact {
            let Some(found) = store.holders(&tip, path, &copy.found)? else {
                continue;
            };
            // What was moved since is one place, whichever of its names it is found by.
            match holders.iter_mut().find(|known| known.first == found.first) {
                Some(known) if known.place < found.place => *known = found,
                Some(_) => {}
                None => holders.push(found),
            }
        }
        let exact = holders.iter();
        let mut matches: Vec<UpstreamMatch> = exact
            .map(|holders| found.matching(&holders.first, holders.last, Distance::default()))
            .collect();
        matches.sort_by(|one, other| one.upstream.path.cmp(&other.upstream.path));
        if matches.is_empty() {
            matches.extend(found.nearest(&copy, &alike)?);
        }
        Ok(matches)
    }

    fn copy(&self, path: &Path, kind: HashKind) -> Result<Copy, QueryError> {
        let incoming = Incoming::read(path)?;
        let entries = incoming.files.iter().map(|file| Entry {
            path: file.path.clone(),
            mode: file.mode,
            id: hash_object(kind, "blob", &file.data),
        });
        let content = Content::new(entries.collect());
        let mut found: Vec<Found> = found_of(&content, incoming.single_file, kind)?.into_iter().collect();
        // In the project it is also what git would store of it, without what is ignored.
        if kind == self.repo.hash_kind()
            && let Some(inside) = self.path_in_project(path)
        {
            let mut looking = self.repo.batch(objects::Mode::Ids);
            let stored = crate::snapshot::work_tree::of_artifact(self.repo, &inside, &mut looking)?;
            found.extend(found_of(&stored.content, incoming.single_file, kind)?);
        }
        Ok(Copy {
            incoming,
            content,
            found,
        })
    }
}

/// The entry that a content is in a tree.
fn found_of(content: &Content, single_file: bool, kind: HashKind) -> Result<Option<Found>, QueryError> {
    if !single_file {
        let id = content.hash(kind)?.oid();
        return Ok((!content.is_empty()).then_some(Found {
            kind: EntryKind::Tree,
            id,
        }));
    }
    Ok(content.entries().first().map(|file| Found {
        kind: match file.mode {
            Mode::File => EntryKind::Blob,
            Mode::Executable => EntryKind::BlobExecutable,
            Mode::Symlink => EntryKind::Link,
        },
        id: file.id,
    }))
}

/// An upstream that is looked through.
struct Origin<'s> {
    shown: &'s str,
    store: &'s Store,
    tip: &'s Resolved,
}

impl Origin<'_> {
    fn matching(&self, first: &Occurrence, newest: ObjectId, distance: Distance) -> UpstreamMatch {
        UpstreamMatch {
            upstream: Upstream {
                url: Some(self.shown.to_owned()),
                path: (!first.path.is_empty()).then(|| first.path.clone()),
                ref_name: Some(self.tip.ref_name.clone()),
                commit: Some(CommitId::from_oid(first.commit)),
                tree: None,
            },
            newest_commit: CommitId::from_oid(newest),
            distance,
        }
    }

    /// The state at one of these paths that the copy differs least from: in the fewest files, then the fewest lines, then
    /// the newest.
    fn nearest(&self, copy: &Copy, paths: &[String]) -> Result<Option<UpstreamMatch>, QueryError> {
        let mut states: Vec<(usize, usize, Occurrence)> = Vec::new();
        let mut seen = BTreeSet::new();
        for path in paths {
            for (place, state) in self.store.past(self.tip, path)?.into_iter().enumerate().rev() {
                let is_file = state.found.kind != EntryKind::Tree;
                if is_file != copy.incoming.single_file || !seen.insert(state.found.id) {
                    continue;
                }
                let Some(files) = self.store.files(state.commit, Some(&state.path))? else {
                    continue;
                };
                let differing = if is_file {
                    1
                } else {
                    differing(&copy.content, &Content::new(files.entries))
                };
                states.push((differing, usize::MAX - place, state));
            }
        }
        states.sort_by_key(|(differing, age, _)| (*differing, *age));
        states.truncate(MOST_COMPARED);
        let wanted: Vec<(ObjectId, &str)> = states
            .iter()
            .map(|(_, _, state)| (state.commit, state.path.as_str()))
            .collect();
        self.store.load_ahead(&wanted)?;
        let mut best: Option<(Distance, usize, Occurrence)> = None;
        let repo = self.store.opened()?;
        for (_, age, state) in states {
            let distance = self.distance(&repo, copy, &state)?;
            if best
                .as_ref()
                .is_none_or(|(least, newest, _)| (distance, age) < (*least, *newest))
            {
                best = Some((distance, age, state));
            }
        }
        let Some((distance, _, state)) = best else {
            return Ok(None);
        };
        let holders = self.store.holders(self.tip, &state.path, &[state.found])?;
        let newest = holders.map_or(state.commit, |holders| holders.last);
        Ok(Some(self.matching(&state, newest, distance)))
    }

    /// What `git diff --numstat` counts from a state of upstream to the copy.
    fn distance(&self, repo: &Rc<Repo>, copy: &Copy, state: &Occurrence) -> Result<Distance, QueryError> {
        let mut batch = repo.batch(objects::Mode::Nothing);
        for file in &copy.incoming.files {
            batch.add(gix::objs::Kind::Blob, &file.data)?;
        }
        let name = state.path.rsplit('/').next().unwrap_or_default();
        let mine = if copy.incoming.single_file {
            let renamed = copy.content.entries().iter().map(|entry| Entry {
                path: name.into(),
                ..entry.clone()
            });
            Content::new(renamed.collect())
        } else {
            copy.content.clone()
        };
        let mine = Snapshot::with_trees(mine, repo.hash_kind(), &mut batch)?.hash;
        let theirs = if copy.incoming.single_file {
            let files = self.store.files(state.commit, Some(&state.path))?;
            let files = Content::new(files.map(|files| files.entries).unwrap_or_default());
            Snapshot::with_trees(files, repo.hash_kind(), &mut batch)?.hash.oid()
        } else {
            state.found.id
        };
        let scratch = repo.scratch_objects(&batch)?;
        let (mine, theirs) = (mine.to_string(), theirs.to_string());
        let args = ["diff-tree", "-r", "-M", "-z", "--numstat", &theirs, &mine];
        let output = scratch.output_of(repo.git_command(&args), b"")?;
        if !output.status.success() {
            return Err(QueryError::Git(GitError::GitFailed {
                command: "diff-tree".to_owned(),
                message: complaint(&output),
            }));
        }
        Ok(counted(&output.stdout))
    }
}

/// In how many paths two contents differ.
fn differing(one: &Content, other: &Content) -> usize {
    let differs = |entry: &&Entry, from: &Content| from.get(entry.path.as_ref()) != Some(*entry);
    let changed = one.entries().iter().filter(|entry| differs(entry, other)).count();
    let gone = other
        .entries()
        .iter()
        .filter(|entry| one.get(entry.path.as_ref()).is_none());
    changed + gone.count()
}

/// Adds up what `--numstat -z` printed: `added TAB deleted TAB path NUL`, of a renamed file `added TAB deleted TAB NUL old
/// NUL new NUL`; a binary file has `-` for both.
fn counted(printed: &[u8]) -> Distance {
    let mut distance = Distance::default();
    let mut fields = printed.split(|byte| *byte == 0).filter(|field| !field.is_empty());
    while let Some(field) = fields.next() {
        let mut numbers = field.splitn(3, |byte| *byte == b'\t');
        let mut number = || {
            let text = numbers.next().and_then(|text| std::str::from_utf8(text).ok());
            text.and_then(|text| text.parse::<usize>().ok()).unwrap_or(0)
        };
        distance.files += 1;
        distance.added_lines += number();
        distance.deleted_lines += number();
        if numbers.next().is_none_or(<[u8]>::is_empty) {
            // Both names follow.
            fields.nth(1);
        }
    }
    distance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_added_up() {
        let printed = b"1\t2\ta\0-\t-\tb.bin\x003\t0\t\0old\0new\x0010\t0\tc\td\0";
        let distance = counted(printed);
        assert_eq!(
            (distance.files, distance.added_lines, distance.deleted_lines),
            (4, 14, 2)
        );
        assert_eq!(counted(b""), Distance::default());
    }
}
