//! The manifest at HEAD and the one in the work tree.
//!
//! No damage: a manifest that names a baseline of which no version is here, for those may yet be fetched; a head without
//! an entry; no manifest at all.

use std::collections::BTreeMap;

use gix::{ObjectId, index::entry::Stage, objs::Kind};

use super::{
    code::Code,
    commits::Commits,
    objects::{Fault, Objects},
    report::{About, Report, with_causes},
};
use crate::{
    content::RawEntries,
    git::{GitError, Repo},
    id::{ArtifactId, ContentHash},
    manifest::{MANIFEST_FILE, Manifest, ManifestEntry, ManifestError},
};

/// What manifests say of artifacts.
#[derive(Default)]
pub(super) struct Manifests {
    /// At HEAD, as far as it can be read.
    pub(super) at_head: BTreeMap<ArtifactId, ManifestEntry>,
    /// The artifacts that HEAD or the work tree names.
    pub(super) named: Vec<ArtifactId>,
}

/// Checks the manifests.
pub(super) fn check(objects: &Objects<'_>, commits: &Commits<'_>, report: &mut Report) -> Manifests {
    let mut manifests = Manifests::default();
    let mut at_head = None;
    match head_manifest(objects) {
        Ok(Some(data)) => {
            let entries = judge(objects.repo, commits, &data, "at HEAD", report);
            manifests.named.extend(entries.iter().map(|entry| entry.id.clone()));
            manifests.at_head = entries.into_iter().map(|entry| (entry.id.clone(), entry)).collect();
            at_head = Some(data);
        }
        Ok(None) => {}
        Err(why) => report.add(Code::ManifestUnreadable, About::default(), format!("at HEAD: {why}")),
    }
    match work_tree_manifests(objects) {
        Ok(others) => {
            for (place, data) in others {
                // What is wrong with the same bytes has been said.
                if at_head.as_ref() != Some(&data) {
                    let entries = judge(objects.repo, commits, &data, place, report);
                    manifests.named.extend(entries.into_iter().map(|entry| entry.id));
                }
            }
        }
        Err(why) => report.add(
            Code::ManifestUnreadable,
            About::default(),
            format!("in the work tree: {why}"),
        ),
    }
    manifests
}

/// The manifest of the commit checked out; `None` where there is none, or where git has yet to fetch it.
fn head_manifest(objects: &Objects<'_>) -> Result<Option<Vec<u8>>, String> {
    let Some(head) = objects.repo.head().map_err(|error| with_causes(&error))?.commit else {
        return Ok(None);
    };
    let Some(id) = manifest_in(objects, head)? else {
        return Ok(None);
    };
    let mut data = Vec::new();
    match objects.read(id, &mut data) {
        Ok(Kind::Blob) => Ok(Some(data)),
        Ok(kind) => Err(format!("{id} is a {kind}, not a blob")),
        Err(fault) if objects.is_promised(&fault) => Ok(None),
        Err(fault) => Err(unreadable(id, &fault)),
    }
}

/// The id of the manifest in a project commit.
pub(super) fn manifest_in(objects: &Objects<'_>, commit: ObjectId) -> Result<Option<ObjectId>, String> {
    let mut data = Vec::new();
    let tree = match objects.read(commit, &mut data) {
        Ok(Kind::Commit) => gix::objs::CommitRefIter::from_bytes(&data, commit.kind()).tree_id(),
        Ok(kind) => return Err(format!("{commit} is a {kind}, not a commit")),
        Err(fault) => return Err(unreadable(commit, &fault)),
    };
    let tree = tree.map_err(|error| format!("{commit} is a malformed commit: {error}"))?;
    match objects.read(tree, &mut data) {
        Ok(Kind::Tree) => {}
        Ok(kind) => return Err(format!("{tree} is a {kind}, not a tree")),
        Err(fault) if objects.is_promised(&fault) => return Ok(None),
        Err(fault) => return Err(unreadable(tree, &fault)),
    }
    let mut entries = RawEntries::new(&data, objects.repo.hash_kind()).flatten();
    // As everywhere else: a link or a folder of that name is no manifest.
    let found = entries.find(|entry| entry.name == MANIFEST_FILE.as_bytes());
    Ok(found
        .filter(|entry| entry.mode & 0o170_000 == 0o100_000)
        .map(|entry| entry.id))
}

fn unreadable(id: ObjectId, fault: &Fault) -> String {
    match fault {
        Fault::Missing => format!("{id} is missing"),
        Fault::Corrupt(why) => format!("{id} is corrupt: {why}"),
    }
}

