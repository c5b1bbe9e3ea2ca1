//! Records where every deployed artifact came from: each version is a git commit, its ancestry the lineage.
//!
//! The modules stand in the order in which data flows.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod adoption;
mod checkout;
mod content;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod git;
mod hooks;
mod hub;
mod id;
mod index;
mod lineage_store;
mod manifest;
mod merge;
mod operation;
mod origin;
mod pending;
mod progress;
mod project;
mod project_path;
mod query;
mod refname;
mod sharing;
mod sidecar;
mod similar;
mod snapshot;
mod upstream;
mod verify;
mod version;

pub use adoption::{AdoptionError, PastBeginning};
pub use checkout::CheckoutError;
pub use content::{ContentError, Refusal};
pub use git::{GitError, SigningError};
pub use hooks::{
    CheckHooks, HookAction, HookCall, HookChange, HookCheck, HookEnd, HookEvent, HookFailure, HookManager, HookMethod,
    HookObstacle, HookState, HooksError, InstallHooks, UnknownHookEvent,
};
pub use hub::{
    AddProject, FetchProjects, FetchedProject, HubError, HubInitialized, HubProgress, HubProject, ProjectChanges,
};
pub use id::{ArtifactId, CommitId, ContentHash, HashKind, IdError, Kind, Line, VersionId};
pub use index::{IndexError, Notice, SidecarState, SidecarStatus};
pub use lineage_store::{LineageStore, Push, PushAlong};
pub use manifest::{ManifestEntry, ManifestError, ManifestValueError};
pub use merge::{Favor, MergeError, MergeSide};
pub use operation::{
    Adopt, AdoptUpstream, Adoptable, Adopted, AdoptedVersion, Batch, BatchFile, BatchVersion, Caller, Deploy, Deployed,
    FileMode, Forget, Forgotten, HoldingRef, Initialized, Move, Moved, MovedRef, OperationError, Prune, Pruned,
    Rebuilt, Record, Recorded, Remove, Removed, Restore, Restored, Resume, StillHeld, Sync, SyncResult, Synced, Undone,
    UndoneHead, Unproven,
};
pub use origin::{ChangeOrigin, UnknownOrigin};
pub use pending::PendingError;
pub use progress::{Progress, ProgressStage};
pub use project::{history::HistoryError, walk::WalkError};
pub use project_path::{ProjectPath, ProjectPathError};
pub use query::{
    ArtifactLines, ArtifactState, ArtifactStatus, Blame, BlamedLine, Candidate, Diff, DiffBetween, Distance,
    FileChange, FileDiff, FileOrigin, FileSide, FileStatus, Gate, GateLimit, GateLimits, GateReport, GraphHead,
    GraphStart, GraphVersion, Holder, InvalidGateLimit, Known, KnownArtifact, KnownHash, LineCounts, ListedArtifact,
    OriginFilter, QueryError, Since, Status, StatusSummary, Timeline, TimelineStart, UpstreamMatch, VersionDetails,
    VersionFile, VersionGraph,
};
pub use refname::{InvalidRefPrefix, NotCanonical, RefNameError};
pub use sharing::{
    Fetched, FetchedHead, InvalidOutgoingRef, LeftOut, LeftOutReason, MoveKind, OutgoingRef, PushResult, Pushed,
    PushedHead, Shared, SharedState, SharingError,
};
pub use snapshot::SnapshotError;
pub use upstream::UpstreamError;
pub use verify::receive::{PushCheck, PushRefusal, PushedRef, ReceiveError, RefusedRef};
pub use verify::{Finding, SignatureFault, SignatureFinding, Verification};
pub use version::{
    ArtifactVersion, Damage, InvalidTime, Person, Signature, Timestamp, Trailer, Upstream, commit::UnwritableVersion,
    trailers::UnwritableTrailer,
};
