//! Laws of the manifest over generated texts and entries, with git as the oracle for what a text says.

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Command, Output},
};

use proptest::prelude::*;

use super::*;
use crate::id::{CommitId, ContentHash};

fn git_config(dir: &Path, args: &[&str]) -> Output {
    let mut git = Command::new("git");
    git.arg("config").args(args).current_dir(dir);
    git.env("GIT_CEILING_DIRECTORIES", dir).env("GIT_CONFIG_NOSYSTEM", "1");
    git.env_remove("GIT_DIR").env_remove("GIT_CONFIG");
    git.output().expect("git runs")
}

type Listed = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// What `git config --list` says of the artifact sections' known keys; `None` if git cannot read the text. With `-f`
/// it follows no includes.
fn listed_by_git(text: &[u8]) -> Option<Listed> {
    let dir = tempfile::tempdir().expect("temporary directory");
    std::fs::write(dir.path().join("file"), text).expect("written");
    let output = git_config(dir.path(), &["-f", "file", "--list", "-z"]);
    let entries = output.stdout.split(|byte| *byte == 0).filter(|entry| !entry.is_empty());
    let pairs = entries.map(|entry| match entry.iter().position(|byte| *byte == b'\n') {
        Some(at) => (entry[..at].to_vec(), Some(entry[at + 1..].to_vec())),
        None => (entry.to_vec(), None),
    });
    let known = pairs.filter(|(key, _)| {
        let mut names = key.rsplit(|byte| *byte == b'.');
        let is_known = names.next().is_some_and(|last| Key::from_name(last).is_some());
        is_known && key.starts_with(b"artifact.") && names.next() != Some(b"artifact")
    });
    output.status.success().then(|| known.collect())
}

/// The same from our scanner, known keys only.
fn listed_by_us(text: &[u8]) -> Option<Listed> {
    let parts = scan::scan(text).ok()?;
    let mut listed = Vec::new();
    for part in parts {
        let Some(name) = part.header.as_ref().and_then(|header| header.artifact.as_ref()) else {
            continue;
        };
        for line in part.keys {
            let key = [b"artifact.", name.as_slice(), b".", line.key.as_str().as_bytes()].concat();
            listed.push((key, line.raw_value.map(|_| line.value)));
        }
    }
    Some(listed)
}

fn expected_listing<'a>(entries: impl Iterator<Item = &'a ManifestEntry>) -> Listed {
    let mut listed = Vec::new();
    for entry in entries {
        for key in Key::ALL {
            if let Some(value) = entry.value(key) {
                let name = format!("artifact.{}.{}", entry.id, key.as_str());
                listed.push((name.into_bytes(), Some(value.as_bytes().to_vec())));
            }
        }
    }
    listed
}

/// Text with everything that needs quoting somewhere.
fn awkward() -> impl Strategy<Value = String> {
    "[a-c \"\\\\#;\\]\\[=.ü’\t-]{0,10}"
}

fn entries(count: usize) -> impl Strategy<Value = Vec<ManifestEntry>> {
    let text = || proptest::option::of(awkward().prop_map(|text| format!("{text}.")));
    let padded = || proptest::option::of(awkward().prop_map(|text| if text.is_empty() { " x ".into() } else { text }));
    let hash = || proptest::option::of("[0-9a-f]{40}|[0-9a-f]{64}");
    let one = (
        awkward(),
        awkward(),
        padded(),
        proptest::option::of(awkward()),
        text(),
        hash(),
        hash(),
    );
    proptest::collection::vec(one, 0..=count).prop_map(|all| all.into_iter().enumerate().map(to_entry).collect())
}

type Raw = (
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
);

/// The number keeps ids and paths apart; where it stands in the id makes the order of adding differ from the sorted one.
fn to_entry((number, raw): (usize, Raw)) -> ManifestEntry {
    let (name, path, upstream, upstream_path, upstream_ref, baseline, commit) = raw;
    let no_tab = |text: String| text.replace('\t', "/");
    let plain = |text: String| no_tab(text).replace(['.', '/'], "_");
    ManifestEntry {
        id: format!("k{}/{}{number}", number % 3, plain(name).trim_start())
            .parse()
            .expect("id"),
        path: format!("{}{number}/x", plain(path)).parse().expect("path"),
        upstream,
        upstream_path,
        upstream_ref,
        baseline: baseline.map(|hex| hex.parse::<ContentHash>().expect("hash")),
        upstream_commit: commit.map(|hex| hex.parse::<CommitId>().expect("id")),
    }
}

/// A file as people leave it: comments, other sections and artifacts in odd spacing.
fn hand_written() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("# [artifact \"k/x\"]"),
        Just("  ; note"),
        Just(""),
        Just("\t"),
        Just("[other \"s\"]\n  path = ../x"),
        Just("[empty]"),
        Just("[artifact]\n  loose = 1"),
        Just("[other] a = \"b\\\n# no comment\""),
        Just("[x] [y]"),
    ];
    let ending = prop_oneof![Just("\n"), Just("\r\n")];
    (proptest::collection::vec(line, 0..6), ending, any::<bool>()).prop_map(|(lines, ending, closed)| {
        let mut text = lines.join("\n");
        if closed && !text.is_empty() {
            text.push('\n');
        }
        text.replace('\n', ending)
    })
}

