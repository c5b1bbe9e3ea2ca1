//! Merges of artifacts against what `git merge` makes of the same histories.

mod cases;
mod classic;
mod configured;
mod conflicts;
mod failures;
mod files;
mod oracle;
mod random;

use std::path::PathBuf;

use gix::{ObjectId, bstr::BStr};

use super::{Favor, Labels, MergeError, MergeRequest, Merged, merge_all};
use crate::{
    content::testing::TestRepo,
    git::{Environment, Repo, objects::Mode},
    id::{ContentHash, HashKind},
    project_path::ProjectPath,
};
use files::Files;

/// What the defaults of git are, said aloud: the engine runs with the configuration of whoever runs the tests.
const DEFAULTS: [(&str, &str); 12] = [
    ("user.name", "A"),
    ("user.email", "a@example.org"),
    ("core.attributesFile", "/dev/null"),
    ("core.autocrlf", "false"),
    ("core.eol", "lf"),
    ("diff.renames", "true"),
    ("diff.renameLimit", "1000"),
    ("merge.conflictStyle", "merge"),
    ("merge.directoryRenames", "conflict"),
    ("merge.renameLimit", "1000"),
    ("merge.renames", "true"),
    ("merge.renormalize", "false"),
];

const LABELS: Labels<'_> = Labels {
    base: "the base",
    ours: "skill/pdf (yours)",
    theirs: "skill/pdf (upstream 1234567)",
};

/// A project in which artifacts are merged.
struct Project {
    git: TestRepo,
    repo: Repo,
}

impl Project {
    fn new(kind: HashKind) -> Self {
        Self::with_config(kind, &[])
    }

    fn with_config(kind: HashKind, config: &[(&str, &str)]) -> Self {
        let git = TestRepo::new(kind);
        for (key, value) in DEFAULTS.iter().chain(config) {
            git.ok(["config", key, value]);
        }
        let repo = Repo::open(&git.path(), Environment::Ignored).expect("a repository");
        Project { git, repo }
    }

    /// With the configuration as it is now.
    fn reopen(self) -> Self {
        let repo = Repo::open(&self.git.path(), Environment::Ignored).expect("a repository");
        Project { repo, ..self }
    }

    fn write(&self, path: &str, data: impl AsRef<[u8]>) -> PathBuf {
        let path = self.git.path().join(path);
        std::fs::create_dir_all(path.parent().expect("below the project")).expect("a folder");
        std::fs::write(&path, data).expect("written");
        path
    }

    /// Merges one artifact at `path`, none of whose objects is in the repository.
    fn merge(&self, path: &str, single_file: bool, sides: [&Files; 3]) -> Result<Merged, MergeError> {
        self.merge_favoring(None, path, single_file, sides)
    }

    fn merge_favoring(
        &self,
        favor: Option<Favor>,
        path: &str,
        single_file: bool,
        sides: [&Files; 3],
    ) -> Result<Merged, MergeError> {
        let mut batch = self.repo.batch(Mode::Nothing);
        let path = project_path(path);
        let [base, ours, theirs] = sides.map(|files| files.add_to(&mut batch, self.git.kind));
        let request = request(&path, single_file, [base, ours, theirs]);
        let mut merged = merge_all(&self.repo, &batch, &[request], favor).expect("git runs");
        assert_eq!(merged.len(), 1);
        merged.remove(0)
    }
}

fn project_path(path: &str) -> ProjectPath {
    path.parse().expect("a path")
}

fn request(path: &ProjectPath, single_file: bool, [base, ours, theirs]: [ContentHash; 3]) -> MergeRequest<'_> {
    MergeRequest {
        path,
        single_file,
        base,
        ours,
        theirs,
        labels: LABELS,
    }
}

impl Merged {
    /// What the merge made of a path.
    fn data(&self, path: &str, sides: [&Files; 3]) -> Option<Vec<u8>> {
        let entry = self.content.get(BStr::new(path))?;
        Some(self.blob(entry.id, sides).expect("every blob is known"))
    }

    fn text(&self, path: &str, sides: [&Files; 3]) -> String {
        String::from_utf8(self.data(path, sides).expect("it is there")).expect("text")
    }

    /// A blob that the merge or one of the sides brought.
    fn blob(&self, id: ObjectId, sides: [&Files; 3]) -> Option<Vec<u8>> {
        let kind = HashKind::of(id.kind());
        let made = self.objects.iter().map(|(_, data)| data);
        let brought = sides
            .into_iter()
            .flat_map(|files| files.0.values().map(|(_, data)| data));
        let mut all = made.chain(brought);
        all.find(|data| crate::content::hash_object(kind, "blob", data) == id)
            .cloned()
    }

    fn unmerged(&self) -> Vec<String> {
        self.conflicts
            .iter()
            .map(|conflict| {
                let stages = conflict.stages.map(|stage| if stage.is_some() { 'x' } else { '-' });
                format!("{} {}", stages.iter().collect::<String>(), conflict.path)
            })
            .collect()
    }
}
