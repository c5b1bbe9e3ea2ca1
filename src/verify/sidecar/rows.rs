//! The sidecar's rows, one by one, against the commits.

use std::collections::{HashMap, HashSet};

use super::{Truth, differences::differences, strays};
use crate::{
    id::VersionId,
    index::IndexError,
    sidecar::{InspectedRow, Reader},
    verify::{
        code::Code,
        commits::{Found, Node, fingerprint},
        report::{About, Report},
    },
    version::ArtifactVersion,
};

/// Checks that every row says what its commit says, that no row is missing and none too many. `is_current` says that the
/// next command would not look at the refs again.
pub(super) fn check(
    reader: &Reader,
    truth: &Truth<'_>,
    is_current: bool,
    report: &mut Report,
) -> Result<(), IndexError> {
    let tips: Vec<VersionId> = reader.tips()?.into_values().collect();
    let mut rows = Rows {
        truth,
        is_current,
        orphans: HashSet::new(),
        seen: vec![false; truth.commits.nodes.len()],
        awaited: HashMap::new(),
        merge_parents: HashSet::new(),
        strays: Vec::new(),
        wrong_parents: Vec::new(),
        report,
    };
    reader.each_version(|row| {
        rows.take(row);
        Ok::<_, IndexError>(())
    })?;
    rows.report_missing(&tips);
    if truth.commits.all_asked() {
        rows.check_merge_parents(reader)?;
    }
    let Rows {
        strays, wrong_parents, ..
    } = rows;
    strays::check(reader, truth, &tips, &strays, wrong_parents, report)
}

struct Rows<'a> {
    truth: &'a Truth<'a>,
    is_current: bool,
    /// The places of versions whose row says that a parent is missing.
    orphans: HashSet<usize>,
    /// By the place of the version: whether it has a row.
    seen: Vec<bool>,
    /// Parents whose row has not come yet, with a child whose row has.
    awaited: HashMap<VersionId, VersionId>,
    /// What the table of parents beyond the first has to hold.
    merge_parents: HashSet<(i64, VersionId)>,
    /// Rows of versions that no ref reaches.
    strays: Vec<ArtifactVersion>,
    /// Versions whose row names other parents than the commit.
    wrong_parents: Vec<VersionId>,
    report: &'a mut Report,
}

impl Rows<'_> {
    fn take(&mut self, row: InspectedRow) {
        let commits = self.truth.commits;
        let found = row.version_id.and_then(|id| commits.get(id));
        let node = match found {
            Some(Found::Node(place)) => Some((place, &commits.nodes[place])),
            _ => None,
        };
        if node.is_some_and(|(_, node)| node.outside) {
            return;
        }
        if let Some((place, node)) = node
            && std::mem::replace(&mut self.seen[place], true)
        {
            let message = format!("row {} of the sidecar is its second one", row.number);
            self.report.add(Code::SidecarRowExtra, about(self.truth, node), message);
            return;
        }
        match (row.version, node) {
            (Err(error), node) => {
                let about = node.map_or(
                    About {
                        artifact: None,
                        version: row.version_id,
                    },
                    |(_, node)| about(self.truth, node),
                );
                if node.is_some() || commits.all_asked() {
                    self.report.add(Code::SidecarRowUnreadable, about, error.to_string());
                }
            }
            (Ok(version), Some((place, node))) => {
                if version.orphan {
                    self.orphans.insert(place);
                }
                self.compare(row.number, &version, node);
            }
            (Ok(version), None) if commits.is_asked(&version.artifact_id) => self.strays.push(version),
            (Ok(_), None) => {}
        }
    }

    fn compare(&mut self, number: i64, version: &ArtifactVersion, node: &Node) {
        if version.parent_ids.len() > 1 {
            let beyond_first = version.parent_ids[1..].iter();
            self.merge_parents.extend(beyond_first.map(|parent| (number, *parent)));
        }
        // What a damaged commit says cannot be held against its row.
        if !node.is_sound() {
            return;
        }
        self.check_order(version, node);
        // That a parent is missing now is the version's damage, or git has cut the history; that it has come back the next
        // command sees from git's list of cuts.
        if version.orphan && !node.is_orphan() && self.is_current {
            let message = "orphan is true in the sidecar, but its parents are here";
            self.report
                .add(Code::SidecarRowMismatch, about(self.truth, node), message);
        }
        if node.fingerprint == Some(fingerprint(version)) {
            return;
        }
        let Ok(parsed) = self.truth.repo.parse_version(node.id, &mut Vec::new()) else {
            return;
        };
        if version.parent_ids != parsed.version.parent_ids {
            self.wrong_parents.push(node.id);
        }
        for message in differences(version, &parsed.version) {
            self.report
                .add(Code::SidecarRowMismatch, about(self.truth, node), message);
        }
    }

    /// Ancestor questions rely on parents standing in rows before their children.
    fn check_order(&mut self, version: &ArtifactVersion, node: &Node) {
        if let Some(child) = self.awaited.remove(&version.version_id) {
            let child_about = About {
                artifact: about(self.truth, node).artifact,
                version: Some(child),
            };
            let message = format!("its row stands before that of its parent {}", version.version_id);
            self.report.add(Code::SidecarRowOrder, child_about, message);
        }
        for parent in &node.parents {
            if let Found::Node(place) = parent.found
                && !self.seen[place]
            {
                self.awaited.insert(parent.id, node.id);
            }
        }
    }

    /// Everything below the tips must be there; below an orphan only if the next command would not look again.
    fn report_missing(&mut self, tips: &[VersionId]) {
        let commits = self.truth.commits;
        let mut expected = vec![false; commits.nodes.len()];
        let mut places: Vec<usize> = Vec::new();
        for tip in tips {
            if let Some(Found::Node(place)) = commits.get(*tip) {
                places.push(place);
            }
        }
        while let Some(place) = places.pop() {
            let is_new = !std::mem::replace(&mut expected[place], true);
            if is_new && (self.is_current || !self.orphans.contains(&place)) {
                places.extend(
                    commits.nodes[place]
                        .parents
                        .iter()
                        .filter_map(|parent| match parent.found {
                            Found::Node(place) => Some(place),
                            Found::Missing | Found::NoVersion => None,
                        }),
                );
            }
        }
        for (place, node) in commits.checked() {
            if expected[place] && !self.seen[place] && node.is_sound() {
                let about = about(self.truth, node);
                self.report
                    .add(Code::SidecarRowMissing, about, "it has no row in the sidecar");
            }
        }
    }

    fn check_merge_parents(&mut self, reader: &Reader) -> Result<(), IndexError> {
        let strays: HashSet<VersionId> = self.strays.iter().map(|version| version.version_id).collect();
        let mut missing = std::mem::take(&mut self.merge_parents);
        for (child, parent) in reader.merge_parents()? {
            if !missing.remove(&(child, parent)) && strays.is_empty() {
                let about = About {
                    artifact: None,
                    version: Some(parent),
                };
                let message = format!("the sidecar has it as a further parent of row {child}, which does not name it");
                self.report.add(Code::SidecarRowMismatch, about, message);
            }
        }
        let mut missing: Vec<_> = missing.into_iter().collect();
        missing.sort_unstable();
        for (child, parent) in missing {
            let about = About {
                artifact: None,
                version: Some(parent),
            };
            let message = format!("the sidecar lacks it among the further parents of row {child}");
            self.report.add(Code::SidecarRowMismatch, about, message);
        }
        Ok(())
    }
}

fn about<'a>(truth: &Truth<'a>, node: &Node) -> About<'a> {
    About {
        artifact: truth.commits.artifact_of(node),
        version: Some(node.id),
    }
}
