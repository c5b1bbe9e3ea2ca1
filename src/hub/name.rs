//! How the projects of a hub may be called: names that git takes for remotes and never for options, and that stand in full
//! in a ref.

use std::collections::BTreeSet;

use super::HubError;
use crate::upstream::source::without_credentials;

/// The longest name; encoded, every byte may take three in a ref.
const LONGEST: usize = 60;

/// Checks a name.
pub(super) fn check(name: &str) -> Result<(), HubError> {
    let is_strange = |c: char| c.is_control() || c.is_whitespace();
    let reason = if name.is_empty() {
        "it is empty"
    } else if name.starts_with('-') {
        "git would take it for an option"
    } else if name.len() > LONGEST {
        "it is longer than 60 bytes"
    } else if name.contains(is_strange) {
        "it holds white space or a control character"
    } else if gix::validate::reference::name(format!("refs/remotes/{name}/x").as_str().into()).is_err() {
        "git admits no such remote"
    } else {
        return Ok(());
    };
    Err(HubError::InvalidName {
        name: name.to_owned(),
        reason,
    })
}

/// What a project is called unless it is said: the last part of its URL.
pub(super) fn default_name(url: &str) -> Result<String, HubError> {
    let mut parts = parts(url);
    parts.next().ok_or_else(|| HubError::NoName {
        url: without_credentials(url),
    })
}

/// The remote that is called so, or the same but for upper and lower case, which not every file system tells apart.
pub(super) fn taken<'a>(name: &str, known: &'a BTreeSet<String>) -> Option<&'a String> {
    let folded = name.to_lowercase();
    known.iter().find(|known| known.to_lowercase() == folded)
}

/// A name that is free: with the part of the URL above, else with a number.
pub(super) fn proposal(name: &str, url: &str, known: &BTreeSet<String>) -> String {
    let above = parts(url).nth(1).map(|above| format!("{above}-{name}"));
    let start: String = name.chars().take(LONGEST / 6).collect();
    let start = if name.len() + 4 > LONGEST { &start } else { name };
    let numbered = (2..).map(|number: usize| format!("{start}-{number}"));
    let is_free = |name: &String| check(name).is_ok() && taken(name, known).is_none();
    let free = above.into_iter().chain(numbered).find(is_free);
    free.expect("some number is free")
}

/// The parts of a URL's path, the last first, as names.
fn parts(url: &str) -> impl Iterator<Item = String> {
    let url = without_credentials(url);
    let path = match url.split_once("://") {
        // The number behind a host is that of its port.
        Some((_, rest)) => rest.split_once(':').map_or(rest.to_owned(), |(host, after)| {
            let port = after.find('/').unwrap_or(after.len());
            format!("{host}{}", &after[port..])
        }),
        None => url.replace(':', "/"),
    };
    let parts: Vec<String> = path
        .split('/')
        .filter(|part| !matches!(*part, "" | "." | ".." | ".git"))
        .map(|part| {
            let stem = part.strip_suffix(".git").or_else(|| part.strip_suffix(".bundle"));
            as_name(stem.unwrap_or(part))
        })
        .filter(|part| check(part).is_ok())
        .collect();
    parts.into_iter().rev()
}

/// A text with what no name holds replaced.
fn as_name(text: &str) -> String {
    let kept = |c: char| c.is_alphanumeric() || "._-".contains(c);
    let name: String = text.chars().map(|c| if kept(c) { c } else { '-' }).collect();
    name.trim_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refname::encode_component;

    #[test]
    fn names_are_safe_for_git_and_refs() {
        for good in [
            "shop",
            "acme/shop",
            "shop.v2",
            "Laden_1",
            "设计",
            "a@b",
            "HEAD",
            "x%20y",
        ] {
            check(good).unwrap_or_else(|error| panic!("{error}"));
            assert!(!encode_component(good).contains("%-"), "{good} stands in full in a ref");
        }
        assert!(!encode_component(&"%".repeat(LONGEST)).contains("%-"));
        let long = "x".repeat(LONGEST + 1);
        for bad in [
            "",
            "-x",
            "--upload-pack=x",
            "a b",
            "a\nb",
            "a\tb",
            "a:b",
            "a..b",
            "a~1",
            "a^",
            "a?",
            "a*",
            "a[",
            "a\\b",
            "/a",
            "a/",
            "a//b",
            ".a",
            "a/.b",
            "a.lock",
            "a@{b",
            &long,
        ] {
            let error = check(bad).expect_err(bad).to_string();
            assert!(error.contains("cannot be called"), "{error}");
        }
    }

    #[test]
    fn a_project_is_called_as_its_url_ends() {
        for (url, name) in [
            ("https://host/acme/shop.git", Some("shop")),
            ("https://me:secret@host/shop/", Some("shop")),
            ("git@host:acme/shop.git", Some("shop")),
            ("host:shop", Some("shop")),
            ("https://host:8443/shop", Some("shop")),
            ("https://host:8443", Some("host")),
            ("/srv/projects/shop/.git", Some("shop")),
            ("/srv/my shop.git", Some("my-shop")),
            ("/srv/shop.bundle", Some("shop")),
            ("/", None),
            ("/...", None),
        ] {
            assert_eq!(default_name(url).ok().as_deref(), name, "{url}");
        }
        assert_eq!(default_name("https://me:secret@host").ok().as_deref(), Some("host"));
    }

    #[test]
    fn another_name_is_proposed() {
        let known = ["shop", "acme-shop", "shop-2"].map(str::to_owned).into();
        assert_eq!(taken("Shop", &known).map(String::as_str), Some("shop"));
        assert_eq!(proposal("shop", "https://host/beta/shop", &known), "beta-shop");
        assert_eq!(proposal("shop", "https://host/acme/shop", &known), "shop-3");
        assert_eq!(proposal("shop", "https://host:8443/shop", &known), "host-shop");
        assert_eq!(proposal("shop", "/shop", &known), "shop-3");
    }
}
