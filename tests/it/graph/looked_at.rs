//! What a person finds on the page: it draws, nothing is fetched, keys and search work, and only what is in sight is in the
//! document.

use git_lineage::{
    ArtifactId, BatchFile, BatchVersion, ChangeOrigin, FileMode, Line, LineageStore, Signature, VersionId,
};

use super::browser::Browser;
use super::html::page;
use super::{HOSTILE, hostile, merged};
use crate::support::project::{ID, Project};

/// What is chosen: its place in the list.
const CHOSEN: &str = "Number(byId('list').getAttribute('aria-activedescendant').slice(4))";
/// Which part of the page has the keys.
const FOCUS: &str = "document.activeElement.id";

#[track_caller]
fn has_no_complaints(browser: &Browser) {
    assert!(browser.complaints.is_empty(), "{:#?}", browser.complaints);
}

#[test]
fn it_draws_and_asks_for_nothing() {
    let Some(mut browser) = Browser::start(1200, 700) else {
        return;
    };
    let project = merged();
    browser.open(&project, &page(&project, &[]));
    assert_eq!(browser.ask("document.title"), "Lineage of skill/pdf");
    let words = "[...document.querySelectorAll('#rows .origin')].map((badge) => badge.textContent)";
    assert_eq!(
        browser.ask(words),
        serde_json::json!(["sync", "sync", "local_modification", "deployment"])
    );
    let names = "[...document.querySelectorAll('#rows .name')].map((badge) => badge.textContent)";
    assert_eq!(browser.ask(names), serde_json::json!(["head of main", "baseline"]));
    // Two lines leave the merge, and every one ends somewhere.
    assert_eq!(browser.ask("document.querySelectorAll('#row-0 path').length"), 2);
    assert_eq!(browser.ask("document.querySelectorAll('#row-3 path').length"), 0);
    assert_eq!(browser.ask("getComputedStyle(document.querySelector('#row-1 circle')).stroke !== getComputedStyle(document.querySelector('#row-0 circle')).stroke"), true);
    assert_eq!(
        browser.ask("byId('panel').innerText.includes('upstream') && byId('panel').innerText.includes('+Two.')"),
        true
    );
    assert_eq!(
        browser.ask(
            "document.querySelectorAll('#timeline rect').length > 0 || byId('timeline').innerText.includes('2 sync')"
        ),
        true
    );
    // Everything that can be used has a name; the list is one.
    let nameless = "[...document.querySelectorAll('button, input, select, [role=listbox], [role=tabpanel]')]
        .filter((one) => !(one.getAttribute('aria-label') || one.getAttribute('aria-labelledby') || one.labels?.length || one.textContent.trim())).length";
    assert_eq!(browser.ask(nameless), 0);
    assert_eq!(
        browser.ask("byId('row-0').getAttribute('role') + byId('row-0').getAttribute('aria-setsize')"),
        "option4"
    );
    // The policy is in force: nothing may be fetched, and no other script runs. The browser complains of these alone.
    has_no_complaints(&browser);
    assert_eq!(
        browser.ask("fetch('http://127.0.0.1:9/').then(() => 'fetched', () => 'refused')"),
        "refused"
    );
    assert_eq!(
        browser.ask("document.body.append(make('script', {}, 'window.ran = 1')); typeof window.ran"),
        "undefined"
    );
    assert!(!browser.complaints.is_empty());
    assert!(
        browser
            .complaints
            .iter()
            .all(|said| said.to_string().contains("Content Security Policy")),
        "{:#?}",
        browser.complaints
    );
}

#[test]
fn keys_lead_everywhere() {
    let Some(mut browser) = Browser::start(1200, 700) else {
        return;
    };
    let project = merged();
    browser.open(&project, &page(&project, &[]));
    assert_eq!(browser.ask(FOCUS), "list");
    for (keys, at) in [
        (&["j"][..], 1),
        (&["ArrowDown"], 2),
        (&["k"], 1),
        (&["ArrowUp", "ArrowUp"], 0),
        (&["End"], 3),
        (&["Home"], 0),
        (&["p"], 2),
        (&["p"], 3),
        (&["PageUp"], 0),
        (&["PageDown"], 3),
    ] {
        browser.press(keys);
        assert_eq!(browser.ask(CHOSEN), at, "{keys:?}");
        assert_eq!(
            browser.ask(&format!("byId('row-{at}').getAttribute('aria-selected')")),
            "true"
        );
    }
    browser.press(&["Enter"]);
    assert_eq!(browser.ask(FOCUS), "version");
    browser.press(&["b"]);
    assert_eq!(
        browser.ask("byId('tab-blame').getAttribute('aria-selected') + byId('panel').getAttribute('aria-labelledby')"),
        "truetab-blame"
    );
    assert_eq!(
        browser.ask("byId('panel').querySelector('.blame').innerText.includes('# Ours')"),
        true
    );
    assert_eq!(
        browser.ask("byId('panel').querySelector('.badge').textContent"),
        "local_modification"
    );
    browser.press(&["c", "Escape"]);
    assert_eq!(browser.ask(FOCUS), "list");
    assert_eq!(browser.ask("byId('tab-changes').getAttribute('aria-selected')"), "true");
    browser.press(&["?"]);
    assert_eq!(browser.ask("byId('help').open"), true);
    browser.press(&["j"]);
    assert_eq!(browser.ask(CHOSEN), 3, "keys are the help's as long as it is open");
    browser.press(&["Escape"]);
    assert_eq!(browser.ask("byId('help').open"), false);
    // What has the keys is to be seen.
    browser.press(&["/", "Tab"]);
    assert_eq!(browser.ask(FOCUS), "keys");
    assert_eq!(browser.ask("getComputedStyle(byId('keys')).outlineStyle"), "solid");
    has_no_complaints(&browser);
}

