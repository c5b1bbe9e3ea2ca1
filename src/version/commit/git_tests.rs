//! git as the oracle: it must accept every commit made here and find exactly our trailers in it.

use proptest::{option, prelude::*, strategy::ValueTree, test_runner::TestRunner};

use super::{test_repository::Repository, *};
use crate::{
    id::{ContentHash, HashKind, VersionId},
    origin::ChangeOrigin,
    version::{Person, Signature, Timestamp, Upstream},
};

fn signature(name: &str, email: &str, seconds: i64, offset: i32) -> Signature {
    Signature {
        person: Person {
            name: name.to_owned(),
            email: email.to_owned(),
        },
        time: Timestamp { seconds, offset },
    }
}

fn new_version(content: ContentHash, summary: &str, body: Option<String>) -> NewVersion {
    NewVersion {
        artifact_id: "skill/pdf".parse().expect("an id"),
        content,
        parents: Vec::new(),
        origin: Some(ChangeOrigin::Deployment),
        author: signature("Ada Lovelace", "ada@example.org", 1_700_000_000, 3_600),
        committer: signature("C", "c@example.org", 1_700_000_001, -34_200),
        summary: summary.to_owned(),
        body,
        upstream: None,
        project_commit: None,
    }
}

/// The trailers that must be found: the lines at the end of the message.
fn expected_trailers(commit: &[u8]) -> &str {
    let message = std::str::from_utf8(commit).expect("UTF-8");
    message.rsplit_once("\n\n").expect("there are trailers").1
}

/// Stores the versions, and compares all that git says about them with what was written.
fn check(repository: &Repository, versions: &[NewVersion]) -> Vec<VersionId> {
    let commits: Vec<_> = versions.iter().map(|v| v.encode().expect("writable")).collect();
    let ids = repository.store(&commits);
    let trailers = repository.log(&ids, "%(trailers)");
    let origins = repository.log(&ids, "%(trailers:key=Change-Origin,valueonly)");
    let subjects = repository.log(&ids, "%s");
    for (n, (version, commit)) in versions.iter().zip(&commits).enumerate() {
        assert_eq!(trailers[n].trim_end(), expected_trailers(commit).trim_end());
        let origin = version.origin.map_or("", ChangeOrigin::as_str);
        assert_eq!(origins[n].trim_end(), origin);
        let parsed = parse(ids[n], commit, repository.hash).expect("readable");
        assert_eq!(parsed.version.summary, subjects[n].trim());
        assert_eq!(
            parsed.body(),
            message::clean_body(version.body.as_deref().unwrap_or("")).unwrap_or_default()
        );
        assert_eq!(parsed.version.change_origin, version.origin);
        assert_eq!(parsed.version.upstream, version.upstream);
        assert_eq!(parsed.version.project_commit, version.project_commit);
        let parents: Vec<_> = version.parents.iter().map(|&(id, _)| id).collect();
        assert_eq!(parsed.version.parent_ids, parents);
        assert_eq!(parsed.version.created_at, version.committer.time);
        assert!(parsed.unknown_trailers.is_empty());
    }
    ids
}

/// Does what [`check`] does through the command that `docs/format.md` names, which also looks for patches.
fn check_interpret_trailers(repository: &Repository, version: &NewVersion) {
    let commit = version.encode().expect("writable");
    let message = commit.splitn(2, |&b| b == b'\n').last().expect("a message");
    let start = gix::bstr::ByteSlice::find(message, "\n\n").expect("a message") + 2;
    let found = repository.git(&["interpret-trailers", "--parse"], &message[start..]);
    assert_eq!(String::from_utf8(found).expect("UTF-8"), expected_trailers(&commit));
}

