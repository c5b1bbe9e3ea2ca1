//! [`Watch`]: whether lineage refs have moved since they were last compared, asked before every look-up.
//!
//! What [`Stamps`] finds out from the beginning is compared here with as little as a look-up of a few microseconds can bear:
//! one call for each place, from the open common directory, and nothing from the sidecar.
//!
//! Guarantees: where it says that nothing has moved, taking the stamps anew would say so too. Whatever is not certain counts
//! as moved.

use std::{ffi::CString, os::fd::OwnedFd};

use rustix::{
    fs::{AtFlags, FileType, Mode, OFlags, Stat},
    io::Errno,
};

use super::stamps::{PREFIX, SHALLOW, Stamps, fingerprint, is_racy};
use crate::git::Repo;

/// The places where refs are kept, and how they looked when the sidecar was current.
pub(super) struct Watch {
    common: OwnedFd,
    /// By their names below it.
    places: Vec<(CString, Vec<u8>)>,
}

impl Watch {
    /// Watches what `stamps` says. With no `orphans` it does not matter where a shallow clone ends. `None` where stamps are
    /// not enough to go by.
    pub(super) fn over(repo: &Repo, stamps: &Stamps, orphans: bool) -> Option<Watch> {
        if repo.is_reftable() {
            return None;
        }
        let mut places = Vec::with_capacity(stamps.0.len());
        for (place, stamp) in &stamps.0 {
            if is_racy(stamp) {
                return None;
            }
            // The prefix is the one by which the repository was opened, and no file.
            if place != PREFIX && (place != SHALLOW || orphans) {
                places.push((CString::new(place.as_str()).ok()?, stamp.clone()));
            }
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let common = rustix::fs::open(repo.common_dir(), flags, Mode::empty()).ok()?;
        Some(Watch { common, places })
    }

    /// Whether all is as it was.
    pub(super) fn nothing_moved(&self) -> bool {
        let mut places = self.places.iter();
        places.all(
            |(place, stamp)| match rustix::fs::statat(&self.common, place, AtFlags::empty()) {
                Ok(found) => stamp_of(&found).is_some_and(|now| now == *stamp),
                Err(Errno::NOENT) => stamp.is_empty(),
                Err(_) => false,
            },
        )
    }
}

fn stamp_of(found: &Stat) -> Option<Vec<u8>> {
    let is_file = FileType::from_raw_mode(found.st_mode) == FileType::RegularFile;
    let len = if is_file {
        Some(u64::try_from(found.st_size).ok()?)
    } else {
        None
    };
    let nanoseconds = u32::try_from(found.st_mtime_nsec).ok()?;
    Some(fingerprint(found.st_mtime, nanoseconds, found.st_ino, len))
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        time::{Duration, SystemTime},
    };

    use super::*;
    use crate::{content::testing::TestRepo, git::Environment, id::HashKind};

    #[test]
    fn it_sees_what_moves_and_nothing_else() {
        let git = TestRepo::new(HashKind::Sha1);
        let dir = git.path();
        let tree = git.ok(["write-tree"]);
        let make = |name: &str| git.ok(["update-ref", name, tree.trim()]);
        make("refs/lineage/heads/main/skill/pdf");
        fs::create_dir_all(dir.join(".git/lineage")).expect("a folder");
        let repo = Repo::open(&dir, Environment::Ignored).expect("a repository");
        let now = || Stamps::take(&repo).expect("stamps").marked(&repo);
        assert!(
            Watch::over(&repo, &now(), false).is_none(),
            "it is too new to be trusted"
        );

        let places = [
            "refs/lineage/heads/main/skill",
            "refs/lineage/heads/main",
            "refs/lineage/heads",
        ];
        let long_ago = SystemTime::now() - Duration::from_secs(3600);
        for place in places {
            let folder = fs::File::open(dir.join(".git").join(place)).expect("a folder");
            folder.set_modified(long_ago).expect("its time");
        }
        let watch = Watch::over(&repo, &now(), false).expect("nothing is new");
        assert!(watch.nothing_moved());
        make("refs/tags/other");
        assert!(watch.nothing_moved(), "no ref of lineage");
        make("refs/lineage/heads/main/skill/csv");
        assert!(!watch.nothing_moved());
    }
}
