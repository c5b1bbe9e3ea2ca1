//! Hostile values: in a manifest, as it comes with a pull request; in the trailers of a version; on the command line; in a request
//! to `serve`. None becomes an option, a command, or a path outside.

use std::path::Path;

use super::Row;
use crate::support::TestRepo;
use crate::support::project::{ID, Project, World, text};

/// A hostile value: what it is, where it is known from, what is written, what is said.
type Value = (&'static str, &'static str, &'static str, &'static str);

/// What a manifest may not say of `skill/x`; every command refuses to read it.
#[rustfmt::skip]
pub(super) const MANIFESTS: &[Value] = &[
    ("a path outside of the project", "-", "path = ../x", "'../x' is not a plain path"),
    ("a path outside of it in the middle", "-", "path = a/../../x", "'a/../../x' is not a plain path"),
    ("an absolute path", "-", "path = /etc/cron.d/x", "'/etc/cron.d/x' is absolute"),
    ("a path in `.git`", "CVE-2014-9390", "path = .git/hooks", "'.git' is the repository's own directory"),
    ("a path in `.GIT`", "CVE-2014-9390", "path = a/.GIT/hooks", "'.GIT' is the repository's own directory"),
    ("a path in `git~1`", "CVE-2019-1353", "path = git~1/hooks", "'git~1' is the repository's own directory"),
    ("the manifest itself", "-", "path = .gitlineage", ".gitlineage is the manifest"),
    ("a path with a line break", "CVE-2018-11235", "path = \"a\\nb\"", "holds a control character"),
    ("a path that ends in CR", "CVE-2025-48384", "path = \"a\r\"", "holds a control character"),
    ("a path in another artifact", "-", "path = .claude/skills/pdf/in", ".claude/skills/pdf"),
    ("a key twice", "-", "path = a\n\tpath = b", "'path'"),
    ("an upstream with a line break", "CVE-2020-5260", "path = a\n\tupstream = \"https://x\\nhost=y\"", "control character"),
    ("a ref with a line break", "CVE-2018-11235", "path = a\n\tupstream-ref = \"a\\nb\"", "control character"),
    ("a commit that is an option", "-", "path = a\n\tupstream-commit = --exec=x", "'--exec=x'"),
    ("a content that is an option", "-", "path = a\n\tbaseline = -x", "'-x'"),
];

/// What a manifest may say of where the upstream is, and `sync` refuses to ask; `list` shows it, escaped.
#[rustfmt::skip]
pub(super) const UPSTREAMS: &[Value] = &[
    ("an upstream that is an option", "CVE-2017-1000117", "upstream = --upload-pack=touch owned", "git would take a part of it for an option"),
    ("an upstream that is `-c`", "CVE-2017-1000117", "upstream = -c", "git would take a part of it for an option"),
    ("a host that is an option", "CVE-2017-1000117", "upstream = ssh://-oProxyCommand=touch%20owned/x", "git would take a part of it for an option"),
    ("a host that is an option, as scp writes it", "CVE-2017-1000117", "upstream = -oProxyCommand=touch owned:x", "git would take a part of it for an option"),
    ("a path that is an option, as scp writes it", "CVE-2017-1000117", "upstream = host:-oProxyCommand=touch", "git would take a part of it for an option"),
    ("a host in brackets that is an option", "CVE-2017-1000117", "upstream = [-oProxyCommand=touch owned]:x", "git would take a part of it for an option"),
    ("a program: `ext::`", "git-remote-ext", "upstream = \"ext::sh -c touch% owned\"", "it names a program that git would run"),
    ("a program: `fd::`", "git-remote-fd", "upstream = fd::0", "it names a program that git would run"),
    ("a program behind a transport", "git-remote-ext", "upstream = https::ext::x", "it names a program that git would run"),
    ("another transport", "-", "upstream = ftp://host/x", "only file, git, http, https and ssh are allowed"),
    ("a host that is shown as another", "CVE-2020-11008", "upstream = \"https://evil.example?@example.org/x\"", "it is not clear which host it names"),
    ("a ref that is an option", "CVE-2017-1000117", "upstream = ../up.git\n\tupstream-ref = --upload-pack=touch owned", "has no branch or tag '--upload-pack=touch owned'"),
    ("a ref that is a refspec", "-", "upstream = ../up.git\n\tupstream-ref = main:refs/heads/owned", "has no branch or tag 'main:refs/heads/owned'"),
    ("a ref that is forced", "-", "upstream = ../up.git\n\tupstream-ref = +main", "has no branch or tag '+main'"),
    ("a path outside of the upstream", "-", "upstream = ../up.git\n\tupstream-path = ../../etc", "'../../etc' does not stay inside the upstream"),
    ("a path outside of a folder", "-", "upstream = ../upstream\n\tupstream-path = ../home", "'../home' does not stay inside the upstream"),
    ("an absolute path", "-", "upstream = ../up.git\n\tupstream-path = /etc", "'/etc' does not stay inside the upstream"),
];

