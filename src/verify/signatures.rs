//! Whether versions are signed, and their signatures any good. git judges each; what its verdict means for a version is
//! decided here, as `git verify-commit` decides it.
//!
//! A signature that is there must be good. One must be there only where [`lineage.requireSignatures`](is_required) says so,
//! and only on what somebody recorded: versions taken from a commit of the project are the same in every clone, so nobody
//! signs them; who answers for those has signed the commit.

use gix::ObjectId;
use serde::Serialize;

use super::{code::Code, report::Report};
use crate::{
    git::{
        GitError, Repo,
        signatures::{Judged, Judgement, Trust, Verdict},
    },
    id::{ArtifactId, VersionId},
    verify::report::About,
    version::commit,
};

/// What a signature made with SSH begins with.
const SSH: &[u8] = b"-----BEGIN SSH SIGNATURE-----";
/// The same of GnuPG and gpgsm.
const GPG: [&[u8]; 3] = [
    b"-----BEGIN PGP SIGNATURE-----",
    b"-----BEGIN PGP MESSAGE-----",
    b"-----BEGIN SIGNED MESSAGE-----",
];

/// What is wrong with the signature of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SignatureFault {
    /// There is none, and one is required.
    Unsigned,
    /// It is not a signature of this version.
    BadSignature,
    /// The key it was made with is nobody's that is known here; of SSH keys, nobody's at that time.
    UnknownSigner,
    /// The key is known, but trusted less than `gpg.minTrustLevel` asks for.
    UntrustedSigner,
    /// The signature has expired.
    ExpiredSignature,
    /// The key has expired.
    ExpiredKey,
    /// The key was revoked.
    RevokedKey,
    /// git could not check it: a program or a setting is missing.
    UncheckedSignature,
}

impl SignatureFault {
    /// The stable name, as in the `code` of a [`Finding`](crate::Finding).
    pub fn code(self) -> &'static str {
        self.as_code().as_str()
    }

    fn as_code(self) -> Code {
        match self {
            SignatureFault::Unsigned => Code::Unsigned,
            SignatureFault::BadSignature => Code::BadSignature,
            SignatureFault::UnknownSigner => Code::UnknownSigner,
            SignatureFault::UntrustedSigner => Code::UntrustedSigner,
            SignatureFault::ExpiredSignature => Code::ExpiredSignature,
            SignatureFault::ExpiredKey => Code::ExpiredKey,
            SignatureFault::RevokedKey => Code::RevokedKey,
            SignatureFault::UncheckedSignature => Code::UncheckedSignature,
        }
    }
}

/// A version whose signature is missing or no good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SignatureFinding {
    /// The version.
    pub version_id: VersionId,
    /// Whose it is, as far as that can be read.
    pub artifact_id: Option<ArtifactId>,
    /// What is wrong.
    pub fault: SignatureFault,
    /// The same for people.
    pub message: String,
}

/// Whether what somebody records must be signed here.
pub(crate) fn is_required(repo: &Repo) -> bool {
    repo.config_bool("lineage.requireSignatures").unwrap_or(false)
}

/// Checks the signatures of versions, in their order; all that are good are left out. With `required`, those that must have
/// one and have none are found, too.
///
/// # Errors
/// [`GitError`] for a version that is not here or is no commit, or if git cannot be asked at all.
pub(crate) fn check(
    repo: &Repo,
    versions: impl IntoIterator<Item = VersionId>,
    required: bool,
) -> Result<Vec<SignatureFinding>, GitError> {
    let hash = repo.hash_kind();
    let mut looked_at = Vec::new();
    let mut signed = Vec::new();
    for version in versions {
        let raw = repo.read_kind(version.oid(), gix::objs::Kind::Commit)?;
        let signature = commit::signature_of(&raw, hash);
        if signature.is_none() && !required {
            continue;
        }
        // Of one that cannot be read the signature counts all the same.
        let parsed = commit::parse(version, &raw, hash).ok();
        let taken = parsed
            .as_ref()
            .is_some_and(|parsed| parsed.version.project_commit.is_some());
        let kind = signature.map(|signature| Kind::of(&signature));
        match kind {
            Some(Kind::Ssh | Kind::Gpg) => signed.push(version.oid()),
            None if taken => continue,
            // At one that it does not know git stops, and judges none of those that follow.
            Some(Kind::Strange) | None => {}
        }
        looked_at.push(Candidate {
            version_id: version,
            artifact_id: parsed.map(|parsed| parsed.version.artifact_id),
            kind,
        });
    }
    let judgement = repo.judge_signatures(&signed)?;
    let least = repo.least_trust();
    let findings = looked_at.into_iter().filter_map(|candidate| {
        let (fault, message) = candidate.fault(&judgement, least)?;
        Some(SignatureFinding {
            version_id: candidate.version_id,
            artifact_id: candidate.artifact_id,
            fault,
            message,
        })
    });
    Ok(findings.collect())
}