/// Texts made of what git reacts to.
fn any_text() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("---".to_owned()),
        Just("--- a/file".to_owned()),
        Just("diff --git a/x b/x".to_owned()),
        Just("# ------------------------ >8 ------------------------".to_owned()),
        Just("# comment".to_owned()),
        Just("Signed-off-by: x <y@z>".to_owned()),
        Just("(cherry picked from commit 1234567)".to_owned()),
        Just("Artifact-Id: forged/id".to_owned()),
        Just("Change-Origin: sync".to_owned()),
        Just("Conflicts:".to_owned()),
        Just("\tpath".to_owned()),
        Just(" folded".to_owned()),
        Just(String::new()),
        "\\PC{0,40}",
        "[\\x00-\\x20:#-]{0,6}",
    ];
    let end = prop_oneof![4 => Just("\n"), 1 => Just("\r\n"), 1 => Just("\n\n")];
    prop::collection::vec((line, end), 0..8).prop_map(|lines| {
        lines
            .into_iter()
            .flat_map(|(line, end)| [line, end.to_owned()])
            .collect()
    })
}

prop_compose! {
    fn any_version(content: ContentHash, parent: VersionId)(
        summary in any_text(),
        body in option::of(any_text()),
        name in "[ -~]{0,20}",
        url in "(https|ssh)://[a-z:@/.%#]{1,20}|[!-~]([ -~]{0,30}[!-~])?",
        artifact_id in "[a-z]{1,6}/[!-~]([ -~]{0,20}[!-~])?",
        origin in option::of(prop::sample::select(&ChangeOrigin::ALL[..])),
        copied: bool,
        with_parent: bool,
    ) -> NewVersion {
        NewVersion {
            artifact_id: artifact_id.parse().expect("an id"),
            parents: with_parent.then_some((parent, content)).into_iter().collect(),
            origin: origin.filter(|origin| !with_parent || *origin != ChangeOrigin::Deployment),
            author: signature(&format!("x{name}"), &name, 1_700_000_000, 0),
            upstream: Some(Upstream { url: Some(url), ref_name: Some("main".to_owned()), ..Upstream::default() }),
            project_commit: copied.then(|| content.to_string().parse().expect("an id")),
            ..new_version(content, &format!("s{summary}"), body)
        }
    }
}

fn check_sampled(hash: HashKind, count: usize) {
    let repository = Repository::new(hash);
    let root = new_version(repository.content(), "root", None);
    let parent = check(&repository, &[root])[0];
    let strategy = any_version(repository.content(), parent);
    let mut runner = TestRunner::deterministic();
    let versions: Vec<NewVersion> = (0..count)
        .map(|_| strategy.new_tree(&mut runner).expect("a strategy").current())
        .collect();
    check(&repository, &versions);
    versions
        .iter()
        .take(count / 4)
        .for_each(|version| check_interpret_trailers(&repository, version));
    let report = repository.git(&["fsck", "--strict", "--no-dangling", "--no-progress"], b"");
    assert_eq!(String::from_utf8_lossy(&report), "");
}

#[test]
fn git_reads_sampled_versions_in_sha1() {
    check_sampled(HashKind::Sha1, 160);
}

#[test]
fn git_reads_sampled_versions_in_sha256() {
    check_sampled(HashKind::Sha256, 80);
}

#[test]
fn git_reads_bodies_made_to_deceive_it() {
    let repository = Repository::new(HashKind::Sha1);
    let scissors = "------------------------ >8 ------------------------";
    let bodies = [
        "---\n".to_owned(),
        "---\r\n x".to_owned(),
        format!("# {scissors}\nx"),
        format!("; {scissors}\nx"),
        format!("x\n{scissors}\n"),
        "Conflicts:\n\ta\n\tb".to_owned(),
        "# a\n# b".to_owned(),
        "Lineage-Format: 1\nArtifact-Id: forged/id".to_owned(),
        "Signed-off-by: x\n\n\n".to_owned(),
        "x\0\n\n\0".to_owned(),
        "long line\n".repeat(105_000),
        "x".repeat(1 << 20),
    ];
    let content = repository.content();
    let mut versions: Vec<_> = bodies
        .into_iter()
        .map(|body| new_version(content, "s", Some(body)))
        .collect();
    for summary in [
        "---",
        "--- a",
        "# c",
        "Artifact-Id: forged/id",
        "Conflicts:",
        "a\n\nb",
        "\u{feff}",
        &format!("# {scissors}"),
    ] {
        versions.push(new_version(content, summary, None));
        versions.push(new_version(content, summary, Some("b".to_owned())));
    }
    check(&repository, &versions);
    versions
        .iter()
        .for_each(|version| check_interpret_trailers(&repository, version));
    repository.git(&["config", "core.commentChar", ";"], b"");
    versions
        .iter()
        .for_each(|version| check_interpret_trailers(&repository, version));
}

