//! Random histories of a project: what is rebuilt has the shape of what was lost.

use std::collections::HashMap;

use super::{PATH, Unshared, rebuild, skill, version_of};
use crate::support::{Rng, TestRepo};

/// A version told by what it is: content, origin, and its parents by their numbers here.
type Shape = (String, String, Vec<usize>);

/// Numbers for shapes, the same in all clones.
#[derive(Default)]
struct Shapes(HashMap<Shape, usize>);

impl Shapes {
    /// The shape of everything that a version contains.
    fn of(&mut self, clone: &TestRepo, version: &str) -> usize {
        let format = "--format=%H|%P|%T|%(trailers:key=Change-Origin,valueonly,separator=)";
        let printed = clone
            .git(&["log", "--topo-order", "--reverse", format, version])
            .lines();
        let mut numbers: HashMap<String, usize> = HashMap::new();
        for line in printed {
            let fields: Vec<&str> = line.split('|').collect();
            let parents = fields[1].split_whitespace().map(|parent| numbers[parent]).collect();
            let shape = (fields[2].to_owned(), fields[3].to_owned(), parents);
            let next = self.0.len();
            numbers.insert(fields[0].to_owned(), *self.0.entry(shape).or_insert(next));
        }
        numbers[version]
    }
}

/// Edits, syncs, branches and merges, each committed.
fn history(rng: &mut Rng, steps: usize) -> Unshared {
    let unshared = Unshared::deployed(&[]);
    let project = &unshared.project;
    for step in 0..steps {
        match rng.below(6) {
            0 | 1 => {
                let file = ["SKILL.md", "notes.md"][rng.below(2)];
                let text = if file == "SKILL.md" {
                    skill(&text_of(project), &step.to_string())
                } else {
                    step.to_string()
                };
                project.write(format!("{PATH}/{file}"), text);
                project.commit("Edit");
            }
            2 | 3 => {
                unshared.news("SKILL.md", &skill(&format!("upstream {step}"), "eight"));
                let synced = project.lineage(&["sync"]);
                assert_eq!(synced.code, 0, "{synced}");
                project.commit("Sync");
            }
            4 => {
                project.write("README.md", format!("{step}\n"));
                project.commit("Elsewhere");
            }
            _ => {
                let (ours, theirs) = ("main", format!("topic-{step}"));
                project.git(&["switch", "-q", "-c", &theirs]);
                project.edit("topic.md", format!("{step}\n"));
                project.commit("Topic");
                if rng.below(2) == 0 {
                    unshared.news("theirs.md", &format!("{step}\n"));
                    project.lineage_ok(&["sync"]);
                    project.commit("Sync on a topic");
                }
                project.git(&["switch", "-q", ours]);
                project.write(format!("{step}.md"), "x\n");
                project.commit("Meanwhile");
                project.git(&["merge", "-q", "--no-edit", &theirs]);
            }
        }
    }
    unshared.publish();
    unshared
}

/// The first line of the skill as it is.
fn text_of(project: &TestRepo) -> String {
    let text = String::from_utf8(project.read(format!("{PATH}/SKILL.md"))).expect("text");
    text.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn what_is_rebuilt_has_the_shape_of_what_was_lost() {
    for seed in 0..2 {
        let mut rng = Rng(seed);
        let unshared = history(&mut rng, 9);
        let clone = unshared.rebuilt("clone");
        let (truth, here) = (version_of(&unshared.project, "HEAD"), version_of(&clone, "HEAD"));
        let mut shapes = Shapes::default();
        assert_eq!(
            shapes.of(&unshared.project, &truth),
            shapes.of(&clone, &here),
            "seed {seed}: {truth} was rebuilt as {here}"
        );
        // Whoever rebuilt an older commit before comes to the same.
        let early = unshared.clone("early");
        early.git(&["reset", "-q", "--hard", "HEAD~4"]);
        rebuild(&early);
        early.git(&["merge", "-q", "--ff-only", "origin/main"]);
        rebuild(&early);
        assert_eq!(version_of(&early, "HEAD"), here, "seed {seed}");
        assert_eq!(clone.lineage(&["verify"]).code, 0);
    }
}
