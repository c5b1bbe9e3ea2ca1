//! What unfinished operations need for the way back. Nobody else looks at it until somebody wants to go back.

use gix::{
    ObjectId,
    objs::{CommitRef, Kind},
};

use super::{
    code::Code,
    commits::Commits,
    contents::{Contents, Judge},
    objects::{Fault, Objects},
    refs::{Ref, Refs},
    report::{About, Report},
};
use crate::refname::LineageRef;

/// Checks that everything directly behind the refs of unfinished operations is here. What it holds is the business of the
/// operation.
pub(super) fn check(
    refs: &Refs,
    commits: &Commits<'_>,
    objects: &Objects<'_>,
    contents: &mut Contents<'_>,
    report: &mut Report,
) {
    let is_pending = |found: &&Ref| matches!(found.parsed, Ok(LineageRef::Pending { .. }));
    for found in refs
        .refs
        .iter()
        .filter(is_pending)
        .filter(|found| found.is_asked(commits))
    {
        if let Some(target) = found.target {
            check_one(found, target, objects, contents, report);
        }
    }
}

fn check_one(found: &Ref, target: ObjectId, objects: &Objects<'_>, contents: &mut Contents<'_>, report: &mut Report) {
    let name = &found.name;
    let about = About {
        artifact: found.expected_artifact(),
        version: None,
    };
    let mut data = Vec::new();
    match objects.read(target, &mut data) {
        Err(Fault::Missing) => {
            let message = format!("the ref {name} points to {target}, which is missing");
            report.add(Code::DanglingRef, about, message);
        }
        Err(Fault::Corrupt(why)) => {
            let message = format!("the ref {name} points to {target}, which is corrupt: {why}");
            report.add(Code::CorruptObject, about, message);
        }
        Ok(Kind::Commit) => match CommitRef::from_bytes(&data, target.kind()) {
            Ok(commit) => {
                for parent in commit.parents().filter(|parent| !objects.repo.exists(*parent)) {
                    let message = format!("the ref {name} needs {parent}, which is missing");
                    report.add(Code::MissingObject, about, message);
                }
                contents.check(commit.tree(), Judge::Presence, about, report);
            }
            Err(error) => {
                let message = format!("the ref {name} points to {target}, a malformed commit: {error}");
                report.add(Code::CorruptObject, about, message);
            }
        },
        Ok(Kind::Tree) => contents.check(target, Judge::Presence, about, report),
        Ok(Kind::Blob | Kind::Tag) => {}
    }
}
