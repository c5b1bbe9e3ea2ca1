//! Histories in which every line knows who wrote it.
//!
//! A line has a place between all others for ever, so lines are added, changed and dropped but never change their order,
//! and a merge is a union. Where in addition no two lines are equal, git's diff has nothing to guess, and the writer kept
//! here must be the commit that `git blame` names.

use std::collections::{BTreeMap, BTreeSet};

use git_lineage::ChangeOrigin;

use crate::support::Rng;

/// The lines of a file by their place.
pub(super) type File = BTreeMap<u64, String>;
/// The files of a version by path.
pub(super) type Files = BTreeMap<String, File>;

const PATHS: [&str; 6] = ["a.md", "b.md", "docs/a.md", "docs/more notes.md", "ü.md", "x"];
/// What lines say that are not each something else.
const EQUAL_LINES: [&str; 6] = ["", "}", "- item", "\t- item", "same", "same\r"];
/// Places are below this.
const PLACES: u64 = 1 << 48;

/// One version.
pub(super) struct Made {
    pub(super) files: Files,
    /// For every line the version that wrote it.
    pub(super) writers: BTreeMap<String, BTreeMap<u64, usize>>,
    /// The versions it is made from, by number.
    pub(super) parents: Vec<usize>,
    pub(super) origin: Option<ChangeOrigin>,
    /// What the committer's clock said.
    pub(super) date: i64,
}

/// The bytes of a file. With `open_end` the line feed after some last lines is missing.
pub(super) fn bytes(file: &File, open_end: bool) -> Vec<u8> {
    let mut text: String = file.values().map(|line| format!("{line}\n")).collect();
    if open_end && file.keys().last().is_some_and(|place| place % 3 == 0) {
        text.pop();
    }
    text.into_bytes()
}

/// Makes one history; the last version is a merge where there is something to merge.
pub(super) fn history(rng: &mut Rng, equal_lines: bool) -> Vec<Made> {
    let size = 8 + rng.below(8);
    let mut maker = Maker {
        clock: rng.below(4),
        rng,
        equal_lines,
        versions: Vec::new(),
    };
    let root = maker.root();
    maker.push(root, Vec::new());
    while maker.versions.len() < size {
        let last = maker.versions.len() + 1 == size;
        let parents = if last || maker.rng.one_in(3) {
            maker.sides()
        } else {
            Vec::new()
        };
        let (files, parents) = if parents.len() > 1 {
            (maker.merge(&parents), parents)
        } else {
            // One of the newest, so that some go on and others are left.
            let newest = maker.versions.len();
            let parent = newest - 1 - maker.rng.below(newest.min(3));
            (maker.edit(parent), vec![parent])
        };
        maker.push(files, parents);
    }
    maker.versions
}

struct Maker<'a> {
    rng: &'a mut Rng,
    equal_lines: bool,
    /// Which way the clock goes.
    clock: usize,
    versions: Vec<Made>,
}

