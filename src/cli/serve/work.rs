//! Who answers what, when: questions side by side, everything that may write in its turn, and what is cancelled.
//!
//! Guarantees: each request is answered once, unless its batch as a whole is; what may write runs alone and in the order in which it
//! came, because locks tell processes apart, not threads; a question never waits for it. A request that is cancelled before it has
//! begun does nothing. One that may write and has begun goes on to its end, and its answer tells what it did.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
};

use serde_json::Value;

use super::{
    message::{self, Problem, Request},
    params,
    streams::Outlet,
};

/// How much memory requests may take that wait for their turn, in bytes; then no more are read until some are answered.
const MOST_WAITING: usize = 64 << 20;
/// What a waiting request takes besides its message.
const OVERHEAD: usize = 1 << 10;

/// Where a request stands.
const WAITING: u8 = 0;
/// It may be given up.
const ASKING: u8 = 1;
const WRITING: u8 = 2;
/// Answered, or given up.
const OVER: u8 = 3;

/// A request on its way to an answer.
pub(super) struct Job {
    pub(super) request: Request,
    writes: bool,
    state: AtomicU8,
    batch: Option<Arc<Batch>>,
    size: usize,
}

/// An array of requests, whose answers are sent as one.
pub(super) struct Batch(Mutex<Answers>);

struct Answers {
    missing: usize,
    there: Vec<Vec<u8>>,
}

impl Batch {
    /// Of so many requests and notifications.
    pub(super) fn of(count: usize) -> Arc<Self> {
        Arc::new(Batch(Mutex::new(Answers {
            missing: count,
            there: Vec::new(),
        })))
    }

    /// One less is missing; all answers at the end, if there are any.
    fn add(&self, answer: Option<Vec<u8>>) -> Option<Vec<u8>> {
        let mut answers = lock(&self.0);
        answers.there.extend(answer);
        answers.missing -= 1;
        if answers.missing > 0 || answers.there.is_empty() {
            return None;
        }
        let mut all = b"[".to_vec();
        all.extend(answers.there.join(&b','));
        all.push(b']');
        Some(all)
    }
}

/// Requests that wait for whoever is free.
#[derive(Default)]
struct Lane {
    waiting: VecDeque<Arc<Job>>,
}

#[derive(Default)]
struct Lanes {
    questions: Lane,
    writes: Lane,
    size: usize,
    /// No more will come.
    closed: bool,
}

/// All requests there are, and where their answers go.
pub(super) struct Desk {
    outlet: Outlet,
    lanes: Mutex<Lanes>,
    changed: Condvar,
    /// Those that are not answered, by the id as JSON.
    open: Mutex<HashMap<String, Arc<Job>>>,
}

impl Desk {
    pub(super) fn new(outlet: Outlet) -> Self {
        Desk {
            outlet,
            lanes: Mutex::default(),
            changed: Condvar::new(),
            open: Mutex::default(),
        }
    }

    /// Whether nobody reads answers any more.
    pub(super) fn is_deserted(&self) -> bool {
        self.outlet.is_gone()
    }

    /// Takes a request in that came in `size` bytes; waits where too many do.
    pub(super) fn take_in(&self, request: Request, batch: Option<Arc<Batch>>, size: usize) {
        let job = Arc::new(Job {
            writes: !params::is_question(&request.method),
            request,
            state: AtomicU8::new(WAITING),
            batch,
            size: size + OVERHEAD,
        });
        if let Some(id) = &job.request.id {
            let mut open = lock(&self.open);
            if open.contains_key(&id.to_string()) {
                drop(open);
                let problem = Problem::new(message::INVALID_REQUEST, "a request with this id is not answered yet");
                self.send(job.batch.as_deref(), Some(message::failure(id, &problem)));
                return;
            }
            open.insert(id.to_string(), Arc::clone(&job));
        }
        let mut lanes = lock(&self.lanes);
        while lanes.size > 0 && lanes.size + job.size > MOST_WAITING {
            lanes = self.changed.wait(lanes).unwrap_or_else(PoisonError::into_inner);
        }
        lanes.size += job.size;
        lanes.of(job.writes).waiting.push_back(job);
        drop(lanes);
        self.changed.notify_all();
    }

    /// The next request of a lane that is to be answered; `None` when there will be none.
    pub(super) fn next(&self, writes: bool) -> Option<Arc<Job>> {
        loop {
            let mut lanes = lock(&self.lanes);
            let job = loop {
                if let Some(job) = lanes.of(writes).waiting.pop_front() {
                    break job;
                }
                if lanes.closed {
                    return None;
                }
                lanes = self.changed.wait(lanes).unwrap_or_else(PoisonError::into_inner);
            };
            lanes.size -= job.size;
            drop(lanes);
            self.changed.notify_all();
            let now = if writes { WRITING } else { ASKING };
            if !self.is_deserted() && job.moves(WAITING, now) {
                return Some(job);
            }
        }
    }

    /// Sends the answer of a request that [`next`](Self::next) gave out, and before it what is to be known beside it.
    pub(super) fn answer(&self, job: &Job, notes: &[String], answer: Result<Vec<u8>, Problem>) {
        let now = if job.writes { WRITING } else { ASKING };
        if !job.moves(now, OVER) {
            return;
        }
        let id = job.request.id.as_ref();
        for note in notes {
            self.outlet.send(&message::note(id, note));
        }
        let answer = id.map(|id| match answer {
            Ok(lines) => message::answer(id, &lines),
            Err(problem) => message::failure(id, &problem),
        });
        self.close(job, answer);
    }

    /// Gives up the request with this id, if that is possible still.
    pub(super) fn cancel(&self, id: &Value) {
        let Some(job) = lock(&self.open).get(&id.to_string()).cloned() else {
            return;
        };
        let text = if job.moves(WAITING, OVER) {
            "cancelled before it had begun"
        } else if job.moves(ASKING, OVER) {
            "cancelled"
        } else {
            return;
        };
        let problem = Problem::new(message::CANCELLED, text);
        self.close(&job, Some(message::failure(id, &problem)));
    }

    /// Sends what needs no work.
    pub(super) fn send(&self, batch: Option<&Batch>, answer: Option<Vec<u8>>) {
        let message = match batch {
            Some(batch) => batch.add(answer),
            None => answer,
        };
        if let Some(message) = message {
            self.outlet.send(&message);
        }
    }

    /// No more requests will come; those that wait are answered.
    pub(super) fn close_lanes(&self) {
        lock(&self.lanes).closed = true;
        self.changed.notify_all();
    }

    /// Its id is free again before the answer is out: whoever has read that may use it.
    fn close(&self, job: &Job, answer: Option<Vec<u8>>) {
        if let Some(id) = &job.request.id {
            lock(&self.open).remove(&id.to_string());
        }
        self.send(job.batch.as_deref(), answer);
    }
}

impl Lanes {
    fn of(&mut self, writes: bool) -> &mut Lane {
        if writes { &mut self.writes } else { &mut self.questions }
    }
}

impl Job {
    /// Goes from one state to the next, unless somebody was faster.
    fn moves(&self, from: u8, to: u8) -> bool {
        let moved = self
            .state
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire);
        moved.is_ok()
    }
}

/// A thread that panicked left nothing half-done behind a lock of ours.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
