//! Questions about many versions: which contains which, who has this content; and reading all of them.

use std::{hint::black_box, path::Path, time::Instant};

use git_lineage::{LineageStore, VersionId};

use crate::{
    Sizes,
    generate::{Shape, artifact, contents, fill, pack},
    processes::median,
    project::init,
    table::{Row, Table, Unit},
    timing::{LINEAGE, in_turns, output, time},
};

/// Whose versions there are, a tenth of them merges of two lanes.
const ARTIFACTS: usize = 100;

pub(crate) fn measure(table: &mut Table, dir: &Path, sizes: Sizes) {
    let names = ["merge-base", "find", "look-up", "rebuild"];
    if !names.iter().any(|name| table.wants(name)) {
        return;
    }
    let dir = dir.join("questions");
    std::fs::create_dir_all(&dir).expect("a directory");
    let project = init(&dir, "project");
    let store = LineageStore::open(&project).expect("a repository");
    let versions = sizes.versions;
    let shape = Shape {
        versions,
        artifacts: ARTIFACTS,
        merges: Some(10),
    };
    let heads = fill(&store, shape);
    pack(&project);
    if table.wants("merge-base") {
        merge_base(table, &project, &store, versions, heads[7], sizes.runs);
    }
    if table.wants("find") {
        find(table, &project, &store, versions, &heads, sizes.runs);
    }
    if table.wants("look-up") {
        let lineage = store.lineage(&heads[7]).expect("an answer");
        let spread: Vec<_> = lineage.iter().map(|version| version.version_id).collect();
        look_ups(table, &store, versions, &spread);
    }
    if table.wants("rebuild") {
        rebuild(table, &project, versions, sizes.runs.min(5));
    }
}

/// Of the newest version of an artifact and the last one of the other lane.
fn merge_base(table: &mut Table, project: &Path, store: &LineageStore, versions: usize, head: VersionId, runs: usize) {
    let ancestors = store.ancestors(&head).expect("an answer");
    let merge = ancestors.iter().rfind(|version| version.parent_ids.len() == 2);
    let lane = merge.expect("lanes are joined").parent_ids[1].to_string();
    let before = store
        .version(&merge.expect("as before").parent_ids[0])
        .expect("recorded");
    let before = before.version_id.to_string();
    let ours = ["merge-base", &before, &lane];
    let base = output(project, "git", &ours);
    assert!(output(project, LINEAGE, &ours).contains(&base[..7]), "the same answer");
    let pair = in_turns(runs, |_| time(project, LINEAGE, &ours), |_| time(project, "git", &ours));
    let work = format!("merge-base among {versions} versions");
    table.compare(work, "`git merge-base`", (1.5, 1.0), pair);
}

fn find(table: &mut Table, project: &Path, store: &LineageStore, versions: usize, heads: &[VersionId], runs: usize) {
    let content = contents(store, heads)[0].to_string();
    let head = format!("refs/lineage/heads/main/{}", artifact(0));
    let ours = ["find", content.as_str()];
    assert_eq!(output(project, LINEAGE, &ours).lines().count(), 1);
    let pair = in_turns(
        runs * 4 + 1,
        |_| time(project, LINEAGE, &ours),
        |_| time(project, "git", &["rev-parse", &head]),
    );
    let work = format!("find of a content among {versions} versions");
    table.compare(work, "`git rev-parse`", (2.5, 1.5), pair);
}

fn look_ups(table: &mut Table, store: &LineageStore, versions: usize, asked: &[VersionId]) {
    let contents = contents(store, asked);
    const ROUNDS: usize = 101;
    let times = (0..ROUNDS).map(|_| {
        let begun = Instant::now();
        for content in &contents {
            black_box(store.find_by_content(content).expect("an answer"));
        }
        begun.elapsed() / u32::try_from(contents.len()).unwrap_or(1)
    });
    let took = median(times.collect());
    table.add(Row {
        work: format!("library look-up by content among {versions} versions, warm"),
        against: "",
        bar: 8.0,
        goal: 1.0,
        unit: Unit::Microseconds,
        value: took.as_secs_f64() * 1e6,
        ours: Some(took),
        theirs: None,
    });
}

fn rebuild(table: &mut Table, project: &Path, versions: usize, runs: usize) {
    let format = "--format=%H %T %P %ct %an %ae %at %s %(trailers)";
    let pair = in_turns(
        runs,
        |_| time(project, LINEAGE, &["index", "rebuild"]),
        |_| time(project, "git", &["log", "--all", format]),
    );
    let work = format!("rebuild of the sidecar of {versions} versions");
    table.compare(work, "`git log --all` of the same fields", (1.5, 0.7), pair);
}
