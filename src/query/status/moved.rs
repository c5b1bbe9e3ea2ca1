//! Where the files of a missing artifact are now: moved with plain git, the manifest says nothing of it.

use std::collections::HashMap;

use gix::{
    ObjectId,
    bstr::{BStr, ByteSlice},
    index::State,
};

use crate::{content::Content, project_path::ProjectPath};

/// The tracked path that holds most of `wanted` where the artifact had it; `None` if none holds more than half.
///
/// `name` is the last component of the artifact's path; of equally good places one with that name is meant. Paths of
/// artifacts are not looked at: what is `taken` is content of its own.
pub(super) fn moved_to(index: &State, wanted: &Content, name: &str, taken: &[&ProjectPath]) -> Option<ProjectPath> {
    // Empty files are alike everywhere.
    let empty = ObjectId::empty_blob(index.object_hash());
    let mut by_blob: HashMap<ObjectId, Vec<&BStr>> = HashMap::new();
    let telling = wanted.entries().iter().filter(|entry| entry.id != empty);
    let mut number = 0;
    for entry in telling {
        by_blob.entry(entry.id).or_default().push(entry.path.as_bstr());
        number += 1;
    }
    let is_file = matches!(wanted.entries(), [only] if only.path == name);
    let mut votes: HashMap<&BStr, usize> = HashMap::new();
    for entry in index.entries() {
        let path = entry.path(index);
        for inner in by_blob.get(&entry.id).into_iter().flatten() {
            let place = if is_file { Some(path) } else { folder_of(path, inner) };
            if let Some(place) = place {
                *votes.entry(place).or_default() += 1;
            }
        }
    }
    let free = votes.into_iter().filter_map(|(place, votes)| {
        let path: ProjectPath = place.to_str().ok()?.parse().ok()?;
        let is_taken = taken.iter().any(|other| other.contains(&path) || path.contains(other));
        (votes * 2 > number && !is_taken).then_some((path, votes))
    });
    let best = free.min_by_key(|(path, votes)| {
        let other_name = path.file_name() != name;
        (
            usize::MAX - votes,
            other_name,
            path.as_str().len(),
            path.as_str().to_owned(),
        )
    });
    best.map(|(path, _)| path)
}

/// The folder in which `path` is `inner`.
fn folder_of<'p>(path: &'p BStr, inner: &BStr) -> Option<&'p BStr> {
    let folder = path.strip_suffix(inner.as_bytes())?.strip_suffix(b"/")?;
    Some(folder.as_bstr())
}
