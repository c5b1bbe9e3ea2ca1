//! [`Journal`]: what is to be deleted, noted down beside the sidecar before anything changes.
//!
//! It holds ids and file names, no content. It goes when all is gone; where something else still holds what was forgotten, it
//! stays, so that the same command can finish once that has let go of it.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use gix::ObjectId;
use serde::{Deserialize, Serialize};

use super::HoldingRef;
use crate::{
    git::{GitError, Repo},
    id::{ArtifactId, VersionId},
    index::{Index, IndexError},
};

/// What is to be deleted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Journal {
    pub(super) artifact_id: ArtifactId,
    /// The version that was asked for.
    pub(super) version_id: VersionId,
    /// It and its descendants, newest first.
    pub(super) versions: Vec<VersionId>,
    /// All objects of theirs, some of which others need.
    objects: BTreeSet<String>,
    /// Of those, what they have and their parents do not: the path of each, empty for the whole.
    introduced: BTreeMap<String, String>,
    pub(super) pushed: Vec<HoldingRef>,
    /// All was done; something else held some of it.
    pub(super) held: bool,
}

impl Journal {
    pub(super) fn new(artifact_id: ArtifactId, version_id: VersionId) -> Self {
        Journal {
            artifact_id,
            version_id,
            versions: Vec::new(),
            objects: BTreeSet::new(),
            introduced: BTreeMap::new(),
            pushed: Vec::new(),
            held: false,
        }
    }

    pub(super) fn add_object(&mut self, id: ObjectId) {
        self.objects.insert(id.to_string());
    }

    pub(super) fn add_introduced(&mut self, id: ObjectId, path: String) {
        self.introduced.entry(id.to_string()).or_insert(path);
    }

    /// Versions that are known were not forgotten, or were fetched again.
    pub(super) fn leave_out_known(&mut self, index: &Index) -> Result<(), IndexError> {
        let mut unknown = Vec::with_capacity(self.versions.len());
        for version in self.versions.drain(..) {
            if index.version_with_order(&version)?.is_none() {
                unknown.push(version);
            }
        }
        self.versions = unknown;
        Ok(())
    }

    /// What an earlier run had to delete and could not.
    pub(super) fn add_earlier(&mut self, earlier: Journal) {
        for version in earlier.versions {
            if !self.versions.contains(&version) {
                self.versions.push(version);
            }
        }
        self.objects.extend(earlier.objects);
        for (id, path) in earlier.introduced {
            self.introduced.entry(id).or_insert(path);
        }
        for pushed in earlier.pushed {
            if !self.pushed.contains(&pushed) {
                self.pushed.push(pushed);
            }
        }
    }

    pub(super) fn objects(&self) -> HashSet<ObjectId> {
        self.objects.iter().filter_map(|id| parse(id)).collect()
    }

    /// What to look for, with its path.
    pub(super) fn introduced(&self) -> BTreeMap<ObjectId, &str> {
        let all = self.introduced.iter();
        all.filter_map(|(id, path)| Some((parse(id)?, path.as_str()))).collect()
    }

    /// Writes it down; on disk when this returns.
    pub(super) fn save(&self, repo: &Repo) -> Result<(), GitError> {
        let path = path(repo, self.version_id);
        let folder = path.parent().unwrap_or(&path);
        fs::create_dir_all(folder).map_err(GitError::io("create", folder))?;
        let data = serde_json::to_vec(self).expect("texts are always JSON");
        // Under a name that the next run finds, should this one be killed.
        let new = new_path(&path);
        let written = fs::File::create(&new).and_then(|mut file| {
            file.write_all(&data)?;
            file.sync_all()?;
            fs::rename(&new, &path)?;
            fs::File::open(folder)?.sync_all()
        });
        written.map_err(GitError::io("write", &path))
    }

    /// The one of a version, if it stands.
    pub(super) fn read(repo: &Repo, version: VersionId) -> Result<Option<Journal>, GitError> {
        let path = path(repo, version);
        match fs::read(&path) {
            // One that cannot be read tells nothing; the file is written in one go.
            Ok(data) => Ok(serde_json::from_slice(&data).ok()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(GitError::io("read", &path)(error)),
        }
    }

    /// All that stand.
    pub(super) fn all(repo: &Repo) -> Result<Vec<Journal>, GitError> {
        let folder = folder(repo);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(GitError::io("list", &folder)(error)),
        };
        let mut journals = Vec::new();
        for entry in entries {
            let name = entry.map_err(GitError::io("list", &folder))?.file_name();
            if let Ok(version) = name.to_string_lossy().parse() {
                journals.extend(Journal::read(repo, version)?);
            }
        }
        Ok(journals)
    }

    /// All is done; keeps it where something still `holds` what was forgotten.
    pub(crate) fn end(mut self, repo: &Repo, holds: bool) -> Result<(), GitError> {
        if holds {
            self.held = true;
            return self.save(repo);
        }
        let path = path(repo, self.version_id);
        for path in [new_path(&path), path] {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(GitError::io("delete", &path)(error));
                }
                _ => {}
            }
        }
        // Only if it is empty.
        let _ = fs::remove_dir(folder(repo));
        Ok(())
    }
}

fn folder(repo: &Repo) -> PathBuf {
    repo.sidecar_path().with_file_name("forgetting")
}

fn path(repo: &Repo, version: VersionId) -> PathBuf {
    folder(repo).join(version.to_string())
}

fn new_path(path: &Path) -> PathBuf {
    path.with_extension("new")
}

fn parse(id: &str) -> Option<ObjectId> {
    ObjectId::from_hex(id.as_bytes()).ok()
}
