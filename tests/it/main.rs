//! One binary for all integration tests, so that it links once; a module per capability.

mod adopt;
mod batch;
mod blame;
mod branches;
mod cli_frame;
mod cli_reference;
mod crash;
mod demo;
mod diff;
mod docs;
mod flows;
mod hooks;
mod kinds;
mod merge_base;
mod merging;
mod origins;
mod outsider;
mod prune;
mod races;
mod random_history;
mod sharing;
mod sidecar;
mod signing;
mod status;
mod support;
mod verify;
