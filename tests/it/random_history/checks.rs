//! What holds after every step, whatever came before.

use super::{
    contents::COPY,
    next_sync::{self, Plan},
    steps::CatchUp,
    versions::Versions,
    world::{World, field, manifest},
};

/// Every so many steps the next sync is tried in a copy.
const SYNCS: usize = 6;

/// After the step with this number.
pub(super) fn after_step(world: &World, number: usize) {
    let verified = world.ask().lineage(&["--json", "verify"]);
    assert!(verified.code == 0 && verified.stdout.is_empty(), "{verified}");
    let versions = Versions::of(world);
    let lost: Vec<&String> = world.reported.iter().filter(|id| versions.get(id).is_none()).collect();
    assert!(lost.is_empty(), "reported once, and reachable no longer: {lost:?}");
    if number % SYNCS == SYNCS - 1 && world.branch().is_some() {
        next_sync_in_a_copy(world);
    }
}

/// A sync of everything, tried where it changes nothing, is what the model makes of it.
fn next_sync_in_a_copy(world: &World) {
    let plan = Plan::now(world);
    world.project.copy("", world.project.beside(COPY));
    let copy = world.project.folder(COPY);
    let synced = copy.call().at("1900000000 +0000").lineage(&["--json", "sync", "--all"]);
    assert!([0, 1, 3].contains(&synced.code), "{synced}");
    next_sync::compare(world, &copy, &synced.json(), &plan);
}

/// Catches up, and looks whether what is said then is so.
pub(super) fn catch_up(world: &mut World, how: CatchUp) {
    let mut heads = Vec::new();
    if how == CatchUp::WorkTree {
        let recorded = world.lineage(&["record", "--all"]).assert_code(0);
        let refs = world.version_refs();
        world.lineage(&["record", "--all"]).assert_code(0);
        assert_eq!(world.version_refs(), refs, "recorded twice");
        let contents = world.contents(&world.work_tree());
        for answer in recorded.json() {
            let content = contents.get(field(&answer, "artifact_id"));
            let content = content.map(|content| content.hash.as_str());
            assert_eq!(content, Some(field(&answer, "content_hash")), "{answer}");
            heads.push(answer);
        }
    }
    let recorded = world.lineage(&["record", "--rev", "HEAD"]).assert_code(0);
    let refs = world.version_refs();
    for answer in heads.iter().take(1) {
        let shown = world.lineage(&["show", field(answer, "artifact_id")]).assert_code(0);
        assert_eq!(shown.json()[0]["version_id"], answer["version_id"], "{shown}");
    }
    assert_eq!(world.version_refs(), refs, "a question was asked");
    let versions = Versions::of(world);
    let parents = world.ask().git(&["rev-parse", "HEAD^@"]);
    let contents = world.contents(&world.project.head());
    let deployed = match world.ask().git_any(&["show", "HEAD:.gitlineage"]) {
        found if found.code == 0 => manifest(found.text()),
        _ => Default::default(),
    };
    for answer in recorded.json() {
        let (id, version) = (field(&answer, "artifact_id"), field(&answer, "version_id"));
        if let Some(content) = contents.get(id) {
            assert_eq!(content.hash, field(&answer, "content_hash"), "{answer}");
        }
        let baseline = &deployed[id].baseline;
        assert!(
            versions.contains_baseline(version, baseline),
            "{version} does not contain the baseline {baseline} of {id}"
        );
        // A commit of what a sync left, and of nothing else, holds what the sync recorded, or the part of it that has all its
        // content: upstream's version, where the edit that it was merged with came to nothing.
        if let Some(synced) = world.synced.get(id)
            && parents.lines() == [synced.at.as_str()]
            && world.branch() == synced.branch
            && synced.content == field(&answer, "content_hash")
            && synced.baseline == *baseline
        {
            let within = versions.contains(&synced.version, version);
            assert!(
                within,
                "{id} was synced to {} and committed as {version}",
                synced.version
            );
        }
        // On top of what HEAD holds, whatever was recorded from the work tree.
        if let Some(head) = heads.iter().find(|head| head["artifact_id"] == id) {
            let head = field(head, "version_id");
            assert!(versions.contains(head, version), "{head} does not contain {version}");
        }
    }
    let answered: Vec<&str> = heads.iter().map(|head| field(head, "artifact_id")).collect();
    let unfinished = world.unfinished();
    for id in contents.keys().filter(|id| deployed.contains_key(**id)) {
        let all = how == CatchUp::Commits || answered.contains(id) || unfinished.iter().any(|one| one.id == *id);
        let gone = !world.manifest().contains_key(*id) || !world.contents(&world.work_tree()).contains_key(id);
        assert!(all || gone, "{id} was not recorded");
    }
}
