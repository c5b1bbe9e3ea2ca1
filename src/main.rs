//! The program `git-lineage`, called by people and by git as `git lineage`: everything happens in [`cli`], which uses the
//! library as any other crate would.
#![forbid(unsafe_code)]

mod cli;

fn main() -> std::process::ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    cli::main(&args)
}
