//! What hooks record: the same as `record` would, early; and when they do nothing.

use std::path::Path;

use super::{commit_quietly, hooked, log_of, refs};
use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, ID, PATH, Project, text};

/// Two copies of one history: hooks record in one, `record` of the commits after every step in the other.
struct Twins {
    hooked: Project,
    plain: Project,
}

impl Twins {
    fn new() -> Self {
        let plain = Project::deployed();
        let hooked = plain.twin();
        super::install(&hooked);
        // Asking for the same time in both.
        plain.sandbox().clock.advance(3600);
        let twins = Twins { hooked, plain };
        twins.compare("the beginning");
        twins
    }

    /// Does the same in both, in a shell, at the same time.
    #[track_caller]
    fn step(&self, date: u64, script: &str) {
        for project in [&self.hooked, &self.plain] {
            project.call().at(&format!("{date} +0000")).sh(script);
        }
        self.compare(script);
    }

    /// The refs are the same, and in the hooked one before anything was asked of the program.
    #[track_caller]
    fn compare(&self, step: &str) {
        let early = refs(&self.hooked);
        let date = "1767300000 +0000";
        self.plain.call().at(date).lineage_ok(&["record", "--rev", "HEAD"]);
        assert_eq!(early, refs(&self.plain), "after: {step}");
        assert!(!log_of(&self.hooked).exists(), "after: {step}");
    }
}

#[test]
fn hooks_record_what_record_would_after_every_kind_of_step() {
    let twins = Twins::new();
    let edit = |file: &str, text: &str| format!("echo '{text}' >>{PATH}/{file}");
    let mut date = 1_767_400_000;
    for script in [
        format!("{}; git commit -qam one", edit("SKILL.md", "one")),
        format!("{}; git commit -q --amend -am amended", edit("SKILL.md", "more")),
        format!(
            "echo x >other; git add other; git commit -qm other; {}",
            edit("SKILL.md", "left over")
        ),
        format!("git commit -q -m path {PATH}/SKILL.md"),
        format!(
            "git checkout -qb side; {}; git commit -qam side",
            edit("references/forms.md", "side")
        ),
        format!(
            "git checkout -q main; {}; git commit -qam main",
            edit("SKILL.md", "main")
        ),
        "git merge -q --no-edit side".to_owned(),
        "git checkout -q side; git merge -q --ff-only main".to_owned(),
        format!("{}; git commit -qam ahead", edit("SKILL.md", "ahead")),
        format!(
            "git checkout -q main; {}; git commit -qam moved",
            edit("references/forms.md", "moved")
        ),
        "git checkout -q side; git rebase -q main".to_owned(),
        "git checkout -q main; git cherry-pick side".to_owned(),
        "git revert --no-edit HEAD".to_owned(),
        format!(
            "git checkout -qb patched; {}; git commit -qam patch; git format-patch -q -1 -o patches; git reset -q --hard HEAD~1; git am -q patches/*",
            edit("SKILL.md", "patch")
        ),
        format!("git checkout -q main; git rm -q {PATH}/references/forms.md; git commit -qm gone"),
        "git merge -q -s ours --no-edit patched".to_owned(),
        format!(
            "{}; git stash -q; git stash pop -q; git commit -qam popped",
            edit("SKILL.md", "stash")
        ),
    ] {
        date += 100;
        twins.step(date, &script);
    }
    let versions = twins.hooked.lineage_json(&["log", "--all"]);
    assert!(versions.len() > 10, "{versions:#?}");
    assert_eq!(twins.hooked.lineage_json(&["verify"]), [] as [serde_json::Value; 0]);
}

#[test]
fn a_rebase_is_recorded_when_it_has_ended() {
    let project = hooked();
    let before = refs(&project);
    project.git(&["checkout", "--quiet", "-b", "side"]);
    for n in 0..3 {
        project.edit("SKILL.md", format!("# side {n}\n"));
        commit_quietly(&project, "side");
    }
    project.git(&["checkout", "--quiet", "main"]);
    project.write("other", "x\n");
    commit_quietly(&project, "other");
    let on_side = refs(&project);
    assert_ne!(on_side, before);
    project.git(&["checkout", "--quiet", "side"]);
    let editor = "sed -i.bak '1s/pick/edit/'";
    project
        .call()
        .env("GIT_SEQUENCE_EDITOR", editor)
        .git(&["rebase", "--quiet", "-i", "main"]);
    project.edit("SKILL.md", "# amended in the middle\n");
    project.git(&["commit", "--quiet", "--amend", "-a", "--no-edit"]);
    project.edit("SKILL.md", "# one more in the middle\n");
    commit_quietly(&project, "one more");
    assert_eq!(refs(&project), on_side, "nothing while it runs");
    project.call().git_any(&["rebase", "--continue"]).assert_code(1);
    project.edit("SKILL.md", "# resolved\n");
    project.git(&["add", "--all"]);
    project.call().git_any(&["rebase", "--continue"]).assert_code(1);
    project.edit("SKILL.md", "# resolved again\n");
    project.git(&["add", "--all"]);
    project.git(&["rebase", "--continue"]);
    assert!(!project.exists(".git/rebase-merge"));
    let rebased = refs(&project);
    assert_ne!(rebased, on_side, "post-rewrite has come");
    project.lineage_ok(&["record"]);
    assert_eq!(refs(&project), rebased, "and has left nothing to do");
    assert!(!log_of(&project).exists());
}

