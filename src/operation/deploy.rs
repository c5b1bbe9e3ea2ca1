//! `deploy`: content from outside becomes an artifact of the project, and its first version.

use super::{
    OperationError,
    attempt::Attempt,
    caller::Caller,
    default_id::{default_id, proposal_when_taken},
    manifest_file, record, source,
    work::{Placement, Work},
};
use crate::{
    checkout::Change,
    content::Content,
    git::objects::Mode,
    id::{ArtifactId, Kind, Line},
    manifest::{Manifest, ManifestEntry},
    origin::ChangeOrigin,
    project_path::ProjectPath,
    snapshot::{self, work_tree},
    upstream::source::without_credentials,
    version::{ArtifactVersion, Upstream, commit::NewVersion},
};

/// What to deploy, and where.
#[derive(Debug, Clone)]
pub struct Deploy {
    /// A directory or file; a relative one starts at the project's root. Recorded as given, without credentials.
    pub source: String,
    /// The path inside the source.
    pub from: Option<String>,
    /// Where to put it; the source's last component at the project's root where it is `None`.
    pub path: Option<ProjectPath>,
    /// Its id; by default made of the path.
    pub id: Option<ArtifactId>,
    /// Its kind, where the id is made of the path.
    pub kind: Option<Kind>,
    /// The line to record on; the branch checked out where it is `None`.
    pub line: Option<Line>,
    /// Only say what would be done.
    pub dry_run: bool,
    /// Stage what was written, as `git submodule add` does.
    pub stage: bool,
}

impl Deploy {
    /// Deploys `source` with the defaults: staged, id and path made of the source.
    pub fn new(source: impl Into<String>) -> Self {
        Deploy {
            source: source.into(),
            from: None,
            path: None,
            id: None,
            kind: None,
            line: None,
            dry_run: false,
            stage: true,
        }
    }
}

/// The answer to `deploy`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deployed {
    /// The root version.
    pub version: ArtifactVersion,
    /// False if just this version was recorded before.
    pub recorded: bool,
    /// Where the artifact is.
    pub path: ProjectPath,
    /// How many files it has.
    pub files: usize,
    /// The content was there already and was left as it is.
    pub taken_over: bool,
    /// The files, unless they are [`ignored`](Self::ignored), and the manifest were staged.
    pub staged: bool,
    /// A rule ignores the whole artifact, so that its files were not staged.
    pub ignored: bool,
}

