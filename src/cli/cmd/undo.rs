//! `undo`: the last command that wrote, taken back.

use git_lineage::VersionId;

use super::{
    super::{
        json,
        signing::SigningArgs,
        style::Tone,
        table::{Cell, Table},
    },
    Context, Failure, Outcome, Output,
};

/// Take the last command back that wrote in this work tree
///
/// That is a deploy, sync, record, restore, mv or remove. Files, index and manifest become what they were before it; the
/// versions it made are kept, and so are edits made since. Once the project has committed what the command did it is too
/// late: 'git revert' takes a commit back, 'restore' brings older content back.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage undo")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    signing: SigningArgs,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let undone = context.store_to_write(&args.signing)?.undo(&context.caller()?)?;
    if out.is_json() {
        out.json_lines(
            undone
                .heads
                .iter()
                .map(|head| json::UndoneLine::new(&undone.command, head)),
        )?;
        return Ok(Outcome::Done);
    }
    let mut table = Table::default();
    for head in &undone.heads {
        let now = match &head.version_id {
            Some(version) => format!("back at {}", version.short()),
            None => "not recorded any more".to_owned(),
        };
        let kept = head
            .taken_back
            .as_ref()
            .map_or_else(String::new, |version| format!("{} is kept", version.short()));
        table.row(vec![
            Cell::plain(format!("Undid {}", undone.command)),
            Cell::new(Tone::Subject, head.artifact_id.as_str()),
            Cell::plain(now),
            Cell::new(Tone::Dim, kept),
        ]);
        if let Some(edits) = head.recorded_edits.as_ref().map(VersionId::short) {
            out.aside(format!(
                "  edits made since were recorded first and are kept as {edits}"
            ));
        }
    }
    out.table(&table)?;
    Ok(Outcome::Done)
}
