//! `adopt`: what was copied into the project by hand, with the past that the project's history knows of it.

use std::path::PathBuf;

use git_lineage::{Adopt, Adopted, ArtifactId, Kind, PastBeginning, ProjectPath};

use super::{
    super::{escape, json, style::Tone, text},
    Context, Failure, Outcome, Output,
};

/// Build the lineage of what was copied into the project by hand
///
/// It comes from the project's own history: every state that the path had along the first parents of HEAD becomes a
/// version with the author, committer and dates of the commit that made it so; renames of the whole path are followed.
/// Every clone makes the same versions. Where they came from is not known.
///
/// The work tree stays as it is: only .gitlineage gets a section, which is staged. Edits that are not committed are
/// recorded by 'git lineage record'.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage adopt .claude/skills/pdf
  git lineage adopt .claude/skills/*
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
    request.line = context.line().cloned();
    request.dry_run = args.dry_run;
    request.stage = !args.no_stage;
    let adopted = store.adopt(&request, &context.caller()?)?;
    if out.is_json() {
        let versions = adopted.iter().flat_map(|one| &one.versions);
        out.json_lines(versions.map(|one| json::Recorded::new(&one.version, one.recorded, args.dry_run)))?;
    } else {
        print(&adopted, &request, out)?;
    }
    Ok(Outcome::Done)
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
