//! Reading against writing, and every way in which a paragraph can be wrong.

use proptest::{option, prelude::*};

use super::*;

const HASH: &str = "7bd8fc459f09f0e14dcc2adbb4a5a58e60ea755c";
const FULL: &str = "\
Lineage-Format: 1
Artifact-Id: skill/pdf
Change-Origin: sync
Parent-Hash: 7bd8fc459f09f0e14dcc2adbb4a5a58e60ea755c
Upstream-Url: https://example.org/skills.git
Upstream-Path: skills/pdf
Upstream-Ref: main
Upstream-Commit: 3d59511518591fa82e6cfcf0438d68dd5dad3e76
Upstream-Tree: 98a510d1cfef9f82c3b1eec200229ca68725e613
Project-Commit: ba20d73127d28ee1edbba8bcab0fdd40e2cca8f4
";

fn parse(lines: &str) -> Result<Trailers, Damage> {
    Trailers::parse(format!("summary\n\n{lines}").as_bytes())
}

fn minimal() -> Trailers {
    parse("Lineage-Format: 1\nArtifact-Id: skill/pdf\n").expect("readable")
}

#[test]
fn the_example_of_the_format_reads_and_writes() {
    let trailers = parse(FULL).expect("readable");
    assert_eq!(trailers.to_lines(), FULL);
    assert_eq!(trailers.check_writable(), Ok(()));
    assert_eq!(trailers.change_origin, Some(ChangeOrigin::Sync));
    let upstream = trailers.upstream.expect("there");
    assert_eq!(upstream.path.as_deref(), Some("skills/pdf"));
    assert_eq!(upstream.ref_name.as_deref(), Some("main"));
    let root = minimal();
    assert_eq!((root.change_origin, root.parent_hash), (None, None));
    assert_eq!((root.upstream, root.project_commit), (None, None));
}

#[test]
fn what_git_accepts_is_accepted() {
    for lines in [
        "artifact-id: skill/pdf\nLINEAGE-FORMAT: 1\n",
        "Lineage-Format : 1\r\nArtifact-Id:skill/pdf\r\n",
        "Lineage-Format: 1\nArtifact-Id:\n  skill/pdf\n",
        "Lineage-Format: 1\nArtifact-Id: skill/pdf",
        "Artifact-Id: forged/id\n\nLineage-Format: 1\nArtifact-Id: skill/pdf\n",
    ] {
        assert_eq!(parse(lines), Ok(minimal()), "{lines:?}");
    }
}

#[test]
fn unknown_trailers_are_kept_in_order() {
    let lines = "Signed-off-by: A <a@b>\nLineage-Format: 1\nArtifact-Id: skill/pdf\nX-y: \u{e4} : b\nX-y: c\n";
    let trailers = parse(lines).expect("readable");
    let kept: Vec<_> = trailers
        .unknown
        .iter()
        .map(|t| (t.key.as_str(), t.value.as_str()))
        .collect();
    assert_eq!(
        kept,
        [("Signed-off-by", "A <a@b>"), ("X-y", "\u{e4} : b"), ("X-y", "c")]
    );
    assert_eq!(parse(&trailers.to_lines()), Ok(trailers));
}

