//! Installing and uninstalling: which way for which git, which folders, and what to tell about it.

use std::{collections::HashSet, path::PathBuf};

use super::{
    HookAction, HookChange, HookEvent, HookMethod, HooksError, config,
    files::{self, FileChange},
    place::{self, Place, Whose},
};
use crate::git::Repo;

/// How to install or uninstall hooks.
#[derive(Debug, Clone, Copy, Default)]
pub struct InstallHooks {
    /// Also where `core.hooksPath` leads to a folder outside of the repository and its work tree, in which hooks of other
    /// repositories may lie, too.
    pub shared: bool,
    /// Only say what would be done.
    pub dry_run: bool,
    /// The hooks of a server in the place of those of a clone. They are files, whatever git there is: only a file can say
    /// what is to become of a push where the program is missing.
    pub server: bool,
}

impl InstallHooks {
    fn events(self) -> Vec<HookEvent> {
        HookEvent::of(self.server)
    }
}

/// Installs the hooks of all events asked for.
pub(crate) fn install(repo: &Repo, request: InstallHooks) -> Result<Vec<HookChange>, HooksError> {
    if !request.server && repo.git_version()? >= config::FIRST_GIT {
        return install_in_config(repo, request);
    }
    let place = Place::of(repo, request.server)?;
    place.check(request.shared)?;
    let install_all = |dry_run: bool| -> Result<Vec<HookChange>, HooksError> {
        let events = request.events().into_iter();
        events
            .map(|event| Ok(of_file(event, files::install(repo, &place.dir, event, dry_run)?)))
            .collect()
    };
    // All of them, or none where one is refused.
    let mut changes = install_all(true)?;
    if changes.iter().any(|change| change.action != HookAction::Unchanged) {
        files::check_writable(&place.dir)?;
        if !request.dry_run {
            changes = install_all(false)?;
        }
    }
    note_tracked(repo, &mut changes)?;
    Ok(changes)
}

/// Files that an older git needed would only run everything a second time.
fn install_in_config(repo: &Repo, request: InstallHooks) -> Result<Vec<HookChange>, HooksError> {
    let mut changes = Vec::new();
    for event in request.events() {
        let action = config::install(repo, event, request.dry_run)?;
        changes.push(of_config(repo, event, action));
        let old = uninstall_files(repo, event, request)?.into_iter();
        changes.extend(old.filter(|change| change.action != HookAction::Shared));
    }
    note_tracked(repo, &mut changes)?;
    Ok(changes)
}

/// Takes the hooks of all events asked for out, wherever they are.
pub(crate) fn uninstall(repo: &Repo, request: InstallHooks) -> Result<Vec<HookChange>, HooksError> {
    let mut changes = Vec::new();
    for event in request.events() {
        let mut found = Vec::new();
        let action = if request.server {
            HookAction::Absent
        } else {
            config::uninstall(repo, event, request.dry_run)?
        };
        if action != HookAction::Absent {
            found.push(of_config(repo, event, action));
        }
        found.extend(uninstall_files(repo, event, request)?);
        if found.is_empty() {
            let path = Place::of(repo, request.server)?.dir.join(event.as_str());
            found.push(of_file(
                event,
                FileChange {
                    path,
                    action: HookAction::Absent,
                    manager: None,
                },
            ));
        }
        changes.extend(found);
    }
    note_tracked(repo, &mut changes)?;
    Ok(changes)
}

/// From the folder that git uses now, and from the one it uses without `core.hooksPath`, which may have been set since.
fn uninstall_files(repo: &Repo, event: HookEvent, request: InstallHooks) -> Result<Vec<HookChange>, HooksError> {
    let place = Place::of(repo, request.server)?;
    let mut dirs = vec![(Place::default_dir(repo), true)];
    let same =
        |a: &PathBuf, b: &PathBuf| a == b || a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b));
    if place.whose != Whose::Nobody && !same(&dirs[0].0, &place.dir) {
        dirs.push((place.dir, place.whose == Whose::Ours || request.shared));
    }
    let mut changes = Vec::new();
    for (dir, allowed) in dirs {
        let found = files::uninstall(repo, &dir, event, allowed, request.dry_run)?.into_iter();
        changes.extend(found.map(|change| of_file(event, change)));
    }
    Ok(changes)
}

fn of_file(event: HookEvent, change: FileChange) -> HookChange {
    HookChange {
        event,
        method: HookMethod::File,
        path: change.path,
        action: change.action,
        manager: change.manager,
        tracked: false,
    }
}

fn of_config(repo: &Repo, event: HookEvent, action: HookAction) -> HookChange {
    HookChange {
        event,
        method: HookMethod::Config,
        path: config::file(repo),
        action,
        manager: None,
        tracked: false,
    }
}

/// Hook files in the work tree may be the project's own.
fn note_tracked(repo: &Repo, changes: &mut [HookChange]) -> Result<(), HooksError> {
    let Ok(top) = repo
        .work_tree()
        .map(|top| top.canonicalize().unwrap_or_else(|_| top.to_owned()))
    else {
        return Ok(());
    };
    let inside: Vec<&HookChange> = changes
        .iter()
        .filter(|change| change.path.starts_with(&top) && !change.path.starts_with(repo.common_dir()))
        .collect();
    if inside.is_empty() {
        return Ok(());
    }
    let mut command = repo.git_command(&["--literal-pathspecs", "ls-files", "-z", "--full-name", "--"]);
    command.args(inside.iter().map(|change| &change.path));
    let listed = crate::git::command::output_of(command, b"")?;
    let tracked: HashSet<PathBuf> = listed
        .stdout
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
        .map(|name| top.join(place::path(name)))
        .collect();
    for change in changes {
        change.tracked = tracked.contains(&change.path);
    }
    Ok(())
}
