//! Hermetic support for the integration tests: repositories in temporary folders, git and `git-lineage` as child
//! processes.
//!
//! Guarantees: a child sees no configuration, identity, date, locale or terminal of the machine ([`env`]), only what is
//! set here; every call of git or `git-lineage` happens one second after the one before, from 2026-01-01T00:00:00 UTC
//! on ([`env::Clock`]), so that equal tests make equal commit ids; everything lies in one temporary folder per
//! [`TestRepo`](repo::TestRepo) family and goes with it. The environment of the test process itself is never changed.
//!
//! Leaves to the tests: what they expect. See [`repo`] for repositories (their files: `files`), [`run`] for calls and
//! their output.

#![allow(
    dead_code,
    reason = "shared by all modules of the test binary; not each needs everything"
)]
#![allow(unused_imports, reason = "the names most tests need, in one place")]

use std::io::Write as _;

pub(crate) mod env;
mod files;
pub(crate) mod project;
pub(crate) mod repo;
mod rng;
pub(crate) mod run;
mod selftest;
pub(crate) mod terminal;
pub(crate) mod unprivileged;
pub(crate) mod writer;

pub(crate) use files::fixtures;
pub(crate) use repo::TestRepo;
pub(crate) use rng::Rng;
pub(crate) use run::{Call, Output};

/// Says that something was not tried, and why, past the test runner: that one keeps to itself what passing tests print.
pub(crate) fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}
