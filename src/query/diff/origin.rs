//! Whose change a difference is.

use gix::bstr::BStr;

use super::{super::status::FileOrigin, patch::Found};
use crate::content::{Content, Entry};

/// What the sides of a comparison stand on.
pub(super) enum Grounds {
    /// The first side is the baseline, the second is made of it.
    Baseline {
        /// Upstream's content as last seen; `None` where it is the baseline's too, or unknown.
        upstream: Option<Content>,
    },
    /// The upstream content that each side is made of, where it is known.
    Upstreams([Option<Content>; 2]),
}

impl Grounds {
    /// Whose change a file is; of one that was renamed, whose both its going and its coming are.
    pub(super) fn origin(&self, sides: &[Content; 2], found: &Found) -> Option<FileOrigin> {
        let origin = self.origin_at(sides, found.path.as_ref())?;
        match &found.renamed_from {
            Some(before) if self.origin_at(sides, before.as_ref())? != origin => Some(FileOrigin::Both),
            _ => Some(origin),
        }
    }

    fn origin_at(&self, [old, new]: &[Content; 2], path: &BStr) -> Option<FileOrigin> {
        let same = |a: &Content, b: &Content| is_same(a.get(path), b.get(path));
        match self {
            Grounds::Baseline { upstream } => {
                let by_upstream = upstream.as_ref().is_some_and(|upstream| !same(old, upstream));
                Some(FileOrigin::of(by_upstream, true))
            }
            Grounds::Upstreams([old_ground, new_ground]) => {
                let (old_ground, new_ground) = (old_ground.as_ref()?, new_ground.as_ref()?);
                if same(old_ground, new_ground) {
                    return Some(FileOrigin::Local);
                }
                // Upstream's own on both sides, or not.
                let is_pure = same(old, old_ground) && same(new, new_ground);
                Some(FileOrigin::of(true, !is_pure))
            }
        }
    }
}

/// True if neither has the file, or both have it with equal bytes and mode.
fn is_same(a: Option<&Entry>, b: Option<&Entry>) -> bool {
    a == b
}
