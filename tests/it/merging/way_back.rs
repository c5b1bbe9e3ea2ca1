//! `--abort`: every byte, mode and index entry as before.

use std::os::unix::fs::PermissionsExt as _;

use super::{LINES, conflict, with_line, with_lines};
use crate::support::project::{HEAD_REF, ID, PATH, Project, World};

/// What an abort must bring back: all files with their modes, git's status, the index with its flags, all branches.
struct Before {
    files: World,
    status: Vec<u8>,
    index: Vec<u8>,
    flags: Vec<u8>,
}

impl Before {
    #[track_caller]
    fn of(project: &Project) -> Self {
        Before {
            files: World::of(project.path(), &[std::path::Path::new(".git")]),
            status: project.git(&["status", "--porcelain=v2", "--ignored"]).stdout,
            index: project.git(&["ls-files", "--stage"]).stdout,
            flags: project.git(&["ls-files", "-v"]).stdout,
        }
    }

    #[track_caller]
    fn assert_back(&self, project: &Project) {
        self.files
            .assert_same(&World::of(project.path(), &[std::path::Path::new(".git")]));
        let now = Before::of(project);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(text(&now.index), text(&self.index));
        assert_eq!(text(&now.flags), text(&self.flags));
        assert_eq!(text(&now.status), text(&self.status));
        let pending = project.git(&["for-each-ref", "refs/lineage/pending"]);
        assert_eq!(pending.text(), "");
    }
}

#[test]
fn a_conflict_taken_back_leaves_no_trace_but_the_recorded_edit() {
    let project = with_lines();
    project.edit("lines.txt", with_line(LINES, 1, "uno"));
    let before = Before::of(&project);
    conflict(&project);
    // Half resolved already, and a file of one's own beside it: the first goes, the second stays.
    project.edit("lines.txt", "half\n");
    project.lineage_ok(&["sync", "--abort"]);
    before.assert_back(&project);
    let recorded = project.git(&["show", &format!("{HEAD_REF}:lines.txt")]);
    assert!(recorded.text().starts_with("uno\n"), "{recorded}");
    project.git(&["fsck", "--strict"]);
    // It can be begun again.
    conflict(&project);
}

#[test]
fn mixed_line_ends_partly_staged_files_and_modes_come_back() {
    let project = with_lines();
    project.write(".gitattributes", "* text=auto\n");
    project.commit("Attributes");
    // In the work tree with mixed line ends, which no filter would make again.
    let mixed = with_line(LINES, 1, "uno").replacen("2\n", "2\r\n", 1);
    project.edit("lines.txt", &mixed);
    // Staged in one state, lying there in another, with odd permissions.
    project.edit("SKILL.md", "staged\n");
    project.git(&["add", PATH]);
    project.edit("SKILL.md", "not staged\n");
    project.chmod(format!("{PATH}/SKILL.md"), 0o640);
    project.edit("untracked.md", "untracked\n");
    project.edit("intended.md", "intended\n");
    project.git(&["add", "--intent-to-add", &format!("{PATH}/intended.md")]);
    project.git(&["update-index", "--assume-unchanged", &format!("{PATH}/scripts/fill.sh")]);
    let before = Before::of(&project);
    project.upstream("lines.txt", with_line(&with_line(LINES, 1, "eins"), 20, "zwanzig"));
    project.upstream("SKILL.md", "theirs\n");
    project.upstream("references/forms.md", "theirs\n");
    project.upstream("new/file.md", "theirs\n");
    project.upstream("intended.md", "theirs\n");
    let output = project.lineage(&["--json", "sync", ID]).assert_code(3);
    assert_eq!(
        output.json()[0]["conflicts"],
        serde_json::json!(["SKILL.md", "intended.md", "lines.txt"]),
        "{output}"
    );
    project.lineage_ok(&["sync", "--abort"]);
    before.assert_back(&project);
    assert_eq!(project.read(format!("{PATH}/lines.txt")), mixed.as_bytes());
    let mode = project
        .path()
        .join(PATH)
        .join("SKILL.md")
        .metadata()
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn of_two_in_conflict_one_can_be_taken_back() {
    let project = with_lines();
    project.make_upstream("docx");
    project.lineage_ok(&["deploy", "../upstream/skills/docx", ".claude/skills/docx"]);
    project.commit("Add docx");
    let manifest = String::from_utf8(project.read(".gitlineage")).expect("UTF-8");
    project.write(
        ".gitlineage",
        manifest.replace("baseline = ", "baseline=  ") + "# ours\n",
    );
    project.commit("Written by hand");
    let manifest = project.read(".gitlineage");
    project.write(".claude/skills/docx/SKILL.md", "ours\n");
    project.edit("SKILL.md", "ours\n");
    project.upstream("SKILL.md", "theirs\n");
    project.write(project.upstream_dir("docx").join("SKILL.md"), "theirs\n");
    project.lineage(&["sync"]).assert_code(3);
    project.lineage_ok(&["sync", "--abort", ID]);
    assert_eq!(project.read(format!("{PATH}/SKILL.md")), b"ours\n");
    let status = project.git(&["status", "--porcelain"]);
    assert_eq!(
        status.text(),
        format!("UU .claude/skills/docx/SKILL.md\n M {PATH}/SKILL.md\nM  .gitlineage\n")
    );
    project.lineage_ok(&["sync", "--abort"]);
    assert_eq!(project.read(".gitlineage"), manifest);
    assert_eq!(
        project.git(&["status", "--porcelain"]).text(),
        format!(" M .claude/skills/docx/SKILL.md\n M {PATH}/SKILL.md\n")
    );
}

#[test]
fn a_link_that_was_replaced_is_a_link_again() {
    let project = with_lines();
    project.remove(format!("{PATH}/SKILL.md"));
    project.symlink("lines.txt", format!("{PATH}/SKILL.md"));
    let before = Before::of(&project);
    project.upstream("SKILL.md", "theirs\n");
    project.lineage(&["sync"]).assert_code(3);
    project.lineage_ok(&["sync", "--abort"]);
    before.assert_back(&project);
}
