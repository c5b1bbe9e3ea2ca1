//! Objects that are missing, cut short, or not what a ref says, and indexes of git that are damaged: an answer is right, or
//! there is none and the error names what is wrong; once it is back everything is as it was.

use std::fs;
use std::path::PathBuf;

use super::{Answer, answers, works_again, world};
use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, ID, Project, text};

/// Every answer is right, or none is given and the error says what cannot be read; where the sidecar is made anew, too.
#[track_caller]
fn never_misled(repo: &TestRepo, truth: &[Answer], what: &str) -> usize {
    let mut failed = 0;
    for fresh in [false, true] {
        if fresh && repo.exists(".git/lineage") {
            repo.remove(".git/lineage");
        }
        for (question, (code, printed)) in super::QUESTIONS.iter().zip(truth) {
            let args: Vec<&str> = ["--json"].iter().chain(*question).copied().collect();
            let output = repo.call().within(60).lineage(&args);
            if output.code == *code {
                // Without the sidecar nobody knows what lay behind a commit that is gone; 'verify' names it.
                let is_cut_off = fresh && what.starts_with('~') && what.ends_with("is missing");
                assert!(
                    is_cut_off || output.text() == printed,
                    "{what}, fresh {fresh}: {output}"
                );
                continue;
            }
            assert_eq!(output.code, 1, "{what}, fresh {fresh}: {output}");
            let message = text(&output.json_error(), "message").to_owned();
            assert!(message.len() > 20, "{what}: {output}");
            failed += 1;
        }
    }
    failed
}

/// Nothing is recorded on a guess: a command that writes works, or changes no head; where files could not be written it
/// stands unfinished.
#[track_caller]
fn writes_nothing_wrong(project: &Project, what: &str) {
    for args in [&["record"][..], &["sync"], &["restore", ID, "skill/pdf~1"]] {
        let twin = project.twin();
        let args: Vec<&str> = ["--json"].iter().chain(args).copied().collect();
        let before = twin.call().git_any(&["rev-parse", HEAD_REF]).trimmed();
        let output = twin.call().within(60).lineage(&args);
        if output.code != 0 {
            let now = twin.call().git_any(&["rev-parse", HEAD_REF]).trimmed();
            let pending = twin.git(&["for-each-ref", "refs/lineage/pending"]);
            assert!(now == before || !pending.text().is_empty(), "{what}: {output}");
            assert!(output.stderr.len() + output.stdout.len() > 40, "{what}: {output}");
        }
    }
}

/// Writes a ref as git does, by renaming.
fn set_head(project: &Project, said: &str) {
    let (draft, file) = (
        project.path().join(".git/draft"),
        project.path().join(".git").join(HEAD_REF),
    );
    project.write(&draft, format!("{said}\n"));
    fs::rename(draft, file).expect("both are in the repository");
}

fn loose(project: &Project, revision: &str) -> PathBuf {
    let id = project.rev_parse(revision);
    project.path().join(".git/objects").join(&id[..2]).join(&id[2..])
}

#[test]
fn objects_that_are_missing_or_cut_short() {
    let project = world();
    let truth = answers(&project);
    assert!(truth.iter().all(|(code, _)| *code == 0), "{truth:?}");
    let mut failed = 0;
    let revisions = ["", "~1", "~2", "^{tree}", "~2^{tree}", ":SKILL.md", ":added/file.md"];
    for (number, revision) in revisions.iter().enumerate() {
        let file = loose(&project, &format!("{HEAD_REF}{revision}"));
        let whole = fs::read(&file).expect("it is loose");
        fs::remove_file(&file).expect("it is ours");
        // Cut short in one way or the other, in turns.
        let short = number % 2 * (whole.len() / 2);
        for (how, bytes) in [("is missing", None), ("is cut short", Some(&whole[..short]))] {
            let what = format!("{revision} {how}");
            if let Some(bytes) = bytes {
                project.write(&file, bytes);
            }
            failed += never_misled(&project, &truth, &what);
            if bytes.is_none() {
                writes_nothing_wrong(&project, &what);
            }
            let found = project.lineage(&["--json", "verify"]);
            assert!(matches!(found.code, 1 | 4), "{what}: {found}");
            project.write(&file, &whole);
            assert_eq!(answers(&project), truth, "{revision} is back");
        }
    }
    assert!(failed > 20, "most of it is needed by some question: {failed}");
    works_again(&project);
}

