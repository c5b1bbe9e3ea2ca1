//! `mv`: an artifact at another path, or under another id.
//!
//! Another path alone makes no version: the content is what it was. But the content hash of a single file holds its name, so
//! a new name makes new versions of both sides, upstream's and the user's. Another id begins a lineage of its own, with the
//! baseline as its deployment; the old one stays where it was.

use super::{
    OperationError,
    attempt::Attempt,
    caller::Caller,
    manifest_file,
    planner::Planner,
    record, selection,
    work::{Command, Step, Work},
};
use crate::{
    checkout::Placement,
    content::{Content, Entry},
    git::look_at,
    id::{ArtifactId, ContentHash, Line, VersionId},
    manifest::{Manifest, ManifestEntry},
    origin::ChangeOrigin,
    pending::{MovedFrom, OperationKind},
    project_path::ProjectPath,
    snapshot::{Snapshot, work_tree},
    version::commit::NewVersion,
};

/// What to move, and where.
#[derive(Debug, Clone)]
pub struct Move {
    /// The artifact, deployed on the line.
    pub id: ArtifactId,
    /// Where it is to lie.
    pub path: ProjectPath,
    /// What it is to be called from now on.
    pub new_id: Option<ArtifactId>,
    /// The line to record on; the branch checked out where it is `None`.
    pub line: Option<Line>,
    /// Only say what would be done.
    pub dry_run: bool,
    /// Stage what was written and deleted.
    pub stage: bool,
}

impl Move {
    /// Moves with the defaults: the same id, staged.
    pub fn new(id: ArtifactId, path: ProjectPath) -> Self {
        Move {
            id,
            path,
            new_id: None,
            line: None,
            dry_run: false,
            stage: true,
        }
    }
}

/// The answer to `mv`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moved {
    /// The artifact as it is called now.
    pub artifact_id: ArtifactId,
    /// Where it was.
    pub from: ProjectPath,
    /// Where it is.
    pub path: ProjectPath,
    /// Its head.
    pub head: Option<VersionId>,
    /// The version under which edits were recorded first, if there were unrecorded ones.
    pub recorded_edits: Option<VersionId>,
    /// The files lay there already; only the manifest had to follow.
    pub already_there: bool,
}

/// One attempt; the files are moved afterwards, when everything in them is recorded.
pub(crate) fn relocate(
    attempt: &mut Attempt<'_>,
    request: &Move,
    caller: &Caller,
) -> Result<(Moved, Work), OperationError> {
    let repo = attempt.repo;
    let id = &request.id;
    let manifest = manifest_file::read(repo, attempt.index)?;
    let artifact = selection::deployed(&manifest, std::slice::from_ref(id))?
        .remove(0)
        .clone();
    let new_id = request.new_id.clone().unwrap_or_else(|| id.clone());
    check_names(attempt, &manifest, &artifact, &new_id, &request.path)?;
    let mut planner = attempt.planner_at_head(request.line.as_ref(), request.dry_run)?;
    planner.refuse_unfinished(id)?;

    let root = repo.work_tree()?;
    let lies_at = |path: &ProjectPath| look_at(&root.join(path.to_path()));
    let already_there = lies_at(&artifact.path)?.is_none() && lies_at(&request.path)?.is_some();
    let place = if already_there { &request.path } else { &artifact.path };
    let single_file = lies_at(place)?.is_some_and(|found| !found.is_dir());
    let found = work_tree::of_artifact(repo, place, &mut planner.batch).map_err(|error| record::unmerged(error, id))?;
    if found.content.is_empty() {
        return Err(OperationError::MissingContent {
            id: id.clone(),
            path: artifact.path.clone(),
        });
    }
    let renamed = single_file && artifact.path.file_name() != request.path.file_name();
    // The content under its old name is what the lineage so far goes on with.
    let mine = if renamed && already_there {
        rename(&mut planner, &found.content, artifact.path.file_name())?
    } else {
        found.clone()
    };
    let mine_renamed = if renamed {
        rename(&mut planner, &found.content, request.path.file_name())?
    } else {
        found
    };
    let placements = places(
        &artifact.path,
        request,
        single_file,
        already_there,
        &mine,
        &mine_renamed,
    );
    for placement in &placements {
        placement.change(repo).check(&placement.old)?;
    }

    let position = planner.position(&artifact)?;
    planner.assume_recorded(&position)?;
    let (before, recorded_edits) = record::record_edits(&mut planner, &artifact, &position, mine.hash, caller)?;
    let mut namer = Namer {
        planner: &mut planner,
        caller,
        old_id: id,
        new_id: &new_id,
        new_name: renamed.then(|| request.path.file_name()),
        summary: format!("Move {id} to {}", request.path),
    };
    let (baseline, head) = namer.heads(artifact.baseline, position.baseline, before, &mine_renamed)?;
    let moved = Moved {
        artifact_id: new_id.clone(),
        from: artifact.path.clone(),
        path: request.path.clone(),
        head: Some(head),
        recorded_edits,
        already_there,
    };
    if request.dry_run {
        return Ok((moved, Work::none()));
    }
    let command = Command {
        operation: OperationKind::Move,
        caller: &caller.committer,
        stage: request.stage,
    };
    let entry = ManifestEntry {
        id: new_id.clone(),
        path: request.path.clone(),
        baseline,
        ..artifact
    };
    let step = |id: &ArtifactId, entry, places, head_before| Step {
        artifact_id: id.clone(),
        head_before,
        head_after: Some(head),
        conflicted: false,
        incoming: None,
        moved_from: None,
        places,
        unmerged: Vec::new(),
        entry,
    };
    let steps = if new_id == *id {
        vec![step(id, Some(entry), placements, Some(before))]
    } else {
        let mut old = step(id, None, Vec::new(), Some(before));
        old.head_after = Some(before);
        let mut new = step(&new_id, Some(entry), placements, None);
        new.moved_from = Some(MovedFrom {
            artifact_id: id.clone(),
            head: before,
        });
        // Killed in between, what stands is the half that knows all of the move.
        vec![new, old]
    };
    let work = planner.begin(&command, steps)?;
    attempt.done(Some(planner.finish()?), Vec::new());
    Ok((moved, work))
}

