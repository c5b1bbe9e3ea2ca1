//! Hostile content at every door: refused before the first byte is written, with a message that names what and where.
//!
//! [`contents`] are made object by object ([`objects`]) and brought to each door ([`doors`]); [`values`] come in manifests,
//! trailers, arguments and requests; [`clones`] are whole repositories that nobody may trust. What docs/reliability.md lists is
//! what these tests try ([`documented`]).

mod clones;
mod contents;
mod documented;
mod doors;
mod objects;
mod values;

/// A line of the list in docs/reliability.md.
struct Row {
    name: String,
    source: &'static str,
    doors: String,
    says: String,
}
