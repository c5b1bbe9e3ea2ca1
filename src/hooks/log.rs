//! The log of hooks that failed: a hook must not stop git nor talk to the user, so this is where it says what went wrong.
//!
//! `lineage/hooks.log` in the common directory, one line each: the time, the event, `failed` and why, or `ok` for the first
//! success after a failure. What the last line says is how things stand. It never grows beyond [`LIMIT`]; the oldest lines
//! go first.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::PathBuf,
};

use super::HookEvent;
use crate::{
    git::{GitError, Repo},
    version::Timestamp,
};

/// The largest size of the file in bytes; beyond it the older half goes.
const LIMIT: u64 = 64 * 1024;
/// The longest message kept, in bytes.
const LONGEST: usize = 2000;
/// How much of the end of the file holds its last line for certain.
const TAIL: u64 = 4096;

/// A hook that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HookFailure {
    /// When.
    pub at: Timestamp,
    /// Which one.
    pub event: HookEvent,
    /// Why, on one line.
    pub message: String,
}

impl HookFailure {
    /// A failure for the log, from an error with its causes.
    pub fn new(event: HookEvent, error: &dyn std::error::Error, at: Timestamp) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !message.ends_with(&text) {
                message.push_str(": ");
                message.push_str(&text);
            }
            cause = error.source();
        }
        HookFailure { at, event, message }
    }
}

impl Repo {
    /// Where failures of hooks are noted.
    pub(crate) fn hook_log_path(&self) -> PathBuf {
        self.common_dir().join("lineage").join("hooks.log")
    }
}

/// The failure that no success has followed yet; a last line that nobody here wrote is none.
pub(crate) fn standing(repo: &Repo) -> Result<Option<HookFailure>, GitError> {
    let path = repo.hook_log_path();
    match last_line(&path) {
        Ok(line) => Ok(line.as_deref().and_then(parse)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(GitError::io("read", path)(error)),
    }
}

/// Notes a failure.
pub(crate) fn failed(repo: &Repo, failure: &HookFailure) -> Result<(), GitError> {
    let message = one_line(&failure.message);
    add(repo, &format!("{} {} failed {message}\n", failure.at, failure.event))
}

/// Notes a success, if the last line is a failure.
pub(crate) fn succeeded(repo: &Repo, event: HookEvent, at: Timestamp) -> Result<(), GitError> {
    match standing(repo)? {
        Some(_) => add(repo, &format!("{at} {event} ok\n")),
        None => Ok(()),
    }
}

/// Forgets everything. False if there was nothing.
pub(crate) fn clear(repo: &Repo) -> Result<bool, GitError> {
    let path = repo.hook_log_path();
    match fs::remove_file(&path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(GitError::io("remove", path)(error)),
    }
}

fn add(repo: &Repo, line: &str) -> Result<(), GitError> {
    let path = repo.hook_log_path();
    let folder = path.parent().unwrap_or(&path);
    fs::create_dir_all(folder).map_err(GitError::io("create", folder))?;
    let appended = OpenOptions::new().append(true).create(true).open(&path);
    let appended = appended.and_then(|mut file| {
        // One write, so that lines of hooks that run at the same time do not mix.
        file.write_all(line.as_bytes())?;
        file.metadata()
    });
    let size = appended.map_err(GitError::io("write", &path))?.len();
    if size > LIMIT {
        shorten(&path).map_err(GitError::io("shorten", &path))?;
    }
    Ok(())
}

/// Drops the older half.
fn shorten(path: &std::path::Path) -> io::Result<()> {
    let text = fs::read(path)?;
    let half = text.len() / 2;
    let from = text[half..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(half, |end| half + end + 1);
    let folder = path.parent().unwrap_or(path);
    let mut shorter = tempfile::NamedTempFile::new_in(folder)?;
    shorter.write_all(&text[from..])?;
    shorter.persist(path)?;
    Ok(())
}

fn last_line(path: &std::path::Path) -> io::Result<Option<String>> {
    let mut file = File::open(path)?;
    let from = file.metadata()?.len().saturating_sub(TAIL);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let tail = String::from_utf8_lossy(&tail);
    Ok(tail.lines().last().map(str::to_owned))
}

fn parse(line: &str) -> Option<HookFailure> {
    let mut words = line.splitn(4, ' ');
    let (at, event) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let message = words.next().filter(|word| *word == "failed").and(words.next())?;
    Some(HookFailure {
        at,
        event,
        message: message.to_owned(),
    })
}

/// A message without line ends and other controls, and not longer than the log can bear.
fn one_line(message: &str) -> String {
    let mut line: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|end| line.is_char_boundary(*end)).unwrap_or(0);
        line.truncate(end);
        line.push('…');
    }
    line
}
