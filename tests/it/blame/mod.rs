//! `blame`: every line's version is the one that `git blame` names on the lineage's commits, and its origin is that of
//! whoever wrote it.

mod command;
mod cut_short;
mod model;
mod oracle;
mod random;
mod scenarios;
