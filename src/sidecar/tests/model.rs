//! Random insertions and deletions against a model in plain maps; and the same rows filled in at once must give the
//! same answers in the same order.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

const IDS: u32 = 24;

#[derive(Debug, Clone)]
enum Step {
    Insert(Box<ArtifactVersion>),
    Delete(Vec<u32>),
}

/// Version `n` is the same whenever it is inserted: parents, content, artifact and second follow from a seed.
fn version(n: u32, seed: u64) -> ArtifactVersion {
    let draw = |salt: u64, below: u64| {
        let mixed = (seed ^ (u64::from(n) << 32) ^ salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        u32::try_from((mixed >> 33) % below).expect("small")
    };
    let parents: Vec<u32> = if n == 0 {
        Vec::new()
    } else {
        (0..u64::from(draw(1, 4)))
            .map(|at| draw(10 + at, u64::from(n)))
            .collect()
    };
    let content_of = |n: u32| content(n % 6);
    ArtifactVersion {
        artifact_id: artifact(["skill/a", "skill/ab", "agent/x"][draw(2, 3) as usize]),
        content_hash: content_of(n),
        parent_hash: parents.first().map(|n| content_of(*n)),
        created_at: Timestamp {
            seconds: i64::from(draw(3, 4)),
            offset: 0,
        },
        ..child(n, &parents)
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    any::<u64>().prop_flat_map(|seed| {
        let step = prop_oneof![
            4 => (0..IDS).prop_map(move |n| Step::Insert(Box::new(version(n, seed)))),
            1 => prop::collection::vec(0..IDS, 1..4).prop_map(Step::Delete),
        ];
        prop::collection::vec(step, 1..60)
    })
}

type Model = BTreeMap<VersionId, ArtifactVersion>;

fn ids(versions: &[ArtifactVersion]) -> BTreeSet<VersionId> {
    versions.iter().map(|version| version.version_id).collect()
}

fn matching(model: &Model, wanted: impl Fn(&ArtifactVersion) -> bool) -> BTreeSet<VersionId> {
    model
        .values()
        .filter(|version| wanted(version))
        .map(|version| version.version_id)
        .collect()
}

/// Everything that is reached from `start` over known parents that `follow` admits, without `start`.
fn reached(model: &Model, start: &ArtifactVersion, follow: impl Fn(&ArtifactVersion) -> bool) -> BTreeSet<VersionId> {
    let mut found = BTreeSet::new();
    let mut waiting = start.parent_ids.clone();
    while let Some(id) = waiting.pop() {
        if let Some(parent) = model.get(&id).filter(|parent| follow(parent))
            && found.insert(id)
        {
            waiting.extend(&parent.parent_ids);
        }
    }
    found
}

fn assert_newest_first(model: &Model, found: &[ArtifactVersion]) {
    for (at, earlier) in found.iter().enumerate() {
        for later in &found[at + 1..] {
            assert!(earlier.created_at.seconds >= later.created_at.seconds);
            let seconds = later.created_at.seconds;
            let above = reached(model, later, |version| version.created_at.seconds == seconds);
            assert!(!above.contains(&earlier.version_id), "an ancestor stands first");
        }
    }
}

fn compare(sidecar: &Sidecar, model: &Model) {
    assert_eq!(
        sidecar.all_version_ids().expect("ids"),
        model.keys().copied().collect::<Vec<_>>()
    );
    assert_eq!(sidecar.count().expect("count"), model.len() as u64);
    for n in 0..6 {
        let found = sidecar.find_by_content(&content(n)).expect("found");
        assert_eq!(
            ids(&found),
            matching(model, |version| version.content_hash == content(n))
        );
        assert_newest_first(model, &found);
        let children = sidecar.children_of(&content(n)).expect("children");
        assert_eq!(ids(&children).len(), children.len(), "each once");
        let is_content = |id: &VersionId| model.get(id).is_some_and(|parent| parent.content_hash == content(n));
        let expected = matching(model, |version| {
            version.parent_hash == Some(content(n)) || version.parent_ids.iter().any(is_content)
        });
        assert_eq!(ids(&children), expected);
        assert_newest_first(model, &children);
    }
    for version in model.values() {
        let chain = sidecar.lineage(&version.version_id).expect("walked").expect("known");
        let mut expected = vec![version.clone()];
        let mut missing = None;
        while let Some(parent) = expected.last().and_then(ArtifactVersion::first_parent) {
            match model.get(&parent) {
                Some(parent) => expected.push(parent.clone()),
                None => {
                    missing = Some(parent);
                    break;
                }
            }
        }
        expected.reverse();
        assert_eq!(chain.links, expected);
        assert_eq!(chain.missing.map(|missing| missing.version_id), missing);
    }
    let artifacts: BTreeSet<_> = model.values().map(|version| version.artifact_id.clone()).collect();
    assert_eq!(
        sidecar.artifact_ids().expect("ids"),
        artifacts.iter().cloned().collect::<Vec<_>>()
    );
    for artifact in &artifacts {
        let timeline = sidecar.timeline(artifact, Some(1), Some(2), None).expect("timeline");
        let inside = |version: &ArtifactVersion| (1..=2).contains(&version.created_at.seconds);
        assert_eq!(
            ids(&timeline),
            matching(model, |version| version.artifact_id == *artifact && inside(version))
        );
        assert_newest_first(model, &timeline);
        let first = sidecar.timeline(artifact, Some(1), Some(2), Some(2)).expect("timeline");
        assert_eq!(first, timeline[..timeline.len().min(2)]);
    }
}

/// What versions contain, of one and of two of them, in an index that was filled parents first, as they all are.
fn compare_contained(model: &Model) {
    let present: Vec<u32> = (0..IDS).filter(|n| model.contains_key(&id(*n))).collect();
    let mut sidecar = Sidecar::in_memory().expect("memory");
    sidecar
        .rebuild(|inserter| {
            present
                .iter()
                .try_for_each(|n| inserter.insert_version(&model[&id(*n)]))
        })
        .expect("filled");
    for pair in present.windows(2) {
        for starts in [&pair[..1], pair] {
            let mut reachable = BTreeSet::new();
            for start in starts {
                reachable.extend(reached(model, &model[&id(*start)], |_| true));
                reachable.insert(id(*start));
            }
            let all = reachable.iter().map(|id| model[id].clone()).collect();
            let expected = topological_newest_first(all).expect("no circle");
            assert_eq!(contained(&sidecar, starts).expect("walked"), expected);
        }
    }
}

/// Every ordered answer.
fn answers(sidecar: &Sidecar) -> Vec<Vec<ArtifactVersion>> {
    let mut all = Vec::new();
    for n in 0..6 {
        all.push(sidecar.find_by_content(&content(n)).expect("found"));
        all.push(sidecar.children_of(&content(n)).expect("children"));
    }
    for artifact in sidecar.artifact_ids().expect("ids") {
        all.push(sidecar.timeline(&artifact, None, None, None).expect("timeline"));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_are_those_of_the_model(steps in steps()) {
        let mut sidecar = Sidecar::in_memory().expect("memory");
        let mut model = Model::new();
        for step in steps {
            match step {
                Step::Insert(version) => {
                    let new = sidecar.transaction(|tx| tx.insert_version(&version)).expect("inserted");
                    assert_eq!(new, model.insert(version.version_id, *version).is_none());
                }
                Step::Delete(numbers) => {
                    let gone: BTreeSet<_> = numbers.iter().map(|n| id(*n)).collect();
                    let deleted = sidecar.transaction(|tx| tx.delete_versions(&gone)).expect("deleted");
                    let before = model.len();
                    model.retain(|id, _| !gone.contains(id));
                    assert_eq!(deleted, before - model.len());
                }
            }
        }
        compare(&sidecar, &model);
        let mut rebuilt = Sidecar::in_memory().expect("memory");
        rebuilt
            .rebuild(|inserter| model.values().try_for_each(|version| inserter.insert_version(version)))
            .expect("rebuilt");
        compare(&rebuilt, &model);
        assert_eq!(answers(&sidecar), answers(&rebuilt));
        compare_contained(&model);
    }
}
