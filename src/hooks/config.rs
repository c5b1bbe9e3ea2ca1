//! Hooks in git's configuration: `hook.lineage-<event>.command` and `.event`, from git 2.54 on.
//!
//! They run beside all others, whatever `core.hooksPath` is, and no manager of hook files can replace them.

use std::path::PathBuf;

use super::{HookAction, HookEvent, HooksError, script};
use crate::git::Repo;

/// The first git that runs hooks from its configuration.
pub(super) const FIRST_GIT: (u32, u32) = (2, 54);

/// The name of our hook of an event.
pub(super) fn name(event: HookEvent) -> String {
    format!("lineage-{event}")
}

/// The repository's configuration file, which all its work trees share.
pub(super) fn file(repo: &Repo) -> PathBuf {
    repo.common_dir().join("config")
}

/// Whether this repository's configuration has our hook of an event, and just as it is written today.
pub(super) fn state(repo: &Repo, event: HookEvent) -> Result<HookAction, HooksError> {
    let get = |key: &str| -> Result<Vec<u8>, HooksError> {
        let key = format!("hook.{}.{key}", name(event));
        let value = repo.ask_git(&["config", "-z", "--local", "--get-all", &key])?;
        Ok(value.unwrap_or_default())
    };
    let (command, events) = (get("command")?, get("event")?);
    let expected = (
        [script::command(event).as_bytes(), b"\0"].concat(),
        [event.as_str().as_bytes(), b"\0"].concat(),
    );
    Ok(if command.is_empty() && events.is_empty() {
        HookAction::Absent
    } else if (command, events) == expected {
        HookAction::Unchanged
    } else {
        HookAction::Updated
    })
}

/// Adds our hook of an event.
pub(super) fn install(repo: &Repo, event: HookEvent, dry_run: bool) -> Result<HookAction, HooksError> {
    let action = match state(repo, event)? {
        HookAction::Absent => HookAction::Created,
        HookAction::Unchanged => return Ok(HookAction::Unchanged),
        other => other,
    };
    if !dry_run {
        // The command first: git dies of an event without one.
        for (key, value) in [("command", script::command(event)), ("event", event.as_str())] {
            let key = format!("hook.{}.{key}", name(event));
            repo.run_git(&["config", "--local", "--replace-all", &key, value], b"")?;
        }
    }
    Ok(action)
}

/// Takes our hook of an event out.
pub(super) fn uninstall(repo: &Repo, event: HookEvent, dry_run: bool) -> Result<HookAction, HooksError> {
    if state(repo, event)? == HookAction::Absent {
        return Ok(HookAction::Absent);
    }
    if !dry_run {
        let section = format!("hook.{}", name(event));
        repo.run_git(&["config", "--local", "--remove-section", &section], b"")?;
    }
    Ok(HookAction::Removed)
}
