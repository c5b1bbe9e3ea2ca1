//! Telling sources apart: a URL, a bare repository or the top of a work tree is a git upstream, any other directory or
//! file a plain one.
//!
//! Guarantees: git never takes a URL from here for an option or for a command to run (`-x`, `ext::…`), and whatever is
//! stored or shown of one has lost its credentials.

use std::{
    ffi::{OsStr, OsString},
    fmt,
    path::{Component, Path, PathBuf},
};

use super::UpstreamError;
use crate::git::{GitError, look_at, look_through};

/// The transports that git itself speaks and allows unless it is told otherwise, as they begin a URL.
const TRANSPORTS: [&str; 7] = ["file", "git", "http", "https", "ssh", "git+ssh", "ssh+git"];

/// Where content comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A directory or file, absolute.
    Plain(PathBuf),
    /// A git repository.
    Git(GitUrl),
}

impl Source {
    /// What `source` names; `None` if nothing is there. A relative path starts at the project's `root`.
    ///
    /// Whether a URL leads anywhere is not looked at.
    ///
    /// # Errors
    /// [`UpstreamError::RefusedUrl`], [`UpstreamError::Git`] if it cannot be told what lies there.
    pub(crate) fn find(root: &Path, source: &str) -> Result<Option<Self>, UpstreamError> {
        if source.is_empty() {
            return Ok(None);
        }
        let Some(path) = Self::path(root, source) else {
            return GitUrl::remote(source).map(|url| Some(Source::Git(url)));
        };
        if is_git_repository(&path)? {
            return Ok(Some(Source::Git(GitUrl::local(&path, source))));
        }
        if look_at(&path)?.is_some() {
            return Ok(Some(Source::Plain(path)));
        }
        // As git: what has a colon before the first slash is no path.
        let is_remote = source.split('/').next().is_some_and(|first| first.contains(':'));
        if is_remote || source.starts_with('-') {
            return GitUrl::remote(source).map(|url| Some(Source::Git(url)));
        }
        Ok(None)
    }

    /// Where `source` lies if it is anything on this machine, which is not looked at; `None` if it cannot be.
    pub(crate) fn path(root: &Path, source: &str) -> Option<PathBuf> {
        (!source.is_empty() && scheme(source).is_none()).then(|| root.join(source))
    }
}

/// A git upstream that is safe to hand to git.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct GitUrl {
    /// What git is given: the URL with its credentials, or an absolute path.
    fetch: OsString,
    /// As it was typed, without credentials.
    shown: String,
    is_local: bool,
}

/// A URL may hold a password, which no output may show.
impl fmt::Debug for GitUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GitUrl({})", self.shown)
    }
}

impl GitUrl {
    fn local(path: &Path, typed: &str) -> Self {
        GitUrl {
            fetch: path.canonicalize().unwrap_or_else(|_| path.to_owned()).into(),
            shown: typed.to_owned(),
            is_local: true,
        }
    }

    fn remote(url: &str) -> Result<Self, UpstreamError> {
        let shown = without_credentials(url);
        match fault(url) {
            Some(reason) => Err(UpstreamError::RefusedUrl { url: shown, reason }),
            None => Ok(GitUrl {
                fetch: url.into(),
                is_local: url.starts_with("file://"),
                shown,
            }),
        }
    }

    /// What git is given. It may hold a password: not for storing, not for showing.
    pub(crate) fn fetch(&self) -> &OsStr {
        &self.fetch
    }

    /// The upstream as it was typed, without credentials: what is recorded and shown.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// Whether git reads the upstream's files itself instead of asking a server.
    pub(super) fn is_local(&self) -> bool {
        self.is_local
    }

    /// What makes this upstream the same as another, however it was typed.
    pub(super) fn key(&self) -> Vec<u8> {
        match self.fetch.to_str() {
            Some(url) if !self.is_local => without_credentials(url).into_bytes(),
            _ => self.fetch.as_encoded_bytes().to_owned(),
        }
    }

    /// A message of git's without this URL's credentials.
    pub(super) fn scrub(&self, message: &str) -> String {
        match self.fetch.to_str() {
            Some(url) => scrub(url, message),
            None => message.to_owned(),
        }
    }
}

/// A message of git's about a URL, without that URL's credentials.
pub(crate) fn scrub(url: &str, message: &str) -> String {
    let mut message = message.to_owned();
    let Some(user_info) = user_info(url) else {
        return message;
    };
    for info in [user_info.to_owned(), percent_decode(user_info)] {
        message = message.replace(&format!("{info}@"), "");
        // A password that is part of a common word would make the message unreadable, and gives nothing away.
        if let Some((_, password)) = info.split_once(':').filter(|(_, password)| password.len() > 2) {
            message = message.replace(password, "***");
        }
    }
    message
}

/// The path inside an upstream, `/` between its names and none at its ends; empty for the root.
///
/// # Errors
/// [`UpstreamError::PathOutside`].
pub(crate) fn path_inside(path: &str) -> Result<String, UpstreamError> {
    let mut names = Vec::new();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(name) => names.push(name.to_string_lossy()),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(UpstreamError::PathOutside { path: path.to_owned() });
            }
        }
    }
    Ok(names.join("/"))
}

