//! A project with what it copied from an upstream by hand.

use serde_json::{Value, json};

use crate::merging::{LINES, with_line};
use crate::support::TestRepo;
use crate::support::project::PATH;

/// An upstream with a skill in `skills/pdf`, and a project that copied from it by hand.
pub(crate) struct Vendored {
    pub(crate) project: TestRepo,
    pub(crate) upstream: TestRepo,
}

impl Vendored {
    /// Four states upstream: line 1, 5, 9 and 13 of `lines.txt` changed one after the other; nothing in the project.
    pub(crate) fn new() -> Self {
        Self::over(TestRepo::new())
    }

    pub(crate) fn over(project: TestRepo) -> Self {
        let upstream = project.sibling("skills", &[]);
        let vendored = Vendored { project, upstream };
        vendored.upstream.write("README.md", "# Skills\n");
        let mut lines = LINES.to_owned();
        for (number, word) in [(1, "one"), (5, "five"), (9, "nine"), (13, "thirteen")] {
            lines = with_line(&lines, number, word);
            vendored.upstream.write("skills/pdf/lines.txt", &lines);
            vendored.upstream.write("skills/pdf/SKILL.md", "# PDF\n");
            vendored.upstream.commit(word);
            vendored.upstream.write("README.md", format!("# {word}\n"));
            vendored.upstream.commit("Something else");
        }
        vendored
    }

    /// The upstream commit with this subject.
    pub(crate) fn commit(&self, subject: &str) -> String {
        let log = ["log", "-1", "--format=%H", &format!("--grep=^{subject}$")];
        self.upstream.git(&log).trimmed()
    }

    /// Replaces the copy in the project by what upstream had in a commit.
    pub(crate) fn copy(&self, subject: &str) {
        let archive = format!("{}:skills/pdf", self.commit(subject));
        let files = self.upstream.git(&["ls-tree", "-r", "--name-only", &archive]).lines();
        let _ = std::fs::remove_dir_all(self.project.path().join(PATH));
        for file in files {
            let data = self
                .upstream
                .git(&["cat-file", "blob", &format!("{archive}/{file}")])
                .stdout;
            self.project.write(format!("{PATH}/{file}"), data);
        }
    }

    /// Copies a state of upstream and commits it.
    pub(crate) fn commit_copy(&self, subject: &str) -> String {
        self.copy(subject);
        self.project.commit(&format!("Copy {subject}"))
    }

    /// Replaces one line of the copy and commits that.
    pub(crate) fn commit_line(&self, number: usize, word: &str) -> String {
        let path = format!("{PATH}/lines.txt");
        let lines = String::from_utf8(self.project.read(&path)).expect("UTF-8");
        self.project.write(&path, with_line(&lines, number, word));
        self.project.commit(word)
    }

    #[track_caller]
    pub(crate) fn adopt(&self) -> Vec<Value> {
        self.project
            .lineage_json(&["adopt", PATH, "--upstream", "../skills", "--from", "skills/pdf"])
    }

    /// The content that upstream has in a commit.
    pub(crate) fn tree(&self, subject: &str) -> String {
        self.upstream.rev_parse(&format!("{}:skills/pdf", self.commit(subject)))
    }

    /// Asserts where a version came from.
    #[track_caller]
    pub(crate) fn assert_from(&self, version: &Value, subject: &str) {
        let expected = json!({
            "url": "../skills", "path": "skills/pdf", "ref": "main", "commit": self.commit(subject),
        });
        assert_eq!(version["upstream"], expected);
    }
}

/// Origins in short: d, s, l or ?.
pub(crate) fn origins(versions: &[Value]) -> String {
    let short = |version: &Value| match version["change_origin"].as_str() {
        None => '?',
        Some(origin) => origin.chars().next().expect("a word"),
    };
    versions.iter().map(short).collect()
}
