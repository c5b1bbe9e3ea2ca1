//! Ids and ref names, both ways: the one place that knows where a version's refs stand.
//!
//! Below one configurable prefix ([`RefPrefix`], `refs/lineage` by default) there are four areas, each of fixed depth,
//! so that no ref can ever be the folder of another:
//!
//! ```text
//! <prefix>/heads/<line>/<kind>/<name>
//! <prefix>/remotes/<remote>/<line>/<kind>/<name>
//! <prefix>/kept/<version id>
//! <prefix>/pending/<worktree>/<kind>/<name>
//! ```
//!
//! Guarantees: git accepts every name made here; different ids have different names; a name read back is accepted only
//! in the one spelling in which it would be written ([`component`] percent-encodes each part). Reading and moving the
//! refs themselves, and asking the version's trailer for an id too long for its ref, is the business of `store`.

mod component;
mod lineage_ref;
mod prefix;

pub use component::NotCanonical;
pub(crate) use component::{Component, encode_component};
pub use lineage_ref::RefNameError;
pub(crate) use lineage_ref::{IdComponents, LineageRef};
pub use prefix::InvalidRefPrefix;
pub(crate) use prefix::RefPrefix;
