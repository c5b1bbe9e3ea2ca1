//! [`Tx`]: changes of rows inside of one transaction; [`Inserter`]: the same for a whole index at once.
//!
//! Versions do not change, so writing one that is there already is no change; only whether it is an orphan is learnt
//! later, when a fetch brings the parent.

use std::{cell::RefCell, collections::HashMap, ops::Deref};

use rusqlite::{Connection, OptionalExtension, Statement, params};

use super::{Reader, SidecarError, rows};
use crate::{
    id::VersionId,
    version::{ArtifactVersion, Person, Upstream},
};

/// An open transaction, see [`Sidecar::transaction`](super::Sidecar::transaction). Reads see its own changes.
pub(crate) struct Tx<'a> {
    reader: &'a Reader,
    names: RefCell<Names>,
}

impl Deref for Tx<'_> {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        self.reader
    }
}

impl<'a> Tx<'a> {
    pub(super) fn new(reader: &'a Reader) -> Self {
        Tx {
            reader,
            names: RefCell::default(),
        }
    }

    /// Adds a version; true if it was not there. If it was, only its orphan mark is brought up to date.
    ///
    /// Parents need not be there, nor come first; but inserting them first keeps lineages close together on disk.
    ///
    /// # Errors
    /// Those of writing.
    pub(crate) fn insert_version(&self, version: &ArtifactVersion) -> Result<bool, SidecarError> {
        let conn = self.connection();
        let names = &mut *self.names.borrow_mut();
        let author = names.person(conn, &version.author)?;
        let upstream = names.upstream(conn, version.upstream.as_ref())?;
        let mut statement = conn.prepare_cached(rows::INSERT_IF_NEW)?;
        if rows::insert(&mut statement, version, author, upstream)? == 0 {
            self.set_orphan(&version.version_id, version.orphan)?;
            return Ok(false);
        }
        insert_merge_parents(conn, version)?;
        Ok(true)
    }

    /// Marks a version as an orphan or as none; true if that changed something.
    ///
    /// # Errors
    /// Those of writing.
    pub(crate) fn set_orphan(&self, id: &VersionId, orphan: bool) -> Result<bool, SidecarError> {
        let mut statement = self
            .connection()
            .prepare_cached("UPDATE artifact_versions SET orphan = ?2 WHERE version_id = ?1 AND orphan <> ?2")?;
        Ok(statement.execute(params![id.as_bytes(), orphan])? > 0)
    }

    /// Removes versions that no ref reaches any more; returns how many there were. Children are not touched: whether
    /// they now are orphans is for the caller to say. If anything was removed, the memo of project states is cleared,
    /// since it may name what is gone.
    ///
    /// # Errors
    /// Those of writing.
    pub(crate) fn delete_versions<'i>(
        &self,
        ids: impl IntoIterator<Item = &'i VersionId>,
    ) -> Result<usize, SidecarError> {
        let conn = self.connection();
        let mut delete = conn.prepare_cached(
            "DELETE FROM artifact_versions WHERE version_id = ?1 RETURNING id, version_id, parent_ids",
        )?;
        let mut unlink = conn.prepare_cached("DELETE FROM merge_parents WHERE parent_id = ?1 AND child = ?2")?;
        let mut deleted = 0;
        for id in ids {
            let mut result = delete.query([id.as_bytes()])?;
            let Some(row) = result.next()? else { continue };
            let child: i64 = row.get(0)?;
            let parents = rows::split(rows::blob(row, 2)?, id.as_bytes().len())?;
            // A statement that returns rows is only done when it has been read to its end.
            while result.next()?.is_some() {}
            for parent in parents.iter().skip(1) {
                unlink.execute(params![parent.as_bytes(), child])?;
            }
            deleted += 1;
        }
        if deleted > 0 {
            self.clear_project_states()?;
        }
        Ok(deleted)
    }

    /// Notes up to which version a ref has been indexed; `None` forgets the ref.
    ///
    /// # Errors
    /// Those of writing.
    pub(crate) fn set_tip(&self, ref_name: &[u8], tip: Option<&VersionId>) -> Result<(), SidecarError> {
        set_tip(self.connection(), ref_name, tip)
    }

    /// Notes a fingerprint of a place where refs are stored; `None` forgets it. What it means is the caller's business.
    ///
    /// # Errors
    /// Those of writing.
    pub(crate) fn set_stamp(&self, place: &str, stamp: Option<&[u8]>) -> Result<(), SidecarError> {
        set_stamp(self.connection(), place, stamp)
    }
}

/// Fills an empty index that has no look-up indexes yet, see [`Sidecar::build`](super::Sidecar::build) and
/// [`Sidecar::rebuild`](super::Sidecar::rebuild). It cannot be asked anything.
pub(crate) struct Inserter<'a> {
    conn: &'a Connection,
    insert: Statement<'a>,
    names: Names,
}

impl<'a> Inserter<'a> {
    pub(super) fn new(reader: &'a Reader) -> Result<Self, SidecarError> {
        let conn = reader.connection();
        Ok(Inserter {
            conn,
            insert: conn.prepare(rows::INSERT_NEW)?,
            names: Names::default(),
        })
    }

