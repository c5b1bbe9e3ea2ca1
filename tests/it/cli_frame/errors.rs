//! Every refusal that can be provoked: exit code, code, what it names, and the way out; the same for people and programs.

use serde_json::{Value, json};

use crate::support::project::{ID, PATH, Project, SOURCE};
use crate::support::{Call, Output, TestRepo};

/// What an error must say: its code, a part of the message, a part of the hints (empty: the message says it all).
type Said<'a> = (&'a str, &'a str, &'a str);

/// Checks one refusal, once for people, quiet or not, and once for programs.
#[track_caller]
fn check<'c>(call: impl Fn() -> Call<'c>, args: &[&str], exit: i32, (code, message, hint): Said<'_>) {
    let with = |option: &str| -> Output {
        let args: Vec<&str> = std::iter::once(option).chain(args.iter().copied()).collect();
        call().lineage(&args).assert_code(exit)
    };
    let programs = with("--json");
    let error = programs.json_error();
    let keys: Vec<&String> = error.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["code", "hints", "message"], "{programs}");
    assert_eq!(programs.err_text().lines().count(), 1, "{programs}");
    assert_eq!(programs.text(), "", "{programs}");
    assert_eq!(error["code"], code, "{programs}");
    let text = error["message"].as_str().expect("a text");
    assert!(text.contains(message), "{message:?} in\n{programs}");
    let hints: Vec<&str> = error["hints"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(hints.is_empty(), hint.is_empty(), "{programs}");
    assert!(hints.join("\n").contains(hint), "{hint:?} in\n{programs}");

    let people = call().lineage(args).assert_code(exit);
    assert_eq!(people.text(), "", "{people}");
    assert!(people.err_text().starts_with("error: "), "{people}");
    for part in [message, hint] {
        assert!(people.err_text().contains(part), "{part:?} in\n{people}");
    }
    // Quiet leaves out everything but errors, and those are whole.
    assert_eq!(with("-q").stderr, people.stderr);
}

/// A project with `skill/pdf` deployed, and another branch where it is not.
struct Stage(Project);

impl Stage {
    fn new() -> Self {
        let project = Project::new();
        project.git(&["branch", "bare-of-it"]);
        project.deploy();
        project.commit("Add the pdf skill");
        Stage(project)
    }

    #[track_caller]
    fn refuses(&self, args: &[&str], said: Said<'_>) {
        check(|| self.0.call(), args, 1, said);
    }

    #[track_caller]
    fn wrong_usage(&self, args: &[&str], said: Said<'_>) {
        check(|| self.0.call(), args, 2, said);
    }
}

#[test]
fn names_that_are_not_known() {
    let stage = Stage::new();
    stage.refuses(
        &["sync", "skill/pfd"],
        ("not_deployed", "'skill/pfd'", "did you mean 'skill/pdf'?"),
    );
    stage.refuses(
        &["record", "agent/x"],
        ("not_deployed", "'agent/x'", "git lineage list"),
    );
    for command in ["show", "log", "lineage", "blame"] {
        stage.refuses(
            &[command, "pdf"],
            ("unknown_version", "'pdf'", "did you mean 'skill/pdf'?"),
        );
    }
    stage.refuses(
        &["show", "skill/pdf~x"],
        ("unknown_version", "'skill/pdf~x'", "skill/pdf"),
    );
    stage.refuses(
        &["merge-base", ID, "0123456"],
        ("unknown_version", "'0123456'", "git lineage list"),
    );
    stage.refuses(
        &["path", "0123456789", ID],
        ("unknown_version", "'0123456789'", "git lineage list"),
    );
    stage.refuses(
        &["show", "skill/pdf~3"],
        (
            "too_far_back",
            "only 0 before it",
            "skill/pdf itself is the first version",
        ),
    );
    stage.0.record_edit("SKILL.md", "# Ours\n");
    stage.refuses(
        &["show", "skill/pdf~3"],
        ("too_far_back", "only 1 before it", "'skill/pdf~1'   is the first"),
    );
    stage.refuses(
        &["show", "skill/pdf@bare-of-it"],
        (
            "not_on_line",
            "'skill/pdf' has no version on line 'bare-of-it'",
            "git lineage log --all skill/pdf",
        ),
    );
    for args in [
        &["list", "--line", "no-such"][..],
        &["show", "skill/pdf@no-such"],
        &["record", "--line", "no-such"],
    ] {
        stage.refuses(args, ("unknown_line", "no line 'no-such'", "git branch --all"));
    }
    stage.refuses(
        &["record", "--rev", "no-such"],
        ("no_commit", "'no-such'", "git log --all"),
    );
    stage.refuses(
        &["record", "--rev", "HEAD:README.md"],
        ("no_commit", "'HEAD:README.md'", "git log --all"),
    );
    stage.0.git(&["checkout", "--quiet", "-f", "bare-of-it"]);
    stage.0.commit("Elsewhere");
    stage.0.git(&["checkout", "--quiet", "main"]);
    stage.refuses(
        &["record", "--rev", "bare-of-it"],
        (
            "not_on_line",
            "'bare-of-it' is not part of line 'main'",
            "--line <branch>",
        ),
    );
    stage.refuses(
        &["find", "no-such"],
        ("neither_path_nor_hash", "'no-such'", "seven or more"),
    );
    stage.refuses(
        &["index", "migrate", "--to", "99"],
        ("no_such_schema", "no sidecar schema 99", "migrate --to"),
    );
}

