//! `hub`: the lineage of many projects in one repository.

mod hints;
mod json;
mod progress;

use std::path::{Path, PathBuf};

use git_lineage::{AddProject, FetchProjects, FetchedProject, HashKind, HubProject, LineageStore, ProjectChanges};

pub(in crate::cli) use self::hints::{elsewhere, of as hints};
use self::progress::Progress;
use super::{
    super::{
        escape, relative_time,
        report::Report,
        style::Tone,
        table::{Cell, Table},
        text,
    },
    Context, Failure, Outcome, Output, clock,
};

/// Ask one question of many projects: a bare repository that fetches the lineage of all
///
/// A hub holds the heads of every project under its name, as last fetched, and nothing else of the projects: no branches,
/// no files but those of the artifacts. In it 'find' tells which project has a version on which line, and who changed it
/// since; 'log', 'show', 'lineage', 'diff' and the others work, too: <id>@<project>/<line> names the newest version there.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage hub init ~/hub.git
  cd ~/hub.git
  git lineage hub add https://github.com/acme/shop
  git lineage hub fetch
  git lineage find b09cd17        who still runs it, and who changed it since?")]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Make a hub, or make one of a bare repository
    #[command(after_help = "\
Examples:
  git lineage hub init ~/hub.git")]
    Init {
        /// A directory that is empty or not there yet, or a bare repository [default: the current directory]
        #[arg(value_name = "DIR")]
        dir: Option<PathBuf>,
        /// The hash function, which is that of the projects: sha1 or sha256 [default: git's]
        #[arg(long, value_name = "FORMAT", value_parser = object_format)]
        object_format: Option<HashKind>,
    },
    /// Add a project; nothing is asked of it yet
    #[command(after_help = "\
Examples:
  git lineage hub add https://github.com/acme/shop
  git lineage hub add ../shop --name shop")]
    Add {
        /// What git can fetch from: a URL or a path
        #[arg(value_name = "URL")]
        url: String,
        /// How the project is to be called [default: as the last part of its URL]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// The project's lineage.refPrefix, where its host takes only branches, e.g. refs/heads/lineage
        #[arg(long, value_name = "PREFIX")]
        ref_prefix: Option<String>,
    },
    /// Bring the lineage of the projects up to date
    ///
    /// A project that fails stops no other; the exit code is then 1. A head with a version that cannot be read is not let
    /// in. Heads that are gone over there go here, too; what nothing else here contains is kept under refs/lineage/kept.
    #[command(after_help = "\
Examples:
  git lineage hub fetch
  git lineage hub fetch shop blog")]
    Fetch {
        /// The projects [default: all]
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// How many to ask at the same time; only with 1 does git ask for passwords
        #[arg(short, long, value_name = "N", default_value_t = 8)]
        jobs: usize,
    },
    /// List the projects: how much of them is here, and when they were fetched
    #[command(after_help = "\
Examples:
  git lineage hub list")]
    List,
    /// Take a project out, with its heads
    #[command(after_help = "\
Examples:
  git lineage hub remove shop")]
    Remove {
        /// The project
        #[arg(value_name = "NAME")]
        name: String,
    },
}

fn object_format(text: &str) -> Result<HashKind, &'static str> {
    match text {
        "sha1" => Ok(HashKind::Sha1),
        "sha256" => Ok(HashKind::Sha256),
        _ => Err("it is sha1 or sha256"),
    }
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    match &args.action {
        Action::Init { dir, object_format } => init(dir.as_deref(), *object_format, context, out)?,
        Action::Add { url, name, ref_prefix } => {
            let request = AddProject {
                url: absolute(url, context.cwd()),
                name: name.clone(),
                ref_prefix: ref_prefix.clone(),
            };
            added(&context.store()?.add_project(&request)?, out)?;
        }
        Action::Fetch { names, jobs } => return fetch(names, *jobs, context, out),
        Action::List => list(&context.store()?.projects()?, out)?,
        Action::Remove { name } => {
            let project = context.store()?.remove_project(name)?;
            if out.is_json() {
                out.json(&json::Project::from(&project))?;
            } else {
                let heads = text::count(project.heads, "head");
                out.line(format_args!("Removed {}  {heads}", subject(&project.name, out)))?;
            }
        }
    }
    Ok(Outcome::Done)
}

