//! Names that git reads in its own way on some file system, in all their spellings.
//!
//! HFS+ ignores some code points and case; NTFS ignores case, trailing dots and spaces, and what follows a `:`, and has
//! a second, short name for every file. So `.g\u{200c}it`, `.GIT . `, `.git::$INDEX_ALLOCATION` and `git~1` are all
//! `.git` somewhere. The verdicts are those of `git fsck`, which the tests ask.

use gix::bstr;

use crate::content::{Mode, Refusal};

/// `git fsck` refuses longer names.
const MAX_NAME: usize = 4096;

/// What bears a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bearer {
    /// A directory.
    Directory,
    /// A file or symbolic link.
    Leaf(Mode),
}

/// A file that git itself reads from content, under the names it is known by.
struct Known {
    /// As the user writes it.
    name: &'static str,
    /// Without the dot, in lower case.
    stem: &'static str,
    /// How NTFS shortens the name when the plain short names are taken.
    short: &'static str,
}

const GITMODULES: Known = Known {
    name: ".gitmodules",
    stem: "gitmodules",
    short: "gi7eba",
};
const GITATTRIBUTES: Known = Known {
    name: ".gitattributes",
    stem: "gitattributes",
    short: "gi7d29",
};

/// May a directory, file or symbolic link in a tree bear this name?
pub(super) fn check_name(name: &[u8], bearer: Bearer) -> Result<(), Refusal> {
    if name.is_empty() {
        return Err(Refusal::EmptyName);
    }
    if name == b"." || name == b".." {
        return Err(Refusal::RelativeName);
    }
    if name.contains(&b'/') {
        return Err(Refusal::SlashInName);
    }
    if name.contains(&0) {
        return Err(Refusal::Nul);
    }
    if name.len() > MAX_NAME {
        return Err(Refusal::NameTooLong { limit: MAX_NAME });
    }
    if is_dot_git(name) {
        return Err(Refusal::DotGit);
    }
    match bearer {
        Bearer::Leaf(Mode::Symlink) if is_gitmodules(name) => Err(Refusal::GitmodulesLink),
        Bearer::Directory if is_gitmodules(name) => Err(Refusal::NotAFile { name: GITMODULES.name }),
        Bearer::Directory if is_gitattributes(name) => Err(Refusal::NotAFile {
            name: GITATTRIBUTES.name,
        }),
        Bearer::Leaf(_) | Bearer::Directory => Ok(()),
    }
}

/// Is this name `.git` on some file system, also as the last part of a Windows path?
pub(crate) fn is_dot_git(name: &[u8]) -> bool {
    is_hfs(name, "git") || parts_on_windows(name).any(is_ntfs_dot_git)
}

/// Is this name `.gitmodules` on some file system, also as the last part of a Windows path?
pub(super) fn is_gitmodules(name: &[u8]) -> bool {
    is_hfs(name, GITMODULES.stem) || parts_on_windows(name).any(|part| is_ntfs(part, &GITMODULES))
}

/// Is this name `.gitattributes` on some file system?
pub(super) fn is_gitattributes(name: &[u8]) -> bool {
    is_hfs(name, GITATTRIBUTES.stem) || is_ntfs(name, &GITATTRIBUTES)
}

/// The name, and what stands behind each backslash in it.
fn parts_on_windows(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    let behind = name
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\\')
        .map(|(at, _)| &name[at + 1..]);
    std::iter::once(name).chain(behind)
}

/// True for `.` and `stem` in any case, with ignorable code points anywhere. A byte that is not UTF-8 ends the name.
fn is_hfs(name: &[u8], stem: &str) -> bool {
    let mut rest = name;
    let mut characters = std::iter::from_fn(|| {
        loop {
            let (character, len) = bstr::decode_utf8(rest);
            rest = &rest[len..];
            match character {
                Some(character) if is_ignored_by_hfs(character) => {}
                // Not characters, and to git not UTF-8.
                Some('\u{fffe}' | '\u{ffff}') | None => return None,
                character => return character,
            }
        }
    });
    characters.next() == Some('.')
        && stem
            .chars()
            .all(|wanted| characters.next().is_some_and(|is| is.to_ascii_lowercase() == wanted))
        && characters.next().is_none()
}

