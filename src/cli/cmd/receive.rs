//! What git calls where it receives a push: `pre-receive` tells whoever pushed what is refused and what to do, `post-receive` keeps
//! what the push left behind.
//!
//! Exit codes of `pre-receive` are read by the script in `hooks/`: 4 refuses the push, anything else but 0 says that it was not
//! checked.

use std::io::{self, Read as _};

use git_lineage::{HookEvent, HookFailure, LineageStore, PushCheck, PushedRef, ReceiveError};

use super::{super::hints, Context, Failure, Outcome, Output, clock};

/// So many refs are named; whoever pushed sees that more are refused.
const MOST_SHOWN: usize = 20;
/// The longest line shown, in characters before what is harmful in it is spelled out.
const LONGEST: usize = 400;

pub(super) fn run(event: HookEvent, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let mut lines = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut lines)
        .map_err(|source| Failure::Input { source })?;
    let pushed = PushedRef::parse(&lines)?;
    if pushed.is_empty() {
        return Ok(Outcome::Done);
    }
    let store = context.store_in_hook()?;
    match event {
        HookEvent::PreReceive => check(store, &pushed, out),
        _ => keep(store, &pushed, out),
    }
}

fn check(store: &LineageStore, pushed: &[PushedRef], out: &mut Output) -> Result<Outcome, Failure> {
    match store.check_push(pushed) {
        Ok(check) if check.refused.is_empty() => return Ok(Outcome::Done),
        Ok(check) => tell(&check, out),
        Err(error @ (ReceiveError::TooManyRefs { .. } | ReceiveError::TooManyVersions { .. })) => {
            out.aside(format!("lineage: {error}"));
            for hint in hints::receive(&error) {
                out.aside(format!("  hint: {hint}"));
            }
        }
        Err(error) => return Err(error.into()),
    }
    out.aside("  git takes a push as a whole or not at all: no branch of it was taken either");
    out.aside("  without lineage it can go through: git push <remote> <branch>");
    Ok(Outcome::Damage)
}

/// Says of each ref why it is refused, and what to do.
fn tell(check: &PushCheck, out: &mut Output) {
    out.aside(format!(
        "lineage: {} of {} lineage refs cannot be taken",
        check.refused.len(),
        check.refs
    ));
    let mut said = String::new();
    for refused in check.refused.iter().take(MOST_SHOWN) {
        out.aside(format!("  {}", shortened(&refused.name)));
        out.aside(format!("    {}", shortened(&refused.refusal.to_string())));
        let hint = hints::refusal(&refused.refusal);
        if hint != said {
            out.aside(format!("    hint: {hint}"));
            said = hint;
        }
    }
    if let Some(more) = check.refused.len().checked_sub(MOST_SHOWN).filter(|more| *more > 0) {
        out.aside(format!("  and {more} more"));
    }
}

/// What is too long loses its middle: a message says what it is about first, and what is wrong with that last.
fn shortened(text: &str) -> String {
    let start_of = |at: usize| text.char_indices().nth(at).map(|(start, _)| start);
    match (start_of(LONGEST), text.char_indices().nth_back(LONGEST / 2 - 1)) {
        (Some(_), Some((behind, _))) => {
            let before = start_of(LONGEST / 2).unwrap_or_default();
            format!("{}…{}", &text[..before], &text[behind..])
        }
        _ => text.to_owned(),
    }
}

/// git has taken the push, whatever happens here: a failure is told, and goes to the log.
fn keep(store: &LineageStore, pushed: &[PushedRef], out: &mut Output) -> Result<Outcome, Failure> {
    match store.keep_left_behind(pushed) {
        Ok(kept) if kept.is_empty() => {}
        Ok(kept) => out.aside(format!(
            "lineage: {} versions that no head contains any more are kept on the server",
            kept.len()
        )),
        Err(error) => {
            let failure = HookFailure::new(HookEvent::PostReceive, &error, clock::now());
            // If not even the log can be written, whoever pushed still reads it.
            let _ = store.log_hook_failure(&failure);
            return Err(error.into());
        }
    }
    Ok(Outcome::Done)
}