#[test]
fn deployments_that_are_refused() {
    let stage = Stage::new();
    stage.refuses(
        &["deploy", SOURCE, PATH],
        ("already_deployed", PATH, "git lineage sync skill/pdf"),
    );
    stage.refuses(
        &["deploy", SOURCE, "office/skills/pdf"],
        ("id_taken", PATH, "--id skill/office/pdf   is free"),
    );
    stage.refuses(
        &["deploy", SOURCE, "other/skills/PDF"],
        ("case_twin", "'skill/PDF' differs", "--id"),
    );
    let overlapping = format!("{PATH}/inner");
    stage.refuses(
        &["deploy", SOURCE, &overlapping, "--id", "skill/inner"],
        ("path_overlap", "'skill/pdf' is deployed", "another path"),
    );
    stage.0.write("taken/SKILL.md", "somebody's\n");
    stage.refuses(
        &["deploy", SOURCE, "taken"],
        ("content_in_the_way", "'taken'", "git lineage deploy <source> <path>"),
    );
    stage.refuses(
        &["deploy", "../nowhere", "x"],
        ("no_source", "'../nowhere'", "from the current directory"),
    );
    let inside = format!("{SOURCE}/nowhere");
    stage.refuses(
        &["deploy", SOURCE, "x", "--from", "nowhere"],
        ("no_source", &inside, "current directory"),
    );
    stage.0.folder("empty");
    stage.refuses(
        &["deploy", "../empty", "x"],
        ("empty_source", "'../empty'", "name a source"),
    );
    stage.refuses(
        &["deploy", SOURCE, "../x"],
        ("outside", "'../x'", "below the project's root"),
    );
    stage.refuses(&["deploy", SOURCE, "."], ("root", "'.'", "below the project's root"));
    stage.refuses(
        &["deploy", SOURCE, ".git/x"],
        ("dot_git", "'.git/x'", "below the project's root"),
    );
    stage.refuses(
        &["deploy", SOURCE, ".gitlineage"],
        ("manifest", "'.gitlineage'", "below the project's root"),
    );
    stage.wrong_usage(
        &["deploy", "/"],
        ("no_name", "'/'", "git lineage deploy <source> <path>"),
    );
}

#[test]
fn artifacts_that_cannot_be_recorded_or_synced() {
    let stage = Stage::new();
    stage.0.remove(PATH);
    stage.refuses(
        &["record", ID],
        ("missing_content", PATH, "git checkout HEAD -- .claude/skills/pdf"),
    );
    // Among all artifacts it is left out, and that is not silent.
    let left_out = stage.0.lineage_ok(&["record"]);
    assert!(
        left_out.err_text().contains("note: 'skill/pdf' was left out"),
        "{left_out}"
    );
    assert!(left_out.err_text().contains("nothing to record") && !left_out.err_text().contains("is deployed"));
    stage.0.git(&["checkout", "--quiet", "--", PATH]);
    stage.0.git(&["checkout", "--quiet", "--detach"]);
    for args in [&["record"][..], &["sync"], &["deploy", SOURCE, "x/y"]] {
        stage.refuses(args, ("no_line", "HEAD is detached", "--line <branch>"));
    }
    stage.0.lineage_ok(&["list"]);
    stage.0.git(&["checkout", "--quiet", "main"]);
    for (branch, text) in [("mine", "mine\n"), ("theirs", "theirs\n")] {
        stage.0.git(&["checkout", "--quiet", "-b", branch, "main"]);
        stage.0.edit("SKILL.md", text);
        stage.0.commit(branch);
    }
    assert_ne!(stage.0.git_fails(&["merge", "--quiet", "mine"]).code, 0);
    let file = format!("'{PATH}/SKILL.md'");
    stage.refuses(&["record"], ("unmerged", &file, "git mergetool"));
    stage.0.git(&["merge", "--abort"]);
    // One artifact's error does not end a sync: it stands in the answer, for people on stderr.
    stage
        .0
        .git(&["config", "-f", ".gitlineage", "--unset", "artifact.skill/pdf.upstream"]);
    let programs = stage.0.lineage(&["--json", "sync"]).assert_code(1);
    assert_eq!(programs.json()[0]["error"]["code"], "no_upstream", "{programs}");
    assert_eq!(programs.err_text(), "");
    let people = stage.0.lineage(&["-q", "sync"]).assert_code(1);
    assert!(
        people
            .err_text()
            .starts_with("error: 'skill/pdf' has no upstream in the manifest"),
        "{people}"
    );
    assert!(
        people
            .err_text()
            .contains("hint: its section in .gitlineage lacks 'upstream'"),
        "{people}"
    );
}

