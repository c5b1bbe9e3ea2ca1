//! The format of a repository, as its own configuration says it: refused where git refuses it.
//!
//! gix reads the version and the hash function, says of those that it does not know no more than that it could not read the
//! configuration, and leaves the rest to those who use it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use gix::config::{File, Source, file::Metadata};

use super::{GitError, look_through};

/// What git knows below `extensions.` in any repository.
const EXTENSIONS: [&str; 4] = ["noop", "partialclone", "preciousobjects", "worktreeconfig"];
/// And what has a meaning from format 1 on: in one of format 0 it is a mistake.
const EXTENSIONS_OF_1: [&str; 4] = ["compatobjectformat", "noop-v1", "objectformat", "refstorage"];
/// Newer than the lists above but harmless: only the spelling of paths between worktrees.
const RELATIVE_WORKTREES: &str = "relativeworktrees";

/// The newest format there is.
const NEWEST: i64 = 1;

/// Refuses a repository of a format, or with an extension, that is not for us to touch.
///
/// # Errors
/// [`GitError::UnknownFormat`], [`GitError::UnknownExtension`], [`GitError::MisplacedExtension`] and
/// [`GitError::InvalidConfig`].
pub(super) fn check(config: &File) -> Result<(), GitError> {
    // What a user has in a file of his own says nothing of a repository.
    let own = |meta: &Metadata| meta.source == Source::Local;
    for key in ["core.bare", "extensions.worktreeConfig", "extensions.preciousObjects"] {
        config
            .boolean_filter(key, own)
            .map_err(|_| invalid(config, key, "it is not a boolean"))?;
    }
    let version = "core.repositoryFormatVersion";
    let version = config
        .integer_filter(version, own)
        .map_err(|_| invalid(config, version, "it is not a number"))?
        .unwrap_or(0);
    if version > NEWEST {
        return Err(GitError::UnknownFormat { version });
    }
    for section in config.sections_by_name("extensions").into_iter().flatten() {
        if !own(section.meta()) {
            continue;
        }
        for name in section.body().value_names() {
            let extension = name.to_ascii_lowercase();
            let known = |names: &[&str]| names.contains(&extension.as_str());
            if version < 1 && known(&EXTENSIONS_OF_1) {
                return Err(GitError::MisplacedExtension { extension });
            }
            if version >= 1 && !known(&EXTENSIONS) && !known(&EXTENSIONS_OF_1) && extension != RELATIVE_WORKTREES {
                return Err(GitError::UnknownExtension { extension });
            }
        }
    }
    let storage = "extensions.refStorage";
    let stored = config.string_filter(storage, own);
    if stored.is_some_and(|stored| stored != "files" && stored != "reftable") {
        return Err(invalid(
            config,
            storage,
            "refs can be stored as 'files' or as a 'reftable'",
        ));
    }
    let function = "extensions.objectFormat";
    let used = config.string_filter(function, own);
    if used.is_some_and(|used| used != "sha1" && used != "sha256") {
        return Err(invalid(config, function, "objects are named by 'sha1' or by 'sha256'"));
    }
    Ok(())
}

/// What keeps a repository from being opened where gix could not read its configuration; `None` where that is not it.
pub(super) fn refused(dir: &Path) -> Option<GitError> {
    let git_dir = git_dir(dir)?;
    // Of a linked work tree.
    let shared = fs::read_to_string(git_dir.join("commondir"));
    let common_dir = shared.map_or_else(|_| git_dir.clone(), |shared| git_dir.join(shared.trim_end()));
    let path = common_dir.join("config");
    match File::from_path_no_includes(path.clone(), Source::Local) {
        Ok(config) => check(&config).err(),
        Err(_) if matches!(look_through(&path), Ok(None)) => None,
        Err(source) => Some(GitError::UnreadableConfig {
            path,
            source: source.to_string().into(),
        }),
    }
}

/// Where git finds its directory for somebody in `dir`.
fn git_dir(dir: &Path) -> Option<PathBuf> {
    // As git's own environment, this is part of opening a repository as git does.
    if let Some(named) = std::env::var_os("GIT_DIR") {
        return Some(named.into());
    }
    let (found, _) = gix::discover::upwards(dir).ok()?;
    Some(found.into_repository_and_work_tree_directories().0)
}

fn invalid(config: &File, key: &'static str, reason: &str) -> GitError {
    GitError::InvalidConfig {
        key,
        value: config.string(key).map(|value| value.to_string()).unwrap_or_default(),
        reason: reason.to_owned(),
    }
}
