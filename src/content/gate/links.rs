//! Where symbolic links lead, worked out within the content alone.
//!
//! Each link is followed once, name by name, as the kernel would; what it leads to is kept, so that a million links
//! that lead through one another cost no more than their targets are long.

use std::collections::HashMap;

use super::paths::{Paths, PlaceId, What};
use crate::content::{ContentError, Entry, Mode, Refusal, error::to_path};

/// How many links Linux follows for one path.
const MAX_HOPS: u32 = 40;
/// The longest target Linux can follow, in bytes.
const MAX_TARGET: usize = 4095;

/// Checks every symbolic link of the content.
pub(super) fn check_links<E: From<ContentError>>(
    paths: &mut Paths<'_>,
    read_link: &mut dyn FnMut(&Entry) -> Result<Vec<u8>, E>,
    single_file: bool,
) -> Result<(), E> {
    let links = paths.links();
    let mut follower = Follower {
        paths,
        read_link,
        single_file,
        origin: Vec::new(),
        followed: HashMap::with_capacity(links.len()),
    };
    for link in links {
        if let What::Entry(entry) = follower.paths.what(link) {
            follower.origin.clone_from(&entry.path);
            follower.follow(link, entry, 0)?;
        }
    }
    Ok(())
}

/// Where a link leads, and how many links are followed on the way.
#[derive(Clone, Copy)]
struct End {
    place: PlaceId,
    hops: u32,
}

struct Follower<'p, 'a, 'r, E> {
    paths: &'p mut Paths<'a>,
    read_link: &'r mut dyn FnMut(&Entry) -> Result<Vec<u8>, E>,
    single_file: bool,
    /// The path of the link that is being checked; others may have to be followed for it.
    origin: Vec<u8>,
    /// `None` while the link is being followed.
    followed: HashMap<PlaceId, Option<End>>,
}

impl<E: From<ContentError>> Follower<'_, '_, '_, E> {
    /// Follows the symbolic link `entry`. The recursion is bounded: no more links than the kernel admits.
    fn follow(&mut self, link: PlaceId, entry: &Entry, depth: u32) -> Result<End, E> {
        let refuse = |reason| Err(ContentError::refused(&entry.path, reason).into());
        match self.followed.insert(link, None) {
            Some(Some(end)) => {
                self.followed.insert(link, Some(end));
                return Ok(end);
            }
            Some(None) => return Err(self.circle()),
            None if depth >= MAX_HOPS => return Err(self.circle()),
            None => {}
        }
        let target = (self.read_link)(entry)?;
        if let Some(reason) = refused_target(&target, self.single_file) {
            return refuse(reason);
        }

        let parent = self.paths.parent(link).unwrap_or(Paths::ROOT);
        let mut end = End { place: parent, hops: 1 };
        for name in target.split(|byte| *byte == b'/') {
            match name {
                b"" | b"." => {}
                b".." => match self.paths.parent(end.place) {
                    Some(parent) => end.place = parent,
                    None => return refuse(leaves(&target)),
                },
                name => {
                    let place = self.paths.child(end.place, name);
                    end.place = place;
                    if let What::Entry(next) = self.paths.what(place)
                        && next.mode == Mode::Symlink
                    {
                        let beyond = self.follow(place, next, depth + 1)?;
                        end = End {
                            place: beyond.place,
                            hops: end.hops + beyond.hops,
                        };
                    }
                }
            }
            if end.hops > MAX_HOPS {
                return Err(self.circle());
            }
        }
        self.followed.insert(link, Some(end));
        Ok(end)
    }

    fn circle(&self) -> E {
        ContentError::refused(&self.origin, Refusal::LinkLoop { limit: MAX_HOPS }).into()
    }
}

/// Why a target is refused as it stands, without following it.
fn refused_target(target: &[u8], single_file: bool) -> Option<Refusal> {
    if target.is_empty() {
        Some(Refusal::EmptyLink)
    } else if target.len() > MAX_TARGET {
        Some(Refusal::LinkTooLong { limit: MAX_TARGET })
    } else if target.contains(&0) {
        Some(Refusal::Nul)
    } else if single_file || target[0] == b'/' {
        Some(leaves(target))
    } else {
        None
    }
}

