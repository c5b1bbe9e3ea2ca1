//! Objects that no git would write, as loose objects in a bare repository.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};
use git_lineage::FileMode;
use sha1::{Digest as _, Sha1};

use crate::support::TestRepo;

/// Writes objects into a repository with SHA-1 ids.
pub(super) struct Objects<'r> {
    repo: &'r TestRepo,
    /// The bytes of all of them.
    written: RefCell<HashMap<String, Vec<u8>>>,
}

/// An entry of a tree: mode, name, id.
pub(super) type Entry<'e> = (&'e str, &'e [u8], &'e str);

impl<'r> Objects<'r> {
    pub(super) fn of(repo: &'r TestRepo) -> Self {
        Objects {
            repo,
            written: RefCell::default(),
        }
    }

    /// Any object; its id.
    pub(super) fn object(&self, kind: &str, data: &[u8]) -> String {
        let whole = [format!("{kind} {}\0", data.len()).as_bytes(), data].concat();
        let id: String = Sha1::digest(&whole).iter().map(|byte| format!("{byte:02x}")).collect();
        if self.written.borrow().contains_key(&id) {
            return id;
        }
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&whole).expect("written to memory");
        let packed = encoder.finish().expect("written to memory");
        self.repo.write(format!("objects/{}/{}", &id[..2], &id[2..]), packed);
        self.written.borrow_mut().insert(id.clone(), data.to_vec());
        id
    }

    pub(super) fn blob(&self, data: impl AsRef<[u8]>) -> String {
        self.object("blob", data.as_ref())
    }

    /// A tree with just these entries, in this order.
    pub(super) fn tree(&self, entries: &[Entry<'_>]) -> String {
        let mut data = Vec::new();
        for (mode, name, id) in entries {
            data.extend([mode.as_bytes(), b" ", name, b"\0"].concat());
            data.extend(raw(id));
        }
        self.object("tree", &data)
    }

    /// A tree with one file.
    pub(super) fn file(&self, name: impl AsRef<[u8]>) -> String {
        self.tree(&[("100644", name.as_ref(), &self.blob("x\n"))])
    }

    /// A tree with one file of these bytes.
    pub(super) fn file_of(&self, name: &str, data: impl AsRef<[u8]>) -> String {
        self.tree(&[("100644", name.as_bytes(), &self.blob(data))])
    }

    /// A tree with one symbolic link.
    pub(super) fn link(&self, name: &str, target: impl AsRef<[u8]>) -> String {
        self.tree(&[("120000", name.as_bytes(), &self.blob(target))])
    }

    /// A tree with one folder.
    pub(super) fn folder(&self, name: impl AsRef<[u8]>, tree: &str) -> String {
        self.tree(&[("40000", name.as_ref(), tree)])
    }

    /// A commit, and a ref at it.
    pub(super) fn commit(&self, name: &str, tree: &str, parent: Option<&str>, message: &str) -> String {
        let person = "Eve <eve@example.org> 1767225600 +0000";
        let parent = parent.map_or_else(String::new, |id| format!("parent {id}\n"));
        let data = format!("tree {tree}\n{parent}author {person}\ncommitter {person}\n\n{message}\n");
        let id = self.object("commit", data.as_bytes());
        self.repo.write(name, format!("{id}\n"));
        id
    }
}

/// A file of a tree.
#[derive(Clone)]
pub(super) struct File {
    pub(super) path: Vec<u8>,
    pub(super) mode: FileMode,
    pub(super) data: Vec<u8>,
}

impl Objects<'_> {
    /// The files of a tree that has no other fault than its names and contents.
    pub(super) fn files(&self, tree: &str) -> Vec<File> {
        let written = self.written.borrow();
        let mut files = Vec::new();
        let mut trees = vec![(Vec::new(), tree.to_owned())];
        while let Some((above, tree)) = trees.pop() {
            let mut rest = written[&tree].as_slice();
            while !rest.is_empty() {
                let space = rest.iter().position(|byte| *byte == b' ').expect("a mode");
                let end = rest.iter().position(|byte| *byte == 0).expect("a name");
                let (mode, name) = (&rest[..space], &rest[space + 1..end]);
                let id: String = rest[end + 1..end + 21]
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                let path = [&above, name].concat();
                rest = &rest[end + 21..];
                match mode {
                    b"40000" => trees.push(([path, b"/".to_vec()].concat(), id)),
                    mode => files.push(File {
                        path,
                        mode: if mode == b"120000" {
                            FileMode::Symlink
                        } else {
                            FileMode::File
                        },
                        data: written[&id].clone(),
                    }),
                }
            }
        }
        files
    }
}

/// The bytes of an id in hexadecimal.
fn raw(id: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&id[at..at + 2], 16).expect("hex");
    (0..id.len()).step_by(2).map(digit).collect()
}
