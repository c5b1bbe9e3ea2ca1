//! Versions made with plain git that no server must take: malformed, forged, of unknown origin, hostile in their content. Each is
//! taken by a server without hooks, so that it is the hook that refuses it.

use super::{Server, commit, head, message, pushed};
use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, Project};

const FORMAT: &str = "Lineage-Format: 1";
const PDF: &str = "Artifact-Id: skill/pdf";
const LOCAL: &str = "Change-Origin: local_modification";

/// What hostile versions are made from.
struct Made<'p> {
    project: &'p Project,
    /// A sound version that the server has, and its content.
    base: String,
    tree: String,
    /// Another content.
    other: String,
}

impl<'p> Made<'p> {
    fn new(project: &'p Project) -> Self {
        let base = head(project);
        Made {
            tree: project.rev_parse(&format!("{base}^{{tree}}")),
            other: tree(project, &[("100644", b"x", &blob(project, "x\n"))]),
            base,
            project,
        }
    }

    /// A version on top of the base.
    fn on_base(&self, tree: &str, trailers: &[&str]) -> String {
        commit(self.project, tree, &[&self.base], &message(trailers))
    }

    fn root(&self, tree: &str, trailers: &[&str]) -> String {
        commit(self.project, tree, &[], &message(trailers))
    }

    /// A local modification of the base that holds this.
    fn edit(&self, tree: &str) -> String {
        self.on_base(tree, &[FORMAT, PDF, LOCAL, &self.parent_hash()])
    }

    fn parent_hash(&self) -> String {
        format!("Parent-Hash: {}", self.tree)
    }

    fn file(&self, name: &[u8]) -> String {
        tree(self.project, &[("100644", name, &blob(self.project, "x\n"))])
    }

    fn raw(&self, kind: &str, data: &str) -> String {
        raw(self.project, kind, data.as_bytes())
    }
}

fn raw(project: &TestRepo, kind: &str, data: &[u8]) -> String {
    let args = ["hash-object", "-t", kind, "-w", "--literally", "--stdin"];
    project.git_stdin(&args, data).trimmed()
}

fn blob(project: &TestRepo, text: &str) -> String {
    raw(project, "blob", text.as_bytes())
}

/// A tree object with just these entries, in this order.
fn tree(project: &TestRepo, entries: &[(&str, &[u8], &str)]) -> String {
    let mut data = Vec::new();
    for (mode, name, id) in entries {
        data.extend([mode.as_bytes(), b" ", name, b"\0"].concat());
        let digits = id
            .as_bytes()
            .chunks(2)
            .map(|pair| std::str::from_utf8(pair).expect("hex"));
        data.extend(digits.map(|pair| u8::from_str_radix(pair, 16).expect("hex")));
    }
    raw(project, "tree", &data)
}

/// A hostile version: what it is, how it is made, what is said about it.
type Case = (&'static str, fn(&Made<'_>) -> String, &'static str);

