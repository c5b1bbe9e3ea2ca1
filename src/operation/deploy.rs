//! `deploy`: content from outside becomes an artifact of the project, and its first version. One, or many at once.

use std::path::Path;

use super::{
    OperationError,
    arrival::{Arrival, Found, Upstreams, Wanted},
    attempt::Attempt,
    caller::Caller,
    default_id::{default_id, proposal_when_taken},
    manifest_file,
    planner::Planner,
    record,
    work::{Command, Step, Work},
};
use crate::{
    checkout::Placement,
    content::Content,
    git::{Repo, objects::Mode},
    id::{ArtifactId, Kind, Line},
    manifest::{Manifest, ManifestEntry},
    origin::ChangeOrigin,
    pending::OperationKind,
    progress::ProgressStage,
    project_path::ProjectPath,
    snapshot::{self, work_tree},
    upstream::source::without_credentials,
    version::{ArtifactVersion, Upstream, commit::NewVersion},
};

/// What to deploy, and where.
#[derive(Debug, Clone)]
pub struct Deploy {
    /// A directory, a file, or anything that git can fetch from; a relative path starts at the project's root. Recorded as
    /// given, without credentials.
    pub source: String,
    /// The path inside the source.
    pub from: Option<String>,
    /// The branch, tag or commit of a git source; the branch its HEAD names where it is `None`.
    pub ref_name: Option<String>,
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
            ref_name: None,
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

/// One artifact to deploy: what came for it, and where it goes.
pub(crate) struct Item {
    arrival: Arrival,
    path: ProjectPath,
}

/// Reads what is to be deployed.
pub(crate) fn fetch(repo: &Repo, cache: &Path, request: &Deploy) -> Result<Item, OperationError> {
    let mut upstreams = Upstreams::new(repo, cache);
    let found = upstreams.find(&request.source, request.ref_name.as_deref())?;
    let arrival = arrival(&mut upstreams, &found, request, request.from.as_deref())?;
    let path = match &request.path {
        Some(path) => path.clone(),
        None => last_name(request.from.as_deref().unwrap_or(&request.source)).parse()?,
    };
    Ok(Item { arrival, path })
}

/// Reads everything in the source that matches `pattern`; each goes into the folder `request.path` under its own name.
pub(crate) fn fetch_each(
    repo: &Repo,
    cache: &Path,
    request: &Deploy,
    pattern: &str,
) -> Result<Vec<Item>, OperationError> {
    let mut upstreams = Upstreams::new(repo, cache);
    let found = upstreams.find(&request.source, request.ref_name.as_deref())?;
    let pattern = match &request.from {
        Some(from) => format!("{}/{pattern}", from.trim_end_matches('/')),
        None => pattern.to_owned(),
    };
    let paths = upstreams.expand(&found, &pattern)?;
    if paths.is_empty() {
        return Err(OperationError::NoMatch {
            pattern,
            source_path: without_credentials(&request.source),
        });
    }
    let mut items = Vec::with_capacity(paths.len());
    for from in paths {
        let name = last_name(&from);
        let path = match &request.path {
            Some(folder) => format!("{folder}/{name}").parse()?,
            None => name.parse()?,
        };
        items.push(Item {
            arrival: arrival(&mut upstreams, &found, request, Some(&from))?,
            path,
        });
    }
    Ok(items)
}

fn arrival(
    upstreams: &mut Upstreams<'_>,
    found: &Found,
    request: &Deploy,
    from: Option<&str>,
) -> Result<Arrival, OperationError> {
    let wanted = Wanted {
        source: &request.source,
        path: from,
    };
    let source = without_credentials(&request.source);
    upstreams.read(found, wanted)?.ok_or_else(|| OperationError::NoSource {
        source_path: from.map_or_else(|| source.clone(), |from| format!("{source}/{from}")),
    })
}

fn last_name(path: &str) -> &str {
    let name = path.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default();
    name.strip_suffix(".git").unwrap_or(name)
}

/// One attempt; the files are written afterwards, when the versions are recorded. All of them or none.
pub(crate) fn deploy(
    attempt: &mut Attempt<'_>,
    request: &Deploy,
    items: &[Item],
    caller: &Caller,
) -> Result<(Vec<Deployed>, Work), OperationError> {
    let repo = attempt.repo;
    let mut manifest = manifest_file::read(repo, attempt.index)?;
    let mut planner = attempt.planner_at_head(request.line.as_ref(), request.dry_run)?;
    let (mut deployed, mut steps) = (Vec::with_capacity(items.len()), Vec::with_capacity(items.len()));
    for (done, item) in items.iter().enumerate() {
        repo.progress().step(ProgressStage::Deploying, done, Some(items.len()));
        let naming = Naming {
            id: request.id.as_ref(),
            kind: request.kind.as_ref(),
            many: items.len() > 1,
        };
        let id = naming.choose_id(&item.path, &manifest)?;
        check_place(attempt, &manifest, &id, &item.path)?;
        planner.refuse_unfinished(&id)?;
        let (answer, step) = deploy_one(&mut planner, request, item, id, caller)?;
        if let Some(entry) = &step.entry {
            manifest.set(entry.clone())?;
        }
        deployed.push(answer);
        steps.push(step);
    }
    if request.dry_run {
        return Ok((deployed, Work::none()));
    }
    let command = Command {
        operation: OperationKind::Deploy,
        caller: &caller.committer,
        stage: request.stage,
    };
    let work = planner.begin(&command, steps)?;
    attempt.done(Some(planner.finish()?), Vec::new());
    Ok((deployed, work))
}

fn deploy_one(
    planner: &mut Planner<'_>,
    request: &Deploy,
    item: &Item,
    id: ArtifactId,
    caller: &Caller,
) -> Result<(Deployed, Step), OperationError> {
    let repo = planner.repo;
    let Item { arrival, path } = item;
    let incoming = snapshot::source::of_files(repo, arrival.incoming.clone(), path, &mut planner.batch)?;
    let present = {
        let mut looking = repo.batch(Mode::Ids);
        work_tree::of_artifact(repo, path, &mut looking).map_err(|error| record::unmerged(error, &id))?
    };
    let taken_over = present.hash == incoming.snapshot.hash;
    if !taken_over && !present.content.is_empty() {
        return Err(OperationError::ContentInTheWay { path: path.clone() });
    }
    let content = &incoming.snapshot.content;
    let placement = Placement {
        path: path.clone(),
        single_file: incoming.single_file,
        also_stage: content.entries().iter().map(|entry| entry.path.clone()).collect(),
        old: if taken_over {
            content.clone()
        } else {
            Content::default()
        },
        new: content.clone(),
    };
    placement.change(repo).check(&placement.old)?;

    let upstream = Upstream {
        tree: incoming.own_tree,
        ..arrival.upstream.clone()
    };
    let version = planner.add_version(&NewVersion {
        artifact_id: id.clone(),
        content: incoming.snapshot.hash,
        parents: Vec::new(),
        origin: Some(ChangeOrigin::Deployment),
        author: arrival.author.clone().unwrap_or_else(|| caller.author.clone()),
        committer: caller.committer.clone(),
        summary: format!("Deploy {id}"),
        body: None,
        upstream: Some(upstream.clone()),
        project_commit: None,
    })?;
    let deployed = Deployed {
        recorded: planner.graph().is_pending(version.version_id),
        path: path.clone(),
        files: content.entries().len(),
        taken_over,
        staged: request.stage && !request.dry_run,
        ignored: false,
        version,
    };
    let head_before = planner.line_head(&id)?;
    let head = deployed.version.version_id;
    planner.set_head(&id, head)?;
    let step = Step {
        artifact_id: id.clone(),
        head_before,
        head_after: Some(head),
        conflicted: false,
        incoming: None,
        moved_from: None,
        places: vec![placement],
        unmerged: Vec::new(),
        entry: Some(ManifestEntry {
            upstream: upstream.url,
            upstream_path: upstream.path,
            upstream_ref: upstream.ref_name,
            baseline: Some(incoming.snapshot.hash),
            upstream_commit: upstream.commit,
            ..ManifestEntry::new(id, path.clone())
        }),
    };
    Ok((deployed, step))
}

/// What the id of an artifact is made of.
pub(super) struct Naming<'a> {
    pub(super) id: Option<&'a ArtifactId>,
    pub(super) kind: Option<&'a Kind>,
    /// One of many: a default id that is taken gives way to the longer proposal by itself.
    pub(super) many: bool,
}

