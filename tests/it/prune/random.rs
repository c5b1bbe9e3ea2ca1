//! Random lineages with random heads: what is left is what git's own ancestry says.

use std::collections::BTreeSet;

use super::{keep, kept};
use crate::support::Rng;
use crate::support::project::{HEAD_REF, Project, texts};

#[test]
fn git_agrees_on_what_is_contained_elsewhere() {
    let project = Project::deployed();
    let mut rng = Rng(20_261_126);
    let root = project.rev_parse(HEAD_REF);
    let tree = project.rev_parse(&format!("{root}^{{tree}}"));
    for round in 0..6 {
        let mut versions = vec![root.clone()];
        for _ in 0..14 {
            let mut parents: Vec<&str> = Vec::new();
            for _ in 0..=rng.below(2) {
                let parent = versions[rng.below(versions.len())].as_str();
                if !parents.contains(&parent) {
                    parents.push(parent);
                }
            }
            let version = project.plain_version(&tree, &parents, Some("local_modification"));
            versions.push(version);
        }
        for version in &versions {
            if rng.below(2) == 0 {
                keep(&project, version);
            }
        }
        let remote = &versions[rng.below(versions.len())];
        project.git(&["update-ref", "refs/lineage/remotes/origin/main/skill/pdf", remote]);
        let heads = [root.clone(), remote.clone()];
        let before = kept(&project);
        let contains = |head: &String, id: &String| {
            let args = ["merge-base", "--is-ancestor", id, head];
            project.call().git_any(&args).code == 0
        };
        let (gone, stays): (BTreeSet<String>, BTreeSet<String>) = before.iter().cloned().partition(|id| {
            heads.iter().any(|head| contains(head, id)) || before.iter().any(|other| other != id && contains(other, id))
        });
        let pruned = project.lineage_json(&["prune"]);
        assert_eq!(
            texts(&pruned, "version_id").into_iter().collect::<BTreeSet<_>>(),
            gone,
            "{round}"
        );
        assert_eq!(kept(&project), stays, "{round}");
    }
    project.lineage_ok(&["verify"]);
}