/// Why git must not be given this URL.
fn fault(url: &str) -> Option<&'static str> {
    const OPTION: &str = "git would take a part of it for an option";
    if url.chars().any(char::is_control) {
        return Some("it holds a control character");
    }
    // git looks for a helper before anything else, by the same letters.
    let helper = url.find(|c| !is_scheme_letter(c)).unwrap_or(url.len());
    if url[helper..].starts_with("::") {
        return Some("it names a program that git would run");
    }
    let (authority, path) = match url.split_once("://") {
        Some((transport, _)) if !TRANSPORTS.contains(&transport) => {
            return Some("only file, git, http, https and ssh are allowed");
        }
        Some((_, rest)) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => url.split_once(':').unwrap_or((url, "")),
    };
    let host = authority.rsplit('@').next().unwrap_or(authority);
    if url.contains("://") && !names_one_host(authority, host) {
        return Some("it is not clear which host it names");
    }
    // git takes the brackets off.
    let host = host.trim_start_matches('[');
    let is_option = |text: &str| text.starts_with('-');
    (is_option(authority) || is_option(host) || is_option(path)).then_some(OPTION)
}

/// Whether everybody finds the same host in what stands between `://` and the next `/`: git and curl end it at different
/// letters, so that one of them could be led elsewhere than the other, or than the URL without its credentials says.
fn names_one_host(authority: &str, host: &str) -> bool {
    let is_clear = !authority.contains(|c: char| "?#\\".contains(c) || c.is_whitespace());
    is_clear && has_port_or_none(host)
}

/// False if digits are missing where a port should be. A colon in the brackets of an IPv6 address begins none.
fn has_port_or_none(host: &str) -> bool {
    let behind = host.rsplit(']').next().unwrap_or(host);
    let port = behind.split_once(':').map_or("", |(_, port)| port);
    port.bytes().all(|byte| byte.is_ascii_digit())
}

/// What cannot be told is an error: a repository is no folder of files.
fn is_git_repository(path: &Path) -> Result<bool, GitError> {
    let is_folder = |name: &str| Ok(look_through(&path.join(name))?.is_some_and(|found| found.is_dir()));
    let has_head = || Ok(look_through(&path.join("HEAD"))?.is_some_and(|found| found.is_file()));
    Ok(look_through(&path.join(".git"))?.is_some() || (has_head()? && is_folder("objects")? && is_folder("refs")?))
}

/// What stands before `://`, as git recognises a URL.
fn scheme(url: &str) -> Option<&str> {
    let (scheme, _) = url.split_once("://")?;
    let is_scheme = !scheme.is_empty() && scheme.chars().all(is_scheme_letter);
    is_scheme.then_some(scheme)
}

fn is_scheme_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+-.".contains(c)
}

/// What stands before the `@` of a URL's host.
fn user_info(url: &str) -> Option<&str> {
    let rest = &url[scheme(url)?.len() + "://".len()..];
    let authority = rest.split('/').next().unwrap_or(rest);
    let in_authority = authority.rsplit_once('@').map(|(user_info, _)| user_info);
    // A password with a '/' in it ends the authority too early. No git takes that, but it may have been typed.
    let is_cut = in_authority.is_none() && !has_port_or_none(authority);
    let typed = is_cut.then(|| rest.rsplit_once('@')).flatten();
    in_authority.or(typed.map(|(user_info, _)| user_info))
}

/// A URL that can be stored and shown: without user and password, except the user of ssh, who is no secret.
pub(crate) fn without_credentials(source: &str) -> String {
    let (Some(scheme), Some(user_info)) = (scheme(source), user_info(source)) else {
        return source.to_owned();
    };
    let after = &source[scheme.len() + "://".len() + user_info.len() + "@".len()..];
    let user = user_info.split(':').next().unwrap_or_default();
    if scheme.contains("ssh") && !user.is_empty() {
        format!("{scheme}://{user}@{after}")
    } else {
        format!("{scheme}://{after}")
    }
}