#[rustfmt::skip]
const COMMITS: &[Case] = &[
    ("an ordinary commit", |m| m.project.rev_parse("HEAD"), "which is no version"),
    ("no format", |m| m.root(&m.tree, &[PDF, "Change-Origin: deployment"]), "Lineage-Format is missing"),
    ("no artifact", |m| m.root(&m.tree, &[FORMAT, "Change-Origin: deployment"]), "Artifact-Id is missing"),
    ("two artifacts", |m| m.root(&m.tree, &[FORMAT, PDF, "Artifact-Id: skill/x", "Change-Origin: deployment"]), "Artifact-Id stands there more than once"),
    ("no id", |m| m.root(&m.tree, &[FORMAT, "Artifact-Id: Skill/pdf", "Change-Origin: deployment"]), "Artifact-Id"),
    ("two origins", |m| m.root(&m.tree, &[FORMAT, PDF, "Change-Origin: deployment", "Change-Origin: sync"]), "Change-Origin stands there more than once"),
    ("an origin in another spelling", |m| m.root(&m.tree, &[FORMAT, PDF, "Change-Origin: Deployment"]), "'Deployment'"),
    ("an origin of one's own", |m| m.root(&m.tree, &[FORMAT, PDF, "Change-Origin: vendored"]), "'vendored'"),
    ("an empty origin", |m| m.root(&m.tree, &[FORMAT, PDF, "Change-Origin:"]), "Change-Origin"),
    ("no origin", |m| m.root(&m.tree, &[FORMAT, PDF]), "has no Change-Origin, nor was it taken from a project commit"),
    ("no origin on top of a sound version", |m| m.on_base(&m.other, &[FORMAT, PDF, &m.parent_hash()]), "has no Change-Origin"),
    ("a parent without Parent-Hash", |m| m.on_base(&m.other, &[FORMAT, PDF, LOCAL]), "Parent-Hash"),
    ("Parent-Hash without a parent", |m| m.root(&m.other, &[FORMAT, PDF, LOCAL, &m.parent_hash()]), "Parent-Hash"),
    ("a forged Parent-Hash", |m| m.on_base(&m.other, &[FORMAT, PDF, LOCAL, &format!("Parent-Hash: {}", m.other)]), "Parent-Hash"),
    ("Parent-Hash of the second parent", |m| {
        let edit = m.edit(&m.other);
        let claim = format!("Parent-Hash: {}", m.other);
        commit(m.project, &m.tree, &[&m.base, &edit], &message(&[FORMAT, PDF, LOCAL, &claim]))
    }, "Parent-Hash"),
    ("Parent-Hash of another hash function", |m| m.on_base(&m.other, &[FORMAT, PDF, LOCAL, &format!("Parent-Hash: {}", "ab".repeat(32))]), "Parent-Hash"),
    ("two versions that claim to come from one another", |m| {
        // The older one has the content of the base, and says that it comes from what the newer one holds.
        let claim = format!("Parent-Hash: {}", m.other);
        let older = commit(m.project, &m.tree, &[&m.base], &message(&[FORMAT, PDF, LOCAL, &claim]));
        commit(m.project, &m.other, &[&older], &message(&[FORMAT, PDF, LOCAL, &m.parent_hash()]))
    }, "Parent-Hash"),
    ("a deployment with a parent", |m| m.on_base(&m.other, &[FORMAT, PDF, "Change-Origin: deployment", &m.parent_hash()]), "deployments are roots"),
    ("a parent of another artifact", |m| {
        let other = m.root(&m.tree, &[FORMAT, "Artifact-Id: skill/other", "Change-Origin: deployment"]);
        commit(m.project, &m.other, &[&other], &message(&[FORMAT, PDF, LOCAL, &m.parent_hash()]))
    }, "is a version of skill/other"),
    ("a parent that is no version", |m| {
        let parent = m.project.rev_parse("HEAD");
        let claim = format!("Parent-Hash: {}", m.project.rev_parse("HEAD^{tree}"));
        commit(m.project, &m.other, &[&parent], &message(&[FORMAT, PDF, LOCAL, &claim]))
    }, "a commit without any lineage trailers"),
    ("a format of the future", |m| m.root(&m.tree, &["Lineage-Format: 2", PDF, "Change-Origin: deployment"]), "has Lineage-Format 2; here 1 is the newest that is known"),
    ("a format that is no number", |m| m.root(&m.tree, &["Lineage-Format: one", PDF, "Change-Origin: deployment"]), "Lineage-Format"),
    ("another artifact's version", |m| m.root(&m.tree, &[FORMAT, "Artifact-Id: skill/other", "Change-Origin: deployment"]), "a version of skill/other"),
    ("a file", |m| blob(m.project, "x\n"), "a blob, not a commit"),
    ("a tree", |m| m.tree.clone(), "a tree, not a commit"),
    ("a tag of a sound version", |m| m.raw("tag", &format!("object {}\ntype commit\ntag x\ntagger A <a> 5 +0000\n\nx\n", m.base)), "a tag, not a commit"),
    ("an author without an address", |m| m.raw("commit", &format!("tree {}\nauthor A 5 +0000\ncommitter A <a> 5 +0000\n\ns\n\n{FORMAT}\n{PDF}\nChange-Origin: deployment\n", m.tree)), "author line"),
    ("a committer without a date", |m| m.raw("commit", &format!("tree {}\nauthor A <a> 5 +0000\ncommitter A <a> x +0000\n\ns\n\n{FORMAT}\n{PDF}\nChange-Origin: deployment\n", m.tree)), "committer line"),
    ("an id with controls in it", |m| m.root(&m.tree, &[FORMAT, "Artifact-Id: skill/\u{1b}[2Jx", "Change-Origin: deployment"]), "Artifact-Id"),
    ("a sound version on top of a forged one", |m| {
        let forged = m.on_base(&m.other, &[FORMAT, PDF, LOCAL, &format!("Parent-Hash: {}", m.other)]);
        let claim = format!("Parent-Hash: {}", m.other);
        commit(m.project, &m.tree, &[&forged], &message(&[FORMAT, PDF, LOCAL, &claim]))
    }, "Parent-Hash"),
    ("a sound version beside a forged one", |m| {
        let forged = m.root(&m.other, &[FORMAT, PDF, "Change-Origin: Sync"]);
        commit(m.project, &m.tree, &[&m.base, &forged], &message(&[FORMAT, PDF, LOCAL, &m.parent_hash()]))
    }, "'Sync'"),
];

