//! `docs/cli.md` is what the program says about itself.

use std::{path::Path, process::Command};

#[test]
fn the_reference_is_what_the_program_prints() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md");
    let written = std::fs::read_to_string(&page).expect("docs/cli.md exists");
    let output = Command::new(env!("CARGO_BIN_EXE_git-lineage"))
        .arg("help-reference")
        .env_clear()
        .output()
        .expect("the program runs");
    let printed = String::from_utf8(output.stdout).expect("the reference is UTF-8");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let differs = written
        .lines()
        .zip(printed.lines())
        .position(|(written, printed)| written != printed);
    assert!(
        written == printed,
        "docs/cli.md is not up to date (line {}): cargo run --quiet -- help-reference > docs/cli.md",
        differs.unwrap_or_else(|| written.lines().count().min(printed.lines().count())) + 1,
    );
}
