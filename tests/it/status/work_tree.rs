//! What counts as the content here: git's own answer, by `git add` into an index of its own.

use std::{
    collections::BTreeMap,
    fs::File,
    path::Path,
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};

use super::{files, status, status_of};
use crate::support::project::{ID, PATH, Project, text};

/// The tree that git would store of the artifact as it lies there, and what it differs in from the baseline, by path.
#[track_caller]
fn by_git(project: &Project, baseline: &str) -> (String, BTreeMap<String, String>) {
    let index = project.beside("index-of-the-oracle");
    let of_project = project.git_dir().join("index");
    std::fs::copy(&of_project, &index).expect("there is an index");
    // Git reads files as new as the index that it finds; a copy made later would hide a change within that tick.
    let written = std::fs::metadata(&of_project).and_then(|metadata| metadata.modified());
    set_modified(&index, written.expect("a time"));
    let git = |args: &[&str]| project.call().at("0 +0000").env("GIT_INDEX_FILE", &index).git(args);
    git(&["add", "--all", "--", PATH]);
    // Git finds no tree where there is no file.
    let write_tree = project
        .call()
        .env("GIT_INDEX_FILE", &index)
        .git_any(&["write-tree", &format!("--prefix={PATH}/")]);
    let tree = if write_tree.code == 0 {
        write_tree.trimmed()
    } else {
        git(&["hash-object", "-t", "tree", "-w", "--stdin"]).trimmed()
    };
    let differing = git(&["diff-tree", "-r", "--no-renames", "--name-status", baseline, &tree]);
    let lines = differing.lines();
    let lines = lines.iter().map(|line| line.split_once('\t').expect("two columns"));
    (
        tree.clone(),
        lines
            .map(|(letter, path)| (path.to_owned(), letter.replace('T', "M")))
            .collect(),
    )
}

/// Compares the status with git's answer.
#[track_caller]
fn agrees(project: &Project) -> Value {
    let now = status(project);
    let (tree, differing) = by_git(project, text(&now, "baseline"));
    assert_eq!(now["content_hash"], tree, "{now}");
    let found = files(&now).into_iter().filter_map(|line| {
        let mut words = line.splitn(3, ' ').map(str::to_owned);
        let (letter, origin, path) = (words.next()?, words.next()?, words.next()?);
        matches!(origin.as_str(), "local" | "both").then_some((path, letter))
    });
    assert_eq!(found.collect::<BTreeMap<_, _>>(), differing, "{now}");
    let state = if differing.is_empty() { "clean" } else { "modified" };
    assert_eq!(now["state"], state);
    now
}

/// A generator of small numbers; the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % end
    }
}

#[test]
fn whatever_is_done_to_the_files_git_and_status_see_the_same() {
    let names = [
        "SKILL.md",
        "scripts/fill.sh",
        "references/forms.md",
        "a",
        "a/b",
        "a/b/c",
        "a.b",
        "x/y",
        "scripts",
    ];
    for seed in 0..6 {
        let project = Project::new();
        project.write(project.upstream_dir("pdf").join(".gitignore"), "*.log\n/x/\n");
        project.deploy();
        project.commit("Deploy");
        let mut numbers = Numbers(seed);
        for _ in 0..8 {
            for _ in 0..=numbers.below(3) {
                let path = format!("{PATH}/{}", names[numbers.below(names.len())]);
                let place = project.path().join(&path);
                let blocked = Path::new(&path)
                    .ancestors()
                    .skip(1)
                    .any(|above| project.path().join(above).is_file());
                match numbers.below(6) {
                    _ if blocked => {}
                    0 if place.is_file() => project.chmod(&path, 0o755),
                    1 if place.is_file() => project.chmod(&path, 0o644),
                    2 if project.exists(&path) => project.remove(&path),
                    3 if !project.exists(&path) => project.symlink("SKILL.md", &place),
                    _ if place.is_dir() => {}
                    _ => {
                        if place.is_symlink() {
                            project.remove(&path);
                        }
                        project.write(&path, format!("{}\n", numbers.below(3)));
                    }
                }
            }
            if status(&project)["state"] != "missing" {
                agrees(&project);
            }
            if numbers.below(3) == 0 {
                project.git(&["add", "--all", "--", PATH]);
            }
        }
    }
}

