//! A project in memory for targets that need one.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A repository with a few versions of `skill/pdf` on two lines, and its way.
pub struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// Makes it, with git and the library.
    pub fn new() -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let project = Project {
            folder: folder.expect("a temporary folder"),
        };
        // This process is nobody's: no setting of the machine counts, and nothing is asked or fetched.
        // SAFETY: nothing else runs yet.
        unsafe {
            std::env::set_var("HOME", project.folder.path());
            std::env::set_var("GIT_CONFIG_GLOBAL", "/dev/null");
            std::env::set_var("GIT_CONFIG_NOSYSTEM", "1");
            std::env::set_var("GIT_CEILING_DIRECTORIES", project.folder.path());
            std::env::set_var("GIT_TERMINAL_PROMPT", "0");
            std::env::set_var("GIT_ALLOW_PROTOCOL", "none");
        }
        std::fs::create_dir(project.path()).expect("the folder is empty");
        project.git(&["init", "--quiet", "--initial-branch=main", "."]);
        for (line, count) in [("main", 5), ("side/line", 2)] {
            let mut parent = String::new();
            for number in 0..count {
                let tree = project.tree(&format!("{line} {number}\n"));
                let mut message = "Version\n\nLineage-Format: 1\nArtifact-Id: skill/pdf\nChange-Origin: ".to_owned();
                let mut args = vec!["commit-tree".to_owned(), tree];
                if parent.is_empty() {
                    message.push_str("deployment\n");
                } else {
                    let content = project.git(&["rev-parse", &format!("{parent}^{{tree}}")]);
                    message.push_str(&format!("local_modification\nParent-Hash: {content}\n"));
                    args.extend(["-p".to_owned(), parent]);
                }
                args.extend(["-m".to_owned(), message]);
                let args: Vec<&str> = args.iter().map(String::as_str).collect();
                parent = project.git(&args);
            }
            let line = line.replace('/', "%2F");
            project.git(&["update-ref", &format!("refs/lineage/heads/{line}/skill/pdf"), &parent]);
            let other = format!("refs/lineage/remotes/origin/{line}/skill/pdf");
            project.git(&["update-ref", &other, &parent]);
        }
        std::fs::write(
            project.path().join(".gitlineage"),
            "[artifact \"skill/pdf\"]\n\tpath = skills/pdf\n",
        )
        .expect("written");
        project.git(&["add", ".gitlineage"]);
        project.git(&["commit", "--quiet", "--message=Begin"]);
        project.git(&["branch", "side/line"]);
        project
    }

    /// The top of its work tree.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    fn tree(&self, text: &str) -> String {
        let file = self.folder.path().join("text");
        std::fs::write(&file, text).expect("written");
        let blob = self.git(&["hash-object", "-w", &file.to_string_lossy()]);
        self.git(&[
            "update-index",
            "--add",
            "--cacheinfo",
            &format!("100644,{blob},x/SKILL.md"),
        ]);
        let tree = self.git(&["write-tree", "--prefix=x/"]);
        self.git(&["rm", "--quiet", "--cached", "x/SKILL.md"]);
        tree
    }

    fn git(&self, args: &[&str]) -> String {
        git(&self.path(), args)
    }
}

impl Default for Project {
    fn default() -> Self {
        Self::new()
    }
}

fn git(folder: &Path, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(args).current_dir(folder);
    for role in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{role}_NAME"), "Ada")
            .env(format!("GIT_{role}_EMAIL"), "ada@example.org");
        command.env(format!("GIT_{role}_DATE"), "1767225600 +0000");
    }
    let output = command.output().expect("git runs");
    assert!(
        output.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
