//! Firing hooks to see whether they reach this program: really as git runs them, but so that ours only says it was reached.
//!
//! A variable names a file to the hook; our part of a hook file ends the script there, before what others wrote. Other hooks
//! in the configuration are switched off meanwhile.

use std::{ffi::OsString, fs, os::unix::fs::symlink, path::Path};

use tempfile::{NamedTempFile, TempDir};

use super::{CheckHooks, HookEvent, HooksError, config, files, place};
use crate::git::{Repo, command::output_of};

/// Names the file in which a hook notes that it was reached.
const PROBE: &str = "GIT_LINEAGE_HOOK_PROBE";
/// The program that hooks call.
const PROGRAM: &str = "git-lineage";

/// What to fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target<'p> {
    /// Our hook in the configuration, and no other.
    Config,
    /// The hook file that git would run, and nothing of the configuration.
    File,
    /// This file in its place.
    Instead(&'p Path),
}

/// What came of a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fired {
    pub(super) reached: bool,
    pub(super) succeeded: bool,
}

/// Ready to fire.
pub(super) struct Probe<'a> {
    repo: &'a Repo,
    runs_config: bool,
    with: OsString,
    without: OsString,
    /// Holds the folders of the search path without the program.
    _folders: TempDir,
}

impl<'a> Probe<'a> {
    pub(super) fn new(repo: &'a Repo, request: &CheckHooks) -> Result<Self, HooksError> {
        let folders = tempfile::tempdir().map_err(HooksError::io("create", std::env::temp_dir()))?;
        Ok(Probe {
            repo,
            runs_config: repo.git_version()? >= config::FIRST_GIT,
            without: without_program(&request.search_path, folders.path())?,
            with: request.search_path.clone(),
            _folders: folders,
        })
    }

    /// Whether this git runs hooks from its configuration.
    pub(super) fn runs_config(&self) -> bool {
        self.runs_config
    }

    /// Whether our hook in the configuration, or its event, is switched off.
    pub(super) fn is_disabled(&self, event: HookEvent) -> Result<bool, HooksError> {
        for subsection in [config::name(event), event.as_str().to_owned()] {
            let key = format!("hook.{subsection}.enabled");
            let value = self
                .repo
                .run_git(&["config", "--type=bool", "--default=true", "--get", &key], b"")?;
            if value.trim_ascii() == b"false" {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Fires an event.
    pub(super) fn fire(&self, event: HookEvent, target: Target<'_>, with_program: bool) -> Result<Fired, HooksError> {
        let note = NamedTempFile::new().map_err(HooksError::io("create", std::env::temp_dir()))?;
        let folder = tempfile::tempdir().map_err(HooksError::io("create", std::env::temp_dir()))?;
        let mut settings = Vec::new();
        if target != Target::File {
            // A folder with that file, or with none.
            settings.push(format!("core.hooksPath={}", folder.path().display()));
        }
        if let Target::Instead(file) = target {
            let link = folder.path().join(event.as_str());
            symlink(file, &link).map_err(HooksError::io("create", link))?;
        }
        if self.runs_config {
            let own = config::name(event);
            let others = self.configured(event)?.into_iter();
            let off = others.filter(|name| target != Target::Config || *name != own);
            settings.extend(off.map(|name| format!("hook.{name}.enabled=false")));
        }
        let mut args: Vec<&str> = settings.iter().flat_map(|setting| ["-c", setting.as_str()]).collect();
        args.extend(["hook", "run", "--ignore-missing", event.as_str(), "--"]);
        args.extend(arguments(event));
        let mut command = place::git_where_hooks_run(self.repo, event.is_server(), &args);
        command.env(PROBE, note.path());
        command.env("PATH", if with_program { &self.with } else { &self.without });
        let output = output_of(command, b"")?;
        let noted = fs::read_to_string(note.path()).map_err(HooksError::io("read", note.path()))?;
        Ok(Fired {
            reached: noted.lines().any(|line| line == event.as_str()),
            succeeded: output.status.success(),
        })
    }

    /// The names of the hooks that the configuration has for an event.
    fn configured(&self, event: HookEvent) -> Result<Vec<String>, HooksError> {
        let entries = self
            .repo
            .ask_git(&["config", "-z", "--get-regexp", r"^hook\..*\.event$"])?;
        let entries = String::from_utf8_lossy(&entries.unwrap_or_default()).into_owned();
        let named = entries.split('\0').filter_map(|entry| entry.split_once('\n'));
        let named = named.filter(|(_, value)| *value == event.as_str());
        let names = named.filter_map(|(key, _)| key.strip_prefix("hook.")?.strip_suffix(".event").map(str::to_owned));
        Ok(names.collect())
    }
}

/// What git gives to a hook of this event.
fn arguments(event: HookEvent) -> &'static [&'static str] {
    match event {
        HookEvent::PostMerge => &["0"],
        HookEvent::PostRewrite => &["amend"],
        HookEvent::PostCheckout => &["HEAD", "HEAD", "1"],
        HookEvent::PrePush => &["origin", "origin"],
        HookEvent::PostCommit | HookEvent::PostApplypatch | HookEvent::PreReceive | HookEvent::PostReceive => &[],
    }
}

/// A search path with everything but the program: a folder that holds it is replaced by one with links to all else.
fn without_program(search_path: &OsString, folders: &Path) -> Result<OsString, HooksError> {
    let mut hidden = Vec::new();
    for (n, dir) in std::env::split_paths(search_path).enumerate() {
        if !files::is_executable(&dir.join(PROGRAM)) {
            hidden.push(dir);
            continue;
        }
        let copy = folders.join(n.to_string());
        fs::create_dir(&copy).map_err(HooksError::io("create", &copy))?;
        for entry in fs::read_dir(&dir).map_err(HooksError::io("list", &dir))? {
            let entry = entry.map_err(HooksError::io("list", &dir))?;
            if entry.file_name() != PROGRAM {
                let link = copy.join(entry.file_name());
                symlink(entry.path(), &link).map_err(HooksError::io("create", &link))?;
            }
        }
        hidden.push(copy);
    }
    // They came from a search path, or hold no separator.
    Ok(std::env::join_paths(hidden).unwrap_or_default())
}
