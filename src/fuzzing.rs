//! Doors for the targets in `fuzz/`, behind the feature `fuzzing` and no part of the API.
//!
//! What comes from outside as bytes is read by parsers that the API reaches only through a repository: a commit has to be
//! stored before it is a version, a manifest lies in a work tree. Through that a fuzzer makes a few hundred attempts per
//! second, here a hundred thousand. Each function takes any bytes and panics where a guarantee of the parser does not hold.

use std::collections::HashMap;

use gix::{
    ObjectId,
    bstr::{BStr, ByteSlice},
};

use crate::{
    content::{
        Content, ContentError, Entry, Mode, flatten,
        gate::{self, GateOptions},
        hash_object, write_trees,
    },
    id::{HashKind, VersionId},
    manifest::{Manifest, ManifestError, Stages},
    refname::{LineageRef, RefPrefix},
    version::{
        commit::{examine, parse},
        trailers::Trailers,
    },
};

/// A commit message: what is read from it can be written, and is then read as the same.
pub fn message(data: &[u8]) {
    let reading = Trailers::read(data);
    match Trailers::parse(data) {
        Ok(trailers) => {
            assert!(reading.damage.is_empty());
            assert_eq!(reading.trailers.as_ref(), Some(&trailers));
            if trailers.check_writable().is_ok() {
                let again = format!("Summary\n\n{}", trailers.to_lines());
                assert_eq!(Trailers::parse(again.as_bytes()), Ok(trailers));
            }
        }
        Err(damage) => assert_eq!(reading.damage.first(), Some(&damage)),
    }
}

/// The bytes of a commit object, with either hash function: `verify` finds something wrong just where it cannot be read.
pub fn commit(data: &[u8]) {
    for hash in [HashKind::Sha1, HashKind::Sha256] {
        let id = VersionId::from_oid(hash_object(hash, "commit", data));
        let examined = examine(data, hash);
        match parse(id, data, hash) {
            Ok(parsed) => {
                assert!(examined.damage.is_empty(), "{:?}", examined.damage);
                assert_eq!(
                    parsed.version.parent_ids.is_empty(),
                    parsed.version.parent_hash.is_none()
                );
            }
            Err(_) => assert!(!examined.damage.is_empty()),
        }
    }
}

/// The name of a ref: one that is read is one that would be written.
pub fn ref_name(data: &[u8]) {
    let prefix = RefPrefix::default();
    let Ok(read) = prefix.parse(data.as_bstr()) else { return };
    let id = read.artifact().and_then(|artifact| artifact.id());
    let written = match (&read, id) {
        (LineageRef::Kept { version_id }, _) => prefix.kept(version_id),
        (LineageRef::Head { line, .. }, Some(id)) => match line.raw() {
            Some(line) => prefix.head(&line.parse().expect("it was checked"), id),
            None => return,
        },
        (LineageRef::Remote { remote, line, .. }, Some(id)) => match (remote.raw(), line.raw()) {
            (Some(remote), Some(line)) => prefix.remote(remote, &line.parse().expect("it was checked"), id),
            _ => return,
        },
        (LineageRef::Pending { worktree, .. }, Some(id)) => match worktree.raw() {
            Some(worktree) => prefix.pending(worktree, id),
            None => return,
        },
        // What is shortened says no more than that.
        (_, None) => return,
    };
    assert_eq!(written.as_bytes().as_bstr(), data.as_bstr());
    assert!(
        gix::validate::reference::name(data.as_bstr()).is_ok(),
        "git would refuse it"
    );
}

/// A manifest, or where it holds the bytes `\0\0` the three stages of an unmerged one: no byte is lost, and what is set is
/// there when it is read again.
pub fn manifest(data: &[u8]) {
    let mut parts = data.split_str("\0\0");
    let mut next = || parts.next().unwrap_or_default();
    let (first, second, third) = (next(), next(), next());
    let (entries, errors) = Manifest::examine(first);
    let Ok(mut manifest) = Manifest::parse(first) else {
        assert!(!errors.is_empty());
        return;
    };
    assert!(errors.is_empty() && manifest.entries().eq(&entries));
    assert_eq!(manifest.to_bytes(), first);
    if let (Ok(ours), Ok(theirs)) = (Manifest::parse(second), Manifest::parse(third)) {
        let stages = Stages {
            base: manifest.clone(),
            ours,
            theirs,
        };
        if let Ok(merged) = stages.merge::<ManifestError>(first, |_, _| Ok(None)) {
            let again = Manifest::parse(&merged.to_bytes()).expect("it was just written");
            assert!(again.entries().eq(merged.entries()));
        }
    }
    for entry in &entries {
        let mut changed = entry.clone();
        changed.upstream = Some("../a \"b\" \\ # ; c".to_owned());
        changed.upstream_ref = None;
        manifest.set(changed.clone()).expect("only its upstream is another");
        let again = Manifest::parse(&manifest.to_bytes()).expect("it was just written");
        assert_eq!(again.get(&entry.id), Some(&changed));
        assert_eq!(again.entries().len(), entries.len());
    }
    for entry in &entries {
        assert!(manifest.remove(&entry.id));
    }
    let left = Manifest::parse(&manifest.to_bytes()).expect("it was just written");
    assert_eq!(left.entries().len(), 0);
}

