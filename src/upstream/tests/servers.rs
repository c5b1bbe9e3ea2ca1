//! One upstream behind every kind of server.

use std::{
    path::{Path, PathBuf},
    sync::atomic::Ordering,
};

use super::{Upstream, http::HttpServer, loopback::Daemon};

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
