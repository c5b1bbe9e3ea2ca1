//! The content of a source outside the project, as the project will store it.
//!
//! What upstream brings is content, whatever ignore rules say. The write gate has its say before anything is written.

use std::{collections::HashMap, path::Path};

use gix::{bstr::BString, objs::Kind};

use super::{
    Snapshot, SnapshotError,
    filters::{self, ATTRIBUTES_FILE, Attributes},
};
use crate::{
    content::{
        Content, ContentError, Entry, Incoming, IncomingFile, Mode,
        gate::{self, GateOptions},
        hash_object,
    },
    git::{GitError, Repo, objects::ObjectBatch},
    id::{ContentHash, HashKind},
    project_path::ProjectPath,
};

/// What a source would be in the project.
pub(crate) struct SourceSnapshot {
    pub(crate) snapshot: Snapshot,
    /// The tree id of the source's own bytes where the project's attributes make others of them.
    pub(crate) own_tree: Option<ContentHash>,
    /// The source is one file, not a directory.
    pub(crate) single_file: bool,
}

/// Reads the plain directory or file `source` as it will be stored at `artifact`.
pub(crate) fn of_directory(
    repo: &Repo,
    source: &Path,
    artifact: &ProjectPath,
    batch: &mut ObjectBatch<'_>,
) -> Result<SourceSnapshot, SnapshotError> {
    of_files(repo, Incoming::read(source)?, artifact, batch)
}

/// The files as they will be stored at `artifact`; a single file takes the artifact's file name.
///
/// Ids that the files bring along are taken as they are where they are of the project's hash function.
pub(crate) fn of_files(
    repo: &Repo,
    mut incoming: Incoming,
    artifact: &ProjectPath,
    batch: &mut ObjectBatch<'_>,
) -> Result<SourceSnapshot, SnapshotError> {
    let hash = repo.hash_kind();
    let single_file = incoming.single_file;
    if single_file {
        for file in &mut incoming.files {
            file.path = BString::from(artifact.file_name());
        }
    }
    let in_project = |path: &BString| {
        let mut full = BString::from(artifact.as_str());
        if !single_file {
            full.push(b'/');
            full.extend_from_slice(path);
        }
        full
    };
    check(repo, &incoming)?;
    let attribute_files = incoming.files.iter().filter(|file| is_attributes_file(file));
    let attribute_files = attribute_files.map(|file| (in_project(&file.path), file.data.clone()));
    let attributes = Attributes::new(repo, artifact, attribute_files)?;
    let mut pipeline = attributes.pipeline()?;
    let index = repo
        .gix()
        .index_or_empty()
        .map_err(GitError::backend("read the index"))?;

    let mut stored = Vec::with_capacity(incoming.files.len());
    for file in &incoming.files {
        let filtered;
        let data = match file.mode {
            Mode::Symlink => &file.data,
            Mode::File | Mode::Executable => {
                filtered = filters::to_git(&mut pipeline, &index, &in_project(&file.path), file.data.as_slice())?;
                &filtered
            }
        };
        check_special_file(file, data)?;
        stored.push(entry(file, batch.add(Kind::Blob, data)?));
    }
    let content = Content::new(stored);
    let own = own_tree(&incoming, hash)?;
    let snapshot = Snapshot::with_trees(content, hash, batch)?;
    let own_tree = (own != snapshot.hash).then_some(own);
    Ok(SourceSnapshot {
        snapshot,
        own_tree,
        single_file,
    })
}

/// Has the gate look at names and links: before any filter, which gets to see the paths, and before any object is written.
fn check(repo: &Repo, incoming: &Incoming) -> Result<(), SnapshotError> {
    // The bytes of files are none of its business.
    let no_bytes = hash_object(repo.hash_kind(), "blob", b"");
    let entries = incoming
        .files
        .iter()
        .map(|file| entry(file, file.id.unwrap_or(no_bytes)));
    let entries: Vec<Entry> = entries.collect();
    let by_path: HashMap<&BString, &IncomingFile> = incoming.files.iter().map(|file| (&file.path, file)).collect();
    gate::check_entries(
        &entries,
        &mut |entry| Ok(by_path[&entry.path].data.clone()),
        GateOptions {
            ignore_case: repo.config_bool("core.ignoreCase").unwrap_or(false),
            single_file: incoming.single_file,
        },
    )
}

/// The tree of the files' own bytes.
fn own_tree(incoming: &Incoming, hash: HashKind) -> Result<ContentHash, ContentError> {
    // The tree around a single file bears its name in the project.
    if let Some(tree) = incoming
        .tree
        .filter(|id| HashKind::of(id.kind()) == hash && !incoming.single_file)
    {
        return Ok(ContentHash::from_oid(tree));
    }
    let own = incoming.files.iter().map(|file| {
        let known = file.id.filter(|id| HashKind::of(id.kind()) == hash);
        entry(file, known.unwrap_or_else(|| hash_object(hash, "blob", &file.data)))
    });
    Content::new(own.collect()).hash(hash)
}

fn entry(file: &IncomingFile, id: gix::ObjectId) -> Entry {
    Entry {
        path: file.path.clone(),
        mode: file.mode,
        id,
    }
}

fn is_attributes_file(file: &IncomingFile) -> bool {
    file.mode != Mode::Symlink && last_component(&file.path) == ATTRIBUTES_FILE.as_bytes()
}

/// What git itself reads must not be a weapon: `.gitmodules`, `.gitattributes`.
fn check_special_file(file: &IncomingFile, data: &[u8]) -> Result<(), SnapshotError> {
    if file.mode == Mode::Symlink {
        return Ok(());
    }
    gate::check_blob(&file.path, data).map_err(|reason| ContentError::refused(&file.path, reason).into())
}

fn last_component(path: &BString) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}
