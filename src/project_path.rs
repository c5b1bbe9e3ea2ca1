//! [`ProjectPath`]: where an artifact lies, relative to the project root, checked; and how a typed path becomes one.
//!
//! Guarantees: `/`-separated UTF-8 without control characters (the manifest and the trailers are text), at least one
//! component, none of them empty, `.`, `..` or `.git` in any spelling that git refuses, and never the manifest itself
//! nor anything below that name. All of it is lexical: whether something exists there, or a symlink stands in the
//! way, is asked where files are written.

use std::{
    cmp::Ordering,
    ffi::OsStr,
    fmt,
    path::{Component, Path, PathBuf},
    str::FromStr,
};

use crate::id::serde_as_text;

/// The manifest's file name; it stands at the project's root, where no artifact may be.
pub(crate) const MANIFEST_FILE: &str = ".gitlineage";

/// Why a text is not the path of an artifact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectPathError {
    /// Nothing was given.
    #[error("the path of an artifact is empty: name a file or directory below the project root")]
    Empty,
    /// The path is the project root.
    #[error("'{path}' is the project root: an artifact is a file or directory below it")]
    Root {
        /// The path as typed.
        path: String,
    },
    /// The path starts at the root of the file system.
    #[error("'{path}' is absolute: give the path of an artifact relative to the project root")]
    Absolute {
        /// The path as given.
        path: String,
    },
    /// The path leads out of the project.
    #[error("'{path}' leads out of the project: an artifact lies below its root")]
    Outside {
        /// The path as typed.
        path: String,
    },
    /// The path has an empty component, `.` or `..` in it.
    #[error("'{path}' is not a plain path: '//', '.', '..' and a '/' at the end are not allowed in it")]
    NotPlain {
        /// The path as given.
        path: String,
    },
    /// The path is not UTF-8.
    #[error("'{path}' is not UTF-8: the manifest is text, so rename it to deploy an artifact there")]
    NotUtf8 {
        /// The path with replacement characters.
        path: String,
    },
    /// The path holds a control character.
    #[error("{path:?} holds a control character: rename it to deploy an artifact there")]
    Control {
        /// The path as given.
        path: String,
    },
    /// One component is a spelling of `.git`.
    #[error("'{path}' is refused: '{component}' is the repository's own directory for git on some file system")]
    DotGit {
        /// The path as given.
        path: String,
        /// The component that git refuses.
        component: String,
    },
    /// The path is that of the manifest, or below that name.
    #[error("'{path}' is refused: .gitlineage is the manifest and never part of an artifact")]
    Manifest {
        /// The path as given.
        path: String,
    },
}

/// The path of an artifact relative to the project root, e.g. `.claude/skills/pdf`.
///
/// Ordered component by component, so that a directory is directly followed by what lies in it.
///
/// ```
/// use git_lineage::ProjectPath;
/// let skill: ProjectPath = ".claude/skills/pdf".parse()?;
/// assert_eq!(skill.file_name(), "pdf");
/// assert!("../elsewhere".parse::<ProjectPath>().is_err());
/// # Ok::<(), git_lineage::ProjectPathError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProjectPath(String);

impl ProjectPath {
    /// The path as text, with `/` between its components.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last component.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The directory it lies in; `None` directly below the project root.
    pub fn parent(&self) -> Option<ProjectPath> {
        self.0.rsplit_once('/').map(|(parent, _)| Self(parent.to_owned()))
    }

