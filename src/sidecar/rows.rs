//! [`ArtifactVersion`] to row and back.
//!
//! Guarantees: what is read is checked as strictly as what enters elsewhere (lengths, artifact ids, origins, offsets),
//! so a row that somebody edited is an error with its row number, never a wrong answer.

use std::borrow::Cow;

use rusqlite::{
    Row, Statement, params,
    types::{Type, ValueRef},
};

use super::{SidecarError, sql};
use crate::{
    id::{ArtifactId, CommitId, ContentHash, VersionId},
    origin::ChangeOrigin,
    version::{ArtifactVersion, Person, Timestamp, Upstream},
};

/// The columns an insert fills, in the order of [`insert`].
macro_rules! insert_columns {
    () => {
        "INSERT INTO artifact_versions (version_id, artifact_id, content_hash, parent_hash, parent_ids, created_at, \
         tz_offset, author_id, summary, upstream_id, upstream_commit, upstream_tree, project_commit, orphan, \
         change_origin) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
    };
}

/// Adds a row that is known to be new.
pub(super) const INSERT_NEW: &str = insert_columns!();

/// Adds a row unless its version is there.
pub(super) const INSERT_IF_NEW: &str = concat!(insert_columns!(), " ON CONFLICT (version_id) DO NOTHING");

/// Runs one of the insert statements; returns the number of rows it added, 0 or 1.
pub(super) fn insert(
    statement: &mut Statement<'_>,
    version: &ArtifactVersion,
    author: i64,
    upstream: Option<i64>,
) -> Result<usize, SidecarError> {
    let from = version.upstream.as_ref();
    Ok(statement.execute(params![
        version.version_id.as_bytes(),
        version.artifact_id.as_str(),
        version.content_hash.as_bytes(),
        version.parent_hash.as_ref().map(ContentHash::as_bytes),
        join(&version.parent_ids).as_ref(),
        version.created_at.seconds,
        version.created_at.offset,
        author,
        version.summary,
        upstream,
        from.and_then(|from| from.commit.as_ref()).map(CommitId::as_bytes),
        from.and_then(|from| from.tree.as_ref()).map(ContentHash::as_bytes),
        version.project_commit.as_ref().map(CommitId::as_bytes),
        version.orphan,
        version.change_origin.map(ChangeOrigin::as_str),
    ])?)
}

/// The raw ids one after the other.
pub(super) fn join(ids: &[VersionId]) -> Cow<'_, [u8]> {
    match ids {
        [one] => Cow::Borrowed(one.as_bytes()),
        ids => Cow::Owned(ids.iter().flat_map(VersionId::as_bytes).copied().collect()),
    }
}

/// Splits what [`join`] put together; `len` is the length of one id.
pub(super) fn split(bytes: &[u8], len: usize) -> Result<Vec<VersionId>, SidecarError> {
    if !bytes.len().is_multiple_of(len) {
        return Err(SidecarError::corrupt(format!(
            "parents of {} bytes where an id has {len}",
            bytes.len()
        )));
    }
    bytes.chunks_exact(len).map(version_id).collect()
}

/// Reads a version id of raw bytes.
pub(super) fn version_id(bytes: &[u8]) -> Result<VersionId, SidecarError> {
    VersionId::from_bytes(bytes).ok_or_else(|| SidecarError::corrupt(format!("a version id of {} bytes", bytes.len())))
}

/// Reads a content hash of raw bytes.
pub(super) fn content_hash(bytes: &[u8]) -> Result<ContentHash, SidecarError> {
    ContentHash::from_bytes(bytes)
        .ok_or_else(|| SidecarError::corrupt(format!("a content hash of {} bytes", bytes.len())))
}

/// Reads an artifact id.
pub(super) fn artifact_id(text: &str) -> Result<ArtifactId, SidecarError> {
    text.parse()
        .map_err(|error| SidecarError::corrupt(format!("an artifact id that is none ({error})")))
}

/// The bytes of column `index`, borrowed.
pub(super) fn blob<'a>(row: &'a Row<'_>, index: usize) -> Result<&'a [u8], SidecarError> {
    optional_blob(row, index)?.ok_or_else(|| wrong(row, index))
}

/// The bytes of column `index`, borrowed, or `None` where it is null.
pub(super) fn optional_blob<'a>(row: &'a Row<'_>, index: usize) -> Result<Option<&'a [u8]>, SidecarError> {
    match row.get_ref(index)? {
        ValueRef::Null => Ok(None),
        ValueRef::Blob(bytes) => Ok(Some(bytes)),
        _ => Err(wrong(row, index)),
    }
}

/// The text of column `index`, borrowed.
pub(super) fn text<'a>(row: &'a Row<'_>, index: usize) -> Result<&'a str, SidecarError> {
    optional_text(row, index)?.ok_or_else(|| wrong(row, index))
}

fn optional_text<'a>(row: &'a Row<'_>, index: usize) -> Result<Option<&'a str>, SidecarError> {
    match row.get_ref(index)? {
        ValueRef::Null => Ok(None),
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).map(Some).map_err(|_| wrong(row, index)),
        _ => Err(wrong(row, index)),
    }
}

fn origin(row: &Row<'_>, index: usize) -> Result<Option<ChangeOrigin>, SidecarError> {
    match optional_text(row, index)? {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| wrong(row, index)),
    }
}

fn wrong(row: &Row<'_>, index: usize) -> SidecarError {
    let column = row.as_ref().column_name(index).unwrap_or("?");
    let kind = row.get_ref(index).map_or(Type::Null, |value| value.data_type());
    SidecarError::corrupt(format!("column {column} holds a wrong value ({kind})"))
}

