//! Signing with SSH keys: which key, and how `ssh-keygen` is asked for a signature.

use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;
use tempfile::TempDir;

use super::{Key, Signer, SigningError, command_in, said, words::words};
use crate::git::{GitError, Repo};

const KEY: &str = "user.signingKey";
const COMMAND: &str = "gpg.ssh.defaultKeyCommand";

/// The key that the settings name.
pub(super) fn key(repo: &Repo) -> Result<Key, SigningError> {
    let Some(configured) = repo.config_string(KEY).filter(|key| !key.is_empty()) else {
        let command = repo.config_string(COMMAND).ok_or(SigningError::NoSigningKey)?;
        return Ok(Key::SshLiteral(key_from(repo, &command)?));
    };
    match literal(&configured) {
        Some(literal) => Ok(Key::SshLiteral(literal.to_owned())),
        None => {
            let path = repo.config_path(KEY)?;
            Ok(Key::SshFile(path.ok_or(SigningError::NoSigningKey)?))
        }
    }
}

/// The public key in a setting that does not name a file.
fn literal(text: &str) -> Option<&str> {
    text.strip_prefix("key::")
        .or_else(|| text.starts_with("ssh-").then_some(text))
}

/// The key on the first line that the command prints.
fn key_from(repo: &Repo, command: &str) -> Result<String, SigningError> {
    let failed = |message: String| SigningError::KeyCommandFailed {
        command: command.to_owned(),
        message,
    };
    let words = words(command).ok_or_else(|| failed("a quote in it is not closed".to_owned()))?;
    let (program, arguments) = words.split_first().ok_or_else(|| failed("it is empty".to_owned()))?;
    let top = repo.gix().workdir().map(ToOwned::to_owned);
    let output = command_in(program.as_ref(), top.as_ref())
        .args(arguments)
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(said(&output)));
    }
    let text = output.stdout.to_str_lossy();
    let first = text.lines().next().unwrap_or_default();
    let key = literal(first).ok_or_else(|| failed("its first line is no public key".to_owned()))?;
    Ok(key.to_owned())
}

/// A signature made with a public key of which the agent has the private one.
pub(super) fn sign_with_literal(signer: &Signer, raw: &[u8], key: &str) -> Result<Vec<u8>, SigningError> {
    let directory = temporary()?;
    let file = directory.path().join("key");
    std::fs::write(&file, key).map_err(GitError::io("write", &file))?;
    sign(signer, raw, &file, true)
}

/// A signature made with the key in a file.
pub(super) fn sign(signer: &Signer, raw: &[u8], key: &Path, in_agent: bool) -> Result<Vec<u8>, SigningError> {
    let directory = temporary()?;
    let buffer = directory.path().join("commit");
    std::fs::write(&buffer, raw).map_err(GitError::io("write", &buffer))?;
    let mut ssh_keygen = signer.command();
    ssh_keygen.args(["-Y", "sign", "-n", "git", "-f"]).arg(key);
    if in_agent {
        ssh_keygen.arg("-U");
    }
    let output = ssh_keygen.arg(&buffer).output().map_err(|source| {
        let source = GitError::GitNotFound { source };
        signer.not_found(source)
    })?;
    if !output.status.success() {
        return Err(signer.failed(&said(&output)));
    }
    // Where ssh-keygen puts it.
    let file: PathBuf = directory.path().join("commit.sig");
    std::fs::read(&file)
        .map_err(|error| signer.failed(&format!("it left no signature in '{}': {error}", file.display())))
}

/// Only for this user, and gone with everything in it.
fn temporary() -> Result<TempDir, GitError> {
    let directory = tempfile::Builder::new().prefix(".git_signing_").tempdir();
    directory.map_err(GitError::io("create a directory in", std::env::temp_dir()))
}
