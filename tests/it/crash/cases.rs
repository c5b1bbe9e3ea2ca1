//! The commands that are killed, each in a project made for it.

use super::case::{Action, Case, Way};
use super::projects::{conflicted, edited, four, hub, interrupted, reftable, shared, three, with_hooks, with_secret};
use crate::adopt::vendored::Vendored;
use crate::hooks::with_files_only;
use crate::merging::{LINES, with_line};
use crate::support::project::{HEAD_REF, ID, PATH, Project, SOURCE, text};

pub(super) fn deploy() -> Case {
    Case {
        refusals: &["already_deployed"],
        ..Case::new("deploy", Project::new(), &["deploy", SOURCE, PATH])
    }
}

pub(super) fn deploy_from_git() -> Case {
    let project = Project::new();
    let upstream = project.sibling("skills", &[]);
    for name in ["pdf", "docx"] {
        upstream.write(format!("skills/{name}/SKILL.md"), name);
        upstream.write(format!("skills/{name}/deep/er/file"), name);
    }
    upstream.commit("Skills");
    let args = ["deploy", "../skills", ".claude/skills", "--each", "skills/*"];
    Case {
        refusals: &["already_deployed"],
        several: true,
        others: &["skills"],
        ..Case::new("deploy --each, from git", project, &args)
    }
}

/// So many that their refs are moved by one file.
const MANY: usize = 40;

/// Some of the refs are loose, the others packed.
pub(super) fn record_many_artifacts() -> Case {
    let project = with_many();
    project.lineage_ok(&["deploy", "../skills", "skills", "--each", "*"]);
    project.commit("Deploy");
    for number in 0..MANY {
        let path = format!("skills/s{number:02}/SKILL.md");
        if number % 8 == 0 {
            project.write(&path, "loose\n");
            project.lineage_ok(&["record", &format!("skill/s{number:02}")]);
        }
        project.write(&path, "mine\n");
    }
    Case {
        several: true,
        ..Case::new("record, 40 artifacts", project, &["record"])
    }
}

fn with_many() -> Project {
    let project = Project::new();
    let upstream = project.sibling("skills", &[]);
    for number in 0..MANY {
        upstream.write(format!("s{number:02}/SKILL.md"), format!("{number}\n"));
    }
    upstream.commit("Skills");
    project
}

pub(super) fn record() -> Case {
    Case::new("record", edited(Project::new()), &["record"])
}

pub(super) fn record_with_reflog() -> Case {
    let project = Project::new();
    project.git(&["config", "core.logAllRefUpdates", "always"]);
    Case::new("record, with reflogs", edited(project), &["record"])
}

pub(super) fn record_to_reftable() -> Option<Case> {
    Some(Case::new("record, to a reftable", edited(reftable()?), &["record"]))
}

pub(super) fn record_many_files() -> Case {
    let project = Project::deployed();
    for number in 0..50 {
        project.edit(&format!("many/{number}.md"), format!("{number}\n"));
    }
    Case::new("record, 50 files", project, &["record"])
}

pub(super) fn record_a_commit() -> Case {
    let project = edited(Project::new());
    Case::new("record --rev", project, &["record", "--rev", "HEAD~1", ID])
}

pub(super) fn sync() -> Case {
    let args = ["sync", "skill/a", "skill/b"];
    Case {
        several: true,
        ..Case::new("sync", four(Project::new()), &args)
    }
}

pub(super) fn sync_into_conflict() -> Case {
    Case {
        code: 3,
        refusals: &["unfinished"],
        several: true,
        ..Case::new("sync, into a conflict", four(Project::new()), &["sync"])
    }
}

pub(super) fn sync_in_a_reftable() -> Option<Case> {
    Some(Case {
        code: 3,
        refusals: &["unfinished"],
        several: true,
        ..Case::new("sync, in a reftable", four(reftable()?), &["sync"])
    })
}

pub(super) fn continue_when_resolved() -> Case {
    let project = conflicted();
    project.write("skills/c/lines.txt", with_line(LINES, 1, "both"));
    project.git(&["add", "--all"]);
    Case {
        refusals: &["nothing_unfinished"],
        way: Way::Continue,
        ..Case::new("sync --continue, resolved", project, &["sync", "--continue"])
    }
}