#[test]
fn a_manifest_that_cannot_be_read() {
    let stage = Stage::new();
    let manifest = String::from_utf8(stage.0.read(".gitlineage")).expect("text");
    for (text, code, message) in [
        (format!("{manifest}[artifact\n"), "syntax", "line 5 of .gitlineage"),
        (format!("{manifest}\tpath = x\n"), "duplicate_key", "'path'"),
        (manifest.replace(PATH, "../x"), "invalid_value", "\"../x\""),
        (manifest.replace("\"skill/pdf", "\"pdf"), "invalid_id", "\"pdf\""),
        (manifest.replace("\tpath", "\tpaht"), "missing_path", "has no 'path'"),
        (format!("<<<<<<< ours\n{manifest}"), "conflicted", "git add .gitlineage"),
    ] {
        stage.0.write(".gitlineage", &text);
        for args in [&["list"][..], &["record"], &["sync"], &["deploy", SOURCE, "x"]] {
            stage.refuses(args, (code, message, ""));
        }
    }
}

#[test]
fn arguments_that_are_no_arguments() {
    let stage = Stage::new();
    stage.wrong_usage(&["show", "skill/pdf@a..b"], ("invalid_line", "'a..b'", "a VERSION is"));
    stage.wrong_usage(
        &["log", "--since", "whenever"],
        ("invalid_time", "write 2026-11-22", ""),
    );
    for (args, message, hint) in [
        (&["log", "--origin", "merge"][..], "local_modification", "--help"),
        (&["log", "-n", "few"], "'few'", "--help"),
        (&["log", "--graph"], "VERSION", "Usage: git lineage log"),
        (&["children", "abc"], "seven or more", "--help"),
        (&["sync", "pdf"], "'pdf'", "--help"),
        (&["sync", ID, "--all"], "--all", "Usage: git lineage sync"),
        (&["record", "--frobnicate"], "--frobnicate", "Usage: git lineage record"),
        (&["lsit"], "'lsit'", "'list'"),
        (&["list", "--line", "a..b"], "'a..b'", "--help"),
    ] {
        stage.wrong_usage(args, ("usage", message, hint));
    }
    let nothing = stage.0.lineage(&[]).assert_code(2);
    assert!(
        nothing.err_text().contains("Usage: git lineage") && nothing.text().is_empty(),
        "{nothing}"
    );
}

#[test]
fn places_that_are_no_project() {
    let project = Project::deployed();
    let plain = project.folder("plain");
    for args in [
        &["list"][..],
        &["init"],
        &["record"],
        &["find", "."],
        &["verify"],
        &["index", "status"],
    ] {
        check(
            || plain.call(),
            args,
            1,
            ("not_a_repository", "plain' is not inside a git repository", "git init"),
        );
    }
    let elsewhere = || plain.call().env("GIT_DIR", "/no/such");
    check(
        elsewhere,
        &["list"],
        1,
        ("not_a_repository", "\"/no/such\"", "git init"),
    );
    check(
        || plain.call(),
        &["-C", "no-such", "list"],
        1,
        ("directory", "'no-such'", "-C names"),
    );
    let bare = project.clone_as("bare", &["--bare"]);
    for args in [&["record"][..], &["sync"], &["deploy", SOURCE, "x"]] {
        check(
            || bare.call(),
            args,
            1,
            ("bare", "has no work tree", "a clone with a work tree"),
        );
    }
    // What does not need one works, and says nothing that is not so.
    let prepared = bare.lineage_ok(&["init"]);
    assert_eq!(
        prepared.text(),
        "git fetch origin   brings its lineage too from now on\n"
    );
    let again = bare.lineage_ok(&["init"]);
    assert!(again.text().is_empty() && again.err_text().contains("bare"), "{again}");
    let nobody = || {
        ["AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"]
            .iter()
            .fold(project.call(), |call, name| call.env_remove(format!("GIT_{name}")))
            .config("user.useConfigOnly", "true")
    };
    for args in [&["record"][..], &["sync"], &["deploy", SOURCE, "x"]] {
        check(
            nobody,
            args,
            1,
            ("no_identity", "who you are", "git config --global user.email"),
        );
    }
    nobody().lineage_ok(&["list"]);
}

