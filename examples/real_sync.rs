//! Syncs edited artifacts with a real upstream: a git bundle given as the first argument.
//!
//! Deploys twenty plugins as of the upstream's hundredth commit, edits ten of them as people do (edit, add, delete, rename,
//! chmod), and syncs everything to the tip: once in one step, once in thirty. Every result is compared with what
//! `git merge-tree` says of the same three trees at the same path: the tree where it is clean, else the files in conflict.
//! Then every line of every file is attributed, and compared with `git blame` on the lineage commits. Prints what it
//! measured; any difference is an error.
//!
//! `cargo run --release --example real_sync -- <bundle>`

use std::{
    error::Error,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use git_lineage::{
    ArtifactId, Caller, ContentHash, Deploy, LineageStore, Person, QueryError, Record, Resume, Signature, Sync,
    SyncResult, Synced, Timestamp,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const DEPLOYED: usize = 20;
const EDITED: usize = 10;
const FIRST_COMMIT: usize = 100;

fn main() -> Result<()> {
    let bundle = std::env::args().nth(1).ok_or("usage: real_sync <bundle>")?;
    let bundle = fs::canonicalize(&bundle).map_err(|error| format!("{bundle}: {error}"))?;
    let folder = tempfile::tempdir()?;
    let upstream = folder.path().join("upstream");
    let from = bundle.display().to_string();
    git(folder.path(), &["clone", "--quiet", "--bare", &from, "upstream"])?;
    let commits = lines(&git(&upstream, &["rev-list", "--reverse", "main"])?);
    let (first, tip) = (&commits[FIRST_COMMIT - 1], commits.last().ok_or("no commits")?);
    let plugins = plugins(&upstream, first, tip)?;
    let later = &commits[FIRST_COMMIT..];
    let thirty: Vec<String> = (1..=30)
        .map(|step| later[step * later.len() / 30 - 1].clone())
        .collect();

    for (name, steps) in [("one step", vec![tip.clone()]), ("thirty steps", thirty)] {
        let project = folder.path().join(name.replace(' ', "-"));
        let run = Run::begin(&project, &upstream, &plugins, first)?;
        run.edit()?;
        run.sync_through(name, &steps)?;
    }
    Ok(())
}

/// The first plugins that both commits have.
fn plugins(upstream: &Path, first: &str, tip: &str) -> Result<Vec<String>> {
    let listed = |commit: &str| -> Result<Vec<String>> {
        Ok(lines(&git(
            upstream,
            &["ls-tree", "-d", "--name-only", commit, "plugins/"],
        )?))
    };
    let at_tip = listed(tip)?;
    let both = listed(first)?.into_iter().filter(|path| at_tip.contains(path));
    Ok(both.take(DEPLOYED).collect())
}

struct Run<'a> {
    project: PathBuf,
    upstream: &'a Path,
    plugins: &'a [String],
    store: LineageStore,
    oracle: Oracle,
}

/// What a sync came to, over all artifacts and steps.
#[derive(Default)]
struct Tally {
    fast_forward: usize,
    merged: usize,
    conflict: usize,
    up_to_date: usize,
    time: Duration,
}

impl<'a> Run<'a> {
    fn begin(project: &Path, upstream: &'a Path, plugins: &'a [String], first: &str) -> Result<Self> {
        fs::create_dir_all(project)?;
        git(project, &["init", "--quiet", "--initial-branch=main"])?;
        git(project, &["config", "user.name", "Real Sync"])?;
        git(project, &["config", "user.email", "real-sync@example.org"])?;
        git(project, &["commit", "--quiet", "--allow-empty", "--message", "Begin"])?;
        let store = LineageStore::open(project)?;
        for plugin in plugins {
            let mut request = Deploy::new(upstream.display().to_string());
            request.from = Some(plugin.clone());
            request.ref_name = Some(first.to_owned());
            request.path = Some(plugin.parse()?);
            store.deploy(&request, &caller()?)?;
        }
        commit_all(project, "Deploy")?;
        Ok(Run {
            oracle: Oracle::new(project, upstream)?,
            project: project.to_owned(),
            upstream,
            plugins,
            store,
        })
    }

    /// Every edited plugin gets all five kinds of edits, as far as it has the files for them.
    fn edit(&self) -> Result<()> {
        for (n, plugin) in self.plugins.iter().take(EDITED).enumerate() {
            let folder = self.project.join(plugin);
            let files: Vec<PathBuf> = lines(&git(&self.project, &["ls-files", "--", plugin])?)
                .into_iter()
                .map(|path| self.project.join(path))
                .collect();
            let text = fs::read_to_string(&files[0])?;
            let mut edited: Vec<String> = text.lines().map(str::to_owned).collect();
            let middle = edited.len() / 2;
            edited.insert(middle, format!("Our own line {n}."));
            fs::write(&files[0], edited.join("\n") + "\n")?;
            fs::write(folder.join("OURS.md"), format!("# Ours\n\nNotes on {plugin}.\n"))?;
            if files.len() > 3 {
                fs::remove_file(&files[1])?;
                let renamed = files[2].with_file_name("renamed-here.md");
                fs::rename(&files[2], renamed)?;
            }
            let last = files.last().ok_or("a plugin without files")?;
            fs::set_permissions(last, fs::Permissions::from_mode(0o755))?;
        }
        // Half of the edits are recorded and committed, half lie in the work tree.
        let ids = self
            .plugins
            .iter()
            .take(EDITED / 2)
            .map(|plugin| id(plugin))
            .collect::<Result<Vec<_>>>()?;
        let request = Record {
            ids,
            ..Record::default()
        };
        self.store.record_local_modification(&request, &caller()?)?;
        for plugin in self.plugins.iter().take(EDITED / 2) {
            git(&self.project, &["add", "--all", "--", plugin])?;
        }
        git(&self.project, &["commit", "--quiet", "--message", "Our edits"]).map(drop)
    }

    fn sync_through(&self, name: &str, steps: &[String]) -> Result<()> {
        let mut tally = Tally::default();
        for commit in steps {
            let listed = self.store.list(None)?;
            let before: Vec<_> = listed
                .iter()
                .map(|one| (one.version.artifact_id.clone(), one.baseline))
                .collect();
            let request = Sync {
                to: Some(commit.clone()),
                follow: true,
                ..Sync::default()
            };
            let begun = Instant::now();
            let answers = self.store.sync(&request, &caller()?)?;
            tally.time += begun.elapsed();
            for answer in &answers {
                let baseline = before.iter().find(|(id, _)| *id == answer.artifact_id);
                let baseline = baseline.and_then(|(_, baseline)| *baseline).ok_or("no baseline")?;
                self.check(answer, baseline, commit, &mut tally)?;
            }
            self.resolve(&answers)?;
            commit_all(&self.project, "Sync")?;
        }
        let verification = self.store.verify(&[])?;
        if let Some(finding) = verification.findings.first() {
            return Err(format!("damage: {} {}", finding.code, finding.message).into());
        }
        git(&self.project, &["fsck", "--strict"])?;
        let (files, lines) = self.blame()?;
        println!(
            "{name}: {} artifacts, {} syncs: {} fast-forward, {} merged, {} in conflict, {} up to date; every result as git merge-tree; {:.2} s syncing; verify and fsck are clean; {lines} lines of {files} files as git blame",
            self.plugins.len(),
            steps.len(),
            tally.fast_forward,
            tally.merged,
            tally.conflict,
            tally.up_to_date,
            tally.time.as_secs_f64(),
        );
        Ok(())
    }

    fn check(&self, answer: &Synced, baseline: ContentHash, commit: &str, tally: &mut Tally) -> Result<()> {
        let id = &answer.artifact_id;
        if let Some(error) = &answer.error {
            return Err(format!("{id} to {commit}: {error}").into());
        }
        let head = self.store.version(&answer.version_id.ok_or("no version")?)?;
        let plugin = self
            .plugins
            .iter()
            .find(|plugin| plugin.ends_with(id.name()))
            .ok_or("no plugin")?;
        let theirs = git(self.upstream, &["rev-parse", &format!("{commit}:{plugin}")])?;
        match answer.result {
            SyncResult::UpToDate => tally.up_to_date += 1,
            SyncResult::FastForward => {
                tally.fast_forward += 1;
                if head.content_hash.to_string() != theirs {
                    return Err(format!("{id}: {} instead of {theirs}", head.content_hash).into());
                }
            }
            SyncResult::Merged => {
                tally.merged += 1;
                let ours = self.store.version(&head.parent_ids[0])?.content_hash;
                let expected = self.oracle.merge(plugin, &baseline, &ours, &theirs)?;
                if expected != Merge::Clean(head.content_hash.to_string()) {
                    return Err(format!("{id}: merged to {}, git says {expected:?}", head.content_hash).into());
                }
            }
            SyncResult::Conflict => {
                tally.conflict += 1;
                let expected = self.oracle.merge(plugin, &baseline, &head.content_hash, &theirs)?;
                let mut conflicts = answer.conflicts.clone();
                conflicts.sort();
                if expected != Merge::Conflict(conflicts.clone()) {
                    return Err(format!("{id}: conflicts in {conflicts:?}, git says {expected:?}").into());
                }
            }
            other => return Err(format!("{id} ended as {}", other.as_str()).into()),
        }
        Ok(())
    }

    /// Compares all lines of all text files with `git blame`; returns how many files and lines there are.
    fn blame(&self) -> Result<(usize, usize)> {
        let (mut files, mut compared) = (0, 0);
        for listed in self.store.list(None)? {
            let head = listed.version.version_id;
            let commit = head.to_string();
            for path in lines(&git(&self.project, &["ls-tree", "-r", "--name-only", &commit])?) {
                let blame = match self.store.blame(&head, Some(path.as_bytes())) {
                    Ok(blame) => blame,
                    Err(QueryError::BinaryFile { .. }) => continue,
                    Err(error) => return Err(error.into()),
                };
                let expected = git(&self.project, &["blame", "-s", "-l", "--root", &commit, "--", &path])?;
                let ours = blame.lines.iter().map(|line| line.version_id.to_string());
                let theirs = expected.lines().filter_map(|line| line.split(' ').next());
                if !ours.eq(theirs) {
                    return Err(format!("{path} of {commit} is not blamed as git does").into());
                }
                files += 1;
                compared += blame.lines.len();
            }
        }
        Ok((files, compared))
    }

    /// Ends conflicts as somebody in a hurry would: what lies in the work tree, markers and all, is the resolution.
    fn resolve(&self, answers: &[Synced]) -> Result<()> {
        if answers.iter().any(|answer| answer.result == SyncResult::Conflict) {
            git(&self.project, &["add", "--all", "--", "plugins"])?;
            for answer in self.store.continue_unfinished(&Resume::default(), &caller()?)? {
                if answer.result != SyncResult::Merged {
                    return Err(format!("{} could not be continued", answer.artifact_id).into());
                }
            }
        }
        Ok(())
    }
}

/// Merges the same three trees at the same path, with plain git in a repository of its own.
struct Oracle {
    repository: PathBuf,
}

#[derive(Debug, PartialEq, Eq)]
enum Merge {
    /// The tree at the path.
    Clean(String),
    /// The files in conflict, relative to the path.
    Conflict(Vec<String>),
}

impl Oracle {
    fn new(project: &Path, upstream: &Path) -> Result<Self> {
        let repository = project.with_extension("oracle");
        fs::create_dir_all(&repository)?;
        git(&repository, &["init", "--quiet", "--bare"])?;
        let objects = |dir: PathBuf| dir.join("objects").display().to_string();
        let alternates = [objects(project.join(".git")), objects(upstream.to_owned())];
        fs::write(repository.join("objects/info/alternates"), alternates.join("\n") + "\n")?;
        git(&repository, &["config", "user.name", "Oracle"])?;
        git(&repository, &["config", "user.email", "oracle@example.org"])?;
        Ok(Oracle { repository })
    }

    fn merge(&self, path: &str, base: &ContentHash, ours: &ContentHash, theirs: &str) -> Result<Merge> {
        let base = self.commit(path, &base.to_string(), None)?;
        let ours = self.commit(path, &ours.to_string(), Some(&base))?;
        let theirs = self.commit(path, theirs, Some(&base))?;
        let output = Command::new("git")
            .args([
                "merge-tree",
                "--write-tree",
                "--name-only",
                "--no-messages",
                &ours,
                &theirs,
            ])
            .current_dir(&self.repository)
            .output()?;
        let printed = lines(&String::from_utf8(output.stdout)?);
        if output.status.success() {
            return Ok(Merge::Clean(git(
                &self.repository,
                &["rev-parse", &format!("{}:{path}", printed[0])],
            )?));
        }
        let mut files: Vec<String> = printed[1..]
            .iter()
            .filter_map(|file| file.strip_prefix(&format!("{path}/")).map(str::to_owned))
            .collect();
        files.sort();
        files.dedup();
        Ok(Merge::Conflict(files))
    }

    /// A commit that holds `tree` at `path` and nothing else.
    fn commit(&self, path: &str, tree: &str, parent: Option<&str>) -> Result<String> {
        let mut tree = tree.to_owned();
        for name in path.rsplit('/') {
            tree = git_stdin(&self.repository, &["mktree"], &format!("040000 tree {tree}\t{name}\n"))?;
        }
        let mut args = vec!["commit-tree", &tree, "-m", "x"];
        args.extend(parent.into_iter().flat_map(|parent| ["-p", parent]));
        git(&self.repository, &args)
    }
}

fn id(plugin: &str) -> Result<ArtifactId> {
    let name = plugin.rsplit('/').next().unwrap_or(plugin);
    Ok(format!("plugin/{name}").parse()?)
}

fn commit_all(project: &Path, message: &str) -> Result<()> {
    git(project, &["commit", "--quiet", "--allow-empty", "--message", message]).map(drop)
}

fn caller() -> Result<Caller> {
    let seconds = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
    Ok(Caller::new(Signature {
        person: Person {
            name: "Real Sync".into(),
            email: "real-sync@example.org".into(),
        },
        time: Timestamp { seconds, offset: 0 },
    }))
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn git(dir: &Path, args: &[&str]) -> Result<String> {
    git_stdin(dir, args, "")
}

fn git_stdin(dir: &Path, args: &[&str], input: &str) -> Result<String> {
    use std::io::Write as _;
    let mut child = Command::new("git")
        .args(args)
        .current_dir(dir)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()?;
    child.stdin.take().ok_or("no input")?.write_all(input.as_bytes())?;
    let output = child.wait_with_output()?;
    if output.status.success() {
        Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
    } else {
        Err(format!("git {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr)).into())
    }
}