#[test]
fn packs_and_their_indexes_that_are_cut_short() {
    let project = world();
    let truth = answers(&project);
    project.git(&["gc", "--quiet"]);
    let packs = project.path().join(".git/objects/pack");
    let mut failed = 0;
    for ending in ["pack", "idx"] {
        let file = fs::read_dir(&packs)
            .expect("git makes it")
            .map(|entry| entry.expect("git makes it").path())
            .find(|path| path.extension() == Some(ending.as_ref()))
            .expect("gc makes one");
        project.chmod(&file, 0o644);
        let whole = fs::read(&file).expect("it is there");
        for length in [0, 11, whole.len() / 2, whole.len() - 1] {
            let what = format!("{length} bytes of the {ending}");
            project.write(&file, &whole[..length]);
            failed += never_misled(&project, &truth, &what);
            writes_nothing_wrong(&project, &what);
        }
        project.write(&file, &whole);
        assert_eq!(answers(&project), truth, "the {ending} is back");
    }
    assert!(failed > 20, "nothing can be read without the pack: {failed}");
    works_again(&project);
}

/// What git keeps beside its objects to be faster never changes an answer.
#[test]
fn a_commit_graph_that_is_damaged_misleads_nobody() {
    let project = world();
    let truth = answers(&project);
    project.git(&["commit-graph", "write", "--reachable"]);
    let file = project.path().join(".git/objects/info/commit-graph");
    project.chmod(&file, 0o644);
    let whole = fs::read(&file).expect("it was just made");
    assert_eq!(never_misled(&project, &truth, "the whole graph"), 0);
    let noise: Vec<u8> = (0..whole.len()).map(|at| (at * 31 + at / 7) as u8).collect();
    let mut headed = noise.clone();
    headed[..whole.len() / 4].copy_from_slice(&whole[..whole.len() / 4]);
    for (what, bytes) in [
        ("an empty graph", &whole[..0]),
        ("half a graph", &whole[..whole.len() / 2]),
        ("noise", &noise),
        ("a graph without its end", &whole[..whole.len() - 20]),
    ] {
        project.write(&file, bytes);
        assert_eq!(never_misled(&project, &truth, what), 0, "{what}");
        writes_nothing_wrong(&project, what);
    }
    fs::remove_file(&file).expect("it is ours");
    works_again(&project);
}

#[test]
fn a_ref_that_leads_to_no_commit_is_named() {
    let project = world();
    if !project.has_ref_files("git itself lets no ref lead there") {
        return;
    }
    let truth = answers(&project);
    let head = project.rev_parse(HEAD_REF);
    let blob = project.rev_parse(&format!("{HEAD_REF}:SKILL.md"));
    let absent = "1234567890123456789012345678901234567890";
    for (what, said) in [("a blob", &blob[..]), ("nothing", absent), ("noise", "no id at all")] {
        set_head(&project, said);
        for question in super::QUESTIONS {
            let args: Vec<&str> = ["--json"].iter().chain(question).copied().collect();
            let output = project.call().within(60).lineage(&args).assert_code(1);
            let message = text(&output.json_error(), "message").to_owned();
            let names_it =
                message.contains(said) || message.contains(HEAD_REF) || message.contains("heads/main/skill/pdf");
            assert!(names_it, "{what}: {output}");
        }
        let refused = project.lineage(&["--json", "record"]).assert_code(1);
        assert!(!refused.json_error()["message"].to_string().is_empty());
        assert_eq!(project.lineage(&["--json", "verify"]).code, 4, "{what}");
        assert_eq!(project.read(format!(".git/{HEAD_REF}")), format!("{said}\n").as_bytes());
    }
    set_head(&project, &head);
    assert_eq!(answers(&project), truth);
    works_again(&project);
}
