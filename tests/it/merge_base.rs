//! Common ancestors are those of `git merge-base --all`, in its order, whatever the graph looks like and the dates say;
//! lineage follows commits alone, not replace refs or grafts, and ends where a shallow clone does.

use std::collections::HashMap;
use std::fmt::Write as _;

use git_lineage::{ArtifactVersion, GraphStart, LineageStore, VersionId};

use crate::support::{Rng, TestRepo};

/// How many random graphs are compared.
const GRAPHS: usize = 1000;

/// The parents of each version; they stand before it.
type Shape = Vec<Vec<usize>>;

fn linear(rng: &mut Rng) -> Shape {
    (0..2 + rng.below(8))
        .map(|at| at.checked_sub(1).into_iter().collect())
        .collect()
}

fn forked(rng: &mut Rng) -> Shape {
    let size = 4 + rng.below(8);
    let parent = |at: usize, rng: &mut Rng| if at == 0 { Vec::new() } else { vec![rng.below(at)] };
    (0..size).map(|at| parent(at, rng)).collect()
}

/// Two lines that merge each other again and again, sometimes with versions of their own in between.
fn criss_cross(rng: &mut Rng) -> Shape {
    let mut shape: Shape = vec![vec![], vec![0], vec![0]];
    let (mut left, mut right) = (1, 2);
    for _ in 0..1 + rng.below(3) {
        shape.push(vec![left, right]);
        shape.push(vec![right, left]);
        (left, right) = (shape.len() - 2, shape.len() - 1);
        for side in [&mut left, &mut right] {
            if rng.below(2) == 0 {
                shape.push(vec![*side]);
                *side = shape.len() - 1;
            }
        }
    }
    shape
}

/// Two histories that never meet, or only in one last merge.
fn disjoint(rng: &mut Rng) -> Shape {
    let mut shape = forked(rng);
    let first = shape.len();
    shape.extend(
        forked(rng)
            .into_iter()
            .map(|parents| parents.iter().map(|at| at + first).collect()),
    );
    if rng.below(4) == 0 {
        shape.push(vec![first - 1, shape.len() - 1]);
    }
    shape
}

fn octopus(rng: &mut Rng) -> Shape {
    let mut shape: Shape = vec![vec![], vec![], vec![0]];
    for at in 3..8 + rng.below(6) {
        shape.push(rng.some_below(at, 5));
    }
    shape
}

fn any(rng: &mut Rng) -> Shape {
    let parents = |at: usize, rng: &mut Rng| match at {
        0 => Vec::new(),
        _ if rng.below(12) == 0 => Vec::new(),
        _ => rng.some_below(at, 3),
    };
    (0..5 + rng.below(12)).map(|at| parents(at, rng)).collect()
}

const SHAPES: [fn(&mut Rng) -> Shape; 6] = [linear, forked, criss_cross, disjoint, octopus, any];

/// What the committers' clocks said, in seconds.
const DATES: [fn(usize, &mut Rng) -> usize; 5] = [
    |at, _| 10_000 + at * 60,
    |_, _| 10_000,
    |at, _| 10_000 - at * 60,
    |_, rng| rng.below(20_000),
    |_, rng| 10_000 + rng.below(3),
];

/// Many histories in one repository, each of an artifact of its own.
struct Histories {
    repo: TestRepo,
    /// The versions of each, parents first.
    graphs: Vec<Vec<VersionId>>,
}

