//! Names made by [`RefPrefix`] against [`RefPrefix::parse`], and both against git.

use std::{
    collections::HashMap,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use super::*;

const VERSION: &str = "3cf9a8d1b54e1e7d0e2b0c1a4f6d8e9a0b1c2d3e";

fn id(text: &str) -> ArtifactId {
    text.parse().expect(text)
}

fn line(text: &str) -> Line {
    text.parse().expect(text)
}

fn parse(name: &str) -> Result<LineageRef, RefNameError> {
    RefPrefix::default().parse(name.into())
}

/// Runs git untouched by the surroundings and returns its standard output.
fn git(dir: &Path, args: &[&str], input: &str) -> String {
    let mut child = Command::new("git")
        .args(args)
        .current_dir(dir)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("git is installed");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(input.as_bytes()).expect("git reads its input");
    drop(stdin);
    let output = child.wait_with_output().expect("git ends");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "git {args:?}: {errors}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Ids that look for trouble.
fn hostile_ids() -> Vec<ArtifactId> {
    let long = "very long name ".repeat(40);
    let mut ids: Vec<_> = [
        "..",
        ".",
        "...",
        ".lock",
        "a.lock",
        "a.lock/b.lock",
        "@",
        "@{-1}",
        "@{",
        "~^:?*[\\",
        "a b",
        "-",
        "--all",
        "a/b",
        "a//b",
        "/a",
        "a/",
        "😀",
        "设计 原则",
        "é",
        "%",
        "%41",
        "%-",
        "\"q\"",
        "'",
        "$(x)",
        "HEAD",
        "refs/heads/x",
        "a.b",
        "x.",
        ".x",
        "x..y",
        "con",
        "nul",
        "\u{202e}rtl",
        "\u{feff}bom",
        "ZWJ\u{200d}x",
        "a",
        "A",
    ]
    .iter()
    .map(|name| id(&format!("skill/{name}")))
    .collect();
    ids.push(id(&format!("skill/{}", long.trim())));
    ids.push(id(&format!("skill/{}x", long.trim())));
    ids.push(id(&format!("skill/{}", "设".repeat(300))));
    ids.push(id(&format!("{}/x", "kind-".repeat(60))));
    ids.push(id("k/skill/a"));
    ids
}

fn sampled_ids(count: usize) -> Vec<ArtifactId> {
    let strategy = "[a-z][a-z0-9-]{0,6}/([!-~]{1,20}|[.@{}a/]{1,12}|\\PC{1,60}|[ -~]{150,260})";
    let mut runner = TestRunner::deterministic();
    let mut ids = Vec::new();
    while ids.len() < count {
        let text: String = strategy.new_tree(&mut runner).expect("a strategy").current();
        ids.extend(text.parse::<ArtifactId>());
    }
    ids
}

#[test]
fn git_accepts_every_name_and_none_is_the_folder_of_another() {
    let dir = tempfile::tempdir().expect("a folder");
    git(dir.path(), &["init", "-q", "--bare"], "");
    let target = git(dir.path(), &["hash-object", "-w", "--stdin"], "x");
    let prefix = RefPrefix::default();
    let mut names = HashMap::new();
    for id in hostile_ids().into_iter().chain(sampled_ids(250)) {
        let head = prefix.head(&line("main"), &id);
        let other = names.insert(head.clone(), id.clone());
        assert!(other.is_none_or(|other| other == id), "two ids share {head}");
        assert_eq!(head.matches('/').count(), 5, "{head}");
        assert!(head.split('/').all(|part| part.len() <= 200));
    }
    // One packed transaction; it checks names as `git check-ref-format` does, and folders against files as well.
    let input: String = names
        .keys()
        .map(|name| format!("create {name} {}\n", target.trim()))
        .collect();
    git(dir.path(), &["update-ref", "--stdin"], &input);
    let mut read: Vec<_> = git(dir.path(), &["for-each-ref", "--format=%(refname)"], "")
        .lines()
        .map(str::to_owned)
        .collect();
    let mut made: Vec<_> = names.keys().cloned().collect();
    read.sort();
    made.sort();
    assert_eq!(read, made);
    for name in hostile_ids().iter().map(|id| prefix.pending("main", id)) {
        git(dir.path(), &["check-ref-format", &name], "");
    }
}

#[test]
fn every_name_reads_back() {
    let prefix: RefPrefix = "refs/heads/lineage".parse().expect("valid");
    let others = [id("skill/another"), id("another/a")];
    let long_line = format!("topic/{}", "x y".replace(' ', "-").repeat(100));
    for id in hostile_ids().into_iter().chain(sampled_ids(150)) {
        for line in [line("main"), line("feature/x"), line("发布"), line(&long_line)] {
            let names = [
                prefix.head(&line, &id),
                prefix.remote("origin", &line, &id),
                prefix.pending("wt 1", &id),
            ];
            for name in names {
                let parsed = prefix.parse(name.as_str().into()).expect(&name);
                assert!(parsed.matches(&id) && others.iter().all(|other| !parsed.matches(other)));
                assert!(parsed.line().is_none_or(|found| found.matches(line.as_str())));
                let artifact = parsed.artifact().expect("all but kept have one");
                assert!(artifact.id().is_none_or(|whole| *whole == id));
                assert!(artifact.id().is_some() || name.contains("%-"));
                match &parsed {
                    LineageRef::Head { .. } => assert!(name.starts_with(&prefix.line_dir(&line))),
                    LineageRef::Remote { remote, .. } => assert_eq!(remote.raw(), Some("origin")),
                    LineageRef::Pending { worktree, .. } => assert_eq!(worktree.encoded(), "wt%201"),
                    LineageRef::Kept { .. } => panic!("{name} is not kept"),
                }
            }
        }
    }
}

#[test]
fn kept_refs_of_both_hash_functions() {
    for hex in [VERSION.to_owned(), "ab".repeat(32)] {
        let version_id: VersionId = hex.parse().expect("full id");
        let name = RefPrefix::default().kept(&version_id);
        let parsed = parse(&name).expect(&name);
        assert_eq!(parsed, LineageRef::Kept { version_id });
        assert!(parsed.matches(&id("skill/any")) && parsed.artifact().is_none() && parsed.line().is_none());
    }
}

#[test]
fn foreign_names_are_named_in_the_error() {
    let depth = |found, expected| move |error: &RefNameError| matches!(error, RefNameError::Depth { found: f, expected: e, .. } if (*f, *e) == (found, expected));
    let part = |part: &'static str| {
        move |error: &RefNameError| match error {
            RefNameError::NotCanonical { part: p, .. } | RefNameError::Invalid { part: p, .. } => *p == part,
            _ => false,
        }
    };
    let elsewhere = |error: &RefNameError| matches!(error, RefNameError::Elsewhere { .. });
    let area = |error: &RefNameError| matches!(error, RefNameError::UnknownArea { .. });
    let kept = |error: &RefNameError| matches!(error, RefNameError::KeptId { .. });
    let upper = format!("refs/lineage/kept/{}", VERSION.to_uppercase());
    type Check = Box<dyn Fn(&RefNameError) -> bool>;
    let cases: Vec<(&str, Check)> = vec![
        ("refs/heads/main", Box::new(elsewhere)),
        ("refs/lineage", Box::new(elsewhere)),
        ("refs/lineagex/heads/main/skill/pdf", Box::new(elsewhere)),
        ("refs/lineage/", Box::new(area)),
        ("refs/lineage/head/main/skill/pdf", Box::new(area)),
        ("refs/lineage/heads", Box::new(depth(0, 3))),
        ("refs/lineage/heads/main/skill", Box::new(depth(2, 3))),
        ("refs/lineage/heads/main/skill/pdf/x", Box::new(depth(4, 3))),
        ("refs/lineage/remotes/main/skill/pdf", Box::new(depth(3, 4))),
        ("refs/lineage/kept/a/b", Box::new(depth(2, 1))),
        ("refs/lineage/heads/main//pdf", Box::new(part("kind"))),
        ("refs/lineage/heads/a%20b/skill/pdf", Box::new(part("line"))),
        ("refs/lineage/heads/%61/skill/pdf", Box::new(part("line"))),
        ("refs/lineage/heads/main/Skill/pdf", Box::new(part("kind"))),
        ("refs/lineage/heads/main/skill/%20pdf", Box::new(part("name"))),
        ("refs/lineage/heads/main/skill/a%0Ab", Box::new(part("name"))),
        ("refs/lineage/heads/main/skill/e\u{301}", Box::new(part("name"))),
        ("refs/lineage/remotes/a%2fb/main/skill/pdf", Box::new(part("remote"))),
        ("refs/lineage/pending/a%/skill/pdf", Box::new(part("work tree"))),
        ("refs/lineage/kept/abc", Box::new(kept)),
        (upper.as_str(), Box::new(kept)),
    ];
    for (name, is_right) in cases {
        let error = parse(name).expect_err(name);
        assert!(is_right(&error), "{name}: {error:?}");
        assert!(error.to_string().contains(name), "{error}");
    }
    let bytes = RefPrefix::default().parse(b"refs/lineage/heads/\xff/skill/pdf".into());
    assert!(matches!(bytes, Err(RefNameError::NotCanonical { part: "line", .. })));
}
