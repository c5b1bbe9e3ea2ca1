//! The page, as a file: one that asks for nothing, and whose data says what the versions say.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{HOSTILE, hostile, merged, parents, spelled_out};
use crate::support::project::{ID, Project, text, texts};

/// The page of what is deployed.
#[track_caller]
pub(super) fn page(project: &Project, options: &[&str]) -> String {
    let args: Vec<&str> = ["graph", "--format", "html"].iter().chain(options).copied().collect();
    project.lineage_ok(&args).text().to_owned()
}

/// The data in a page; it must end where its element does.
#[track_caller]
fn data(page: &str) -> Value {
    let (_, rest) = page
        .split_once("<script type=\"application/json\" id=\"data\">")
        .expect("data");
    let (json, _) = rest.split_once("</script>").expect("an end");
    assert!(!json.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{json}");
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

#[test]
fn it_tells_what_the_versions_say() {
    let project = merged();
    let data = data(&page(&project, &[]));
    let artifact = &data["artifacts"][0];
    assert_eq!(
        (&data["artifacts"][1], &artifact["id"]),
        (&Value::Null, &Value::from(ID))
    );
    let versions = artifact["versions"].as_array().expect("a list");
    let known = parents(&project);
    assert_eq!(versions.len(), known.len());
    for version in versions {
        let of = version["parents"].as_array().expect("a list").iter();
        let of = of.map(|row| text(&versions[row.as_u64().expect("a row") as usize], "id").to_owned());
        assert_eq!(of.collect::<BTreeSet<_>>(), known[text(version, "id")]);
    }
    let column = |key: &str| versions.iter().map(|version| version[key].clone()).collect::<Vec<_>>();
    assert_eq!(column("origin"), [1, 1, 2, 0]);
    assert_eq!(column("side"), [0, 1, 0, 1]);
    assert_eq!(column("column"), [0, 1, 0, 0]);
    assert_eq!(versions[0]["names"][0], "head of main");
    assert_eq!(versions[1]["names"][0], "baseline");
    // What each changed, and whose change that was, is what 'diff' says.
    for (at, (file, origin)) in [
        ("references/forms.md", "upstream"),
        ("references/forms.md", "upstream"),
        ("SKILL.md", "local"),
    ]
    .iter()
    .enumerate()
    {
        let changed = &artifact["diffs"][text(&versions[at], "id")]["files"];
        assert_eq!(texts(changed.as_array().expect("a list"), "path"), [*file]);
        assert_eq!(changed[0]["origin"], *origin, "{changed}");
    }
    let patch = text(&artifact["diffs"][text(&versions[2], "id")]["files"][0], "patch");
    assert!(patch.starts_with("@@ ") && patch.ends_with("\n+# Ours"), "{patch}");
    let first = &artifact["diffs"][text(&versions[3], "id")]["files"];
    assert_eq!(
        texts(first.as_array().expect("a list"), "path"),
        ["SKILL.md", "references/forms.md", "scripts/fill.sh"]
    );
    // Whose line is whose, as 'blame' says.
    let files = artifact["blame"].as_array().expect("a list");
    assert_eq!(
        texts(files, "path"),
        ["SKILL.md", "references/forms.md", "scripts/fill.sh"]
    );
    for file in files {
        let blamed = project.lineage_json(&["blame", ID, text(file, "path")]);
        let shown = file["lines"].as_array().expect("lines").iter().map(|line| {
            let version = &versions[line[0].as_u64().expect("a row") as usize];
            (
                text(version, "id").to_owned(),
                line[2].as_str().expect("text").to_owned(),
            )
        });
        let expected = texts(&blamed, "version_id").into_iter().zip(texts(&blamed, "text"));
        assert_eq!(shown.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    }
}

#[test]
fn what_is_not_on_it_is_said_on_it() {
    let project = merged();
    project.edit("large.md", "line\n".repeat(60_000));
    project.edit("binary.dat", b"a\0b");
    project.record();
    let data = data(&page(&project, &["-n", "3", "--diffs", "2"]));
    let artifact = &data["artifacts"][0];
    assert_eq!(
        artifact["left_out"],
        "2 older versions are not on this page: -n shows more."
    );
    assert_eq!(artifact["diffs"].as_object().expect("an object").len(), 2);
    assert_eq!(
        artifact["diffs_left_out"],
        "What this version changed is not on this page, only what the newest 2 did: --diffs shows more."
    );
    let newest = &artifact["diffs"][text(&artifact["versions"][0], "id")]["files"];
    let notes = |list: &Value, path: &str| {
        let file = list
            .as_array()
            .expect("a list")
            .iter()
            .find(|file| file["path"] == path);
        file.unwrap_or_else(|| panic!("{path} in {list}"))["note"].clone()
    };
    let large = newest
        .as_array()
        .expect("a list")
        .iter()
        .find(|file| file["path"] == "large.md");
    let shown = text(large.expect("listed"), "patch");
    assert!(
        shown.len() <= 32 * 1024 && shown.ends_with("\n+line"),
        "{}",
        shown.len()
    );
    // Its mode, where it changed, and all lines.
    let left_out = 60_002 - shown.lines().count();
    assert_eq!(
        notes(newest, "large.md"),
        format!("{left_out} more lines are not on this page.")
    );
    let blame = &artifact["blame"];
    assert_eq!(notes(blame, "binary.dat"), "It is a binary file.");
    assert_eq!(
        notes(blame, "large.md"),
        "Its 300000 bytes are more than this page has room for: git lineage blame shows it."
    );
    // A parent that is not on the page has its id instead of a row.
    let last = &artifact["versions"][2]["parents"];
    assert!(
        last[0].as_str().is_some_and(|id| parents(&project).contains_key(id)),
        "{last}"
    );
    let printed = project.lineage_ok(&["graph", "--format", "html", "-n", "3"]);
    assert!(printed.text().len() < 200_000, "{}", printed.text().len());
}

#[test]
fn what_cannot_be_read_is_said_too() {
    let project = merged();
    let blob = project.rev_parse("refs/lineage/heads/main/skill/pdf:references/forms.md");
    let object = format!(".git/objects/{}/{}", &blob[..2], &blob[2..]);
    project.remove(&object);
    let printed = project.lineage_ok(&["graph", "--format", "html"]);
    assert!(printed.err_text().contains("note: the page lacks "), "{printed}");
    let data = data(printed.text());
    let said = data.to_string();
    assert!(said.contains("It cannot be read: "), "{said}");
}

#[test]
fn nothing_breaks_out_of_its_data() {
    let project = hostile();
    let printed = page(&project, &[]);
    let data = data(&printed);
    let versions = data["artifacts"][0]["versions"].as_array().expect("a list");
    let summaries = texts(versions, "summary");
    for summary in HOSTILE {
        assert!(summaries.contains(&spelled_out(summary)), "{summary} in {summaries:#?}");
    }
    // The page itself is the same whatever it is about.
    let around = |page: &str| {
        let (before, rest) = page.split_once("id=\"data\">").expect("data");
        let (_, after) = rest.split_once("</script>").expect("an end");
        (before.to_owned(), after.to_owned())
    };
    assert_eq!(around(&printed), around(&page(&Project::new(), &[])));
    assert_eq!(printed.matches("<script").count(), 2);
    assert!(
        printed.contains("content=\"default-src 'none'; script-src 'sha256-"),
        "a policy"
    );
}
