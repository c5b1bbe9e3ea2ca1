//! Text from a hostile lineage, written with plain git, never reaches a terminal raw.

use crate::support::run::as_text_and_json;
use crate::support::{Output, TestRepo};

/// An escape sequence, a C1 control, a right-to-left override, a zero-width space.
const EVIL: &str = "\u{1b}[31m\u{9b}2J\u{202e}\u{200b}";
/// Of these what ids, paths and trailers of ours may hold: they are no control characters.
const SLY: &str = "\u{202e}\u{200b}\u{2066}";

/// What a terminal obeys or hides, and what the answers are asserted not to hold.
fn is_raw(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[track_caller]
fn assert_harmless(output: &Output) {
    for text in [output.text(), output.err_text()] {
        assert!(!text.contains(is_raw), "{text:?}");
    }
}

/// A repository whose one artifact is evil wherever it can be; its version's id.
fn hostile() -> (TestRepo, String) {
    let repo = TestRepo::new();
    let blob = repo.git_stdin(&["hash-object", "-w", "--stdin"], "x\n").trimmed();
    let name = format!("{EVIL}\n\r\tname");
    let mut tree = format!("100644 blob {blob}\t{name}\0").into_bytes();
    tree.extend(format!("100644 blob {blob}\tzz").as_bytes());
    tree.extend([0xff, 0x1b, 0]);
    let tree = repo.git_stdin(&["mktree", "-z"], tree).trimmed();
    let id = format!("skill/e{SLY}vil");
    let message = format!(
        "sum{EVIL}mary\r and more\n\nbody {EVIL}\r\n\nLineage-Format: 1\nArtifact-Id: {id}\nChange-Origin: deployment\n\
         Upstream-Url: ../up{SLY}url\nUpstream-Path: p{SLY}\nUpstream-Ref: r{SLY}\nX-Evil: v{EVIL}\n"
    );
    let version = repo
        .call()
        .env("GIT_AUTHOR_NAME", format!("A{EVIL}da"))
        .env("GIT_AUTHOR_EMAIL", format!("a{EVIL}@example.org"))
        .stdin(message)
        .git(&["commit-tree", &tree])
        .trimmed();
    repo.git(&["update-ref", &format!("refs/lineage/heads/main/{id}"), &version]);
    let section =
        format!("[artifact \"{id}\"]\n\tpath = \"p{SLY}ath\"\n\tupstream = \"../up{SLY}url\"\n\tbaseline = {tree}\n");
    repo.write(".gitlineage", section);
    repo.commit("Begin");
    (repo, version)
}

#[test]
fn answers_are_escaped_for_people_and_for_programs() {
    let (repo, version) = hostile();
    let content = repo.rev_parse(&format!("{version}^{{tree}}"));
    let id = format!("skill/e{SLY}vil");
    for args in [
        &["list"][..],
        &["log"],
        &["log", "--all"],
        &["log", &version, "--graph"],
        &["graph"],
        &["graph", &version],
        &["show", &version],
        &["lineage", &id],
        &["lineage", &id, "--all-parents"],
        &["find", &content],
        &["merge-base", &id, &version],
        &["path", &id, &version],
        &["blame", &id, "zz%FF\u{1b}"],
        &["verify"],
        &["record"],
        &["record", "--rev", "HEAD"],
    ] {
        let people = repo.lineage_ok(args);
        assert_harmless(&people);
        let args: Vec<&str> = std::iter::once("--json").chain(args.iter().copied()).collect();
        let programs = repo.lineage_ok(&args);
        assert_harmless(&programs);
    }
    // Nothing is lost on the way: programs get every character, people see each spelled out.
    let shown = repo.lineage_json(&["show", &id]).remove(0);
    assert_eq!(shown["summary"], format!("sum{EVIL}mary\r and more"));
    assert_eq!(shown["author"]["name"], format!("A{EVIL}da"));
    assert_eq!(shown["trailers"][0]["value"], format!("v{EVIL}"));
    assert_eq!(shown["files"][0]["path"], format!("{EVIL}\n\r\tname"));
    assert_eq!(shown["files"][1]["path"], "zz%FF\u{1b}");
    assert_eq!(shown["upstream"]["url"], format!("../up{SLY}url"));
    let text = repo.lineage_ok(&["show", &id]);
    let evil = "\\x1b[31m\\u{9b}2J\\u{202e}\\u{200b}";
    for part in [
        "skill/e\\u{202e}\\u{200b}\\u{2066}vil",
        &format!("by A{evil}da"),
        &format!("<a{evil}@example.org>"),
        "../up\\u{202e}\\u{200b}\\u{2066}url/p\\u{202e}",
        &format!("X-Evil    v{evil}"),
        &format!("    sum{evil}mary\\r and more"),
        &format!("    body {evil}"),
        &format!("  {evil}\\n\\r\\tname"),
        "  zz\\xff\\x1b",
    ] {
        assert!(text.text().contains(part), "{part:?} in\n{text}");
    }
}

#[test]
fn errors_are_escaped_for_people_and_for_programs() {
    let (repo, version) = hostile();
    let sync = repo.lineage(&["sync"]).assert_code(1);
    assert_harmless(&sync);
    assert_harmless(&repo.lineage(&["--json", "sync"]).assert_code(1));
    let (near, evil) = (format!("skill/e{SLY}vill"), format!("x{EVIL}\nhint: do evil\ny"));
    let rev = format!("HEAD{evil}");
    for args in [
        &["show", &near][..],
        &["graph", &near],
        &["graph", &evil, "--all"],
        &["record", &near],
        &["show", &evil],
        &["blame", &version],
        &["blame", &version, &evil],
        &["record", "--rev", &rev],
        &["find", &evil],
        &["children", &evil],
        &["deploy", &evil],
        &["deploy", ".gitlineage", &evil],
        &["deploy", &near, "x"],
        &["list", "--line", &evil],
        &["list", "--line", &near],
        &["log", "--since", &evil],
        &["-C", &evil, "list"],
        &[&evil],
        &["--color", &evil],
    ] {
        for args in as_text_and_json(args) {
            let output = repo.lineage(&args);
            assert!(output.code == 1 || output.code == 2, "{output}");
            assert_harmless(&output);
            // No argument can pretend to be a line of ours.
            assert!(
                !output.err_text().lines().any(|line| line.starts_with("hint: do evil")),
                "{output}"
            );
        }
    }
    // Nor can a version that is damaged: the value of its trailer is shown, spelled out.
    let name = "refs/lineage/heads/main/skill/x";
    for (trailer, shown) in [
        (
            format!("Change-Origin: {EVIL}"),
            "'\\x1b[31m\\u{9b}2J\\u{202e}\\u{200b}' is not a change origin",
        ),
        (format!("Upstream-Url: {EVIL}"), "the value '\\x1b[31m\\u{9b}2J"),
    ] {
        let message = format!("x\n\nLineage-Format: 1\nArtifact-Id: skill/x\n{trailer}\n");
        let tree = format!("{version}^{{tree}}");
        let damaged = repo.git_stdin(&["commit-tree", &tree], message).trimmed();
        repo.git(&["update-ref", name, &damaged]);
        let output = repo.lineage(&["list"]).assert_code(1);
        assert!(output.err_text().contains(shown), "{output}");
        assert_harmless(&output);
        assert_harmless(&repo.lineage(&["--json", "list"]).assert_code(1));
        repo.git(&["update-ref", "-d", name]);
    }
}
