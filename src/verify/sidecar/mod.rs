//! The sidecar as it lies there, against refs and commits.
//!
//! It is derived from them and nothing is lost with it; but until it is rebuilt it gives wrong answers, so what it says
//! that cannot be is damage. Being behind is none: every row must be right and everything below the tips up to which it
//! claims to have been brought must be there, whatever the refs have become since.

mod differences;
mod memo;
mod rows;
mod strays;

use gix::bstr::BString;

use super::{
    baselines::Baselines,
    code::Code,
    commits::Commits,
    manifest::Manifests,
    refs::{Ref, Refs},
    report::{About, Report},
};
use crate::{
    git::Repo,
    id::VersionId,
    index::{IndexError, Look, Looked},
    sidecar::Reader,
};

/// What the sidecar is held against.
pub(super) struct Truth<'a> {
    pub(super) repo: &'a Repo,
    pub(super) refs: &'a Refs,
    pub(super) commits: &'a Commits<'a>,
    pub(super) manifests: &'a Manifests,
}

/// Checks what was found in the sidecar's place.
///
/// # Errors
/// What keeps SQLite from reading a file that is not damaged.
pub(super) fn check(
    look: &Look,
    truth: &Truth<'_>,
    baselines: &mut Baselines<'_>,
    report: &mut Report,
) -> Result<(), IndexError> {
    match look {
        Look::Nothing => Ok(()),
        Look::Corrupt { reason } => {
            report.add(Code::SidecarCorrupt, About::default(), reason.clone());
            Ok(())
        }
        Look::Sidecar(looked) => check_opened(looked, truth, baselines, report),
    }
}

fn check_opened(
    looked: &Looked,
    truth: &Truth<'_>,
    baselines: &mut Baselines<'_>,
    report: &mut Report,
) -> Result<(), IndexError> {
    let reader = looked.reader();
    let before = report.findings.len();
    // What concerns the file as a whole is not asked of some artifacts.
    if truth.commits.all_asked() {
        let checked = check_file(reader, report);
        go_on(checked, before, report)?;
    }
    let is_current = match looked.is_taken_for_current(truth.repo) {
        Err(IndexError::CorruptSidecar { .. }) => false,
        other => other?,
    };
    // Where something has moved, the next command compares by itself.
    if is_current {
        let checked = check_tips(reader, truth, report);
        go_on(checked, before, report)?;
    }
    let checked = rows::check(reader, truth, is_current, report);
    go_on(checked, before, report)?;
    let checked = memo::check(reader, truth, baselines, report);
    go_on(checked, before, report)
}

/// Damage on which a check could not go on is a finding, unless the file is known to be damaged by then.
fn go_on(checked: Result<(), IndexError>, before: usize, report: &mut Report) -> Result<(), IndexError> {
    let reason = match checked {
        Err(IndexError::CorruptSidecar { reason }) => reason,
        Ok(()) => return Ok(()),
        Err(other) => return Err(other),
    };
    let file_codes = [Code::SidecarCorrupt.as_str(), Code::SidecarSchema.as_str()];
    let mut found = report.findings[before..].iter();
    if !found.any(|finding| file_codes.contains(&finding.code.as_str())) {
        report.add(Code::SidecarCorrupt, About::default(), reason);
    }
    Ok(())
}

fn check_file(reader: &Reader, report: &mut Report) -> Result<(), IndexError> {
    for fault in reader.faults_in_schema()? {
        report.add(Code::SidecarSchema, About::default(), fault);
    }
    for fault in reader.faults_in_file()? {
        report.add(Code::SidecarCorrupt, About::default(), fault);
    }
    Ok(())
}

/// Every ref must be indexed up to where it is.
fn check_tips(reader: &Reader, truth: &Truth<'_>, report: &mut Report) -> Result<(), IndexError> {
    let mut tips = reader.tips()?;
    for found in truth.refs.refs.iter().filter(|found| found.holds_versions) {
        let tip = tips.remove(found.name.as_slice());
        if found.is_asked(truth.commits) {
            compare_tip(found, tip, report);
        }
    }
    for (name, tip) in tips {
        let name = BString::from(name);
        let parsed = truth.repo.prefix().parse(name.as_ref());
        let about = About {
            artifact: parsed.as_ref().ok().and_then(|name| name.artifact()?.id()),
            version: Some(tip),
        };
        if about
            .artifact
            .map_or(truth.commits.all_asked(), |id| truth.commits.is_asked(id))
        {
            let message = format!("the sidecar knows a ref {name} at {tip}, but there is none");
            report.add(Code::SidecarTipMismatch, about, message);
        }
    }
    Ok(())
}

fn compare_tip(found: &Ref, tip: Option<VersionId>, report: &mut Report) {
    let target = found.target.map(VersionId::from_oid);
    if tip == target {
        return;
    }
    let about = About {
        artifact: found.expected_artifact(),
        version: target,
    };
    let name = &found.name;
    let message = match (tip, target) {
        (Some(tip), Some(target)) => format!("the ref {name} is at {target}, the sidecar has it at {tip}"),
        (None, Some(target)) => format!("the ref {name} is at {target}, the sidecar does not know it"),
        (Some(tip), None) => format!("the sidecar has the ref {name} at {tip}, but it leads nowhere"),
        (None, None) => return,
    };
    report.add(Code::SidecarTipMismatch, about, message);
}
