//! What `complete` says may stand where the cursor is.

use super::stage;
use crate::support::project::{ID, PATH, Project};
use crate::support::{Call, Output};

/// The words that are offered for the last of `words`, and what the shell is to add.
#[track_caller]
fn offered(call: Call<'_>, words: &[&str]) -> (Vec<String>, String) {
    let args: Vec<&str> = ["complete", "--"].iter().chain(words).copied().collect();
    let output: Output = call.lineage(&args).assert_code(0);
    assert_eq!(output.err_text(), "", "{output}");
    let mut lines = output.lines().into_iter();
    let paths = lines.next().expect("the first line is always there");
    let words = lines.map(|line| line.split('\t').next().unwrap_or_default().to_owned());
    (words.collect(), paths)
}

#[test]
fn commands_options_and_their_values() {
    let project = Project::new();
    let words = |typed: &[&str]| offered(project.call(), typed).0;
    let all = words(&[""]);
    for command in ["init", "sync", "hooks", "man", "completions", "setup"] {
        assert!(all.contains(&command.to_owned()), "{command} in {all:?}");
    }
    for hidden in ["hook", "complete", "help-reference"] {
        assert!(!all.contains(&hidden.to_owned()), "{hidden} in {all:?}");
    }
    assert_eq!(words(&["sy"]), ["sync"]);
    assert_eq!(words(&["hooks", "in"]), ["install"]);
    assert_eq!(words(&["--js"]), ["--json"]);
    assert_eq!(words(&["sync", "--fa"]), ["--favor"]);
    assert_eq!(words(&["sync", "--favor", ""]), ["ours", "theirs"]);
    assert_eq!(words(&["sync", "--favor=t"]), ["--favor=theirs"]);
    assert_eq!(words(&["--color", ""]), ["auto", "always", "never"]);
    assert_eq!(words(&["log", "--origin", "l"]), ["local_modification"]);
    assert_eq!(words(&["completions", "z"]), ["zsh"]);
    assert_eq!(words(&["man", "sy"]), ["sync"]);
    assert_eq!(words(&["log", "--date", "i"]), ["iso", "iso-strict"]);
    assert_eq!(words(&["hub", "init", "--object-format", ""]), ["sha1", "sha256"]);
    assert!(words(&["deploy", "--kind", ""]).contains(&"prompt".to_owned()));
    // What was given is not offered again; behind '--' there are no options, and none within a value.
    assert!(!words(&["sync", "--dry-run", "--d"]).contains(&"--dry-run".to_owned()));
    assert!(words(&["sync", "--", "--"]).is_empty());
    assert!(words(&["record", "-m", "--"]).is_empty());
    assert!(words(&["-q", "--line", "main", "li"]).contains(&"list".to_owned()));
    // Where the parser would give up there is nothing to say.
    for lost in [
        &["no-such", ""][..],
        &["--no-such", ""],
        &["sync", "-x", ""],
        &["list", ""],
        &[],
    ] {
        assert!(words(lost).is_empty(), "{lost:?}");
    }
}