impl Histories {
    /// Writes them with git alone, as `docs/format.md` describes.
    fn write(repo: TestRepo, shapes: &[(Shape, Vec<usize>)]) -> Self {
        let trees = contents(&repo);
        let mut stream = String::new();
        let mut marks = 0;
        for (number, (shape, dates)) in shapes.iter().enumerate() {
            let first = marks + 1;
            for (at, parents) in shape.iter().enumerate() {
                marks += 1;
                write_version(&mut stream, &trees, number, at, first, parents, dates[at]);
            }
            let tips = (0..shape.len()).filter(|at| !shape.iter().any(|parents| parents.contains(at)));
            for (line, tip) in tips.enumerate() {
                let name = format!("refs/lineage/heads/line-{line}/skill/graph-{number}");
                write!(stream, "reset {name}\nfrom :{}\n\n", first + tip).expect("a string");
            }
        }
        let nothing = "0".repeat(trees[0].len());
        write!(stream, "reset refs/scratch\nfrom {nothing}\n\ndone\n").expect("a string");
        repo.git_stdin(
            &["fast-import", "--quiet", "--done", "--force", "--export-marks=marks"],
            &stream,
        );
        let ids: HashMap<usize, VersionId> = String::from_utf8_lossy(&repo.read("marks"))
            .lines()
            .map(|line| {
                let (mark, id) = line.split_once(' ').expect("a mark and an id");
                (mark[1..].parse().expect("a number"), id.parse().expect("an id"))
            })
            .collect();
        let mut next = 1..=marks;
        let graphs = shapes
            .iter()
            .map(|(shape, _)| next.by_ref().take(shape.len()).map(|mark| ids[&mark]).collect())
            .collect();
        Histories { repo, graphs }
    }

    /// Pairs worth comparing: those of the newest versions and some others, both ways round.
    fn pairs(&self, rng: &mut Rng) -> Vec<(VersionId, VersionId)> {
        let mut pairs = Vec::new();
        for graph in &self.graphs {
            let mut add = |a: usize, b: usize| pairs.extend([(graph[a], graph[b]), (graph[b], graph[a])]);
            add(graph.len() - 1, graph.len() - 2);
            add(graph.len() - 1, rng.below(graph.len()));
        }
        pairs
    }

    /// What git says: `rev-parse A...B` names B, A and then, excluded, what `merge-base --all A B` prints, in that order,
    /// but for any number of pairs in one process.
    fn by_git(&self, pairs: &[(VersionId, VersionId)]) -> Vec<Vec<String>> {
        let mut answers = Vec::new();
        for pairs in pairs.chunks(2000) {
            let ranges: Vec<String> = pairs.iter().map(|(a, b)| format!("{a}...{b}")).collect();
            let args: Vec<&str> = std::iter::once("rev-parse")
                .chain(ranges.iter().map(String::as_str))
                .collect();
            let mut lines = self.repo.git(&args).lines().into_iter().peekable();
            for (a, b) in pairs {
                assert_eq!(lines.next(), Some(b.to_string()));
                assert_eq!(lines.next(), Some(a.to_string()));
                let bases = std::iter::from_fn(|| lines.next_if(|line| line.starts_with('^')));
                answers.push(bases.map(|line| line[1..].to_owned()).collect());
            }
            assert_eq!(lines.next(), None);
        }
        answers
    }

    /// Compares all pairs with git; returns how many have several bases.
    #[track_caller]
    fn compare(&self, pairs: &[(VersionId, VersionId)]) -> usize {
        let store = LineageStore::open(self.repo.path()).expect("a repository");
        let expected = self.by_git(pairs);
        for ((a, b), expected) in pairs.iter().zip(&expected) {
            let found = store.common_ancestors(a, b).expect("an answer");
            assert_eq!(&ids(&found), expected, "common ancestors of {a} and {b}");
        }
        let several = || (0..pairs.len()).filter(|at| expected[*at].len() > 1);
        for at in several().step_by(several().count() / 20 + 1) {
            let (a, b) = (pairs[at].0.to_string(), pairs[at].1.to_string());
            assert_eq!(self.repo.git(&["merge-base", "--all", &a, &b]).lines(), expected[at]);
        }
        several().count()
    }
}

/// The trees that versions have.
fn contents(repo: &TestRepo) -> Vec<String> {
    let blobs =
        ["one\n", "two\n", "three\n"].map(|text| repo.git_stdin(&["hash-object", "-w", "--stdin"], text).trimmed());
    let listing: Vec<String> = blobs
        .iter()
        .map(|blob| format!("100644 blob {blob}\tSKILL.md\n"))
        .collect();
    repo.git_stdin(&["mktree", "--batch"], listing.join("\n")).lines()
}

