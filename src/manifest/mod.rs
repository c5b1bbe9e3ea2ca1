//! The manifest `.gitlineage`: which artifacts a project commit has deployed, where they lie and where they come from.
//!
//! A text file in git-config syntax that the project tracks, like `.gitmodules`; sections `[artifact "<id>"]`, sorted
//! by id. Guarantees: what is read obeys the rules of the format (ids, paths, object ids, no key twice, no artifact
//! inside another); what is written is read alike by git; and people may edit the file: comments, unknown keys and
//! sections, spacing, order and line ends outside the lines concerned survive every change byte for byte.
//!
//! It is only text here: includes are not followed and no other configuration is read. An unmerged manifest is merged from
//! its [stages](Stages); where they come from, and when the file is written and staged, is the callers' business.

mod edit;
mod entry;
mod error;
mod index;
mod plain;
#[cfg(test)]
mod properties;
mod scan;
mod stages;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::{id::ArtifactId, project_path::ProjectPath};
use entry::{Key, invalid_value};
use index::Index;
use scan::{KeyLine, Part};

pub use entry::ManifestEntry;
pub use error::{ManifestError, ManifestValueError};
pub(crate) use stages::{Baseline, Older, Stages};

pub(crate) use crate::project_path::MANIFEST_FILE;

/// A manifest with every byte of its file.
#[derive(Debug, Clone)]
pub(crate) struct Manifest {
    /// The file cut at the lines of its section headers; the first piece is what stands before all of them. Never empty.
    pieces: Vec<Piece>,
    index: Index,
    newline: &'static str,
}

/// The text of one section.
#[derive(Debug, Clone, Default)]
struct Piece {
    /// The artifact, if the section is about one; several sections may be about the same.
    id: Option<ArtifactId>,
    text: Vec<u8>,
}

impl Default for Manifest {
    /// The manifest of a project without one.
    fn default() -> Self {
        Self {
            pieces: vec![Piece::default()],
            index: Index::default(),
            newline: "\n",
        }
    }
}

