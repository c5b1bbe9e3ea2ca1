//! Rebuilding baselines whose versions nobody has shared, from the upstream commits that the manifest names.
//!
//! Guarantees: content is let in as `deploy` lets it in, and only where it is what the manifest says; the versions are the same in
//! every clone that makes them; of an artifact all baselines that its commits call for are rebuilt, or none. What is known of the
//! baselines is left as it is.

use std::{collections::HashMap, path::Path, sync::Arc};

use super::{
    OperationError,
    arrival::{Arrival, Found, Upstreams, Wanted},
    attempt::Attempt,
    manifest_file,
    planner::{Finished, Planner},
};
use crate::{
    git::{
        Repo,
        objects::{Mode, ObjectBatch},
        refs::{Expected, RefUpdate},
    },
    id::{ArtifactId, CommitId, ContentHash, Line, VersionId},
    index::Index,
    manifest::ManifestEntry,
    project::{
        graph::Graph,
        missing::Missing,
        rebuilt::{BaselineSource, Rebuilding},
        walk::{Plan, Walk},
    },
    query::{LineView, Query},
    snapshot,
    version::{ArtifactVersion, Signature},
};

/// A baseline of which no version was in this clone, and what became of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rebuilt {
    /// The artifact.
    pub artifact_id: ArtifactId,
    /// The baseline; `None` for an artifact without one of which a shallow clone can say nothing.
    pub baseline: Option<ContentHash>,
    /// Its version; `None` where there is none yet.
    pub version: Option<ArtifactVersion>,
    /// Why there is none. Nothing was changed for this artifact then.
    pub error: Option<OperationError>,
}

impl Rebuilt {
    fn failed(entry: &ManifestEntry, error: OperationError) -> Self {
        Rebuilt {
            artifact_id: entry.id.clone(),
            baseline: entry.baseline,
            version: None,
            error: Some(error),
        }
    }
}

/// What upstream has at the commit and path that the manifest names for a baseline.
pub(crate) struct Arrived {
    entry: ManifestEntry,
    baseline: ContentHash,
    commit: CommitId,
    arrival: Arrival,
    author: Signature,
    committer: Signature,
}

/// What is missing on a line, and where else each artifact's upstream may be found.
pub(crate) struct ToRebuild {
    missing: Missing,
    /// What the newest manifest says.
    urls: HashMap<ArtifactId, String>,
}

/// Looks for the baselines that the commits of a line call for, and what its work tree's manifest names.
pub(crate) fn missing(repo: &Repo, index: &Index, line: Option<&Line>) -> Result<ToRebuild, OperationError> {
    let view = Query { repo, index }.line_view(line)?;
    let others = in_work_tree(repo, index, &view)?;
    let mut walk = Walk::new(repo, index, Plan::Nothing);
    let tips = view.commits(repo)?;
    let missing = walk.missing(&tips, &others)?;
    let mut urls = HashMap::new();
    for tip in tips.iter().rev() {
        let artifacts = walk.artifacts_at(*tip)?;
        urls.extend(artifacts.values().filter_map(url));
    }
    urls.extend(others.iter().filter_map(url));
    Ok(ToRebuild { missing, urls })
}

fn url(entry: &ManifestEntry) -> Option<(ArtifactId, String)> {
    Some((entry.id.clone(), entry.upstream.clone()?))
}