impl Maker<'_> {
    fn push(&mut self, files: Files, parents: Vec<usize>) {
        let at = self.versions.len();
        let writers = files
            .keys()
            .map(|path| (path.clone(), writers(&self.versions, at, &parents, &files, path)))
            .collect();
        let origin = match parents.len() {
            0 => Some(ChangeOrigin::Deployment),
            1 => [None, Some(ChangeOrigin::Sync), Some(ChangeOrigin::LocalModification)][self.rng.below(3)],
            _ => [Some(ChangeOrigin::Sync), Some(ChangeOrigin::LocalModification)][self.rng.below(2)],
        };
        let steps = i64::try_from(at).expect("few versions");
        let moved = match self.clock {
            0 => steps * 60,
            1 => 0,
            2 => -steps * 60,
            _ => i64::try_from(self.rng.below(1000)).expect("a small number"),
        };
        self.versions.push(Made {
            files,
            writers,
            parents,
            origin,
            date: 1_767_225_600 + moved,
        });
    }

    fn root(&mut self) -> Files {
        let mut files = Files::new();
        for path in &PATHS[..1 + self.rng.below(3)] {
            files.insert((*path).to_owned(), self.new_file());
        }
        files
    }

    fn new_file(&mut self) -> File {
        let mut file = File::new();
        for _ in 0..4 + self.rng.below(10) {
            self.insert(&mut file);
        }
        file
    }

    /// A new line anywhere.
    fn insert(&mut self, file: &mut File) {
        let places = usize::try_from(PLACES).expect("64 bits");
        // Mostly between two lines or at an end, not only in the widest gap.
        let place = match file.keys().nth(self.rng.below(file.len().max(1))).copied() {
            Some(before) => {
                let after = file.range(before + 1..).next().map_or(PLACES, |(place, _)| *place);
                let gap = usize::try_from(after - before).expect("64 bits");
                before + self.rng.below(gap) as u64
            }
            None => self.rng.below(places) as u64,
        };
        let text = if self.equal_lines {
            EQUAL_LINES[self.rng.below(EQUAL_LINES.len())].to_owned()
        } else {
            let end = if self.rng.one_in(5) { "\r" } else { "" };
            format!("{place} in version {}{end}", self.versions.len())
        };
        file.entry(place).or_insert(text);
    }

    fn drop_line(&mut self, file: &mut File) {
        if let Some(place) = file.keys().nth(self.rng.below(file.len().max(1))).copied() {
            file.remove(&place);
        }
    }

    fn some_path(&mut self, files: &Files) -> String {
        let at = self.rng.below(files.len());
        files.keys().nth(at).expect("never without a file").clone()
    }

    fn free_path(&mut self, files: &Files) -> Option<String> {
        let path = PATHS[self.rng.below(PATHS.len())];
        (!files.contains_key(path)).then(|| path.to_owned())
    }

    /// A version made from one other.
    fn edit(&mut self, parent: usize) -> Files {
        let mut files = self.versions[parent].files.clone();
        for _ in 0..=self.rng.below(3) {
            let path = self.some_path(&files);
            let mut file = files.remove(&path).expect("it is one of them");
            let mut to = path.clone();
            match self.rng.below(10) {
                0 if !files.is_empty() => continue,
                1 => {
                    if let Some(new) = self.free_path(&files).filter(|new| *new != path) {
                        let added = self.new_file();
                        files.insert(new, added);
                    }
                }
                2 | 3 => to = self.free_path(&files).unwrap_or(path),
                4 => file = self.older(&path, &files).unwrap_or(file),
                5 | 6 => self.insert(&mut file),
                7 => self.drop_line(&mut file),
                _ => {
                    for _ in 0..=self.rng.below(3) {
                        self.drop_line(&mut file);
                        self.insert(&mut file);
                    }
                }
            }
            if !file.is_empty() || files.is_empty() {
                files.insert(to, file);
            }
        }
        if files.values().all(File::is_empty) {
            let file = self.new_file();
            files.insert(PATHS[0].to_owned(), file);
        }
        files.retain(|_, file| !file.is_empty());
        files
    }

    /// What some version had at this path, without lines that are in another file now.
    fn older(&mut self, path: &str, others: &Files) -> Option<File> {
        let version = self.rng.below(self.versions.len());
        let mut file = self.versions[version].files.get(path)?.clone();
        file.retain(|place, _| others.values().all(|other| !other.contains_key(place)));
        Some(file)
    }

    /// Up to three versions of which none contains another; fewer than two if there are none.
    fn sides(&mut self) -> Vec<usize> {
        let all = self.versions.len();
        let mut parents: Vec<usize> = Vec::new();
        for _ in 0..6 {
            let one = all - 1 - self.rng.below(all.min(6));
            let apart =
                |other: &usize| !contains(&self.versions, *other, one) && !contains(&self.versions, one, *other);
            if parents.len() < 2 + usize::from(self.rng.one_in(4)) && parents.iter().all(apart) {
                parents.push(one);
            }
        }
        parents
    }

    fn merge(&mut self, parents: &[usize]) -> Files {
        let mut files = self.versions[parents[0]].files.clone();
        for parent in &parents[1..] {
            for (path, theirs) in self.versions[*parent].files.clone() {
                self.merge_file(&mut files, path, theirs);
            }
        }
        for path in files.keys().cloned().collect::<Vec<_>>() {
            let mut file = files.remove(&path).expect("it is one of them");
            for _ in 0..self.rng.below(3) {
                self.insert(&mut file);
            }
            if self.rng.one_in(3) {
                self.drop_line(&mut file);
            }
            files.insert(path, file);
        }
        if files.len() > 1 && self.rng.one_in(6) {
            let path = self.some_path(&files);
            files.remove(&path);
        }
        files.retain(|_, file| !file.is_empty());
        if files.is_empty() {
            let file = self.new_file();
            files.insert(PATHS[0].to_owned(), file);
        }
        files
    }

    /// Adds one file of another side: to that at the same path, else to one with lines in common, which may take the name.
    fn merge_file(&mut self, files: &mut Files, path: String, mut theirs: File) {
        let alike = |(_, file): &(&String, &File)| file.keys().any(|place| theirs.contains_key(place));
        let renamed = files.iter().find(alike).map(|(path, _)| path.clone());
        let from = if files.contains_key(&path) {
            Some(path.clone())
        } else {
            renamed
        };
        let Some(from) = from else {
            files.insert(path, theirs);
            return;
        };
        let mut ours = files.remove(&from).expect("it was found there");
        theirs.retain(|place, _| files.values().all(|other| !other.contains_key(place)));
        let to = if self.rng.one_in(2) { path } else { from };
        match self.rng.below(4) {
            0 => {}
            1 => ours = theirs,
            _ => ours.extend(theirs),
        }
        files.insert(to, ours);
    }
}

