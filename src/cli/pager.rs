//! [`Pager`]: the program through which long answers are read on a terminal, chosen and run as git does.
//!
//! It gets the answer over a pipe and is waited for. That its reader has seen enough is no failure, and the command goes on
//! to its end, so that its exit code is what it would be without a pager.

use std::{
    env,
    ffi::OsString,
    io::{self, ErrorKind, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, atomic::AtomicBool},
};

use super::settings::{Settings, truth};

/// What git itself falls back to.
const DEFAULT: &str = "less";
/// What common pagers are told where the user has not told them anything: colours pass, a short text is only printed.
const VARIABLES: [(&str, &str); 2] = [("LESS", "FRX"), ("LV", "-c")];
/// By which programs below know that somebody reads behind a pipe.
pub(super) const IN_USE: &str = "GIT_PAGER_IN_USE";
/// What is for a shell to understand; a command without any of it is run as it is.
const FOR_A_SHELL: &[char] = &[
    '|', '&', ';', '<', '>', '(', ')', '$', '`', '\\', '"', '\'', ' ', '\t', '\n', '*', '?', '[', '#', '~', '=', '%',
];

/// A pager that runs.
#[derive(Debug)]
pub(super) struct Pager {
    child: Child,
    /// `None` once it has closed its end.
    pipe: Option<ChildStdin>,
}

impl Pager {
    /// Starts the pager, if there is to be one: where the user says so, else where `by_default`.
    ///
    /// # Errors
    /// That the one which the user has chosen could not be started, in words.
    pub(super) fn start(settings: &Settings, by_default: bool) -> Result<Option<Self>, String> {
        let own = settings.pager();
        let Some(program) = choose(own, by_default, settings.get("core.pager"), |name| env::var_os(name)) else {
            return Ok(None);
        };
        let text = program.to_string_lossy();
        let mut command = if text.contains(FOR_A_SHELL) {
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(&program);
            shell
        } else {
            Command::new(&program)
        };
        for (name, value) in VARIABLES {
            if env::var_os(name).is_none() {
                command.env(name, value);
            }
        }
        let mut child = match command.env(IN_USE, "true").stdin(Stdio::piped()).spawn() {
            Ok(child) => child,
            Err(_) if program == DEFAULT => return Ok(None),
            Err(error) => return Err(format!("the pager '{text}' could not be started: {error}")),
        };
        let pipe = child.stdin.take();
        // An interrupt is meant for the pager, which may only end a search by it. Without that the program would be gone
        // while the pager still reads the terminal.
        let _ = signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::new(AtomicBool::new(false)));
        Ok(Some(Pager { child, pipe }))
    }

    /// Lets it come to its end, and waits for that.
    pub(super) fn finish(&mut self) {
        drop(self.pipe.take());
        // How it ends says nothing about the answer.
        let _ = self.child.wait();
    }

    fn unless_closed<T>(&mut self, result: io::Result<T>, otherwise: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.pipe = None;
                Ok(otherwise)
            }
            result => result,
        }
    }
}

impl Write for Pager {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(pipe) = &mut self.pipe else {
            return Ok(bytes.len());
        };
        let written = pipe.write(bytes);
        self.unless_closed(written, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let Some(pipe) = &mut self.pipe else {
            return Ok(());
        };
        let flushed = pipe.flush();
        self.unless_closed(flushed, ())
    }
}

/// The command of the pager; `None` where there is to be none. `own` is what `pager.<command>` says: whether, or which.
fn choose(
    own: Option<&str>,
    by_default: bool,
    core: Option<&str>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Option<OsString> {
    let (on, own) = match own.map(|own| (truth(own), own)) {
        None => (by_default, None),
        Some((Some(on), _)) => (on, None),
        Some((None, program)) => (true, Some(program)),
    };
    let program = variable("GIT_PAGER")
        .or_else(|| own.or(core).map(OsString::from))
        .or_else(|| variable("PAGER"))
        .unwrap_or_else(|| DEFAULT.into());
    (on && !program.is_empty() && program != "cat").then_some(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_git() {
        let chosen = |own: Option<&str>, core: Option<&str>, variables: &[(&str, &str)]| {
            let variable = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| OsString::from(value))
            };
            choose(own, true, core, variable).map(|program| program.into_string().expect("text"))
        };
        let both = [("GIT_PAGER", "most"), ("PAGER", "more")];
        assert_eq!(chosen(None, None, &[]).as_deref(), Some("less"));
        assert_eq!(chosen(None, None, &both[1..]).as_deref(), Some("more"));
        assert_eq!(chosen(None, Some("delta"), &both[1..]).as_deref(), Some("delta"));
        assert_eq!(
            chosen(Some("bat -p"), Some("delta"), &both[1..]).as_deref(),
            Some("bat -p")
        );
        assert_eq!(chosen(Some("bat -p"), Some("delta"), &both).as_deref(), Some("most"));
        assert_eq!(chosen(Some("false"), Some("delta"), &both), None);
        assert_eq!(chosen(Some("true"), Some("delta"), &[]).as_deref(), Some("delta"));
        for none in ["", "cat"] {
            assert_eq!(chosen(None, Some("delta"), &[("GIT_PAGER", none)]), None);
            assert_eq!(chosen(None, Some(none), &both[1..]), None);
            assert_eq!(chosen(None, None, &[("PAGER", none)]), None);
        }
        let never = |_: &str| None;
        assert_eq!(choose(None, false, None, never), None);
        assert_eq!(choose(Some("yes"), false, None, never), Some("less".into()));
        assert_eq!(choose(Some("most"), false, None, never), Some("most".into()));
    }
}
