//! git's filters for files that are not in the work tree yet.
//!
//! Which filters apply to a file depends on the `.gitattributes` of the project and of the artifact itself. Content that
//! is about to come in brings its own, so the attributes are looked up in a picture of the work tree as it will be: the
//! project's files on the way to the artifact, and the artifact's new ones.

use std::path::Path;

use gix::{
    bstr::BString,
    filter::{Pipeline, plumbing::pipeline::convert::ToGitOutcome},
    index::{
        State,
        entry::{Flags, Mode, Stat},
    },
    worktree::stack::state::attributes::Source,
};

use super::SnapshotError;
use crate::{
    content::to_path,
    git::{GitError, Repo, look_at, look_through},
    project_path::ProjectPath,
};

/// The name of git's attribute files.
pub(crate) const ATTRIBUTES_FILE: &str = ".gitattributes";

/// A repository that keeps the attribute files of the picture in memory.
pub(crate) struct Attributes {
    repo: gix::Repository,
    picture: State,
}

impl Attributes {
    /// `incoming` are the attribute files inside the artifact, with paths relative to the project.
    pub(crate) fn new(
        repo: &Repo,
        artifact: &ProjectPath,
        incoming: impl IntoIterator<Item = (BString, Vec<u8>)>,
    ) -> Result<Self, SnapshotError> {
        let memory = repo.gix().clone().with_object_memory();
        let mut files: Vec<(BString, Vec<u8>)> = incoming.into_iter().collect();
        files.extend(project_attribute_files(repo, artifact)?);
        let mut picture = State::new(memory.object_hash());
        for (path, data) in files {
            let id = memory
                .write_blob(&data)
                .map_err(GitError::backend("keep attributes in memory"))?;
            picture.dangerously_push_entry(Stat::default(), id.detach(), Flags::empty(), Mode::FILE, path.as_ref());
        }
        picture.sort_entries();
        Ok(Attributes { repo: memory, picture })
    }

    /// The filters that go with these attributes.
    pub(crate) fn pipeline(&self) -> Result<Pipeline<'_>, SnapshotError> {
        let failed = || GitError::backend("read git's attributes");
        let stack = self
            .repo
            .attributes_only(&self.picture, Source::IdMapping)
            .map_err(failed())?;
        Ok(Pipeline::new(&self.repo, stack.detach()).map_err(failed())?)
    }
}

/// The filters that go with the attributes of the work tree as it is; where a file of them is missing, with what the index
/// has.
///
/// gix's own way to them takes a linked work tree of a bare repository for a bare one, and asks HEAD.
pub(super) fn of_work_tree<'repo>(repo: &'repo Repo, index: &State) -> Result<Pipeline<'repo>, SnapshotError> {
    let failed = || GitError::backend("prepare git's filters");
    let stack = repo.gix().attributes_only(index, Source::WorktreeThenIdMapping);
    let stack = stack.map_err(failed())?.detach();
    Ok(Pipeline::new(repo.gix(), stack).map_err(failed())?)
}

/// The attribute files from the project's root down to the artifact's parent folder, as they are in the work tree.
pub(super) fn project_attribute_files(
    repo: &Repo,
    artifact: &ProjectPath,
) -> Result<Vec<(BString, Vec<u8>)>, SnapshotError> {
    let root = repo.work_tree()?;
    let mut folder = String::new();
    let mut files = Vec::new();
    let mut components = artifact.as_str().split('/').peekable();
    while let Some(component) = components.next() {
        let path = format!("{folder}{ATTRIBUTES_FILE}");
        // git does not follow a symbolic link of this name.
        let absolute = root.join(&path);
        if look_at(&absolute)?.is_some_and(|found| found.is_file()) {
            let data = std::fs::read(&absolute).map_err(GitError::io("read", &absolute))?;
            files.push((BString::from(path), data));
        }
        if components.peek().is_some() {
            folder.push_str(component);
            folder.push('/');
        }
    }
    Ok(files)
}

/// Whether any attributes may hold for an artifact, apart from those that it brings along.
pub(crate) fn has_attributes(repo: &Repo, artifact: &ProjectPath) -> Result<bool, SnapshotError> {
    let own = look_through(&repo.common_dir().join("info/attributes"))?;
    Ok(own.is_some()
        || repo.config_string("core.attributesFile").is_some()
        || !project_attribute_files(repo, artifact)?.is_empty())
}

/// What git would store of `data` at `path` (relative to the project).
pub(crate) fn to_git(
    pipeline: &mut Pipeline<'_>,
    index: &State,
    path: &BString,
    data: impl std::io::Read,
) -> Result<Vec<u8>, SnapshotError> {
    let relative = to_path(path);
    let converted = pipeline.convert_to_git(data, &relative, index);
    let mut stored = Vec::new();
    let read = |reader: &mut dyn std::io::Read, stored: &mut Vec<u8>| reader.read_to_end(stored).map(drop);
    match converted.map_err(|source| failed(&relative, source))? {
        ToGitOutcome::Buffer(buffer) => stored.extend_from_slice(buffer),
        ToGitOutcome::Unchanged(mut reader) => {
            read(&mut reader, &mut stored).map_err(|source| failed(&relative, source))?;
        }
        ToGitOutcome::Process(mut reader) => {
            read(&mut reader, &mut stored).map_err(|source| failed(&relative, source))?;
        }
    }
    Ok(stored)
}

pub(crate) fn failed(
    path: &Path,
    source: impl Into<Box<dyn std::error::Error + Send + Sync + 'static>>,
) -> SnapshotError {
    SnapshotError::Filter {
        path: path.to_owned(),
        source: source.into(),
    }
}
