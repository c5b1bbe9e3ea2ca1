//! What concerns hubs: bare repositories that fetch the lineage of many projects.

use std::path::Path;

use super::LineageStore;
use crate::{
    hub::{
        self, AddProject, Arrived, FetchProjects, FetchedProject, Heads, HubError, HubInitialized, HubProgress,
        HubProject, Remote, Store,
    },
    id::{HashKind, VersionId},
    index::{Index, IndexError},
};

impl LineageStore {
    /// Makes a hub in a directory that is empty or not there yet, or of the bare repository that is there. `format` is its
    /// hash function, by default git's; projects with another one cannot be fetched.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, skill, caller) = project_with_skill()?;
    /// use git_lineage::{AddProject, Deploy, FetchProjects, LineageStore};
    ///
    /// let deployed = LineageStore::open(&project)?.deploy(&Deploy::new(skill.to_str().unwrap()), &caller)?.version;
    /// let hub = project.with_file_name("hub.git");
    /// LineageStore::init_hub(&hub, None)?;
    /// let hub = LineageStore::open(&hub)?;
    /// hub.add_project(&AddProject { url: project.to_str().unwrap().to_owned(), ..AddProject::default() })?;
    /// for fetched in hub.fetch_projects(&FetchProjects::all(caller.committer.time), |_| {})? {
    ///     assert!(fetched.error.is_none());
    /// }
    /// let holders = hub.holders(&hub.find_by_content(&deployed.content_hash)?)?;
    /// assert_eq!(holders[0][0].remote.as_deref(), Some("project"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`HubError::NotBare`], [`HubError::Occupied`], [`HubError::ObjectFormat`]; [`HubError::Git`] if it cannot be written.
    pub fn init_hub(dir: &Path, format: Option<HashKind>) -> Result<HubInitialized, HubError> {
        hub::init(dir, format)
    }

    /// Whether this repository is a hub.
    pub fn is_hub(&self) -> bool {
        hub::is_hub(&self.repo)
    }

    /// Adds a project to the hub, as a remote. Nothing is asked of it yet. Credentials in the URL go where git keeps a
    /// remote's URL, and nowhere else.
    ///
    /// # Errors
    /// [`HubError::NotAHub`], [`HubError::AlreadyAdded`], [`HubError::NameTaken`] with a name that is free,
    /// [`HubError::InvalidName`], [`HubError::NoName`], [`HubError::NothingThere`], [`HubError::NoRepository`],
    /// [`HubError::Upstream`] for a URL that git must not be given, [`HubError::InvalidRefPrefix`].
    pub fn add_project(&self, request: &AddProject) -> Result<HubProject, HubError> {
        hub::add(&self.repo, request)
    }

    /// The projects of the hub, by name. Nothing is asked of them.
    ///
    /// # Errors
    /// [`HubError::NotAHub`]; those of reading.
    pub fn projects(&self) -> Result<Vec<HubProject>, HubError> {
        hub::list(&self.repo)
    }

    /// Takes a project out of the hub, with its heads; the project as it was. What no other head contains is then gone here,
    /// except what was kept because the project left it behind.
    ///
    /// # Errors
    /// [`HubError::NotAHub`], [`HubError::UnknownProject`], [`HubError::Busy`].
    pub fn remove_project(&self, name: &str) -> Result<HubProject, HubError> {
        self.bring_index_up_to_date()?;
        let removed = hub::remove(&self.repo, name)?;
        self.bring_index_up_to_date()?;
        Ok(removed)
    }

    /// Makes the heads of projects here what they are over there. One that fails stops no other: its answer says why. A head
    /// with a version that cannot be read is not let in. What a project no longer has and nothing here contains is kept.
    /// `progress` is called whenever a project is done.
    ///
    /// # Errors
    /// [`HubError::NotAHub`], [`HubError::UnknownProject`]; [`HubError::Index`] where what is here is damaged;
    /// [`HubError::Git`] if git is not installed or nothing can be written.
    pub fn fetch_projects(
        &self,
        request: &FetchProjects,
        mut progress: impl FnMut(HubProgress<'_>),
    ) -> Result<Vec<FetchedProject>, HubError> {
        match hub::fetch(&self.repo, request, self, &mut progress) {
            Err(error) if error.is_corrupt_sidecar() => {
                self.replace_index()?;
                hub::fetch(&self.repo, request, self, &mut progress)
            }
            Err(error) => Err(error),
            Ok(fetched) => {
                self.bring_index_up_to_date()?;
                Ok(fetched)
            }
        }
    }

    /// Now, and not when the next question is asked.
    fn bring_index_up_to_date(&self) -> Result<(), HubError> {
        self.with_index(|_| Ok(()))
    }
}

impl Store for LineageStore {
    fn unknown(&self, versions: &Heads) -> Result<Vec<VersionId>, HubError> {
        self.with_index(|index| {
            let mut unknown = Vec::new();
            for version in versions.values() {
                let is_known = index.reader().order_of(version).map_err(IndexError::from)?.is_some();
                if !is_known && !unknown.contains(version) {
                    unknown.push(*version);
                }
            }
            Ok(unknown)
        })
    }

    fn arrive(&self, remote: &Remote, heads: &Heads) -> Result<Arrived, HubError> {
        let _turn = self.repo.take_turn();
        self.with_index(|index: &Index| hub::arrive(&self.repo, index, remote, heads))
    }
}
