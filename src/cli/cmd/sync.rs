//! `sync`: what is new upstream, into the project.

use git_lineage::{ArtifactId, Favor, LineageStore, QueryError, Resume, Sync, SyncResult, Synced, VersionId};

use super::{
    super::{
        json,
        report::Report,
        signing::SigningArgs,
        style::Tone,
        table::{Cell, Table},
        text,
    },
    Context, Failure, Outcome, Output, clock,
};

/// Bring in what is new upstream
///
/// An artifact that was not changed here is brought up to date (fast-forward). One that was changed on both sides is
/// merged; edits that are not recorded yet are recorded first, so nothing can be lost. What was written is staged. Without
/// IDs all artifacts are synced; one that fails or ends in conflicts does not stop the others.
///
/// Conflicts stand in the index and, as markers, in the files, as after 'git merge': resolve them, 'git add' the files, and
/// go on with --continue (or just commit). --abort makes every file and index entry what it was before.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage sync skill/pdf
  git lineage sync --dry-run    what would happen, for all artifacts
  git lineage sync --each 'skills/*'
  git lineage sync skill/pdf --to v2.1
  git lineage sync --continue   after resolving conflicts, or after an interruption
  git lineage sync --abort      back to exactly where you were")]
pub(in crate::cli) struct Args {
    /// The artifacts [default: all]
    #[arg(value_name = "ID")]
    ids: Vec<ArtifactId>,
    /// All artifacts, as without IDs
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// All artifacts whose path inside their upstream matches, as 'deploy --each' matches it; of one that is all of its
    /// upstream, the path in the project
    #[arg(long, value_name = "GLOB", conflicts_with_all = ["ids", "all", "go_on", "abort"])]
    each: Option<String>,
    /// Show what would happen and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not stage what was written
    #[arg(long)]
    no_stage: bool,
    /// Go to this branch, tag or commit of the upstream, and follow it from now on
    #[arg(long, value_name = "REF", conflicts_with_all = ["go_on", "abort"])]
    to: Option<String>,
    /// Where upstream moved an artifact to another path, go with it
    #[arg(long, conflicts_with_all = ["go_on", "abort"])]
    follow: bool,
    /// Where both sides changed the same lines, take this side instead of stopping (needs git 2.43)
    #[arg(long, value_name = "SIDE", value_enum, conflicts_with_all = ["go_on", "abort"])]
    favor: Option<Side>,
    /// Record what you resolved, and finish what was interrupted
    #[arg(long = "continue", conflicts_with_all = ["dry_run", "no_stage", "abort"])]
    go_on: bool,
    /// Take an unfinished command back: files, modes, index and manifest become what they were
    #[arg(long, conflicts_with_all = ["dry_run", "no_stage"])]
    abort: bool,
    #[command(flatten)]
    signing: SigningArgs,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let store = context.store_to_write(&args.signing)?;
    if args.abort {
        return abort(args, context, out);
    }
    let answers = if args.go_on {
        store.continue_unfinished(&resume(args, context), &context.caller()?)?
    } else {
        let request = Sync {
            ids: args.ids.clone(),
            each: args.each.clone(),
            line: context.line().cloned(),
            dry_run: args.dry_run,
            stage: !args.no_stage,
            to: args.to.clone(),
            follow: args.follow,
            favor: args.favor.map(Favor::from),
        };
        store.sync(&request, &context.caller()?)?
    };
    let mut answers: Vec<Answer> = answers.into_iter().map(Answer::from).collect();
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

/// A side of a merge, as `git merge -X` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Side {
    /// What you made of it
    Ours,
    /// What upstream made of it
    Theirs,
}

impl From<Side> for Favor {
    fn from(side: Side) -> Self {
        match side {
            Side::Ours => Favor::Ours,
            Side::Theirs => Favor::Theirs,
        }
    }
}

fn resume(args: &Args, context: &Context) -> Resume {
    Resume {
        ids: args.ids.clone(),
        line: context.line().cloned(),
    }
}

fn abort(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let aborted = context
        .store()?
        .abort_unfinished(&resume(args, context), &context.caller()?)?;
    if out.is_json() {
        out.json_lines(aborted.iter().map(|(artifact_id, version_id)| json::Aborted {
            artifact_id,
            version_id: *version_id,
        }))?;
        return Ok(Outcome::Done);
    }
    let mut table = Table::default();
    for (id, head) in &aborted {
        let head = head.as_ref().map_or_else(String::new, VersionId::short);
        table.row(vec![
            Cell::new(Tone::Subject, id.as_str()),
            Cell::plain("back to where it was"),
            Cell::new(Tone::Dim, head),
        ]);
    }
    out.table(&table)?;
    Ok(Outcome::Done)
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
        out.aside("  resolve them, 'git add' them, then         git lineage sync --continue");
        out.aside("  or go back exactly to where you were     git lineage sync --abort");
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
            // A resolution wrote nothing: the files were there.
            let files = (one.changed_files > 0).then(|| text::count(one.changed_files, "file"));
            let from = from.map(|from| format!("from {from}"));
            parts.push([files, from].into_iter().flatten().collect::<Vec<_>>().join(" "));
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
