//! Reading a version from its commit. This runs for every version when the sidecar is rebuilt.

use gix::{
    bstr::{BStr, ByteSlice},
    objs::{CommitRef, commit::MessageRef},
};

use super::signature;
use crate::{
    id::{ContentHash, HashKind, VersionId},
    version::{
        ArtifactVersion, Person, Timestamp,
        trailers::{Damage, Key, Trailer, Trailers},
    },
};

/// All that a commit tells about a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParsedVersion {
    /// The version; [`orphan`](ArtifactVersion::orphan) is false, for parents are not looked at here.
    pub(crate) version: ArtifactVersion,
    /// Who recorded it.
    pub(crate) committer: Person,
    /// Trailers that are not of the format, in their order.
    pub(crate) unknown_trailers: Vec<Trailer>,
    /// `Lineage-Format`; above [`FORMAT`](crate::version::trailers::FORMAT) nothing may be written on top of it.
    pub(crate) format: u32,
    /// Whether it carries a signature; what that is worth git says.
    pub(crate) signed: bool,
    /// The whole commit message, trailers included; bytes that are not UTF-8 are replaced.
    pub(crate) message: String,
}

impl ParsedVersion {
    /// The message without summary and trailers, for tests; empty if there is no more.
    #[cfg(test)]
    pub(crate) fn body(&self) -> &str {
        let body = split(self.message.as_bytes().as_bstr()).body();
        let body = body.map_or(&b""[..], |body| body.without_trailer());
        body.to_str().expect("a part of a text, cut at line breaks").trim_end()
    }
}

/// Reads the data of a commit object; `hash` is the hash function of its repository.
///
/// # Errors
/// [`Damage`] if it is no commit, if its trailers cannot be read, or if `Parent-Hash` stands there without a parent or
/// is missing with one. Whether it is the first parent's content is for the caller to check, who may not have it.
pub(crate) fn parse(version_id: VersionId, raw: &[u8], hash: HashKind) -> Result<ParsedVersion, Damage> {
    let malformed = |reason: String| Damage::MalformedCommit { reason };
    let commit = CommitRef::from_bytes(raw, hash.to_gix()).map_err(|_| malformed(first_fault(raw, hash)))?;
    let author = commit.author().map_err(|_| malformed(bad_line("author")))?;
    let committer = commit.committer().map_err(|_| malformed(bad_line("committer")))?;
    let created_at = committer.time().map_err(|_| malformed(bad_line("committer")))?;

    let trailers = Trailers::parse(commit.message)?;
    if let Some(damage) = parent_hash_fault(trailers.parent_hash, !commit.parents.is_empty(), hash) {
        return Err(damage);
    }
    Ok(ParsedVersion {
        version: ArtifactVersion {
            version_id,
            artifact_id: trailers.artifact_id,
            content_hash: ContentHash::from_oid(commit.tree()),
            parent_hash: trailers.parent_hash,
            parent_ids: commit.parents().map(VersionId::from_oid).collect(),
            change_origin: trailers.change_origin,
            created_at: Timestamp::from_gix(created_at),
            author: person(author.name, author.email),
            summary: text(&split(commit.message).summary()),
            upstream: trailers.upstream,
            project_commit: trailers.project_commit,
            orphan: false,
        },
        committer: person(committer.name, committer.email),
        unknown_trailers: trailers.unknown,
        format: trailers.format,
        signed: commit
            .extra_headers
            .iter()
            .any(|(name, _)| *name == signature::header(hash)),
        message: text(commit.message),
    })
}

/// What is wrong with `Parent-Hash` beside the parents; whether it is the first one's content is not looked at here.
pub(super) fn parent_hash_fault(claimed: Option<ContentHash>, has_parents: bool, hash: HashKind) -> Option<Damage> {
    match claimed {
        claimed if claimed.is_some() != has_parents => Some(Damage::ParentHashMismatch { claimed, actual: None }),
        Some(parent_hash) if parent_hash.hash_kind() != hash => Some(Damage::MalformedTrailer {
            key: Key::ParentHash.as_str(),
            value: parent_hash.to_string(),
            reason: "it is not of this repository's hash function".to_owned(),
        }),
        _ => None,
    }
}

