//! No local byte is ever lost: random projects that both sides changed, and what `sync` makes of them.
//!
//! Many artifacts share a project and are synced by one `sync --all`. Git says what is to be kept (what it would store of the
//! work tree) and what the result must be (`git merge-tree` over the same histories at the same place). See [`oracle`] for
//! git's side, [`changes`] for what happens to the files.

mod changes;
mod oracle;

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
};

use serde_json::Value;

use self::{
    changes::{ATTRIBUTES, Changes},
    oracle::{Artifact, Entry, Merged, Oracle, stage},
};
use crate::support::{
    Rng, TestRepo,
    project::{Project, World, text},
};

/// Where the artifacts lie, in the project and upstream.
const FOLDER: &str = "skills";
/// How many artifacts one project has.
const ARTIFACTS: usize = 30;
/// How often they are changed and synced.
const ROUNDS: usize = 2;
/// How many syncs of one artifact are tried usually.
const CASES: usize = 180;

const DRIVERS: [(&str, &str); 2] = [
    ("merge.own.driver", "cat %B >>%A"),
    ("merge.fail.driver", "printf 'failed\\n' >>%A; exit 1"),
];

/// What projects differ in.
struct Kind {
    options: &'static [&'static str],
    config: &'static [(&'static str, &'static str)],
    attributes: &'static str,
}

const KINDS: [Kind; 3] = [
    Kind {
        options: &[],
        config: &[],
        attributes: "* text=auto\n",
    },
    Kind {
        options: &[],
        config: &[("merge.conflictStyle", "diff3"), ("merge.directoryRenames", "true")],
        attributes: "",
    },
    Kind {
        options: &["--object-format=sha256"],
        config: &[("merge.renames", "false")],
        attributes: "* text=auto\n",
    },
];

fn name(number: usize) -> String {
    format!("case {number}")
}

fn path(number: usize) -> String {
    format!("{FOLDER}/{}", name(number))
}

fn id(number: usize) -> String {
    format!("skill/{}", name(number))
}

/// `GIT_LINEAGE_SYNCS` asks for more syncs than the usual 180.
#[test]
fn whatever_both_sides_do_no_local_byte_is_lost_and_the_result_is_gits() {
    let cases = std::env::var("GIT_LINEAGE_SYNCS").map_or(CASES, |cases| cases.parse().expect("a number"));
    let mut tally = BTreeMap::new();
    for number in 0..cases.div_ceil(ARTIFACTS * ROUNDS) {
        run(number, &mut tally);
    }
    // None of the ways a sync can end is rare among them.
    let all: usize = tally.values().sum();
    for result in ["fast_forward", "merged", "conflict", "up_to_date"] {
        assert!(
            tally.get(result).is_some_and(|count| *count > all / 20),
            "{result}: {tally:?}"
        );
    }
    let failed = tally.get("failed").copied().unwrap_or_default();
    assert!(failed > 0 && failed < all / 5, "{tally:?}");
    // With --nocapture: the figures.
    println!("{all} syncs: {tally:?}");
}

fn run(number: usize, tally: &mut BTreeMap<String, usize>) {
    let kind = &KINDS[number % KINDS.len()];
    let project = Project::over(TestRepo::new().sibling("project", kind.options));
    let config = [&DRIVERS, kind.config].concat();
    for (key, value) in &config {
        project.git(&["config", key, value]);
    }
    project.write(".gitattributes", format!("{}{ATTRIBUTES}", kind.attributes));
    project.write(".gitignore", "*.ignored\n");
    project.commit("Attributes");
    let upstream = project.sibling("skills.git-tree", kind.options);
    let mut rng = Rng(number as u64);
    for at in 0..ARTIFACTS {
        changes(&upstream, at, &mut rng).begin();
    }
    upstream.commit("Begin");
    let oracle = Oracle::new(&project, kind.options, &config);
    project.lineage_ok(&["deploy", "../skills.git-tree", FOLDER, "--each", "skills/*"]);
    project.commit("Deploy");
    let bases = oracle.artifacts(&oracle.upstream(&upstream));
    let mut lab = Lab {
        project: &project,
        upstream: &upstream,
        oracle,
        rng,
        bases,
    };
    for round in 0..ROUNDS {
        lab.change_here();
        lab.change_upstream();
        for (result, count) in lab.sync(&format!("project {number}, round {round}")) {
            *tally.entry(result).or_default() += count;
        }
        project.commit("Synced");
    }
}

