//! Which versions go, where the refs that led to them go instead, and what has to be kept beside.

use std::{
    collections::{BTreeMap, HashSet},
    rc::Rc,
};

use gix::{ObjectId, objs::Kind};

use super::{Forget, HoldingRef, Journal, MovedRef};
use crate::{
    content::flatten,
    git::{
        GitError, Repo,
        refs::{Expected, RefUpdate},
    },
    id::{ArtifactId, ContentHash, VersionId},
    index::{Index, IndexError, parsed},
    operation::{OperationError, attempt::Attempt, held::Held, manifest_file, planner::Finished},
    pending::{Phase, Standing, worktree_name},
    project::graph::{Graph, Node},
    query::QueryError,
    refname::LineageRef,
    version::ArtifactVersion,
};

/// What is done, or would be.
pub(crate) struct Plan {
    /// By name.
    pub(super) refs: Vec<MovedRef>,
    pub(super) kept: Vec<VersionId>,
    pub(super) baseline_lost: bool,
    pub(crate) journal: Journal,
}

/// One attempt: moves the refs, so that nothing of lineage leads to the version any more.
pub(crate) fn detach(attempt: &mut Attempt<'_>, request: &Forget) -> Result<Plan, OperationError> {
    let (repo, index) = (attempt.repo, attempt.index);
    let graph = Graph::new(repo, index);
    let earlier = Journal::read(repo, request.version)?;
    let Some(start) = graph.node(request.version)? else {
        return detached_already(repo, index, request.version, earlier);
    };
    refuse_while_another_waits(repo, index, request.version)?;
    let doomed = with_descendants(index, &graph, start)?;
    if doomed.len() > 1 && !request.descendants {
        let descendants = doomed.iter().map(|node| node.id());
        return Err(OperationError::HasDescendants {
            version_id: request.version,
            descendants: descendants.filter(|id| *id != request.version).collect(),
        });
    }
    let id = doomed[0].version.artifact_id.clone();
    refuse_unfinished(repo, &id)?;
    let mut plan = Plan {
        refs: Vec::new(),
        kept: Vec::new(),
        baseline_lost: false,
        journal: Journal::new(id, request.version),
    };
    plan.journal.versions = doomed.iter().map(|node| node.id()).collect();
    let ids: HashSet<VersionId> = plan.journal.versions.iter().copied().collect();
    let tips = plan_refs(repo, index, &graph, &ids, &mut plan)?;
    plan.kept = what_to_keep(index, &graph, &doomed, &ids, tips)?;
    plan.baseline_lost = baseline_is_lost(repo, index, &graph, &doomed, &ids)?;
    list_objects(repo, &graph, &doomed, &ids, &mut plan.journal)?;
    if let Some(mut earlier) = earlier {
        earlier.leave_out_known(index)?;
        plan.journal.add_earlier(earlier);
    }
    if request.dry_run {
        return Ok(plan);
    }
    plan.journal.save(repo)?;
    let updates = plan.updates(repo)?;
    repo.update_refs_to_recorded(&updates)?;
    let tips = updates
        .into_iter()
        .map(|update| (update.name, update.new.map(VersionId::from_oid)));
    let finished = Finished {
        tips: tips.collect(),
        states: Vec::new(),
    };
    attempt.done(Some(finished), Vec::new());
    Ok(plan)
}

impl Plan {
    /// This one after another that was carried out, and met versions that were made meanwhile.
    pub(crate) fn after(mut self, before: Plan) -> Plan {
        self.refs.extend(before.refs);
        self.kept.extend(before.kept);
        self.baseline_lost |= before.baseline_lost;
        self
    }

    fn updates(&self, repo: &Repo) -> Result<Vec<RefUpdate>, GitError> {
        let mut updates = Vec::with_capacity(self.refs.len() + self.kept.len());
        for version in &self.kept {
            let name = repo.prefix().kept(version);
            updates.push(RefUpdate {
                expected: repo.find_ref(&name)?.map_or(Expected::Absent, Expected::Is),
                name,
                new: Some(version.oid()),
            });
        }
        updates.extend(self.refs.iter().map(|moved| RefUpdate {
            name: moved.ref_name.clone(),
            new: moved.after.map(|version| version.oid()),
            expected: Expected::Is(moved.before.oid()),
        }));
        Ok(updates)
    }

    /// What lineage's refs would point to, once this was done.
    pub(super) fn lineage_refs_then(&self, repo: &Repo) -> Result<Vec<ObjectId>, GitError> {
        let mut refs: BTreeMap<String, ObjectId> = lineage_refs(repo)?.into_iter().collect();
        for moved in &self.refs {
            match moved.after {
                Some(after) => refs.insert(moved.ref_name.clone(), after.oid()),
                None => refs.remove(&moved.ref_name),
            };
        }
        let kept = self.kept.iter().map(VersionId::oid);
        Ok(refs.into_values().chain(kept).collect())
    }
}