fn init(dir: Option<&Path>, format: Option<HashKind>, context: &Context, out: &mut Output) -> Result<(), Failure> {
    let dir = dir.map_or_else(|| context.cwd().to_owned(), |dir| context.cwd().join(dir));
    let done = LineageStore::init_hub(&dir, format)?;
    if out.is_json() {
        out.json(&json::Initialized::from(&done))?;
        return Ok(());
    }
    let path = done.path.to_string_lossy();
    let shown = escape::line(&path);
    if done.created {
        out.line(format_args!("Made the hub {shown}"))?;
    } else {
        out.line(format_args!("{shown} is a hub"))?;
    }
    let place = if done.path == context.cwd() {
        String::new()
    } else {
        format!("-C {} ", text::quoted(&path))
    };
    out.aside(format!("  next: git {place}lineage hub add <URL>"));
    Ok(())
}

/// A path that was typed here; the library counts them from the hub. What git would take for a URL stays as it is.
fn absolute(typed: &str, cwd: &Path) -> String {
    let is_url = text::is_url(typed) && cwd.join(typed).symlink_metadata().is_err();
    if typed.is_empty() || typed.starts_with('-') || is_url || Path::new(typed).is_absolute() {
        return typed.to_owned();
    }
    let below_root = cwd.strip_prefix("/").unwrap_or(cwd);
    format!("/{}", text::rebase(below_root, &format!("./{typed}")))
}

fn added(project: &HubProject, out: &mut Output) -> Result<(), Failure> {
    if out.is_json() {
        out.json(&json::Project::from(project))?;
        return Ok(());
    }
    let url = escape::line(&project.url).into_owned();
    out.line(format_args!("Added {}  {url}", subject(&project.name, out)))?;
    out.aside(format!("  next: git lineage hub fetch {}", text::quoted(&project.name)));
    Ok(())
}

fn list(projects: &[HubProject], out: &mut Output) -> Result<(), Failure> {
    if out.is_json() {
        out.json_lines(projects.iter().map(json::Project::from))?;
        return Ok(());
    }
    let now = clock::now();
    let mut table = Table::default();
    for project in projects {
        let fetched = match project.fetched_at {
            Some(at) => Cell::plain(relative_time::since(at, now)),
            None => Cell::new(Tone::Dim, "never fetched"),
        };
        table.row(vec![
            Cell::new(Tone::Subject, &project.name),
            Cell::plain(text::count(project.artifacts, "artifact")),
            Cell::plain(text::count(project.heads, "head")),
            fetched,
            Cell::plain(&project.url),
        ]);
    }
    out.table(&table)?;
    if projects.is_empty() {
        out.aside("no project yet: git lineage hub add <URL>");
    }
    Ok(())
}

fn fetch(names: &[String], jobs: usize, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let request = FetchProjects {
        names: names.to_vec(),
        jobs,
        at: clock::now(),
    };
    let mut progress = Progress::new(out);
    let fetched = context.store()?.fetch_projects(&request, |now| progress.show(&now));
    progress.end();
    let fetched: Vec<(FetchedProject, Option<Report>)> = fetched?
        .into_iter()
        .map(|mut project| {
            let report = project.error.take().map(|error| Report::new(&error.into(), request.at));
            (project, report)
        })
        .collect();
    let failed = fetched.iter().any(|(_, report)| report.is_some());
    if out.is_json() {
        out.json_lines(
            fetched
                .iter()
                .map(|(project, report)| json::Fetched::new(project, report.as_ref())),
        )?;
    } else {
        print_fetched(&fetched, out)?;
    }
    Ok(if failed { Outcome::Failed } else { Outcome::Done })
}

fn print_fetched(fetched: &[(FetchedProject, Option<Report>)], out: &mut Output) -> Result<(), Failure> {
    let mut table = Table::default();
    for (project, report) in fetched {
        let (word, tone) = match report {
            Some(_) => ("failed", Tone::Bad),
            None if project.changes.is_empty() => ("up to date", Tone::Dim),
            None => ("fetched", Tone::Good),
        };
        table.row(vec![
            Cell::new(Tone::Subject, &project.name),
            Cell::new(tone, word),
            Cell::plain(changes(&project.changes)),
        ]);
    }
    out.table(&table)?;
    let reports: Vec<&Report> = fetched.iter().filter_map(|(_, report)| report.as_ref()).collect();
    out.complain(&reports);
    if fetched.is_empty() {
        out.aside("no project yet: git lineage hub add <URL>");
    }
    Ok(())
}

/// `3 new, 1 moved, 2 gone (1 kept)`
fn changes(changes: &ProjectChanges) -> String {
    let counts = [
        (changes.added, "new"),
        (changes.moved, "moved"),
        (changes.removed, "gone"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, word)| format!("{count} {word}")).collect();
    match changes.kept {
        0 => counts.join(", "),
        kept => format!("{} ({kept} kept)", counts.join(", ")),
    }
}

fn subject(name: &str, out: &Output) -> String {
    out.paint().paint(Tone::Subject, &escape::line(name))
}