#[test]
fn with_head_detached_nothing_is_recorded() {
    let project = hooked();
    project.git(&["checkout", "--quiet", "--detach"]);
    let before = refs(&project);
    project.edit("SKILL.md", "# nowhere\n");
    commit_quietly(&project, "nowhere");
    assert_eq!(refs(&project), before);
    project.git(&["checkout", "--quiet", "-B", "main"]);
    assert_ne!(refs(&project), before, "on a branch again");
}

#[test]
fn files_that_are_checked_out_are_no_branch() {
    let project = hooked();
    project.edit("SKILL.md", "# by plain git\n");
    project.git(&["add", "--all"]);
    project
        .call()
        .env("GIT_LINEAGE_HOOKS", "0")
        .git(&["commit", "--quiet", "-m", "x"]);
    let before = refs(&project);
    project.edit("SKILL.md", "# to be lost\n");
    project.git(&["checkout", "--quiet", "--", PATH]);
    assert_eq!(refs(&project), before, "single files");
    project.git(&["checkout", "--quiet", "main"]);
    assert_ne!(refs(&project), before, "a branch");
}

#[test]
fn a_conflict_that_a_commit_resolves_is_recorded_as_the_merge() {
    let project = hooked();
    project.edit("SKILL.md", "# Ours\n");
    commit_quietly(&project, "Ours");
    project.upstream("SKILL.md", "# Theirs\n");
    project.lineage(&["sync"]).assert_code(3);
    project.edit("SKILL.md", "# Both\n");
    commit_quietly(&project, "Resolved");
    let refs = refs(&project);
    assert!(!refs.contains("pending"), "{refs}");
    let head = project
        .call()
        .at("0 +0000")
        .git(&["log", "-1", "--format=%P|%s", HEAD_REF])
        .trimmed();
    assert_eq!(
        head,
        format!(
            "{} {}|Sync {ID}",
            project.rev_parse(&format!("{HEAD_REF}^1")),
            project.rev_parse(&format!("{HEAD_REF}^2"))
        )
    );
}

#[test]
fn an_index_made_for_one_commit_does_not_mislead() {
    let project = hooked();
    project.edit("SKILL.md", "# Ours\n");
    commit_quietly(&project, "Ours");
    project.upstream("SKILL.md", "# Theirs\n");
    project.lineage(&["sync"]).assert_code(3);
    let other = project.beside("other-index");
    for args in [
        &["read-tree", "HEAD"][..],
        &["add", ".gitlineage"],
        &["commit", "--quiet", "-m", "The manifest alone"],
    ] {
        project.call().env("GIT_INDEX_FILE", &other).git(args);
    }
    let refs = refs(&project);
    assert!(
        refs.contains("refs/lineage/pending/main/skill/pdf "),
        "the conflict still stands: {refs}"
    );
    project.lineage_ok(&["sync", "--abort"]);
}

#[test]
fn commits_of_single_paths_and_from_elsewhere_are_recorded() {
    let project = hooked();
    let newest = || text(&project.show(ID), "content_hash").to_owned();
    project.edit("SKILL.md", "# one\n");
    project.write("other", "staged\n");
    project.git(&["add", "other"]);
    project
        .call()
        .cwd(PATH)
        .git(&["commit", "--quiet", "-m", "path", "SKILL.md"]);
    assert_eq!(newest(), project.rev_parse(&format!("HEAD:{PATH}")));
    project.edit("SKILL.md", "# two\n");
    let before = refs(&project);
    let (git_dir, work_tree) = (project.git_dir(), project.path());
    project
        .call()
        .cwd("..")
        .env("GIT_DIR", &git_dir)
        .env("GIT_WORK_TREE", work_tree)
        .git(&["commit", "--quiet", "-a", "-m", "from elsewhere"]);
    assert_ne!(refs(&project), before);
    assert_eq!(newest(), project.rev_parse(&format!("HEAD:{PATH}")));
}