/// One commit for `git fast-import`: version `at` of graph `number`, whose first version has the mark `first`.
fn write_version(
    stream: &mut String,
    trees: &[String],
    number: usize,
    at: usize,
    first: usize,
    parents: &[usize],
    date: usize,
) {
    let tree = |at: usize| &trees[at % trees.len()];
    let mut message = format!("Version {at}\n\nLineage-Format: 1\nArtifact-Id: skill/graph-{number}\n");
    match parents {
        [] => message.push_str("Change-Origin: deployment\n"),
        [parent] => write!(
            message,
            "Change-Origin: local_modification\nParent-Hash: {}\n",
            tree(*parent)
        )
        .expect("a string"),
        [parent, ..] => write!(message, "Change-Origin: sync\nParent-Hash: {}\n", tree(*parent)).expect("a string"),
    }
    if parents.is_empty() {
        stream.push_str("reset refs/scratch\n\n");
    }
    write!(
        stream,
        "commit refs/scratch\nmark :{}\nauthor A <a@example.org> 1 +0000\ncommitter C <c@example.org> {date} +0000\ndata {}\n{message}",
        first + at,
        message.len(),
    )
    .expect("a string");
    for (place, parent) in parents.iter().enumerate() {
        let command = if place == 0 { "from" } else { "merge" };
        writeln!(stream, "{command} :{}", first + parent).expect("a string");
    }
    write!(stream, "M 040000 {} \n\n", tree(at)).expect("a string");
}

fn random_graphs(repo: TestRepo, count: usize) -> Histories {
    let mut rng = Rng(count as u64);
    let shapes: Vec<_> = (0..count)
        .map(|number| {
            let shape = SHAPES[number % SHAPES.len()](&mut rng);
            let dates = DATES[number / SHAPES.len() % DATES.len()];
            let dates = (0..shape.len()).map(|at| dates(at, &mut rng)).collect();
            (shape, dates)
        })
        .collect();
    Histories::write(repo, &shapes)
}

fn ids(versions: &[ArtifactVersion]) -> Vec<String> {
    versions.iter().map(|version| version.version_id.to_string()).collect()
}

/// A small project with versions written by git alone, and the traps laid for whoever reads them.
struct Chain {
    repo: TestRepo,
    /// `root`, `left`, `right`, `both`: the last is a merge of the two in the middle.
    ids: [VersionId; 4],
}

impl Chain {
    fn write(repo: TestRepo) -> Self {
        let shape: Shape = vec![vec![], vec![0], vec![0], vec![1, 2]];
        let histories = Histories::write(repo, &[(shape, vec![1000, 1060, 1120, 1180])]);
        let ids = <[VersionId; 4]>::try_from(histories.graphs[0].as_slice()).expect("four");
        Chain {
            repo: histories.repo,
            ids,
        }
    }

    /// Everything that follows parents, as text.
    fn answers(&self) -> Vec<String> {
        let store = LineageStore::open(self.repo.path()).expect("a repository");
        let [root, left, right, both] = &self.ids;
        let mut answers = vec![
            ids(&store.common_ancestors(left, right).expect("bases")),
            ids(&store.common_ancestors(root, both).expect("bases")),
            ids(&store.path_between(left, right).expect("a path")),
        ];
        for id in &self.ids {
            answers.push(ids(&store.lineage(id).expect("a lineage")));
            answers.push(ids(&store.ancestors(id).expect("all parents")));
        }
        let graph = store.graph(&GraphStart::Version(*both), None).expect("a graph");
        let drawn: Vec<ArtifactVersion> = graph.versions.into_iter().map(|drawn| drawn.version).collect();
        answers.push(ids(&drawn));
        answers.into_iter().flatten().collect()
    }
}

/// Removes the sidecar, if there is one: the versions are read anew.
fn forget(repo: &TestRepo) {
    if repo.exists(repo.sidecar()) {
        repo.remove(repo.sidecar());
    }
}

