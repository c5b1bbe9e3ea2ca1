//! git hooks that record by themselves: what they do when git runs them, and how they get where git looks for them.
//!
//! A hook computes rule 3 early: after a commit, a merge, a rewrite or a checkout it catches up with the project's history,
//! as every writing command does first. Nothing depends on it. [`event`] is the table of events, [`call`] decides whether
//! there is anything to do, mostly from what a commit has [touched]; [`log`] keeps failures, which git and the user never
//! see otherwise. [`install`] puts hooks into git's [configuration](config) or beside what is there in the [folder](place)
//! that git uses, as [files] with our [lines](script) in them; [`status`] fires them to see whether they [reach](probe)
//! this program.
//!
//! Guarantees: a hook never stops git; hooks of others go on running, and uninstalling gives back what was there. Leaves to
//! others: rule 3 itself (`project`), and printing.

pub(crate) mod call;
mod change;
mod config;
mod error;
mod event;
mod files;
pub(crate) mod install;
pub(crate) mod log;
mod place;
mod probe;
mod script;
pub(crate) mod status;
mod touched;

pub use call::{HookCall, HookEnd};
pub use change::{HookAction, HookChange, HookManager, HookMethod};
pub use error::HooksError;
pub use event::{HookEvent, UnknownHookEvent};
pub use install::InstallHooks;
pub use log::HookFailure;
pub use status::{CheckHooks, HookCheck, HookObstacle, HookState};