/// Tells the first paragraph from the rest, for people to read.
fn split(message: &BStr) -> MessageRef<'_> {
    // git skips blank lines at the start, gix takes them for an empty title.
    let start = message.find_not_byteset(b" \t\r\n").unwrap_or(message.len());
    MessageRef::from_bytes(&message[start..])
}

fn person(name: &BStr, email: &BStr) -> Person {
    Person {
        name: text(name),
        email: text(email),
    }
}

fn text(bytes: &BStr) -> String {
    bytes.to_str_lossy().into_owned()
}

pub(super) fn bad_line(header: &str) -> String {
    format!("its {header} line is not '<name> <<e-mail>> <seconds> <offset>'")
}

/// Says what is wrong with commit data that gix refused; gix itself does not tell.
pub(super) fn first_fault(raw: &[u8], hash: HashKind) -> String {
    let digits = hash.to_gix().len_in_hex();
    let is_id = |value: &[u8]| value.len() == digits && value.iter().all(u8::is_ascii_hexdigit);
    let Some((header, _)) = raw.split_once_str("\n\n") else {
        return "no blank line ends its header".to_owned();
    };
    let mut lines = header.split(|&b| b == b'\n');
    let tree = lines.next().and_then(|line| line.strip_prefix(b"tree "));
    if !tree.is_some_and(is_id) {
        return format!("it does not start with 'tree' and {digits} hexadecimal digits");
    }
    let mut line = lines.next();
    while let Some(parent) = line.and_then(|line| line.strip_prefix(b"parent ")) {
        if !is_id(parent) {
            return format!("a parent line does not have {digits} hexadecimal digits");
        }
        line = lines.next();
    }
    for name in ["author", "committer"] {
        let value = line.and_then(|line| line.strip_prefix(name.as_bytes())?.strip_prefix(b" "));
        match value {
            None => return format!("its {name} line is missing or in the wrong place"),
            Some(value) if !is_signature(value) => return bad_line(name),
            Some(_) => line = lines.next(),
        }
    }
    "one of its further headers is not '<name> <value>'".to_owned()
}

