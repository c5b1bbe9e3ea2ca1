//! Where content comes from: telling plain directories from git upstreams, and finding the former.

use std::path::{Component, Path, PathBuf};

use super::OperationError;
use crate::git::Repo;

/// The directory or file that `source` (and `from` inside it) names. A relative source starts at the project's root.
///
/// # Errors
/// [`OperationError::GitSource`] for a URL, a bare repository or the top of a work tree.
pub(super) fn locate(repo: &Repo, source: &str, from: Option<&str>) -> Result<PathBuf, OperationError> {
    let no_source = || OperationError::NoSource {
        source_path: match from {
            Some(from) => format!("{}/{from}", source.trim_end_matches('/')),
            None => source.to_owned(),
        },
    };
    let path = repo.work_tree()?.join(source);
    let exists = std::fs::metadata(&path).is_ok();
    if (!exists && is_url(source)) || is_git_repository(&path) {
        return Err(OperationError::GitSource {
            source_path: without_credentials(source),
        });
    }
    let inside = match from {
        None => path,
        Some(from) if stays_inside(from) => path.join(from),
        Some(_) => return Err(no_source()),
    };
    if source.is_empty() || std::fs::symlink_metadata(&inside).is_err() {
        return Err(no_source());
    }
    Ok(inside)
}

fn stays_inside(from: &str) -> bool {
    Path::new(from)
        .components()
        .all(|component| matches!(component, Component::Normal(_) | Component::CurDir))
}

/// As git tells a URL from a path: a scheme, a remote helper, or a host before the first colon.
fn is_url(source: &str) -> bool {
    if source.contains("://") || source.contains("::") {
        return true;
    }
    match source.split_once(':') {
        Some((host, _)) => !host.is_empty() && !host.contains('/'),
        None => false,
    }
}

fn is_git_repository(path: &Path) -> bool {
    let is_bare =
        |path: &Path| path.join("HEAD").is_file() && path.join("objects").is_dir() && path.join("refs").is_dir();
    path.join(".git").exists() || is_bare(path)
}

/// A URL that can be stored and shown: without user and password, except the user of ssh, who is no secret.
pub(super) fn without_credentials(source: &str) -> String {
    let Some((scheme, rest)) = source.split_once("://") else {
        return source.to_owned();
    };
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let Some((user_info, host)) = authority.rsplit_once('@') else {
        return source.to_owned();
    };
    let user = user_info.split(':').next().unwrap_or_default();
    if scheme.ends_with("ssh") && !user.is_empty() {
        format!("{scheme}://{user}@{host}{path}")
    } else {
        format!("{scheme}://{host}{path}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_told_from_paths() {
        for url in [
            "https://example.org/x.git",
            "git@host:x.git",
            "ext::sh -c x",
            "file:///x",
            "host:path",
        ] {
            assert!(is_url(url), "{url}");
        }
        for path in ["../skills/pdf", "/a/b", "skills", "./a:b", "a/b:c"] {
            assert!(!is_url(path), "{path}");
        }
    }

    #[test]
    fn credentials_never_stay() {
        assert_eq!(without_credentials("https://me:secret@host/x"), "https://host/x");
        assert_eq!(without_credentials("https://token@host/x@y"), "https://host/x@y");
        assert_eq!(without_credentials("ssh://git:pw@host/x"), "ssh://git@host/x");
        assert_eq!(without_credentials("../plain@dir"), "../plain@dir");
    }

    #[test]
    fn sub_paths_stay_inside() {
        assert!(stays_inside("skills/pdf") && stays_inside("./a"));
        assert!(!stays_inside("../a") && !stays_inside("/etc") && !stays_inside("a/../../b"));
    }
}