fn leaves(target: &[u8]) -> Refusal {
    Refusal::LinkLeaves {
        target: to_path(target),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        content::gate::{GateOptions, check_entries},
        id::HashKind,
    };

    /// The verdict on files (without a target) and symbolic links (with one).
    fn verdict(content: &[(&str, Option<&str>)], options: GateOptions) -> Result<(), Refusal> {
        let targets: HashMap<_, _> = content.iter().copied().collect();
        let mode = |target: &Option<_>| if target.is_some() { Mode::Symlink } else { Mode::File };
        let entries: Vec<_> = content
            .iter()
            .map(|(path, target)| Entry::of_data(*path, mode(target), b"x", HashKind::Sha1))
            .collect();
        let mut read_link = |entry: &Entry| -> Result<Vec<u8>, ContentError> {
            let target = targets[entry.path.to_string().as_str()];
            Ok(target.expect("only links are asked for").as_bytes().to_vec())
        };
        match check_entries(&entries, &mut read_link, options) {
            Ok(()) => Ok(()),
            Err(ContentError::Refused { reason, .. }) => Err(reason),
            Err(other) => panic!("{other}"),
        }
    }

    fn strict(content: &[(&str, Option<&str>)]) -> Result<(), Refusal> {
        verdict(content, GateOptions::default())
    }

    #[test]
    fn links_that_stay_inside() {
        let content = [
            ("a/file", None),
            ("to-file", Some("a/file")),
            ("to-dir", Some("./a//")),
            ("a/up", Some("../to-file")),
            ("a/root", Some("..")),
            ("through", Some("a/root/a/up")),
            ("here", Some(".")),
            ("dangling", Some("no/such/../file")),
            ("back", Some("here/here/a/..")),
        ];
        assert_eq!(strict(&content), Ok(()));
    }

    #[test]
    fn links_that_lead_out() {
        let out = |target: &str| Err(Refusal::LinkLeaves { target: target.into() });
        for target in [
            "/",
            "/etc/passwd",
            "..",
            "../x",
            "a/../..",
            "./../a",
            "no/../../x",
            "a/file/../../..",
        ] {
            assert_eq!(
                strict(&[("a/file", None), ("link", Some(target))]),
                out(target),
                "{target}"
            );
        }
        // Each stays inside when read without the other.
        let composed = [("d/e/up", Some("../..")), ("d/link", Some("e/up/../x"))];
        assert_eq!(strict(&composed), out("e/up/../x"));
        assert_eq!(
            strict(&[("d/e/up", Some("../..")), ("link", Some("d/e/up/.."))]),
            out("d/e/up/..")
        );
    }

    #[test]
    fn other_targets_that_are_refused() {
        assert_eq!(strict(&[("a", Some(""))]), Err(Refusal::EmptyLink));
        assert_eq!(strict(&[("a", Some("x\0y"))]), Err(Refusal::Nul));
        let long = "x/".repeat(2048);
        assert_eq!(strict(&[("a", Some(&long))]), Err(Refusal::LinkTooLong { limit: 4095 }));
        assert_eq!(strict(&[("a", Some(&long[..4095]))]), Ok(()));
        let circle = Err(Refusal::LinkLoop { limit: 40 });
        assert_eq!(strict(&[("a", Some("a"))]), circle);
        assert_eq!(strict(&[("a", Some("b")), ("b", Some("x/../a"))]), circle);
        assert_eq!(strict(&[("a", Some("a/b"))]), circle);
    }

    #[test]
    fn forty_links_and_no_more() {
        for (links, verdict) in [(40, Ok(())), (41, Err(Refusal::LinkLoop { limit: 40 }))] {
            let names: Vec<String> = (0..=links).map(|number| format!("l{number:02}")).collect();
            let mut content: Vec<_> = names.windows(2).map(|pair| (&*pair[0], Some(&*pair[1]))).collect();
            assert_eq!(strict(&content), verdict, "{links}");
            content.reverse();
            assert_eq!(strict(&content), verdict, "{links}, reversed");
        }
        let doubled = [("a", Some("x/../b/../b")), ("b", Some("y"))];
        assert_eq!(strict(&doubled), Ok(()));
    }

    #[test]
    fn a_link_that_is_the_artifact_leads_out_wherever_it_leads() {
        let options = GateOptions {
            single_file: true,
            ..GateOptions::default()
        };
        for target in ["x", "../x", "/x"] {
            assert_eq!(
                verdict(&[("CLAUDE.md", Some(target))], options),
                Err(Refusal::LinkLeaves { target: target.into() })
            );
        }
        assert_eq!(verdict(&[("CLAUDE.md", None)], options), Ok(()));
        assert_eq!(strict(&[("CLAUDE.md", Some("x"))]), Ok(()));
    }

    #[test]
    fn links_are_found_without_case_where_it_is_ignored() {
        let content = [("d/Up", Some("..")), ("d/link", Some("UP/../x"))];
        assert_eq!(strict(&content), Ok(()));
        let options = GateOptions {
            ignore_case: true,
            ..GateOptions::default()
        };
        assert!(verdict(&content, options).is_err());
    }

    #[test]
    fn a_web_of_links_is_followed_in_time() {
        // Each link goes through the next one a thousand times.
        let names: Vec<String> = (0..30).map(|number| format!("l{number:02}")).collect();
        let targets: Vec<String> = names
            .iter()
            .skip(1)
            .map(|next| format!("{next}/").repeat(900))
            .collect();
        let mut content: Vec<_> = names
            .iter()
            .zip(&targets)
            .map(|(name, target)| (&**name, Some(&**target)))
            .collect();
        content.push((&names[29], Some(".")));
        assert_eq!(strict(&content), Err(Refusal::LinkLoop { limit: 40 }));
    }
}