/// What the manifest in the work tree of a line names, where that is checked out.
fn in_work_tree(repo: &Repo, index: &Index, view: &LineView) -> Result<Vec<ManifestEntry>, OperationError> {
    if !view.checked_out || repo.work_tree().is_err() {
        return Ok(Vec::new());
    }
    match manifest_file::read(repo, index) {
        Ok(manifest) => Ok(manifest.entries().cloned().collect()),
        // Both sides of an unmerged one are those of the commits.
        Err(OperationError::MissingVersions { .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Reads the upstream commits; answers those artifacts of which anything is not to be had.
///
/// # Errors
/// What concerns all of them.
pub(crate) fn fetch(
    repo: &Repo,
    cache: &Path,
    wanted: &ToRebuild,
) -> Result<(Vec<Arrived>, Vec<Rebuilt>), OperationError> {
    let (mut arrived, mut failed) = (Vec::new(), Vec::new());
    for entry in &wanted.missing.cut_off {
        let id = entry.id.clone();
        failed.push(Rebuilt::failed(entry, OperationError::HistoryCutOff { id }));
    }
    let mut upstreams = Upstreams::new(repo, cache);
    for entry in &wanted.missing.baselines {
        let Some(baseline) = entry.baseline else { continue };
        match arrive(&mut upstreams, entry, baseline, wanted.urls.get(&entry.id)) {
            Ok(one) => arrived.push(one),
            Err(error) if error.concerns_all() => return Err(error),
            Err(error) => failed.push(Rebuilt::failed(entry, error)),
        }
    }
    arrived.retain(|one| !failed.iter().any(|failed| failed.artifact_id == one.entry.id));
    arrived.sort_by(|a, b| a.entry.id.cmp(&b.entry.id));
    Ok((arrived, failed))
}

/// From where the manifest named it then, else from where the newest one says that the upstream is now: a commit is the same
/// wherever it comes from.
fn arrive(
    upstreams: &mut Upstreams<'_>,
    entry: &ManifestEntry,
    baseline: ContentHash,
    newest: Option<&String>,
) -> Result<Arrived, OperationError> {
    let nameless = || OperationError::NoUpstreamCommit {
        id: entry.id.clone(),
        baseline,
    };
    let commit = entry.upstream_commit.ok_or_else(nameless)?;
    let mut urls: Vec<&String> = entry.upstream.iter().chain(newest).collect();
    urls.dedup();
    let mut first = None;
    for url in urls {
        match read(upstreams, entry, url, (baseline, commit)) {
            Ok(arrived) => return Ok(arrived),
            Err(error) if error.concerns_all() => return Err(error),
            Err(error) => first = first.or(Some(error)),
        }
    }
    Err(first.unwrap_or_else(nameless))
}

fn read(
    upstreams: &mut Upstreams<'_>,
    entry: &ManifestEntry,
    url: &str,
    (baseline, commit): (ContentHash, CommitId),
) -> Result<Arrived, OperationError> {
    let found = upstreams.find(url, Some(&commit.to_string()))?;
    let Found::Git(store, resolved) = &found else {
        return Err(OperationError::NoUpstreamCommit {
            id: entry.id.clone(),
            baseline,
        });
    };
    let wanted = Wanted {
        source: url,
        path: entry.upstream_path.as_deref(),
    };
    let arrival = upstreams
        .read(&found, wanted)?
        .ok_or_else(|| other_content(entry, (baseline, commit), None))?;
    Ok(Arrived {
        author: store.commit_author(resolved.commit).map_err(Arc::new)?,
        committer: store.commit_committer(resolved.commit).map_err(Arc::new)?,
        entry: entry.clone(),
        baseline,
        commit,
        arrival,
    })
}

fn other_content(
    entry: &ManifestEntry,
    (baseline, commit): (ContentHash, CommitId),
    found: Option<ContentHash>,
) -> OperationError {
    OperationError::OtherBaseline {
        id: entry.id.clone(),
        baseline,
        commit,
        path: entry.upstream_path.clone().unwrap_or_default(),
        found,
    }
}

/// What was let in, by artifact and content.
type Sources = HashMap<(ArtifactId, ContentHash), BaselineSource>;

/// One attempt.
pub(crate) fn rebuild(
    attempt: &mut Attempt<'_>,
    line: Option<&Line>,
    arrived: &[Arrived],
) -> Result<Vec<Rebuilt>, OperationError> {
    let (repo, index) = (attempt.repo, attempt.index);
    let mut batch = repo.batch(Mode::Objects);
    let (sources, mut answers) = let_in(repo, arrived, &mut batch)?;
    if sources.is_empty() {
        return Ok(answers);
    }
    let view = Query { repo, index }.line_view(line)?;
    let others = in_work_tree(repo, index, &view)?;
    let baselines = Rebuilding::from(sources.clone());
    match &view.line {
        Some(line) => {
            let planner = Planner::rebuilding(attempt, (line.clone(), &view), batch, baselines, &others)?;
            answers.extend(answer(planner.graph(), arrived, &sources)?);
            attempt.done(Some(planner.finish()?), Vec::new());
        }
        None => {
            let mut walk = Walk::new(repo, index, Plan::Nothing);
            walk.rebuilding = baselines;
            let commits = view.commits(repo)?;
            for commit in &commits {
                walk.to(*commit, None)?;
            }
            for entry in &others {
                walk.rebuild_on(entry, &commits)?;
            }
            answers.extend(answer(&walk.graph, arrived, &sources)?);
            attempt.done(Some(keep(repo, &walk, batch)?), Vec::new());
        }
    }
    Ok(answers)
}

/// The artifacts all of whose baselines are what the manifest says, and may come in; the others are answered.
fn let_in(
    repo: &Repo,
    arrived: &[Arrived],
    batch: &mut ObjectBatch<'_>,
) -> Result<(Sources, Vec<Rebuilt>), OperationError> {
    let (mut sources, mut failed) = (Sources::new(), Vec::new());
    for of_artifact in arrived.chunk_by(|a, b| a.entry.id == b.entry.id) {
        let before = batch.mark();
        let mut good = Vec::with_capacity(of_artifact.len());
        for one in of_artifact {
            match let_in_one(repo, one, batch) {
                Ok(source) => good.push(((one.entry.id.clone(), one.baseline), source)),
                Err(error) if error.concerns_all() => return Err(error),
                Err(error) => failed.push(Rebuilt::failed(&one.entry, error)),
            }
        }
        if good.len() == of_artifact.len() {
            sources.extend(good);
        } else {
            batch.roll_back(before)?;
        }
    }
    Ok((sources, failed))
}

fn let_in_one(repo: &Repo, one: &Arrived, batch: &mut ObjectBatch<'_>) -> Result<BaselineSource, OperationError> {
    let files = one.arrival.incoming.clone();
    let stored = snapshot::source::of_files(repo, files, &one.entry.path, batch)?;
    if stored.snapshot.hash != one.baseline {
        let found = Some(stored.snapshot.hash);
        return Err(other_content(&one.entry, (one.baseline, one.commit), found));
    }
    Ok(BaselineSource {
        author: one.author.clone(),
        committer: one.committer.clone(),
        tree: stored.own_tree,
    })
}

/// The versions that the baselines have now.
fn answer(graph: &Graph<'_>, arrived: &[Arrived], sources: &Sources) -> Result<Vec<Rebuilt>, OperationError> {
    let mut answers = Vec::with_capacity(sources.len());
    for one in arrived {
        let (id, baseline) = (&one.entry.id, one.baseline);
        if !sources.contains_key(&(id.clone(), baseline)) {
            continue;
        }
        let mut version = None;
        for node in graph.with_content(id, baseline)? {
            if version.is_none() && graph.is_upstream(node.id())? {
                version = Some(node.version.clone());
            }
        }
        answers.push(Rebuilt {
            artifact_id: id.clone(),
            baseline: Some(baseline),
            // Where history was rewritten meanwhile, nothing calls for it any more.
            error: version.is_none().then(|| OperationError::MissingVersions {
                id: id.clone(),
                baseline,
            }),
            version,
        });
    }
    Ok(answers)
}

/// Writes what was rebuilt where there is no line: kept, until a line holds it.
fn keep(repo: &Repo, walk: &Walk<'_>, mut batch: ObjectBatch<'_>) -> Result<Finished, OperationError> {
    let mut ids = Vec::with_capacity(walk.rebuilding.versions.len());
    for (id, raw) in &walk.rebuilding.versions {
        batch.add(gix::objs::Kind::Commit, raw)?;
        ids.push(*id);
    }
    let mut kept = Vec::new();
    for version in walk.graph.maximal(&ids)? {
        kept.push(RefUpdate {
            name: repo.prefix().kept(&version),
            new: Some(version.oid()),
            expected: Expected::Absent,
        });
    }
    repo.update_refs(&kept, batch.commit()?)?;
    let tips = kept
        .into_iter()
        .map(|kept| (kept.name, kept.new.map(VersionId::from_oid)));
    Ok(Finished {
        tips: tips.collect(),
        states: Vec::new(),
    })
}