/// The same, into a report.
pub(super) fn report(
    repo: &Repo,
    versions: impl IntoIterator<Item = VersionId>,
    report: &mut Report,
) -> Result<(), GitError> {
    for finding in check(repo, versions, is_required(repo))? {
        let about = About {
            artifact: finding.artifact_id.as_ref(),
            version: Some(finding.version_id),
        };
        report.add(finding.fault.as_code(), about, finding.message);
    }
    Ok(())
}

/// A version that is signed or should be.
struct Candidate {
    version_id: VersionId,
    artifact_id: Option<ArtifactId>,
    /// `None` where it was not signed.
    kind: Option<Kind>,
}

/// What made a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ssh,
    /// GnuPG or gpgsm.
    Gpg,
    /// Nothing that git knows.
    Strange,
}

impl Kind {
    fn of(signature: &[u8]) -> Self {
        if signature.starts_with(SSH) {
            Kind::Ssh
        } else if GPG.iter().any(|beginning| signature.starts_with(beginning)) {
            Kind::Gpg
        } else {
            Kind::Strange
        }
    }
}

impl Candidate {
    /// What is wrong, and how to say it.
    fn fault(&self, judgement: &Judgement, least: Trust) -> Option<(SignatureFault, String)> {
        use SignatureFault as F;
        let is_ssh = match self.kind {
            None => {
                let message = "it is not signed, and lineage.requireSignatures asks for that".to_owned();
                return Some((F::Unsigned, message));
            }
            Some(Kind::Strange) => {
                let message = "its signature is of no kind that git can check".to_owned();
                return Some((F::UncheckedSignature, message));
            }
            Some(kind) => kind == Kind::Ssh,
        };
        let id: ObjectId = self.version_id.oid();
        let unchecked = || {
            let why = match judgement.complaints.as_slice() {
                [] => "it does not say why".to_owned(),
                complaints => complaints.join("; "),
            };
            (F::UncheckedSignature, format!("git cannot check its signature: {why}"))
        };
        let Some(judged) = judgement.judged.get(&id) else {
            return Some(unchecked());
        };
        let key = key_of(judged);
        Some(match judged.verdict {
            // git lets an SSH key count only if it is somebody's, one of GnuPG's as far as the setting says.
            Verdict::Unknown if is_ssh => (
                F::UnknownSigner,
                format!("{key}, with which it was signed, was nobody's at that time in gpg.ssh.allowedSignersFile"),
            ),
            Verdict::Good | Verdict::Unknown if judged.trust >= least => return None,
            Verdict::Good | Verdict::Unknown => (
                F::UntrustedSigner,
                format!("{key}, with which it was signed, is trusted less than gpg.minTrustLevel asks for"),
            ),
            Verdict::Bad => (F::BadSignature, "its signature is not one of what it says".to_owned()),
            Verdict::Expired => (
                F::ExpiredSignature,
                format!("its signature, made with {key}, has expired"),
            ),
            Verdict::ExpiredKey => (F::ExpiredKey, format!("{key}, with which it was signed, has expired")),
            Verdict::RevokedKey => (F::RevokedKey, format!("{key}, with which it was signed, was revoked")),
            Verdict::NoKey => (
                F::UnknownSigner,
                format!("{key}, with which it was signed, is not known here"),
            ),
            Verdict::Unchecked => unchecked(),
        })
    }
}

fn key_of(judged: &Judged) -> String {
    match (judged.key.as_str(), judged.signer.as_str()) {
        ("", _) => "the key".to_owned(),
        (key, "") => format!("the key {key}"),
        (key, signer) => format!("the key {key} of {signer}"),
    }
}
