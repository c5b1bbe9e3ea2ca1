//! For Mermaid: every line is one of the few forms of its grammar that are used, and no label holds what could be another.

use std::collections::{BTreeMap, BTreeSet};

use super::{Arrows, HOSTILE, assert_drawn, hostile, merged, spelled_out};
use crate::support::project::Project;

/// A label without the entities, by which it says what it could not hold as it is.
fn decoded(label: &str) -> String {
    let mut parts = label.split('#');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (number, rest) = part.split_once(';').unwrap_or_else(|| panic!("no entity: #{part}"));
        let c = number.parse().ok().and_then(char::from_u32);
        text.push(c.unwrap_or_else(|| panic!("no number: {number}")));
        text.push_str(rest);
    }
    text
}

/// The lines of a label; all of its characters are letters, digits, or signs that nothing makes much of.
fn label(quoted: &str) -> Vec<String> {
    let inside = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let inside = inside.unwrap_or_else(|| panic!("no string: {quoted}"));
    let lines = inside.split("<br/>").map(|line| {
        assert!(
            line.chars().all(|c| c.is_alphanumeric() || " /,←…#;".contains(c)),
            "{line}"
        );
        decoded(line)
    });
    lines.collect()
}

fn is_node(word: &str) -> bool {
    word.strip_prefix('v')
        .is_some_and(|id| id.len() >= 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The labels of the nodes, and the arrows.
#[track_caller]
fn read(text: &str) -> (BTreeMap<String, Vec<String>>, Arrows) {
    let (mut labels, mut arrows) = (BTreeMap::new(), BTreeSet::new());
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("flowchart TB"));
    let (mut is_open, mut classes, mut used) = (false, BTreeSet::new(), BTreeSet::new());
    for line in lines {
        let line = line.trim_start();
        let words: Vec<&str> = line.split(' ').collect();
        if let Some(rest) = line.strip_prefix("subgraph ") {
            let (name, title) = rest.split_once('[').expect("a title");
            assert!(
                !is_open && name.strip_prefix('a').is_some_and(|at| at.parse::<usize>().is_ok()),
                "{line}"
            );
            label(title.strip_suffix(']').expect("an end"));
            is_open = true;
        } else if line == "direction TB" {
            assert!(is_open);
        } else if line == "end" {
            assert!(is_open);
            is_open = false;
        } else if words[0] == "classDef" {
            classes.insert(words[1].to_owned());
        } else if let [child, "-->" | "-.->", parent] = words[..] {
            assert!(is_node(child) && is_node(parent), "{line}");
            arrows.insert((child[1..].to_owned(), parent[1..].to_owned()));
        } else {
            let (node, class) = line.rsplit_once(":::").unwrap_or_else(|| panic!("what is {line}"));
            let (id, shape) = node.split_once(['[', '(']).expect("a shape");
            assert!(is_node(id) && is_open, "{line}");
            let quoted = shape.trim_start_matches('[').trim_end_matches([']', ')']);
            assert_eq!(labels.insert(id[1..].to_owned(), label(quoted)), None);
            used.insert(class.to_owned());
        }
    }
    assert!(!is_open && used.is_subset(&classes), "{used:?} of {classes:?}");
    (labels, arrows)
}

#[track_caller]
fn check(project: &Project) -> Vec<Vec<String>> {
    let printed = project.lineage_ok(&["graph", "--format", "mermaid"]);
    let (labels, arrows) = read(printed.text());
    assert_drawn(project, labels.keys(), &arrows);
    labels.into_values().collect()
}

#[test]
fn nodes_and_arrows_are_versions_and_parents() {
    let labels = check(&merged());
    let has = |text: &str| labels.iter().any(|label| label.iter().any(|line| line.ends_with(text)));
    assert!(
        has(" local_modification") && has("← baseline") && has("← head of main"),
        "{labels:#?}"
    );
    let nothing = Project::new();
    read(nothing.lineage_ok(&["graph", "--format", "mermaid"]).text());
}

#[test]
fn nothing_breaks_out_of_a_label() {
    let labels = check(&hostile());
    for summary in HOSTILE {
        let summary = spelled_out(summary);
        assert!(
            labels.iter().any(|label| label.get(1) == Some(&summary)),
            "{summary} in {labels:#?}"
        );
    }
}
