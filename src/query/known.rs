//! [`Known`]: what there is to name, for who completes what a person is typing.
//!
//! Guarantees: quick, and without consequences. Nothing is written, the sidecar neither; it is read as it lies there, though
//! it may be behind. What cannot be read is left out in silence: nobody who presses a key wants to hear of it, and the
//! command that is being typed will say it.

use std::collections::{BTreeMap, BTreeSet};

use gix::{ObjectId, objs::Kind};

use crate::{
    content::flatten,
    git::{GitError, Repo},
    id::{ArtifactId, VersionId},
    index::{self, Look},
    manifest::{MANIFEST_FILE, Manifest},
    project_path::ProjectPath,
    query::{QueryError, resolve::SHORTEST_ABBREVIATION},
    refname::LineageRef,
};

/// More than anybody wants to choose from.
const MOST: usize = 200;

/// What there is to name. Every list is sorted, and may lack what the sidecar does not hold yet.
pub struct Known<'a> {
    repo: &'a Repo,
    /// The sidecar as it lies there.
    look: Option<index::Looked>,
}

/// An artifact that may be named.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownArtifact {
    /// Its id.
    pub id: ArtifactId,
    /// Where it is deployed in this work tree, if it is.
    pub path: Option<ProjectPath>,
}

/// A version or a content that may be named by digits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownHash {
    /// As many digits as tell it from the others, at least seven.
    pub abbreviation: String,
    /// Whose it is; of a content the first of them.
    pub artifact_id: ArtifactId,
    /// What its version says of itself.
    pub summary: String,
}

impl<'a> Known<'a> {
    pub(crate) fn new(repo: &'a Repo) -> Self {
        let look = match index::look(repo) {
            Ok(Look::Sidecar(look)) => Some(look),
            _ => None,
        };
        Known { repo, look }
    }

    /// The artifacts that are deployed in this work tree, or of which there is a version.
    pub fn artifacts(&self) -> Vec<KnownArtifact> {
        let mut known: BTreeMap<ArtifactId, Option<ProjectPath>> = BTreeMap::new();
        let recorded = self.look.as_ref().and_then(|look| look.reader().artifact_ids().ok());
        match recorded {
            Some(ids) => known.extend(ids.into_iter().map(|id| (id, None))),
            None => known.extend(self.heads().filter_map(|(name, _)| Some((id_of(&name)?, None)))),
        }
        let manifest = self.repo.work_tree().ok();
        let manifest = manifest.and_then(|root| std::fs::read(root.join(MANIFEST_FILE)).ok());
        let (deployed, _) = Manifest::examine(&manifest.unwrap_or_default());
        known.extend(deployed.into_iter().map(|entry| (entry.id, Some(entry.path))));
        let known = known.into_iter();
        known.map(|(id, path)| KnownArtifact { id, path }).collect()
    }

    /// The branches, and the lines of which there are only versions.
    pub fn lines(&self) -> Vec<String> {
        const BRANCHES: &str = "refs/heads/";
        let branches = self.repo.list_refs(BRANCHES).unwrap_or_default().into_iter();
        let branches = branches.map(|(name, _)| name[BRANCHES.len()..].to_owned());
        let lines = self.heads().filter_map(|(name, _)| match name {
            LineageRef::Head { line, .. } => line.raw().map(str::to_owned),
            _ => None,
        });
        let all: BTreeSet<String> = branches.chain(lines).collect();
        // Where lineage has to live among the branches, its refs are none.
        let lineage = self
            .repo
            .prefix()
            .as_str()
            .strip_prefix(BRANCHES)
            .map(|name| format!("{name}/"));
        let is_branch = |name: &String| !lineage.as_ref().is_some_and(|lineage| name.starts_with(lineage));
        all.into_iter().filter(is_branch).collect()
    }

    /// The lines of remotes, as last fetched: `<remote>/<line>`.
    pub fn remote_lines(&self) -> Vec<String> {
        let refs = self.refs(&self.repo.prefix().remotes_dir());
        let lines = refs.filter_map(|(name, _)| match name {
            LineageRef::Remote { remote, line, .. } => Some(format!("{}/{}", remote.raw()?, line.raw()?)),
            _ => None,
        });
        let all: BTreeSet<String> = lines.collect();
        all.into_iter().collect()
    }

    /// The remotes; of a hub its projects.
    pub fn remotes(&self) -> Vec<String> {
        let names = self.repo.gix().remote_names();
        names.iter().map(ToString::to_string).collect()
    }

    /// The versions whose id begins with these hexadecimal digits.
    pub fn versions(&self, digits: &str) -> Vec<KnownHash> {
        let digits = digits.to_ascii_lowercase();
        let Some(look) = &self.look else { return Vec::new() };
        let ids = look.reader().versions_by_id_prefix(&digits, MOST).unwrap_or_default();
        let versions = ids.iter().filter_map(|id| look.reader().version(id).ok().flatten());
        abbreviated(versions.map(|version| (version.version_id.to_string(), version)))
    }

