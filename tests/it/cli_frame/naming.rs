//! How a VERSION is named: the longest existing id wins, then the last `@`, then the last `~<n>`.

use serde_json::Value;

use crate::support::TestRepo;
use crate::support::project::text;

/// A repository with artifacts whose ids hold `@` and `~`, each with two versions on main.
struct Names(TestRepo);

const IDS: [&str; 6] = [
    "skill/a",
    "skill/a@main",
    "skill/a~1",
    "skill/a@x~2",
    "skill/a@main~1@b",
    "skill/ab",
];

impl Names {
    fn new() -> Self {
        let repo = TestRepo::new();
        for (at, id) in IDS.iter().enumerate() {
            repo.write(repo.beside(&format!("source-{at}")).join("SKILL.md"), id);
            repo.lineage_ok(&[
                "deploy",
                &format!("../source-{at}"),
                &format!("skills/{at}"),
                "--id",
                id,
            ]);
            repo.write(format!("skills/{at}/SKILL.md"), format!("{id}, edited\n"));
        }
        repo.commit("All of them");
        repo.lineage_ok(&["record"]);
        Names(repo)
    }

    /// The artifact and how many versions stand before the one named.
    #[track_caller]
    fn named(&self, version: &str) -> (String, usize) {
        let shown: Value = self.0.lineage_json(&["show", version]).remove(0);
        let lineage = shown["version_lineage"].as_array().expect("a list");
        (text(&shown, "artifact_id").to_owned(), lineage.len() - 1)
    }

    #[track_caller]
    fn unknown(&self, version: &str, code: &str) {
        let output = self.0.lineage(&["--json", "show", version]);
        assert!(output.code == 1 || output.code == 2, "{output}");
        assert_eq!(output.json_error()["code"], code, "{output}");
    }
}

#[test]
fn the_longest_existing_id_wins_then_the_last_at_then_the_last_tilde() {
    let names = Names::new();
    for id in IDS {
        assert_eq!(names.named(id), (id.to_owned(), 1));
    }
    for (version, id, before) in [
        ("skill/a~0", "skill/a", 1),
        ("skill/a~", "skill/a", 0),
        ("skill/a@main~", "skill/a@main", 0),
        ("skill/a@main@main", "skill/a@main", 1),
        ("skill/a@main@main~1", "skill/a@main", 0),
        ("skill/a~1~1", "skill/a~1", 0),
        ("skill/a~1@main", "skill/a~1", 1),
        ("skill/a@x~2@main~1", "skill/a@x~2", 0),
        ("skill/a@main~1", "skill/a@main", 0),
        ("skill/a@main~1@b", "skill/a@main~1@b", 1),
        ("skill/a@main~1@b~1", "skill/a@main~1@b", 0),
        ("skill/ab~1", "skill/ab", 0),
    ] {
        assert_eq!(names.named(version), (id.to_owned(), before), "{version}");
    }
    names.unknown("skill/abc", "unknown_version");
    names.unknown("skill/a/b", "unknown_version");
    names.unknown("skill/a~-1", "unknown_version");
    names.unknown("skill/a~1x", "unknown_version");
    names.unknown("skill/a^", "unknown_version");
    names.unknown("skill/a~2", "too_far_back");
    names.unknown("skill/a@", "invalid_line");
    names.unknown("skill/a@nowhere", "unknown_line");
    names.unknown("skill/a~99999999999999999999", "unknown_version");
    names.unknown("", "unknown_version");
}

#[test]
fn lines_are_named_behind_the_at_whatever_they_are_called() {
    let names = Names::new();
    for line in ["feature/x", "user@host", "v1~".trim_end_matches('~'), "ünïcode"] {
        names.0.git(&["checkout", "--quiet", "-b", line, "main"]);
        names.0.write("skills/5/SKILL.md", line);
        names.0.lineage_ok(&["record", "skill/ab"]);
        assert_eq!(names.named("skill/ab"), ("skill/ab".to_owned(), 2));
        names.0.git(&["checkout", "--quiet", "-f", "main"]);
        assert_eq!(
            names.named(&format!("skill/ab@{line}")),
            ("skill/ab".to_owned(), 2),
            "{line}"
        );
        assert_eq!(
            names.named(&format!("skill/ab@{line}~2")),
            ("skill/ab".to_owned(), 0),
            "{line}"
        );
        let by_option = names.0.lineage_json(&["show", "skill/ab", "--line", line]);
        let named = names.0.lineage_json(&["show", &format!("skill/ab@{line}")]);
        assert_eq!(by_option, named);
        // What is named in the VERSION wins over the option.
        assert_eq!(
            names.0.lineage_json(&["show", "skill/ab@main", "--line", line])[0]["version_lineage"]
                .as_array()
                .map(Vec::len),
            Some(2)
        );
    }
}

#[test]
fn ids_and_hashes_may_be_abbreviated_and_written_in_capitals() {
    let names = Names::new();
    let shown = names.0.lineage_json(&["show", "skill/ab"]).remove(0);
    for key in ["version_id", "content_hash"] {
        let full = text(&shown, key);
        for length in [7, 12, 39, 40] {
            let digits = &full[..length];
            assert_eq!(names.0.lineage_json(&["show", digits])[0], shown, "{digits}");
            assert_eq!(
                names.0.lineage_json(&["show", &digits.to_uppercase()])[0],
                shown,
                "{digits}"
            );
        }
        names.unknown(&full[..6], "unknown_version");
    }
    // Of a content too, in both commands that take one.
    let hash = text(&shown, "content_hash");
    for digits in [&hash[..7], &hash.to_uppercase()] {
        assert_eq!(
            names.0.lineage_json(&["find", digits])[0]["version_id"],
            shown["version_id"]
        );
    }
    let parent = text(&shown, "parent_hash");
    assert_eq!(
        names.0.lineage_json(&["children", &parent[..8].to_uppercase()])[0]["version_id"],
        shown["version_id"]
    );
    // A file of that name is a path.
    names.0.copy("skills/5", parent);
    assert_eq!(
        names.0.lineage_json(&["find", parent])[0]["version_id"],
        shown["version_id"]
    );
}
