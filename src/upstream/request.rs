//! One `git fetch` into a store.
//!
//! Guarantees: it fetches what it is told and nothing else (no tags, no submodules, no `FETCH_HEAD`), runs no hooks,
//! and leaves any gc to the background.

use gix::ObjectId;

use super::{
    Store, UpstreamError,
    command::{Outcome, REMOTE, git, name_upstream, promise, run},
};
use crate::git::GitError;

/// What is asked for.
#[derive(Debug, Default)]
pub(super) struct Request {
    /// What the server is to leave out.
    pub(super) filter: Option<&'static str>,
    pub(super) depth: Depth,
    pub(super) refspecs: Vec<String>,
    /// Refs here that the refspecs would make, but of nothing that is there any more, go away.
    pub(super) prunes: bool,
    /// Objects to fetch by their id.
    pub(super) objects: Vec<ObjectId>,
    /// Also what is believed to be here is fetched: commits may be here without their trees.
    pub(super) fetches_again: bool,
    /// The server is not told what is here already: it would leave out what it believes to be here as well.
    pub(super) says_nothing: bool,
}

/// How much history comes with a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Depth {
    /// Down to what is here already.
    #[default]
    New,
    /// So many commits, the first included.
    Commits(u32),
    /// All that is missing here.
    Rest,
}

/// Where git reads the upstream's files itself, it serves as the best of servers would.
const LOCAL_SERVER: &str =
    "--upload-pack=git -c uploadpack.allowFilter=true -c uploadpack.allowAnySHA1InWant=true upload-pack";

impl Store {
    /// Runs the fetch; judging its outcome is left to the caller, who holds the lock.
    pub(super) fn request(&self, request: &Request) -> Result<Outcome, GitError> {
        let promised = request.filter.is_some() || self.has_promises();
        let mut command = git(&self.cache, Some(&self.dir));
        name_upstream(&mut command, &self.url);
        for setting in [
            "core.hooksPath=/dev/null",
            "core.logAllRefUpdates=false",
            "fetch.writeCommitGraph=false",
            "gc.autoDetach=true",
            "maintenance.autoDetach=true",
        ] {
            command.args(["-c", setting]);
        }
        if promised {
            promise(&mut command);
        }
        if promised || request.says_nothing {
            command.args(["-c", "fetch.negotiationAlgorithm=noop"]);
        }
        command.args([
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            "--update-shallow",
            if request.prunes { "--prune" } else { "--no-prune" },
        ]);
        if request.fetches_again {
            command.arg("--refetch");
        }
        match request.depth {
            Depth::Commits(count) => {
                command.arg(format!("--depth={count}"));
            }
            // git takes it for a mistake where nothing is missing.
            Depth::Rest if self.dir.join("shallow").exists() => {
                command.arg("--unshallow");
            }
            Depth::New | Depth::Rest => {}
        }
        match request.filter {
            Some(filter) => {
                command.arg(format!("--filter={filter}"));
            }
            None if promised => {
                command.arg("--no-filter");
            }
            None => {}
        }
        if self.url.is_local() {
            command.arg(LOCAL_SERVER);
        }
        let mut input = String::new();
        if !request.objects.is_empty() {
            command.args(["--no-auto-maintenance", "--stdin"]);
            for id in &request.objects {
                input.push_str(&format!("{id}\n"));
            }
        }
        command.arg(REMOTE).args(&request.refspecs);
        run(command, &self.url, input.as_bytes())
    }

    /// Whether objects are missing that the upstream promised to keep.
    fn has_promises(&self) -> bool {
        self.promises().is_ok_and(|mut files| files.next().is_some())
    }

    /// Takes what is here for all there is.
    pub(super) fn forget_promises(&self) -> Result<(), UpstreamError> {
        let files = self.promises().map_err(UpstreamError::cache("read", &self.dir))?;
        for file in files {
            std::fs::remove_file(&file).map_err(UpstreamError::cache("remove", &file))?;
        }
        Ok(())
    }

    /// The files by which git marks packs of a server that leaves objects out.
    fn promises(&self) -> std::io::Result<impl Iterator<Item = std::path::PathBuf>> {
        let files = std::fs::read_dir(self.dir.join("objects/pack"))?;
        let paths = files.filter_map(|entry| Some(entry.ok()?.path()));
        Ok(paths.filter(|path| path.extension().is_some_and(|extension| extension == "promisor")))
    }
}
