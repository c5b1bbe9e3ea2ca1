//! Every ref below a prefix, also those that git itself would stumble over: for `verify`, which lists them all.
//!
//! Loose refs are found by walking their directory, so that a file with nonsense in it or with an impossible name is seen
//! and does not hide the others.

use std::collections::BTreeMap;

use gix::{
    ObjectId,
    bstr::{BString, ByteSlice},
    refs::Target,
};

use super::{GitError, Repo};

/// What a ref says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RefValue {
    /// It points to an object, which may be missing.
    Object(ObjectId),
    /// It stands for another ref.
    Symbolic(BString),
    /// It cannot be read.
    Unreadable(String),
    /// A file among the refs that cannot be one, for git admits no such name.
    NoRefName,
}

impl Repo {
    /// All refs whose name starts with `prefix` (which ends in `/`), by name. A line of `packed-refs` that cannot be
    /// read stands under the name `packed-refs`, for whose ref it is cannot be told.
    ///
    /// # Errors
    /// [`GitError::Io`] for a directory that cannot be listed.
    pub(crate) fn every_ref(&self, prefix: &str) -> Result<BTreeMap<BString, RefValue>, GitError> {
        if self.is_reftable() {
            return self.every_reftable_ref(prefix);
        }
        let mut refs = self.packed(prefix);
        let folder = self.common_dir().join(prefix);
        for name in self.loose_names(prefix).map_err(GitError::io("list", &folder))? {
            let value = self.loose_value(&name);
            refs.insert(name, value);
        }
        Ok(refs)
    }

    fn packed(&self, prefix: &str) -> BTreeMap<BString, RefValue> {
        let mut refs = BTreeMap::new();
        let mut unreadable = |error: gix::Error| {
            let text = error.iter_errors().map(ToString::to_string).collect::<Vec<_>>();
            refs.insert(BString::from("packed-refs"), RefValue::Unreadable(text.join(": ")));
        };
        let buffer = match self.gix().refs.cached_packed_buffer() {
            Ok(Some(buffer)) => buffer,
            Ok(None) => return refs,
            Err(error) => {
                unreadable(error);
                return refs;
            }
        };
        let lines = match buffer.iter_prefixed(prefix.into()) {
            Ok(lines) => lines,
            Err(error) => {
                unreadable(error);
                return refs;
            }
        };
        let mut found = Vec::new();
        for line in lines {
            match line {
                Ok(line) => found.push((line.name.as_bstr().to_owned(), RefValue::Object(line.target()))),
                Err(error) => unreadable(error),
            }
        }
        refs.extend(found);
        refs
    }

    fn loose_value(&self, name: &BString) -> RefValue {
        if gix::validate::reference::name(name.as_bstr()).is_err() {
            return RefValue::NoRefName;
        }
        match self.gix().refs.try_find(name.as_bstr()) {
            Ok(Some(found)) => match found.target {
                Target::Object(id) => RefValue::Object(id),
                Target::Symbolic(other) => RefValue::Symbolic(other.as_bstr().to_owned()),
            },
            Ok(None) => RefValue::Unreadable("it vanished while it was read".to_owned()),
            Err(error) => {
                let text = error.iter_errors().map(ToString::to_string).collect::<Vec<_>>();
                RefValue::Unreadable(text.join(": "))
            }
        }
    }

    fn every_reftable_ref(&self, prefix: &str) -> Result<BTreeMap<BString, RefValue>, GitError> {
        let format = "--format=%(objectname) %(refname) %(symref)";
        let output = self.run_git(&["for-each-ref", format, prefix], b"")?;
        let mut refs = BTreeMap::new();
        for line in output.lines() {
            let mut fields = line.splitn(3, |byte| *byte == b' ');
            let (Some(id), Some(name)) = (fields.next(), fields.next()) else {
                continue;
            };
            let value = match (ObjectId::from_hex(id), fields.next()) {
                (_, Some(other)) if !other.is_empty() => RefValue::Symbolic(other.into()),
                (Ok(id), _) => RefValue::Object(id),
                (Err(error), _) => RefValue::Unreadable(error.to_string()),
            };
            refs.insert(name.into(), value);
        }
        Ok(refs)
    }
}
