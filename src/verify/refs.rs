//! [`Refs`]: the refs below the lineage prefix, their names, and whether what they point to is what they say.

use std::collections::{BTreeSet, HashSet};

use gix::{ObjectId, bstr::BString};

use super::{
    code::Code,
    commits::{Commits, Found},
    report::{About, Report, with_causes},
};
use crate::{
    git::{GitError, RefValue, Repo},
    id::{ArtifactId, VersionId},
    refname::{LineageRef, RefNameError},
    version::Damage,
};

/// All refs below the prefix, by name.
pub(super) struct Refs {
    pub(super) refs: Vec<Ref>,
}

pub(super) struct Ref {
    pub(super) name: BString,
    value: RefValue,
    /// What the name says.
    pub(super) parsed: Result<LineageRef, RefNameError>,
    /// Where it leads, symbolic refs followed.
    pub(super) target: Option<ObjectId>,
    /// Whether versions hang on it.
    pub(super) holds_versions: bool,
}

impl Refs {
    pub(super) fn list(repo: &Repo) -> Result<Self, GitError> {
        let prefix = repo.prefix();
        let version_dirs = prefix.version_dirs();
        let mut refs = Vec::new();
        for (name, value) in repo.every_ref(&format!("{prefix}/"))? {
            let target = match &value {
                RefValue::Object(id) => Some(*id),
                RefValue::Symbolic(_) => repo.find_ref(&name.to_string()).ok().flatten(),
                RefValue::Unreadable(_) | RefValue::NoRefName => None,
            };
            refs.push(Ref {
                parsed: prefix.parse(name.as_ref()),
                holds_versions: version_dirs.iter().any(|dir| name.starts_with(dir.as_bytes())),
                name,
                value,
                target,
            });
        }
        Ok(Refs { refs })
    }

    /// Reads everything that hangs on the refs of versions.
    pub(super) fn visit(&self, commits: &mut Commits<'_>) {
        for found in self.refs.iter().filter(|found| found.holds_versions) {
            if let Some(target) = found.target {
                commits.visit(target, found.expected_artifact());
            }
        }
    }

    /// Checks names and targets.
    pub(super) fn check(&self, commits: &Commits<'_>, report: &mut Report) {
        let mut no_versions = HashSet::new();
        for found in self.refs.iter().filter(|found| found.is_asked(commits)) {
            found.check_name(report);
            if let Some(target) = found.target.filter(|_| found.holds_versions) {
                found.check_target(VersionId::from_oid(target), commits, &mut no_versions, report);
            }
        }
    }

    /// On how many lines there are heads, here or on a remote.
    pub(super) fn lines(&self, commits: &Commits<'_>) -> usize {
        let asked = self.refs.iter().filter(|found| found.is_asked(commits));
        let lines = asked.filter_map(|found| found.parsed.as_ref().ok()?.line());
        lines
            .map(crate::refname::Component::encoded)
            .collect::<BTreeSet<_>>()
            .len()
    }

    /// Whether a ref is named after this artifact.
    pub(super) fn name(&self, artifact: &ArtifactId) -> bool {
        let mut named = self.refs.iter().filter_map(|found| found.parsed.as_ref().ok());
        named.any(|name| name.artifact().is_some_and(|components| components.matches(artifact)))
    }
}

impl Ref {
    /// The artifact whose ref this is, where the name has it in full.
    pub(super) fn expected_artifact(&self) -> Option<&ArtifactId> {
        self.parsed.as_ref().ok()?.artifact()?.id()
    }

    /// Whether this ref concerns what is to be checked.
    pub(super) fn is_asked(&self, commits: &Commits<'_>) -> bool {
        if commits.all_asked() {
            return true;
        }
        let by_name = self.parsed.as_ref().ok().and_then(LineageRef::artifact);
        if by_name.is_some_and(|components| commits.any_asked(|artifact| components.matches(artifact))) {
            return true;
        }
        let target = self.target.filter(|_| self.holds_versions);
        match target.and_then(|target| commits.get(VersionId::from_oid(target))) {
            Some(Found::Node(place)) => !commits.nodes[place].outside,
            _ => false,
        }
    }

    fn check_name(&self, report: &mut Report) {
        let about = About {
            artifact: self.expected_artifact(),
            version: self.target.map(VersionId::from_oid),
        };
        let name = &self.name;
        match &self.value {
            RefValue::Object(_) => {}
            RefValue::Symbolic(other) => {
                let message = format!("the ref {name} is a symbolic ref, to {other}");
                report.add(Code::SymbolicRef, about, message);
                if self.target.is_none() {
                    let message = format!("the ref {name} leads to {other}, which is missing");
                    report.add(Code::DanglingRef, about, message);
                }
            }
            RefValue::Unreadable(reason) => {
                let message = format!("the ref {name} cannot be read: {reason}");
                report.add(Code::UnreadableRef, about, message);
            }
            RefValue::NoRefName => {
                let message = format!("the file {name} stands among the refs, but git admits no ref of that name");
                report.add(Code::ForeignRef, about, message);
                return;
            }
        }
        // A line of packed-refs that cannot be read has no name.
        if self.name == "packed-refs" {
            return;
        }
        if let Err(error) = &self.parsed {
            report.add(Code::ForeignRef, about, with_causes(error));
        }
    }

    fn check_target(
        &self,
        target: VersionId,
        commits: &Commits<'_>,
        no_versions: &mut HashSet<VersionId>,
        report: &mut Report,
    ) {
        let name = &self.name;
        let about = |artifact| About {
            artifact,
            version: Some(target),
        };
        if let Ok(LineageRef::Kept { version_id }) = &self.parsed
            && *version_id != target
        {
            let message = format!("the ref {name} points to another version than it is named after");
            report.add(Code::MisnamedKeptRef, about(None), message);
        }
        match commits.get(target) {
            None | Some(Found::Missing) => {
                let message = format!("the ref {name} points to {target}, which is missing");
                report.add(Code::DanglingRef, about(self.expected_artifact()), message);
            }
            // A ref with a name that is none of ours points to what it likes.
            Some(Found::NoVersion) if self.parsed.is_ok() => {
                let is_new = no_versions.insert(target);
                for damage in commits.why_no_version(target) {
                    if let Damage::NotACommit { kind } = damage {
                        let message = format!("the ref {name} points to a {kind}, not to a commit");
                        report.add_damage_as(damage, about(self.expected_artifact()), message);
                    } else if is_new {
                        report.add_damage(damage, about(self.expected_artifact()));
                    }
                }
            }
            Some(Found::NoVersion) => {}
            Some(Found::Node(place)) => {
                let artifact = commits.artifact_of(&commits.nodes[place]);
                if let (Some(artifact), Ok(parsed)) = (artifact, &self.parsed)
                    && !parsed.matches(artifact)
                {
                    let message = format!("the ref {name} points to a version of {artifact}");
                    report.add(Code::RefOfAnotherArtifact, about(Some(artifact)), message);
                }
            }
        }
    }
}
