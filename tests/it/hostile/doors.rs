//! The ways in, and that nothing changes where something hostile stands in one.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use git_lineage::{
    ArtifactId, BatchFile, BatchVersion, ChangeOrigin, FileMode, LineageStore, Person, Signature, Timestamp,
};

use super::contents::{CONTENTS, Case};
use super::objects::{File, Objects};
use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, ID, Project, World, text};
use crate::support::repo::utf8;

/// A project with `skill/pdf`, and beside it a bare repository with all hostile contents: commits of an upstream at
/// `refs/heads/<number>`, which hold one at `evil`, and versions at `refs/lineage/heads/<number>/skill/pdf`.
struct Evil {
    project: Project,
    repo: TestRepo,
    commits: Vec<String>,
    versions: Vec<String>,
    /// The files of those that can lie in a folder.
    files: Vec<Option<Vec<File>>>,
}

impl Evil {
    #[track_caller]
    fn new() -> Self {
        let project = Project::over(TestRepo::usual());
        project.deploy();
        project.commit("Add the pdf skill");
        let repo = project.sibling("evil.git", &["--bare"]);
        let objects = Objects::of(&repo);
        let good = objects.folder("evil", &objects.file("good"));
        let good = objects.commit("refs/heads/main", &good, None, "Good");
        let (mut commits, mut versions, mut files) = (Vec::new(), Vec::new(), Vec::new());
        for (number, case) in CONTENTS.iter().enumerate() {
            let tree = (case.make)(&objects);
            let root = objects.folder("evil", &tree);
            let name = format!("refs/heads/{number}");
            commits.push(objects.commit(&name, &root, Some(&good), case.name));
            let trailers = format!("Lineage-Format: 1\nArtifact-Id: {ID}\nChange-Origin: deployment");
            let message = format!("{}\n\n{trailers}", case.name);
            let name = format!("refs/lineage/heads/{number}/skill/pdf");
            versions.push(objects.commit(&name, &tree, None, &message));
            files.push(case.on_disk.then(|| objects.files(&tree)));
        }
        drop(objects);
        Evil {
            project,
            repo,
            commits,
            versions,
            files,
        }
    }

    /// Lets a repository have all objects, as a server can send them: git itself does not send some of these.
    fn give_objects(&self, git_dir: &Path) {
        let objects = self.repo.path().join("objects");
        let alternates = git_dir.join("objects/info/alternates");
        self.project.write(alternates, format!("{}\n", utf8(&objects)));
    }

