//! What can be asked, about versions and about the sidecar.

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use super::LineageStore;
use crate::{
    id::{ArtifactId, ContentHash, Line, VersionId},
    index::{self, Index, SidecarStatus},
    query::{
        ArtifactStatus, Blame, Diff, FileDiff, Gate, GateReport, GraphStart, Holder, Known, ListedArtifact, QueryError,
        Status, Timeline, UpstreamMatch, VersionDetails, VersionGraph,
    },
    verify::{self, SignatureFinding, Verification},
    version::ArtifactVersion,
};

impl LineageStore {
    /// The version that a text names: `<id>`, `<id>~<n>`, `<id>@<line>`, a version id or a content hash, the last two
    /// abbreviated to seven digits or more. `<id>` is the head on `line`, or on the line checked out.
    ///
    /// # Errors
    /// [`QueryError::UnknownVersion`], [`QueryError::Ambiguous`] with the candidates, [`QueryError::NotOnLine`],
    /// [`QueryError::TooFarBack`], [`QueryError::UnknownLine`], [`QueryError::MissingVersions`].
    pub fn resolve(&self, text: &str, line: Option<&Line>) -> Result<VersionId, QueryError> {
        self.query(|query| query.resolve(text, line))
    }

    /// The content hash that a text abbreviates to seven digits or more; a full one is taken as it is.
    ///
    /// # Errors
    /// [`QueryError::UnknownContent`], [`QueryError::Ambiguous`].
    pub fn resolve_content(&self, text: &str) -> Result<ContentHash, QueryError> {
        self.query(|query| query.resolve_content(text))
    }

    /// One version.
    ///
    /// # Errors
    /// [`QueryError::UnknownVersion`] if no lineage ref reaches it.
    pub fn version(&self, id: &VersionId) -> Result<ArtifactVersion, QueryError> {
        self.look_up(|query| query.version(id))
    }

    /// One version with its lineage, files, message and unknown trailers.
    ///
    /// # Errors
    /// As [`version`](Self::version); [`QueryError::Git`] if its objects are not here.
    pub fn details(&self, id: &VersionId) -> Result<VersionDetails, QueryError> {
        self.query(|query| query.details(id))
    }

    /// What is deployed on a line, by default the one checked out; sorted by id.
    ///
    /// # Errors
    /// [`QueryError::MissingVersions`] in a clone that has the manifest but not the versions it names.
    pub fn list(&self, line: Option<&Line>) -> Result<Vec<ListedArtifact>, QueryError> {
        self.query(|query| query.list(line))
    }

    /// The artifacts that are deployed on a line although no version of them is known here, as in a clone that has not
    /// fetched any lineage yet; by id. Where there are such, an empty answer to another question says little.
    ///
    /// # Errors
    /// Those of reading the manifest and the project's history.
    pub fn missing_versions(&self, line: Option<&Line>) -> Result<Vec<ArtifactId>, QueryError> {
        self.query(|query| query.missing_versions(line))
    }

