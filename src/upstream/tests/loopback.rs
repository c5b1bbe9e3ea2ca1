//! `git daemon`, and a connection that breaks. As [`http`](super::http), it is included by tests of other rooms: of its parent it
//! expects `hermetic`.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::hermetic;

/// `git daemon` on a port of its own, until it is dropped.
pub(super) struct Daemon {
    pub(super) port: u16,
    child: Child,
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
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = free.local_addr().expect("it is bound").port();
        drop(free);
        let mut command = Command::new(program);
        hermetic(&mut command);
        command
            .args(["--reuseaddr", "--export-all", "--listen=127.0.0.1"])
            .arg(format!("--port={port}"))
            .arg(format!("--base-path={}", root.display()))
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        let mut daemon = Daemon {
            port,
            child: command.spawn().expect("git daemon runs"),
        };
        let answers = || {
            std::thread::sleep(Duration::from_millis(10));
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        };
        assert!((0..1_000).any(|_| answers()), "git daemon does not answer");
        let ended = daemon.child.try_wait().expect("its own child");
        assert!(ended.is_none(), "another server answers at port {port}");
        Some(daemon)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
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
