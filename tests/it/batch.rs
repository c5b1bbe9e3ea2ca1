//! What a program may do while it fills a batch.

use git_lineage::{
    ArtifactId, BatchFile, BatchVersion, Caller, ChangeOrigin, FileMode, Line, LineageStore, OperationError, Person,
    Record, Signature, Timestamp, VersionId,
};

use crate::support::project::{ID, Project};

fn somebody() -> Signature {
    Signature {
        person: Person {
            name: "Ada".to_owned(),
            email: "ada@example.org".to_owned(),
        },
        time: Timestamp { seconds: 0, offset: 0 },
    }
}

fn version(data: &str, parents: Vec<VersionId>) -> BatchVersion {
    BatchVersion {
        artifact_id: ID.parse().expect("an id"),
        files: vec![BatchFile {
            path: b"SKILL.md".to_vec(),
            mode: FileMode::File,
            data: data.as_bytes().to_vec(),
        }],
        parents,
        change_origin: Some(ChangeOrigin::LocalModification),
        author: somebody(),
        committer: somebody(),
        summary: "Imported".to_owned(),
        body: None,
        upstream: None,
    }
}

#[test]
fn questions_are_answered_as_of_its_beginning() {
    let project = Project::deployed();
    let store = LineageStore::open(project.path()).expect("the repository is there");
    let (id, line): (ArtifactId, Line) = (ID.parse().expect("an id"), "main".parse().expect("a line"));
    let before = store.resolve(ID, Some(&line)).expect("it is deployed");
    let added = store.batch(|batch| {
        let head = store.resolve(ID, Some(&line))?;
        let added = batch.add(version("new\n", vec![head]))?;
        batch.set_head(&line, &id, added)?;
        assert_eq!(
            store.resolve(ID, Some(&line))?,
            before,
            "not before all of it is written"
        );
        assert_eq!(store.lineage(&head)?.len(), 1);
        Ok(added)
    });
    let added = added.expect("recorded");
    assert_eq!(store.resolve(ID, Some(&line)).expect("it is there"), added);
}

#[test]
fn an_operation_of_the_same_store_is_refused_and_nothing_is_written() {
    let project = Project::deployed();
    project.edit("SKILL.md", "edited\n");
    let store = LineageStore::open(project.path()).expect("the repository is there");
    let refs = project.git(&["for-each-ref"]).trimmed();
    let caller = Caller {
        author: somebody(),
        committer: somebody(),
    };
    let refused = store.batch(|batch| {
        batch.add(version("new\n", Vec::new()))?;
        store.record_local_modification(&Record::default(), &caller)
    });
    let refused = refused.expect_err("it would be written twice if the batch were filled twice");
    assert!(matches!(refused, OperationError::InsideBatch), "{refused:?}");
    assert_eq!(project.git(&["for-each-ref"]).trimmed(), refs);
    let recorded = store.record_local_modification(&Record::default(), &caller);
    assert!(recorded.expect("the store is as before")[0].recorded);
}
