//! [`SourceMemo`]: what plain directories were found to hold, known again by the stat data of their files.
//!
//! Reading a thousand directories through git's filters takes many times as long as looking at them. A directory whose
//! files have the names, sizes, times and inodes that they had when it was read holds what it held, as long as everything
//! else that decides what git makes of it is the same: attribute files, git's settings, and the index entries at the
//! artifact's path. All of that is one digest. A directory with a file as new as the file system's clock is not
//! remembered, for that file could change once more without a trace.
//!
//! The memo is a file beside the sidecar; it may be deleted at any time, and where it cannot be read or written
//! directories are read instead.

use std::{
    collections::HashMap,
    io::Write,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use gix::index::State;
use sha2::{Digest, Sha256};

use super::{SnapshotError, filters, parallel};
use crate::{
    content::{Found, walk},
    git::{GitError, Repo},
    id::ContentHash,
    project_path::ProjectPath,
};

/// Begins the file, and every digest: another number for whatever changes what either means.
const FORM: &[u8] = b"git-lineage sources 1\n";
/// How far a file system's clock may lag behind the changes it stamps, where it counts nanoseconds.
const RACY: Duration = Duration::from_millis(50);
/// The same where it only counts seconds, or every other one.
const RACY_SECONDS: Duration = Duration::from_secs(3);

type Key = [u8; 32];

/// What a directory looks like now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sight {
    /// Which source it is, at which path of the project.
    key: Key,
    stamp: Key,
    /// The latest time of any of its files, since 1970.
    newest: Duration,
}

/// Directories that were read before.
pub(crate) struct SourceMemo<'repo> {
    repo: &'repo Repo,
    /// `None` where nothing is to be remembered.
    file: Option<PathBuf>,
    known: HashMap<Key, (Key, ContentHash)>,
    learned: Vec<(Sight, ContentHash)>,
}

impl<'repo> SourceMemo<'repo> {
    /// Reads the memo; one that is no memo counts as empty.
    pub(crate) fn open(repo: &'repo Repo) -> Self {
        let file = repo.sidecar_path().with_file_name("sources");
        let file = repo.sidecar_enabled().then_some(file);
        let data = file.as_ref().and_then(|file| std::fs::read(file).ok());
        SourceMemo {
            repo,
            known: data.and_then(|data| decode(&data)).unwrap_or_default(),
            file,
            learned: Vec::new(),
        }
    }

    /// Looks at directories; `None` for one that has to be read, if only for the error that it is.
    pub(crate) fn look(&self, sources: &[(PathBuf, &ProjectPath)]) -> Result<Vec<Option<Sight>>, SnapshotError> {
        if self.file.is_none() || sources.is_empty() {
            return Ok(vec![None; sources.len()]);
        }
        let index = self.repo.gix().index_or_empty();
        let index = index.map_err(GitError::backend("read the index"))?;
        let everywhere = self.everywhere()?;
        let mut folders: HashMap<Option<ProjectPath>, Sha256> = HashMap::new();
        let mut begun = Vec::with_capacity(sources.len());
        for (source, artifact) in sources {
            let parent = artifact.parent();
            let digest = match folders.get(&parent) {
                Some(digest) => digest.clone(),
                None => {
                    let mut digest = everywhere.clone();
                    for (path, data) in filters::project_attribute_files(self.repo, artifact)? {
                        field(&mut digest, &path);
                        field(&mut digest, &data);
                    }
                    folders.entry(parent).or_insert(digest).clone()
                }
            };
            begun.push((source.as_path(), *artifact, digest));
        }
        Ok(parallel::for_each(&begun, |(source, artifact, digest)| {
            sight(source, artifact, &index, digest.clone())
        }))
    }

    /// What a directory holds that looks like this.
    pub(crate) fn known(&self, sight: &Sight) -> Option<ContentHash> {
        let (stamp, content) = self.known.get(&sight.key)?;
        (*stamp == sight.stamp).then_some(*content)
    }

    /// Takes note of what was read after looking.
    pub(crate) fn learn(&mut self, sight: Sight, content: ContentHash) {
        self.learned.push((sight, content));
    }

    /// Writes what was learned, if it can be trusted and written.
    pub(crate) fn save(mut self) {
        // The next time these directories are read again.
        let _ = self.write();
    }

    fn write(&mut self) -> std::io::Result<()> {
        let Some(file) = self.file.as_ref().filter(|_| !self.learned.is_empty()) else {
            return Ok(());
        };
        let folder = file.parent().unwrap_or(file);
        let mut new = tempfile::Builder::new()
            .prefix(".sources-")
            .permissions(std::fs::Permissions::from_mode(0o666))
            .tempfile_in(folder)?;
        // Asked of the file system: the library has no clock.
        let clock = latest(&new.as_file().metadata()?);
        let mut changed = false;
        for (sight, content) in self.learned.drain(..) {
            let racy = if sight.newest.subsec_nanos() == 0 {
                RACY_SECONDS
            } else {
                RACY
            };
            if sight.newest + racy < clock {
                self.known.insert(sight.key, (sight.stamp, content));
                changed = true;
            }
        }
        if !changed {
            return Ok(());
        }
        new.write_all(&encode(&self.known))?;
        new.persist(file)?;
        Ok(())
    }

