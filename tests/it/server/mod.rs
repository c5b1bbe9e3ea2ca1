//! A server with lineage hooks, pushed to by plain git: what it takes ([`good`]), what it refuses ([`hostile`], [`refs`],
//! [`floods`]), what it keeps ([`rewinds`]), where it looks for objects ([`quarantine`]), and how its hooks get where git runs
//! them ([`install`]).

mod floods;
mod good;
mod hostile;
mod install;
mod quarantine;
mod refs;
mod rewinds;

use std::collections::BTreeMap;

use crate::support::project::{HEAD_REF, Project, World};
use crate::support::repo::utf8;
use crate::support::{Output, TestRepo};

/// Everything a clone has to give.
const ALL: [&str; 2] = ["refs/heads/*:refs/heads/*", "refs/lineage/heads/*:refs/lineage/heads/*"];

/// A bare repository with the hooks of a server.
struct Server(TestRepo);

impl std::ops::Deref for Server {
    type Target = TestRepo;

    fn deref(&self) -> &TestRepo {
        &self.0
    }
}

impl Server {
    /// A new one beside a project.
    #[track_caller]
    fn beside(project: &TestRepo) -> Self {
        let server = Server::open(project, "server.git");
        server.lineage_ok(&["hooks", "install", "--server"]);
        server
    }

    /// One without hooks, which takes everything that git takes.
    #[track_caller]
    fn open(project: &TestRepo, name: &str) -> Self {
        Server(project.sibling(name, &["--bare"]))
    }

    /// A push that must be taken.
    #[track_caller]
    fn take(&self, from: &TestRepo, refspecs: &[&str]) -> Output {
        self.push(from, refspecs).assert_code(0)
    }

    fn push(&self, from: &TestRepo, refspecs: &[&str]) -> Output {
        let args: Vec<&str> = ["push", "--quiet", utf8(self.path())]
            .iter()
            .chain(refspecs)
            .copied()
            .collect();
        from.call().git_any(&args)
    }

    /// A push that must be refused for this reason, with nothing left of it; what the pusher is told.
    #[track_caller]
    fn refuse(&self, from: &TestRepo, refspecs: &[&str], reason: &str) -> Output {
        let before = World::of(self.path(), &[]);
        let output = self.push(from, refspecs);
        assert_ne!(output.code, 0, "{reason}: it was taken\n{output}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains(reason), "expected {reason:?}\n{output}");
        assert!(told.contains("pre-receive hook declined"), "{output}");
        before.assert_same(&World::of(self.path(), &[]));
        output
    }

    /// All refs with their values.
    fn refs(&self) -> BTreeMap<String, String> {
        refs_of(self)
    }

    #[track_caller]
    fn has(&self, id: &str) -> bool {
        self.call().at("0 +0000").git_any(&["cat-file", "-e", id]).code == 0
    }
}

fn refs_of(repo: &TestRepo) -> BTreeMap<String, String> {
    let listed = repo
        .call()
        .at("0 +0000")
        .git(&["for-each-ref", "--format=%(refname) %(objectname)"])
        .lines();
    let pairs = listed.iter().filter_map(|line| line.split_once(' '));
    pairs.map(|(name, id)| (name.to_owned(), id.to_owned())).collect()
}

/// A project whose one version, `skill/pdf`, has been pushed to a server.
#[track_caller]
fn pushed() -> (Project, Server) {
    let project = Project::deployed();
    let server = Server::beside(&project);
    server.take(&project, &ALL);
    (project, server)
}

/// A commit as plain git writes it, with any message.
#[track_caller]
fn commit(project: &TestRepo, tree: &str, parents: &[&str], message: &str) -> String {
    let mut args = vec!["commit-tree", tree];
    args.extend(parents.iter().flat_map(|parent| ["-p", parent]));
    project.git_stdin(&args, message).trimmed()
}

/// A message with these trailers.
fn message(trailers: &[&str]) -> String {
    format!("By plain git\n\n{}\n", trailers.join("\n"))
}

/// The value of the head of `skill/pdf`.
#[track_caller]
fn head(project: &TestRepo) -> String {
    project.rev_parse(HEAD_REF)
}
