//! [`SourceMemo`]: what plain directories were found to hold, known again by the stat data of their files.
//!
//! Reading a thousand directories through git's filters takes many times as long as looking at them. A directory whose
//! files have the sizes, times and inodes that they had when it was read holds what it held, as long as everything else
//! that decides what git makes of it is the same: attribute files, git's settings, and the index entries at the
//! artifact's path. All of that is one digest. Not even the names have to be listed again where a folder in which one
//! comes or goes has another time. What was as new as the file system's clock just before it was read is not remembered,
//! for it could change once more without a trace.
//!
//! Looking is done by [`sight`], and the memo is written down as [`form`] says. A source that is a symbolic link, or that holds a `.git`, is never remembered: what it is depends on more.
//!
//! The memo is a file beside the sidecar; it may be deleted at any time, and where it cannot be read or written
//! directories are read instead.

mod form;
mod sight;

use std::{
    collections::HashMap,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

pub(crate) use self::sight::Sight;
use self::{
    form::{FORM, decode, encode},
    sight::sight,
};
use super::{SnapshotError, filters, listing::FileStat, parallel};
use crate::{
    git::{GitError, Repo},
    id::ContentHash,
    project_path::ProjectPath,
};

type Key = [u8; 32];

/// What a directory looked like when it was read, and what it held.
#[derive(Debug, PartialEq, Eq)]
struct Known {
    stamp: Key,
    content: ContentHash,
    /// Everything in it, each name ending in NUL, folders in `/` before that, its own empty name first. Nothing at all
    /// where its names have to be listed each time.
    names: Vec<u8>,
}

/// Directories that were read before.
pub(crate) struct SourceMemo<'repo> {
    repo: &'repo Repo,
    /// `None` where nothing is to be remembered.
    file: Option<PathBuf>,
    known: HashMap<Key, Known>,
    /// The file system's clock after looking and before reading.
    clock: Option<FileStat>,
    learned: Vec<(Sight, ContentHash)>,
}

impl<'repo> SourceMemo<'repo> {
    /// Reads the memo; one that is no memo counts as empty.
    pub(crate) fn open(repo: &'repo Repo) -> Self {
        let file = repo.sidecar_path().with_file_name("sources");
        let file = repo.sidecar_enabled().then_some(file);
        let data = file.as_ref().and_then(|file| std::fs::read(file).ok());
        SourceMemo {
            repo,
            known: data.and_then(|data| decode(&data)).unwrap_or_default(),
            file,
            clock: None,
            learned: Vec::new(),
        }
    }

    /// Looks at directories, all of them before any is read; `None` for one that has to be read, if only for the error
    /// that it is.
    pub(crate) fn look(&mut self, sources: &[(PathBuf, &ProjectPath)]) -> Result<Vec<Option<Sight>>, SnapshotError> {
        let Some(file) = self.file.as_ref().filter(|_| !sources.is_empty()) else {
            return Ok(vec![None; sources.len()]);
        };
        let index = self.repo.gix().index_or_empty();
        let index = index.map_err(GitError::backend("read the index"))?;
        let everywhere = self.everywhere()?;
        let mut folders: HashMap<Option<ProjectPath>, Sha256> = HashMap::new();
        let mut begun = Vec::with_capacity(sources.len());
        for (source, artifact) in sources {
            let parent = artifact.parent();
            let digest = match folders.get(&parent) {
                Some(digest) => digest.clone(),
                None => {
                    let mut digest = everywhere.clone();
                    for (path, data) in filters::project_attribute_files(self.repo, artifact)? {
                        field(&mut digest, &path);
                        field(&mut digest, &data);
                    }
                    folders.entry(parent).or_insert(digest).clone()
                }
            };
            begun.push((source.as_path(), *artifact, digest));
        }
        let known = &self.known;
        let sights = parallel::for_each(&begun, |(source, artifact, digest)| {
            sight(source, artifact, &index, digest.clone(), known)
        });
        if sights.iter().flatten().any(|sight| self.known(sight).is_none()) {
            // What changes from now on bears a time that is not before this one.
            self.clock = clock(file).ok();
        }
        Ok(sights)
    }

    /// What a directory holds that looks like this.
    pub(crate) fn known(&self, sight: &Sight) -> Option<ContentHash> {
        let known = self.known.get(&sight.key)?;
        (known.stamp == sight.stamp).then_some(known.content)
    }

    /// Takes note of what was read after looking.
    pub(crate) fn learn(&mut self, sight: Sight, content: ContentHash) {
        self.learned.push((sight, content));
    }

    /// Writes what was learned, if it can be trusted and written.
    pub(crate) fn save(mut self) {
        // The next time these directories are read again.
        let _ = self.write();
    }

    fn write(&mut self) -> std::io::Result<()> {
        let (Some(file), Some(clock)) = (&self.file, self.clock) else {
            return Ok(());
        };
        let mut changed = false;
        for (sight, content) in std::mem::take(&mut self.learned) {
            if self.known(&sight) != Some(content) && sight.is_settled(&clock) {
                let (stamp, names) = (sight.stamp, sight.names);
                self.known.insert(sight.key, Known { stamp, content, names });
                changed = true;
            }
        }
        if !changed {
            return Ok(());
        }
        let mut new = tempfile::Builder::new()
            .prefix(".sources-")
            .permissions(std::fs::Permissions::from_mode(0o666))
            .tempfile_in(file.parent().unwrap_or(file))?;
        new.write_all(&encode(&self.known))?;
        new.persist(file)?;
        Ok(())
    }

    /// What decides everywhere in the project how files are stored.
    fn everywhere(&self) -> Result<Sha256, GitError> {
        let mut digest = Sha256::new();
        digest.update(FORM);
        let globals = self.repo.gix().attribute_global_paths();
        let globals = globals.map_err(GitError::backend("find git's attribute files"))?;
        for path in globals
            .into_iter()
            .chain([self.repo.common_dir().join("info").join("attributes")])
        {
            field(&mut digest, &std::fs::read(path).unwrap_or_default());
        }
        let config = self.repo.gix().config_snapshot();
        for section in ["core", "filter"] {
            for section in config.plumbing().sections_by_name(section).into_iter().flatten() {
                field(&mut digest, &section.to_bstring());
            }
        }
        Ok(digest)
    }
}

/// The time beside `file`, asked of the file system: the library has no clock.
fn clock(file: &Path) -> std::io::Result<FileStat> {
    FileStat::of_open(&tempfile::tempfile_in(file.parent().unwrap_or(file))?)
}

/// With its length, so that no two lists of fields look alike.
fn field(digest: &mut Sha256, data: &[u8]) {
    digest.update((data.len() as u64).to_be_bytes());
    digest.update(data);
}

#[cfg(test)]
mod tests;
