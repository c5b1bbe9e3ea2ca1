//! `hub fetch`: all projects are asked for their heads, many at a time; what is new of those that have something new is
//! fetched, many at a time again; and whatever has come is let in at once, one project after the other.
//!
//! A project with nothing new costs one question. git moves no ref here, so what is killed in between leaves objects without
//! a ref, and the next fetch goes on.

use std::process::Output;

use super::{
    Arrived, FetchProjects, FetchedProject, Heads, HubError, HubProgress, ProjectChanges,
    parallel::{Job, run_all},
    projects::{MOST_TRIES, Remote, chosen, note_fetched},
    remote,
};
use crate::{
    git::{GitError, Repo},
    id::VersionId,
};

/// So many loose refs are slow to list for every git that starts.
const MANY_LOOSE: usize = 2000;
/// So many packs are slow to look through for every git that starts: each fetch checks that whatever refs lead to is here.
const MANY_PACKS: usize = 16;

/// What a fetch needs of the versions that are here.
pub(crate) trait Store {
    /// Those of the versions that are not here yet.
    ///
    /// # Errors
    /// Only damage of what is here.
    fn unknown(&self, versions: &Heads) -> Result<Vec<VersionId>, HubError>;

    /// See [`arrive`](super::arrive()).
    ///
    /// # Errors
    /// As there.
    fn arrive(&self, remote: &Remote, heads: &Heads) -> Result<Arrived, HubError>;
}

/// Fetches projects; in their order.
///
/// # Errors
/// [`HubError::UnknownProject`], before anything is asked; else what has nothing to do with a single project.
pub(crate) fn fetch(
    repo: &Repo,
    request: &FetchProjects,
    store: &impl Store,
    progress: &mut dyn FnMut(HubProgress<'_>),
) -> Result<Vec<FetchedProject>, HubError> {
    let remotes = chosen(repo, &request.names)?;
    let at_a_time = request.jobs.clamp(1, remotes.len().max(1));
    let mut run = Run {
        repo,
        request,
        store,
        progress,
        done: remotes.iter().map(|_| None).collect(),
        heads: remotes.iter().map(|_| Heads::new()).collect(),
        remotes,
        loose: 0,
        packs: 0,
        has_moved: false,
    };
    let may_prompt = at_a_time == 1;
    let mut to_fetch = Vec::new();
    run_all(run.questions(may_prompt), at_a_time, |project, output| {
        to_fetch.extend(run.answer(project, output, may_prompt)?);
        Ok::<_, HubError>(())
    })?;
    run_all(to_fetch, at_a_time, |project, output| run.fetched(project, output))?;
    if run.has_moved {
        remote::tidy(repo)?;
    }
    Ok(run.done.into_iter().flatten().collect())
}

struct Run<'a, S> {
    repo: &'a Repo,
    request: &'a FetchProjects,
    store: &'a S,
    progress: &'a mut dyn FnMut(HubProgress<'_>),
    remotes: Vec<Remote>,
    /// The heads over there, as far as they were asked for.
    heads: Vec<Heads>,
    done: Vec<Option<FetchedProject>>,
    loose: usize,
    packs: usize,
    has_moved: bool,
}

impl<S: Store> Run<'_, S> {
    fn questions(&self, may_prompt: bool) -> Vec<Job> {
        let remotes = self.remotes.iter().enumerate();
        remotes
            .map(|(project, remote)| Job {
                project,
                command: remote::ask(self.repo, remote, may_prompt),
                input: Vec::new(),
            })
            .collect()
    }

    /// What a project answered to the question for its heads; the fetch that follows from it, if one does.
    fn answer(
        &mut self,
        project: usize,
        output: Result<Output, GitError>,
        may_prompt: bool,
    ) -> Result<Option<Job>, HubError> {
        let remote = &self.remotes[project];
        let heads = match remote::answered(self.repo, remote, &output?) {
            Ok(heads) => heads,
            Err(error) => {
                self.end(project, ProjectChanges::default(), Some(error))?;
                return Ok(None);
            }
        };
        let here: Heads = self
            .repo
            .list_refs(&self.repo.prefix().remote_dir(&remote.name))?
            .into_iter()
            .map(|(name, id)| (name, VersionId::from_oid(id)))
            .collect();
        if heads == here {
            self.end(project, ProjectChanges::default(), None)?;
            return Ok(None);
        }
        let missing = self.store.unknown(&heads)?;
        let command = remote::fetch(self.repo, remote, !here.is_empty(), may_prompt);
        self.heads[project] = heads;
        if missing.is_empty() {
            self.let_in(project)?;
            return Ok(None);
        }
        let input = missing.iter().map(|id| format!("{id}\n")).collect::<String>();
        Ok(Some(Job {
            project,
            command,
            input: input.into_bytes(),
        }))
    }

    fn fetched(&mut self, project: usize, output: Result<Output, GitError>) -> Result<(), HubError> {
        match remote::fetched(&self.remotes[project], &output?) {
            Ok(()) => {
                self.packs += 1;
                if self.packs.is_multiple_of(MANY_PACKS) {
                    remote::index_packs(self.repo)?;
                }
                self.let_in(project)
            }
            Err(error) => self.end(project, ProjectChanges::default(), Some(error)),
        }
    }

    fn let_in(&mut self, project: usize) -> Result<(), HubError> {
        let (remote, heads) = (&self.remotes[project], &self.heads[project]);
        for _ in 0..MOST_TRIES {
            match self.store.arrive(remote, heads) {
                Ok(arrived) => return self.end(project, arrived.changes, arrived.error),
                Err(HubError::Git(error)) if error.is_lost_race() => {}
                // What is here cannot be read; no project is to blame.
                Err(error @ HubError::Index(_)) => return Err(error),
                Err(error) => return self.end(project, ProjectChanges::default(), Some(error)),
            }
        }
        let name = remote.name.clone();
        self.end(project, ProjectChanges::default(), Some(HubError::Busy { name }))
    }

    fn end(&mut self, project: usize, changes: ProjectChanges, error: Option<HubError>) -> Result<(), HubError> {
        let remote = &self.remotes[project];
        if error.is_none() {
            note_fetched(self.repo, &remote.name, self.request.at)?;
        }
        self.has_moved |= !changes.is_empty();
        self.loose += changes.added + changes.moved + changes.kept;
        if self.loose >= MANY_LOOSE {
            remote::pack_refs(self.repo)?;
            self.loose = 0;
        }
        self.done[project] = Some(FetchedProject {
            name: remote.name.clone(),
            url: remote.shown_url(),
            changes,
            error,
        });
        (self.progress)(HubProgress {
            name: &remote.name,
            done: self.done.iter().flatten().count(),
            total: self.remotes.len(),
        });
        Ok(())
    }
}
