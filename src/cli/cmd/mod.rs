//! The commands, one file each: what can be typed (its doc comments are the help text), and what is printed.

pub(super) mod adopt;
pub(super) mod blame;
pub(super) mod children;
pub(super) mod completions;
pub(super) mod demo;
pub(super) mod deploy;
pub(super) mod diff;
pub(super) mod fetch;
pub(super) mod find;
pub(super) mod forget;
pub(super) mod gate;
pub(super) mod graph;
mod holders;
pub(super) mod hook;
pub(super) mod hooks;
pub(super) mod hub;
pub(super) mod index;
pub(super) mod init;
pub(super) mod lineage;
pub(super) mod list;
pub(super) mod log;
pub(super) mod man;
pub(super) mod merge_base;
pub(super) mod mv;
pub(super) mod path;
mod pre_push;
pub(super) mod prune;
pub(super) mod push;
mod receive;
pub(super) mod record;
pub(super) mod remove;
pub(super) mod restore;
pub(super) mod serve;
pub(super) mod setup;
pub(super) mod show;
pub(super) mod status;
pub(super) mod sync;
pub(super) mod undo;
pub(super) mod verify;

use super::{Outcome, clock, context::Context, failure::Failure, hints, output::Output};

/// Says below an empty answer if the versions that it would be found among are not in this clone.
fn note_missing_versions(context: &Context, out: &mut Output) -> Result<(), Failure> {
    let missing = context.store()?.missing_versions(context.line())?;
    if let Some(id) = missing.first() {
        let more = match missing.len() {
            1 => String::new(),
            number => format!(" and {} more", number - 1),
        };
        out.note(format!(
            "the versions of '{id}'{more} are not in this clone: {}",
            hints::FETCH
        ));
    }
    Ok(())
}