    /// What decides everywhere in the project how files are stored.
    fn everywhere(&self) -> Result<Sha256, GitError> {
        let mut digest = Sha256::new();
        digest.update(FORM);
        let globals = self.repo.gix().attribute_global_paths();
        let globals = globals.map_err(GitError::backend("find git's attribute files"))?;
        for path in globals
            .into_iter()
            .chain([self.repo.common_dir().join("info").join("attributes")])
        {
            field(&mut digest, &std::fs::read(path).unwrap_or_default());
        }
        let config = self.repo.gix().config_snapshot();
        for section in ["core", "filter"] {
            for section in config.plumbing().sections_by_name(section).into_iter().flatten() {
                field(&mut digest, &section.to_bstring());
            }
        }
        Ok(digest)
    }
}

/// Looks at one directory or file.
fn sight(source: &Path, artifact: &ProjectPath, index: &State, mut digest: Sha256) -> Option<Sight> {
    let found = walk(source).ok()?;
    let path = artifact.as_str();
    let mut key = Sha256::new();
    field(&mut key, source.as_os_str().as_encoded_bytes());
    field(&mut key, path.as_bytes());
    // Where line ends are made uniform, git leaves those alone that the index has.
    for at in index.prefixed_entries_range(path.into()).into_iter().flatten() {
        let entry = index.entry(at);
        field(&mut digest, entry.path(index));
        digest.update(entry.id.as_slice());
    }
    for file in &found {
        field(&mut digest, &file.path);
        for number in stat(file) {
            digest.update(number.to_be_bytes());
        }
    }
    Some(Sight {
        key: key.finalize().into(),
        stamp: digest.finalize().into(),
        newest: found.iter().map(|file| latest(&file.metadata)).max()?,
    })
}

fn stat(file: &Found) -> [i128; 8] {
    let metadata = &file.metadata;
    [
        metadata.mode().into(),
        metadata.size().into(),
        metadata.mtime().into(),
        metadata.mtime_nsec().into(),
        metadata.ctime().into(),
        metadata.ctime_nsec().into(),
        metadata.ino().into(),
        metadata.dev().into(),
    ]
}

/// The later of the times at which a file's content and its inode changed.
fn latest(metadata: &std::fs::Metadata) -> Duration {
    let time = |seconds: i64, nanoseconds: i64| {
        let nanoseconds = u32::try_from(nanoseconds).unwrap_or_default();
        Duration::new(u64::try_from(seconds).unwrap_or_default(), nanoseconds)
    };
    time(metadata.mtime(), metadata.mtime_nsec()).max(time(metadata.ctime(), metadata.ctime_nsec()))
}

/// With its length, so that no two lists of fields look alike.
fn field(digest: &mut Sha256, data: &[u8]) {
    digest.update((data.len() as u64).to_be_bytes());
    digest.update(data);
}

fn encode(known: &HashMap<Key, (Key, ContentHash)>) -> Vec<u8> {
    let mut data = FORM.to_vec();
    for (key, (stamp, content)) in known {
        data.extend(key);
        data.extend(stamp);
        data.push(u8::try_from(content.as_bytes().len()).unwrap_or_default());
        data.extend(content.as_bytes());
    }
    data
}

