//! [`Context`]: where a command runs, on which line, for whom, and when. Built once.

use std::{
    cell::{Cell, OnceCell},
    path::{Path, PathBuf},
};

use git_lineage::{Caller, GitError, Line, LineageStore, Notice, VersionId};

use super::{Global, clock, failure::Failure, progress::ProgressLine, settings::Settings, signing::SigningArgs, text};

/// What every command needs to know.
pub(super) struct Context {
    cwd: PathBuf,
    line: Option<Line>,
    settings: Settings,
    progress: ProgressLine,
    /// What is recorded is not signed, whatever the settings say.
    unsigned: Cell<bool>,
    store: OnceCell<LineageStore>,
    /// What an earlier request of the same process has open.
    earlier: Cell<Option<LineageStore>>,
}

impl Context {
    /// Goes where `-C` says, as git does: what comes after it, paths in the environment included, counts from there.
    pub(super) fn new(global: &Global, settings: Settings, progress: ProgressLine) -> Result<Self, Failure> {
        // An empty one changes nothing, as for git.
        for path in global.directory.iter().filter(|path| !path.is_empty()) {
            std::env::set_current_dir(path).map_err(|source| Failure::Directory {
                path: path.into(),
                source,
            })?;
        }
        let cwd = std::env::current_dir().map_err(|source| Failure::Directory {
            path: ".".into(),
            source,
        })?;
        Ok(Context {
            cwd,
            line: global.line.clone(),
            settings,
            progress,
            unsigned: Cell::new(false),
            store: OnceCell::new(),
            earlier: Cell::new(None),
        })
    }

    /// For one request to a process that answers many in `cwd`. The repository is opened anew for each, so that the answer is
    /// that of a new process; what `earlier` has open is used again as far as it still holds.
    pub(super) fn of_request(cwd: &Path, line: Option<Line>, earlier: Option<LineageStore>) -> Self {
        Context {
            cwd: cwd.to_owned(),
            line,
            settings: Settings::default(),
            progress: ProgressLine::default(),
            unsigned: Cell::new(false),
            store: OnceCell::new(),
            earlier: Cell::new(earlier),
        }
    }

    /// What the next request may use again.
    pub(super) fn into_store(self) -> Option<LineageStore> {
        self.store.into_inner().or(self.earlier.into_inner())
    }

    /// The directory the user stands in: absolute, without symbolic links.
    pub(super) fn cwd(&self) -> &Path {
        &self.cwd
    }

    /// What git's configuration says about terminals.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The line named by `--line`.
    pub(super) fn line(&self) -> Option<&Line> {
        self.line.as_ref()
    }

    /// As [`store`](Self::store), for a command that makes versions: signed as the settings say, if its arguments do not
    /// say otherwise. The first to be asked.
    pub(super) fn store_to_write(&self, signing: &SigningArgs) -> Result<&LineageStore, Failure> {
        self.unsigned.set(signing.no_gpg_sign);
        self.store()
    }

    /// The project's lineage, found as git finds a repository when the first command asks for it.
    pub(super) fn store(&self) -> Result<&LineageStore, Failure> {
        self.opened(LineageStore::discover)
    }

    /// The same for a hook.
    pub(super) fn store_in_hook(&self) -> Result<&LineageStore, Failure> {
        self.opened(LineageStore::discover_in_hook)
    }

    fn opened(&self, open: impl FnOnce(&Path) -> Result<LineageStore, GitError>) -> Result<&LineageStore, Failure> {
        if let Some(store) = self.store.get() {
            return Ok(store);
        }
        let mut store = open(&self.cwd)?;
        self.settings.read(&store);
        if let Some(cache) = cache_directory() {
            store = store.with_upstream_cache(cache);
        }
        if self.unsigned.get() {
            store = store.without_signing();
        }
        if self.progress.is_on() {
            let progress = self.progress.clone();
            store = store.with_progress(move |now| progress.show(now));
        }
        if let Some(earlier) = self.earlier.take() {
            store = store.with_index_of(earlier);
        }
        Ok(self.store.get_or_init(|| store))
    }

    /// Who is calling, for commands that write.
    pub(super) fn caller(&self) -> Result<Caller, Failure> {
        self.store()?.caller(clock::now())?.ok_or(Failure::NoIdentity)
    }

    /// The version that a VERSION argument names.
    pub(super) fn resolve(&self, text: &str) -> Result<VersionId, Failure> {
        Ok(self.store()?.resolve(text, self.line())?)
    }

    /// A source as it is recorded: relative ones count from the project root, so that they mean the same for everyone.
    pub(super) fn source(&self, typed: &str) -> Result<String, Failure> {
        let Some(root) = self.store()?.work_tree() else {
            return Ok(typed.to_owned());
        };
        let root = root.canonicalize().map_err(|source| Failure::Directory {
            path: root.to_owned(),
            source,
        })?;
        Ok(match self.cwd.strip_prefix(root) {
            Ok(below_root) => text::rebase(below_root, typed),
            // Only GIT_WORK_TREE puts the project elsewhere; nothing relative would mean the same from there.
            Err(_) if text::is_url(typed) || Path::new(typed).is_absolute() => typed.to_owned(),
            Err(_) => self.cwd.join(typed).to_string_lossy().into_owned(),
        })
    }

    /// Tidies up behind a command that may have written objects. That it did not work is no failure of the command.
    pub(super) fn maintain(&self) {
        if let Some(store) = self.store.get() {
            let _ = store.maintain();
        }
    }

    /// What the library wants the user to know, beside the answer.
    pub(super) fn notices(&self) -> Vec<Notice> {
        self.store.get().map(LineageStore::take_notices).unwrap_or_default()
    }
}

/// Where what is fetched from upstreams is kept, as the XDG base directory specification says: a relative path counts as
/// none. `None` where there is no home either.
fn cache_directory() -> Option<PathBuf> {
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))?;
    Some(base.join("git-lineage"))
}
