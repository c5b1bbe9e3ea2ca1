//! [`sight`]: what a plain directory looks like now, by the stat data of everything in it.

use std::{collections::HashMap, os::fd::AsFd, path::Path, time::Duration};

use gix::{
    bstr::{BString, ByteVec},
    index::State,
};
use rustix::fs::CWD;
use sha2::{Digest, Sha256};

use super::{
    super::listing::{self, Entry, FileStat, Folder, folder_times_tell},
    Key, Known, field,
};
use crate::{content::to_path, project_path::ProjectPath};

/// How far a file system's clock may lag behind the changes it stamps, where it counts nanoseconds.
pub(super) const RACY: Duration = Duration::from_millis(50);
/// The same where it only counts seconds, or every other one, and where it is another clock than that of the memo's own.
pub(super) const RACY_SECONDS: Duration = Duration::from_secs(3);

/// What a directory looks like now.
#[derive(Debug, Clone)]
pub(crate) struct Sight {
    /// Which source it is, at which path of the project.
    pub(super) key: Key,
    pub(super) stamp: Key,
    /// The latest time of anything in it, since 1970.
    pub(super) newest: Duration,
    pub(super) counts_seconds: bool,
    /// `None` where it reaches over several.
    pub(super) device: Option<i64>,
    /// As [`Known::names`].
    pub(super) names: Vec<u8>,
}

impl Sight {
    /// Whether whatever changes after `clock` was read bears another time than anything that was seen.
    pub(super) fn is_settled(&self, clock: &FileStat) -> bool {
        let racy = if self.counts_seconds || self.device != Some(clock.device()) {
            RACY_SECONDS
        } else {
            RACY
        };
        self.newest + racy < clock.latest()
    }
}

/// Looks at one directory or file, by the names that it had where some are known.
pub(super) fn sight(
    source: &Path,
    artifact: &ProjectPath,
    index: &State,
    mut digest: Sha256,
    known: &HashMap<Key, Known>,
) -> Option<Sight> {
    let path = artifact.as_str();
    let mut key = Sha256::new();
    field(&mut key, source.as_os_str().as_encoded_bytes());
    field(&mut key, path.as_bytes());
    let key = key.finalize().into();
    // Where line ends are made uniform, git leaves those alone that the index has.
    for at in index.prefixed_entries_range(path.into()).into_iter().flatten() {
        let entry = index.entry(at);
        field(&mut digest, entry.path(index));
        digest.update(entry.id.as_slice());
    }
    let taken = |names: &[u8], stats: &[FileStat]| -> Option<Sight> {
        let mut digest = digest.clone();
        field(&mut digest, names);
        for number in stats.iter().flat_map(FileStat::numbers) {
            digest.update(number.to_be_bytes());
        }
        Some(Sight {
            key,
            stamp: digest.finalize().into(),
            newest: stats.iter().map(FileStat::latest).max()?,
            counts_seconds: stats.iter().any(FileStat::counts_seconds),
            device: one_device(stats),
            names: Vec::new(),
        })
    };
    if let Some(known) = known.get(&key)
        && let Ok(stats) = look_again(source, &known.names)
        && let Some(mut sight) = taken(&known.names, &stats)
        && sight.stamp == known.stamp
    {
        sight.names.clone_from(&known.names);
        return Some(sight);
    }
    let found = list(source).ok()?;
    let mut names = Vec::new();
    for (name, _) in &found.entries {
        names.extend_from_slice(name);
        names.push(0);
    }
    let stats: Vec<FileStat> = found.entries.iter().map(|(_, stat)| *stat).collect();
    let mut sight = taken(&names, &stats)?;
    if found.names_are_told {
        sight.names = names;
    }
    Some(sight)
}

/// What the names that a directory had are now; all of them were there, or it is an error.
fn look_again(source: &Path, names: &[u8]) -> std::io::Result<Vec<FileStat>> {
    let Some(inside) = names.strip_prefix(b"\0") else {
        return Err(std::io::ErrorKind::NotFound.into());
    };
    let mut stats = vec![FileStat::of(CWD, source)?];
    if inside.is_empty() {
        return Ok(stats);
    }
    let root = listing::open_root(source)?;
    for name in inside.split_inclusive(|byte| *byte == 0) {
        stats.push(FileStat::of(root.as_fd(), &to_path(own_name(name)))?);
    }
    Ok(stats)
}

/// Without what marks its end and a folder: with a `/` behind it, the system would follow a symbolic link.
fn own_name(name: &[u8]) -> &[u8] {
    let name = name.strip_suffix(b"\0").unwrap_or(name);
    name.strip_suffix(b"/").unwrap_or(name)
}

/// What stands in a source.
struct Listed {
    /// Everything in a directory, sorted by name, itself first, folders with a `/` at their end; or the one file.
    entries: Vec<(BString, FileStat)>,
    /// Whether these are the names as long as no folder looks different.
    names_are_told: bool,
}

fn list(source: &Path) -> std::io::Result<Listed> {
    let not_remembered = || std::io::Error::from(std::io::ErrorKind::InvalidInput);
    let own = FileStat::of(CWD, source)?;
    let mut entries = vec![(BString::default(), own)];
    if own.is_link() {
        return Err(not_remembered());
    }
    if !own.is_folder() {
        return Ok(Listed {
            entries,
            names_are_told: true,
        });
    }
    let root = listing::open_root(source)?;
    let mut folders = vec![BString::default()];
    while let Some(mut path) = folders.pop() {
        let folder = if path.is_empty() {
            ".".into()
        } else {
            to_path(own_name(&path))
        };
        let length = path.len();
        Folder::open(root.as_fd(), &folder)?.each(|name, entry| {
            if name.eq_ignore_ascii_case(b".git") {
                return Err(not_remembered());
            }
            path.truncate(length);
            path.push_str(name);
            match entry {
                Entry::Folder => {
                    // Before it is listed, so that what comes later is seen the next time.
                    let stat = FileStat::of(root.as_fd(), &to_path(&path))?;
                    path.push(b'/');
                    entries.push((path.clone(), stat));
                    folders.push(path.clone());
                }
                Entry::File(stat) => entries.push((path.clone(), stat)),
            }
            Ok::<_, std::io::Error>(())
        })?;
    }
    entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let stats: Vec<FileStat> = entries.iter().map(|(_, stat)| *stat).collect();
    Ok(Listed {
        names_are_told: one_device(&stats).is_some() && folder_times_tell(root.as_fd()),
        entries,
    })
}

/// The device that all of them are on.
fn one_device(stats: &[FileStat]) -> Option<i64> {
    let device = stats.first()?.device();
    stats.iter().all(|stat| stat.device() == device).then_some(device)
}