    /// The components from the root down; at least one.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    /// True if `other` is this path or lies below it. Compares components: `a/b` does not contain `a/bc`.
    pub fn contains(&self, other: &ProjectPath) -> bool {
        let rest = other.0.strip_prefix(self.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The path for the file system, still relative to the project root.
    pub fn to_path(&self) -> PathBuf {
        self.components().collect()
    }
}

impl FromStr for ProjectPath {
    type Err = ProjectPathError;

    fn from_str(text: &str) -> Result<Self, ProjectPathError> {
        let path = || text.to_owned();
        if text.is_empty() {
            return Err(ProjectPathError::Empty);
        }
        if text.chars().any(char::is_control) {
            return Err(ProjectPathError::Control { path: path() });
        }
        if text.starts_with('/') {
            return Err(ProjectPathError::Absolute { path: path() });
        }
        for component in text.split('/') {
            if matches!(component, "" | "." | "..") {
                return Err(ProjectPathError::NotPlain { path: path() });
            }
            if is_dot_git(component) {
                let component = component.to_owned();
                return Err(ProjectPathError::DotGit {
                    path: path(),
                    component,
                });
            }
        }
        if text.split('/').next().is_some_and(is_manifest) {
            return Err(ProjectPathError::Manifest { path: path() });
        }
        Ok(Self(text.to_owned()))
    }
}

/// What git refuses as `.git` with both protections on. A `\` separates on Windows, so each part is checked; device
/// names and characters that only Windows cannot store stay allowed, as in git.
fn is_dot_git(component: &str) -> bool {
    let options = gix::validate::path::component::Options {
        protect_windows: false,
        protect_hfs: true,
        protect_ntfs: true,
    };
    component.split('\\').any(|part| {
        let checked = gix::validate::path::component(part.into(), None, options);
        matches!(checked, Err(gix::validate::path::component::Error::DotGitDir))
    })
}

/// True for every name that opens the manifest on some file system: other case (APFS, NTFS), dots and spaces at the
/// end or a stream name (NTFS).
fn is_manifest(first_component: &str) -> bool {
    let name = first_component.split([':', '\\']).next().unwrap_or_default();
    name.trim_end_matches(['.', ' ']).eq_ignore_ascii_case(MANIFEST_FILE)
}

impl Ord for ProjectPath {
    fn cmp(&self, other: &Self) -> Ordering {
        // Component by component, without taking the paths apart: nothing in them is less than a `/` that counts as zero.
        let order = |byte: u8| if byte == b'/' { 0 } else { byte };
        let (own, others) = (self.0.as_bytes(), other.0.as_bytes());
        match own.iter().zip(others).find(|(a, b)| a != b) {
            Some((a, b)) => order(*a).cmp(&order(*b)),
            None => own.len().cmp(&others.len()),
        }
    }
}

impl PartialOrd for ProjectPath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for ProjectPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

serde_as_text!(ProjectPath);

/// Joins what a user typed to the directory they stand in (relative to the project root; empty at the root), without
/// looking at the file system: `..` removes the component before it, also where that is a symlink.
///
/// # Errors
/// [`ProjectPathError`], quoting the path as typed where the typing is at fault.
pub(crate) fn normalize(root_relative_cwd: &Path, typed: &Path) -> Result<ProjectPath, ProjectPathError> {
    let shown = || typed.to_string_lossy().into_owned();
    if typed.as_os_str().is_empty() {
        return Err(ProjectPathError::Empty);
    }
    let mut stack: Vec<&OsStr> = Vec::new();
    for component in root_relative_cwd.components().chain(typed.components()) {
        match component {
            Component::Normal(name) => stack.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                stack.pop().ok_or_else(|| ProjectPathError::Outside { path: shown() })?;
            }
            Component::RootDir | Component::Prefix(_) => return Err(ProjectPathError::Absolute { path: shown() }),
        }
    }
    if stack.is_empty() {
        return Err(ProjectPathError::Root { path: shown() });
    }
    let names: Option<Vec<&str>> = stack.into_iter().map(OsStr::to_str).collect();
    let names = names.ok_or_else(|| ProjectPathError::NotUtf8 { path: shown() })?;
    names.join("/").parse()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn path(text: &str) -> ProjectPath {
        text.parse().expect(text)
    }

    /// `None` if git cannot hold the path in its index with both protections on.
    fn git_accepts(dir: &Path, text: &str) -> bool {
        let info = format!("100644,e69de29bb2d1d6434b8b29ae775ad8c2e48c5391,{text}");
        let mut git = Command::new("git");
        git.args(["-c", "core.protectHFS=true", "-c", "core.protectNTFS=true"]);
        git.args(["update-index", "--add", "--cacheinfo", &info]);
        git.env("GIT_DIR", dir).env("GIT_INDEX_FILE", dir.join("throw-away"));
        let _ = std::fs::remove_file(dir.join("throw-away"));
        git.output().expect("git runs").status.success()
    }

    #[test]
    fn the_order_is_that_of_the_components() {
        let texts = [
            "a", "a/b", "a/b/c", "a-b", "a.b", "a0", "a b", "ab", "a/bc", "a/é", "b", "b/a",
        ];
        for (a, b) in texts.iter().flat_map(|a| texts.iter().map(move |b| (path(a), path(b)))) {
            assert_eq!(a.cmp(&b), a.components().cmp(b.components()), "{a} {b}");
        }
    }

    #[test]
    fn agrees_with_git_on_what_an_index_may_hold() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let init = Command::new("git")
            .args(["init", "-q", "--bare", "--object-format=sha1"])
            .arg(dir.path())
            .env_remove("GIT_DIR")
            .status();
        assert!(init.expect("git runs").success());
        for (text, good) in [
            ("a", true),
            ("skills/a:b", true),
            ("con", true),
            ("a b /c.", true),
            ("a\\b", true),
            ("x/.github", true),
            ("发布/ü", true),
            ("git~2", true),
            ("...", true),
            ("sub/.gitlineage", true),
            ("", false),
            ("/a", false),
            ("a//b", false),
            ("a/", false),
            ("a/./b", false),
            ("a/../b", false),
            ("..", false),
            (".git", false),
            ("a/.GIT/hooks", false),
            ("a/git~1", false),
            ("a/.git. /x", false),
            ("a/.git::$INDEX_ALLOCATION", false),
            ("a/.g\u{200c}it", false),
            ("a\\.git\\x", false),
            (".git\\x", false),
        ] {
            assert_eq!(text.parse::<ProjectPath>().is_ok(), good, "{text:?}");
            assert_eq!(git_accepts(dir.path(), text), good, "git: {text:?}");
        }
    }

