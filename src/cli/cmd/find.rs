//! `find`: which versions are exactly this content.

use std::path::Path;

use git_lineage::{ArtifactVersion, ContentHash, LineageStore, QueryError};

use super::{
    super::{escape, json, style::Tone, text},
    Context, Failure, Outcome, Output, children, holders, note_missing_versions,
};

/// Find the versions that are exactly this content, in any artifact
///
/// A path is hashed first, so a copy anywhere on this machine can be asked where it came from. A text of seven or more
/// hexadecimal digits is a content hash, unless there is such a file. Nothing is printed if the content was never
/// recorded.
///
/// With --where it tells on which lines each version stands, of this repository and of remotes as last fetched: which have
/// it as their newest, and which went on from there, with what was made of it by whom. In a hub (see 'git lineage hub')
/// it always does.
///
/// With --upstream the history of a git repository is looked through instead: every directory and file that it ever had, or
/// only what --from names. Where nothing there is just this content, the nearest state is named, with what a
/// 'git diff --numstat' from there to the copy adds up to.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage find ~/Downloads/pdf-skill-copy    where did this copy come from?
  git lineage find b09cd17
  git lineage find b09cd17 --where               who still runs it, and who changed it since?
  git lineage find .claude/skills/pdf --upstream https://github.com/anthropics/skills")]
pub(in crate::cli) struct Args {
    /// A content hash, or the path of a directory or file
    #[arg(value_name = "HASH|PATH")]
    what: std::path::PathBuf,
    /// Tell which lines, here and on remotes, hold each version, and what they made of it
    #[arg(long = "where", conflicts_with = "upstream")]
    with_holders: bool,
    /// Look through the history of this git repository
    #[arg(long, value_name = "SRC")]
    upstream: Option<String>,
    /// Only at this path inside it, and at what that was before it was moved
    #[arg(long, value_name = "SUBPATH", requires = "upstream")]
    from: Option<String>,
    /// The branch, tag or commit to look through [default: the branch its HEAD names]
    #[arg(long = "ref", value_name = "REF", requires = "upstream")]
    ref_name: Option<String>,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let store = context.store()?;
    let path = context.cwd().join(&args.what);
    if let Some(upstream) = &args.upstream {
        return in_upstream(&path, upstream, args, context, out);
    }
    let (hashes, found) = if path.symlink_metadata().is_ok() {
        store.find_by_path(&path)?
    } else {
        by_hash(&args.what, store)?
    };
    if found.is_empty() {
        nothing(args, &hashes, context, out)?;
    } else if args.with_holders || store.is_hub() {
        holders::print(&found, &store.holders(&found)?, out)?;
    } else if out.is_json() {
        out.json_lines(&found)?;
    } else {
        print_all(&found, context, out)?;
    }
    Ok(Outcome::Done)
}

/// Where in an upstream's history it is.
fn in_upstream(
    path: &Path,
    upstream: &str,
    args: &Args,
    context: &Context,
    out: &mut Output,
) -> Result<Outcome, Failure> {
    let source = context.source(upstream)?;
    let (from, ref_name) = (args.from.as_deref(), args.ref_name.as_deref());
    let found = context.store()?.find_upstream(path, &source, from, ref_name)?;
    if out.is_json() {
        out.json_lines(found.iter().map(json::UpstreamLine::from))?;
        return Ok(Outcome::Done);
    }
    for one in &found {
        let from = text::upstream_with_ref(&one.upstream).unwrap_or_default();
        let place = one.upstream.path.as_deref().unwrap_or(".");
        let (place, from) = (escape::line(place).into_owned(), escape::line(&from).into_owned());
        let place = out.paint().paint(Tone::Subject, &place);
        let until = match one.upstream.commit {
            Some(commit) if commit != one.newest_commit => format!(", until {}", one.newest_commit.short()),
            _ => String::new(),
        };
        if one.is_exact() {
            out.line(format_args!("it is {place} of {from}{until}"))?;
        } else {
            let files = text::count(one.distance.files, "file");
            let (added, deleted) = (one.distance.added_lines, one.distance.deleted_lines);
            let verb = if one.distance.files == 1 { "differs" } else { "differ" };
            out.line(format_args!(
                "it is nearest to {place} of {from}{until}: {files} {verb}, +{added} -{deleted} lines"
            ))?;
        }
    }
    if found.is_empty() {
        out.aside("nothing like it was ever there");
    }
    Ok(Outcome::Done)
}

fn nothing(args: &Args, hashes: &[ContentHash], context: &Context, out: &mut Output) -> Result<(), Failure> {
    let hashes: Vec<String> = hashes.iter().map(ContentHash::short).collect();
    let what = if hashes.is_empty() {
        args.what.to_string_lossy().into_owned()
    } else {
        hashes.join(", ")
    };
    out.aside(format!("no recorded version has this content ({what})"));
    note_missing_versions(context, out)
}

fn print_all(found: &[ArtifactVersion], context: &Context, out: &mut Output) -> Result<(), Failure> {
    for (at, version) in found.iter().enumerate() {
        // How far behind is said once for each artifact, of its newest such version.
        let first = found[..at].iter().all(|other| other.artifact_id != version.artifact_id);
        print(version, first, context, out)?;
    }
    Ok(())
}

fn by_hash(what: &Path, store: &LineageStore) -> Result<(Vec<ContentHash>, Vec<ArtifactVersion>), Failure> {
    let text = what.to_string_lossy();
    if !children::is_hash(&text) {
        return Err(Failure::NeitherPathNorHash {
            text: text.into_owned(),
        });
    }
    Ok(match children::content(&text, store)? {
        Some(hash) => (vec![hash], store.find_by_content(&hash)?),
        None => (Vec::new(), Vec::new()),
    })
}

fn print(version: &ArtifactVersion, with_distance: bool, context: &Context, out: &mut Output) -> Result<(), Failure> {
    let paint = out.paint();
    let facts = holders::facts(version);
    let facts = escape::line(&facts);
    let distance = if with_distance {
        distance(version, context)?
    } else {
        String::new()
    };
    out.line(format_args!(
        "{} is {} at {} ({facts}){}",
        version.content_hash.short(),
        paint.paint(Tone::Subject, &escape::line(version.artifact_id.as_str())),
        version.version_id.short(),
        escape::line(&distance),
    ))?;
    Ok(())
}

/// Where the version stands on the current line; empty if it is not part of it.
fn distance(version: &ArtifactVersion, context: &Context) -> Result<String, Failure> {
    let store = context.store()?;
    let line = match context.line() {
        Some(line) => Some(line.clone()),
        None => store.current_line()?,
    };
    let Some(line) = line else {
        return Ok(String::new());
    };
    let head = match store.resolve(version.artifact_id.as_str(), Some(&line)) {
        Ok(head) => head,
        // An artifact without a version on this line has no distance to it.
        Err(QueryError::NotOnLine { .. } | QueryError::UnknownVersion { .. }) => return Ok(String::new()),
        Err(error) => return Err(error.into()),
    };
    if head == version.version_id {
        return Ok(format!("; the newest on line {line}"));
    }
    let path = store.path_between(&version.version_id, &head)?;
    // A path can also lead back, to a head that is older, or to a common ancestor first.
    let onwards = |pair: &[ArtifactVersion]| pair[1].parent_ids.contains(&pair[0].version_id);
    let behind = if path.windows(2).all(onwards) {
        path.len().saturating_sub(1)
    } else {
        0
    };
    Ok(match behind {
        0 => String::new(),
        behind => format!("; {} behind on line {line}", text::count(behind, "version")),
    })
}
