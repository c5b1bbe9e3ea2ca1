//! [`Reader`]: look-ups. One prepared statement each, kept by the connection, and all through indexes.

use std::collections::{BTreeMap, HashSet};

use rusqlite::{Connection, OptionalExtension, Params, params};

use super::{
    SidecarError, order, rows,
    rows::{Decoder, FromRow, Step},
    sql,
};
use crate::{
    id::{ArtifactId, ContentHash, VersionId},
    version::ArtifactVersion,
};

/// What can be asked of an index. A [`Sidecar`](super::Sidecar) and a transaction ([`Tx`](super::Tx)) both deref to it.
///
/// All methods fail with damage where a row is not what it should be, and with the other errors of
/// [`SidecarError`] as SQLite meets them.
#[derive(Debug)]
pub(crate) struct Reader {
    conn: Connection,
}

impl Reader {
    pub(super) fn over(conn: Connection) -> Self {
        Reader { conn }
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.conn
    }

    /// Runs several queries on one moment of the index: what other processes write meanwhile is not seen.
    ///
    /// # Errors
    /// Those of `work`.
    pub(crate) fn snapshot<T, E: From<SidecarError>>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        // Inside of a transaction that moment is already given.
        if !self.conn.is_autocommit() {
            return work();
        }
        let _moment = Moment::begin(&self.conn)?;
        work()
    }

    /// One version, if it is known.
    pub(crate) fn version(&self, id: &VersionId) -> Result<Option<ArtifactVersion>, SidecarError> {
        Ok(self.version_with_row(id)?.map(|(_, version)| version))
    }

    /// One version and its row number, which [`order_of`](Self::order_of) explains, if it is known.
    pub(crate) fn version_with_row(&self, id: &VersionId) -> Result<Option<(i64, ArtifactVersion)>, SidecarError> {
        self.by_id(&mut Decoder::default(), id)
    }

    /// The row number of a version. Where versions are inserted after their parents, it is greater than those of all
    /// its ancestors.
    pub(crate) fn order_of(&self, id: &VersionId) -> Result<Option<i64>, SidecarError> {
        let mut statement = self.connection().prepare_cached(sql::ORDER_OF)?;
        Ok(statement.query_row([id.as_bytes()], |row| row.get(0)).optional()?)
    }

    /// Whose version it is, and its content; `None` if it is not known.
    pub(crate) fn identity(&self, id: &VersionId) -> Result<Option<(ArtifactId, ContentHash)>, SidecarError> {
        let mut statement = self.conn.prepare_cached(sql::IDENTITY)?;
        let mut result = statement.query([id.as_bytes()])?;
        let Some(row) = result.next()? else {
            return Ok(None);
        };
        let artifact = rows::artifact_id(rows::text(row, 0)?)?;
        Ok(Some((artifact, rows::content_hash(rows::blob(row, 1)?)?)))
    }

    /// The versions of any artifact with exactly this content, newest first.
    pub(crate) fn find_by_content(&self, content: &ContentHash) -> Result<Vec<ArtifactVersion>, SidecarError> {
        self.in_order(self.versions(sql::BY_CONTENT, [content.as_bytes()])?)
    }

    /// The versions of which any parent has this content, newest first, each once. Orphans count: their parent's hash
    /// is known where the parent is not, if it is the first.
    pub(crate) fn children_of(&self, content: &ContentHash) -> Result<Vec<ArtifactVersion>, SidecarError> {
        let mut found = self.versions(sql::BY_PARENT_CONTENT, [content.as_bytes()])?;
        let mut seen = HashSet::new();
        found.retain(|version| seen.insert(version.version_id));
        self.in_order(found)
    }

    /// The same, newest first. Ordering several may read more, on one moment.
    fn in_order(&self, mut found: Vec<ArtifactVersion>) -> Result<Vec<ArtifactVersion>, SidecarError> {
        if found.len() > 1 {
            self.snapshot(|| order::newest_first(self, &mut found))?;
        }
        Ok(found)
    }

    /// The parents of a version, first parent first; `None` if it is not known.
    pub(crate) fn parents(&self, id: &VersionId) -> Result<Option<Vec<VersionId>>, SidecarError> {
        Ok(self.step(id)?.map(|step| step.parents))
    }

    /// The versions of an artifact made from second `since` to second `until` (both included, `None` = no bound),
    /// newest first, at most `limit`. Newest is what the dates say; where they say the same, a version stands before those
    /// it descends from.
    pub(crate) fn timeline(
        &self,
        artifact: &ArtifactId,
        since: Option<i64>,
        until: Option<i64>,
        limit: Option<usize>,
    ) -> Result<Vec<ArtifactVersion>, SidecarError> {
        let limit = limit.unwrap_or(usize::MAX);
        let mut found = Vec::<ArtifactVersion>::new();
        let mut decoder = Decoder::default();
        let mut statement = self.conn.prepare_cached(sql::TIMELINE)?;
        let mut result = statement.query(params![
            artifact.as_str(),
            since.unwrap_or(i64::MIN),
            until.unwrap_or(i64::MAX)
        ])?;
        while let Some(row) = result.next()? {
            let version = decoder.version(row)?;
            // Which of several from one second come first is only known when all are there.
            let same_second = |last: &ArtifactVersion| last.created_at.seconds == version.created_at.seconds;
            if found.len() >= limit && !found.last().is_some_and(same_second) {
                break;
            }
            found.push(version);
        }
        order::newest_first(self, &mut found)?;
        found.truncate(limit);
        Ok(found)
    }

    /// The ids of all artifacts with a version, sorted. One jump through the index for each, however many versions.
    pub(crate) fn artifact_ids(&self) -> Result<Vec<ArtifactId>, SidecarError> {
        self.snapshot(|| {
            let mut found = Vec::<ArtifactId>::new();
            let mut next = self.conn.prepare_cached(sql::ARTIFACT_AFTER)?;
            loop {
                let after = found.last().map_or("", ArtifactId::as_str);
                match next.query_row([after], |row| row.get::<_, String>(0)).optional()? {
                    Some(text) => found.push(rows::artifact_id(&text)?),
                    None => return Ok(found),
                }
            }
        })
    }

    /// How many versions are known. Reads a whole index: about ten milliseconds for a million.
    pub(crate) fn count(&self) -> Result<u64, SidecarError> {
        let count: i64 = self.conn.prepare_cached(sql::COUNT)?.query_row([], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// The ids of all versions, sorted.
    pub(crate) fn all_version_ids(&self) -> Result<Vec<VersionId>, SidecarError> {
        self.ids(sql::ALL_IDS, [])
    }

    /// The versions marked as orphans, sorted: to be looked at again when a fetch may have brought their parents.
    pub(crate) fn orphans(&self) -> Result<Vec<VersionId>, SidecarError> {
        self.ids(sql::ORPHANS, [])
    }

    /// The ref tips up to which versions were indexed, by full ref name.
    pub(crate) fn tips(&self) -> Result<BTreeMap<Vec<u8>, VersionId>, SidecarError> {
        let mut statement = self.conn.prepare_cached(sql::TIPS)?;
        let mut result = statement.query([])?;
        let mut tips = BTreeMap::new();
        while let Some(row) = result.next()? {
            tips.insert(rows::blob(row, 0)?.to_vec(), rows::version_id(rows::blob(row, 1)?)?);
        }
        Ok(tips)
    }

    /// The tip up to which one ref was indexed.
    pub(crate) fn tip(&self, ref_name: &[u8]) -> Result<Option<VersionId>, SidecarError> {
        Ok(self.ids(sql::TIP, [ref_name])?.pop())
    }

    /// The caller's fingerprints of the places where refs are stored, by place.
    pub(crate) fn stamps(&self) -> Result<BTreeMap<String, Vec<u8>>, SidecarError> {
        let mut statement = self.conn.prepare_cached("SELECT place, stamp FROM ref_stamps")?;
        let mut result = statement.query([])?;
        let mut stamps = BTreeMap::new();
        while let Some(row) = result.next()? {
            stamps.insert(rows::text(row, 0)?.to_owned(), rows::blob(row, 1)?.to_vec());
        }
        Ok(stamps)
    }

    /// Runs a `versions!` query.
    pub(super) fn versions(&self, query: &str, params: impl Params) -> Result<Vec<ArtifactVersion>, SidecarError> {
        let mut statement = self.conn.prepare_cached(query)?;
        let mut result = statement.query(params)?;
        let mut decoder = Decoder::default();
        let mut found = Vec::new();
        while let Some(row) = result.next()? {
            found.push(decoder.version(row)?);
        }
        Ok(found)
    }

    /// Runs a query whose only column is a version id.
    pub(super) fn ids(&self, query: &str, params: impl Params) -> Result<Vec<VersionId>, SidecarError> {
        let mut statement = self.conn.prepare_cached(query)?;
        let mut result = statement.query(params)?;
        let mut found = Vec::new();
        while let Some(row) = result.next()? {
            found.push(rows::version_id(rows::blob(row, 0)?)?);
        }
        Ok(found)
    }

    /// What walks need of one version.
    pub(super) fn step(&self, id: &VersionId) -> Result<Option<Step>, SidecarError> {
        Ok(self.by_id(&mut Decoder::default(), id)?.map(|(_, step)| step))
    }

    /// One version as whatever is needed of it, and its row number.
    pub(super) fn by_id<T: FromRow>(
        &self,
        decoder: &mut Decoder,
        id: &VersionId,
    ) -> Result<Option<(i64, T)>, SidecarError> {
        let mut statement = self.conn.prepare_cached(T::BY_ID)?;
        let mut result = statement.query([id.as_bytes()])?;
        match result.next()? {
            Some(row) => Ok(Some((row.get(0)?, T::from_row(decoder, row)?))),
            None => Ok(None),
        }
    }
}

/// A transaction that only reads. Its two statements are kept compiled, which a look-up of a few microseconds notices.
struct Moment<'a>(&'a Connection);

impl<'a> Moment<'a> {
    fn begin(conn: &'a Connection) -> Result<Self, SidecarError> {
        conn.prepare_cached("BEGIN DEFERRED")?.execute([])?;
        Ok(Moment(conn))
    }
}

impl Drop for Moment<'_> {
    fn drop(&mut self) {
        // Nothing was written, so whether it ends well changes nothing.
        let _ = self.0.prepare_cached("ROLLBACK").and_then(|mut end| end.execute([]));
    }
}
