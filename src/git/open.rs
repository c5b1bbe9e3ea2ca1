//! Opening the project's repository as git would, and refusing what git would refuse.

use std::{
    cell::RefCell,
    io,
    path::{Path, PathBuf},
};

use gix::odb::{pack::cache::lru::MemoryCappedHashmap, store::init::Slots};
use gix::sec::trust::Mapping;

use super::{Durability, GitError, Repo, error::Cause, format, look, quarantine::Quarantine};
use crate::{progress::Reporter, refname::RefPrefix};

/// Whether the variables by which git is told about a repository (`GIT_DIR`, `GIT_WORK_TREE`, `GIT_INDEX_FILE`, …) count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Environment {
    /// As for git itself: `GIT_DIR` first, else search upwards.
    AsGit,
    /// As for git itself, but for `GIT_INDEX_FILE`: to a hook git names the index of the commit it has just made, which may
    /// be one that was made for that commit only.
    InHook,
    /// Only the directory that was named.
    Ignored,
}

/// The default leaves room for 32 packs that appear while the repository is open.
pub(super) const SLOTS: Slots = Slots::AsNeededByDiskState {
    multiplier: 2.0,
    minimum: 256,
};

impl Repo {
    /// Opens the repository at `dir`, or with [`Environment::AsGit`] the one git would use there.
    pub(crate) fn open(dir: &Path, environment: Environment) -> Result<Self, GitError> {
        let repo = match environment {
            Environment::AsGit | Environment::InHook => {
                let mut overrides = vec!["core.useReplaceRefs=false".to_owned()];
                overrides.extend(config_parameters());
                let trust = Mapping {
                    full: options(gix::open::Options::default(), overrides.clone()),
                    reduced: options(gix::open::Options::default(), overrides),
                };
                if let Some(git_dir) = git_dir_without_a_name() {
                    let opened = gix::ThreadSafeRepository::open_opts(&git_dir, trust.full.open_path_as_is(true));
                    let repo = opened.map_err(|source| open_error(&git_dir, &source))?;
                    return Repo::from_gix(repo.to_thread_local(), environment);
                }
                let search = gix::discover::upwards::Options {
                    // As for git, GIT_CEILING_DIRECTORIES that are not above `dir` stop nothing.
                    match_ceiling_dir_or_error: false,
                    ..Default::default()
                };
                gix::ThreadSafeRepository::discover_with_environment_overrides_opts(dir, search, trust)
            }
            Environment::Ignored => {
                let overrides = vec!["core.useReplaceRefs=false".to_owned()];
                gix::ThreadSafeRepository::open_opts(dir, options(gix::open::Options::default(), overrides))
            }
        };
        let repo = repo.map_err(|source| open_error(dir, &source))?.to_thread_local();
        Repo::from_gix(repo, environment)
    }

    fn from_gix(mut repo: gix::Repository, environment: Environment) -> Result<Self, GitError> {
        check_config_is_read(&repo)?;
        format::check(repo.config_snapshot().plumbing())?;
        if environment != Environment::Ignored {
            refuse_objects_elsewhere(&repo)?;
            refuse_unnamed_bare(&repo)?;
        }
        keep_delta_bases(&mut repo);
        let config = repo.config_snapshot();
        let reftable = config
            .string("extensions.refStorage")
            .is_some_and(|value| value.eq_ignore_ascii_case(b"reftable"));
        let prefix = match config.string("lineage.refPrefix") {
            None => RefPrefix::default(),
            Some(value) => value
                .to_string()
                .parse::<RefPrefix>()
                .map_err(|error| GitError::InvalidConfig {
                    key: "lineage.refPrefix",
                    value: value.to_string(),
                    reason: error.to_string(),
                })?,
        };
        let durability = Durability::from_config(config.string("core.fsync").map(|value| value.to_string()));
        let common_dir = canonical(repo.common_dir())?;
        let index_path = match environment {
            Environment::InHook => repo.git_dir().join("index"),
            Environment::AsGit | Environment::Ignored => repo.index_path(),
        };
        Ok(Repo {
            index_path: std::path::absolute(&index_path).unwrap_or(index_path),
            gix: repo,
            common_dir,
            reftable,
            prefix,
            durability,
            signing_off: false,
            progress: Reporter::default(),
            quarantine: match environment {
                Environment::InHook => Quarantine::of_environment(),
                Environment::AsGit | Environment::Ignored => None,
            },
            _temporary: None,
            turn: RefCell::default(),
        })
    }
}

/// What git keeps of packed objects on which others are based, in bytes, if `core.deltaBaseCacheLimit` says nothing else.
const DELTA_BASES: usize = 96 << 20;

/// Keeps what was unpacked last, as git does. In a history each tree is based on the next one, dozens deep.
fn keep_delta_bases(repo: &mut gix::Repository) {
    let limit = repo.config_snapshot().integer("core.deltaBaseCacheLimit");
    let limit = limit.map_or(DELTA_BASES, |limit| usize::try_from(limit).unwrap_or(DELTA_BASES));
    if limit > 0 {
        let cache = move || -> Box<gix::odb::cache::PackCache> { Box::new(MemoryCappedHashmap::new(limit)) };
        repo.objects.set_pack_cache(cache);
    }
}

/// Where git says with `GIT_DIR=.` that the repository is here, as it does in the hooks of a server: the path in full. gix
/// cannot tell from a path without a name whose work tree is around it, and takes it for a stranger's.
fn git_dir_without_a_name() -> Option<PathBuf> {
    // As git's own environment, this is part of opening a repository as git does.
    let git_dir = PathBuf::from(std::env::var_os("GIT_DIR")?);
    (git_dir.file_name().is_none() && std::env::var_os("GIT_WORK_TREE").is_none())
        .then(|| git_dir.canonicalize().ok())
        .flatten()
}

