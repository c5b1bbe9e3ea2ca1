//! Opening the index: the sidecar on disk if it can be used, made usable if it cannot, else one in memory.

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
};

use super::{Index, IndexError, Notice, fill, stamps::Stamps};
use crate::{
    git::{Repo, versions::VersionReadError},
    id::VersionId,
    origin::ChangeOrigin,
    sidecar::{LATEST_SCHEMA, Older, Opened, Sidecar, SidecarError},
};

impl Repo {
    /// Where the sidecar of this repository is, or would be.
    pub(crate) fn sidecar_path(&self) -> PathBuf {
        self.common_dir().join("lineage").join("index.sqlite")
    }

    /// Whether `lineage.sidecar` lets us use a file.
    pub(crate) fn sidecar_enabled(&self) -> bool {
        self.config_bool("lineage.sidecar").unwrap_or(true)
    }
}

impl Index {
    /// Opens the index and brings it up to date with the refs.
    pub(crate) fn open(repo: &Repo, notices: &mut Vec<Notice>) -> Result<Self, IndexError> {
        if !repo.sidecar_enabled() {
            return Index::in_memory(repo);
        }
        let path = repo.sidecar_path();
        match Index::open_file(repo, &path, notices) {
            Err(error) if error.is_out_of_reach() => {
                notices.push(Notice::SidecarUnwritable { path });
                Index::in_memory(repo)
            }
            other => other,
        }
    }

    fn open_file(repo: &Repo, path: &Path, notices: &mut Vec<Notice>) -> Result<Self, IndexError> {
        let reason = match Sidecar::open(path)? {
            Opened::Ready(sidecar) => match Index::up_to_date(repo, sidecar, notices) {
                // What opens well may turn out to be damaged once it is read.
                Err(IndexError::CorruptSidecar { reason }) => reason,
                Err(error) => return Err(error),
                Ok((index, moved)) => {
                    if moved > 0 {
                        notices.push(Notice::SidecarCaughtUp { refs: moved });
                    }
                    return Ok(index);
                }
            },
            Opened::Older(older) => match Index::migrate(repo, older, notices) {
                Err(IndexError::CorruptSidecar { reason }) => reason,
                other => return other,
            },
            Opened::Absent => "it was missing".to_owned(),
            Opened::Future { schema } => format!("it had schema {schema}, which only a newer program knows"),
            Opened::Corrupt { reason } => reason,
        };
        Index::build(repo, path, reason, notices)
    }

    /// Brings an opened sidecar up to date, and says how many refs had moved; one that is damaged is given up, so that
    /// nobody trusts it again.
    fn up_to_date(repo: &Repo, sidecar: Sidecar, notices: &mut Vec<Notice>) -> Result<(Self, usize), IndexError> {
        let mut index = Index::over(repo, sidecar);
        match index.refresh(repo, notices) {
            Ok(moved) => Ok((index, moved)),
            Err(damage @ IndexError::CorruptSidecar { .. }) => {
                index.sidecar.condemn()?;
                Err(damage)
            }
            Err(error) => Err(error),
        }
    }

    /// Migrates an older sidecar up; the origins come from the commits.
    fn migrate(repo: &Repo, older: Older, notices: &mut Vec<Notice>) -> Result<Self, IndexError> {
        let from = older.schema();
        let sidecar = older.migrate(|id| origin_of(repo, *id))?;
        let (index, _) = Index::up_to_date(repo, sidecar, notices)?;
        notices.push(Notice::SidecarMigrated {
            from,
            to: LATEST_SCHEMA,
        });
        Ok(index)
    }

    /// Whether opening the index of `repo` would find just this sidecar, as usable as it was. One in memory is none: it
    /// stands for a file that may be usable by now.
    pub(crate) fn is_what_opening_finds(&self, repo: &Repo) -> bool {
        self.prefix == *repo.prefix()
            && repo.sidecar_enabled()
            && self.sidecar.path() == Some(&repo.sidecar_path())
            && !self.sidecar.is_read_only()
            && self.sidecar.is_still_there()
    }

    /// A new index in the place of this one, which turned out to be damaged while it was read.
    pub(crate) fn replace(self, repo: &Repo, notices: &mut Vec<Notice>) -> Result<Self, IndexError> {
        if !repo.sidecar_enabled() {
            return Index::in_memory(repo);
        }
        match self.sidecar.condemn() {
            Err(error) if error.is_unwritable() || error.is_busy() => {
                notices.push(Notice::SidecarUnwritable {
                    path: repo.sidecar_path(),
                });
                Index::in_memory(repo)
            }
            condemned => {
                condemned?;
                Index::build(repo, &repo.sidecar_path(), "it was damaged".to_owned(), notices)
            }
        }
    }

    /// Builds the file anew from refs and commits, whatever is there.
    pub(crate) fn build(
        repo: &Repo,
        path: &Path,
        reason: String,
        notices: &mut Vec<Notice>,
    ) -> Result<Self, IndexError> {
        let folder = path.parent().unwrap_or(path);
        std::fs::create_dir_all(folder).map_err(SidecarError::folder)?;
        let built = Index::build_file(repo, path)?;
        let mut index = Index::over(repo, built.sidecar);
        if built.by_us {
            let versions = index.sidecar.count()?;
            if versions > 0 {
                notices.push(Notice::SidecarRebuilt { reason, versions });
            }
        } else {
            index.refresh(repo, notices)?;
        }
        Ok(index)
    }

    fn build_file(repo: &Repo, path: &Path) -> Result<crate::sidecar::Built, IndexError> {
        Sidecar::build(path, |inserter| {
            // Stamps first: what moves while the refs are read is noticed next time.
            let stamps = Stamps::take(repo)?.marked(repo);
            fill::fill(repo, inserter)?;
            for (place, stamp) in &stamps.0 {
                inserter.set_stamp(place, stamp)?;
            }
            Ok(())
        })
    }

    /// The same index without a file.
    pub(crate) fn in_memory(repo: &Repo) -> Result<Self, IndexError> {
        let mut sidecar = Sidecar::in_memory()?;
        sidecar.rebuild(|inserter| fill::fill(repo, inserter))?;
        Ok(Index::over(repo, sidecar))
    }

    pub(super) fn over(repo: &Repo, sidecar: Sidecar) -> Self {
        Index {
            sidecar,
            prefix: repo.prefix().clone(),
            watch: None,
            remote_heads: RefCell::new(None),
        }
    }
}

pub(super) fn origin_of(repo: &Repo, id: VersionId) -> Result<Option<ChangeOrigin>, IndexError> {
    match repo.parse_version(id, &mut Vec::new()) {
        Ok(parsed) => Ok(parsed.version.change_origin),
        // Its ref has gone since; catching up removes the row.
        Err(VersionReadError::Missing) => Ok(None),
        Err(VersionReadError::Damaged(damage)) => Err(IndexError::Damaged { version_id: id, damage }),
    }
}
