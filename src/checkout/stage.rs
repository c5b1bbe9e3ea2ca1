//! Putting files that were just written into the index, through git, so that every kind of index is kept well.

use gix::bstr::BString;

use super::CheckoutError;
use crate::git::Repo;

/// Stages the files at `paths` (relative to the project): present ones are added, even where a rule ignores them, absent
/// ones are removed. `executables` are those that must be executable where the file system cannot tell.
pub(crate) fn stage(
    repo: &Repo,
    paths: impl IntoIterator<Item = BString>,
    executables: impl IntoIterator<Item = BString>,
) -> Result<(), CheckoutError> {
    let input = nul_separated(paths);
    if !input.is_empty() {
        repo.run_git(
            &["update-index", "--add", "--remove", "--replace", "-z", "--stdin"],
            &input,
        )?;
    }
    if !repo.config_bool("core.fileMode").unwrap_or(true) {
        let input = nul_separated(executables);
        if !input.is_empty() {
            repo.run_git(&["update-index", "--chmod=+x", "-z", "--stdin"], &input)?;
        }
    }
    Ok(())
}

fn nul_separated(paths: impl IntoIterator<Item = BString>) -> Vec<u8> {
    let mut input = Vec::new();
    for path in paths {
        input.extend_from_slice(&path);
        input.push(0);
    }
    input
}