/// gix does not look where `GIT_OBJECT_DIRECTORY` says that objects are. In a push's quarantine that is of no harm, what is
/// asked there is asked of [`Quarantine`].
fn refuse_objects_elsewhere(repo: &gix::Repository) -> Result<(), GitError> {
    // As git's own environment, this is part of opening a repository as git does.
    let Some(named) = std::env::var_os("GIT_OBJECT_DIRECTORY").filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let directory = PathBuf::from(named);
    let is_own = || directory.canonicalize().ok() == repo.common_dir().join("objects").canonicalize().ok();
    if std::env::var_os("GIT_QUARANTINE_PATH").is_some() || is_own() {
        return Ok(());
    }
    Err(GitError::ObjectsElsewhere { directory })
}

/// Whoever sets `safe.bareRepository=explicit` wants no bare repository to be found that may lie among somebody's files.
fn refuse_unnamed_bare(repo: &gix::Repository) -> Result<(), GitError> {
    let protected = |meta: &gix::config::file::Metadata| meta.source.kind() != gix::config::source::Kind::Repository;
    let config = repo.config_snapshot();
    let wanted = config.plumbing().string_filter("safe.bareRepository", protected);
    let git_dir = repo.git_dir();
    // Those that belong to a work tree lie in a `.git`, and git finds them there.
    let of_work_tree = || git_dir.components().any(|part| part.as_os_str() == ".git");
    if repo.workdir().is_some()
        || !wanted.is_some_and(|value| value.eq_ignore_ascii_case(b"explicit"))
        || std::env::var_os("GIT_DIR").is_some()
        || of_work_tree()
    {
        return Ok(());
    }
    Err(GitError::UnnamedBare {
        git_dir: git_dir.to_owned(),
    })
}

fn options(options: gix::open::Options, overrides: Vec<String>) -> gix::open::Options {
    options
        .bail_if_untrusted(true)
        .cli_overrides(overrides)
        .object_store_slots(SLOTS)
}

fn canonical(path: &Path) -> Result<PathBuf, GitError> {
    path.canonicalize().map_err(GitError::io("resolve", path))
}

fn open_error(dir: &Path, source: &gix::Error) -> GitError {
    let dir = dir.to_owned();
    if let Some(failed) = failed_call(source) {
        return GitError::Io {
            action: "open the repository at",
            path: dir,
            source: failed,
        };
    }
    // Ownership is the only permission that opening itself checks.
    if source.classify().is_permission_denied() || source.to_string().contains("trust") {
        return GitError::ForeignOwner { dir };
    }
    if let Some(refused) = format::refused(&dir) {
        return refused;
    }
    GitError::NotARepository {
        dir,
        // What gix adds below repeats the path, or is the bare name of an error kind.
        source: Cause::from(source.to_string()),
    }
}

/// The call to the system at which opening ended, unless it only said that there is nothing.
fn failed_call(error: &gix::Error) -> Option<io::Error> {
    let mut failed = error
        .iter_errors()
        .filter_map(|error| error.downcast_ref::<io::Error>());
    failed
        .find(|failed| !look::is_nothing(failed.kind()))
        .map(|failed| io::Error::new(failed.kind(), failed.to_string()))
}

/// What cannot be read is not there for gix, and without its settings a repository is another one.
fn check_config_is_read(repo: &gix::Repository) -> Result<(), GitError> {
    let config = repo.config_snapshot();
    let mut sections = config.plumbing().sections();
    if sections.any(|section| section.meta().source == gix::config::Source::Local) {
        return Ok(());
    }
    let path = repo.common_dir().join("config");
    let is_blank = |line: &[u8]| line.trim_ascii().is_empty() || line.trim_ascii().starts_with(b"#");
    let read = match std::fs::read(&path) {
        Ok(text) if text.split(|byte| *byte == b'\n').all(is_blank) => Ok(()),
        Ok(_) => Err(io::Error::other("it could not be read a moment ago")),
        Err(error) if look::is_nothing(error.kind()) => Ok(()),
        Err(error) => Err(error),
    };
    read.map_err(GitError::io("read", &path))
}

/// What `git -c key=value lineage …` hands down: `'key'='value'` or, from older git, `'key=value'`, separated by spaces.
/// gix does not read this variable.
fn config_parameters() -> Vec<String> {
    // Reading git's own environment is part of opening a repository as git does.
    let Ok(text) = std::env::var("GIT_CONFIG_PARAMETERS") else {
        return Vec::new();
    };
    parse_config_parameters(&text)
}

fn parse_config_parameters(text: &str) -> Vec<String> {
    let mut parameters = Vec::new();
    let mut current = String::new();
    let mut quoted = false;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' => quoted = !quoted,
            '\\' if !quoted => current.extend(chars.next()),
            ' ' if !quoted => {
                if !current.is_empty() {
                    parameters.push(std::mem::take(&mut current));
                }
            }
            c => current.push(c),
        }
    }
    if !current.is_empty() {
        parameters.push(current);
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::parse_config_parameters;

    #[test]
    fn both_forms_of_config_parameters_are_read() {
        let parsed = parse_config_parameters(r"'lineage.sidecar'='false' 'a.b=c d' 'x.y'='it'\''s'");
        assert_eq!(parsed, ["lineage.sidecar=false", "a.b=c d", "x.y=it's"]);
        assert!(parse_config_parameters("").is_empty());
    }
}