fn contains(versions: &[Made], version: usize, other: usize) -> bool {
    version == other
        || versions[version]
            .parents
            .iter()
            .any(|parent| contains(versions, *parent, other))
}

/// Who wrote the lines of a file of the new version `at`.
fn writers(versions: &[Made], at: usize, parents: &[usize], files: &Files, path: &str) -> BTreeMap<u64, usize> {
    let file = &files[path];
    let sources: Vec<(&Made, &str)> = parents
        .iter()
        .filter_map(|parent| Some((&versions[*parent], source(&versions[*parent], files, path)?)))
        .collect();
    // A side that has the whole file takes it whole; first those where it is called the same.
    let same = |renamed: bool| {
        sources
            .iter()
            .find(|(side, from)| (*from != path) == renamed && side.files[*from] == *file)
    };
    if let Some((side, from)) = same(false).or_else(|| same(true)) {
        return side.writers[*from].clone();
    }
    let writer = |place: &u64| sources.iter().find_map(|(side, from)| side.writers[*from].get(place));
    file.keys()
        .map(|place| (*place, writer(place).copied().unwrap_or(at)))
        .collect()
}

/// The file of a parent that became the one at `path`: that at the same path, else one that is gone and half of it.
fn source<'a>(parent: &'a Made, files: &Files, path: &'a str) -> Option<&'a str> {
    if parent.files.contains_key(path) {
        return Some(path);
    }
    let file = &files[path];
    let gone: BTreeSet<&String> = parent.files.keys().filter(|path| !files.contains_key(*path)).collect();
    let candidates = gone.into_iter().map(|path| (shared(&parent.files[path], file), path));
    let (_, found) = candidates
        .filter(|(shared, path)| shared * 2 >= size(&parent.files[*path]).max(size(file)))
        .max()?;
    Some(found)
}

fn size(file: &File) -> usize {
    bytes(file, false).len()
}

/// The bytes that git counts as common to both: of lines, without carriage returns at their ends.
fn shared(a: &File, b: &File) -> usize {
    let common = a.iter().filter(|(place, _)| b.contains_key(place));
    common.map(|(_, text)| text.trim_end_matches('\r').len() + 1).sum()
}
