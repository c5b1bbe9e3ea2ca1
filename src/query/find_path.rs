//! `find PATH`: where did this copy come from?

use std::{collections::BTreeSet, path::Path};

use super::{Query, QueryError};
use crate::{
    content::{Content, Entry, walk},
    git::objects::Mode,
    id::ContentHash,
    project_path::ProjectPath,
    snapshot::{self, work_tree},
    version::ArtifactVersion,
};

impl Query<'_> {
    /// The content hashes that a file or directory may have as an artifact here, likeliest first, and the versions with
    /// one of them, newest first.
    ///
    /// A path in the work tree is read as `record` would, then as it lies there. A copy from elsewhere is read as if it
    /// lay where it lies now, and as each deployed artifact would store it; a single file takes each known file name,
    /// because the name of a copy does not matter.
    pub(crate) fn find_by_path(&self, path: &Path) -> Result<(Vec<ContentHash>, Vec<ArtifactVersion>), QueryError> {
        let mut hashes = Vec::new();
        let mut add = |hash: ContentHash| {
            if !hashes.contains(&hash) && !hash.is_empty_tree() {
                hashes.push(hash);
            }
        };
        if let Some(inside) = self.path_in_project(path) {
            let mut looking = self.repo.batch(Mode::Ids);
            add(work_tree::of_artifact(self.repo, &inside, &mut looking)?.hash);
        }
        let kind = self.repo.hash_kind();
        add(ContentHash::of_path(path, kind)?);
        if self.repo.work_tree().is_ok() {
            for artifact in self.artifacts(&self.line_view(None)?)?.values() {
                let mut looking = self.repo.batch(Mode::Ids);
                // What this artifact could never be (a nested repository, a hostile link) is not one of its versions.
                if let Ok(found) = snapshot::source::of_directory(self.repo, path, &artifact.path, &mut looking) {
                    add(found.snapshot.hash);
                }
            }
        }
        if !path.is_dir() {
            for entry in walk(path)? {
                let entry = entry.into_entry(kind)?;
                for name in self.single_file_names()? {
                    let renamed = Entry {
                        path: name.as_str().into(),
                        ..entry.clone()
                    };
                    add(Content::new(vec![renamed]).hash(kind)?);
                }
            }
        }
        let mut versions = Vec::new();
        for hash in &hashes {
            versions.extend(self.find_by_content(hash)?);
        }
        Ok((
            hashes,
            crate::sidecar::topological_newest_first(versions).map_err(crate::index::IndexError::from)?,
        ))
    }

    pub(super) fn path_in_project(&self, path: &Path) -> Option<ProjectPath> {
        let root = self.repo.work_tree().ok()?.canonicalize().ok()?;
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let absolute = parent.canonicalize().ok()?.join(path.file_name()?);
        absolute.strip_prefix(root).ok()?.to_str()?.parse().ok()
    }

    /// The file names of the deployed single-file artifacts.
    fn single_file_names(&self) -> Result<BTreeSet<String>, QueryError> {
        let artifacts = self.artifacts(&self.line_view(None)?)?;
        Ok(artifacts
            .values()
            .map(|entry| entry.path.file_name().to_owned())
            .collect())
    }
}