/// Does something to a file of the artifact that is no folder, or to what the index holds of it.
fn do_something(project: &Project, path: &str, numbers: &mut Numbers) {
    let place = project.path().join(path);
    let update = |flag: &str| drop(project.call().git_any(&["update-index", flag, "--", path]));
    match numbers.below(16) {
        0 if place.exists() => project.remove(path),
        1 if place.is_file() => project.chmod(path, 0o755),
        2 if place.is_file() => project.chmod(path, 0o644),
        3 => update("--assume-unchanged"),
        4 => update("--no-assume-unchanged"),
        5 => update("--skip-worktree"),
        6 => update("--no-skip-worktree"),
        7 => drop(project.call().git_any(&["add", "--intent-to-add", "--", path])),
        8 => drop(project.call().git_any(&["rm", "--cached", "--quiet", "--", path])),
        9 => drop(project.call().git_any(&["add", "--", path])),
        10 => {
            let blob = |text: &str| {
                project
                    .call()
                    .stdin(text)
                    .git(&["hash-object", "-w", "--stdin"])
                    .trimmed()
            };
            let mut stages = format!("0 {}\t{path}\n", project.id_of('0'));
            for stage in 1..=3 {
                // Also those that only one side added or deleted.
                if numbers.below(4) > 0 {
                    stages += &format!("100644 {} {stage}\t{path}\n", blob(["1\n", "2\n", "3\n"][stage - 1]));
                }
            }
            project.call().stdin(stages).git(&["update-index", "--index-info"]);
        }
        // As many bytes, so that often only the time tells.
        _ => project.write(path, ["1\n", "2\n", "3\n", ""][numbers.below(4)]),
    }
}

#[test]
fn whatever_the_index_holds_git_and_status_see_the_same() {
    let names = [
        "SKILL.md",
        "scripts/fill.sh",
        "references/forms.md",
        "a",
        "b",
        "new/a",
        "new/b",
    ];
    for seed in 0..8 {
        let project = Project::deployed();
        // Then a time put back is enough to deceive, and only what is as new as the index is read.
        if seed % 2 == 1 {
            project.git(&["config", "core.trustctime", "false"]);
            project.git(&["config", "core.checkStat", "minimal"]);
        }
        let mut numbers = Numbers(seed + 100);
        for _ in 0..10 {
            for _ in 0..=numbers.below(4) {
                let path = format!("{PATH}/{}", names[numbers.below(names.len())]);
                do_something(&project, &path, &mut numbers);
                let file = project.path().join(&path);
                if file.exists() && numbers.below(2) == 0 {
                    set_modified(&file, SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
                }
            }
            let now = status(&project);
            let (tree, _) = by_git(&project, text(&now, "baseline"));
            let of_nothing = project.git(&["hash-object", "-t", "tree", "/dev/null"]).trimmed();
            let found = now["content_hash"].as_str();
            let listed = || {
                project
                    .git(&["ls-files", "--stage", "-v", "--debug", "--", PATH])
                    .text()
                    .to_owned()
            };
            assert_eq!(found.unwrap_or(&of_nothing), tree, "{seed}: {now}\n{}", listed());
        }
    }
}

#[test]
fn a_file_emptied_within_one_tick_of_the_clock_is_seen() {
    let project = Project::deployed();
    project.git(&["config", "core.trustctime", "false"]);
    project.git(&["config", "core.checkStat", "minimal"]);
    let file = project.path().join(PATH).join("SKILL.md");
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    project.edit("SKILL.md", "one\n");
    set_modified(&file, time);
    project.git(&["add", "--all"]);
    project.edit("SKILL.md", "two\n");
    set_modified(&file, time);
    set_modified(&project.git_dir().join("index"), time);
    // Now git writes down a size of 0 for what it knows to be something else.
    project.edit("other.md", "other\n");
    project.git(&["add", &format!("{PATH}/other.md")]);
    assert_eq!(files(&agrees(&project)), ["M local SKILL.md", "A local other.md"]);
    project.edit("SKILL.md", "");
    set_modified(&file, time);
    let now = agrees(&project);
    let nothing = project.call().stdin("").git(&["hash-object", "--stdin"]).trimmed();
    assert_eq!(now["files"][0]["current_hash"], nothing);
}

#[test]
fn a_folder_that_the_index_holds_as_one_is_no_matter_elsewhere() {
    let project = Project::deployed();
    for folder in ["elsewhere/deep", ".claude/skills/pdf-other", ".claude/skills/pd"] {
        project.write(format!("{folder}/file"), "file\n");
    }
    project.commit("Elsewhere");
    project.git(&["sparse-checkout", "set", "--cone", "--sparse-index", PATH]);
    let listed = project.git(&["ls-files", "--sparse"]);
    for folder in [".claude/skills/pd/", ".claude/skills/pdf-other/", "elsewhere/"] {
        assert!(listed.lines().iter().any(|line| line == folder), "{listed}");
    }
    assert_eq!(agrees(&project)["state"], "clean");
    project.edit("SKILL.md", "ours\n");
    project.edit("new/file", "ours\n");
    assert_eq!(files(&agrees(&project)), ["M local SKILL.md", "A local new/file"]);
    // All of the artifact: that is in no file, and not in the index itself.
    project.git(&["checkout", "--quiet", "HEAD", "--", PATH]);
    project.remove(format!("{PATH}/new"));
    project.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "elsewhere"]);
    let refused = project.lineage(&["--json", "status"]).assert_code(1).json_error();
    assert_eq!(refused["code"], "sparse_index", "{refused}");
}

