//! `show`: one version with everything it holds.

use git_lineage::{ContentHash, VersionDetails};

use super::{
    super::{
        dates::{DateArgs, Dates},
        escape, json,
        style::Tone,
        table::{Cell, Table},
        text,
    },
    Context, Failure, Outcome, Output,
};

/// Show one version: what it is, where it comes from, its lineage and its files
///
/// Exits with 1 if there is no such version.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage show skill/pdf
  git lineage show skill/pdf~2
  git lineage show 3cf9a8d --json")]
pub(in crate::cli) struct Args {
    /// The version, e.g. skill/pdf, skill/pdf@main or a version id
    #[arg(value_name = "VERSION")]
    version: String,
    #[command(flatten)]
    date: DateArgs,
}

/// More of a lineage than this is for `git lineage lineage` to tell.
const SHOWN_LINEAGE: usize = 8;

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let details = context.store()?.details(&context.resolve(&args.version)?)?;
    if out.is_json() {
        out.json(&json::Shown::from(&details))?;
    } else {
        print(&details, &args.date.dates(context), out)?;
    }
    Ok(Outcome::Done)
}

fn print(details: &VersionDetails, dates: &Dates, out: &mut Output) -> Result<(), Failure> {
    let version = &details.version;
    let paint = out.paint();
    out.line(format_args!(
        "{}  {}  {}, {} by {}",
        paint.paint(Tone::Subject, &escape::line(version.artifact_id.as_str())),
        version.version_id.short(),
        paint.paint(Tone::of(version.change_origin), text::origin(version.change_origin)),
        dates.show(version.created_at),
        escape::line(&version.author.name),
    ))?;
    let mut table = Table::default();
    let mut field = |name: &str, value: String| {
        table.row(vec![Cell::new(Tone::Dim, format!("  {name}")), Cell::plain(value)]);
    };
    field("version", version.version_id.to_string());
    field("content", version.content_hash.to_string());
    for parent in &version.parent_ids {
        field("parent", parent.to_string());
    }
    if version.orphan {
        let content = version
            .parent_hash
            .map_or_else(String::new, |hash| format!(" (its content was {})", hash.short()));
        field("", format!("a parent is not in this clone{content}"));
    }
    field("created", version.created_at.to_string());
    field("author", format!("{} <{}>", version.author.name, version.author.email));
    if let Some(upstream) = version.upstream.as_ref().and_then(text::upstream_with_ref) {
        field("upstream", upstream);
    }
    if let Some(commit) = &version.project_commit {
        field("from commit", commit.to_string());
    }
    if details.signed {
        field("signed", "yes; 'git lineage verify --signatures' checks it".to_owned());
    }
    if let Some(format) = details.newer_format {
        field(
            "format",
            format!("{format}, of a newer program; not all of it is understood here"),
        );
    }
    for trailer in &details.trailers {
        field(&trailer.key, trailer.value.clone());
    }
    field("lineage", lineage(&details.version_lineage));
    out.table(&table)?;
    out.line("")?;
    for line in message(&details.message).lines() {
        out.line(format!("    {}", escape::block(line)).trim_end())?;
    }
    out.line("")?;
    let mut files = Table::default();
    for file in &details.files {
        files.row(vec![
            Cell::new(Tone::Dim, file.mode),
            Cell::number(file.size),
            Cell::plain(escape::path(&file.path)),
        ]);
    }
    out.table(&files)?;
    Ok(())
}

/// Oldest first; of a long one the end, which is what this version is about.
fn lineage(hashes: &[ContentHash]) -> String {
    let skipped = hashes.len().saturating_sub(SHOWN_LINEAGE);
    let shown: Vec<String> = hashes[skipped..].iter().map(ContentHash::short).collect();
    let more = if skipped > 0 {
        format!("({skipped} before) → ")
    } else {
        String::new()
    };
    format!("{more}{}", shown.join(" → "))
}

/// The message without the paragraph of trailers, whose content is shown field by field.
fn message(message: &str) -> &str {
    let message = message.trim_end();
    match message.rsplit_once("\n\n") {
        Some((text, last)) if last.lines().any(|line| line.starts_with("Lineage-Format:")) => text.trim_end(),
        _ => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trailers_are_not_shown_twice() {
        let trailers = "Lineage-Format: 1\nArtifact-Id: skill/pdf\n";
        assert_eq!(message(&format!("a\n\nb\n\nc\n\n{trailers}")), "a\n\nb\n\nc");
        assert_eq!(message(&format!("a\n\n{trailers}")), "a");
        assert_eq!(message("a\n\nb: c\n"), "a\n\nb: c");
        assert_eq!(message(""), "");
    }

    #[test]
    fn a_long_lineage_is_shown_at_its_end() {
        let hashes: Vec<ContentHash> = (0..10)
            .map(|n| n.to_string().repeat(40).parse().expect("valid"))
            .collect();
        assert_eq!(lineage(&hashes[..2]), "0000000 → 1111111");
        assert!(lineage(&hashes).starts_with("(2 before) → 2222222 → "));
        assert_eq!(lineage(&[]), "");
    }
}