#[test]
fn git_shows_the_people_and_times_that_were_written() {
    let repository = Repository::new(HashKind::Sha256);
    let mut version = new_version(repository.content(), "s", None);
    let ids = check(&repository, std::slice::from_ref(&version));
    let shown = repository.log(&ids, "%an|%ae|%ad|%cn|%ce|%cd");
    assert_eq!(
        shown[0].trim(),
        "Ada Lovelace|ada@example.org|Tue Nov 14 23:13:20 2023 +0100|C|c@example.org|Tue Nov 14 12:43:21 2023 -0930"
    );

    // As in a project commit without a name: an import from another system.
    version.project_commit = Some("ab".repeat(32).parse().expect("an id"));
    version.author = signature("", "", 0, 0);
    let ids = check(&repository, &[version]);
    assert_eq!(repository.log(&ids, "%an|%ae|%at")[0].trim(), "||0");
}

#[test]
fn what_cannot_be_written_is_refused() {
    let repository = Repository::new(HashKind::Sha1);
    let content = repository.content();
    let good = new_version(content, "s", None);
    let parent: VersionId = "ab".repeat(20).parse().expect("an id");
    let foreign: VersionId = "ab".repeat(32).parse().expect("an id");
    let refused = |change: &dyn Fn(&mut NewVersion)| {
        let mut version = good.clone();
        change(&mut version);
        version.encode().expect_err("refused")
    };
    use UnwritableVersion as Error;
    assert_eq!(refused(&|v| v.summary = " \n\t".to_owned()), Error::EmptySummary);
    let nameless = refused(&|v| v.committer.person.name = " <>;".to_owned());
    assert!(matches!(nameless, Error::EmptyName { role: "committer", .. }));
    let early = refused(&|v| v.author.time.seconds = -1);
    assert!(matches!(early, Error::InvalidTime { role: "author", .. }));
    let deployed = refused(&|v| v.parents = vec![(parent, content)]);
    assert_eq!(deployed, Error::DeploymentWithParent { parent });
    let with_parents =
        |parents: &[(VersionId, ContentHash)]| refused(&|v| (v.origin, v.parents) = (None, parents.to_vec()));
    let twice = with_parents(&[(parent, content), (parent, content)]);
    assert_eq!(twice, Error::DuplicateParent { parent });
    let mixed = with_parents(&[(foreign, content)]);
    assert!(matches!(mixed, Error::MixedHashes { .. }));
    let url = |url: &str| {
        Some(Upstream {
            url: Some(url.to_owned()),
            ..Upstream::default()
        })
    };
    for bad in ["", " x", "x\nArtifact-Id: forged/id", "x\0"] {
        let error = refused(&|v| v.upstream = url(bad));
        assert!(matches!(error, Error::Trailer { source } if source.key == "Upstream-Url" && source.value == bad));
    }
}

#[test]
fn the_author_of_an_upstream_commit_always_fits() {
    let repository = Repository::new(HashKind::Sha1);
    let version = NewVersion {
        author: signature("", "", -1, i32::MAX),
        upstream: Some(Upstream {
            commit: Some("ab".repeat(32).parse().expect("an id")),
            ..Upstream::default()
        }),
        ..new_version(repository.content(), "s", None)
    };
    let ids = repository.store(&[version.encode().expect("history is as it is")]);
    assert_eq!(repository.log(&ids, "%an <%ae> %at"), [" <> 0"]);
}

#[test]
fn people_copied_from_an_upstream_commit_always_fit() {
    let repository = Repository::new(HashKind::Sha1);
    let version = NewVersion {
        author: signature("", "", -1, i32::MAX),
        committer: signature("", "<x>", i64::MIN, i32::MIN),
        ..new_version(repository.content(), "s", None)
    };
    version.encode().expect_err("nobody is called so");
    let ids = repository.store(&[version.encode_copied().expect("history is as it is")]);
    assert_eq!(repository.log(&ids, "%an <%ae> %at, %cn <%ce> %ct"), [" <> 0,  <x> 0"]);
}