fn percent_decode(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| *first == b'%');
        let byte = escaped
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(root: &Path, source: &str) -> String {
        match Source::find(root, source) {
            Ok(None) => "nothing".to_owned(),
            Ok(Some(Source::Plain(path))) => format!("plain {}", path.display()),
            Ok(Some(Source::Git(url))) => format!("git {} {}", url.shown(), url.fetch().to_string_lossy()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn git_upstreams_are_told_from_plain_directories() {
        let folder = tempfile::tempdir().expect("temporary directory");
        let root = folder.path().canonicalize().expect("it exists");
        for directory in [
            "plain/inside",
            "tree/.git",
            "tree/below",
            "bare/objects",
            "bare/refs",
            "linked",
            "a:b",
        ] {
            std::fs::create_dir_all(root.join(directory)).expect("directories");
        }
        for file in ["bare/HEAD", "linked/.git", "file", "x::y"] {
            std::fs::write(root.join(file), "").expect("written");
        }
        let at = |path: &str| root.join(path).display().to_string();
        for plain in ["plain", "plain/inside", "tree/below", "file", "a:b", "x::y", "./a:b"] {
            assert_eq!(find(&root, plain), format!("plain {}", at(plain)));
        }
        for git in ["tree", "bare", "linked", "plain/../tree"] {
            let canonical = at(git.trim_start_matches("plain/../"));
            assert_eq!(find(&root, git), format!("git {git} {canonical}"));
        }
        assert_eq!(
            find(&root.join("plain"), "../bare"),
            format!("git ../bare {}", at("bare"))
        );
        assert_eq!(
            find(Path::new("/nowhere"), &at("tree")),
            format!("git {0} {0}", at("tree"))
        );
        assert_eq!(Source::path(&root, "../x"), Some(root.join("../x")));
        for no_path in ["", "https://example.org/x.git"] {
            assert_eq!(Source::path(&root, no_path), None, "{no_path}");
        }
        for nothing in [
            "",
            "none",
            "none/at:all",
            "./none:x",
            "tree/none",
            "/a://b",
            "../a://b@c",
        ] {
            assert_eq!(find(&root, nothing), "nothing", "{nothing}");
        }
        for url in [
            "https://example.org/x.git",
            "file:///x",
            "git@host:x.git",
            "host:path",
            "[::1]:path",
            "git+ssh://h/x",
        ] {
            assert_eq!(find(&root, url), format!("git {url} {url}"));
        }
    }

    #[test]
    fn what_git_would_run_or_take_for_an_option_is_refused() {
        let root = Path::new("/nowhere");
        for (url, word) in [
            ("ext::sh -c 'touch x'", "program"),
            ("fd::17", "program"),
            ("https::https://host/x", "program"),
            ("::x", "program"),
            ("-x", "option"),
            ("--upload-pack=touch x", "option"),
            ("ssh://-oProxyCommand=x/y", "option"),
            ("ssh://user@-oProxyCommand=x/y", "option"),
            ("git://-x/y", "option"),
            ("-oProxyCommand=x:y", "option"),
            ("host:-x", "option"),
            ("foo://host/x", "only file"),
            ("ftp://host/x", "only file"),
            ("HTTPS://host/x", "only file"),
            ("https://host/a\nb", "control"),
            ("[-oProxyCommand=x]:y", "option"),
            // Fetched from the first, shown as the second.
            ("https://evil.example?@host/x", "which host"),
            ("https://evil.example#@host/x", "which host"),
            ("https://evil.example\\@host/x", "which host"),
            ("ssh://evil.example @host/x", "which host"),
            ("https://me:se/cret@host/x", "which host"),
        ] {
            let message = find(root, url);
            assert!(
                message.contains("is refused") && message.contains(word),
                "{url}: {message}"
            );
        }
        let message = find(root, "foo://me:secret@host/x");
        assert!(
            message.contains("foo://host/x") && !message.contains("secret"),
            "{message}"
        );
    }

    #[test]
    fn credentials_never_stay() {
        for (url, without) in [
            ("https://me:secret@host/x", "https://host/x"),
            ("https://token@host/x@y", "https://host/x@y"),
            ("https://me:p@ss@host", "https://host"),
            ("ssh://git:pw@host/x", "ssh://git@host/x"),
            ("ssh+git://git@host/x", "ssh+git://git@host/x"),
            ("https://host/x", "https://host/x"),
            ("https://me:se/cret@host/x", "https://host/x"),
            ("https://host:/x@y", "https://host:/x@y"),
            ("https://host:8080/x@y", "https://host:8080/x@y"),
            ("https://[::1]:80/x@y", "https://[::1]:80/x@y"),
            ("https://[::1]/x@y", "https://[::1]/x@y"),
            ("../plain@dir", "../plain@dir"),
            ("git@host:x", "git@host:x"),
            ("../a://b@c", "../a://b@c"),
        ] {
            assert_eq!(without_credentials(url), without);
        }
        let url = GitUrl::remote("https://me:se%63ret@host/x").expect("a good URL");
        assert!(!format!("{url:?}").contains("se%63ret"));
        assert_eq!(
            url.scrub("'https://me:se%63ret@host/x' and https://me:secret@host, secret"),
            "'https://host/x' and https://host, ***"
        );
        assert_eq!(url.key(), b"https://host/x");
    }

    #[test]
    fn sub_paths_stay_inside() {
        for (path, inside) in [
            ("skills/pdf", "skills/pdf"),
            ("./a//b/", "a/b"),
            ("", ""),
            (".", ""),
            ("-x", "-x"),
        ] {
            assert_eq!(path_inside(path).expect("inside"), inside);
        }
        for path in ["../a", "/etc", "a/../../b", "a/.."] {
            let refused = path_inside(path);
            assert!(matches!(refused, Err(UpstreamError::PathOutside { .. })), "{path}");
        }
    }
}
