//! The tour: a whole life of an artifact in a directory of its own, with the real program and the real git.
//!
//! Guarantees: nothing of the user's is read or changed but the directory that is made; every command that is printed was
//! run as printed and succeeded; the lineage at the end is compared with what was done. The directory stays in any case.

mod fixtures;
mod stage;

use std::path::Path;

use serde_json::Value;

use self::stage::Stage;
use super::{Outcome, failure::Failure, json, output::Output, text};

const ID: &str = "skill/changelog-writer";
const FROM: &str = "../skills/changelog-writer";
const AT: &str = ".claude/skills/changelog-writer";
const RULE: &str = "- Name the person who asked for the change.";
const TEMPLATE: &str = "templates/CHANGELOG.md";

/// Runs the tour in `directory`, or in a new temporary one.
pub(super) fn run(directory: Option<&Path>, out: &mut Output) -> Result<(), Failure> {
    let mut stage = Stage::set(directory, out)?;
    stage.say(format!(
        "A project, and a folder of skills beside it, in {}",
        stage.directory().display()
    ))?;
    deploy(&mut stage)?;
    edit_and_revert(&mut stage)?;
    sync_and_revert(&mut stage)?;
    merge(&mut stage)?;
    conflict(&mut stage)?;
    stage.say("The timeline, newest first:")?;
    stage.lineage(&["log", ID, "--graph"])?;
    stage.say("The lineage, oldest first; three of its contents are the same:")?;
    stage.lineage(&["lineage", ID])?;
    stage.say("Everything is plain git, and checks out:")?;
    stage.lineage(&["verify"])?;
    check(&mut stage)?;
    end(stage)
}

fn deploy(stage: &mut Stage<'_>) -> Result<(), Failure> {
    stage.write("skills/changelog-writer", &fixtures::FIRST)?;
    stage.write("skills-next/changelog-writer", &fixtures::NEXT)?;
    stage.make_project()?;
    stage.say("Deploy a skill into the project:")?;
    stage.shown("cd project")?;
    stage.lineage(&["deploy", FROM, AT])?;
    stage.shell("git commit -qm 'Add the changelog-writer skill'")
}

fn edit_and_revert(stage: &mut Stage<'_>) -> Result<(), Failure> {
    stage.say("Edit it, and record the edit:")?;
    stage.shell(&format!("echo '{RULE}' >> {AT}/SKILL.md"))?;
    stage.lineage(&["record", ID, "-m", "House rule: name who asked"])?;
    stage.shell("git commit -qam 'changelog-writer: our house rule'")?;
    stage.say("Think better of it with plain git; 'record' catches up with the commit:")?;
    stage.shell("git revert --no-edit HEAD")?;
    stage.lineage(&["record", ID])
}

fn sync_and_revert(stage: &mut Stage<'_>) -> Result<(), Failure> {
    stage.say("Upstream moves on, and the project follows:")?;
    stage.shell("cp -R ../skills-next/changelog-writer ../skills/")?;
    stage.lineage(&["sync", ID])?;
    stage.shell("git commit -qm 'Sync the changelog-writer skill'")?;
    stage.say("Not yet: back to the content before, and recorded as what it is, a change made here:")?;
    stage.shell(&format!("git restore --source=HEAD~1 --staged --worktree -- {AT}"))?;
    stage.lineage(&["record", ID, "-m", "Back to the skill we know"])?;
    stage.shell("git commit -qm 'changelog-writer: back to the skill we know'")
}

fn merge(stage: &mut Stage<'_>) -> Result<(), Failure> {
    stage.say("Both sides move on: the house rule is back here, and upstream has a rule of its own:")?;
    stage.shell(&format!("echo '{RULE}' >> {AT}/SKILL.md"))?;
    stage.shell(&format!(
        "echo '- Anything in capitals.' >> {FROM}/references/wording.md"
    ))?;
    stage.lineage(&["status"])?;
    stage.say("Neither is lost: the edit is recorded, then merged over the version that it came from:")?;
    stage.lineage(&["sync", ID])?;
    stage.shell("git commit -qam 'Sync the changelog-writer skill'")?;
    stage.lineage(&["status"])
}

