//! [`Failure`]: everything that ends a command without an answer.

use std::{io, path::PathBuf};

use git_lineage::{
    GitError, HooksError, HubError, IndexError, InvalidTime, OperationError, QueryError, ReceiveError, SharingError,
    WalkError,
};

/// Why a command failed. What is wrapped comes from the library; the rest can only go wrong on a command line.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    // Boxed: large, and rare.
    #[error(transparent)]
    Operation(Box<OperationError>),
    #[error(transparent)]
    Query(Box<QueryError>),
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    Hooks(#[from] HooksError),
    #[error(transparent)]
    Sharing(#[from] SharingError),
    #[error(transparent)]
    Receive(#[from] ReceiveError),
    #[error(transparent)]
    Hub(#[from] HubError),
    #[error(transparent)]
    Time(#[from] InvalidTime),
    /// No author or committer is configured, so nothing can be recorded.
    #[error("git does not know who you are: user.name and user.email are not both set")]
    NoIdentity,
    /// The current directory is gone, or `-C` names none.
    #[error("could not work in '{path}'", path = .path.display())]
    Directory { path: PathBuf, source: io::Error },
    /// The source has no last component that could name the destination.
    #[error("'{source_path}' has no name to give the copy")]
    NoName { source_path: String },
    /// Upstreams and paths inside them cannot be told to belong together.
    #[error("--upstream is given {upstreams} times and --from {paths} times")]
    UpstreamPairs { upstreams: usize, paths: usize },
    /// The argument of `find` is neither.
    #[error("there is nothing at '{text}', and it is no content hash")]
    NeitherPathNorHash { text: String },
    /// JSON was asked for and a picture, too.
    #[error("--json and a picture at once")]
    PictureAsJson,
    /// The file for a picture cannot be made.
    #[error("could not write '{path}'", path = .path.display())]
    PictureFile { path: PathBuf, source: io::Error },
    /// stdin gave no more.
    #[error("could not read what git says was pushed")]
    Input { source: io::Error },
    /// `serve` has no streams, or no threads.
    #[error("could not go on answering requests")]
    Serve { source: io::Error },
    /// stdout took no more.
    #[error("could not write the answer")]
    Output { source: io::Error },
    /// There is no folder of the user's to write to.
    #[error("there is no home: neither XDG_DATA_HOME nor HOME is an absolute path")]
    NoHome,
    /// `man` could not be started, or given the page.
    #[error("could not open the page in 'man'")]
    Manual { source: io::Error },
    /// A file outside of any project could not be made or taken away.
    #[error("could not {action} '{path}'", path = .path.display())]
    File {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// The directory for the demo is not empty.
    #[error("'{path}' is not empty", path = .path.display())]
    DemoDirectory { path: PathBuf },
    /// A file or directory of the demo could not be made.
    #[error("could not write '{path}'", path = .path.display())]
    DemoFile { path: PathBuf, source: io::Error },
    /// A program of the demo could not be started.
    #[error("could not run '{command}'")]
    DemoStart { command: String, source: io::Error },
    /// A step of the demo went wrong.
    #[error("'{command}' ended with exit code {code}; everything is still in '{directory}'", directory = .directory.display())]
    DemoStep {
        command: String,
        code: i32,
        directory: PathBuf,
    },
    /// The demo ran, but did not record what it should have.
    #[error("the lineage is not what the demo recorded: {found}; everything is still in '{directory}'", directory = .directory.display())]
    DemoLineage { found: String, directory: PathBuf },
}

impl Failure {
    /// The unanswered question, also where an operation asked it.
    pub(super) fn as_query(&self) -> Option<&QueryError> {
        match self {
            Failure::Query(error) => Some(error),
            Failure::Operation(error) => match &**error {
                OperationError::Query(error) => Some(error),
                _ => None,
            },
            _ => None,
        }
    }

    /// What kept the versions from being read, also where a question or an operation met it.
    pub(super) fn as_index(&self) -> Option<&IndexError> {
        match self {
            Failure::Query(error) => index_of_query(error),
            Failure::Hub(HubError::Index(error)) => Some(error),
            Failure::Operation(error) => match &**error {
                OperationError::Index(error) => Some(error),
                OperationError::Walk(error) => index_of_walk(error),
                OperationError::Query(error) => index_of_query(error),
                _ => None,
            },
            _ => None,
        }
    }

    /// True if the reader of stdout went away.
    pub(super) fn is_broken_pipe(&self) -> bool {
        matches!(self, Failure::Output { source } if source.kind() == io::ErrorKind::BrokenPipe)
    }
}

fn index_of_query(error: &QueryError) -> Option<&IndexError> {
    match error {
        QueryError::Index(error) => Some(error),
        QueryError::Walk(error) => index_of_walk(error),
        _ => None,
    }
}

fn index_of_walk(error: &WalkError) -> Option<&IndexError> {
    match error {
        WalkError::Index(error) => Some(error),
        _ => None,
    }
}

impl From<OperationError> for Failure {
    fn from(error: OperationError) -> Self {
        Failure::Operation(Box::new(error))
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        Failure::Query(Box::new(error))
    }
}

impl From<io::Error> for Failure {
    /// Writing the answer is the only thing that fails this way; all else says which file it was.
    fn from(source: io::Error) -> Self {
        Failure::Output { source }
    }
}
