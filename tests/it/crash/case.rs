//! [`Case`]: a command that is killed, and how it is called.

use super::checks::State;
use super::shim::{Point, Shim};
use crate::hooks::with_files_only;
use crate::support::project::Project;
use crate::support::run::wait;
use crate::support::{Output, TestRepo, writer};

/// A command and the project that it is tried in, of which there is a copy for each try.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) project: Project,
    pub(super) action: Action,
    /// What it exits with, undisturbed.
    pub(super) code: i32,
    /// Which errors it may give once it has been done.
    pub(super) refusals: &'static [&'static str],
    /// Made again, it leads to what it leads to undisturbed.
    pub(super) repeatable: bool,
    /// What to do with what it leaves unfinished.
    pub(super) way: Way,
    /// It concerns several artifacts, each for itself.
    pub(super) several: bool,
    /// It takes versions away.
    pub(super) gives_up: bool,
    /// The repository that it is called in, beside the project.
    pub(super) place: Option<&'static str>,
    /// More repositories that it may write to.
    pub(super) others: &'static [&'static str],
    /// A folder of its git directory that is looked at, too.
    pub(super) watched: Option<&'static str>,
}

/// What to do with what a kill leaves unfinished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The one or the other.
    Either,
    Continue,
    Abort,
}

pub(super) enum Action {
    /// This program, with these arguments.
    Lineage(Vec<String>),
    /// This program, which takes git for one that knows hook files only.
    WithHookFiles(Vec<String>),
    /// git, which calls this program.
    Git(&'static [&'static str]),
    /// The library, which records so many versions.
    Library(usize),
}

impl Case {
    pub(super) fn new(name: &'static str, project: Project, args: &[&str]) -> Self {
        let args = std::iter::once("--json").chain(args.iter().copied());
        Self {
            name,
            project,
            action: Action::Lineage(args.map(str::to_owned).collect()),
            code: 0,
            refusals: &[],
            repeatable: true,
            way: Way::Either,
            several: false,
            gives_up: false,
            place: None,
            others: &[],
            watched: None,
        }
    }

    /// The repository that it is called in.
    pub(super) fn place(&self, project: &Project) -> TestRepo {
        match self.place {
            Some(place) => project.folder(place),
            None => TestRepo::clone(project),
        }
    }

    /// All repositories that it may write to.
    pub(super) fn every_place(&self, project: &Project) -> Vec<TestRepo> {
        let others = self.others.iter().map(|other| project.folder(other));
        std::iter::once(self.place(project)).chain(others).collect()
    }

    #[track_caller]
    pub(super) fn state(&self, project: &Project) -> State {
        State::of(&self.place(project), self.watched)
    }

    /// Whether it is this command of this program.
    pub(super) fn is_called(&self, command: &str) -> bool {
        matches!(&self.action, Action::Lineage(args) if args[1] == command)
    }

    /// Whether git is what calls this program.
    pub(super) fn is_called_by_git(&self) -> bool {
        matches!(self.action, Action::Git(_))
    }

    #[track_caller]
    pub(super) fn run_undisturbed(&self, project: &Project) {
        let output = self.run(project, None);
        assert!(output.code == self.code, "{}: {output}", self.name);
    }

    /// One try, in a copy of the project.
    #[track_caller]
    pub(super) fn run(&self, project: &Project, fault: Option<(&Shim, Point)>) -> Output {
        let repo = self.place(project);
        let call = repo.call().within(120);
        let over = |call, program| match fault {
            Some((shim, point)) => shim.over(call, program, point),
            None => call,
        };
        match &self.action {
            Action::Lineage(args) => over(call, "git-lineage").lineage(&strs(args)),
            Action::WithHookFiles(args) => over(with_files_only(call, &repo), "git-lineage").lineage(&strs(args)),
            Action::Git(args) => over(call, "git-lineage").git_any(args),
            Action::Library(count) => {
                let program = std::env::current_exe().expect("the system knows what is running");
                let program = program.file_name().expect("a program has a name").to_string_lossy();
                wait(writer::spawn_by(over(call, &program), &repo, "killed", *count))
            }
        }
    }
}

fn strs(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}
