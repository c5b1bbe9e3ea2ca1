//! `hooks`: git's hooks, which record by themselves.

use std::path::Path;

use git_lineage::{
    CheckHooks, HookAction, HookChange, HookCheck, HookFailure, HookManager, HookMethod, HookObstacle, HookState,
    InstallHooks,
};

use super::{
    super::{
        escape, json, relative_time,
        style::Tone,
        table::{Cell, Table},
        text,
    },
    Context, Failure, Outcome, Output, clock,
};

/// Let git's hooks record by themselves
///
/// After every commit, merge, rewrite and checkout the hooks catch up with the project's commits, as 'record' does first.
/// They never stop git, not even where git-lineage is missing, and never say anything: failures go to a log that 'status'
/// tells of. Nothing depends on them. From git 2.54 on they are entries in the repository's configuration; for an older git
/// they are files where git looks for them, beside the hooks that are there.
///
/// With --server: those of a repository that others push to. They check every version that a push brings, refuse what is
/// malformed, forged or hostile, and keep what a push leaves behind.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage hooks install
  git lineage hooks status       does every event reach git-lineage?
  git lineage hooks uninstall    what was there before is there again, byte for byte
  git lineage hooks install --server    in the repository that others push to

GIT_LINEAGE_HOOKS=0 in the environment switches them off for a command.")]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Put the hooks where git runs them, beside those of others; again changes nothing
    #[command(after_help = "\
Examples:
  git lineage hooks install
  git lineage hooks install --dry-run
  git lineage hooks install --server    in the repository that others push to")]
    Install(Change),
    /// Take them out, wherever they are; of a hook that was edited since, only our part goes
    #[command(after_help = "\
Examples:
  git lineage hooks uninstall")]
    Uninstall(Change),
    /// Fire every event, without effect, and tell which of them reach git-lineage
    #[command(after_help = "\
Examples:
  git lineage hooks status
  git lineage hooks status --clear    what failed is known now")]
    Status {
        /// Fire also hooks that are not ours, which then do what they do: shows whether a manager of hooks calls git-lineage
        #[arg(long)]
        fire: bool,
        /// Forget what hooks have failed at
        #[arg(long)]
        clear: bool,
        /// The hooks of a server
        #[arg(long)]
        server: bool,
    },
}

#[derive(Debug, Clone, Copy, clap::Args)]
struct Change {
    /// Also in a folder that other repositories may use, too, because core.hooksPath leads there
    #[arg(long)]
    shared: bool,
    /// The hooks of a server, which check what is pushed here, in the place of those of a clone
    #[arg(long)]
    server: bool,
    /// Show what would happen and write nothing
    #[arg(long)]
    dry_run: bool,
}

impl From<Change> for InstallHooks {
    fn from(change: Change) -> Self {
        InstallHooks {
            shared: change.shared,
            dry_run: change.dry_run,
            server: change.server,
        }
    }
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let store = context.store()?;
    match args.action {
        Action::Install(change) => {
            let changes = store.install_hooks(change.into())?;
            print_changes(&changes, change.dry_run, context, out)?;
            if !out.is_json() && !change.dry_run && changes.iter().any(|change| is_news(change.action)) {
                let status = with_server("git lineage hooks status", change.server);
                out.aside(format!("  next: {status}   shows that they are reached"));
            }
        }
        Action::Uninstall(change) => {
            let changes = store.uninstall_hooks(change.into())?;
            print_changes(&changes, change.dry_run, context, out)?;
        }
        Action::Status { fire, clear, server } => {
            if clear {
                store.clear_hook_log()?;
            }
            let request = CheckHooks {
                search_path: std::env::var_os("PATH").unwrap_or_default(),
                fire_others: fire,
                server,
            };
            let checks = store.check_hooks(&request)?;
            print_checks(&checks, store.hook_failure()?.as_ref(), context, out)?;
        }
    }
    Ok(Outcome::Done)
}

