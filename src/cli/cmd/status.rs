//! `status`: what changed here, what is new upstream, and what to do about it.

use std::collections::BTreeMap;

use git_lineage::{
    ArtifactId, ArtifactState, ArtifactStatus, ArtifactVersion, ChangeOrigin, FileChange, FileOrigin, FileStatus, Line,
    OperationError, Shared, SharedState, Status, Timestamp,
};

use super::{
    super::{
        escape, json,
        porcelain::{NOTHING, PorcelainArgs},
        relative_time,
        report::Report,
        style::Tone,
        table::{Cell, Table},
        text,
    },
    Context, Failure, Outcome, Output, clock,
};

/// Show what changed here, what is new upstream, and the next command
///
/// Compares the work tree, and upstream as it was last seen, with the baseline: the content last deployed or synced.
/// Without IDs only what needs attention is listed, and the rest counted; with IDs every file that differs. Changes
/// nothing, and asks no server.
///
/// States: clean; modified (differs here), outdated (differs upstream), diverged (both), missing (no files), conflicted
/// (unmerged files), interrupted (a command was stopped half-way), unknown (upstream was never seen here).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage status
  git lineage status skill/pdf           file by file
  git lineage status --exit-code -q      for scripts: 4 if anything drifted
  git lineage status --porcelain         the same in lines for scripts")]
pub(in crate::cli) struct Args {
    /// The artifacts [default: all]
    #[arg(value_name = "ID")]
    ids: Vec<ArtifactId>,
    /// Ask git upstreams for news first; plain directories are read as they are in any case
    #[arg(long)]
    fetch: bool,
    /// Exit with 4 if an artifact is neither clean nor unknown, or its content is not recorded
    #[arg(long)]
    exit_code: bool,
    /// List the files that are the same everywhere, too
    #[arg(long)]
    unchanged: bool,
    #[command(flatten)]
    porcelain: PorcelainArgs,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let store = context.store()?;
    let request = Status {
        ids: args.ids.clone(),
        line: context.line().cloned(),
        unchanged: args.unchanged,
    };
    let mut unfetched: BTreeMap<ArtifactId, OperationError> = BTreeMap::new();
    if args.fetch {
        unfetched.extend(store.fetch_upstreams(&args.ids)?);
    }
    let failed = !unfetched.is_empty();
    let answers = store.status(&request)?.into_iter();
    let answers: Vec<Answer> = answers
        .map(|status| {
            let error = unfetched.remove(&status.artifact_id);
            Answer::new(status, error)
        })
        .collect();
    let drifted = answers.iter().any(|answer| answer.status.has_drifted());
    // Commands work on what is checked out.
    let elsewhere = context.line().is_some() && store.current_line()?.as_ref() != context.line();
    let next = |answer: &Answer| if elsewhere { None } else { next(&answer.status) };
    let shared = store.shared(context.line())?;
    if out.is_json() {
        out.json_lines(answers.iter().map(|answer| {
            let error = answer.error.as_ref().map(Report::json_object);
            json::StatusLine::new(&answer.status, error, next(answer), shared.as_ref())
        }))?;
    } else if args.porcelain.is_wanted() {
        for answer in &answers {
            porcelain(&answer.status, args.porcelain, out)?;
        }
    } else if args.ids.is_empty() && !args.unchanged {
        overview(&answers, &next, out)?;
    } else {
        for (n, answer) in answers.iter().enumerate() {
            if n > 0 {
                out.line("")?;
            }
            details(&answer.status, next(answer), context, out)?;
        }
    }
    if let Some(shared) = shared.filter(|_| !answers.is_empty()) {
        note_shared(&shared, out);
    }
    let errors: Vec<&Report> = answers.iter().filter_map(|answer| answer.error.as_ref()).collect();
    out.complain(&errors);
    // Whether a log can be read is nothing that a question about artifacts should fail of.
    super::hooks::note_failure(store.hook_failure().ok().flatten().as_ref(), context, out);
    Ok(if failed {
        Outcome::Failed
    } else if args.exit_code && drifted {
        Outcome::Drift
    } else {
        Outcome::Done
    })
}

