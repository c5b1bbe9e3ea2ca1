//! For Mermaid, which many hosts draw inside Markdown: a flow chart, a subgraph for each artifact.

use std::io;

use git_lineage::ChangeOrigin;

use super::{
    super::{escape, output::Output, text},
    Picture, dot,
    lanes::Side,
};

/// Prints all pictures as one flow chart, newest version on top.
pub(in crate::cli) fn print(pictures: &[Picture<'_>], out: &mut Output) -> io::Result<()> {
    out.line("flowchart TB")?;
    for (at, picture) in pictures.iter().enumerate() {
        out.line(format_args!("  subgraph a{at}[\"{}\"]", safe(&dot::title(picture))))?;
        out.line("    direction TB")?;
        for (shown, drawn) in picture.drawn() {
            let version = &shown.version;
            let lines: Vec<String> = dot::label(picture, version).iter().map(|line| safe(line)).collect();
            let label = lines.join("<br/>");
            let (open, close) = match drawn.side {
                Side::Upstream => ("([", "])"),
                Side::Local => ("[", "]"),
            };
            let class = text::origin(version.change_origin);
            out.line(format_args!("    v{}{open}\"{label}\"{close}:::{class}", drawn.id))?;
            for (at, parent) in drawn.parents.iter().enumerate() {
                let arrow = if at == 0 { "-->" } else { "-.->" };
                out.line(format_args!("    v{} {arrow} v{}", drawn.id, parent.id))?;
            }
        }
        out.line("  end")?;
    }
    for origin in ChangeOrigin::ALL.into_iter().map(Some).chain([None]) {
        let (fill, line) = dot::colours(origin);
        let class = text::origin(origin);
        out.line(format_args!(
            "  classDef {class} fill:{fill},stroke:{line},color:#1f2328"
        ))?;
    }
    Ok(())
}

/// Text of a label between quotes. Everything that Mermaid, the Markdown in it or the HTML around it could take for its own
/// is written as the entity of its number; letters of any language, digits and spaces stand.
fn safe(text: &str) -> String {
    let mut safe = String::new();
    for c in escape::line(text).chars() {
        match c {
            c if c.is_alphanumeric() || " /,←…".contains(c) => safe.push(c),
            c => safe.push_str(&format!("#{};", u32::from(c))),
        }
    }
    safe
}
