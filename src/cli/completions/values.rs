//! What there is in the repository that an argument may name.

use std::{
    env,
    path::{Path, PathBuf},
};

use clap::{Arg, Command};
use git_lineage::LineageStore;

use super::super::dates::FORMATS;
use super::words::{Candidate, Paths, Typed};

/// What an argument names, by what it is called in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Artifacts that are deployed.
    Deployed,
    /// Any version.
    Version,
    /// A content, by its hash; or a path.
    Content,
    /// A file of the version that was typed before.
    FileOfVersion,
    Line,
    Remote,
    /// A project of a hub.
    Project,
    /// One of these.
    Word(&'static [&'static str]),
    Files,
    Directories,
    Nothing,
}

/// The kinds that folders have names for.
const KINDS: [&str; 7] = ["agent", "command", "hook", "plugin", "prompt", "skill", "template"];
/// Remotes of a hub are its projects.
const HUB: &str = "hub";

impl Wanted {
    /// By the name of the value; `command` is the one that takes it.
    pub(super) fn of(arg: &Arg, command: &Command) -> Self {
        let names = arg.get_value_names().unwrap_or_default();
        let Some(name) = names.first() else {
            return Wanted::Nothing;
        };
        let is_option = arg.get_long().is_some();
        let in_hub = command
            .get_bin_name()
            .is_some_and(|name| name.split(' ').any(|word| word == HUB));
        match name.as_str() {
            // '--id' chooses a new one.
            "ID" if !is_option => Wanted::Deployed,
            "VERSION" | "ID|VERSION" | "A" | "B" => Wanted::Version,
            "HASH" | "HASH|PATH" => Wanted::Content,
            "FILE" if is_option => Wanted::Files,
            "FILE" => Wanted::FileOfVersion,
            "BRANCH" | "COMMIT" => Wanted::Line,
            "REMOTE" => Wanted::Remote,
            "NAME" if in_hub && !is_option => Wanted::Project,
            "KIND" => Wanted::Word(&KINDS),
            "FORMAT" if arg.get_long() == Some("date") => Wanted::Word(&FORMATS),
            "FORMAT" => Wanted::Word(&["sha1", "sha256"]),
            "PATH" | "SOURCE" | "SRC" | "URL" => Wanted::Files,
            "DIR" => Wanted::Directories,
            _ => Wanted::Nothing,
        }
    }

    /// All that begins with `current`, and maybe more.
    pub(super) fn list(self, current: &str, typed: &Typed) -> (Vec<Candidate>, Paths) {
        let paths = match self {
            Wanted::Files => Paths::Files,
            Wanted::Content if !is_digits(current) => Paths::Files,
            Wanted::Directories => Paths::Directories,
            _ => Paths::None,
        };
        if let Wanted::Word(words) = self {
            return (words.iter().map(|word| Candidate::new(*word, "")).collect(), paths);
        }
        if matches!(self, Wanted::Files | Wanted::Directories | Wanted::Nothing) {
            return (Vec::new(), paths);
        }
        let Some(store) = store(typed) else {
            return (Vec::new(), paths);
        };
        let candidates = match self {
            Wanted::Deployed => ids(&store, true),
            Wanted::Version => versions(&store, current),
            Wanted::Content => contents(&store, current),
            Wanted::FileOfVersion => files(&store, typed.words.first().map_or("", String::as_str)),
            Wanted::Line => plain(store.known().lines()),
            Wanted::Remote | Wanted::Project => plain(store.known().remotes()),
            _ => Vec::new(),
        };
        (candidates, paths)
    }
}

/// The repository that the command will find.
fn store(typed: &Typed) -> Option<LineageStore> {
    let start = env::current_dir().ok()?;
    let dir = typed
        .directories
        .iter()
        .fold(start, |dir: PathBuf, next| dir.join(Path::new(next)));
    LineageStore::discover(&dir).ok()
}

fn plain(names: Vec<String>) -> Vec<Candidate> {
    names.into_iter().map(|name| Candidate::new(name, "")).collect()
}

fn ids(store: &LineageStore, only_deployed: bool) -> Vec<Candidate> {
    let known = store.known().artifacts().into_iter();
    known
        .filter(|artifact| artifact.path.is_some() || !only_deployed)
        .map(|artifact| {
            let place = artifact
                .path
                .map_or_else(|| "not deployed here".to_owned(), |path| path.to_string());
            Candidate::new(artifact.id.as_str(), place)
        })
        .collect()
}

/// Ids; behind an id and `@` the lines; and what digits abbreviate.
fn versions(store: &LineageStore, current: &str) -> Vec<Candidate> {
    if let Some((id, _)) = current.rsplit_once('@') {
        let known = store.known();
        let lines = known.lines().into_iter().chain(known.remote_lines());
        let on_lines: Vec<Candidate> = lines.map(|line| Candidate::new(format!("{id}@{line}"), "")).collect();
        if known.artifacts().iter().any(|artifact| artifact.id.as_str() == id) {
            return on_lines;
        }
    }
    let mut candidates = ids(store, false);
    if is_digits(current) {
        let known = store.known().versions(current);
        candidates.extend(known.into_iter().map(|version| {
            let help = format!("{}: {}", version.artifact_id, version.summary);
            Candidate::new(version.abbreviation, help)
        }));
    }
    candidates
}

fn contents(store: &LineageStore, current: &str) -> Vec<Candidate> {
    let known = store.known().contents(current).into_iter();
    known
        .map(|content| Candidate::new(content.abbreviation, content.artifact_id.to_string()))
        .collect()
}

fn files(store: &LineageStore, version: &str) -> Vec<Candidate> {
    let files = store.known().files(version).into_iter();
    // What a shell cannot hand over again is of no use.
    files
        .filter_map(|path| String::from_utf8(path).ok())
        .filter(|path| !path.contains(['\n', '\t']))
        .map(|path| Candidate::new(path, ""))
        .collect()
}

/// What may abbreviate an id.
fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
