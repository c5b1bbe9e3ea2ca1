//! The client in `examples/python`: its own tests, against this program.

use std::path::Path;
use std::process::Command;

use crate::support::TestRepo;

#[test]
fn the_python_client_passes_its_tests() {
    let version = Command::new("python3")
        .arg("-c")
        .arg("import sys; print(sys.version_info >= (3, 9))")
        .output();
    if !version.is_ok_and(|output| output.stdout == b"True\n") {
        crate::support::skipped("no python3 of version 3.9 or newer here, so nobody has tested examples/python");
        return;
    }
    let repo = TestRepo::new();
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/python");
    let count = std::env::var("GIT_LINEAGE_ARTIFACTS").unwrap_or_else(|_| "12".to_owned());
    let output = repo
        .call()
        .cwd(client)
        .env("GIT_LINEAGE_ARTIFACTS", count)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // What is written here comes from the project's configuration, at its own time.
        .env_remove("GIT_AUTHOR_NAME")
        .env_remove("GIT_COMMITTER_NAME")
        .sh("exec python3 -W error -m unittest -v");
    assert!(output.err_text().contains("\nOK\n"), "{output}");
    println!("{output}");
}
