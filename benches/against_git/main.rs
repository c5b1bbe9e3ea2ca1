//! Every bar of `docs/performance.md` in one run: whole processes beside git, in turns, medians.
//!
//! `cargo bench --bench against_git` takes about a minute; `-- --full` takes the sizes that the bars are about and much
//! longer. `-- --only NAME` (part of a row's name) measures some, `--versions`, `--artifacts` and `--commits` set sizes of
//! their own, `--runs` how often each side runs, `--json FILE` writes the rows as JSON too. `-- --growth FOLDER` measures
//! cost over size instead, fits the exponents and draws charts, and `-- --memory` the peaks of memory.

#[path = "../processes/mod.rs"]
mod processes;
#[path = "../project/mod.rs"]
mod project;
#[path = "../search_path/mod.rs"]
mod search_path;
#[path = "../timed/mod.rs"]
mod timed;

mod chart;
mod commits;
mod generate;
mod growth;
mod history;
mod memory;
mod questions;
mod records;
mod table;
mod timing;

use std::path::PathBuf;

use clap::Parser;

use processes::number;
use table::Table;

#[derive(Parser)]
struct Args {
    /// The sizes of the bars: 50,000 to 1,000,000 versions, 1,000 artifacts, 10,000 commits
    #[arg(long)]
    full: bool,
    /// Versions, for whatever depends on their number
    #[arg(long, value_name = "N")]
    versions: Option<usize>,
    /// Artifacts in the manifest
    #[arg(long, value_name = "N")]
    artifacts: Option<usize>,
    /// Commits to catch up with
    #[arg(long, value_name = "N")]
    commits: Option<usize>,
    /// How often each side runs
    #[arg(long, value_name = "N", default_value_t = number("GIT_LINEAGE_BENCH_RUNS", 11))]
    runs: usize,
    /// Only the rows with this in their name
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Write the rows to this file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Measure cost over size, and draw charts into this folder
    #[arg(long, value_name = "FOLDER")]
    growth: Option<PathBuf>,
    /// Measure peaks of memory
    #[arg(long)]
    memory: bool,
    /// Fill this project, as `--memory` has it done
    #[arg(long, hide = true, value_name = "PROJECT")]
    fill: Option<PathBuf>,
    /// What `cargo bench` adds
    #[arg(long, hide = true)]
    bench: bool,
}

/// How large everything is.
#[derive(Clone, Copy)]
struct Sizes {
    /// For questions.
    versions: usize,
    /// In one batch.
    bulk: usize,
    /// In one lineage.
    chain: usize,
    artifacts: usize,
    commits: usize,
    runs: usize,
}

impl Sizes {
    fn of(args: &Args) -> Self {
        let size = |own: Option<usize>, full, small| own.unwrap_or(if args.full { full } else { small });
        Sizes {
            versions: size(args.versions, 1_000_000, 10_000),
            bulk: size(args.versions, 50_000, 5_000),
            chain: size(args.versions, 100_000, 5_000),
            artifacts: size(args.artifacts, 1_000, 100),
            commits: size(args.commits, 10_000, 500),
            runs: args.runs | 1,
        }
    }
}

fn main() {
    let args = Args::parse();
    let sizes = Sizes::of(&args);
    if let Some(project) = &args.fill {
        memory::fill_here(project, sizes.versions);
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let mut table = Table::new(args.only.clone());
    if let Some(folder) = &args.growth {
        growth::measure(dir.path(), sizes, folder);
        return;
    }
    if args.memory {
        memory::measure(dir.path(), sizes);
        return;
    }
    records::measure(&mut table, dir.path(), sizes);
    history::measure(&mut table, dir.path(), sizes);
    questions::measure(&mut table, dir.path(), sizes);
    commits::measure(&mut table, dir.path(), sizes);
    table.print();
    if let Some(file) = &args.json {
        std::fs::write(file, table.json()).expect("written");
    }
}
