//! The engine room: a current index for every question, and attempts until one wins.

use std::{cell::RefCell, ops::ControlFlow, time::Duration};

use super::LineageStore;
use crate::{
    index::{Index, IndexError, Notice},
    operation::{
        OperationError,
        attempt::{Attempt, Finished},
    },
    query::{Query, QueryError},
};

/// How often an operation is attempted while other processes move the same refs.
const MOST_ATTEMPTS: u32 = 200;
/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

impl LineageStore {
    /// Runs a question on one moment of the current index; one that meets a damaged sidecar is asked again on a new one.
    pub(super) fn query<T>(&self, ask: impl Fn(&Query<'_>) -> Result<T, QueryError>) -> Result<T, QueryError> {
        self.look_up(|query| {
            let answer = query.index.at_one_moment(|| ask(query));
            answer.unwrap_or_else(|error| Err(error.into()))
        })
    }

    /// As [`query`](Self::query), for what reads the index once, which is one moment by itself.
    pub(super) fn look_up<T>(&self, ask: impl Fn(&Query<'_>) -> Result<T, QueryError>) -> Result<T, QueryError> {
        for last in [false, true] {
            self.refresh_index()?;
            let answer = {
                let index = self.index.borrow();
                let index = index.as_ref().expect("refreshing leaves an index");
                ask(&Query {
                    repo: &self.repo,
                    index,
                })
            };
            match answer {
                Err(error) if error.is_corrupt_sidecar() && !last => self.replace_index()?,
                answer => return answer,
            }
        }
        unreachable!("the second round always returns")
    }

    /// Runs a question that hands out its answer piece by piece. What was handed out before damage was met is not handed out
    /// again: a version contains the same on a new index.
    pub(super) fn visiting<T>(
        &self,
        visit: impl FnMut(T) -> ControlFlow<()>,
        ask: impl Fn(&Query<'_>, &mut dyn FnMut(T) -> ControlFlow<()>) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        let visitor = RefCell::new((visit, 0));
        self.query(|query| {
            let mut seen = 0;
            ask(query, &mut |piece| {
                let (visit, visited) = &mut *visitor.borrow_mut();
                seen += 1;
                if seen <= *visited {
                    return ControlFlow::Continue(());
                }
                *visited = seen;
                visit(piece)
            })
        })
    }

    /// What an operation asks of the index before its attempts.
    pub(super) fn with_index<T, E: From<IndexError>>(&self, ask: impl FnOnce(&Index) -> Result<T, E>) -> Result<T, E> {
        self.refresh_index()?;
        let index = self.index.borrow();
        ask(index.as_ref().expect("refreshing leaves an index"))
    }

    /// Runs attempts of an operation until one wins; then the index takes in what was written.
    pub(super) fn attempt<T>(
        &self,
        run: impl Fn(&mut Attempt<'_>) -> Result<T, OperationError>,
    ) -> Result<T, OperationError> {
        if self.index.try_borrow_mut().is_err() {
            return Err(OperationError::InsideBatch);
        }
        let (mut rebuilt, mut turn, mut lost) = (false, None, None);
        for attempt in 1..=MOST_ATTEMPTS {
            self.refresh_index()?;
            let (result, finished, notices) = {
                let index = self.index.borrow();
                let index = index.as_ref().expect("refreshing leaves an index");
                let mut attempt = Attempt::new(&self.repo, index);
                let result = index
                    .at_one_moment(|| run(&mut attempt))
                    .unwrap_or_else(|error| Err(error.into()));
                (result, attempt.finished, attempt.notices)
            };
            match result {
                Err(error) if error.is_lost_race() => {
                    if turn.is_some() {
                        std::thread::sleep(pause(attempt));
                    } else {
                        // From now on only plain git can be faster.
                        turn = Some(self.repo.take_turn());
                    }
                    lost = Some(error);
                }
                Err(error) if error.is_corrupt_sidecar() && !rebuilt => {
                    rebuilt = true;
                    self.replace_index()?;
                }
                result => {
                    self.notices.borrow_mut().extend(notices);
                    if let Some(finished) = finished {
                        self.take_in(&finished);
                    }
                    return result;
                }
            }
        }
        match lost {
            Some(locked) if locked.is_ref_locked() => Err(locked),
            _ => Err(OperationError::Contended {
                attempts: MOST_ATTEMPTS,
            }),
        }
    }

    /// The refs have moved, so the versions are recorded; a sidecar that cannot follow is told, and heals itself later.
    fn take_in(&self, finished: &Finished) {
        let mut index = self.index.borrow_mut();
        let Some(open) = index.as_mut() else { return };
        let taken = open
            .add(&self.repo, &finished.tips, &mut self.notices.borrow_mut())
            .and_then(|()| open.save_project_states(&finished.states));
        if let Err(error) = taken {
            let reason = error.to_string();
            self.notices.borrow_mut().push(Notice::SidecarBehind { reason });
            *index = None;
        }
    }

    /// Questions asked while a batch is filled see the moment at which it was begun.
    pub(super) fn refresh_index(&self) -> Result<(), IndexError> {
        let Ok(mut index) = self.index.try_borrow_mut() else {
            return Ok(());
        };
        if let Some(open) = index.as_mut() {
            match open.refresh(&self.repo, &mut self.notices.borrow_mut()) {
                Err(IndexError::CorruptSidecar { .. }) => {}
                other => return other.map(drop),
            }
            let damaged = index.take().expect("it is open");
            *index = Some(damaged.replace(&self.repo, &mut self.notices.borrow_mut())?);
            return Ok(());
        }
        *index = Some(Index::open(&self.repo, &mut self.notices.borrow_mut())?);
        Ok(())
    }

    /// A batch that is being filled is filled again on a new index, once the damage is its own answer.
    pub(super) fn replace_index(&self) -> Result<(), IndexError> {
        let Ok(mut index) = self.index.try_borrow_mut() else {
            return Ok(());
        };
        let notices = &mut self.notices.borrow_mut();
        let replaced = match index.take() {
            Some(damaged) => damaged.replace(&self.repo, notices)?,
            None => Index::open(&self.repo, notices)?,
        };
        *index = Some(replaced);
        Ok(())
    }
}

/// Longer with every attempt, and not the same in two processes that collide.
fn pause(attempt: u32) -> Duration {
    let spread = u64::from(std::process::id() % 7) + 1;
    (Duration::from_micros(300) * attempt + Duration::from_micros(spread * 100)).min(LONGEST_PAUSE)
}
