//! [`Work`]: what is left to do in the work tree once the versions are recorded.

use gix::bstr::BString;

use super::{OperationError, manifest_file};
use crate::{
    checkout::{Change, stage},
    content::{Content, Mode},
    git::Repo,
    manifest::{MANIFEST_FILE, Manifest},
    project_path::ProjectPath,
};

/// Files to write, the manifest to write, both to stage.
pub(crate) struct Work {
    pub(super) placements: Vec<Placement>,
    pub(super) manifest: Manifest,
    pub(super) stage: bool,
}

/// From one content to another at one place.
pub(super) struct Placement {
    pub(super) path: ProjectPath,
    pub(super) single_file: bool,
    pub(super) old: Content,
    pub(super) new: Content,
    /// Stage all files, not only those that change: nothing of a new artifact is in the index.
    pub(super) stage_all: bool,
}

impl Work {
    /// Writes the files, then the manifest, then stages both.
    pub(crate) fn carry_out(&self, repo: &Repo) -> Result<(), OperationError> {
        for placement in &self.placements {
            placement.change(repo).apply()?;
        }
        manifest_file::write(repo, &self.manifest)?;
        if !self.stage {
            return Ok(());
        }
        let mut paths = vec![BString::from(MANIFEST_FILE)];
        let mut executables = Vec::new();
        for placement in &self.placements {
            let change = placement.change(repo);
            paths.extend(change.paths());
            for entry in placement.new.entries() {
                let path = change.in_project(&entry.path);
                if entry.mode == Mode::Executable {
                    executables.push(path.clone());
                }
                if placement.stage_all {
                    paths.push(path);
                }
            }
        }
        paths.sort();
        paths.dedup();
        stage(repo, paths, executables)?;
        Ok(())
    }
}

impl Placement {
    pub(super) fn change<'a>(&'a self, repo: &'a Repo) -> Change<'a> {
        Change::new(repo, &self.path, self.single_file, &self.old, &self.new)
    }
}
