//! [`Cache`]: the directory that holds what was fetched, one bare repository per upstream.
//!
//! It may be deleted at any time, as a whole or in parts: what is missing is fetched again. Nothing in it holds
//! credentials.

use std::{
    fs::{File, TryLockError},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use sha2::{Digest, Sha256};

use super::{Store, UpstreamError, source::GitUrl};

/// How long a process waits for another that is fetching from the same upstream, unless told otherwise.
const LOCK_WAIT: Duration = Duration::from_secs(300);
/// How often it looks.
const LOCK_PAUSE: Duration = Duration::from_millis(20);
/// The longest readable part of a directory's name, in characters.
const SLUG_LEN: usize = 60;

/// Where stores are kept.
#[derive(Debug, Clone)]
pub(crate) struct Cache {
    root: PathBuf,
    lock_wait: Duration,
    /// What the test in hand changes of the environment.
    #[cfg(test)]
    environment: Vec<(String, String)>,
}

impl Cache {
    /// The cache in the directory `root`, which need not exist yet.
    pub(crate) fn new(root: &Path) -> Self {
        Cache {
            root: std::path::absolute(root).unwrap_or_else(|_| root.to_owned()),
            lock_wait: LOCK_WAIT,
            #[cfg(test)]
            environment: Vec::new(),
        }
    }

    /// The store of one upstream; nothing is read or made yet.
    pub(crate) fn store(&self, url: &GitUrl) -> Store {
        Store::new(self.clone(), url.clone())
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Where the store of an upstream is.
    pub(super) fn store_dir(&self, url: &GitUrl) -> PathBuf {
        let key = url.key();
        let hash = Sha256::digest(&key);
        let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        self.root
            .join(format!("{}-{hex}", slug(&String::from_utf8_lossy(&key))))
    }

    /// Makes the cache's directory, in which nobody else may put anything: git would do what the settings of a repository say
    /// that is named to it, whoever owns it.
    ///
    /// # Errors
    /// [`UpstreamError::ForeignCache`], [`UpstreamError::CacheIo`].
    pub(super) fn create(&self) -> Result<(), UpstreamError> {
        std::fs::create_dir_all(&self.root).map_err(UpstreamError::cache("create", &self.root))?;
        let unreadable = || UpstreamError::cache("look at", &self.root);
        let foreign = |reason| UpstreamError::ForeignCache {
            path: self.root.clone(),
            reason,
        };
        // As git judges a repository: under sudo it may be the caller's.
        if !gix::sec::identity::is_path_owned_by_current_user(&self.root).map_err(unreadable())? {
            return Err(foreign("it belongs to another user"));
        }
        let mode = std::fs::metadata(&self.root).map_err(unreadable())?.mode();
        if mode & 0o002 != 0 {
            return Err(foreign("every user may write there"));
        }
        Ok(())
    }

    /// Waits until no other process works on a store, and keeps others from it until the file returned is dropped.
    ///
    /// # Errors
    /// [`UpstreamError::CacheLocked`] after a bounded time, [`UpstreamError::CacheIo`].
    pub(super) fn lock(&self, store_dir: &Path) -> Result<File, UpstreamError> {
        let mut path = store_dir.as_os_str().to_owned();
        path.push(".lock");
        let path = PathBuf::from(path);
        let failed = || UpstreamError::cache("lock", &path);
        let mut waited = Duration::ZERO;
        loop {
            self.create()?;
            let file = File::options()
                .create(true)
                .append(true)
                .open(&path)
                .map_err(failed())?;
            match file.try_lock() {
                // Whoever deletes the cache deletes the lock as well; then another process may hold a new one.
                Ok(()) if is_at(&file, &path) => return Ok(file),
                Ok(()) => continue,
                Err(TryLockError::WouldBlock) if waited < self.lock_wait => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(UpstreamError::CacheLocked {
                        lock_file: path,
                        seconds: self.lock_wait.as_secs(),
                    });
                }
                Err(TryLockError::Error(error)) => return Err(failed()(error)),
            }
            std::thread::sleep(LOCK_PAUSE);
            waited += LOCK_PAUSE;
        }
    }

    /// Keeps the configuration of the machine from a command, and makes the changes of the test in hand.
    #[cfg(test)]
    pub(super) fn set_environment(&self, command: &mut std::process::Command) {
        super::tests::hermetic(command);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
    }

    #[cfg(test)]
    pub(super) fn with_lock_wait(self, lock_wait: Duration) -> Self {
        Cache { lock_wait, ..self }
    }

    #[cfg(test)]
    pub(super) fn with_environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// Whether an open file is the one that has the name now.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

/// The part of a store's name by which people recognise it.
fn slug(url: &str) -> String {
    let address = url.split_once("://").map_or(url, |(_, address)| address);
    let mut slug = String::new();
    for c in address.trim_end_matches('/').trim_end_matches(".git").chars() {
        if c.is_ascii_alphanumeric() || "._".contains(c) {
            slug.push(c);
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    // The end of a path says more than its beginning.
    let start = slug.len().saturating_sub(SLUG_LEN);
    slug[start..].trim_start_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::source::Source;

    fn dir_name(url: &str) -> String {
        let Ok(Some(Source::Git(url))) = Source::find(Path::new("/nowhere"), url) else {
            panic!("{url}");
        };
        let dir = Cache::new(Path::new("/cache")).store_dir(&url);
        dir.file_name().expect("a name").to_string_lossy().into_owned()
    }

    #[test]
    fn a_store_is_named_after_its_upstream_and_not_after_who_fetches() {
        let plain = dir_name("https://example.org/team/skills.git");
        assert!(plain.starts_with("example.org-team-skills-"), "{plain}");
        assert_eq!(dir_name("https://me:secret@example.org/team/skills.git"), plain);
        assert_ne!(dir_name("https://example.org/team/skills"), plain);
        let long = dir_name(&format!("https://example.org/{}/é../.x", "y/".repeat(400)));
        assert!(long.len() < 100 && long.is_ascii(), "{long}");
    }

    #[test]
    fn a_cache_that_all_may_write_to_is_not_used() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().expect("temporary directory");
        let cache = Cache::new(&folder.path().join("cache"));
        cache.create().expect("it is ours");
        for mode in [0o777, 0o1777] {
            std::fs::set_permissions(cache.root(), std::fs::Permissions::from_mode(mode)).expect("ours");
            let refused = cache.lock(&cache.root().join("x")).expect_err("others may write there");
            assert!(refused.to_string().contains("every user may write there"), "{refused}");
        }
        assert_eq!(std::fs::read_dir(cache.root()).expect("readable").count(), 0);
    }

    #[test]
    fn a_lock_is_waited_for_and_then_named() {
        let folder = tempfile::tempdir().expect("temporary directory");
        let cache = Cache::new(&folder.path().join("cache")).with_lock_wait(Duration::from_millis(60));
        let dir = cache.root().join("x");
        let held = cache.lock(&dir).expect("nobody has it");
        let refused = cache.lock(&dir).expect_err("somebody has it");
        assert!(refused.to_string().contains("cache/x.lock"), "{refused}");
        std::thread::scope(|scope| {
            let patient = cache.clone().with_lock_wait(Duration::from_secs(60));
            let waiting = scope.spawn(move || patient.lock(&patient.root().join("x")).map(drop));
            std::thread::sleep(Duration::from_millis(60));
            drop(held);
            waiting.join().expect("no panic").expect("it is free now");
        });
        let held = cache.lock(&dir).expect("nobody has it");
        std::fs::remove_dir_all(cache.root()).expect("the cache may be deleted at any time");
        cache.lock(&dir).expect("a new lock");
        drop(held);
    }
}
