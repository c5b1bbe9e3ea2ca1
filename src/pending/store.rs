//! An unfinished operation as a commit: written with the objects it needs, read back, and found by its ref.

use std::collections::BTreeMap;

use gix::{
    ObjectId,
    bstr::{BString, ByteSlice, ByteVec},
    objs::Kind,
};

use super::{
    ManifestChange, Pending, PendingError, Unmerged, index_entries,
    record::{EntryRecord, FORM, PlaceRecord, Record},
    saved, worktree_name,
};
use crate::{
    checkout::Placement,
    content::{Content, Entry, Mode, flatten, write_trees},
    git::{Repo, objects::ObjectBatch},
    id::VersionId,
    version::{Person, Signature, Timestamp, commit::fitting_signature},
};

/// An unfinished operation and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) ref_name: String,
    pub(crate) commit: ObjectId,
    pub(crate) pending: Pending,
}

impl Standing {
    /// All operations that are unfinished in this work tree, by ref name.
    pub(crate) fn all(repo: &Repo) -> Result<Vec<Standing>, PendingError> {
        let refs = repo.list_refs(&repo.prefix().worktree_dir(&worktree_name(repo)))?;
        refs.into_iter()
            .map(|(ref_name, commit)| {
                let pending = Pending::load(repo, &ref_name, commit)?;
                Ok(Standing {
                    ref_name,
                    commit,
                    pending,
                })
            })
            .collect()
    }

    /// One that stands no longer, from its commit, which `kept_by` keeps.
    pub(crate) fn ended(repo: &Repo, kept_by: &str, commit: ObjectId) -> Result<Standing, PendingError> {
        Ok(Standing {
            pending: Pending::load(repo, kept_by, commit)?,
            ref_name: String::new(),
            commit,
        })
    }

    /// Whether a ref says that it is unfinished.
    pub(crate) fn is_standing(&self) -> bool {
        !self.ref_name.is_empty()
    }
}

impl Pending {
    /// The ref that this operation stands at.
    pub(crate) fn ref_name(&self, repo: &Repo) -> String {
        repo.prefix().pending(&worktree_name(repo), &self.artifact_id)
    }

    /// Hands the commit and all it needs to the batch and returns its id.
    pub(crate) fn store(&self, repo: &Repo, batch: &mut ObjectBatch<'_>) -> Result<ObjectId, PendingError> {
        let record = serde_json::to_vec_pretty(&self.record()).expect("texts and numbers are always JSON");
        let mut files = vec![
            ("operation.json".to_owned(), record),
            ("index".to_owned(), index_entries::encode(&self.index)),
            ("saved".to_owned(), saved::encode(&self.saved)),
            ("unmerged".to_owned(), encode_unmerged(&self.unmerged)),
        ];
        let manifest = &self.manifest;
        files.extend(
            manifest
                .file_before
                .clone()
                .map(|text| ("manifest-before".to_owned(), text)),
        );
        files.push(("manifest-after".to_owned(), manifest.file_after.clone()));
        let mut entries = Vec::new();
        for (n, place) in self.places.iter().enumerate() {
            files.push((format!("places/{n}/stage"), place.also_stage.join(&0)));
            for (side, content) in [("old", &place.old), ("new", &place.new)] {
                entries.extend(content.entries().iter().map(|entry| Entry {
                    path: in_folder(&format!("places/{n}/{side}/"), &entry.path),
                    ..entry.clone()
                }));
            }
        }
        for (path, data) in files {
            entries.push(file(path.into(), batch.add(Kind::Blob, &data)?));
        }
        // What nothing else in this tree holds: it must outlive a gc all the same.
        let kept: BTreeMap<ObjectId, Entry> = self
            .needed_blobs()
            .map(|id| (id, file(format!("blobs/{id}").into(), id)))
            .collect();
        entries.extend(
            kept.into_values()
                .filter(|entry| repo.exists(entry.id) || batch.holds(entry.id)),
        );
        let tree = write_trees(&entries, repo.hash_kind(), &mut |data, _| {
            batch.add(Kind::Tree, data).map(drop).map_err(PendingError::from)
        })?;
        Ok(batch.add(Kind::Commit, &self.commit(tree.oid()))?)
    }