fn conflict(stage: &mut Stage<'_>) -> Result<(), Failure> {
    stage.say("Both add to the end of one file, so far all of it upstream's:")?;
    stage.lineage(&["blame", ID, TEMPLATE])?;
    stage.shell(&format!("echo '- The names of its authors.' >> {AT}/{TEMPLATE}"))?;
    stage.shell(&format!("echo '- How to install it.' >> {FROM}/{TEMPLATE}"))?;
    stage.lineage_ending(Outcome::Conflicts, &["sync", ID])?;
    stage.say("It is a conflict as git knows them. Both lines are to stay:")?;
    stage.shell(&format!("git diff -- {AT}/{TEMPLATE}"))?;
    stage.shell(&format!(
        "grep -v -e '^<<<<<<<' -e '^=======' -e '^>>>>>>>' {AT}/{TEMPLATE} > resolved; mv resolved {AT}/{TEMPLATE}"
    ))?;
    stage.shell(&format!("git add {AT}/{TEMPLATE}"))?;
    stage.lineage(&["sync", "--continue"])?;
    stage.shell("git commit -qam 'Sync the changelog-writer skill again'")?;
    stage.say("Whose line is it now?")?;
    stage.lineage(&["blame", ID, TEMPLATE])?;
    stage.lineage(&["status"])
}

/// Compares what was recorded with what was done.
fn check(stage: &mut Stage<'_>) -> Result<(), Failure> {
    let lines = stage.ask(&["lineage", ID, "--json"])?;
    let wrong = |found: String, stage: &Stage<'_>| Failure::DemoLineage {
        found,
        directory: stage.directory().to_owned(),
    };
    let versions: Result<Vec<Value>, _> = lines.lines().map(serde_json::from_str).collect();
    let versions = versions.map_err(|error| wrong(error.to_string(), stage))?;
    let origins: Vec<&str> = versions
        .iter()
        .filter_map(|version| version["change_origin"].as_str())
        .collect();
    let expected = [
        "deployment",
        "local_modification",
        "local_modification",
        "sync",
        "local_modification",
        "local_modification",
        "sync",
        "local_modification",
        "sync",
    ];
    if origins != expected {
        return Err(wrong(origins.join(", "), stage));
    }
    let parents = |at: usize| versions[at]["parent_ids"].as_array().map(Vec::len);
    if [6, 8].map(parents) != [Some(2); 2] {
        return Err(wrong("a sync of both sides is no merge".to_owned(), stage));
    }
    let content = |at: usize| &versions[at]["content_hash"];
    if content(0) != content(2) || content(0) != content(4) || content(0) == content(1) || content(0) == content(3) {
        return Err(wrong("the contents do not return to the first one".to_owned(), stage));
    }
    Ok(())
}

fn end(stage: Stage<'_>) -> Result<(), Failure> {
    let (project, program) = (stage.directory().join("project"), stage.program().to_owned());
    let directory = stage.directory().to_owned();
    let out = stage.leave();
    if out.is_json() {
        out.json(&json::Demo {
            directory: directory.to_string_lossy().into_owned(),
            project: project.to_string_lossy().into_owned(),
        })?;
        return Ok(());
    }
    out.line("")?;
    out.line("All of it stays there for you to explore:")?;
    out.line(format_args!("  cd {}", text::quoted(&project.to_string_lossy())))?;
    out.line(format_args!("  git lineage show {ID}~1"))?;
    out.line("  git log --graph refs/lineage/heads/main/skill/changelog-writer")?;
    out.aside(format!(
        "'git lineage' needs git-lineage in the PATH; this one is {}",
        program.display()
    ));
    Ok(())
}