/// What was done, one line each; for `init --hooks`, too.
pub(super) fn print_changes(
    changes: &[HookChange],
    dry_run: bool,
    context: &Context,
    out: &mut Output,
) -> Result<(), Failure> {
    if out.is_json() {
        out.json_lines(changes.iter().map(json::HookChange::from))?;
        return Ok(());
    }
    let mut table = Table::default();
    for change in changes {
        table.row(vec![
            Cell::new(Tone::Subject, change.event.as_str()),
            Cell::new(action_tone(change.action), action(change.action, dry_run)),
            Cell::plain(place(change.method, &change.path, context)),
        ]);
    }
    out.table(&table)?;
    for change in changes
        .iter()
        .filter(|change| change.action == HookAction::Unrecognized)
    {
        let path = place(change.method, &change.path, context);
        out.note(format!("{path} was edited where our lines are: take them out by hand"));
    }
    if changes.iter().any(|change| change.action == HookAction::Shared) {
        out.note("other repositories may use that folder, too: --shared takes the hooks out of it all the same");
    }
    let written = || changes.iter().filter(|change| is_news(change.action));
    if written().any(|change| change.tracked) {
        out.note("the project tracks hooks that were changed: committed, everybody gets them, and they do nothing where git-lineage is missing");
    }
    for manager in [HookManager::Husky, HookManager::Lefthook, HookManager::PreCommit] {
        if written().any(|change| change.manager == Some(manager) && change.action != HookAction::Restored) {
            out.note(format!(
                "{} may write its hooks anew and drop ours: install them again then, or see docs/hooks.md",
                manager.as_str()
            ));
        }
    }
    if dry_run {
        out.aside("  nothing was written (--dry-run)");
    }
    Ok(())
}

fn print_checks(
    checks: &[HookCheck],
    failure: Option<&HookFailure>,
    context: &Context,
    out: &mut Output,
) -> Result<(), Failure> {
    if out.is_json() {
        let failure = |check: &HookCheck| failure.filter(|failure| failure.event == check.event);
        out.json_lines(checks.iter().map(|check| json::HookCheck::new(check, failure(check))))?;
    } else {
        let mut table = Table::default();
        for check in checks {
            table.row(vec![
                Cell::new(Tone::Subject, check.event.as_str()),
                state_cell(check.state),
                Cell::plain(place(check.method, &check.path, context)),
                Cell::plain(check.obstacle.map(|why| reason(why, check)).unwrap_or_default()),
            ]);
        }
        out.table(&table)?;
        if let Some(next) = way_out(checks) {
            out.aside(format!("  next: {next}"));
        }
    }
    let harmful: Vec<&str> = checks
        .iter()
        .filter(|check| check.harmless_without_program == Some(false))
        .map(|check| check.event.as_str())
        .collect();
    if !harmful.is_empty() {
        out.note(format!("without git-lineage these would fail: {}", harmful.join(", ")));
    } else if checks.iter().any(|check| check.harmless_without_program.is_some()) {
        out.aside("  fired without git-lineage in the search path, too: none of them fails");
    }
    if std::env::var_os("GIT_LINEAGE_HOOKS").is_some_and(|value| value == "0") {
        out.note("GIT_LINEAGE_HOOKS is 0 here: hooks do nothing");
    }
    note_failure(failure, context, out);
    Ok(())
}

/// Tells of a hook that failed, with the way out.
pub(super) fn note_failure(failure: Option<&HookFailure>, context: &Context, out: &mut Output) {
    let (Some(failure), Ok(store)) = (failure, context.store()) else {
        return;
    };
    let instead = match failure.event.is_server() {
        true => "what that push left behind was not kept",
        false => "'git lineage record' does its work",
    };
    out.note(format!(
        "the {} hook failed {}: {}; {instead}, 'git lineage hooks status --clear' forgets it (all of it in {})",
        failure.event,
        relative_time::since(failure.at, clock::now()),
        failure.message,
        place(HookMethod::File, &store.hook_log_path(), context),
    ));
}

