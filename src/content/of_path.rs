//! Hashing a directory or file as it lies there, without a repository.

use std::path::Path;

use super::{ContentError, Entry, tree, walk};
use crate::id::{ContentHash, HashKind};

impl ContentHash {
    /// The content hash of a plain directory, file or symbolic link, computed from its bytes alone.
    ///
    /// For a directory this is its git tree; for a file or a symbolic link, the tree with that one entry, named as the
    /// last component of `path`. It equals what git stores (`git add --force`, `git write-tree --prefix=…`) wherever
    /// no attribute and no `core.autocrlf` changes the bytes. Empty directories do not count, as in git. A symbolic link is
    /// hashed as such, also where it leads to a directory; write `link/` to mean that directory.
    ///
    /// ```
    /// use git_lineage::{ContentHash, HashKind};
    ///
    /// let skill = tempfile::tempdir()?;
    /// std::fs::write(skill.path().join("SKILL.md"), "# PDF\n")?;
    /// let hash = ContentHash::of_path(skill.path(), HashKind::Sha1)?;
    /// assert_eq!(hash.to_string(), "5f3fd95183a12da04c26ed8eb2027f12e3873256");
    ///
    /// // The same content as a single file:
    /// let file = ContentHash::of_path(&skill.path().join("SKILL.md"), HashKind::Sha1)?;
    /// assert_eq!(file, hash);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ContentError`] naming the path: nothing there, something unreadable, a nested repository, a socket, pipe or
    /// device, or a file that changed while it was read.
    pub fn of_path(path: &Path, hash: HashKind) -> Result<ContentHash, ContentError> {
        let entries: Vec<Entry> = walk(path)?
            .into_iter()
            .map(|found| found.into_entry(hash))
            .collect::<Result<_, _>>()?;
        tree::write_trees(&entries, hash, &mut |_, _| Ok::<_, ContentError>(()))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use proptest::{collection::btree_map, prelude::*, sample::select};

    use super::*;
    use crate::content::testing::{KINDS, TestRepo, samples};

    #[test]
    fn directories_hash_as_git_stores_them() {
        const NAMES: &[&[u8]] = &[
            b"a",
            b"a.b",
            b"a-b",
            b"b c",
            b"\xff\xfe",
            b"\xc3\xa9",
            b"ignored.log",
            b"x:y",
            b"-n",
        ];
        let path = prop::collection::vec(select(NAMES), 1..4).prop_map(|names| names.join(&b'/'));
        let what = (0..4_u8, prop::collection::vec(any::<u8>(), 0..40));
        let directories = samples(12, &btree_map(path, what, 1..10));
        for kind in KINDS {
            let repo = TestRepo::new(kind);
            std::fs::write(repo.path().join(".gitignore"), "*.log\n").expect("written");
            for (number, files) in directories.iter().enumerate() {
                let root = repo.path().join(number.to_string());
                std::fs::create_dir_all(root.join("empty/empty")).expect("directories");
                for (path, (what, data)) in files {
                    let path = root.join(gix::path::from_byte_slice(path).expect("bytes are a path"));
                    // A file may stand where a directory is wanted, and the other way round.
                    if std::fs::create_dir_all(path.parent().expect("below the root")).is_err() || path.exists() {
                        continue;
                    }
                    match what {
                        0 => symlink("no/../where", path).expect("a link"),
                        1 => {
                            std::fs::write(&path, data).expect("written");
                            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o744)).expect("executable");
                        }
                        _ => std::fs::write(path, data).expect("written"),
                    }
                }
            }
            repo.ok(["-c", "core.autocrlf=false", "add", "--force", "--all", "."]);
            for number in 0..directories.len() {
                let ours = ContentHash::of_path(&repo.path().join(number.to_string()), kind).expect("readable");
                let prefix = format!("--prefix={number}/");
                assert_eq!(repo.ok(["write-tree", &prefix]), ours.to_string(), "directory {number}");
            }
            let empty = ContentHash::of_path(&repo.path().join("0/empty"), kind).expect("readable");
            assert!(empty.is_empty_tree());
        }
    }

    #[test]
    fn single_files_and_links_are_trees_of_one_entry() {
        for kind in KINDS {
            let repo = TestRepo::new(kind);
            let at = |name: &str| repo.path().join(name);
            std::fs::create_dir(at("dir")).expect("a directory");
            std::fs::write(at("dir/file"), "text").expect("written");
            std::fs::write(at("run me"), "#!/bin/sh\n").expect("written");
            std::fs::set_permissions(at("run me"), std::fs::Permissions::from_mode(0o755)).expect("executable");
            symlink("dir", at("link")).expect("a link");
            repo.ok(["add", "--all", "."]);
            for (path, name) in [("dir/file", "file"), ("run me", "run me"), ("link", "link")] {
                let line = repo.ok(["ls-files", "--stage", "--", path]);
                let (mode, rest) = line.split_once(' ').expect("mode, id, stage");
                let id = rest.split(' ').next().expect("an id");
                let tree = repo.ok_with(["mktree"], format!("{mode} blob {id}\t{name}\n").as_bytes());
                assert_eq!(
                    ContentHash::of_path(&at(path), kind).expect("readable").to_string(),
                    tree,
                    "{path}"
                );
            }
            let directory = ContentHash::of_path(&at("dir"), kind).expect("readable");
            assert_eq!(ContentHash::of_path(&at("link/"), kind).expect("readable"), directory);
            assert!(ContentHash::of_path(&at("nothing"), kind).is_err());
        }
    }
}
