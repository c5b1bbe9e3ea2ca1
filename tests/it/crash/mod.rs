//! Processes killed at any instant: every version that was reported is there, the next
//! command works, and no lock blocks for ever.
//!
//! [`by_time`] kills at a random time. [`kills`] kills at a chosen system call: whatever a command writes, renames or
//! deletes, each of those calls in turn is its last one, or the last one of a git that it has called; [`found`] has those
//! calls that have mattered. [`errors`] lets the calls fail instead: the disk is full, or cannot be written or read. [`loss`]
//! keeps a list of the calls and loses what was not synced. [`shim`] is how calls are counted, [`cases`] are the commands,
//! [`sweep`] tries one at many calls, and [`checks`] is what must hold afterwards.

mod by_time;
mod case;
mod cases;
pub(crate) mod checks;
mod disk;
mod errors;
mod found;
mod kills;
mod loss;
mod projects;
mod shim;
mod sweep;
mod told;
