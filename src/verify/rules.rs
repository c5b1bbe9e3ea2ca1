//! What each version must be beside its parents: of one artifact, with the right `Parent-Hash`, and not without them
//! unless a shallow clone was cut there.

use std::collections::HashSet;

use gix::ObjectId;

use super::{
    code::Code,
    commits::{Commits, Found, Node, Parent},
    report::{About, Report},
};
use crate::{
    id::{ArtifactId, CommitId, ContentHash, HashKind},
    origin::ChangeOrigin,
    version::{
        Damage,
        trailers::{FORMAT, Key},
    },
};

/// What rules need to know of the repository.
pub(super) struct Rules {
    pub(super) hash: HashKind,
    /// Commits whose parents a shallow clone left out.
    pub(super) boundary: HashSet<ObjectId>,
}

impl Rules {
    /// Reports everything that is wrong with one version but its content.
    pub(super) fn check(&self, commits: &Commits<'_>, node: &Node, report: &mut Report) {
        let artifact = commits.artifact_of(node);
        let about = About {
            artifact,
            version: Some(node.id),
        };
        for damage in commits.damage_of(node.id) {
            report.add_damage(damage, about);
        }
        for parent in &node.parents {
            self.check_parent(commits, node, artifact, *parent, report);
        }
        if let Some(damage) = forged_parent_hash(commits, node) {
            report.add_damage(&damage, about);
        }
        if let Some(damage) = node.project_commit.and_then(|commit| self.nonsense(commit)) {
            report.add_damage(&damage, about);
        }
        // What a newer format means by its words is not for us to judge.
        if node.format <= FORMAT && node.origin == Some(ChangeOrigin::Deployment) && !node.parents.is_empty() {
            let message = "Change-Origin is deployment, but it has a parent: deployments are roots";
            report.add(Code::DeploymentWithParent, about, message);
        }
    }

    fn check_parent(
        &self,
        commits: &Commits<'_>,
        node: &Node,
        artifact: Option<&ArtifactId>,
        parent: Parent,
        report: &mut Report,
    ) {
        let about = About {
            artifact,
            version: Some(node.id),
        };
        let id = parent.id;
        match parent.found {
            Found::Missing if self.boundary.contains(&node.id.oid()) => {}
            Found::Missing => report.add(Code::MissingParent, about, format!("its parent {id} is missing")),
            Found::NoVersion => {
                let why = match commits.why_no_version(id) {
                    [Damage::NotACommit { kind }] => format!("a {kind}, not a commit"),
                    _ => "a commit without any lineage trailers".to_owned(),
                };
                report.add(Code::ParentNotAVersion, about, format!("its parent {id} is {why}"));
            }
            Found::Node(place) => {
                let theirs = commits.artifact_of(&commits.nodes[place]);
                if let (Some(own), Some(other)) = (artifact, theirs)
                    && own != other
                {
                    let message = format!("its parent {id} is a version of {other}");
                    report.add(Code::ParentOfAnotherArtifact, about, message);
                }
            }
        }
    }

    /// Nothing depends on the project commit, so only what cannot be one is wrong.
    fn nonsense(&self, commit: CommitId) -> Option<Damage> {
        let reason = if commit.hash_kind() != self.hash {
            "it is not of this repository's hash function"
        } else if commit.oid().is_null() {
            "it is the null id, which names no commit"
        } else {
            return None;
        };
        Some(Damage::MalformedTrailer {
            key: Key::ProjectCommit.as_str(),
            value: commit.to_string(),
            reason: reason.to_owned(),
        })
    }
}

fn forged_parent_hash(commits: &Commits<'_>, node: &Node) -> Option<Damage> {
    let claimed = node.parent_hash?;
    let Found::Node(place) = node.parents.first()?.found else {
        return None;
    };
    let actual = ContentHash::from_oid(commits.nodes[place].tree?);
    (claimed != actual && claimed.hash_kind() == actual.hash_kind()).then_some(Damage::ParentHashMismatch {
        claimed: Some(claimed),
        actual: Some(actual),
    })
}