fn is_signature(mut value: &[u8]) -> bool {
    gix::actor::SignatureRef::from_bytes_consuming(&mut value).is_ok() && value.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "3cf9a8d1b54e1e7d0e2b0c1a4f6d8e9a0b1c2d3e";
    const TREE: &str = "7bd8fc459f09f0e14dcc2adbb4a5a58e60ea755c";
    const TRAILERS: &str = "Lineage-Format: 1\nArtifact-Id: skill/pdf\n";

    fn parse(raw: &[u8]) -> Result<ParsedVersion, Damage> {
        super::parse(ID.parse().expect("id"), raw, HashKind::Sha1)
    }

    fn commit(parents: &str, message: &str) -> String {
        format!("tree {TREE}\n{parents}author A B <a@b> 5 +0100\ncommitter C <c@d> 7 -0230\n\n{message}")
    }

    #[test]
    fn every_field_is_read() {
        let other = "ab".repeat(20);
        let raw = commit(
            &format!("parent {ID}\nparent {other}\n"),
            &format!(
                "first\n second \n\nbody\n\nmore\n\n{TRAILERS}Parent-Hash: {other}\nChange-Origin: sync\nX-Y: z\n"
            ),
        );
        let parsed = parse(raw.as_bytes()).expect("readable");
        let version = &parsed.version;
        assert_eq!(version.version_id.to_string(), ID);
        assert_eq!(version.content_hash.to_string(), TREE);
        assert_eq!(version.parent_hash.map(|hash| hash.to_string()), Some(other.clone()));
        let parents: Vec<_> = version.parent_ids.iter().map(ToString::to_string).collect();
        assert_eq!(parents, [ID.to_owned(), other]);
        assert_eq!(
            version.created_at,
            Timestamp {
                seconds: 7,
                offset: -9_000
            }
        );
        assert_eq!(
            (version.author.name.as_str(), version.author.email.as_str()),
            ("A B", "a@b")
        );
        assert_eq!(
            (parsed.committer.name.as_str(), parsed.committer.email.as_str()),
            ("C", "c@d")
        );
        assert_eq!(
            (version.summary.as_str(), parsed.body()),
            ("first  second", "body\n\nmore")
        );
        assert_eq!((parsed.unknown_trailers.len(), parsed.format), (1, 1));
        assert!(raw.ends_with(&parsed.message) && !version.orphan);
    }

    #[test]
    fn messages_of_other_tools() {
        for (message, summary, body) in [
            (format!("s\n\n{TRAILERS}"), "s", ""),
            (format!("\n \ns\n\n{TRAILERS}"), "s", ""),
            (
                format!("s\r\n\r\nb\r\n\r\n{}", TRAILERS.replace('\n', "\r\n")),
                "s",
                "b",
            ),
            (
                format!("\n\n{TRAILERS}"),
                "Lineage-Format: 1 Artifact-Id: skill/pdf",
                "",
            ),
        ] {
            let parsed = parse(commit("", &message).as_bytes()).expect(&message);
            assert_eq!(
                (parsed.version.summary.as_str(), parsed.body()),
                (summary, body),
                "{message:?}"
            );
        }
        let mut raw = commit("", &format!("s\n\n{TRAILERS}")).into_bytes();
        let name = raw.find("A B").expect("there");
        raw[name + 1] = 0xff;
        let parsed = parse(&raw).expect("not all text is UTF-8");
        assert_eq!(parsed.version.author.name, "A\u{fffd}B");
    }

    #[test]
    fn parents_and_parent_hash_need_one_another() {
        let parent = format!("parent {ID}\n");
        let with = format!("s\n\n{TRAILERS}Parent-Hash: {TREE}\n");
        let without = format!("s\n\n{TRAILERS}");
        assert!(parse(commit(&parent, &with).as_bytes()).is_ok());
        let missing = parse(commit(&parent, &without).as_bytes());
        assert!(matches!(
            missing,
            Err(Damage::ParentHashMismatch {
                claimed: None,
                actual: None
            })
        ));
        let orphaned = parse(commit("", &with).as_bytes());
        assert!(matches!(
            orphaned,
            Err(Damage::ParentHashMismatch {
                claimed: Some(_),
                actual: None
            })
        ));
        let long = with.replace(TREE, &"ab".repeat(32));
        let other_hash = parse(commit(&parent, &long).as_bytes());
        assert!(matches!(
            other_hash,
            Err(Damage::MalformedTrailer { key: "Parent-Hash", .. })
        ));
    }

    #[test]
    fn malformed_commits_say_what_is_wrong() {
        let good = commit(
            &format!("parent {ID}\n"),
            &format!("s\n\n{TRAILERS}Parent-Hash: {TREE}\n"),
        );
        assert!(parse(good.as_bytes()).is_ok());
        for (from, to, reason) in [
            ("tree ", "tre ", "start with 'tree'"),
            (TREE, "7bd8", "40 hexadecimal digits"),
            ("parent 3", "parent g", "parent line"),
            ("author", "auhtor", "author line is missing"),
            ("<a@b>", "a@b", "author line is not"),
            ("committer ", "", "committer line is missing"),
            ("<c@d>", "<c@d", "committer line is not"),
            ("7 -0230", "x -0230", "committer line is not"),
            ("7 -0230", "", "committer line is not"),
            ("-0230\n", "-0230\nx\n", "further headers"),
            ("\n\n", "\n", "no blank line"),
        ] {
            let raw = good
                .replace(from, to)
                .replace("\n\n", if from == "\n\n" { "\n" } else { "\n\n" });
            match parse(raw.as_bytes()) {
                Err(Damage::MalformedCommit { reason: found }) => assert!(found.contains(reason), "{found}"),
                other => panic!("{from:?} -> {to:?}: {other:?}"),
            }
        }
        assert!(parse(b"").is_err());
        let sha256 = super::super::parse(ID.parse().expect("id"), good.as_bytes(), HashKind::Sha256);
        assert!(matches!(sha256, Err(Damage::MalformedCommit { reason }) if reason.contains("64 hexadecimal")));
    }
}
