//! A change origin has three spellings, and unknown is none of them: anything else is refused at every entrance.

use git_lineage::{
    ArtifactVersion, BatchFile, BatchVersion, ChangeOrigin, FileMode, LineageStore, OperationError, Person, Signature,
    Timestamp,
};
use rusqlite::Connection;

use crate::support::project::{HEAD_REF, ID, Project, one, text};

/// What people, and programs, have tried.
const WRONG: [&str; 11] = [
    "Sync",
    "merge",
    "",
    "DEPLOYMENT",
    " sync",
    "sync ",
    "local-modification",
    "unknown",
    "null",
    "syncs",
    "s\u{443}nc",
];

#[test]
fn text_and_json_are_read_in_three_spellings() {
    for origin in ChangeOrigin::ALL {
        assert_eq!(origin.to_string().parse(), Ok(origin));
    }
    let project = Project::deployed();
    let shown = one(project.lineage_json(&["log", ID]));
    let version: ArtifactVersion = serde_json::from_value(shown.clone()).expect("what is printed can be read");
    assert_eq!(version.change_origin, Some(ChangeOrigin::Deployment));
    for wrong in WRONG {
        let refused = wrong.parse::<ChangeOrigin>().expect_err(wrong);
        assert!(
            refused.to_string().contains("deployment, sync or local_modification"),
            "{refused}"
        );
        let json = serde_json::Value::from(wrong);
        assert!(
            serde_json::from_value::<ChangeOrigin>(json.clone()).is_err(),
            "{wrong:?}"
        );
        let mut forged = shown.clone();
        forged["change_origin"] = json;
        let error = serde_json::from_value::<ArtifactVersion>(forged).expect_err(wrong);
        assert!(error.to_string().contains("is not a change origin"), "{error}");
    }
    for wrong in [
        serde_json::json!(1),
        serde_json::json!(["sync"]),
        serde_json::json!({"sync": null}),
    ] {
        assert!(serde_json::from_value::<ChangeOrigin>(wrong).is_err());
    }
    let mut unknown = shown;
    unknown["change_origin"] = serde_json::Value::Null;
    let unknown: ArtifactVersion = serde_json::from_value(unknown).expect("null is unknown");
    assert_eq!(unknown.change_origin, None);
}

#[test]
fn the_sidecar_takes_no_other() {
    let project = Project::deployed();
    let conn = Connection::open(project.sidecar()).expect("the file is there");
    let columns = {
        let statement = conn.prepare("SELECT * FROM artifact_versions");
        let statement = statement.expect("the table is there");
        let names: Vec<&str> = statement.column_names().collect();
        names.join(", ")
    };
    // The same row once more, under another number and id, with the origin in question.
    let selected = columns
        .replace("change_origin", "?1 AS change_origin")
        .replacen("id,", "id + 1000 AS id,", 1)
        .replace("version_id,", "zeroblob(20) AS version_id,");
    let insert = format!("INSERT INTO artifact_versions ({columns}) SELECT {selected} FROM artifact_versions LIMIT 1");
    for wrong in WRONG {
        let update = conn.execute("UPDATE artifact_versions SET change_origin = ?1", [wrong]);
        for refused in [update, conn.execute(&insert, [wrong])] {
            let error = refused.expect_err(wrong);
            let code = error.sqlite_error_code();
            assert_eq!(
                code,
                Some(rusqlite::ErrorCode::ConstraintViolation),
                "{wrong:?}: {error}"
            );
        }
    }
    for right in ["deployment", "sync", "local_modification"] {
        assert_eq!(conn.execute(&insert, [right]), Ok(1));
        assert_eq!(conn.execute("DELETE FROM artifact_versions WHERE id > 1000", []), Ok(1));
    }
    assert_eq!(conn.execute(&insert, [None::<String>]), Ok(1), "unknown");
}

