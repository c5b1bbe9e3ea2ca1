//! What a project makes of upstream content.

use super::{Upstream, copy, git, load};
use crate::{
    git::{Environment, Repo, objects::Mode},
    id::{ContentHash, HashKind},
    snapshot::{
        SnapshotError,
        source::{SourceSnapshot, of_files},
    },
};

/// A project that knows no attributes but its own.
fn project(hash: HashKind) -> Upstream {
    let project = Upstream::empty(hash);
    for setting in [
        ["core.autocrlf", "false"],
        ["core.attributesFile", "/dev/null"],
        ["core.eol", "lf"],
    ] {
        git(&project.path, ["config"].into_iter().chain(setting));
    }
    project
}

/// The content at `path` of an upstream as a project would store it.
fn stored(upstream: &Upstream, path: &str, project: &Upstream) -> Result<SourceSnapshot, SnapshotError> {
    let repo = Repo::open(&project.path, Environment::Ignored).expect("a repository");
    let destination = "vendored/pdf".parse().expect("a path");
    let incoming = load(&upstream.store(), path);
    let mut batch = repo.batch(Mode::Objects);
    let stored = of_files(&repo, incoming, &destination, &mut batch)?;
    batch.commit().expect("written");
    Ok(stored)
}

/// The tree that git itself makes of the files below `vendored/pdf` once they are there.
fn by_git(project: &Upstream) -> String {
    git(&project.path, ["add", "--force", "vendored"]);
    git(&project.path, ["write-tree", "--prefix=vendored/pdf/"])
}

#[test]
fn content_is_stored_as_the_projects_attributes_say() {
    for (upstream_hash, project_hash) in [
        (HashKind::Sha1, HashKind::Sha1),
        (HashKind::Sha256, HashKind::Sha1),
        (HashKind::Sha1, HashKind::Sha256),
    ] {
        let upstream = Upstream::of(upstream_hash);
        upstream.write("skills/pdf/lines.md", "a\r\nb\r\n");
        upstream.commit("Other line endings");
        let own = upstream.id("HEAD:skills/pdf");
        let project = project(project_hash);

        let plain = stored(&upstream, "skills/pdf", &project).expect("good content");
        assert_eq!(plain.own_tree, None);
        assert!(!plain.single_file);
        if upstream_hash == project_hash {
            assert_eq!(plain.snapshot.hash, ContentHash::from_oid(own));
        }
        copy(&upstream.path.join("skills/pdf"), &project.path.join("vendored/pdf"));
        assert_eq!(by_git(&project), plain.snapshot.hash.to_string());

        project.write(".gitattributes", "*.md text\n");
        let converted = stored(&upstream, "skills/pdf", &project).expect("good content");
        assert_eq!(converted.own_tree, Some(plain.snapshot.hash));
        git(&project.path, ["add", "--renormalize", "--force", "vendored"]);
        assert_eq!(by_git(&project), converted.snapshot.hash.to_string());
    }
}

#[test]
fn a_single_file_takes_its_name_in_the_project() {
    let upstream = Upstream::new();
    let project = project(HashKind::Sha1);
    let single = stored(&upstream, "skills/pdf/SKILL.md", &project).expect("good content");
    assert!(single.single_file && single.own_tree.is_none());
    let tree = git(&project.path, ["ls-tree", &single.snapshot.hash.to_string()]);
    assert_eq!(
        tree,
        format!("100644 blob {}\tpdf", upstream.id("HEAD:skills/pdf/SKILL.md"))
    );
}

#[test]
fn hostile_content_stops_at_the_gate() {
    let upstream = Upstream::new();
    std::os::unix::fs::symlink("../../etc", upstream.path.join("skills/pdf/out")).expect("a link");
    upstream.commit("A way out");
    let project = project(HashKind::Sha1);
    let refused = stored(&upstream, "skills/pdf", &project)
        .err()
        .map(|error| error.to_string());
    assert!(
        refused
            .as_ref()
            .is_some_and(|error| error.contains("leads out of the artifact")),
        "{refused:?}"
    );
    // A link by itself leads out wherever it leads.
    let refused = stored(&upstream, "skills/pdf/README.md", &project)
        .err()
        .map(|error| error.to_string());
    assert!(
        refused
            .as_ref()
            .is_some_and(|error| error.contains("leads out of the artifact")),
        "{refused:?}"
    );
}
