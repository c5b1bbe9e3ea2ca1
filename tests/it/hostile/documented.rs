//! The list in docs/reliability.md is the one that is tested.

use super::{Row, contents, values};
use crate::docs::page;

/// The rows as Markdown; what would be taken for a table's or a code's own sign is written otherwise.
fn table(rows: &[Row]) -> String {
    let mut lines = vec!["| what | source | where it is refused | message |".to_owned()];
    lines.push("| --- | --- | --- | --- |".to_owned());
    for row in rows {
        let Row {
            name,
            source,
            doors,
            says,
        } = row;
        let says = says.replace('|', "\\|").replace(" / ", "` or `");
        let says: String = says.chars().flat_map(char::escape_debug).collect();
        let says = says.replace("\\'", "'").replace("\\\\", "\\").replace("\\\"", "\"");
        lines.push(format!("| {name} | {source} | {doors} | `{says}` |"));
    }
    lines.join("\n")
}

#[test]
fn the_list_is_what_is_tested() {
    let page = page("docs/reliability.md");
    let section = page.split("\n## Hostile content\n").nth(1).expect("a section");
    let section = section.split("\n## ").next().expect("there is one");
    for rows in [contents::rows(), values::rows()] {
        let table = table(&rows);
        assert!(section.contains(&table), "docs/reliability.md lacks\n{table}\n");
    }
}