    /// The contents whose hash begins with these hexadecimal digits.
    pub fn contents(&self, digits: &str) -> Vec<KnownHash> {
        let digits = digits.to_ascii_lowercase();
        let Some(look) = &self.look else { return Vec::new() };
        let contents = look.reader().by_content_prefix(&digits, MOST).unwrap_or_default();
        let versions = contents.iter().filter_map(|content| {
            let found = look.reader().find_by_content(content).ok()?;
            found.into_iter().next()
        });
        abbreviated(versions.map(|version| (version.content_hash.to_string(), version)))
    }

    /// The paths of the files of a version, named by an artifact's id, `<id>~<n>`, `<id>@<line>` or digits of its own.
    pub fn files(&self, version: &str) -> Vec<Vec<u8>> {
        let Some(id) = self.resolve(version) else {
            return Vec::new();
        };
        // Of a partial clone, what is not here would be fetched.
        let here = |id: ObjectId| match self.repo.exists(id) {
            true => Ok(id),
            false => Err(GitError::MissingObject { id: id.to_string() }),
        };
        let read = &mut |tree| Ok::<_, QueryError>(self.repo.read_kind(here(tree)?, Kind::Tree)?);
        let tree = here(id)
            .ok()
            .and_then(|id| self.repo.parse_version(VersionId::from_oid(id), &mut Vec::new()).ok());
        let entries = tree.and_then(|version| flatten(version.version.content_hash.oid(), read).ok());
        let entries = entries.unwrap_or_default();
        entries.into_iter().map(|entry| entry.path.into()).collect()
    }

    /// What a VERSION most likely means.
    fn resolve(&self, text: &str) -> Option<ObjectId> {
        let (start, steps) = match text.rsplit_once('~') {
            Some((start, digits)) => (start, digits.parse().unwrap_or(1)),
            None => (text, 0),
        };
        let mut commit = self.head(start).or_else(|| {
            let reader = self.look.as_ref()?.reader();
            let found = reader.versions_by_id_prefix(&text.to_ascii_lowercase(), 2).ok()?;
            (found.len() == 1).then(|| found[0].oid())
        })?;
        for _ in 0..steps {
            if !self.repo.exists(commit) {
                return None;
            }
            commit = *self.repo.commit_parents(commit).ok()?.first()?;
        }
        Some(commit)
    }

    /// The head of an artifact: on the line that is named, else on that checked out, else on any.
    fn head(&self, text: &str) -> Option<ObjectId> {
        let prefix = self.repo.prefix();
        let find = |name: &str| self.repo.find_ref(name).ok().flatten();
        if let Some((id, line)) = text.rsplit_once('@')
            && let (Ok(id), Ok(line)) = (id.parse(), line.parse())
            && let Some(head) = find(&prefix.head(&line, &id))
        {
            return Some(head);
        }
        let id: ArtifactId = text.parse().ok()?;
        let line = self.repo.head().ok().and_then(|head| head.line);
        let here = line.and_then(|line| find(&prefix.head(&line, &id)));
        here.or_else(|| {
            let (_, head) = self.heads().find(|(name, _)| name.matches(&id))?;
            Some(head)
        })
    }

    fn heads(&self) -> impl Iterator<Item = (LineageRef, ObjectId)> {
        self.refs(&self.repo.prefix().heads_dir())
    }

    fn refs(&self, dir: &str) -> impl Iterator<Item = (LineageRef, ObjectId)> + use<'_> {
        let refs = self.repo.list_refs(dir).unwrap_or_default().into_iter();
        refs.filter_map(|(name, id)| Some((self.repo.prefix().parse(name.as_str().into()).ok()?, id)))
    }
}

fn id_of(name: &LineageRef) -> Option<ArtifactId> {
    name.artifact().and_then(|artifact| artifact.id()).cloned()
}

/// Hashes as short as tells them apart, with what their versions say.
fn abbreviated(found: impl Iterator<Item = (String, crate::version::ArtifactVersion)>) -> Vec<KnownHash> {
    let found: Vec<_> = found.collect();
    let is_told_apart = |length: &usize| {
        let starts: BTreeSet<&str> = found.iter().map(|(hash, _)| &hash[..*length]).collect();
        starts.len() == found.len()
    };
    let longest = found.first().map_or(0, |(hash, _)| hash.len());
    let length = (SHORTEST_ABBREVIATION..longest).find(is_told_apart).unwrap_or(longest);
    found
        .iter()
        .map(|(hash, version)| KnownHash {
            abbreviation: hash[..length].to_owned(),
            artifact_id: version.artifact_id.clone(),
            summary: version.summary.clone(),
        })
        .collect()
}
