//! `sync`: what is new upstream, into the project.

use git_lineage::{ArtifactId, LineageStore, QueryError, Sync, SyncResult, Synced, VersionId};

use super::{
    super::{
        json,
        report::Report,
        style::Tone,
        table::{Cell, Table},
        text,
    },
    Context, Failure, Outcome, Output, clock,
};

/// Bring in what is new upstream
///
/// An artifact that was not changed here is brought up to date (fast-forward). Edits that are not recorded yet are
/// recorded first. One that was changed on both sides is reported and left untouched; merging is not there yet. What was
/// written is staged. Without IDs all artifacts are synced; one that fails does not stop the others.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage sync skill/pdf
  git lineage sync --dry-run    what would happen, for all artifacts")]
pub(in crate::cli) struct Args {
    /// The artifacts [default: all]
    #[arg(value_name = "ID")]
    ids: Vec<ArtifactId>,
    /// All artifacts, as without IDs
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// Show what would happen and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not stage what was written
    #[arg(long)]
    no_stage: bool,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let store = context.store()?;
    let request = Sync {
        ids: args.ids.clone(),
        line: context.line().cloned(),
        dry_run: args.dry_run,
        stage: !args.no_stage,
    };
    let mut answers: Vec<Answer> = store
        .sync(&request, &context.caller()?)?
        .into_iter()
        .map(Answer::from)
        .collect();
    if args.dry_run {
        for answer in &mut answers {
            answer.forget_planned(store)?;
        }
    }
    if out.is_json() {
        out.json_lines(answers.iter().map(Answer::json))?;
    } else {
        print(&answers, args, store, out)?;
    }
    let any = |result| answers.iter().any(|one| one.synced.result == result);
    Ok(if any(SyncResult::Failed) {
        Outcome::Failed
    } else if any(SyncResult::Conflict) {
        Outcome::Conflicts
    } else {
        Outcome::Done
    })
}

/// What happened to one artifact, its error ready to be shown.
struct Answer {
    synced: Synced,
    error: Option<Report>,
}

impl From<Synced> for Answer {
    fn from(mut synced: Synced) -> Self {
        let error = synced.error.take().map(Failure::from);
        let error = error.map(|failure| Report::new(&failure, clock::now()));
        Answer { synced, error }
    }
}

impl Answer {
    /// A version that would be made does not exist, so it has no id to show.
    fn forget_planned(&mut self, store: &LineageStore) -> Result<(), Failure> {
        if let Some(id) = &self.synced.version_id {
            match store.version(id) {
                Ok(_) => {}
                Err(QueryError::UnknownVersion { .. }) => self.synced.version_id = None,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn json(&self) -> json::SyncLine<'_> {
        json::SyncLine {
            artifact_id: &self.synced.artifact_id,
            result: self.synced.result,
            version_id: self.synced.version_id,
            conflicts: &self.synced.conflicts,
            error: self.error.as_ref().map(Report::json_object),
        }
    }
}

fn print(answers: &[Answer], args: &Args, store: &LineageStore, out: &mut Output) -> Result<(), Failure> {
    let mut table = Table::default();
    for Answer { synced, .. } in answers {
        let mut row = vec![
            Cell::new(Tone::Subject, synced.artifact_id.as_str()),
            state(synced.result),
        ];
        if !args.dry_run {
            let id = synced.version_id.as_ref().map_or_else(String::new, VersionId::short);
            row.push(Cell::new(Tone::Dim, id));
        }
        row.push(Cell::plain(numbers(synced, args.dry_run, store)?));
        table.row(row);
    }
    out.table(&table)?;
    let errors: Vec<&Report> = answers.iter().filter_map(|one| one.error.as_ref()).collect();
    out.complain(&errors);
    let any = |result| answers.iter().any(|one| one.synced.result == result);
    let written = any(SyncResult::FastForward) || any(SyncResult::Merged);
    if answers.is_empty() {
        out.aside("nothing is deployed on this line: git lineage deploy <source> [<path>]");
    } else if args.dry_run {
        out.aside("  nothing was written (--dry-run)");
    } else if written && !args.no_stage {
        out.aside("  staged what was written; commit it when you are ready");
    }
    if any(SyncResult::Conflict) && !args.dry_run {
        out.aside("  resolve the conflicts (git mergetool works), then commit");
    }
    Ok(())
}

fn state(result: SyncResult) -> Cell {
    match result {
        SyncResult::UpToDate => Cell::new(Tone::Dim, "up to date"),
        SyncResult::FastForward => Cell::new(Tone::Upstream, "fast-forward"),
        SyncResult::Merged => Cell::new(Tone::Upstream, "merged"),
        SyncResult::Conflict => Cell::new(Tone::Bad, "conflict"),
        SyncResult::Failed => Cell::new(Tone::Bad, "failed"),
        other => Cell::plain(other.as_str()),
    }
}

fn numbers(one: &Synced, dry_run: bool, store: &LineageStore) -> Result<String, Failure> {
    let mut parts = Vec::new();
    match one.result {
        SyncResult::FastForward | SyncResult::Merged => {
            let upstream = match &one.version_id {
                // What a dry run names does not exist.
                Some(id) if !dry_run => store.version(id)?.upstream,
                _ => None,
            };
            let from = upstream.as_ref().and_then(text::upstream_with_ref);
            let files = text::count(one.changed_files, "file");
            parts.push(from.map_or_else(|| files.clone(), |from| format!("{files} from {from}")));
        }
        SyncResult::Conflict => parts.push(one.conflicts.join(", ")),
        _ => {}
    }
    match &one.recorded_edits {
        Some(_) if dry_run => parts.push("your edits recorded first".to_owned()),
        Some(id) => parts.push(format!("your edits recorded first as {}", id.short())),
        None => {}
    }
    Ok(parts.join("; "))
}
