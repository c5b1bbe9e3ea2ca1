//! [`examine`]: everything that is wrong with one commit, and what can be told of it all the same. This is for `verify`
//! and runs only for commits that [`parse()`] refuses.

use gix::{
    ObjectId,
    bstr::ByteSlice,
    objs::{CommitRef, CommitRefIter},
};

use super::parse::{bad_line, first_fault, parent_hash_fault};
use crate::{
    id::HashKind,
    version::trailers::{Damage, Key, Partial, Trailers},
};

/// What can be told of a commit in which something is wrong.
#[derive(Debug, Default)]
pub(crate) struct Examined {
    /// Everything that is wrong; empty where [`parse()`](super::parse()) reads it.
    pub(crate) damage: Vec<Damage>,
    /// The content, as far as the header can be read.
    pub(crate) tree: Option<ObjectId>,
    /// The parents, as far as the header can be read.
    pub(crate) parents: Vec<ObjectId>,
    /// The trailers that can be read, each on its own.
    pub(crate) trailers: Partial,
    /// Whether it is meant to be a version at all: it has at least one of the known trailers.
    pub(crate) of_a_version: bool,
}

/// As [`parse()`](super::parse()), but goes on past what is wrong: the first of the damage is its error.
pub(crate) fn examine(raw: &[u8], hash: HashKind) -> Examined {
    let mut header = CommitRefIter::from_bytes(raw, hash.to_gix());
    let mut examined = Examined {
        tree: header.tree_id().ok(),
        parents: header.parent_ids().collect(),
        ..Examined::default()
    };
    let commit = CommitRef::from_bytes(raw, hash.to_gix()).ok();
    let message = match &commit {
        Some(commit) => commit.message.as_bytes(),
        // What stands behind the first empty line is the message, whatever is wrong before it.
        None => raw.split_once_str("\n\n").map_or(&b""[..], |(_, message)| message),
    };
    let reading = Trailers::read(message);
    examined.of_a_version = reading.of_a_version;
    examined.damage = header_faults(commit.as_ref(), raw, hash);
    examined.damage.extend(reading.damage);
    examined.trailers = match reading.trailers {
        None => reading.partial,
        Some(whole) => Partial {
            artifact_id: Some(whole.artifact_id),
            change_origin: whole.change_origin,
            parent_hash: whole.parent_hash,
        },
    };
    // Of a value that cannot be read nothing more need be said, and of an ordinary commit nothing at all.
    let is_open = examined.of_a_version && !examined.damage.iter().any(is_about_parent_hash);
    if let Some(commit) = commit.filter(|_| is_open) {
        let fault = parent_hash_fault(examined.trailers.parent_hash, !commit.parents.is_empty(), hash);
        examined.damage.extend(fault);
    }
    examined
}

fn is_about_parent_hash(damage: &Damage) -> bool {
    match damage {
        Damage::MalformedTrailer { key, .. } | Damage::DuplicateTrailer { key } => *key == Key::ParentHash.as_str(),
        _ => false,
    }
}

fn header_faults(commit: Option<&CommitRef<'_>>, raw: &[u8], hash: HashKind) -> Vec<Damage> {
    let mut reasons = Vec::new();
    match commit {
        None => reasons.push(first_fault(raw, hash)),
        Some(commit) => {
            if commit.author().is_err() {
                reasons.push(bad_line("author"));
            }
            if commit.committer().and_then(|committer| committer.time()).is_err() {
                reasons.push(bad_line("committer"));
            }
        }
    }
    let malformed = |reason| Damage::MalformedCommit { reason };
    reasons.into_iter().map(malformed).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "3cf9a8d1b54e1e7d0e2b0c1a4f6d8e9a0b1c2d3e";
    const TREE: &str = "7bd8fc459f09f0e14dcc2adbb4a5a58e60ea755c";

    fn of(text: &str) -> Examined {
        examine(text.as_bytes(), HashKind::Sha1)
    }

    fn codes(examined: &Examined) -> Vec<&'static str> {
        examined.damage.iter().map(Damage::code).collect()
    }

    #[test]
    fn what_can_be_told_is_told() {
        let good = format!(
            "tree {TREE}\nparent {ID}\nauthor A <a> 5 +0100\ncommitter C <c> 7 -0230\n\ns\n\n\
             Lineage-Format: 1\nArtifact-Id: skill/pdf\nParent-Hash: {TREE}\n"
        );
        let examined = of(&good);
        assert_eq!(codes(&examined), [""; 0]);
        for (from, to, expected) in [
            ("author A <a>", "author A a", &["malformed_commit"][..]),
            ("committer C <c> 7 -0230", "committer C <c> x", &["malformed_commit"]),
            ("Parent-Hash", "X", &["parent_hash_mismatch"]),
            (
                "Lineage-Format: 1\n",
                "Change-Origin: x\nChange-Origin: y\n",
                &["missing_trailer", "duplicate_trailer", "unknown_origin"],
            ),
            ("author A <a> 5 +0100\n", "", &["malformed_commit"]),
        ] {
            let examined = of(&good.replace(from, to));
            assert_eq!(codes(&examined), expected, "{from:?} -> {to:?}");
            let parents: Vec<_> = examined.parents.iter().map(ToString::to_string).collect();
            assert_eq!(parents, [ID], "{from:?}");
            assert_eq!(examined.tree.map(|id| id.to_string()).as_deref(), Some(TREE));
            assert_eq!(
                examined.trailers.artifact_id.map(|id| id.to_string()).as_deref(),
                Some("skill/pdf")
            );
            assert!(examined.of_a_version);
        }
        let several = of(&good.replace(&format!("Parent-Hash: {TREE}"), "Upstream-Url:"));
        assert_eq!(codes(&several), ["malformed_trailer", "parent_hash_mismatch"]);
        let both = of(&good.replace("author A <a>", "author A a").replace("Artifact-Id", "X"));
        assert_eq!(codes(&both), ["malformed_commit", "missing_trailer"]);
        assert!(!of(&good[..good.find("Lineage").expect("there")]).of_a_version);
    }

    proptest! {
        #[test]
        fn the_first_of_the_damage_is_the_error_of_parsing(
            header in "(tree [0-9a-f]{40}\n)?(parent [0-9a-f]{39,41}\n){0,2}(author A <a> 5 [+0]0100\n)?(committer A <a> [5x] \\+0000\n)?",
            lines in "(Lineage-Format: 1\n)?(Artifact-Id: [sS]/x\n)?(Parent-Hash: [0-9a-f]{40}\n)?(Change-Origin: sync\n){0,2}",
        ) {
            let raw = format!("{header}\nsummary\n\n{lines}");
            let id = ID.parse().expect("an id");
            let error = super::super::parse(id, raw.as_bytes(), HashKind::Sha1).err();
            let damage = of(&raw).damage;
            prop_assert_eq!(damage.first(), error.as_ref());
        }
    }
}
