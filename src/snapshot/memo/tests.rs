//! What is known again, and what no longer is.

use std::{
    os::unix::fs::symlink,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustix::fs::CWD;

use super::{
    sight::{RACY, RACY_SECONDS},
    *,
};
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

    fn set_modified(&self, path: &str, time: SystemTime) {
        let file = std::fs::File::options().write(true).open(self.git.path().join(path));
        file.and_then(|file| file.set_modified(time)).expect("set");
    }

    fn remove(&self, path: &str) {
        let path = self.git.path().join(path);
        let removed = if path.is_dir() {
            std::fs::remove_dir_all(path)
        } else {
            std::fs::remove_file(path)
        };
        removed.expect("removed");
    }

    fn remove_link(&self, path: &str) {
        std::fs::remove_file(self.git.path().join(path)).expect("removed");
    }

    fn rename(&self, from: &str, to: &str) {
        std::fs::rename(self.git.path().join(from), self.git.path().join(to)).expect("renamed");
    }

    fn link(&self, target: &str, path: &str) {
        symlink(target, self.git.path().join(path)).expect("linked");
    }

    /// Opened anew, for settings are read once.
    fn repo(&self) -> Repo {
        Repo::open(&self.git.path(), Environment::Ignored).expect("a repository")
    }

    /// What a new memo knows of the source; what it does not know it learns, as `content`.
    fn ask(&self, content: ContentHash) -> Option<ContentHash> {
        self.ask_of("source", content)
    }

    fn ask_of(&self, source: &str, content: ContentHash) -> Option<ContentHash> {
        let repo = self.repo();
        let mut memo = SourceMemo::open(&repo);
        let sources = [(self.git.path().join(source), &self.artifact)];
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
    place.set_modified("source/SKILL.md", SystemTime::now() + Duration::from_secs(3600));
    assert_eq!(place.ask(hash('a')), None);
    assert_eq!(place.ask(hash('b')), None, "too new to be trusted");
    place.set_modified("source/SKILL.md", UNIX_EPOCH + Duration::new(1_700_000_000, 5));
    wait();
    assert_eq!(place.ask(hash('c')), None);
    assert_eq!(place.ask(hash('d')), Some(hash('c')));
    assert_eq!(place.ask(hash('d')), Some(hash('c')));
    // What is read again, because it differs from the baseline, need not be written again.
    let repo = place.repo();
    let written = || FileStat::of(CWD, &repo.sidecar_path().with_file_name("sources")).expect("there");
    for (content, is_new) in [('c', false), ('d', true)] {
        let before = written().numbers();
        let mut memo = SourceMemo::open(&repo);
        let another = (place.git.path().join("source/scripts"), &place.artifact);
        let sources = [(place.git.path().join("source"), &place.artifact), another];
        let sight = memo.look(&sources).expect("looked").remove(0).expect("it is there");
        memo.learn(sight, hash(content));
        memo.save();
        assert_eq!(written().numbers() != before, is_new);
    }
    assert_eq!(place.ask(hash('e')), Some(hash('d')));
}

#[test]
fn whatever_decides_about_the_content_is_looked_at() {
    let place = Place::new();
    place.write("source/references/deep/er/forms.md", "# Forms\n");
    let changes: [(&str, &dyn Fn()); 24] = [
        ("bytes", &|| place.write("source/SKILL.md", "# DOC\n")),
        ("bytes of a file far down", &|| {
            place.write("source/references/deep/er/forms.md", "# FORMS\n");
        }),
        ("a new file", &|| place.write("source/new.md", "new\n")),
        ("a mode", &|| {
            let path = place.git.path().join("source/new.md");
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("set");
        }),
        ("a new empty folder", &|| {
            std::fs::create_dir(place.git.path().join("source/empty")).expect("created");
        }),
        ("a new folder with a file", &|| {
            place.write("source/new/inner.md", "new\n");
        }),
        ("a new file far down", &|| {
            place.write("source/references/deep/er/new.md", "new\n");
        }),
        ("a file far down that is gone", &|| {
            place.remove("source/references/deep/er/new.md");
        }),
        ("a file in a folder that is gone", &|| {
            place.remove("source/new/inner.md");
        }),
        ("another name", &|| place.rename("source/SKILL.md", "source/skill.md")),
        ("the same name again", &|| {
            place.rename("source/skill.md", "source/SKILL.md");
        }),
        ("a file that is gone", &|| place.remove("source/new.md")),
        ("a file that is a folder now", &|| {
            place.remove("source/SKILL.md");
            place.write("source/SKILL.md/inner.md", "# PDF\n");
        }),
        ("a folder that is a file now", &|| {
            place.remove("source/SKILL.md");
            place.write("source/SKILL.md", "# PDF\n");
        }),
        ("a folder that is a link to itself", &|| {
            place.rename("source/scripts", "elsewhere");
            place.link("../elsewhere", "source/scripts");
        }),
        ("the folder again", &|| {
            place.remove_link("source/scripts");
            place.rename("elsewhere", "source/scripts");
        }),
        ("a file that is a link to the same", &|| {
            place.rename("source/SKILL.md", "source/other.md");
            place.link("other.md", "source/SKILL.md");
        }),
        ("attributes in it", &|| {
            place.write("source/.gitattributes", "*.md text\n");
        }),
        ("other attributes in it", &|| {
            place.write("source/.gitattributes", "*.md -text\n");
        }),
        ("ignore rules in it", &|| {
            place.write("source/references/.gitignore", "*.log\n");
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
            drop(place.git.ok(["config", "core.autocrlf", "input"]));
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
fn a_source_in_which_a_repository_appears_is_looked_at_no_more() {
    for folder in ["source", "source/scripts"] {
        let place = Place::new();
        wait();
        assert_eq!(place.ask(hash('a')), None);
        assert_eq!(place.ask(hash('b')), Some(hash('a')));
        place.write(&format!("{folder}/.git/HEAD"), "ref: refs/heads/main\n");
        wait();
        assert_eq!(place.ask(hash('b')), None, "{folder}");
        assert_eq!(place.ask(hash('c')), None, "{folder}: never remembered");
        place.remove(&format!("{folder}/.git"));
        wait();
        assert_eq!(place.ask(hash('d')), None, "{folder}");
        assert_eq!(place.ask(hash('e')), Some(hash('d')), "{folder}");
    }
}

#[test]
fn a_link_on_the_way_may_lead_elsewhere() {
    let place = Place::new();
    // Two that nothing but their inodes tell apart.
    place.write("one/pdf/SKILL.md", "# PDF\n");
    place.write("two/pdf/SKILL.md", "# DOC\n");
    for (source, names) in [("way/pdf", ["one", "two"]), ("way/", ["one/pdf", "two/pdf"])] {
        place.link(names[0], "way");
        wait();
        assert_eq!(place.ask_of(source, hash('a')), None, "{source}");
        assert_eq!(place.ask_of(source, hash('b')), Some(hash('a')), "{source}");
        place.remove_link("way");
        place.link(names[1], "way");
        assert_eq!(place.ask_of(source, hash('b')), None, "{source}");
        place.remove_link("way");
    }
    // A link itself may lead to a repository later, and nothing of it would look different.
    place.link("one/pdf", "way");
    wait();
    assert_eq!(place.ask_of("way", hash('c')), None);
    assert_eq!(place.ask_of("way", hash('c')), None, "never remembered");
}

#[test]
fn a_source_that_is_something_else_now_is_looked_at() {
    let place = Place::new();
    wait();
    place.ask(hash('a'));
    place.rename("source", "folder");
    place.write("source", "a file\n");
    wait();
    assert_eq!(place.ask(hash('b')), None, "a file now");
    assert_eq!(place.ask(hash('c')), Some(hash('b')));
    place.remove("source");
    assert_eq!(place.ask(hash('c')), None, "gone");
    place.rename("folder", "source");
    wait();
    assert_eq!(place.ask(hash('c')), None, "a folder again");
    assert_eq!(place.ask(hash('d')), Some(hash('c')));
}

#[test]
fn what_changes_while_it_is_read_is_not_remembered_as_it_was() {
    let place = Place::new();
    let source = place.git.path().join("source");
    let repo = place.repo();
    let mut memo = SourceMemo::open(&repo);
    let sources = [(source.clone(), &place.artifact)];
    // It is as new as the clock when it is looked at; that reading takes its time makes it no older.
    let mut sight = memo.look(&sources).expect("looked").remove(0).expect("it is there");
    sight.newest = memo.clock.expect("a time").latest();
    wait();
    memo.learn(sight, hash('a'));
    memo.save();
    assert_eq!(place.ask(hash('b')), None);
    assert_eq!(place.ask(hash('c')), Some(hash('b')));
    // What changes after the look bears another time.
    let mut memo = SourceMemo::open(&repo);
    place.write("source/SKILL.md", "# PDF\n");
    wait();
    let sight = memo.look(&sources).expect("looked").remove(0).expect("it is there");
    place.write("source/SKILL.md", "# DOC\n");
    memo.learn(sight, hash('c'));
    memo.save();
    wait();
    assert_eq!(place.ask(hash('d')), None);
}

#[test]
fn a_clock_that_counts_seconds_is_waited_for_longer() {
    let folder = tempfile::tempdir().expect("temporary directory");
    let clock = clock(&folder.path().join("sources")).expect("a time");
    let sight = |age: Duration, counts_seconds, device| Sight {
        key: [0; 32],
        stamp: [0; 32],
        newest: clock.latest().saturating_sub(age),
        counts_seconds,
        device,
        names: Vec::new(),
    };
    let own = Some(clock.device());
    let (moment, second) = (Duration::from_millis(1), Duration::from_secs(1));
    for (counts_seconds, device, racy) in [
        (false, own, RACY),
        (true, own, RACY_SECONDS),
        (false, None, RACY_SECONDS),
        (false, own.map(|device| device + 1), RACY_SECONDS),
    ] {
        let settled = |age| sight(age, counts_seconds, device).is_settled(&clock);
        assert!(!settled(Duration::ZERO) && !settled(racy) && settled(racy + moment));
        assert_eq!(settled(second), racy < second);
    }
    // One file with a time in whole seconds is enough.
    let place = Place::new();
    let repo = place.repo();
    for (nanoseconds, counts_seconds) in [(5, false), (0, true)] {
        place.set_modified(
            "source/SKILL.md",
            UNIX_EPOCH + Duration::new(1_700_000_000, nanoseconds),
        );
        let sources = [(place.git.path().join("source"), &place.artifact)];
        let looked = SourceMemo::open(&repo).look(&sources).expect("looked").remove(0);
        assert_eq!(looked.expect("it is there").counts_seconds, counts_seconds);
    }
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
    let record = |digit: char, names: &[u8]| Known {
        stamp: [2; 32],
        content: hash(digit),
        names: names.to_vec(),
    };
    let known = HashMap::from([([1; 32], record('a', b"\0x\0y/\0")), ([3; 32], record('b', b""))]);
    let data = encode(&known);
    assert_eq!(decode(&data), Some(known));
    let whole: Vec<usize> = (0..data.len())
        .filter(|length| decode(&data[..*length]).is_some())
        .collect();
    // Only between records.
    assert!(whole.len() == 2 && whole[0] == FORM.len(), "{whole:?}");
    let older = [b"git-lineage sources 1\n", &data[FORM.len()..]].concat();
    assert_eq!(decode(&older), None, "another form");
    let place = Place::new();
    wait();
    place.ask(hash('a'));
    std::fs::write(place.repo().sidecar_path().with_file_name("sources"), "nonsense").expect("written");
    assert_eq!(place.ask(hash('b')), None);
    assert_eq!(place.ask(hash('c')), Some(hash('b')));
}

#[test]
fn a_single_file_is_looked_at_itself() {
    let place = Place::new();
    let repo = place.repo();
    let ask = |content| {
        let mut memo = SourceMemo::open(&repo);
        let sources = [(place.git.path().join("source/SKILL.md"), &place.artifact)];
        let sight = memo.look(&sources).expect("looked").remove(0).expect("it is there");
        let known = memo.known(&sight);
        memo.learn(sight, content);
        memo.save();
        known
    };
    wait();
    assert_eq!(ask(hash('a')), None);
    assert_eq!(ask(hash('b')), Some(hash('a')));
    place.write("source/SKILL.md", "# DOC\n");
    wait();
    assert_eq!(ask(hash('c')), None);
}
