//! Drawings are read back: a reader who knows nothing but the characters finds exactly the parents.

use std::collections::{BTreeSet, HashMap};

use git_lineage::VersionId;
use proptest::prelude::*;

use super::{Lanes, MOST_LANES, Side, Step};
use crate::cli::graph::{Drawn, Parent};

/// A child and one of its parents, by their places from the top.
type Edges = BTreeSet<(usize, usize)>;

fn id(at: usize) -> VersionId {
    format!("{at:040x}").parse().expect("valid")
}

/// The steps of a graph: of each version, from the top, the places of its parents.
fn steps(parents: &[Vec<usize>]) -> Vec<Step> {
    let side = |at: usize| {
        if at.is_multiple_of(3) {
            Side::Upstream
        } else {
            Side::Local
        }
    };
    let mut lanes = Lanes::default();
    let drawn = parents.iter().enumerate().map(|(at, parents)| Drawn {
        id: id(at),
        side: side(at),
        parents: parents
            .iter()
            .map(|&at| Parent {
                id: id(at),
                side: side(at),
            })
            .collect(),
    });
    drawn.map(|drawn| lanes.next(&drawn)).collect()
}

/// The picture, without colours.
fn picture(parents: &[Vec<usize>]) -> Vec<String> {
    let text = |glyphs: Vec<(char, Side)>| glyphs.into_iter().map(|(c, _)| c).collect::<String>();
    let rows = steps(parents).into_iter().flat_map(|step| {
        let links = step.links();
        step.gap().into_iter().chain([step.row('*')]).chain(links)
    });
    rows.map(|row| text(row).trim_end().to_owned()).collect()
}

/// What a picture says: lines go down at `|`, to the left at `/`, to the right at `\`, and along `_`.
fn read(picture: &[String]) -> Edges {
    let mut found = Edges::new();
    // From which versions the lines in a column come.
    let mut open: HashMap<usize, BTreeSet<usize>> = HashMap::new();
    let mut versions = 0;
    for row in picture {
        let row: Vec<char> = row.chars().collect();
        let at = |place: usize| row.get(place).copied().unwrap_or(' ');
        if let Some(mark) = row.iter().position(|c| *c == '*') {
            assert!(mark % 2 == 0 && row.iter().all(|c| "*| ".contains(*c)), "{picture:#?}");
            open.retain(|column, _| at(2 * column) != ' ');
            let children = open.insert(mark / 2, BTreeSet::from([versions]));
            found.extend(children.into_iter().flatten().map(|child| (child, versions)));
            let drawn = (0..row.len()).filter(|place| at(*place) != ' ');
            assert!(
                drawn.clone().all(|place| open.contains_key(&(place / 2))),
                "from nowhere in {picture:#?}"
            );
            versions += 1;
            continue;
        }
        let mut next: HashMap<usize, BTreeSet<usize>> = HashMap::new();
        for place in 0..row.len() {
            let run = |step: isize| {
                (1..)
                    .take_while(|n| at((place as isize + 2 * step * n) as usize) == '_')
                    .count()
            };
            let (from, to) = match at(place) {
                '|' => (place / 2, place / 2),
                '\\' => (place / 2, place / 2 + 1 + run(1)),
                '/' => (place / 2 + 1, place / 2 - if place >= 2 { run(-1) } else { 0 }),
                _ => continue,
            };
            let moved = open
                .get(&from)
                .unwrap_or_else(|| panic!("from nowhere in {picture:#?}"));
            next.entry(to).or_default().extend(moved);
        }
        open = next;
    }
    found
}

fn expected(parents: &[Vec<usize>]) -> Edges {
    let edges = parents.iter().enumerate();
    edges
        .flat_map(|(child, parents)| parents.iter().map(move |parent| (child, *parent)))
        .collect()
}

/// The same from the lines that a browser draws.
fn followed(parents: &[Vec<usize>]) -> Edges {
    let mut found = Edges::new();
    let mut open: HashMap<usize, BTreeSet<usize>> = HashMap::new();
    for (version, step) in steps(parents).iter().enumerate() {
        let children = open.insert(step.column, BTreeSet::from([version]));
        found.extend(children.into_iter().flatten().map(|child| (child, version)));
        let mut next: HashMap<usize, BTreeSet<usize>> = HashMap::new();
        for edge in step.edges() {
            next.entry(edge.to).or_default().extend(&open[&edge.from]);
        }
        open = next;
    }
    found
}

