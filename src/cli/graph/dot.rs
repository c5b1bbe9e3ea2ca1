//! For Graphviz: one directed graph, a cluster for each artifact.

use std::io;

use git_lineage::ChangeOrigin;

use super::{
    super::{escape, output::Output, text},
    Picture,
    lanes::Side,
    summary,
};

/// Longer summaries make nodes that nobody can lay out.
const LONGEST_LABEL: usize = 72;

/// Prints all pictures as one graph, newest version on top, an arrow from each version to each of its parents.
pub(in crate::cli) fn print(pictures: &[Picture<'_>], out: &mut Output) -> io::Result<()> {
    out.line("digraph lineage {")?;
    out.line("  rankdir=TB;")?;
    out.line("  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\", fontsize=10];")?;
    for (at, picture) in pictures.iter().enumerate() {
        out.line(format_args!("  subgraph cluster_{at} {{"))?;
        out.line(format_args!("    label={};", quoted(&title(picture))))?;
        for (shown, drawn) in picture.drawn() {
            let version = &shown.version;
            let (fill, line) = colours(version.change_origin);
            let shape = match drawn.side {
                Side::Upstream => "ellipse",
                Side::Local => "box",
            };
            out.line(format_args!(
                "    \"{}\" [label={}, shape={shape}, fillcolor=\"{fill}\", color=\"{line}\"];",
                drawn.id,
                quoted(&label(picture, version).join("\n")),
            ))?;
            for (at, parent) in drawn.parents.iter().enumerate() {
                let style = if at == 0 { "solid" } else { "dashed" };
                out.line(format_args!(
                    "    \"{}\" -> \"{}\" [style={style}];",
                    drawn.id, parent.id
                ))?;
            }
        }
        out.line("  }")?;
    }
    out.line("}")
}

/// The artifact, and what of it is left out.
pub(super) fn title(picture: &Picture<'_>) -> String {
    match picture.left_out() {
        0 => picture.graph.artifact_id.to_string(),
        more => format!("{} ({more} older versions are left out)", picture.graph.artifact_id),
    }
}

/// The lines of a node.
pub(super) fn label(picture: &Picture<'_>, version: &git_lineage::ArtifactVersion) -> Vec<String> {
    let whole = summary(version);
    let mut summary: String = whole.chars().take(LONGEST_LABEL).collect();
    if summary.len() < whole.len() {
        summary.push('…');
    }
    let mut lines = vec![
        format!("{} {}", version.version_id.short(), text::origin(version.change_origin)),
        summary,
    ];
    let names = picture.names(version.version_id);
    if !names.is_empty() {
        lines.push(format!("← {}", names.join(", ")));
    }
    lines
}

/// Fill and outline, which repeat what the label says.
pub(super) fn colours(origin: Option<ChangeOrigin>) -> (&'static str, &'static str) {
    match origin {
        Some(ChangeOrigin::Deployment) => ("#dff3e2", "#1a7f37"),
        Some(ChangeOrigin::Sync) => ("#dcecff", "#0b5cad"),
        Some(ChangeOrigin::LocalModification) => ("#fdf0d0", "#8a5a00"),
        None => ("#ececef", "#57606a"),
    }
}

/// A string of the dot language. `\` begins an escape there even where none is meant, a line end is `\n`, and what a
/// terminal or a reader would be fooled by is spelled out.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            quoted.push_str("\\n");
        }
        for c in escape::line(line).chars() {
            match c {
                '"' => quoted.push_str("\\\""),
                '\\' => quoted.push_str("\\\\"),
                // Labels are read as HTML only between < and >, but entities count everywhere.
                '&' => quoted.push_str("&amp;"),
                c => quoted.push(c),
            }
        }
    }
    quoted.push('"');
    quoted
}
