//! [`Work`]: what is left to do in the work tree once the versions are recorded.

use gix::bstr::BString;

use super::{OperationError, manifest_file};
use crate::{
    checkout::{Change, stage},
    content::{Content, Mode},
    git::Repo,
    manifest::{MANIFEST_FILE, Manifest},
    project_path::ProjectPath,
    snapshot,
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
    /// Paths, relative to the artifact, to stage although nothing is written there.
    pub(super) also_stage: Vec<BString>,
}

impl Work {
    /// Writes the files, then the manifest, then stages both; but not an artifact that is ignored as a whole, since who
    /// ignores its place wants git to know nothing of it. Returns the paths of those.
    pub(crate) fn carry_out(&self, repo: &Repo) -> Result<Vec<ProjectPath>, OperationError> {
        for placement in &self.placements {
            placement.change(repo).apply()?;
        }
        manifest_file::write(repo, &self.manifest)?;
        let mut ignored = Vec::new();
        if !self.stage {
            return Ok(ignored);
        }
        let mut paths = vec![BString::from(MANIFEST_FILE)];
        let mut executables = Vec::new();
        for placement in &self.placements {
            if snapshot::is_ignored_as_a_whole(repo, &placement.path)? {
                ignored.push(placement.path.clone());
                continue;
            }
            let change = placement.change(repo);
            paths.extend(change.paths());
            paths.extend(placement.also_stage.iter().map(|path| change.in_project(path)));
            let executable = placement
                .new
                .entries()
                .iter()
                .filter(|entry| entry.mode == Mode::Executable);
            executables.extend(executable.map(|entry| change.in_project(&entry.path)));
        }
        paths.sort();
        paths.dedup();
        stage(repo, paths, executables)?;
        Ok(ignored)
    }
}

impl Placement {
    pub(super) fn change<'a>(&'a self, repo: &'a Repo) -> Change<'a> {
        Change::new(repo, &self.path, self.single_file, &self.old, &self.new)
    }
}
