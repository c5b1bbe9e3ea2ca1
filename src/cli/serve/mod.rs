//! `serve`: one long-lived process that answers requests as the command line would (docs/serve.md).
//!
//! A request becomes a command line ([`params`]), is parsed and run by the code of the command, and its JSON Lines become the
//! result ([`message`]). Messages are cut out of stdin by [`framing`], sent by [`streams`], and answered by threads that
//! [`work`] keeps busy.
//!
//! Guarantees: an answer is the one a new process would give, for the repository is opened for each request; only the sidecar
//! stays open where it is still the same. Whatever comes in, the process lives until stdin ends, and then answers what it has
//! taken in. Nobody else reads our stdin or writes on our stdout.

mod framing;
mod message;
mod params;
mod streams;
mod work;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
    thread,
};

use git_lineage::LineageStore;

use self::{
    framing::{Frame, Frames},
    message::{Message, Params, Problem, Request},
    work::{Batch, Desk},
};
use super::{
    clock,
    context::Context,
    failure::Failure,
    output::Output,
    report::{Report, USAGE},
    usage,
};

/// Questions that are answered at the same time: at least so many, for some wait for git, and at most so many.
const THREADS: (usize, usize) = (4, 16);
/// What the main thread of a process has, in bytes.
const STACK: usize = 8 << 20;
/// LSP's notification that a request is to be given up.
const CANCEL: &str = "$/cancelRequest";

pub(super) use self::params::methods;

/// Answers requests until stdin ends.
pub(super) fn run(cwd: &Path) -> Result<(), Failure> {
    let (input, outlet) = streams::take().map_err(|source| Failure::Serve { source })?;
    let desk = Desk::new(outlet);
    let threads = thread::available_parallelism().map_or(THREADS.0, usize::from);
    let threads = threads.clamp(THREADS.0, THREADS.1);
    thread::scope(|scope| {
        let started = (0..=threads).try_for_each(|at| {
            let named = thread::Builder::new().name("serve".to_owned()).stack_size(STACK);
            let desk = &desk;
            named
                .spawn_scoped(scope, move || answer_all(desk, at == 0, cwd))
                .map(drop)
        });
        let read = started.and_then(|()| take_in_all(&mut Frames::new(input), &desk));
        desk.close_lanes();
        read.map_err(|source| Failure::Serve { source })
    })
}

/// Takes in what is asked until nothing more comes, or nobody listens.
fn take_in_all(frames: &mut Frames<std::fs::File>, desk: &Desk) -> std::io::Result<()> {
    while let Some(frame) = frames.next()? {
        if desk.is_deserted() {
            break;
        }
        match frame {
            Frame::Malformed(reason) => {
                let problem = Problem::new(message::PARSE_ERROR, format!("no message: {reason}"));
                desk.send(None, Some(message::failure(&serde_json::Value::Null, &problem)));
            }
            Frame::Message(bytes) => match message::parse(&bytes) {
                Message::One(one) => take_in(one, None, bytes.len(), desk),
                Message::Batch(all) => {
                    let batch = Batch::of(all.len());
                    let size = bytes.len() / all.len();
                    for one in all {
                        take_in(one, Some(Arc::clone(&batch)), size, desk);
                    }
                }
            },
        }
    }
    Ok(())
}

fn take_in(one: Result<Request, message::Refused>, batch: Option<Arc<Batch>>, size: usize, desk: &Desk) {
    match one {
        Err(refused) => desk.send(batch.as_deref(), Some(message::failure(&refused.id, &refused.problem))),
        // What a protocol's own notifications say beyond that is for others.
        Ok(request) if request.id.is_none() && request.method.starts_with("$/") => {
            if let (CANCEL, Params::Named(params)) = (request.method.as_str(), &request.params)
                && let Some(id) = params.get("id")
            {
                desk.cancel(id);
            }
            desk.send(batch.as_deref(), None);
        }
        Ok(request) => desk.take_in(request, batch, size),
    }
}

/// What one thread does.
fn answer_all(desk: &Desk, writes: bool, cwd: &Path) {
    let mut parser = super::parser();
    parser.build();
    let mut store = None;
    while let Some(job) = desk.next(writes) {
        let earlier = store.take();
        let answered = catch_unwind(AssertUnwindSafe(|| answer(&job.request, &mut parser, cwd, earlier)));
        let (answer, notes) = match answered {
            Ok((answer, notes, kept)) => {
                store = kept;
                (answer, notes)
            }
            Err(_) => {
                let problem = Problem::new(message::INTERNAL_ERROR, "the command panicked: a defect of the program");
                (Err(problem), Vec::new())
            }
        };
        desk.answer(&job, &notes, answer);
    }
}

type Answer = (Result<Vec<u8>, Problem>, Vec<String>, Option<LineageStore>);

/// Runs the command that a request names.
fn answer(request: &Request, parser: &mut clap::Command, cwd: &Path, earlier: Option<LineageStore>) -> Answer {
    let cli = params::command_line(parser, &request.method, &request.params).and_then(|line| {
        let parsed = super::parse_by(parser, line);
        parsed.map_err(|error| Problem::of(&usage::report(&error, USAGE)))
    });
    let cli = match cli {
        Ok(cli) => cli,
        Err(problem) => return (Err(problem), Vec::new(), earlier),
    };
    let mut out = Output::in_memory(cli.global.quiet);
    let context = Context::of_request(cwd, cli.global.line.clone(), earlier);
    let result = super::run(&cli.command, &context, &mut out);
    let said = out.said(&context.notices());
    if result.is_ok() && cli.command.writes_objects() {
        context.maintain();
    }
    let answer = match result {
        Ok(_) if said.is_text => Err(Problem::new(
            message::METHOD_NOT_FOUND,
            format!("'{}' prints no JSON", request.method),
        )),
        Ok(_) => Ok(said.answer),
        Err(failure) => Err(Problem::of(&Report::new(&failure, clock::now()))),
    };
    (answer, said.notes, context.into_store())
}
