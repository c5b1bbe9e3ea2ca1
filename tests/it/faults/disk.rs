//! A disk with no room: a real one, small, and a limit on the size of files.

use super::{works_again, world};
use crate::support::project::{HEAD_REF, ID, PATH, Project, text};

/// 600 KiB that compress badly.
fn large() -> Vec<u8> {
    let mut rng = crate::support::Rng(7);
    (0..600_000).map(|_| rng.below(256) as u8).collect()
}

/// A file system of its own of one mebibyte, in a name space of its own: what is mounted there goes with the script.
#[test]
fn a_small_disk_is_filled_and_freed() {
    let project = Project::deployed();
    let disk = project.beside("disk");
    std::fs::create_dir(&disk).expect("the sandbox is writable");
    let script = project.beside("fill");
    project.edit("SKILL.md", "before\n");
    project.write(project.beside("large"), large());
    project.write(
        &script,
        format!(
            r#"
set -u
mount -t tmpfs -o size=1m small '{disk}' || exit 77
cp -a '{repo}' '{disk}/repo' && cd '{disk}/repo' || exit 78
git-lineage --json record {ID} || exit 79
before=$(git rev-parse {HEAD_REF})
# The file has room, its object has not.
cp '{large}' {PATH}/large || exit 80
dd if=/dev/zero of='{disk}/filler' bs=1k count=2000 2>/dev/null
rm -f '{disk}/filler'
dd if=/dev/zero of='{disk}/filler' bs=1k count=40 2>/dev/null
git-lineage --json record {ID} && exit 81
test "$before" = "$(git rev-parse {HEAD_REF})" || exit 82
git fsck --strict --no-dangling || exit 83
git-lineage log {ID} >/dev/null || exit 84
test -z "$(find .git -name '*.lock')" || exit 85
rm -f '{disk}/filler' {PATH}/large
echo after >{PATH}/SKILL.md
git-lineage --json record {ID} || exit 86
test "$before" = "$(git rev-parse {HEAD_REF}~1)" || exit 87
git fsck --strict --no-dangling && git-lineage verify
"#,
            disk = disk.display(),
            repo = project.path().display(),
            large = project.beside("large").display(),
        ),
    );
    let script = script.to_str().expect("sandboxes have such paths");
    let run = project.call().sh(&format!(
        "if unshare -m sh '{script}'; then echo ended 0; else echo \"ended $?\"; fi"
    ));
    let ended = run.lines().pop().unwrap_or_default();
    if ended == "ended 77" || run.err_text().contains("unshare") {
        crate::support::skipped(&format!("no file system can be mounted here: {run}"));
        return;
    }
    assert_eq!(ended, "ended 0", "{run}");
    assert!(run.err_text().contains("No space left on device"), "{run}");
}

/// A limit on files (`ulimit -f`) is met in the middle of a write.
#[test]
fn a_limit_on_the_size_of_files_is_an_error_like_any_other() {
    let project = world();
    project.edit("large", large());
    let head = project.rev_parse(HEAD_REF);
    let limited = |command: &str| {
        let script = format!("trap '' XFSZ\nulimit -f 400\ngit-lineage --json {command} || echo \"ended $?\"");
        project.call().within(60).sh(&script)
    };
    let output = limited(&format!("record {ID}"));
    assert_eq!(output.lines().last().map(String::as_str), Some("ended 1"), "{output}");
    assert!(output.err_text().contains("File too large"), "{output}");
    assert_eq!(project.rev_parse(HEAD_REF), head);
    let message = text(&output.json_error(), "message").to_owned();
    assert!(message.contains(".git/objects"), "{output}");
    crate::crash::checks::assert_no_locks(&project);
    works_again(&project);
}