/// All refs of lineage, unfinished operations among them.
pub(super) fn lineage_refs(repo: &Repo) -> Result<Vec<(String, ObjectId)>, GitError> {
    repo.list_refs(&format!("{}/", repo.prefix().as_str()))
}

/// What no ref leads to: the rest of an earlier run, or a version that was lost otherwise.
fn detached_already(
    repo: &Repo,
    index: &Index,
    version: VersionId,
    earlier: Option<Journal>,
) -> Result<Plan, OperationError> {
    let journal = match earlier {
        Some(mut journal) => {
            journal.leave_out_known(index)?;
            journal
        }
        None => {
            let unknown = QueryError::UnknownVersion {
                text: version.to_string(),
                similar: Vec::new(),
            };
            if !repo.exists(version.oid()) {
                return Err(unknown.into());
            }
            let found = parsed(repo, version).map_err(|_| unknown)?.version;
            let mut journal = Journal::new(found.artifact_id.clone(), version);
            journal.versions.push(version);
            journal.add_object(version.oid());
            for (id, path) in objects_of(repo, found.content_hash)? {
                journal.add_object(id);
                journal.add_introduced(id, path);
            }
            journal
        }
    };
    Ok(Plan {
        refs: Vec::new(),
        kept: Vec::new(),
        baseline_lost: false,
        journal,
    })
}

/// After an interruption, `skill/pdf` means the version before: only the same version finishes it.
fn refuse_while_another_waits(repo: &Repo, index: &Index, asked: VersionId) -> Result<(), OperationError> {
    for journal in Journal::all(repo)? {
        if journal.held || journal.version_id == asked {
            continue;
        }
        // Where all of them are known nothing was changed yet, or they were fetched again.
        if index.version_with_order(&journal.version_id)?.is_none() {
            return Err(OperationError::ForgetInterrupted {
                version_id: journal.version_id,
            });
        }
    }
    Ok(())
}

/// The version and all that descend from it, newest first.
fn with_descendants(index: &Index, graph: &Graph<'_>, start: Rc<Node>) -> Result<Vec<Rc<Node>>, OperationError> {
    let mut seen = HashSet::from([start.id()]);
    let mut found = vec![start];
    let mut next = 0;
    while let Some(node) = found.get(next).cloned() {
        next += 1;
        let alike = index.reader().children_of(&node.version.content_hash);
        for child in alike.map_err(IndexError::from)? {
            if child.parent_ids.contains(&node.id()) && seen.insert(child.version_id) {
                found.extend(graph.node(child.version_id)?);
            }
        }
    }
    found.sort_by_key(|node| std::cmp::Reverse(node.order));
    Ok(found)
}

fn refuse_unfinished(repo: &Repo, id: &ArtifactId) -> Result<(), OperationError> {
    let ours = worktree_name(repo);
    for (name, _) in repo.list_refs(&repo.prefix().pending_dir())? {
        let parsed = repo.prefix().parse(name.as_str().into()).map_err(IndexError::from)?;
        let LineageRef::Pending { worktree, artifact } = parsed else {
            continue;
        };
        if !artifact.matches(id) {
            continue;
        }
        if !worktree.matches(&ours) {
            return Err(OperationError::UnfinishedElsewhere {
                id: id.clone(),
                worktree: worktree.raw().unwrap_or(worktree.encoded()).to_owned(),
            });
        }
        let standing = Standing::all(repo)?;
        if let Some(one) = standing.iter().find(|one| one.pending.artifact_id == *id) {
            return Err(OperationError::Unfinished {
                id: id.clone(),
                operation: one.pending.operation.as_str(),
                conflicts: one.pending.phase == Phase::Conflicted,
            });
        }
    }
    Ok(())
}

/// Plans where the refs go. Answers what the refs of lineage point to then.
fn plan_refs(
    repo: &Repo,
    index: &Index,
    graph: &Graph<'_>,
    doomed: &HashSet<VersionId>,
    plan: &mut Plan,
) -> Result<Vec<VersionId>, OperationError> {
    let mut tips = Vec::new();
    for (name, before) in index.reader().tips().map_err(IndexError::from)? {
        // Whoever contains a version descends from it, so all of those are among the doomed.
        if !doomed.contains(&before) {
            tips.push(before);
            continue;
        }
        let ref_name = String::from_utf8_lossy(&name).into_owned();
        let without = newest_without(graph, before, doomed)?;
        let parsed = repo
            .prefix()
            .parse(ref_name.as_str().into())
            .map_err(IndexError::from)?;
        let after = match &parsed {
            LineageRef::Head { .. } => without,
            _ => None,
        };
        if let LineageRef::Remote { remote, .. } = &parsed {
            let folder = format!("{}{}/", repo.prefix().remotes_dir(), remote.encoded());
            let rest = ref_name.strip_prefix(&folder).unwrap_or_default();
            plan.journal.pushed.push(HoldingRef {
                remote: remote.raw().unwrap_or(remote.encoded()).to_owned(),
                ref_name: format!("{}{rest}", repo.prefix().heads_dir()),
                version_id: before,
                rewind_to: without,
            });
        }
        tips.extend(after);
        plan.refs.push(MovedRef {
            ref_name,
            before,
            after,
        });
    }
    Ok(tips)
}

