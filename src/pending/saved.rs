//! Files of the work tree as they lay there, for putting them back: bytes, mode, link target. No filter touches them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
};

use gix::{
    ObjectId,
    bstr::{BStr, BString, ByteSlice},
    objs::Kind,
};

use super::PendingError;
use crate::{
    checkout::{file_at, remove_emptied_folders},
    content::{ContentError, gate, to_path},
    git::{GitError, Repo, objects::ObjectBatch, place::Bits},
};

/// One file that was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SavedFile {
    /// Relative to the project.
    pub(crate) path: BString,
    /// The permission bits; `None` for a symbolic link.
    pub(crate) permissions: Option<u32>,
    /// The blob of its bytes, or of the link's target.
    pub(crate) id: ObjectId,
}

/// Saves those of `paths` (relative to the project) that are files or links; the others are not there.
pub(crate) fn save_files(
    repo: &Repo,
    paths: impl IntoIterator<Item = BString>,
    batch: &mut ObjectBatch<'_>,
) -> Result<Vec<SavedFile>, PendingError> {
    let root = repo.work_tree()?;
    let mut saved = Vec::new();
    for path in paths {
        let file = root.join(to_path(&path));
        let unreadable = |source| ContentError::Unreadable {
            path: file.clone(),
            source,
        };
        let Some(metadata) = file_at(root, &to_path(&path)).map_err(unreadable)? else {
            continue;
        };
        let (permissions, data) = if metadata.is_symlink() {
            let target = fs::read_link(&file).map_err(unreadable)?;
            let target = gix::path::into_bstr(target).map_err(GitError::backend("read a link"))?;
            (None, target.to_vec())
        } else {
            let data = fs::read(&file).map_err(unreadable)?;
            (Some(metadata.permissions().mode() & 0o7777), data)
        };
        saved.push(SavedFile {
            id: batch.add(Kind::Blob, &data)?,
            path,
            permissions,
        });
    }
    Ok(saved)
}

/// Makes the files at `paths` what they were: those that were saved get their bytes and modes back, the others go.
pub(crate) fn restore_files(repo: &Repo, paths: &BTreeSet<BString>, saved: &[SavedFile]) -> Result<(), PendingError> {
    let root = repo.work_tree()?;
    let saved: BTreeMap<&BStr, &SavedFile> = saved.iter().map(|file| (file.path.as_bstr(), file)).collect();
    // What goes makes room first: a directory may have taken a file's place.
    for path in paths.iter().filter(|path| !saved.contains_key(path.as_bstr())) {
        remove(root, &to_path(path))?;
    }
    for file in saved.values().filter(|file| paths.contains(&file.path)) {
        put_back(repo, root, file)?;
    }
    Ok(())
}

fn remove(root: &Path, path: &Path) -> Result<(), GitError> {
    let file = root.join(path);
    if file_at(root, path).map_err(GitError::io("look at", &file))?.is_some() {
        fs::remove_file(&file).map_err(GitError::io("delete", &file))?;
    }
    remove_emptied_folders(root, path);
    Ok(())
}

fn put_back(repo: &Repo, root: &Path, saved: &SavedFile) -> Result<(), PendingError> {
    let file = root.join(to_path(&saved.path));
    let data = repo.read_kind(saved.id, Kind::Blob)?;
    let folder = file.parent().unwrap_or(root);
    gate::check_destination(root, &to_path(&saved.path))?;
    fs::create_dir_all(folder).map_err(GitError::io("create", folder))?;
    let placed = match saved.permissions {
        Some(mode) => repo.place_file(&file, &data, Bits::Exactly(mode)),
        None => repo.place_link(&file, &to_path(&data)),
    };
    placed.map_err(GitError::io("write", &file))?;
    Ok(())
}

/// `<permissions or link> <id>\t<path>\0` for each file.
pub(super) fn encode(files: &[SavedFile]) -> Vec<u8> {
    let mut text = Vec::new();
    for file in files {
        match file.permissions {
            Some(mode) => text.extend_from_slice(format!("{mode:o}").as_bytes()),
            None => text.extend_from_slice(b"link"),
        }
        text.extend_from_slice(format!(" {}\t", file.id).as_bytes());
        text.extend_from_slice(&file.path);
        text.push(0);
    }
    text
}

/// `None` for a text that [`encode`] did not write.
pub(super) fn decode(text: &[u8]) -> Option<Vec<SavedFile>> {
    let lines = text.split(|byte| *byte == 0).filter(|line| !line.is_empty());
    let decode_line = |line: &[u8]| {
        let (head, path) = line.split_once_str("\t")?;
        let (kind, id) = head.to_str().ok()?.split_once(' ')?;
        Some(SavedFile {
            path: path.into(),
            permissions: match kind {
                "link" => None,
                mode => Some(u32::from_str_radix(mode, 8).ok()?),
            },
            id: ObjectId::from_hex(id.as_bytes()).ok()?,
        })
    };
    lines.map(decode_line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_survive_being_written_down() {
        let id = ObjectId::from_hex(b"7bd8fc459f09f0e14dcc2adbb4a5a58e60ea755c").expect("valid");
        let file = |path: &[u8], permissions| SavedFile {
            path: path.into(),
            permissions,
            id,
        };
        let files = vec![
            file(b"a\tb\n\xfe", Some(0o600)),
            file(b"link", None),
            file(b"x", Some(0o4755)),
        ];
        assert_eq!(decode(&encode(&files)), Some(files));
        assert_eq!(decode(b"x y\0"), None);
    }
}
