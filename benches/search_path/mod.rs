//! The search path of processes that have to find the measured program.

use std::{ffi::OsString, path::Path};

/// The machine's, with the measured program first.
pub(crate) fn search_path() -> OsString {
    let program = Path::new(env!("CARGO_BIN_EXE_git-lineage"));
    let folder = program.parent().expect("a program lies in a folder").to_owned();
    let machine = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&machine))).expect("it was a search path")
}