    /// Adds a version. Parents first keeps lineages close together on disk, which walks then profit from. One that is
    /// inserted twice is there once.
    ///
    /// # Errors
    /// Those of writing.
    pub(crate) fn insert_version(&mut self, version: &ArtifactVersion) -> Result<(), SidecarError> {
        let author = self.names.person(self.conn, &version.author)?;
        let upstream = self.names.upstream(self.conn, version.upstream.as_ref())?;
        rows::insert(&mut self.insert, version, author, upstream)?;
        insert_merge_parents(self.conn, version)
    }

    /// As [`Tx::set_tip`].
    ///
    /// # Errors
    /// Those of writing.
    pub(crate) fn set_tip(&mut self, ref_name: &[u8], tip: &VersionId) -> Result<(), SidecarError> {
        set_tip(self.conn, ref_name, Some(tip))
    }

    /// As [`Tx::set_stamp`].
    ///
    /// # Errors
    /// Those of writing.
    pub(crate) fn set_stamp(&mut self, place: &str, stamp: &[u8]) -> Result<(), SidecarError> {
        set_stamp(self.conn, place, Some(stamp))
    }
}

fn set_tip(conn: &Connection, ref_name: &[u8], tip: Option<&VersionId>) -> Result<(), SidecarError> {
    match tip {
        Some(tip) => conn
            .prepare_cached("INSERT OR REPLACE INTO ref_tips (ref_name, version_id) VALUES (?1, ?2)")?
            .execute(params![ref_name, tip.as_bytes()])?,
        None => conn
            .prepare_cached("DELETE FROM ref_tips WHERE ref_name = ?1")?
            .execute([ref_name])?,
    };
    Ok(())
}

fn set_stamp(conn: &Connection, place: &str, stamp: Option<&[u8]>) -> Result<(), SidecarError> {
    match stamp {
        Some(stamp) => conn
            .prepare_cached("INSERT OR REPLACE INTO ref_stamps (place, stamp) VALUES (?1, ?2)")?
            .execute(params![place, stamp])?,
        None => conn
            .prepare_cached("DELETE FROM ref_stamps WHERE place = ?1")?
            .execute([place])?,
    };
    Ok(())
}

/// Notes the parents beyond the first of the row just inserted. A commit may name one parent twice.
fn insert_merge_parents(conn: &Connection, version: &ArtifactVersion) -> Result<(), SidecarError> {
    if version.parent_ids.len() > 1 {
        let child = conn.last_insert_rowid();
        let mut statement =
            conn.prepare_cached("INSERT OR IGNORE INTO merge_parents (parent_id, child) VALUES (?1, ?2)")?;
        for parent in &version.parent_ids[1..] {
            statement.execute(params![parent.as_bytes(), child])?;
        }
    }
    Ok(())
}

/// The numbers of people and upstreams that this transaction already met. Not kept beyond it: another process may build
/// the index anew and number them differently.
#[derive(Default)]
struct Names {
    people: HashMap<Person, i64>,
    upstreams: HashMap<UpstreamPlace, i64>,
}

type UpstreamPlace = (Option<String>, Option<String>, Option<String>);

/// Beyond this many, forget and look them up again: a history where all differ must not fill the memory.
const MOST_NAMES: usize = 10_000;

impl Names {
    fn person(&mut self, conn: &Connection, person: &Person) -> Result<i64, SidecarError> {
        if let Some(id) = self.people.get(person) {
            return Ok(*id);
        }
        let known = conn
            .prepare_cached("SELECT id FROM people WHERE name = ?1 AND email = ?2")?
            .query_row([&person.name, &person.email], |row| row.get(0))
            .optional()?;
        let id = match known {
            Some(id) => id,
            None => conn
                .prepare_cached("INSERT INTO people (name, email) VALUES (?1, ?2)")?
                .insert([&person.name, &person.email])?,
        };
        if self.people.len() >= MOST_NAMES {
            self.people.clear();
        }
        self.people.insert(person.clone(), id);
        Ok(id)
    }

    fn upstream(&mut self, conn: &Connection, upstream: Option<&Upstream>) -> Result<Option<i64>, SidecarError> {
        let Some(upstream) = upstream else {
            return Ok(None);
        };
        let place = (upstream.url.clone(), upstream.path.clone(), upstream.ref_name.clone());
        if let Some(id) = self.upstreams.get(&place) {
            return Ok(Some(*id));
        }
        let values = params![place.0, place.1, place.2];
        // IS, because nulls are values here; the unique constraint takes no two nulls for equal.
        let known = conn
            .prepare_cached("SELECT id FROM upstreams WHERE url IS ?1 AND path IS ?2 AND ref IS ?3")?
            .query_row(values, |row| row.get(0))
            .optional()?;
        let id = match known {
            Some(id) => id,
            None => conn
                .prepare_cached("INSERT INTO upstreams (url, path, ref) VALUES (?1, ?2, ?3)")?
                .insert(values)?,
        };
        if self.upstreams.len() >= MOST_NAMES {
            self.upstreams.clear();
        }
        self.upstreams.insert(place, id);
        Ok(Some(id))
    }
}
