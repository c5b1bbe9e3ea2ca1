//! From git's answer to [`Merged`]: checked, relative to the artifact, with the labels that were asked for.

use std::collections::{BTreeMap, HashMap, HashSet};

use gix::{
    ObjectId,
    bstr::{BString, ByteSlice},
    objs::Kind,
};

use super::{
    Conflict, MergeError, MergeRequest, Merged, Message,
    answer::{Answer, RawMessage, StageEntry},
    history::History,
    labels::{Names, Relabel},
};
use crate::{
    content::{Content, Entry, Mode, flatten, hash_object, to_path, write_trees},
    git::scratch::ScratchObjects,
    id::HashKind,
};

/// Reads the result of one merge.
///
/// # Errors
/// [`MergeError::EmptyResult`]; [`MergeError::OutsideArtifact`] and the like for an answer that cannot be trusted.
pub(super) fn bring_home(
    request: &MergeRequest<'_>,
    history: &History,
    answer: Answer,
    scratch: &ScratchObjects<'_>,
) -> Result<Merged, MergeError> {
    let place = Place::new(request);
    let mut entries = flatten::<MergeError>(answer.tree, &mut |id| Ok(scratch.read_kind(id, Kind::Tree)?))?;
    for entry in &mut entries {
        entry.path = place.relative(&entry.path)?;
    }
    let mut stages = answer.stages;
    for entry in &mut stages {
        entry.path = place.relative(&entry.path)?;
    }

    let relabel = Relabel::new(request.labels, &history.commits);
    let names = name_all(&relabel, history, &entries, &stages);
    let mut blobs = Blobs::new(history, &relabel, scratch);
    let mut content = Vec::with_capacity(entries.len());
    for Entry { path, mode, id } in entries {
        content.push(Entry {
            path: names.of(path),
            mode,
            id: blobs.bring_home(id)?,
        });
    }
    let content = Content::new(content);
    let conflicts = conflicts(stages, &names, &mut blobs)?;
    check_places(&conflicts, &content)?;
    if content.is_empty() && conflicts.is_empty() {
        return Err(MergeError::EmptyResult);
    }
    let mut objects = blobs.new;
    let hash = write_trees::<MergeError>(content.entries(), blobs.kind, &mut |data, _| {
        objects.push((Kind::Tree, data.to_vec()));
        Ok(())
    })?;
    Ok(Merged {
        content,
        hash,
        clean: answer.clean,
        conflicts,
        messages: answer
            .messages
            .iter()
            .map(|message| self::message(message, &place, &names, &relabel))
            .collect(),
        objects,
    })
}

/// Where the artifact's paths are in the project.
struct Place<'a> {
    /// What they all begin with.
    prefix: BString,
    /// The one path there is, but for what git puts beside it.
    file_name: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn new(request: &MergeRequest<'a>) -> Self {
        let folder = if request.single_file {
            request.path.parent()
        } else {
            Some(request.path.clone())
        };
        Place {
            prefix: folder.map_or_else(String::new, |folder| format!("{folder}/")).into(),
            file_name: request.single_file.then(|| request.path.file_name()),
        }
    }

    fn find<'p>(&self, path: &'p BString) -> Option<&'p [u8]> {
        let relative = path.strip_prefix(self.prefix.as_slice())?;
        let belongs = match self.file_name {
            None => !relative.is_empty(),
            Some(name) => match relative.strip_prefix(name.as_bytes()) {
                Some(rest) => rest.is_empty() || (rest[0] == b'~' && !rest.contains(&b'/')),
                None => false,
            },
        };
        belongs.then_some(relative)
    }

    fn relative(&self, path: &BString) -> Result<BString, MergeError> {
        let relative = self
            .find(path)
            .ok_or_else(|| MergeError::OutsideArtifact { path: to_path(path) });
        relative.map(BString::from)
    }
}

