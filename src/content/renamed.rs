//! Where a directory or file went, or came from, by what git calls renamed.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use gix::bstr::{BStr, BString};

/// The directory that most files of the artifact at `path` were renamed into, at least half of them; for a single file
/// where it was renamed to. `files` are those at or below `path`, `renames` leads from their paths to the others.
///
/// Of several directories with as many files the one of the same name, then the one that comes first.
pub(crate) fn most_renamed<'f>(
    path: &str,
    files: impl IntoIterator<Item = &'f BStr>,
    renames: &HashMap<BString, BString>,
) -> Option<BString> {
    if let Some(place) = renames.get(BStr::new(path)) {
        return Some(place.clone());
    }
    let (mut count, mut votes) = (0, BTreeMap::<BString, usize>::new());
    for file in files {
        let Some(inside) = file
            .strip_prefix(path.as_bytes())
            .and_then(|rest| rest.strip_prefix(b"/"))
        else {
            continue;
        };
        count += 1;
        if let Some(directory) = renames.get(file).and_then(|place| without(place, inside)) {
            *votes.entry(directory).or_default() += 1;
        }
    }
    let name = last_name(path.as_bytes());
    let (directory, votes) = votes
        .into_iter()
        .max_by_key(|(directory, votes)| (*votes, last_name(directory) == name, Reverse(directory.clone())))?;
    (votes * 2 >= count).then_some(directory)
}

/// The directory in which `place` stands where `inside` would stand in the artifact.
fn without(place: &BString, inside: &[u8]) -> Option<BString> {
    let mut directory = place.as_slice();
    for _ in inside.split(|byte| *byte == b'/') {
        if directory.is_empty() {
            return None;
        }
        let end = directory.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        directory = &directory[..end];
    }
    Some(directory.into())
}

/// The last component of a path.
pub(crate) fn last_name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn most(path: &str, files: &[&str], renames: &[(&str, &str)]) -> Option<String> {
        let renames = renames
            .iter()
            .map(|(old, new)| (BString::from(*old), BString::from(*new)));
        let files = files.iter().map(|file| BStr::new(*file));
        most_renamed(path, files, &renames.collect()).map(|found| found.to_string())
    }

    #[test]
    fn half_of_the_files_decide() {
        let files = ["a/x", "a/b/y", "a/z", "a/w", "other"];
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(most("a", &files, &[("a/x", "n/x"), ("a/b/y", "n/b/y")]), some("n"));
        assert_eq!(most("a", &files, &[("a/x", "n/x")]), None, "a quarter is too little");
        assert_eq!(
            most(
                "a",
                &files,
                &[("a/x", "q/x"), ("a/z", "q/z"), ("a/w", "m/a/w"), ("a/b/y", "m/a/b/y")]
            ),
            some("m/a"),
            "the same name"
        );
        assert_eq!(most("a", &["a"], &[("a", "b")]), some("b"), "a single file");
        assert_eq!(most("a", &files[..1], &[("a/x", "x")]), some(""), "to the root");
    }
}