#[test]
fn a_clone_without_the_versions() {
    let project = Project::deployed();
    let clone = project.clone_as("clone", &[]);
    let fetch = "git lineage fetch";
    for args in [
        &["list"][..],
        &["log"],
        &["show", ID],
        &["log", ID],
        &["lineage", ID],
        &["merge-base", ID, ID],
        &["path", ID, ID],
        &["blame", ID, "SKILL.md"],
        &["record"],
        &["record", "--rev", "HEAD"],
    ] {
        check(|| clone.call(), args, 1, ("missing_versions", "'skill/pdf'", fetch));
    }
    let failed = clone.lineage(&["--json", "sync"]).assert_code(1);
    assert_eq!(failed.json()[0]["error"]["code"], "missing_versions", "{failed}");
    // An empty answer is not the whole truth here: it says so in one line.
    for args in [
        &["find", PATH][..],
        &["find", "0123456"],
        &["children", "0123456"],
        &["log", "--all"],
    ] {
        let output = clone.lineage_ok(args);
        let notes: Vec<&str> = output
            .err_text()
            .lines()
            .filter(|line| line.starts_with("note: "))
            .collect();
        assert!(
            notes.len() == 1 && notes[0].contains("'skill/pdf'") && notes[0].contains(fetch),
            "{output}"
        );
        assert_eq!(output.text(), "");
        let quiet: Vec<&str> = std::iter::once("-q").chain(args.iter().copied()).collect();
        assert_eq!(clone.lineage_ok(&quiet).err_text(), "");
    }
    clone.call().sh(fetch);
    assert_eq!(clone.lineage_json(&["list"]).len(), 1);
    assert_eq!(clone.lineage_json(&["find", PATH]).len(), 1);
}

/// Two files whose trees, as `SKILL.md`, have the first seven digits in common in SHA-1.
const ALIKE: [&str; 2] = ["4644\n", "5461\n"];

#[test]
fn an_ambiguous_abbreviation_lists_what_it_may_mean() {
    let repo = TestRepo::usual();
    repo.write("README.md", "x\n");
    repo.commit("Begin");
    let mut contents = Vec::new();
    for (name, text) in [("one", ALIKE[0]), ("two", ALIKE[1]), ("twin", ALIKE[0])] {
        repo.write(repo.beside(name).join("SKILL.md"), text);
        let deployed = repo.lineage_json(&["deploy", &format!("../{name}"), &format!("skills/{name}")]);
        contents.push(deployed[0]["content_hash"].as_str().expect("a hash").to_owned());
    }
    let seven = &contents[0][..7];
    assert!(
        contents[1].starts_with(seven) && contents[1] != contents[0],
        "{contents:?}"
    );
    for command in ["show", "log", "lineage", "children", "find"] {
        let output = repo.lineage(&[command, seven]).assert_code(1);
        assert!(
            output
                .err_text()
                .starts_with(&format!("error: '{seven}' is ambiguous\n")),
            "{output}"
        );
        for id in ["skill/one", "skill/two", "skill/twin"] {
            assert!(output.err_text().contains(id), "{output}");
        }
        check(
            || repo.call(),
            &[command, seven],
            1,
            ("ambiguous", seven, "use more digits"),
        );
    }
    // One digit more tells contents apart; a content that two versions have names neither of them.
    let eight = &contents[1][..8];
    assert_eq!(repo.lineage_json(&["show", eight])[0]["artifact_id"], "skill/two");
    let both = repo
        .lineage(&["--json", "show", &contents[0]])
        .assert_code(1)
        .json_error();
    let hints = both["hints"].to_string();
    assert!(
        hints.contains("skill/one") && hints.contains("skill/twin") && !hints.contains("skill/two"),
        "{both}"
    );
    // The ids it lists are long enough to be used.
    for hint in both["hints"].as_array().expect("a list") {
        let Some((id, _)) = hint.as_str().and_then(|hint| hint.split_once("  skill/")) else {
            continue;
        };
        assert_eq!(repo.lineage_json(&["show", id])[0]["content_hash"], json!(contents[0]));
    }
}
