//! [`ReadAhead`]: rows by version id for walks, faster where a lineage lies together on disk; and rows by number.
//!
//! A look-up by id costs two searches, one in the index and one in the table. Versions are mostly inserted in the order
//! in which they were made, so a parent's row mostly is near its child's. Where two look-ups in a row confirm that, the
//! rows beyond are read in one go and kept: a chain of 100,000 takes half the time. Where they do not, nothing is lost.

use std::collections::HashMap;

use super::{
    Reader, SidecarError,
    rows::{Decoder, FromRow, Vertex},
    sql,
};
use crate::id::VersionId;

/// Two rows this close are taken for neighbours.
const NEAR: u64 = 16;

/// The most rows read ahead; more gains nothing and holds memory.
pub(super) const MOST_ROWS: i64 = 256;

/// Hands out each version at most once, as whole [`ArtifactVersion`](crate::ArtifactVersion)s or as
/// [`Step`](super::rows::Step)s.
pub(super) struct ReadAhead<'a, T> {
    reader: &'a Reader,
    decoder: Decoder,
    /// What was read ahead and not asked for yet, with its row number.
    kept: HashMap<VersionId, (i64, T)>,
    /// How many rows to read ahead next time.
    rows: i64,
    last_row: Option<i64>,
}

impl<'a, T: FromRow> ReadAhead<'a, T> {
    pub(super) fn new(reader: &'a Reader) -> Self {
        ReadAhead {
            reader,
            decoder: Decoder::default(),
            kept: HashMap::new(),
            rows: 4,
            last_row: None,
        }
    }

    /// The version with this id and its row number, if it is known.
    pub(super) fn take(&mut self, id: &VersionId) -> Result<Option<(i64, T)>, SidecarError> {
        if let Some(kept) = self.kept.remove(id) {
            self.last_row = Some(kept.0);
            return Ok(Some(kept));
        }
        let Some((row, version)) = self.reader.by_id(&mut self.decoder, id)? else {
            return Ok(None);
        };
        if let Some(last) = self.last_row.filter(|last| last.abs_diff(row) <= NEAR) {
            // Grow while most of what was read ahead was wanted.
            let wasted = i64::try_from(self.kept.len()).unwrap_or(i64::MAX);
            self.rows = if wasted * 2 <= self.rows {
                self.rows * 2
            } else {
                self.rows / 2
            };
            self.rows = self.rows.clamp(4, MOST_ROWS);
            self.kept.clear();
            if row < last {
                self.read(row.saturating_sub(self.rows), row.saturating_sub(1))?;
            } else {
                self.read(row.saturating_add(1), row.saturating_add(self.rows))?;
            }
        }
        self.last_row = Some(row);
        Ok(Some((row, version)))
    }

    fn read(&mut self, from: i64, to: i64) -> Result<(), SidecarError> {
        let mut statement = self.reader.connection().prepare_cached(T::BY_ROWS)?;
        let mut result = statement.query([from, to])?;
        while let Some(row) = result.next()? {
            let version = T::from_row(&mut self.decoder, row)?;
            self.kept.insert(version.id(), (row.get(0)?, version));
        }
        Ok(())
    }
}

/// What walks that come back to a version need of it, for who keeps what was handed out: each at most once.
pub(crate) struct Vertices<'a>(ReadAhead<'a, Vertex>);

impl Vertices<'_> {
    /// The version with this id, if it is known.
    pub(crate) fn take(&mut self, id: &VersionId) -> Result<Option<Vertex>, SidecarError> {
        Ok(self.0.take(id)?.map(|(_, vertex)| vertex))
    }
}

impl Reader {
    /// All versions, as walks need them.
    pub(crate) fn vertices(&self) -> Vertices<'_> {
        Vertices(ReadAhead::new(self))
    }

    /// The versions in these rows, one after the other, in this order, each row once. Rows that lie together are read
    /// together.
    ///
    /// # Errors
    /// Those of `visit`; damage if a row is not there.
    pub(super) fn each_row<E: From<SidecarError>>(
        &self,
        row_numbers: impl Iterator<Item = i64>,
        mut visit: impl FnMut(crate::ArtifactVersion) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self
            .connection()
            .prepare_cached(sql::ROWS)
            .map_err(SidecarError::from)?;
        let mut decoder = Decoder::default();
        let mut rows = row_numbers.peekable();
        let mut run = Vec::new();
        let mut found = HashMap::new();
        while let Some(first) = rows.next() {
            // A run: rows that go on in steps of one, up or down, or nearly so.
            run.clear();
            run.push(first);
            let (mut low, mut high) = (first, first);
            while let Some(row) = rows.next_if(|row| {
                let span = high.max(*row).abs_diff(low.min(*row));
                span <= 4 * run.len() as u64 && span < MOST_ROWS.unsigned_abs()
            }) {
                (low, high) = (low.min(row), high.max(row));
                run.push(row);
            }
            found.clear();
            let mut result = statement.query([low, high]).map_err(SidecarError::from)?;
            while let Some(row) = result.next().map_err(SidecarError::from)? {
                found.insert(row.get::<_, i64>(0).map_err(SidecarError::from)?, decoder.version(row)?);
            }
            for row in &run {
                let version = found
                    .remove(row)
                    .ok_or_else(|| SidecarError::corrupt(format!("row {row} of artifact_versions is gone")))?;
                visit(version)?;
            }
        }
        Ok(())
    }
}
