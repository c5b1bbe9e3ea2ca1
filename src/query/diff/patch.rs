//! git's own comparison of two contents: which files differ, by how many lines, and the patches.

use gix::{
    ObjectId,
    bstr::{BStr, BString, ByteSlice},
    objs::Kind,
};

use super::super::{
    QueryError,
    status::{FileChange, FileSide},
};
use crate::{
    content::{Content, Mode},
    git::{GitError, Repo, command::complaint, scratch::ScratchObjects},
    id::ContentHash,
    project_path::ProjectPath,
};

/// A file that differs. Paths are relative to the artifact.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) path: BString,
    pub(super) change: FileChange,
    pub(super) old: Option<FileSide>,
    pub(super) new: Option<FileSide>,
    pub(super) renamed_from: Option<BString>,
    /// Added and deleted lines; `None` for a binary file.
    pub(super) lines: Option<(u64, u64)>,
    pub(super) patch: Vec<u8>,
}

/// Has git compare the two contents `sides` as they would lie at `path`.
pub(super) fn run(
    repo: &Repo,
    scratch: &mut ScratchObjects<'_>,
    path: Option<&ProjectPath>,
    hashes: [ContentHash; 2],
    sides: &[Content; 2],
    with_patch: bool,
) -> Result<Vec<Found>, QueryError> {
    let place = Place::new(path, sides);
    let mut trees = Vec::with_capacity(2);
    for (hash, side) in hashes.into_iter().zip(sides) {
        trees.push(place.tree(hash, side, scratch)?.to_string());
    }
    scratch.write()?;
    // Neither a program of the user's nor settings of how paths look: the answer is read by this program, too.
    let mut git = repo.git_command(&["-c", "core.quotePath=false", "diff", "--raw", "--numstat", "-z"]);
    git.args([
        "-M",
        "--no-abbrev",
        "--no-color",
        "--no-ext-diff",
        "--no-relative",
        "--src-prefix=a/",
        "--dst-prefix=b/",
    ]);
    if with_patch {
        git.arg("--patch");
    }
    git.args(&trees).arg("--");
    let output = scratch.output_of(git, b"")?;
    let failed = |message: String| {
        QueryError::from(GitError::GitFailed {
            command: "diff".to_owned(),
            message,
        })
    };
    if !output.status.success() {
        return Err(failed(complaint(&output)));
    }
    parse(&output.stdout, &place).ok_or_else(|| failed("its answer cannot be understood".to_owned()))
}

/// Where the contents lie in the trees that git compares.
struct Place<'p> {
    path: Option<&'p ProjectPath>,
    single_file: bool,
}

impl<'p> Place<'p> {
    fn new(path: Option<&'p ProjectPath>, sides: &[Content; 2]) -> Self {
        let is_file = |path: &ProjectPath| {
            let mut files = sides.iter().filter(|side| !side.is_empty());
            files.all(|side| matches!(side.entries(), [only] if only.path == path.file_name()))
        };
        Place {
            single_file: path.is_some_and(is_file),
            path,
        }
    }

    /// The tree that holds a content at this place, and nothing else.
    fn tree(
        &self,
        hash: ContentHash,
        content: &Content,
        scratch: &mut ScratchObjects<'_>,
    ) -> Result<ObjectId, GitError> {
        const TREE: &str = "40000";
        let Some(path) = self.path.filter(|_| !content.is_empty()) else {
            return Ok(hash.oid());
        };
        let (mut mode, mut id) = match content.entries() {
            [file] if self.single_file => (file.mode.as_str(), file.id),
            _ => (TREE, hash.oid()),
        };
        for name in path.components().rev() {
            let mut data = format!("{mode} {name}\0").into_bytes();
            data.extend_from_slice(id.as_slice());
            id = scratch.add(Kind::Tree, &data)?;
            mode = TREE;
        }
        Ok(id)
    }

    /// A path in those trees as one of the artifact.
    fn inside(&self, path: &[u8]) -> Option<BString> {
        let Some(artifact) = self.path else {
            return Some(path.into());
        };
        match path.strip_prefix(artifact.as_str().as_bytes())? {
            b"" => Some(artifact.file_name().into()),
            below => below.strip_prefix(b"/").map(BString::from),
        }
    }
}