#[test]
fn a_change_within_one_tick_of_the_clock_is_seen() {
    let project = Project::deployed();
    let file = project.path().join(PATH).join("SKILL.md");
    project.edit("SKILL.md", "one\n");
    let modified = std::fs::metadata(&file)
        .and_then(|metadata| metadata.modified())
        .expect("a time");
    project.git(&["add", "--all"]);
    // As many bytes, and the time that the index knows: only reading tells.
    project.edit("SKILL.md", "two\n");
    set_modified(&file, modified);
    set_modified(&project.git_dir().join("index"), modified);
    agrees(&project);
    let now = status(&project);
    let two = project.call().stdin("two\n").git(&["hash-object", "--stdin"]).trimmed();
    assert_eq!(now["files"][0]["current_hash"], two);
}

fn set_modified(file: &Path, time: SystemTime) {
    let file = File::options().write(true).open(file).expect("it is there");
    file.set_modified(time).expect("it is ours");
}

#[test]
fn what_was_touched_but_not_changed_is_clean() {
    let project = Project::deployed();
    for path in ["SKILL.md", "scripts/fill.sh"] {
        let file = project.path().join(PATH).join(path);
        set_modified(&file, SystemTime::UNIX_EPOCH);
    }
    assert_eq!(agrees(&project)["state"], "clean");
    // Not even the index is refreshed; `status` compares the whole .git before and after.
    let stale = project.call().git_any(&["diff-files", "--quiet"]);
    assert_eq!(stale.code, 1, "git has not looked at it");
}

#[test]
fn line_ends_are_what_git_makes_of_them() {
    let project = Project::new();
    project.write(".gitattributes", "*.md text=auto\n*.sh text eol=lf\n");
    project.commit("Attributes");
    project.deploy();
    project.commit("Deploy");
    project.edit("SKILL.md", "# pdf\r\n\r\nRead and fill files.\r\n");
    project.upstream("references/forms.md", "# Forms\r\n\r\nOne.\r\n");
    assert_eq!(agrees(&project)["state"], "clean");
    project.edit("SKILL.md", "# pdf\r\n\r\nRead and fill forms.\r\n");
    assert_eq!(files(&agrees(&project)), ["M local SKILL.md"]);
    project.git(&["config", "core.autocrlf", "input"]);
    project.upstream("references/forms.md", "# Forms\r\n\r\nTwo.\r\n");
    assert_eq!(
        files(&status(&project)),
        ["M local SKILL.md", "M upstream references/forms.md"]
    );
}

