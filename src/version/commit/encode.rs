//! [`NewVersion`]: what is to be recorded, and the commit it becomes.

use std::collections::HashSet;

use gix::objs::WriteTo as _;

use super::{
    ident::{self, Provenance},
    message,
};
use crate::{
    id::{ArtifactId, CommitId, ContentHash, VersionId},
    origin::ChangeOrigin,
    version::{
        Signature, Timestamp, Upstream,
        trailers::{Damage, FORMAT, Trailers, UnwritableTrailer},
    },
};

/// A version that is not yet recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewVersion {
    /// Whose state it is.
    pub(crate) artifact_id: ArtifactId,
    /// The tree of the commit.
    pub(crate) content: ContentHash,
    /// The parents in order, each with its content hash.
    pub(crate) parents: Vec<(VersionId, ContentHash)>,
    /// Why it is recorded; `None` is unknown.
    pub(crate) origin: Option<ChangeOrigin>,
    /// Who made the change.
    pub(crate) author: Signature,
    /// Who records it; its time is the version's.
    pub(crate) committer: Signature,
    /// What happened, in one line; not empty.
    pub(crate) summary: String,
    /// More about it.
    pub(crate) body: Option<String>,
    /// Where upstream content in it came from.
    pub(crate) upstream: Option<Upstream>,
    /// The project commit it is taken from. Author and committer are then copies from there, which are written as they
    /// are instead of being checked like the caller's own.
    pub(crate) project_commit: Option<CommitId>,
}

/// A version that cannot be recorded as it was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnwritableVersion {
    /// The summary holds nothing but white space and control characters.
    #[error("the summary is empty: say in one line what this version is")]
    EmptySummary,
    /// The name of a person is empty, or nothing git would keep.
    #[error("the {role} '<{email}>' has no name: set user.name in the git configuration")]
    EmptyName {
        /// `author` or `committer`.
        role: &'static str,
        /// The address given with the empty name.
        email: String,
    },
    /// A time that no commit can hold.
    #[error(
        "the {role}'s time ({} seconds since 1970, {} seconds from UTC) does not fit into a commit",
        .time.seconds, .time.offset
    )]
    InvalidTime {
        /// `author` or `committer`.
        role: &'static str,
        /// The time as given.
        time: Timestamp,
    },
    /// The same version stands twice among the parents.
    #[error("version {parent} is given twice as a parent")]
    DuplicateParent {
        /// The version.
        parent: VersionId,
    },
    /// A deployment is a root, but a parent is given.
    #[error("version {parent} is given as the parent of a deployment, which has none")]
    DeploymentWithParent {
        /// The first parent.
        parent: VersionId,
    },
    /// Content and parents are not ids of one repository.
    #[error("version {parent} and content {content} are of different hash functions, so not of one repository")]
    MixedHashes {
        /// A parent.
        parent: VersionId,
        /// The content of the new version.
        content: ContentHash,
    },
    /// The message would be read back as something else; a bug in this program.
    #[error("the version would not be read back as it was written")]
    DoesNotReadBack(#[source] Damage),
    /// A value that no trailer can hold.
    #[error("a version's trailers cannot hold what is to be recorded")]
    Trailer {
        /// Which trailer, and why.
        #[from]
        source: UnwritableTrailer,
    },
}

impl NewVersion {
    /// The data of the git commit object, as `git cat-file commit` prints it. Equal versions give equal bytes.
    ///
    /// # Errors
    /// [`UnwritableVersion`] if git or the format has no room for what was given; nothing is dropped silently but white
    /// space, control characters, and what git itself removes from names.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, UnwritableVersion> {
        self.encode_by(match self.project_commit {
            Some(_) => Provenance::Copied,
            None => Provenance::Own,
        })
    }

    /// The same where author and committer are those of another commit, though not of the project's: written as they are.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub(crate) fn encode_copied(&self) -> Result<Vec<u8>, UnwritableVersion> {
        self.encode_by(Provenance::Copied)
    }

    fn encode_by(&self, provenance: Provenance) -> Result<Vec<u8>, UnwritableVersion> {
        self.check_parents()?;
        // What comes from a git upstream has the author of the upstream's commit.
        let from_git = self.upstream.as_ref().is_some_and(|upstream| upstream.commit.is_some());
        let author_provenance = if from_git { Provenance::Copied } else { provenance };
        let commit = gix::objs::Commit {
            tree: self.content.oid(),
            parents: self.parents.iter().map(|(id, _)| id.oid()).collect(),
            author: ident::to_gix(&self.author, author_provenance, "author")?,
            committer: ident::to_gix(&self.committer, provenance, "committer")?,
            encoding: None,
            message: self.message()?.into(),
            extra_headers: Vec::new(),
        };
        let size = usize::try_from(commit.size()).expect("the message in memory is nearly all of it");
        let mut bytes = Vec::with_capacity(size);
        commit
            .write_to(&mut bytes)
            .expect("names and times were made fit for a commit, and writing to memory cannot fail");
        Ok(bytes)
    }

    fn check_parents(&self) -> Result<(), UnwritableVersion> {
        if let (Some(ChangeOrigin::Deployment), Some(&(parent, _))) = (self.origin, self.parents.first()) {
            return Err(UnwritableVersion::DeploymentWithParent { parent });
        }
        let mut seen = HashSet::with_capacity(self.parents.len());
        for &(parent, parent_content) in &self.parents {
            if !seen.insert(parent) {
                return Err(UnwritableVersion::DuplicateParent { parent });
            }
            let kind = self.content.hash_kind();
            if parent.hash_kind() != kind || parent_content.hash_kind() != kind {
                return Err(UnwritableVersion::MixedHashes {
                    parent,
                    content: self.content,
                });
            }
        }
        Ok(())
    }

    fn message(&self) -> Result<String, UnwritableVersion> {
        let mut message = message::clean_summary(&self.summary).ok_or(UnwritableVersion::EmptySummary)?;
        message.push_str("\n\n");
        if let Some(body) = self.body.as_deref().and_then(message::clean_body) {
            message.push_str(&body);
            message.push_str("\n\n");
        }
        let trailers = self.trailers();
        trailers.check_writable()?;
        message.push_str(&trailers.to_lines());
        Ok(message)
    }

    fn trailers(&self) -> Trailers {
        Trailers {
            format: FORMAT,
            artifact_id: self.artifact_id.clone(),
            change_origin: self.origin,
            parent_hash: self.parents.first().map(|&(_, content)| content),
            upstream: self.upstream.clone(),
            project_commit: self.project_commit,
            unknown: Vec::new(),
        }
    }
}