impl Naming<'_> {
    /// The id that was asked for or the default one.
    pub(super) fn choose_id(&self, path: &ProjectPath, manifest: &Manifest) -> Result<ArtifactId, OperationError> {
        if let Some(id) = self.id {
            return Ok(id.clone());
        }
        let id = default_id(path, self.kind)?;
        let Some(owner) = manifest.get(&id).filter(|owner| owner.path != *path) else {
            return Ok(id);
        };
        let proposal = proposal_when_taken(path, self.kind).filter(|id| manifest.get(id).is_none());
        match proposal {
            Some(proposal) if self.many => Ok(proposal),
            proposal => Err(OperationError::IdTaken {
                path: owner.path.clone(),
                proposal,
                id,
            }),
        }
    }
}

/// Refuses an id or a path that is somebody else's.
pub(super) fn check_place(
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
    check_path(manifest, path)?;
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

/// Refuses a path that holds an artifact or lies in one.
pub(super) fn check_path(manifest: &Manifest, path: &ProjectPath) -> Result<(), OperationError> {
    let inside = || manifest.entries().find(|entry| path.contains(&entry.path));
    match manifest.containing(path).or_else(inside) {
        Some(entry) => Err(OperationError::PathOverlap {
            path: path.clone(),
            other: entry.id.clone(),
            other_path: entry.path.clone(),
        }),
        None => Ok(()),
    }
}
