//! Whether a commit touches an artifact, by its trees and the paths in its manifest, without taking the manifest in whole:
//! that of a thousand artifacts would cost more than all else that a hook does.
//!
//! A manifest that is written in an unusual way may be misread, so that nothing is found to be touched: a hook then leaves to
//! the next command what it could have done. Leaves to others: whether the manifest is right.

use gix::{ObjectId, bstr::ByteSlice as _, objs::tree::EntryKind};

use crate::{
    git::GitError,
    project::{history::History, tree::TreeEntry},
};

/// The paths of all artifacts, sorted.
struct Paths<'t>(Vec<&'t str>);

impl<'t> Paths<'t> {
    /// From lines such as `path = skills/pdf`; `None` if one of them is quoted or has a comment.
    fn of(manifest: &'t [u8]) -> Option<Self> {
        let mut paths = Vec::new();
        for line in manifest.lines().map(<[u8]>::trim_ascii) {
            let Some((key, rest)) = line.split_at_checked(4) else {
                continue;
            };
            let value = rest.trim_ascii_start().strip_prefix(b"=");
            let Some(value) = value.filter(|_| key.eq_ignore_ascii_case(b"path")) else {
                continue;
            };
            if value.find_byteset(b"\"\\#;").is_some() {
                return None;
            }
            paths.push(value.trim_ascii().to_str().ok()?);
        }
        paths.sort_unstable();
        Some(Paths(paths))
    }

    fn holds(&self, path: &str) -> bool {
        self.0.binary_search(&path).is_ok()
    }

    fn holds_any_below(&self, path: &str) -> bool {
        let prefix = format!("{path}/");
        let first = self.0.partition_point(|other| **other < *prefix);
        self.0.get(first).is_some_and(|other| other.starts_with(&prefix))
    }
}

/// Whether an artifact of a manifest differs between two root trees; `None` where that takes a closer look.
pub(super) fn is_touched(
    history: &History<'_>,
    (old, new): (ObjectId, ObjectId),
    manifest: &[u8],
) -> Result<Option<bool>, GitError> {
    let Some(paths) = Paths::of(manifest) else {
        return Ok(None);
    };
    differs(history, old, new, "", &paths).map(Some)
}

fn differs(
    history: &History<'_>,
    old: ObjectId,
    new: ObjectId,
    above: &str,
    paths: &Paths<'_>,
) -> Result<bool, GitError> {
    let (old, new) = (history.tree(old)?, history.tree(new)?);
    for (before, after) in old.differences(&new) {
        let Some(name) = before.or(after).and_then(|entry| entry.name.to_str().ok()) else {
            continue;
        };
        let path = if above.is_empty() {
            name.to_owned()
        } else {
            format!("{above}/{name}")
        };
        if paths.holds(&path) {
            return Ok(true);
        }
        if !paths.holds_any_below(&path) {
            continue;
        }
        let tree = |entry: Option<TreeEntry<'_>>| {
            entry
                .filter(|entry| entry.kind == EntryKind::Tree)
                .map(|entry| entry.id)
        };
        let touched = match (tree(before), tree(after)) {
            (Some(before), Some(after)) => differs(history, before, after, &path, paths)?,
            // All that is below came or went.
            _ => true,
        };
        if touched {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_in_a_manifest_as_it_is_written() {
        let text = b"# of: path = x\n[artifact \"skill/pdf\"]\n\tpath = .claude/skills/pdf\n\tpathology = y\n\tupstream = path = z\n\
            [artifact \"skill/b c\"]\n  PATH=skills/b c  \r\npat\n";
        let paths = Paths::of(text).expect("nothing unusual");
        assert_eq!(paths.0, [".claude/skills/pdf", "skills/b c"]);
        assert!(paths.holds("skills/b c") && !paths.holds("skills"));
        assert!(paths.holds_any_below("skills") && paths.holds_any_below(".claude/skills"));
        assert!(!paths.holds_any_below("skills/b c") && !paths.holds_any_below("skill"));
        for unusual in ["path = \"a\"", "path = a # b", "path = a;b", "path = a\\\\b"] {
            assert!(Paths::of(unusual.as_bytes()).is_none(), "{unusual}");
        }
    }
}