pub(super) fn continue_when_interrupted() -> Case {
    Case {
        code: 3,
        refusals: &["nothing_unfinished"],
        way: Way::Continue,
        several: true,
        ..Case::new("sync --continue, interrupted", interrupted(), &["sync", "--continue"])
    }
}

pub(super) fn abort_a_conflict() -> Case {
    Case {
        refusals: &["nothing_unfinished"],
        way: Way::Abort,
        ..Case::new("sync --abort, of a conflict", conflicted(), &["sync", "--abort"])
    }
}

pub(super) fn abort_when_interrupted() -> Case {
    Case {
        refusals: &["nothing_unfinished"],
        way: Way::Abort,
        several: true,
        ..Case::new("sync --abort, interrupted", interrupted(), &["sync", "--abort"])
    }
}

pub(super) fn restore() -> Case {
    let project = three();
    project.edit("SKILL.md", "not recorded\n");
    let version = project.rev_parse(&format!("{HEAD_REF}~2"));
    Case::new("restore", project, &["restore", ID, &version])
}

pub(super) fn mv() -> Case {
    let project = three();
    project.edit("SKILL.md", "not recorded\n");
    Case {
        refusals: &["already_there"],
        ..Case::new("mv", project, &["mv", ID, "skills/pdf"])
    }
}

pub(super) fn mv_to_another_id() -> Case {
    let project = three();
    project.edit("SKILL.md", "not recorded\n");
    Case {
        refusals: &["not_deployed"],
        ..Case::new("mv --id", project, &["mv", ID, "skills/forms", "--id", "skill/forms"])
    }
}

/// The second root of an artifact that was removed.
pub(super) fn deploy_again() -> Case {
    let project = three();
    project.lineage_ok(&["remove", ID]);
    project.commit("Remove");
    Case {
        refusals: &["already_deployed"],
        ..Case::new("deploy, after a remove", project, &["deploy", SOURCE, PATH])
    }
}

pub(super) fn remove() -> Case {
    let project = three();
    project.edit("SKILL.md", "not recorded\n");
    Case {
        refusals: &["not_deployed"],
        ..Case::new("remove", project, &["remove", ID])
    }
}

pub(super) fn undo() -> Case {
    let project = three();
    project.upstream("references/forms.md", "theirs\n");
    project.upstream("new.md", "theirs\n");
    project.lineage_ok(&["sync", ID]);
    Case {
        refusals: &["nothing_to_undo"],
        ..Case::new("undo", project, &["undo"])
    }
}

pub(super) fn adopt() -> Case {
    let vendored = Vendored::new();
    vendored.commit_copy("one");
    vendored.commit_copy("five");
    vendored.commit_line(20, "ours");
    let project = Project::over_worktree(vendored.project);
    let args = ["adopt", PATH, "--upstream", "../skills", "--from", "skills/pdf"];
    Case {
        others: &["skills"],
        ..Case::new("adopt", project, &args)
    }
}

pub(super) fn batch() -> Case {
    Case {
        action: Action::Library(3),
        repeatable: false,
        ..Case::new("batch, of the library", Project::deployed(), &[])
    }
}

pub(super) fn fetch() -> Case {
    let project = shared();
    project.lineage_ok(&["push"]);
    Case {
        place: Some("other"),
        others: &["remote"],
        ..Case::new("fetch", project, &["fetch"])
    }
}

pub(super) fn push() -> Case {
    Case {
        others: &["remote"],
        ..Case::new("push", shared(), &["push"])
    }
}

pub(super) fn prune() -> Case {
    let project = Project::deployed();
    let one = text(&project.record_edit("SKILL.md", "one\n"), "version_id").to_owned();
    let two = text(&project.record_edit("SKILL.md", "two\n"), "version_id").to_owned();
    for version in [one, two] {
        project.git(&["update-ref", &format!("refs/lineage/kept/{version}"), &version]);
    }
    Case::new("prune", project, &["prune"])
}

pub(super) fn forget() -> Case {
    let (project, secret) = with_secret(false);
    Case {
        refusals: &["unknown_version"],
        gives_up: true,
        ..Case::new("forget", project, &["forget", &secret])
    }
}

