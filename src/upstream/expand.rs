//! Patterns for paths inside an upstream, such as `skills/*`.

use std::{collections::BTreeSet, path::Path};

use gix::{
    ObjectId,
    bstr::{BStr, BString, ByteSlice},
    glob::{wildmatch, wildmatch::Mode},
};

use super::{Store, UpstreamError, source::path_inside, tree};
use crate::git::GitError;

/// What matches any number of directories.
const ANY_DEPTH: &str = "**";

impl Store {
    /// The files and directories of a commit that match a pattern, sorted. As in `.gitignore`, `*`, `?` and `[…]` stay
    /// within one name, and `**` between slashes stands for any number of directories, at the end for all below.
    ///
    /// # Errors
    /// [`UpstreamError::PathOutside`], [`UpstreamError::PathNotUtf8`] for a path that matches but could not be
    /// recorded; what [`fetch`](Store::fetch) returns if the commit is not here.
    pub(crate) fn expand(&self, commit: ObjectId, pattern: &str) -> Result<Vec<String>, UpstreamError> {
        let pattern = path_inside(pattern)?;
        let names: Vec<&str> = pattern.split('/').filter(|name| !name.is_empty()).collect();
        let found = self.read(commit, |repo| {
            let enter = &mut |path: &BStr| match match_names(&names, path) {
                Match::Never => false,
                Match::Below => true,
                Match::Whole => names.contains(&ANY_DEPTH),
            };
            tree::walk(repo, tree::root(repo, commit)?, enter)
        })?;
        let matching: BTreeSet<BString> = found
            .into_keys()
            .filter(|path| match_names(&names, path.as_bstr()) == Match::Whole)
            .collect();
        let to_text = |path: BString| {
            path.to_str()
                .map(str::to_owned)
                .map_err(|_| UpstreamError::PathNotUtf8 {
                    url: self.url().to_owned(),
                    path: path.to_string(),
                })
        };
        matching.into_iter().map(to_text).collect()
    }
}

/// As [`Store::expand`], in a plain directory. Symbolic links are not followed.
///
/// # Errors
/// [`UpstreamError::PathOutside`], [`UpstreamError::PathNotUtf8`]; [`UpstreamError::Git`] if a directory cannot be listed.
pub(crate) fn expand_directory(top: &Path, pattern: &str) -> Result<Vec<String>, UpstreamError> {
    let pattern = path_inside(pattern)?;
    let names: Vec<&str> = pattern.split('/').filter(|name| !name.is_empty()).collect();
    let mut matching = BTreeSet::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let directory = top.join(&folder);
        let failed = || GitError::io("list", &directory);
        for entry in std::fs::read_dir(&directory).map_err(failed())? {
            let entry = entry.map_err(failed())?;
            let path = match entry.file_name().to_str() {
                Some(name) if folder.is_empty() => name.to_owned(),
                Some(name) => format!("{folder}/{name}"),
                None => {
                    return Err(UpstreamError::PathNotUtf8 {
                        url: top.display().to_string(),
                        path: entry.path().display().to_string(),
                    });
                }
            };
            let found = match_names(&names, path.as_bytes().as_bstr());
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && (found == Match::Below || (found == Match::Whole && names.contains(&ANY_DEPTH))) {
                folders.push(path.clone());
            }
            if found == Match::Whole {
                matching.insert(path);
            }
        }
    }
    Ok(matching.into_iter().collect())
}

/// Whether a path inside an upstream matches a pattern, as [`Store::expand`] finds it.
///
/// # Errors
/// [`UpstreamError::PathOutside`] for the pattern; a path that leads out matches nothing.
pub(crate) fn matches(pattern: &str, path: &str) -> Result<bool, UpstreamError> {
    let pattern = path_inside(pattern)?;
    let names: Vec<&str> = pattern.split('/').filter(|name| !name.is_empty()).collect();
    Ok(path_inside(path).is_ok_and(|path| match_names(&names, path.as_bytes().as_bstr()) == Match::Whole))
}

/// How a path stands to a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    /// Nothing at or below it matches.
    Never,
    /// Something below it may match.
    Below,
    /// It matches; below it something may only with [`ANY_DEPTH`].
    Whole,
}

/// Compares name by name. `pattern` is not empty but for the pattern of nothing.
fn match_names(pattern: &[&str], path: &BStr) -> Match {
    let names: Vec<&[u8]> = path
        .split(|byte| *byte == b'/')
        .filter(|name| !name.is_empty())
        .collect();
    match_from(pattern, &names)
}

fn match_from(pattern: &[&str], names: &[&[u8]]) -> Match {
    let (Some((first, rest)), Some((name, below))) = (pattern.split_first(), names.split_first()) else {
        return match (pattern, names) {
            ([], []) => Match::Whole,
            (_, []) => Match::Below,
            _ => Match::Never,
        };
    };
    if *first == ANY_DEPTH {
        return match rest {
            [] => Match::Whole,
            _ => match_from(rest, names).max(match_from(pattern, below)),
        };
    }
    if wildmatch(first.as_bytes().as_bstr(), name.as_bstr(), Mode::NO_MATCH_SLASH_LITERAL) {
        match_from(rest, below)
    } else {
        Match::Never
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_gitignore() {
        for (pattern, path, expected) in [
            ("skills/*", "skills/pdf", Match::Whole),
            ("skills/*", "skills/pdf/x", Match::Never),
            ("skills/*", "skills", Match::Below),
            ("skills/*", "", Match::Below),
            ("skills/*", "other", Match::Never),
            ("skills/p?f", "skills/pdf", Match::Whole),
            ("skills/[a-o]*", "skills/pdf", Match::Never),
            ("skills", "skills", Match::Whole),
            ("**/SKILL.md", "SKILL.md", Match::Whole),
            ("**/SKILL.md", "a/b/SKILL.md", Match::Whole),
            ("**/SKILL.md", "a/b", Match::Below),
            ("a/**/z", "a/z", Match::Whole),
            ("a/**/z", "a/b/c/z", Match::Whole),
            ("a/**", "a", Match::Below),
            ("a/**", "a/b/c", Match::Whole),
            ("**", "a", Match::Whole),
        ] {
            let names: Vec<&str> = pattern.split('/').collect();
            assert_eq!(match_names(&names, path.into()), expected, "{pattern} {path}");
            let whole = matches(&format!("./{pattern}/"), path).expect("a pattern inside");
            assert_eq!(whole, expected == Match::Whole, "{pattern} {path}");
        }
        assert!(!matches("**", "../pdf").expect("the pattern is fine"));
        let outside = matches("../*", "pdf");
        assert!(matches!(outside, Err(UpstreamError::PathOutside { .. })), "{outside:?}");
    }
}
