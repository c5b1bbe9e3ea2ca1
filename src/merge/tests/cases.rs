//! [`Case`]: three contents that somebody might have to merge, drawn from a seed.

use gix::bstr::{BStr, BString, ByteSlice};

use super::files::Files;
use crate::{content::Mode, project_path::ProjectPath};

/// Attributes of the project; `own` and `noisy` are merge drivers.
pub(super) const ATTRIBUTES: &str = "\
*.union merge=union
skills/**/*.own merge=own
*.fail merge=failing
*.bin binary
*.crlf text eol=crlf
*.long conflict-marker-size=11
*.plain -merge
";

/// Names are few, so that the sides meet.
const NAMES: [&str; 8] = ["a", "b", "c", "notes", "read me", "x-y", "é", "-z"];
const EXTENSIONS: [&str; 14] = [
    "txt", "txt", "txt", "md", "md", "win", "bin", "union", "own", "fail", "crlf", "long", "plain", "sh",
];
const FOLDERS: [&str; 7] = ["", "", "one/", "two/", "one/deep/", "three/", "new/"];

/// One artifact and three contents of it.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) path: ProjectPath,
    pub(super) single_file: bool,
    base: Files,
    ours: Files,
    theirs: Files,
}

impl Case {
    pub(super) fn new(seed: u64, number: usize) -> Self {
        let mut random = Random(seed);
        let single_file = random.one_in(10);
        let mut base = Files::default();
        if single_file {
            let extension = random.pick(&EXTENSIONS);
            let data = random.data(extension);
            base.put(format!("case {number}.{extension}").into(), Mode::File, data);
        } else {
            for _ in 0..2 + random.below(7) {
                random.add(&mut base);
            }
        }
        let (mut ours, mut theirs) = (base.clone(), base.clone());
        let edit = if single_file { Random::edit_file } else { Random::edit };
        // Some edits are made on both sides alike.
        for side in [0, 0, 1, 1, 2, 2, 3] {
            let mut alike = random.fork();
            match side + random.below(3) {
                0 | 3 => edit(&mut random, &mut ours),
                1 => edit(&mut random, &mut theirs),
                2 => {
                    edit(&mut alike.clone(), &mut ours);
                    edit(&mut alike, &mut theirs);
                }
                _ => {}
            }
        }
        // Where attributes say that git stores LF, anything else would make a file that was just checked out a changed one.
        for files in [&mut base, &mut ours, &mut theirs] {
            let stored_with_lf = files.0.iter_mut().filter(|(path, _)| path.ends_with(b".crlf"));
            stored_with_lf.for_each(|(_, (_, data))| *data = data.replace("\r", ""));
        }
        let path = match base.0.first_key_value() {
            Some((name, _)) if single_file => format!("skills/{name}"),
            _ => format!("skills/case {number}"),
        };
        Case {
            path: path.parse().expect("a path"),
            single_file,
            base,
            ours,
            theirs,
        }
    }

    pub(super) fn sides(&self) -> [&Files; 3] {
        [&self.base, &self.ours, &self.theirs]
    }

    pub(super) fn ours(&self) -> &Files {
        &self.ours
    }

    fn folder(&self) -> String {
        match self.path.parent() {
            Some(folder) if self.single_file => format!("{folder}/"),
            _ => format!("{}/", self.path),
        }
    }

    pub(super) fn in_project(&self, path: &BString) -> BString {
        [self.folder().as_bytes(), path.as_slice()].concat().into()
    }

    /// A path of the project within the artifact; of one that is a file, also what git puts beside it.
    pub(super) fn relative(&self, path: &BStr) -> Option<BString> {
        path.strip_prefix(self.folder().as_bytes()).map(BString::from)
    }
}