/// Changes to one artifact on one side.
fn changes<'a>(side: &'a TestRepo, at: usize, rng: &mut Rng) -> Changes<'a> {
    Changes {
        repo: side,
        root: side.path().join(path(at)),
        rng: Rng(rng.below(usize::MAX) as u64),
    }
}

/// A project and its upstream.
struct Lab<'p> {
    project: &'p Project,
    upstream: &'p TestRepo,
    oracle: Oracle<'p>,
    rng: Rng,
    /// Each artifact as the last sync that came to its end took it from upstream.
    bases: Vec<Artifact>,
}

impl Lab<'_> {
    /// Some changes are committed, some recorded, some staged, some only lie there.
    fn change_here(&mut self) {
        self.change_some();
        self.project.commit("Mine");
        let recorded = self.change_some();
        self.call("record", &recorded, 0);
        for at in self.change_some() {
            let how = ["--all", "--intent-to-add"][self.rng.below(2)];
            self.project.git(&["add", how, "--", &path(at)]);
        }
        self.change_some();
        for at in 0..ARTIFACTS {
            if self.rng.one_in(3) {
                changes(self.project, at, &mut self.rng).add_ignored();
            }
        }
    }

    fn change_some(&mut self) -> Vec<usize> {
        let chosen: Vec<usize> = (0..ARTIFACTS).filter(|_| self.rng.one_in(4)).collect();
        for at in &chosen {
            let mut changes = changes(self.project, *at, &mut self.rng);
            (0..=self.rng.below(2)).for_each(|_| changes.change());
        }
        chosen
    }

    /// Some artifacts change there, some on both sides alike.
    fn change_upstream(&mut self) {
        for at in 0..ARTIFACTS {
            if self.rng.one_in(7) {
                continue;
            }
            let mut there = changes(self.upstream, at, &mut self.rng);
            (0..=self.rng.below(3)).for_each(|_| there.change());
            if self.rng.one_in(4) {
                there.add_ignored();
            }
            let seed = self.rng.below(usize::MAX) as u64;
            if self.rng.one_in(4) {
                // The same change here, or as near to it as the files there are allow.
                there.rng = Rng(seed);
                there.change();
                let mut here = changes(self.project, at, &mut self.rng);
                here.rng = Rng(seed);
                here.change();
            }
            if self.rng.one_in(5) {
                // What is untracked here is new there, with the same content or another one.
                there.add_at(seed, seed);
                let as_well = seed + self.rng.below(2) as u64;
                changes(self.project, at, &mut self.rng).add_at(seed, as_well);
            }
        }
        self.upstream.commit("News");
    }

    /// Calls `git lineage <words> <ids>`, if there are any.
    #[track_caller]
    fn call(&self, words: &str, artifacts: &[usize], code: i32) -> BTreeMap<usize, Value> {
        if artifacts.is_empty() {
            return BTreeMap::new();
        }
        let ids: Vec<String> = artifacts.iter().map(|at| id(*at)).collect();
        let mut args: Vec<&str> = ["--json"].into_iter().chain(words.split(' ')).collect();
        args.extend(ids.iter().map(String::as_str));
        by_number(self.project.lineage(&args).assert_code(code).json())
    }

    /// Syncs all, checks everything, and brings the conflicts to an end; how many ended how.
    #[track_caller]
    fn sync(&mut self, what: &str) -> BTreeMap<String, usize> {
        let before = State::of(self.project);
        let ours = self.oracle.artifacts(&self.oracle.work_tree());
        let theirs = self.oracle.artifacts(&self.oracle.upstream(self.upstream));
        let sides: Vec<[Artifact; 3]> = (0..ARTIFACTS)
            .map(|at| [&self.bases, &ours, &theirs].map(|side| side[at].clone()))
            .collect();
        let merged = self.oracle.merge(&sides);
        let output = self.project.lineage(&["--json", "sync", "--all"]);
        let answers = by_number(output.json());
        assert_eq!(answers.len(), ARTIFACTS, "{what}: {output}");

        let after = State::of(self.project);
        let lies_there = self.oracle.artifacts(&self.oracle.work_tree());
        let versions = self.versions();
        let mut ends = BTreeMap::<String, usize>::new();
        let (mut aborted, mut continued) = (Vec::new(), Vec::new());
        for (at, answer) in &answers {
            let at = *at;
            let what = format!("{what}, {}: {answer}", id(at));
            let result = text(answer, "result");
            *ends.entry(result.to_owned()).or_default() += 1;
            let expected = self.expected(&sides[at], &merged[at], &before.ignored[at]);
            assert!(expected.contains(&result), "{what}: not {expected:?}");
            for (path, bytes) in &before.ignored[at] {
                assert_eq!(self.project.read(path), *bytes, "{what}: {path} is ignored");
            }
            if matches!(result, "failed" | "up_to_date") {
                before.assert_same(&after, at, &what);
                continue;
            }
            // All that lay there is a version, with every name and mode.
            assert!(versions.contains(&ours[at].tree), "{what}: {} is lost", ours[at].tree);
            self.oracle.assert_same(&lies_there[at].files, &merged[at].files, &what);
            if result != "conflict" {
                assert!(after.unmerged[at].is_empty(), "{what}");
                assert!(
                    versions.contains(&lies_there[at].tree),
                    "{what}: the result is no version"
                );
                self.bases[at].clone_from(&theirs[at]);
                continue;
            }
            self.oracle.assert_same(&after.unmerged[at], &merged[at].stages, &what);
            if at % 2 == 0 { &mut aborted } else { &mut continued }.push(at);
        }
        assert_eq!(
            output.code,
            if ends.contains_key("failed") { 1 } else { 3 },
            "{what}: {output}"
        );

        self.call("sync --abort", &aborted, 0);
        let now = State::of(self.project);
        for at in aborted {
            before.assert_same(&now, at, &format!("{what}, {} taken back", id(at)));
        }
        self.resolve(&continued, &after);
        for at in continued {
            self.bases[at].clone_from(&theirs[at]);
        }
        self.project.lineage_ok(&["verify"]);
        let fsck = self
            .project
            .git(&["fsck", "--strict", "--no-dangling", "--no-progress"]);
        assert_eq!((fsck.text(), fsck.err_text()), ("", ""), "{what}: {fsck}");
        ends
    }

    /// How the sync of an artifact may end: in one way, as a rule.
    fn expected(&self, sides: &[Artifact; 3], merged: &Merged, ignored: &[(String, Vec<u8>)]) -> Vec<&'static str> {
        let [base, ours, theirs] = sides;
        if theirs == base {
            return vec!["up_to_date"];
        }
        let in_the_way = |file: &Entry| {
            ignored.iter().any(|(path, _)| {
                let relative = path.splitn(3, '/').nth(2).expect("inside of an artifact");
                Path::new(relative).starts_with(&file.path) || Path::new(&file.path).starts_with(relative)
            })
        };
        if merged.files.iter().any(in_the_way) {
            return vec!["failed"];
        }
        // A file of a folder with another name here became a folder there: git's answer has no place for what is in it, and
        // `git merge` dies of that.
        let has_place = |stage: &Entry| stage.stage == "1" || merged.files.iter().any(|file| file.path == stage.path);
        if !merged.stages.iter().all(has_place) {
            return vec!["failed"];
        }
        if ours == base || ours == theirs {
            // Where edits that were taken back are recorded, both sides are in the new head.
            return vec!["fast_forward", "merged"];
        }
        vec![if merged.clean { "merged" } else { "conflict" }]
    }

    /// Resolves conflicts as people do, and goes on.
    #[track_caller]
    fn resolve(&mut self, artifacts: &[usize], conflicts: &State) {
        for at in artifacts {
            for entry in &conflicts.unmerged[*at] {
                let file = self.project.path().join(path(*at)).join(&entry.path);
                match file.symlink_metadata() {
                    Ok(found) if found.is_file() && self.rng.one_in(2) => {
                        self.project.write(&file, format!("resolved {}\n", entry.stage));
                    }
                    Ok(found) if !found.is_dir() && self.rng.one_in(3) => self.project.remove(&file),
                    _ => {}
                }
            }
            self.project.git(&["add", "--all", "--", &path(*at)]);
        }
        let resolved = World::of(&self.project.path().join(FOLDER), &[]);
        for (at, answer) in self.call("sync --continue", artifacts, 0) {
            assert_eq!(answer["result"], "merged", "{}: {answer}", id(at));
        }
        resolved.assert_same(&World::of(&self.project.path().join(FOLDER), &[]));
        let (lie_there, versions) = (self.oracle.artifacts(&self.oracle.work_tree()), self.versions());
        for at in artifacts {
            assert!(
                versions.contains(&lie_there[*at].tree),
                "{}: the resolution is no version",
                id(*at)
            );
        }
    }

    /// Every object that is part of a version.
    #[track_caller]
    fn versions(&self) -> HashSet<String> {
        let heads = ["--glob=refs/lineage/heads", "--glob=refs/lineage/kept"];
        let listed = self.project.git(&["rev-list", "--objects", heads[0], heads[1]]);
        let ids = listed.text().lines().filter_map(|line| line.split(' ').next());
        ids.map(str::to_owned).collect()
    }
}

