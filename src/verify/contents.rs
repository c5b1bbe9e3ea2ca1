//! [`Contents`]: the trees and files of versions, each looked at once however many versions share it.
//!
//! What is found is reported for the version with which an object is first met; versions come oldest first, so that is
//! the one that brought it in. Trees are read, hashed and judged as `git fsck --strict` judges them; of packed files only
//! what they are and that they are there, except the few that git itself reads.

use std::collections::{HashMap, HashSet};

use gix::{ObjectId, bstr::BString, objs::Kind};

use super::{
    code::Code,
    objects::{Fault, Objects},
    report::{About, Report},
};
use crate::content::{
    RawEntries, RawEntry, Refusal, Size,
    gate::{self, MAX_SPECIAL_FILE, SpecialFile},
};

/// How strictly content is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judge {
    /// As that of a version.
    Version,
    /// Only whether it is all here: what an unfinished operation needs to go back.
    Presence,
}

/// What is known of a tree and all below it.
#[derive(Debug, Clone, Copy, Default)]
struct Tree {
    size: Size,
    /// How many symbolic links there are.
    links: u64,
}

pub(super) struct Contents<'a> {
    objects: &'a Objects<'a>,
    trees: HashMap<ObjectId, Tree>,
    files: HashSet<ObjectId>,
    special: HashSet<(ObjectId, SpecialFile)>,
    buffer: Vec<u8>,
}

/// A tree whose entries are being looked at.
struct Open {
    id: ObjectId,
    children: std::vec::IntoIter<Child>,
    tree: Tree,
    /// The length of its path, and where its own name starts in it.
    path_len: usize,
    name_start: usize,
}

struct Child {
    name: BString,
    id: ObjectId,
    is_tree: bool,
    is_link: bool,
}

/// Where something was found, for messages and for whom it is reported.
struct Place<'p> {
    about: About<'p>,
    judge: Judge,
    path: Vec<u8>,
}

impl<'a> Contents<'a> {
    pub(super) fn new(objects: &'a Objects<'a>) -> Self {
        Contents {
            objects,
            trees: HashMap::new(),
            files: HashSet::new(),
            special: HashSet::new(),
            buffer: Vec::new(),
        }
    }

    pub(super) fn objects(&self) -> &'a Objects<'a> {
        self.objects
    }

    /// How many symbolic links there are below a tree that was looked at before.
    pub(super) fn links(&self, tree: ObjectId) -> u64 {
        self.trees.get(&tree).map_or(0, |tree| tree.links)
    }

    /// Whether a content that was looked at before is so large that it is refused for that alone.
    pub(super) fn is_too_large(&self, root: ObjectId) -> bool {
        self.trees.get(&root).is_some_and(|tree| tree.size.check(root).is_err())
    }

    /// Looks at a tree and everything below it that was not looked at before.
    pub(super) fn check(&mut self, root: ObjectId, judge: Judge, about: About<'_>, report: &mut Report) {
        if self.trees.contains_key(&root) {
            return;
        }
        let mut place = Place {
            about,
            judge,
            path: Vec::new(),
        };
        let mut open: Vec<Open> = self.open(root, 0, &mut place, report).into_iter().collect();
        while let Some(current) = open.last_mut() {
            place.path.truncate(current.path_len);
            let Some(child) = current.children.next() else {
                let done = open.pop().expect("it was there just now");
                let name = &place.path[done.name_start..];
                if let Some(parent) = open.last_mut() {
                    parent.tree.add_directory(name, done.tree);
                }
                self.trees.insert(done.id, done.tree);
                continue;
            };
            let name_start = push(&mut place.path, &child.name);
            if !child.is_tree {
                current.tree.add_file(&child);
                self.check_file(&child, &place, report);
            } else if let Some(known) = self.trees.get(&child.id) {
                current.tree.add_directory(&child.name, *known);
            } else {
                open.extend(self.open(child.id, name_start, &mut place, report));
            }
        }
        if judge == Judge::Version
            && let Some(tree) = self.trees.get(&root)
            && let Err(refused) = tree.size.check(root)
        {
            report.add(Code::HostileContent, about, refused.to_string());
        }
    }

    /// Reads one tree and judges its entries; `None` if there is nothing to go into.
    fn open(&mut self, id: ObjectId, name_start: usize, place: &mut Place<'_>, report: &mut Report) -> Option<Open> {
        let mut data = Vec::new();
        match self.objects.read(id, &mut data) {
            Ok(Kind::Tree) => {}
            other => {
                self.trees.insert(id, Tree::default());
                match other {
                    Ok(kind) => place.wrong_kind(id, kind, Kind::Tree, report),
                    Err(fault) if self.objects.is_promised(&fault) => {}
                    Err(fault) => place.fault(id, Kind::Tree, &fault, report),
                }
                return None;
            }
        }
        let hash = self.objects.repo.hash_kind();
        if place.judge == Judge::Version {
            for fault in gate::faults_in_raw_tree(&data, hash) {
                let here = place.path.len();
                if !fault.name.is_empty() {
                    push(&mut place.path, &fault.name);
                }
                let message = format!("{} is refused (in the tree {id}): {}", place.shown(), fault.reason);
                report.add(code_of(&fault.reason), place.about, message);
                place.path.truncate(here);
            }
        }
        let children: Vec<Child> = RawEntries::new(&data, hash).flatten().filter_map(child).collect();
        Some(Open {
            id,
            children: children.into_iter(),
            tree: Tree::default(),
            path_len: place.path.len(),
            name_start,
        })
    }

