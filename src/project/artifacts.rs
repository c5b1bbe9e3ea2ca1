//! The artifacts that a manifest names: by id, and by path.

use std::{cell::OnceCell, collections::BTreeMap, ops::Deref, rc::Rc};

use crate::{id::ArtifactId, manifest::ManifestEntry, project_path::ProjectPath};

/// What one manifest names, by id. Shared by all commits that have the manifest.
#[derive(Debug, Clone, Default)]
pub(crate) struct Artifacts(Rc<Named>);

#[derive(Debug, Default)]
struct Named {
    by_id: BTreeMap<ArtifactId, ManifestEntry>,
    by_path: OnceCell<Vec<(ProjectPath, ArtifactId)>>,
}

impl Artifacts {
    /// True if both are those of one manifest that was read once.
    pub(crate) fn is_same(&self, other: &Artifacts) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Where they lie, component by component, so that what is below one folder stands together.
    pub(crate) fn by_path(&self) -> &[(ProjectPath, ArtifactId)] {
        self.0.by_path.get_or_init(|| {
            let entries = self.values().map(|entry| (entry.path.clone(), entry.id.clone()));
            let mut paths: Vec<_> = entries.collect();
            paths.sort_by(|(a, _), (b, _)| a.as_str().split('/').cmp(b.as_str().split('/')));
            paths
        })
    }
}

impl Deref for Artifacts {
    type Target = BTreeMap<ArtifactId, ManifestEntry>;

    fn deref(&self) -> &Self::Target {
        &self.0.by_id
    }
}

impl FromIterator<ManifestEntry> for Artifacts {
    fn from_iter<I: IntoIterator<Item = ManifestEntry>>(entries: I) -> Self {
        let by_id = entries.into_iter().map(|entry| (entry.id.clone(), entry));
        by_id.collect::<BTreeMap<_, _>>().into()
    }
}

impl From<BTreeMap<ArtifactId, ManifestEntry>> for Artifacts {
    fn from(by_id: BTreeMap<ArtifactId, ManifestEntry>) -> Self {
        Artifacts(Rc::new(Named {
            by_id,
            by_path: OnceCell::new(),
        }))
    }
}
