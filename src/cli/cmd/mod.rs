//! The commands, one file each: what can be typed (its doc comments are the help text), and what is printed.

pub(super) mod children;
pub(super) mod demo;
pub(super) mod deploy;
pub(super) mod find;
pub(super) mod index;
pub(super) mod init;
pub(super) mod lineage;
pub(super) mod list;
pub(super) mod log;
pub(super) mod merge_base;
pub(super) mod path;
pub(super) mod record;
pub(super) mod show;
pub(super) mod sync;
pub(super) mod verify;

use super::{Outcome, clock, context::Context, failure::Failure, output::Output};