const ANY_KEY: &[&str] = &["path", "\tUpstream", "  baseline", "note", "a-1"];
const UNKNOWN_KEY: &[&str] = &["note", "\ta-1", "  upstreams"];
const ANY_HEADER: &[&str] = &[
    "[artifact \"a/b\"]",
    "[Artifact \t\"a/\\b\\\"]#c\"]",
    "[artifact.ab]",
    "[other \"x\"]",
    " [artifact]",
];
const VALID_HEADER: &[&str] = &["[artifact \"a/b\"]", "[other \"x\"]", " [artifact]"];

/// A section and more; sometimes no configuration at all, with every oddity of headers, keys and values. No tab or
/// carriage return inside a value: git reads those as spaces before 2.45.
fn soup(keys: &'static [&'static str], headers: &'static [&'static str]) -> impl Strategy<Value = String> {
    let harmless = vec![
        "x",
        "y",
        " ",
        "  ",
        "\"a b\"",
        "\" ; \"",
        "\\\n",
        "\\\r\n",
        "\\\\",
        "\\\"",
        "\\t",
        "=",
        "[",
        "]",
        "\"\\\n #\"",
    ];
    let piece = prop_oneof![
        20 => prop::sample::select(harmless),
        1 => prop::sample::select(vec!["\"", "\\q", "#", ";", "\r\n", "\\n", "\\"]),
    ];
    let value = || proptest::collection::vec(piece.clone(), 0..5).prop_map(|pieces| pieces.concat());
    let key = prop::sample::select(keys);
    let separator = prop::sample::select(vec![" = ", "=", " =", " \t=\t "]);
    let line = prop_oneof![
        12 => (key.clone(), separator, value()).prop_map(|(key, separator, value)| format!("{key}{separator}{value}")),
        4 => prop::sample::select(headers).prop_map(str::to_owned),
        1 => key.prop_map(str::to_owned),
        1 => Just(" # comment \\".to_owned()),
        1 => value(),
    ];
    let end = prop_oneof![12 => prop::sample::select(vec!["\n", "\n\n", "\r\n", " # c\n", ";\\\n"]), 1 => Just("")];
    proptest::collection::vec((line, end), 0..6).prop_map(|lines| {
        let lines = lines.into_iter().map(|(line, end)| line + end);
        std::iter::once(FIRST_HEADER.to_owned()).chain(lines).collect()
    })
}

const FIRST_HEADER: &str = "[artifact \"a/b\"]\n";

fn cases(number: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(number)
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn whatever_reads_is_written_byte_for_byte(text in soup(ANY_KEY, ANY_HEADER), bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        for text in [text.as_bytes(), &bytes, &[b"[artifact \"a/b\"]\npath = ", bytes.as_slice()].concat()] {
            let parsed = Manifest::parse(text);
            if let Ok(manifest) = &parsed {
                prop_assert_eq!(manifest.to_bytes(), text);
            }
            if let Some(plain) = plain::entries(text) {
                prop_assert!(parsed.expect("what is plain reads").entries().eq(&plain));
            }
            if let Ok(parts) = scan::scan(text) {
                let end = parts.iter().fold(0, |end, part| {
                    assert_eq!(part.range.start, end);
                    assert!(part.range.contains(&part.body_end) || part.body_end == part.range.end);
                    scan::scan_piece(&text[part.range.clone()]);
                    part.range.end
                });
                prop_assert_eq!(end, text.len());
            }
        }
    }

    #[test]
    fn keys_come_and_go_without_a_trace(
        text in soup(UNKNOWN_KEY, VALID_HEADER),
        path_line in prop::sample::select(vec!["path=p\n", "  PATH = \"p\" # here\r\n", "\tpath = \\\n\tp ; \\\n"]),
        path_last in any::<bool>(),
        others in proptest::collection::vec(entries(1), 1..4),
    ) {
        let text = if path_last {
            format!("{text}\n{FIRST_HEADER}{}", path_line.trim_end())
        } else {
            text.replacen(FIRST_HEADER, &format!("{FIRST_HEADER}{path_line}"), 1)
        };
        let Ok(mut manifest) = Manifest::parse(text.as_bytes()) else {
            return Ok(());
        };
        let id: ArtifactId = "a/b".parse().expect("id");
        let before = manifest.get(&id).expect("there").clone();
        for other in others.into_iter().flatten() {
            let changed = ManifestEntry { id: id.clone(), path: before.path.clone(), ..other };
            manifest.set(changed.clone()).expect("valid");
            manifest = Manifest::parse(&manifest.to_bytes()).expect("what is written reads");
            prop_assert_eq!(manifest.get(&id), Some(&changed));
        }
        manifest.set(before).expect("valid");
        prop_assert_eq!(String::from_utf8(manifest.to_bytes()).expect("UTF-8"), text);
    }

    #[test]
    fn adding_and_removing_gives_back_the_file(file in hand_written(), entries in entries(6), turn in 0_usize..6) {
        let mut manifest = Manifest::parse(file.as_bytes()).expect("valid");
        let mut model = BTreeMap::new();
        for entry in &entries {
            manifest.set(entry.clone()).expect("valid");
            model.insert(entry.id.clone(), entry.clone());
            // Every second one is changed again, with the values of another.
            if model.len() % 2 == 0 {
                let other = &entries[turn % entries.len()];
                let changed = ManifestEntry { id: entry.id.clone(), path: entry.path.clone(), ..other.clone() };
                manifest.set(changed.clone()).expect("valid");
                model.insert(changed.id.clone(), changed);
            }
            let written = manifest.to_bytes();
            let read = Manifest::parse(&written).expect("what is written reads");
            prop_assert!(read.entries().eq(model.values()), "{}", String::from_utf8_lossy(&written));
            prop_assert!(Manifest::entries_of(&written).expect("as before").iter().eq(model.values()));
            manifest = read;
        }
        let sections: Vec<_> = manifest.pieces.iter().filter_map(|piece| piece.id.as_ref()).collect();
        prop_assert!(sections.is_sorted(), "{:?}", sections);
        let mut order: Vec<_> = entries.iter().map(|entry| &entry.id).collect();
        order.rotate_left(turn.min(entries.len()));
        for id in order {
            prop_assert!(manifest.remove(id));
            manifest = Manifest::parse(&manifest.to_bytes()).expect("what is written reads");
        }
        prop_assert_eq!(String::from_utf8(manifest.to_bytes()).expect("UTF-8"), file);
    }
}

