//! `adopt`: the lineage of an artifact that was vendored by hand, from the project's own history.
//!
//! Every state of the path becomes a version that copies people and dates of the project commit which made it so; the
//! head is the content of HEAD. The work tree stays as it is, only the manifest gets a section. What rule 3 then makes of
//! the commit that first has that section is told in `project::adopted`.

mod chain;
mod discover;
mod merges;
mod sources;

use std::fmt;

use super::{
    OperationError,
    attempt::Attempt,
    caller::Caller,
    deploy::{self, Naming},
    manifest_file,
    planner::Planner,
    work::{Command, Step, Work},
};
use crate::{
    adoption::{AdoptionError, Past, PastBeginning},
    id::{ArtifactId, ContentHash, Kind, Line},
    manifest::ManifestEntry,
    pending::OperationKind,
    project_path::ProjectPath,
    version::{ArtifactVersion, Upstream},
};
pub use discover::Adoptable;
pub(crate) use discover::discover;
pub(crate) use sources::{Source, read as read_sources};

/// Where an artifact may have come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptUpstream {
    /// A directory, a file, or anything that git can fetch from; a relative path starts at the project's root. Recorded as
    /// given, without credentials.
    pub source: String,
    /// The path inside the source; its root where it is `None`.
    pub from: Option<String>,
}

/// What to adopt.
#[derive(Debug, Clone)]
pub struct Adopt {
    /// The directories and files; each becomes an artifact.
    pub paths: Vec<ProjectPath>,
    /// The id, for a single path; by default made of the path.
    pub id: Option<ArtifactId>,
    /// The kind, where the id is made of the path.
    pub kind: Option<Kind>,
    /// Where the paths may have come from; every one is looked through for every path.
    pub upstreams: Vec<AdoptUpstream>,
    /// The branch, tag or commit of git upstreams; the branch their HEAD names where it is `None`.
    pub ref_name: Option<String>,
    /// The line to record on; the branch checked out where it is `None`.
    pub line: Option<Line>,
    /// Only say what would be done.
    pub dry_run: bool,
    /// Stage the manifest.
    pub stage: bool,
}

impl Adopt {
    /// Adopts `paths` with the defaults: ids made of the paths, the manifest staged.
    pub fn new(paths: impl IntoIterator<Item = ProjectPath>) -> Self {
        Adopt {
            paths: paths.into_iter().collect(),
            id: None,
            kind: None,
            upstreams: Vec::new(),
            ref_name: None,
            line: None,
            dry_run: false,
            stage: true,
        }
    }
}

/// The answer to `adopt`, for one artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Adopted {
    /// The artifact.
    pub artifact_id: ArtifactId,
    /// Where it is.
    pub path: ProjectPath,
    /// Its versions, oldest first; parents before their children.
    pub versions: Vec<AdoptedVersion>,
    /// Why the past does not reach further back; `None` where it was adopted before.
    pub beginning: Option<PastBeginning>,
    /// It was adopted before, and this run did nothing.
    pub already: bool,
}

/// One version of an adopted lineage.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AdoptedVersion {
    /// The version.
    pub version: ArtifactVersion,
    /// False if it was recorded before.
    pub recorded: bool,
    /// What could not be proven about it, where upstreams were looked through.
    pub unproven: Option<Unproven>,
}

/// What could not be proven about a version.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unproven {
    /// Upstream never had it, nor anything before it.
    BeforeUpstream,
    /// Upstream has it too, but must not: it is hostile to whoever takes it from there.
    Refused {
        /// What is wrong with it.
        reason: String,
    },
    /// It may be a merge of one of upstream's later states, which are too many to try all.
    NotAllTried {
        /// How many were tried.
        tried: usize,
        /// How many there are.
        later: usize,
    },
}

impl fmt::Display for Unproven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unproven::BeforeUpstream => f.write_str("upstream never had it, nor anything before it"),
            Unproven::Refused { reason } => write!(f, "upstream has it too, but it is refused: {reason}"),
            Unproven::NotAllTried { tried, later } => {
                write!(
                    f,
                    "of {later} later states of upstream only {tried} were tried as merged into it"
                )
            }
        }
    }
}

