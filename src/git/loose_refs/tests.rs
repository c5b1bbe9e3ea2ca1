//! Compare-and-swap, all or none, wherever the old value lies.

use std::fs;

use gix::ObjectId;

use super::*;
use crate::{
    content::testing::{KINDS, TestRepo},
    git::Environment,
};

const PREFIX: &str = "refs/lineage/heads/main/skill";

struct Refs {
    git: TestRepo,
    repo: Repo,
    /// Commits to point to.
    ids: Vec<ObjectId>,
}

impl Refs {
    fn new(git: TestRepo) -> Self {
        let tree = git.ok(["write-tree"]);
        let commit = |message: &str| {
            let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
            let args = identity.into_iter().chain(["commit-tree", "-m", message, tree.trim()]);
            let id = git.ok(args);
            ObjectId::from_hex(id.trim().as_bytes()).expect("an id")
        };
        let ids = ["one", "two", "three"].map(commit).to_vec();
        let repo = Repo::open(&git.path(), Environment::Ignored).expect("a repository");
        Refs { git, repo, ids }
    }

    /// Moves refs, each by name, expected and new value as numbers of commits.
    fn update(&self, updates: &[(&str, Option<usize>, usize)]) -> Result<(), GitError> {
        let updates: Vec<RefUpdate> = updates
            .iter()
            .map(|(name, expected, new)| RefUpdate {
                name: format!("{PREFIX}/{name}"),
                new: Some(self.ids[*new]),
                expected: expected.map_or(Expected::Absent, |at| Expected::Is(self.ids[at])),
            })
            .collect();
        self.repo
            .update_refs(&updates, Written::new(&self.repo, Vec::new(), None))
    }

    /// What git says of them, by name.
    fn all(&self) -> Vec<(String, usize)> {
        let listed = self
            .git
            .ok(["for-each-ref", "--format=%(refname:lstrip=5) %(objectname)", PREFIX]);
        let refs = listed.lines().map(|line| {
            let (name, id) = line.split_once(' ').expect("a name and an id");
            let id = ObjectId::from_hex(id.as_bytes()).expect("an id");
            let at = self.ids.iter().position(|known| *known == id);
            (name.to_owned(), at.expect("one of ours"))
        });
        refs.collect()
    }

    fn moved(result: Result<(), GitError>) -> String {
        match result {
            Err(GitError::RefMoved { name }) => name[PREFIX.len() + 1..].to_owned(),
            other => panic!("expected a moved ref, not {other:?}"),
        }
    }

    /// No lock, and nothing half-written, is left anywhere.
    fn assert_tidy(&self) {
        let mut folders = vec![self.git.path().join(".git")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                assert!(
                    !name.ends_with(".lock") && !name.starts_with("tmp_"),
                    "{}",
                    path.display()
                );
                if path.is_dir() {
                    folders.push(path);
                }
            }
        }
        assert!(!self.git.path().join(".git/gc.pid").exists());
    }
}

#[test]
fn a_ref_moves_only_from_its_expected_value() {
    for kind in KINDS {
        let refs = Refs::new(TestRepo::new(kind));
        refs.update(&[("a", None, 0)]).expect("created");
        assert_eq!(Refs::moved(refs.update(&[("a", None, 1)])), "a");
        assert_eq!(Refs::moved(refs.update(&[("a", Some(1), 2)])), "a");
        assert_eq!(Refs::moved(refs.update(&[("b", Some(1), 2)])), "b");
        refs.update(&[("a", Some(0), 1)]).expect("moved");
        // The same where git has packed it, and where it has packed an older value.
        refs.git.ok(["pack-refs", "--all", "--prune"]);
        assert_eq!(Refs::moved(refs.update(&[("a", None, 2)])), "a");
        assert_eq!(Refs::moved(refs.update(&[("a", Some(0), 2)])), "a");
        refs.update(&[("a", Some(1), 2)]).expect("moved");
        assert_eq!(Refs::moved(refs.update(&[("a", Some(1), 0)])), "a");
        assert_eq!(refs.all(), [("a".to_owned(), 2)]);
        refs.assert_tidy();
    }
}

#[test]
fn all_move_or_none() {
    let refs = Refs::new(TestRepo::new(KINDS[0]));
    refs.update(&[("b", None, 0), ("a", None, 0), ("c", None, 0)])
        .expect("created");
    for bad in [("a", Some(1), 2), ("b", Some(1), 2), ("c", None, 2)] {
        let mut updates = vec![("a", Some(0), 1), ("b", Some(0), 1), ("c", Some(0), 1), ("d", None, 1)];
        updates.retain(|(name, ..)| *name != bad.0);
        updates.push(bad);
        assert_eq!(Refs::moved(refs.update(&updates)), bad.0);
        assert_eq!(refs.all(), ["a", "b", "c"].map(|name| (name.to_owned(), 0)));
        refs.assert_tidy();
    }
    let all = [("d", None, 2), ("c", Some(0), 1), ("a", Some(0), 1), ("b", Some(0), 2)];
    refs.update(&all).expect("moved");
    let expected = [("a", 1), ("b", 2), ("c", 1), ("d", 2)];
    assert_eq!(refs.all(), expected.map(|(name, at)| (name.to_owned(), at)));
    refs.assert_tidy();
}

