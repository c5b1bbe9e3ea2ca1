//! [`Report`]: a [`Failure`] as it is shown: code, message, causes, hints, exit code.

use git_lineage::{CheckoutError, HooksError, HubError, IndexError, OperationError, QueryError, Timestamp};

use super::{
    code, escape,
    failure::Failure,
    hints, json,
    style::{Paint, Tone},
};

/// The exit code of wrong usage; the parser of the command line uses the same.
pub(super) const USAGE: u8 = 2;

/// An error ready to be printed. Texts are as they came; printing escapes them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) code: String,
    pub(super) message: String,
    /// Why it happened, outermost first.
    pub(super) causes: Vec<String>,
    /// What the argument may have meant, one line each.
    pub(super) candidates: Vec<String>,
    pub(super) hints: Vec<String>,
    pub(super) exit: u8,
}

impl Report {
    /// `now` is what dates in the report are relative to.
    pub(super) fn new(failure: &Failure, now: Timestamp) -> Self {
        let mut message = failure.to_string();
        let causes = causes(failure, &message);
        if let Some(untouched) = untouched(failure) {
            message.push_str("; ");
            message.push_str(untouched);
        }
        Report {
            // The same word that 'verify' has for it.
            code: match failure.as_index() {
                Some(IndexError::Damaged { damage, .. }) => damage.code().to_owned(),
                _ => code::of(failure),
            },
            message,
            causes,
            candidates: hints::candidates(failure, now),
            hints: hints::of(failure),
            exit: if is_usage(failure) { USAGE } else { 1 },
        }
    }

    /// For people: `error:`, causes, candidates and `hint:` lines.
    pub(super) fn text(&self, paint: Paint) -> String {
        let label = paint.paint(Tone::Label, "hint:");
        let mut text = self.text_without_hints(paint);
        for hint in &self.hints {
            text.push_str(&format!("\n{label} {}", escape::line(hint)));
        }
        text
    }

    /// The first part of that.
    pub(super) fn text_without_hints(&self, paint: Paint) -> String {
        // Only git itself has something to say in several lines; a line end in any other text is somebody's trick.
        let indented = |text: &str| match self.code.as_str() {
            "git_failed" => escape::block(text.trim_end()).replace('\n', "\n    "),
            _ => escape::line(text.trim_end()).into_owned(),
        };
        let mut lines = vec![format!(
            "{} {}",
            paint.paint(Tone::Bad, "error:"),
            indented(&self.message)
        )];
        lines.extend(
            self.causes
                .iter()
                .map(|cause| format!("  caused by: {}", indented(cause))),
        );
        lines.extend(self.candidates.iter().map(|line| format!("  {}", escape::line(line))));
        lines.join("\n")
    }

    /// For programs: one line; the message holds the causes, the hints hold the candidates.
    pub(super) fn json(&self) -> String {
        let error = self.json_object();
        let mut line = Vec::new();
        json::write(&mut line, &json::Failed { error }).expect("a struct of texts is always JSON");
        String::from_utf8(line).expect("JSON is UTF-8")
    }

    /// The object in that line.
    pub(super) fn json_object(&self) -> json::Error<'_> {
        let message = std::iter::once(&self.message).chain(&self.causes);
        let message: Vec<&str> = message.map(String::as_str).collect();
        json::Error {
            code: &self.code,
            message: message.join(": "),
            hints: self.candidates.iter().chain(&self.hints).collect(),
        }
    }
}

/// The chain below an error; a cause that only repeats what was said last is left out.
fn causes(failure: &Failure, message: &str) -> Vec<String> {
    let mut causes: Vec<String> = Vec::new();
    let mut next = std::error::Error::source(failure);
    while let Some(cause) = next {
        let text = cause.to_string();
        if causes.last().map_or(message, String::as_str) != text {
            causes.push(text);
        }
        next = cause.source();
    }
    causes
}