#[test]
fn what_there_is_in_the_repository() {
    let project = stage();
    let version = project.show(ID)["version_id"].as_str().expect("an id").to_owned();
    let content = project.show(ID)["content_hash"].as_str().expect("a hash").to_owned();
    let words = |typed: &[&str]| offered(project.call(), typed).0;
    let both = ["skill/Design Principles", ID];
    for command in [
        "sync", "record", "status", "verify", "restore", "mv", "remove", "show", "log", "blame", "path",
    ] {
        assert_eq!(words(&[command, "sk"]), both, "{command}");
    }
    assert_eq!(words(&["sync", ID, "sk"]), ["skill/Design Principles"]);
    assert_eq!(words(&["diff", ID, "skill/p"]), [ID]);
    assert_eq!(words(&["show", &version[..3]]), [version[..7].to_owned()]);
    assert_eq!(words(&["restore", ID, &version[..3]]), [version[..7].to_owned()]);
    assert_eq!(words(&["children", &content[..4]]), [content[..7].to_owned()]);
    assert_eq!(words(&["find", &content[..4]]), [content[..7].to_owned()]);
    assert_eq!(words(&["show", "skill/pdf@"]), ["skill/pdf@main", "skill/pdf@release"]);
    assert_eq!(words(&["list", "--line", ""]), ["main", "release"]);
    let files = ["SKILL.md", "references/forms.md", "scripts/fill.sh"];
    for version in [ID, "skill/pdf@main", &version[..8]] {
        assert_eq!(words(&["blame", version, ""]), files, "{version}");
    }
    assert_eq!(words(&["blame", "skill/Design Principles", "t"]), ["two words.md"]);
    // Older versions have the files that they have.
    project.record_edit("added.md", "x\n");
    assert_eq!(words(&["blame", ID, "a"]), ["added.md"]);
    assert!(words(&["blame", "skill/pdf~1", "a"]).is_empty());
    assert!(words(&["blame", "skill/pdf~9", ""]).is_empty());
    // Paths are for the shell to find.
    for (typed, paths) in [
        (&["deploy", ""][..], "files"),
        (&["adopt", ""], "files"),
        (&["find", "READ"], "files"),
        (&["-C", ""], "directories"),
        (&["man", "--dir", ""], "directories"),
        (&["sync", ""], "none"),
    ] {
        assert_eq!(offered(project.call(), typed).1, paths, "{typed:?}");
    }
    // From elsewhere, as it was typed.
    let elsewhere = project.folder("plain");
    let there = project.path().to_str().expect("text");
    assert_eq!(offered(elsewhere.call(), &["-C", there, "sync", "sk"]).0, both);
    assert_eq!(
        offered(elsewhere.call(), &["-C", there, "-C", ".claude", "sync", "sk"]).0,
        both
    );
    let by_environment = elsewhere.call().env("GIT_DIR", project.path().join(".git"));
    assert_eq!(
        offered(by_environment.env("GIT_WORK_TREE", there), &["sync", "sk"]).0,
        both
    );
    // Remotes, and what was fetched from them.
    let clone = project.clone_as("clone", &[]);
    assert_eq!(offered(clone.call(), &["fetch", ""]).0, ["origin"]);
    assert_eq!(
        offered(clone.call(), &["sync", "skill/p"]).0,
        [ID],
        "its versions are not here"
    );
    clone.lineage_ok(&["fetch"]);
    assert!(
        offered(clone.call(), &["show", "skill/pdf@or"])
            .0
            .contains(&"skill/pdf@origin/main".to_owned())
    );
}

#[test]
fn nothing_is_written_and_nothing_is_said() {
    let project = stage();
    // Behind, missing and damaged: it is for the command that is typed to put that right.
    let id = "skill/other";
    let version = project.plain_version(&project.staged_tree(PATH), &[], Some("deployment"));
    project.git(&["update-ref", &format!("refs/lineage/heads/main/{id}"), &version]);
    let everything = |words: &[&str]| {
        let before = project.everything();
        let stamp = |path: &str| {
            std::fs::metadata(project.path().join(path))
                .and_then(|meta| meta.modified())
                .ok()
        };
        let sidecar = stamp(".git/lineage/index.sqlite");
        let answer = offered(project.call(), words).0;
        before.assert_same(&project.everything());
        assert_eq!(stamp(".git/lineage/index.sqlite"), sidecar);
        answer
    };
    let typed: [&[&str]; 5] = [
        &["show", "sk"],
        &["show", "a"],
        &["blame", ID, ""],
        &["list", "--line", ""],
        &["children", "a"],
    ];
    for words in typed {
        everything(words);
    }
    project.remove(".git/lineage");
    assert!(everything(&["show", "sk"]).contains(&ID.to_owned()));
    assert!(
        everything(&["show", "sk"]).contains(&id.to_owned()),
        "the refs are read instead"
    );
    assert!(!project.exists(".git/lineage"));
    project.write(".git/lineage/index.sqlite", "no database");
    assert!(everything(&["show", "sk"]).contains(&ID.to_owned()));
    project.write(
        ".gitlineage",
        "[artifact \"skill/pdf\"]\n\tpath = .claude/skills/pdf\n[artifact \"pdf\"]\n\tpath = x\n",
    );
    assert!(
        everything(&["sync", "sk"]).contains(&ID.to_owned()),
        "as much as can be read"
    );
    for words in typed {
        everything(words);
    }
    // Where there is no repository there are no ids.
    let plain = project.folder("plain");
    assert!(offered(plain.call(), &["sync", ""]).0.is_empty());
    assert!(offered(plain.call(), &["-C", "no-such", "sync", ""]).0.is_empty());
    assert!(offered(plain.call(), &["list", "--line", ""]).0.is_empty());
}
