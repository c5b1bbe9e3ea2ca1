//! One binary for all integration tests, so that it links once; a module per capability.

mod support;

mod blame;
mod cli_frame;
mod cli_reference;
mod crash;
mod demo;
mod docs;
mod flows;
mod kinds;
mod merge_base;
mod origins;
mod outsider;
mod races;
mod sidecar;
mod verify;
