//! Hook files: one event of one folder, ours beside what is there.
//!
//! Guarantees: at every instant there is a hook at the name, theirs or both; what was there keeps its bytes, mode and inode,
//! or is edited under its own mode; taking ours out gives back exactly what was there, as far as nobody has edited it since.

use std::{
    ffi::OsStr,
    fs::{self, Metadata},
    io,
    os::unix::{
        ffi::OsStrExt as _,
        fs::{MetadataExt as _, symlink},
    },
    path::{Path, PathBuf},
};

use super::{
    HookAction, HookEvent, HookManager, HooksError,
    script::{self, CHAINED, Found, Part, Rest},
};
use crate::git::{Repo, place::Bits};

/// The mode of hooks that we make.
const MODE: u32 = 0o755;
/// What managers append to the name of a hook that they replace. pre-commit goes on running it, lefthook does not.
const PUT_ASIDE: [&str; 2] = [".legacy", ".old"];

/// What became, or would become, of one hook file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileChange {
    pub(super) path: PathBuf,
    pub(super) action: HookAction,
    pub(super) manager: Option<HookManager>,
}

/// What lies at the name of a hook.
#[derive(Debug)]
pub(super) enum There {
    Nothing,
    /// A link, with what it says.
    Link(PathBuf),
    File(Vec<u8>, Metadata),
}

/// Looks at the name of a hook.
pub(super) fn look(path: &Path) -> Result<There, HooksError> {
    let failed = || HooksError::io("read", path);
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(There::Nothing),
        Err(error) => Err(failed()(error)),
        Ok(meta) if meta.is_symlink() => fs::read_link(path).map(There::Link).map_err(failed()),
        Ok(meta) => Ok(There::File(fs::read(path).map_err(failed())?, meta)),
    }
}

/// Whether git would run a file.
pub(super) fn is_executable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

/// Refuses a folder in which nothing can be written, before anything is.
pub(super) fn check_writable(dir: &Path) -> Result<(), HooksError> {
    let there = dir.ancestors().find(|dir| dir.is_dir()).unwrap_or(dir);
    let access = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
    rustix::fs::access(there, access).map_err(|error| HooksError::Unwritable {
        dir: dir.to_owned(),
        source: error.into(),
    })
}

/// Puts our hook into a folder, beside what is there. A dry run refuses what cannot be done, too.
pub(super) fn install(repo: &Repo, dir: &Path, event: HookEvent, dry_run: bool) -> Result<FileChange, HooksError> {
    let path = dir.join(event.as_str());
    let there = look(&path)?;
    let manager = match &there {
        There::File(text, _) => HookManager::of(&path, text),
        _ => None,
    };
    let done = |action| FileChange {
        path: path.clone(),
        action,
        manager,
    };
    let wrap = |body: Option<&[u8]>| {
        let chained = dir.join(CHAINED).join(event.as_str());
        let is_put_aside = match look(&chained)? {
            There::Nothing => false,
            found if is_aside(&found, &there, body) => true,
            // Another one was put aside before, and must not be lost.
            _ => {
                return Err(HooksError::io("put a hook aside as", chained)(
                    io::ErrorKind::AlreadyExists.into(),
                ));
            }
        };
        if !dry_run {
            if !is_put_aside {
                put_aside(repo, dir, event, &there, body)?;
            }
            write(repo, &path, &script::wrapper(event), MODE)?;
        }
        Ok(done(HookAction::Wrapped))
    };
    let (text, meta) = match &there {
        There::Nothing => {
            if !dry_run {
                fs::create_dir_all(dir).map_err(HooksError::io("create", dir))?;
                write(repo, &path, &script::own(event), MODE)?;
            }
            return Ok(done(HookAction::Created));
        }
        There::Link(_) if is_ours_behind_link(&path, event) => return Ok(done(HookAction::Unchanged)),
        There::Link(_) => return wrap(None),
        There::File(text, meta) => (text, meta),
    };
    match script::find(text, event) {
        Found::Broken => Ok(done(HookAction::Unrecognized)),
        // The script was switched off since; ours must not switch it on.
        Found::Part(Part::Before, range) if !is_executable(&path) => {
            wrap(Some(&[&text[..range.start], &text[range.end..]].concat()))
        }
        Found::Part(part, range) => {
            let renewed = script::renewed(text, event, part, &range);
            let mode = meta.mode() & 0o7777 | if part == Part::Before { 0 } else { 0o111 };
            if renewed == *text && meta.mode() & 0o7777 == mode {
                return Ok(done(HookAction::Unchanged));
            }
            if !dry_run {
                write(repo, &path, &renewed, mode)?;
            }
            Ok(done(HookAction::Updated))
        }
        Found::Nothing => {
            if let Some(legacy) = runs_before(manager, &path, event)? {
                return Ok(FileChange {
                    path: legacy,
                    action: HookAction::Unchanged,
                    manager,
                });
            }
            match script::put_before(text, event).filter(|_| is_executable(&path)) {
                Some(added) => {
                    if !dry_run {
                        write(repo, &path, &added, meta.mode() & 0o7777)?;
                    }
                    Ok(done(HookAction::Added))
                }
                None => wrap(None),
            }
        }
    }
}

