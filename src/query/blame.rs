//! `blame`: which version each line of a file comes from.
//!
//! The answer is `git blame`'s on the commits of the lineage, through merges and renames inside the artifact; what it means
//! for the artifact (origin, resolution) is added here. Edits that are not recorded are not part of any version.

use std::collections::{BTreeMap, btree_map};

use gix::objs::Kind;
use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::{Query, QueryError, details::percent_encoded};
use crate::{
    content::Entry, id::VersionId, index::IndexError, origin::ChangeOrigin, similar::similar_paths,
    version::ArtifactVersion,
};

/// A file with a zero byte among so many first ones is binary, as for git.
const LOOKED_AT: usize = 8000;

/// A file of a version, line by line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Blame {
    /// The file, relative to the artifact, as bytes; not always UTF-8.
    pub path: Vec<u8>,
    /// All lines, in order; none for an empty file.
    pub lines: Vec<BlamedLine>,
    /// The versions that the lines come from.
    pub versions: BTreeMap<VersionId, ArtifactVersion>,
}

/// One line, and where it comes from.
///
/// Serialises to the JSON object of the command line, key by key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BlamedLine {
    /// Its place in the file, from 1.
    pub line_no: usize,
    /// The version in which it first appeared. Lines from before an orphan are the orphan's.
    pub version_id: VersionId,
    /// Why that version was recorded; `None` is unknown.
    pub change_origin: Option<ChangeOrigin>,
    /// True if the version merged others and the line is in none of them: it was written while resolving the merge.
    pub resolution: bool,
    /// The bytes without the line feed; a carriage return before it stays.
    pub text: Vec<u8>,
}

impl Serialize for BlamedLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let plain = std::str::from_utf8(&self.text);
        let mut line = serializer.serialize_struct("BlamedLine", 5 + usize::from(plain.is_err()))?;
        line.serialize_field("line_no", &self.line_no)?;
        line.serialize_field("version_id", &self.version_id)?;
        line.serialize_field("change_origin", &self.change_origin)?;
        line.serialize_field("resolution", &self.resolution)?;
        match plain {
            Ok(text) => line.serialize_field("text", text)?,
            Err(_) => {
                line.serialize_field("text", &percent_encoded(&self.text))?;
                line.serialize_field("text_encoding", "percent")?;
            }
        }
        line.end()
    }
}

impl Query<'_> {
    /// Where each line of a file of a version comes from. Without `file`, the version's only one.
    pub(crate) fn blame(&self, id: &VersionId, file: Option<&[u8]>) -> Result<Blame, QueryError> {
        let entry = self.blamed_file(id, file)?;
        let data = self.repo.read_kind(entry.id, Kind::Blob)?;
        if is_binary(&data) {
            return Err(QueryError::BinaryFile {
                version_id: *id,
                path: percent_encoded_if_needed(&entry.path),
            });
        }
        let texts: Vec<&[u8]> = data.split_inclusive(|byte| *byte == b'\n').collect();
        let ends = self.index.reader().orphans().map_err(IndexError::from)?;
        let commits = match texts.len() {
            0 => Vec::new(),
            count => self.repo.blame(id.oid(), entry.path.as_ref(), count, &ends)?,
        };
        let mut versions = BTreeMap::new();
        let mut lines = Vec::with_capacity(texts.len());
        for (at, (text, commit)) in texts.into_iter().zip(commits).enumerate() {
            let version_id = VersionId::from_oid(commit);
            let version = match versions.entry(version_id) {
                btree_map::Entry::Occupied(known) => known.into_mut(),
                btree_map::Entry::Vacant(new) => new.insert(self.version(&version_id)?),
            };
            lines.push(BlamedLine {
                line_no: at + 1,
                version_id,
                change_origin: version.change_origin,
                // What an orphan was made from is not here, so nobody can tell what it added.
                resolution: version.parent_ids.len() > 1 && !version.orphan,
                text: text.strip_suffix(b"\n").unwrap_or(text).to_owned(),
            });
        }
        Ok(Blame {
            path: entry.path.into(),
            lines,
            versions,
        })
    }

    /// The file that is meant: at this path, else one whose path is not UTF-8 and in JSON is written like this.
    fn blamed_file(&self, id: &VersionId, file: Option<&[u8]>) -> Result<Entry, QueryError> {
        let mut entries = self.entries(&self.version(id)?)?;
        let Some(file) = file else {
            return match entries.len() {
                1 => Ok(entries.remove(0)),
                files => Err(QueryError::WhichFile { version_id: *id, files }),
            };
        };
        let is_written_so = |entry: &&Entry| {
            let path = percent_encoded_if_needed(&entry.path);
            path.as_bytes() == file
        };
        let exact = entries.iter().find(|entry| entry.path == file);
        if let Some(found) = exact.or_else(|| entries.iter().find(is_written_so)) {
            return Ok(found.clone());
        }
        let path = percent_encoded_if_needed(file);
        let known: Vec<String> = entries
            .iter()
            .map(|entry| percent_encoded_if_needed(&entry.path))
            .collect();
        Err(QueryError::NoSuchFile {
            version_id: *id,
            similar: similar_paths(&path, &known),
            path,
        })
    }
}

/// Whether a file has no lines that mean anything.
pub(super) fn is_binary(data: &[u8]) -> bool {
    data[..data.len().min(LOOKED_AT)].contains(&0)
}

/// A path as JSON has it.
fn percent_encoded_if_needed(path: &[u8]) -> String {
    match std::str::from_utf8(path) {
        Ok(path) => path.to_owned(),
        Err(_) => percent_encoded(path),
    }
}