#[test]
fn random_graphs_have_gits_merge_bases_in_gits_order() {
    let histories = random_graphs(TestRepo::new(), GRAPHS);
    let pairs = histories.pairs(&mut Rng(7));
    let several = histories.compare(&pairs);
    assert!(
        several > 200,
        "only {several} pairs have several bases: the graphs are too tame"
    );
}

#[test]
fn a_commit_graph_changes_no_answer_but_what_it_changes_for_git() {
    let histories = random_graphs(TestRepo::new(), GRAPHS / 5);
    let pairs = histories.pairs(&mut Rng(8));
    for generations in ["1", "2"] {
        let write = ["commit-graph", "write", "--reachable", "--no-progress"];
        let setting = ("commitGraph.generationVersion", generations);
        histories.repo.call().config(setting.0, setting.1).git(&write);
        assert!(histories.compare(&pairs) > 40);
        histories.repo.remove(".git/objects/info/commit-graph");
    }
    histories.repo.write(".git/objects/info/commit-graph", "noise");
    let store = LineageStore::open(histories.repo.path()).expect("a repository");
    for (pair, expected) in pairs.iter().zip(histories.by_git(&pairs)).take(50) {
        let found = store.common_ancestors(&pair.0, &pair.1).expect("an answer");
        assert_eq!(ids(&found), expected, "damaged commit-graph: read from the commits");
    }
}

#[test]
fn a_commit_graph_that_is_behind_is_no_obstacle() {
    let chain = Chain::write(TestRepo::new());
    let before = chain.answers();
    let newest = "refs/lineage/heads/line-0/skill/graph-0";
    chain.repo.git(&["update-ref", newest, &chain.ids[1].to_string()]);
    chain
        .repo
        .git(&["commit-graph", "write", "--reachable", "--no-progress"]);
    chain.repo.git(&["update-ref", newest, &chain.ids[3].to_string()]);
    assert_eq!(chain.answers(), before);
}

#[test]
fn sha256_repositories_have_merge_bases() {
    let histories = random_graphs(TestRepo::sha256(), 60);
    assert!(histories.compare(&histories.pairs(&mut Rng(9))) > 10);
}

#[test]
fn a_version_is_its_own_base_and_strangers_have_none() {
    let chain = Chain::write(TestRepo::new());
    let store = LineageStore::open(chain.repo.path()).expect("a repository");
    let [root, left, _, both] = &chain.ids;
    let bases = |a, b| ids(&store.common_ancestors(a, b).expect("an answer"));
    assert_eq!(bases(left, left), [left.to_string()]);
    assert_eq!(bases(left, both), [left.to_string()]);
    assert_eq!(bases(both, root), [root.to_string()]);
    let stranger: VersionId = chain.repo.commit("no version").parse().expect("an id");
    for (a, b) in [(left, &stranger), (&stranger, left), (&stranger, &stranger)] {
        let error = store
            .common_ancestors(a, b)
            .expect_err("a project commit is no version");
        assert!(error.to_string().contains(&stranger.to_string()), "{error}");
    }
}

#[test]
fn replace_refs_and_grafts_are_ignored() {
    for sidecar in [true, false] {
        let chain = Chain::write(TestRepo::new());
        let repo = &chain.repo;
        repo.git(&["config", "lineage.sidecar", if sidecar { "true" } else { "false" }]);
        let before = chain.answers();
        let [root, left, right, _] = chain.ids.each_ref().map(ToString::to_string);
        let by_git = || repo.call().git_any(&["merge-base", &left, &right]).trimmed();
        assert_eq!(by_git(), root);

        repo.git(&["replace", "--graft", &left]);
        assert_eq!(by_git(), "", "the trap works");
        assert_eq!(chain.answers(), before);
        forget(repo);
        assert_eq!(chain.answers(), before, "nor when the versions are read anew");
        repo.git(&["replace", "-d", &left]);

        repo.write(".git/info/grafts", format!("{left}\n{right}\n"));
        assert_eq!(by_git(), "", "the trap works");
        assert_eq!(chain.answers(), before);
        forget(repo);
        assert_eq!(chain.answers(), before, "nor when the versions are read anew");
    }
}

