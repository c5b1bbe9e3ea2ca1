//! [`Placement`]: from one content to another at one place.

use gix::bstr::BString;

use super::Change;
use crate::{
    content::{Content, Mode},
    git::Repo,
    project_path::ProjectPath,
};

/// What is to become of the files at one artifact's path.
#[derive(Debug, Clone)]
pub(crate) struct Placement {
    pub(crate) path: ProjectPath,
    /// The artifact is one file, whose entry bears its name.
    pub(crate) single_file: bool,
    pub(crate) old: Content,
    pub(crate) new: Content,
    /// Paths, relative to the artifact, to stage although nothing is written there.
    pub(crate) also_stage: Vec<BString>,
}

impl Placement {
    /// The files that this writes and deletes.
    pub(crate) fn change<'a>(&'a self, repo: &'a Repo) -> Change<'a> {
        Change::new(repo, &self.path, self.single_file, &self.old, &self.new)
    }

    /// The paths to stage, relative to the project: those of the new content, and those that are to leave the index,
    /// whatever lies there. A file that no version holds may bear the name of one that went elsewhere.
    pub(crate) fn staged_paths(&self, repo: &Repo) -> (Vec<BString>, Vec<BString>) {
        let change = self.change(repo);
        let touched = change.write.keys().chain(&change.delete).chain(&self.also_stage);
        let (present, gone): (Vec<&BString>, Vec<&BString>) =
            touched.partition(|path| self.new.get(path.as_ref()).is_some());
        let in_project = |paths: Vec<&BString>| paths.into_iter().map(|path| change.in_project(path)).collect();
        (in_project(present), in_project(gone))
    }

    /// The executables of the new content, relative to the project.
    pub(crate) fn executables(&self, repo: &Repo) -> Vec<BString> {
        let change = self.change(repo);
        let executable = self.new.entries().iter().filter(|entry| entry.mode == Mode::Executable);
        executable.map(|entry| change.in_project(&entry.path)).collect()
    }
}