#[test]
fn linked_work_trees_and_submodules_record_on_their_own_branches() {
    let project = hooked();
    let linked = project.worktree_add("linked", "side");
    assert!(!refs(&project).contains("heads/side"));
    linked.write(Path::new(PATH).join("SKILL.md"), "# linked\n");
    commit_quietly(&linked, "linked");
    assert!(refs(&project).contains("refs/lineage/heads/side/skill/pdf "));
    assert_eq!(
        linked.rev_parse("refs/lineage/heads/side/skill/pdf^{tree}"),
        linked.rev_parse(&format!("HEAD:{PATH}"))
    );

    let outer = project.sibling("outer", &[]);
    let source = project.path().to_str().expect("UTF-8");
    outer.git(&["submodule", "--quiet", "add", source, "inner"]);
    let inner = TestRepo::clone(&outer).folder("outer/inner");
    inner.git(&[
        "fetch",
        "--quiet",
        "origin",
        "+refs/lineage/heads/*:refs/lineage/heads/*",
    ]);
    super::install(&inner);
    let before = refs(&inner);
    inner.write(Path::new(PATH).join("SKILL.md"), "# inner\n");
    commit_quietly(&inner, "inner");
    assert_ne!(refs(&inner), before);
    assert_eq!(
        inner.rev_parse(&format!("{HEAD_REF}^{{tree}}")),
        inner.rev_parse(&format!("HEAD:{PATH}"))
    );
}

#[test]
fn processes_that_this_program_starts_fire_no_hook_of_ours() {
    let project = hooked();
    let seen = project.beside("seen");
    project.write_exec(
        ".git/hooks/reference-transaction",
        format!(
            "#!/bin/sh\ncat >/dev/null\necho \"lineage=$GIT_LINEAGE_HOOKS\" >>'{}'\n",
            seen.display()
        ),
    );
    project.edit("SKILL.md", "# Ours\n");
    project.record();
    project.upstream("SKILL.md", "# Theirs\n");
    project.lineage(&["sync"]).assert_code(3);
    project.lineage_ok(&["sync", "--abort"]);
    let seen = String::from_utf8(project.read(&seen)).expect("text");
    assert!(
        !seen.is_empty() && seen.lines().all(|line| line == "lineage=0"),
        "{seen}"
    );
}

#[test]
fn a_commit_that_touches_no_artifact_does_not_even_open_the_index() {
    let project = hooked();
    project.write(".claude/skills/other/SKILL.md", "# no artifact\n");
    project.edit("SKILL.md", "# one\n");
    commit_quietly(&project, "one");
    // Whoever opens the index finds this.
    project.git(&["update-ref", "refs/lineage/heads/main/skill/wrong", "HEAD"]);
    for (script, touches) in [
        ("mkdir src; echo x >src/main.c", false),
        ("echo x >.claude/settings.json", false),
        ("echo x >>.claude/skills/other/SKILL.md", false),
        ("rm -r .claude/skills/other", false),
        (
            "mkdir .claude/skills/pdf-tools; echo x >.claude/skills/pdf-tools/SKILL.md",
            false,
        ),
        ("echo x >>.claude/skills/pdf/SKILL.md", true),
        ("echo x >.claude/skills/pdf/new.md", true),
        ("chmod -x .claude/skills/pdf/scripts/fill.sh", true),
        ("git mv .claude/skills/pdf elsewhere", true),
        ("rm -r .claude", true),
        ("rm -r .claude; echo x >.claude", true),
        ("echo '# a comment' >>.gitlineage", true),
    ] {
        let twin = project.twin();
        twin.call().sh(script);
        commit_quietly(&twin, script);
        assert_eq!(log_of(&twin).exists(), touches, "{script}");
    }
}

#[test]
fn many_commits_that_touch_nothing_are_walked_now_and_then() {
    let project = hooked();
    project.edit("SKILL.md", "# one\n");
    commit_quietly(&project, "one");
    let commits = "for n in 1 2 3 4 5 6 7 8; do for m in 1 2 3 4 5; do echo $n$m >other; git add .; git commit -qm other; done; done";
    project.call().config("core.hooksPath", "/dev/null").sh(commits);
    project.write("other", "the last one\n");
    commit_quietly(&project, "other");
    let before = refs(&project);
    project.edit("SKILL.md", "# two\n");
    commit_quietly(&project, "two");
    assert_ne!(refs(&project), before);
    assert!(!log_of(&project).exists());
    assert_eq!(project.lineage_json(&["verify"]), [] as [serde_json::Value; 0]);
}

#[test]
fn a_repository_without_artifacts_is_left_alone() {
    let repo = TestRepo::new();
    super::install(&repo);
    repo.write("README.md", "x\n");
    commit_quietly(&repo, "x");
    assert!(!repo.git_dir().join("lineage").exists());
}
