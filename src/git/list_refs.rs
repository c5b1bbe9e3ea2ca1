//! Listing refs that are files, in as few calls to the system as it takes: each hook of a project with a thousand artifacts
//! lists a thousand of them, and opening, reading and closing is what one costs.
//!
//! Whatever is not plainly an id and a line end is left to gix: symbolic refs, and what is damaged. The caller sees to it
//! that nobody packs refs meanwhile.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use gix::{
    ObjectId,
    bstr::{BStr, BString, ByteSlice},
    refs::Target,
};

use super::{GitError, Repo};

/// More than the longest id and a line end.
const LONGEST: usize = 128;

impl Repo {
    /// All refs in files whose name starts with `prefix` (which ends in `/`), with their direct values, sorted by name.
    pub(super) fn list_ref_files(&self, prefix: &str) -> Result<Vec<(String, ObjectId)>, GitError> {
        let failed = || GitError::backend("list the refs");
        let mut refs = Vec::new();
        if let Some(packed) = self.gix().refs.cached_packed_buffer().map_err(failed())? {
            for line in packed.iter_prefixed(prefix.into()).map_err(failed())? {
                let line = line.map_err(|source| unreadable(prefix, "*", source))?;
                refs.push((line.name.as_bstr().to_string(), line.target()));
            }
        }
        let packed = refs.len();
        let loose = self.loose_names(prefix).map_err(|source| {
            let folder = self.common_dir().join(prefix);
            GitError::io("list", &folder)(source)
        })?;
        for name in loose {
            // git does not take these for refs either.
            if gix::validate::reference::name(name.as_bstr()).is_err() {
                continue;
            }
            if let Some(id) = self.loose_id(name.as_bstr())? {
                refs.push((name.to_string(), id));
            }
        }
        if packed == 0 || packed == refs.len() {
            refs.sort_unstable();
            return Ok(refs);
        }
        // Sorting keeps the order among equal names: the loose one came later, and counts.
        refs.sort_by(|(a, _), (b, _)| a.cmp(b));
        refs.reverse();
        refs.dedup_by(|(a, _), (b, _)| a == b);
        refs.reverse();
        Ok(refs)
    }

    /// The value of a ref that was found as a file; `None` if it is gone by now.
    fn loose_id(&self, name: &BStr) -> Result<Option<ObjectId>, GitError> {
        let path = gix::path::from_bstr(name).map_err(GitError::backend("name a ref"))?;
        let id = plain_id(&self.common_dir().join(path));
        if id.is_some_and(|id| id.kind() == self.gix().object_hash()) {
            return Ok(id);
        }
        let found = self.gix().refs.try_find(name);
        match found.map_err(|source| unreadable("", &name.to_string(), source))? {
            None => Ok(None),
            Some(found) => match found.target {
                Target::Object(id) => Ok(Some(id)),
                Target::Symbolic(_) => Err(GitError::SymbolicRef { name: name.to_string() }),
            },
        }
    }

    /// The names that the files below the prefix's directory stand for; those that cannot be names among them.
    pub(super) fn loose_names(&self, prefix: &str) -> io::Result<Vec<BString>> {
        let root = self.common_dir();
        let mut names = Vec::new();
        let mut folders = vec![root.join(prefix)];
        while let Some(folder) = folders.pop() {
            let listing = match std::fs::read_dir(&folder) {
                Ok(listing) => listing,
                // git removes directories that have become empty at any time.
                Err(error) if is_gone(&error) => continue,
                Err(error) => return Err(error),
            };
            for entry in listing {
                let entry = entry?;
                let path = entry.path();
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(path);
                    continue;
                }
                let relative = path.strip_prefix(root).unwrap_or(&path);
                let name = gix::path::into_bstr(relative).map_err(io::Error::other)?;
                // Somebody is writing, or died while writing: git leaves these alone too.
                if !name.ends_with(b".lock") {
                    names.push(name.into_owned());
                }
            }
        }
        Ok(names)
    }
}

/// What a file holds that has just an id and a line end in it.
fn plain_id(path: &Path) -> Option<ObjectId> {
    let mut buffer = [0; LONGEST];
    let read = File::open(path).and_then(|mut file| file.read(&mut buffer)).ok()?;
    ObjectId::from_hex(buffer[..read].strip_suffix(b"\n")?).ok()
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn unreadable(prefix: &str, name: &str, source: gix::Error) -> GitError {
    GitError::UnreadableRef {
        name: format!("{prefix}{name}"),
        source: source.into(),
    }
}