    /// What there is to name, at once and without consequences: for who completes what a person is typing.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, skill, caller) = project_with_skill()?;
    /// use git_lineage::{Deploy, LineageStore};
    ///
    /// let store = LineageStore::open(&project)?;
    /// let deployed = store.deploy(&Deploy::new(skill.to_str().unwrap()), &caller)?.version;
    /// let known = store.known();
    /// assert_eq!(known.artifacts()[0].id, deployed.artifact_id);
    /// assert_eq!(known.lines(), ["main"]);
    /// assert_eq!(known.files(deployed.artifact_id.as_str()), [b"SKILL.md"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn known(&self) -> Known<'_> {
        Known::new(&self.repo)
    }

    /// How artifacts stand: their content in the work tree and upstream's content as last seen, each against the baseline.
    /// Nothing is written and no network is touched. A plain directory upstream is read as it is now.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, skill, caller) = project_with_skill()?;
    /// use git_lineage::{ArtifactState, Deploy, LineageStore, Status};
    ///
    /// let store = LineageStore::open(&project)?;
    /// store.deploy(&Deploy::new(skill.to_str().unwrap()), &caller)?;
    /// std::fs::write(skill.join("forms.md"), "# Forms\n")?;
    /// let status = store.status(&Status::default())?;
    /// assert_eq!(status[0].state, ArtifactState::Outdated);
    /// assert_eq!(status[0].files[0].path, b"forms.md");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`QueryError::NotDeployed`]; [`QueryError::MissingVersions`] in a clone that has the manifest but not the versions
    /// it names; [`GitError::Bare`](crate::GitError::Bare); [`QueryError::Snapshot`] for a file that cannot be read, or
    /// that git could not store.
    pub fn status(&self, request: &Status) -> Result<Vec<ArtifactStatus>, QueryError> {
        self.query(|query| query.status(request, &self.cache))
    }

    /// The files in which two contents of artifacts differ, each with whose change it is: the work tree against the baselines
    /// or a version, or two versions. Nothing is written to the project and no network is touched.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, skill, caller) = project_with_skill()?;
    /// use git_lineage::{Deploy, Diff, FileChange, FileOrigin, LineageStore};
    ///
    /// let store = LineageStore::open(&project)?;
    /// store.deploy(&Deploy::new(skill.to_str().unwrap()), &caller)?;
    /// std::fs::write(project.join("pdf/forms.md"), "# Forms\n")?;
    /// let files = store.diff(&Diff { patch: true, ..Diff::default() })?;
    /// assert_eq!((files[0].change, files[0].origin), (FileChange::Added, Some(FileOrigin::Local)));
    /// assert!(files[0].patch.ends_with(b"+# Forms\n"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`QueryError::NotDeployed`], [`QueryError::NoBaseline`], [`QueryError::UnknownVersion`];
    /// [`GitError::Bare`](crate::GitError::Bare) where a work tree is needed; [`QueryError::Snapshot`] for a file in it that
    /// cannot be read, or that git could not store.
    pub fn diff(&self, request: &Diff) -> Result<Vec<FileDiff>, QueryError> {
        self.query(|query| query.diff(request, &self.cache))
    }

    /// As [`diff`](Self::diff), between the two versions of each of many pairs, the older first; in their order. A pair that
    /// cannot be compared has its error in its place.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, skill, caller) = project_with_skill()?;
    /// use git_lineage::{Deploy, LineageStore, Record};
    ///
    /// let store = LineageStore::open(&project)?;
    /// store.deploy(&Deploy::new(skill.to_str().unwrap()), &caller)?;
    /// std::fs::write(project.join("pdf/forms.md"), "# Forms\n")?;
    /// store.record_local_modification(&Record::default(), &caller)?;
    /// let head = store.resolve("artifact/pdf", None)?;
    /// let steps = store.lineage(&head)?;
    /// let pairs: Vec<_> = steps.windows(2).map(|step| (step[0].version_id, step[1].version_id)).collect();
    /// for files in store.diff_pairs(&pairs, false)? {
    ///     assert_eq!(files?[0].path, b"forms.md");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those that concern no single pair; of each as [`diff`](Self::diff).
    pub fn diff_pairs(
        &self,
        pairs: &[(VersionId, VersionId)],
        patch: bool,
    ) -> Result<Vec<Result<Vec<FileDiff>, QueryError>>, QueryError> {
        self.query(|query| query.diff_pairs(pairs, patch))
    }

    /// Versions newest first, children before their parents.
    ///
    /// # Errors
    /// [`QueryError::UnknownVersion`].
    pub fn timeline(&self, timeline: &Timeline) -> Result<Vec<ArtifactVersion>, QueryError> {
        collected(|visit| self.visit_timeline(timeline, visit))
    }

    /// As [`timeline`](Self::timeline), but hands out one version after the other until `visit` breaks off: memory does not
    /// grow with what a version contains, and an answer that breaks off early is there early. All are of one moment.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, skill, caller) = project_with_skill()?;
    /// use std::ops::ControlFlow;
    ///
    /// use git_lineage::{ChangeOrigin, Deploy, LineageStore, Timeline, TimelineStart};
    ///
    /// let store = LineageStore::open(&project)?;
    /// let deployed = store.deploy(&Deploy::new(skill.to_str().unwrap()), &caller)?.version;
    /// let mut newest_deployment = None;
    /// store.visit_timeline(&Timeline::new(TimelineStart::Everything), |version| {
    ///     if version.change_origin == Some(ChangeOrigin::Deployment) {
    ///         newest_deployment = Some(version);
    ///         return ControlFlow::Break(());
    ///     }
    ///     ControlFlow::Continue(())
    /// })?;
    /// assert_eq!(newest_deployment, Some(deployed));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`timeline`](Self::timeline).
    pub fn visit_timeline(
        &self,
        timeline: &Timeline,
        visit: impl FnMut(ArtifactVersion) -> ControlFlow<()>,
    ) -> Result<(), QueryError> {
        self.visiting(visit, |query, visit| query.timeline(timeline, visit))
    }

    /// What a version contains, or every version of an artifact, ready to be drawn: in an order that keeps what belongs
    /// together together, with the heads among them. `line`, or the one checked out, is where the head and the baseline are
    /// looked up.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, skill, caller) = project_with_skill()?;
    /// use git_lineage::{Deploy, GraphStart, LineageStore, Record};
    ///
    /// let store = LineageStore::open(&project)?;
    /// let deployed = store.deploy(&Deploy::new(skill.to_str().unwrap()), &caller)?.version.version_id;
    /// std::fs::write(project.join("pdf/SKILL.md"), "# PDF\n\nOur own words.\n")?;
    /// store.record_local_modification(&Record::default(), &caller)?;
    /// let graph = store.graph(&GraphStart::Version(store.resolve("artifact/pdf", None)?), None)?;
    /// assert_eq!(graph.baseline, Some(deployed));
    /// let upstream: Vec<bool> = graph.versions.iter().map(|drawn| drawn.is_upstream).collect();
    /// assert_eq!(upstream, [false, true]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`QueryError::UnknownVersion`], [`QueryError::UnknownLine`].
    pub fn graph(&self, start: &GraphStart, line: Option<&Line>) -> Result<VersionGraph, QueryError> {
        self.query(|query| query.graph(start, line))
    }

    /// The version and its ancestors along first parents, oldest first. An orphan ends it: the first version then names a
    /// `parent_hash` and is marked `orphan`.
    ///
    /// # Errors
    /// [`QueryError::UnknownVersion`].
    pub fn lineage(&self, id: &VersionId) -> Result<Vec<ArtifactVersion>, QueryError> {
        collected(|visit| self.visit_lineage(id, visit))
    }

    /// As [`lineage`](Self::lineage), but hands out one version after the other until `visit` breaks off: a long lineage is
    /// held as row numbers, 8 bytes and its id for each version.
    ///
    /// # Errors
    /// As [`lineage`](Self::lineage).
    pub fn visit_lineage(
        &self,
        id: &VersionId,
        visit: impl FnMut(ArtifactVersion) -> ControlFlow<()>,
    ) -> Result<(), QueryError> {
        self.visiting(visit, |query, visit| query.lineage(id, visit))
    }

    /// The version and its ancestors along all parents, oldest first.
    ///
    /// # Errors
    /// As [`lineage`](Self::lineage).
    pub fn ancestors(&self, id: &VersionId) -> Result<Vec<ArtifactVersion>, QueryError> {
        self.query(|query| query.ancestors(id))
    }

    /// The versions one of whose parents has this content; newest first.
    ///
    /// # Errors
    /// Only those of reading.
    pub fn children_of(&self, content: &ContentHash) -> Result<Vec<ArtifactVersion>, QueryError> {
        self.look_up(|query| query.children_of(content))
    }

    /// The versions, of any artifact, with exactly this content; newest first.
    ///
    /// # Errors
    /// Only those of reading.
    pub fn find_by_content(&self, content: &ContentHash) -> Result<Vec<ArtifactVersion>, QueryError> {
        self.look_up(|query| query.find_by_content(content))
    }

    /// For each version the lines that hold it, of this repository and of remotes as last fetched: first those of which it is
    /// the head ("who runs it"), then those that went on from there, with what they made of it ("who changed it since"). A
    /// version that only a kept head contains has none.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, skill, caller) = project_with_skill()?;
    /// use git_lineage::{Deploy, LineageStore, Record};
    ///
    /// let store = LineageStore::open(&project)?;
    /// let deployed = store.deploy(&Deploy::new(skill.to_str().unwrap()), &caller)?.version;
    /// std::fs::write(project.join("pdf/SKILL.md"), "# PDF\n\nOur own words.\n")?;
    /// store.record_local_modification(&Record::default(), &caller)?;
    /// let holders = store.holders(&[deployed])?;
    /// let main = &holders[0][0];
    /// assert_eq!((main.remote.as_deref(), main.line.as_str()), (None, "main"));
    /// assert!(!main.is_head());
    /// assert_eq!((main.since.versions, main.since.changed_by[0].name.as_str()), (1, "Ada"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Only those of reading.
    pub fn holders(&self, versions: &[ArtifactVersion]) -> Result<Vec<Vec<Holder>>, QueryError> {
        self.query(|query| query.holders(versions))
    }

    /// The content hashes that a file or directory has or would have as an artifact here, likeliest first, and the
    /// versions with one of them, newest first.
    ///
    /// # Errors
    /// [`QueryError::Content`] if it cannot be read.
    pub fn find_by_path(&self, path: &Path) -> Result<(Vec<ContentHash>, Vec<ArtifactVersion>), QueryError> {
        self.query(|query| query.find_by_path(path))
    }

    /// Where in the history of a git upstream a file or directory is just as it lies there, by path; where nowhere, the
    /// state that it differs least from, if anything there looks like it. `from` limits the search to a path inside, and to
    /// what that was before it was moved; `ref_name` is the branch, tag or commit, by default the branch its HEAD names.
    /// Asks the upstream, and fetches its history, without the contents of files that are not compared.
    ///
    /// # Errors
    /// [`QueryError::NoHistory`], [`QueryError::Upstream`], [`QueryError::Content`] if the path cannot be read.
    pub fn find_upstream(
        &self,
        path: &Path,
        source: &str,
        from: Option<&str>,
        ref_name: Option<&str>,
    ) -> Result<Vec<UpstreamMatch>, QueryError> {
        self.query(|query| query.find_upstream(path, source, from, ref_name, &self.cache))
    }

    /// The best common ancestors of two versions, as `git merge-base --all` finds and orders them.
    ///
    /// # Errors
    /// [`QueryError::Git`] if the ancestry cannot be read.
    pub fn common_ancestors(&self, a: &VersionId, b: &VersionId) -> Result<Vec<ArtifactVersion>, QueryError> {
        self.query(|query| query.common_ancestors(a, b))
    }

    /// The chain from `a` to `b`, both included; through their common ancestor where neither contains the other. Empty
    /// where they share no history.
    ///
    /// # Errors
    /// As [`common_ancestors`](Self::common_ancestors).
    pub fn path_between(&self, a: &VersionId, b: &VersionId) -> Result<Vec<ArtifactVersion>, QueryError> {
        self.query(|query| query.path_between(a, b))
    }

    /// Where each line of a file comes from: the version in which it first appeared, as `git blame` finds it on the commits
    /// of the lineage. `file` is relative to the artifact; `None` means the only file of the version.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, skill, caller) = project_with_skill()?;
    /// use git_lineage::{ChangeOrigin, Deploy, LineageStore};
    ///
    /// let store = LineageStore::open(&project)?;
    /// let deployed = store.deploy(&Deploy::new(skill.to_str().unwrap()), &caller)?;
    /// let blame = store.blame(&deployed.version.version_id, Some(b"SKILL.md"))?;
    /// assert_eq!(blame.lines[0].text, b"# PDF");
    /// assert_eq!(blame.lines[0].change_origin, Some(ChangeOrigin::Deployment));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`QueryError::UnknownVersion`], [`QueryError::NoSuchFile`] with paths that look alike, [`QueryError::WhichFile`],
    /// [`QueryError::BinaryFile`]; [`QueryError::Git`] if an object on the way is not here or git is not installed.
    pub fn blame(&self, id: &VersionId, file: Option<&[u8]>) -> Result<Blame, QueryError> {
        self.query(|query| query.blame(id, file))
    }

    /// Counts the lines of what is deployed by where they come from, and holds them against limits.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, skill, caller) = project_with_skill()?;
    /// use git_lineage::{Deploy, Gate, GateLimits, LineageStore, Record};
    ///
    /// let store = LineageStore::open(&project)?;
    /// store.deploy(&Deploy::new(skill.to_str().unwrap()), &caller)?;
    /// std::fs::write(project.join("pdf/forms.md"), "# Forms\n\nOurs.\n")?;
    /// store.record_local_modification(&Record::default(), &caller)?;
    /// let limits = GateLimits { local: Some("2".parse()?), unknown: Some("0".parse()?) };
    /// let report = store.gate(&Gate { limits, ..Gate::default() })?;
    /// assert_eq!((report.lines.local, report.lines.unknown), (3, 0));
    /// assert!(report.exceeds_local() && !report.exceeds_unknown());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`QueryError::NotDeployed`], [`QueryError::MissingVersions`]; [`QueryError::Git`] for a setting that is no limit, or if
    /// an object is not here.
    pub fn gate(&self, gate: &Gate) -> Result<GateReport, QueryError> {
        self.query(|query| query.gate(gate))
    }

    /// Checks refs, commits, trailers, parent hashes, content, manifest and sidecar against one another and lists all
    /// damage. With `ids`, only what belongs to those artifacts. Nothing is changed, the sidecar neither: it is looked at as
    /// it is.
    ///
    /// # Errors
    /// [`QueryError::UnknownVersion`] for an id that nothing here knows; else only what keeps it from looking at all, for
    /// damage is an answer, not an error.
    pub fn verify(&self, ids: &[ArtifactId]) -> Result<Verification, QueryError> {
        verify::verify(&self.repo, ids, false)
    }

    /// As [`verify`](Self::verify), and has git check the signatures of all versions looked at, as `git verify-commit` does.
    /// A signature that is there must be good; with `lineage.requireSignatures` every version that was not taken from a
    /// commit of the project must have one.
    ///
    /// # Errors
    /// As [`verify`](Self::verify); [`QueryError::Git`] if git cannot be asked.
    pub fn verify_with_signatures(&self, ids: &[ArtifactId]) -> Result<Verification, QueryError> {
        verify::verify(&self.repo, ids, true)
    }

    /// What is wrong with the signatures of versions, in their order; empty where all are good. With `required`, one that
    /// has none is found, too, unless it was taken from a commit of the project: nobody signs those.
    ///
    /// For whoever is to let versions in or keep them out: they need not hang on any ref.
    ///
    /// # Errors
    /// [`QueryError::Git`] for a version that is not here, or if git cannot be asked.
    pub fn check_signatures(
        &self,
        versions: &[VersionId],
        required: bool,
    ) -> Result<Vec<SignatureFinding>, QueryError> {
        Ok(verify::signatures::check(
            &self.repo,
            versions.iter().copied(),
            required,
        )?)
    }

    /// How the sidecar stands; changes nothing.
    ///
    /// # Errors
    /// Only those of reading.
    pub fn sidecar_status(&self) -> Result<SidecarStatus, QueryError> {
        Ok(index::status(&self.repo)?)
    }

    /// Builds the sidecar anew from refs and commits.
    ///
    /// # Errors
    /// [`QueryError::Index`] for a damaged version, a file that cannot be written, or one that is switched off.
    pub fn rebuild_sidecar(&self) -> Result<SidecarStatus, QueryError> {
        self.index.take();
        Index::rebuild_file(&self.repo, &mut self.notices.borrow_mut())?;
        self.sidecar_status()
    }

    /// Migrates the sidecar to a schema, up or down, keeping every row. An older schema is migrated up again by the next
    /// command.
    ///
    /// # Errors
    /// [`QueryError::Index`] if there is no such schema, or the file is switched off.
    pub fn migrate_sidecar(&self, to: u32) -> Result<SidecarStatus, QueryError> {
        self.index.take();
        Ok(index::migrate(&self.repo, to, &mut self.notices.borrow_mut())?)
    }

    /// Where the sidecar is, or would be.
    pub fn sidecar_path(&self) -> PathBuf {
        self.repo.sidecar_path()
    }
}

/// An answer that comes piece by piece, as a whole.
fn collected<T>(
    ask: impl FnOnce(&mut dyn FnMut(T) -> ControlFlow<()>) -> Result<(), QueryError>,
) -> Result<Vec<T>, QueryError> {
    let mut pieces = Vec::new();
    ask(&mut |piece| {
        pieces.push(piece);
        ControlFlow::Continue(())
    })?;
    Ok(pieces)
}
