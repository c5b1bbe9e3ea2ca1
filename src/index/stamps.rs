//! Noticing cheaply that lineage refs have moved.
//!
//! Every way to move a ref changes a directory or `packed-refs`: loose refs are renamed into place, which changes the
//! directory's modification time. Ref names have a fixed depth, so there are few directories (a line and a kind each),
//! and comparing their stamps costs a handful of `stat` calls however many artifacts there are. A stamp that is as new
//! as the file system's clock could hide a second change within the same tick; it is marked and not trusted once.

use std::{collections::BTreeMap, fs::Metadata, os::unix::fs::MetadataExt, path::Path, time::Duration};

use crate::git::{GitError, Repo};

/// How far a file system's clock may lag behind the changes it stamps; kernels tick every 1 to 10 ms.
const RACY: Duration = Duration::from_millis(50);
/// Ends a stamp that must not be trusted.
const RACY_MARK: u8 = b'?';
/// Ends any other.
const TRUSTED_MARK: u8 = b'.';

/// Where refs are kept, with a fingerprint each. The places are directories below the common directory, as ref-name
/// prefixes ending in `/`; or [`PACKED`], [`SHALLOW`] and [`PREFIX`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Stamps(pub(super) BTreeMap<String, Vec<u8>>);

/// The file of packed refs, or a reftable's list of tables: a change there may have moved any ref.
pub(super) const PACKED: &str = "packed-refs";
/// The file that says where a shallow clone ends.
pub(super) const SHALLOW: &str = "shallow";
/// The name below which lineage was looked for: in one file of refs, those of another one are others.
pub(super) const PREFIX: &str = "prefix";

impl Stamps {
    /// Takes the stamps as they are now.
    pub(super) fn take(repo: &Repo) -> Result<Self, GitError> {
        let mut stamps = BTreeMap::new();
        let common = repo.common_dir();
        stamps.insert(SHALLOW.to_owned(), stamp_of(&common.join("shallow"))?);
        stamps.insert(PREFIX.to_owned(), repo.prefix().as_str().into());
        if repo.is_reftable() {
            let list = common.join("reftable").join("tables.list");
            // The names of the tables are unique for each state, so the list is its own fingerprint.
            let names = std::fs::read(&list).map_err(GitError::io("read", &list))?;
            stamps.insert(PACKED.to_owned(), names);
            return Ok(Stamps(stamps));
        }
        stamps.insert(PACKED.to_owned(), stamp_of(&common.join("packed-refs"))?);
        for area in repo.prefix().version_dirs() {
            add_directories(common, &area, &mut stamps)?;
        }
        Ok(Stamps(stamps))
    }

    /// The places whose refs may differ from those at the time of `self`; `None` stands for all of them.
    pub(super) fn changed_places(&self, now: &Stamps) -> Option<Vec<String>> {
        let same = |place: &str| {
            let stamp = self.0.get(place);
            stamp.is_some_and(|stamp| !is_racy(stamp)) && stamp == now.0.get(place)
        };
        if !same(PACKED) || self.0.get(PREFIX) != now.0.get(PREFIX) {
            return None;
        }
        let places = self
            .0
            .keys()
            .chain(now.0.keys().filter(|place| !self.0.contains_key(*place)));
        Some(
            places
                .filter(|place| place.ends_with('/') && !same(place))
                .cloned()
                .collect(),
        )
    }

    pub(super) fn shallow_changed(&self, now: &Stamps) -> bool {
        self.0.get(SHALLOW) != now.0.get(SHALLOW)
    }

    /// The same with a mark on those that are too new to be trusted; on all of them where nobody knows what time it is.
    pub(super) fn marked(mut self, repo: &Repo) -> Self {
        let trusted_until = clock(repo).map(|now| now.saturating_sub(RACY)).unwrap_or_default();
        for (place, stamp) in &mut self.0 {
            // What names a state instead of telling its time needs no clock.
            let is_name = place == PREFIX || (repo.is_reftable() && place == PACKED);
            if !is_name && time_of(stamp).is_some_and(|time| time >= trusted_until) {
                stamp.push(RACY_MARK);
            }
        }
        self
    }
}

