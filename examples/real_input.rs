//! Runs the library on a real upstream with history: a git bundle given as the first argument.
//!
//! Deploys one plugin and one single-file agent as of the oldest commit that has them, syncs through every later commit
//! that changed them while a second plugin is edited locally, and compares every content hash with what git itself says
//! of the upstream commit. Prints one line per step group and what it measured; any difference is an error.
//!
//! `cargo run --release --example real_input -- <bundle>`

use std::{
    error::Error,
    path::Path,
    process::Command,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use git_lineage::{
    ArtifactId, Caller, ContentHash, Deploy, HashKind, LineageStore, Person, Record, Signature, Sync, SyncResult,
    Timestamp,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const PLUGIN: &str = "plugins/backend-development";
const EDITED_PLUGIN: &str = "plugins/code-documentation";

fn main() -> Result<()> {
    let bundle = std::env::args().nth(1).ok_or("usage: real_input <bundle>")?;
    let bundle = std::fs::canonicalize(&bundle).map_err(|error| format!("{bundle}: {error}"))?;
    let folder = tempfile::tempdir()?;
    let (upstream, project) = (folder.path().join("upstream"), folder.path().join("project"));
    git(
        folder.path(),
        &["clone", "--quiet", &bundle.display().to_string(), "upstream"],
    )?;
    git(folder.path(), &["init", "--quiet", "--initial-branch=main", "project"])?;
    git(&project, &["config", "user.name", "Real Input"])?;
    git(&project, &["config", "user.email", "real-input@example.org"])?;

    let agent = single_file_agent(&upstream)?;
    let begin = Instant::now();
    let (store, _) = LineageStore::init(&project)?;
    let mut versions = 0;
    for (path, edited) in [(PLUGIN, false), (agent.as_str(), false), (EDITED_PLUGIN, true)] {
        let run = Run {
            upstream: &upstream,
            project: &project,
            store: &store,
            path,
        };
        versions += if edited {
            run.with_local_edits()?
        } else {
            run.through_history()?
        };
    }
    let verification = store.verify(&[])?;
    for finding in &verification.findings {
        eprintln!("damage: {} {}", finding.code, finding.message);
    }
    if !verification.findings.is_empty() {
        return Err("verify found damage".into());
    }
    println!(
        "{versions} versions recorded and compared in {:.2} s; verify is clean",
        begin.elapsed().as_secs_f64()
    );
    Ok(())
}

struct Run<'a> {
    upstream: &'a Path,
    project: &'a Path,
    store: &'a LineageStore,
    /// Inside the upstream; in the project too.
    path: &'a str,
}

impl Run<'_> {
    /// Deploys as of the oldest commit, then syncs through all later ones.
    fn through_history(&self) -> Result<usize> {
        let commits = self.commits()?;
        let mut head = self.deploy(&commits[0])?;
        let mut expected = vec![self.content_at(&commits[0])?];
        for commit in &commits[1..] {
            if !self.exists_at(commit) {
                continue;
            }
            self.check_out(commit)?;
            let content = self.content_at(commit)?;
            let answers = self.store.sync(
                &Sync {
                    ids: vec![self.id(&head)?],
                    ..Sync::default()
                },
                &caller()?,
            )?;
            let answer = answers.into_iter().next().ok_or("no answer to sync")?;
            if let Some(error) = answer.error {
                return Err(format!("sync to {commit}: {error}").into());
            }
            head = answer.version_id.ok_or("no version after sync")?;
            let version = self.store.version(&head)?;
            if version.content_hash != content {
                return Err(format!("{commit}:{} is {content}, recorded {}", self.path, version.content_hash).into());
            }
            match answer.result {
                SyncResult::FastForward => expected.push(content),
                SyncResult::UpToDate => {}
                other => return Err(format!("sync to {commit} ended as {}", other.as_str()).into()),
            }
        }
        let lineage: Vec<ContentHash> = self
            .store
            .lineage(&head)?
            .iter()
            .map(|version| version.content_hash)
            .collect();
        if lineage != expected {
            return Err(format!("the lineage of {} is not what the upstream's history says", self.path).into());
        }
        println!(
            "{}: {} commits, {} versions, every content as in git",
            self.path,
            commits.len(),
            lineage.len()
        );
        Ok(lineage.len())
    }

    /// Deploys as of the oldest commit and records an edit after each of ten later commits.
    fn with_local_edits(&self) -> Result<usize> {
        let commits = self.commits()?;
        let head = self.deploy(&commits[0])?;
        let id = self.id(&head)?;
        let mut recorded = 1;
        for edit in 1..=10 {
            let file = self.project.join(self.path).join("NOTES.md");
            std::fs::write(&file, format!("local note {edit}\n"))?;
            let request = Record {
                ids: vec![id.clone()],
                ..Record::default()
            };
            let version = self
                .store
                .record_local_modification(&request, &caller()?)?
                .remove(0)
                .version;
            git(self.project, &["add", "--all"])?;
            git(
                self.project,
                &["commit", "--quiet", "--message", &format!("Edit {edit}")],
            )?;
            let committed = git(self.project, &["rev-parse", &format!("HEAD:{}", self.path)])?;
            if version.content_hash.to_string() != committed {
                return Err(format!("recorded {}, git has {committed}", version.content_hash).into());
            }
            recorded += 1;
        }
        self.check_out(commits.last().ok_or("no commits")?)?;
        let answer = self
            .store
            .sync(
                &Sync {
                    ids: vec![id],
                    ..Sync::default()
                },
                &caller()?,
            )?
            .remove(0);
        println!(
            "{}: {recorded} versions with local edits, sync then answers: {}",
            self.path,
            answer.result.as_str()
        );
        Ok(recorded)
    }

    fn deploy(&self, commit: &str) -> Result<git_lineage::VersionId> {
        self.check_out(commit)?;
        let mut request = Deploy::new(self.upstream.join(self.path).display().to_string());
        request.path = Some(self.path.parse()?);
        let deployed = self.store.deploy(&request, &caller()?)?;
        let expected = self.content_at(commit)?;
        if deployed.version.content_hash != expected {
            return Err(format!(
                "{commit}:{} is {expected}, deployed {}",
                self.path, deployed.version.content_hash
            )
            .into());
        }
        Ok(deployed.version.version_id)
    }

    fn id(&self, head: &git_lineage::VersionId) -> Result<ArtifactId> {
        Ok(self.store.version(head)?.artifact_id)
    }

    /// The commits that changed the path, oldest first.
    fn commits(&self) -> Result<Vec<String>> {
        let log = git(
            self.upstream,
            &["log", "--reverse", "--format=%H", "origin/main", "--", self.path],
        )?;
        Ok(log.lines().map(ToOwned::to_owned).collect())
    }

    fn exists_at(&self, commit: &str) -> bool {
        git(
            self.upstream,
            &["rev-parse", "--verify", "--quiet", &format!("{commit}:{}", self.path)],
        )
        .is_ok()
    }

    fn check_out(&self, commit: &str) -> Result<()> {
        git(self.upstream, &["checkout", "--quiet", "--detach", commit]).map(drop)
    }

    /// What git says: the tree at the path, or for a single file the tree with just that entry.
    fn content_at(&self, commit: &str) -> Result<ContentHash> {
        let object = git(self.upstream, &["rev-parse", &format!("{commit}:{}", self.path)])?;
        if !self.path.ends_with(".md") {
            return Ok(object.parse()?);
        }
        let name = Path::new(self.path)
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or("no file name")?;
        let file = tempfile::tempdir()?;
        let copy = file.path().join(name);
        std::fs::write(&copy, git_bytes(self.upstream, &["cat-file", "blob", &object])?)?;
        Ok(ContentHash::of_path(&copy, HashKind::Sha1)?)
    }
}