#[test]
fn damage_is_named() {
    let base = "Lineage-Format: 1\nArtifact-Id: skill/pdf\n";
    for (lines, code, text) in [
        (String::new(), "missing_trailer", "Lineage-Format"),
        ("Artifact-Id: skill/pdf\n".into(), "missing_trailer", "Lineage-Format"),
        ("Lineage-Format: 1\n".into(), "missing_trailer", "Artifact-Id"),
        (format!("{base}\nlast paragraph\n"), "missing_trailer", "Lineage-Format"),
        (
            format!("{base}Artifact-Id: skill/pdf\n"),
            "duplicate_trailer",
            "Artifact-Id",
        ),
        (
            format!("{base}ARTIFACT-ID: skill/x\n"),
            "duplicate_trailer",
            "Artifact-Id",
        ),
        (
            format!("{base}Lineage-Format: 2\n"),
            "duplicate_trailer",
            "Lineage-Format",
        ),
        (format!("{base}Change-Origin:\n"), "unknown_origin", "''"),
        (format!("{base}Change-Origin: Sync\n"), "unknown_origin", "'Sync'"),
        (format!("{base}Change-Origin: merge\n"), "unknown_origin", "'merge'"),
        (format!("{base}Parent-Hash: abc\n"), "malformed_trailer", "Parent-Hash"),
        (format!("{base}Parent-Hash:\n"), "malformed_trailer", "empty"),
        (format!("{base}Upstream-Url:\n"), "malformed_trailer", "Upstream-Url"),
        (
            format!("{base}Upstream-Path: a\u{1b}[31m\n"),
            "malformed_trailer",
            "control",
        ),
        (
            format!("{base}Upstream-Commit: {HASH}0\n"),
            "malformed_trailer",
            "Upstream-Commit",
        ),
        (
            format!("{base}Project-Commit: HEAD\n"),
            "malformed_trailer",
            "Project-Commit",
        ),
        (
            "Lineage-Format: 0\nArtifact-Id: skill/pdf\n".into(),
            "malformed_trailer",
            "'0'",
        ),
        (
            "Lineage-Format: +1\nArtifact-Id: skill/pdf\n".into(),
            "malformed_trailer",
            "'+1'",
        ),
        (
            "Lineage-Format: 01\nArtifact-Id: skill/pdf\n".into(),
            "malformed_trailer",
            "'01'",
        ),
        (
            "Lineage-Format: one\nArtifact-Id: skill/pdf\n".into(),
            "malformed_trailer",
            "'one'",
        ),
        (
            "Lineage-Format: 1\nArtifact-Id: pdf\n".into(),
            "malformed_trailer",
            "'pdf'",
        ),
        (
            "Lineage-Format: 1\nArtifact-Id: skill/e\u{301}\n".into(),
            "malformed_trailer",
            "form C",
        ),
    ] {
        let damage = parse(&lines).expect_err(&lines);
        assert_eq!(damage.code(), code, "{lines:?}");
        assert!(damage.to_string().contains(text), "{damage}");
    }
    let not_utf8 = Trailers::parse(b"s\n\nLineage-Format: 1\nArtifact-Id: skill/\xff\n");
    assert!(matches!(not_utf8, Err(Damage::MalformedTrailer { reason, .. }) if reason.contains("UTF-8")));
    let long = parse(&format!("{base}Parent-Hash: {}\n", "\u{e4}".repeat(99_999))).expect_err("no hash");
    assert!(long.to_string().len() < 1_000);
    assert_eq!(
        Trailers::parse(b""),
        Err(Damage::MissingTrailer { key: "Lineage-Format" })
    );
    assert!(
        Trailers::parse(b"Lineage-Format: 1\nArtifact-Id: skill/pdf\n").is_err(),
        "the title has no trailers"
    );
}

#[test]
fn all_that_is_wrong_is_listed() {
    let lines = format!(
        "Change-Origin: merge\nArtifact-Id: skill/pdf\nproject-commit: HEAD\nParent-Hash: {HASH}\nParent-Hash: {HASH}\n\
         Upstream-Ref: a\nUpstream-Ref: b\nUpstream-Ref: c\n"
    );
    let reading = Trailers::read(format!("summary\n\n{lines}").as_bytes());
    let listed: Vec<_> = reading.damage.iter().map(ToString::to_string).collect();
    let expected = [
        "Lineage-Format is missing",
        "Parent-Hash stands there more than once",
        "Upstream-Ref stands there more than once",
        "'merge'",
        "Project-Commit has the value 'HEAD'",
    ];
    assert_eq!(listed.len(), expected.len(), "{listed:?}");
    for (text, part) in listed.iter().zip(expected) {
        assert!(text.contains(part), "{listed:?}");
    }
    assert_eq!(
        reading.partial.artifact_id.map(|id| id.to_string()).as_deref(),
        Some("skill/pdf")
    );
    assert!(reading.of_a_version && reading.trailers.is_none());
    assert!(!Trailers::read(b"An ordinary commit\n\nSigned-off-by: A <a@b>\n").of_a_version);
}

