//! What was last fetched for each ref, remembered without a network.
//!
//! A file per ref: its text is the commit, its time of change when the upstream was seen. A git ref of the same name
//! keeps the commit from gc.

use std::{io::Write, path::PathBuf};

use gix::ObjectId;

use super::{Store, UpstreamError, refs::Resolved};
use crate::{refname::encode_component, version::Timestamp};

/// The state of an upstream's ref when it was last fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) commit: ObjectId,
    /// When the upstream was asked, in UTC.
    pub(crate) time: Timestamp,
}

impl Store {
    /// What was last fetched for a ref, asked for by the name that [`Resolved::ref_name`] had; `None` if that was never
    /// fetched, or is not in the cache any more.
    ///
    /// # Errors
    /// [`UpstreamError::CacheIo`], and [`UpstreamError::NotACommit`] for a cache that somebody else wrote.
    pub(crate) fn last_seen(&self, ref_name: &str) -> Result<Option<Seen>, UpstreamError> {
        let path = self.seen_file(ref_name);
        let read = std::fs::read_to_string(&path).and_then(|text| Ok((text, std::fs::metadata(&path)?.modified()?)));
        let (text, modified) = match read {
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(UpstreamError::cache("read", path)(error)),
        };
        let Ok(commit) = ObjectId::from_hex(text.trim().as_bytes()) else {
            return Ok(None);
        };
        if !self.has(commit)? {
            return Ok(None);
        }
        let since_epoch = modified.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Ok(Some(Seen {
            commit,
            time: Timestamp {
                seconds: i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX),
                offset: 0,
            },
        }))
    }

    /// Remembers what was fetched.
    pub(super) fn remember(&self, resolved: &Resolved) -> Result<(), UpstreamError> {
        let path = self.seen_file(&resolved.ref_name);
        let directory = self.dir.join("seen");
        let failed = || UpstreamError::cache("write", &path);
        std::fs::create_dir_all(&directory).map_err(failed())?;
        let mut file = tempfile::NamedTempFile::new_in(&directory).map_err(failed())?;
        writeln!(file, "{}", resolved.commit).map_err(failed())?;
        file.persist(&path).map_err(|error| failed()(error.error))?;
        Ok(())
    }

    /// The git ref that keeps what was fetched for a ref.
    pub(super) fn seen_ref(ref_name: &str) -> String {
        format!("refs/seen/{}", encode_component(ref_name))
    }

    fn seen_file(&self, ref_name: &str) -> PathBuf {
        self.dir.join("seen").join(encode_component(ref_name))
    }
}
