//! [`Signer`]: signs commits as git does, by the same settings and with the same programs, called in the same way.
//!
//! Settings: `commit.gpgSign` says whether; `gpg.format`, `gpg.program`, `gpg.<format>.program`, `user.signingKey` and
//! `gpg.ssh.defaultKeyCommand` say how. A passphrase is asked for by the signing program, on the terminal or wherever it
//! likes: it has the environment of this process. What is signed is the caller's to decide, judging signatures that are
//! there the business of [`signatures`](super::signatures).

mod error;
mod ssh;
mod words;

use std::{
    ffi::OsStr,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use gix::bstr::ByteSlice;

use super::{GitError, Repo, command};
use crate::{
    id::HashKind,
    version::{Signature, commit},
};

pub use error::SigningError;

/// What is printed on the status channel of GnuPG when a signature was made.
const CREATED: &[u8] = b"[GNUPG:] SIG_CREATED ";

/// Signs the versions of one command.
pub(crate) struct Signer {
    program: PathBuf,
    key: Key,
    hash: HashKind,
    /// Where git would run the program: relative paths in its settings count from there.
    directory: Option<PathBuf>,
}

/// What a signature is made with.
enum Key {
    /// A key that GnuPG or gpgsm knows under this name; `None`: under that of the committer.
    Named(Option<String>),
    /// A file with an SSH key, private, or public with the private one in the agent.
    SshFile(PathBuf),
    /// An SSH public key, whose private one the agent has.
    SshLiteral(String),
}

impl Repo {
    /// The signer that the settings call for; `None` where commits are not to be signed.
    ///
    /// # Errors
    /// [`GitError::InvalidConfig`]; of SSH keys also that none is named, or that the command that names one fails.
    pub(crate) fn signer(&self) -> Result<Option<Signer>, SigningError> {
        if !self.is_to_sign()? {
            return Ok(None);
        }
        let format = self.config_string("gpg.format");
        let (keys, default): (&[&'static str], _) = match format.as_deref() {
            None | Some("openpgp") => (&["gpg.openpgp.program", "gpg.program"], "gpg"),
            Some("x509") => (&["gpg.x509.program"], "gpgsm"),
            Some("ssh") => (&["gpg.ssh.program"], "ssh-keygen"),
            Some(other) => {
                return Err(invalid("gpg.format", other, "git knows openpgp, x509 and ssh").into());
            }
        };
        let mut program = None;
        for key in keys {
            program = program.or(self.config_path(key)?);
        }
        let is_ssh = format.as_deref() == Some("ssh");
        Ok(Some(Signer {
            program: program.unwrap_or_else(|| default.into()),
            key: if is_ssh { ssh::key(self)? } else { self.named_key() },
            hash: self.hash_kind(),
            directory: self.gix().workdir().map(ToOwned::to_owned),
        }))
    }

    /// From now on nothing is signed, whatever the settings say.
    pub(crate) fn sign_nothing(&mut self) {
        self.signing_off = true;
    }

    /// Nothing is left unsigned because of a typing mistake.
    fn is_to_sign(&self) -> Result<bool, GitError> {
        const KEY: &str = "commit.gpgSign";
        if self.signing_off {
            return Ok(false);
        }
        match (self.config_bool(KEY), self.config_string(KEY)) {
            (Some(sign), _) => Ok(sign),
            (None, None) => Ok(false),
            (None, Some(value)) => Err(invalid(KEY, &value, "it is neither true nor false")),
        }
    }

    fn named_key(&self) -> Key {
        Key::Named(self.config_string("user.signingKey").filter(|key| !key.is_empty()))
    }

    /// A path from git's configuration, `~` and the like filled in.
    fn config_path(&self, key: &'static str) -> Result<Option<PathBuf>, GitError> {
        let path = self.gix().config_snapshot().trusted_path(key).map_err(|error| {
            let value = self.config_string(key).unwrap_or_default();
            invalid(key, &value, error.to_string())
        })?;
        Ok(path.filter(|path| !path.as_os_str().is_empty()))
    }
}

fn invalid(key: &'static str, value: &str, reason: impl Into<String>) -> GitError {
    GitError::InvalidConfig {
        key,
        value: value.to_owned(),
        reason: reason.into(),
    }
}

impl Signer {
    /// The commit `raw` with its signature. `committer` is whose key it is where no other is named.
    ///
    /// # Errors
    /// [`SigningError`]: nothing is signed halfway.
    pub(crate) fn sign(&self, raw: &[u8], committer: &Signature) -> Result<Vec<u8>, SigningError> {
        let signature = match &self.key {
            Key::Named(name) => self.with_gpg(raw, name.as_deref(), committer)?,
            Key::SshFile(file) => ssh::sign(self, raw, file, false)?,
            Key::SshLiteral(key) => ssh::sign_with_literal(self, raw, key)?,
        };
        let signature = signature.replace("\r\n", "\n");
        if signature.trim().is_empty() || signature.contains(&0) {
            return Err(self.failed("what it printed is no signature"));
        }
        Ok(commit::signed(raw, &signature, self.hash))
    }

    /// GnuPG's way of calling, which gpgsm has too.
    fn with_gpg(&self, raw: &[u8], name: Option<&str>, committer: &Signature) -> Result<Vec<u8>, SigningError> {
        let own = || {
            let committer = commit::fitting_signature(committer);
            format!("{} <{}>", committer.name, committer.email)
        };
        let name = name.map_or_else(own, ToOwned::to_owned);
        let mut gpg = self.command();
        gpg.args(["--status-fd=2", "-bsau"]).arg(name);
        let output = command::output_of(gpg, raw).map_err(|error| self.not_found(error))?;
        if output.status.success() && output.stderr.lines().any(|line| line.starts_with(CREATED)) {
            return Ok(output.stdout);
        }
        Err(self.failed(&said(&output)))
    }

    fn command(&self) -> Command {
        command_in(self.program.as_os_str(), self.directory.as_ref())
    }

    fn failed(&self, message: &str) -> SigningError {
        SigningError::SignerFailed {
            program: self.program.to_string_lossy().into_owned(),
            message: message.to_owned(),
        }
    }

    fn not_found(&self, error: GitError) -> SigningError {
        match error {
            GitError::GitNotFound { source } => SigningError::SignerNotFound {
                program: self.program.to_string_lossy().into_owned(),
                source,
            },
            other => other.into(),
        }
    }
}

/// A program of the user's: what git would give to it from the environment it has from there.
fn command_in(program: &OsStr, directory: Option<&PathBuf>) -> Command {
    let mut command = Command::new(program);
    if let Some(directory) = directory {
        command.current_dir(directory);
    }
    command
        .stdin(Stdio::inherit())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// What a program has said to people, on one line.
fn said(output: &Output) -> String {
    let text = output.stderr.to_str_lossy();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (status, words): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with("[GNUPG:]"));
    let lines = if words.is_empty() { status } else { words };
    if lines.is_empty() {
        return format!("it printed nothing, and ended with {}", output.status);
    }
    lines.join("; ")
}