    /// The same for what is kept of it as an upstream.
    fn give_objects_to_the_cache(&self) {
        let cache = self.project.beside("home/.cache/git-lineage");
        for entry in std::fs::read_dir(cache).expect("something was fetched") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                self.give_objects(&path);
            }
        }
    }

    /// Brings the versions to the project as a fetch does.
    fn fetch_versions(&self) {
        self.give_objects(&self.project.path().join(".git"));
        let create = |(number, id)| format!("create refs/lineage/remotes/evil/{number}/skill/pdf {id}\n");
        let moves: String = self.versions.iter().enumerate().map(create).collect();
        self.project.git_stdin(&["update-ref", "--stdin"], moves);
    }

    /// Makes a call for each case: its answer has to say why that is refused, and nothing may have changed.
    #[track_caller]
    fn all_refused(&self, call: impl Fn(usize, &'static Case) -> Option<String>) {
        let before = self.project.everything();
        let mut faults = Vec::new();
        for (number, case) in CONTENTS.iter().enumerate() {
            let Some(message) = call(number, case) else { continue };
            if !case.is_said_in(&message) {
                faults.push(format!("{}: {message}", case.name));
            }
            before.assert_same(&self.project.everything());
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    /// The message of a command that fails.
    #[track_caller]
    fn message(&self, args: &[&str]) -> String {
        let args = [&["--json"], args].concat();
        let output = self.project.call().within(60).lineage(&args).assert_code(1);
        text(&output.json_error(), "message").to_owned()
    }
}

const DEPLOY: [&str; 7] = [
    "deploy",
    "../evil.git",
    "new/here",
    "--from",
    "evil",
    "--id",
    "skill/evil",
];

#[test]
fn deploy_from_a_git_upstream() {
    let evil = Evil::new();
    evil.project.lineage_ok(&[&DEPLOY[..], &["--dry-run"]].concat());
    evil.give_objects_to_the_cache();
    evil.all_refused(|number, _| Some(evil.message(&[&DEPLOY[..], &["--ref", &number.to_string()]].concat())));
}

#[test]
fn what_git_does_not_even_send() {
    let evil = Evil::new();
    let before = evil.project.everything();
    let not_sent = CONTENTS.iter().enumerate();
    let not_sent = not_sent.filter_map(|(number, case)| Some((number, case, case.not_sent?)));
    // Each is asked for in several ways before it is given up.
    for (number, case, by_git) in not_sent.take(2) {
        let said = evil.message(&[&DEPLOY[..], &["--ref", &number.to_string()]].concat());
        let gone = format!("does not have the commit {}", evil.commits[number]);
        assert!(
            said.contains(by_git) || said.contains(&gone) || case.is_said_in(&said),
            "{}: {said}",
            case.name
        );
        before.assert_same(&evil.project.everything());
    }
}

#[test]
fn sync_from_a_git_upstream() {
    let evil = Evil::new();
    let project = &evil.project;
    project.lineage_ok(&["deploy", "../evil.git", "x", "--from", "evil", "--id", "skill/x"]);
    project.commit("Deployed while it was good");
    project.lineage_ok(&["record"]);
    evil.give_objects_to_the_cache();
    evil.all_refused(|number, _| {
        evil.repo
            .write("refs/heads/main", format!("{}\n", evil.commits[number]));
        let output = project
            .call()
            .within(60)
            .lineage(&["--json", "sync", "skill/x"])
            .assert_code(1);
        Some(text(&output.json()[0]["error"], "message").to_owned())
    });
}

#[test]
fn deploy_and_sync_from_a_folder() {
    let evil = Evil::new();
    let project = &evil.project;
    evil.all_refused(|number, _| {
        let files = evil.files[number].as_ref()?;
        let upstream = project.upstream_dir("pdf");
        std::fs::remove_dir_all(&upstream).expect("ours");
        for file in files {
            let path = upstream.join(OsStr::from_bytes(&file.path));
            let data = OsStr::from_bytes(&file.data);
            if file.mode == FileMode::Symlink {
                project.symlink(data, path);
            } else {
                project.write(path, &file.data);
            }
        }
        let deployed = evil.message(&["deploy", "../upstream/skills/pdf", "new/here", "--id", "skill/evil"]);
        let output = project.lineage(&["--json", "sync", ID]).assert_code(1);
        let synced = text(&output.json()[0]["error"], "message").to_owned();
        assert!(synced.starts_with(&deployed), "{synced}\n{deployed}");
        Some(deployed)
    });
}

#[test]
fn restore_of_a_version_that_was_fetched() {
    let evil = Evil::new();
    evil.fetch_versions();
    evil.project.lineage_ok(&["list"]);
    evil.all_refused(|number, _| Some(evil.message(&["restore", ID, &evil.versions[number]])));
}

#[test]
fn verify_of_versions_that_were_fetched() {
    let evil = Evil::new();
    evil.fetch_versions();
    let found = evil.project.lineage(&["--json", "verify"]).assert_code(4).json();
    evil.all_refused(|number, _| {
        let id = evil.versions[number].as_str();
        let of_version = found.iter().filter(|finding| finding["version_id"] == id);
        Some(
            of_version
                .map(|finding| text(finding, "message"))
                .collect::<Vec<_>>()
                .join("\n"),
        )
    });
}

#[test]
fn push_to_a_server() {
    let evil = Evil::new();
    let server = evil.project.sibling("server.git", &["--bare"]);
    server.lineage_ok(&["hooks", "install", "--server"]);
    let before = World::of(server.path(), &[]);
    evil.all_refused(|number, case| {
        let refspec = format!("{}:{HEAD_REF}", evil.versions[number]);
        let call = evil.repo.call().within(60);
        let output = call.git_fails(&["push", utf8(server.path()), &refspec]);
        before.assert_same(&World::of(server.path(), &[]));
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let is_sent = case.not_sent.is_none_or(|by_git| !told.contains(by_git));
        is_sent.then_some(told)
    });
}

#[test]
fn adopt_from_the_history() {
    let evil = Evil::new();
    evil.give_objects(&evil.project.path().join(".git"));
    for (number, case) in CONTENTS.iter().enumerate() {
        evil.project
            .git(&["update-ref", "refs/heads/main", &evil.commits[number]]);
        let before = evil.project.everything();
        let adopt = ["adopt", "evil", "--id", "skill/evil"];
        if case.may_be_own {
            evil.project.lineage_ok(&[&adopt[..], &["--dry-run"]].concat());
            continue;
        }
        let said = evil.message(&adopt);
        assert!(case.is_said_in(&said), "{}: {said}", case.name);
        before.assert_same(&evil.project.everything());
    }
}

#[test]
fn batch_of_the_library() {
    let evil = Evil::new();
    let signature = Signature {
        person: Person {
            name: "Eve".to_owned(),
            email: "eve@example.org".to_owned(),
        },
        time: Timestamp { seconds: 0, offset: 0 },
    };
    let artifact: ArtifactId = "skill/evil".parse().expect("an id");
    let store = LineageStore::open(evil.project.path()).expect("a repository");
    evil.all_refused(|number, _| {
        let files = evil.files[number].clone()?;
        let files = files.into_iter().map(|file| BatchFile {
            path: file.path,
            mode: file.mode,
            data: file.data,
        });
        let version = BatchVersion {
            artifact_id: artifact.clone(),
            files: files.collect(),
            parents: Vec::new(),
            change_origin: Some(ChangeOrigin::Deployment),
            author: signature.clone(),
            committer: signature.clone(),
            summary: "Evil".to_owned(),
            body: None,
            upstream: None,
        };
        let refused = store.batch(|batch| {
            let version = batch.add(version.clone())?;
            batch.set_head(&"main".parse().expect("a line"), &artifact, version)
        });
        Some(refused.expect_err("it is hostile").to_string())
    });
}