/// The answers by the number of their artifact.
#[track_caller]
fn by_number(answers: Vec<Value>) -> BTreeMap<usize, Value> {
    let number = |answer: &Value| {
        let id = text(answer, "artifact_id").rsplit(' ').next();
        id.and_then(|number| number.parse().ok()).expect("a number")
    };
    answers.into_iter().map(|answer| (number(&answer), answer)).collect()
}

/// What git sees of each artifact, and what lies there.
struct State {
    files: Vec<World>,
    /// The lines of `git status`.
    status: Vec<Vec<String>>,
    /// The entries of the index, with flags.
    index: Vec<Vec<String>>,
    unmerged: Vec<Vec<Entry>>,
    /// Files that git ignores: their paths in the project, their bytes.
    ignored: Vec<Vec<(String, Vec<u8>)>>,
}

impl State {
    #[track_caller]
    fn of(project: &Project) -> Self {
        let call = |args: &[&str]| -> Vec<Vec<String>> {
            let mut all = vec![Vec::new(); ARTIFACTS];
            for line in project.git(args).text().split_terminator('\0') {
                let artifact = line
                    .split(&format!("{FOLDER}/case "))
                    .nth(1)
                    .and_then(|rest| rest.split('/').next());
                if let Some(at) = artifact.and_then(|number| number.parse::<usize>().ok()) {
                    all[at].push(line.to_owned());
                }
            }
            all
        };
        let mut status = call(&[
            "status",
            "--porcelain=v2",
            "-z",
            "--untracked-files=all",
            "--no-renames",
            "--ignored=matching",
        ]);
        // The status also names files that git would store as they are stored: it goes by their size.
        let differing = call(&["diff", "--name-only", "-z"]);
        for (lines, differing) in status.iter_mut().zip(differing) {
            lines.retain(|line| !line.starts_with("1 .M ") || differing.iter().any(|path| line.ends_with(path)));
        }
        let unmerged = call(&["ls-files", "--unmerged", "-z"]);
        let unmerged = unmerged.into_iter().enumerate().map(|(at, lines)| {
            let entries = lines.iter().map(|line| {
                let (head, found) = line.split_once('\t').expect("two columns");
                stage(head, found.strip_prefix(&format!("{}/", path(at))).expect("inside"))
            });
            entries.collect()
        });
        let ignored = call(&["ls-files", "--others", "--ignored", "--exclude-standard", "-z"]);
        let ignored = ignored.into_iter().map(|paths| {
            let read = paths.into_iter().map(|path| {
                let bytes = project.read(&path);
                (path, bytes)
            });
            read.collect()
        });
        State {
            files: (0..ARTIFACTS)
                .map(|at| World::of(&project.path().join(path(at)), &[]))
                .collect(),
            status,
            index: call(&["ls-files", "--stage", "-v", "-z"]),
            unmerged: unmerged.collect(),
            ignored: ignored.collect(),
        }
    }

    /// Every byte, mode, line of the status and entry of the index is the same.
    #[track_caller]
    fn assert_same(&self, now: &State, at: usize, what: &str) {
        assert_eq!(now.index[at], self.index[at], "{what}");
        assert_eq!(now.status[at], self.status[at], "{what}");
        if now.files[at] != self.files[at] {
            println!("{what}");
        }
        self.files[at].assert_same(&now.files[at]);
    }
}
