//! The projects of a hub, as the repository's configuration and refs know them: adding, listing, taking out.
//!
//! A project is a remote with a URL and the fetch refspec of its lineage heads. So a plain `git fetch` brings lineage here
//! too, only without looking at it first. When a project was last fetched stands in a file of its own beside the sidecar.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fs,
    path::{Path, PathBuf},
};

use super::{
    AddProject, HubError, HubProject,
    init::require,
    name::{check, default_name, proposal, taken},
};
use crate::{
    git::{
        GitError, Repo,
        refs::{Expected, RefUpdate},
    },
    refname::{LineageRef, RefPrefix, encode_component},
    similar::similar_names,
    upstream::source::{Source, without_credentials},
    version::Timestamp,
};

/// How often refs that others move at the same time are looked at again.
pub(super) const MOST_TRIES: usize = 20;

/// A project as git's configuration knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remote {
    pub(super) name: String,
    /// With credentials, if there are any: not for showing.
    pub(super) url: String,
    /// Below what its refs stand over there.
    pub(super) ref_prefix: RefPrefix,
}

impl Remote {
    pub(super) fn shown_url(&self) -> String {
        without_credentials(&self.url)
    }

    fn refspec(&self, repo: &Repo) -> String {
        format!("+{}*:{}", self.ref_prefix.heads_dir(), destination(repo, &self.name))
    }

    /// As the remote's configuration says; `None` for a remote that is no project.
    fn of(repo: &Repo, name: String, config: &RemoteConfig) -> Option<Self> {
        let into = format!(":{}", destination(repo, &name));
        let source = |refspec: &String| {
            let heads = refspec
                .strip_prefix('+')?
                .strip_suffix(&into)?
                .strip_suffix("/heads/*")?;
            heads.parse().ok()
        };
        Some(Remote {
            ref_prefix: config.fetch.iter().find_map(source)?,
            url: config.urls.first()?.clone(),
            name,
        })
    }
}

/// The right side of a project's refspec.
fn destination(repo: &Repo, name: &str) -> String {
    format!("{}*", repo.prefix().remote_dir(name))
}

/// What the configuration says of a remote.
#[derive(Default)]
struct RemoteConfig {
    urls: Vec<String>,
    fetch: Vec<String>,
}

/// All remotes of the repository; asked of git, so that what was added a moment ago is there.
fn configured(repo: &Repo) -> Result<BTreeMap<String, RemoteConfig>, GitError> {
    const WANTED: &str = r"^remote\..*\.(url|fetch)$";
    let listed = repo.ask_git(&["config", "--local", "--includes", "-z", "--get-regexp", WANTED])?;
    let mut remotes: BTreeMap<String, RemoteConfig> = BTreeMap::new();
    for entry in String::from_utf8_lossy(&listed.unwrap_or_default()).split('\0') {
        let Some((key, value)) = entry.split_once('\n') else {
            continue;
        };
        let name = key.strip_prefix("remote.").and_then(|rest| rest.rsplit_once('.'));
        if let Some((name, what)) = name {
            let config = remotes.entry(name.to_owned()).or_default();
            let values = if what == "url" {
                &mut config.urls
            } else {
                &mut config.fetch
            };
            values.push(value.to_owned());
        }
    }
    Ok(remotes)
}

/// The projects, by name.
pub(super) fn remotes(repo: &Repo) -> Result<Vec<Remote>, HubError> {
    require(repo)?;
    let configured = configured(repo)?.into_iter();
    Ok(configured
        // Without a name there is no place for its refs.
        .filter(|(name, _)| check(name).is_ok())
        .filter_map(|(name, config)| Remote::of(repo, name, &config))
        .collect())
}

/// The projects of these names, in their order, each once; all where there are none.
pub(super) fn chosen(repo: &Repo, names: &[String]) -> Result<Vec<Remote>, HubError> {
    let known = remotes(repo)?;
    let mut seen = HashSet::new();
    let named = names.iter().filter(|name| seen.insert(*name));
    let chosen = named.map(|name| find(&known, name).cloned());
    if names.is_empty() { Ok(known) } else { chosen.collect() }
}

fn find<'a>(known: &'a [Remote], name: &str) -> Result<&'a Remote, HubError> {
    let found = known.iter().find(|remote| remote.name == name);
    found.ok_or_else(|| HubError::UnknownProject {
        name: name.to_owned(),
        similar: similar_names(name, known.iter().map(|remote| remote.name.as_str())),
    })
}

