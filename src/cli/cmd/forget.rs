//! `forget`: a version is gone, and who still has it.

use git_lineage::{Forget, Forgotten, QueryError, StillHeld, VersionId};

use super::{
    super::{
        json,
        style::Tone,
        table::{Cell, Table},
        text,
    },
    Context, Failure, Outcome, Output,
};

/// Forget a version for good, as if it had never been recorded
///
/// For a secret that was recorded: the version goes with everything that was made from it (which has to be said with
/// --descendants), heads move to the newest version without it, and what nothing else needs is deleted, in packs, too. What
/// still holds it is told: remotes that had it when they were last fetched, with the command that rewinds them, and commits
/// of the project, from which catching up would record it again. The work tree stays as it is.
///
/// Interrupted, or held by something else that is gone now: the same command again finishes it. Exits with 1 while something
/// here still holds it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage forget skill/pdf~1 --descendants --dry-run
  git lineage forget 53ebb3c")]
pub(in crate::cli) struct Args {
    /// The version, e.g. skill/pdf, skill/pdf~3 or a version id
    #[arg(value_name = "VERSION")]
    version: String,
    /// Forget all that descends from it, too
    #[arg(long)]
    descendants: bool,
    /// Show what would happen and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let request = Forget {
        version: version(&args.version, context)?,
        descendants: args.descendants,
        dry_run: args.dry_run,
    };
    let forgotten = context.store()?.forget(&request)?;
    let outcome = if forgotten.is_gone() {
        Outcome::Done
    } else {
        Outcome::Failed
    };
    if out.is_json() {
        out.json(&json::Forgotten::from(&forgotten))?;
    } else {
        print(&forgotten, args.dry_run, out)?;
    }
    Ok(outcome)
}

/// One that is no longer known can still be named in full: an earlier run may not have come to its end.
fn version(text: &str, context: &Context) -> Result<VersionId, Failure> {
    match (context.resolve(text), text.parse()) {
        (Err(failure), Ok(id)) if matches!(failure.as_query(), Some(QueryError::UnknownVersion { .. })) => Ok(id),
        (resolved, _) => resolved,
    }
}

fn print(forgotten: &Forgotten, dry_run: bool, out: &mut Output) -> Result<(), Failure> {
    let verb = if dry_run { "Would forget" } else { "Forgot" };
    let mut table = Table::default();
    for version in &forgotten.versions {
        table.row(vec![
            Cell::new(Tone::Subject, format!("{verb} {}", forgotten.artifact_id)),
            Cell::plain(version.short()),
        ]);
    }
    out.table(&table)?;
    for moved in &forgotten.refs {
        out.aside(match moved.after {
            Some(after) => format!("  {} goes back to {}", moved.ref_name, after.short()),
            None => format!("  {} is deleted", moved.ref_name),
        });
    }
    for version in &forgotten.kept {
        out.aside(format!("  {} is kept", version.short()));
    }
    for worktree in &forgotten.undo {
        out.aside(format!(
            "  the last command in the work tree '{worktree}' can no longer be undone"
        ));
    }
    out.aside(format!(
        "  {} {}",
        text::count(forgotten.deleted_objects, "object"),
        if dry_run { "would be deleted" } else { "deleted" }
    ));
    if forgotten.is_gone() {
        out.aside(if dry_run {
            "  it would be gone here"
        } else {
            "  it is gone here"
        });
    } else {
        print_held(&forgotten.held, out);
    }
    print_pushed(forgotten, out);
    if forgotten.baseline_lost {
        out.note(format!(
            ".gitlineage names it as the baseline of '{}': take that section out, and deploy or adopt it anew",
            forgotten.artifact_id
        ));
    }
    if dry_run {
        out.aside("  nothing was written (--dry-run)");
    }
    Ok(())
}

fn print_held(held: &StillHeld, out: &mut Output) {
    out.note(format!(
        "something of it is still here: {}",
        some(&held.files, "the version itself")
    ));
    if !held.commits.is_empty() {
        let commits: Vec<String> = held
            .commits
            .iter()
            .map(|commit| abbreviated(&commit.to_string()))
            .collect();
        out.note(format!(
            "the project's own commits hold it: {}; catching up records it again, so rewrite the project's history \
             first (git rebase, git filter-repo), then run this again",
            some(&commits, "")
        ));
    }
    if !held.versions.is_empty() {
        let versions: Vec<String> = held.versions.iter().map(VersionId::short).collect();
        out.note(format!(
            "other versions hold it: {}; 'git lineage forget' takes them, too",
            some(&versions, "")
        ));
    }
    for worktree in &held.indexes {
        out.note(format!(
            "the index of the work tree '{worktree}' holds it: unstage it (git restore --staged, git rm --cached), \
             or what a conflict there was resolved from (git update-index --clear-resolve-undo)"
        ));
    }
    if !held.refs.is_empty() {
        out.note(format!(
            "refs that are not lineage's lead to it: {}; delete them (git update-ref -d), then run this again",
            some(&held.refs, "")
        ));
    }
    if held.reflogs {
        out.note(
            "git's reflogs or a stash hold it: git reflog expire --expire=now --all   makes it forget where branches \
             were; then run this again",
        );
    }
    if held.elsewhere {
        out.note("it is stored in another repository that this one borrows from, or in use by a running process");
    }
}

fn print_pushed(forgotten: &Forgotten, out: &mut Output) {
    for pushed in &forgotten.pushed {
        let command: Vec<String> = pushed.rewind().iter().map(|word| text::quoted(word)).collect();
        out.note(format!(
            "{} of the remote '{}' had it when it was last fetched: git {}   rewinds it; the host may keep what it was",
            pushed.ref_name,
            pushed.remote,
            command.join(" ")
        ));
    }
}

/// The first few of many.
fn some(words: &[String], none: &str) -> String {
    const MOST: usize = 5;
    match words {
        [] => none.to_owned(),
        words if words.len() <= MOST => words.join(", "),
        words => format!("{} and {} more", words[..MOST].join(", "), words.len() - MOST),
    }
}

fn abbreviated(id: &str) -> String {
    id.chars().take(7).collect()
}