/// One record for the artifact, one for each file that differs.
fn porcelain(status: &ArtifactStatus, args: PorcelainArgs, out: &mut Output) -> Result<(), Failure> {
    let or_nothing = |text: Option<String>| text.unwrap_or_else(|| NOTHING.to_owned());
    let id = status.artifact_id.as_str();
    let summary = &status.summary;
    let fields = [
        "artifact",
        id,
        status.state.as_str(),
        if status.recorded { "recorded" } else { "unrecorded" },
        &or_nothing(status.version_id.map(|id| id.to_string())),
        &or_nothing(status.baseline.map(|hash| hash.to_string())),
        &summary.local_changes.to_string(),
        &summary.upstream_changes.to_string(),
        &summary.conflicts.to_string(),
        status.line.as_ref().map_or(NOTHING, Line::as_str),
    ];
    args.print(&fields, status.path.as_str().as_bytes(), out)?;
    for file in &status.files {
        let change = match file.change {
            FileChange::Unchanged => ".",
            change => letter(change),
        };
        let merged = if file.unmerged { "U" } else { "." };
        args.print(&["file", id, change, file.origin.as_str(), merged], &file.path, out)?;
    }
    Ok(())
}

/// How the versions of commits stand to a remote, in one line, where there is something to do.
fn note_shared(shared: &Shared, out: &mut Output) {
    let remote = &shared.remote;
    if shared.never_seen {
        out.aside(format!("  lineage was never fetched from {remote}: git lineage fetch"));
        return;
    }
    let count = |wanted: SharedState| shared.differing.iter().filter(|(_, state)| *state == wanted).count();
    for (state, what) in [
        (SharedState::Ahead, "ahead of {}: git lineage push"),
        (SharedState::Behind, "behind {}: git pull brings the commits"),
        (
            SharedState::Diverged,
            "different at {}: git pull, then git lineage push",
        ),
    ] {
        let count = count(state);
        if count > 0 {
            out.aside(format!(
                "  {} {}",
                text::count(count, "artifact"),
                what.replace("{}", remote)
            ));
        }
    }
}

/// An answer, and why its upstream cannot be used, ready to be shown.
struct Answer {
    status: ArtifactStatus,
    error: Option<Report>,
}

impl Answer {
    fn new(mut status: ArtifactStatus, unfetched: Option<OperationError>) -> Self {
        let unusable = status.upstream_error.take().map(Failure::from);
        let failure = unfetched.map(Failure::from).or(unusable);
        Answer {
            error: failure.map(|failure| Report::new(&failure, clock::now())),
            status,
        }
    }

    fn needs_attention(&self) -> bool {
        self.status.needs_attention() || self.error.is_some()
    }
}

/// The command that the state calls for.
fn next(status: &ArtifactStatus) -> Option<String> {
    let id = text::quoted(status.artifact_id.as_str());
    let path = text::quoted(status.path.as_str());
    match (status.state, &status.moved_to) {
        (ArtifactState::Conflicted, _) if status.files.iter().any(|file| file.unmerged) => {
            Some("git mergetool".to_owned())
        }
        (ArtifactState::Interrupted | ArtifactState::Conflicted, _) => Some("git lineage sync --continue".to_owned()),
        (ArtifactState::Missing, Some(moved_to)) => {
            Some(format!("git lineage mv {id} {}", text::quoted(moved_to.as_str())))
        }
        (ArtifactState::Missing, None) if status.gone_from_commit => Some(format!("git lineage remove {id}")),
        (ArtifactState::Missing, None) => Some(format!("git checkout HEAD -- {path}")),
        (ArtifactState::Diverged | ArtifactState::Outdated, _) => Some(format!("git lineage sync {id}")),
        _ if !status.recorded => Some(format!("git lineage record {id}")),
        _ => None,
    }
}

