//! [`OperationError`]: why a command that writes did not do what it was asked.

use std::sync::Arc;

use crate::{
    adoption::AdoptionError,
    checkout::CheckoutError,
    content::ContentError,
    git::{GitError, SigningError},
    id::{ArtifactId, CommitId, ContentHash, IdError, Line, VersionId},
    index::IndexError,
    manifest::ManifestError,
    merge::MergeError,
    pending::PendingError,
    project::{unmerged::WorkManifestError, walk::WalkError},
    project_path::{ProjectPath, ProjectPathError},
    query::QueryError,
    snapshot::SnapshotError,
    upstream::UpstreamError,
    version::commit::UnwritableVersion,
};

/// Why an operation was refused or failed. Unless a variant says otherwise, nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OperationError {
    /// Git's storage failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The project's history does not say what an artifact's past is.
    #[error(transparent)]
    Adoption(#[from] AdoptionError),
    /// The manifest cannot be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A content cannot be read or must not be let in.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// An id is not valid.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A path is not one inside the project.
    #[error(transparent)]
    Path(#[from] ProjectPathError),
    /// The content of an artifact cannot be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The files of an artifact cannot be written.
    #[error(transparent)]
    Checkout(#[from] CheckoutError),
    /// The project's history cannot be followed.
    #[error(transparent)]
    Walk(#[from] WalkError),
    /// A version cannot be written.
    #[error(transparent)]
    Unwritable(#[from] UnwritableVersion),
    /// A version is to be signed and cannot be.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The versions cannot be read.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// Something that was named cannot be found.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// An unfinished operation cannot be read.
    #[error(transparent)]
    Pending(#[from] PendingError),
    /// An earlier command on the artifact has not ended in this work tree.
    #[error("an unfinished {operation} of '{id}' stands in this work tree")]
    Unfinished {
        /// The artifact.
        id: ArtifactId,
        /// The command's name.
        operation: &'static str,
        /// Conflicts wait for the user; else it was interrupted.
        conflicts: bool,
    },
    /// The same in another work tree of the repository.
    #[error("an unfinished operation on '{id}' stands in the work tree '{worktree}'")]
    UnfinishedElsewhere {
        /// The artifact.
        id: ArtifactId,
        /// `main`, or `linked-` and the name that git gave a linked one.
        worktree: String,
    },
    /// A version cannot go without those that were made from it.
    #[error(
        "{version_id} cannot be forgotten alone: {} version{} descend{} from it",
        .descendants.len(),
        if .descendants.len() == 1 { "" } else { "s" },
        if .descendants.len() == 1 { "s" } else { "" }
    )]
    HasDescendants {
        /// The version.
        version_id: VersionId,
        /// All that descend from it, children before their parents.
        descendants: Vec<VersionId>,
    },
    /// Another version was about to be forgotten when that was interrupted.
    #[error("the forgetting of {version_id} was interrupted")]
    ForgetInterrupted {
        /// That version.
        version_id: VersionId,
    },
    /// Nothing stands that could be continued or aborted.
    #[error("no unfinished operation stands in this work tree")]
    NothingUnfinished,
    /// No command that wrote is known in this work tree, or it was taken back already.
    #[error("there is nothing to undo in this work tree")]
    NothingToUndo,
    /// The last command cannot be taken back any more.
    #[error("the last {command} cannot be undone: {reason}")]
    UndoTooLate {
        /// The command's name.
        command: String,
        /// Why not.
        reason: &'static str,
    },
    /// Conflicts are not resolved yet.
    #[error("'{id}' still has unresolved conflicts: {}", .paths.join(", "))]
    Unresolved {
        /// The artifact.
        id: ArtifactId,
        /// The files, relative to the artifact.
        paths: Vec<String>,
    },
    /// HEAD is detached, so there is no branch to record on.
    #[error("HEAD is detached: there is no line to record on")]
    NoLine,
    /// No artifact of that id is deployed.
    #[error("no artifact '{id}' on this line")]
    NotDeployed {
        /// The id asked for.
        id: ArtifactId,
        /// Deployed ids that look alike.
        similar: Vec<ArtifactId>,
    },
    /// The artifact is deployed already.
    #[error("'{id}' is already deployed at '{path}'")]
    AlreadyDeployed {
        /// The id asked for.
        id: ArtifactId,
        /// Where it is.
        path: ProjectPath,
    },
    /// The path is an artifact's already, which has another past than the one asked for.
    #[error("'{path}' is tracked already, as '{id}'")]
    AlreadyTracked {
        /// The artifact.
        id: ArtifactId,
        /// Where it is.
        path: ProjectPath,
    },
    /// One id is asked for, but for several paths.
    #[error("the id '{id}' is asked for, but for {paths} paths")]
    OneIdForMany {
        /// The id.
        id: ArtifactId,
        /// How many paths there are.
        paths: usize,
    },
    /// Another artifact has the default id.
    #[error("the id '{id}' is taken by the artifact at '{path}'")]
    IdTaken {
        /// The id that would have been given.
        id: ArtifactId,
        /// Where its owner is.
        path: ProjectPath,
        /// An id that is free and says more.
        proposal: Option<ArtifactId>,
    },
    /// An id that differs from an existing one only by case.
    #[error("'{id}' differs from the existing '{existing}' only by case")]
    CaseTwin {
        /// The id asked for.
        id: ArtifactId,
        /// The one that exists.
        existing: ArtifactId,
    },
    /// The path holds, or lies inside, another artifact.
    #[error("'{path}' overlaps with '{other_path}', where '{other}' is deployed")]
    PathOverlap {
        /// The path asked for.
        path: ProjectPath,
        /// The artifact in the way.
        other: ArtifactId,
        /// Its path.
        other_path: ProjectPath,
    },
    /// Something else is at the destination.
    #[error("'{path}' already holds other content")]
    ContentInTheWay {
        /// The path asked for.
        path: ProjectPath,
    },
    /// The source does not exist.
    #[error("there is nothing at '{source_path}'")]
    NoSource {
        /// The source as typed.
        source_path: String,
    },
    /// The source holds no file.
    #[error("'{source_path}' holds no file")]
    EmptySource {
        /// The source as typed.
        source_path: String,
    },
    /// Nothing in the source matches a pattern.
    #[error("nothing in '{source_path}' matches '{pattern}'")]
    NoMatch {
        /// The pattern.
        pattern: String,
        /// The source, without credentials.
        source_path: String,
    },
    /// Nothing that is deployed matches a pattern.
    #[error("no artifact comes from a path that matches '{pattern}'")]
    NoDeployedMatch {
        /// The pattern.
        pattern: String,
        /// What it was compared with, sorted: the paths inside the upstreams, or else in the project.
        paths: Vec<String>,
    },
    /// A git upstream could not be reached or read.
    #[error(transparent)]
    Upstream(#[from] Arc<UpstreamError>),
    /// Upstream has put the artifact elsewhere.
    #[error("upstream moved '{id}' from '{from}' to '{to}'")]
    UpstreamMoved {
        /// The artifact.
        id: ArtifactId,
        /// The path inside the upstream that the manifest names.
        from: String,
        /// Where it is now.
        to: String,
    },
    /// Upstream does not have the artifact any more.
    #[error("upstream deleted '{id}': there is nothing at '{path}' any more")]
    UpstreamDeleted {
        /// The artifact.
        id: ArtifactId,
        /// The path inside the upstream.
        path: String,
        /// The commit in which it is gone; `None` for a plain directory.
        commit: Option<CommitId>,
    },
    /// The ref does not contain what was synced from it: somebody rewrote the history there, or moved a tag.
    #[error("upstream rewrote '{ref_name}': it no longer contains {old}, from which '{id}' was taken")]
    UpstreamRewritten {
        /// The artifact.
        id: ArtifactId,
        /// The branch or tag.
        ref_name: String,
        /// The commit that the manifest names.
        old: CommitId,
        /// The commit that the ref names now.
        new: CommitId,
    },
    /// Another process wrote the manifest meanwhile.
    #[error("the manifest changed while upstream was being read")]
    ManifestChanged,
    /// Both sides changed and could not be merged.
    #[error("the changes to '{id}' could not be merged")]
    Merge {
        /// The artifact.
        id: ArtifactId,
        /// Why.
        source: MergeError,
    },
    /// Upstream has a file where the artifact is a directory, or the other way round.
    #[error("'{id}' is a directory on one side and a single file on the other")]
    OtherShape {
        /// The artifact.
        id: ArtifactId,
        /// Where it is.
        path: ProjectPath,
    },
    /// The manifest names no upstream for the artifact.
    #[error("'{id}' has no upstream in the manifest")]
    NoUpstream {
        /// The artifact.
        id: ArtifactId,
    },
    /// The manifest names a baseline of which no version is known here.
    #[error("the version of '{id}' that the manifest names (content {baseline}) is not in this clone")]
    MissingVersions {
        /// The artifact.
        id: ArtifactId,
        /// The baseline in the manifest.
        baseline: ContentHash,
    },
    /// Nothing says which commit of a git repository a baseline was taken from.
    #[error(
        "the manifest names no commit of a git upstream from which the baseline {baseline} of '{id}' could be rebuilt"
    )]
    NoUpstreamCommit {
        /// The artifact.
        id: ArtifactId,
        /// The baseline in the manifest.
        baseline: ContentHash,
    },
    /// The upstream commit does not hold what the manifest says was taken from it.
    #[error(
        "upstream's commit {commit} has {} at '{path}', not the baseline {baseline} of '{id}'",
        .found.map_or_else(|| "nothing".to_owned(), |found| format!("the content {found}"))
    )]
    OtherBaseline {
        /// The artifact.
        id: ArtifactId,
        /// The baseline in the manifest.
        baseline: ContentHash,
        /// The commit that it names.
        commit: CommitId,
        /// The path inside the upstream; empty for its root.
        path: String,
        /// What this project would store of what is there; `None` where nothing is.
        found: Option<ContentHash>,
    },
    /// The history of a shallow clone ends where the artifact was edited, so that nobody can say which version that was.
    #[error("the history of '{id}' is cut off in this shallow clone")]
    HistoryCutOff {
        /// The artifact.
        id: ArtifactId,
    },
    /// The artifact's files are gone from the work tree.
    #[error("'{id}' is missing: there is no file at '{path}'")]
    MissingContent {
        /// The artifact.
        id: ArtifactId,
        /// Where it should be.
        path: ProjectPath,
    },
    /// A merge of the project left conflicts inside the artifact.
    #[error("'{id}' has unmerged files, '{path}' among them")]
    Unmerged {
        /// The artifact.
        id: ArtifactId,
        /// One of the files.
        path: String,
    },
    /// A parent or head is neither a known version nor one of the batch.
    #[error("{version_id} is no version known here")]
    UnknownParent {
        /// The id given.
        version_id: VersionId,
    },
    /// A parent or head is a version of another artifact.
    #[error("{version_id} is a version of '{owner}', not of '{id}'")]
    OtherArtifact {
        /// The version given.
        version_id: VersionId,
        /// Whose version it is.
        owner: ArtifactId,
        /// The artifact it was given for.
        id: ArtifactId,
    },
    /// A commit that was named does not exist.
    #[error("there is no commit '{rev}'")]
    NoCommit {
        /// The revision as typed.
        rev: String,
    },
    /// The commit is on another line than the current one.
    #[error("'{rev}' is not part of line '{line}'")]
    NotOnLine {
        /// The revision as typed.
        rev: String,
        /// The line that was to be recorded on.
        line: Line,
    },
    /// A version was written by a newer program.
    #[error("version {version_id} has format {format}; this program writes format 1")]
    FutureFormat {
        /// The version.
        version_id: VersionId,
        /// Its `Lineage-Format`.
        format: u32,
    },
    /// Other processes kept moving the same refs.
    #[error("other processes kept recording the same artifact; gave up after {attempts} attempts")]
    Contended {
        /// How often it was tried.
        attempts: u32,
    },
    /// An operation called while a batch is being filled. What it wrote would stay if the batch is filled again.
    #[error("nothing else can be recorded through the same store while a batch is filled")]
    InsideBatch,
}

