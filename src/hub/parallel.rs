//! Running several git commands at the same time.

use std::{
    collections::VecDeque,
    process::{Command, Output},
    sync::{
        Mutex, PoisonError,
        mpsc::{self, Sender},
    },
};

use crate::git::{GitError, command::output_of};

/// A command, and what is to be on its standard input.
pub(super) struct Job {
    /// Whom it is for.
    pub(super) project: usize,
    pub(super) command: Command,
    pub(super) input: Vec<u8>,
}

/// Runs all, at most so many at a time. `done` is told of each when it has ended, here, one after the other; once it fails
/// no further ones are started.
pub(super) fn run_all<E>(
    jobs: Vec<Job>,
    at_a_time: usize,
    mut done: impl FnMut(usize, Result<Output, GitError>) -> Result<(), E>,
) -> Result<(), E> {
    let workers = at_a_time.clamp(1, jobs.len().max(1));
    let waiting = Mutex::new(VecDeque::from(jobs));
    std::thread::scope(|scope| {
        let (sender, ended) = mpsc::channel();
        for _ in 0..workers {
            let (waiting, sender) = (&waiting, sender.clone());
            scope.spawn(move || work(waiting, &sender));
        }
        drop(sender);
        for (project, output) in ended {
            if let Err(error) = done(project, output) {
                lock(&waiting).clear();
                return Err(error);
            }
        }
        Ok(())
    })
}

fn work(waiting: &Mutex<VecDeque<Job>>, ended: &Sender<(usize, Result<Output, GitError>)>) {
    loop {
        let next = lock(waiting).pop_front();
        let Some(job) = next else { return };
        let output = output_of(job.command, &job.input);
        if ended.send((job.project, output)).is_err() {
            return;
        }
    }
}

/// What is in there is whole, whatever became of another worker.
fn lock(waiting: &Mutex<VecDeque<Job>>) -> std::sync::MutexGuard<'_, VecDeque<Job>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echo(project: usize) -> Job {
        Job {
            project,
            command: Command::new("cat"),
            input: project.to_string().into_bytes(),
        }
    }

    #[test]
    fn every_job_ends_with_its_own_output() {
        for at_a_time in [0, 1, 3, 50] {
            let mut ended = Vec::new();
            let run = run_all((0..7).map(echo).collect(), at_a_time, |project, output| {
                let output = output.expect("it runs");
                assert_eq!(String::from_utf8_lossy(&output.stdout), project.to_string());
                ended.push(project);
                Ok::<_, ()>(())
            });
            assert_eq!(run, Ok(()));
            ended.sort_unstable();
            assert_eq!(ended, [0, 1, 2, 3, 4, 5, 6]);
        }
        assert_eq!(run_all(Vec::new(), 4, |_, _| Err("there is none")), Ok(()));
    }

    #[test]
    fn after_a_failure_nothing_is_started() {
        let mut ended = 0;
        let run = run_all((0..100).map(echo).collect(), 2, |_, _| {
            ended += 1;
            Err("enough")
        });
        assert_eq!((run, ended), (Err("enough"), 1));
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error() {
        let job = Job {
            command: Command::new("/nowhere/git"),
            ..echo(0)
        };
        let mut failed = false;
        let run = run_all(vec![job], 1, |_, output| {
            failed = matches!(output, Err(GitError::GitNotFound { .. }));
            Ok::<_, ()>(())
        });
        assert_eq!((run, failed), (Ok(()), true));
    }
}
