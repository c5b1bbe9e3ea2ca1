//! Cost over size: what a user waits for, with a hundred versions and with a million.

use std::path::{Path, PathBuf};

use git_lineage::{LineageStore, VersionId};

use crate::{
    Sizes,
    chart::{Series, draw},
    generate::{Shape, artifact, contents, fill, pack},
    processes::{git, median},
    project::init,
    timing::{LINEAGE, time},
};

/// Whose versions there are.
const ARTIFACTS: usize = 20;

pub(crate) fn measure(dir: &Path, sizes: Sizes, charts: &Path) {
    let mut all: Vec<Series> = [
        "find",
        "merge-base",
        "log -n 1",
        "status",
        "record",
        "git rev-parse",
        "git merge-base",
    ]
    .map(|name| Series {
        name,
        points: Vec::new(),
    })
    .into();
    let mut size = 100;
    while size <= sizes.versions {
        for (series, milliseconds) in all.iter_mut().zip(at(&dir.join(size.to_string()), size, sizes.runs)) {
            series.points.push((size as f64, milliseconds));
        }
        size *= 10;
    }
    println!(
        "| work | {} | exponent | largest / 1,000 |",
        sizes_of(&all[0]).join(" | ")
    );
    println!("| --- |{}", " --- |".repeat(all[0].points.len() + 2));
    for series in &all {
        let times: Vec<String> = series.points.iter().map(|(_, time)| format!("{time:.1} ms")).collect();
        println!(
            "| {} | {} | {:.3} | {:.2} |",
            series.name,
            times.join(" | "),
            series.exponent(),
            series.over(1000.0)
        );
    }
    std::fs::create_dir_all(charts).expect("a directory");
    std::fs::write(
        charts.join("growth.svg"),
        draw("Time of a whole process over the number of versions", &all),
    )
    .expect("written");
}

fn sizes_of(series: &Series) -> Vec<String> {
    series
        .points
        .iter()
        .map(|(size, _)| format!("{size} versions"))
        .collect()
}

/// The times at a size, in milliseconds, in the order of the series.
fn at(dir: &Path, versions: usize, runs: usize) -> [f64; 7] {
    std::fs::create_dir_all(dir).expect("a directory");
    let (project, heads) = project(dir, versions);
    let store = LineageStore::open(&project).expect("a repository");
    let content = contents(&store, &heads)[0].to_string();
    let ancestors = store.ancestors(&heads[1]).expect("an answer");
    let merge = ancestors.iter().rfind(|version| version.parent_ids.len() == 2);
    let [before, lane] = merge.map_or([heads[1], heads[1]], |merge| [merge.parent_ids[0], merge.parent_ids[1]]);
    let (before, lane) = (before.to_string(), lane.to_string());
    let id = artifact(0);
    let head = format!("refs/lineage/heads/main/{id}");
    let commands: [(&str, Vec<&str>); 7] = [
        (LINEAGE, vec!["find", &content]),
        (LINEAGE, vec!["merge-base", &before, &lane]),
        (LINEAGE, vec!["log", "-n", "1", id.as_str()]),
        (LINEAGE, vec!["status"]),
        (LINEAGE, vec!["record"]),
        ("git", vec!["rev-parse", &head]),
        ("git", vec!["merge-base", &before, &lane]),
    ];
    let mut times = [const { Vec::new() }; 7];
    for run in 0..runs * 2 + 1 {
        for ((program, args), times) in commands.iter().zip(&mut times) {
            if args == &["record"] {
                std::fs::write(project.join("s000000/SKILL.md"), format!("edit {run}\n")).expect("written");
            }
            times.push(time(&project, program, args));
        }
    }
    times.map(|times| median(times).as_secs_f64() * 1e3)
}

/// A project that has one of the artifacts in its manifest.
fn project(dir: &Path, versions: usize) -> (PathBuf, Vec<VersionId>) {
    let project = init(dir, "project");
    let store = LineageStore::open(&project).expect("a repository");
    let shape = Shape {
        versions,
        artifacts: ARTIFACTS,
        merges: Some(5),
    };
    let heads = fill(&store, shape);
    let head = store.version(&heads[0]).expect("recorded");
    let root = store.lineage(&heads[0]).expect("an answer").remove(0);
    let file = crate::generate::text((head.summary.trim_start_matches("Version ").parse()).expect("a number"));
    std::fs::create_dir(project.join("s000000")).expect("a directory");
    std::fs::write(project.join("s000000/SKILL.md"), file).expect("written");
    let manifest = format!(
        "[artifact \"{}\"]\n\tpath = s000000\n\tbaseline = {}\n",
        artifact(0),
        root.content_hash
    );
    std::fs::write(project.join(".gitlineage"), manifest).expect("written");
    git(&project, &["add", "--all"]);
    git(&project, &["commit", "--quiet", "--message", "Begin"]);
    pack(&project);
    (project, heads)
}
