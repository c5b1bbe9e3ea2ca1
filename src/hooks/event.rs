//! [`HookEvent`]: the table of the events that lineage hooks into.

use std::{fmt, str::FromStr};

use crate::id::serde_as_text;

/// An event at which git runs a lineage hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum HookEvent {
    /// A commit was made.
    PostCommit,
    /// A merge or a pull has ended without conflicts.
    PostMerge,
    /// Commits were rewritten, by an amend or a rebase.
    PostRewrite,
    /// Another branch was checked out; also after a clone or a new work tree.
    PostCheckout,
    /// `git am` has made a commit of a patch.
    PostApplypatch,
    /// Refs are about to be pushed.
    PrePush,
    /// On a server: a push was received and may still be refused.
    PreReceive,
    /// On a server: a push was taken.
    PostReceive,
}

/// One line of the table: the event, git's name of it, and the script that calls this program.
struct Row(HookEvent, &'static str, &'static str);

/// The events of a clone, in the order in which they are shown. A new one needs a script in `hooks/`, a line here, and an arm in
/// `call.rs` that says when it has nothing to do.
const TABLE: [Row; 6] = [
    Row(
        HookEvent::PostCommit,
        "post-commit",
        include_str!("../../hooks/post-commit"),
    ),
    Row(
        HookEvent::PostMerge,
        "post-merge",
        include_str!("../../hooks/post-merge"),
    ),
    Row(
        HookEvent::PostRewrite,
        "post-rewrite",
        include_str!("../../hooks/post-rewrite"),
    ),
    Row(
        HookEvent::PostCheckout,
        "post-checkout",
        include_str!("../../hooks/post-checkout"),
    ),
    Row(
        HookEvent::PostApplypatch,
        "post-applypatch",
        include_str!("../../hooks/post-applypatch"),
    ),
    Row(HookEvent::PrePush, "pre-push", include_str!("../../hooks/pre-push")),
];

/// The events of a server, apart from the others: they are installed only where that is asked for.
const SERVER: [Row; 2] = [
    Row(
        HookEvent::PreReceive,
        "pre-receive",
        include_str!("../../hooks/pre-receive"),
    ),
    Row(
        HookEvent::PostReceive,
        "post-receive",
        include_str!("../../hooks/post-receive"),
    ),
];

/// A text that names no event with a lineage hook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no lineage hook for '{name}'")]
pub struct UnknownHookEvent {
    /// The text as given.
    pub name: String,
}

impl HookEvent {
    /// The events of a clone, in the order in which they are shown.
    pub fn all() -> impl ExactSizeIterator<Item = HookEvent> {
        TABLE.iter().map(|row| row.0)
    }

    /// The events of a server, in the order in which they are shown.
    pub fn server() -> impl ExactSizeIterator<Item = HookEvent> {
        SERVER.iter().map(|row| row.0)
    }

    /// The events of a server, or those of a clone.
    pub(super) fn of(server: bool) -> Vec<HookEvent> {
        if server {
            HookEvent::server().collect()
        } else {
            HookEvent::all().collect()
        }
    }

    /// Whether git runs it where it receives a push.
    pub fn is_server(self) -> bool {
        SERVER.iter().any(|row| row.0 == self)
    }

    /// git's name of the event, which is that of the hook file.
    pub fn as_str(self) -> &'static str {
        self.row().1
    }

    /// git tells it on standard input what it is about, and it may stop git.
    pub(super) fn is_asked(self) -> bool {
        self == HookEvent::PrePush
    }

    /// The hook as a file of its own.
    pub(super) fn script(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> &'static Row {
        let row = TABLE.iter().chain(&SERVER).find(|row| row.0 == self);
        row.expect("the tables have a line for every event, which a test checks")
    }
}

impl fmt::Display for HookEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for HookEvent {
    type Err = UnknownHookEvent;

    fn from_str(text: &str) -> Result<Self, UnknownHookEvent> {
        let row = TABLE.iter().chain(&SERVER).find(|row| row.1 == text);
        row.map(|row| row.0)
            .ok_or_else(|| UnknownHookEvent { name: text.to_owned() })
    }
}

serde_as_text!(HookEvent);
