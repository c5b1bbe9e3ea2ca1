//! [`LineageRef`]: what a full ref name says, read strictly.

use gix::bstr::{BStr, ByteSlice};

use crate::id::{ArtifactId, Kind, Line, VersionId};

use super::{
    component::{Component, NotCanonical},
    prefix::{RefPrefix, area},
};

/// A ref below the lineage prefix, by area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LineageRef {
    /// The newest version on a line.
    Head {
        /// The line.
        line: Component,
        /// Whose head it is.
        artifact: IdComponents,
    },
    /// The same, as last fetched.
    Remote {
        /// Where it was fetched from.
        remote: Component,
        /// The line over there.
        line: Component,
        /// Whose head it is.
        artifact: IdComponents,
    },
    /// A head left behind.
    Kept {
        /// The version, which the ref also points at.
        version_id: VersionId,
    },
    /// An unfinished operation.
    Pending {
        /// The work tree it runs in.
        worktree: Component,
        /// The artifact it works on.
        artifact: IdComponents,
    },
}

/// The last two components of most lineage refs: an artifact id, unless it was too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IdComponents {
    /// The id's kind.
    pub(crate) kind: Component,
    /// The id's name.
    pub(crate) name: Component,
    /// Both together, where the ref holds them in full.
    id: Option<ArtifactId>,
}

/// Why a ref below the lineage prefix is not one that this tool writes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RefNameError {
    /// The ref is not below the prefix at all.
    #[error("ref '{name}' is not below {prefix}/")]
    Elsewhere {
        /// The full name of the ref.
        name: String,
        /// The prefix in use.
        prefix: String,
    },
    /// The ref is in none of the four areas.
    #[error("ref '{name}' is neither in heads, remotes, kept nor pending; if lineage does not need it, delete it")]
    UnknownArea {
        /// The full name of the ref.
        name: String,
    },
    /// The ref has too few or too many components.
    #[error("ref '{name}' has {found} parts behind the area and needs {expected}")]
    Depth {
        /// The full name of the ref.
        name: String,
        /// How many components follow the area.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A component is not in the one spelling in which it is written.
    #[error("the {part} in ref '{name}' is not encoded as lineage encodes it")]
    NotCanonical {
        /// The full name of the ref.
        name: String,
        /// Which component: `line`, `kind`, …
        part: &'static str,
        /// What is wrong with it.
        source: NotCanonical,
    },
    /// A component is encoded well, but no line, kind or artifact name can be called that.
    #[error("ref '{name}' cannot belong to lineage: '{text}' is not a valid {part}")]
    Invalid {
        /// The full name of the ref.
        name: String,
        /// Which component: `line`, `kind` or `name`.
        part: &'static str,
        /// What it decodes to.
        text: String,
    },
    /// A kept ref is not named by a full version id in lower case.
    #[error("ref '{name}' is not named after a version: expected 40 or 64 lower-case hexadecimal digits")]
    KeptId {
        /// The full name of the ref.
        name: String,
    },
}

impl RefNameError {
    /// The full name of the ref.
    pub fn ref_name(&self) -> &str {
        match self {
            RefNameError::Elsewhere { name, .. }
            | RefNameError::UnknownArea { name }
            | RefNameError::Depth { name, .. }
            | RefNameError::NotCanonical { name, .. }
            | RefNameError::Invalid { name, .. }
            | RefNameError::KeptId { name } => name,
        }
    }
}

impl RefPrefix {
    /// Reads a full ref name.
    ///
    /// # Errors
    /// [`RefNameError`] unless the name is one that this prefix's own constructors can make.
    pub(crate) fn parse(&self, full_name: &BStr) -> Result<LineageRef, RefNameError> {
        let reader = Reader { full_name };
        let rest = full_name
            .strip_prefix(self.as_str().as_bytes())
            .and_then(|rest| rest.strip_prefix(b"/"))
            .ok_or_else(|| RefNameError::Elsewhere {
                name: reader.name(),
                prefix: self.to_string(),
            })?;
        let mut parts = rest.split(|&b| b == b'/').map(ByteSlice::as_bstr);
        let area = parts.next().unwrap_or_default();
        if area == area::HEADS {
            let [line, kind, name] = reader.parts(parts)?;
            Ok(LineageRef::Head {
                line: reader.line(line)?,
                artifact: reader.artifact(kind, name)?,
            })
        } else if area == area::REMOTES {
            let [remote, line, kind, name] = reader.parts(parts)?;
            Ok(LineageRef::Remote {
                remote: reader.component("remote", remote)?,
                line: reader.line(line)?,
                artifact: reader.artifact(kind, name)?,
            })
        } else if area == area::KEPT {
            let [id] = reader.parts(parts)?;
            Ok(LineageRef::Kept {
                version_id: reader.version_id(id)?,
            })
        } else if area == area::PENDING {
            let [worktree, kind, name] = reader.parts(parts)?;
            Ok(LineageRef::Pending {
                worktree: reader.component("work tree", worktree)?,
                artifact: reader.artifact(kind, name)?,
            })
        } else {
            Err(RefNameError::UnknownArea { name: reader.name() })
        }
    }
}

