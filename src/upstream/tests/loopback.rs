//! `git daemon`, and a connection that breaks. As [`http`](super::http), it is included by tests of other rooms: of its parent it
//! expects `hermetic`.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    os::fd::OwnedFd,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::hermetic;

/// `git daemon` on a port of its own, until it is dropped.
///
/// The port is this process's from the beginning, and the daemon is started for each connection, as inetd does it: a port
/// that is looked for, given back and taken by the daemon may be another's in between.
pub(super) struct Daemon {
    pub(super) port: u16,
    ends: Arc<AtomicBool>,
}

impl Daemon {
    /// Serves all repositories below `root`; `None`, loudly, where git was installed without it.
    pub(super) fn new(root: &Path) -> Option<Self> {
        let mut command = Command::new("git");
        hermetic(&mut command);
        let programs = command.arg("--exec-path").output().expect("git runs").stdout;
        let programs = String::from_utf8(programs).expect("a path of this machine");
        let program = Path::new(programs.trim_end()).join("git-daemon");
        if !program.exists() {
            eprintln!("SKIPPED: git daemon is not installed, git:// is not tested");
            return None;
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let daemon = Daemon {
            port: listener.local_addr().expect("it is bound").port(),
            ends: Arc::default(),
        };
        let (root, ends) = (root.to_owned(), daemon.ends.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if ends.load(Ordering::SeqCst) {
                    break;
                }
                let mut command = Command::new(&program);
                hermetic(&mut command);
                let answer = OwnedFd::from(client.try_clone().expect("a socket"));
                command
                    .args(["--inetd", "--log-destination=none", "--export-all"])
                    .arg(format!("--base-path={}", root.display()))
                    .stdin(OwnedFd::from(client))
                    .stdout(answer)
                    .stderr(Stdio::null());
                let mut child = command.spawn().expect("git daemon runs");
                std::thread::spawn(move || child.wait());
            }
        });
        Some(daemon)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        // Whoever waits for a connection gets one, and ends.
        TcpStream::connect(("127.0.0.1", self.port)).ok();
    }
}

/// Hands everything on to another port of this machine, and breaks connections when told to.
pub(super) struct Proxy {
    pub(super) port: u16,
    /// After so many bytes from the server a connection ends, if at all.
    pub(super) breaks: Arc<AtomicBool>,
    /// The same for bytes to the server.
    pub(super) breaks_uploads: Arc<AtomicBool>,
}

/// What a proxy lets through of a connection that it breaks: more than refs, less than a pack.
const LET_THROUGH: usize = 20_000;

impl Proxy {
    pub(super) fn new(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let proxy = Proxy {
            port: listener.local_addr().expect("it is bound").port(),
            breaks: Arc::default(),
            breaks_uploads: Arc::default(),
        };
        let (breaks, breaks_uploads) = (proxy.breaks.clone(), proxy.breaks_uploads.clone());
        let left = |breaks: &AtomicBool| {
            if breaks.load(Ordering::SeqCst) {
                LET_THROUGH
            } else {
                usize::MAX
            }
        };
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(("127.0.0.1", to)).expect("the server runs");
                for (mut from, mut to, mut left) in [
                    (
                        client.try_clone().expect("a socket"),
                        server.try_clone().expect("a socket"),
                        left(&breaks_uploads),
                    ),
                    (server, client, left(&breaks)),
                ] {
                    std::thread::spawn(move || {
                        let mut buffer = [0; 4096];
                        while left > 0 {
                            match from.read(&mut buffer) {
                                Ok(read @ 1..) if to.write_all(&buffer[..read.min(left)]).is_ok() => {
                                    left = left.saturating_sub(read);
                                }
                                _ => break,
                            }
                        }
                        to.shutdown(Shutdown::Write).ok();
                        if left == 0 {
                            from.shutdown(Shutdown::Both).ok();
                            to.shutdown(Shutdown::Both).ok();
                        }
                    });
                }
            }
        });
        proxy
    }
}