/// Reads what git prints: a record of every file, their numbers of lines, and the patches, each in the same order. `None`
/// if it is something else.
fn parse(output: &[u8], place: &Place<'_>) -> Option<Vec<Found>> {
    let mut rest = Fields(output);
    let mut found = Vec::new();
    // A file that becomes a link is one record, but two patches: what it was goes, what it is comes.
    let mut patches_of = Vec::new();
    while rest.0.starts_with(b":") {
        let record = rest.next()?.to_str().ok()?;
        let mut words = record.strip_prefix(':')?.split(' ');
        let modes = [words.next()?, words.next()?];
        let ids = [words.next()?, words.next()?];
        let letter = words.next()?.chars().next()?;
        let [old, new] = [0, 1].map(|side| {
            let mode = Mode::from_git(u32::from_str_radix(modes[side], 8).ok()?)?;
            Some(FileSide {
                hash: ids[side].to_owned(),
                mode: mode.as_str(),
            })
        });
        let first = place.inside(rest.next()?)?;
        let (path, renamed_from) = match letter {
            'R' => (place.inside(rest.next()?)?, Some(first)),
            _ => (first, None),
        };
        patches_of.push(if letter == 'T' { 2 } else { 1 });
        found.push(Found {
            path,
            change: match letter {
                'A' => FileChange::Added,
                'D' => FileChange::Deleted,
                'M' | 'T' => FileChange::Modified,
                'R' => FileChange::Renamed,
                _ => return None,
            },
            old,
            new,
            renamed_from,
            lines: None,
            patch: Vec::new(),
        });
    }
    for file in &mut found {
        let mut numbers = rest.next()?.splitn(3, |byte| *byte == b'\t');
        let [added, deleted] = [numbers.next()?, numbers.next()?];
        file.lines = number(added).zip(number(deleted));
        // A renamed file has its two paths in fields of their own.
        if numbers.next()?.is_empty() {
            rest.next()?;
            rest.next()?;
        }
    }
    if rest.0.is_empty() {
        return Some(found);
    }
    let mut patches = patches(rest.0.strip_prefix(b"\0")?).into_iter();
    for (file, number) in found.iter_mut().zip(patches_of) {
        file.patch = patches.by_ref().take(number).collect::<Vec<_>>().concat();
        if file.patch.is_empty() {
            return None;
        }
    }
    patches.next().is_none().then_some(found)
}

/// `None` for the `-` of a binary file.
fn number(text: &[u8]) -> Option<u64> {
    text.to_str().ok()?.parse().ok()
}

/// The text taken apart where a patch begins; no line of a patch's body begins like that.
fn patches(text: &[u8]) -> Vec<&[u8]> {
    const BEGIN: &[u8] = b"diff --git ";
    let mut starts: Vec<usize> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(BEGIN) {
            starts.push(at);
        }
        at += line.len();
    }
    starts.push(text.len());
    starts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}

/// Fields that end in NUL.
struct Fields<'t>(&'t [u8]);

impl<'t> Fields<'t> {
    fn next(&mut self) -> Option<&'t BStr> {
        let end = self.0.find_byte(0)?;
        let field = &self.0[..end];
        self.0 = &self.0[end + 1..];
        Some(field.as_bstr())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str) -> ProjectPath {
        path.parse().expect("a path")
    }

    #[test]
    fn an_answer_is_read_to_its_end_or_not_at_all() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let answer = format!(
            ":100644 120000 {a} {b} T\0s/p/x\0:100644 100644 {a} {b} R090\0s/p/old\0s/p/n/ew\0\
             1\t2\ts/p/x\0-\t-\t\0s/p/old\0s/p/n/ew\0\0\
             diff --git a/s/p/x b/s/p/x\n-1\ndiff --git a/s/p/x b/s/p/x\n+diff --git\n diff --git \n\
             diff --git a/s/p/old b/s/p/n/ew\nBinary\n"
        );
        let path = at("s/p");
        let place = Place {
            path: Some(&path),
            single_file: false,
        };
        let files = parse(answer.as_bytes(), &place).expect("an answer");
        let told: Vec<_> = files
            .iter()
            .map(|file| (file.path.to_string(), file.change, file.lines, file.patch.len()))
            .collect();
        assert_eq!(
            told,
            [
                ("x".to_owned(), FileChange::Modified, Some((1, 2)), 82),
                ("n/ew".to_owned(), FileChange::Renamed, None, 39),
            ]
        );
        assert_eq!(files[1].renamed_from, Some("old".into()));
        assert_eq!(files[0].new.as_ref().map(|side| side.mode), Some("120000"));
        // Cut short it is no answer, unless just the patches are missing, which nobody may have asked for.
        let numbers = answer.find("\0\0").expect("it is there") + 1;
        let patches: Vec<usize> = answer.match_indices("\ndiff --git a").map(|(at, _)| at + 1).collect();
        for end in 1..answer.len() {
            let whole = end == numbers || patches.last().is_some_and(|last| end >= last + "diff --git ".len());
            assert_eq!(parse(&answer.as_bytes()[..end], &place).is_some(), whole, "{end}");
        }
        let elsewhere = at("s/q");
        let elsewhere = Place {
            path: Some(&elsewhere),
            single_file: false,
        };
        assert_eq!(parse(answer.as_bytes(), &elsewhere), None);
    }

    #[test]
    fn a_single_file_is_one_on_both_sides() {
        use crate::{content::Entry, id::HashKind};
        let content = |paths: &[&str]| {
            let entries = paths
                .iter()
                .map(|path| Entry::of_data(*path, Mode::File, b"x", HashKind::Sha1));
            Content::new(entries.collect())
        };
        let path = at("agents/r.md");
        for (old, new, single) in [
            (&["r.md"][..], &["r.md"][..], true),
            (&["r.md"], &[], true),
            (&["r.md"], &["r.md", "x"], false),
            (&["r.md"], &["other"], false),
        ] {
            let place = Place::new(Some(&path), &[content(old), content(new)]);
            assert_eq!(place.single_file, single, "{old:?} {new:?}");
        }
    }
}
