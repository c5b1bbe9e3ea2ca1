//! What is typed for a version, in a project with a few of them.
#![no_main]

use std::cell::LazyCell;

use git_lineage::LineageStore;
use git_lineage_fuzz::Project;

thread_local! {
    static STORE: LazyCell<(Project, LineageStore)> = LazyCell::new(|| {
        let project = Project::new();
        let store = LineageStore::open(&project.path()).expect("a repository");
        (project, store)
    });
}

libfuzzer_sys::fuzz_target!(|data: &str| {
    STORE.with(|both| {
        let store = &both.1;
        if let Ok(id) = store.resolve(data, None) {
            let version = store.version(&id).expect("it was found");
            let digits = data.len() >= 7 && data.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(data.starts_with(version.artifact_id.as_str()) || digits, "{data:?}");
        }
        if let Ok(content) = store.resolve_content(data) {
            assert!(content.to_string().starts_with(&data.to_ascii_lowercase()));
        }
    });
});
