//! [`Stages`]: a manifest that git could not merge, merged key by key.
//!
//! Git merges lines, and equal keys of two artifacts, or two keys of one, may lie too close together for it. What the keys
//! say can be merged where only one side changed them, or both alike. Which of two baselines counts is asked of the caller, who
//! knows the versions; everything that both sides have changed otherwise is an error that names it.
//!
//! Guarantees: the text is the file as git left it, with our side of every conflict, so that hand edits survive; only the keys
//! that were decided otherwise are written anew.

use std::borrow::Cow;

use super::{Manifest, ManifestEntry, ManifestError, entry::Key};
use crate::id::{CommitId, ContentHash};

/// The three manifests that git's index holds of an unmerged one; empty where a side has none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stages {
    pub(crate) base: Manifest,
    pub(crate) ours: Manifest,
    pub(crate) theirs: Manifest,
}

/// Which of two baselines counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Baseline {
    /// The one of our side.
    Ours,
    /// The one of their side.
    Theirs,
    /// An older one, which both sides come from.
    Older(Older),
}

/// A baseline, and where upstream that content came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Older {
    pub(crate) baseline: ContentHash,
    pub(crate) upstream_path: Option<String>,
    pub(crate) upstream_ref: Option<String>,
    pub(crate) upstream_commit: Option<CommitId>,
}

impl Stages {
    /// The manifest that comes of them. `file` is the one in the work tree, with git's markers; `choose` decides between the
    /// baselines of our entry and their entry.
    ///
    /// # Errors
    /// [`ManifestError::Undecided`], [`ManifestError::RemovedAndChanged`], what `choose` fails with.
    pub(crate) fn merge<E: From<ManifestError>>(
        &self,
        file: &[u8],
        mut choose: impl FnMut(&ManifestEntry, &ManifestEntry) -> Result<Option<Baseline>, E>,
    ) -> Result<Manifest, E> {
        let mut merged = self.text(file);
        let sides = [&self.ours, &self.theirs];
        let known = merged.entries().map(|entry| &entry.id);
        let mut ids: Vec<_> = known
            .chain(sides.iter().flat_map(|side| side.entries().map(|entry| &entry.id)))
            .cloned()
            .collect();
        ids.sort();
        ids.dedup();
        for id in ids {
            let [base, ours, theirs] = [&self.base, &self.ours, &self.theirs].map(|stage| stage.get(&id));
            let entry = match (ours, theirs) {
                _ if ours == theirs || base == theirs => ours.cloned(),
                _ if base == ours => theirs.cloned(),
                (Some(ours), Some(theirs)) => Some(merge_entry(base, ours, theirs, &mut choose)?),
                _ => return Err(ManifestError::RemovedAndChanged { id }.into()),
            };
            let Some(entry) = entry else {
                merged.remove(&id);
                continue;
            };
            let is_new = merged.get(&id).is_none();
            let as_theirs = self.theirs.get(&id) == Some(&entry);
            merged.set(entry)?;
            if is_new
                && as_theirs
                && let Some(text) = self.theirs.section_text(&id)
                && text.ends_with(b"\n")
            {
                merged.set_section_text(&id, text);
            }
        }
        Ok(merged)
    }

    /// What is edited: the file, as far as it can be read.
    fn text(&self, file: &[u8]) -> Manifest {
        let own = our_side(file).and_then(|text| Manifest::parse(&text).ok());
        own.unwrap_or_else(|| self.ours.clone())
    }
}

/// An entry that both sides have changed.
fn merge_entry<E: From<ManifestError>>(
    base: Option<&ManifestEntry>,
    ours: &ManifestEntry,
    theirs: &ManifestEntry,
    choose: &mut impl FnMut(&ManifestEntry, &ManifestEntry) -> Result<Option<Baseline>, E>,
) -> Result<ManifestEntry, E> {
    let undecided = |key: Key| {
        let said = |side: &ManifestEntry| side.value(key).map(Cow::into_owned);
        E::from(ManifestError::Undecided {
            id: ours.id.clone(),
            key: key.as_str(),
            ours: said(ours),
            theirs: said(theirs),
        })
    };
    let changed = |key: Key| base.map(|base| base.value(key)) != Some(ours.value(key));
    let changed_by_them = |key: Key| base.map(|base| base.value(key)) != Some(theirs.value(key));
    let same = |key: Key| ours.value(key) == theirs.value(key);
    let chosen = match (changed(Key::Baseline), changed_by_them(Key::Baseline)) {
        // Equal contents may come from two commits, and either is right.
        _ if same(Key::Baseline) => match changed(Key::UpstreamCommit) {
            true => Baseline::Ours,
            false => Baseline::Theirs,
        },
        (_, false) => Baseline::Ours,
        (false, true) => Baseline::Theirs,
        (true, true) => choose(ours, theirs)?.ok_or_else(|| undecided(Key::Baseline))?,
    };
    let mut merged = match chosen {
        Baseline::Theirs => theirs.clone(),
        Baseline::Ours | Baseline::Older(_) => ours.clone(),
    };
    // What the baseline has brought along is as in the chosen entry; all else is as whoever changed it says.
    for key in [Key::Path, Key::Upstream, Key::UpstreamPath, Key::UpstreamRef] {
        let side = match (changed(key), changed_by_them(key)) {
            _ if same(key) => continue,
            (_, false) => ours,
            (false, true) => theirs,
            (true, true) if matches!(key, Key::UpstreamPath | Key::UpstreamRef) => continue,
            (true, true) => return Err(undecided(key)),
        };
        merged.take(key, side);
    }
    if let Baseline::Older(older) = chosen {
        merged.baseline = Some(older.baseline);
        merged.upstream_commit = older.upstream_commit;
        for (key, value) in [
            (Key::UpstreamPath, older.upstream_path),
            (Key::UpstreamRef, older.upstream_ref),
        ] {
            let both = !same(key) && changed(key) && changed_by_them(key);
            match key {
                _ if !both => {}
                Key::UpstreamPath => merged.upstream_path = value,
                _ => merged.upstream_ref = value,
            }
        }
    }
    Ok(merged)
}

