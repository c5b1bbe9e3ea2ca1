//! The files that git itself reads from content, judged as `git fsck` judges their blobs.
//!
//! A `.gitmodules` file inside an artifact does nothing there, but a host that checks what is pushed to it refuses a
//! repository that contains a hostile one, wherever it stands.

use super::{
    config::{Setting, submodule_settings},
    names::{is_gitattributes, is_gitmodules},
    submodule_url::is_allowed_url,
};
use crate::content::Refusal;

/// Larger ones are refused, and need not be read.
pub(crate) const MAX_SPECIAL_FILE: u64 = 100 << 20;
/// git reads shorter lines only, in bytes without the line break.
const MAX_ATTRIBUTES_LINE: usize = 2048;

/// A file that git reads itself, and that must therefore be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum SpecialFile {
    /// `.gitmodules`, in any spelling.
    Gitmodules,
    /// `.gitattributes`, in any spelling.
    Gitattributes,
}

impl SpecialFile {
    /// Which one a file at this path is, if any. Most are none.
    pub(crate) fn at(path: &[u8]) -> Option<Self> {
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
        if is_gitmodules(name) {
            Some(SpecialFile::Gitmodules)
        } else if is_gitattributes(name) {
            Some(SpecialFile::Gitattributes)
        } else {
            None
        }
    }
}

/// May a file at `path` hold this data? Every file may, unless it is a [`SpecialFile`]; symbolic links are not asked
/// about.
///
/// # Errors
/// As [`check_gitmodules`] and [`check_gitattributes`].
pub(crate) fn check_blob(path: &[u8], data: &[u8]) -> Result<(), Refusal> {
    match SpecialFile::at(path) {
        Some(SpecialFile::Gitmodules) => check_gitmodules(data),
        Some(SpecialFile::Gitattributes) => check_gitattributes(data),
        None => Ok(()),
    }
}

/// Would `git fsck` accept this `.gitmodules` file? A syntax error is none of its errors.
///
/// # Errors
/// [`Refusal::SubmoduleName`] for an empty name or one with `..` in it; [`Refusal::SubmoduleSetting`] for a URL or path
/// that starts with `-`, a URL that hides a line break or another host, and an `update` that is a command.
pub(crate) fn check_gitmodules(data: &[u8]) -> Result<(), Refusal> {
    check_size(data)?;
    submodule_settings(data).iter().try_for_each(check_setting)
}

fn check_setting(setting: &Setting) -> Result<(), Refusal> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if !is_allowed_name(&setting.name) {
        return Err(Refusal::SubmoduleName {
            name: text(&setting.name),
        });
    }
    let Some(value) = &setting.value else {
        return Ok(());
    };
    let (key, allowed) = match setting.key.as_slice() {
        b"url" => ("url", is_allowed_url(value)),
        b"path" => ("path", !value.starts_with(b"-")),
        b"update" => ("update", !value.starts_with(b"!")),
        _ => return Ok(()),
    };
    if allowed {
        return Ok(());
    }
    Err(Refusal::SubmoduleSetting {
        key,
        value: text(value),
    })
}

fn is_allowed_name(name: &[u8]) -> bool {
    !name.is_empty()
        && name
            .split(|byte| matches!(byte, b'/' | b'\\'))
            .all(|part| part != b"..")
}

/// Would `git fsck` accept this `.gitattributes` file?
///
/// # Errors
/// [`Refusal::AttributesLine`] for a line that is longer than git reads.
pub(crate) fn check_gitattributes(data: &[u8]) -> Result<(), Refusal> {
    check_size(data)?;
    // git stops reading at a NUL.
    let text = data.split(|byte| *byte == 0).next().unwrap_or(data);
    match text
        .split(|byte| *byte == b'\n')
        .position(|line| line.len() >= MAX_ATTRIBUTES_LINE)
    {
        Some(before) => Err(Refusal::AttributesLine { line: before + 1 }),
        None => Ok(()),
    }
}

fn check_size(data: &[u8]) -> Result<(), Refusal> {
    if data.len() as u64 > MAX_SPECIAL_FILE {
        return Err(Refusal::TooLargeForGit {
            limit: MAX_SPECIAL_FILE,
        });
    }
    Ok(())
}