/// The single-file agent with the most commits among those of the edited plugin's neighbours.
fn single_file_agent(upstream: &Path) -> Result<String> {
    let files = git(
        upstream,
        &[
            "ls-tree",
            "-r",
            "--name-only",
            "origin/main",
            "--",
            "plugins/code-refactoring/agents",
        ],
    )?;
    let mut best = (0, String::new());
    for file in files.lines().filter(|file| file.ends_with(".md")) {
        let commits = git(upstream, &["rev-list", "--count", "origin/main", "--", file])?.parse::<usize>()?;
        if commits > best.0 {
            best = (commits, file.to_owned());
        }
    }
    if best.0 == 0 {
        Err("the upstream has no single-file agent".into())
    } else {
        Ok(best.1)
    }
}

fn caller() -> Result<Caller> {
    let seconds = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
    Ok(Caller::new(Signature {
        person: Person {
            name: "Real Input".into(),
            email: "real-input@example.org".into(),
        },
        time: Timestamp { seconds, offset: 0 },
    }))
}

fn git(dir: &Path, args: &[&str]) -> Result<String> {
    Ok(String::from_utf8(git_bytes(dir, args)?)?.trim_end().to_owned())
}

fn git_bytes(dir: &Path, args: &[&str]) -> Result<Vec<u8>> {
    let output = Command::new("git").args(args).current_dir(dir).output()?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(format!("git {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr)).into())
    }
}
