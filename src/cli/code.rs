//! The `code` of an error in JSON: its variant's name in snake case, e.g. `content_in_the_way`.
//!
//! Library errors are enums that may grow, wrapped in one another (`Query(UnknownVersion { … })`), so the name is read from
//! what `derive(Debug)` prints instead of being listed here a second time. Wrappers that say nothing themselves are looked
//! through. A test holds the codes that are published.

use std::fmt::{self, Debug, Write as _};

/// Variants that only pass on what they hold.
const WRAPPERS: [&str; 23] = [
    "Adoption",
    "Checkout",
    "Content",
    "Git",
    "History",
    "Hooks",
    "Hub",
    "Id",
    "Index",
    "Manifest",
    "Merge",
    "Operation",
    "Path",
    "Pending",
    "Query",
    "Receive",
    "Sharing",
    "Signing",
    "Snapshot",
    "Time",
    "Unwritable",
    "Upstream",
    "Walk",
];

/// The code of an error.
pub(super) fn of(error: &dyn Debug) -> String {
    let mut name = VariantName::default();
    // An error is how the reader says that it has seen enough; the rest of a large error is never formatted.
    let _ = write!(name, "{error:?}");
    snake_case(&name.0)
}

/// Takes the first name in what is written to it that is not a wrapper's.
#[derive(Default)]
struct VariantName(String);

impl fmt::Write for VariantName {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            match c {
                '(' if WRAPPERS.contains(&self.0.as_str()) => self.0.clear(),
                c if c.is_ascii_alphanumeric() => self.0.push(c),
                _ => return Err(fmt::Error),
            }
        }
        Ok(())
    }
}

fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use git_lineage::{
        ArtifactId, ContentError, GitError, IdError, Line, OperationError, ProjectPath, QueryError, Timestamp,
        UpstreamError,
    };

    use super::{super::failure::Failure, of};

    fn id() -> ArtifactId {
        "skill/pdf".parse().expect("valid")
    }

    fn path() -> ProjectPath {
        "skills/pdf".parse().expect("valid")
    }

    #[test]
    fn the_published_codes_stay() {
        let query = |error: QueryError| Failure::from(error);
        let operation = |error: OperationError| Failure::from(error);
        let cases = [
            (operation(OperationError::NoLine), "no_line"),
            (
                query(QueryError::UnknownVersion {
                    text: "(x".to_owned(),
                    similar: vec![id()],
                }),
                "unknown_version",
            ),
            (
                operation(OperationError::NotDeployed {
                    id: id(),
                    similar: Vec::new(),
                }),
                "not_deployed",
            ),
            (
                operation(OperationError::AlreadyDeployed { id: id(), path: path() }),
                "already_deployed",
            ),
            (
                operation(OperationError::Query(QueryError::Git(GitError::RefMoved {
                    name: "refs/x".to_owned(),
                }))),
                "ref_moved",
            ),
            (
                operation(OperationError::Id(IdError::InvalidKind { kind: "X".to_owned() })),
                "invalid_kind",
            ),
            (
                Failure::from(
                    Timestamp::parse_relative_to("", Timestamp { seconds: 0, offset: 0 }).expect_err("empty"),
                ),
                "invalid_time",
            ),
            (
                query("a..b".parse::<Line>().expect_err("no line").into()),
                "invalid_line",
            ),
            (
                query(QueryError::Index(git_lineage::IndexError::Sidecar("(x".into()))),
                "sidecar",
            ),
            (
                query(QueryError::WhichFile {
                    version_id: "3".repeat(40).parse().expect("valid"),
                    files: 2,
                }),
                "which_file",
            ),
            (
                operation(OperationError::Upstream(Arc::new(UpstreamError::Content(
                    ContentError::NestedRepository { path: "sub".into() },
                )))),
                "nested_repository",
            ),
            (
                operation(OperationError::Upstream(Arc::new(UpstreamError::EmptyUpstream {
                    url: "x".to_owned(),
                }))),
                "empty_upstream",
            ),
            (Failure::NoIdentity, "no_identity"),
            (std::io::Error::other("x").into(), "output"),
        ];
        for (error, code) in cases {
            assert_eq!(of(&error), code, "{error:?}");
        }
    }
}