impl LineageRef {
    /// The id components; `None` for a kept ref, whose version alone says whose it is.
    pub(crate) fn artifact(&self) -> Option<&IdComponents> {
        match self {
            LineageRef::Head { artifact, .. }
            | LineageRef::Remote { artifact, .. }
            | LineageRef::Pending { artifact, .. } => Some(artifact),
            LineageRef::Kept { .. } => None,
        }
    }

    /// The component of the line; `None` where the area knows no lines.
    pub(crate) fn line(&self) -> Option<&Component> {
        match self {
            LineageRef::Head { line, .. } | LineageRef::Remote { line, .. } => Some(line),
            LineageRef::Kept { .. } | LineageRef::Pending { .. } => None,
        }
    }

    /// Whether a version of artifact `id` may stand here: a kept ref holds any, the others only those of their own id.
    pub(crate) fn matches(&self, id: &ArtifactId) -> bool {
        self.artifact().is_none_or(|artifact| artifact.matches(id))
    }
}

impl IdComponents {
    /// The artifact id; `None` if one half is shortened and only the version's trailer has it.
    pub(crate) fn id(&self) -> Option<&ArtifactId> {
        self.id.as_ref()
    }

    /// Whether these are the components of `id`; also right where they are shortened.
    pub(crate) fn matches(&self, id: &ArtifactId) -> bool {
        match &self.id {
            Some(own) => own == id,
            None => self.kind.matches(id.kind()) && self.name.matches(id.name()),
        }
    }
}

/// Reads the parts of one ref name and names that ref in every error.
struct Reader<'a> {
    full_name: &'a BStr,
}

impl<'a> Reader<'a> {
    fn name(&self) -> String {
        self.full_name.to_str_lossy().into_owned()
    }

    fn parts<const N: usize>(&self, parts: impl Iterator<Item = &'a BStr>) -> Result<[&'a BStr; N], RefNameError> {
        let mut array = [BStr::new(""); N];
        let mut found = 0;
        for part in parts {
            if let Some(slot) = array.get_mut(found) {
                *slot = part;
            }
            found += 1;
        }
        if found == N {
            Ok(array)
        } else {
            Err(RefNameError::Depth {
                name: self.name(),
                found,
                expected: N,
            })
        }
    }

    fn component(&self, part: &'static str, encoded: &BStr) -> Result<Component, RefNameError> {
        Component::parse(encoded).map_err(|source| RefNameError::NotCanonical {
            name: self.name(),
            part,
            source,
        })
    }

    fn line(&self, encoded: &BStr) -> Result<Component, RefNameError> {
        let line = self.component("line", encoded)?;
        match line.raw() {
            Some(raw) if raw.parse::<Line>().is_err() => Err(self.invalid("line", raw)),
            _ => Ok(line),
        }
    }

    fn artifact(&self, kind: &BStr, name: &BStr) -> Result<IdComponents, RefNameError> {
        let kind = self.component("kind", kind)?;
        let name = self.component("name", name)?;
        let checked_kind = match kind.raw() {
            Some(raw) => Some(raw.parse::<Kind>().map_err(|_| self.invalid("kind", raw))?),
            None => None,
        };
        let id = match (&checked_kind, name.raw()) {
            (Some(kind), Some(raw)) => Some(ArtifactId::new(kind, raw).map_err(|_| self.invalid("name", raw))?),
            _ => None,
        };
        Ok(IdComponents { kind, name, id })
    }

    fn version_id(&self, hex: &BStr) -> Result<VersionId, RefNameError> {
        let malformed = || RefNameError::KeptId { name: self.name() };
        let text = hex.to_str().map_err(|_| malformed())?;
        let id: VersionId = text.parse().map_err(|_| malformed())?;
        // Upper-case digits name the same version a second time.
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(malformed());
        }
        Ok(id)
    }

    fn invalid(&self, part: &'static str, text: &str) -> RefNameError {
        RefNameError::Invalid {
            name: self.name(),
            part,
            text: text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
