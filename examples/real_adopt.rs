//! Adopts real plugins: from a git bundle given as the first argument, whose repository has a folder `plugins/`.
//!
//! First in a clone of it: what `adoptable` lists is adopted, fifty plugins at most, and every version is compared with
//! `git log --first-parent` and `git rev-parse <commit>:<path>`. Then in a project that copied ten plugins by hand, at
//! various states, edited some and merged others with git: adopted with the clone as upstream, every origin must be what
//! was really done, and every upstream commit must hold what was really copied. Each time the commit of the manifest and
//! `record` must add nothing. Prints what it measured; any difference is an error.
//!
//! `cargo run --release --example real_adopt -- <bundle>`

use std::{
    collections::HashMap,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use git_lineage::{
    Adopt, AdoptUpstream, Adopted, Caller, ChangeOrigin, LineageStore, Person, ProjectPath, Record, Signature,
    Timestamp,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const MOST_ADOPTED: usize = 50;
const COPIED: usize = 10;

fn main() -> Result<()> {
    let bundle = std::env::args().nth(1).ok_or("usage: real_adopt <bundle>")?;
    let bundle = fs::canonicalize(&bundle).map_err(|error| format!("{bundle}: {error}"))?;
    let folder = tempfile::tempdir()?;
    let from = bundle.display().to_string();
    for name in ["clone", "upstream"] {
        git(folder.path(), &["clone", "--quiet", &from, name])?;
    }
    adopt_clone(&folder.path().join("clone"))?;
    adopt_copies(folder.path())
}

/// The upstream's own repository as the project.
fn adopt_clone(project: &Path) -> Result<()> {
    let store = LineageStore::open(project)?;
    let started = Instant::now();
    let adoptable = store.adoptable(&[])?;
    let listed = started.elapsed();
    let plugins = adoptable.iter().filter(|one| one.path.as_str().starts_with("plugins/"));
    let paths: Vec<ProjectPath> = plugins.map(|one| one.path.clone()).take(MOST_ADOPTED).collect();
    let started = Instant::now();
    let adopted = store.adopt(&Adopt::new(paths), &caller()?)?;
    let time = started.elapsed();
    let (mut versions, mut renamed) = (0, 0);
    for one in &adopted {
        let expected = states(project, one.path.as_str())?;
        let found: Vec<(String, String)> = one
            .versions
            .iter()
            .map(|one| {
                let commit = one.version.project_commit.map(|commit| commit.to_string());
                (commit.unwrap_or_default(), one.version.content_hash.to_string())
            })
            .collect();
        // Where the path had another name before, git's log ends. What goes beyond, and the state that was renamed as it
        // was, must be in its commit all the same.
        let beyond = found.len().checked_sub(expected.len()).ok_or("too few versions")?;
        let was_renamed = beyond > 0 || found.first() != expected.first();
        let (earlier, rest) = found.split_at(beyond + usize::from(was_renamed));
        same(&one.path, rest, &expected[usize::from(was_renamed)..])?;
        for (commit, content) in earlier {
            let trees = git(
                project,
                &["ls-tree", "-r", "-t", "-d", "--format=%(objectname)", commit],
            )?;
            if !trees.lines().any(|tree| tree == content) {
                return Err(format!("{}: {commit} does not hold {content}", one.path).into());
            }
        }
        versions += found.len();
        renamed += usize::from(was_renamed);
    }
    settle(&store, project, adopted.len())?;
    println!(
        "clone: {} listed in {listed:.1?}; {} adopted, {versions} versions ({renamed} with another name before) in {time:.1?}",
        adoptable.len(),
        adopted.len(),
    );
    Ok(())
}

/// The commits of the first parents that changed a path, with its content, one for each that differs from the one before.
fn states(repo: &Path, path: &str) -> Result<Vec<(String, String)>> {
    let log = ["log", "--first-parent", "-m", "--reverse", "--format=%H", "--", path];
    let mut states: Vec<(String, String)> = Vec::new();
    for commit in lines(&git(repo, &log)?) {
        // Where the path is gone there is nothing.
        let Ok(content) = git(repo, &["rev-parse", "--verify", "--quiet", &format!("{commit}:{path}")]) else {
            continue;
        };
        if states.last().is_none_or(|(_, last)| *last != content.trim()) {
            states.push((commit, content.trim().to_owned()));
        }
    }
    Ok(states)
}

fn same<T: PartialEq + std::fmt::Debug>(what: &ProjectPath, found: &[T], expected: &[T]) -> Result<()> {
    match found.iter().zip(expected).find(|(found, expected)| found != expected) {
        None if found.len() == expected.len() => Ok(()),
        difference => Err(format!("{what}: {difference:?} of {} and {}", found.len(), expected.len()).into()),
    }
}

/// Commits the manifest; recording then must add nothing, and nothing may be damaged.
fn settle(store: &LineageStore, project: &Path, count: usize) -> Result<()> {
    git(
        project,
        &[
            "-c",
            "user.name=Ada",
            "-c",
            "user.email=ada@example.org",
            "commit",
            "--quiet",
            "-m",
            "Adopt",
        ],
    )?;
    let recorded = store.record_local_modification(&Record::default(), &caller()?)?;
    if recorded.len() != count || recorded.iter().any(|one| one.recorded) {
        return Err("recording after the adoption added something".into());
    }
    let verified = store.verify(&[])?;
    match verified.findings.first() {
        None => Ok(()),
        Some(finding) => Err(format!("verify: {}", finding.message).into()),
    }
}

/// What was done to a copy, and the upstream content that it brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Deed {
    commit: String,
    origin: Option<ChangeOrigin>,
    taken: Option<String>,
}

/// A project that copies plugins.
struct Copies {
    project: PathBuf,
    deeds: HashMap<String, Vec<Deed>>,
    conflicts: usize,
    merges: usize,
}

fn adopt_copies(folder: &Path) -> Result<()> {
    let upstream = folder.join("upstream");
    let mut chosen = Vec::new();
    for plugin in lines(&git(&upstream, &["ls-tree", "-d", "--name-only", "HEAD", "plugins/"])?) {
        let states = states(&upstream, &plugin)?;
        if states.len() >= 4 && chosen.len() < COPIED {
            chosen.push((plugin, states));
        }
    }
    let mut copies = Copies::new(folder.join("project"), &upstream)?;
    for (number, (plugin, states)) in chosen.iter().enumerate() {
        let state = |quarter: usize| states[(states.len() - 1) * quarter / 4].1.as_str();
        match number % 5 {
            0 => {
                for quarter in [0, 2, 4] {
                    copies.copy(plugin, state(quarter))?;
                }
            }
            1 => {
                copies.copy(plugin, state(2))?;
                copies.edit(plugin, "One")?;
                copies.edit(plugin, "Two")?;
            }
            2 => {
                copies.copy(plugin, state(0))?;
                copies.edit(plugin, "One")?;
                copies.merge(plugin, state(2))?;
                copies.copy(plugin, state(4))?;
            }
            3 => {
                copies.copy(plugin, state(0))?;
                copies.edit(plugin, "One")?;
                copies.merge(plugin, state(1))?;
                copies.edit(plugin, "Two")?;
                copies.merge(plugin, state(4))?;
            }
            _ => {
                copies.copy_edited(plugin, state(0))?;
                copies.copy(plugin, state(2))?;
                copies.edit(plugin, "One")?;
                copies.merge(plugin, state(4))?;
            }
        }
    }
    let store = LineageStore::open(&copies.project)?;
    let paths = chosen.iter().map(|(plugin, _)| place(plugin).parse());
    let mut request = Adopt::new(paths.collect::<std::result::Result<Vec<ProjectPath>, _>>()?);
    request.upstreams = chosen
        .iter()
        .map(|(plugin, _)| AdoptUpstream {
            source: upstream.display().to_string(),
            from: Some(plugin.clone()),
        })
        .collect();
    let started = Instant::now();
    let adopted = store.adopt(&request, &caller()?)?;
    let time = started.elapsed();
    for (one, (plugin, _)) in adopted.iter().zip(&chosen) {
        copies.compare(one, plugin, &upstream)?;
    }
    settle(&store, &copies.project, adopted.len())?;
    let count = |origin: Option<ChangeOrigin>| {
        let versions = adopted.iter().flat_map(|one| &one.versions);
        versions.filter(|one| one.version.change_origin == origin).count()
    };
    println!(
        "copies: {} adopted in {time:.1?}, every origin right: {} deployments, {} syncs, {} local modifications, {} unknown; {} merges made ({} in conflict left out)",
        adopted.len(),
        count(Some(ChangeOrigin::Deployment)),
        count(Some(ChangeOrigin::Sync)),
        count(Some(ChangeOrigin::LocalModification)),
        count(None),
        copies.merges,
        copies.conflicts,
    );
    Ok(())
}

/// Where a plugin is copied to.
fn place(plugin: &str) -> String {
    format!("vendor/{plugin}")
}

impl Copies {
    fn new(project: PathBuf, upstream: &Path) -> Result<Self> {
        fs::create_dir_all(&project)?;
        git(&project, &["init", "--quiet", "--initial-branch=main"])?;
        git(&project, &["config", "user.name", "Real Adopt"])?;
        git(&project, &["config", "user.email", "real-adopt@example.org"])?;
        git(&project, &["commit", "--quiet", "--allow-empty", "--message", "Begin"])?;
        // For its trees; no branch of the project leads there.
        git(
            &project,
            &[
                "fetch",
                "--quiet",
                &upstream.display().to_string(),
                "main:refs/upstream/main",
            ],
        )?;
        Ok(Copies {
            project,
            deeds: HashMap::new(),
            conflicts: 0,
            merges: 0,
        })
    }

    /// Replaces a copy by a content and commits it; false if it is that already.
    fn put(&mut self, plugin: &str, tree: &str, origin: Option<ChangeOrigin>, taken: Option<&str>) -> Result<bool> {
        let (project, path) = (&self.project, place(plugin));
        git(project, &["rm", "-r", "--quiet", "--ignore-unmatch", "--", &path])?;
        git(project, &["read-tree", &format!("--prefix={path}/"), tree])?;
        git(project, &["checkout-index", "--all", "--force"])?;
        if git(project, &["diff", "--cached", "--quiet"]).is_ok() {
            return Ok(false);
        }
        git(
            project,
            &["commit", "--quiet", "--message", &format!("Change {plugin}")],
        )?;
        let commit = git(project, &["rev-parse", "HEAD"])?.trim().to_owned();
        self.deeds.entry(plugin.to_owned()).or_default().push(Deed {
            commit,
            origin,
            taken: taken.map(str::to_owned),
        });
        Ok(true)
    }

    fn last_taken(&self, plugin: &str) -> Option<&str> {
        self.deeds
            .get(plugin)?
            .iter()
            .rev()
            .find_map(|deed| deed.taken.as_deref())
    }

    fn content(&self, plugin: &str) -> Result<String> {
        let content = git(&self.project, &["rev-parse", &format!("HEAD:{}", place(plugin))])?;
        Ok(content.trim().to_owned())
    }

    /// Takes upstream's content as it is.
    fn copy(&mut self, plugin: &str, tree: &str) -> Result<()> {
        let origin = if self.deeds.contains_key(plugin) {
            ChangeOrigin::Sync
        } else {
            ChangeOrigin::Deployment
        };
        self.put(plugin, tree, Some(origin), Some(tree)).map(drop)
    }

    /// The tree with a line more at the end of its first file.
    fn edited(&self, plugin: &str, tree: &str, line: &str) -> Result<String> {
        let listed = git(&self.project, &["ls-tree", "-r", "--name-only", tree])?;
        let file = listed.lines().find(|file| file.ends_with(".md")).ok_or("no Markdown")?;
        let text = git(&self.project, &["cat-file", "blob", &format!("{tree}:{file}")])?;
        let scratch = self.project.join(".git/scratch");
        fs::write(&scratch, format!("{text}\n{line} of ours, in {plugin}.\n"))?;
        let blob = git(&self.project, &["hash-object", "-w", "--no-filters", ".git/scratch"])?;
        let index = [("GIT_INDEX_FILE", ".git/scratch-index")];
        git_with(&self.project, &index, &["read-tree", tree])?;
        let entry = format!("100644,{},{file}", blob.trim());
        git_with(&self.project, &index, &["update-index", "--cacheinfo", &entry])?;
        Ok(git_with(&self.project, &index, &["write-tree"])?.trim().to_owned())
    }

    fn edit(&mut self, plugin: &str, line: &str) -> Result<()> {
        let tree = self.edited(plugin, &self.content(plugin)?, line)?;
        let local = Some(ChangeOrigin::LocalModification);
        self.put(plugin, &tree, local, None).map(drop)
    }

    /// Copied and edited in one commit: nobody can tell where it came from.
    fn copy_edited(&mut self, plugin: &str, tree: &str) -> Result<()> {
        let tree = self.edited(plugin, tree, "At once")?;
        self.put(plugin, &tree, None, None).map(drop)
    }

    /// Merges upstream's content with git, where that goes without conflicts.
    fn merge(&mut self, plugin: &str, theirs: &str) -> Result<()> {
        let base = self.last_taken(plugin).ok_or("nothing was copied")?.to_owned();
        let mine = self.content(plugin)?;
        let commit = |tree: &str, parent: Option<&str>| -> Result<String> {
            let mut args = vec!["commit-tree", "-m", "side", tree];
            args.extend(parent.iter().flat_map(|parent| ["-p", parent]));
            Ok(git(&self.project, &args)?.trim().to_owned())
        };
        let base = commit(&base, None)?;
        let (mine, theirs_commit) = (commit(&mine, Some(&base))?, commit(theirs, Some(&base))?);
        let Ok(merged) = git(&self.project, &["merge-tree", "--write-tree", &mine, &theirs_commit]) else {
            self.conflicts += 1;
            return Ok(());
        };
        let merged = merged.lines().next().unwrap_or_default().to_owned();
        let sync = Some(ChangeOrigin::Sync);
        self.merges += usize::from(self.put(plugin, &merged, sync, Some(theirs))?);
        Ok(())
    }

    /// Compares an adopted lineage with what was done.
    fn compare(&self, adopted: &Adopted, plugin: &str, upstream: &Path) -> Result<()> {
        // A version of upstream's own, which a merge has as its second parent, has the merge's commit and stands before it.
        let mut found: Vec<Deed> = Vec::new();
        for one in &adopted.versions {
            let version = &one.version;
            let taken = match &version.upstream {
                None => None,
                Some(from) => {
                    let commit = from.commit.ok_or("no commit")?;
                    let path = from.path.as_deref().unwrap_or_default();
                    let tree = git(upstream, &["rev-parse", &format!("{commit}:{path}")])?;
                    Some(tree.trim().to_owned())
                }
            };
            let deed = Deed {
                commit: version
                    .project_commit
                    .map(|commit| commit.to_string())
                    .unwrap_or_default(),
                origin: version.change_origin,
                taken,
            };
            if found.last().is_some_and(|last| last.commit == deed.commit) {
                found.pop();
            }
            found.push(deed);
        }
        same(&adopted.path, &found, &self.deeds[plugin])
    }
}

fn caller() -> Result<Caller> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(Caller::new(Signature {
        person: Person {
            name: "Real Adopt".into(),
            email: "real-adopt@example.org".into(),
        },
        time: Timestamp {
            seconds: i64::try_from(now.as_secs())?,
            offset: 0,
        },
    }))
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn git(folder: &Path, args: &[&str]) -> Result<String> {
    git_with(folder, &[], args)
}

fn git_with(folder: &Path, variables: &[(&str, &str)], args: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .args(args)
        .current_dir(folder)
        .envs(variables.iter().copied())
        .output()?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(format!("git {}: {message}", args.join(" ")).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