/// One line for all, then one for each that needs attention.
fn overview(answers: &[Answer], next: &dyn Fn(&Answer) -> Option<String>, out: &mut Output) -> Result<(), Failure> {
    let Some(first) = answers.first() else {
        out.aside("nothing is deployed on this line: git lineage deploy <source> [<path>]");
        return Ok(());
    };
    let needy = answers.iter().filter(|answer| answer.needs_attention()).count();
    let place = match &first.status.line {
        Some(line) => format!("On line {}", escape::line(line.as_str())),
        None => "HEAD detached".to_owned(),
    };
    let artifacts = text::count(answers.len(), "artifact");
    let verdict = match needy {
        0 => out.paint().paint(Tone::Good, "nothing to do"),
        1 => "1 needs attention".to_owned(),
        needy => format!("{needy} need attention"),
    };
    out.line(format_args!("{place}: {artifacts}, {verdict}"))?;
    let mut table = Table::default();
    for answer in answers.iter().filter(|answer| answer.needs_attention()) {
        table.row(vec![
            Cell::new(Tone::Subject, format!("  {}", answer.status.artifact_id)),
            state_cell(answer.status.state),
            Cell::plain(facts(answer)),
            Cell::plain(next(answer).unwrap_or_default()),
        ]);
    }
    out.table(&table)?;
    let quiet = |state| {
        answers
            .iter()
            .filter(move |answer| answer.status.state == state && !answer.needs_attention())
    };
    let modified: Vec<&str> = quiet(ArtifactState::Modified)
        .map(|answer| answer.status.artifact_id.as_str())
        .collect();
    if !modified.is_empty() {
        out.aside(format!("  modified and recorded: {}", listed(&modified)));
    }
    match quiet(ArtifactState::Unknown).count() {
        0 => {}
        unknown => out.aside(format!(
            "  upstream not seen here: {}   git lineage status --fetch",
            text::count(unknown, "artifact")
        )),
    }
    Ok(())
}

/// Names, as many as are read.
fn listed(names: &[&str]) -> String {
    const READ: usize = 6;
    match names.len().checked_sub(READ) {
        Some(more @ 1..) => format!("{} and {more} more", names[..READ].join(", ")),
        _ => names.join(", "),
    }
}

fn facts(answer: &Answer) -> String {
    let status = &answer.status;
    let unmerged = status.files.iter().filter(|file| file.unmerged).count();
    match (status.state, &status.moved_to) {
        (ArtifactState::Interrupted, _) => return "a command was stopped half-way".to_owned(),
        (ArtifactState::Conflicted, _) if unmerged == 0 => return "resolved, not continued yet".to_owned(),
        (ArtifactState::Conflicted, _) => return format!("{} in conflict", text::count(unmerged, "file")),
        (ArtifactState::Missing, Some(moved_to)) => return format!("nothing at {}; it is at {moved_to}", status.path),
        (ArtifactState::Missing, None) => return format!("nothing at {}", status.path),
        _ => {}
    }
    let summary = &status.summary;
    let both = status
        .files
        .iter()
        .filter(|file| file.origin == FileOrigin::Both)
        .count();
    let mut counts = Vec::new();
    if summary.local_changes > 0 {
        counts.push(format!("mine {}", text::count(summary.local_changes, "file")));
    }
    if summary.upstream_changes > 0 {
        counts.push(format!("upstream {}", text::count(summary.upstream_changes, "file")));
    }
    if both > 0 {
        counts.push(format!("{both} both"));
    }
    if answer.error.is_some() {
        counts.push("upstream cannot be used".to_owned());
    }
    let counts = counts.join(" · ");
    match (counts.is_empty(), status.recorded) {
        (_, true) => counts,
        (true, false) => "as it was deployed or synced again, not recorded yet".to_owned(),
        (false, false) => format!("{counts}, not recorded yet"),
    }
}

