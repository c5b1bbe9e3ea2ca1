//! [`Story`]: a project on which things happen, told by git.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::merging::{lines, with_line};
use crate::support::TestRepo;
use crate::support::project::{ID, PATH, Project, one, text};

/// For what leaves the clock alone, so that both ways of telling a story make the same commits.
pub(super) const FIXED: &str = "1767225600 +0000";

/// When the project's commits are caught up with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// By git's hooks, as soon as there is something; what fires none, by the next command that writes.
    ByHooks,
    /// By the next command that writes.
    AtTheEnd,
}

/// Whether HEAD is on a branch, and that has a commit.
#[track_caller]
pub(super) fn is_on_a_branch(project: &TestRepo) -> bool {
    let asks = [
        &["symbolic-ref", "-q", "HEAD"][..],
        &["rev-parse", "-q", "--verify", "HEAD"],
    ];
    let works = |args: &&[&str]| project.call().at(FIXED).git_any(args).code == 0;
    asks.iter().all(works)
}

/// A project with `skill/pdf` deployed in commit `C0` and [twenty lines](crate::merging::LINES) in `lines.txt`.
pub(super) struct Story {
    pub(super) project: Project,
    pub(super) anchor: String,
    pub(super) when: When,
    /// By the names they have in the picture.
    pub(super) commits: RefCell<BTreeMap<String, String>>,
    pub(super) labels: RefCell<BTreeMap<String, String>>,
    /// Every version that was ever seen.
    pub(super) seen: RefCell<BTreeSet<String>>,
    /// The heads there were after each deployment, sync and record: what another clone has fetched.
    pub(super) published: RefCell<Vec<(String, String)>>,
}

impl Story {
    /// A story on a project in which `skill/pdf` is deployed and committed.
    #[track_caller]
    pub(super) fn on(project: Project, anchor: &str, when: When) -> Self {
        let story = Story {
            project,
            anchor: anchor.to_owned(),
            when,
            commits: RefCell::default(),
            labels: RefCell::default(),
            seen: RefCell::default(),
            published: RefCell::default(),
        };
        if when == When::ByHooks {
            story.project.call().at(FIXED).lineage_ok(&["hooks", "install"]);
        }
        story.publish();
        story.named("C0", "HEAD");
        story
    }

    /// The versions by the names they have in the picture, once [compared](Self::check) with it.
    pub(super) fn versions(&self) -> BTreeMap<String, String> {
        self.labels.borrow().clone()
    }

    /// Git, which is expected to work.
    #[track_caller]
    pub(super) fn git(&self, args: &[&str]) {
        self.project.git(args);
        self.after();
    }

    /// Git, which is expected to stop with conflicts.
    #[track_caller]
    pub(super) fn git_stops(&self, args: &[&str]) {
        let output = self.project.git_fails(args);
        let unmerged = self.project.git(&["ls-files", "--unmerged"]);
        assert!(!unmerged.stdout.is_empty(), "{output}");
    }

    /// What a git command may be followed by: versions that hooks have made.
    #[track_caller]
    pub(super) fn after(&self) {
        if self.when == When::ByHooks {
            self.look();
        }
    }

    /// Takes down which versions there are.
    #[track_caller]
    pub(super) fn look(&self) {
        let versions = self.reachable();
        self.seen.borrow_mut().extend(versions);
    }

    /// Every version that hangs on a ref.
    #[track_caller]
    pub(super) fn reachable(&self) -> Vec<String> {
        let globs = ["heads", "remotes", "kept"].map(|area| format!("--glob=refs/lineage/{area}"));
        let mut args = vec!["rev-list"];
        args.extend(globs.iter().map(String::as_str));
        self.project.call().at(FIXED).git(&args).lines()
    }

    /// Gives a commit the name it has in the picture.
    #[track_caller]
    pub(super) fn named(&self, name: &str, revision: &str) {
        let commit = self.project.rev_parse(revision);
        self.commits.borrow_mut().insert(name.to_owned(), commit);
    }

    /// Commits everything that is tracked. The subject is the name.
    #[track_caller]
    pub(super) fn commit(&self, name: &str) {
        self.project.git(&["commit", "--quiet", "--all", "--message", name]);
        self.named(name, "HEAD");
        self.after();
    }

    /// `git switch` with arguments.
    #[track_caller]
    pub(super) fn switch(&self, args: &[&str]) {
        let args: Vec<&str> = ["switch", "--quiet"].iter().chain(args).copied().collect();
        self.git(&args);
    }

    /// Replaces a line of `lines.txt` in the project.
    #[track_caller]
    pub(super) fn edit(&self, number: usize, line: &str) {
        self.project
            .edit("lines.txt", with_line(&lines(&self.project), number, line));
    }

    /// Replaces a line and commits.
    #[track_caller]
    pub(super) fn edited(&self, name: &str, number: usize, line: &str) {
        self.edit(number, line);
        self.commit(name);
    }

