//! What is wrong with the new versions of a push. The rules are those of `verify`, and two of a server: a version says where its
//! content came from, and in words that are known here.

use std::collections::HashMap;

use gix::ObjectId;

use super::{
    super::{
        Finding,
        commits::{Commits, Found, Node},
        contents::{Contents, Judge},
        links::Links,
        objects::Objects,
        report::{About, Report},
        rules::Rules,
        signatures::{self, SignatureFinding},
    },
    PushRefusal,
    settings::Settings,
};
use crate::{
    git::{GitError, Repo},
    id::VersionId,
    origin::ChangeOrigin,
    version::trailers::FORMAT,
};

/// After so many versions that are refused the others are not looked at: the push is refused whatever they are.
const MOST_FAULTS: usize = 1000;

/// What is wrong at or below the versions of a push.
pub(super) struct Faults {
    faults: Vec<PushRefusal>,
    /// By the place of a version: the fault of the oldest one at or below it that has one.
    first: Vec<Option<usize>>,
    /// How many versions are new.
    pub(super) versions: usize,
}

impl Faults {
    pub(super) fn of(
        repo: &Repo,
        objects: &Objects<'_>,
        commits: &Commits<'_>,
        settings: &Settings,
    ) -> Result<Self, GitError> {
        let new = commits.nodes.iter().filter(|node| !node.outside).map(|node| node.id);
        let signatures = if settings.require_signatures {
            signatures::check(repo, new, true)?
        } else {
            Vec::new()
        };
        let signatures = signatures.into_iter().map(|finding| (finding.version_id, finding));
        let mut judge = Judgement {
            repo,
            signatures: signatures.collect(),
            commits,
            settings,
            rules: Rules {
                hash: repo.hash_kind(),
                boundary: repo.shallow_boundary()?,
            },
            contents: Contents::new(objects),
            links: Links::new(objects),
            upstream: HashMap::new(),
        };
        let mut found = Faults {
            faults: Vec::new(),
            first: Vec::with_capacity(commits.nodes.len()),
            versions: commits.checked().count(),
        };
        for node in &commits.nodes {
            let below = node.parents.iter().filter_map(|parent| match parent.found {
                Found::Node(place) => found.first[place],
                Found::Missing | Found::NoVersion => None,
            });
            let mut first = below.min();
            if first.is_none() && !node.outside && found.faults.len() < MOST_FAULTS {
                let fault = judge.fault(node);
                first = fault.map(|fault| {
                    found.faults.push(fault);
                    found.faults.len() - 1
                });
            }
            found.first.push(first);
        }
        Ok(found)
    }

    /// Why a version cannot be let in: what is wrong with it or with one that it contains.
    pub(super) fn at(&self, place: usize) -> Option<&PushRefusal> {
        self.first[place].map(|fault| &self.faults[fault])
    }
}

struct Judgement<'a> {
    repo: &'a Repo,
    commits: &'a Commits<'a>,
    settings: &'a Settings,
    rules: Rules,
    contents: Contents<'a>,
    links: Links<'a>,
    /// What is wrong with those, where they are asked for.
    signatures: HashMap<VersionId, SignatureFinding>,
    /// Which versions hold nothing but upstream content, as far as that was asked.
    upstream: HashMap<ObjectId, bool>,
}

impl Judgement<'_> {
    fn fault(&mut self, node: &Node) -> Option<PushRefusal> {
        let version_id = node.id;
        if node.format > FORMAT {
            let (format, known) = (node.format, FORMAT);
            return Some(PushRefusal::FutureFormat {
                version_id,
                format,
                known,
            });
        }
        if let Some(finding) = self.finding(node) {
            return Some(PushRefusal::Damaged { finding });
        }
        if let Some(finding) = self.signatures.remove(&version_id) {
            return Some(PushRefusal::Signature { finding });
        }
        let unknown = node.origin.is_none() && node.project_commit.is_none();
        (unknown && !self.settings.allow_unknown_origin).then_some(PushRefusal::NoOrigin { version_id })
    }

    /// The first thing that `verify` would say.
    fn finding(&mut self, node: &Node) -> Option<Finding> {
        let mut report = Report::default();
        self.rules.check(self.commits, node, &mut report);
        let about = About {
            artifact: self.commits.artifact_of(node),
            version: Some(node.id),
        };
        if report.findings.is_empty()
            && let Some(tree) = node.tree
        {
            self.contents.check(tree, Judge::Version, about, &mut report);
            if self.contents.links(tree) > 0 && self.is_upstream(node.id) {
                self.links.check(tree, &self.contents, about, &mut report);
            }
        }
        report.findings.into_iter().next()
    }

    /// Whether a version holds nothing but upstream content: below it there are only syncs with one parent, and a deployment.
    fn is_upstream(&mut self, version: VersionId) -> bool {
        let mut path = Vec::new();
        let mut at = version;
        let answer = loop {
            if let Some(answer) = self.upstream.get(&at.oid()) {
                break *answer;
            }
            path.push(at.oid());
            match self.origin_and_parents(at) {
                Some((ChangeOrigin::Deployment, parents)) if parents.is_empty() => break true,
                Some((ChangeOrigin::Sync, parents)) if parents.len() == 1 => at = parents[0],
                _ => break false,
            }
        };
        self.upstream.extend(path.into_iter().map(|id| (id, answer)));
        answer
    }

    fn origin_and_parents(&self, id: VersionId) -> Option<(ChangeOrigin, Vec<VersionId>)> {
        if let Some(Found::Node(place)) = self.commits.get(id) {
            let node = &self.commits.nodes[place];
            if !node.outside {
                return Some((node.origin?, node.parents.iter().map(|parent| parent.id).collect()));
            }
        }
        let version = self.repo.parse_version(id, &mut Vec::new()).ok()?.version;
        Some((version.change_origin?, version.parent_ids))
    }
}