/// One artifact, file by file.
fn details(status: &ArtifactStatus, next: Option<String>, context: &Context, out: &mut Output) -> Result<(), Failure> {
    let now = clock::now();
    let paint = out.paint();
    let baseline = match &status.baseline_version {
        Some(id) => Some(context.store()?.version(id)?),
        None => None,
    };
    let mut line = format!(
        "{}  {}  {}",
        paint.paint(Tone::Subject, &escape::line(status.artifact_id.as_str())),
        escape::line(status.path.as_str()),
        paint.paint(tone(status.state), status.state.as_str()),
    );
    if let Some(baseline) = &baseline {
        line.push_str(&since(status.state, baseline, now));
    }
    if let Some(seen) = status.upstream_seen_at {
        line.push_str(&format!("; upstream seen {}", relative_time::since(seen, now)));
    }
    if let Some(detected) = status.modification_detected_at {
        line.push_str(&format!("; changed here {}", relative_time::since(detected, now)));
    }
    if !status.recorded && status.content.is_some() {
        line.push_str("; not recorded yet");
    }
    out.line(line)?;
    let mut table = Table::default();
    for file in &status.files {
        table.row(file_row(file));
    }
    out.table(&table)?;
    if let Some(moved_to) = &status.moved_to {
        out.aside(format!("  most of its content is at {moved_to}"));
    }
    if let Some(next) = next {
        out.aside(format!("  next: {next}"));
    }
    Ok(())
}

/// `since 3cf9a8d (deployed 7 weeks ago)`: what the state is relative to.
fn since(state: ArtifactState, baseline: &ArtifactVersion, now: Timestamp) -> String {
    let word = match state {
        ArtifactState::Clean | ArtifactState::Unknown => "at",
        _ => "since",
    };
    let done = match baseline.change_origin {
        Some(ChangeOrigin::Deployment) => "deployed",
        Some(ChangeOrigin::Sync) => "synced",
        _ => "recorded",
    };
    let when = relative_time::since(baseline.created_at, now);
    format!(" {word} {} ({done} {when})", baseline.version_id.short())
}

fn file_row(file: &FileStatus) -> Vec<Cell> {
    let (word, tone) = match file.origin {
        FileOrigin::Upstream => ("upstream", Tone::Upstream),
        FileOrigin::Local => ("mine", Tone::Local),
        FileOrigin::Both => ("both", Tone::Bad),
        FileOrigin::None => ("-", Tone::Dim),
    };
    let mut row = vec![
        Cell::new(tone, format!("  {word}")),
        Cell::plain(letter(file.change)),
        Cell::plain(escape::path(&file.path)),
    ];
    let note = match file.origin {
        _ if file.unmerged => "in conflict",
        FileOrigin::Both if file.current == file.upstream => "alike",
        FileOrigin::Both => "to be merged",
        _ if is_mode_change(file) => "mode",
        _ => "",
    };
    row.push(Cell::new(Tone::Dim, note));
    row
}

/// True if only the mode differs from the baseline.
fn is_mode_change(file: &FileStatus) -> bool {
    let Some(baseline) = &file.baseline else { return false };
    let sides = [&file.current, &file.upstream];
    let mut differing = sides.into_iter().flatten().filter(|side| *side != baseline).peekable();
    differing.peek().is_some() && differing.all(|side| side.hash == baseline.hash)
}

/// The letter of `git status`.
fn letter(change: FileChange) -> &'static str {
    match change {
        FileChange::Added => "A",
        FileChange::Modified => "M",
        FileChange::Deleted => "D",
        _ => " ",
    }
}

fn tone(state: ArtifactState) -> Tone {
    match state {
        ArtifactState::Modified => Tone::Local,
        ArtifactState::Outdated => Tone::Upstream,
        ArtifactState::Unknown | ArtifactState::Clean => Tone::Dim,
        _ => Tone::Bad,
    }
}

fn state_cell(state: ArtifactState) -> Cell {
    Cell::new(tone(state), state.as_str())
}