    /// Replaces a line of `lines.txt` upstream.
    #[track_caller]
    pub(super) fn upstream(&self, number: usize, line: &str) {
        let file = self.project.upstream_dir("pdf").join("lines.txt");
        let text = String::from_utf8(self.project.read(&file)).expect("UTF-8");
        self.project.write(file, with_line(&text, number, line));
    }

    /// Line `number` of `lines.txt` in the project, counted from 1.
    #[track_caller]
    pub(super) fn line(&self, number: usize) -> String {
        let text = lines(&self.project);
        text.lines().nth(number - 1).expect("there are twenty").to_owned()
    }

    /// Records the work tree.
    #[track_caller]
    pub(super) fn record(&self, message: &str) -> Value {
        let recorded = one(self.project.lineage_json(&["record", ID, "--message", message]));
        self.publish();
        recorded
    }

    /// Syncs; the result must be what git makes of the baseline, HEAD's content and upstream's.
    #[track_caller]
    pub(super) fn sync(&self, result: &str) {
        let base = self.baseline("HEAD");
        let ours = self.project.rev_parse(&format!("HEAD:{PATH}"));
        let (tree, clean) = self.merged(&base, &ours, &self.upstream_tree());
        let output = self.project.lineage(&["--json", "sync", ID]);
        let answer = one(output.json());
        assert_eq!(answer["result"], result, "{output}");
        assert_eq!(clean, result != "conflict", "git disagrees on conflicts\n{output}");
        if clean {
            assert_eq!(
                self.project.staged_tree(PATH),
                tree,
                "git merges to something else\n{output}"
            );
        }
        self.publish();
    }

    /// Publishes a line upstream, syncs, and commits.
    #[track_caller]
    pub(super) fn synced(&self, name: &str, number: usize, line: &str, result: &str) {
        self.upstream(number, line);
        self.sync(result);
        self.commit(name);
    }

    /// The baseline in the manifest of a commit.
    #[track_caller]
    pub(super) fn baseline(&self, revision: &str) -> String {
        let key = format!("artifact.{ID}.baseline");
        let blob = format!("{revision}:.gitlineage");
        let args = ["config", "--blob", &blob, &key];
        self.project.call().at(FIXED).git(&args).trimmed()
    }

    /// What was published so far is what other clones may have.
    #[track_caller]
    pub(super) fn publish(&self) {
        let format = "--format=%(refname:lstrip=3) %(objectname)";
        let refs = self
            .project
            .call()
            .at(FIXED)
            .git(&["for-each-ref", format, "refs/lineage/heads"]);
        for line in refs.lines() {
            let (name, id) = line.split_once(' ').expect("two fields");
            let known = (name.to_owned(), id.to_owned());
            let mut published = self.published.borrow_mut();
            if !published.contains(&known) {
                published.push(known);
            }
        }
        self.look();
    }

    /// The tree git would store of upstream's content.
    #[track_caller]
    fn upstream_tree(&self) -> String {
        let git_dir = self.project.git_dir();
        let call = || {
            let upstream = self.project.upstream_dir("pdf");
            let call = self.project.call().at(FIXED).cwd(&upstream);
            let call = call.env("GIT_DIR", &git_dir).env("GIT_WORK_TREE", &upstream);
            call.env("GIT_INDEX_FILE", Path::new(&git_dir).join("upstream-index"))
        };
        call().git(&["add", "--all", "."]);
        call().git(&["write-tree"]).trimmed()
    }

    /// What git merges of three trees, and whether without conflicts.
    #[track_caller]
    fn merged(&self, base: &str, ours: &str, theirs: &str) -> (String, bool) {
        let commit = |tree: &str, parent: Option<&str>| {
            let mut args = vec!["commit-tree", "-m", "Side", tree];
            args.extend(parent.iter().flat_map(|parent| ["-p", parent]));
            self.project.call().at(FIXED).git(&args).trimmed()
        };
        let base = commit(base, None);
        let [ours, theirs] = [ours, theirs].map(|tree| commit(tree, Some(&base)));
        let args = ["merge-tree", "--write-tree", &ours, &theirs];
        let output = self.project.call().at(FIXED).git_any(&args);
        assert!(output.code < 2, "{output}");
        let tree = output.text().lines().next().unwrap_or_default().to_owned();
        (tree, output.code == 0)
    }

    /// `record --rev` on a line that holds the commit.
    #[track_caller]
    pub(super) fn version_at(&self, repo: &TestRepo, commit: &str) -> (String, bool) {
        let containing = [
            "for-each-ref",
            "--format=%(refname:lstrip=2)",
            "--contains",
            commit,
            "refs/heads",
        ];
        let lines = repo.call().at(FIXED).git(&containing).lines();
        let line = lines.first().unwrap_or_else(|| panic!("no branch holds {commit}"));
        let args = ["record", "--line", line, "--rev", commit, ID];
        let answer = one(repo.call().at(FIXED).lineage_json(&args));
        (text(&answer, "version_id").to_owned(), answer["recorded"] == true)
    }
}
