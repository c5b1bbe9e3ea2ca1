//! What cannot be merged is told, and leaves the rest alone.

use super::{
    MergeError, MergeRequest, Project,
    files::{Files, lines},
    merge_all, project_path, request,
};
use crate::{
    content::hash_object,
    git::objects::Mode,
    id::{ContentHash, HashKind},
    merge::MergeSide,
};

const KIND: HashKind = HashKind::Sha1;

fn sides() -> [Files; 3] {
    let of = |first: &str, last: &str| Files::of(&[("a", &lines(20, &[(1, first), (20, last)]))]);
    [of("1", "20"), of("one", "20"), of("1", "twenty")]
}

#[test]
fn a_missing_base_is_never_guessed() {
    for kind in [HashKind::Sha1, HashKind::Sha256] {
        let project = Project::new(kind);
        let mut batch = project.repo.batch(Mode::Nothing);
        let hashes = sides().map(|files| files.add_to(&mut batch, kind));
        let path = project_path("skills/x");
        let gone = hash_object(kind, "tree", b"gone");
        for (number, side) in [MergeSide::Base, MergeSide::Ours, MergeSide::Theirs]
            .into_iter()
            .enumerate()
        {
            let mut asked = hashes;
            asked[number] = ContentHash::from_oid(gone);
            let requests = [request(&path, false, asked), request(&path, false, hashes)];
            let merged = merge_all(&project.repo, &batch, &requests, None).expect("git runs");
            let Err(MergeError::MissingObject { side: of, id }) = &merged[0] else {
                panic!("{merged:?}")
            };
            assert_eq!((*of, id), (side, &gone.to_string()));
            assert!(merged[1].as_ref().expect("merged").clean);
        }
    }
}

#[test]
fn a_missing_blob_is_told_before_git_stumbles_over_it() {
    let project = Project::new(KIND);
    let [base, ours, theirs] = sides();
    let mut batch = project.repo.batch(Mode::Nothing);
    let (ours, theirs) = (ours.add_to(&mut batch, KIND), theirs.add_to(&mut batch, KIND));
    // Only the tree.
    let blob = hash_object(KIND, "blob", &base.0[&b"a"[..]].1);
    let tree = [b"100644 a\0", blob.as_slice()].concat();
    let base = ContentHash::from_oid(batch.add(gix::objs::Kind::Tree, &tree).expect("added"));
    let path = project_path("skills/x");
    let merged = merge_all(
        &project.repo,
        &batch,
        &[request(&path, false, [base, ours, theirs])],
        None,
    );
    let error = merged
        .expect("git runs")
        .remove(0)
        .expect_err("the base cannot be read");
    assert_eq!(
        error.to_string(),
        format!("object {blob}, a part of the merge base, is missing")
    );
}

#[test]
fn a_blob_where_a_tree_belongs_is_told() {
    let project = Project::new(KIND);
    let mut batch = project.repo.batch(Mode::Nothing);
    let hashes = sides().map(|files| files.add_to(&mut batch, KIND));
    let blob = batch.add(gix::objs::Kind::Blob, b"no tree").expect("added");
    let path = project_path("skills/x");
    let asked = [hashes[0], ContentHash::from_oid(blob), hashes[2]];
    let merged = merge_all(&project.repo, &batch, &[request(&path, false, asked)], None).expect("git runs");
    assert!(matches!(merged.as_slice(), [Err(MergeError::Git(_))]), "{merged:?}");
}

#[test]
fn nothing_left_is_an_outcome_of_its_own() {
    let project = Project::new(KIND);
    let base = Files::of(&[("a", "a\n"), ("b", "b\n")]);
    let (ours, theirs) = (base.clone().without("a"), base.clone().without("b"));
    let nothing = Files::default();
    for sides in [
        [&base, &ours, &theirs],
        [&base, &nothing, &nothing],
        [&base, &nothing, &base],
    ] {
        let merged = project.merge("skills/x", false, sides);
        assert!(matches!(merged, Err(MergeError::EmptyResult)), "{sides:?}: {merged:?}");
    }
    let changed = base.clone().with("a", "changed\n");
    let merged = project
        .merge("skills/x", false, [&base, &nothing, &changed])
        .expect("merged");
    assert_eq!((merged.clean, merged.unmerged()), (false, vec!["x-x a".to_owned()]));
}

#[test]
fn a_driver_that_crashes_fails_its_artifact_only() {
    let project = Project::with_config(KIND, &[("merge.crash.driver", "echo about to crash; kill -9 $$")]);
    project.write(".gitattributes", "skills/bad*/** merge=crash\n");
    let both = |text: &str| Files::of(&[("a", &lines(20, &[(1, text)]))]);
    let mut batch = project.repo.batch(Mode::Nothing);
    let hashes = [both("1"), both("one"), both("uno")].map(|files| files.add_to(&mut batch, KIND));
    let paths = [
        "skills/1",
        "skills/bad 1",
        "skills/2",
        "skills/3",
        "skills/bad 2",
        "skills/bad 3",
    ]
    .map(project_path);
    let requests: Vec<MergeRequest<'_>> = paths.iter().map(|path| request(path, false, hashes)).collect();
    let merged = merge_all(&project.repo, &batch, &requests, None).expect("git runs");
    // git 2.39 takes a crash for a conflict.
    let dies = project.repo.git_version().expect("git runs") >= (2, 42);
    for (path, merged) in paths.iter().zip(merged) {
        let crashes = dies && path.as_str().contains("bad");
        match merged {
            Ok(merged) => {
                assert!(!crashes, "{path}");
                assert_eq!((merged.clean, merged.unmerged()), (false, vec!["xxx a".to_owned()]));
            }
            Err(error) => {
                assert!(crashes, "{path}: {error}");
                let text = error.to_string();
                assert!(text.starts_with("git could not merge: about to crash\n"), "{text}");
                assert!(
                    text.contains("error: echo about to crash; kill -9 $$ died of signal 9\n"),
                    "{text}"
                );
            }
        }
    }
}

#[test]
fn git_that_fails_on_everything_fails_every_artifact() {
    let project = Project::new(KIND);
    // A merge driver without a command line is a fatal error in git's eyes, once it is looked at.
    project.git.ok(["config", "merge.default", "nowhere"]);
    project.git.ok(["config", "merge.nowhere.name", "leads nowhere"]);
    let both = |text: &str| Files::of(&[("a", &lines(20, &[(1, text)]))]);
    let mut batch = project.repo.batch(Mode::Nothing);
    let hashes = [both("1"), both("one"), both("uno")].map(|files| files.add_to(&mut batch, KIND));
    let path = project_path("skills/x");
    let requests = vec![request(&path, false, hashes); 3];
    let merged = merge_all(&project.repo, &batch, &requests, None).expect("git runs");
    assert_eq!(merged.len(), 3);
    for merged in merged {
        let error = merged.expect_err("no driver").to_string();
        assert!(
            error.contains("custom merge driver nowhere lacks command line"),
            "{error}"
        );
    }
}

#[test]
fn no_requests_need_no_git() {
    let project = Project::new(KIND);
    let batch = project.repo.batch(Mode::Nothing);
    assert!(
        merge_all(&project.repo, &batch, &[], None)
            .expect("nothing to do")
            .is_empty()
    );
}