/// A file with our side of every conflict; `None` where the markers are not as git writes them.
fn our_side(file: &[u8]) -> Option<Vec<u8>> {
    enum In {
        Neither,
        Ours,
        Dropped,
    }
    let mut text = Vec::with_capacity(file.len());
    let mut at = In::Neither;
    let mut size = 0;
    for line in file.split_inclusive(|byte| *byte == b'\n') {
        let first = line.first().copied().unwrap_or_default();
        let length = line.iter().take_while(|byte| **byte == first).count();
        let is_marker = length >= 7 && (size == 0 || length == size);
        at = match (at, first) {
            (In::Neither, b'<') if is_marker => {
                size = length;
                In::Ours
            }
            (In::Ours, b'|' | b'=') if is_marker => In::Dropped,
            (In::Dropped, b'>') if is_marker => {
                size = 0;
                In::Neither
            }
            (at, _) => {
                if !matches!(at, In::Dropped) {
                    text.extend_from_slice(line);
                }
                at
            }
        };
    }
    matches!(at, In::Neither).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(name: &str, baseline: char, more: &str) -> String {
        let hash = baseline.to_string().repeat(40);
        format!("[artifact \"skill/{name}\"]\n\tpath = {name}\n\tupstream = ../up\n{more}\tbaseline = {hash}\n")
    }

    /// Merges three manifests with git's own text merge for the file; baselines that both sides changed are chosen so.
    fn merge(stages: [&str; 3], file: &str, chosen: Option<&Baseline>) -> Result<String, ManifestError> {
        let [base, ours, theirs] = stages.map(|text| Manifest::parse(text.as_bytes()).expect("valid"));
        let stages = Stages { base, ours, theirs };
        let merged = stages.merge(file.as_bytes(), |_, _| Ok::<_, ManifestError>(chosen.cloned()))?;
        Ok(String::from_utf8(merged.to_bytes()).expect("UTF-8"))
    }

    fn conflict(before: &str, ours: &str, theirs: &str, after: &str) -> String {
        format!("{before}<<<<<<< HEAD\n{ours}||||||| base\nx\n=======\n{theirs}>>>>>>> topic\n{after}")
    }

    #[test]
    fn sections_that_both_sides_add_stand_side_by_side() {
        let [a, b, c] = ["a", "b", "c"].map(|name| section(name, '1', ""));
        let theirs_text = format!("# theirs\n{c}# of c\n");
        let file = conflict(&a, &b, &theirs_text, "");
        let merged = merge([&a, &format!("{a}{b}"), &format!("{a}{theirs_text}")], &file, None);
        assert_eq!(merged.expect("decided"), format!("{a}{b}{c}# of c\n"));
    }

    #[test]
    fn each_key_is_as_who_changed_it_says() {
        let base = section("a", '1', "");
        let ours = base.replace("path = a", "path = mine");
        let theirs = section("a", '2', "\tupstream-ref = next\n");
        let file = format!("# edited by hand\n{}", conflict("", &ours, &theirs, ""));
        let merged = merge([&base, &ours, &theirs], &file, None).expect("decided");
        let expected = section("a", '2', "\tupstream-ref = next\n").replace("path = a", "path = mine");
        assert_eq!(merged, format!("# edited by hand\n{expected}"));
    }

    #[test]
    fn the_chosen_baseline_brings_its_commit_along() {
        let entry = |baseline: char, commit: char| {
            let commit = commit.to_string().repeat(40);
            format!("{}\tupstream-commit = {commit}\n", section("a", baseline, ""))
        };
        let [base, ours, theirs] = [entry('1', 'a'), entry('2', 'b'), entry('3', 'c')];
        let older = Older {
            baseline: "4".repeat(40).parse().expect("valid"),
            upstream_path: None,
            upstream_ref: None,
            upstream_commit: Some("d".repeat(40).parse().expect("valid")),
        };
        let cases = [
            (Baseline::Ours, ours.clone()),
            (Baseline::Theirs, theirs.clone()),
            (Baseline::Older(older), entry('4', 'd')),
        ];
        let file = conflict("", &ours, &theirs, "");
        for (chosen, expected) in cases {
            assert_eq!(
                merge([&base, &ours, &theirs], &file, Some(&chosen)).expect("decided"),
                expected
            );
        }
        assert!(matches!(
            merge([&base, &ours, &theirs], &file, None),
            Err(ManifestError::Undecided { key: "baseline", .. })
        ));
        // Both synced the same content, from two commits.
        let ours = entry('2', 'b');
        let theirs = entry('2', 'c');
        assert_eq!(merge([&base, &ours, &theirs], &file, None).expect("decided"), ours);
    }

    #[test]
    fn what_only_people_can_decide() {
        let base = section("a", '1', "");
        let [ours, theirs] = ["mine", "yours"].map(|path| base.replace("path = a", &format!("path = {path}")));
        let undecided = merge([&base, &ours, &theirs], "", None).expect_err("two paths");
        assert!(
            matches!(undecided, ManifestError::Undecided { key: "path", .. }),
            "{undecided}"
        );
        let removed = merge([&base, "", &section("a", '2', "")], "", None).expect_err("removed and synced");
        assert!(matches!(removed, ManifestError::RemovedAndChanged { .. }), "{removed}");
        assert_eq!(merge([&base, "", &base], "", None).expect("removed"), "");
    }
}
