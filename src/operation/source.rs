//! The plain directory or file that an artifact comes from.

use std::path::PathBuf;

use super::OperationError;
use crate::{
    git::Repo,
    upstream::source::{Source, path_inside, without_credentials},
};

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
    let path = match Source::find(repo.work_tree()?, source)? {
        Some(Source::Plain(path)) => path,
        Some(Source::Git(_)) => {
            return Err(OperationError::GitSource {
                source_path: without_credentials(source),
            });
        }
        None => return Err(no_source()),
    };
    let inside = match from {
        None => path,
        Some(from) if path_inside(from).is_ok() => path.join(from),
        Some(_) => return Err(no_source()),
    };
    if std::fs::symlink_metadata(&inside).is_err() {
        return Err(no_source());
    }
    Ok(inside)
}
