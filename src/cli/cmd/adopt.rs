//! `adopt`: what was copied into the project by hand, with the past that the project's history knows of it.

use std::path::PathBuf;

use git_lineage::{
    Adopt, AdoptUpstream, Adoptable, Adopted, ArtifactId, ChangeOrigin, Kind, PastBeginning, ProjectPath,
};

use super::{
    super::{
        escape, json,
        style::Tone,
        table::{Cell, Table},
        text,
    },
    Context, Failure, Outcome, Output,
};

/// Build the lineage of what was copied into the project by hand
///
/// It comes from the project's own history: every state that the path had along the first parents of HEAD becomes a
/// version with the author, committer and dates of the commit that made it so; renames of the whole path are followed.
/// Every clone makes the same versions. Where they came from is not known, unless --upstream says where to look: what is
/// found there by its content becomes a deployment or a sync, what git's merge of both sides gives a sync, and the rest a
/// local modification. Several places may be named: each --upstream with its --from, or one with many.
///
/// The work tree stays as it is: only .gitlineage gets a section, which is staged. Edits that are not committed are
/// recorded by 'git lineage record'.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage adopt .claude/skills/pdf
  git lineage adopt --discover  what there is to adopt
  git lineage adopt .claude/skills/*
  git lineage adopt .claude/skills/pdf --upstream https://github.com/anthropics/skills --from skills/pdf
  git lineage adopt vendor/reviewer.md --id agent/reviewer")]
pub(in crate::cli) struct Args {
    /// The directories and files; each becomes an artifact
    #[arg(value_name = "PATH", required_unless_present = "discover")]
    paths: Vec<PathBuf>,
    /// The artifact's id instead of the default one
    #[arg(long, value_name = "ID")]
    id: Option<ArtifactId>,
    /// The kind in the default id, e.g. skill or prompt
    #[arg(long, value_name = "KIND", conflicts_with = "id")]
    kind: Option<Kind>,
    /// The directory, file or git repository that it was copied from
    #[arg(long = "upstream", value_name = "SRC")]
    upstreams: Vec<String>,
    /// The path inside the upstream [default: all of it]
    #[arg(long, value_name = "SUBPATH", requires = "upstreams")]
    from: Vec<String>,
    /// The branch, tag or commit of a git upstream [default: the branch its HEAD names]
    #[arg(long = "ref", value_name = "REF", requires = "upstreams")]
    ref_name: Option<String>,
    /// List what looks like an artifact and is not tracked yet, with the command that adopts it
    #[arg(long, conflicts_with_all = ["id", "kind", "upstreams", "no_stage"])]
    discover: bool,
    /// Show what would happen and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not stage the manifest
    #[arg(long)]
    no_stage: bool,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let store = context.store()?;
    if args.discover {
        return discover(args, context, out);
    }
    let paths = args.paths.iter().map(|path| store.project_path(context.cwd(), path));
    let mut request = Adopt::new(paths.collect::<Result<Vec<ProjectPath>, _>>()?);
    request.id = args.id.clone();
    request.kind = args.kind.clone();
    request.upstreams = upstreams(args, context)?;
    request.ref_name = args.ref_name.clone();
    request.line = context.line().cloned();
    request.dry_run = args.dry_run;
    request.stage = !args.no_stage;
    let adopted = store.adopt(&request, &context.caller()?)?;
    if out.is_json() {
        let versions = adopted.iter().flat_map(|one| &one.versions);
        out.json_lines(versions.map(|one| json::AdoptedLine::new(one, args.dry_run)))?;
    } else {
        print(&adopted, &request, out)?;
    }
    Ok(Outcome::Done)
}

/// What there is to adopt at or below the paths; the project's root is no path of an artifact and stands for everything.
fn discover(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let store = context.store()?;
    let is_root = |path: &&PathBuf| {
        let there = context.cwd().join(path).canonicalize().ok();
        there.is_some_and(|there| store.work_tree().and_then(|root| root.canonicalize().ok()) == Some(there))
    };
    let everything = args.paths.iter().any(|path| is_root(&path));
    let within = args.paths.iter().filter(|_| !everything);
    let within = within.map(|path| store.project_path(context.cwd(), path));
    let found = store.adoptable(&within.collect::<Result<Vec<ProjectPath>, _>>()?)?;
    if out.is_json() {
        out.json_lines(found.iter().map(|one| json::AdoptableLine {
            artifact_id: one.artifact_id.as_ref(),
            path: &one.path,
            next: next(one, context),
        }))?;
        return Ok(Outcome::Done);
    }
    let mut table = Table::default();
    for one in &found {
        let id = one.artifact_id.as_ref().map_or("", ArtifactId::as_str);
        table.row(vec![Cell::new(Tone::Subject, id), Cell::plain(next(one, context))]);
    }
    out.table(&table)?;
    if found.is_empty() {
        out.aside("nothing that is committed looks like an artifact and is not tracked");
    }
    Ok(Outcome::Done)
}

/// The command that adopts it, as it is typed in the current directory.
fn next(one: &Adoptable, context: &Context) -> String {
    let root = context
        .store()
        .ok()
        .and_then(|store| store.work_tree()?.canonicalize().ok());
    let below = root.as_deref().and_then(|root| context.cwd().strip_prefix(root).ok());
    let up = below.map_or(0, |below| below.components().count());
    let mut path = format!("{}{}", "../".repeat(up), one.path);
    if path.starts_with('-') {
        path.insert_str(0, "./");
    }
    let id = match &one.artifact_id {
        Some(id) if one.needs_id => format!(" --id {}", text::quoted(id.as_str())),
        Some(_) => String::new(),
        None => " --id <ID>".to_owned(),
    };
    format!("git lineage adopt {}{id}", text::quoted(&path))
}

/// Each upstream with its path, or one with many.
fn upstreams(args: &Args, context: &Context) -> Result<Vec<AdoptUpstream>, Failure> {
    let sources = args.upstreams.iter().map(|source| context.source(source));
    let sources = sources.collect::<Result<Vec<String>, _>>()?;
    let with = |source: &String, from: Option<&String>| AdoptUpstream {
        source: source.clone(),
        from: from.cloned(),
    };
    match (sources.as_slice(), args.from.as_slice()) {
        (sources, []) => Ok(sources.iter().map(|source| with(source, None)).collect()),
        ([source], paths) => Ok(paths.iter().map(|path| with(source, Some(path))).collect()),
        (sources, paths) if sources.len() == paths.len() => {
            let pairs = sources.iter().zip(paths);
            Ok(pairs.map(|(source, path)| with(source, Some(path))).collect())
        }
        (sources, paths) => Err(Failure::UpstreamPairs {
            upstreams: sources.len(),
            paths: paths.len(),
        }),
    }
}

fn print(adopted: &[Adopted], request: &Adopt, out: &mut Output) -> Result<(), Failure> {
    for one in adopted {
        let id = out
            .paint()
            .paint(Tone::Subject, &escape::line(one.artifact_id.as_str()));
        let versions = text::count(one.versions.len(), "version");
        let newest = one.versions.last().map(|newest| newest.version.version_id.short());
        let path = escape::line(one.path.as_str()).into_owned();
        if one.already {
            out.line(format_args!(
                "Already adopted {id}  {}  {versions}",
                newest.unwrap_or_default()
            ))?;
        } else if request.dry_run {
            out.line(format_args!("Would adopt {id}  {versions} from {path}"))?;
        } else {
            out.line(format_args!(
                "Adopted {id}  {}  {versions} from {path}",
                newest.unwrap_or_default()
            ))?;
        }
        if !request.upstreams.is_empty() && !one.already {
            out.aside(origins(one));
            for line in doubts(one) {
                out.aside(line);
            }
        }
        if let Some(reason) = one.beginning.as_ref().and_then(beginning) {
            out.aside(reason);
        }
    }
    if request.dry_run {
        out.aside("  nothing was written (--dry-run)");
    } else if request.stage && adopted.iter().any(|one| !one.already) {
        out.aside("  staged .gitlineage; commit it when you are ready");
    }
    Ok(())
}

/// How many versions there are of each origin, and what was last taken from upstream.
fn origins(adopted: &Adopted) -> String {
    let count = |origin| {
        let versions = adopted.versions.iter();
        versions.filter(|one| one.version.change_origin == origin).count()
    };
    let counts: Vec<String> = [
        Some(ChangeOrigin::Deployment),
        Some(ChangeOrigin::Sync),
        Some(ChangeOrigin::LocalModification),
        None,
    ]
    .into_iter()
    .filter(|origin| count(*origin) > 0)
    .map(|origin| format!("{} {}", count(origin), text::origin(origin)))
    .collect();
    let last = adopted
        .versions
        .iter()
        .rev()
        .find_map(|one| one.version.upstream.as_ref());
    let last = last.and_then(text::upstream_with_ref);
    match last {
        Some(last) => format!("  {}; last taken from {}", counts.join(", "), escape::line(&last)),
        None => format!("  {}; upstream never had any of it", counts.join(", ")),
    }
}

/// What could not be proven, each once, with the versions it is about.
fn doubts(adopted: &Adopted) -> Vec<String> {
    let mut doubts: Vec<(String, usize)> = Vec::new();
    for doubt in adopted.versions.iter().filter_map(|one| one.unproven.as_ref()) {
        let doubt = doubt.to_string();
        match doubts.iter_mut().find(|(known, _)| *known == doubt) {
            Some((_, count)) => *count += 1,
            None => doubts.push((doubt, 1)),
        }
    }
    let lines = doubts.into_iter();
    lines
        .map(|(doubt, count)| format!("  {}: {}", text::count(count, "version"), escape::line(&doubt)))
        .collect()
}

/// Why a past does not reach further back, where that is worth a line.
fn beginning(beginning: &PastBeginning) -> Option<String> {
    match beginning {
        PastBeginning::Tracked { commit } => Some(format!(
            "  not from before {}, when it was tracked already: that is another lineage",
            commit.short()
        )),
        PastBeginning::NoVersion { commit, reason } => Some(format!(
            "  not from {} or before, whose content can be no version: {reason}",
            commit.short()
        )),
        _ => None,
    }
}
