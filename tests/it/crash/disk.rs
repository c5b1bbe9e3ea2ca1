//! [`Disk`]: files and folders as programs see them, and what of that would be there after a power loss.
//!
//! The rules, those of ext4 in its usual mode and then some:
//!
//! - The bytes of a file are there for sure once the file, or the whole file system, was synced. Without, a file is as long
//!   as it was when it was last synced, with its bytes of then, or empty.
//! - Names (made, renamed, linked, deleted) are there for sure once their folder was synced. Without, they may be missing,
//!   each folder for itself ([`Loss::Names`]); or, in the order of ext4's journal, a sync of anything brings all names before
//!   it to the disk ([`Loss::Journal`]).
//! - Names may be ahead of bytes: a file that was not synced is there under its new name, and empty ([`Loss::Bytes`]).
//! - A rename is there as a whole or not at all.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Component, Path, PathBuf};

use super::shim::Record;

/// What is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// Names and bytes, each folder and file for itself.
    Names,
    /// Names since the last sync of anything, and bytes.
    Journal,
    /// Bytes only.
    Bytes,
}

impl Loss {
    pub(super) const EVERY: [Loss; 3] = [Loss::Names, Loss::Journal, Loss::Bytes];
}

type Names = BTreeMap<OsString, usize>;

#[derive(Debug, Clone)]
enum Node {
    File { now: Vec<u8>, synced: Vec<u8>, mode: u32 },
    Link(PathBuf),
    Folder { now: Names, synced: Names, journal: Names },
}

/// A name in the folder with this number.
type Entry = (usize, OsString);

/// A folder and all below it.
#[derive(Debug, Clone)]
pub(super) struct Disk {
    root: PathBuf,
    nodes: Vec<Node>,
    /// Open files by their number.
    numbers: HashMap<u64, usize>,
    /// Renames of which neither folder was synced: from where, to where, and the file.
    renames: Vec<(Entry, Entry, usize)>,
}

impl Disk {
    /// What lies at `root`, all of it synced.
    pub(super) fn of(root: &Path) -> Self {
        let mut disk = Self {
            root: root.to_owned(),
            nodes: Vec::new(),
            numbers: HashMap::new(),
            renames: Vec::new(),
        };
        disk.load(root);
        disk
    }

    fn load(&mut self, path: &Path) -> usize {
        let found = path.symlink_metadata().expect("it was listed");
        let at = self.nodes.len();
        self.numbers.insert(found.ino(), at);
        if found.is_symlink() {
            self.nodes.push(Node::Link(fs::read_link(path).expect("it is a link")));
        } else if found.is_dir() {
            self.nodes.push(folder());
            let mut names = Names::new();
            for entry in fs::read_dir(path).expect("it can be read") {
                let entry = entry.expect("it can be read");
                names.insert(entry.file_name(), self.load(&entry.path()));
            }
            self.nodes[at] = Node::Folder {
                now: names.clone(),
                synced: names.clone(),
                journal: names,
            };
        } else {
            let bytes = fs::read(path).expect("it can be read");
            self.nodes.push(Node::File {
                now: bytes.clone(),
                synced: bytes,
                mode: found.permissions().mode(),
            });
        }
        at
    }

    /// Makes a call.
    pub(super) fn apply(&mut self, record: &Record) {
        const O_CREAT: u64 = 0o100;
        const O_TRUNC: u64 = 0o1000;
        const O_TMPFILE: u64 = 0o20_000_000;
        if record.result < 0 {
            return;
        }
        let [first, second] = &record.places;
        match record.name.as_str() {
            "open" if record.flags & O_TMPFILE != 0 => {
                let made = self.add(new_file());
                self.numbers.insert(record.inode, made);
            }
            "open" => {
                let Some((parent, name)) = self.place(first) else {
                    return;
                };
                let there = self.names(parent).get(&name).copied();
                let at = match there {
                    Some(at) => at,
                    None if record.flags & O_CREAT != 0 => {
                        let made = self.add(new_file());
                        self.names(parent).insert(name, made);
                        made
                    }
                    None => return,
                };
                self.numbers.insert(record.inode, at);
                if let (Node::File { now, .. }, true) = (&mut self.nodes[at], record.flags & O_TRUNC != 0) {
                    now.clear();
                }
            }
            "write" | "pwrite" | "writev" | "ftruncate" => {
                let Some(at) = self.numbers.get(&record.inode) else {
                    return;
                };
                let Node::File { now, .. } = &mut self.nodes[*at] else {
                    return;
                };
                let offset = usize::try_from(record.offset).expect("small");
                if record.name == "ftruncate" {
                    now.resize(offset, 0);
                    return;
                }
                let end = offset + record.data.len();
                now.resize(now.len().max(end), 0);
                now[offset..end].copy_from_slice(&record.data);
            }
            "fsync" => {
                if let Some(at) = self.numbers.get(&record.inode).copied().or_else(|| self.find(first)) {
                    self.sync(at);
                }
                self.sync_journal();
            }
            "syncfs" => {
                for at in 0..self.nodes.len() {
                    self.sync(at);
                }
                self.sync_journal();
            }
            "rename" => {
                let (Some((from, old)), Some((to, new))) = (self.place(first), self.place(second)) else {
                    return;
                };
                let Some(at) = self.names(from).remove(&old) else {
                    return;
                };
                self.names(to).insert(new.clone(), at);
                if from != to {
                    self.renames.push(((from, old), (to, new), at));
                }
            }
            "link" => {
                if let (Some(at), Some((to, name))) = (self.find(first), self.place(second)) {
                    self.names(to).insert(name, at);
                }
            }
            "symlink" => {
                if let Some((to, name)) = self.place(second) {
                    let made = self.add(Node::Link(first.clone()));
                    self.names(to).insert(name, made);
                }
            }
            "unlink" | "rmdir" => {
                if let Some((parent, name)) = self.place(first) {
                    self.names(parent).remove(&name);
                }
            }
            "mkdir" => {
                if let Some((parent, name)) = self.place(first) {
                    let made = self.add(folder());
                    self.names(parent).insert(name, made);
                }
            }
            "chmod" => {
                let at = self.numbers.get(&record.inode).copied().or_else(|| self.find(first));
                if let Some(Node::File { mode, .. }) = at.map(|at| &mut self.nodes[at])
                    && record.flags != 0
                {
                    *mode = u32::try_from(record.flags).expect("a mode") & 0o7777;
                }
            }
            "utime" | "chown" | "xattr" | "fallocate" => {}
            other => panic!("{other} of {first:?} is not known here"),
        }
    }

