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
    /// See [`MOST_HELD`].
    most_held: usize,
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
            most_held: MOST_HELD,
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
                            if held < self.most_held {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::HashKind,
        version::{
            Person, Signature, Timestamp,
            commit::{self, NewVersion},
        },
    };

    /// Versions that are only in memory.
    struct Stored(HashMap<VersionId, Vec<u8>>);

    impl ReadVersion for Stored {
        fn parse_version(&self, id: VersionId, _: &mut Vec<u8>) -> Result<ParsedVersion, VersionReadError> {
            let raw = self.0.get(&id).ok_or(VersionReadError::Missing)?;
            commit::parse(id, raw, HashKind::Sha1).map_err(VersionReadError::Damaged)
        }
    }

    impl Stored {
        fn add(&mut self, number: u8, parents: &[(VersionId, ContentHash)]) -> (VersionId, ContentHash) {
            let who = Signature {
                person: Person {
                    name: "Ada".to_owned(),
                    email: "ada@example.org".to_owned(),
                },
                time: Timestamp {
                    seconds: 1_700_000_000,
                    offset: 0,
                },
            };
            let content = ContentHash::from_bytes(&[number; 20]).expect("twenty bytes");
            let new = NewVersion {
                artifact_id: "skill/pdf".parse().expect("an id"),
                content,
                parents: parents.to_vec(),
                origin: None,
                author: who.clone(),
                committer: who,
                summary: format!("Version {number}"),
                body: None,
                upstream: None,
                project_commit: None,
            };
            let raw = new.encode().expect("writable");
            let kind = gix::objs::Kind::Commit;
            let id = gix::objs::compute_hash(gix::hash::Kind::Sha1, kind, &raw).expect("no collision");
            let id = VersionId::from_oid(id);
            self.0.insert(id, raw);
            (id, content)
        }
    }

    #[test]
    fn how_many_are_held_changes_nothing() {
        let mut stored = Stored(HashMap::new());
        let root = stored.add(0, &[]);
        let (mut head, mut lane) = (root, root);
        for number in 1..30 {
            match number % 5 {
                3 => lane = stored.add(number, &[lane]),
                4 => head = stored.add(number, &[head, lane]),
                _ => head = stored.add(number, &[head]),
            }
        }
        let read = |most_held| {
            let mut reader = VersionReader::new(&stored);
            reader.most_held = most_held;
            let mut versions = Vec::new();
            let known = |id: &VersionId| Ok((*id == root.0).then(|| Identity::of(&version(&stored, *id))));
            let each = |version: ArtifactVersion| {
                versions.push(version);
                Ok::<_, IndexError>(())
            };
            reader
                .new_versions("a ref", head.0, known, each)
                .expect("all are sound");
            versions
        };
        let all = read(usize::MAX);
        assert_eq!(
            all.len(),
            29 - usize::from(!all.iter().any(|version| version.version_id == lane.0))
        );
        for (at, version) in all.iter().enumerate() {
            let earlier =
                |parent: &VersionId| *parent == root.0 || all[..at].iter().any(|met| met.version_id == *parent);
            assert!(version.parent_ids.iter().all(earlier) && !version.orphan);
        }
        for most_held in [0, 1, 7] {
            assert_eq!(read(most_held), all);
        }
    }

    fn version(stored: &Stored, id: VersionId) -> ArtifactVersion {
        match stored.parse_version(id, &mut Vec::new()) {
            Ok(parsed) => parsed.version,
            Err(_) => panic!("it is stored"),
        }
    }
}