    fn check_file(&mut self, child: &Child, place: &Place<'_>, report: &mut Report) {
        if self.files.insert(child.id) {
            match self.objects.file(child.id, &mut self.buffer) {
                Ok(Kind::Blob) => {}
                Ok(kind) => place.wrong_kind(child.id, kind, Kind::Blob, report),
                Err(fault) if self.objects.is_promised(&fault) => {}
                Err(fault) => place.fault(child.id, Kind::Blob, &fault, report),
            }
        }
        if child.is_link || place.judge == Judge::Presence {
            return;
        }
        if let Some(special) = SpecialFile::at(&child.name)
            && self.special.insert((child.id, special))
            && let Some(refused) = self.refused_file(child, special)
        {
            let message = format!("{} is refused: {refused}", place.shown());
            report.add(Code::HostileContent, place.about, message);
        }
    }

    /// Why git would not have such a file that it reads itself. One that is not here has been reported.
    fn refused_file(&self, child: &Child, special: SpecialFile) -> Option<Refusal> {
        let header = self.objects.header(child.id).ok()?;
        if header.kind != Kind::Blob {
            return None;
        }
        if header.size > MAX_SPECIAL_FILE {
            let limit = MAX_SPECIAL_FILE;
            return Some(Refusal::TooLargeForGit { limit });
        }
        let mut data = Vec::new();
        self.objects.repo.read_into(child.id, &mut data).ok()?;
        match special {
            SpecialFile::Gitmodules => gate::check_gitmodules(&data),
            SpecialFile::Gitattributes => gate::check_gitattributes(&data),
        }
        .err()
    }
}

impl Tree {
    fn add_file(&mut self, child: &Child) {
        self.size.add_file(&child.name);
        self.links = self.links.saturating_add(u64::from(child.is_link));
    }

    fn add_directory(&mut self, name: &[u8], below: Tree) {
        self.size.add_directory(name, below.size);
        self.links = self.links.saturating_add(below.links);
    }
}

impl Place<'_> {
    /// The path in the artifact, quoted.
    fn shown(&self) -> String {
        match self.path.as_slice() {
            [] => "its content".to_owned(),
            path => format!("'{}'", String::from_utf8_lossy(path)),
        }
    }

    fn of(&self, id: ObjectId, kind: Kind) -> String {
        format!("{}, the {kind} {id},", self.shown())
    }

    fn fault(&self, id: ObjectId, kind: Kind, fault: &Fault, report: &mut Report) {
        let what = self.of(id, kind);
        match fault {
            Fault::Missing => report.add(Code::MissingObject, self.about, format!("{what} is missing")),
            Fault::Corrupt(why) => {
                report.add(Code::CorruptObject, self.about, format!("{what} is corrupt: {why}"));
            }
        }
    }

    fn wrong_kind(&self, id: ObjectId, found: Kind, wanted: Kind, report: &mut Report) {
        let message = format!("{} is a {found}", self.of(id, wanted));
        report.add(Code::WrongObjectKind, self.about, message);
    }
}

/// Appends a name; returns where it starts.
fn push(path: &mut Vec<u8>, name: &[u8]) -> usize {
    if !path.is_empty() {
        path.push(b'/');
    }
    let start = path.len();
    path.extend_from_slice(name);
    start
}

/// What git would go into or look at; `None` for what only the judgement of the tree concerns.
fn child(entry: RawEntry<'_>) -> Option<Child> {
    const TYPE: u32 = 0o170_000;
    let is_link = entry.mode & TYPE == 0o120_000;
    let is_file = entry.mode & TYPE == 0o100_000;
    let is_tree = entry.is_tree();
    (!entry.id.is_null() && (is_tree || is_file || is_link)).then(|| Child {
        name: entry.name.into(),
        id: entry.id,
        is_tree,
        is_link,
    })
}

/// What kind of damage a refusal is: a tree that git could not have written, or one that somebody wrote on purpose.
fn code_of(reason: &Refusal) -> Code {
    match reason {
        Refusal::NestedRepository => Code::NestedRepository,
        Refusal::Malformed { .. }
        | Refusal::EmptyName
        | Refusal::NameTooLong { .. }
        | Refusal::NullId
        | Refusal::UnknownMode { .. }
        | Refusal::ZeroPaddedMode { .. }
        | Refusal::Duplicate
        | Refusal::Unordered => Code::MalformedTree,
        _ => Code::HostileContent,
    }
}