/// Adds a project; nothing is asked of it.
pub(crate) fn add(repo: &Repo, request: &AddProject) -> Result<HubProject, HubError> {
    let known = remotes(repo)?;
    let url = fetchable(repo, &request.url)?;
    let ref_prefix = match &request.ref_prefix {
        None => RefPrefix::default(),
        Some(prefix) => prefix.parse()?,
    };
    let name = match &request.name {
        None => default_name(&url)?,
        Some(name) => name.clone(),
    };
    check(&name)?;
    let added = Remote { name, url, ref_prefix };
    let is_same = |other: &&Remote| (&other.url, &other.ref_prefix) == (&added.url, &added.ref_prefix);
    if let Some(same) = known.iter().find(is_same) {
        return Err(HubError::AlreadyAdded {
            url: same.shown_url(),
            name: same.name.clone(),
        });
    }
    // What has no URL is left of an addition that was killed.
    let names: BTreeSet<String> = configured(repo)?
        .into_iter()
        .filter(|(_, config)| !config.urls.is_empty())
        .map(|(name, _)| name)
        .collect();
    if let Some(taken) = taken(&added.name, &names) {
        return Err(HubError::NameTaken {
            taken: taken.clone(),
            proposal: proposal(&added.name, &added.url, &names),
        });
    }
    repo.wait_for_config()?;
    let set = |key: &str, value: &str| {
        let key = format!("remote.{}.{key}", added.name);
        repo.run_git(&["config", "--local", "--replace-all", &key, value], b"")
    };
    set("fetch", &added.refspec(repo))?;
    set("tagOpt", "--no-tags")?;
    // Last, for it makes a project of it.
    set("url", &added.url)?;
    described(repo, added, &[])
}

/// What git is to be given for a URL or path, which is made absolute.
fn fetchable(repo: &Repo, url: &str) -> Result<String, HubError> {
    let not_text = |path: &Path| GitError::io("name", path)(std::io::Error::other("it is not UTF-8"));
    let text = |path: &Path| path.to_str().map(str::to_owned).ok_or_else(|| not_text(path));
    match Source::find(repo.common_dir(), url)? {
        Some(Source::Git(url)) => Ok(text(Path::new(url.fetch()))?),
        // A bundle is one.
        Some(Source::Plain(path)) if path.is_file() => Ok(text(&path)?),
        Some(Source::Plain(path)) => Err(HubError::NoRepository { path }),
        None => Err(HubError::NothingThere { path: url.to_owned() }),
    }
}

/// The projects with what is here of them, by name.
pub(crate) fn list(repo: &Repo) -> Result<Vec<HubProject>, HubError> {
    let remotes = remotes(repo)?;
    let heads = repo.list_refs(&repo.prefix().remotes_dir())?;
    let mut names: Vec<String> = heads.into_iter().map(|(name, _)| name).collect();
    names.sort();
    let mut projects = Vec::with_capacity(remotes.len());
    for remote in remotes {
        let dir = repo.prefix().remote_dir(&remote.name);
        let from = names.partition_point(|name| *name < dir);
        let own = names[from..].iter().take_while(|name| name.starts_with(&dir)).count();
        projects.push(described(repo, remote, &names[from..from + own])?);
    }
    Ok(projects)
}

/// A project with these heads.
fn described(repo: &Repo, remote: Remote, heads: &[String]) -> Result<HubProject, HubError> {
    let mut artifacts = HashSet::new();
    for head in heads {
        if let Ok(LineageRef::Remote { artifact, .. }) = repo.prefix().parse(head.as_str().into()) {
            artifacts.insert((artifact.kind.encoded().to_owned(), artifact.name.encoded().to_owned()));
        }
    }
    Ok(HubProject {
        url: remote.shown_url(),
        ref_prefix: remote.ref_prefix.to_string(),
        artifacts: artifacts.len(),
        heads: heads.len(),
        fetched_at: fetched_at(repo, &remote.name),
        name: remote.name,
    })
}

/// Takes a project out of the hub, with its heads. The project as it was.
pub(crate) fn remove(repo: &Repo, name: &str) -> Result<HubProject, HubError> {
    let known = remotes(repo)?;
    let remote = find(&known, name)?.clone();
    repo.wait_for_config()?;
    for _ in 0..MOST_TRIES {
        let heads = repo.list_refs(&repo.prefix().remote_dir(name))?;
        let deletions = heads.iter().map(|(name, id)| RefUpdate {
            name: name.clone(),
            new: None,
            expected: Expected::Is(*id),
        });
        match repo.update_refs_to_recorded(&deletions.collect::<Vec<_>>()) {
            Err(error) if error.is_lost_race() => continue,
            done => done?,
        }
        let names: Vec<String> = heads.into_iter().map(|(name, _)| name).collect();
        let project = described(repo, remote, &names)?;
        repo.run_git(
            &["config", "--local", "--remove-section", &format!("remote.{name}")],
            b"",
        )?;
        let _ = fs::remove_file(note(repo, name));
        return Ok(project);
    }
    Err(HubError::Busy { name: name.to_owned() })
}

/// Where it is noted when a project was fetched.
fn note(repo: &Repo, name: &str) -> PathBuf {
    repo.common_dir()
        .join("lineage")
        .join("hub")
        .join(encode_component(name))
}

/// Nothing depends on it: a note that cannot be read says nothing.
fn fetched_at(repo: &Repo, name: &str) -> Option<Timestamp> {
    fs::read_to_string(note(repo, name)).ok()?.trim().parse().ok()
}

pub(super) fn note_fetched(repo: &Repo, name: &str, at: Timestamp) -> Result<(), GitError> {
    let note = note(repo, name);
    let folder = note.parent().unwrap_or(&note);
    fs::create_dir_all(folder).map_err(GitError::io("create", folder))?;
    fs::write(&note, format!("{at}\n")).map_err(GitError::io("write", &note))
}
