//! Beside managers of hooks: in either order of installation all hooks run, and uninstalling leaves theirs as they wrote them.
//!
//! Each is replayed from what it really writes (`written_by/`), with a stand-in for its program. The real ones take part
//! where they are found: in the folders of `GIT_LINEAGE_HOOK_MANAGERS` (separated as in `PATH`), or in `PATH`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::{EVENTS, actions, ask, in_front, refs, search_path};
use crate::docs::block;
use crate::support::Call;
use crate::support::project::{Project, World};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manager {
    Husky,
    Lefthook,
    PreCommit,
}

use Manager::{Husky, Lefthook, PreCommit};

impl Manager {
    fn name(self) -> &'static str {
        match self {
            Husky => "husky",
            Lefthook => "lefthook",
            PreCommit => "pre-commit",
        }
    }

    /// The folder with its hook files.
    fn folder(self) -> &'static str {
        match self {
            Husky => ".husky",
            Lefthook | PreCommit => ".git/hooks",
        }
    }

    /// Tells it to write a word at every commit, as its users would.
    fn configure(self, project: &Project) {
        match self {
            Husky => project.write(".husky/post-commit", "echo theirs >>ran\n"),
            Lefthook => project.write(
                "lefthook.yml",
                "output: false\npost-commit:\n  jobs:\n    - run: echo theirs >>ran\n",
            ),
            PreCommit => project.write(
                ".pre-commit-config.yaml",
                "default_install_hook_types: [post-commit]\nrepos:\n  - repo: local\n    hooks:\n      - id: theirs\n        \
                 name: theirs\n        language: system\n        entry: sh -c 'echo theirs >>ran'\n        \
                 stages: [post-commit]\n        always_run: true\n        pass_filenames: false\n",
            ),
        }
    }
}

/// A project with a manager.
struct Managed {
    project: Project,
    manager: Manager,
    /// Where its program is: the real one, or a stand-in.
    programs: PathBuf,
    real: bool,
}

impl Managed {
    /// A replayed one.
    fn replayed(manager: Manager) -> Self {
        let project = Project::deployed();
        let programs = project.beside("programs");
        let stand_in = match manager {
            Husky => "",
            // Knows its own configuration by heart.
            Lefthook => "#!/bin/sh\ntest \"$1 $2\" != 'run post-commit' || echo theirs >>ran\n",
            // Runs the hook that it has moved away, then what it was configured for.
            PreCommit => {
                "#!/bin/sh\nwhile test $# -gt 0; do\n  case $1 in\n  --hook-type=*) event=${1#*=} ;;\n  --hook-dir) dir=$2 ;;\n  \
                 --) shift; break ;;\n  esac\n  shift\ndone\nif test -x \"$dir/$event.legacy\"; then \"$dir/$event.legacy\" \
                 \"$@\"; fi\necho theirs >>ran\n"
            }
        };
        project.write_exec(programs.join(manager.name()), stand_in);
        Managed::over(project, manager, programs, false)
    }

    /// The real one; `None`, with a line that says so, where it is not found.
    fn real(manager: Manager) -> Option<Self> {
        let project = Project::deployed();
        let named = std::env::var_os("GIT_LINEAGE_HOOK_MANAGERS").unwrap_or_default();
        let path = search_path(&project);
        let folders = std::env::split_paths(&named).chain(std::env::split_paths(&path));
        let found = folders
            .filter(|folder| !folder.as_os_str().is_empty())
            .find(|folder| folder.join(manager.name()).is_file());
        let Some(programs) = found else {
            crate::support::skipped(&format!(
                "{} is not installed: set GIT_LINEAGE_HOOK_MANAGERS to its folder",
                manager.name()
            ));
            return None;
        };
        Some(Managed::over(project, manager, programs, true))
    }

    fn over(project: Project, manager: Manager, programs: PathBuf, real: bool) -> Self {
        project.write(".gitignore", "ran\n");
        manager.configure(&project);
        project.commit("Configured");
        Managed {
            project,
            manager,
            programs,
            real,
        }
    }

    fn path(&self) -> OsString {
        in_front(&self.project, std::slice::from_ref(&self.programs))
    }

