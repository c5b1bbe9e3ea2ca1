//! Which artifacts differ between two project trees, by comparing only the trees on the way to their paths.

use gix::{ObjectId, objs::tree::EntryKind};

use super::{
    artifacts::Artifacts,
    history::History,
    tree::{Tree, TreeEntry},
};
use crate::{git::GitError, id::ArtifactId, project_path::ProjectPath};

/// Of `artifacts`, those whose content differs between two root trees. Equal subtrees are never entered, so the cost
/// grows with what changed and the size of the trees that changed, not with the number of artifacts.
pub(crate) fn changed(
    history: &History<'_>,
    old: ObjectId,
    new: ObjectId,
    artifacts: &Artifacts,
) -> Result<Vec<ArtifactId>, GitError> {
    let mut changed = Vec::new();
    compare(history, Some(old), Some(new), 0, artifacts.by_path(), &mut changed)?;
    Ok(changed)
}

/// Compares two trees; the paths below them begin at `offset`.
fn compare(
    history: &History<'_>,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
    offset: usize,
    paths: &[(ProjectPath, ArtifactId)],
    changed: &mut Vec<ArtifactId>,
) -> Result<(), GitError> {
    if old == new || paths.is_empty() {
        return Ok(());
    }
    let read = |tree: Option<ObjectId>| match tree {
        Some(tree) => history.tree(tree),
        None => Ok(Tree::default().into()),
    };
    let (old, new) = (read(old)?, read(new)?);
    for (before, after) in old.differences(&new) {
        let Some(name) = before.or(after).map(|entry| entry.name) else {
            continue;
        };
        let start = paths.partition_point(|(path, _)| component(path, offset) < &**name);
        let found = &paths[start..];
        let found = &found[..found.partition_point(|(path, _)| component(path, offset) == &**name)];
        // A path that ends here comes before those that go on.
        let inside = offset + name.len() + 1;
        let (here, below) = found.split_at(found.partition_point(|(path, _)| path.as_str().len() < inside));
        changed.extend(here.iter().map(|(_, artifact)| artifact.clone()));
        let as_tree = |entry: Option<TreeEntry<'_>>| {
            let tree = entry.filter(|entry| entry.kind == EntryKind::Tree);
            tree.map(|entry| entry.id)
        };
        compare(history, as_tree(before), as_tree(after), inside, below, changed)?;
    }
    Ok(())
}

/// The component of a path that begins at `offset`.
fn component(path: &ProjectPath, offset: usize) -> &[u8] {
    let rest = &path.as_str().as_bytes()[offset..];
    rest.split(|byte| *byte == b'/').next().unwrap_or(rest)
}
