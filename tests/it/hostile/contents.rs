//! Hostile contents: what they are, who told of them, how they are made, and what is said of them at every door.

use super::Row;
use super::objects::Objects;

/// One hostile content.
#[derive(Clone, Copy)]
pub(super) struct Case {
    /// What it is.
    pub(super) name: &'static str,
    /// Where it is known from.
    pub(super) source: &'static str,
    /// Makes its tree.
    pub(super) make: fn(&Objects<'_>) -> String,
    /// Part of what is said of it, whichever way it comes; where that differs, with ` / ` between.
    pub(super) says: &'static str,
    /// Whether a folder can hold it as well.
    pub(super) on_disk: bool,
    /// Where it stands in the project's own history it is the project's business, and `adopt` takes it.
    pub(super) may_be_own: bool,
    /// What git says that does not even pack it; newer ones only of some.
    pub(super) not_sent: Option<&'static str>,
}

impl Case {
    pub(super) fn is_said_in(&self, message: &str) -> bool {
        self.says.split(" / ").any(|says| message.contains(says))
    }
}

const fn tree(name: &'static str, source: &'static str, says: &'static str, make: fn(&Objects<'_>) -> String) -> Case {
    Case {
        name,
        source,
        make,
        says,
        on_disk: false,
        may_be_own: false,
        not_sent: None,
    }
}

const fn both(name: &'static str, source: &'static str, says: &'static str, make: fn(&Objects<'_>) -> String) -> Case {
    Case {
        name,
        source,
        make,
        says,
        on_disk: true,
        may_be_own: false,
        not_sent: None,
    }
}

const fn own(case: Case) -> Case {
    Case {
        may_be_own: true,
        ..case
    }
}

const fn not_sent(by_git: &'static str, case: Case) -> Case {
    Case {
        not_sent: Some(by_git),
        ..case
    }
}

const DOT_GIT: &str = "git reads a name in it as '.git'";
/// A plain directory with it is told from one with a repository in it by nothing but case.
const DOT_GIT_OR_NESTED: &str = "git reads a name in it as '.git' / is a nested repository";
const LINK: &str = "never through a symbolic link";
const OUT: &str = "the symbolic link leads out of the artifact, to '";

