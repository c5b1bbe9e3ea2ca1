//! `adopt`: what was copied into the project by hand, with the past that the project's history knows of it.

use std::path::PathBuf;

use git_lineage::{Adopt, AdoptUpstream, Adopted, ArtifactId, ChangeOrigin, Kind, PastBeginning, ProjectPath};

use super::{
    super::{escape, json, style::Tone, text},
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
  git lineage adopt .claude/skills/*
  git lineage adopt .claude/skills/pdf --upstream https://github.com/anthropics/skills --from skills/pdf
  git lineage adopt vendor/reviewer.md --id agent/reviewer")]
pub(in crate::cli) struct Args {
    /// The directories and files; each becomes an artifact
    #[arg(value_name = "PATH", required = true)]
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
    /// Show what would happen and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not stage the manifest
    #[arg(long)]
    no_stage: bool,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let store = context.store()?;
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