/// Trailers behind which nothing of a version is believed; every command says so, `fetch` and `hub fetch` and a server too.
#[rustfmt::skip]
pub(super) const TRAILERS: &[Value] = &[
    ("an id with an escape sequence", "-", "Artifact-Id: skill/\u{1b}[2J", "Artifact-Id"),
    ("an id that is an option", "-", "Artifact-Id: --all", "Artifact-Id"),
    ("an id of another", "-", "Artifact-Id: skill/x", "skill/x"),
    ("an id twice", "-", "Artifact-Id: skill/pdf\nArtifact-Id: skill/x", "more than once"),
    ("an origin in another spelling", "-", "Artifact-Id: skill/pdf\nChange-Origin: SYNC", "'SYNC' is not a change origin"),
    ("a hash that is an option", "-", "Artifact-Id: skill/pdf\nParent-Hash: --exec=x", "Parent-Hash"),
    ("a commit that is an option", "-", "Artifact-Id: skill/pdf\nUpstream-Commit: -x", "Upstream-Commit"),
    ("a URL with a control character", "CVE-2020-5260", "Artifact-Id: skill/pdf\nUpstream-Url: https://x\u{7}", "Upstream-Url"),
];

fn with(project: &TestRepo, lines: &str) {
    let good = String::from_utf8(project.read(".gitlineage")).expect("text");
    project.write(".gitlineage", format!("{good}[artifact \"skill/x\"]\n\t{lines}\n"));
}

/// Panics if anything in the sandbox was made by one of the commands above.
#[track_caller]
fn assert_nothing_ran(project: &TestRepo) {
    let found = World::of(project.sandbox().root(), &[]);
    let owned: Vec<&Path> = found.paths().filter(|path| path.ends_with("owned")).collect();
    assert!(owned.is_empty(), "{owned:?}");
}

#[test]
fn manifests_that_are_refused_as_they_are() {
    let project = Project::deployed();
    for (name, _, lines, says) in MANIFESTS {
        with(&project, lines);
        project.git(&["add", ".gitlineage"]);
        let before = project.everything();
        for args in [
            &["list"][..],
            &["sync", "skill/x"],
            &["record"],
            &["deploy", "../upstream/skills/pdf", "new"],
        ] {
            let args = [&["--json"], args].concat();
            let error = project.lineage(&args).assert_code(1).json_error();
            let message = text(&error, "message");
            assert!(message.contains(says), "{name}: {message}");
            before.assert_same(&project.everything());
        }
        project.git(&["checkout", "--quiet", "HEAD", "--", ".gitlineage"]);
    }
}

#[test]
fn upstreams_that_are_not_asked() {
    let project = Project::deployed();
    let up = project.sibling("up.git", &["--bare"]);
    project.git(&["push", "--quiet", up.path().to_str().expect("text"), "main"]);
    for (name, _, lines, says) in UPSTREAMS {
        with(&project, &format!("path = new\n\t{lines}"));
        let before = project.everything();
        let output = project.lineage(&["--json", "sync", "skill/x"]).assert_code(1);
        let message = text(&output.json()[0]["error"], "message").to_owned();
        assert!(message.contains(says), "{name}: {message}");
        for args in [&["status"][..], &["status", "--fetch"], &["list"]] {
            let output = project.lineage(args);
            assert!(output.code < 2, "{name}: {output}");
        }
        before.assert_same(&project.everything());
        assert_nothing_ran(&project);
        project.git(&["checkout", "--quiet", "HEAD", "--", ".gitlineage"]);
    }
}

