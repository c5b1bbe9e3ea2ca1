//! The work trees of a repository: the main one and the linked ones, by their git directories, and what git keeps for each.

use std::{fs, path::PathBuf, process::Command};

use gix::ObjectId;

use super::{
    GitError, Repo,
    command::{finished, output_of},
};

/// One work tree's git directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WorktreeDir {
    /// `main`, or the name that git gave a linked one.
    pub(crate) name: String,
    pub(crate) git_dir: PathBuf,
    /// It is the one in which this program runs.
    pub(crate) is_ours: bool,
}

impl Repo {
    /// All work trees, the main one (or the bare repository) first.
    pub(crate) fn worktrees(&self) -> Result<Vec<WorktreeDir>, GitError> {
        let common = self.common_dir().to_owned();
        let mut linked = Vec::new();
        let folder = common.join("worktrees");
        match fs::read_dir(&folder) {
            Ok(entries) => {
                for entry in entries {
                    let entry = entry.map_err(GitError::io("list", &folder))?;
                    if entry.path().join("commondir").is_file() {
                        linked.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
                    }
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(GitError::io("list", &folder)(error)),
        }
        linked.sort();
        let ours = self.gix().git_dir().canonicalize().ok();
        let all = std::iter::once(("main".to_owned(), common)).chain(linked);
        Ok(all
            .map(|(name, git_dir)| WorktreeDir {
                name,
                is_ours: git_dir.canonicalize().ok() == ours,
                git_dir,
            })
            .collect())
    }

    /// The refs of one work tree alone that start with `prefix`, such as `refs/worktree/`, with what they point to.
    pub(crate) fn private_refs(
        &self,
        worktree: &WorktreeDir,
        prefix: &str,
    ) -> Result<Vec<(String, ObjectId)>, GitError> {
        let args = ["for-each-ref", "--format=%(objectname) %(refname)", prefix];
        let output = self.run_git_in(worktree, &args, b"")?;
        let lines = String::from_utf8_lossy(&output).into_owned();
        let refs = lines.lines().filter_map(|line| {
            let (id, name) = line.split_once(' ')?;
            Some((name.to_owned(), ObjectId::from_hex(id.as_bytes()).ok()?))
        });
        Ok(refs.collect())
    }

    /// As [`run_git`](Self::run_git), in another work tree's git directory.
    pub(crate) fn run_git_in(&self, worktree: &WorktreeDir, args: &[&str], input: &[u8]) -> Result<Vec<u8>, GitError> {
        let command = self.git_command_in(worktree, args);
        finished(args.first().copied().unwrap_or_default(), output_of(command, input)?)
    }

    /// As [`git_command`](Self::git_command), in another work tree's git directory; nothing is told of its files.
    pub(super) fn git_command_in(&self, worktree: &WorktreeDir, args: &[&str]) -> Command {
        let mut command = self.git_command(args);
        if !worktree.is_ours {
            command
                .env("GIT_DIR", &worktree.git_dir)
                .env_remove("GIT_WORK_TREE")
                .env_remove("GIT_INDEX_FILE")
                .current_dir(&worktree.git_dir);
        }
        command
    }

    /// The parents that a commit names.
    pub(crate) fn commit_parents(&self, commit: ObjectId) -> Result<Vec<ObjectId>, GitError> {
        let data = self.read_kind(commit, gix::objs::Kind::Commit)?;
        let parsed =
            gix::objs::CommitRef::from_bytes(&data, commit.kind()).map_err(|source| GitError::CorruptObject {
                id: commit.to_string(),
                source: source.into(),
            })?;
        Ok(parsed.parents().collect())
    }
}