#[test]
fn untracked_files_count_unless_they_are_ignored() {
    let project = Project::deployed();
    project.write(".gitignore", "*.log\nbuild/\n");
    project.commit("Ignore");
    project.edit("debug.log", "ignored\n");
    project.edit("build/out", "ignored\n");
    assert_eq!(agrees(&project)["state"], "clean");
    project.edit("deep/er/new.md", "untracked\n");
    project.edit("deep/er/debug.log", "ignored\n");
    assert_eq!(files(&agrees(&project)), ["A local deep/er/new.md"]);
    // What is tracked counts, whatever the rules say.
    project.git(&["add", "--force", &format!("{PATH}/debug.log")]);
    assert_eq!(
        files(&agrees(&project)),
        ["A local debug.log", "A local deep/er/new.md"]
    );
    // A folder of the artifact's may have rules of its own.
    project.edit("deep/.gitignore", "*\n");
    assert_eq!(files(&agrees(&project)), ["A local debug.log"]);
}

#[test]
fn an_ignored_artifact_is_content_all_the_same() {
    let project = Project::new();
    project.write(".gitignore", ".claude/\n*.log\n");
    project.commit("Ignore");
    project.lineage_ok(&["deploy", "--no-stage", crate::support::project::SOURCE, PATH]);
    project.git(&["add", ".gitlineage"]);
    project.git(&["commit", "--quiet", "-m", "Deploy"]);
    assert_eq!(status(&project)["state"], "clean");
    project.edit("new.md", "ours\n");
    project.edit("debug.log", "ignored by another rule\n");
    project.remove(format!("{PATH}/SKILL.md"));
    assert_eq!(files(&status(&project)), ["D local SKILL.md", "A local new.md"]);
}

#[test]
fn what_git_is_told_not_to_look_at_is_as_in_the_index() {
    let project = Project::deployed();
    let skill = format!("{PATH}/SKILL.md");
    for flag in ["assume-unchanged", "skip-worktree"] {
        project.edit("SKILL.md", "not looked at\n");
        project.git(&["update-index", &format!("--{flag}"), &skill]);
        assert_eq!(agrees(&project)["state"], "clean", "{flag}");
        project.remove(&skill);
        assert_eq!(agrees(&project)["state"], "clean", "{flag}");
        project.git(&["update-index", &format!("--no-{flag}"), &skill]);
        assert_eq!(files(&agrees(&project)), ["D local SKILL.md"], "{flag}");
    }
    // All of it, as in a sparse checkout.
    project.git(&["checkout", "--quiet", "HEAD", "--", PATH]);
    project.git(&["sparse-checkout", "set", "--no-cone", "/*", "!/.claude/"]);
    assert!(!project.exists(PATH));
    assert_eq!(status(&project)["state"], "clean");
    project.git(&["sparse-checkout", "disable"]);
    // Added, but without content yet.
    project.edit("new.md", "to be added\n");
    project.git(&["add", "--intent-to-add", &format!("{PATH}/new.md")]);
    assert_eq!(files(&agrees(&project)), ["A local new.md"]);
}

#[test]
fn what_git_cannot_store_is_named() {
    let project = Project::deployed();
    project.edit("sub/.git/HEAD", "ref: refs/heads/main\n");
    let error = |project: &Project| project.lineage(&["--json", "status"]).assert_code(1).json_error();
    assert_eq!(error(&project)["code"], "nested_repository");
    assert!(text(&error(&project), "message").contains("sub"));
    project.remove(format!("{PATH}/sub"));
    project.call().sh(&format!("mkfifo {PATH}/pipe"));
    assert_eq!(error(&project)["code"], "special_file");
    project.write(".gitignore", "pipe\n");
    assert_eq!(status(&project)["state"], "clean", "ignored, it does no harm");
}

#[test]
fn behind_a_symbolic_link_there_is_nothing() {
    let project = Project::deployed();
    project.call().sh("mv .claude elsewhere && ln -s elsewhere .claude");
    assert_eq!(status(&project)["state"], "missing");
}

#[test]
fn two_kinds_of_hashes() {
    let project = Project::over(crate::support::TestRepo::sha256());
    project.deploy();
    project.commit("Deploy");
    project.edit("SKILL.md", "ours\n");
    project.upstream("SKILL.md", "theirs\n");
    let now = status_of(&project, &[ID]);
    assert_eq!(
        (&now["state"], text(&now, "content_hash").len()),
        (&json!("diverged"), 64)
    );
    assert_eq!(text(&now["files"][0], "upstream_hash").len(), 64);
}