/// One attempt; the manifest is written afterwards. All of the paths or none.
pub(crate) fn adopt(
    attempt: &mut Attempt<'_>,
    request: &Adopt,
    sources: &[Source],
    caller: &Caller,
) -> Result<(Vec<Adopted>, Work), OperationError> {
    let repo = attempt.repo;
    if let (Some(id), 2..) = (&request.id, request.paths.len()) {
        return Err(OperationError::OneIdForMany {
            id: id.clone(),
            paths: request.paths.len(),
        });
    }
    let mut manifest = manifest_file::read(repo, attempt.index)?;
    let head = repo.head()?.commit;
    let mut planner = attempt.planner_at_head(request.line.as_ref(), request.dry_run)?;
    let naming = Naming {
        id: request.id.as_ref(),
        kind: request.kind.as_ref(),
        many: request.paths.len() > 1,
    };
    let (mut adopted, mut steps) = (Vec::with_capacity(request.paths.len()), Vec::new());
    for path in &request.paths {
        if let Some(entry) = manifest.containing(path).filter(|entry| entry.path == *path) {
            adopted.push(adopted_before(&mut planner, request, entry)?);
            continue;
        }
        let id = naming.choose_id(path, &manifest)?;
        deploy::check_place(attempt, &manifest, &id, path)?;
        planner.refuse_unfinished(&id)?;
        let head = head.ok_or_else(|| AdoptionError::NotCommitted { path: path.clone() })?;
        let past = Past::of(repo, &planner.walk.history, head, &id, path)?;
        let planned = chain::plan(&mut planner, &id, path, &past, sources)?;
        let newest = planned.versions.last().map(|newest| newest.version.version_id);
        let head_before = planner.line_head(&id)?;
        if let Some(newest) = newest {
            planner.set_head(&id, newest)?;
        }
        let entry = entry(&id, path, planned.base);
        manifest.set(entry.clone())?;
        steps.push(Step {
            artifact_id: id.clone(),
            head_before,
            head_after: newest,
            conflicted: false,
            incoming: None,
            moved_from: None,
            places: Vec::new(),
            unmerged: Vec::new(),
            entry: Some(entry),
        });
        adopted.push(Adopted {
            artifact_id: id,
            path: path.clone(),
            versions: planned.versions,
            beginning: Some(past.beginning),
            already: false,
        });
    }
    if request.dry_run {
        return Ok((adopted, Work::none()));
    }
    let command = Command {
        operation: OperationKind::Adopt,
        caller: &caller.committer,
        stage: request.stage,
    };
    let work = planner.begin(&command, steps)?;
    attempt.done(Some(planner.finish()?), Vec::new());
    Ok((adopted, work))
}

/// What the manifest says of an adopted artifact.
fn entry(id: &ArtifactId, path: &ProjectPath, base: Option<(Upstream, ContentHash)>) -> ManifestEntry {
    let entry = ManifestEntry::new(id.clone(), path.clone());
    let Some((from, baseline)) = base else { return entry };
    ManifestEntry {
        upstream: from.url,
        upstream_path: from.path,
        upstream_ref: from.ref_name,
        baseline: Some(baseline),
        upstream_commit: from.commit,
        ..entry
    }
}

/// The lineage of a path that is an artifact's already, if that began with an adoption.
fn adopted_before(
    planner: &mut Planner<'_>,
    request: &Adopt,
    entry: &ManifestEntry,
) -> Result<Adopted, OperationError> {
    let refused = || OperationError::AlreadyTracked {
        id: entry.id.clone(),
        path: entry.path.clone(),
    };
    if request.id.as_ref().is_some_and(|id| *id != entry.id) {
        return Err(refused());
    }
    let mut versions = Vec::new();
    let mut next = planner.position(entry)?.parents.parents.first().copied();
    while let Some(id) = next {
        let Some(node) = planner.graph().node(id)? else { break };
        next = node.version.first_parent();
        versions.push(AdoptedVersion {
            version: node.version.clone(),
            recorded: false,
            unproven: None,
        });
    }
    versions.reverse();
    // Other upstreams would make another lineage of it.
    let looks_elsewhere = !request.upstreams.is_empty() && entry.baseline.is_none();
    let root = versions.first();
    if looks_elsewhere || root.is_none_or(|root| root.version.project_commit.is_none()) {
        return Err(refused());
    }
    Ok(Adopted {
        artifact_id: entry.id.clone(),
        path: entry.path.clone(),
        versions,
        beginning: None,
        already: true,
    })
}
