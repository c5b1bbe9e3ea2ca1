//! Random merges: every file, mode, stage and marker is what `git merge` leaves in a work tree with the same histories.

use super::{
    Favor, Labels, MergeError, MergeRequest, Project,
    cases::{ATTRIBUTES, Case},
    merge_all,
    oracle::{Oracle, Outcome},
    request,
};
use crate::{
    git::{GitError, objects::Mode},
    id::HashKind,
};

const CASES_PER_GROUP: usize = 250;

const DRIVERS: [(&str, &str); 2] = [
    // What it prints must not disturb anybody.
    ("merge.own.driver", "echo merging %P; cat %O %B >>%A"),
    ("merge.failing.driver", "printf 'markers of %L\\n' >>%A; exit 1"),
];

/// Cases that share a configuration.
struct Group {
    kind: HashKind,
    config: &'static [(&'static str, &'static str)],
    favor: Option<Favor>,
}

const GROUPS: [Group; 8] = [
    group(&[]),
    group(&[("merge.conflictStyle", "diff3")]),
    group(&[("merge.conflictStyle", "zdiff3"), ("merge.directoryRenames", "true")]),
    group(&[("merge.directoryRenames", "false")]),
    group(&[("merge.renames", "false"), ("diff.algorithm", "patience")]),
    Group {
        kind: HashKind::Sha256,
        ..group(&[("merge.conflictStyle", "diff3"), ("merge.directoryRenames", "true")])
    },
    Group {
        favor: Some(Favor::Ours),
        ..group(&[])
    },
    Group {
        favor: Some(Favor::Theirs),
        ..group(&[("merge.renormalize", "true")])
    },
];

const fn group(config: &'static [(&'static str, &'static str)]) -> Group {
    Group {
        kind: HashKind::Sha1,
        config,
        favor: None,
    }
}

#[test]
fn random_merges_are_those_of_git_merge() {
    let (first, second) = GROUPS.split_at(GROUPS.len() / 2);
    let conflicted = std::thread::scope(|scope| {
        let other = scope.spawn(|| run(second, first.len()));
        run(first, 0) + other.join().expect("no panic")
    });
    // Neither kind of merge is rare among them.
    let all = GROUPS.len() * CASES_PER_GROUP;
    assert!(
        conflicted > all / 4 && conflicted < all * 3 / 4,
        "{conflicted} of {all}"
    );
}

/// Runs groups, the first of which has the number `start`; returns how many merges were in conflict.
fn run(groups: &[Group], start: usize) -> usize {
    let mut conflicted = 0;
    for (number, group) in groups.iter().enumerate() {
        let seed = (start + number) as u64 * 1_000_000;
        let cases: Vec<Case> = (0..CASES_PER_GROUP)
            .map(|number| Case::new(seed + number as u64, number))
            .collect();
        conflicted += compare(group, &cases);
    }
    conflicted
}

fn compare(group: &Group, cases: &[Case]) -> usize {
    let config = [&DRIVERS, group.config].concat();
    let project = Project::with_config(group.kind, &config);
    project.write(".gitattributes", ATTRIBUTES);
    let shared = [
        (".gitattributes", ATTRIBUTES),
        ("README.md", "no artifact\n"),
        ("others/x.txt", "x\n"),
    ];
    let oracle = Oracle::new(group.kind, &config, &shared, cases);

    let mut batch = project.repo.batch(Mode::Objects);
    let theirs: Vec<String> = (0..cases.len()).map(|number| format!("t/{number}")).collect();
    let requests = cases.iter().zip(&theirs).enumerate().map(|(number, (case, theirs))| {
        // Its own attributes are those that lie in the work tree.
        if let Some((_, rules)) = case.ours().0.get(&b".gitattributes"[..]) {
            project.write(&format!("{}/.gitattributes", case.path), rules);
        }
        let sides = case.sides().map(|files| files.add_to(&mut batch, group.kind));
        let labels = Labels {
            base: oracle.base_label(number),
            ours: "HEAD",
            theirs,
        };
        MergeRequest {
            labels,
            ..request(&case.path, case.single_file, sides)
        }
    });
    let requests: Vec<_> = requests.collect();
    let merged = merge_all(&project.repo, &batch, &requests, group.favor);
    if let Err(GitError::GitTooOld { .. }) = merged {
        assert!(group.favor.is_some());
        return cases.len() / 2;
    }

    let options: &[&str] = match group.favor {
        None => &[],
        Some(Favor::Ours) => &["-Xours"],
        Some(Favor::Theirs) => &["-Xtheirs"],
    };
    let mut conflicted = 0;
    for (number, (case, merged)) in cases.iter().zip(merged.expect("git runs")).enumerate() {
        let expected = oracle.merge(number, case, options);
        let merged = match merged {
            Ok(merged) => Some(Outcome::of(&merged, case)),
            Err(MergeError::EmptyResult) => Some(Outcome::nothing()),
            // git merge dies of it.
            Err(MergeError::UnknownState { .. }) => None,
            Err(error) => panic!("{case:?}: {error}"),
        };
        assert_eq!(merged, expected, "{:?} {case:?}", group.config);
        conflicted += usize::from(merged.is_some_and(|merged| !merged.clean));
    }
    conflicted
}