/// Lines of plain texts, and some that look like them.
const ALMOST_PLAIN: [&str; 22] = [
    "[artifact \"a/b\"]",
    "[artifact \"a/B\"]",
    "[artifact \"c/d e\"]",
    "[artifact \"f/ü\"]",
    "[Artifact \"g/h\"]",
    "[artifact \"i/j\"] ",
    "[artifact \"k\\\"/l\"]",
    "[other \"m/n\"]",
    "\tpath = p",
    "\tpath = p/q",
    "\tpath = x y",
    "\tPath = r",
    "\tpath=s",
    "\tpath =  t",
    "\tpath = u ",
    "\tpath = v # w",
    "\tpath = \"z\"",
    "\tupstream = https://example.org/\u{a0}",
    "\tupstream-ref = main",
    "\tupstream-path = ",
    "\tbaseline = 4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "",
];

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn the_short_way_leads_to_the_same_entries(
        lines in proptest::collection::vec(prop::sample::select(ALMOST_PLAIN.to_vec()), 0..7),
        end in prop::sample::select(vec!["\n", "", "\r\n", "\n\n"]),
    ) {
        for lines in [lines.clone(), [&["[artifact \"a/b\"]", "\tpath = p"], lines.as_slice()].concat()] {
            let text = lines.join("\n") + end;
            if let Some(plain) = plain::entries(text.as_bytes()) {
                let parsed = Manifest::parse(text.as_bytes()).expect("what is plain reads");
                prop_assert!(parsed.entries().eq(&plain), "{}", text);
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn git_reads_what_we_write(file in hand_written(), entries in entries(8)) {
        let mut manifest = Manifest::parse(file.as_bytes()).expect("valid");
        for entry in entries {
            manifest.set(entry).expect("valid");
        }
        let listed = listed_by_git(&manifest.to_bytes()).expect("git reads it");
        prop_assert_eq!(listed, expected_listing(manifest.entries()));
    }

    #[test]
    fn we_read_what_git_reads(text in soup(ANY_KEY, ANY_HEADER)) {
        let (by_us, by_git) = (listed_by_us(text.as_bytes()), listed_by_git(text.as_bytes()));
        if by_us.is_none() && by_git.is_some() {
            // Refused on purpose: nothing could be written behind it.
            prop_assert!(text.ends_with('\\'));
        } else {
            prop_assert_eq!(by_us, by_git);
        }
    }
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn we_read_what_git_writes(entries in entries(3)) {
        let dir = tempfile::tempdir().expect("temporary directory");
        std::fs::write(dir.path().join("file"), "# mine\n").expect("written");
        for (key, value) in expected_listing(entries.iter()) {
            let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
            let (key, value) = (text(key), text(value.expect("a value")));
            let wrote = git_config(dir.path(), &["-f", "file", &key, &value]);
            prop_assert!(wrote.status.success());
            let got = git_config(dir.path(), &["-f", "file", "-z", "--get", &key]);
            prop_assert_eq!(text(got.stdout), format!("{value}\0"));
        }
        let written = std::fs::read(dir.path().join("file")).expect("there");
        let manifest = Manifest::parse(&written).expect("valid");
        for entry in &entries {
            prop_assert_eq!(manifest.get(&entry.id), Some(entry));
        }
        prop_assert_eq!(manifest.entries().len(), entries.len());
    }
}
