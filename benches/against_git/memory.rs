//! The peaks of memory of what handles many versions at once. Linux only: the kernel notes a process's peak.

use std::{path::Path, process::Child, time::Duration};

use git_lineage::LineageStore;

use crate::{
    Sizes,
    generate::{BATCH, Shape, artifact, fill, pack},
    project::{self, init},
    timing::{LINEAGE, command},
};

pub(crate) fn measure(dir: &Path, sizes: Sizes) {
    println!("| work | peak, resident |");
    println!("| --- | --- |");
    let lineages = dir.join("lineages");
    std::fs::create_dir_all(&lineages).expect("a directory");
    let deep = init(&lineages, "project");
    let versions = sizes.versions;
    // Another process of this program, whose peak is that of the library.
    let myself = std::env::current_exe().expect("it runs");
    let myself = myself.to_str().expect("a path of text");
    let number = versions.to_string();
    let fill = ["--fill", ".", "--versions", &number];
    print(
        &format!("`batch` of the library, {versions} versions in batches of {BATCH}"),
        &deep,
        myself,
        &fill,
    );
    pack(&deep);
    let id = artifact(0);
    print(
        &format!("`index rebuild`, {versions} versions"),
        &deep,
        LINEAGE,
        &["index", "rebuild"],
    );
    print(&format!("`verify`, {versions} versions"), &deep, LINEAGE, &["verify"]);
    print(
        &format!("`lineage --json`, {versions} versions"),
        &deep,
        LINEAGE,
        &["lineage", "--json", id.as_str()],
    );
    print(
        &format!("`log`, {versions} versions"),
        &deep,
        LINEAGE,
        &["log", id.as_str()],
    );
    print(
        &format!("`git log`, {versions} versions"),
        &deep,
        "git",
        &["log", "--all"],
    );
    let wide = dir.join("wide");
    std::fs::create_dir_all(&wide).expect("a directory");
    let (project, _) = project::project(&wide, sizes.artifacts);
    print(
        &format!("`status`, {} artifacts of 10 files", sizes.artifacts),
        &project,
        LINEAGE,
        &["status"],
    );
    print(
        &format!("`git status`, {} artifacts of 10 files", sizes.artifacts),
        &project,
        "git",
        &["status"],
    );
}

/// Fills a project, for the process whose memory is measured.
pub(crate) fn fill_here(project: &Path, versions: usize) {
    let store = LineageStore::open(project).expect("a repository");
    let shape = Shape {
        versions,
        artifacts: 1,
        merges: None,
    };
    fill(&store, shape);
}

fn print(work: &str, dir: &Path, program: &str, args: &[&str]) {
    let peak = peak(command(dir, program, args).spawn().expect("it runs"));
    println!("| {work} | {:.0} MiB |", peak as f64 / 1024.0);
}

/// The most that a process had at once, in KiB: it only grows, so that the last value seen is near the end's.
fn peak(mut child: Child) -> u64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(now.unwrap_or(0));
        if let Some(status) = child.try_wait().expect("its own child") {
            assert!(status.success());
            return peak;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}