    #[test]
    fn refuses_the_manifest_and_control_characters_which_git_would_take() {
        for text in [
            ".gitlineage",
            ".gitlineage/x",
            ".GitLineage",
            ".gitlineage. ",
            ".gitlineage::$DATA",
        ] {
            let refused = text.parse::<ProjectPath>();
            assert!(
                matches!(refused, Err(ProjectPathError::Manifest { .. })),
                "{text:?}: {refused:?}"
            );
        }
        for text in ["a\nb", "a\u{7f}", "a\u{85}", "\t"] {
            assert!(text.parse::<ProjectPath>().is_err(), "{text:?}");
        }
        assert!(".gitlineages".parse::<ProjectPath>().is_ok());
    }

    #[test]
    fn components_decide_what_contains_what() {
        assert!(path("a/b").contains(&path("a/b")));
        assert!(path("a/b").contains(&path("a/b/c")));
        assert!(!path("a/b").contains(&path("a/bc")));
        assert!(!path("a/b").contains(&path("a")));
        assert_eq!(path("a/b").parent(), Some(path("a")));
        assert_eq!(path("a").parent(), None);
        assert_eq!(path("a/b/c").to_path(), Path::new("a").join("b").join("c"));
    }

    #[test]
    fn a_directory_is_followed_by_its_contents() {
        let mut paths = ["a-b", "a", "a/z", "a.b", "b"].map(path);
        paths.sort();
        assert_eq!(paths.map(|p| p.to_string()), ["a", "a/z", "a-b", "a.b", "b"]);
    }

    #[test]
    fn typed_paths_are_joined_lexically() {
        let ok = |cwd: &str, typed: &str| normalize(Path::new(cwd), Path::new(typed)).expect(typed);
        assert_eq!(ok("", "skills/pdf/").as_str(), "skills/pdf");
        assert_eq!(ok("skills", "./pdf").as_str(), "skills/pdf");
        assert_eq!(ok("skills/pdf", ".").as_str(), "skills/pdf");
        assert_eq!(ok("skills/pdf", "../../agents//x.md").as_str(), "agents/x.md");
        let err = |cwd: &str, typed: &str| normalize(Path::new(cwd), Path::new(typed)).expect_err(typed);
        assert!(matches!(err("a", ".."), ProjectPathError::Root { .. }));
        assert!(matches!(err("a", "../.."), ProjectPathError::Outside { .. }));
        assert!(matches!(err("a", "/b"), ProjectPathError::Absolute { .. }));
        assert!(matches!(err("a", ""), ProjectPathError::Empty));
        assert!(matches!(err("a", "../.git/x"), ProjectPathError::DotGit { .. }));
    }

    #[cfg(unix)]
    #[test]
    fn other_bytes_are_refused() {
        use std::os::unix::ffi::OsStrExt;
        let typed = Path::new(OsStr::from_bytes(b"a/\xff"));
        let refused = normalize(Path::new(""), typed);
        assert!(matches!(refused, Err(ProjectPathError::NotUtf8 { .. })));
    }

    #[test]
    fn serde_checks_as_from_str_does() {
        assert_eq!(serde_json::to_string(&path("a/b")).expect("text"), "\"a/b\"");
        assert!(serde_json::from_str::<ProjectPath>("\"../b\"").is_err());
    }
}