#[test]
fn a_newer_format_is_read_as_far_as_possible() {
    let base = "Lineage-Format: 2\nArtifact-Id: skill/pdf\n";
    let lines =
        format!("{base}Change-Origin: fork\nUpstream-Ref: a\nUpstream-Ref: b\nParent-Hash: {HASH}\nNew-Key: x\n");
    let trailers = parse(&lines).expect("readable");
    assert_eq!((trailers.format, trailers.change_origin), (2, None));
    assert_eq!(trailers.parent_hash.map(|hash| hash.to_string()).as_deref(), Some(HASH));
    let kept: Vec<_> = trailers
        .unknown
        .iter()
        .map(|t| (t.key.as_str(), t.value.as_str()))
        .collect();
    assert_eq!(
        kept,
        [("Upstream-Ref", "b"), ("New-Key", "x"), ("Change-Origin", "fork")]
    );
    let error = trailers.check_writable().expect_err("newer");
    assert_eq!((error.key.as_str(), error.value.as_str()), ("Lineage-Format", "2"));
    assert!(parse(&format!("{base}Artifact-Id: skill/x\n")).is_err());
    let behind_another = format!("{base}Upstream-Ref: a\nUpstream-Ref: b\nArtifact-Id: skill/x\n");
    assert_eq!(parse(&behind_another).expect_err("two ids").code(), "duplicate_trailer");
    assert!(parse("Lineage-Format: 2\nArtifact-Id: pdf\n").is_err());
}

#[test]
fn values_that_would_not_read_back_are_refused() {
    for value in [
        "",
        " x",
        "x\t",
        "a\nArtifact-Id: forged/id",
        "a\rb",
        "a\0b",
        "a\u{85}b",
        "\u{a0}x",
    ] {
        let mut trailers = minimal();
        trailers.upstream = Some(Upstream {
            path: Some(value.to_owned()),
            ..Upstream::default()
        });
        let error = trailers.check_writable().expect_err(value);
        assert_eq!((error.key.as_str(), error.value.as_str()), ("Upstream-Path", value));
    }
    for key in ["", "a b", "a:", "Artifact-Id", "parent-hash", "\u{e4}", "a\n"] {
        let mut trailers = minimal();
        trailers.unknown.push(Trailer {
            key: key.to_owned(),
            value: "x".to_owned(),
        });
        assert_eq!(trailers.check_writable().expect_err(key).key, key);
    }
}

fn any_hash<T: std::str::FromStr<Err: std::fmt::Debug> + std::fmt::Debug>() -> impl Strategy<Value = T> {
    "[0-9a-f]{40}|[0-9a-f]{64}".prop_map(|hex| hex.parse().expect("hexadecimal"))
}

prop_compose! {
    fn any_upstream()(
        url in option::of("[!-~]([ -~]{0,30}[!-~])?"),
        path in option::of("[!-~]|\\PC{0,9}"),
        ref_name in option::of("[a-z:#/]{1,9}"),
        commit in option::of(any_hash()),
        tree in option::of(any_hash()),
    ) -> Upstream {
        Upstream { url, path, ref_name, commit, tree }
    }
}

proptest! {
    #[test]
    fn what_is_writable_reads_back(
        name in "[!-~]([ -~]{0,40}[!-~])?",
        change_origin in option::of(prop::sample::select(&ChangeOrigin::ALL[..])),
        parent_hash in option::of(any_hash()),
        upstream in option::of(any_upstream()),
        project_commit in option::of(any_hash()),
        unknown in prop::collection::vec(("[A-Za-z][A-Za-z0-9-]{0,8}", "[!-~]{1,9}"), 0..3),
    ) {
        let trailers = Trailers {
            format: FORMAT,
            artifact_id: format!("skill/{name}").parse().expect("an id"),
            change_origin,
            parent_hash,
            upstream: upstream.filter(|upstream| *upstream != Upstream::default()),
            project_commit,
            unknown: unknown.into_iter().map(|(key, value)| Trailer { key, value }).collect(),
        };
        if trailers.check_writable().is_ok() {
            prop_assert_eq!(parse(&trailers.to_lines()), Ok(trailers));
        }
    }

    #[test]
    fn no_bytes_make_reading_panic(lines in "((Lineage-Format|Artifact-Id|x)?[ :\t]*[1a/\\n\\r ]*){0,6}", raw: Vec<u8>) {
        for message in [format!("summary\n\n{lines}").into_bytes(), raw] {
            let first = Trailers::parse(&message).err();
            let reading = Trailers::read(&message);
            prop_assert_eq!(first.as_ref(), reading.damage.first());
            prop_assert_eq!(reading.trailers.is_some(), reading.damage.is_empty());
        }
    }
}
