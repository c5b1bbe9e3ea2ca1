//! `fetch`: what others have recorded, from a remote; and what nobody has shared, made anew from upstream.

use std::io::IsTerminal as _;

use git_lineage::{Fetched, FetchedHead, Rebuilt, SharingError, VersionId};

use super::{
    super::{
        hints, json,
        report::Report,
        style::Tone,
        table::{Cell, Table},
        text,
    },
    Context, Failure, Outcome, Output, clock,
};

/// Fetch the versions that others have recorded
///
/// They come in beside your own: no head of a line is moved, and nothing in the work tree changes. From then on they are
/// known: a commit that a teammate has recorded is the same version here. What is gone from the remote stays reachable here.
/// A plain 'git fetch' brings them, too, where 'git lineage init' has set that up.
///
/// Where nobody has shared the versions that .gitlineage names, --rebuild makes them anew, from the upstream commits that it
/// names, and only where upstream's content is just what was deployed. Every clone makes the same ones. Should the true ones
/// be shared later, they count.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage fetch            from where 'git fetch' would fetch
  git lineage fetch upstream
  git lineage fetch --rebuild  what no remote has, from the upstreams")]
pub(in crate::cli) struct Args {
    /// The remote [default: that of the branch, the only one, or origin]
    #[arg(value_name = "REMOTE")]
    remote: Option<String>,
    /// Then make the versions anew that are still missing, from the upstream commits that .gitlineage names
    #[arg(long)]
    rebuild: bool,
}

/// How many heads are worth a line each.
const MOST_SHOWN: usize = 20;

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let progress = std::io::stderr().is_terminal() && out.is_chatty();
    let store = context.store()?;
    let fetched = match store.fetch(args.remote.as_deref(), progress) {
        // Then nobody else can have them.
        Err(SharingError::NoRemote) if args.rebuild => None,
        fetched => Some(fetched?),
    };
    let rebuilt = match args.rebuild {
        true => store.rebuild_baselines(context.line())?,
        false => Vec::new(),
    };
    let rebuilt: Vec<Answer> = rebuilt.into_iter().map(Answer::from).collect();
    if out.is_json() {
        let lines = rebuilt.iter().map(Answer::json);
        out.json(&json::Fetched::new(fetched.as_ref(), lines.collect()))?;
    } else {
        if let Some(fetched) = &fetched {
            print_fetched(fetched, out)?;
        }
        if args.rebuild {
            print_rebuilt(&rebuilt, out)?;
        }
    }
    Ok(if rebuilt.iter().any(|one| one.error.is_some()) {
        Outcome::Failed
    } else {
        Outcome::Done
    })
}

/// What became of one baseline, its error ready to be shown.
struct Answer {
    rebuilt: Rebuilt,
    error: Option<Report>,
}

impl From<Rebuilt> for Answer {
    fn from(mut rebuilt: Rebuilt) -> Self {
        let error = rebuilt.error.take().map(|error| {
            let hints = hints::rebuild(&error, &rebuilt.artifact_id);
            Report {
                hints,
                ..Report::new(&Failure::from(error), clock::now())
            }
        });
        Answer { rebuilt, error }
    }
}

impl Answer {
    fn json(&self) -> json::RebuiltLine<'_> {
        let Rebuilt {
            artifact_id,
            baseline,
            version,
            ..
        } = &self.rebuilt;
        json::RebuiltLine {
            artifact_id,
            baseline: *baseline,
            version_id: version.as_ref().map(|version| version.version_id),
            error: self.error.as_ref().map(Report::json_object),
        }
    }
}

fn print_fetched(fetched: &Fetched, out: &mut Output) -> Result<(), Failure> {
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
        return Ok(());
    }
    if fetched.heads.len() > MOST_SHOWN {
        out.line(format_args!("and {} more", fetched.heads.len() - MOST_SHOWN))?;
    }
    let versions = text::count(usize::try_from(fetched.versions).unwrap_or(usize::MAX), "new version");
    out.aside(format!("  {versions} from {}", fetched.remote));
    Ok(())
}

fn print_rebuilt(rebuilt: &[Answer], out: &mut Output) -> Result<(), Failure> {
    let mut table = Table::default();
    for one in rebuilt {
        let (state, id, from) = match &one.rebuilt.version {
            Some(version) => {
                let from = version.upstream.as_ref().and_then(text::upstream_with_ref);
                let from = from.map(|from| format!("from {from}"));
                let id = version.version_id.short();
                (Cell::new(Tone::Upstream, "rebuilt"), id, from.unwrap_or_default())
            }
            None => (Cell::new(Tone::Bad, "failed"), String::new(), String::new()),
        };
        table.row(vec![
            Cell::new(Tone::Subject, one.rebuilt.artifact_id.as_str()),
            state,
            Cell::new(Tone::Dim, id),
            Cell::plain(from),
        ]);
    }
    out.table(&table)?;
    let errors: Vec<&Report> = rebuilt.iter().filter_map(|one| one.error.as_ref()).collect();
    out.complain(&errors);
    if rebuilt.is_empty() {
        out.aside("nothing is missing: the versions that .gitlineage names are all here");
    }
    Ok(())
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
