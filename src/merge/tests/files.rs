//! [`Files`]: the content of an artifact in a test.

use std::{collections::BTreeMap, fmt};

use gix::{
    bstr::{BString, ByteSlice},
    objs::Kind,
};

use crate::{
    content::{Entry, Mode, write_trees},
    git::objects::ObjectBatch,
    id::{ContentHash, HashKind},
    merge::MergeError,
};

/// Files by their paths within the artifact.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Files(pub(super) BTreeMap<BString, (Mode, Vec<u8>)>);

impl Files {
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        files
            .iter()
            .fold(Files::default(), |files, (path, data)| files.with(*path, data))
    }

    #[must_use]
    pub(super) fn with(self, path: impl Into<BString>, data: impl AsRef<[u8]>) -> Self {
        self.with_mode(path, Mode::File, data)
    }

    #[must_use]
    pub(super) fn with_mode(mut self, path: impl Into<BString>, mode: Mode, data: impl AsRef<[u8]>) -> Self {
        self.put(path.into(), mode, data.as_ref().to_vec());
        self
    }

    #[must_use]
    pub(super) fn without(mut self, path: &str) -> Self {
        self.0.remove(path.as_bytes()).expect("it is there");
        self
    }

    /// Sets a file; what stands in its way goes.
    pub(super) fn put(&mut self, path: BString, mode: Mode, data: Vec<u8>) {
        let folder = folder_of(&path);
        self.0
            .retain(|other, _| !other.starts_with(&folder) && !path.starts_with(&folder_of(other)));
        self.0.insert(path, (mode, data));
    }

    /// Hands all objects to a batch.
    pub(super) fn add_to(&self, batch: &mut ObjectBatch<'_>, kind: HashKind) -> ContentHash {
        let mut entries = Vec::new();
        for (path, (mode, data)) in &self.0 {
            let id = batch.add(Kind::Blob, data).expect("added");
            entries.push(Entry {
                path: path.clone(),
                mode: *mode,
                id,
            });
        }
        let written = write_trees::<MergeError>(&entries, kind, &mut |data, _| {
            Ok(batch.add(Kind::Tree, data).map(drop)?)
        });
        written.expect("a content")
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let readable = self.0.iter().map(|(path, (mode, data))| (path, (mode, data.as_bstr())));
        f.debug_map().entries(readable).finish()
    }
}

fn folder_of(path: &BString) -> Vec<u8> {
    [path.as_slice(), b"/"].concat()
}

/// Lines `1` to `count`, each with a line break, with some of them replaced.
pub(super) fn lines(count: usize, replaced: &[(usize, &str)]) -> String {
    let line = |number: usize| match replaced.iter().find(|(at, _)| *at == number) {
        Some((_, text)) => format!("{text}\n"),
        None => format!("{number}\n"),
    };
    (1..=count).map(line).collect()
}
