//! [`ManifestChange`]: what an operation does to the manifest, and how that is taken back.

use std::collections::BTreeSet;

use crate::{
    id::ArtifactId,
    manifest::{Manifest, ManifestEntry, ManifestError},
};

/// What an operation does to the manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ManifestChange {
    /// What it said of the artifact before; `None` where it was not deployed.
    pub(crate) before: Option<ManifestEntry>,
    /// What it is to say; `None` where it is deployed no longer.
    pub(crate) after: Option<ManifestEntry>,
    /// The whole file before; `None` where there was none.
    pub(crate) file_before: Option<Vec<u8>>,
    /// The whole file as the command writes it, with what it does to other artifacts.
    pub(crate) file_after: Vec<u8>,
}

impl ManifestChange {
    /// All that the command does to the manifest, by artifact.
    pub(super) fn of_each_artifact(&self) -> Result<Vec<(ArtifactId, ManifestChange)>, ManifestError> {
        let before = Manifest::parse(self.file_before.as_deref().unwrap_or_default())?;
        let after = Manifest::parse(&self.file_after)?;
        let ids: BTreeSet<&ArtifactId> = before.entries().chain(after.entries()).map(|entry| &entry.id).collect();
        let differing = ids.into_iter().filter(|id| before.get(id) != after.get(id));
        let changes = differing.map(|id| {
            let change = ManifestChange {
                before: before.get(id).cloned(),
                after: after.get(id).cloned(),
                ..self.clone()
            };
            (id.clone(), change)
        });
        Ok(changes.collect())
    }
}

/// The manifest with some artifacts' changes taken back; `None` where there is to be no file.
///
/// Byte for byte what it was, as far as nobody has edited it since; what was edited stays, only the keys go back.
///
/// # Errors
/// [`ManifestError`] if the file cannot be read as it is now.
pub(crate) fn taken_back(
    current: &[u8],
    changes: &[(ArtifactId, ManifestChange)],
) -> Result<Option<Vec<u8>>, ManifestError> {
    if let Some((_, first)) = changes.first()
        && current == first.file_after
        && covers_all(first, changes)?
    {
        return Ok(first.file_before.clone());
    }
    let mut manifest = Manifest::parse(current)?;
    for (id, change) in changes {
        take_back_one(&mut manifest, id, change)?;
    }
    let empty = manifest.to_bytes().is_empty();
    let had_none = changes.iter().any(|(_, change)| change.file_before.is_none());
    Ok((!(empty && had_none)).then(|| manifest.to_bytes()))
}

/// Whether the command changed nothing in the manifest but what is taken back.
fn covers_all(change: &ManifestChange, changes: &[(ArtifactId, ManifestChange)]) -> Result<bool, ManifestError> {
    let mut differing = change.of_each_artifact()?.into_iter();
    Ok(differing.all(|(id, _)| changes.iter().any(|(taken_back, _)| *taken_back == id)))
}

fn take_back_one(manifest: &mut Manifest, id: &ArtifactId, change: &ManifestChange) -> Result<(), ManifestError> {
    let Some(before) = &change.before else {
        manifest.remove(id);
        return Ok(());
    };
    let old = Manifest::parse(change.file_before.as_deref().unwrap_or_default())?;
    let old_text = old.section_text(id).map(<[u8]>::to_vec);
    // What the section looks like if nobody but the command has touched it.
    let untouched = match (&old_text, &change.after) {
        (Some(text), Some(after)) => {
            let mut alone = Manifest::parse(text)?;
            alone.set(after.clone())?;
            manifest.section_text(id) == alone.section_text(id)
        }
        _ => false,
    };
    manifest.set(before.clone())?;
    if let Some(text) = old_text.filter(|_| untouched) {
        manifest.set_section_text(id, &text);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "# ours\n[artifact \"skill/a\"]\n\tpath = a\n  baseline = \"7bd8fc459f09f0e14dcc2adbb4a5a58e60ea755c\" ; why\n[artifact \"skill/b\"]\n\tpath = b\n\tbaseline=7bd8fc459f09f0e14dcc2adbb4a5a58e60ea755c\n";

    /// What a command makes of [`BEFORE`] that syncs the artifacts named.
    fn synced(ids: &[&str]) -> Vec<(ArtifactId, ManifestChange)> {
        let before = Manifest::parse(BEFORE.as_bytes()).expect("valid");
        let mut after = before.clone();
        let mut changes = Vec::new();
        for id in ids {
            let id: ArtifactId = id.parse().expect("valid");
            let old = before.get(&id).expect("there").clone();
            let new = ManifestEntry {
                baseline: Some("98a510d1cfef9f82c3b1eec200229ca68725e613".parse().expect("valid")),
                upstream_ref: Some("main".to_owned()),
                ..old.clone()
            };
            after.set(new.clone()).expect("fits");
            let change = ManifestChange {
                before: Some(old),
                after: Some(new),
                file_before: Some(BEFORE.into()),
                file_after: Vec::new(),
            };
            changes.push((id, change));
        }
        for (_, change) in &mut changes {
            change.file_after = after.to_bytes();
        }
        changes
    }

    fn text(bytes: Option<Vec<u8>>) -> String {
        String::from_utf8(bytes.expect("a file")).expect("UTF-8")
    }

    #[test]
    fn all_taken_back_is_the_old_file() {
        let changes = synced(&["skill/a", "skill/b"]);
        let current = changes[0].1.file_after.clone();
        assert_ne!(current, BEFORE.as_bytes());
        assert_eq!(text(taken_back(&current, &changes).expect("readable")), BEFORE);
    }

    #[test]
    fn one_of_two_goes_back_to_the_byte() {
        let changes = synced(&["skill/a", "skill/b"]);
        let only_b = synced(&["skill/b"]).remove(0).1.file_after;
        let result = taken_back(&changes[0].1.file_after, &changes[..1]).expect("readable");
        assert_eq!(text(result), String::from_utf8_lossy(&only_b));
    }

    #[test]
    fn what_was_edited_meanwhile_stays() {
        let changes = synced(&["skill/a"]);
        let edited = [b"# mine\n".as_slice(), &changes[0].1.file_after].concat();
        let result = taken_back(&edited, &changes).expect("readable");
        assert_eq!(text(result), format!("# mine\n{BEFORE}"));
    }

    #[test]
    fn a_file_that_the_command_made_goes() {
        let entry = ManifestEntry::new("skill/a".parse().expect("valid"), "a".parse().expect("valid"));
        let mut manifest = Manifest::default();
        manifest.set(entry.clone()).expect("fits");
        let change = ManifestChange {
            before: None,
            after: Some(entry.clone()),
            file_before: None,
            file_after: manifest.to_bytes(),
        };
        let file = manifest.to_bytes();
        assert_eq!(taken_back(&file, &[(entry.id, change)]).expect("readable"), None);
    }
}
