//! Moving many refs at once: one file says what they are, instead of one file each.
//!
//! A thousand new files cost more than everything else that a command does which makes a thousand versions. As in
//! [`loose_refs`](super::loose_refs), what is to be said is written and synced first; each ref is locked as git locks it, and
//! `packed-refs.lock` is a second name for the new file, there for no longer than a look at the old one and renaming take.
//!
//! Guarantees: as there. Killed before the loose files of moved refs are gone, those say what they were, and the refs that
//! were created are there.

use std::{
    collections::BTreeMap,
    fs::{self, Metadata},
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use gix::{ObjectId, bstr::ByteSlice};
use tempfile::NamedTempFile;

use super::{
    GitError, Repo,
    gc::Written,
    locks::lock_of,
    loose_refs::{Lock, give_name},
    refs::{Expected, RefUpdate, fingerprint},
    sync_files,
};

/// From so many refs on.
pub(super) const MANY: usize = 32;
/// A file has at most so many names at a time; file systems allow 32,000 and more.
const MOST_NAMES: usize = 16_000;
/// How long whoever packs refs is waited for.
const LONGEST_WAIT: Duration = Duration::from_millis(100);
const PAUSE: Duration = Duration::from_millis(2);
/// What git writes at the beginning: names in their order, and a line for the object of each tag.
const HEADER: &[u8] = b"# pack-refs with: peeled fully-peeled sorted \n";

impl Repo {
    /// Whether refs can be moved in this way: nobody else packs refs for long, and the file is as git writes it now.
    pub(super) fn can_update_packed_refs(&self) -> Result<bool, GitError> {
        let path = self.common_dir().join("packed-refs");
        let lock = lock_of(&path);
        let mut waited = Duration::ZERO;
        while fs::symlink_metadata(&lock).is_ok() {
            if waited >= LONGEST_WAIT {
                return Ok(false);
            }
            std::thread::sleep(PAUSE);
            waited += PAUSE;
        }
        Ok(Lines::of(&read(&path)?.1).is_some())
    }

    /// Moves refs of a repository with files for refs; none is deleted and none has a reflog.
    ///
    /// # Errors
    /// As [`update_refs`](Self::update_refs); [`GitError::RefLocked`] also if somebody else has begun to pack refs.
    pub(super) fn update_packed_refs(&self, updates: &[RefUpdate], written: Written<'_>) -> Result<(), GitError> {
        let mut ordered: Vec<&RefUpdate> = updates.iter().collect();
        // The order in which git takes locks too, so that nobody waits for one another.
        ordered.sort_by(|a, b| a.name.cmp(&b.name));
        let mut locks = Vec::with_capacity(ordered.len());
        let mut moved: BTreeMap<&[u8], ObjectId> = BTreeMap::new();
        let (mut loose, mut packed) = (Vec::new(), Vec::new());
        for some in ordered.chunks(MOST_NAMES) {
            let mut name = self.write_value(None)?;
            for update in some {
                let path = self.common_dir().join(&update.name);
                locks.push(self.lock(path.clone(), &mut name, None)?);
                match self.loose_value_of(&update.name)? {
                    Some(value) if matches(update.expected, Expected::Is(value)) => loose.push(path),
                    Some(_) => return Err(moved_away(update)),
                    None => packed.push(*update),
                }
                moved.extend(update.new.map(|new| (update.name.as_bytes(), new)));
            }
        }
        let secured = written.secure()?;
        let path = self.common_dir().join("packed-refs");
        for _ in 0..MOST_TRIES {
            let (stamp, before) = read(&path)?;
            let Some(lines) = Lines::of(&before) else { break };
            for update in &packed {
                if !matches(update.expected, lines.value(update.name.as_bytes())) {
                    return Err(moved_away(update));
                }
            }
            let content = lines.with(&moved);
            let new = self.write_packed(&content, stamp.as_ref())?;
            let Some(lock) = lock(&new, &content, &path)? else {
                break;
            };
            // Whoever was faster than the lock has changed what was read.
            if fs::metadata(&path).ok().map(|found| fingerprint(&found)) != stamp.as_ref().map(fingerprint) {
                continue;
            }
            lock.move_ref()?;
            drop(secured);
            self.after_packing(&path, &loose)?;
            return Ok(());
        }
        Err(GitError::RefLocked {
            source: "somebody else packs the refs".into(),
        })
    }

    /// The names are safe before the files are gone that said something else.
    fn after_packing(&self, packed: &Path, loose: &[PathBuf]) -> Result<(), GitError> {
        let sync = self.durability().refs;
        let parent = |path: &Path| path.parent().map(Path::to_owned);
        if sync {
            sync_files::sync_directories(&parent(packed).into_iter().collect())?;
        }
        for path in loose {
            fs::remove_file(path).map_err(GitError::io("remove", path))?;
        }
        if sync {
            sync_files::sync_directories(&loose.iter().filter_map(|path| parent(path)).collect())?;
        }
        Ok(())
    }

    fn write_packed(&self, content: &[u8], before: Option<&Metadata>) -> Result<NamedTempFile, GitError> {
        let mut file = self.write_value(None)?;
        let mut write = || {
            file.write_all(content)?;
            if let Some(before) = before {
                file.as_file().set_permissions(before.permissions())?;
            }
            if self.durability().refs {
                file.as_file().sync_all()?;
            }
            Ok(())
        };
        let written = write();
        written.map_err(GitError::io("write packed refs in", file.path()))?;
        Ok(file)
    }
}

/// How often somebody else may change what was read.
const MOST_TRIES: usize = 10;

fn matches(expected: Expected, found: Expected) -> bool {
    expected == Expected::Anything || expected == found
}

fn moved_away(update: &RefUpdate) -> GitError {
    GitError::RefMoved {
        name: update.name.clone(),
    }
}

/// The file with its stamp from before it was read; empty where there is none.
fn read(path: &Path) -> Result<(Option<Metadata>, Vec<u8>), GitError> {
    let gone = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    match fs::metadata(path) {
        Err(error) if gone(&error) => Ok((None, HEADER.to_vec())),
        Err(error) => Err(GitError::io("look at", path)(error)),
        Ok(stamp) => Ok((Some(stamp), fs::read(path).map_err(GitError::io("read", path))?)),
    }
}

/// Gives the new file the name of the lock; `None` if somebody else has it for long.
fn lock(new: &NamedTempFile, content: &[u8], path: &Path) -> Result<Option<Lock>, GitError> {
    let lock = lock_of(path);
    let mut waited = Duration::ZERO;
    loop {
        match give_name(new, &lock, content) {
            Ok(()) => return Ok(Some(Lock::new(lock, path.to_owned()))),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if waited >= LONGEST_WAIT {
                    return Ok(None);
                }
                std::thread::sleep(PAUSE);
                waited += PAUSE;
            }
            Err(error) => return Err(GitError::io("create", &lock)(error)),
        }
    }
}