#[test]
fn what_stands_in_the_way() {
    let refs = Refs::new(TestRepo::new(KINDS[0]));
    let folder = refs.git.path().join(".git").join(PREFIX);
    // Empty folders, as git leaves them.
    fs::create_dir_all(folder.join("a/b/c")).expect("a folder");
    refs.update(&[("a", None, 0)]).expect("created");
    // A ref that says something else than an id is nobody's expectation.
    for text in ["ref: refs/heads/main\n", "", "noise\n"] {
        fs::write(folder.join("x"), text).expect("written");
        for expected in [None, Some(0)] {
            let error = refs
                .update(&[("a", Some(0), 1), ("x", expected, 1)])
                .expect_err("unreadable");
            assert!(matches!(error, GitError::UnreadableRef { .. }), "{error:?}");
        }
        fs::remove_file(folder.join("x")).expect("removed");
    }
    assert_eq!(refs.all(), [("a".to_owned(), 0)]);
    refs.assert_tidy();
}

#[test]
fn many_move_at_once() {
    for kind in KINDS {
        let refs = Refs::new(TestRepo::new(kind));
        let name = |number: usize| format!("s{number:03}");
        let names: Vec<String> = (0..200).map(name).collect();
        let updates = |expected: Option<usize>, new: usize| -> Vec<(&str, Option<usize>, usize)> {
            names.iter().map(|name| (name.as_str(), expected, new)).collect()
        };
        let all = |at: usize| -> Vec<(String, usize)> { names.iter().map(|name| (name.clone(), at)).collect() };
        let folder = refs.git.path().join(".git");
        let packed = || fs::read_to_string(folder.join("packed-refs")).unwrap_or_default();
        let loose = |name: &str| folder.join(PREFIX).join(name).exists();

        let to = refs.ids[0].to_string();
        refs.git.ok([
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.org",
            "tag",
            "-m",
            "tag",
            "v1",
            &to,
        ]);
        refs.git.ok(["pack-refs", "--all"]);
        refs.update(&updates(None, 0)[..100]).expect("created");
        assert_eq!(refs.all(), all(0)[..100]);
        assert!(packed().contains("s099") && !loose("s099"));
        // Loose, packed and new ones.
        refs.update(&updates(Some(0), 1)[..20]).expect("one by one");
        assert!(loose("s019"));
        let mut mixed = updates(Some(0), 2);
        mixed[..20].iter_mut().for_each(|update| update.1 = Some(1));
        mixed[100..].iter_mut().for_each(|update| update.1 = None);
        for wrong in [0, 70, 199] {
            let mut one_wrong = mixed.clone();
            one_wrong[wrong].1 = Some(2);
            let before = refs.all();
            assert_eq!(Refs::moved(refs.update(&one_wrong)), name(wrong));
            assert_eq!(refs.all(), before);
            refs.assert_tidy();
        }
        refs.update(&mixed).expect("moved");
        assert_eq!(refs.all(), all(2));
        assert!(!loose("s019") && packed().contains("refs/tags/v1\n^"));
        refs.assert_tidy();
        assert_eq!(refs.git.ok(["fsck", "--no-dangling"]), "");

        // What somebody else packs, and what is not as git writes it now, stays as it is.
        fs::write(folder.join("packed-refs.lock"), "").expect("written");
        let before = packed();
        refs.update(&updates(Some(2), 0)).expect("one by one");
        assert!(loose("s000") && packed() == before);
        fs::remove_file(folder.join("packed-refs.lock")).expect("removed");
        assert_eq!(refs.all(), all(0));
        let older = before.replacen("sorted", "", 1);
        fs::write(folder.join("packed-refs"), &older).expect("written");
        refs.update(&updates(Some(0), 1)).expect("one by one");
        assert_eq!((packed(), refs.all()), (older, all(1)));
        refs.assert_tidy();
    }
}

#[test]
fn a_turn_ends_when_its_outermost_part_does() {
    let refs = Refs::new(TestRepo::new(KINDS[0]));
    let other = Repo::open(&refs.git.path(), Environment::Ignored).expect("a repository");
    let free = || {
        let folder = File::open(refs.git.path().join(".git/refs")).expect("a folder");
        folder.try_lock().is_ok()
    };
    let turn = refs.repo.take_turn();
    assert!(refs.repo.has_turn() && !other.has_turn() && !free());
    let inner = refs.repo.take_turn();
    drop(inner);
    assert!(refs.repo.has_turn() && !free());
    drop(turn);
    assert!(!refs.repo.has_turn() && free());
    let turn = other.take_turn();
    assert!(other.has_turn() && !free());
    drop(turn);
    assert!(free());
}