#[test]
fn search_finds_ids_hashes_and_summaries() {
    let Some(mut browser) = Browser::start(1200, 700) else {
        return;
    };
    let project = merged();
    browser.open(&project, &page(&project, &[]));
    let found = "byId('found').textContent";
    browser.press(&["/", "s", "Y", "n", "c"]);
    assert_eq!(browser.ask(FOCUS), "query");
    assert_eq!(browser.ask(found), "1 of 2 matches");
    assert_eq!(browser.ask("document.querySelectorAll('.row.match').length"), 2);
    browser.press(&["Enter"]);
    assert_eq!(
        (browser.ask(CHOSEN), browser.ask(found)),
        (1.into(), "2 of 2 matches".into())
    );
    browser.press(&["Enter"]);
    assert_eq!(browser.ask(CHOSEN), 0);
    browser.press(&["Escape", "n"]);
    assert_eq!((browser.ask(FOCUS), browser.ask(CHOSEN)), ("list".into(), 1.into()));
    let versions = project.lineage_json(&["log", ID]);
    for key in ["version_id", "content_hash"] {
        let hash = versions[2][key].as_str().expect("a hash");
        let script = format!("byId('query').value = '{}'; search(); {found}", &hash[..10]);
        assert_eq!(browser.ask(&script), "1 of 1 match", "{key}");
        assert_eq!(browser.ask(CHOSEN), 2);
    }
    assert_eq!(
        browser.ask(&format!("byId('query').value = 'no such thing'; search(); {found}")),
        "no match"
    );
    has_no_complaints(&browser);
}

#[test]
fn hostile_texts_are_texts() {
    let Some(mut browser) = Browser::start(1200, 700) else {
        return;
    };
    let project = hostile();
    for (at, summary) in HOSTILE.iter().enumerate() {
        project.edit("SKILL.md", format!("{summary}\n"));
        project.write(format!(".claude/skills/pdf/<b>{at}&\".md"), format!("{summary}\n"));
        project.record();
    }
    browser.open(&project, &page(&project, &[]));
    let rows = browser.ask("artifact.versions.length").as_u64().expect("a number");
    for at in 0..rows {
        browser.ask(&format!("select({at}); showTab('blame'); showTab('changes')"));
    }
    assert_eq!(browser.ask("document.title"), "Lineage of skill/pdf");
    assert_eq!(
        browser.ask("document.querySelectorAll('img, #panel script, #rows script, #about script, b').length"),
        0
    );
    assert_eq!(browser.ask("document.scripts.length"), 2);
    has_no_complaints(&browser);
}

/// A lineage of so many versions with an upstream lane, on line main, deployed.
fn long_lineage(versions: usize) -> Project {
    let project = Project::deployed();
    let store = LineageStore::open(project.path()).expect("a repository");
    let (line, id): (Line, ArtifactId) = ("main".parse().expect("valid"), ID.parse().expect("valid"));
    let root = store.resolve(ID, None).expect("deployed");
    let person = Signature {
        person: git_lineage::Person {
            name: "Ada".to_owned(),
            email: "ada@example.org".to_owned(),
        },
        time: "2026-02-01T00:00:00+00:00".parse().expect("valid"),
    };
    let written = store.batch(|batch| {
        let (mut mine, mut upstream) = (root, root);
        let mut add = |at: usize, parents: Vec<VersionId>, origin| {
            batch.add(BatchVersion {
                artifact_id: id.clone(),
                files: vec![BatchFile {
                    path: b"SKILL.md".to_vec(),
                    mode: FileMode::File,
                    data: at.to_string().into_bytes(),
                }],
                change_origin: Some(origin),
                parents,
                author: person.clone(),
                committer: person.clone(),
                summary: format!("version {at}"),
                body: None,
                upstream: None,
            })
        };
        for at in 0..versions {
            match at % 5 {
                3 => upstream = add(at, vec![upstream], ChangeOrigin::Sync)?,
                4 => mine = add(at, vec![mine, upstream], ChangeOrigin::Sync)?,
                _ => mine = add(at, vec![mine], ChangeOrigin::LocalModification)?,
            }
        }
        batch.set_head(&line, &id, mine)
    });
    written.expect("recorded");
    project
}

