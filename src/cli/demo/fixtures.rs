//! The skill of the tour, embedded: as it is deployed, and as upstream has it later. The files are those of `fixtures/`.

/// A file of an embedded directory.
pub(super) struct File {
    /// Relative to the directory.
    pub(super) path: &'static str,
    pub(super) bytes: &'static [u8],
    pub(super) executable: bool,
}

macro_rules! files {
    ($directory:literal: $($mode:ident $path:literal),+ $(,)?) => {
        [$(File {
            path: $path,
            bytes: include_bytes!(concat!("../../../fixtures/", $directory, "/", $path)),
            executable: files!(@ $mode),
        }),+]
    };
    (@ file) => { false };
    (@ script) => { true };
}

/// What is deployed.
pub(super) const FIRST: [File; 5] = files!["skills/changelog-writer":
    file "SKILL.md",
    file "references/format.md",
    file "references/wording.md",
    script "scripts/collect.sh",
    file "templates/CHANGELOG.md",
];

/// What upstream has later: two files changed, one added.
pub(super) const NEXT: [File; 6] = files!["skills-next/changelog-writer":
    file "SKILL.md",
    file "references/breaking-changes.md",
    file "references/format.md",
    file "references/wording.md",
    script "scripts/collect.sh",
    file "templates/CHANGELOG.md",
];

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeMap,
        os::unix::fs::PermissionsExt as _,
        path::{Path, PathBuf},
    };

    use super::{FIRST, File, NEXT};

    fn on_disk(dir: &Path, found: &mut BTreeMap<PathBuf, bool>) {
        for entry in dir.read_dir().expect("a directory") {
            let entry = entry.expect("readable");
            let meta = entry.metadata().expect("readable");
            if meta.is_dir() {
                on_disk(&entry.path(), found);
            } else {
                found.insert(entry.path(), meta.permissions().mode() & 0o100 != 0);
            }
        }
    }

    #[test]
    fn the_tables_hold_all_files_with_their_modes() {
        let check = |name: &str, files: &[File]| {
            let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
            let mut found = BTreeMap::new();
            on_disk(&dir, &mut found);
            let embedded = files
                .iter()
                .map(|file| (dir.join(file.path), file.executable))
                .collect();
            assert_eq!(found, embedded);
        };
        check("skills/changelog-writer", &FIRST);
        check("skills-next/changelog-writer", &NEXT);
    }
}
