//! Which artifacts differ between two project trees, by comparing only the trees on the way to their paths.

use gix::{ObjectId, objs::tree::EntryKind};

use super::history::{History, TreeEntry};
use crate::{git::GitError, manifest::ManifestEntry};

/// Of `artifacts`, those whose content differs between two root trees. Equal subtrees are never entered, so the cost
/// grows with what changed, not with the number of artifacts.
pub(crate) fn changed<'a>(
    history: &History<'_>,
    old: ObjectId,
    new: ObjectId,
    artifacts: impl IntoIterator<Item = &'a ManifestEntry>,
) -> Result<Vec<&'a ManifestEntry>, GitError> {
    let mut paths: Vec<(&str, &ManifestEntry)> = artifacts
        .into_iter()
        .map(|artifact| (artifact.path.as_str(), artifact))
        .collect();
    // Component by component, so that everything below one folder stands together.
    paths.sort_by(|(a, _), (b, _)| a.split('/').cmp(b.split('/')));
    let mut changed = Vec::new();
    compare(history, Some(old), Some(new), &paths, &mut changed)?;
    Ok(changed)
}

fn compare<'a>(
    history: &History<'_>,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
    paths: &[(&str, &'a ManifestEntry)],
    changed: &mut Vec<&'a ManifestEntry>,
) -> Result<(), GitError> {
    if old == new {
        return Ok(());
    }
    let entries = |tree: Option<ObjectId>| tree.map(|tree| history.tree(tree)).transpose();
    let (old, new) = (entries(old)?, entries(new)?);
    let find = |tree: &Option<std::rc::Rc<Vec<TreeEntry>>>, name: &str| {
        tree.as_ref()
            .and_then(|entries| entries.iter().find(|entry| entry.name == name).cloned())
    };
    let mut rest = paths;
    while let Some((first, _)) = rest.first() {
        let folder = first.split('/').next().unwrap_or(first);
        let length = rest
            .iter()
            .take_while(|(path, _)| path.split('/').next() == Some(folder))
            .count();
        let (group, others) = rest.split_at(length);
        rest = others;
        let (old_entry, new_entry) = (find(&old, folder), find(&new, folder));
        let same = |entry: &Option<TreeEntry>| entry.as_ref().map(|entry| (entry.id, entry.kind));
        if same(&old_entry) == same(&new_entry) {
            continue;
        }
        let mut below = Vec::with_capacity(group.len());
        for (path, artifact) in group {
            match path.split_once('/') {
                Some((_, inner)) => below.push((inner, *artifact)),
                None => changed.push(artifact),
            }
        }
        let as_tree = |entry: Option<TreeEntry>| {
            entry
                .filter(|entry| entry.kind == EntryKind::Tree)
                .map(|entry| entry.id)
        };
        compare(history, as_tree(old_entry), as_tree(new_entry), &below, changed)?;
    }
    Ok(())
}