/// One attempt; the files are written afterwards, when the version is recorded.
pub(crate) fn deploy(
    attempt: &mut Attempt<'_>,
    request: &Deploy,
    caller: &Caller,
) -> Result<(Deployed, Work), OperationError> {
    let repo = attempt.repo;
    repo.work_tree()?;
    let mut manifest = manifest_file::read(repo)?;
    let from = source::locate(repo, &request.source, request.from.as_deref())?;
    let path = destination(request, &from)?;
    let id = choose_id(request, &path, &manifest)?;
    check_place(attempt, &manifest, &id, &path)?;

    let line = attempt.line(request.line.as_ref())?;
    let mode = if request.dry_run { Mode::Ids } else { Mode::Objects };
    let mut planner = attempt.planner(line, repo.head()?.commit, mode)?;
    let incoming = snapshot::source::of_directory(repo, &from, &path, &mut planner.batch)?;
    if incoming.snapshot.content.is_empty() {
        return Err(OperationError::EmptySource {
            source_path: request.source.clone(),
        });
    }
    let present = {
        let mut looking = repo.batch(Mode::Ids);
        work_tree::of_artifact(repo, &path, &mut looking).map_err(|error| record::unmerged(error, &id))?
    };
    let taken_over = present.hash == incoming.snapshot.hash;
    if !taken_over && !present.content.is_empty() {
        return Err(OperationError::ContentInTheWay { path });
    }
    let single_file = incoming.single_file;
    if !taken_over {
        let nothing = Content::default();
        Change::new(repo, &path, single_file, &nothing, &incoming.snapshot.content).check(&nothing)?;
    }

    let upstream = Upstream {
        url: Some(without_credentials(&request.source)),
        path: request.from.clone(),
        tree: incoming.own_tree,
        ..Upstream::default()
    };
    let version = planner.add_version(&NewVersion {
        artifact_id: id.clone(),
        content: incoming.snapshot.hash,
        parents: Vec::new(),
        origin: Some(ChangeOrigin::Deployment),
        author: caller.author.clone(),
        committer: caller.committer.clone(),
        summary: format!("Deploy {id}"),
        body: None,
        upstream: Some(upstream.clone()),
        project_commit: None,
    })?;
    let recorded = planner.graph().is_pending(version.version_id);
    planner.set_head(&id, version.version_id)?;

    manifest.set(ManifestEntry {
        upstream: upstream.url,
        upstream_path: upstream.path,
        baseline: Some(incoming.snapshot.hash),
        ..ManifestEntry::new(id, path.clone())
    })?;
    let finished = (!request.dry_run).then(|| planner.finish()).transpose()?;
    attempt.done(finished, Vec::new());
    let files = incoming.snapshot.content.entries().len();
    let work = Work {
        placements: vec![Placement {
            path: path.clone(),
            single_file,
            old: if taken_over {
                incoming.snapshot.content.clone()
            } else {
                Content::default()
            },
            also_stage: incoming
                .snapshot
                .content
                .entries()
                .iter()
                .map(|entry| entry.path.clone())
                .collect(),
            new: incoming.snapshot.content,
        }],
        manifest,
        stage: request.stage,
    };
    let deployed = Deployed {
        version,
        recorded,
        path,
        files,
        taken_over,
        staged: request.stage && !request.dry_run,
        ignored: false,
    };
    Ok((deployed, work))
}

fn destination(request: &Deploy, source: &std::path::Path) -> Result<ProjectPath, OperationError> {
    if let Some(path) = &request.path {
        return Ok(path.clone());
    }
    let name = source.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    Ok(name.parse()?)
}

fn choose_id(request: &Deploy, path: &ProjectPath, manifest: &Manifest) -> Result<ArtifactId, OperationError> {
    if let Some(id) = &request.id {
        return Ok(id.clone());
    }
    let id = default_id(path, request.kind.as_ref())?;
    match manifest.get(&id) {
        Some(owner) if owner.path != *path => Err(OperationError::IdTaken {
            path: owner.path.clone(),
            proposal: proposal_when_taken(path, request.kind.as_ref()).filter(|id| manifest.get(id).is_none()),
            id,
        }),
        _ => Ok(id),
    }
}

/// Refuses an id or a path that is somebody else's.
fn check_place(
    attempt: &Attempt<'_>,
    manifest: &Manifest,
    id: &ArtifactId,
    path: &ProjectPath,
) -> Result<(), OperationError> {
    if let Some(entry) = manifest.get(id) {
        return Err(OperationError::AlreadyDeployed {
            id: id.clone(),
            path: entry.path.clone(),
        });
    }
    let inside = || manifest.entries().find(|entry| path.contains(&entry.path));
    let overlapping = manifest.containing(path).or_else(inside);
    if let Some(entry) = overlapping {
        return Err(OperationError::PathOverlap {
            path: path.clone(),
            other: entry.id.clone(),
            other_path: entry.path.clone(),
        });
    }
    let folded = id.case_folded();
    let known = attempt
        .index
        .reader()
        .artifact_ids()
        .map_err(crate::index::IndexError::from)?;
    let known = known.iter().chain(manifest.entries().map(|entry| &entry.id));
    match known
        .into_iter()
        .find(|other| *other != id && other.case_folded() == folded)
    {
        Some(existing) => Err(OperationError::CaseTwin {
            id: id.clone(),
            existing: existing.clone(),
        }),
        None => Ok(()),
    }
}