#[track_caller]
fn drawn_as(parents: &[&[usize]], expected_rows: &[&str]) {
    let parents: Vec<Vec<usize>> = parents.iter().map(|parents| parents.to_vec()).collect();
    let picture = picture(&parents);
    assert_eq!(picture, expected_rows);
    assert_eq!(read(&picture), expected(&parents));
}

#[test]
fn a_chain_is_one_column() {
    drawn_as(&[&[1], &[2], &[]], &["*", "*", "*"]);
    drawn_as(&[], &[]);
}

#[test]
fn a_sync_that_merged() {
    drawn_as(&[&[2, 1], &[3], &[3], &[]], &["*", "|\\", "| *", "* |", "|/", "*"]);
}

#[test]
fn roots_make_room_for_their_neighbours() {
    // Deployed again beside the lineage before, and a second head above.
    drawn_as(&[&[2], &[3], &[], &[]], &["*", "| *", "* |", " /", "*"]);
    drawn_as(&[&[1], &[], &[3], &[]], &["*", "*", "", "*", "*"]);
    drawn_as(&[&[2], &[], &[3], &[]], &["*", "| *", "*", "*"]);
    drawn_as(&[&[3], &[], &[], &[]], &["*", "| *", "|", "| *", "*"]);
}

#[test]
fn several_parents_and_lines_that_pass_others() {
    drawn_as(
        &[&[1, 2, 3], &[4], &[4], &[4], &[]],
        &["*", "|\\", "|\\ \\", "* | |", "| * |", "|/ /", "| *", "|/", "*"],
    );
    // The third head joins the first line, past the second.
    drawn_as(
        &[&[3], &[4], &[3], &[5], &[5], &[]],
        &["*", "| *", "| | *", "|_|/", "* |", "| *", "|/", "*"],
    );
    // What is merged has a lane already, left or right.
    drawn_as(&[&[3], &[2, 3], &[3], &[]], &["*", "| *", "|/|", "| *", "|/", "*"]);
    drawn_as(&[&[1], &[2, 3], &[3], &[]], &["*", "*", "|\\", "* |", "|/", "*"]);
}

/// A graph from the top: each version has up to four parents among those below it, mostly near ones.
fn graphs() -> impl Strategy<Value = Vec<Vec<usize>>> {
    let parents = prop::collection::vec((1_usize..9, 0_u8..4), 0..4);
    prop::collection::vec(parents, 1..40).prop_map(|graph| {
        let last = graph.len() - 1;
        let below = |at: usize, steps: Vec<(usize, u8)>| {
            let mut seen = BTreeSet::new();
            let places = steps
                .into_iter()
                .map(|(near, far)| at + near * usize::from(1 + 3 * (far / 3)));
            places.filter(|place| *place <= last && seen.insert(*place)).collect()
        };
        graph
            .into_iter()
            .enumerate()
            .map(|(at, steps)| below(at, steps))
            .collect()
    })
}

proptest! {
    #[test]
    fn a_picture_tells_the_parents_and_nothing_else(graph in graphs()) {
        let picture = picture(&graph);
        prop_assert_eq!(read(&picture), expected(&graph), "{:#?}", picture);
        prop_assert_eq!(followed(&graph), expected(&graph));
    }
}

#[test]
fn there_are_never_more_lanes_than_fit() {
    // A hundred heads that all were made from the last version.
    let heads = 100;
    let mut parents = vec![vec![heads + 1]; heads];
    parents.extend([vec![], vec![]]);
    let star: Vec<Vec<usize>> = (0..heads)
        .map(|at| vec![heads + at])
        .chain(vec![vec![]; heads])
        .collect();
    assert!(steps(&parents).iter().all(|step| !step.is_cut), "all share one lane");
    let cut = steps(&star);
    assert_eq!(cut.iter().filter(|step| step.is_cut).count(), heads - MOST_LANES);
    let widest = cut.iter().map(|step| step.row('*').len()).max();
    assert_eq!(widest, Some(2 * MOST_LANES + 1));
    assert!(cut.iter().flat_map(Step::edges).all(|edge| edge.to < MOST_LANES));
}