/// Numbers from a seed: SplitMix64.
#[derive(Clone)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn fork(&mut self) -> Random {
        Random(self.next())
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn path(&mut self) -> BString {
        let (folder, name, extension) = (self.pick(&FOLDERS), self.pick(&NAMES), self.pick(&EXTENSIONS));
        format!("{folder}{name}.{extension}").into()
    }

    fn file(&mut self, files: &Files) -> Option<BString> {
        let at = self.below(files.0.len().max(1));
        files.0.keys().nth(at).cloned()
    }

    /// Text whose lines tell files apart, or bytes that are no text.
    fn data(&mut self, extension: &str) -> Vec<u8> {
        if self.one_in(15) {
            return Vec::new();
        }
        if extension == "bin" || self.one_in(25) {
            return (0..40 + self.below(200)).map(|_| self.next() as u8).collect();
        }
        let salt = self.below(1000);
        let end = if extension == "win" { "\r\n" } else { "\n" };
        let mut text: String = (0..4 + self.below(24))
            .map(|line| format!("line {line} of {salt}{end}"))
            .collect();
        if self.one_in(8) {
            text.truncate(text.trim_end().len());
        }
        text.into()
    }

    fn add(&mut self, files: &mut Files) {
        let path = self.path();
        if self.one_in(12) {
            let target = self.pick(&NAMES);
            return files.put(path, Mode::Symlink, target.into());
        }
        let extension = path
            .rsplit_str(".")
            .next()
            .unwrap_or_default()
            .to_str_lossy()
            .into_owned();
        let mode = if self.one_in(5) { Mode::Executable } else { Mode::File };
        let data = self.data(&extension);
        files.put(path, mode, data);
    }

    fn edit(&mut self, files: &mut Files) {
        let Some(path) = self.file(files) else {
            return self.add(files);
        };
        match self.below(20) {
            0..8 => self.edit_at(files, &path),
            8 => drop(files.0.remove(&path)),
            9..12 => {
                let (mode, data) = files.0.remove(&path).expect("it was there");
                let to = self.path();
                files.put(to.clone(), mode, data);
                if self.one_in(2) {
                    self.change_lines(files, &to);
                }
            }
            12..14 => self.rename_folder(files, &path),
            14..16 => self.add(files),
            16 => {
                let within = [path.as_slice(), b"/within.txt"].concat();
                let data = self.data("txt");
                files.put(within.into(), Mode::File, data);
            }
            17 => {
                let folder = path.find_byte(b'/').unwrap_or(path.len());
                let data = self.data("txt");
                files.put(path[..folder].into(), Mode::File, data);
            }
            18 => {
                let rule = format!(
                    "*.{} merge={}\n",
                    self.pick(&EXTENSIONS),
                    self.pick(&["union", "own", "text"])
                );
                files.put(".gitattributes".into(), Mode::File, rule.into());
            }
            _ => drop(files.0.pop_last()),
        }
    }

    fn edit_file(&mut self, files: &mut Files) {
        if let Some(path) = self.file(files) {
            self.edit_at(files, &path);
        }
    }

    /// A file keeps its place.
    fn edit_at(&mut self, files: &mut Files, path: &BString) {
        let Some((mode, data)) = files.0.get_mut(path) else {
            return;
        };
        match self.below(12) {
            0 if path != ".gitattributes" => {
                *mode = Mode::Symlink;
                *data = self.pick(&NAMES).into();
            }
            1 if *mode == Mode::File => *mode = Mode::Executable,
            1 if *mode == Mode::Executable => *mode = Mode::File,
            2 if *mode == Mode::Symlink => *mode = Mode::File,
            _ => self.change_lines(files, path),
        }
    }

    fn change_lines(&mut self, files: &mut Files, path: &BString) {
        let Some((mode, data)) = files.0.get_mut(path) else {
            return;
        };
        if *mode == Mode::Symlink {
            *data = self.pick(&NAMES).into();
            return;
        }
        let mut lines: Vec<Vec<u8>> = data.lines_with_terminator().map(<[u8]>::to_vec).collect();
        for _ in 0..1 + self.below(3) {
            let at = self.below(lines.len().max(1));
            let new = format!(
                "changed {}{}",
                self.below(4),
                if path.ends_with(b".win") { "\r\n" } else { "\n" }
            );
            match self.below(4) {
                0 => lines.insert(at.min(lines.len()), new.into()),
                1 if !lines.is_empty() => drop(lines.remove(at)),
                2 => lines.push(new.into()),
                _ if !lines.is_empty() => lines[at] = new.into(),
                _ => {}
            }
        }
        *data = lines.concat();
    }

    fn rename_folder(&mut self, files: &mut Files, path: &BString) {
        let Some(slash) = path.find_byte(b'/') else { return };
        let from = &path[..=slash];
        let to = self.pick(&["two/", "three/", "new/", "new/inner/", ""]);
        let moved: Vec<BString> = files.0.keys().filter(|path| path.starts_with(from)).cloned().collect();
        for path in moved {
            if let Some((mode, data)) = files.0.remove(&path) {
                files.put([to.as_bytes(), &path[from.len()..]].concat().into(), mode, data);
            }
        }
    }
}
