//! What git says of signatures: it is git that judges them, with the user's programs, keys and settings
//! (`gpg.ssh.allowedSignersFile`, `gpg.ssh.revocationFile`, the keyring), a git process for very many of them. What follows
//! from that is decided elsewhere.

use std::{collections::HashMap, process::Command, str::FromStr, thread::ScopedJoinHandle};

use gix::{ObjectId, bstr::ByteSlice};

use super::{GitError, Repo, command::output_of};

/// One line for each commit. No setting of the user's may add to it.
const ARGUMENTS: [&str; 8] = [
    "-c",
    "log.showSignature=false",
    "log",
    "--no-walk=unsorted",
    "--stdin",
    "--no-color",
    "--no-patch",
    "--format=%H%x00%G?%x00%GT%x00%GF%x00%GK%x00%GS",
];
/// So many for each process at least: starting one has to be worth it.
const EACH: usize = 16;

/// What git says of one signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
    pub(crate) trust: Trust,
    /// The fingerprint of the key, or its id, or nothing.
    pub(crate) key: String,
    /// Whose it is.
    pub(crate) signer: String,
}

/// git's letter, as `git log --format=%G?` prints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is sound, by a key that is trusted, or at least known.
    Good,
    /// It is sound, and more is not known of the key.
    Unknown,
    /// It is not.
    Bad,
    /// It has expired.
    Expired,
    /// The key has.
    ExpiredKey,
    /// The key was revoked.
    RevokedKey,
    /// The key is not here.
    NoKey,
    /// git could not check it, or sees none.
    Unchecked,
}

/// How far the user trusts a key to be whose it says; what `gpg.minTrustLevel` compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trust {
    Undefined,
    Never,
    Marginal,
    Fully,
    Ultimate,
}

/// What git says of several signatures.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    pub(crate) judged: HashMap<ObjectId, Judged>,
    /// Why it could not check some of them, for people.
    pub(crate) complaints: Vec<String>,
}

impl Repo {
    /// Has git judge the signatures of commits that are here. Where git gives up, what it has not judged by then is missing
    /// in the answer.
    ///
    /// # Errors
    /// [`GitError::GitNotFound`].
    pub(crate) fn judge_signatures(&self, ids: &[ObjectId]) -> Result<Judgement, GitError> {
        let mut judgement = Judgement::default();
        if ids.is_empty() {
            return Ok(judgement);
        }
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let each = ids.len().div_ceil(threads).max(EACH);
        let parts: Vec<(Command, String)> = ids
            .chunks(each)
            .map(|part| {
                let input: String = part.iter().map(|id| format!("{id}\n")).collect();
                (self.git_command(&ARGUMENTS), input)
            })
            .collect();
        let outputs: Vec<_> = std::thread::scope(|scope| {
            let run = |(command, input): (Command, String)| scope.spawn(move || output_of(command, input.as_bytes()));
            let running: Vec<_> = parts.into_iter().map(run).collect();
            let joined = running.into_iter().map(ScopedJoinHandle::join);
            joined
                .map(|output| output.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        for output in outputs {
            let output = output?;
            judgement.judged.extend(output.stdout.lines().filter_map(line));
            for complaint in output.stderr.lines() {
                let complaint = complaint.to_str_lossy();
                let complaint = complaint
                    .trim_start_matches("error: ")
                    .trim_start_matches("fatal: ")
                    .to_owned();
                if !judgement.complaints.contains(&complaint) {
                    judgement.complaints.push(complaint);
                }
            }
        }
        Ok(judgement)
    }

    /// Below this a signature does not count, as the user has set it.
    pub(crate) fn least_trust(&self) -> Trust {
        let level = self.config_string("gpg.minTrustLevel");
        level.and_then(|level| level.parse().ok()).unwrap_or(Trust::Undefined)
    }
}

/// A line of the answer; others, part of a signer's name perhaps, say nothing.
fn line(line: &[u8]) -> Option<(ObjectId, Judged)> {
    let text = line.to_str_lossy();
    let mut fields = text.split('\0');
    let id = ObjectId::from_hex(fields.next()?.as_bytes()).ok()?;
    let verdict = match fields.next()? {
        "G" => Verdict::Good,
        "U" => Verdict::Unknown,
        "B" => Verdict::Bad,
        "X" => Verdict::Expired,
        "Y" => Verdict::ExpiredKey,
        "R" => Verdict::RevokedKey,
        "E" => Verdict::NoKey,
        _ => Verdict::Unchecked,
    };
    let trust = fields.next()?.parse().unwrap_or(Trust::Undefined);
    let (fingerprint, id_of_key) = (fields.next()?, fields.next()?);
    let key = if fingerprint.is_empty() { id_of_key } else { fingerprint };
    let judged = Judged {
        verdict,
        trust,
        key: key.to_owned(),
        signer: fields.next()?.to_owned(),
    };
    Some((id, judged))
}

impl FromStr for Trust {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Ok(match text.to_ascii_lowercase().as_str() {
            "undefined" => Trust::Undefined,
            "never" => Trust::Never,
            "marginal" => Trust::Marginal,
            "fully" => Trust::Fully,
            "ultimate" => Trust::Ultimate,
            _ => return Err(()),
        })
    }
}
