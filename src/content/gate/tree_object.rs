//! [`faults_in_raw_tree`]: one git tree object, judged as `git fsck --strict` judges it.

use std::collections::HashSet;

use gix::bstr::BString;

use super::names::{Bearer, check_name};
use crate::{
    content::{
        Mode, Refusal,
        raw_tree::{RawEntries, RawEntry},
    },
    id::HashKind,
};

/// What is wrong with a tree object, and with which of its entries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the entry '{name}' is refused: {reason}")]
pub(crate) struct TreeFault {
    /// The entry's name; empty where the object cannot be read that far.
    pub(crate) name: BString,
    /// What is wrong.
    pub(crate) reason: Refusal,
}

/// Is this the data of a tree object that git would not call an error, and that an artifact may hold? Returned is what
/// speaks against it, at most one fault for each entry; what stands behind a place where the object is malformed cannot
/// be read.
///
/// Refused is what `git fsck --strict` calls an error: a malformed object, the names `.`, `..`, `.git` in any spelling,
/// empty or longer than 4096 bytes or with a `/`, null ids, modes padded with zeros, names twice (a file and a
/// directory too) or out of order, `.gitmodules` that is a symbolic link or a directory, `.gitattributes` that is a
/// directory. Refused as well, though git only warns or says nothing: every mode but 40000, 100644, 100755 and 120000,
/// submodules among them.
pub(crate) fn faults_in_raw_tree(data: &[u8], hash: HashKind) -> Vec<TreeFault> {
    let mut faults = Vec::new();
    let mut names = HashSet::new();
    let mut previous: Option<RawEntry<'_>> = None;
    for entry in RawEntries::new(data, hash) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(reason) => {
                faults.push(TreeFault {
                    name: BString::default(),
                    reason,
                });
                break;
            }
        };
        let checked = check_entry(&entry).and_then(|()| {
            if !names.insert(entry.name) {
                Err(Refusal::Duplicate)
            } else if previous.is_some_and(|previous| previous.cmp_in_tree(&entry).is_ge()) {
                Err(Refusal::Unordered)
            } else {
                Ok(())
            }
        });
        if let Err(reason) = checked {
            faults.push(TreeFault {
                name: entry.name.into(),
                reason,
            });
        }
        previous = Some(entry);
    }
    faults
}

fn check_entry(entry: &RawEntry<'_>) -> Result<(), Refusal> {
    let mode_text = || String::from_utf8_lossy(entry.mode_text).into_owned();
    if entry.mode_text.starts_with(b"0") {
        return Err(Refusal::ZeroPaddedMode { mode: mode_text() });
    }
    let bearer = match entry.mode {
        RawEntry::TREE => Bearer::Directory,
        RawEntry::GITLINK => return Err(Refusal::NestedRepository),
        mode => Bearer::Leaf(Mode::from_git(mode).ok_or_else(|| Refusal::UnknownMode { mode: mode_text() })?),
    };
    if entry.id.is_null() {
        return Err(Refusal::NullId);
    }
    check_name(entry.name, bearer)
}