/// Trees: what git would not store is not stored, and what passes is written as the very same objects.
///
/// The data is cut at each `\xff`; each piece becomes a tree, in which a name followed by `>` and a number names an earlier
/// piece, and all others a file.
pub fn tree(data: &[u8]) {
    let hash = HashKind::Sha1;
    // Trees that multiply are refused from a million files on, which takes time to reach; tests do that once.
    const MOST_FILES: usize = 4096;
    let mut trees: HashMap<ObjectId, Vec<u8>> = HashMap::new();
    let mut ids: Vec<(ObjectId, usize)> = Vec::new();
    for piece in data.split(|byte| *byte == 0xff) {
        let (tree, files) = tree_of(piece, &ids);
        if files > MOST_FILES {
            return;
        }
        // Bytes that may be no tree at all are judged, too.
        gate::faults_in_raw_tree(piece, hash);
        let id = hash_object(hash, "tree", &tree);
        trees.insert(id, tree);
        ids.push((id, files));
    }
    let Some((root, _)) = ids.pop() else { return };
    let mut faultless = true;
    let listed = flatten::<ContentError>(root, &mut |id| {
        let data = trees.get(&id).cloned().unwrap_or_default();
        faultless &= gate::faults_in_raw_tree(&data, hash).is_empty();
        Ok(data)
    });
    let Ok(entries) = listed else { return };
    let content = Content::new(entries);
    let storable = gate::check_storable(content.entries(), false).is_ok();
    assert!(!faultless || storable, "git stores what we do not");
    let mut written = Vec::new();
    let mut sink = |data: &[u8], _| {
        written.push(data.to_vec());
        Ok::<_, ContentError>(())
    };
    if storable && write_trees(content.entries(), hash, &mut sink).is_ok() {
        for tree in written {
            assert!(
                gate::faults_in_raw_tree(&tree, hash).is_empty(),
                "what we store is no tree to git"
            );
        }
    }
    for ignore_case in [false, true] {
        let options = GateOptions {
            ignore_case,
            single_file: false,
        };
        // The target of a link is the path of the entry behind it, taken from that end.
        let mut read_link = |entry: &Entry| Ok::<_, ContentError>(entry.path.iter().rev().copied().collect());
        let passes = gate::check_entries(content.entries(), &mut read_link, options).is_ok();
        assert!(!passes || storable);
    }
    for entry in content.entries() {
        if entry.mode != Mode::Symlink {
            let _ = gate::check_blob(&entry.path, data);
        }
    }
    for name in [&b".gitmodules"[..], b".gitattributes"] {
        let _ = gate::check_blob(name, data);
    }
}

/// One line for each entry: a letter for the mode, the name, and perhaps `>` and which earlier tree it is. Also, how many
/// entries it has with all below it.
fn tree_of(piece: &[u8], earlier: &[(ObjectId, usize)]) -> (Vec<u8>, usize) {
    let mut tree = Vec::new();
    let mut files = 0_usize;
    for line in piece.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let (kind, name) = (line[0], &line[1..]);
        let (name, below) = match name.rsplit_once_str(">") {
            Some((name, number)) => (name, earlier_tree(number.as_bstr(), earlier)),
            None => (name, None),
        };
        let mode: &[u8] = match (below, kind) {
            (Some(_), _) => b"40000",
            (None, b'l') => b"120000",
            (None, b'x') => b"100755",
            (None, b's') => b"160000",
            (None, b'0') => b"0100644",
            (None, _) => b"100644",
        };
        let (id, more) = below.unwrap_or_else(|| (hash_object(HashKind::Sha1, "blob", name), 0));
        files = files.saturating_add(more).saturating_add(1);
        tree.extend([mode, b" ", name, b"\0", id.as_slice()].concat());
    }
    (tree, files)
}

fn earlier_tree(number: &BStr, earlier: &[(ObjectId, usize)]) -> Option<(ObjectId, usize)> {
    let number: usize = number.to_str().ok()?.parse().ok()?;
    earlier.get(number).copied()
}
