//! [`VersionReader`]: versions from commits, oldest first, each checked against its parents.
//!
//! Guarantees: what it returns is what it says it is. A version whose `Parent-Hash` is not its first parent's content, one
//! that has a parent of another artifact, a deployment with a parent, or what is no version at all ends the reading with an
//! error that names it; nothing is skipped. A parent that is not in the repository cannot be compared: its child is an orphan.

use std::collections::HashMap;

use super::{IndexError, read::unreadable};
use crate::{
    git::versions::{ReadVersion, VersionReadError},
    id::{ArtifactId, ContentHash, VersionId},
    origin::ChangeOrigin,
    version::{
        ArtifactVersion, Damage,
        commit::ParsedVersion,
        trailers::{FORMAT, Key},
    },
};

/// What a child says of its parent, or a ref of its tip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) artifact_id: ArtifactId,
    pub(super) content_hash: ContentHash,
}

impl Identity {
    pub(super) fn of(version: &ArtifactVersion) -> Self {
        Identity {
            artifact_id: version.artifact_id.clone(),
            content_hash: version.content_hash,
        }
    }
}

/// Reads versions from commits, oldest first.
pub(super) struct VersionReader<S> {
    source: S,
    buffer: Vec<u8>,
}

/// So many versions are held at most while what they descend from is read; of a longer lineage the others are read twice.
/// They take up to 2 KiB each.
const MOST_HELD: usize = 1 << 15;

enum Step {
    Enter { id: VersionId, child: Option<VersionId> },
    Leave(Box<ArtifactVersion>),
    LeaveUnheld(VersionId),
}

/// What became of a version that was met. Small, for there may be millions.
enum Met {
    /// It is not in the repository.
    Missing,
    /// It was known before.
    Known(Box<Identity>),
    /// It is read; its ancestors are not yet.
    Open,
    /// It was handed over, with this content; of which artifact, stands at this place of the artifacts met.
    Done(ContentHash, u32),
}

impl<S: ReadVersion> VersionReader<S> {
    pub(super) fn new(source: S) -> Self {
        VersionReader {
            source,
            buffer: Vec::new(),
        }
    }

    /// Hands over the versions at and below `tip` that are not known, every one after its parents.
    ///
    /// # Errors
    /// [`IndexError::DanglingRef`] if `tip` itself is missing, [`IndexError::Damaged`], those of `known` and `each`.
    pub(super) fn new_versions<E: From<IndexError>>(
        &mut self,
        ref_name: &str,
        tip: VersionId,
        mut known: impl FnMut(&VersionId) -> Result<Option<Identity>, IndexError>,
        mut each: impl FnMut(ArtifactVersion) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut met: HashMap<VersionId, Met> = HashMap::new();
        // One, unless something is damaged.
        let mut artifacts: Vec<ArtifactId> = Vec::new();
        let mut held = 0;
        let mut steps = vec![Step::Enter { id: tip, child: None }];
        while let Some(step) = steps.pop() {
            let mut version = match step {
                Step::Enter { id, .. } if met.contains_key(&id) => continue,
                Step::Enter { id, child } => {
                    if let Some(identity) = known(&id)? {
                        met.insert(id, Met::Known(Box::new(identity)));
                        continue;
                    }
                    match self.source.parse_version(id, &mut self.buffer) {
                        Ok(parsed) => {
                            check_root(&parsed)?;
                            met.insert(id, Met::Open);
                            let parents = parsed.version.parent_ids.clone();
                            if held < MOST_HELD {
                                held += 1;
                                steps.push(Step::Leave(Box::new(parsed.version)));
                            } else {
                                steps.push(Step::LeaveUnheld(id));
                            }
                            let child = Some(id);
                            steps.extend(parents.into_iter().rev().map(|id| Step::Enter { id, child }));
                        }
                        Err(VersionReadError::Missing) if id == tip => {
                            let name = ref_name.to_owned();
                            return Err(IndexError::DanglingRef { name, version_id: id }.into());
                        }
                        Err(VersionReadError::Missing) => {
                            met.insert(id, Met::Missing);
                        }
                        Err(VersionReadError::Damaged(damage)) => return Err(damaged(id, child, damage).into()),
                    }
                    continue;
                }
                Step::Leave(version) => {
                    held -= 1;
                    *version
                }
                Step::LeaveUnheld(id) => {
                    let parsed = self.source.parse_version(id, &mut self.buffer);
                    parsed.map_err(|error| unreadable(id, error))?.version
                }
            };
            for (at, parent) in version.parent_ids.iter().enumerate() {
                let (artifact_id, content_hash) = match met.get(parent) {
                    Some(Met::Done(content_hash, artifact)) => (&artifacts[*artifact as usize], *content_hash),
                    Some(Met::Known(parent)) => (&parent.artifact_id, parent.content_hash),
                    Some(Met::Missing | Met::Open) | None => {
                        version.orphan = true;
                        continue;
                    }
                };
                check_parent(&version, at, artifact_id, content_hash)?;
            }
            let artifact = artifacts.iter().position(|met| *met == version.artifact_id);
            let artifact = artifact.unwrap_or_else(|| {
                artifacts.push(version.artifact_id.clone());
                artifacts.len() - 1
            });
            let artifact = u32::try_from(artifact).expect("a chain of two artifacts ends in an error");
            met.insert(version.version_id, Met::Done(version.content_hash, artifact));
            each(version)?;
        }
        Ok(())
    }
}

/// A deployment has no parent; what a newer format means by one is not known here.
fn check_root(parsed: &ParsedVersion) -> Result<(), IndexError> {
    let version = &parsed.version;
    let deployed = parsed.format <= FORMAT && version.change_origin == Some(ChangeOrigin::Deployment);
    if deployed && !version.parent_ids.is_empty() {
        return Err(IndexError::DeploymentWithParent {
            version_id: version.version_id,
        });
    }
    Ok(())
}

/// Compares what a version says of its parent number `at` with that parent.
fn check_parent(
    version: &ArtifactVersion,
    at: usize,
    artifact_id: &ArtifactId,
    content_hash: ContentHash,
) -> Result<(), IndexError> {
    if *artifact_id != version.artifact_id {
        return Err(IndexError::ParentOfAnotherArtifact {
            version_id: version.version_id,
            artifact_id: version.artifact_id.clone(),
            parent: version.parent_ids[at],
            other: artifact_id.clone(),
        });
    }
    if at == 0 && version.parent_hash != Some(content_hash) {
        return Err(IndexError::Damaged {
            version_id: version.version_id,
            damage: Damage::ParentHashMismatch {
                claimed: version.parent_hash,
                actual: Some(content_hash),
            },
        });
    }
    Ok(())
}

/// A parent that does not even claim to be a version is its child's fault.
fn damaged(id: VersionId, child: Option<VersionId>, damage: Damage) -> IndexError {
    let no_version = match &damage {
        Damage::MissingTrailer { key } => *key == Key::LineageFormat.as_str(),
        Damage::NotACommit { .. } => true,
        _ => false,
    };
    match child {
        Some(version_id) if no_version => IndexError::ParentNotAVersion {
            version_id,
            parent: id,
            damage,
        },
        _ => IndexError::Damaged { version_id: id, damage },
    }
}