    fn needed_blobs(&self) -> impl Iterator<Item = ObjectId> + '_ {
        let saved = self.saved.iter().map(|file| file.id);
        // A submodule's entry names a commit of another repository.
        let index = self.index.iter().filter(|entry| entry.mode != 0o160_000);
        let stages = self.unmerged.iter().flat_map(|path| path.stages.into_iter().flatten());
        saved.chain(index.map(|entry| entry.id)).chain(stages.map(|(_, id)| id))
    }

    fn record(&self) -> Record {
        let places = self.places.iter().map(|place| PlaceRecord {
            path: place.path.to_string(),
            single_file: place.single_file,
        });
        Record {
            form: FORM,
            operation: self.operation,
            phase: self.phase,
            artifact_id: self.artifact_id.clone(),
            line: self.line.clone(),
            started_at: self.started_at.map(|id| id.to_string()),
            head_before: self.head_before,
            head_after: self.head_after,
            conflicted: self.conflicted,
            incoming: self.incoming,
            moved_from: self.moved_from.clone(),
            places: places.collect(),
            entry_before: self.manifest.before.as_ref().map(EntryRecord::of),
            entry_after: self.manifest.after.as_ref().map(EntryRecord::of),
            stage: self.stage,
        }
    }

    fn commit(&self, tree: ObjectId) -> Vec<u8> {
        let mut parents: Vec<VersionId> = Vec::new();
        let moved_from = self.moved_from.as_ref().map(|old| old.head);
        for parent in [self.head_before, self.head_after, self.incoming, moved_from]
            .into_iter()
            .flatten()
        {
            if !parents.contains(&parent) {
                parents.push(parent);
            }
        }
        let person = fitting_signature(&self.caller);
        let commit = gix::objs::Commit {
            tree,
            parents: parents.into_iter().map(|version| version.oid()).collect(),
            author: person.clone(),
            committer: person,
            encoding: None,
            message: format!(
                "Unfinished {} of {}\n\nThis is no version: it is the way forward and back of a command that has not ended.\n",
                self.operation.as_str(),
                self.artifact_id
            )
            .into(),
            extra_headers: Vec::new(),
        };
        let mut data = Vec::new();
        gix::objs::WriteTo::write_to(&commit, &mut data).expect("a vector takes everything");
        data
    }

    /// Reads a commit back.
    pub(crate) fn load(repo: &Repo, ref_name: &str, commit: ObjectId) -> Result<Self, PendingError> {
        let unreadable = |reason: &str| PendingError::Unreadable {
            ref_name: ref_name.to_owned(),
            reason: reason.to_owned(),
        };
        let data = repo.read_kind(commit, Kind::Commit)?;
        let parsed = gix::objs::CommitRef::from_bytes(&data, commit.kind())
            .map_err(|_| unreadable("it is no well-formed commit"))?;
        let committer = parsed.committer().map_err(|_| unreadable("it has no committer"))?;
        let caller = Signature {
            person: Person {
                name: committer.name.to_string(),
                email: committer.email.to_string(),
            },
            time: Timestamp::from_gix(committer.time().unwrap_or_default()),
        };
        let read_tree = &mut |tree| repo.read_kind(tree, Kind::Tree).map_err(PendingError::from);
        let mut files: BTreeMap<BString, Entry> = BTreeMap::new();
        for entry in flatten(parsed.tree(), read_tree)? {
            files.insert(entry.path.clone(), entry);
        }
        let read = |name: &str| -> Result<Vec<u8>, PendingError> {
            let entry = files.get(name.as_bytes().as_bstr());
            let entry = entry.ok_or_else(|| unreadable(&format!("it has no file '{name}'")))?;
            Ok(repo.read_kind(entry.id, Kind::Blob)?)
        };
        let record: Record = serde_json::from_slice(&read("operation.json")?)
            .map_err(|error| unreadable(&format!("operation.json: {error}")))?;
        if record.form > FORM {
            return Err(unreadable("a newer version of this program wrote it"));
        }
        let malformed = |name: &str| unreadable(&format!("its file '{name}' is malformed"));
        let mut places = Vec::with_capacity(record.places.len());
        for (n, place) in record.places.into_iter().enumerate() {
            let content = |side: &str| folder(&files, &format!("places/{n}/{side}/"));
            places.push(Placement {
                path: place.path.parse().map_err(|_| malformed("operation.json"))?,
                single_file: place.single_file,
                old: content("old"),
                new: content("new"),
                also_stage: paths(&read(&format!("places/{n}/stage"))?),
            });
        }
        let entry = |entry: Option<EntryRecord>| match entry {
            None => Ok(None),
            Some(entry) => entry
                .into_entry(&record.artifact_id)
                .map(Some)
                .ok_or_else(|| malformed("operation.json")),
        };
        let started_at = record.started_at.as_deref().map(|id| ObjectId::from_hex(id.as_bytes()));
        Ok(Pending {
            manifest: ManifestChange {
                before: entry(record.entry_before)?,
                after: entry(record.entry_after)?,
                file_before: match files.contains_key(b"manifest-before".as_bstr()) {
                    true => Some(read("manifest-before")?),
                    false => None,
                },
                file_after: read("manifest-after")?,
            },
            index: index_entries::decode(&read("index")?).ok_or_else(|| malformed("index"))?,
            saved: saved::decode(&read("saved")?).ok_or_else(|| malformed("saved"))?,
            unmerged: decode_unmerged(&read("unmerged")?).ok_or_else(|| malformed("unmerged"))?,
            operation: record.operation,
            phase: record.phase,
            artifact_id: record.artifact_id,
            line: record.line,
            started_at: started_at.transpose().map_err(|_| malformed("operation.json"))?,
            caller,
            head_before: record.head_before,
            head_after: record.head_after,
            conflicted: record.conflicted,
            incoming: record.incoming,
            moved_from: record.moved_from,
            places,
            stage: record.stage,
        })
    }
}

