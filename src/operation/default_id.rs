//! Which id an artifact gets when the caller names none, and what is proposed when that one is taken.
//!
//! Both depend on the path alone, so that every clone and every run gives the same answer. Whether an id is taken is
//! the manifest's knowledge, not asked here.

use unicode_normalization::UnicodeNormalization;

use crate::{
    id::{ArtifactId, IdError, Kind},
    project_path::ProjectPath,
};

/// Folders whose entries are artifacts, and the kind of these.
const KIND_FOLDERS: [(&str, &str); 11] = [
    ("agents", "agent"),
    ("commands", "command"),
    ("hooks", "hook"),
    ("plugins", "plugin"),
    ("prompts", "prompt"),
    ("rules", "rule"),
    ("scripts", "script"),
    ("skills", "skill"),
    ("templates", "template"),
    ("tools", "tool"),
    ("workflows", "workflow"),
];

/// The kind of what lies in no such folder.
const OTHER_KIND: &str = "artifact";

/// `<kind>/<name>`: the kind is the given one, else that of the folder the artifact lies in, else `artifact`; the name
/// is the last component of the path without a final `.md`, in Unicode normal form C.
///
/// # Errors
/// [`IdError::InvalidName`] where that name cannot be one, e.g. because it starts with a space.
pub(crate) fn default_id(path: &ProjectPath, kind: Option<&Kind>) -> Result<ArtifactId, IdError> {
    ArtifactId::new(&kind_for(path, kind)?, &own_name(path))
}

/// `<kind>/<folder above>/<name>` for a path whose default id is taken: the folder above the kind folder, or where the
/// artifact lies in no kind folder, the one it lies in. `None` where there is no such folder.
pub(crate) fn proposal_when_taken(path: &ProjectPath, kind: Option<&Kind>) -> Option<ArtifactId> {
    let parent = path.parent()?;
    let above = match kind_of_folder(parent.file_name()) {
        Some(_) => parent.parent()?,
        None => parent,
    };
    let folder: String = above.file_name().nfc().collect();
    let name = format!("{folder}/{}", own_name(path));
    ArtifactId::new(&kind_for(path, kind).ok()?, &name).ok()
}

fn kind_for(path: &ProjectPath, given: Option<&Kind>) -> Result<Kind, IdError> {
    if let Some(kind) = given {
        return Ok(kind.clone());
    }
    let of_folder = path.parent().and_then(|parent| kind_of_folder(parent.file_name()));
    of_folder.unwrap_or(OTHER_KIND).parse()
}

fn kind_of_folder(folder: &str) -> Option<&'static str> {
    let known = KIND_FOLDERS.iter().find(|(name, _)| *name == folder);
    known.map(|(_, kind)| *kind)
}

fn own_name(path: &ProjectPath) -> String {
    let last = path.file_name();
    let stem = last.strip_suffix(".md").filter(|stem| !stem.is_empty());
    stem.unwrap_or(last).nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> ProjectPath {
        text.parse().expect(text)
    }

    #[test]
    fn folder_and_last_component_make_the_id() {
        for (text, id) in [
            (".claude/skills/pdf", "skill/pdf"),
            (".claude/skills/Design Principles", "skill/Design Principles"),
            ("agents/reviewer.md", "agent/reviewer"),
            ("commands/deploy.sh", "command/deploy.sh"),
            ("plugins/backend", "plugin/backend"),
            ("a/b/notes.md", "artifact/notes"),
            ("skills", "artifact/skills"),
            ("Skills/pdf", "artifact/pdf"),
            ("x/.md", "artifact/.md"),
            ("rules/u\u{308}.md", "rule/ü"),
        ] {
            assert_eq!(default_id(&path(text), None).expect(text).as_str(), id);
        }
        for (folder, kind) in KIND_FOLDERS {
            let id = default_id(&path(&format!("{folder}/x")), None).expect("valid");
            assert_eq!(id.kind(), kind);
        }
    }

    #[test]
    fn a_given_kind_wins() {
        let kind: Kind = "tool".parse().expect("valid");
        let id = default_id(&path("skills/pdf"), Some(&kind)).expect("valid");
        assert_eq!(id.as_str(), "tool/pdf");
    }

    #[test]
    fn a_name_that_cannot_be_one_is_refused() {
        assert!(default_id(&path("skills/ pdf"), None).is_err());
        assert!(default_id(&path("skills/pdf .md"), None).is_err());
    }

    #[test]
    fn the_folder_above_tells_twins_apart() {
        let proposal = |text: &str| proposal_when_taken(&path(text), None).map(|id| id.to_string());
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            proposal("plugins/backend/agents/reviewer.md"),
            some("agent/backend/reviewer")
        );
        assert_eq!(proposal(".claude/skills/pdf"), some("skill/.claude/pdf"));
        assert_eq!(proposal("vendor/notes.md"), some("artifact/vendor/notes"));
        assert_eq!(proposal("skills/pdf"), None);
        assert_eq!(proposal("pdf"), None);
        assert_eq!(proposal(" odd/skills/pdf"), None, "no id can hold that folder");
        let kind: Kind = "tool".parse().expect("valid");
        let given = proposal_when_taken(&path("a/skills/pdf"), Some(&kind));
        assert_eq!(given.map(|id| id.to_string()), some("tool/a/pdf"));
    }
}