    fn call(&self) -> Call<'_> {
        self.project.call().env("PATH", self.path())
    }

    /// Has it write its hooks.
    #[track_caller]
    fn install(&self) {
        if self.real {
            let script = match self.manager {
                Husky => "husky",
                Lefthook => "lefthook install",
                PreCommit => "pre-commit install",
            };
            self.call().sh(script);
            return;
        }
        let written = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/it/hooks/written_by")
            .join(self.manager.name());
        let text = |file: &str| fs::read(written.join(file)).expect("it is there");
        let project = &self.project;
        if self.manager == Husky {
            project.git(&["config", "core.hooksPath", ".husky/_"]);
            for event in EVENTS.iter().chain(&["pre-commit", "pre-push"]) {
                project.write_exec(format!(".husky/_/{event}"), text("post-commit"));
            }
            project.write(".husky/_/h", text("h"));
            project.write(".husky/_/.gitignore", "*");
            return;
        }
        let hook = project.path().join(".git/hooks/post-commit");
        if hook.exists() && fs::read(&hook).expect("readable") != text("post-commit") {
            let suffix = if self.manager == Lefthook { "old" } else { "legacy" };
            fs::rename(&hook, hook.with_extension(suffix)).expect("it can be moved");
        }
        project.write_exec(&hook, text("post-commit"));
    }

    /// A commit; whether the manager's hook ran, and whether ours recorded it.
    #[track_caller]
    fn commit(&self, text: &str) -> (bool, bool) {
        let project = &self.project;
        let before = refs(project);
        project.edit("SKILL.md", text);
        self.call().git(&["commit", "--quiet", "--all", "-m", text]);
        let ran = project.path().join("ran");
        let theirs = fs::read_to_string(&ran).unwrap_or_default() == "theirs\n";
        let _ = fs::remove_file(&ran);
        (theirs, refs(project) != before)
    }

    /// `hooks status` of post-commit: state, obstacle and manager.
    #[track_caller]
    fn post_commit(&self, args: &[&str]) -> (String, String, String) {
        let folders = [self.project.beside("older-git"), self.programs.clone()];
        ask(&self.project, &["hooks", "status"]);
        let call = self.project.call().env("PATH", in_front(&self.project, &folders));
        let args: Vec<&str> = ["--json", "hooks", "status"].iter().chain(args).copied().collect();
        let check = call.lineage(&args).assert_code(0).json().remove(0);
        let word = |key: &str| check[key].as_str().unwrap_or("-").to_owned();
        (word("state"), word("obstacle"), word("manager"))
    }

    /// The files that hold anything of ours.
    fn ours(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for folder in [".git/hooks", ".husky/_"] {
            let Ok(entries) = fs::read_dir(self.project.path().join(folder)) else {
                continue;
            };
            let paths = entries.map(|entry| entry.expect("readable").path());
            let holds =
                |path: &PathBuf| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).contains("git-lineage");
            found.extend(paths.filter(|path| path.is_dir() || holds(path)));
        }
        found
    }
}

fn reached(manager: &str) -> (String, String, String) {
    ("reached".to_owned(), "-".to_owned(), manager.to_owned())
}

/// The manager was there first.
fn after(managed: &Managed) {
    let manager = managed.manager;
    managed.install();
    assert_eq!(managed.commit("theirs alone\n"), (true, false), "{manager:?}");
    let theirs = World::of(&managed.project.path().join(manager.folder()), &[]);
    assert_eq!(managed.post_commit(&[]).1, "other_hook");
    let installed = super::install(&managed.project);
    assert_eq!(
        (&installed[0]["action"], &installed[0]["manager"]),
        (&"added".into(), &manager.name().into())
    );
    assert_eq!(managed.commit("both\n"), (true, true), "{manager:?}");
    assert_eq!(managed.post_commit(&[]), reached(manager.name()));
    assert!(!managed.project.exists("ran"), "theirs was not fired");
    ask(&managed.project, &["hooks", "uninstall"]);
    theirs.assert_same(&World::of(&managed.project.path().join(manager.folder()), &[]));
    assert_eq!(managed.commit("theirs again\n"), (true, false), "{manager:?}");
}

