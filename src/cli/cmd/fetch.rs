//! `fetch`: what others have recorded, from a remote.

use std::io::IsTerminal as _;

use git_lineage::{FetchedHead, VersionId};

use super::{
    super::{
        json,
        style::Tone,
        table::{Cell, Table},
        text,
    },
    Context, Failure, Outcome, Output,
};

/// Fetch the versions that others have recorded
///
/// They come in beside your own: no head of a line is moved, and nothing in the work tree changes. From then on they are
/// known: a commit that a teammate has recorded is the same version here. What is gone from the remote stays reachable here.
/// A plain 'git fetch' brings them, too, where 'git lineage init' has set that up.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage fetch            from where 'git fetch' would fetch
  git lineage fetch upstream")]
pub(in crate::cli) struct Args {
    /// The remote [default: that of the branch, the only one, or origin]
    #[arg(value_name = "REMOTE")]
    remote: Option<String>,
}

/// How many heads are worth a line each.
const MOST_SHOWN: usize = 20;

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let progress = std::io::stderr().is_terminal() && out.is_chatty();
    let fetched = context.store()?.fetch(args.remote.as_deref(), progress)?;
    if out.is_json() {
        out.json(&json::Fetched::from(&fetched))?;
        return Ok(Outcome::Done);
    }
    let mut table = Table::default();
    for head in fetched.heads.iter().take(MOST_SHOWN) {
        table.row(vec![
            Cell::new(Tone::Subject, head.artifact_id.as_str()),
            Cell::plain(&head.line),
            Cell::new(Tone::Dim, change(head)),
        ]);
    }
    out.table(&table)?;
    if fetched.heads.is_empty() {
        out.aside(format!("nothing new at {}", fetched.remote));
        return Ok(Outcome::Done);
    }
    if fetched.heads.len() > MOST_SHOWN {
        out.line(format_args!("and {} more", fetched.heads.len() - MOST_SHOWN))?;
    }
    let versions = text::count(usize::try_from(fetched.versions).unwrap_or(usize::MAX), "new version");
    out.aside(format!("  {versions} from {}", fetched.remote));
    Ok(Outcome::Done)
}

fn change(head: &FetchedHead) -> String {
    match (&head.before, &head.after) {
        (None, Some(after)) => format!("new: {}", after.short()),
        (Some(before), Some(after)) => format!("{}..{}", before.short(), after.short()),
        (before, None) => format!(
            "gone, was {}",
            before.as_ref().map_or_else(String::new, VersionId::short)
        ),
    }
}
