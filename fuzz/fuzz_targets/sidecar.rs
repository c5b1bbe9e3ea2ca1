//! The bytes of the sidecar: whatever they are, every question has an answer, or an error, in time.
#![no_main]

use std::{cell::LazyCell, fs, path::PathBuf};

use git_lineage::{LineageStore, Timeline, TimelineStart, VersionId};
use git_lineage_fuzz::Project;

thread_local! {
    static PROJECT: LazyCell<(Project, PathBuf, VersionId)> = LazyCell::new(|| {
        let project = Project::new();
        let store = LineageStore::open(&project.path()).expect("a repository");
        let head = store.resolve("skill/pdf", None).expect("it is there");
        let sidecar = store.sidecar_path();
        if let Some(copy) = std::env::var_os("GIT_LINEAGE_FUZZ_SEED") {
            fs::copy(&sidecar, copy).expect("a seed can be written");
        }
        (project, sidecar, head)
    });
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    PROJECT.with(|both| {
        let (project, sidecar, head) = &**both;
        for name in ["index.sqlite-wal", "index.sqlite-shm", "index.sqlite-journal"] {
            let _ = fs::remove_file(sidecar.with_file_name(name));
        }
        fs::write(sidecar, data).expect("written");
        let store = LineageStore::open(&project.path()).expect("a repository");
        // A row may have been changed so that nobody can tell; nothing may hang or panic.
        let _ = store.resolve("skill/pdf~1", None);
        let _ = store.timeline(&Timeline {
            start: TimelineStart::Everything,
            origin: None,
            since: None,
            until: None,
            limit: None,
        });
        if let Ok(lineage) = store.lineage(head) {
            assert!(lineage.len() <= 64);
        }
        if let Ok(version) = store.version(head) {
            let _ = store.children_of(&version.content_hash);
            let _ = store.find_by_content(&version.content_hash);
        }
    });
});
