//! `push`: what commits hold, to a remote.

use std::io::IsTerminal as _;

use git_lineage::{LeftOut, LeftOutReason, MoveKind, Push, PushResult, Pushed, PushedHead};

use super::{
    super::{
        json,
        style::Tone,
        table::{Cell, Table},
        text,
    },
    Context, Failure, Outcome, Output,
};

/// Send the versions of the project's commits to a remote
///
/// For every local branch that the remote has, the versions of its commits go there; edits that are recorded and not
/// committed stay here. What was rebased or amended replaces what was there before, unless somebody else was faster: then
/// their versions are fetched first. Heads of branches that are gone are deleted where nothing is lost by it.
///
/// The pre-push hook of 'git lineage hooks install' does this along with every 'git push'.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage push             to where 'git push' would push
  git lineage push --dry-run   what would be sent")]
pub(in crate::cli) struct Args {
    /// The remote [default: that of the branch, the only one, or origin]
    #[arg(value_name = "REMOTE")]
    remote: Option<String>,
    /// Show what would be sent and send nothing
    #[arg(long, short = 'n')]
    dry_run: bool,
}

/// How many heads are worth a line each.
const MOST_SHOWN: usize = 20;

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let pushed = context.store()?.push(&Push {
        remote: args.remote.clone(),
        dry_run: args.dry_run,
        progress: std::io::stderr().is_terminal() && out.is_chatty(),
    })?;
    if out.is_json() {
        out.json(&json::Pushed::from(&pushed))?;
    } else {
        print(&pushed, args, out)?;
    }
    let refused = |head: &PushedHead| matches!(head.result, PushResult::Refused { .. });
    Ok(if pushed.heads.iter().any(refused) {
        Outcome::Failed
    } else {
        Outcome::Done
    })
}

fn print(pushed: &Pushed, args: &Args, out: &mut Output) -> Result<(), Failure> {
    let mut table = Table::default();
    let is_refused = |head: &&PushedHead| matches!(head.result, PushResult::Refused { .. });
    // What went wrong is always told.
    let (refused, moved): (Vec<_>, Vec<_>) = pushed.heads.iter().partition(is_refused);
    for head in moved.iter().take(MOST_SHOWN).chain(refused.iter().take(MOST_SHOWN)) {
        let id = head.after.as_ref().or(head.before.as_ref());
        table.row(vec![
            Cell::new(Tone::Subject, head.artifact_id.as_str()),
            Cell::plain(&head.line),
            Cell::new(Tone::Dim, id.map_or_else(String::new, git_lineage::VersionId::short)),
            result(&head.result),
        ]);
    }
    out.table(&table)?;
    let hidden = moved.len().saturating_sub(MOST_SHOWN) + refused.len().saturating_sub(MOST_SHOWN);
    if hidden > 0 {
        out.line(format_args!("and {hidden} more"))?;
    }
    for left_out in &pushed.left_out {
        if let Some(text) = left_out_text(left_out, &pushed.remote) {
            out.aside(format!("  {text}"));
        }
    }
    let is_missing = |left_out: &LeftOut| matches!(left_out.reason, LeftOutReason::MissingVersions(_));
    if pushed.heads.is_empty() && pushed.left_out.iter().any(is_missing) {
        out.aside("  nothing was sent");
    } else if pushed.heads.is_empty() {
        out.aside(format!("nothing to send: {} has it all", pushed.remote));
    } else if args.dry_run {
        out.aside("  nothing was sent (--dry-run)");
    } else if !refused.is_empty() {
        out.aside(format!(
            "  {} refused {}",
            pushed.remote,
            text::count(refused.len(), "head")
        ));
    }
    Ok(())
}

fn result(result: &PushResult) -> Cell {
    match result {
        PushResult::Done(kind) | PushResult::Planned(kind) => {
            let tone = if *kind == MoveKind::Rewound {
                Tone::Bad
            } else {
                Tone::Upstream
            };
            Cell::new(tone, json::move_kind(*kind).replace('_', "-"))
        }
        PushResult::Refused { reason } => Cell::new(Tone::Bad, format!("refused: {reason}")),
        _ => Cell::plain(""),
    }
}

/// What to say of a branch for which not all was sent; nothing where that goes without saying.
pub(super) fn left_out_text(left_out: &LeftOut, remote: &str) -> Option<String> {
    let line = &left_out.line;
    match &left_out.reason {
        LeftOutReason::NotPushed => Some(format!(
            "'{line}' is not at {remote}: its versions go with its commits, git push"
        )),
        LeftOutReason::Behind => Some(format!("'{line}' has other commits at {remote}: git pull first")),
        LeftOutReason::NoLine => Some(format!(
            "'{line}' is pushed from no branch: its versions go from one, git lineage push"
        )),
        LeftOutReason::MissingVersions(artifacts) => Some(format!(
            "{} on '{line}': what it builds on is neither here nor at {remote}; whoever recorded it sends it, \
             git lineage push; or: git lineage fetch --rebuild",
            match artifacts.as_slice() {
                [artifact] => artifact.to_string(),
                artifacts => text::count(artifacts.len(), "artifact"),
            }
        )),
        _ => None,
    }
}