#[rustfmt::skip]
const CONTENTS: &[Case] = &[
    (".git", |m| m.edit(&m.file(b".git")), "'.git'"),
    (".git in capitals", |m| m.edit(&m.file(b".GiT")), "'.git'"),
    (".git of NTFS", |m| m.edit(&m.file(b"git~1")), "'.git'"),
    (".git of NTFS as a stream", |m| m.edit(&m.file(b".git::$INDEX_ALLOCATION")), "'.git'"),
    (".git of HFS", |m| m.edit(&m.file(".g\u{200c}it".as_bytes())), "'.git'"),
    (".git in a folder", |m| {
        let inner = m.file(b".git");
        m.edit(&tree(m.project, &[("40000", b"a", &inner)]))
    }, "'a/.git'"),
    ("the folder above", |m| m.edit(&m.file(b"..")), "'.' and '..'"),
    ("a path as a name", |m| m.edit(&m.file(b"a/b")), "contains '/'"),
    ("names out of order", |m| {
        let id = blob(m.project, "x\n");
        m.edit(&tree(m.project, &[("100644", b"b", &id), ("100644", b"a", &id)]))
    }, "order"),
    ("a name twice", |m| {
        let id = blob(m.project, "x\n");
        m.edit(&tree(m.project, &[("100644", b"a", &id), ("100644", b"a", &id)]))
    }, "twice"),
    ("a file and a folder of one name", |m| {
        let id = blob(m.project, "x\n");
        m.edit(&tree(m.project, &[("100644", b"a", &id), ("100644", b"a.b", &id), ("40000", b"a", &m.other)]))
    }, "twice"),
    ("a padded mode", |m| m.edit(&tree(m.project, &[("0100644", b"a", &blob(m.project, "x\n"))])), "0100644"),
    ("a mode that git does not write", |m| m.edit(&tree(m.project, &[("100664", b"a", &blob(m.project, "x\n"))])), "100664"),
    ("a nested repository", |m| m.edit(&tree(m.project, &[("160000", b"a", &m.base)])), "repository"),
    ("a nested repository without an id", |m| m.edit(&tree(m.project, &[("160000", b"a", &m.project.id_of('0'))])), "is refused"),
    (".gitmodules as a link", |m| m.edit(&tree(m.project, &[("120000", b".gitmodules", &blob(m.project, "x"))])), ".gitmodules"),
    (".gitmodules with a command", |m| {
        let text = "[submodule \"a\"]\npath = a\nurl = --upload-pack=x\n";
        m.edit(&tree(m.project, &[("100644", b".gitmodules", &blob(m.project, text))]))
    }, "--upload-pack=x"),
    (".gitattributes that git does not read", |m| m.edit(&tree(m.project, &[("100644", b".gitattributes", &blob(m.project, &"a".repeat(3000)))])), ".gitattributes"),
    ("more than any artifact has", |m| {
        let mut id = m.other.clone();
        for _ in 0..30 {
            let names = [b"a", b"b", b"c", b"d"].map(|name| ("40000", &name[..], id.clone()));
            let entries: Vec<(&str, &[u8], &str)> = names.iter().map(|(mode, name, id)| (*mode, *name, id.as_str())).collect();
            id = tree(m.project, &entries);
        }
        m.edit(&id)
    }, "too large"),
    ("a deployment with a link that leads out", |m| {
        let link = tree(m.project, &[("120000", b"a", &blob(m.project, "../../.ssh/config"))]);
        m.root(&link, &[FORMAT, PDF, "Change-Origin: deployment"])
    }, "../../.ssh/config"),
    ("a sync with a link that leads out", |m| {
        let link = tree(m.project, &[("120000", b"a", &blob(m.project, "/etc/passwd"))]);
        m.on_base(&link, &[FORMAT, PDF, "Change-Origin: sync", &m.parent_hash()])
    }, "/etc/passwd"),
    ("a sync with links that lead in a circle", |m| {
        let link = tree(m.project, &[("120000", b"a", &blob(m.project, "b")), ("120000", b"b", &blob(m.project, "a"))]);
        m.on_base(&link, &[FORMAT, PDF, "Change-Origin: sync", &m.parent_hash()])
    }, "circle"),
];