/// Code points that HFS+ does not see in a name.
pub(super) fn is_ignored_by_hfs(character: char) -> bool {
    matches!(character, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

/// True for `.git` and its short name `git~1`.
fn is_ntfs_dot_git(name: &[u8]) -> bool {
    [&b".git"[..], b"git~1"].into_iter().any(|spelling| {
        let rest = strip_prefix_ignoring_case(name, spelling);
        let rest = rest.map(|rest| rest.split(|byte| *byte == b'\\').next().unwrap_or(rest));
        rest.is_some_and(is_ignored_by_ntfs)
    })
}

/// True for the known name, its first four short names (`gitmod~1`), and those NTFS makes after them (`gi7eba~1`,
/// `gi7eb~12`, …).
fn is_ntfs(name: &[u8], known: &Known) -> bool {
    if let Some(name) = name.strip_prefix(b".") {
        return strip_prefix_ignoring_case(name, known.stem.as_bytes()).is_some_and(is_ignored_by_ntfs);
    }
    let numbered = strip_prefix_ignoring_case(name, &known.stem.as_bytes()[..6]);
    if let Some([b'~', b'1'..=b'4', rest @ ..]) = numbered {
        return is_ignored_by_ntfs(rest);
    }
    let Some((short, rest)) = name.split_at_checked(8) else {
        return false;
    };
    let Some(tilde) = short.iter().position(|byte| *byte == b'~').filter(|tilde| *tilde <= 6) else {
        return false;
    };
    let (prefix, number) = (&short[..tilde], &short[tilde + 1..]);
    prefix.eq_ignore_ascii_case(&known.short.as_bytes()[..tilde])
        && number[0] != b'0'
        && number.iter().all(u8::is_ascii_digit)
        && is_ignored_by_ntfs(rest)
}

/// NTFS drops dots and spaces at the end; a `:` starts the name of a stream within the file.
fn is_ignored_by_ntfs(rest: &[u8]) -> bool {
    let end = rest.iter().find(|byte| !matches!(byte, b'.' | b' '));
    end.is_none_or(|byte| *byte == b':')
}

fn strip_prefix_ignoring_case<'n>(name: &'n [u8], prefix: &[u8]) -> Option<&'n [u8]> {
    let (start, rest) = name.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spellings_of_gitmodules() {
        #[rustfmt::skip]
        let is = [
            ".gitmodules", ".git\u{200c}modules", ".Gitmodules", ".gitmodules ", ".gitmodules. .", "GITMOD~1",
            "gitmod~4 .", "GI7EBA~1", "gi7eba~9", "GI7EB~10", "GI7E~101", "~1000000", "~9999999", ".gitmodules:$DATA",
            "gitmod~4 . :$DATA", "x\\.gitmodules",
        ];
        #[rustfmt::skip]
        let is_not = [
            ".gitmodules x", " .gitmodules", "..gitmodules", "gitmodules", ".gitmodule", "GI7EBA~", "GI7EBA~0",
            "GI7EBA~~1", "GI7EBA~X", "Gx7EBA~1", "GI7EB~1", "GI7EB~01", "GI7EB~1X", ".gitmodules,:$DATA", "GITMOD~5",
            "gitmod~", "",
        ];
        for name in is {
            assert!(is_gitmodules(name.as_bytes()), "{name}");
        }
        for name in is_not {
            assert!(!is_gitmodules(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn the_spellings_of_dot_git() {
        for name in [
            ".git",
            ".GIT",
            ".git . .",
            "git~1",
            "GIT~1:x",
            ".git::$INDEX_ALLOCATION",
            ".g\u{200c}it",
            "a\\.git",
        ] {
            assert!(is_dot_git(name.as_bytes()), "{name}");
        }
        assert!(is_dot_git(b".git\xff"));
        for name in [
            "git",
            ".gitx",
            ".git x",
            "git~2",
            "git~10",
            ".gi\u{131}t",
            ".git\u{301}",
            "x.git",
            "a\\b",
            "con",
            "a:b",
            "x.",
        ] {
            assert!(!is_dot_git(name.as_bytes()), "{name}");
        }
        for name in [
            "con",
            "a:b",
            "x.",
            "x ",
            "a\\b",
            ".gitignore",
            ".github",
            "\u{200c}",
            "*?<>|\"",
            "\x01\n",
        ] {
            assert_eq!(check_name(name.as_bytes(), Bearer::Leaf(Mode::File)), Ok(()), "{name}");
        }
    }
}
