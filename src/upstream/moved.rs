//! Where an artifact went when the upstream moved it.
//!
//! Equal content is looked for first, then git's own rename detection is asked. Only paths that are new since the old
//! commit count: a copy that has always been there is no move.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gix::{
    ObjectId,
    bstr::{BStr, BString, ByteSlice},
};

use super::{
    Store, UpstreamError,
    command::{git, run_local},
    source::path_inside,
    tree::{self, Node},
};
use crate::content::{last_name, most_renamed};

/// What became of an artifact's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Moved {
    /// Something stands there.
    Still,
    /// It is there now; empty for the upstream's root.
    To(String),
    /// It is gone.
    Deleted,
}

/// An artifact as it was known before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Before<'a> {
    pub(crate) commit: ObjectId,
    pub(crate) path: &'a str,
    /// The id of its tree, for a single file of its blob, should the upstream not have the commit any more.
    pub(crate) id: Option<ObjectId>,
}

/// From so many pairs of files on that could be one another, only equal ones are looked for, as in git.
const MAX_PAIRS: usize = 1_000_000;
/// So many blobs are fetched at most to compare them.
const MAX_BLOBS: usize = 5_000;

type Nodes = BTreeMap<BString, Node>;

impl Store {
    /// Looks in the commit `now` for what stood at a path.
    ///
    /// # Errors
    /// [`UpstreamError::PathOutside`]; what [`fetch`](Store::fetch) returns where something has to be fetched.
    pub(crate) fn moved(&self, before: Before<'_>, now: ObjectId) -> Result<Moved, UpstreamError> {
        let path = path_inside(before.path)?;
        if path.is_empty() || self.read(now, |repo| tree::find(repo, now, &path))?.is_some() {
            return Ok(Moved::Still);
        }
        let old = if before.commit.kind() == now.kind() && self.try_ensure(before.commit)? {
            self.all_files(before.commit)?
        } else {
            Nodes::new()
        };
        let new = self.all_files(now)?;
        let id = old.get(path.as_bytes().as_bstr()).map(|node| node.id).or(before.id);
        if let Some(place) = id.and_then(|id| equal(id, &path, &old, &new)) {
            return to_moved(self, place);
        }
        let artifact: Vec<&BString> = old.keys().filter(|file| is_at_or_below(file.as_ref(), &path)).collect();
        if artifact.is_empty() {
            return Ok(Moved::Deleted);
        }
        let renames = self.renames(before.commit, &old, now, &new)?;
        let files = old.iter().filter(|(_, node)| !node.is_tree());
        match most_renamed(&path, files.map(|(file, _)| file.as_ref()), &renames) {
            Some(place) => to_moved(self, place.as_ref()),
            None => Ok(Moved::Deleted),
        }
    }

    fn all_files(&self, commit: ObjectId) -> Result<Nodes, UpstreamError> {
        self.read(commit, |repo| {
            tree::walk(repo, tree::root(repo, commit)?, &mut |_| true)
        })
    }

    /// What git calls renamed between two commits: new paths by old ones.
    fn renames(
        &self,
        before: ObjectId,
        old: &Nodes,
        now: ObjectId,
        new: &Nodes,
    ) -> Result<HashMap<BString, BString>, UpstreamError> {
        let only_in = |these: &Nodes, others: &Nodes| -> BTreeSet<ObjectId> {
            let only = these
                .iter()
                .filter(|(path, node)| !node.is_tree() && !node.is_submodule() && !others.contains_key(*path));
            only.map(|(_, node)| node.id).collect()
        };
        let (deleted, added) = (only_in(old, new), only_in(new, old));
        // git compares the bytes of those only that it does not find unchanged.
        let (deleted, added): (Vec<_>, Vec<_>) = (
            deleted.difference(&added).copied().collect(),
            added.difference(&deleted).copied().collect(),
        );
        let compares = deleted.len() * added.len() <= MAX_PAIRS && deleted.len() + added.len() <= MAX_BLOBS;
        if compares && !deleted.is_empty() {
            self.ensure_blobs(before, deleted)?;
            self.ensure_blobs(now, added)?;
        }
        let mut command = git(&self.cache, Some(&self.dir));
        command.args(["-c", "diff.renameLimit=1000", "diff-tree", "-r", "-z", "--name-status"]);
        command.args(["--diff-filter=R", if compares { "-M" } else { "-M100%" }]);
        command.args([before.to_string(), now.to_string()]);
        let printed = run_local(command, &self.url, "diff-tree")?;
        // A score, the old path and the new path, each ended by a NUL.
        let fields: Vec<&[u8]> = printed.split(|byte| *byte == 0).collect();
        let renames = fields
            .chunks_exact(3)
            .map(|rename| (rename[1].into(), rename[2].into()));
        Ok(renames.collect())
    }
}

fn to_moved(store: &Store, place: &BStr) -> Result<Moved, UpstreamError> {
    match place.to_str() {
        Ok(place) => Ok(Moved::To(place.to_owned())),
        Err(_) => Err(UpstreamError::PathNotUtf8 {
            url: store.url().to_owned(),
            path: place.to_string(),
        }),
    }
}

/// The new place of just this content; of several the one of the same name, then the one that comes first.
fn equal<'n>(id: ObjectId, path: &str, old: &Nodes, new: &'n Nodes) -> Option<&'n BStr> {
    let same = new
        .iter()
        .filter(|(place, node)| node.id == id && old.get(*place) != Some(node));
    let name = last_name(path.as_bytes());
    let places = same.map(|(place, _)| place.as_bstr());
    places.min_by_key(|place| (last_name(place) != name, *place))
}

fn is_at_or_below(file: &BStr, path: &str) -> bool {
    let rest = file.strip_prefix(path.as_bytes());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}