/// The command that brings the hooks where they are run.
fn way_out(checks: &[HookCheck]) -> Option<String> {
    let installs = |check: &HookCheck| match (check.state, check.obstacle) {
        (HookState::NotInstalled, _) => true,
        (HookState::Blocked, obstacle) => !matches!(
            obstacle,
            Some(
                HookObstacle::HooksOff | HookObstacle::ProgramNotFound | HookObstacle::Failed | HookObstacle::Disabled
            )
        ),
        _ => false,
    };
    if checks.iter().any(installs) {
        let server = checks.iter().any(|check| check.event.is_server());
        return Some(with_server("git lineage hooks install", server));
    }
    let unfound = |check: &HookCheck| check.obstacle == Some(HookObstacle::ProgramNotFound);
    checks
        .iter()
        .any(unfound)
        .then(|| "put git-lineage into the search path of git's hooks".to_owned())
}

/// A command about hooks, for those of a server.
fn with_server(command: &str, server: bool) -> String {
    let option = if server { " --server" } else { "" };
    format!("{command}{option}")
}

/// Whether anything was written.
fn is_news(action: HookAction) -> bool {
    !matches!(
        action,
        HookAction::Unchanged | HookAction::Absent | HookAction::Unrecognized | HookAction::Shared
    )
}

fn action(action: HookAction, dry_run: bool) -> String {
    let (done, to_do) = match action {
        HookAction::Created => ("installed", "install"),
        HookAction::Added => (
            "added in front of the hook that was there",
            "add in front of the hook that is there",
        ),
        HookAction::Wrapped => (
            "installed; runs the hook that was there afterwards",
            "install; run the hook that is there afterwards",
        ),
        HookAction::Updated => ("brought up to date", "bring up to date"),
        HookAction::Unchanged => return "installed already".to_owned(),
        HookAction::Removed => ("removed", "remove"),
        HookAction::Restored => ("taken out; what was there is as it was", "take out"),
        HookAction::Detached => (
            "taken out; the rest goes on calling what is in lineage-chained",
            "take out",
        ),
        HookAction::Absent => return "not installed".to_owned(),
        HookAction::Unrecognized => return "left alone".to_owned(),
        _ => return "left alone, others may use it".to_owned(),
    };
    if dry_run {
        format!("would {to_do}")
    } else {
        done.to_owned()
    }
}

fn action_tone(action: HookAction) -> Tone {
    match action {
        HookAction::Unrecognized | HookAction::Shared => Tone::Bad,
        HookAction::Unchanged | HookAction::Absent => Tone::Dim,
        _ => Tone::Good,
    }
}

fn state_cell(state: HookState) -> Cell {
    match state {
        HookState::Reached => Cell::new(Tone::Good, "reached"),
        HookState::NotInstalled => Cell::new(Tone::Dim, "not installed"),
        _ => Cell::new(Tone::Bad, "blocked"),
    }
}

fn reason(why: HookObstacle, check: &HookCheck) -> String {
    match why {
        HookObstacle::OtherHook => match check.manager {
            Some(manager) => format!("a hook of {} is there", manager.as_str()),
            None => "another hook is there".to_owned(),
        },
        HookObstacle::HooksPath => "core.hooksPath leads here, and the hook is elsewhere".to_owned(),
        HookObstacle::HooksOff => "core.hooksPath leads to no folder".to_owned(),
        HookObstacle::NotExecutable => "it may not be executed".to_owned(),
        HookObstacle::GitTooOld => "it is in the configuration, which this git does not run hooks from".to_owned(),
        HookObstacle::Disabled => "it is switched off in the configuration".to_owned(),
        HookObstacle::PutAside => match check.manager {
            Some(manager) => format!("{} has put it aside", manager.as_str()),
            None => "it was put aside".to_owned(),
        },
        HookObstacle::ProgramNotFound => "there is no git-lineage in the search path, or an old one".to_owned(),
        _ => "the hook fails".to_owned(),
    }
}

/// Where a hook is, as short as can be.
fn place(method: HookMethod, path: &Path, context: &Context) -> String {
    let top = context
        .store()
        .ok()
        .and_then(|store| store.work_tree()?.canonicalize().ok());
    let shown = top.and_then(|top| path.strip_prefix(top).ok().map(Path::to_owned));
    let shown = shown.as_deref().unwrap_or(path).to_string_lossy();
    match method {
        HookMethod::Config => text::quoted(&shown),
        _ => escape::line(&shown).into_owned(),
    }
}
