//! `status`: how each artifact stands, its content and upstream's against the baseline.
//!
//! Contents are compared by their hashes first; only where they differ are their files looked at. The index is loaded
//! once, and heads are found in one walk. Nothing is written, no lock is taken, and the network is never touched:
//! upstream is what was last seen of it ([`upstream`]).

mod answer;
pub(super) mod compare;
mod contents;
mod detected;
mod moved;
mod unfinished;
mod upstream;

use std::{collections::BTreeMap, path::Path};

use self::{
    compare::Compared,
    contents::Present,
    unfinished::{Unfinished, unfinished},
};
pub(super) use self::{contents::Contents, upstream::Upstreams};
pub use answer::{ArtifactState, ArtifactStatus, FileChange, FileOrigin, FileSide, FileStatus, StatusSummary};

use super::{Query, QueryError, head::LineView};
use crate::{
    content::Content,
    git::objects::Mode,
    id::{ArtifactId, ContentHash, Line},
    manifest::ManifestEntry,
    pending::Phase,
    project::{
        artifacts::Artifacts,
        graph::{Baseline, Graph},
        history::History,
    },
    project_path::ProjectPath,
    similar::similar_ids,
    version::ArtifactVersion,
};

/// What to tell the status of.
#[derive(Debug, Clone, Default)]
pub struct Status {
    /// Which artifacts, in this order; none means all that are deployed, by id.
    pub ids: Vec<ArtifactId>,
    /// A line that is not checked out: what its branch holds is compared instead of the work tree.
    pub line: Option<Line>,
    /// List the files that are the same everywhere, too.
    pub unchanged: bool,
}

/// The artifacts `ids` names, or all.
pub(super) fn selected<'a>(artifacts: &'a Artifacts, ids: &[ArtifactId]) -> Result<Vec<&'a ManifestEntry>, QueryError> {
    if ids.is_empty() {
        return Ok(artifacts.values().collect());
    }
    let mut chosen: Vec<&ManifestEntry> = Vec::with_capacity(ids.len());
    for id in ids {
        let entry = artifacts.get(id).ok_or_else(|| QueryError::NotDeployed {
            id: id.clone(),
            similar: similar_ids(id.as_str(), artifacts.keys()),
        })?;
        if !chosen.iter().any(|other| other.id == *id) {
            chosen.push(entry);
        }
    }
    Ok(chosen)
}

impl Query<'_> {
    /// How artifacts stand. One of which no version is here makes the whole answer an error. `cache` is where git upstreams
    /// are kept.
    pub(crate) fn status(&self, request: &Status, cache: &Path) -> Result<Vec<ArtifactStatus>, QueryError> {
        self.repo.work_tree()?;
        let view = self.line_view(request.line.as_ref())?;
        let unfinished = unfinished(self.repo, &view)?;
        let artifacts = with_unfinished(self.artifacts(&view)?, &unfinished);
        let entries = selected(&artifacts, &request.ids)?;
        let mut reporter = Reporter {
            query: self,
            view: &view,
            request,
            artifacts: &artifacts,
            unfinished: &unfinished,
            contents: Contents::open(self.repo, &view)?,
            upstreams: Upstreams::new(self, cache),
            graph: Graph::new(self.repo, self.index),
        };
        let paths: Vec<&ProjectPath> = entries.iter().map(|entry| &entry.path).collect();
        let looking = &mut self.repo.batch(Mode::Ids);
        let Reporter {
            contents, upstreams, ..
        } = &mut reporter;
        let (present, heads) = contents.of_all(&paths, looking, || {
            upstreams.look_ahead(&entries)?;
            let heads = self.heads(&view, &entries)?.into_iter();
            heads
                .map(|head| head.map(|id| self.version(&id)).transpose())
                .collect::<Result<Vec<_>, _>>()
        })?;
        let mut answers = Vec::with_capacity(entries.len());
        for ((entry, head), present) in entries.into_iter().zip(heads).zip(present) {
            answers.push(reporter.report(entry, head, &present)?);
        }
        reporter.upstreams.save();
        Ok(answers)
    }
}

/// The artifacts, and those that an unfinished operation deploys or takes away.
fn with_unfinished(artifacts: Artifacts, unfinished: &BTreeMap<ArtifactId, Unfinished>) -> Artifacts {
    if unfinished.keys().all(|id| artifacts.contains_key(id)) {
        return artifacts;
    }
    let mut all = (*artifacts).clone();
    for (id, operation) in unfinished {
        if let Some(entry) = operation.entry() {
            all.entry(id.clone()).or_insert_with(|| entry.clone());
        }
    }
    all.into()
}

/// Makes the answers of one question.
struct Reporter<'q> {
    query: &'q Query<'q>,
    view: &'q LineView,
    request: &'q Status,
    artifacts: &'q Artifacts,
    unfinished: &'q BTreeMap<ArtifactId, Unfinished>,
    contents: Contents<'q>,
    upstreams: Upstreams<'q>,
    graph: Graph<'q>,
}