    fn add(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn names(&mut self, folder: usize) -> &mut Names {
        match &mut self.nodes[folder] {
            Node::Folder { now, .. } => now,
            other => panic!("no folder: {other:?}"),
        }
    }

    /// The folder of a place and the name in it; `None` for what lies elsewhere.
    fn place(&self, path: &Path) -> Option<(usize, OsString)> {
        let path = plain(path);
        let relative = path.strip_prefix(&self.root).ok()?;
        let name = relative.file_name()?.to_owned();
        let mut at = 0;
        for part in relative.parent()? {
            let Node::Folder { now, .. } = &self.nodes[at] else {
                return None;
            };
            at = *now.get(part)?;
        }
        Some((at, name))
    }

    fn find(&self, path: &Path) -> Option<usize> {
        if plain(path) == self.root {
            return Some(0);
        }
        let (folder, name) = self.place(path)?;
        let Node::Folder { now, .. } = &self.nodes[folder] else {
            return None;
        };
        now.get(&name).copied()
    }

    fn sync(&mut self, at: usize) {
        match &mut self.nodes[at] {
            Node::File { now, synced, .. } => synced.clone_from(now),
            Node::Link(_) => {}
            Node::Folder { now, synced, .. } => {
                synced.clone_from(now);
                self.sync_renames(at);
            }
        }
    }

    /// A rename that is on the disk in one folder is there in the other.
    fn sync_renames(&mut self, folder: usize) {
        let renames = std::mem::take(&mut self.renames);
        for (from, to, at) in renames {
            if from.0 != folder && to.0 != folder {
                self.renames.push((from, to, at));
                continue;
            }
            if let Node::Folder { synced, .. } = &mut self.nodes[from.0] {
                synced.remove(&from.1);
            }
            if let Node::Folder { synced, .. } = &mut self.nodes[to.0] {
                synced.insert(to.1, at);
            }
        }
    }

    fn sync_journal(&mut self) {
        for node in &mut self.nodes {
            if let Node::Folder { now, journal, .. } = node {
                journal.clone_from(now);
            }
        }
    }

    /// Writes what is left to a folder, which is emptied first.
    pub(super) fn write(&self, loss: Loss, to: &Path) {
        for entry in fs::read_dir(to).expect("it can be read") {
            let path = entry.expect("it can be read").path();
            let gone = if path.symlink_metadata().is_ok_and(|found| found.is_dir()) {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            gone.expect("it is ours");
        }
        self.write_below(0, loss, to);
    }

    fn write_below(&self, folder: usize, loss: Loss, to: &Path) {
        let Node::Folder { now, synced, journal } = &self.nodes[folder] else {
            panic!("no folder");
        };
        let names = match loss {
            Loss::Names => synced,
            Loss::Journal => journal,
            Loss::Bytes => now,
        };
        for (name, at) in names {
            let path = to.join(name);
            match &self.nodes[*at] {
                Node::File { synced, mode, .. } => {
                    fs::write(&path, synced).expect("it is ours");
                    fs::set_permissions(&path, Permissions::from_mode(*mode)).expect("it is ours");
                }
                Node::Link(target) => std::os::unix::fs::symlink(target, &path).expect("it is ours"),
                Node::Folder { .. } => {
                    fs::create_dir(&path).expect("it is ours");
                    self.write_below(*at, loss, &path);
                }
            }
        }
    }
}

fn folder() -> Node {
    Node::Folder {
        now: Names::new(),
        synced: Names::new(),
        journal: Names::new(),
    }
}

fn new_file() -> Node {
    Node::File {
        now: Vec::new(),
        synced: Vec::new(),
        mode: 0o644,
    }
}

/// The same path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    // A deleted file's place ends so.
    match plain.to_str().and_then(|text| text.strip_suffix(" (deleted)")) {
        Some(text) => PathBuf::from(OsString::from_vec(text.as_bytes().to_vec())),
        None => plain,
    }
}
