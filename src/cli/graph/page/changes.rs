//! What versions changed and where lines come from, as much of it as a page can hold; the rest is said to be left out.

use std::collections::BTreeMap;

use git_lineage::{FileChange, FileDiff, FileOrigin, GraphVersion, LineageStore, QueryError, VersionFile, VersionId};
use serde::Serialize;

use super::{
    super::{super::escape, Picture},
    data::{Place, Places},
};

/// Of one patch.
const LARGEST_PATCH: usize = 32 * 1024;
/// Of all patches on a page, together.
const ALL_PATCHES: usize = 6 * 1024 * 1024;
/// Versions that are asked about together, so that not all patches are in memory before it is known that there is room.
const AT_ONCE: usize = 50;
/// Of one version the page lists so many files.
const MOST_FILES: usize = 300;
/// Files of all heads, together; each asks git once.
const BLAMED_FILES: usize = 200;
/// A larger file is not for reading on a page.
const LARGEST_BLAMED: u64 = 256 * 1024;
/// Of all blamed files, together.
const ALL_BLAMED: u64 = 4 * 1024 * 1024;

/// What a version changed against its first parent.
#[derive(Serialize)]
pub(super) struct Changes {
    files: Vec<File>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

#[derive(Serialize)]
struct File {
    path: String,
    /// Where it was before.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    status: &'static str,
    origin: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    added: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<u64>,
    /// In bytes, of a file that was there from the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    patch: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// A file of the head, line by line.
#[derive(Serialize)]
pub(super) struct Blamed {
    path: String,
    /// Version, whether it was written while resolving a merge, text.
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<Vec<(Place, bool, String)>>,
    /// Why there are no lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// What is left of what a page may hold.
pub(super) struct Room<'a> {
    store: &'a LineageStore,
    diffs: usize,
    artifacts: usize,
    patches: usize,
    blamed: u64,
    unread: usize,
    first_unread: Option<String>,
}

impl<'a> Room<'a> {
    pub(super) fn new(diffs: usize, artifacts: usize, store: &'a LineageStore) -> Self {
        Room {
            store,
            diffs,
            artifacts: artifacts.max(1),
            patches: ALL_PATCHES,
            blamed: ALL_BLAMED,
            unread: 0,
            first_unread: None,
        }
    }

    /// What could not be read: how much, and why.
    pub(super) fn unread(self) -> Vec<String> {
        let first = self.first_unread.into_iter();
        first
            .map(|why| match self.unread {
                1 => format!("the page lacks something that cannot be read: {why}"),
                more => format!("the page lacks {more} things that cannot be read, the first one: {why}"),
            })
            .collect()
    }

    /// What the newest versions changed, by version id, and why not all of them are there.
    pub(super) fn changes(&mut self, picture: &Picture<'_>) -> (BTreeMap<String, Changes>, String) {
        let most = self.diffs.div_ceil(self.artifacts);
        let shown = &picture.shown[..picture.shown.len().min(most)];
        let mut changes = BTreeMap::new();
        for some in shown.chunks(AT_ONCE) {
            let pair = |shown: &GraphVersion| Some((shown.version.first_parent()?, shown.version.version_id));
            let pairs: Vec<(VersionId, VersionId)> = some.iter().filter_map(pair).collect();
            let mut diffs = match self.store.diff_pairs(&pairs, self.patches > 0) {
                Ok(diffs) => diffs.into_iter(),
                Err(error) => return (changes, self.cannot_read(&error)),
            };
            for shown in some {
                let of_version = match pair(shown).and_then(|_| diffs.next()) {
                    Some(files) => self.changes_of(shown, files),
                    None => self.beginning(shown),
                };
                changes.insert(shown.version.version_id.to_string(), of_version);
            }
        }
        let why = match most {
            0 => "This page does not say what versions changed (--diffs 0).".to_owned(),
            1 => "What this version changed is not on this page, only what the newest did: --diffs shows more."
                .to_owned(),
            most => format!(
                "What this version changed is not on this page, only what the newest {most} did: --diffs shows more."
            ),
        };
        (changes, why)
    }

    /// What a version holds that was made from nothing.
    fn beginning(&mut self, shown: &GraphVersion) -> Changes {
        match self.store.details(&shown.version.version_id) {
            Ok(details) => Changes::of(details.files, |file| whole(&file, shown)),
            Err(error) => self.without(&error),
        }
    }

    fn changes_of(&mut self, shown: &GraphVersion, files: Result<Vec<FileDiff>, QueryError>) -> Changes {
        match files {
            Ok(files) => Changes::of(files, |file| self.changed(&file)),
            Err(_) if shown.version.orphan => Changes {
                files: Vec::new(),
                note: Some("What it was made from is not in this clone.".to_owned()),
            },
            Err(error) => self.without(&error),
        }
    }

    fn without(&mut self, error: &QueryError) -> Changes {
        Changes {
            files: Vec::new(),
            note: Some(self.cannot_read(error)),
        }
    }

    fn cannot_read(&mut self, error: &QueryError) -> String {
        let why = escape::line(&error.to_string()).into_owned();
        self.unread += 1;
        self.first_unread.get_or_insert_with(|| why.clone());
        format!("It cannot be read: {why}")
    }

