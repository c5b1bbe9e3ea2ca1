//! Random changes to a folder of files: what people and upstreams do.

use std::path::{Path, PathBuf};

use crate::support::{Rng, TestRepo};

/// This file is never deleted: an artifact without a file is none.
const LAST: &str = "keep.md";
/// Names are few, so that both sides meet.
const NAMES: [&str; 7] = ["a", "b", "c", "notes", "read me", "é", "-z"];
const EXTENSIONS: [&str; 12] = [
    "txt", "txt", "md", "md", "win", "bin", "union", "own", "fail", "crlf", "sh", "md",
];
const FOLDERS: [&str; 7] = ["", "", "one/", "two/", "one/deep/", "three/", "new/"];

/// Attributes of the project; `own` and `fail` are merge drivers.
pub(super) const ATTRIBUTES: &str = "\
*.union merge=union
skills/**/*.own merge=own
*.fail merge=fail
*.bin binary
*.crlf text eol=crlf
";

/// A folder to be changed, and where the chances come from.
pub(super) struct Changes<'a> {
    pub(super) repo: &'a TestRepo,
    pub(super) root: PathBuf,
    pub(super) rng: Rng,
}

impl Changes<'_> {
    /// The files of a first version.
    pub(super) fn begin(&mut self) {
        self.repo.write(self.root.join(LAST), "kept\n");
        for _ in 0..3 + self.rng.below(6) {
            self.add();
        }
    }

    /// One change. Empty folders are nothing to git, so none is left.
    pub(super) fn change(&mut self) {
        self.change_files();
        remove_empty_folders(&self.root);
    }

    fn change_files(&mut self) {
        let files = self.files();
        let Some(file) = self.one_of(&files) else {
            return self.add();
        };
        match self.rng.below(20) {
            0..7 => self.edit(&file),
            7 => self.repo.remove(&file),
            8..10 => self.rename(&file),
            10 => self.rename_folder(&file),
            11..13 => self.add(),
            13 => {
                let mode = [0o755, 0o644, 0o600][self.rng.below(3)];
                if !file.is_symlink() {
                    self.repo.chmod(&file, mode);
                }
            }
            14 => {
                self.repo.remove(&file);
                let target = NAMES[self.rng.below(NAMES.len())];
                self.repo.symlink(target, &file);
            }
            15 => {
                let data = self.noise();
                self.put(&file, &data);
            }
            16..18 => self.change_line_ends(&file),
            18 => {
                let data = self.text("\n");
                self.put(&file.join("within.txt"), &data);
            }
            _ => {
                let folder = file.parent().filter(|folder| *folder != self.root);
                let data = self.text("\n");
                self.put(folder.unwrap_or(&file), &data);
            }
        }
    }

    /// A file with an ignored name, perhaps one that others have, too.
    pub(super) fn add_ignored(&mut self) {
        let folder = FOLDERS[self.rng.below(2) * 2];
        let path = self.root.join(format!("{folder}{}.ignored", NAMES[self.rng.below(2)]));
        let data = self.text("\n");
        self.put(&path, &data);
    }

    /// A file at a path that `at` decides, with content that `as_well` decides.
    pub(super) fn add_at(&mut self, at: u64, as_well: u64) {
        let own = std::mem::replace(&mut self.rng, Rng(at));
        let path = self.path();
        self.rng = Rng(as_well);
        let data = self.text("\n");
        self.rng = own;
        self.put(&path, &data);
    }

    /// All files but the one that is kept and those that are ignored.
    fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).expect("readable") {
                let path = entry.expect("readable").path();
                if path.is_dir() && !path.is_symlink() {
                    folders.push(path);
                } else if path != self.root.join(LAST) && path.extension() != Some("ignored".as_ref()) {
                    files.push(path);
                }
            }
        }
        files.sort();
        files
    }

    fn one_of(&mut self, files: &[PathBuf]) -> Option<PathBuf> {
        let at = self.rng.below(files.len().max(1));
        files.get(at).cloned()
    }

    fn path(&mut self) -> PathBuf {
        let folder = FOLDERS[self.rng.below(FOLDERS.len())];
        let name = NAMES[self.rng.below(NAMES.len())];
        self.root.join(format!(
            "{folder}{name}.{}",
            EXTENSIONS[self.rng.below(EXTENSIONS.len())]
        ))
    }

    /// Writes a file, whatever stands in its way; the one that is kept is not.
    fn put(&self, path: &Path, data: &[u8]) {
        if path.starts_with(self.root.join(LAST)) {
            return;
        }
        let mut above: Vec<&Path> = path.ancestors().take_while(|above| *above != self.root).collect();
        above.reverse();
        for above in above {
            let is_place = above == path;
            match above.symlink_metadata() {
                Ok(found) if is_place && found.is_file() => {}
                Ok(found) if !is_place && found.is_dir() => {}
                Ok(_) => self.repo.remove(above),
                Err(_) => {}
            }
        }
        self.repo.write(path, data);
    }

    fn add(&mut self) {
        let path = self.path();
        let extension = path.extension().unwrap_or_default().to_owned();
        let data = match extension.to_str() {
            Some("bin") => self.noise(),
            Some("win") => self.text("\r\n"),
            _ => self.text("\n"),
        };
        self.put(&path, &data);
        if extension == "sh" {
            self.repo.chmod(&path, 0o755);
        }
    }

    fn rename(&mut self, from: &Path) {
        let to = self.path();
        if from.is_symlink() || to.starts_with(from) || from.starts_with(&to) {
            return;
        }
        let data = self.repo.read(from);
        self.repo.remove(from);
        self.put(&to, &data);
        if self.rng.one_in(2) {
            self.edit(&to);
        }
    }

    fn rename_folder(&mut self, file: &Path) {
        let Some(folder) = file.parent().filter(|folder| *folder != self.root).map(Path::to_owned) else {
            return;
        };
        let to = self.root.join(["two", "three", "new", "new/inner"][self.rng.below(4)]);
        let free = to
            .ancestors()
            .all(|above| !above.symlink_metadata().is_ok_and(|found| !found.is_dir()));
        if free && !self.repo.exists(&to) && !to.starts_with(&folder) {
            std::fs::create_dir_all(to.parent().expect("it is below the root")).expect("ours");
            std::fs::rename(&folder, &to).expect("ours");
        }
    }

    fn edit(&mut self, file: &Path) {
        if file.is_symlink() {
            self.repo.remove(file);
            let target = NAMES[self.rng.below(NAMES.len())];
            return self.repo.symlink(target, file);
        }
        let data = self.repo.read(file);
        let end: &[u8] = if data.ends_with(b"\r\n") { b"\r\n" } else { b"\n" };
        let mut lines: Vec<Vec<u8>> = data
            .split_inclusive(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect();
        for _ in 0..=self.rng.below(3) {
            let at = self.rng.below(lines.len().max(1));
            let line = [format!("changed {}", self.rng.below(4)).as_bytes(), end].concat();
            match self.rng.below(4) {
                0 => lines.insert(at.min(lines.len()), line),
                1 if !lines.is_empty() => drop(lines.remove(at)),
                2 => lines.push(line),
                _ if !lines.is_empty() => lines[at] = line,
                _ => {}
            }
        }
        self.repo.write(file, lines.concat());
    }

    /// All lines end otherwise, or only some.
    fn change_line_ends(&mut self, file: &Path) {
        if file.is_symlink() {
            return;
        }
        let mixed = self.rng.one_in(2);
        let mut data = Vec::new();
        for line in self.repo.read(file).split_inclusive(|byte| *byte == b'\n') {
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            let to_lf = if mixed {
                self.rng.one_in(2)
            } else {
                line.ends_with(b"\r\n")
            };
            data.extend_from_slice(text);
            data.extend_from_slice(if to_lf { b"\n" } else { b"\r\n" });
        }
        self.repo.write(file, data);
    }

    fn noise(&mut self) -> Vec<u8> {
        let length = 30 + self.rng.below(100);
        (0..length).map(|_| self.rng.below(256) as u8).collect()
    }

    /// Lines that tell files apart.
    fn text(&mut self, end: &str) -> Vec<u8> {
        let salt = self.rng.below(1000);
        let lines = 2 + self.rng.below(20);
        let text: String = (0..lines).map(|line| format!("line {line} of {salt}{end}")).collect();
        text.into_bytes()
    }
}

fn remove_empty_folders(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() && !path.is_symlink() {
            remove_empty_folders(&path);
            // Fails where something is left in it.
            let _ = std::fs::remove_dir(&path);
        }
    }
}