#[test]
fn the_same_values_on_the_command_line_and_in_a_request() {
    let project = Project::deployed();
    let up = project.sibling("up.git", &["--bare"]);
    project.git(&["push", "--quiet", up.path().to_str().expect("text"), "main"]);
    let before = project.everything();
    let mut requests = String::new();
    for (name, _, lines, says) in UPSTREAMS {
        let (mut source, mut options) = ("", Vec::new());
        for line in lines.split("\n\t") {
            let (key, value) = line.split_once(" = ").expect("a setting");
            let value = value.trim_matches('"');
            match key {
                "upstream" => source = value,
                "upstream-ref" => options = vec![format!("--ref={value}")],
                _ => options = vec![format!("--from={value}")],
            }
        }
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let args = [&["--json", "deploy"], &options[..], &["--", source, "new/here"]].concat();
        let message = text(&project.lineage(&args).assert_code(1).json_error(), "message").to_owned();
        assert!(message.contains(says), "{name}: {message}");
        before.assert_same(&project.everything());
        let named: Vec<String> = options
            .iter()
            .map(|option| option.trim_start_matches("--").split_once('=').expect("an option"))
            .map(|(key, value)| format!(",{key:?}:{value:?}"))
            .collect();
        let body = format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":{name:?},\"method\":\"deploy\",\"params\":{{\"source\":{source:?},\"path\":\"new/here\"{}}}}}",
            named.concat()
        );
        requests.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    }
    let answers = project.call().stdin(requests).lineage_ok(&["serve", "--stdio"]);
    for (name, _, _, says) in UPSTREAMS {
        let says = serde_json::to_string(says).expect("text");
        assert!(answers.text().contains(says.trim_matches('"')), "{name}: {answers}");
    }
    before.assert_same(&project.everything());
    assert_nothing_ran(&project);
}

#[test]
fn trailers_that_are_not_believed() {
    let project = Project::deployed();
    let tree = project.rev_parse("HEAD:.claude/skills/pdf");
    let head = project.lineage_json(&["list"]);
    for (name, _, lines, says) in TRAILERS {
        let message = format!("Forged\n\nLineage-Format: 1\n{lines}\n");
        let version = project.git_stdin(&["commit-tree", &tree], message).trimmed();
        let refname = "refs/lineage/remotes/origin/main/skill/pdf";
        project.git(&["update-ref", refname, &version]);
        let before = project.everything();
        for args in [&["list"][..], &["restore", ID, &version], &["record"]] {
            let args = [&["--json"], args].concat();
            let error = project.lineage(&args).assert_code(1).json_error();
            let message = text(&error, "message").to_owned();
            let causes = error["causes"].to_string();
            assert!(message.contains(says) || causes.contains(says), "{name}: {error}");
            assert!(message.contains(&version), "{name}: it names the version: {message}");
        }
        before.assert_same(&project.everything());
        project.git(&["update-ref", "-d", refname]);
        assert_eq!(project.lineage_json(&["list"]), head, "and without it all is well");
    }
}

/// The rows of the documentation.
pub(super) fn rows() -> Vec<Row> {
    let of = |values: &'static [Value], doors: &'static str| {
        values.iter().map(move |(name, source, _, says)| Row {
            name: (*name).to_owned(),
            source,
            doors: doors.to_owned(),
            says: (*says).to_owned(),
        })
    };
    of(MANIFESTS, "manifest: every command")
        .chain(of(UPSTREAMS, "manifest: `sync`; `deploy`; `serve`"))
        .chain(of(TRAILERS, "version: every command"))
        .collect()
}