/// The manager came later.
fn before(managed: &Managed) {
    let manager = managed.manager;
    super::install(&managed.project);
    assert_eq!(managed.commit("ours alone\n"), (false, true), "{manager:?}");
    managed.install();
    let told = managed.post_commit(&[]);
    match manager {
        Husky => assert_eq!(
            told,
            ("blocked".to_owned(), "hooks_path".to_owned(), "husky".to_owned())
        ),
        Lefthook => assert_eq!(
            told,
            ("blocked".to_owned(), "put_aside".to_owned(), "lefthook".to_owned())
        ),
        PreCommit => {
            assert_eq!(told, reached("pre-commit"), "it goes on running ours");
            assert_eq!(managed.commit("both, without more ado\n"), (true, true));
            let again = super::install(&managed.project);
            assert_eq!(actions(&again), ["unchanged"; 6]);
        }
    }
    super::install(&managed.project);
    assert_eq!(managed.post_commit(&[]), reached(manager.name()));
    assert_eq!(managed.commit("both\n"), (true, true), "{manager:?}");
    ask(&managed.project, &["hooks", "uninstall"]);
    assert_eq!(managed.ours(), [] as [PathBuf; 0], "{manager:?}");
    assert_eq!(managed.commit("theirs\n"), (true, false), "{manager:?}");
}

#[test]
fn in_either_order_all_hooks_run_and_theirs_stay() {
    for manager in [Husky, Lefthook, PreCommit] {
        after(&Managed::replayed(manager));
        before(&Managed::replayed(manager));
    }
}

#[test]
fn the_same_with_the_real_managers() {
    for manager in [Husky, Lefthook, PreCommit] {
        let Some(managed) = Managed::real(manager) else {
            continue;
        };
        after(&managed);
        before(&Managed::real(manager).expect("just found"));
    }
}

/// A manager that was told to call us records, and can be seen to.
#[track_caller]
fn calls_us(managed: &Managed, install: impl FnOnce()) {
    install();
    assert!(managed.commit("recorded\n").1, "{:?}", managed.manager);
    assert_eq!(managed.post_commit(&[]).1, "other_hook", "not ours to fire");
    assert_eq!(managed.post_commit(&["--fire"]), reached(managed.manager.name()));
}

#[test]
fn the_recipe_for_husky_works() {
    for managed in [Some(Managed::replayed(Husky)), Managed::real(Husky)]
        .into_iter()
        .flatten()
    {
        calls_us(&managed, || {
            let line = block("docs/hooks.md", "git-lineage hook post-commit");
            managed.project.write(".husky/post-commit", line);
            managed.install();
        });
    }
}

#[test]
fn the_recipe_for_lefthook_works() {
    let Some(managed) = Managed::real(Lefthook) else { return };
    calls_us(&managed, || {
        managed
            .project
            .write("lefthook.yml", block("docs/hooks.md", "post-commit:"));
        managed.install();
    });
}

#[test]
fn the_recipes_for_pre_commit_work() {
    let Some(managed) = Managed::real(PreCommit) else {
        return;
    };
    calls_us(&managed, || {
        managed.project.write(
            ".pre-commit-config.yaml",
            block("docs/hooks.md", "default_install_hook_types:"),
        );
        managed.install();
    });
    // The hooks of this repository, from a copy that stands for it.
    let managed = Managed::real(PreCommit).expect("just found");
    let origin = managed.project.sibling("origin", &[]);
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
    origin.copy(own, ".pre-commit-hooks.yaml");
    origin.commit("Hooks");
    origin.git(&["tag", "v0.1.0"]);
    calls_us(&managed, || {
        let url = origin.path().to_str().expect("UTF-8");
        let types = "default_install_hook_types: [post-commit, post-merge, post-rewrite, post-checkout]\n";
        let text = block("docs/hooks.md", "repos:").replace("https://example.org/git-lineage", url);
        managed
            .project
            .write(".pre-commit-config.yaml", types.to_owned() + &text);
        managed.install();
    });
}
