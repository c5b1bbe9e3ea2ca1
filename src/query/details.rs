//! `show`: everything about one version.

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::{Query, QueryError};
use crate::{
    content::{Entry, flatten},
    git::GitError,
    id::{ContentHash, VersionId},
    index::IndexError,
    version::{ArtifactVersion, Trailer, trailers::FORMAT},
};

/// One version with its lineage, files and message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VersionDetails {
    /// The version.
    pub version: ArtifactVersion,
    /// The content hashes from the root to this version, oldest first, along first parents.
    pub version_lineage: Vec<ContentHash>,
    /// All files, by path.
    pub files: Vec<VersionFile>,
    /// Trailers that mean nothing to this program, as they stand.
    pub trailers: Vec<Trailer>,
    /// The whole commit message.
    pub message: String,
    /// Whether the commit carries a signature; what it is worth is for `git verify-commit` to say.
    pub signed: bool,
    /// The format, if a newer program wrote the version: what it says may not all be understood here.
    pub newer_format: Option<u32>,
}

/// One file of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VersionFile {
    /// Relative to the artifact, as bytes; not always UTF-8.
    pub path: Vec<u8>,
    /// `100644`, `100755` or `120000`.
    pub mode: &'static str,
    /// The id of the file's blob.
    pub hash: String,
    /// The size of the blob in bytes.
    pub size: u64,
}

impl Serialize for VersionFile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let plain = std::str::from_utf8(&self.path);
        let mut file = serializer.serialize_struct("VersionFile", 4 + usize::from(plain.is_err()))?;
        match plain {
            Ok(path) => file.serialize_field("path", path)?,
            Err(_) => file.serialize_field("path", &percent_encoded(&self.path))?,
        }
        file.serialize_field("mode", self.mode)?;
        file.serialize_field("hash", &self.hash)?;
        file.serialize_field("size", &self.size)?;
        if plain.is_err() {
            file.serialize_field("path_encoding", "percent")?;
        }
        file.end()
    }
}

/// Bytes that are not UTF-8, and `%` itself, as `%XX`.
pub(super) fn percent_encoded(path: &[u8]) -> String {
    let mut text = String::new();
    for chunk in path.utf8_chunks() {
        text.push_str(&chunk.valid().replace('%', "%25"));
        for byte in chunk.invalid() {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

impl Query<'_> {
    /// Everything about one version.
    pub(crate) fn details(&self, id: &VersionId) -> Result<VersionDetails, QueryError> {
        let version = self.version(id)?;
        let lineage = self.index.reader().lineage_ids(id).map_err(IndexError::from)?;
        let links = lineage.map(|chain| chain.links).unwrap_or_default();
        let parsed = self.index.parsed(self.repo, *id)?;
        let entries = self.entries(&version)?;
        let mut files = Vec::with_capacity(entries.len());
        for entry in entries {
            files.push(VersionFile {
                size: self.blob_size(&entry)?,
                path: entry.path.into(),
                mode: entry.mode.as_str(),
                hash: entry.id.to_string(),
            });
        }
        Ok(VersionDetails {
            version,
            version_lineage: links.into_iter().map(|(_, content)| content).collect(),
            files,
            trailers: parsed.unknown_trailers,
            message: parsed.message,
            signed: parsed.signed,
            newer_format: (parsed.format > FORMAT).then_some(parsed.format),
        })
    }

    /// All files of a version, by path.
    pub(super) fn entries(&self, version: &ArtifactVersion) -> Result<Vec<Entry>, QueryError> {
        let read = &mut |tree| {
            self.repo
                .read_kind(tree, gix::objs::Kind::Tree)
                .map_err(QueryError::from)
        };
        flatten(version.content_hash.oid(), read)
    }

    fn blob_size(&self, entry: &Entry) -> Result<u64, GitError> {
        let header = self.repo.gix().find_header(entry.id);
        header
            .map(|header| header.size())
            .map_err(GitError::backend("read the size of a file"))
    }
}

#[cfg(test)]
mod tests {
    use super::percent_encoded;

    #[test]
    fn only_what_is_not_utf8_is_escaped() {
        assert_eq!(percent_encoded(b"a%b/\xff\xc3\xa4"), "a%25b/%FF\u{e4}");
    }
}
