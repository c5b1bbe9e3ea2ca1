//! `verify`: refs, commits, trailers, parent hashes, content, manifest and sidecar checked against one another.
//!
//! Every other room stops at the first thing it cannot read; this one goes on and lists all of it. It depends on nothing
//! that could be damaged: refs are listed file by file ([`refs`]), commits read one by one ([`commits`]), and the sidecar
//! is looked at as it lies there, neither brought up to date nor rebuilt ([`sidecar`]). One pass: each commit and each tree
//! is read once, each file is asked for once, however many versions share it.
//!
//! [`rules`] holds versions against their parents, [`contents`] and [`links`] look at what they hold, [`baselines`] at what
//! they promise about project commits, [`manifest`] at the manifest, [`pending`] at unfinished operations and, where that
//! is asked for, [`signatures`] at signatures. [`code`] names all that can be found. Mending is left to others.
//! [`receive`] holds what a push brings to a server against the same rules. Mending is left to others.

mod baselines;
mod code;
mod commits;
mod contents;
mod links;
mod manifest;
mod objects;
mod pending;
pub(crate) mod receive;
mod refs;
mod report;
mod rules;
mod sidecar;
pub(crate) mod signatures;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::{
    git::Repo,
    id::{ArtifactId, VersionId},
    index::{self, Look},
    progress::ProgressStage,
    query::QueryError,
    similar::similar_ids,
};

use baselines::{Baselines, Upstreams};
use commits::{Commits, Node};
use contents::{Contents, Judge};
use links::Links;
use manifest::Manifests;
use objects::Objects;
use refs::Refs;
use report::{About, Report};
use rules::Rules;
use sidecar::Truth;

pub use signatures::{SignatureFault, SignatureFinding};

/// What `verify` found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Verification {
    /// All damage, in the order it was met.
    pub findings: Vec<Finding>,
    /// How many artifacts were looked at.
    pub artifacts: usize,
    /// How many versions.
    pub versions: usize,
    /// On how many lines.
    pub lines: usize,
}

/// One piece of damage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// Whose version it is, as far as that can be told.
    pub artifact_id: Option<ArtifactId>,
    /// Which version it concerns.
    pub version_id: Option<VersionId>,
    /// A stable name for this kind of damage.
    pub code: String,
    /// What is wrong, for people.
    pub message: String,
}

/// Looks at everything that belongs to these artifacts, or to any if there are none, and goes on past damage. With
/// `signatures` git is asked about those, too.
///
/// # Errors
/// [`QueryError::UnknownVersion`] for an artifact that nothing here knows; what keeps it from looking at all.
pub(crate) fn verify(repo: &Repo, ids: &[ArtifactId], signatures: bool) -> Result<Verification, QueryError> {
    // The sidecar before the refs: what is recorded meanwhile then leaves it behind, and that is no fault.
    let look = index::look(repo)?;
    look.at_one_moment(|| run(repo, ids, signatures, &look))
}

fn run(repo: &Repo, ids: &[ArtifactId], signatures: bool, look: &Look) -> Result<Verification, QueryError> {
    let objects = Objects::new(repo);
    let mut report = Report::default();
    let refs = Refs::list(repo)?;
    let mut commits = Commits::new(&objects, ids);
    refs.visit(&mut commits);
    let commits = commits;
    let upstreams = Upstreams::of(&commits);

    refs.check(&commits, &mut report);
    let mut contents = Contents::new(&objects);
    check_versions(repo, &commits, &upstreams, &mut contents, &mut report)?;
    pending::check(&refs, &commits, &objects, &mut contents, &mut report);
    let manifests = manifest::check(&objects, &commits, &mut report);
    let mut baselines = Baselines::new(&commits, &upstreams, &objects);
    baselines.check(&mut report);
    let truth = Truth {
        repo,
        refs: &refs,
        commits: &commits,
        manifests: &manifests,
    };
    sidecar::check(look, &truth, &mut baselines, &mut report)?;

    let checked: Vec<&Node> = commits.checked().map(|(_, node)| node).collect();
    if signatures {
        let sound = checked.iter().filter(|node| node.is_sound());
        signatures::report(repo, sound.map(|node| node.id), &mut report)?;
    }
    let artifacts: BTreeSet<&ArtifactId> = checked.iter().filter_map(|node| commits.artifact_of(node)).collect();
    for id in ids {
        if !(artifacts.contains(id) || refs.name(id) || manifests.named.contains(id) || report.names(id)) {
            return Err(unknown(id, &commits, &manifests));
        }
    }
    Ok(Verification {
        artifacts: artifacts.len(),
        versions: checked.len(),
        lines: refs.lines(&commits),
        findings: report.findings,
    })
}

fn check_versions(
    repo: &Repo,
    commits: &Commits<'_>,
    upstreams: &Upstreams,
    contents: &mut Contents<'_>,
    report: &mut Report,
) -> Result<(), QueryError> {
    let rules = Rules {
        hash: repo.hash_kind(),
        boundary: repo.shallow_boundary()?,
    };
    let mut links = Links::new(contents.objects());
    let total = commits.checked().count();
    for (done, (place, node)) in commits.checked().enumerate() {
        repo.progress().step(ProgressStage::CheckingVersions, done, Some(total));
        rules.check(commits, node, report);
        let about = About {
            artifact: commits.artifact_of(node),
            version: Some(node.id),
        };
        let Some(tree) = node.tree else { continue };
        contents.check(tree, Judge::Version, about, report);
        if upstreams.is_upstream(place) {
            links.check(tree, contents, about, report);
        }
    }
    Ok(())
}

fn unknown(id: &ArtifactId, commits: &Commits<'_>, manifests: &Manifests) -> QueryError {
    let known: BTreeSet<&ArtifactId> = commits.artifacts.iter().chain(&manifests.named).collect();
    QueryError::UnknownVersion {
        text: id.to_string(),
        similar: similar_ids(id.as_str(), known.into_iter().filter(|known| *known != id)),
    }
}