/// Refuses an id or a path that is somebody else's.
fn check_names(
    attempt: &Attempt<'_>,
    manifest: &Manifest,
    artifact: &ManifestEntry,
    new_id: &ArtifactId,
    path: &ProjectPath,
) -> Result<(), OperationError> {
    let mut without = manifest.clone();
    without.remove(&artifact.id);
    if *new_id != artifact.id {
        return super::deploy::check_place(attempt, &without, new_id, path);
    }
    super::deploy::check_path(&without, path)
}

fn places(
    from: &ProjectPath,
    request: &Move,
    single_file: bool,
    already_there: bool,
    mine: &Snapshot,
    renamed: &Snapshot,
) -> Vec<Placement> {
    let all = |content: &Content| content.entries().iter().map(|entry| entry.path.clone()).collect();
    let old = Placement {
        path: from.clone(),
        single_file,
        old: mine.content.clone(),
        new: Content::default(),
        also_stage: Vec::new(),
    };
    let new = Placement {
        path: request.path.clone(),
        single_file,
        old: if already_there {
            renamed.content.clone()
        } else {
            Content::default()
        },
        new: renamed.content.clone(),
        also_stage: all(&renamed.content),
    };
    if *from == request.path {
        return Vec::new();
    }
    vec![old, new]
}

/// A single file's content under another name.
fn rename(planner: &mut Planner<'_>, content: &Content, name: &str) -> Result<Snapshot, OperationError> {
    let entries = content.entries().iter().map(|entry| Entry {
        path: name.into(),
        ..entry.clone()
    });
    let content = Content::new(entries.collect());
    Ok(Snapshot::with_trees(
        content,
        planner.repo.hash_kind(),
        &mut planner.batch,
    )?)
}

/// Finds or plans the versions that an artifact has under its new name or id.
struct Namer<'p, 'a> {
    planner: &'p mut Planner<'a>,
    caller: &'p Caller,
    old_id: &'p ArtifactId,
    new_id: &'p ArtifactId,
    /// The new file name of a single file.
    new_name: Option<&'p str>,
    summary: String,
}

impl Namer<'_, '_> {
    /// The content hash of the baseline, and the head, as they are from now on.
    fn heads(
        &mut self,
        baseline: Option<ContentHash>,
        baseline_version: Option<VersionId>,
        head: VersionId,
        mine: &Snapshot,
    ) -> Result<(Option<ContentHash>, VersionId), OperationError> {
        let other_id = self.old_id != self.new_id;
        if self.new_name.is_none() && !other_id {
            return Ok((baseline, head));
        }
        let Some((old_baseline, version)) = baseline.zip(baseline_version) else {
            let parents = if other_id { Vec::new() } else { vec![head] };
            let origin = (!other_id).then_some(ChangeOrigin::LocalModification);
            let head = self.add(mine.hash, &parents, origin, None)?;
            return Ok((None, head));
        };
        let new_baseline = self.renamed_hash(old_baseline)?;
        let (parents, origin) = if other_id {
            (Vec::new(), ChangeOrigin::Deployment)
        } else {
            (vec![version], ChangeOrigin::Sync)
        };
        let upstream = self.add(new_baseline, &parents, Some(origin), Some(version))?;
        if mine.hash == new_baseline && (other_id || head == version) {
            self.planner.set_head(self.new_id, upstream)?;
            return Ok((Some(new_baseline), upstream));
        }
        let (parents, origin) = if other_id {
            (vec![upstream], ChangeOrigin::LocalModification)
        } else {
            (vec![head, upstream], ChangeOrigin::Sync)
        };
        let head = self.add(mine.hash, &parents, Some(origin), None)?;
        Ok((Some(new_baseline), head))
    }

    fn renamed_hash(&mut self, baseline: ContentHash) -> Result<ContentHash, OperationError> {
        let Some(name) = self.new_name else {
            return Ok(baseline);
        };
        let repo = self.planner.repo;
        let read = &mut |tree| {
            repo.read_kind(tree, gix::objs::Kind::Tree)
                .map_err(OperationError::from)
        };
        let content = Content::new(crate::content::flatten(baseline.oid(), read)?);
        Ok(rename(self.planner, &content, name)?.hash)
    }

    /// Plans a version under the new id and makes it the head.
    fn add(
        &mut self,
        content: ContentHash,
        parents: &[VersionId],
        origin: Option<ChangeOrigin>,
        upstream_of: Option<VersionId>,
    ) -> Result<VersionId, OperationError> {
        let version = self.planner.add_version(&NewVersion {
            artifact_id: self.new_id.clone(),
            content,
            parents: self.planner.with_contents(parents)?,
            origin,
            author: self.caller.author.clone(),
            committer: self.caller.committer.clone(),
            summary: self.summary.clone(),
            body: (self.old_id != self.new_id).then(|| format!("From the lineage of {}.", self.old_id)),
            upstream: self.planner.upstream_of(upstream_of)?,
            project_commit: None,
        })?;
        self.planner.set_head(self.new_id, version.version_id)?;
        Ok(version.version_id)
    }
}