impl Manifest {
    /// Reads a manifest, in time linear in its size (n log n for n artifacts).
    ///
    /// # Errors
    /// Any [`ManifestError`]; the first one, see [`examine`](Self::examine) for all.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let (manifest, errors) = Manifest::read(bytes);
        match errors.into_iter().next() {
            Some(first) => Err(first),
            None => Ok(manifest),
        }
    }

    /// The entries of a manifest, sorted by id, for who does not want to change it.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub(crate) fn entries_of(bytes: &[u8]) -> Result<Vec<ManifestEntry>, ManifestError> {
        match plain::entries(bytes) {
            Some(entries) => Ok(entries),
            None => Ok(Manifest::parse(bytes)?.index.into_entries()),
        }
    }

    /// The entries of a manifest as far as they can be read, by id, and all that is wrong with it.
    pub(crate) fn examine(bytes: &[u8]) -> (Vec<ManifestEntry>, Vec<ManifestError>) {
        let (manifest, errors) = Manifest::read(bytes);
        (manifest.entries().cloned().collect(), errors)
    }

    fn read(bytes: &[u8]) -> (Self, Vec<ManifestError>) {
        let parts = match scan::scan(bytes) {
            Ok(parts) => parts,
            Err(error) => return (Self::default(), vec![error]),
        };
        let mut errors = Vec::new();
        let mut pieces = Vec::with_capacity(parts.len());
        let mut found: BTreeMap<ArtifactId, Found> = BTreeMap::new();
        for part in parts {
            let text = bytes[part.range.clone()].to_vec();
            let id = artifact_of(&part).unwrap_or_else(|error| {
                errors.push(error);
                None
            });
            if let Some((id, line)) = &id {
                let found = found.entry(id.clone()).or_insert_with(|| Found::at(*line));
                found.take(id, part.keys, &mut errors);
            }
            pieces.push(Piece {
                id: id.map(|(id, _)| id),
                text,
            });
        }
        let entries = found.into_iter();
        let entries: Vec<ManifestEntry> = entries
            .filter_map(|(id, found)| found.into_entry(&id, &mut errors))
            .collect();
        let index = Index::of(&entries).unwrap_or_else(|| {
            let mut index = Index::default();
            for entry in entries {
                errors.extend(index.insert(entry).err());
            }
            index
        });
        let manifest = Self {
            pieces,
            index,
            newline: edit::newline_of(bytes),
        };
        (manifest, errors)
    }

    /// The file as it is to be written.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let texts: Vec<&[u8]> = self.pieces.iter().map(|piece| piece.text.as_slice()).collect();
        texts.concat()
    }

    /// What the manifest says of an artifact; `None` if it is not deployed.
    pub(crate) fn get(&self, id: &ArtifactId) -> Option<&ManifestEntry> {
        self.index.get(id)
    }

    /// All deployed artifacts, sorted by id.
    pub(crate) fn entries(&self) -> impl ExactSizeIterator<Item = &ManifestEntry> {
        self.index.entries()
    }

    /// The artifact that lies at this path or around it. Costs a look-up.
    pub(crate) fn containing(&self, path: &ProjectPath) -> Option<&ManifestEntry> {
        self.index.containing(path)
    }

    /// Takes an entry in. In the section of a known artifact only the lines of changed keys change; a new section goes
    /// to its sorted place.
    ///
    /// # Errors
    /// [`ManifestError::InvalidValue`], [`ManifestError::OverlappingPaths`] or [`ManifestError::CaseTwins`]; then
    /// nothing has changed.
    pub(crate) fn set(&mut self, entry: ManifestEntry) -> Result<(), ManifestError> {
        entry.check()?;
        self.index.check(&entry)?;
        match self.index.get(&entry.id).cloned() {
            None => self.insert_section(&entry),
            Some(old) => {
                for key in Key::ALL {
                    let value = entry.value(key);
                    if old.value(key) != value {
                        self.update(&entry.id, key, value.as_deref());
                    }
                }
            }
        }
        self.index.insert(entry)
    }

    /// Takes an artifact out, with all lines from its header to its last key; the comments after that stay. False if
    /// it is not there.
    pub(crate) fn remove(&mut self, id: &ArtifactId) -> bool {
        if !self.index.remove(id) {
            return false;
        }
        for at in (1..self.pieces.len()).rev() {
            if self.pieces[at].id.as_ref() == Some(id) {
                self.remove_section(at);
            }
        }
        true
    }

    /// The text of an artifact's section with the comments behind it; `None` where it has none, or several.
    pub(crate) fn section_text(&self, id: &ArtifactId) -> Option<&[u8]> {
        let mut own = self.pieces.iter().filter(|piece| piece.id.as_ref() == Some(id));
        let only = own.next()?;
        own.next().is_none().then_some(only.text.as_slice())
    }

    /// Puts `text` in the place of an artifact's only section; it must say what the section says.
    pub(crate) fn set_section_text(&mut self, id: &ArtifactId, text: &[u8]) {
        if let Some(piece) = self.pieces.iter_mut().find(|piece| piece.id.as_ref() == Some(id)) {
            piece.text = text.to_vec();
        }
    }

    fn remove_section(&mut self, at: usize) {
        let is_last = at + 1 == self.pieces.len();
        let removed = self.pieces.remove(at).text;
        let tail = &removed[scan::scan_piece(&removed).body_end..];
        let previous = &mut self.pieces[at - 1].text;
        if is_last && !removed.ends_with(b"\n") && tail.is_empty() {
            edit::strip_newline(previous);
        }
        previous.extend_from_slice(tail);
    }

    fn insert_section(&mut self, entry: &ManifestEntry) {
        let (before, cut) = self.place_for(&entry.id);
        let tail = self.pieces[before].text.split_off(cut);
        let previous = &mut self.pieces[before].text;
        let continues_line = !edit::at_line_start(previous);
        if continues_line {
            previous.extend_from_slice(self.newline.as_bytes());
        }
        let mut text = edit::section(entry, self.newline).into_bytes();
        let ends_file = tail.is_empty() && before + 1 == self.pieces.len();
        if !(continues_line && ends_file) {
            text.extend_from_slice(self.newline.as_bytes());
        }
        text.extend_from_slice(&tail);
        let id = Some(entry.id.clone());
        self.pieces.insert(before + 1, Piece { id, text });
    }

    /// The piece behind which a new section goes, and how much of that piece stays before it.
    fn place_for(&self, id: &ArtifactId) -> (usize, usize) {
        let smaller = self.index.before(id);
        let of_smaller = |piece: &Piece| piece.id.is_some() && piece.id.as_ref() == smaller;
        if let Some(at) = self.pieces.iter().rposition(of_smaller) {
            (at, scan::scan_piece(&self.pieces[at].text).body_end)
        } else if let Some(first) = self.pieces.iter().position(|piece| piece.id.is_some()) {
            (first - 1, edit::attached_comments(&self.pieces[first - 1].text))
        } else {
            let last = self.pieces.len() - 1;
            (last, self.pieces[last].text.len())
        }
    }

    /// Changes one key of an artifact that has a section.
    fn update(&mut self, id: &ArtifactId, key: Key, value: Option<&str>) {
        let newline = self.newline;
        match (self.find(id, key), value) {
            (Some((section, line)), Some(value)) => edit::replace_value(section, &line, value),
            (Some((section, line)), None) => edit::remove_line(section, &line),
            (None, Some(value)) => {
                for previous in Key::ALL[..key.index()].iter().rev() {
                    if let Some((section, line)) = self.find(id, *previous) {
                        edit::insert_after(section, &line, key, value, newline);
                        return;
                    }
                }
                unreachable!("every artifact has a path, and the path is the first key");
            }
            (None, None) => {}
        }
    }

    fn find(&mut self, id: &ArtifactId, key: Key) -> Option<(&mut Vec<u8>, KeyLine)> {
        let sections = self.pieces.iter_mut().filter(|piece| piece.id.as_ref() == Some(id));
        sections.map(|piece| &mut piece.text).find_map(|text| {
            let keys = scan::scan_piece(text).keys;
            let line = keys.into_iter().find(|line| line.key == key)?;
            Some((text, line))
        })
    }
}

