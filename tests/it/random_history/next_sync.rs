//! A sync held against what the model makes of the same three contents.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    act::MISSING,
    contents::Expected,
    world::{Artifact, FIXED, World, field},
};
use crate::support::TestRepo;

/// What each artifact has to come to if it is synced now; none for those that cannot be.
pub(crate) struct Plan(BTreeMap<&'static str, Option<Expected>>);

impl Plan {
    pub(crate) fn now(world: &World) -> Self {
        let mine = world.contents(&world.work_tree());
        let unfinished: Vec<&str> = world.unfinished().iter().map(|artifact| artifact.id).collect();
        let mut plan = BTreeMap::new();
        for (id, deployed) in world.manifest() {
            let artifact = Artifact::named(&id);
            // What stands unfinished is refused, or was ended by what the user did with git.
            if !unfinished.contains(&artifact.id) {
                let expected = mine
                    .get(artifact.id)
                    .map(|mine| world.next_sync(artifact, mine, &deployed));
                plan.insert(artifact.id, expected);
            }
        }
        Plan(plan)
    }
}

/// Panics unless the answers to a sync in `repo`, the project or a copy of it, are what the model expected, and the work
/// tree and index as well.
pub(crate) fn compare(world: &World, repo: &TestRepo, answers: &[Value], plan: &Plan) {
    for answer in answers {
        let artifact = Artifact::named(field(answer, "artifact_id"));
        let Some(expected) = plan.0.get(artifact.id) else {
            continue;
        };
        if world.shares && answer["error"]["code"] == MISSING {
            continue;
        }
        let Some(expected) = expected else {
            assert_eq!(answer["result"], "failed", "it cannot be synced: {answer}");
            continue;
        };
        let result = field(answer, "result");
        match expected {
            Expected::UpToDate => assert_eq!(result, "up_to_date", "{answer}"),
            Expected::Merged(content) => {
                assert!(
                    ["fast_forward", "merged"].contains(&result),
                    "{answer} for {expected:?}"
                );
                let version = format!("{}^{{tree}}", field(answer, "version_id"));
                assert_eq!(repo.rev_parse(&version), *content, "{answer}");
                let now = world.contents(&world.work_tree_of(repo)).remove(artifact.id);
                assert_eq!(now.map(|now| now.hash).as_ref(), Some(content), "{answer}");
            }
            Expected::Conflicts(entries) => {
                assert_eq!(result, "conflict", "{answer} for {expected:?}");
                let index = repo.call().at(FIXED);
                let index = index.git(&["ls-files", "--unmerged", "-z", "--", artifact.path]);
                let index: Vec<&str> = index.text().split_terminator('\0').collect();
                assert_eq!(index, *entries, "{answer}");
            }
        }
    }
}
