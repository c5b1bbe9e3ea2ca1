//! A hub: a bare repository that fetches the lineage of many projects, so that one question is asked of all of them.
//!
//! Every project is a git remote whose only fetch refspec is that of its lineage heads ([`projects`]); [`name`] says how it
//! may be called, [`init`] makes the repository. [`fetch`] asks all projects what their heads are, [`remote`] is how git is
//! called for that, many at a time ([`parallel`]), and [`arrive`] lets in what came.
//!
//! Guarantees: only lineage enters, never a branch of a project; a head enters only if all that hangs on it can be read, so
//! that no project can make the hub useless for the others; one that fails stops no other; what was fetched once stays
//! reachable, whatever the projects do to their refs; credentials in URLs are in no answer and no message. Left to others:
//! what the versions mean, and what is asked of them (`query`).

mod arrive;
mod error;
mod fetch;
mod init;
mod name;
mod parallel;
mod projects;
mod remote;

use std::path::PathBuf;

use crate::version::Timestamp;

pub(crate) use arrive::{Arrived, arrive};
pub use error::HubError;
pub(crate) use fetch::{Store, fetch};
pub(crate) use init::{init, is_hub};
pub(crate) use projects::{Remote, add, list, remove};
pub(crate) use remote::Heads;

/// A hub that was made, or a bare repository that is one now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HubInitialized {
    /// The repository, absolute.
    pub path: PathBuf,
    /// False if the repository was there already.
    pub created: bool,
}

/// A project of a hub.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HubProject {
    /// The name of its remote.
    pub name: String,
    /// Where it is fetched from, without credentials.
    pub url: String,
    /// Below what its lineage refs stand over there.
    pub ref_prefix: String,
    /// How many artifacts it has, as last fetched.
    pub artifacts: usize,
    /// How many heads: an artifact has one on each line where a version of it was made.
    pub heads: usize,
    /// When it was last fetched without an error, by a hub's `fetch`.
    pub fetched_at: Option<Timestamp>,
}

/// Which project to add to a hub.
#[derive(Debug, Clone, Default)]
pub struct AddProject {
    /// What git can fetch from: a URL, or a path, which counts from the hub's own directory unless it is absolute.
    pub url: String,
    /// How it is to be called; by default as the last part of the URL.
    pub name: Option<String>,
    /// The project's `lineage.refPrefix`, where it is not the default one.
    pub ref_prefix: Option<String>,
}

/// Which projects of a hub to fetch, and how.
#[derive(Debug, Clone)]
pub struct FetchProjects {
    /// Their names; none means all.
    pub names: Vec<String>,
    /// How many are asked at the same time; at least one is. Where several are, git asks nobody for passwords.
    pub jobs: usize,
    /// What time it is.
    pub at: Timestamp,
}

impl FetchProjects {
    /// All projects, eight at a time.
    pub fn all(at: Timestamp) -> Self {
        FetchProjects {
            names: Vec::new(),
            jobs: 8,
            at,
        }
    }
}

/// What fetching a project brought.
#[derive(Debug)]
#[non_exhaustive]
pub struct FetchedProject {
    /// Its name.
    pub name: String,
    /// Where it is fetched from, without credentials.
    pub url: String,
    /// What has changed here.
    pub changes: ProjectChanges,
    /// What went wrong: nothing came, or with [`HubError::Refused`] not everything.
    pub error: Option<HubError>,
}

/// How the heads of a project have changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProjectChanges {
    /// Heads that are new.
    pub added: usize,
    /// Heads that are elsewhere now.
    pub moved: usize,
    /// Heads that are gone over there, and here.
    pub removed: usize,
    /// Of the heads that moved or went, how many nothing else contains; their versions are kept.
    pub kept: usize,
}

impl ProjectChanges {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == ProjectChanges::default()
    }
}

/// How far a fetch has come, for who waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct HubProgress<'a> {
    /// The project that was just done.
    pub name: &'a str,
    /// How many are done.
    pub done: usize,
    /// How many there are to do.
    pub total: usize,
}