/// The paths in a list separated by NUL bytes.
fn paths(text: &[u8]) -> Vec<BString> {
    let paths = text.split(|byte| *byte == 0).filter(|path| !path.is_empty());
    paths.map(BString::from).collect()
}

fn file(path: BString, id: ObjectId) -> Entry {
    Entry {
        path,
        mode: Mode::File,
        id,
    }
}

fn in_folder(folder: &str, path: &BString) -> BString {
    let mut full = BString::from(folder);
    full.push_str(path);
    full
}

/// The files below `folder` (which ends in `/`), with paths relative to it.
fn folder(files: &BTreeMap<BString, Entry>, folder: &str) -> Content {
    let below = files
        .range(BString::from(folder)..)
        .take_while(|(path, _)| path.starts_with(folder.as_bytes()));
    Content::new(
        below
            .map(|(path, entry)| Entry {
                path: path[folder.len()..].into(),
                ..entry.clone()
            })
            .collect(),
    )
}

/// `<mode> <id> <stage>\t<path>\0` for each stage, as `git ls-files --unmerged -z` prints them.
fn encode_unmerged(paths: &[Unmerged]) -> Vec<u8> {
    let mut text = Vec::new();
    for path in paths {
        for (n, stage) in path.stages.iter().enumerate() {
            if let Some((mode, id)) = stage {
                text.extend_from_slice(format!("{} {id} {}\t", mode.as_str(), n + 1).as_bytes());
                text.extend_from_slice(&path.path);
                text.push(0);
            }
        }
    }
    text
}

/// `None` for a text that [`encode_unmerged`] did not write.
fn decode_unmerged(text: &[u8]) -> Option<Vec<Unmerged>> {
    let mut paths: Vec<Unmerged> = Vec::new();
    for line in text.split(|byte| *byte == 0).filter(|line| !line.is_empty()) {
        let (head, path) = line.split_once_str("\t")?;
        let mut words = head.to_str().ok()?.split(' ');
        let mode = Mode::from_git(u32::from_str_radix(words.next()?, 8).ok()?)?;
        let id = ObjectId::from_hex(words.next()?.as_bytes()).ok()?;
        let stage = words.next()?.parse::<usize>().ok()?.checked_sub(1)?;
        if paths.last().is_none_or(|last| last.path != path) {
            paths.push(Unmerged {
                path: path.into(),
                stages: [None; 3],
            });
        }
        *paths.last_mut()?.stages.get_mut(stage)? = Some((mode, id));
    }
    Some(paths)
}