/// Turns rows of a `versions!` query into versions. Kept for the length of one result: consecutive rows mostly belong
/// to one artifact, whose id then is checked once.
#[derive(Default)]
pub(super) struct Decoder {
    artifact: Option<ArtifactId>,
}

impl Decoder {
    /// Reads a row of a `versions!` query.
    pub(super) fn version(&mut self, row: &Row<'_>) -> Result<ArtifactVersion, SidecarError> {
        self.decode(row).map_err(|error| match error {
            SidecarError::Corrupt { what, source } => {
                let id: i64 = row.get(0).unwrap_or_default();
                let what = format!("row {id} of artifact_versions: {what}");
                SidecarError::Corrupt { what, source }
            }
            other => other,
        })
    }

    fn decode(&mut self, row: &Row<'_>) -> Result<ArtifactVersion, SidecarError> {
        let raw_id = blob(row, 1)?;
        let content = |index| optional_blob(row, index)?.map(content_hash).transpose();
        let commit = |index| match optional_blob(row, index)? {
            None => Ok(None),
            Some(bytes) => CommitId::from_bytes(bytes).map(Some).ok_or_else(|| wrong(row, index)),
        };
        let change_origin = origin(row, 14)?;
        let orphan = match row.get_ref(13)? {
            ValueRef::Integer(0) => false,
            ValueRef::Integer(1) => true,
            _ => return Err(wrong(row, 13)),
        };
        Ok(ArtifactVersion {
            version_id: version_id(raw_id)?,
            artifact_id: self.artifact(text(row, 2)?)?,
            content_hash: content_hash(blob(row, 3)?)?,
            parent_hash: content(4)?,
            parent_ids: split(blob(row, 5)?, raw_id.len())?,
            change_origin,
            created_at: Timestamp {
                seconds: row.get(6)?,
                offset: row.get(7)?,
            },
            author: Person {
                name: text(row, 15)?.to_owned(),
                email: text(row, 16)?.to_owned(),
            },
            summary: text(row, 8)?.to_owned(),
            upstream: if row.get_ref(9)? == ValueRef::Null {
                None
            } else if row.get_ref(17)? == ValueRef::Null {
                return Err(SidecarError::corrupt("it names an upstream that is not there"));
            } else {
                Some(Upstream {
                    url: optional_text(row, 18)?.map(str::to_owned),
                    path: optional_text(row, 19)?.map(str::to_owned),
                    ref_name: optional_text(row, 20)?.map(str::to_owned),
                    commit: commit(10)?,
                    tree: content(11)?,
                })
            },
            project_commit: commit(12)?,
            orphan,
        })
    }

    fn artifact(&mut self, text: &str) -> Result<ArtifactId, SidecarError> {
        match &self.artifact {
            Some(known) if known.as_str() == text => Ok(known.clone()),
            _ => {
                let id = artifact_id(text)?;
                self.artifact = Some(id.clone());
                Ok(id)
            }
        }
    }
}

/// A version as walks see it.
pub(super) struct Step {
    pub(super) version_id: VersionId,
    pub(super) content_hash: ContentHash,
    pub(super) parent_hash: Option<ContentHash>,
    pub(super) parents: Vec<VersionId>,
    pub(super) created_at: i64,
}

/// A version in the graph of all.
#[derive(Debug)]
pub(crate) struct Vertex {
    pub(crate) id: VersionId,
    /// Greater than that of all its ancestors: its row number.
    pub(crate) order: i64,
    pub(crate) parents: Vec<VersionId>,
    pub(crate) origin: Option<ChangeOrigin>,
    /// False for one taken from a project commit.
    pub(crate) made_in_work_tree: bool,
}

/// What can be read by id and by row number, the row number being the first column.
pub(super) trait FromRow: Sized {
    /// ?1 a version id.
    const BY_ID: &str;
    /// ?1 and ?2 the first and last row.
    const BY_ROWS: &str;

    fn from_row(decoder: &mut Decoder, row: &Row<'_>) -> Result<Self, SidecarError>;
    fn id(&self) -> VersionId;
}

impl FromRow for ArtifactVersion {
    const BY_ID: &str = sql::VERSION;
    const BY_ROWS: &str = sql::ROWS;

    fn from_row(decoder: &mut Decoder, row: &Row<'_>) -> Result<Self, SidecarError> {
        decoder.version(row)
    }

    fn id(&self) -> VersionId {
        self.version_id
    }
}

impl FromRow for Step {
    const BY_ID: &str = sql::STEP;
    const BY_ROWS: &str = sql::STEP_ROWS;

    fn from_row(_: &mut Decoder, row: &Row<'_>) -> Result<Self, SidecarError> {
        let raw_id = blob(row, 1)?;
        Ok(Step {
            version_id: version_id(raw_id)?,
            content_hash: content_hash(blob(row, 2)?)?,
            parent_hash: optional_blob(row, 3)?.map(content_hash).transpose()?,
            parents: split(blob(row, 4)?, raw_id.len())?,
            created_at: row.get(5)?,
        })
    }

    fn id(&self) -> VersionId {
        self.version_id
    }
}

impl FromRow for Vertex {
    const BY_ID: &str = sql::VERTEX;
    const BY_ROWS: &str = sql::VERTEX_ROWS;

    fn from_row(_: &mut Decoder, row: &Row<'_>) -> Result<Self, SidecarError> {
        let raw_id = blob(row, 1)?;
        Ok(Vertex {
            id: version_id(raw_id)?,
            order: row.get(0)?,
            parents: split(blob(row, 2)?, raw_id.len())?,
            origin: origin(row, 3)?,
            made_in_work_tree: row.get(4)?,
        })
    }

    fn id(&self) -> VersionId {
        self.id
    }
}
