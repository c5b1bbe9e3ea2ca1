//! [`Progress`]: how far something has come that may take long. What it is for is told; showing it, and not too early, is left
//! to who listens.

use std::{fmt, sync::Arc};

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProgressStage {
    /// Versions are read from their commits into the sidecar.
    IndexingVersions,
    /// The project's commits are caught up with.
    ReadingCommits,
    /// Upstreams are asked, artifact by artifact.
    AskingUpstreams,
    /// Artifacts are deployed.
    Deploying,
    /// The past of a path becomes versions.
    Adopting,
    /// Versions are read to be checked.
    ReadingVersions,
    /// Versions are checked.
    CheckingVersions,
}

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is being done; one may be done more than once, and others between.
    pub stage: ProgressStage,
    /// How much of it is done.
    pub done: u64,
    /// How much there is, if that is known.
    pub total: Option<u64>,
}

type Listener = dyn Fn(Progress) + Send + Sync;

/// Whoever listens, if anybody does.
#[derive(Clone, Default)]
pub(crate) struct Reporter(Option<Arc<Listener>>);

impl Reporter {
    pub(crate) fn to(listener: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Reporter(Some(Arc::new(listener)))
    }

    /// Tells how far `stage` has come; cheap where nobody listens.
    pub(crate) fn step(&self, stage: ProgressStage, done: usize, total: Option<usize>) {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        if let Some(listener) = &self.0 {
            listener(Progress {
                stage,
                done: count(done),
                total: total.map(count),
            });
        }
    }
}

impl fmt::Debug for Reporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reporter").field(&self.0.is_some()).finish()
    }
}
