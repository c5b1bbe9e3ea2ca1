//! `git daemon`, a connection that breaks, and one upstream behind every kind of server.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::{Upstream, hermetic, http::HttpServer};

/// `git daemon` on a port of its own, until it is dropped.
pub(super) struct Daemon {
    pub(super) port: u16,
    child: Child,
}

impl Daemon {
    /// Serves all repositories below `root`; `None`, loudly, where git was installed without it.
    pub(super) fn new(root: &Path) -> Option<Self> {
        let program = Path::new(&super::git(root, ["--exec-path"])).join("git-daemon");
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
}

/// What a proxy lets through of a connection that it breaks: more than refs, less than a pack.
const LET_THROUGH: usize = 20_000;

impl Proxy {
    pub(super) fn new(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let proxy = Proxy {
            port: listener.local_addr().expect("it is bound").port(),
            breaks: Arc::default(),
        };
        let breaks = proxy.breaks.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(("127.0.0.1", to)).expect("the server runs");
                let left = if breaks.load(Ordering::SeqCst) {
                    LET_THROUGH
                } else {
                    usize::MAX
                };
                for (mut from, mut to, mut left) in [
                    (
                        client.try_clone().expect("a socket"),
                        server.try_clone().expect("a socket"),
                        usize::MAX,
                    ),
                    (server, client, left),
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

/// One upstream, reached in one way.
pub(super) struct Way {
    pub(super) name: &'static str,
    pub(super) url: String,
    /// The server leaves out blobs.
    pub(super) filters: bool,
    /// The server counts, where it is ours.
    pub(super) http: Option<HttpServer>,
    served: PathBuf,
    _daemon: Option<Daemon>,
}

impl Way {
    fn new(name: &'static str, url: String, served: &Path, filters: bool) -> Self {
        Way {
            name,
            url,
            filters,
            http: None,
            served: served.to_owned(),
            _daemon: None,
        }
    }

    /// `http`: git behind HTTP, or nothing but a folder.
    fn http(name: &'static str, bare: &Path, filters: bool, is_dumb: bool) -> Self {
        // A folder of its own, so that each repository has its own configuration.
        let folder = bare.with_file_name(name.replace(' ', "-"));
        std::fs::create_dir_all(&folder).expect("a directory");
        let (from, served) = (bare.to_string_lossy(), folder.join("bare.git"));
        super::git(&folder, ["clone", "--quiet", "--mirror", &from, "bare.git"]);
        super::git(&served, ["config", "uploadpack.allowFilter", &filters.to_string()]);
        super::git(&served, ["update-server-info"]);
        let http = HttpServer::new(&folder);
        http.behaviour.is_dumb.store(is_dumb, Ordering::SeqCst);
        let url = format!("http://127.0.0.1:{}/bare.git", http.port);
        Way {
            http: Some(http),
            ..Way::new(name, url, &served, filters)
        }
    }

    /// Lets the server have what is new in the upstream.
    pub(super) fn refresh(&self, upstream: &Upstream) {
        let bare = upstream.bare();
        if self.served != bare && self.served != upstream.path {
            super::git(&self.served, ["fetch", "--quiet", "--prune"]);
            super::git(&self.served, ["update-server-info"]);
        }
    }

    /// How many git commands have asked the server something since the last call, where it counts.
    pub(super) fn take_connections(&self) -> Option<usize> {
        Some(self.http.as_ref()?.behaviour.take_connections())
    }
}

/// The upstream in every way there is.
pub(super) fn everywhere(upstream: &Upstream) -> Vec<Way> {
    let bare = upstream.bare();
    let path = |path: &Path| path.display().to_string();
    let mut ways = vec![
        Way::new("work tree", path(&upstream.path), &upstream.path, true),
        Way::new("bare repository", path(&bare), &bare, true),
        Way::new("file URL", format!("file://{}", path(&bare)), &bare, true),
        Way::http("http", &bare, true, false),
        Way::http("http without filters", &bare, false, false),
        Way::http("http without git", &bare, false, true),
    ];
    if let Some(daemon) = Daemon::new(bare.parent().expect("it lies in a folder")) {
        let url = format!("git://127.0.0.1:{}/bare.git", daemon.port);
        ways.push(Way {
            _daemon: Some(daemon),
            ..Way::new("git daemon", url, &bare, false)
        });
    }
    ways
}