/// The artifact a section is about and the line of its header.
fn artifact_of(part: &Part) -> Result<Option<(ArtifactId, usize)>, ManifestError> {
    let Some((header, name)) = part.header.as_ref().and_then(|h| Some((h, h.artifact.as_ref()?))) else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(name).into_owned();
    match text.parse() {
        // A replacement character that was not there before would make two names one.
        Ok(id) if text.as_bytes() == name => Ok(Some((id, header.line))),
        Ok(_) => Err(ManifestError::InvalidId {
            line: header.line,
            source: crate::id::IdError::InvalidName {
                name: text.clone(),
                reason: "it is not UTF-8",
            },
            text,
        }),
        Err(source) => Err(ManifestError::InvalidId {
            text,
            line: header.line,
            source,
        }),
    }
}

/// What the sections of one artifact say together.
struct Found {
    line: usize,
    keys: [Option<KeyLine>; Key::COUNT],
}

impl Found {
    fn at(line: usize) -> Self {
        Self {
            line,
            keys: Default::default(),
        }
    }

    /// Takes keys in; of one that stands there twice the first counts.
    fn take(&mut self, id: &ArtifactId, keys: Vec<KeyLine>, errors: &mut Vec<ManifestError>) {
        for new in keys {
            match &mut self.keys[new.key.index()] {
                slot @ None => *slot = Some(new),
                Some(first) => errors.push(ManifestError::DuplicateKey {
                    id: id.clone(),
                    key: new.key.as_str(),
                    first_line: first.line,
                    second_line: new.line,
                }),
            }
        }
    }

    /// The entry, without the values that are invalid; `None` if it has no valid path.
    fn into_entry(self, id: &ArtifactId, errors: &mut Vec<ManifestError>) -> Option<ManifestEntry> {
        if self.keys[Key::Path.index()].is_none() {
            errors.push(ManifestError::MissingPath {
                id: id.clone(),
                line: self.line,
            });
        }
        let mut entry: Option<ManifestEntry> = None;
        for found in self.keys.into_iter().flatten() {
            let text = String::from_utf8_lossy(&found.value);
            let checked = if found.raw_value.is_none() {
                Err(ManifestValueError::NoValue)
            } else if text.as_bytes() != found.value {
                Err(ManifestValueError::NotUtf8)
            } else {
                match &mut entry {
                    Some(entry) => entry.set_value(found.key, &text),
                    None if found.key == Key::Path => text
                        .parse()
                        .map(|path| entry = Some(ManifestEntry::new(id.clone(), path)))
                        .map_err(ManifestValueError::Path),
                    // Nothing to put it into; that the path is wrong has been said.
                    None => Ok(()),
                }
            };
            if let Err(source) = checked {
                errors.push(invalid_value(id, found.key, &text, source));
            }
        }
        entry
    }
}
