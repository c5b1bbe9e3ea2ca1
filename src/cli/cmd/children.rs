//! `children`: who derives from a content.

use git_lineage::{ContentHash, LineageStore, QueryError};

use super::{
    super::{dates::DateArgs, text},
    Context, Failure, Outcome, Output, note_missing_versions,
};

/// List the versions that were made from a content, newest first
///
/// Any of their parents counts. Nothing is printed if there are none.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage children b09cd17")]
pub(in crate::cli) struct Args {
    /// The content hash, seven digits or more
    #[arg(value_name = "HASH", value_parser = hash)]
    hash: String,
    #[command(flatten)]
    date: DateArgs,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let store = context.store()?;
    let children = match content(&args.hash, store)? {
        Some(hash) => store.children_of(&hash)?,
        None => Vec::new(),
    };
    if out.is_json() {
        out.json_lines(&children)?;
    } else {
        out.table(&text::versions(&children, &args.date.dates(context)))?;
    }
    if children.is_empty() {
        out.aside(format!("no version was made from the content {}", args.hash));
        note_missing_versions(context, out)?;
    }
    Ok(Outcome::Done)
}

/// True for what can be a hash, whole or abbreviated, of either hash function.
pub(super) fn is_hash(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn hash(text: &str) -> Result<String, &'static str> {
    if is_hash(text) {
        Ok(text.to_owned())
    } else {
        Err("a content hash has seven or more hexadecimal digits")
    }
}

/// The content that a hash names; `None` if it was never recorded, which is an answer here, not an error.
pub(super) fn content(text: &str, store: &LineageStore) -> Result<Option<ContentHash>, Failure> {
    match store.resolve_content(text) {
        Ok(hash) => Ok(Some(hash)),
        Err(QueryError::UnknownContent { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
