//! For Graphviz: what is printed is read with an own strict reader, and by `dot` where it is installed.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use super::{Arrows, HOSTILE, assert_drawn, hostile, merged, spelled_out};
use crate::support::TestRepo;
use crate::support::project::Project;

/// A token of the dot language, as far as it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    /// As Graphviz shows it in a label: escapes and entities resolved.
    Text(String),
    Sign(&'static str),
}

/// Every character belongs to a token, or the text is no dot.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c.is_whitespace() {
            rest = &rest[c.len_utf8()..];
        } else if let Some(sign) = ["->", "{", "}", "[", "]", "=", ",", ";"]
            .into_iter()
            .find(|sign| rest.starts_with(sign))
        {
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else if c == '"' {
            let (text, after) = string(&rest[1..]);
            tokens.push(Token::Text(text));
            rest = after;
        } else {
            let end = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            assert!(end > 0, "no token at {rest:?}");
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        }
    }
    tokens
}

/// A string up to its quote, and what follows it.
fn string(text: &str) -> (String, &str) {
    let mut shown = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (shown.replace("&amp;", "&"), &text[at + 1..]),
            '\\' => match chars.next().map(|(_, c)| c) {
                Some('n') => shown.push('\n'),
                Some(c @ ('"' | '\\')) => shown.push(c),
                other => panic!("an escape of Graphviz's own: {other:?}"),
            },
            c => {
                assert!(!c.is_control(), "{c:?} in a string");
                shown.push(c);
            }
        }
    }
    panic!("a string without end: {text}");
}

/// The labels of the nodes, and the arrows.
fn read(text: &str) -> (BTreeMap<String, String>, Arrows) {
    let tokens = tokens(text);
    let opened = tokens.iter().filter(|token| **token == Token::Sign("{")).count();
    assert_eq!(
        opened,
        tokens.iter().filter(|token| **token == Token::Sign("}")).count()
    );
    let (mut labels, mut arrows) = (BTreeMap::new(), BTreeSet::new());
    for (at, token) in tokens.iter().enumerate() {
        let Token::Text(id) = token else { continue };
        match &tokens[at + 1..] {
            [Token::Sign("->"), Token::Text(parent), ..] => assert!(arrows.insert((id.clone(), parent.clone()))),
            [
                Token::Sign("["),
                Token::Word(word),
                Token::Sign("="),
                Token::Text(label),
                ..,
            ] if word == "label" => {
                assert_eq!(labels.insert(id.clone(), label.clone()), None);
            }
            _ => {}
        }
    }
    (labels, arrows)
}

#[track_caller]
fn check(project: &Project) -> BTreeMap<String, String> {
    let printed = project.lineage_ok(&["graph", "--format", "dot"]);
    let (labels, arrows) = read(printed.text());
    assert_drawn(project, labels.keys(), &arrows);
    by_graphviz(project, printed.text(), labels.len(), arrows.len());
    labels
}

/// Graphviz draws as many nodes and arrows, and complains of nothing.
fn by_graphviz(repo: &TestRepo, text: &str, nodes: usize, arrows: usize) {
    repo.write("picture.dot", text);
    let drawn = Command::new("dot")
        .args(["-Tplain", "picture.dot"])
        .current_dir(repo.path())
        .output();
    let Ok(drawn) = drawn else {
        crate::support::skipped("Graphviz is not installed, so 'dot' was not asked");
        return;
    };
    repo.remove("picture.dot");
    let complaints = String::from_utf8_lossy(&drawn.stderr);
    // Machines without fonts are no fault of the picture.
    let complaints = complaints.lines().filter(|line| !line.to_lowercase().contains("font"));
    assert!(drawn.status.success(), "{:?}", complaints.collect::<Vec<_>>());
    assert_eq!(complaints.collect::<Vec<_>>(), [""; 0]);
    let drawn = String::from_utf8(drawn.stdout).expect("UTF-8");
    let count = |word: &str| drawn.lines().filter(|line| line.starts_with(word)).count();
    assert_eq!((count("node "), count("edge ")), (nodes, arrows));
}

#[test]
fn nodes_and_arrows_are_versions_and_parents() {
    let project = merged();
    let labels: Vec<String> = check(&project).into_values().collect();
    let has = |text: &str| labels.iter().any(|label| label.contains(text));
    assert!(
        has("sync\nSync skill/pdf\n← head of main") && has("\n← baseline"),
        "{labels:#?}"
    );
    assert!(
        has(" local_modification\nEdit skill/pdf") && has(" deployment\n"),
        "{labels:#?}"
    );
}

#[test]
fn nothing_breaks_out_of_a_label() {
    let project = hostile();
    let labels: Vec<String> = check(&project).into_values().collect();
    for summary in HOSTILE {
        let summary = spelled_out(summary);
        assert!(
            labels.iter().any(|label| label.lines().nth(1) == Some(&summary)),
            "{summary} in {labels:#?}"
        );
    }
}

#[test]
fn an_empty_picture_is_one_too() {
    let project = Project::new();
    assert_eq!(
        read(project.lineage_ok(&["graph", "--format", "dot"]).text()).0.len(),
        0
    );
}