#[rustfmt::skip]
pub(super) const CONTENTS: &[Case] = &[
    tree("a file `.git`", "CVE-2014-9390, t1450", DOT_GIT, |o| o.file(".git")),
    tree("a folder `.git` with a hook in it", "CVE-2014-9390", DOT_GIT, |o| {
        let hooks = o.folder("hooks", &o.tree(&[("100755", b"post-checkout", &o.blob("#!/bin/sh\ntouch owned\n"))]));
        o.folder(".git", &hooks)
    }),
    tree("`.git` below a folder", "CVE-2014-9390", "git reads a name in it as '.git'", |o| o.folder("a", &o.file_of(".git", "gitdir: ..\n"))),
    both("`.GIT`", "CVE-2014-9390, t1450", DOT_GIT_OR_NESTED, |o| o.file(".GIT")),
    both("`.gI{U+200C}T`, ignored by HFS+", "CVE-2014-9390, t1450", DOT_GIT, |o| o.file(".gI\u{200c}T")),
    both("`{U+FEFF}.git`, ignored by HFS+", "CVE-2014-9390, t1450", DOT_GIT, |o| o.file("\u{feff}.git")),
    both("`git~1`, a short name of NTFS", "CVE-2014-9390, t1450", DOT_GIT, |o| o.file("git~1")),
    both("`.git. .`, dropped by NTFS", "CVE-2014-9390, t1450", DOT_GIT, |o| o.file(".git. .")),
    both("`.git::$INDEX_ALLOCATION`, a stream of NTFS", "CVE-2019-1352, t1450", DOT_GIT, |o| o.file(".git::$INDEX_ALLOCATION")),
    both("`git~1:x`, a stream of NTFS", "CVE-2019-1352", DOT_GIT, |o| o.file("git~1:x")),
    both("`.git\\foobar`", "CVE-2019-1354, t1450", DOT_GIT, |o| o.file(".git\\foobar")),
    both("`.\\.GIT\\foobar`", "CVE-2019-1354, t1450", DOT_GIT, |o| o.file(".\\.GIT\\foobar")),
    both("`a\\git~1`", "CVE-2019-1354", DOT_GIT, |o| o.file("a\\git~1")),
    tree("`..`", "t1450", "'.' and '..' are not names", |o| o.folder("..", &o.file("x"))),
    tree("`.`", "t1450", "'.' and '..' are not names", |o| o.folder(".", &o.file("x"))),
    tree("`a/b` as one name", "t1450", "a name contains '/'", |o| o.file("a/b")),
    tree("`../x` as one name", "t1450", "a name contains '/'", |o| o.file("../x")),
    tree("`/etc/x` as one name", "t1450", "a name contains '/'", |o| o.file("/etc/x")),
    not_sent("empty filename in tree entry", tree("an empty name", "t1450", "it has an empty name", |o| o.file(""))),
    tree("a name of 5,000 bytes", "`git fsck`", "a name is longer than 4096 bytes", |o| o.file("x".repeat(5000))),
    tree("a name twice", "t1450", "it stands there twice", |o| {
        let (a, b) = (o.blob("a\n"), o.blob("b\n"));
        o.tree(&[("100644", b"x", &a), ("100644", b"x", &b)])
    }),
    tree("a file and a folder of one name", "t1450", "twice", |o| {
        let (a, b) = (o.blob("a\n"), o.file("y"));
        o.tree(&[("100644", b"x", &a), ("40000", b"x", &b)])
    }),
    tree("a file and a folder of one name, others between", "t1450", "it is both a file and a directory / it stands there twice", |o| {
        let (a, b) = (o.blob("a\n"), o.file("y"));
        o.tree(&[("100644", b"x", &a), ("100644", b"x.1", &a), ("40000", b"x", &b)])
    }),
    tree("a link and a folder behind it", "CVE-2021-21300, CVE-2024-32002", "twice", |o| {
        let (a, b) = (o.blob(".git"), o.folder("hooks", &o.file("post-checkout")));
        o.tree(&[("120000", b"x", &a), ("40000", b"x", &b)])
    }),
    tree("names out of order", "t1450", "it does not stand in git's order", |o| {
        let a = o.blob("a\n");
        o.tree(&[("100644", b"b", &a), ("100644", b"a", &a)])
    }),
    not_sent("unable to read 0000000", tree("a null id", "t1450", "its object id is null", |o| o.tree(&[("100644", b"x", &"0".repeat(40))]))),
    not_sent("too-short tree", tree("a tree that is cut off", "t1450", "it is not a git tree", |o| o.object("tree", b"100644 x\0abc"))),
    tree("a nested repository", "CVE-2018-11235", "nested repository", |o| {
        let id = o.blob("x\n");
        o.tree(&[("160000", b"sub", &id)])
    }),
    both("`.gitmodules` as a link", "t7450, CVE-2018-11235", LINK, |o| o.link(".gitmodules", "x")),
    both("`.gitmodules .` as a link", "t7450", LINK, |o| o.link(".gitmodules .", "x")),
    both("`gitmod~1` as a link", "t7450", LINK, |o| o.link("gitmod~1", "x")),
    both("`gi7eba~1` as a link", "t7450", LINK, |o| o.link("gi7eba~1", "x")),
    both("`.gitmodules` as a folder", "t7450", "git reads .gitmodules as a file", |o| o.folder(".gitmodules", &o.file("x"))),
    both("`.gitattributes` as a folder", "`git fsck`", "git reads .gitattributes as a file", |o| o.folder(".gitattributes", &o.file("x"))),
    own(both("a submodule named `../../modules/evil`", "t7450, CVE-2018-11235", "it names a submodule '../../modules/evil'", |o| {
        o.file_of(".gitmodules", "[submodule \"../../modules/evil\"]\n\tpath = evil\n\turl = x\n")
    })),
    own(both("a submodule named `..\\..\\evil`", "t7450", "it names a submodule '..\\..\\evil'", |o| {
        o.file_of(".gitmodules", "[submodule \"..\\\\..\\\\evil\"]\n\tpath = evil\n\turl = x\n")
    })),
    own(both("a submodule URL that is an option", "t7416, CVE-2018-17456", "the url '-u./payload'", |o| {
        o.file_of(".gitmodules", "[submodule \"a\"]\n\tpath = a\n\turl = -u./payload\n")
    })),
    own(both("a submodule path that is an option", "t7417, CVE-2018-17456", "the path '-x'", |o| {
        o.file_of(".gitmodules", "[submodule \"a\"]\n\tpath = -x\n\turl = x\n")
    })),
    own(both("a submodule URL with a line break", "t7416, CVE-2020-11008", "the url 'https://x%0ahost=y/z'", |o| {
        o.file_of(".gitmodules", "[submodule \"a\"]\n\tpath = a\n\turl = https://x%0ahost=y/z\n")
    })),
    own(both("a submodule URL without a host", "t7416, CVE-2020-11008", "the url 'https:///x'", |o| {
        o.file_of(".gitmodules", "[submodule \"a\"]\n\tpath = a\n\turl = https:///x\n")
    })),
    own(both("a submodule with a command", "CVE-2019-19604", "the update '!sh payload'", |o| {
        o.file_of(".gitmodules", "[submodule \"a\"]\n\tpath = a\n\turl = x\n\tupdate = !sh payload\n")
    })),
    own(both("`.gitattributes` with a line of 3,000 bytes", "CVE-2022-23521", "longer than git reads in an attributes file", |o| {
        o.file_of(".gitattributes", "x".repeat(3000))
    })),
    own(both("a link to `/etc/passwd`", "-", OUT, |o| o.link("x", "/etc/passwd"))),
    own(both("a link to `../../.git/config`", "CVE-2024-32002", OUT, |o| o.link("x", "../../.git/config"))),
    own(both("a link that leads out through another", "CVE-2021-21300", OUT, |o| {
        let inner = o.tree(&[("120000", b"out", &o.blob("up/../../x")), ("120000", b"up", &o.blob(".."))]);
        o.folder("a", &inner)
    })),
    own(both("links in a circle", "-", "leads in a circle", |o| {
        let (a, b) = (o.blob("b"), o.blob("a"));
        o.tree(&[("120000", b"a", &a), ("120000", b"b", &b)])
    })),
    own(tree("a link without a target", "-", "a symbolic link without a target", |o| o.link("x", ""))),
    own(tree("a link with NUL in it", "-", "it contains a NUL byte", |o| o.link("x", b"a\0b"))),
    own(tree("a link of 5,000 bytes", "-", "longer than 4095 bytes", |o| o.link("x", "a/".repeat(2500)))),
    own(not_sent("exceeded maximum allowed tree depth", tree("4,100 folders within one another", "-", "it lies deeper than 4096 directories", |o| {
        (0..4100).fold(o.file("x"), |below, _| o.folder("d", &below))
    }))),
    own(tree("4^30 files in 30 small trees", "-", "is too large: more than 1000000 files and directories", |o| {
        (0..30).fold(o.file("x"), |below, _| {
            let names: [&[u8]; 4] = [b"a", b"b", b"c", b"d"];
            let entries = names.map(|name| ("40000", name, below.as_str()));
            o.tree(&entries)
        })
    })),
];

/// The rows of the documentation.
pub(super) fn rows() -> Vec<Row> {
    let doors = |case: &Case| {
        let mut doors = "git upstream, version, push".to_owned();
        if case.on_disk {
            doors.push_str(", folder, `batch`");
        }
        if !case.may_be_own {
            doors.push_str(", `adopt`");
        }
        if case.not_sent.is_some() {
            doors.push_str("; by git itself where it packs it");
        }
        doors
    };
    let row = |case: &Case| Row {
        name: case.name.to_owned(),
        source: case.source,
        doors: doors(case),
        says: case.says.to_owned(),
    };
    CONTENTS.iter().map(row).collect()
}
