//! What the sidecar remembers of project commits: which versions they hold.
//!
//! To hold all of it against the project's history would be to compute rule 3 for every commit. Checked is what can be seen
//! at once: that it names versions that are there, and for HEAD that they have its content and contain its baselines.

use super::Truth;
use crate::{
    id::CommitId,
    index::IndexError,
    project::history::History,
    sidecar::Reader,
    verify::{
        baselines::Baselines,
        code::Code,
        commits::Found,
        report::{About, Report},
    },
};

pub(super) fn check(
    reader: &Reader,
    truth: &Truth<'_>,
    baselines: &mut Baselines<'_>,
    report: &mut Report,
) -> Result<(), IndexError> {
    for wrong in reader.faults_in_states()? {
        let artifact = wrong.artifact_id.parse().ok();
        if artifact
            .as_ref()
            .map_or(truth.commits.all_asked(), |id| truth.commits.is_asked(id))
        {
            let about = About {
                artifact: artifact.as_ref(),
                version: wrong.version_id,
            };
            let message = format!(
                "the sidecar remembers it as a version of '{}' in a project commit, but has no such row",
                wrong.artifact_id
            );
            report.add(Code::SidecarStateMismatch, about, message);
        }
    }
    check_head(reader, truth, baselines, report)
}

fn check_head(
    reader: &Reader,
    truth: &Truth<'_>,
    baselines: &mut Baselines<'_>,
    report: &mut Report,
) -> Result<(), IndexError> {
    let Ok(Some(head)) = truth.repo.head().map(|head| head.commit) else {
        return Ok(());
    };
    let Some(state) = reader.project_state(&CommitId::from_oid(head))? else {
        return Ok(());
    };
    let remembered = reader.project_state_versions(state)?;
    let history = History::new(truth.repo);
    // That HEAD cannot be read has been reported with its manifest.
    let Ok(commit) = history.commit(head) else {
        return Ok(());
    };
    for (artifact, entry) in &truth.manifests.at_head {
        let Some(version) = remembered.get(artifact).filter(|_| truth.commits.is_asked(artifact)) else {
            continue;
        };
        let about = About {
            artifact: Some(artifact),
            version: Some(*version),
        };
        let node = match truth.commits.get(*version) {
            Some(Found::Node(place)) => &truth.commits.nodes[place],
            _ => continue,
        };
        if let Ok(Some(content)) = history.content(commit.tree, &entry.path)
            && node.tree.is_some_and(|tree| tree != content.hash.oid())
        {
            let hash = content.hash;
            let message = format!("the sidecar remembers it as the version of HEAD, but HEAD holds the content {hash}");
            report.add(Code::SidecarStateMismatch, about, message);
        }
        if let Some(baseline) = entry.baseline
            && baselines.version_contains(*version, artifact, baseline) == Some(false)
        {
            let message = format!(
                "the sidecar remembers it as the version of HEAD, but it does not contain HEAD's baseline {baseline}"
            );
            report.add(Code::SidecarStateMismatch, about, message);
        }
    }
    Ok(())
}