/// What a refusal left alone. Refusals of the library change nothing; failures of git or of the file system may have.
fn untouched(failure: &Failure) -> Option<&'static str> {
    use OperationError as E;
    match failure {
        Failure::Operation(error) => match &**error {
            E::ContentInTheWay { .. } | E::Checkout(CheckoutError::FileInTheWay { .. }) => Some("it was left as it is"),
            E::NoLine
            | E::AlreadyDeployed { .. }
            | E::IdTaken { .. }
            | E::CaseTwin { .. }
            | E::PathOverlap { .. }
            | E::EmptySource { .. }
            | E::NoMatch { .. }
            | E::Upstream(_)
            | E::UpstreamMoved { .. }
            | E::UpstreamDeleted { .. }
            | E::UpstreamRewritten { .. }
            | E::ManifestChanged
            | E::NothingToUndo
            | E::UndoTooLate { .. }
            | E::NoUpstream { .. }
            | E::MissingVersions { .. }
            | E::NoUpstreamCommit { .. }
            | E::OtherBaseline { .. }
            | E::HistoryCutOff { .. }
            | E::MissingContent { .. }
            | E::Unmerged { .. }
            | E::NotOnLine { .. }
            | E::OtherArtifact { .. }
            | E::FutureFormat { .. }
            | E::OtherShape { .. }
            | E::Unfinished { .. }
            | E::Unwritable(_) => Some("nothing was changed"),
            _ => None,
        },
        Failure::Hooks(
            HooksError::SharedDirectory { .. } | HooksError::SwitchedOff { .. } | HooksError::Unwritable { .. },
        )
        | Failure::Hub(
            HubError::NotAHub { .. }
            | HubError::NotBare { .. }
            | HubError::Occupied { .. }
            | HubError::ObjectFormat { .. }
            | HubError::Upstream(_)
            | HubError::InvalidRefPrefix(_)
            | HubError::NothingThere { .. }
            | HubError::NoRepository { .. }
            | HubError::NoName { .. }
            | HubError::InvalidName { .. }
            | HubError::NameTaken { .. }
            | HubError::AlreadyAdded { .. }
            | HubError::UnknownProject { .. },
        ) => Some("nothing was changed"),
        Failure::NoIdentity => Some("nothing was recorded"),
        _ => None,
    }
}

/// True if the command line itself is at fault, whatever the project holds.
fn is_usage(failure: &Failure) -> bool {
    match failure {
        Failure::Time(_) | Failure::NoName { .. } | Failure::UpstreamPairs { .. } | Failure::PictureAsJson => true,
        Failure::Operation(error) if matches!(**error, OperationError::Id(_) | OperationError::OneIdForMany { .. }) => {
            true
        }
        _ => matches!(failure.as_query(), Some(QueryError::Id(_) | QueryError::Time(_))),
    }
}

#[cfg(test)]
mod tests {
    use git_lineage::{ArtifactId, GitError};

    use super::*;

    const NOW: Timestamp = Timestamp { seconds: 0, offset: 0 };

    fn id(text: &str) -> ArtifactId {
        text.parse().expect("valid")
    }

    fn text(failure: &Failure) -> String {
        Report::new(failure, NOW).text(Paint::none())
    }

    #[test]
    fn a_refusal_says_what_it_left_and_what_comes_next() {
        let failure = Failure::from(OperationError::AlreadyDeployed {
            id: id("skill/Design Principles"),
            path: "skills/x".parse().expect("valid"),
        });
        assert_eq!(
            text(&failure),
            "error: 'skill/Design Principles' is already deployed at 'skills/x'; nothing was changed\n\
             hint: git lineage sync 'skill/Design Principles'   brings in what is new upstream"
        );
        assert_eq!(Report::new(&failure, NOW).exit, 1);
    }

    #[test]
    fn causes_are_listed_for_people_and_joined_for_programs() {
        let failure = Failure::from(GitError::Io {
            action: "write",
            path: "a\u{1b}b".into(),
            source: std::io::Error::other("no space"),
        });
        assert_eq!(
            text(&failure),
            "error: could not write 'a\\x1bb'\n  caused by: no space"
        );
        let json: serde_json::Value = serde_json::from_str(&Report::new(&failure, NOW).json()).expect("JSON");
        assert_eq!(json["error"]["code"], "io");
        assert_eq!(json["error"]["message"], "could not write 'a\u{1b}b': no space");
        assert_eq!(json["error"]["hints"], serde_json::Value::Array(Vec::new()));
    }

    #[test]
    fn messages_of_several_lines_stay_one_error() {
        let failure = Failure::from(GitError::GitFailed {
            command: "merge-tree".to_owned(),
            message: "fatal: a\nfatal: b\r\n".to_owned(),
        });
        assert_eq!(text(&failure), "error: 'git merge-tree' failed: fatal: a\n    fatal: b");
    }

    #[test]
    fn malformed_arguments_are_wrong_usage() {
        let bad = QueryError::Id("pdf".parse::<ArtifactId>().expect_err("no kind"));
        assert_eq!(Report::new(&Failure::from(bad), NOW).exit, USAGE);
        let date = Timestamp::parse_relative_to("", NOW).expect_err("no date");
        assert_eq!(Report::new(&Failure::from(date), NOW).exit, USAGE);
        assert_eq!(Report::new(&Failure::from(OperationError::NoLine), NOW).exit, 1);
    }
}
