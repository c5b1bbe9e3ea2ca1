//! `diff`: two contents of an artifact, file by file, each file with whose change it is.
//!
//! git makes the patches, of throw-away trees that hold each artifact at its project path, so that the project's attributes
//! and the user's settings count ([`patch`]). What is in no object yet goes to a temporary object directory; nothing is
//! written to the project.

mod origin;
mod patch;

use std::path::Path;

use gix::{ObjectId, objs::Kind};
use serde::{Serialize, Serializer, ser::SerializeStruct};

use self::origin::Grounds;
use super::{
    Query, QueryError,
    details::percent_encoded,
    head::LineView,
    status::{Contents, FileChange, FileOrigin, FileSide, Upstreams, selected},
};
use crate::{
    content::{Content, flatten},
    git::{
        objects::{Mode, ObjectBatch},
        scratch::ScratchObjects,
    },
    id::{ArtifactId, ContentHash, Line, VersionId},
    manifest::ManifestEntry,
    project::{artifacts::Artifacts, graph::Graph},
    project_path::ProjectPath,
    version::ArtifactVersion,
};

/// What to compare.
#[derive(Debug, Clone, Default)]
pub struct Diff {
    /// The two sides.
    pub between: DiffBetween,
    /// A line that is not checked out: what its branch holds stands for the work tree.
    pub line: Option<Line>,
    /// Whether patches are wanted, too.
    pub patch: bool,
}

/// Two sides, the older first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffBetween {
    /// The baseline and the work tree, for each of these artifacts; none means all that are deployed.
    BaselineAndWorkTree(Vec<ArtifactId>),
    /// A version and the work tree.
    VersionAndWorkTree(VersionId),
    /// Two versions.
    Versions(VersionId, VersionId),
}

impl Default for DiffBetween {
    fn default() -> Self {
        DiffBetween::BaselineAndWorkTree(Vec::new())
    }
}

/// One file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileDiff {
    /// The artifact.
    pub artifact_id: ArtifactId,
    /// Relative to the artifact, as bytes; not always UTF-8. Of a single-file artifact its file name.
    pub path: Vec<u8>,
    /// What became of it.
    pub change: FileChange,
    /// Whose change it is; `None` is unknown: one of the sides is on no known upstream content.
    pub origin: Option<FileOrigin>,
    /// The file on the first side.
    pub old: Option<FileSide>,
    /// The file on the second.
    pub new: Option<FileSide>,
    /// Its path on the first side, where git takes it for the same file at another place.
    pub renamed_from: Option<Vec<u8>>,
    /// Lines that only the second side has; `None` for a binary file.
    pub lines_added: Option<u64>,
    /// Lines that only the first side has; `None` for a binary file.
    pub lines_deleted: Option<u64>,
    /// git's patch, with paths from the project's root; empty unless it was asked for.
    pub patch: Vec<u8>,
}

impl Serialize for FileDiff {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let texts = [Some(&self.path), self.renamed_from.as_ref()];
        let plain = texts.iter().flatten().all(|path| std::str::from_utf8(path).is_ok());
        let text = |path: &Vec<u8>| match std::str::from_utf8(path) {
            Ok(text) if plain => text.to_owned(),
            _ => percent_encoded(path),
        };
        let mut file = serializer.serialize_struct("FileDiff", 11 + usize::from(!plain))?;
        file.serialize_field("artifact_id", &self.artifact_id)?;
        file.serialize_field("path", &text(&self.path))?;
        file.serialize_field("status", &self.change)?;
        file.serialize_field("change_origin", &self.origin)?;
        file.serialize_field("old_hash", &self.old.as_ref().map(|side| &side.hash))?;
        file.serialize_field("new_hash", &self.new.as_ref().map(|side| &side.hash))?;
        file.serialize_field("old_mode", &self.old.as_ref().map(|side| side.mode))?;
        file.serialize_field("new_mode", &self.new.as_ref().map(|side| side.mode))?;
        file.serialize_field("renamed_from", &self.renamed_from.as_ref().map(text))?;
        file.serialize_field("lines_added", &self.lines_added)?;
        file.serialize_field("lines_deleted", &self.lines_deleted)?;
        if !plain {
            file.serialize_field("path_encoding", "percent")?;
        }
        file.end()
    }
}

