//! Writing while git's gc runs.
//!
//! `git gc` deletes what no ref reaches when it looks. An object is written before the ref that reaches it, so with
//! `--prune=now` (by default objects of the last two weeks are spared) it can be deleted in between: git's own commands
//! lose commits that way. Here, for the moment in which the refs move, gc is kept out with git's own means, the file
//! `gc.pid`, and the objects are looked at once more. Where a gc is at work already, they are written as a pack that says
//! it is to be kept, which no gc touches.
//!
//! A process that is killed leaves a file with its number, which git ignores, and so does this program, once there is no
//! such process. A `git prune` that somebody runs by hand keeps nobody out and is not kept out.

use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
    time::Duration,
};

use tempfile::NamedTempFile;

use super::{
    GitError, Repo, freshen::Freshener, kept_pack::KeptPack, look::is_nothing, new_objects::NewObject, pack::PackSpool,
    process,
};

/// How long to wait for a gc before objects are deleted.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Objects that were written, for refs that are about to reach them.
pub(crate) struct Written<'repo> {
    repo: &'repo Repo,
    /// What a gc could delete: new loose objects, and such as were found present.
    loose: Vec<NewObject>,
    /// What no gc deletes until this is dropped.
    pack: Option<KeptPack>,
}

/// As long as this is there, no gc deletes the objects.
pub(super) struct Secured {
    _packs: Vec<KeptPack>,
    _gc: Option<KeptOut>,
}

impl<'repo> Written<'repo> {
    pub(super) fn new(repo: &'repo Repo, loose: Vec<NewObject>, pack: Option<KeptPack>) -> Self {
        Written { repo, loose, pack }
    }

    /// No object at all.
    pub(super) fn nothing(repo: &'repo Repo) -> Self {
        Written::new(repo, Vec::new(), None)
    }

    /// Whether an object is among those that are written again should they be gone.
    pub(super) fn has_loose(&self, id: gix::ObjectId) -> bool {
        self.loose.iter().any(|object| object.id == id)
    }

    /// Sees to it that all objects are here, and stay while the refs are moved.
    pub(super) fn secure(self) -> Result<Secured, GitError> {
        let mut packs = Vec::from_iter(self.pack);
        if self.loose.is_empty() {
            return Ok(Secured {
                _packs: packs,
                _gc: None,
            });
        }
        let gc = match self.repo.keep_gc_out() {
            Gc::AtWork => {
                let mut pack = PackSpool::new(self.repo.objects_dir())?;
                for object in &self.loose {
                    pack.add(object.id, object.kind, &object.data)?;
                }
                packs.push(self.repo.keep_pack(pack)?);
                None
            }
            Gc::KeptOut(gc) => Some(gc),
            Gc::Unknown(_) => None,
        };
        if packs.is_empty() {
            let mut stored = Freshener::new(self.repo);
            let mut gone = Vec::new();
            for object in self.loose {
                if !stored.is_stored(object.id)? {
                    gone.push(object);
                }
            }
            self.repo.write_loose_objects(&gone)?;
        }
        Ok(Secured { _packs: packs, _gc: gc })
    }
}

/// What became of the wish to keep gc out.
enum Gc {
    KeptOut(KeptOut),
    AtWork,
    /// The file cannot be made; go on without it.
    Unknown(io::Error),
}

/// Keeps gc out until dropped.
pub(super) struct KeptOut {
    path: PathBuf,
    text: String,
}

impl Drop for KeptOut {
    fn drop(&mut self) {
        // Unless somebody forced a gc meanwhile, whose file it then is.
        if fs::read_to_string(&self.path).is_ok_and(|text| text == self.text) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Repo {
    fn gc_file(&self) -> PathBuf {
        self.common_dir().join("gc.pid")
    }

    /// Keeps gc out for long, after waiting for one that is at work. Whoever writes meanwhile takes this for a gc.
    ///
    /// # Errors
    /// [`GitError::Locked`] after ten seconds, [`GitError::Io`] where the file cannot be made.
    pub(super) fn keep_gc_out_after_waiting(&self) -> Result<KeptOut, GitError> {
        let mut waited = Duration::ZERO;
        loop {
            match self.keep_gc_out() {
                Gc::KeptOut(gc) => return Ok(gc),
                Gc::AtWork if waited < LONGEST_WAIT => {
                    std::thread::sleep(PAUSE);
                    waited += PAUSE;
                }
                Gc::AtWork => return Err(GitError::Locked { path: self.gc_file() }),
                Gc::Unknown(error) => return Err(GitError::io("create", self.gc_file())(error)),
            }
        }
    }

    fn keep_gc_out(&self) -> Gc {
        let path = self.gc_file();
        let text = process::this_process();
        // Named only when it is complete: git takes an empty one for no obstacle.
        let file = tempfile::Builder::new()
            .prefix("tmp_gc_")
            .tempfile_in(self.objects_dir());
        let written = file.and_then(|mut file| file.write_all(text.as_bytes()).map(|()| file));
        let file = match written {
            Ok(file) => file,
            Err(error) => return Gc::Unknown(error),
        };
        match file.persist_noclobber(&path) {
            Ok(_) => Gc::KeptOut(KeptOut { path, text }),
            Err(_) if self.gc_is_at_work() => Gc::AtWork,
            // Left behind by a process that was killed.
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => take_over(error.file, path, text),
            Err(error) => Gc::Unknown(error.error),
        }
    }

    /// Whether git's gc is at work here, by the file with which it keeps a second one out.
    pub(super) fn gc_is_at_work(&self) -> bool {
        match fs::read(self.gc_file()) {
            Ok(text) => process::may_be_there(&String::from_utf8_lossy(&text)),
            // Where it cannot be told, one is.
            Err(error) => !is_nothing(error.kind()),
        }
    }
}

fn take_over(file: NamedTempFile, path: PathBuf, text: String) -> Gc {
    match file.persist(&path) {
        Ok(_) => Gc::KeptOut(KeptOut { path, text }),
        Err(error) => Gc::Unknown(error.error),
    }
}
