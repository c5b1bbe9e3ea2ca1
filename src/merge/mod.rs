//! Three-way merges of artifacts, by git's own engine (rule 2 of the design).
//!
//! A merge is asked of `git merge-tree` on throw-away commits: a base, and on it one commit for each side, whose trees hold
//! the artifact at its place in the project ([`history`]). They lie in a temporary object directory; the process runs at
//! the top of the project's work tree ([`ask`]). So all that counts for `git merge` of such commits counts here:
//! `.gitattributes` as they lie in the work tree (what the incoming side changes in them counts from the next merge on),
//! `info/attributes`, merge drivers, `merge.*`, `core.*`. What git answers is read ([`answer`]), checked, and brought home
//! with labels that mean something ([`labels`], [`outcome`]).
//!
//! Guarantees: one process for any number of merges, unless one of them makes git fail, which then fails alone; nothing
//! is written to the project, neither its objects nor its refs, index or files (merge drivers get their temporary files at
//! the top of the work tree, as in `git merge`); the answer depends on contents, place, configuration and git only. A
//! missing object is an error, never guessed around. Left to others: which contents to merge, whether the result may be
//! written (the gate), recording it.

mod answer;
mod ask;
mod error;
mod history;
mod labels;
mod outcome;
#[cfg(test)]
mod tests;

use gix::{ObjectId, bstr::BString, objs::Kind};

use crate::{
    content::{Content, Mode},
    git::{GitError, Repo, objects::ObjectBatch, scratch::ScratchObjects},
    id::ContentHash,
    project_path::ProjectPath,
};

pub use error::{MergeError, MergeSide};
pub(crate) use labels::Labels;

use ask::Engine;
use history::History;

/// One artifact to merge.
#[derive(Debug, Clone)]
pub(crate) struct MergeRequest<'a> {
    /// Its place in the project: attributes are looked up there.
    pub(crate) path: &'a ProjectPath,
    /// It is one file; each content is then a tree with that entry.
    pub(crate) single_file: bool,
    /// What both sides started from.
    pub(crate) base: ContentHash,
    /// What is here.
    pub(crate) ours: ContentHash,
    /// What comes in.
    pub(crate) theirs: ContentHash,
    /// What the sides are called in conflict markers.
    pub(crate) labels: Labels<'a>,
}

/// Which side wins where both changed the same lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Favor {
    /// What is here.
    Ours,
    /// What comes in.
    Theirs,
}

/// What a merge came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Merged {
    /// The files as they are to lie in the work tree; those in conflict with markers in them. Where a file and a link
    /// clash in an artifact that is one file, git puts one of them beside the other, as `<name>~<label>`.
    pub(crate) content: Content,
    /// The hash of that content.
    pub(crate) hash: ContentHash,
    /// Nothing is left to decide. There are conflicts without a path, where git is not sure about a renamed directory.
    pub(crate) clean: bool,
    /// What belongs into the index where something is left to decide, by path.
    pub(crate) conflicts: Vec<Conflict>,
    /// What git has to say about it.
    pub(crate) messages: Vec<Message>,
    objects: Vec<(Kind, Vec<u8>)>,
}

/// One path that is unmerged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conflict {
    /// Relative to the artifact.
    pub(crate) path: BString,
    /// The index stages 1 (base), 2 (ours) and 3 (theirs).
    pub(crate) stages: [Option<(Mode, ObjectId)>; 3],
}

/// A remark of git's, which need not be about a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// The paths it is about, relative to the artifact.
    pub(crate) paths: Vec<BString>,
    /// Its kind, in words that git keeps stable, e.g. `CONFLICT (rename/delete)`.
    pub(crate) kind: String,
    /// For people; the paths in it are the project's.
    pub(crate) text: String,
}

impl Merged {
    /// Hands the objects that the merge made to a batch.
    pub(crate) fn store(&self, batch: &mut ObjectBatch<'_>) -> Result<(), GitError> {
        for (kind, data) in &self.objects {
            batch.add(*kind, data)?;
        }
        Ok(())
    }
}

/// Merges every one of `requests`, with `batch` lending the objects that are not in the repository yet. Answers in the
/// same order; one that fails leaves the others alone.
///
/// # Errors
/// [`GitError`] where no merge could be tried: git cannot be started, is too old for `favor`, or there is no place for
/// temporary files.
pub(crate) fn merge_all(
    repo: &Repo,
    batch: &ObjectBatch<'_>,
    requests: &[MergeRequest<'_>],
    favor: Option<Favor>,
) -> Result<Vec<Result<Merged, MergeError>>, GitError> {
    if requests.is_empty() {
        return Ok(Vec::new());
    }
    let engine = Engine::new(repo, favor)?;
    for _ in 1..MOST_TRIES {
        let mut scratch = repo.scratch_objects(batch)?;
        let merged = merge_in(&mut scratch, &engine, requests);
        if scratch.is_whole() {
            return merged;
        }
    }
    merge_in(&mut repo.scratch_objects(batch)?, &engine, requests)
}

/// How often it is tried where a concurrent gc deletes the place that it is done in.
const MOST_TRIES: usize = 5;

fn merge_in(
    scratch: &mut ScratchObjects<'_>,
    engine: &Engine<'_>,
    requests: &[MergeRequest<'_>],
) -> Result<Vec<Result<Merged, MergeError>>, GitError> {
    let histories: Vec<_> = requests
        .iter()
        .map(|request| History::write(request, scratch))
        .collect();
    scratch.write()?;
    let commits: Vec<_> = histories.iter().flatten().map(|history| history.commits).collect();
    let mut answers = engine.ask(scratch, &commits)?.into_iter();
    let merged = requests.iter().zip(histories).map(|(request, history)| {
        let history = history?;
        let answer = answers.next().expect("as many answers as histories");
        let answer = answer.map_err(|message| MergeError::Failed { message })?;
        outcome::bring_home(request, &history, answer, scratch)
    });
    Ok(merged.collect())
}
