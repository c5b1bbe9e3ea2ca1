//! Wording that several commands share.

use std::path::{Component, Path};

use git_lineage::{ArtifactVersion, ChangeOrigin, Upstream};

use super::{
    dates::Dates,
    style::Tone,
    table::{Cell, Table},
};

/// The word for a change origin.
pub(super) fn origin(origin: Option<ChangeOrigin>) -> &'static str {
    origin.map_or("unknown", ChangeOrigin::as_str)
}

/// `1 file`, `2 files`.
pub(super) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Where upstream content came from: `anthropics/skills@b9e19e6`, or the folder as it was typed.
pub(super) fn upstream(upstream: &Upstream) -> Option<String> {
    let url = upstream.url.as_deref()?;
    let Some(commit) = &upstream.commit else {
        return Some(match upstream.path.as_deref() {
            Some(path) if !path.is_empty() => format!("{}/{path}", url.trim_end_matches('/')),
            _ => url.to_owned(),
        });
    };
    let name = url
        .strip_prefix("https://github.com/")
        .or_else(|| url.strip_prefix("git@github.com:"))
        .unwrap_or(url)
        .trim_end_matches('/');
    let name = name.strip_suffix(".git").unwrap_or(name);
    Some(format!("{name}@{}", commit.short()))
}

/// As [`upstream`], with the branch or tag: `anthropics/skills@b9e19e6 (main)`.
pub(super) fn upstream_with_ref(from: &Upstream) -> Option<String> {
    let name = upstream(from)?;
    Some(match &from.ref_name {
        Some(ref_name) => format!("{name} ({ref_name})"),
        None => name,
    })
}

/// A word of a shell command: in quotes where a shell would take it apart.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-@:+,=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// True for what git would fetch over a transport: `scheme://…` or `host:path`.
pub(super) fn is_url(source: &str) -> bool {
    match source.split_once(':') {
        Some((before, _)) => !before.is_empty() && !before.contains('/'),
        None => false,
    }
}

/// A source typed in the directory `below_root` of the project, as it is written from the project's root.
///
/// Only `.` and `..` at its front are worked out, which is exact, because a current directory holds no links. From the
/// root itself, absolute and URL sources stay as typed.
pub(super) fn rebase(below_root: &Path, typed: &str) -> String {
    if below_root.as_os_str().is_empty() || is_url(typed) || Path::new(typed).is_absolute() {
        return typed.to_owned();
    }
    let mut above: Vec<String> = below_root
        .components()
        .map(|component| component.as_os_str().to_string_lossy().into_owned())
        .collect();
    let mut rest = Path::new(typed).components();
    let mut ahead = rest.clone();
    while let Some(component @ (Component::CurDir | Component::ParentDir)) = ahead.next() {
        rest = ahead.clone();
        let goes_up = component == Component::ParentDir;
        if goes_up && above.last().is_none_or(|last| last == "..") {
            above.push("..".to_owned());
        } else if goes_up {
            above.pop();
        }
    }
    above.extend(rest.map(|component| component.as_os_str().to_string_lossy().into_owned()));
    if above.is_empty() {
        ".".to_owned()
    } else {
        above.join("/")
    }
}

/// The last name in a source, by which a copy is called; `None` for `/`, `.` and `..`.
pub(super) fn last_name(source: &str) -> Option<&str> {
    let name = source.trim_end_matches('/').rsplit('/').next()?;
    let name = if is_url(source) {
        let name = name.rsplit(':').next()?;
        name.strip_suffix(".git").unwrap_or(name)
    } else {
        name
    };
    (!matches!(name, "" | "." | "..")).then_some(name)
}

/// A version id, seven digits wide.
pub(super) fn id_cell(version: &ArtifactVersion) -> Cell {
    Cell::new(Tone::Dim, version.version_id.short())
}

/// A change origin in its colour.
pub(super) fn origin_cell(version: &ArtifactVersion) -> Cell {
    Cell::new(Tone::of(version.change_origin), origin(version.change_origin))
}

/// When a version was made.
pub(super) fn when_cell(version: &ArtifactVersion, dates: &Dates) -> Cell {
    Cell::plain(dates.show(version.created_at))
}

/// A line for each of several versions that may be of several artifacts.
pub(super) fn versions(versions: &[ArtifactVersion], dates: &Dates) -> Table {
    let mut table = Table::default();
    for version in versions {
        table.row(vec![
            Cell::new(Tone::Subject, version.artifact_id.as_str()),
            id_cell(version),
            origin_cell(version),
            when_cell(version, dates),
            Cell::plain(&version.summary),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_keep_their_meaning_at_the_root() {
        for (below, typed, rebased) in [
            ("", "../skills/pdf/", "../skills/pdf/"),
            ("a/b", "../../../skills/pdf", "../skills/pdf"),
            ("a/b", "../../../../up", "../../up"),
            ("a/b", "x/../y", "a/b/x/../y"),
            ("a/b", "./../c", "a/c"),
            ("a", "..", "."),
            ("a", ".", "a"),
            ("a", "/abs", "/abs"),
            ("a", "https://example.org/x", "https://example.org/x"),
            ("a", "host:x", "host:x"),
            ("a", "./b:c", "a/b:c"),
        ] {
            assert_eq!(rebase(Path::new(below), typed), rebased, "{typed} in {below}");
        }
    }

    #[test]
    fn a_copy_is_called_as_its_source() {
        for (source, name) in [
            ("../skills/pdf/", Some("pdf")),
            ("pdf", Some("pdf")),
            ("agents/reviewer.md", Some("reviewer.md")),
            ("https://example.org/skills.git", Some("skills")),
            ("git@example.org:skills.git", Some("skills")),
            ("dir.git", Some("dir.git")),
            ("..", None),
            ("a/..", None),
            ("/", None),
            ("", None),
        ] {
            assert_eq!(last_name(source), name, "{source}");
        }
    }

    #[test]
    fn upstreams_are_short() {
        let mut from = Upstream {
            url: Some("https://github.com/anthropics/skills.git".to_owned()),
            path: Some("skills/pdf".to_owned()),
            ref_name: Some("main".to_owned()),
            commit: Some("b9e19e6f44773509fbdd7001d77ff41a49b95c1e".parse().expect("valid")),
            tree: None,
        };
        assert_eq!(upstream(&from).as_deref(), Some("anthropics/skills@b9e19e6"));
        assert_eq!(
            upstream_with_ref(&from).as_deref(),
            Some("anthropics/skills@b9e19e6 (main)")
        );
        from.url = Some("../skills/".to_owned());
        from.commit = None;
        assert_eq!(upstream(&from).as_deref(), Some("../skills/skills/pdf"));
        assert_eq!(upstream(&Upstream::default()), None);
    }

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(quoted("skill/pdf"), "skill/pdf");
        assert_eq!(quoted("skill/发布"), "skill/发布");
        assert_eq!(quoted("skill/it's $x"), r"'skill/it'\''s $x'");
        assert_eq!(quoted(""), "''");
    }
}
