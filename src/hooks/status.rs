//! What `hooks status` tells: for each event whether git's hooks reach this program, found out by firing them.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{
    HookAction, HookEvent, HookManager, HookMethod, HooksError, config,
    files::{self, There},
    place::{Place, Whose},
    probe::{Fired, Probe, Target},
    script::{self, Found},
};
use crate::git::Repo;

/// How to look at hooks.
#[derive(Debug, Clone, Default)]
pub struct CheckHooks {
    /// The search path for programs, `PATH`.
    pub search_path: std::ffi::OsString,
    /// Fire also hooks that are others', which then do what they do: only so a manager of hooks shows whether it calls this
    /// program.
    pub fire_others: bool,
    /// The hooks of a server in the place of those of a clone.
    pub server: bool,
}

/// Whether an event reaches this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HookState {
    /// It was fired and did.
    Reached,
    /// No hook of ours is there.
    NotInstalled,
    /// A hook of ours is there, but git does not get to it, or it not to this program.
    Blocked,
}

impl HookState {
    /// The spelling in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            HookState::Reached => "reached",
            HookState::NotInstalled => "not_installed",
            HookState::Blocked => "blocked",
        }
    }
}

/// Why an event does not reach this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HookObstacle {
    /// Another hook is there, without ours. Whether it calls this program was not tried.
    OtherHook,
    /// It is in the folder that git uses without `core.hooksPath`, which leads elsewhere.
    HooksPath,
    /// `core.hooksPath` leads to something that is no folder.
    HooksOff,
    /// The file may not be executed, so that git ignores it.
    NotExecutable,
    /// It is only in the configuration, which this git does not run hooks from.
    GitTooOld,
    /// `hook.<name>.enabled` is false.
    Disabled,
    /// A manager of hooks has put it aside and does not run it.
    PutAside,
    /// The hook ran, but there is no `git-lineage` in the search path, or an old one.
    ProgramNotFound,
    /// The hook ran and failed.
    Failed,
}

impl HookObstacle {
    /// The spelling in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            HookObstacle::OtherHook => "other_hook",
            HookObstacle::HooksPath => "hooks_path",
            HookObstacle::HooksOff => "hooks_off",
            HookObstacle::NotExecutable => "not_executable",
            HookObstacle::GitTooOld => "git_too_old",
            HookObstacle::Disabled => "disabled",
            HookObstacle::PutAside => "put_aside",
            HookObstacle::ProgramNotFound => "program_not_found",
            HookObstacle::Failed => "failed",
        }
    }
}

/// How the hook of one event stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HookCheck {
    /// The event.
    pub event: HookEvent,
    /// Whether it reaches this program.
    pub state: HookState,
    /// Why not.
    pub obstacle: Option<HookObstacle>,
    /// How git gets to know of the hook.
    pub method: HookMethod,
    /// The hook file that git would run, or the configuration file.
    pub path: PathBuf,
    /// Whose file it is otherwise.
    pub manager: Option<HookManager>,
    /// Fired once more where `git-lineage` was not to be found: whether the hook succeeded all the same. `None` where that was
    /// not tried, or the program cannot be hidden.
    pub harmless_without_program: Option<bool>,
}

/// Looks at all events.
pub(crate) fn check(repo: &Repo, request: &CheckHooks) -> Result<Vec<HookCheck>, HooksError> {
    let place = Place::of(repo, request.server)?;
    let probe = Probe::new(repo, request)?;
    let events = HookEvent::of(request.server).into_iter();
    events
        .map(|event| check_event(repo, &place, &probe, event, request))
        .collect()
}

fn check_event(
    repo: &Repo,
    place: &Place,
    probe: &Probe<'_>,
    event: HookEvent,
    request: &CheckHooks,
) -> Result<HookCheck, HooksError> {
    // Those of a server are never put there.
    let in_config = !event.is_server() && config::state(repo, event)? != HookAction::Absent;
    let mut check = HookCheck {
        event,
        state: HookState::NotInstalled,
        obstacle: None,
        method: HookMethod::File,
        path: place.dir.join(event.as_str()),
        manager: None,
        harmless_without_program: None,
    };
    if in_config && probe.runs_config() {
        (check.method, check.path) = (HookMethod::Config, config::file(repo));
        if probe.is_disabled(event)? {
            (check.state, check.obstacle) = (HookState::Blocked, Some(HookObstacle::Disabled));
        } else {
            fire(&mut check, probe, Target::Config)?;
        }
        return Ok(check);
    }
    let text = if place.whose == Whose::Nobody {
        None
    } else {
        // What a link leads to counts: git would run it.
        match files::look(&check.path)? {
            There::Nothing => None,
            There::Link(_) => Some(std::fs::read(&check.path).unwrap_or_default()),
            There::File(text, _) => Some(text),
        }
    };
    let is_ours = text
        .as_ref()
        .is_some_and(|text| matches!(script::find(text, event), Found::Part(..)));
    check.manager = text.as_ref().and_then(|text| HookManager::of(&check.path, text));
    let legacy = if is_ours {
        None
    } else {
        files::runs_before(check.manager, &check.path, event)?
    };
    if let Some(legacy) = legacy {
        fire(&mut check, probe, Target::Instead(&legacy))?;
        check.path = legacy;
    } else if is_ours && !files::is_executable(&check.path) {
        (check.state, check.obstacle) = (HookState::Blocked, Some(HookObstacle::NotExecutable));
    } else if is_ours || (text.is_some() && request.fire_others) {
        fire(&mut check, probe, Target::File)?;
        if !is_ours && check.state != HookState::Reached {
            (check.state, check.obstacle) = (HookState::NotInstalled, Some(HookObstacle::OtherHook));
        }
    } else {
        let blocked = obstacle(repo, place, &check.path, event, in_config)?;
        check.state = match blocked {
            Some(_) => HookState::Blocked,
            None => HookState::NotInstalled,
        };
        check.obstacle = blocked.or(text.map(|_| HookObstacle::OtherHook));
    }
    Ok(check)
}

/// What keeps a hook of ours, which is somewhere, from being run.
fn obstacle(
    repo: &Repo,
    place: &Place,
    path: &Path,
    event: HookEvent,
    in_config: bool,
) -> Result<Option<HookObstacle>, HooksError> {
    let default = Place::default_dir(repo);
    let installed = |dir: &Path| -> Result<bool, HooksError> {
        let there = files::look(&dir.join(event.as_str()))?;
        Ok(matches!(there, There::File(text, _) if script::find(&text, event) != Found::Nothing))
    };
    Ok(if place.whose == Whose::Nobody {
        Some(HookObstacle::HooksOff)
    } else if in_config {
        Some(HookObstacle::GitTooOld)
    } else if place.dir != default && installed(&default)? {
        Some(HookObstacle::HooksPath)
    } else if files::is_put_aside(path, event)? {
        Some(HookObstacle::PutAside)
    } else {
        None
    })
}

fn fire(check: &mut HookCheck, probe: &Probe<'_>, target: Target<'_>) -> Result<(), HooksError> {
    let fired = probe.fire(check.event, target, true)?;
    (check.state, check.obstacle) = match fired {
        Fired { reached: true, .. } => (HookState::Reached, None),
        Fired { succeeded: true, .. } => (HookState::Blocked, Some(HookObstacle::ProgramNotFound)),
        _ => (HookState::Blocked, Some(HookObstacle::Failed)),
    };
    let without = probe.fire(check.event, target, false)?;
    check.harmless_without_program = (!without.reached).then_some(without.succeeded);
    Ok(())
}