impl OperationError {
    /// True if trying again on the new state can succeed.
    pub(crate) fn is_lost_race(&self) -> bool {
        match self {
            OperationError::Git(error) => error.is_lost_race(),
            _ => false,
        }
    }

    /// True if a lock file was in the way.
    pub(crate) fn is_ref_locked(&self) -> bool {
        matches!(self, OperationError::Git(GitError::RefLocked { .. }))
    }

    /// True if the sidecar turned out to be damaged: with a new one the operation may succeed.
    pub(crate) fn is_corrupt_sidecar(&self) -> bool {
        match self {
            OperationError::Index(error) => error.is_corrupt_sidecar(),
            OperationError::Walk(error) => error.is_corrupt_sidecar(),
            OperationError::Query(error) => error.is_corrupt_sidecar(),
            _ => false,
        }
    }

    /// True if this is not about one artifact: the others would fail alike.
    pub(super) fn concerns_all(&self) -> bool {
        matches!(
            self,
            OperationError::Git(_)
                | OperationError::Signing(_)
                | OperationError::Index(_)
                | OperationError::Walk(_)
                | OperationError::Manifest(_)
        )
    }
}

impl From<WorkManifestError> for OperationError {
    fn from(error: WorkManifestError) -> Self {
        match error {
            WorkManifestError::Git(error) => error.into(),
            WorkManifestError::Manifest(error) => error.into(),
            WorkManifestError::Index(error) => error.into(),
            WorkManifestError::MissingVersions { id, baseline } => OperationError::MissingVersions { id, baseline },
        }
    }
}