/// Pushes each to a server without hooks and to one with them, with sound pushes in between.
fn all_refused(cases: &[Case]) {
    let (project, server) = pushed();
    let open = Server::open(&project, "open.git");
    let made = Made::new(&project);
    for (n, (name, make, reason)) in cases.iter().enumerate() {
        let id = make(&made);
        let refspec = format!("+{id}:{HEAD_REF}");
        let taken = open.push(&project, &[&refspec]);
        assert_eq!(taken.code, 0, "{name}: git alone takes it\n{taken}");
        let told = server.refuse(&project, &[&refspec], reason);
        let told = String::from_utf8_lossy(&told.stderr).into_owned();
        assert!(told.contains(HEAD_REF) && told.contains("hint: "), "{name}: {told}");
        assert!(!told.replace("\u{1b}[K", "").contains('\u{1b}'), "{name}: {told:?}");
        assert!(told.lines().all(|line| line.chars().count() < 1000), "{name}: {told}");
        let known = [&made.base, &made.tree, &project.head()].contains(&&id);
        assert_eq!(server.has(&id), known, "{name}");
        if n % 10 == 5 {
            project.record_edit("SKILL.md", &format!("# Edit {n}\n"));
            server.take(&project, &["refs/lineage/heads/*:refs/lineage/heads/*"]);
        }
    }
    assert_eq!(server.refs()[HEAD_REF], head(&project), "what was sound was taken");
    let verified = server.lineage(&["verify"]);
    assert_eq!(verified.code, 0, "{verified}");
}

#[test]
fn commits_that_are_malformed_or_forged_are_refused() {
    assert!(COMMITS.len() + CONTENTS.len() >= 50);
    all_refused(COMMITS);
}

#[test]
fn hostile_contents_are_refused() {
    all_refused(CONTENTS);
}

#[test]
fn what_came_as_a_branch_is_no_better_as_lineage() {
    let (project, server) = pushed();
    let made = Made::new(&project);
    let forged = made.on_base(
        &made.other,
        &[FORMAT, PDF, LOCAL, &format!("Parent-Hash: {}", made.other)],
    );
    server.take(&project, &[&format!("{forged}:refs/heads/innocent")]);
    assert!(server.has(&forged));
    server.refuse(&project, &[&format!("+{forged}:{HEAD_REF}")], "Parent-Hash");
    let line = format!("{forged}:refs/lineage/heads/side/skill/pdf");
    server.refuse(&project, &[&line], "Parent-Hash");
}

#[test]
fn a_push_is_taken_as_a_whole_or_not_at_all() {
    let (project, server) = pushed();
    let made = Made::new(&project);
    let forged = made.root(&made.other, &[FORMAT, PDF]);
    project.write("README.md", "# More\n");
    project.commit("More");
    let told = server.refuse(
        &project,
        &["main", &format!("+{forged}:{HEAD_REF}")],
        "no Change-Origin",
    );
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.contains("no branch of it was taken either"), "{told}");
    assert!(told.contains("git push <remote> <branch>"), "{told}");
    server.take(&project, &["main"]);
    assert_eq!(server.refs()["refs/heads/main"], project.head());
}

#[test]
fn unknown_origins_are_taken_where_that_is_wanted_or_a_project_commit_tells() {
    let (project, server) = pushed();
    let made = Made::new(&project);
    let taken = format!("Project-Commit: {}", project.head());
    let adopted = made.root(&made.other, &[FORMAT, "Artifact-Id: skill/adopted", &taken]);
    server.take(&project, &[&format!("{adopted}:refs/lineage/heads/main/skill/adopted")]);
    let unknown = made.root(&made.tree, &[FORMAT, "Artifact-Id: skill/unknown"]);
    let refspec = format!("{unknown}:refs/lineage/heads/main/skill/unknown");
    server.refuse(&project, &[&refspec], "lineage.allowUnknownOrigin");
    server.git(&["config", "lineage.allowUnknownOrigin", "true"]);
    server.take(&project, &[&refspec]);
}

#[test]
fn what_the_user_links_is_the_users_business() {
    let (project, server) = pushed();
    let made = Made::new(&project);
    let link = tree(&project, &[("120000", b"a", &blob(&project, "/etc/passwd"))]);
    let edit = made.edit(&link);
    server.take(&project, &[&format!("{edit}:{HEAD_REF}")]);
    // A sync on top of it merges no upstream version: it is not pure upstream content.
    let claim = format!("Parent-Hash: {link}");
    let sync = commit(
        &project,
        &link,
        &[&edit],
        &message(&[FORMAT, PDF, "Change-Origin: sync", &claim]),
    );
    server.take(&project, &[&format!("{sync}:{HEAD_REF}")]);
}