    fn changed(&mut self, file: &FileDiff) -> File {
        let (patch, note) = shown_patch(&file.patch, self.patches);
        self.patches = self.patches.saturating_sub(patch.len());
        File {
            path: escape::path(&file.path),
            before: file.renamed_from.as_ref().map(|before| escape::path(before)),
            status: match file.change {
                FileChange::Added => "added",
                FileChange::Deleted => "deleted",
                FileChange::Renamed => "renamed",
                _ => "modified",
            },
            origin: match file.origin {
                Some(FileOrigin::Upstream) => "upstream",
                Some(FileOrigin::Local) => "local",
                Some(FileOrigin::Both) => "both",
                Some(FileOrigin::None) => "none",
                None => "unknown",
            },
            added: file.lines_added,
            deleted: file.lines_deleted,
            size: None,
            patch,
            note,
        }
    }

    /// The files of the head, each line with where it comes from, and what of that is left out.
    pub(super) fn blame(&mut self, picture: &Picture<'_>, places: &Places) -> (Vec<Blamed>, String) {
        let head = picture
            .graph
            .head
            .or(picture.shown.first().map(|shown| shown.version.version_id));
        let Some(head) = head else {
            return (Vec::new(), String::new());
        };
        let files = match self.store.details(&head) {
            Ok(details) => details.files,
            Err(error) => return (Vec::new(), self.cannot_read(&error)),
        };
        let most = BLAMED_FILES.div_ceil(self.artifacts);
        let note = match files.len().saturating_sub(most) {
            0 => String::new(),
            more => format!("{more} more files are not on this page: git lineage blame shows any."),
        };
        let blamed = files.iter().take(most).map(|file| {
            let lines = self.lines(&head, file, places);
            let (lines, note) = match lines {
                Ok(lines) => (Some(lines), None),
                Err(note) => (None, Some(note)),
            };
            Blamed {
                path: escape::path(&file.path),
                lines,
                note,
            }
        });
        (blamed.collect(), note)
    }

    fn lines(
        &mut self,
        head: &VersionId,
        file: &VersionFile,
        places: &Places,
    ) -> Result<Vec<(Place, bool, String)>, String> {
        if file.size > LARGEST_BLAMED || file.size > self.blamed {
            let size = file.size;
            return Err(format!(
                "Its {size} bytes are more than this page has room for: git lineage blame shows it."
            ));
        }
        let blame = match self.store.blame(head, Some(&file.path)) {
            Ok(blame) => blame,
            Err(QueryError::BinaryFile { .. }) => return Err("It is a binary file.".to_owned()),
            Err(error) => return Err(self.cannot_read(&error)),
        };
        self.blamed -= file.size;
        let line = |line: &git_lineage::BlamedLine| {
            let text = line.text.strip_suffix(b"\r").unwrap_or(&line.text);
            (places.of(line.version_id), line.resolution, escape::file_text(text))
        };
        Ok(blame.lines.iter().map(line).collect())
    }
}

impl Changes {
    fn of<T>(files: Vec<T>, file: impl FnMut(T) -> File) -> Self {
        let note = match files.len().saturating_sub(MOST_FILES) {
            0 => None,
            more => Some(format!("{more} more files are not on this page.")),
        };
        Changes {
            files: files.into_iter().take(MOST_FILES).map(file).collect(),
            note,
        }
    }
}

/// A file of a version that was made from nothing.
fn whole(file: &VersionFile, shown: &GraphVersion) -> File {
    File {
        path: escape::path(&file.path),
        before: None,
        status: "added",
        origin: match shown.version.change_origin {
            None => "unknown",
            Some(_) if shown.is_upstream => "upstream",
            Some(_) => "local",
        },
        added: None,
        deleted: None,
        size: Some(file.size),
        patch: String::new(),
        note: None,
    }
}

/// A patch as it is shown, without the header that repeats the path, and what of it is left out.
fn shown_patch(patch: &[u8], room: usize) -> (String, Option<String>) {
    let mut in_header = true;
    let mut shown = String::new();
    let mut left_out = 0;
    let text = patch.strip_suffix(b"\n").unwrap_or(patch);
    for line in text.split(|byte| *byte == b'\n') {
        in_header = in_header && !line.starts_with(b"@@");
        let repeats = [&b"diff --git "[..], b"index ", b"--- ", b"+++ "];
        if in_header && (line.is_empty() || repeats.iter().any(|start| line.starts_with(start))) {
            continue;
        }
        let line = match line {
            line if in_header && line.starts_with(b"Binary files ") => "Binary files differ".to_owned(),
            line => escape::file_text(line),
        };
        if left_out > 0 || shown.len() + line.len() > LARGEST_PATCH.min(room) {
            left_out += 1;
            continue;
        }
        if !shown.is_empty() {
            shown.push('\n');
        }
        shown.push_str(&line);
    }
    let note = match left_out {
        0 if patch.is_empty() && room == 0 => {
            Some("What changed in it is not on this page: there is no more room.".to_owned())
        }
        0 => None,
        1 => Some("1 more line is not on this page.".to_owned()),
        more => Some(format!("{more} more lines are not on this page.")),
    };
    (shown, note)
}