fn name_all(relabel: &Relabel<'_>, history: &History, entries: &[Entry], stages: &[StageEntry]) -> Names {
    let merged = entries.iter().map(|entry| &entry.path);
    let unmerged = stages.iter().map(|entry| &entry.path);
    let known: Vec<&Content> = history.contents().into();
    Names::new(relabel, merged.chain(unmerged), |path| {
        let is_file = known.iter().any(|content| content.get(path).is_some());
        let folder = [path.as_bytes(), b"/"].concat();
        let mut all = known.iter().flat_map(|content| content.entries()).chain(entries);
        is_file || all.any(|entry| entry.path == path || entry.path.starts_with(&folder))
    })
}

fn conflicts(stages: Vec<StageEntry>, names: &Names, blobs: &mut Blobs<'_>) -> Result<Vec<Conflict>, MergeError> {
    let mut conflicts: BTreeMap<BString, Conflict> = BTreeMap::new();
    for entry in stages {
        let unknown = || MergeError::UnknownState {
            path: to_path(&entry.path),
        };
        let mode = Mode::from_git_lenient(entry.mode).ok_or_else(unknown)?;
        let path = names.of(entry.path.clone());
        let conflict = conflicts.entry(path.clone()).or_insert(Conflict {
            path,
            stages: [None; 3],
        });
        let stage = &mut conflict.stages[usize::from(entry.stage - 1)];
        if stage.replace((mode, blobs.bring_home(entry.id)?)).is_some() {
            return Err(unknown());
        }
    }
    Ok(conflicts.into_values().collect())
}

/// What a side has at an unmerged path must be in the result, or else the path cannot be checked out and `git merge` dies
/// of it: there are renames into the place of a file that git loses its way with.
fn check_places(conflicts: &[Conflict], content: &Content) -> Result<(), MergeError> {
    let lost = conflicts.iter().find(|conflict| {
        let [_, ours, theirs] = conflict.stages;
        ours.or(theirs).is_some() && content.get(conflict.path.as_ref()).is_none()
    });
    match lost {
        None => Ok(()),
        Some(conflict) => Err(MergeError::UnknownState {
            path: to_path(&conflict.path),
        }),
    }
}

fn message(message: &RawMessage, place: &Place<'_>, names: &Names, relabel: &Relabel<'_>) -> Message {
    let paths = message.paths.iter().filter_map(|path| place.find(path));
    let text = names.in_text(&message.text);
    let text = relabel.apply(&text);
    Message {
        paths: paths.map(|path| names.of(path.into())).collect(),
        kind: message.kind.to_string(),
        text: text.trim_end().to_str_lossy().into_owned(),
    }
}

/// The blobs of one merge: those that the sides brought, and those that git made of them.
struct Blobs<'a> {
    relabel: &'a Relabel<'a>,
    scratch: &'a ScratchObjects<'a>,
    kind: HashKind,
    known: HashSet<ObjectId>,
    relabelled: HashMap<ObjectId, ObjectId>,
    new: Vec<(Kind, Vec<u8>)>,
}

impl<'a> Blobs<'a> {
    fn new(history: &History, relabel: &'a Relabel<'a>, scratch: &'a ScratchObjects<'a>) -> Self {
        let entries = history.contents().into_iter().flat_map(Content::entries);
        Blobs {
            relabel,
            scratch,
            kind: HashKind::of(history.commits.base.kind()),
            known: entries.map(|entry| entry.id).collect(),
            relabelled: HashMap::new(),
            new: Vec::new(),
        }
    }

    /// The id of the same blob with labels.
    fn bring_home(&mut self, id: ObjectId) -> Result<ObjectId, MergeError> {
        if self.known.contains(&id) {
            return Ok(id);
        }
        if let Some(known) = self.relabelled.get(&id) {
            return Ok(*known);
        }
        let made = self.scratch.read_kind(id, Kind::Blob)?;
        let data = self.relabel.apply(&made).into_owned();
        let new = hash_object(self.kind, "blob", &data);
        self.new.push((Kind::Blob, data));
        self.relabelled.insert(id, new);
        Ok(new)
    }
}
