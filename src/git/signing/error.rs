//! [`SigningError`]: why a version could not be signed.

use crate::git::GitError;

/// Why no signature could be made. Nothing was written then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// A setting that cannot be used, or a file that cannot be written.
    #[error(transparent)]
    Git(#[from] GitError),
    /// Versions are to be signed with an SSH key, but which one is said nowhere.
    #[error(
        "versions are to be signed with an SSH key, but neither user.signingKey nor gpg.ssh.defaultKeyCommand is set"
    )]
    NoSigningKey,
    /// The command that is to tell which key to sign with does not.
    #[error("gpg.ssh.defaultKeyCommand, '{command}', names no key: {message}")]
    KeyCommandFailed {
        /// The command as configured.
        command: String,
        /// What it printed, or what is wrong with it.
        message: String,
    },
    /// The program that signs could not be started.
    #[error("could not run '{program}' to sign a version")]
    SignerNotFound {
        /// The program.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// The program that signs has not signed.
    #[error("'{program}' failed to sign a version: {message}")]
    SignerFailed {
        /// The program.
        program: String,
        /// What it printed.
        message: String,
    },
}
