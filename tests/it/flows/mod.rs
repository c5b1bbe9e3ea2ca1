//! The life of an artifact, end to end through the program: deployed, edited, synced, recorded, caught up with.
//!
//! What is recorded is always read with git as well, so that the program never is its own only witness.

mod catch_up;
mod deploy;
mod dry_run;
mod maintenance;
mod sync;
mod sync_each;
mod versions;
