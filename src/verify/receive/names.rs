//! Whether a pushed ref has a name that may be pushed, and whose head it is.

use gix::{ObjectId, bstr::ByteSlice as _};

use super::{PushRefusal, PushedRef};
use crate::refname::{LineageRef, RefPrefix};

/// A head that a push creates, moves or deletes.
#[derive(Debug)]
pub(super) struct Head<'p> {
    pub(super) pushed: &'p PushedRef,
    pub(super) name: &'p str,
    pub(super) parsed: LineageRef,
    /// The last two parts of its name: alike for all heads of one artifact.
    pub(super) artifact: &'p str,
    pub(super) new: Option<ObjectId>,
}

/// Whether a push of this ref is for us to judge.
pub(super) fn concerns_lineage(prefix: &RefPrefix, pushed: &PushedRef) -> bool {
    let rest = pushed.raw_name().strip_prefix(prefix.as_str().as_bytes());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

/// Judges the name. `None`: a ref goes that no lineage could have.
pub(super) fn head<'p>(prefix: &RefPrefix, pushed: &'p PushedRef) -> Result<Option<Head<'p>>, PushRefusal> {
    let new = pushed.new_oid();
    if pushed.raw_name() == prefix.as_str().as_bytes() {
        return if new.is_none() {
            Ok(None)
        } else {
            Err(PushRefusal::Prefix)
        };
    }
    let parsed = match prefix.parse(pushed.raw_name().as_bstr()) {
        Ok(parsed) => parsed,
        Err(_) if new.is_none() => return Ok(None),
        Err(reason) => return Err(PushRefusal::Name { reason }),
    };
    let area = match parsed {
        LineageRef::Head { .. } => None,
        LineageRef::Remote { .. } => Some("remotes"),
        LineageRef::Kept { .. } => Some("kept"),
        LineageRef::Pending { .. } => Some("pending"),
    };
    if let Some(area) = area {
        return Err(PushRefusal::Private { area });
    }
    let name = pushed.raw_name().to_str();
    let name = name.expect("every part of a parsed name is UTF-8");
    Ok(Some(Head {
        pushed,
        name,
        parsed,
        artifact: artifact_part(name),
        new,
    }))
}

/// The last two parts of a name: kind and name as they are encoded.
pub(super) fn artifact_part(name: &str) -> &str {
    let mut slashes = name.rmatch_indices('/');
    let start = slashes.nth(1).map_or(0, |(at, _)| at + 1);
    &name[start..]
}
