//! Heads that are rewound or deleted: what they leave behind is kept, or the push refused.

use super::{ALL, head, pushed};
use crate::support::project::{HEAD_REF, Project, text};
use crate::support::run::Output;

const SIDE_REF: &str = "refs/lineage/heads/side/skill/pdf";

fn kept(id: &str) -> String {
    format!("refs/lineage/kept/{id}")
}

/// Goes back to the first version and records another edit.
fn amend(project: &Project, first: &str, edit: &str) -> String {
    project.git(&["update-ref", HEAD_REF, first]);
    text(&project.record_edit("SKILL.md", edit), "version_id").to_owned()
}

#[test]
fn what_no_head_contains_any_more_is_kept() {
    let (project, server) = pushed();
    let first = head(&project);
    project.record_edit("SKILL.md", "# One\n");
    let one = head(&project);
    server.take(&project, &ALL);
    assert_eq!(server.refs().len(), 2, "moved forward, nothing is left behind");
    let two = amend(&project, &first, "# Two\n");
    assert_ne!(
        server.push(&project, &ALL).code,
        0,
        "git itself refuses it without force"
    );
    let told = server.push(&project, &["--force", ALL[1]]).assert_code(0);
    assert!(told.err_text().contains("are kept on the server"), "{told}");
    assert_eq!(server.refs()[HEAD_REF], two);
    assert_eq!(server.refs()[&kept(&one)], one);

    // Back again: both are known, and that one is kept already.
    server.take(&project, &[&format!("+{one}:{HEAD_REF}")]);
    server.take(&project, &[&format!("+{two}:{HEAD_REF}")]);
    let expected = [HEAD_REF.to_owned(), kept(&one), kept(&two)];
    let refs = server.refs();
    assert_eq!(refs.keys().filter(|name| name.starts_with("refs/lineage")).count(), 3);
    assert!(expected.iter().all(|name| refs.contains_key(name)), "{refs:?}");

    // To an older one, where another line has the newer: nothing is left behind.
    server.git(&["update-ref", "-d", &kept(&two)]);
    server.take(&project, &[&format!("{two}:{SIDE_REF}")]);
    server.take(&project, &[&format!("+{first}:{HEAD_REF}")]);
    assert!(!server.refs().contains_key(&kept(&two)));
    // A head goes that another contains, and one that none does.
    server.take(&project, &[&format!(":{HEAD_REF}")]);
    assert!(!server.refs().contains_key(&kept(&first)));
    server.take(&project, &[&format!(":{SIDE_REF}")]);
    assert_eq!(server.refs()[&kept(&two)], two);
    let verified = server.lineage(&["verify"]);
    assert_eq!(verified.code, 0, "{verified}");
}

#[test]
fn rewinds_are_refused_where_they_are_denied() {
    let (project, server) = pushed();
    server.git(&["config", "lineage.denyRewinds", "true"]);
    let first = head(&project);
    project.record_edit("SKILL.md", "# One\n");
    let one = head(&project);
    server.take(&project, &ALL);
    let two = amend(&project, &first, "# Two\n");
    let refused = |refspec: &str, why: &str| -> Output {
        let told = server.refuse(&project, &[refspec], why);
        assert!(
            told.err_text().contains(&one),
            "it names what would be left behind\n{told}"
        );
        told
    };
    refused(&format!("+{two}:{HEAD_REF}"), "it is rewound");
    refused(&format!("+{first}:{HEAD_REF}"), "it is rewound");
    refused(&format!(":{HEAD_REF}"), "it is deleted");
    // Where the push itself brings another head that contains it, nothing is lost.
    let side = format!("{one}:{SIDE_REF}");
    server.take(&project, &[&format!("+{two}:{HEAD_REF}"), &side]);
    server.take(
        &project,
        &[
            &format!("+{first}:{HEAD_REF}"),
            &format!("{two}:refs/lineage/heads/b/skill/pdf"),
        ],
    );
    server.take(&project, &[&format!(":{HEAD_REF}")]);
    refused(&format!(":{SIDE_REF}"), "it is deleted");
    // Swapping two heads moves both, and loses nothing.
    server.take(
        &project,
        &[
            &format!("+{one}:refs/lineage/heads/b/skill/pdf"),
            &format!("+{two}:{SIDE_REF}"),
        ],
    );
    assert!(!server.refs().keys().any(|name| name.contains("/kept/")));
}

#[test]
fn a_kept_version_that_cannot_be_written_is_told_and_noted() {
    let (project, server) = pushed();
    let first = head(&project);
    project.record_edit("SKILL.md", "# One\n");
    server.take(&project, &ALL);
    // A ref stands where a folder is needed.
    server.git(&["update-ref", "refs/lineage/kept", &first]);
    let told = server.push(&project, &[&format!("+{first}:{HEAD_REF}")]).assert_code(0);
    assert!(told.err_text().contains("error: "), "{told}");
    assert_eq!(server.refs()[HEAD_REF], first, "the push was taken before");
    let status = server.lineage_ok(&["hooks", "status", "--server"]);
    assert!(status.err_text().contains("the post-receive hook failed"), "{status}");
    assert!(status.err_text().contains("was not kept"), "{status}");
}
