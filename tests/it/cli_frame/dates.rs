//! Dates, held against git: its formats, its option, its setting.

use crate::support::project::{HEAD_REF, ID, Project, text};
use crate::support::terminal::on_a_terminal;
use crate::support::{Call, Output};

/// Times with the offsets of those who made the versions.
const TIMES: [&str; 5] = [
    "1767225600 +0000",
    "1767225600 +0530",
    "1751328000 -0900",
    "1000000000 +1400",
    "@86399 -0030",
];

fn at(time: &str) -> Project {
    let project = Project::new();
    let call = project.call().at(time);
    call.lineage(&["deploy", "../upstream/skills/pdf", ".claude/skills/pdf"])
        .assert_code(0);
    project
}

/// What stands between the origin and what follows the date in a line of `list`.
#[track_caller]
fn shown(output: &Output) -> String {
    let line = output.text().lines().next().unwrap_or_else(|| panic!("{output}"));
    let rest = line.split_once("deployment  ").unwrap_or_else(|| panic!("{output}")).1;
    rest.split("  ").next().expect("there is a part").to_owned()
}

#[test]
fn the_formats_are_those_of_git() {
    for time in TIMES {
        let project = at(time);
        for zone in ["UTC", "America/St_Johns", "Asia/Tokyo"] {
            let call = || project.call().env("TZ", zone);
            for format in [
                "relative",
                "iso",
                "iso8601",
                "iso-local",
                "iso-strict",
                "iso8601-strict-local",
                "rfc",
                "rfc2822-local",
                "short",
                "short-local",
                "raw",
                "raw-local",
                "unix",
                "default",
                "local",
                "default-local",
            ] {
                let option = format!("--date={format}");
                let ours = call().lineage(&["list", &option]).assert_code(0);
                let git = call().git(&["log", "-1", "--format=%cd", &option, HEAD_REF]);
                assert_eq!(shown(&ours), git.trimmed(), "{time} in {zone} as {format}");
            }
        }
    }
}

#[test]
fn the_setting_counts_where_no_option_does() {
    let project = at(TIMES[1]);
    let configured = |value: &str| project.call().config("log.date", value);
    let iso = "2026-01-01 05:30:00 +0530";
    for command in [
        &["list"][..],
        &["log", ID],
        &["log", ID, "--graph"],
        &["log"],
        &["show", ID],
    ] {
        let output = configured("iso").lineage(command).assert_code(0);
        assert!(output.text().contains(iso), "{output}");
        let other = configured("iso")
            .lineage(&[command, &["--date", "unix"]].concat())
            .assert_code(0);
        assert!(
            !other.text().contains(iso) && other.text().contains("1767225600"),
            "{other}"
        );
    }
    // Without either it is counted from now, also where the setting is one that only git knows.
    for call in [project.call(), configured("human")] {
        assert!(shown(&call.lineage(&["list"])).ends_with(" ago"));
    }
    // 'auto' is for who reads on a terminal.
    let auto = || configured("auto:short");
    assert_eq!(shown(&auto().lineage(&["list"])), "Thu Jan 1 05:30:00 2026 +0530");
    let on_terminal = |call: Call<'_>| on_a_terminal(call, "git-lineage list");
    if let Some(output) = on_terminal(auto()) {
        assert!(output.text().contains("2026-01-01"), "{output}");
    }
    // git blames in a format of its own.
    assert!(
        configured("unix")
            .lineage(&["blame", ID, "SKILL.md"])
            .text()
            .contains("2026-01-01")
    );
    let blamed = project.lineage_ok(&["blame", ID, "SKILL.md", "--date", "unix"]);
    assert!(blamed.text().contains("1767225600"), "{blamed}");
    // Programs get what they always get.
    let json = configured("unix").lineage(&["--json", "list", "--date", "raw"]).json();
    assert_eq!(text(&json[0], "created_at"), "2026-01-01T05:30:00+05:30");
    let wrong = project.lineage(&["list", "--date", "whenever"]).assert_code(2);
    assert!(wrong.err_text().contains("iso-strict"), "{wrong}");
}
