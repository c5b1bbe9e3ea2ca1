//! [`Code`]: the stable names of what `verify` finds. `docs/json.md` says what each of them means; a test holds the two
//! together. What can be wrong with one version by itself is named by [`Damage`](crate::Damage).

macro_rules! codes {
    ($($variant:ident = $name:literal,)+) => {
        /// A kind of damage that shows only when several things are held against one another.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Code {
            $($variant,)+
        }

        impl Code {
            #[cfg(test)]
            const ALL: &[Code] = &[$(Code::$variant,)+];

            pub(super) fn as_str(self) -> &'static str {
                match self {
                    $(Code::$variant => $name,)+
                }
            }
        }
    };
}

codes! {
    // Refs.
    ForeignRef = "foreign_ref",
    UnreadableRef = "unreadable_ref",
    SymbolicRef = "symbolic_ref",
    DanglingRef = "dangling_ref",
    RefOfAnotherArtifact = "ref_of_another_artifact",
    MisnamedKeptRef = "misnamed_kept_ref",
    // Versions beside their parents and their project commits.
    MissingParent = "missing_parent",
    ParentNotAVersion = "parent_not_a_version",
    ParentOfAnotherArtifact = "parent_of_another_artifact",
    DeploymentWithParent = "deployment_with_parent",
    BaselineNotContained = "baseline_not_contained",
    // Content.
    MissingObject = "missing_object",
    CorruptObject = "corrupt_object",
    WrongObjectKind = "wrong_object_kind",
    MalformedTree = "malformed_tree",
    HostileContent = "hostile_content",
    NestedRepository = "nested_repository",
    // Signatures.
    Unsigned = "unsigned",
    BadSignature = "bad_signature",
    UnknownSigner = "unknown_signer",
    UntrustedSigner = "untrusted_signer",
    ExpiredSignature = "expired_signature",
    ExpiredKey = "expired_key",
    RevokedKey = "revoked_key",
    UncheckedSignature = "unchecked_signature",
    // The manifest.
    ManifestUnreadable = "manifest_unreadable",
    ManifestSyntax = "manifest_syntax",
    ManifestConflicted = "manifest_conflicted",
    ManifestDuplicateKey = "manifest_duplicate_key",
    ManifestMissingPath = "manifest_missing_path",
    ManifestInvalidId = "manifest_invalid_id",
    ManifestInvalidValue = "manifest_invalid_value",
    ManifestOverlappingPaths = "manifest_overlapping_paths",
    ManifestCaseTwins = "manifest_case_twins",
    // The sidecar.
    SidecarCorrupt = "sidecar_corrupt",
    SidecarSchema = "sidecar_schema",
    SidecarRowUnreadable = "sidecar_row_unreadable",
    SidecarRowMissing = "sidecar_row_missing",
    SidecarRowExtra = "sidecar_row_extra",
    SidecarRowMismatch = "sidecar_row_mismatch",
    SidecarRowOrder = "sidecar_row_order",
    SidecarCycle = "sidecar_cycle",
    SidecarTipMismatch = "sidecar_tip_mismatch",
    SidecarStateMismatch = "sidecar_state_mismatch",
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Code;
    use crate::version::Damage;

    /// One of each kind; the match makes sure that a new one is not forgotten.
    fn codes_of_damage() -> Vec<&'static str> {
        let (key, value, reason) = ("Artifact-Id", String::new(), String::new());
        let all = [
            Damage::MissingTrailer { key },
            Damage::DuplicateTrailer { key },
            Damage::MalformedTrailer {
                key,
                value: value.clone(),
                reason: reason.clone(),
            },
            Damage::UnknownOrigin { value: value.clone() },
            Damage::ParentHashMismatch {
                claimed: None,
                actual: None,
            },
            Damage::NotACommit { kind: value.clone() },
            Damage::Unreadable { message: value },
            Damage::MalformedCommit { reason },
        ];
        for damage in &all {
            match damage {
                Damage::MissingTrailer { .. }
                | Damage::DuplicateTrailer { .. }
                | Damage::MalformedTrailer { .. }
                | Damage::UnknownOrigin { .. }
                | Damage::ParentHashMismatch { .. }
                | Damage::NotACommit { .. }
                | Damage::Unreadable { .. }
                | Damage::MalformedCommit { .. } => {}
            }
        }
        all.iter().map(Damage::code).collect()
    }

    #[test]
    fn the_documentation_lists_exactly_these() {
        let page = include_str!("../../docs/json.md");
        let (_, verify) = page.split_once("### `verify`").expect("there is a section");
        let (verify, _) = verify.split_once("\n### ").expect("and one behind it");
        let listed = verify.lines().filter_map(|line| line.strip_prefix("| `"));
        let documented: BTreeSet<&str> = listed
            .filter_map(|row| row.split_once('`').map(|(code, _)| code))
            .filter(|name| !["artifact_id", "version_id", "code", "message"].contains(name))
            .collect();
        let known: BTreeSet<&str> = Code::ALL
            .iter()
            .map(|code| code.as_str())
            .chain(codes_of_damage())
            .collect();
        assert_eq!(documented, known);
        assert_eq!(known.len(), Code::ALL.len() + codes_of_damage().len(), "each once");
    }
}
