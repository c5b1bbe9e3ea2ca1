//! What `setup` and `man --dir` print.

use std::path::Path;

use serde::Serialize;

use super::super::owned_files::Change;

/// What became of a file outside of any project.
#[derive(Serialize)]
pub(in crate::cli) struct FileChange {
    path: String,
    action: &'static str,
}

impl FileChange {
    pub(in crate::cli) fn new(path: &Path, change: Change) -> Self {
        FileChange {
            path: path.to_string_lossy().into_owned(),
            action: match change {
                Change::Written => "written",
                Change::Unchanged => "unchanged",
                Change::Removed => "removed",
                Change::Absent => "absent",
                Change::LeftAlone => "left_alone",
            },
        }
    }
}
