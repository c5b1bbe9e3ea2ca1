//! The files that git reads itself, against the verdicts of `git fsck`.

use proptest::{collection::vec, prelude::*, sample::select};

use super::check_blob;
use crate::{
    content::testing::{TestRepo, samples},
    id::HashKind,
};

fn assert_same_verdict_on_blobs(path: &str, blobs: &[Vec<u8>]) {
    let repo = TestRepo::new(HashKind::Sha1);
    let mut ids = Vec::new();
    for data in blobs {
        let id = repo.write_object("blob", data);
        repo.write_object("tree", &[format!("100644 {path}\0").as_bytes(), id.as_slice()].concat());
        ids.push(id.to_string());
    }
    let bad = repo.fsck();
    for (id, data) in ids.iter().zip(blobs) {
        let verdict = check_blob(path.as_bytes(), data);
        assert_eq!(
            verdict.is_err(),
            bad.contains(id),
            "{verdict:?}: {:?}",
            String::from_utf8_lossy(data)
        );
    }
    assert!(!bad.is_empty() && bad.len() < blobs.len(), "a one-sided test");
}

#[test]
fn submodule_names_and_settings() {
    #[rustfmt::skip]
    let names = [
        "valid", "valid/with/paths", "../foo", "/../foo", "..\\\\foo", "\\\\..\\\\foo", "foo/..", "foo/../",
        "foo\\\\..", "foo\\\\..\\\\", "foo/../bar", "", "..", "...", "a..b", "a/..b", ".",
    ];
    #[rustfmt::skip]
    let urls = [
        "./bar/baz/foo.git", "https://example.com/foo.git", "http://example.com:80/deeper/foo.git", "-a./foo",
        "../../..//test/foo.git", "../../../../../:localhost:8080/foo.git", "..\\\\../.\\\\../:example.com/foo.git",
        "./%0ahost=example.com/foo.git", "https://one.example.com/evil?%0ahost=two.example.com",
        "https:///example.com/foo.git", "http://example.com:test/foo.git", "https::example.com/foo.git",
        "http:::example.com/foo.git", "git://host/%0axyz/foo.git", "git://host/x", "../foo",
        "http::https://example.com/x", "https://user:pw@h/x", "https://us%0aer@h/x", "https://h/a/../..",
        "https://h/a/..", "https://h/%2e%2e", "https://h:0/", "https://h:65536/", "https://h:00065535/",
        "https://[::1]:80/x", "https://h/%zz", "https://h/a%0a/../b", "https://h_/x y", "ftp://h#%0a", "ftps://h",
        "https://h:", "https://@h", "https://@", "https://h%41/", "ssh://-x/y", "ssh://h/%0a", "file:///x",
        "ext::sh -c x", "http::file:///x", "http::file://:80/x", "./a%0ab:c", "./a:%0a", "", "..", "../", "./:x",
        "https://h//..", "https://h/./..", "https://h?/../..", "x%0ay",
    ];
    let mut blobs: Vec<String> = names
        .iter()
        .map(|name| format!("[submodule \"{name}\"]\nurl = ./x\n"))
        .collect();
    blobs.extend(urls.iter().map(|url| format!("[submodule \"a\"]\n\turl = \"{url}\"\n")));
    #[rustfmt::skip]
    let texts = [
        "[submodule \"a\"]\npath = -x", "[submodule \"a\"]\npath = x", "[submodule.a]\nupdate = !cmd",
        "[submodule \"a\"]update=\"!\"", "[submodule \"a\"]\nupdate = rebase", "[submodule \"a\"]\nURL = \"-\" x",
        "[submodule \"a\"]\nurl", "[submodule]\nurl = -x", "[submodule \"..\"]\nanything", "[submodule \"..\"]\n",
        "[broken", "[submodule \"a\"]\npath = -x\n[broken", "[broken\n[submodule \"a\"]\npath = -x",
        "[submodule \"a\"]\nurl = ./x\\ny", "[SubModule \"a\"]\r\npath = -x\r\n",
        "[submodule \"a\"] path = x ; [submodule \"..\"] x", "[submodule \"a\0..\"]\npath = -x",
        "[submodule \"a\"]\npath = x\0", "[submodule \"a\\/../b\"]\nx", "[submodule \"a\"]\npath=\"\"-x",
        "[submodule \"a\"]\npath = \\\n-x", "[submodule \"a\"]\n\x0bpath = -x", "[submodule .. ]\npath = -x",
        "[submodule....]\npath = x", "[x]y[submodule \"..\"]\nz", "", "\0",
    ];
    blobs.extend(texts.map(str::to_owned));
    let blobs: Vec<_> = blobs.into_iter().map(String::into_bytes).collect();
    assert_same_verdict_on_blobs(".gitmodules", &blobs);
    // git's check stops at a byte order mark, though git itself reads on behind it.
    assert!(check_blob(b".gitmodules", "\u{feff}[submodule \"a\"]\npath = -x".as_bytes()).is_err());
}

#[test]
fn random_submodule_files() {
    #[rustfmt::skip]
    const TOKENS: &[&str] = &[
        "[submodule \"a\"]", "[submodule \"..\"]", "[submodule \"a", "\"]", "[submodule.a]", "[other]", "]", "[",
        "\n", "\n", "\r\n", " ", "\t", "path", "url", "update", "x", " = ", "=", "-x", "!x", "\"", "\\", "\\n",
        "\\\\", "#", ";", "\0", "./", "../", "%0a", ":", "/", "https://h", "git://", "http::", "\u{b}", "é",
    ];
    const LINES: &[&str] = &[
        "[submodule \"a\"]\n",
        "[submodule \"a\"]\npath = ",
        "[submodule \"a\"]\nurl = ",
        "[submodule.a]update=",
        "",
    ];
    let file = (select(LINES), vec(select(TOKENS), 0..8));
    let files = samples(
        600,
        &file.prop_map(|(line, tokens)| (line.to_owned() + &tokens.concat()).into_bytes()),
    );
    assert_same_verdict_on_blobs(".gitmodules", &files);
}

#[test]
fn random_submodule_urls() {
    const STARTS: &[&str] = &[
        "https://",
        "http://h",
        "http::",
        "ftp://u@h/",
        "git://",
        "../",
        "./",
        "ssh://",
        "",
    ];
    #[rustfmt::skip]
    const TOKENS: &[&str] = &[
        "h", "a", "/", "/", ":", ":", "@", "?", "#", "..", ".", "./", "../", "%0a", "%2e", "%2E%2e", "%00", "%zz", "%", "-", "_",
        "80", "0", "65535", "65536", "[", "]", "[::1]", "~", " ", "é", "..\\\\", "https://", "file://", "%41", "+",
    ];
    let url = (select(STARTS), vec(select(TOKENS), 0..7));
    let file = url.prop_map(|(start, tokens)| format!("[submodule \"a\"]\nurl = \"{start}{}\"\n", tokens.concat()));
    let files = samples(400, &file.prop_map(String::into_bytes));
    assert_same_verdict_on_blobs(".gitmodules", &files);
}

#[test]
fn attributes_that_git_reads() {
    let line = |len| vec![b'a'; len];
    let blobs = [
        line(2047),
        line(2048),
        [line(10), line(2047)].join(&b'\n'),
        [line(10), line(2048), line(1)].join(&b'\n'),
        [line(10), line(3000)].join(&b'\0'),
        b"".to_vec(),
    ];
    assert_same_verdict_on_blobs(".gitattributes", &blobs);
    assert_same_verdict_on_blobs("GITATT~1", &blobs);
    assert_eq!(check_blob(b"dir/other", &line(5000)), Ok(()));
}