#[test]
fn of_ten_thousand_versions_only_those_in_sight_are_there() {
    let Some(mut browser) = Browser::start(1200, 700) else {
        return;
    };
    let project = long_lineage(10_000);
    let head = project.rev_parse("refs/lineage/heads/main/skill/pdf");
    let html = project.lineage_ok(&["graph", &head, "--format", "html", "--diffs", "5"]);
    browser.open(&project, html.text());
    let rows = "document.querySelectorAll('.row').length";
    let most = browser
        .ask("Math.ceil(byId('list').clientHeight / HEIGHT) + 2 * BEYOND + 2")
        .as_u64()
        .expect("a number");
    assert!(most < 60, "{most}");
    assert_eq!(browser.ask("artifact.versions.length").as_u64(), Some(10_001));
    let frame = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))";
    for part in 0..=20 {
        // In jumps and in small steps; what is in sight is there one frame later, and little else.
        let script = format!(
            "(async () => {{
                byId('list').scrollTop = byId('rows').clientHeight * {part} / 20;
                for (let step = 0; step < 5; step++) {{ byId('list').scrollTop += 40; await {frame}; }}
                const middle = Math.floor((byId('list').scrollTop + byId('list').clientHeight / 2) / HEIGHT);
                return [{rows}, byId(`row-${{middle}}`) !== null];
            }})()"
        );
        let seen = browser.ask(&script);
        assert!(seen[0].as_u64().expect("a number") <= most, "{seen}, not {most}");
        assert_eq!(seen[1], true, "{part}");
    }
    browser.press(&["Home"]);
    assert_eq!(
        browser.ask("byId('row-0').querySelector('.summary').textContent"),
        "version 9999"
    );
    browser.press(&["End"]);
    assert_eq!(
        (browser.ask(CHOSEN).as_u64(), browser.ask("byId('list').scrollTop > 0")),
        (Some(10_000), true.into())
    );
    assert_eq!(
        browser.ask("byId('panel').innerText.includes('not on this page')"),
        true
    );
    assert!(browser.ask(rows).as_u64().expect("a number") <= most);
    // Few elements, whatever the length.
    assert!(
        browser
            .ask("document.querySelectorAll('*').length")
            .as_u64()
            .expect("a number")
            < 2_000
    );
    has_no_complaints(&browser);
}

#[test]
fn dates_that_are_none_and_no_versions_at_all() {
    let Some(mut browser) = Browser::start(1200, 700) else {
        return;
    };
    let project = merged();
    let head = project.rev_parse("refs/lineage/heads/main/skill/pdf");
    let tree = project.rev_parse(&format!("{head}^{{tree}}"));
    // Later than any date that a browser has.
    let message = format!(
        "Far away\n\nLineage-Format: 1\nArtifact-Id: {ID}\nChange-Origin: local_modification\nParent-Hash: {tree}\n"
    );
    let call = project.call().at("@99999999999999999 +0000").stdin(message);
    let far = call.git(&["commit-tree", &tree, "-p", &head]).trimmed();
    project.git(&["update-ref", "refs/lineage/heads/main/skill/pdf", &far]);
    browser.open(&project, &page(&project, &["-n", "1"]));
    assert_eq!(
        browser.ask("byId('row-0').querySelector('.day').textContent"),
        "no date"
    );
    browser.open(&project, &page(&project, &[]));
    assert_eq!(browser.ask("document.querySelectorAll('.row').length"), 5);
    assert_eq!(
        browser.ask("document.querySelectorAll('#timeline rect').length > 0"),
        true
    );
    browser.open(&project, &page(&project, &["-n", "0"]));
    browser.press(&["j", "k", "p", "End", "n", "b", "c"]);
    assert_eq!(browser.ask("byId('panel').innerText"), "There is no version to show.");
    assert_eq!(
        browser.ask("byId('left-out').innerText.startsWith('5 older versions')"),
        true
    );
    browser.open(&project, &page(&Project::new(), &[]));
    browser.press(&["j", "b", "/"]);
    assert_eq!(browser.ask("byId('left-out').innerText"), "Nothing is deployed.");
    has_no_complaints(&browser);
}