/// The file in the work tree; while it is unmerged, what the index has of it instead, for that is what is read then.
fn work_tree_manifests(objects: &Objects<'_>) -> Result<Vec<(&'static str, Vec<u8>)>, String> {
    let repo = objects.repo;
    let Ok(root) = repo.work_tree() else {
        return Ok(Vec::new());
    };
    let stages = unmerged(repo).map_err(|error| with_causes(&error))?;
    if stages.is_empty() {
        let path = root.join(MANIFEST_FILE);
        return match std::fs::read(&path) {
            Ok(data) => Ok(vec![("in the work tree", data)]),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error.to_string()),
        };
    }
    let mut found = Vec::new();
    for (place, id) in stages {
        match repo.read_kind(id, Kind::Blob) {
            Ok(data) => found.push((place, data)),
            Err(error) => return Err(with_causes(&error)),
        }
    }
    Ok(found)
}

/// The stages of an unmerged manifest.
fn unmerged(repo: &Repo) -> Result<Vec<(&'static str, ObjectId)>, GitError> {
    let index = repo
        .gix()
        .index_or_empty()
        .map_err(GitError::backend("read the index"))?;
    let stages = [
        (Stage::Base, "in the index (stage 1)"),
        (Stage::Ours, "in the index (stage 2)"),
        (Stage::Theirs, "in the index (stage 3)"),
    ];
    let entry = |stage| index.entry_by_path_and_stage(MANIFEST_FILE.into(), stage);
    Ok(stages
        .into_iter()
        .filter_map(|(stage, place)| Some((place, entry(stage)?.id)))
        .collect())
}

/// Reports what is wrong with one manifest and returns what can be read.
fn judge(repo: &Repo, commits: &Commits<'_>, data: &[u8], place: &str, report: &mut Report) -> Vec<ManifestEntry> {
    let (entries, errors) = Manifest::examine(data);
    for error in errors {
        let (code, artifact) = code_of(&error);
        if artifact.is_none_or(|artifact| commits.is_asked(artifact)) {
            let about = About {
                artifact,
                version: None,
            };
            report.add(code, about, format!("{place}: {}", with_causes(&error)));
        }
    }
    for entry in entries.iter().filter(|entry| commits.is_asked(&entry.id)) {
        if let Some(baseline) = entry
            .baseline
            .filter(|baseline| baseline.hash_kind() != repo.hash_kind())
        {
            let about = About {
                artifact: Some(&entry.id),
                version: None,
            };
            let message = format!("{place}: the baseline {baseline} is not of this repository's hash function");
            report.add(Code::ManifestInvalidValue, about, message);
        }
    }
    entries
}

fn code_of(error: &ManifestError) -> (Code, Option<&ArtifactId>) {
    match error {
        ManifestError::Syntax { .. } => (Code::ManifestSyntax, None),
        ManifestError::Conflicted { .. } => (Code::ManifestConflicted, None),
        // What a merge leaves open is said of stages together; each is judged alone.
        ManifestError::Undecided { id, .. } | ManifestError::RemovedAndChanged { id } => {
            (Code::ManifestConflicted, Some(id))
        }
        ManifestError::DuplicateKey { id, .. } => (Code::ManifestDuplicateKey, Some(id)),
        ManifestError::MissingPath { id, .. } => (Code::ManifestMissingPath, Some(id)),
        ManifestError::InvalidId { .. } => (Code::ManifestInvalidId, None),
        ManifestError::InvalidValue { id, .. } => (Code::ManifestInvalidValue, Some(id)),
        ManifestError::OverlappingPaths { inner, .. } => (Code::ManifestOverlappingPaths, Some(inner)),
        ManifestError::CaseTwins { second, .. } => (Code::ManifestCaseTwins, Some(second)),
    }
}

/// The baselines that the manifest of a project commit names.
pub(super) fn baselines(objects: &Objects<'_>, manifest: ObjectId) -> Option<BTreeMap<ArtifactId, ContentHash>> {
    let mut data = Vec::new();
    if !matches!(objects.read(manifest, &mut data), Ok(Kind::Blob)) {
        return None;
    }
    let manifest = Manifest::parse(&data).ok()?;
    let with_baseline = |entry: &ManifestEntry| Some((entry.id.clone(), entry.baseline?));
    Some(manifest.entries().filter_map(with_baseline).collect())
}
