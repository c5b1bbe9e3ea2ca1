//! Rows of versions that no ref reaches, and circles among rows, which commits cannot form.

use std::collections::{HashMap, HashSet};

use super::{Truth, differences::differences};
use crate::{
    id::VersionId,
    index::IndexError,
    sidecar::Reader,
    verify::{
        code::Code,
        commits::Found,
        report::{About, Report},
    },
    version::ArtifactVersion,
};

/// Checks the rows that are left. `wrong_parents` are versions whose row contradicts the commit.
pub(super) fn check(
    reader: &Reader,
    truth: &Truth<'_>,
    tips: &[VersionId],
    strays: &[ArtifactVersion],
    wrong_parents: Vec<VersionId>,
    report: &mut Report,
) -> Result<(), IndexError> {
    let mut suspects = wrong_parents;
    if !strays.is_empty() {
        let still_claimed = out_of_sight(reader, truth, tips)?;
        for row in strays {
            let about = About {
                artifact: Some(&row.artifact_id),
                version: Some(row.version_id),
            };
            if !still_claimed.contains(&row.version_id) {
                suspects.push(row.version_id);
                let message = "the sidecar has a row of it, but no ref reaches it";
                report.add(Code::SidecarRowExtra, about, message);
            } else if let Ok(parsed) = truth.repo.parse_version(row.version_id, &mut Vec::new()) {
                for message in differences(row, &parsed.version) {
                    report.add(Code::SidecarRowMismatch, about, message);
                }
            }
        }
    }
    report_circles(reader, &suspects, report)
}

/// The versions that the sidecar has rightly, though they cannot be seen from the refs as they are now: those below tips
/// that have moved, which the next command removes, and those below a version that is lost or damaged.
fn out_of_sight(reader: &Reader, truth: &Truth<'_>, tips: &[VersionId]) -> Result<HashSet<VersionId>, IndexError> {
    let commits = truth.commits;
    let is_in_sight = |id: &VersionId| matches!(commits.get(*id), Some(Found::Node(_)));
    let mut next: Vec<VersionId> = tips.iter().copied().filter(|tip| !is_in_sight(tip)).collect();
    for (_, node) in commits.checked() {
        if !node.is_sound() {
            next.push(node.id);
        }
        next.extend(
            node.parents
                .iter()
                .map(|parent| parent.id)
                .filter(|parent| !is_in_sight(parent)),
        );
    }
    let mut below = HashSet::new();
    while let Some(id) = next.pop() {
        if below.insert(id) {
            next.extend(reader.parents(&id)?.unwrap_or_default());
        }
    }
    Ok(below)
}

/// Follows the sidecar's own parents from rows that say something wrong; without such a row there is no circle.
fn report_circles(reader: &Reader, suspects: &[VersionId], report: &mut Report) -> Result<(), IndexError> {
    enum Step {
        Enter(VersionId),
        Leave(VersionId),
    }
    let mut is_open: HashMap<VersionId, bool> = HashMap::new();
    for suspect in suspects {
        let mut steps = vec![Step::Enter(*suspect)];
        while let Some(step) = steps.pop() {
            match step {
                Step::Leave(id) => {
                    is_open.insert(id, false);
                }
                Step::Enter(id) => match is_open.get(&id) {
                    Some(true) => {
                        let about = About {
                            artifact: None,
                            version: Some(id),
                        };
                        report.add(Code::SidecarCycle, about, "it is its own ancestor in the sidecar");
                    }
                    Some(false) => {}
                    None => {
                        is_open.insert(id, true);
                        steps.push(Step::Leave(id));
                        steps.extend(reader.parents(&id)?.unwrap_or_default().into_iter().map(Step::Enter));
                    }
                },
            }
        }
    }
    Ok(())
}
