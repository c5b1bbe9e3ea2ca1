//! Pictures of lineages: [`text`] for a terminal, [`dot`] and [`mermaid`] for programs that draw, [`page`] for a browser.
//!
//! What is drawn is the library's [`VersionGraph`]; [`lanes`] lays it out for those that draw it themselves. Every format is
//! responsible for its own escaping: nothing that a repository holds may end a string, a line or an element of the picture.

pub(super) mod dot;
mod lanes;
pub(super) mod mermaid;
pub(super) mod page;
pub(super) mod text;

use std::collections::{HashMap, HashSet};

use git_lineage::{ArtifactVersion, GraphHead, GraphVersion, VersionGraph, VersionId};

use self::lanes::Side;

/// What laying out needs of a version.
#[derive(Debug)]
struct Drawn {
    id: VersionId,
    side: Side,
    /// Those that are drawn, too, each once.
    parents: Vec<Parent>,
}

#[derive(Debug)]
struct Parent {
    id: VersionId,
    side: Side,
}

/// A graph as far as it is drawn: the first versions of it, with what is known of each.
pub(super) struct Picture<'a> {
    graph: &'a VersionGraph,
    shown: &'a [GraphVersion],
    sides: HashMap<VersionId, Side>,
    names: HashMap<VersionId, Vec<String>>,
}

impl<'a> Picture<'a> {
    /// A picture of the first `limit` versions.
    pub(super) fn new(graph: &'a VersionGraph, limit: Option<usize>) -> Self {
        let shown = &graph.versions[..graph.versions.len().min(limit.unwrap_or(usize::MAX))];
        let sides = shown.iter().map(|shown| (shown.version.version_id, side(shown)));
        Picture {
            graph,
            shown,
            sides: sides.collect(),
            names: names(graph),
        }
    }

    /// How many versions are left out.
    pub(super) fn left_out(&self) -> usize {
        self.graph.versions.len() - self.shown.len()
    }

    /// The versions, top to bottom, with how they are laid out.
    fn drawn(&self) -> impl Iterator<Item = (&'a GraphVersion, Drawn)> + '_ {
        self.shown.iter().map(|shown| {
            let mut seen = HashSet::new();
            let ids = shown.version.parent_ids.iter().filter(|id| seen.insert(**id));
            let parents = ids.filter_map(|id| {
                Some(Parent {
                    id: *id,
                    side: *self.sides.get(id)?,
                })
            });
            let drawn = Drawn {
                id: shown.version.version_id,
                side: side(shown),
                parents: parents.collect(),
            };
            (shown, drawn)
        })
    }

    /// What points at a version, in words.
    fn names(&self, id: VersionId) -> &[String] {
        self.names.get(&id).map_or(&[], Vec::as_slice)
    }
}

/// What a version says of itself, with the upstream commit that came in instead of the name of the artifact: all is of one
/// here.
fn summary(version: &ArtifactVersion) -> String {
    let from = version.upstream.as_ref().filter(|from| from.commit.is_some());
    match from.and_then(super::text::upstream) {
        Some(from) => {
            let name = version.summary.strip_suffix(version.artifact_id.as_str());
            format!("{} from {from}", name.unwrap_or(&version.summary).trim_end())
        }
        None => version.summary.clone(),
    }
}

fn side(version: &GraphVersion) -> Side {
    if version.is_upstream {
        Side::Upstream
    } else {
        Side::Local
    }
}

/// What points at versions, in words. The line asked for has its head where the library sees it: a ref may be behind, and a
/// branch on which nothing was recorded has none.
fn names(graph: &VersionGraph) -> HashMap<VersionId, Vec<String>> {
    let own = graph.line.as_ref().map(|line| format!("head of {line}"));
    let mut names: HashMap<VersionId, Vec<String>> = HashMap::new();
    let mut add = |id: VersionId, name: String| names.entry(id).or_default().push(name);
    if let Some(head) = graph.head {
        add(head, own.clone().unwrap_or_else(|| "head".to_owned()));
    }
    for head in &graph.heads {
        let name = match head {
            GraphHead::Line { remote: None, line, .. } => format!("head of {line}"),
            GraphHead::Line {
                remote: Some(remote),
                line,
                ..
            } => format!("head of {remote}/{line}"),
            _ => "kept".to_owned(),
        };
        if graph.head.is_none() || own.as_ref() != Some(&name) {
            add(head.version_id(), name);
        }
    }
    if let Some(baseline) = graph.baseline {
        add(baseline, "baseline".to_owned());
    }
    names
}