/// Whether a link leads to a hook with our part in it, which somebody has put there.
fn is_ours_behind_link(path: &Path, event: HookEvent) -> bool {
    is_executable(path) && fs::read(path).is_ok_and(|text| matches!(script::find(&text, event), Found::Part(..)))
}

/// Our hook that a manager has moved away and runs before its own: pre-commit does.
pub(super) fn runs_before(
    manager: Option<HookManager>,
    path: &Path,
    event: HookEvent,
) -> Result<Option<PathBuf>, HooksError> {
    let legacy = with_suffix(path, ".legacy");
    if manager != Some(HookManager::PreCommit) || !is_executable(&legacy) {
        return Ok(None);
    }
    Ok(match look(&legacy)? {
        There::File(text, _) if matches!(script::find(&text, event), Found::Part(..)) => Some(legacy),
        _ => None,
    })
}

/// Whether our hook lies beside the one at `path`, where a manager has put it that does not run it.
pub(super) fn is_put_aside(path: &Path, event: HookEvent) -> Result<bool, HooksError> {
    for suffix in PUT_ASIDE {
        if let There::File(text, _) = look(&with_suffix(path, suffix))?
            && matches!(script::find(&text, event), Found::Part(..))
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes our hook out of a folder, also where a manager has put it aside. Without `allowed` nothing is touched.
pub(super) fn uninstall(
    repo: &Repo,
    dir: &Path,
    event: HookEvent,
    allowed: bool,
    dry_run: bool,
) -> Result<Vec<FileChange>, HooksError> {
    let path = dir.join(event.as_str());
    if allowed && !dry_run {
        forget_what_is_in_place(dir, event)?;
    }
    let mut changes = Vec::new();
    let suffixed = PUT_ASIDE.iter().map(|suffix| with_suffix(&path, suffix));
    for path in std::iter::once(path.clone()).chain(suffixed) {
        let There::File(text, meta) = look(&path)? else {
            continue;
        };
        let action = match script::find(&text, event) {
            Found::Nothing => continue,
            _ if !allowed => HookAction::Shared,
            Found::Broken => HookAction::Unrecognized,
            Found::Part(part, range) => {
                let rest = script::take_out(&text, event, part, &range);
                take_out(repo, event, &path, part, &rest, meta.mode() & 0o7777, dry_run)?
            }
        };
        changes.push(FileChange {
            manager: HookManager::of(&path, &text),
            path,
            action,
        });
    }
    Ok(changes)
}

fn take_out(
    repo: &Repo,
    event: HookEvent,
    path: &Path,
    part: Part,
    rest: &Rest,
    mode: u32,
    dry_run: bool,
) -> Result<HookAction, HooksError> {
    let dir = path.parent().unwrap_or(path);
    let chained = dir.join(CHAINED).join(event.as_str());
    let is_chained = part == Part::Wrapper && !matches!(look(&chained)?, There::Nothing);
    let action = match rest {
        Rest::Nothing if is_chained => HookAction::Restored,
        Rest::Nothing => HookAction::Removed,
        Rest::Text(_) => HookAction::Restored,
        Rest::Wrapper(_) => HookAction::Detached,
    };
    if dry_run {
        return Ok(action);
    }
    match rest {
        Rest::Nothing if is_chained => bring_back(repo, &chained, path)?,
        Rest::Nothing => fs::remove_file(path).map_err(HooksError::io("remove", path))?,
        Rest::Text(text) | Rest::Wrapper(text) => write(repo, path, text, mode)?,
    }
    Ok(action)
}

/// Puts the hook that is there aside, under its own name in a folder of its own; it stays at its place for now. `body` is
/// what it holds instead, where ours was in it.
fn put_aside(repo: &Repo, dir: &Path, event: HookEvent, there: &There, body: Option<&[u8]>) -> Result<(), HooksError> {
    let (path, folder) = (dir.join(event.as_str()), dir.join(CHAINED));
    let chained = folder.join(event.as_str());
    fs::create_dir_all(&folder).map_err(HooksError::io("create", &folder))?;
    let put = match (there, body) {
        (There::File(_, meta), Some(body)) => return write(repo, &chained, body, meta.mode() & 0o7777),
        (There::Link(to), _) => symlink(from_aside(to), &chained),
        // The same file under two names; where that is impossible, a copy.
        _ => fs::hard_link(&path, &chained).or_else(|_| fs::copy(&path, &chained).map(drop)),
    };
    put.map_err(HooksError::io("put a hook aside as", chained))
}

/// What a link says that leads to the same place from the folder in which hooks are put aside.
fn from_aside(to: &Path) -> PathBuf {
    if to.is_relative() {
        Path::new("..").join(to)
    } else {
        to.to_owned()
    }
}

/// Whether what was put aside is what lies in its place, or `body`: a process was killed before it put ours there.
fn is_aside(aside: &There, there: &There, body: Option<&[u8]>) -> bool {
    match (aside, there) {
        (There::Link(aside), There::Link(there)) => *aside == from_aside(there),
        (There::File(aside, with), There::File(text, meta)) => {
            *aside == body.unwrap_or(text) && with.mode() == meta.mode()
        }
        _ => false,
    }
}

/// Lets go of a hook that was put aside and is in its place all the same: of a process that was killed before it put ours
/// there, or when it had just brought theirs back.
fn forget_what_is_in_place(dir: &Path, event: HookEvent) -> Result<(), HooksError> {
    let chained = dir.join(CHAINED).join(event.as_str());
    if is_aside(&look(&chained)?, &look(&dir.join(event.as_str()))?, None) {
        fs::remove_file(&chained).map_err(HooksError::io("remove", &chained))?;
    }
    // Others may still be in it.
    let _ = chained.parent().map(fs::remove_dir);
    Ok(())
}

/// Moves a hook that was put aside back to its place.
fn bring_back(repo: &Repo, chained: &Path, path: &Path) -> Result<(), HooksError> {
    let failed = || HooksError::io("bring back", path);
    if let There::Link(to) = look(chained)? {
        // As bytes: `./` and the like are part of what it said.
        let text = to.as_os_str().as_bytes();
        let to = Path::new(OsStr::from_bytes(text.strip_prefix(b"../").unwrap_or(text)));
        repo.place_link(path, to).map_err(failed())?;
        fs::remove_file(chained).map_err(HooksError::io("remove", chained))?;
    } else {
        fs::rename(chained, path).map_err(failed())?;
    }
    // Others may still be in it.
    let _ = chained.parent().map(fs::remove_dir);
    Ok(())
}

fn write(repo: &Repo, path: &Path, bytes: &[u8], mode: u32) -> Result<(), HooksError> {
    let written = repo.place_file(path, bytes, Bits::Exactly(mode));
    written.map_err(HooksError::io("write", path))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
