//! Every picture of `docs/branches.md` has a test that tells its story, and every story has its picture.

use super::root;
use crate::branches::anchors_with_pictures;

/// The stories that are told: the anchor of each, and the test that tells it.
fn stories() -> Vec<(String, String)> {
    let mut stories = Vec::new();
    for file in root("tests/it/branches").read_dir().expect("there is a folder") {
        let text = std::fs::read_to_string(file.expect("readable").path()).expect("UTF-8");
        let tests = text.split("#[test]\nfn ").skip(1);
        stories.extend(tests.filter_map(|test| {
            let (name, rest) = test.split_once("()")?;
            let (_, rest) = rest.split_once("tell")?;
            let (_, rest) = rest.split_once('"')?;
            Some((rest.split_once('"')?.0.to_owned(), name.to_owned()))
        }));
    }
    stories.sort();
    stories
}

#[test]
fn every_picture_is_tested() {
    let stories = stories();
    for (anchor, test) in &stories {
        assert_eq!(anchor.replace('-', "_"), *test, "a test is named after its picture");
    }
    let mut pictures = anchors_with_pictures();
    pictures.sort();
    let told: Vec<String> = stories.into_iter().map(|(anchor, _)| anchor).collect();
    assert_eq!(told, pictures);
    assert!(told.len() > 25, "only {} pictures", told.len());
}