pub(super) fn forget_what_is_packed() -> Case {
    let (project, secret) = with_secret(true);
    Case {
        refusals: &["unknown_version"],
        gives_up: true,
        ..Case::new("forget, from a pack", project, &["forget", &secret])
    }
}

pub(super) fn init() -> Case {
    let project = Project::new();
    let _remote = project.sibling("remote", &["--bare"]);
    project.git(&["remote", "add", "origin", "../remote"]);
    project.git(&["remote", "add", "second", "../remote"]);
    Case::new("init", project, &["init"])
}

pub(super) fn hooks_install() -> Case {
    let args = ["--json", "hooks", "install"].map(str::to_owned).to_vec();
    Case {
        action: Action::WithHookFiles(args),
        watched: Some(".git/hooks"),
        ..Case::new("hooks install", with_hooks(), &[])
    }
}

pub(super) fn hooks_uninstall() -> Case {
    let project = with_hooks();
    with_files_only(project.call(), &project).lineage_ok(&["hooks", "install"]);
    let args = ["--json", "hooks", "uninstall"].map(str::to_owned).to_vec();
    Case {
        action: Action::WithHookFiles(args),
        watched: Some(".git/hooks"),
        ..Case::new("hooks uninstall", project, &[])
    }
}

pub(super) fn record_by_a_hook() -> Case {
    let project = Project::deployed();
    project.lineage_ok(&["hooks", "install"]);
    project.edit("SKILL.md", "edited\n");
    Case {
        action: Action::Git(&["commit", "--quiet", "--all", "--allow-empty", "--message", "Edit"]),
        repeatable: false,
        ..Case::new("git commit, with our hooks", project, &[])
    }
}

pub(super) fn index_rebuild() -> Case {
    Case::new("index rebuild", three(), &["index", "rebuild"])
}

pub(super) fn index_migrate() -> Case {
    Case::new("index migrate", three(), &["index", "migrate", "--to", "1"])
}

/// A question that brings the sidecar up to date.
pub(super) fn status() -> Case {
    let project = three();
    project.remove(project.sidecar());
    Case::new("status, without a sidecar", project, &["status", ID])
}

pub(super) fn hub_add() -> Case {
    Case {
        place: Some("hub.git"),
        refusals: &["already_added"],
        ..Case::new("hub add", hub(), &["hub", "add", "../repo"])
    }
}

pub(super) fn hub_fetch() -> Case {
    let project = hub();
    project.folder("hub.git").lineage_ok(&["hub", "add", "../repo"]);
    project.folder("hub.git").git(&["remote", "set-url", "repo", "../repo"]);
    Case {
        place: Some("hub.git"),
        others: &["repo"],
        ..Case::new("hub fetch", project, &["hub", "fetch"])
    }
}

/// A manifest that a merge left with markers, which the next command settles.
pub(super) fn settle_the_manifest() -> Case {
    let project = Project::deployed();
    for name in ["one", "two"] {
        project.make_upstream(name);
        project.git(&["switch", "--quiet", "--create", name, "main"]);
        project.lineage_ok(&[
            "deploy",
            &format!("../upstream/skills/{name}"),
            &format!(".claude/skills/{name}"),
        ]);
        project.commit(name);
    }
    let _conflict = project.call().git_any(&["merge", "one"]);
    Case::new("record, of an unmerged manifest", project, &["record"])
}

/// Gives the names of all to a macro that makes tests of them.
macro_rules! every_case {
    ($tests:ident) => {
        $tests! {
            deploy
            deploy_from_git
            record
            record_with_reflog
            record_to_reftable
            record_many_files
            record_many_artifacts
            record_a_commit
            sync
            sync_into_conflict
            sync_in_a_reftable
            continue_when_resolved
            continue_when_interrupted
            abort_a_conflict
            abort_when_interrupted
            restore
            mv
            mv_to_another_id
            deploy_again
            remove
            undo
            adopt
            batch
            fetch
            push
            prune
            forget
            forget_what_is_packed
            init
            hooks_install
            hooks_uninstall
            record_by_a_hook
            index_rebuild
            index_migrate
            status
            hub_add
            hub_fetch
            settle_the_manifest
        }
    };
}
pub(super) use every_case;