#[test]
fn a_trailer_with_another_is_an_error_that_names_the_version() {
    let project = Project::deployed();
    let head = project.rev_parse(HEAD_REF);
    let tree = project.rev_parse(&format!("{HEAD_REF}^{{tree}}"));
    for wrong in WRONG {
        // White space around a value is no part of it, for git neither.
        let means = wrong.trim();
        let forged = project.plain_version(&tree, &[&head], Some(wrong));
        project.git(&["update-ref", HEAD_REF, &forged]);
        for command in [
            &["list"][..],
            &["log", "--all"],
            &["record"],
            &["sync", ID],
            &["lineage", &forged],
        ] {
            let args = [&["--json"][..], command].concat();
            let output = project.lineage(&args);
            if ChangeOrigin::ALL.iter().any(|origin| origin.as_str() == means) {
                assert_eq!(output.code, 0, "{output}");
                continue;
            }
            let error = output.assert_code(1).json_error();
            let message = text(&error, "message");
            assert_eq!(error["code"], "unknown_origin", "{error}");
            assert!(
                message.contains(&forged) && message.contains(&format!("'{means}'")),
                "{error}"
            );
            assert_eq!(project.rev_parse(HEAD_REF), forged, "nothing was written");
        }
        project.git(&["update-ref", HEAD_REF, &head]);
    }
    assert_eq!(project.record()["version_id"], *head, "all is well without it");
}

#[test]
fn no_question_takes_another() {
    let project = Project::deployed();
    project.record_edit("SKILL.md", "ours\n");
    for wrong in WRONG {
        let option = format!("--origin={wrong}");
        for json in [false, true] {
            let mut args = vec!["log", ID, &option];
            args.extend(json.then_some("--json"));
            let output = project.lineage(&args);
            // The one word more that this option knows.
            assert_eq!(output.code, if wrong == "unknown" { 0 } else { 2 }, "{output}");
            assert_eq!(output.text(), "", "{output}");
        }
    }
    let refused = project.lineage(&["log", "--origin", "Sync"]).assert_code(2);
    for spelling in ["deployment", "sync", "local_modification", "unknown"] {
        assert!(refused.err_text().contains(spelling), "{refused}");
    }
    for (origin, count) in [
        ("deployment", 1),
        ("local_modification", 1),
        ("sync", 0),
        ("unknown", 0),
    ] {
        assert_eq!(
            project.lineage_json(&["log", ID, "--origin", origin]).len(),
            count,
            "{origin}"
        );
    }
}

/// The library takes the type, so only what contradicts the parents could be wrong, and the type cannot say unknown.
#[test]
fn a_batch_writes_the_three_and_unknown() {
    let project = Project::deployed();
    let store = LineageStore::open(project.path()).expect("the repository is there");
    let head = store.resolve(ID, None).expect("it is deployed");
    let signature = Signature {
        person: Person {
            name: "Ada".to_owned(),
            email: "ada@example.org".to_owned(),
        },
        time: Timestamp { seconds: 0, offset: 0 },
    };
    let add = |origin: Option<ChangeOrigin>, with_parent: bool| {
        store.batch(|batch| {
            let version = batch.add(BatchVersion {
                artifact_id: ID.parse().expect("an id"),
                files: vec![BatchFile {
                    path: b"a".to_vec(),
                    mode: FileMode::File,
                    data: format!("{origin:?}").into_bytes(),
                }],
                parents: if with_parent { vec![head] } else { Vec::new() },
                change_origin: origin,
                author: signature.clone(),
                committer: signature.clone(),
                summary: "Imported\n\nChange-Origin: merge".to_owned(),
                body: Some("Change-Origin: Sync".to_owned()),
                upstream: None,
            })?;
            batch.set_head(
                &"imported".parse().expect("a line"),
                &ID.parse().expect("an id"),
                version,
            )?;
            Ok(version)
        })
    };
    let origins = [Some(ChangeOrigin::Sync), Some(ChangeOrigin::LocalModification), None];
    for origin in origins {
        let version = add(origin, true).expect("one of the three, or unknown");
        assert_eq!(store.version(&version).expect("recorded").change_origin, origin);
        let trailer = project.git(&[
            "log",
            "-1",
            "--format=%(trailers:key=Change-Origin,valueonly)",
            &version.to_string(),
        ]);
        assert_eq!(trailer.trimmed(), origin.map_or("", ChangeOrigin::as_str));
    }
    let refused = add(Some(ChangeOrigin::Deployment), true).expect_err("deployments are roots");
    assert!(matches!(refused, OperationError::Unwritable(_)), "{refused:?}");
    add(Some(ChangeOrigin::Deployment), false).expect("a root");
}
