//! Writing what an attempt has planned. Nothing is visible before the refs are moved, all at once.

use gix::objs::Kind;

use super::{super::OperationError, Finished, Planner};
use crate::{
    git::{GitError, refs::RefUpdate},
    id::VersionId,
    project::walk::Planned,
};

impl Planner<'_> {
    /// Writes everything that was planned: objects, then refs. The index is the caller's to update.
    pub(in crate::operation) fn finish(mut self) -> Result<Finished, OperationError> {
        let planned = std::mem::take(&mut self.walk.planned);
        for version in &planned {
            self.add_planned_objects(version)?;
        }
        for (_, raw) in self.walk.rebuilding.versions.iter().chain(&self.new) {
            self.batch.add(Kind::Commit, raw)?;
        }
        let written = self.batch.commit()?;
        let moves: Vec<RefUpdate> = self.moves.into_values().collect();
        let standing = self.standing;
        self.repo
            .update_refs(&[moves.as_slice(), &standing].concat(), written)?;
        let tips = moves
            .into_iter()
            .map(|change| (change.name, change.new.map(VersionId::from_oid)));
        Ok(Finished {
            tips: tips.collect(),
            states: std::mem::take(&mut self.walk.certain),
        })
    }

    /// The objects of a version taken from a project commit. The content is the project's own; it becomes ours to keep.
    fn add_planned_objects(&mut self, version: &Planned) -> Result<(), OperationError> {
        for parent in &version.parent_contents {
            self.walk.history.for_each_object(parent.oid(), &mut |id| {
                self.batch.assume_recorded([id]);
                Ok::<_, GitError>(())
            })?;
        }
        match &version.content.tree_object {
            None => self
                .walk
                .history
                .for_each_object(version.content.hash.oid(), &mut |id| self.batch.add_present(id))?,
            Some(tree) => {
                for entry in gix::objs::TreeRefIter::from_bytes(tree, version.content.hash.oid().kind()).flatten() {
                    self.batch.add_present(entry.oid.to_owned())?;
                }
                self.batch.add(Kind::Tree, tree)?;
            }
        }
        self.batch.add(Kind::Commit, &version.raw)?;
        Ok(())
    }
}
