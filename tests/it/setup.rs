//! `setup`: where the files go, that they go again, and that nothing else is touched.

use std::fs;
use std::path::Path;

use crate::support::project::{Project, World, texts};

const SHARE: &str = "home/.local/share";

fn world(project: &Project) -> World {
    World::of(&project.beside(""), &[Path::new("tmp")])
}

#[test]
fn what_is_installed_is_taken_out_again() {
    let project = Project::new();
    let before = world(&project);
    let tried = project.lineage_ok(&["setup", "--dry-run"]);
    assert!(tried.text().contains("would be written"), "{tried}");
    assert!(tried.err_text().contains("nothing was written"), "{tried}");
    before.assert_same(&world(&project));

    let changes = project.lineage_json(&["setup"]);
    assert!(
        texts(&changes, "action").iter().all(|action| action == "written"),
        "{changes:?}"
    );
    let share = project.beside(SHARE);
    for place in [
        "man/man1/git-lineage.1",
        "man/man1/git-lineage-sync.1",
        "bash-completion/completions/git-lineage",
        "zsh/site-functions/_git-lineage",
        "fish/vendor_completions.d/git-lineage.fish",
        "fish/vendor_conf.d/git-lineage.fish",
    ] {
        assert!(share.join(place).is_file(), "{place}");
        let path = share.join(place).to_str().expect("text").to_owned();
        assert!(texts(&changes, "path").contains(&path), "{path}");
    }
    for shell in ["bash", "zsh"] {
        let printed = project.lineage_ok(&["completions", shell]);
        let installed = texts(&changes, "path")
            .into_iter()
            .find(|path| path.contains(shell))
            .expect("it is there");
        assert_eq!(fs::read(installed).expect("readable"), printed.stdout, "{shell}");
    }
    let installed = world(&project);
    let again = project.lineage_json(&["setup"]);
    assert!(
        texts(&again, "action").iter().all(|action| action == "unchanged"),
        "{again:?}"
    );
    installed.assert_same(&world(&project));
    // A page of a command that there is no more, and one that was not made by us.
    let page = fs::read(share.join("man/man1/git-lineage-sync.1")).expect("it is there");
    fs::write(share.join("man/man1/git-lineage-older.1"), page).expect("writable");
    fs::write(share.join("man/man1/git-lineages.1"), "Made by git-lineage, not").expect("writable");

    let removed = project.lineage_json(&["setup", "--uninstall"]);
    assert_eq!(removed.len(), changes.len() + 1);
    assert!(
        texts(&removed, "action").iter().all(|action| action == "removed"),
        "{removed:?}"
    );
    let files = world(&project);
    let left: Vec<&Path> = files
        .paths()
        .filter(|path| project.beside("").join(path).is_file())
        .collect();
    let left: Vec<&&Path> = left.iter().filter(|path| path.starts_with(SHARE)).collect();
    assert_eq!(left, [&Path::new("home/.local/share/man/man1/git-lineages.1")]);
    let nothing = project.lineage_ok(&["setup", "--uninstall"]);
    assert!(
        nothing.text().lines().all(|line| line.contains("not there")),
        "{nothing}"
    );
}

#[test]
fn what_others_made_is_left_alone() {
    let project = Project::new();
    let share = project.beside(SHARE);
    let own = share.join("bash-completion/completions/git-lineage");
    let page = share.join("man/man1/git-lineage-sync.1");
    for path in [&own, &page] {
        fs::create_dir_all(path.parent().expect("it has one")).expect("writable");
        fs::write(path, "# mine\n").expect("writable");
    }
    for option in [&["setup"][..], &["setup", "--uninstall"]] {
        let output = project.lineage(option).assert_code(1);
        for path in [&own, &page] {
            assert!(output.err_text().contains(path.to_str().expect("text")), "{output}");
            assert_eq!(fs::read_to_string(path).expect("it is there"), "# mine\n");
        }
    }
}

#[test]
fn where_to_can_be_said() {
    let project = Project::new();
    project.lineage_ok(&["setup", "--prefix", "package/usr"]);
    assert!(project.exists("package/usr/share/man/man1/git-lineage.1"));
    assert!(!project.beside(SHARE).join("man").exists());
    let data = project.beside("data");
    project
        .call()
        .env("XDG_DATA_HOME", &data)
        .lineage(&["setup"])
        .assert_code(0);
    assert!(data.join("man/man1/git-lineage.1").is_file());
    let homeless = || project.call().env("XDG_DATA_HOME", "relative").env_remove("HOME");
    let failed = homeless().lineage(&["--json", "setup"]).assert_code(1);
    let error = failed.json_error();
    assert_eq!(error["code"], "no_home");
    assert!(
        error["hints"][0].as_str().expect("a text").contains("--prefix"),
        "{error}"
    );
    let file = project.beside("file");
    fs::write(&file, "").expect("writable");
    let blocked = project
        .lineage(&["setup", "--prefix", file.to_str().expect("text")])
        .assert_code(1);
    assert!(blocked.err_text().starts_with("error: could not write"), "{blocked}");
}

#[test]
fn what_has_to_be_told_to_others_is_said() {
    let project = Project::new();
    let output = project
        .call()
        .env("MANPATH", "/no/such")
        .lineage(&["setup"])
        .assert_code(0);
    if output.err_text().is_empty() {
        crate::support::skipped("there is neither man nor zsh");
        return;
    }
    let share = project.beside(SHARE);
    let manpath = format!("MANPATH={}", share.join("man").display());
    let fpath = format!("fpath=({}", share.join("zsh/site-functions").display());
    let has = |program: &str| {
        !project
            .call()
            .sh(&format!("command -v {program} || :"))
            .stdout
            .is_empty()
    };
    assert_eq!(output.err_text().contains(&manpath), has("man"), "{output}");
    assert_eq!(output.err_text().contains(&fpath), has("zsh"), "{output}");
    let found = project
        .call()
        .env("MANPATH", share.join("man"))
        .lineage(&["setup"])
        .assert_code(0);
    assert!(!found.err_text().contains("MANPATH"), "{found}");
    assert_eq!(project.lineage_ok(&["-q", "setup"]).err_text(), "");
}
