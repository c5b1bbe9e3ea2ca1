//! Where the symbolic links of upstream content lead. What the user made may lead anywhere; what came from outside was
//! refused at the gate unless it stays inside the artifact, so one that does not was brought in around it.

use std::collections::HashSet;

use gix::{ObjectId, objs::Kind};

use super::{
    code::Code,
    contents::Contents,
    objects::Objects,
    report::{About, Report},
};
use crate::content::{
    ContentError, Entry, Mode, RawEntries, Refusal,
    gate::{GateOptions, check_entries},
};

/// After so many of one content the rest is not worth the time.
const MOST_FINDINGS: usize = 100;
/// No system can follow a longer target, so it need not be read.
const LONGEST_TARGET: u64 = 4095;

pub(super) struct Links<'a> {
    objects: &'a Objects<'a>,
    seen: HashSet<ObjectId>,
}

/// Why one link was not followed.
enum Stop {
    Refused(ContentError),
    /// Its target is not here, which has been reported.
    Unreadable,
}

impl From<ContentError> for Stop {
    fn from(error: ContentError) -> Self {
        Stop::Refused(error)
    }
}

impl<'a> Links<'a> {
    pub(super) fn new(objects: &'a Objects<'a>) -> Self {
        Links {
            objects,
            seen: HashSet::new(),
        }
    }

    /// Checks one upstream content, which `contents` has looked at before.
    pub(super) fn check(&mut self, root: ObjectId, contents: &Contents<'_>, about: About<'_>, report: &mut Report) {
        if contents.links(root) == 0 || contents.is_too_large(root) || !self.seen.insert(root) {
            return;
        }
        // Only links decide where links lead: whatever else a path goes through changes nothing.
        let mut links = self.list(root, contents);
        for _ in 0..MOST_FINDINGS {
            let mut at = None;
            let mut read = |link: &Entry| {
                at = Some(link.path.clone());
                self.target(link)
            };
            let refused = match check_entries(&links, &mut read, GateOptions::default()) {
                Err(Stop::Unreadable) => at,
                Err(Stop::Refused(ContentError::Refused { path, reason })) => {
                    let path = gix::path::into_bstr(path).ok().map(std::borrow::Cow::into_owned);
                    if is_about_targets(&reason) {
                        let shown = path.as_ref().map(ToString::to_string).unwrap_or_default();
                        let message = format!("'{shown}' is refused: {reason}");
                        report.add(Code::HostileContent, about, message);
                    }
                    path
                }
                Ok(()) | Err(Stop::Refused(_)) => return,
            };
            // On to the others, as if this one were not there.
            let before = links.len();
            links.retain(|link| Some(&link.path) != refused.as_ref());
            if links.len() == before {
                return;
            }
        }
    }

    /// The links below a tree, going into no directory without any.
    fn list(&self, root: ObjectId, contents: &Contents<'_>) -> Vec<Entry> {
        let mut links = Vec::new();
        let mut trees = vec![(root, Vec::new())];
        while let Some((id, path)) = trees.pop() {
            let mut data = Vec::new();
            if !matches!(self.objects.read(id, &mut data), Ok(Kind::Tree)) {
                continue;
            }
            for entry in RawEntries::new(&data, self.objects.repo.hash_kind()).flatten() {
                let mut full = path.clone();
                if !full.is_empty() {
                    full.push(b'/');
                }
                full.extend_from_slice(entry.name);
                if entry.is_tree() {
                    if contents.links(entry.id) > 0 {
                        trees.push((entry.id, full));
                    }
                } else if Mode::from_git_lenient(entry.mode) == Some(Mode::Symlink) {
                    links.push(Entry {
                        path: full.into(),
                        mode: Mode::Symlink,
                        id: entry.id,
                    });
                }
            }
        }
        links
    }

    fn target(&self, link: &Entry) -> Result<Vec<u8>, Stop> {
        let header = self.objects.header(link.id).map_err(|_| Stop::Unreadable)?;
        if header.kind != Kind::Blob {
            return Err(Stop::Unreadable);
        }
        if header.size > LONGEST_TARGET {
            let limit = usize::try_from(LONGEST_TARGET).unwrap_or(usize::MAX);
            return Err(ContentError::refused(&link.path, Refusal::LinkTooLong { limit }).into());
        }
        let mut target = Vec::new();
        let read = self.objects.repo.read_into(link.id, &mut target);
        read.map(|_| target).map_err(|_| Stop::Unreadable)
    }
}

/// What a tree's own judgement cannot see; all else has been reported with the tree.
fn is_about_targets(reason: &Refusal) -> bool {
    matches!(
        reason,
        Refusal::EmptyLink
            | Refusal::LinkTooLong { .. }
            | Refusal::Nul
            | Refusal::LinkLeaves { .. }
            | Refusal::LinkLoop { .. }
    )
}
