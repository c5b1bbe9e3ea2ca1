//! `deploy`: a directory or file into the project, as the root of a new lineage.

use std::path::{Path, PathBuf};

use git_lineage::{ArtifactId, Deploy, Deployed, Kind, ProjectPath};

use super::{
    super::{escape, json, style::Tone, text},
    Context, Failure, Outcome, Output,
};

/// Copy a directory or file into the project and record it as the root of a lineage
///
/// The id is <kind>/<name>: the kind from the folder the artifact lies in (skills: skill, agents: agent, ...; else
/// artifact), the name from its path without '.md'. What was written is staged, as 'git submodule add' does, unless the
/// whole place is ignored.
///
/// Content that is at the path already is taken over if it is equal; other content is never overwritten.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage deploy ../skills/pdf .claude/skills/pdf
  git lineage deploy ../skills .claude/skills/pdf --from skills/pdf
  git lineage deploy ../agents/reviewer.md .claude/agents/reviewer.md --id agent/code-reviewer")]
pub(in crate::cli) struct Args {
    /// The directory or file to copy from; later versions come from there too
    source: String,
    /// Where to put it [default: the source's name in the current directory]
    path: Option<PathBuf>,
    /// The artifact's id instead of the default one
    #[arg(long, value_name = "ID")]
    id: Option<ArtifactId>,
    /// The kind in the default id, e.g. skill or prompt
    #[arg(long, value_name = "KIND", conflicts_with = "id")]
    kind: Option<Kind>,
    /// Deploy what lies at SUBPATH inside the source
    #[arg(long, value_name = "SUBPATH")]
    from: Option<String>,
    /// Show what would happen and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not stage what was written
    #[arg(long)]
    no_stage: bool,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let store = context.store()?;
    let mut request = Deploy::new(context.source(&args.source)?);
    request.path = Some(store.project_path(context.cwd(), &destination(args, context.cwd())?)?);
    request.id = args.id.clone();
    request.kind = args.kind.clone();
    request.from = args.from.clone();
    request.line = context.line().cloned();
    request.dry_run = args.dry_run;
    request.stage = !args.no_stage;
    let deployed = store.deploy(&request, &context.caller()?)?;
    if out.is_json() {
        out.json(&json::Recorded::new(&deployed.version, deployed.recorded, args.dry_run))?;
    } else {
        print(&deployed, args.dry_run, out)?;
    }
    Ok(Outcome::Done)
}

fn destination(args: &Args, cwd: &Path) -> Result<PathBuf, Failure> {
    if let Some(path) = &args.path {
        return Ok(path.clone());
    }
    let inside = args.from.as_deref().and_then(text::last_name);
    if let Some(name) = inside.or_else(|| text::last_name(&args.source)) {
        return Ok(name.into());
    }
    // '.' and '..' have a name too, only not as they are typed.
    let source = cwd.join(&args.source).canonicalize().ok();
    let name = source.as_deref().and_then(Path::file_name).map(PathBuf::from);
    name.ok_or_else(|| Failure::NoName {
        source_path: args.source.clone(),
    })
}

fn print(deployed: &Deployed, dry_run: bool, out: &mut Output) -> Result<(), Failure> {
    let version = &deployed.version;
    let paint = out.paint();
    let id = paint.paint(Tone::Subject, &escape::line(version.artifact_id.as_str()));
    let from = version.upstream.as_ref().and_then(text::upstream_with_ref);
    let from = from.map_or_else(String::new, |from| format!(" from {}", escape::line(&from)));
    let files = text::count(deployed.files, "file");
    let path: &ProjectPath = &deployed.path;
    if dry_run {
        out.line(format_args!(
            "Would deploy {id}  {files}{from} to {}",
            escape::line(path.as_str())
        ))?;
        out.aside("  nothing was written (--dry-run)");
        return Ok(());
    }
    let short = version.version_id.short();
    let verb = if deployed.taken_over { "Took over" } else { "Deployed" };
    out.line(format_args!("{verb} {id}  {short}  {files}{from}"))?;
    if !deployed.recorded {
        out.aside("  it was recorded already");
    }
    if deployed.ignored {
        out.aside(format!(
            "  staged .gitlineage; {path} is ignored, so git knows nothing of it"
        ));
    } else if deployed.staged {
        out.aside(format!(
            "  staged {path} and .gitlineage; commit them when you are ready"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(source: &str, path: Option<&str>, from: Option<&str>) -> Args {
        Args {
            source: source.to_owned(),
            path: path.map(PathBuf::from),
            id: None,
            kind: None,
            from: from.map(str::to_owned),
            dry_run: false,
            no_stage: false,
        }
    }

    #[test]
    fn the_destination_is_called_as_the_source() {
        let cwd = Path::new("/");
        for (source, path, from, expected) in [
            ("../skills/pdf", None, None, "pdf"),
            ("../skills/pdf", Some("x/y"), None, "x/y"),
            ("../skills", None, Some("skills/docx/"), "docx"),
            ("https://example.org/skills.git", None, None, "skills"),
        ] {
            let found = destination(&args(source, path, from), cwd).expect("a name");
            assert_eq!(found, Path::new(expected));
        }
        let dir = tempfile::tempdir().expect("temporary directory");
        let dir = dir.path().canonicalize().expect("it exists");
        assert_eq!(
            destination(&args(".", None, None), &dir).expect("a name"),
            Path::new(dir.file_name().expect("a name"))
        );
        assert!(matches!(
            destination(&args("/", None, None), cwd),
            Err(Failure::NoName { .. })
        ));
    }
}
