//! What `index status` tells, and the commands that rebuild and migrate.

use std::{fmt, path::PathBuf};

use serde::Serialize;

use super::{Index, IndexError, Notice, open::origin_of, stamps::Stamps};
use crate::{
    git::Repo,
    sidecar::{LATEST_SCHEMA, Opened, Sidecar, SidecarError},
};

/// How the sidecar stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SidecarStatus {
    /// The file.
    pub path: PathBuf,
    /// Whether it can be used as it is.
    pub state: SidecarState,
    /// Its schema number, where it has one.
    pub schema: Option<u32>,
    /// How many versions it holds; `None` where that cannot be read.
    pub versions: Option<u64>,
    /// What is synced before a version counts as recorded.
    pub fsync: String,
}

/// Whether the sidecar can be used as it is; if not, the next command mends it by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SidecarState {
    /// Equal to the refs.
    Current,
    /// Refs have moved since.
    Behind,
    /// There is no file.
    Missing,
    /// The file is damaged, or no sidecar.
    Corrupt,
    /// Of a newer program's schema.
    Future,
    /// Of an older schema.
    Older,
    /// Switched off by `lineage.sidecar=false`.
    Disabled,
    /// Cannot be opened for writing.
    Unwritable,
}

impl fmt::Display for SidecarState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SidecarState::Current => "current",
            SidecarState::Behind => "behind",
            SidecarState::Missing => "missing",
            SidecarState::Corrupt => "corrupt",
            SidecarState::Future => "future",
            SidecarState::Older => "older",
            SidecarState::Disabled => "disabled",
            SidecarState::Unwritable => "unwritable",
        })
    }
}

/// Looks at the sidecar without changing it.
pub(crate) fn status(repo: &Repo) -> Result<SidecarStatus, IndexError> {
    let mut status = SidecarStatus {
        path: repo.sidecar_path(),
        state: SidecarState::Disabled,
        schema: None,
        versions: None,
        fsync: repo.durability().describe(),
    };
    if !repo.sidecar_enabled() {
        return Ok(status);
    }
    status.state = match Sidecar::open(&status.path) {
        Ok(Opened::Absent) => SidecarState::Missing,
        Ok(Opened::Corrupt { .. }) => SidecarState::Corrupt,
        Ok(Opened::Future { schema }) => {
            status.schema = Some(schema);
            SidecarState::Future
        }
        Ok(Opened::Older(older)) => {
            status.schema = Some(older.schema());
            match older.count() {
                Ok(versions) => {
                    status.versions = Some(versions);
                    SidecarState::Older
                }
                Err(error) if error.is_corrupt() => SidecarState::Corrupt,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Opened::Ready(sidecar)) => {
            status.schema = Some(LATEST_SCHEMA);
            match look_inside(repo, &sidecar) {
                Ok((versions, state)) => {
                    status.versions = Some(versions);
                    state
                }
                Err(IndexError::CorruptSidecar { .. }) => SidecarState::Corrupt,
                Err(error) => return Err(error),
            }
        }
        Err(error) if error.is_unwritable() => SidecarState::Unwritable,
        Err(error) if error.is_corrupt() => SidecarState::Corrupt,
        Err(error) => return Err(error.into()),
    };
    Ok(status)
}

fn look_inside(repo: &Repo, sidecar: &Sidecar) -> Result<(u64, SidecarState), IndexError> {
    let versions = sidecar.count()?;
    if sidecar.is_read_only() {
        return Ok((versions, SidecarState::Unwritable));
    }
    let tips = sidecar.tips()?;
    let refs = super::catch_up::version_refs(repo)?;
    let same = tips.len() == refs.len() && refs.iter().all(|(name, tip)| tips.get(name.as_bytes()) == Some(tip));
    Ok((
        versions,
        if same {
            SidecarState::Current
        } else {
            SidecarState::Behind
        },
    ))
}

/// Migrates the sidecar to schema `to`, up or down; every row stays.
pub(crate) fn migrate(repo: &Repo, to: u32, notices: &mut Vec<Notice>) -> Result<SidecarStatus, IndexError> {
    refuse_if_disabled(repo)?;
    if to == LATEST_SCHEMA {
        Index::open(repo, notices)?;
        return status(repo);
    }
    let path = repo.sidecar_path();
    let sidecar = match Sidecar::open(&path)? {
        Opened::Ready(sidecar) => sidecar,
        Opened::Older(older) => older.migrate(|id| origin_of(repo, *id))?,
        Opened::Absent | Opened::Future { .. } | Opened::Corrupt { .. } => {
            Index::build(repo, &path, "it was to be migrated".to_owned(), notices)?.sidecar
        }
    };
    let older = sidecar
        .migrate_down(to)
        .map_err(|error: SidecarError| IndexError::from(error))?;
    drop(older);
    status(repo)
}

/// Whoever switched the file off does not want one.
fn refuse_if_disabled(repo: &Repo) -> Result<(), IndexError> {
    if repo.sidecar_enabled() {
        Ok(())
    } else {
        Err(IndexError::SidecarDisabled)
    }
}

impl Index {
    /// Builds the sidecar anew from refs and commits.
    pub(crate) fn rebuild_file(repo: &Repo, notices: &mut Vec<Notice>) -> Result<(), IndexError> {
        refuse_if_disabled(repo)?;
        let path = repo.sidecar_path();
        match Sidecar::open(&path)? {
            Opened::Ready(sidecar) => {
                let mut index = Index::over(repo, sidecar);
                match index.refill(repo, &Stamps::take(repo)?.marked(repo)) {
                    // A file that contradicts itself cannot even be emptied.
                    Err(IndexError::CorruptSidecar { reason }) => {
                        index.sidecar.condemn()?;
                        Index::build(repo, &path, reason, notices).map(drop)
                    }
                    other => other,
                }
            }
            _ => Index::build(repo, &path, "it was asked for".to_owned(), notices).map(drop),
        }
    }
}