/// The two sides of one artifact.
struct Comparison {
    artifact_id: ArtifactId,
    /// Where it is deployed, if it is.
    path: Option<ProjectPath>,
    sides: [ContentHash; 2],
    grounds: Grounds,
}

impl Query<'_> {
    /// The files that differ. `cache` is where git upstreams are kept.
    pub(crate) fn diff(&self, request: &Diff, cache: &Path) -> Result<Vec<FileDiff>, QueryError> {
        let mut batch = self.repo.batch(Mode::Nothing);
        let comparisons = match &request.between {
            DiffBetween::BaselineAndWorkTree(ids) => self.baselines(request, ids, &mut batch, cache)?,
            DiffBetween::VersionAndWorkTree(version) => vec![self.version_and_work_tree(request, version, &mut batch)?],
            DiffBetween::Versions(old, new) => {
                let artifacts = self.artifacts(&self.line_view(request.line.as_ref())?)?;
                vec![self.two_versions(&artifacts, &Graph::new(self.repo, self.index), old, new)?]
            }
        };
        let mut scratch = self.repo.scratch_objects(&batch)?;
        let mut files = Vec::new();
        for comparison in comparisons {
            files.extend(self.compared(&comparison, &mut scratch, request.patch)?);
        }
        Ok(files)
    }

    /// The files that differ between the two versions of each pair. One pair that cannot be compared stops no other.
    pub(crate) fn diff_pairs(
        &self,
        pairs: &[(VersionId, VersionId)],
        patch: bool,
    ) -> Result<Vec<Result<Vec<FileDiff>, QueryError>>, QueryError> {
        let batch = self.repo.batch(Mode::Nothing);
        let mut scratch = self.repo.scratch_objects(&batch)?;
        let artifacts = self.artifacts(&self.line_view(None)?)?;
        let graph = Graph::new(self.repo, self.index);
        let differ = |(old, new): &(VersionId, VersionId)| {
            let comparison = self.two_versions(&artifacts, &graph, old, new)?;
            self.compared(&comparison, &mut scratch, patch)
        };
        Ok(pairs.iter().map(differ).collect())
    }

    /// The files that differ between the two sides of one artifact.
    fn compared(
        &self,
        comparison: &Comparison,
        scratch: &mut ScratchObjects<'_>,
        patch: bool,
    ) -> Result<Vec<FileDiff>, QueryError> {
        let [old, new] = comparison.sides;
        if old == new {
            return Ok(Vec::new());
        }
        let contents = [read(scratch, old)?, read(scratch, new)?];
        let path = comparison.path.as_ref();
        let found = patch::run(self.repo, scratch, path, comparison.sides, &contents, patch)?;
        let files = found.into_iter().map(|found| FileDiff {
            artifact_id: comparison.artifact_id.clone(),
            origin: comparison.grounds.origin(&contents, &found),
            change: found.change,
            old: found.old,
            new: found.new,
            path: found.path.into(),
            renamed_from: found.renamed_from.map(Vec::from),
            lines_added: found.lines.map(|(added, _)| added),
            lines_deleted: found.lines.map(|(_, deleted)| deleted),
            patch: found.patch,
        });
        Ok(files.collect())
    }

    fn baselines(
        &self,
        request: &Diff,
        ids: &[ArtifactId],
        batch: &mut ObjectBatch<'_>,
        cache: &Path,
    ) -> Result<Vec<Comparison>, QueryError> {
        self.repo.work_tree()?;
        let view = self.line_view(request.line.as_ref())?;
        let artifacts = self.artifacts(&view)?;
        let mut entries = selected(&artifacts, ids)?;
        if let Some(without) = entries.iter().find(|entry| entry.baseline.is_none() && !ids.is_empty()) {
            return Err(QueryError::NoBaseline { id: without.id.clone() });
        }
        entries.retain(|entry| entry.baseline.is_some());
        let heads = self.heads(&view, &entries)?;
        let present = self.present(&view, &entries, batch)?;
        let mut upstreams = Upstreams::new(self, cache);
        let mut comparisons = Vec::new();
        for ((entry, head), present) in entries.into_iter().zip(heads).zip(present) {
            let Some(baseline) = entry.baseline.filter(|baseline| *baseline != present) else {
                continue;
            };
            let head = head.ok_or_else(|| QueryError::MissingVersions { id: entry.id.clone() })?;
            let head = self.version(&head)?;
            // Upstream that cannot be used is for 'status' to tell.
            let upstream = upstreams.content(entry, Some(&head)).ok().flatten();
            comparisons.push(Comparison {
                artifact_id: entry.id.clone(),
                path: Some(entry.path.clone()),
                sides: [baseline, present],
                grounds: Grounds::Baseline {
                    upstream: upstream.and_then(|upstream| upstream.content),
                },
            });
        }
        Ok(comparisons)
    }

    fn version_and_work_tree(
        &self,
        request: &Diff,
        version: &VersionId,
        batch: &mut ObjectBatch<'_>,
    ) -> Result<Comparison, QueryError> {
        self.repo.work_tree()?;
        let version = self.version(version)?;
        let view = self.line_view(request.line.as_ref())?;
        let artifacts = self.artifacts(&view)?;
        let entry = selected(&artifacts, std::slice::from_ref(&version.artifact_id))?[0];
        let present = self.present(&view, &[entry], batch)?[0];
        Ok(Comparison {
            artifact_id: entry.id.clone(),
            path: Some(entry.path.clone()),
            sides: [version.content_hash, present],
            grounds: Grounds::Upstreams([
                self.upstream_below(&Graph::new(self.repo, self.index), &version)?,
                self.stored(entry.baseline)?,
            ]),
        })
    }

    fn two_versions(
        &self,
        artifacts: &Artifacts,
        graph: &Graph<'_>,
        old: &VersionId,
        new: &VersionId,
    ) -> Result<Comparison, QueryError> {
        let (old, new) = (self.version(old)?, self.version(new)?);
        let upstreams = [self.upstream_below(graph, &old)?, self.upstream_below(graph, &new)?];
        Ok(Comparison {
            path: artifacts.get(&new.artifact_id).map(|entry| entry.path.clone()),
            sides: [old.content_hash, new.content_hash],
            grounds: Grounds::Upstreams(upstreams),
            artifact_id: new.artifact_id,
        })
    }

    /// What stands at the artifacts' paths; what is in no object yet goes to the batch.
    fn present(
        &self,
        view: &LineView,
        entries: &[&ManifestEntry],
        batch: &mut ObjectBatch<'_>,
    ) -> Result<Vec<ContentHash>, QueryError> {
        let mut contents = Contents::open(self.repo, view)?;
        let paths: Vec<&ProjectPath> = entries.iter().map(|entry| &entry.path).collect();
        let (present, ()) = contents.of_all(&paths, batch, || Ok(()))?;
        let nothing = ContentHash::from_oid(ObjectId::empty_tree(self.repo.gix().object_hash()));
        Ok(present
            .into_iter()
            .map(|present| present.hash.unwrap_or(nothing))
            .collect())
    }

    /// The content of the newest upstream version that a version contains.
    fn upstream_below(&self, graph: &Graph<'_>, version: &ArtifactVersion) -> Result<Option<Content>, QueryError> {
        let newest = graph.newest_upstream(version.version_id)?;
        self.stored(newest.map(|node| node.version.content_hash))
    }

    fn stored(&self, content: Option<ContentHash>) -> Result<Option<Content>, QueryError> {
        let Some(content) = content else { return Ok(None) };
        let read = &mut |tree| self.repo.read_kind(tree, Kind::Tree).map_err(QueryError::from);
        Ok(Some(Content::new(flatten(content.oid(), read)?)))
    }
}

fn read(scratch: &ScratchObjects<'_>, content: ContentHash) -> Result<Content, QueryError> {
    let read = &mut |tree| scratch.read_kind(tree, Kind::Tree).map_err(QueryError::from);
    Ok(Content::new(flatten(content.oid(), read)?))
}
