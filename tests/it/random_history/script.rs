//! What was done so far, as a shell script that does it again: for whoever looks into a failure.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

/// The script of one history. Clones write to the same one, which outlives a panic.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script(Arc<Mutex<Vec<String>>>);

const BEGIN: &str = "\
# In an empty folder, with git-lineage on the PATH.
export GIT_AUTHOR_NAME='Ada Author' GIT_AUTHOR_EMAIL=ada@example.org GIT_EDITOR=: GIT_MERGE_AUTOEDIT=no
export GIT_COMMITTER_NAME='Cleo Committer' GIT_COMMITTER_EMAIL=cleo@example.org LC_ALL=C TZ=UTC
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_COUNT=1 \\
    GIT_CONFIG_KEY_0=init.defaultBranch GIT_CONFIG_VALUE_0=main XDG_CACHE_HOME=$PWD/cache
# at <folder> <seconds> <command>
at() { d=$1 t=\"$2 +0000\"; shift 2; (cd \"$d\" && GIT_AUTHOR_DATE=$t GIT_COMMITTER_DATE=$t \"$@\"); }
# file <path> <line>...
file() { f=$1; shift; mkdir -p \"$(dirname \"$f\")\"; printf '%s\\n' \"$@\" >\"$f\"; }
mkdir repo one two
";

impl Script {
    /// A script that begins as this one stands now.
    pub(crate) fn fork(&self) -> Self {
        Self(Arc::new(Mutex::new(self.lines())))
    }

    pub(crate) fn comment(&self, text: &str) {
        self.add(format!("# {text}"));
    }

    pub(crate) fn call(&self, folder: &str, date: &str, program: &[&str], args: &[&str]) {
        let seconds = date.split(' ').next().unwrap_or(date);
        let words: Vec<String> = program.iter().chain(args).map(|word| quoted(word)).collect();
        self.add(format!("at {folder} {seconds} {}", words.join(" ")));
    }

    pub(crate) fn folder(&self, folder: &str) {
        self.add(format!("mkdir {}", quoted(folder)));
    }

    pub(crate) fn file(&self, folder: &str, path: &str, content: &str) {
        let lines: Vec<String> = content.lines().map(quoted).collect();
        self.add(format!(
            "file {} {}",
            quoted(&format!("{folder}/{path}")),
            lines.join(" ")
        ));
    }

    pub(crate) fn remove(&self, folder: &str, path: &str) {
        self.add(format!("rm -f {}", quoted(&format!("{folder}/{path}"))));
    }

    pub(crate) fn chmod(&self, folder: &str, path: &str, mode: u32) {
        self.add(format!("chmod {mode:o} {}", quoted(&format!("{folder}/{path}"))));
    }

    /// The whole of it.
    pub(crate) fn text(&self) -> String {
        format!("{BEGIN}{}\n", self.lines().join("\n"))
    }

    fn add(&self, line: String) {
        if let Ok(mut lines) = self.0.lock() {
            lines.push(line);
        }
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().map(|lines| lines.clone()).unwrap_or_default()
    }
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=~^".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// A folder's name in the sandbox.
pub(crate) fn name_of(folder: &Path) -> &str {
    folder.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}