#[test]
fn a_graft_that_makes_a_circle_is_no_loop() {
    let chain = Chain::write(TestRepo::new());
    let before = chain.answers();
    let [root, _, _, both] = &chain.ids;
    chain.repo.write(".git/info/grafts", format!("{root} {both}\n"));
    forget(&chain.repo);
    assert_eq!(chain.answers(), before);
}

/// A clone of `repo` with the newest versions only, as many as `depth` says.
fn shallow(repo: &TestRepo, name: &str, depth: usize) -> TestRepo {
    let clone = repo.sibling(name, &[]);
    fetch(repo, &clone, &format!("--depth={depth}"));
    clone
}

fn fetch(from: &TestRepo, into: &TestRepo, option: &str) {
    let from = format!("file://{}", from.path().display());
    let refspec = "refs/lineage/heads/*:refs/lineage/remotes/origin/*";
    into.git(&["fetch", "--quiet", option, &from, refspec]);
}

#[test]
fn a_shallow_clone_ends_the_lineage_with_an_orphan_and_deepening_brings_the_rest() {
    let shape: Shape = vec![vec![], vec![0], vec![1], vec![2], vec![3]];
    let histories = Histories::write(TestRepo::new(), &[(shape, vec![100, 200, 300, 400, 500])]);
    let chain = &histories.graphs[0];
    let full = LineageStore::open(histories.repo.path()).expect("a repository");
    let whole = full.lineage(&chain[4]).expect("a lineage");
    assert!(whole.iter().all(|version| !version.orphan));

    for sidecar in ["true", "false"] {
        let clone = shallow(&histories.repo, &format!("shallow-{sidecar}"), 2);
        clone.git(&["config", "lineage.sidecar", sidecar]);
        let store = LineageStore::open(clone.path()).expect("a repository");
        let part = store.lineage(&chain[4]).expect("a lineage");
        assert_eq!(ids(&part), ids(&whole[3..]));
        assert!(part[0].orphan && !part[1].orphan);
        assert_eq!(
            part[0].parent_hash,
            Some(whole[2].content_hash),
            "the parent's content is known"
        );
        assert_eq!(part[0].parent_ids, [chain[2]]);
        assert_eq!(ids(&store.ancestors(&chain[4]).expect("all parents")), ids(&whole[3..]));
        let bases = store.common_ancestors(&chain[4], &chain[3]).expect("bases");
        assert_eq!(ids(&bases), ids(&whole[3..4]));
        assert_eq!(
            ids(&store.children_of(&whole[2].content_hash).expect("children"))[0],
            chain[3].to_string()
        );
        store.version(&chain[2]).expect_err("not here");

        fetch(&histories.repo, &clone, "--unshallow");
        assert_eq!(
            store.lineage(&chain[4]).expect("a lineage"),
            whole,
            "the open store notices"
        );
        let fresh = LineageStore::open(clone.path()).expect("a repository");
        assert_eq!(fresh.lineage(&chain[4]).expect("a lineage"), whole);
    }
}

#[test]
fn forks_from_below_the_shallow_end_have_no_base() {
    let shape: Shape = vec![vec![], vec![0], vec![0], vec![1], vec![2]];
    let histories = Histories::write(TestRepo::new(), &[(shape, vec![100, 200, 300, 400, 500])]);
    let clone = shallow(&histories.repo, "shallow", 1);
    let store = LineageStore::open(clone.path()).expect("a repository");
    let (a, b) = (&histories.graphs[0][3], &histories.graphs[0][4]);
    assert_eq!(
        ids(&store.common_ancestors(a, b).expect("an answer")),
        Vec::<String>::new()
    );
    assert_eq!(ids(&store.path_between(a, b).expect("an answer")), Vec::<String>::new());
    let known = LineageStore::open(histories.repo.path()).expect("a repository");
    assert_eq!(known.path_between(a, b).expect("a path").len(), 5);
}
