//! stdin and stdout, kept for the protocol alone, and the one place where messages are sent.

use std::{
    fs::File,
    io::{self, Write as _},
    os::fd::AsFd as _,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// Takes both streams. From now on everybody else, git and what it starts among them, reads nothing, and what they print goes
/// to stderr: a program that asks for a password on stdin would take a request for the answer.
pub(super) fn take() -> io::Result<(File, Outlet)> {
    let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    rustix::stdio::dup2_stdout(io::stderr().as_fd())?;
    Ok((input, Outlet::new(output)))
}

/// Where messages are sent, one after the other.
pub(super) struct Outlet {
    output: Mutex<File>,
    gone: AtomicBool,
}

impl Outlet {
    fn new(output: File) -> Self {
        Outlet {
            output: Mutex::new(output),
            gone: AtomicBool::new(false),
        }
    }

    /// Sends one message. If nobody reads any more, that is known from then on.
    pub(super) fn send(&self, body: &[u8]) {
        if self.is_gone() {
            return;
        }
        let mut message = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
        message.extend(body);
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        if output.write_all(&message).is_err() {
            self.gone.store(true, Ordering::Relaxed);
        }
    }

    /// Whether nobody reads answers any more.
    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }
}
