//! The contents compared, file by file.

use std::{cmp::Ordering, collections::BTreeSet};

use gix::bstr::{BStr, BString, ByteSlice};

use super::answer::{FileChange, FileOrigin, FileSide, FileStatus, StatusSummary};
use crate::content::{Content, Entry};

/// One path in several contents.
pub(crate) struct Row<'c, const N: usize> {
    pub(crate) path: &'c BStr,
    pub(crate) sides: [Option<&'c Entry>; N],
}

/// Every path of several contents, sorted, with what each has there.
pub(crate) fn side_by_side<const N: usize>(contents: [&Content; N]) -> Vec<Row<'_, N>> {
    let mut rest: [&[Entry]; N] = contents.map(Content::entries);
    let mut rows = Vec::new();
    while let Some(path) = rest
        .iter()
        .filter_map(|entries| entries.first())
        .map(|entry| entry.path.as_bstr())
        .min()
    {
        let mut sides = [None; N];
        for (side, entries) in sides.iter_mut().zip(&mut rest) {
            if let Some((first, others)) = entries.split_first()
                && first.path.as_bstr().cmp(path) == Ordering::Equal
            {
                *side = Some(first);
                *entries = others;
            }
        }
        rows.push(Row { path, sides });
    }
    rows
}

/// What is at a path there and here is the same: both nothing, or equal bytes and mode.
fn is_same(a: Option<&Entry>, b: Option<&Entry>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.id == b.id && a.mode == b.mode,
        (None, None) => true,
        _ => false,
    }
}

/// From one side to another.
pub(crate) fn change(old: Option<&Entry>, new: Option<&Entry>) -> FileChange {
    match (old, new) {
        _ if is_same(old, new) => FileChange::Unchanged,
        (None, _) => FileChange::Added,
        (_, None) => FileChange::Deleted,
        _ => FileChange::Modified,
    }
}

/// The contents of an artifact that are compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compared<'c> {
    /// Of an artifact that never had an upstream what was recorded last; `None` where nothing was: nothing differs then.
    pub(super) baseline: Option<&'c Content>,
    pub(super) current: &'c Content,
    /// `None` where nothing is known of it.
    pub(super) upstream: Option<&'c Content>,
    /// Relative to the artifact.
    pub(super) unmerged: &'c [BString],
}

/// The files that differ from the baseline, and those that are unmerged; the others only if `unchanged` is set.
pub(super) fn files(compared: Compared<'_>, unchanged: bool) -> Vec<FileStatus> {
    let baseline = compared.baseline.unwrap_or(compared.current);
    let upstream = compared.upstream.unwrap_or(baseline);
    let mut unmerged: BTreeSet<&BStr> = compared.unmerged.iter().map(|path| path.as_bstr()).collect();
    let mut files = Vec::new();
    for row in side_by_side([baseline, compared.current, upstream]) {
        let [base, here, there] = row.sides;
        let (mine, theirs) = (change(base, here), change(base, there));
        let origin = FileOrigin::of(theirs != FileChange::Unchanged, mine != FileChange::Unchanged);
        let unmerged = unmerged.remove(row.path);
        if origin == FileOrigin::None && !unmerged && !unchanged {
            continue;
        }
        files.push(FileStatus {
            path: row.path.to_vec(),
            change: if mine == FileChange::Unchanged { theirs } else { mine },
            origin,
            baseline: compared.baseline.and(base).map(FileSide::of),
            current: here.map(FileSide::of),
            upstream: compared.upstream.and(there).map(FileSide::of),
            unmerged,
        });
    }
    // Gone on every side that is looked at, but not decided.
    files.extend(unmerged.into_iter().map(|path| FileStatus {
        path: path.to_vec(),
        change: FileChange::Unchanged,
        origin: FileOrigin::None,
        baseline: None,
        current: None,
        upstream: None,
        unmerged: true,
    }));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Counts files.
pub(super) fn summary(files: &[FileStatus]) -> StatusSummary {
    let count = |wanted: &dyn Fn(&FileStatus) -> bool| files.iter().filter(|file| wanted(file)).count();
    StatusSummary {
        upstream_changes: count(&|file| matches!(file.origin, FileOrigin::Upstream | FileOrigin::Both)),
        local_changes: count(&|file| matches!(file.origin, FileOrigin::Local | FileOrigin::Both)),
        conflicts: count(&|file| file.unmerged || (file.origin == FileOrigin::Both && file.current != file.upstream)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{content::Mode, id::HashKind};

    /// A content of files `a` to `f`, chosen by the digits of a number: absent, or one of three files.
    fn content(mut number: usize) -> Content {
        let mut entries = Vec::new();
        for path in ["a", "b", "c", "d", "e", "f"] {
            let (mode, data) = [
                (Mode::File, None),
                (Mode::File, Some("x")),
                (Mode::File, Some("y")),
                (Mode::Executable, Some("x")),
            ][number % 4];
            number /= 4;
            entries.extend(data.map(|data| Entry::of_data(path, mode, data.as_bytes(), HashKind::Sha1)));
        }
        Content::new(entries)
    }

    #[test]
    fn every_file_is_told_as_if_it_were_alone() {
        let mut seed = 1_usize;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            content(seed >> 33)
        };
        for round in 0..500 {
            let [baseline, current, upstream] = [next(), next(), next()];
            let unmerged = [BString::from("b"), BString::from("zz")];
            let compared = Compared {
                baseline: Some(&baseline),
                current: &current,
                upstream: (round % 3 > 0).then_some(&upstream),
                unmerged: &unmerged[..round % 2 * 2],
            };
            let upstream = compared.upstream.unwrap_or(&baseline);
            let files = files(compared, round % 5 == 0);
            let mut conflicts = 0;
            for path in ["a", "b", "c", "d", "e", "f", "zz"] {
                let [base, here, there] = [&baseline, &current, upstream].map(|content| content.get(path.into()));
                let found: Vec<_> = files.iter().filter(|file| file.path == path.as_bytes()).collect();
                let is_unmerged = compared.unmerged.iter().any(|unmerged| unmerged == path);
                let listed = here != base || there != base || is_unmerged || (round % 5 == 0 && base.is_some());
                assert_eq!(found.len(), usize::from(listed), "{path}");
                let Some(file) = found.first() else { continue };
                assert_eq!(file.origin, FileOrigin::of(there != base, here != base));
                assert_eq!(file.baseline, base.map(FileSide::of));
                assert_eq!(file.current, here.map(FileSide::of));
                assert_eq!(file.upstream, compared.upstream.and(there).map(FileSide::of));
                assert_eq!(file.unmerged, is_unmerged);
                let new = if here == base { there } else { here };
                let change = match (base, new) {
                    _ if base == new => FileChange::Unchanged,
                    (None, _) => FileChange::Added,
                    (_, None) => FileChange::Deleted,
                    _ => FileChange::Modified,
                };
                assert_eq!(file.change, change);
                conflicts += usize::from(is_unmerged || (here != base && there != base && here != there));
            }
            assert!(files.is_sorted_by_key(|file| &file.path));
            assert_eq!(summary(&files).conflicts, conflicts);
        }
    }
}
