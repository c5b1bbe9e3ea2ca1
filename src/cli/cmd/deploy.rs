//! `deploy`: a directory or file into the project, as the root of a new lineage.

use std::path::{Path, PathBuf};

use git_lineage::{ArtifactId, Deploy, Deployed, Kind, ProjectPath};

use super::{
    super::{escape, json, signing::SigningArgs, style::Tone, text},
    Context, Failure, Outcome, Output,
};

/// Copy a directory or file into the project and record it as the root of a lineage
///
/// The source is a directory, a file, or a git repository: whatever git can fetch from. Of a repository --ref names the
/// branch, tag or commit, and --from the path inside.
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
  git lineage deploy https://github.com/anthropics/skills .claude/skills/pdf --from skills/pdf
  git lineage deploy https://github.com/anthropics/skills .claude/skills --each 'skills/*'
  git lineage deploy ../agents/reviewer.md .claude/agents/reviewer.md --id agent/code-reviewer")]
pub(in crate::cli) struct Args {
    /// The directory, file or git repository to copy from; later versions come from there too
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
    /// The branch, tag or commit of a git repository [default: the branch its HEAD names]
    #[arg(long = "ref", value_name = "REF")]
    ref_name: Option<String>,
    /// Deploy everything in the source that matches, each into PATH under its own name; all of it or nothing
    #[arg(long, value_name = "GLOB", conflicts_with = "id")]
    each: Option<String>,
    /// Show what would happen and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not stage what was written
    #[arg(long)]
    no_stage: bool,
    #[command(flatten)]
    signing: SigningArgs,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let store = context.store_to_write(&args.signing)?;
    let mut request = Deploy::new(context.source(&args.source)?);
    request.id = args.id.clone();
    request.kind = args.kind.clone();
    request.from = args.from.clone();
    request.ref_name = args.ref_name.clone();
    request.line = context.line().cloned();
    request.dry_run = args.dry_run;
    request.stage = !args.no_stage;
    let caller = context.caller()?;
    let deployed = match &args.each {
        None => {
            request.path = Some(store.project_path(context.cwd(), &destination(args, context.cwd())?)?);
            vec![store.deploy(&request, &caller)?]
        }
        Some(pattern) => {
            request.path = folder(args, context)?;
            store.deploy_each(&request, pattern, &caller)?
        }
    };
    if out.is_json() {
        out.json_lines(
            deployed
                .iter()
                .map(|one| json::Recorded::new(&one.version, one.recorded, args.dry_run)),
        )?;
    } else {
        print(&deployed, args.dry_run, out)?;
    }
    Ok(Outcome::Done)
}

/// The folder for `--each`; `None` is the project's root.
fn folder(args: &Args, context: &Context) -> Result<Option<ProjectPath>, Failure> {
    let path = args.path.clone().unwrap_or_else(|| ".".into());
    let is_root = context.store()?.work_tree().is_some_and(|root| {
        let there = context.cwd().join(&path).canonicalize();
        there.is_ok_and(|there| root.canonicalize().is_ok_and(|root| root == there))
    });
    if is_root {
        return Ok(None);
    }
    Ok(Some(context.store()?.project_path(context.cwd(), &path)?))
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

fn print(deployed: &[Deployed], dry_run: bool, out: &mut Output) -> Result<(), Failure> {
    for one in deployed {
        let version = &one.version;
        let id = out
            .paint()
            .paint(Tone::Subject, &escape::line(version.artifact_id.as_str()));
        let from = version.upstream.as_ref().and_then(text::upstream_with_ref);
        let from = from.map_or_else(String::new, |from| format!(" from {}", escape::line(&from)));
        let files = text::count(one.files, "file");
        if dry_run {
            let path = escape::line(one.path.as_str()).into_owned();
            out.line(format_args!("Would deploy {id}  {files}{from} to {path}"))?;
            continue;
        }
        let short = version.version_id.short();
        let verb = if one.taken_over { "Took over" } else { "Deployed" };
        out.line(format_args!("{verb} {id}  {short}  {files}{from}"))?;
        if !one.recorded {
            out.aside("  it was recorded already");
        }
    }
    if dry_run {
        out.aside("  nothing was written (--dry-run)");
    } else if deployed.iter().any(|one| one.staged) {
        for one in deployed.iter().filter(|one| one.ignored) {
            out.aside(format!("  {} is ignored, so git knows nothing of it", one.path));
        }
        let known: Vec<&Deployed> = deployed.iter().filter(|one| !one.ignored).collect();
        let what = match &known[..] {
            [] => {
                out.aside("  staged .gitlineage");
                return Ok(());
            }
            [only] => only.path.to_string(),
            several => text::count(several.len(), "artifact"),
        };
        out.aside(format!(
            "  staged {what} and .gitlineage; commit them when you are ready"
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
            ref_name: None,
            each: None,
            dry_run: false,
            no_stage: false,
            signing: SigningArgs::default(),
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