/// The refs of a file that git has sorted: each with its lines.
struct Lines<'f>(Vec<(&'f [u8], &'f [u8])>);

impl<'f> Lines<'f> {
    /// `None` if it is not as git writes it now.
    fn of(file: &'f [u8]) -> Option<Self> {
        let mut lines: Vec<(&[u8], &[u8])> = Vec::new();
        let rest = file.strip_prefix(HEADER)?;
        let mut at = 0;
        for line in rest.lines_with_terminator() {
            let end = at + line.len();
            if line.starts_with(b"^") {
                // The object of the tag before.
                let (_, before) = lines.last_mut()?;
                *before = &rest[at - before.len()..end];
            } else {
                let (_, name) = line.strip_suffix(b"\n")?.split_once_str(b" ")?;
                if lines.last().is_some_and(|(before, _)| *before >= name) {
                    return None;
                }
                lines.push((name, line));
            }
            at = end;
        }
        Some(Lines(lines))
    }

    fn value(&self, name: &[u8]) -> Expected {
        let found = self.0.binary_search_by_key(&name, |(name, _)| name).ok();
        let line = found.and_then(|at| self.0[at].1.split_once_str(b" "));
        let id = line.and_then(|(id, _)| ObjectId::from_hex(id).ok());
        id.map_or(Expected::Absent, Expected::Is)
    }

    /// The file with other values. What is moved to a version needs no second line.
    fn with(&self, moved: &BTreeMap<&[u8], ObjectId>) -> Vec<u8> {
        let line = |name: &[u8], id: &ObjectId| [id.to_string().as_bytes(), b" ", name, b"\n"].concat();
        let mut new = HEADER.to_vec();
        let mut moved = moved.iter().peekable();
        for (name, lines) in &self.0 {
            while let Some((earlier, id)) = moved.next_if(|(other, _)| **other < *name) {
                new.extend(line(earlier, id));
            }
            match moved.next_if(|(other, _)| **other == *name) {
                Some((_, id)) => new.extend(line(name, id)),
                None => new.extend_from_slice(lines),
            }
        }
        for (name, id) in moved {
            new.extend(line(name, id));
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_changed_as_git_would_write_it() {
        let id = |digit: &str| digit.repeat(40);
        let (a, b, c) = (id("a"), id("b"), id("c"));
        let header = String::from_utf8(HEADER.to_vec()).expect("text");
        let file = format!("{header}{a} refs/heads/m\n{a} refs/tags/v1\n^{b}\n{b} refs/tags/v2\n");
        let lines = Lines::of(file.as_bytes()).expect("sorted");
        let oid = |hex: &String| ObjectId::from_hex(hex.as_bytes()).expect("an id");
        assert_eq!(lines.value(b"refs/tags/v1"), Expected::Is(oid(&a)));
        assert_eq!(lines.value(b"refs/tags/v"), Expected::Absent);
        let moved = [
            ("refs/heads/a", &c),
            ("refs/heads/m", &c),
            ("refs/lineage/x", &c),
            ("refs/z", &c),
        ];
        let moved = moved.into_iter().map(|(name, id)| (name.as_bytes(), oid(id))).collect();
        let expected = format!(
            "{header}{c} refs/heads/a\n{c} refs/heads/m\n{c} refs/lineage/x\n{a} refs/tags/v1\n^{b}\n{b} refs/tags/v2\n{c} refs/z\n"
        );
        assert_eq!(lines.with(&moved).as_bstr(), expected);
        assert_eq!(lines.with(&BTreeMap::new()).as_bstr(), file);
        for other in [
            format!("{a} refs/heads/m\n"),
            format!("{header}{a} refs/b\n{a} refs/a\n"),
            format!("{header}^{a}\n"),
            format!("{header}{a} refs/heads/m"),
        ] {
            assert!(Lines::of(other.as_bytes()).is_none(), "{other}");
        }
    }
}