/// `None` for data that [`encode`] did not write.
fn decode(data: &[u8]) -> Option<HashMap<Key, (Key, ContentHash)>> {
    let mut rest = data.strip_prefix(FORM)?;
    let mut known = HashMap::new();
    while !rest.is_empty() {
        let (key, after) = rest.split_first_chunk::<32>()?;
        let (stamp, after) = after.split_first_chunk::<32>()?;
        let (length, after) = after.split_first()?;
        let (content, after) = after.split_at_checked(usize::from(*length))?;
        known.insert(*key, (*stamp, ContentHash::from_bytes(content)?));
        rest = after;
    }
    Some(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{content::testing::TestRepo, git::Environment, id::HashKind};

    /// A project with a source beside its folders, and the artifact's path.
    struct Place {
        git: TestRepo,
        artifact: ProjectPath,
    }

    impl Place {
        fn new() -> Self {
            let git = TestRepo::new(HashKind::Sha1);
            git.ok(["config", "core.attributesFile", "/dev/null"]);
            let place = Place {
                git,
                artifact: "skills/pdf".parse().expect("a path"),
            };
            std::fs::create_dir_all(place.repo().sidecar_path().parent().expect("a folder")).expect("created");
            place.write("source/SKILL.md", "# PDF\n");
            place.write("source/scripts/fill.sh", "#!/bin/sh\n");
            place
        }

        fn write(&self, path: &str, data: &str) {
            let path = self.git.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("created");
            std::fs::write(path, data).expect("written");
        }

        /// Opened anew, for settings are read once.
        fn repo(&self) -> Repo {
            Repo::open(&self.git.path(), Environment::Ignored).expect("a repository")
        }

        /// What a new memo knows of the source; what it does not know it learns, as `content`.
        fn ask(&self, content: ContentHash) -> Option<ContentHash> {
            let repo = self.repo();
            let mut memo = SourceMemo::open(&repo);
            let sources = [(self.git.path().join("source"), &self.artifact)];
            let sight = memo.look(&sources).expect("looked").remove(0)?;
            let known = memo.known(&sight);
            if known.is_none() {
                memo.learn(sight, content);
            }
            memo.save();
            known
        }
    }

    fn hash(digit: char) -> ContentHash {
        digit.to_string().repeat(40).parse().expect("a hash")
    }

    /// Long enough for a file to be older than the clock's resolution.
    fn wait() {
        std::thread::sleep(RACY * 2);
    }

    #[test]
    fn what_looks_the_same_is_known_and_what_was_just_written_is_not() {
        let place = Place::new();
        assert_eq!(place.ask(hash('a')), None);
        assert_eq!(place.ask(hash('b')), None, "too new to be trusted");
        wait();
        assert_eq!(place.ask(hash('c')), None);
        assert_eq!(place.ask(hash('d')), Some(hash('c')));
        assert_eq!(place.ask(hash('d')), Some(hash('c')));
    }

    #[test]
    fn whatever_decides_about_the_content_is_looked_at() {
        let place = Place::new();
        let changes: [(&str, &dyn Fn()); 8] = [
            ("bytes", &|| place.write("source/SKILL.md", "# DOC\n")),
            ("a new file", &|| place.write("source/new.md", "new\n")),
            ("a mode", &|| {
                let path = place.git.path().join("source/new.md");
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("set");
            }),
            ("a file that is gone", &|| {
                std::fs::remove_file(place.git.path().join("source/new.md")).expect("removed");
            }),
            ("attributes of the project", &|| {
                place.write(".gitattributes", "*.md text\n");
            }),
            ("attributes on the way", &|| {
                place.write("skills/.gitattributes", "*.md -text\n");
            }),
            ("attributes of the clone", &|| {
                place.write(".git/info/attributes", "*.md text\n");
            }),
            ("a setting", &|| {
                place.git.ok(["config", "core.autocrlf", "input"]);
            }),
        ];
        wait();
        place.ask(hash('a'));
        assert_eq!(place.ask(hash('a')), Some(hash('a')));
        for (name, change) in changes {
            change();
            wait();
            assert_eq!(place.ask(hash('b')), None, "{name}");
            assert_eq!(place.ask(hash('c')), Some(hash('b')), "{name}");
        }
        // What the index has at the artifact's path: git leaves its line ends alone.
        place.write("skills/pdf/SKILL.md", "# PDF\r\n");
        place.git.ok(["add", "skills/pdf/SKILL.md"]);
        assert_eq!(place.ask(hash('d')), None);
        place.git.ok(["config", "lineage.sidecar", "false"]);
        assert_eq!(place.ask(hash('d')), None, "switched off");
    }

    #[test]
    fn a_time_and_size_put_back_do_not_deceive() {
        let place = Place::new();
        wait();
        place.ask(hash('a'));
        let path = place.git.path().join("source/SKILL.md");
        let modified = std::fs::metadata(&path)
            .and_then(|metadata| metadata.modified())
            .expect("a time");
        place.write("source/SKILL.md", "# DOC\n");
        let file = std::fs::File::options().write(true).open(&path).expect("there");
        file.set_modified(modified).expect("set");
        assert_eq!(place.ask(hash('b')), None);
    }

    #[test]
    fn a_file_that_is_no_memo_is_an_empty_one() {
        let known = HashMap::from([([1; 32], ([2; 32], hash('a'))), ([3; 32], ([4; 32], hash('b')))]);
        let data = encode(&known);
        assert_eq!(decode(&data), Some(known));
        for length in 0..data.len() {
            let cut = decode(&data[..length]);
            let records = length.checked_sub(FORM.len()).map(|rest| rest % 85);
            assert_eq!(cut.is_some(), records == Some(0), "{length}");
        }
        let place = Place::new();
        wait();
        place.ask(hash('a'));
        std::fs::write(place.repo().sidecar_path().with_file_name("sources"), "nonsense").expect("written");
        assert_eq!(place.ask(hash('b')), None);
        assert_eq!(place.ask(hash('c')), Some(hash('b')));
    }
}