/// The file system's clock: the modification time of a file made just now, which leaves no name behind.
fn clock(repo: &Repo) -> std::io::Result<Duration> {
    let folder = repo.sidecar_path();
    let made = tempfile::tempfile_in(folder.parent().unwrap_or(&folder))?.metadata()?;
    Ok(Duration::new(
        u64::try_from(made.mtime()).unwrap_or(0),
        nanoseconds(&made),
    ))
}

fn add_directories(common: &Path, area: &str, stamps: &mut BTreeMap<String, Vec<u8>>) -> Result<(), GitError> {
    let mut places = vec![area.to_owned()];
    while let Some(place) = places.pop() {
        let directory = common.join(&place);
        let stamp = stamp_of(&directory)?;
        if stamp.is_empty() {
            // That there is no such area is worth knowing; of other directories their parent's stamp tells.
            if place == area {
                stamps.insert(place, stamp);
            }
            continue;
        }
        let listing = match std::fs::read_dir(&directory) {
            Ok(listing) => listing,
            // Removed since, as git does with empty directories; the parent's stamp tells.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(GitError::io("list", &directory)(error)),
        };
        // Directories at the bottom hold one file per artifact; looking at their entries is what must be avoided.
        if !is_bottom(&place, area) {
            for entry in listing {
                let entry = entry.map_err(GitError::io("list", &directory))?;
                let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
                if is_dir && let Some(name) = entry.file_name().to_str() {
                    places.push(format!("{place}{name}/"));
                }
            }
        }
        stamps.insert(place, stamp);
    }
    Ok(())
}

fn is_bottom(place: &str, area: &str) -> bool {
    let depth = place[area.len()..].matches('/').count();
    let full = match area.trim_end_matches('/').rsplit('/').next() {
        Some("heads") => 2,
        Some("remotes") => 3,
        _ => 0,
    };
    depth >= full
}

/// Whether a stamp was taken so soon after the change that another one may hide behind it.
pub(super) fn is_racy(stamp: &[u8]) -> bool {
    stamp.last() == Some(&RACY_MARK)
}

/// Empty for a file that is not there.
fn stamp_of(path: &Path) -> Result<Vec<u8>, GitError> {
    match std::fs::metadata(path) {
        Ok(metadata) => Ok(encode(&metadata)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(GitError::io("look at", path)(error)),
    }
}

fn encode(metadata: &Metadata) -> Vec<u8> {
    let len = metadata.is_file().then_some(metadata.len());
    fingerprint(metadata.mtime(), nanoseconds(metadata), metadata.ino(), len)
}

pub(super) fn fingerprint(seconds: i64, nanoseconds: u32, inode: u64, len: Option<u64>) -> Vec<u8> {
    let mut stamp = Vec::with_capacity(32);
    stamp.extend(seconds.to_be_bytes());
    stamp.extend(nanoseconds.to_be_bytes());
    stamp.extend(inode.to_be_bytes());
    stamp.extend(len.into_iter().flat_map(u64::to_be_bytes));
    // The last byte is that of a number until here, and could be the mark.
    stamp.push(TRUSTED_MARK);
    stamp
}

fn time_of(stamp: &[u8]) -> Option<Duration> {
    let seconds = i64::from_be_bytes(stamp.get(..8)?.try_into().ok()?);
    let nanoseconds = u32::from_be_bytes(stamp.get(8..12)?.try_into().ok()?);
    Some(Duration::new(u64::try_from(seconds).ok()?, nanoseconds))
}

fn nanoseconds(metadata: &Metadata) -> u32 {
    u32::try_from(metadata.mtime_nsec()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_is_taken_for_the_mark() {
        let mark = u64::from(RACY_MARK);
        for (inode, len) in [(mark, None), (1, Some(mark)), (mark << 8, None)] {
            let mut before = Stamps::default();
            before.0.insert(PACKED.to_owned(), fingerprint(5, 6, inode, len));
            before
                .0
                .insert("refs/lineage/heads/".to_owned(), fingerprint(7, 8, inode, len));
            assert_eq!(before.changed_places(&before), Some(Vec::new()), "{inode} {len:?}");
            let mut racy = before.clone();
            racy.0.values_mut().for_each(|stamp| stamp.push(RACY_MARK));
            assert_eq!(racy.changed_places(&before), None);
        }
    }
}