impl Reporter<'_> {
    fn report(
        &mut self,
        entry: &ManifestEntry,
        head: Option<ArtifactVersion>,
        present: &Present,
    ) -> Result<ArtifactStatus, QueryError> {
        let unfinished = self.unfinished.get(&entry.id);
        let head = match (head, unfinished.and_then(Unfinished::head)) {
            (None, Some(id)) => Some(self.query.version(&id)?),
            (head, _) => head,
        };
        let version_id = head.as_ref().map(|head| head.version_id);
        if head.is_none() && unfinished.is_none() {
            return Err(QueryError::MissingVersions { id: entry.id.clone() });
        }
        let (upstream, upstream_error) = match self.upstreams.content(entry, head.as_ref()) {
            Ok(upstream) => (upstream, None),
            // One upstream that cannot be used says nothing about the others.
            Err(error @ (QueryError::Snapshot(_) | QueryError::Content(_) | QueryError::Upstream(_))) => {
                (None, Some(error))
            }
            Err(error) => return Err(error),
        };
        let head_content = head.as_ref().map(|head| head.content_hash);
        let sides = Sides {
            baseline: entry.baseline,
            // An artifact that never had an upstream is compared with what was recorded last.
            base: entry.baseline.or(head_content),
            present: present.hash,
            upstream: upstream.as_ref().map(|upstream| upstream.hash),
        };
        let is_unmerged = !present.unmerged.is_empty();
        let phase = match unfinished {
            Some(operation) => operation.phase(self.query.repo, entry, is_unmerged)?,
            None => None,
        };
        let mut answer = ArtifactStatus {
            artifact_id: entry.id.clone(),
            path: entry.path.clone(),
            line: self.view.line.clone(),
            state: sides.state(phase, is_unmerged),
            recorded: present.hash.is_some() && present.hash == head_content,
            version_id,
            baseline: entry.baseline,
            baseline_version: None,
            content: present.hash,
            upstream: sides.upstream,
            upstream_seen_at: upstream.as_ref().and_then(|upstream| upstream.seen_at),
            upstream_error,
            modification_detected_at: None,
            files: Vec::new(),
            summary: StatusSummary::default(),
            moved_to: None,
            gone_from_commit: false,
            unfinished: phase.is_some(),
        };
        if let (Some(baseline), Some(head)) = (entry.baseline, version_id)
            && (sides.differ() || !self.request.ids.is_empty())
        {
            answer.baseline_version = self
                .graph
                .baseline_version(&Baseline::below(&entry.id, baseline, &head))?;
        }
        if sides.differ() || is_unmerged || self.request.unchanged {
            let baseline = sides.base.map(|base| self.contents.stored(base)).transpose()?;
            let known = upstream.as_ref().map(|upstream| upstream.content.as_ref());
            let compared = Compared {
                baseline: baseline.as_ref(),
                current: &self.contents.files(present)?,
                upstream: known.and_then(|content| content.or(baseline.as_ref())),
                unmerged: &present.unmerged,
            };
            answer.files = compare::files(compared, self.request.unchanged);
            answer.summary = compare::summary(&answer.files);
        }
        if sides.local() {
            answer.modification_detected_at = self.detected_at(entry, &answer)?;
        }
        if present.hash.is_none() {
            answer.moved_to = self.moved_to(entry, head_content)?;
            answer.gone_from_commit = !self.is_committed(entry)?;
        }
        Ok(answer)
    }

    /// Whether the line's tip holds the artifact.
    fn is_committed(&self, entry: &ManifestEntry) -> Result<bool, QueryError> {
        let Some(tip) = self.view.tip else { return Ok(false) };
        let history = History::new(self.query.repo);
        let tree = history.commit(tip)?.tree;
        Ok(history.content(tree, &entry.path)?.is_some())
    }

    fn moved_to(&self, entry: &ManifestEntry, content: Option<ContentHash>) -> Result<Option<ProjectPath>, QueryError> {
        let Some(wanted) = content.or(entry.baseline) else {
            return Ok(None);
        };
        let wanted: Content = self.contents.stored(wanted)?;
        let taken: Vec<&ProjectPath> = self.artifacts.values().map(|artifact| &artifact.path).collect();
        Ok(self
            .contents
            .index()
            .and_then(|index| moved::moved_to(index, &wanted, entry.path.file_name(), &taken)))
    }
}

/// The three contents that decide the state.
#[derive(Debug, Clone, Copy)]
struct Sides {
    baseline: Option<ContentHash>,
    /// What the content here is compared with.
    base: Option<ContentHash>,
    present: Option<ContentHash>,
    upstream: Option<ContentHash>,
}

impl Sides {
    /// Whether the content here differs from the baseline.
    fn local(self) -> bool {
        self.base.is_some() && self.present != self.base
    }

    /// Whether upstream's does, as far as is known.
    fn upstream(self) -> bool {
        self.baseline.is_some() && self.upstream.is_some() && self.upstream != self.baseline
    }

    fn differ(self) -> bool {
        self.local() || self.upstream()
    }

    fn state(self, unfinished: Option<Phase>, is_unmerged: bool) -> ArtifactState {
        match (self.local(), self.upstream()) {
            _ if unfinished == Some(Phase::Applying) => ArtifactState::Interrupted,
            _ if unfinished == Some(Phase::Conflicted) || is_unmerged => ArtifactState::Conflicted,
            _ if self.present.is_none() => ArtifactState::Missing,
            (true, true) => ArtifactState::Diverged,
            (true, false) => ArtifactState::Modified,
            (false, true) => ArtifactState::Outdated,
            (false, false) if self.upstream.is_none() || self.baseline.is_none() => ArtifactState::Unknown,
            (false, false) => ArtifactState::Clean,
        }
    }
}
