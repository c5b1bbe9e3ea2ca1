//! The project's own history, and which version of each artifact every commit of it holds (rule 3 of the design).
//!
//! [`history`] reads project commits: manifest ([`artifacts`]), content ([`tree`]), authorship. [`graph`] answers ancestor questions about
//! versions. [`rule`] is the function V(C) itself. [`walk`] applies it to every commit that is not known yet, oldest
//! first ([`state`] is what it finds), and says which versions have to be written; writing them is the business of `operation`. [`unmerged`] reads the manifest
//! in the work tree in the middle of a merge. [`adopted`] finds what was adopted of the time before a manifest named an artifact.
//! [`missing`] finds the baselines of which no version is here, and [`rebuilt`] plans versions of them.

mod adopted;
pub(crate) mod artifacts;
pub(crate) mod graph;
pub(crate) mod history;
pub(crate) mod missing;
pub(crate) mod rebuilt;
mod recent;
pub(crate) mod rule;
pub(crate) mod state;
pub(crate) mod tree;
pub(crate) mod tree_diff;
pub(crate) mod unmerged;
pub(crate) mod walk;