/// The first version below that stays, first parents first.
fn newest_without(
    graph: &Graph<'_>,
    tip: VersionId,
    doomed: &HashSet<VersionId>,
) -> Result<Option<VersionId>, IndexError> {
    let mut seen = HashSet::new();
    let mut stack = vec![tip];
    while let Some(id) = stack.pop() {
        let Some(node) = graph.node(id)? else { continue };
        if !doomed.contains(&id) {
            return Ok(Some(id));
        }
        if seen.insert(id) {
            stack.extend(node.version.parent_ids.iter().rev());
        }
    }
    Ok(None)
}

/// The versions that nothing would hold any more, without those that another one of them contains.
fn what_to_keep(
    index: &Index,
    graph: &Graph<'_>,
    doomed: &[Rc<Node>],
    ids: &HashSet<VersionId>,
    tips: Vec<VersionId>,
) -> Result<Vec<VersionId>, IndexError> {
    let mut below: Vec<Rc<Node>> = Vec::new();
    for parent in doomed.iter().flat_map(|node| &node.version.parent_ids) {
        if !ids.contains(parent) && below.iter().all(|node| node.id() != *parent) {
            below.extend(graph.node(*parent)?);
        }
    }
    below.sort_by_key(|node| std::cmp::Reverse(node.order));
    let Some(oldest) = below.last().map(|node| node.order) else {
        return Ok(Vec::new());
    };
    let mut held = Held::down_to(index, oldest);
    for tip in tips {
        held.add(tip)?;
    }
    let mut kept = Vec::new();
    for node in below {
        if !held.has(node.id()) {
            held.add(node.id())?;
            kept.push(node.id());
        }
    }
    Ok(kept)
}

/// Whether the manifest in the work tree names what only a doomed version says.
fn baseline_is_lost(
    repo: &Repo,
    index: &Index,
    graph: &Graph<'_>,
    doomed: &[Rc<Node>],
    ids: &HashSet<VersionId>,
) -> Result<bool, OperationError> {
    if repo.work_tree().is_err() {
        return Ok(false);
    }
    let id = &doomed[0].version.artifact_id;
    let manifest = manifest_file::read(repo, index)?;
    let Some(baseline) = manifest.get(id).and_then(|entry| entry.baseline) else {
        return Ok(false);
    };
    let mut lost = false;
    for node in graph.with_content(id, baseline)? {
        if !ids.contains(&node.id()) {
            return Ok(false);
        }
        lost = lost || graph.is_upstream(node.id())?;
    }
    Ok(lost)
}

/// Notes down all objects of the doomed versions, and which of them they brought in.
fn list_objects(
    repo: &Repo,
    graph: &Graph<'_>,
    doomed: &[Rc<Node>],
    ids: &HashSet<VersionId>,
    journal: &mut Journal,
) -> Result<(), OperationError> {
    let mut before: HashSet<ObjectId> = HashSet::new();
    let mut contents: HashSet<ContentHash> = HashSet::new();
    let content_of = |version: &ArtifactVersion| version.content_hash;
    for parent in doomed.iter().flat_map(|node| &node.version.parent_ids) {
        if let Some(node) = graph.node(*parent)?
            && !ids.contains(parent)
            && contents.insert(content_of(&node.version))
        {
            before.extend(
                objects_of(repo, node.version.content_hash)?
                    .into_iter()
                    .map(|(id, _)| id),
            );
        }
    }
    contents.clear();
    for node in doomed {
        journal.add_object(node.id().oid());
        if !contents.insert(content_of(&node.version)) {
            continue;
        }
        for (id, path) in objects_of(repo, node.version.content_hash)? {
            journal.add_object(id);
            if !before.contains(&id) {
                journal.add_introduced(id, path);
            }
        }
    }
    Ok(())
}

/// Every folder and file of a content, with its path; the path of the whole is empty. What a partial clone left out is
/// not here to be deleted.
pub(super) fn objects_of(repo: &Repo, content: ContentHash) -> Result<Vec<(ObjectId, String)>, OperationError> {
    tree_objects(repo, content.oid())
}

/// The same of any tree.
pub(super) fn tree_objects(repo: &Repo, tree: ObjectId) -> Result<Vec<(ObjectId, String)>, OperationError> {
    let mut folders = Vec::new();
    let entries = flatten(tree, &mut |id| {
        folders.push(id);
        match repo.read_kind(id, Kind::Tree) {
            Err(GitError::MissingObject { .. }) => Ok(Vec::new()),
            read => read.map_err(OperationError::from),
        }
    })?;
    let folders = folders.into_iter().map(|id| (id, String::new()));
    let files = entries.into_iter().map(|entry| (entry.id, entry.path.to_string()));
    Ok(folders.chain(files).collect())
}
