//! Our part of a hook file: lines between two markers, put in and taken out without touching what others wrote.
//!
//! Three kinds, told apart by the first marker: a file of our own; lines put in front of a shell script, right after its
//! first line, so that an `exit` in it cannot keep them from being run; and a file that calls the hook which it has replaced
//! and which was put aside (for hooks that are no shell scripts, and for links, which lead to files that are not ours to
//! edit). Nothing here touches a file.

use std::ops::Range;

use super::HookEvent;

/// The folder beside the hooks in which hooks that were replaced lie under their own names: some find out from their name
/// what they are to do.
pub(super) const CHAINED: &str = "lineage-chained";

/// The shells for which our lines are right.
const SHELLS: [&str; 7] = ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"];

/// The first line of our own files.
const SHEBANG: &[u8] = b"#!/bin/sh\n";

/// What our part of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Own,
    /// In front of somebody's shell script.
    Before,
    /// It calls a hook that was put aside.
    Wrapper,
}

/// What a hook file holds of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    Part(Part, Range<usize>),
    /// One of the markers is gone, or there are several.
    Broken,
}

/// What is left of a file without our part.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// Nothing: the file was ours.
    Nothing,
    /// What others wrote.
    Text(Vec<u8>),
    /// As that, and it goes on calling the hook that was put aside.
    Wrapper(Vec<u8>),
}

/// The command that calls this program, as it stands in all kinds of our part.
pub(super) fn command(event: HookEvent) -> &'static str {
    let mut lines = event.script().lines();
    lines
        .find(|line| line.contains("git-lineage hook "))
        .expect("every script in hooks/ has it, which a test checks")
}

/// A hook file of our own.
pub(super) fn own(event: HookEvent) -> Vec<u8> {
    event.script().as_bytes().to_vec()
}

/// A hook file that calls the one which was put aside.
pub(super) fn wrapper(event: HookEvent) -> Vec<u8> {
    [SHEBANG, &block(event, Part::Wrapper)].concat()
}

/// A shell script with our part in front; `None` if it is no shell script.
pub(super) fn put_before(text: &[u8], event: HookEvent) -> Option<Vec<u8>> {
    let first = text.iter().position(|byte| *byte == b'\n')? + 1;
    is_shell(&text[..first]).then(|| [&text[..first], &block(event, Part::Before), &text[first..]].concat())
}

/// The file with our part as it is written today.
pub(super) fn renewed(text: &[u8], event: HookEvent, part: Part, range: &Range<usize>) -> Vec<u8> {
    [&text[..range.start], &block(event, part), &text[range.end..]].concat()
}

/// Looks for our part.
pub(super) fn find(text: &[u8], event: HookEvent) -> Found {
    let (begin, end) = (format!("# >>> git-lineage {event}"), end_marker(event));
    let mut position = 0;
    let (mut begun, mut ended) = (Vec::new(), Vec::new());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let bare = line.strip_suffix(b"\n").unwrap_or(line);
        if let Some(kind) = bare.strip_prefix(begin.as_bytes()) {
            begun.push((position, kind));
        } else if bare == end.as_bytes() {
            ended.push(position + line.len());
        }
        position += line.len();
    }
    match (begun.as_slice(), ended.as_slice()) {
        ([], []) => Found::Nothing,
        ([(start, kind)], [end]) if start < end => {
            let part = [Part::Own, Part::Before, Part::Wrapper];
            let part = part
                .into_iter()
                .find(|part| kind.starts_with(kind_of(*part).as_bytes()));
            part.map_or(Found::Broken, |part| Found::Part(part, *start..*end))
        }
        _ => Found::Broken,
    }
}

/// Takes our part out.
pub(super) fn take_out(text: &[u8], event: HookEvent, part: Part, range: &Range<usize>) -> Rest {
    let rest = [&text[..range.start], &text[range.end..]].concat();
    match part {
        Part::Own | Part::Wrapper if rest == SHEBANG => Rest::Nothing,
        Part::Own | Part::Before => Rest::Text(rest),
        // Somebody has written into it: the hook that was put aside cannot come back to this place.
        Part::Wrapper => Rest::Wrapper([&text[..range.start], forward(event).as_bytes(), &text[range.end..]].concat()),
    }
}

fn block(event: HookEvent, part: Part) -> Vec<u8> {
    let script = event.script();
    let own = script.split_once('\n').map_or(script, |(_, block)| block);
    let own = own.replacen(
        &format!("git-lineage {event}{}", kind_of(Part::Own)),
        &format!("git-lineage {event}{}", kind_of(part)),
        1,
    );
    let end = own.rfind("# <<<").unwrap_or(own.len());
    match part {
        Part::Before | Part::Wrapper if event.is_asked() => {
            let marker = own.find('\n').map_or(own.len(), |line_end| line_end + 1);
            [&own[..marker], &theirs_first(event, part), &own[end..]]
                .concat()
                .into_bytes()
        }
        Part::Own | Part::Before => own.into_bytes(),
        Part::Wrapper => [&own[..end], &forward(event), &own[end..]].concat().into_bytes(),
    }
}

/// Runs what was here first, for it may stop git, and ours if it did not; both are told the same on standard input. A script
/// runs itself again for that, so that its name, by which some know what they are to do, stays what it was.
fn theirs_first(event: HookEvent, part: Part) -> String {
    let call = command(event);
    let probe = format!("if test -n \"${{GIT_LINEAGE_HOOK_PROBE-}}\"; then {call}; exit 0; fi\n");
    // The dot keeps the line ends that a shell would cut off.
    let asked = "asked=$(cat; echo .); asked=${asked%.}\n";
    let ours = format!("printf %s \"$asked\" | {{ {call}; }}\n");
    match part {
        Part::Wrapper => format!(
            "{probe}{asked}next=${{0%/*}}/{CHAINED}/{event}\n\
             if test -x \"$next\"; then printf %s \"$asked\" | \"$next\" \"$@\" || exit; fi\n{ours}"
        ),
        _ => format!(
            "{probe}if test -z \"${{{AGAIN}-}}\"; then\n{asked}\
             printf %s \"$asked\" | {AGAIN}=1 \"$0\" \"$@\" || exit\n{ours}exit 0\nfi\nunset {AGAIN}\n"
        ),
    }
}

/// Set where a script runs itself again.
const AGAIN: &str = "GIT_LINEAGE_HOOK_AGAIN";

/// What follows the event in the first marker.
fn kind_of(part: Part) -> &'static str {
    match part {
        Part::Own => " >>>",
        Part::Before => ", before what was here >>>",
        Part::Wrapper => ", then what was here >>>",
    }
}

fn end_marker(event: HookEvent) -> String {
    format!("# <<< git-lineage {event} <<<")
}

/// Calls the hook that was put aside in the stead of this one, if git would.
fn forward(event: HookEvent) -> String {
    format!("next=${{0%/*}}/{CHAINED}/{event}\nif test -x \"$next\"; then exec \"$next\" \"$@\"; fi\n")
}

/// Whether a first line, line end included, names a shell.
fn is_shell(line: &[u8]) -> bool {
    let Some(interpreter) = line.strip_prefix(b"#!").and_then(|line| std::str::from_utf8(line).ok()) else {
        return false;
    };
    // A carriage return is part of the name, for the kernel too.
    let mut words = interpreter
        .trim_end_matches('\n')
        .split([' ', '\t'])
        .filter(|word| !word.is_empty());
    let mut name = words.next().map(base_name);
    if name == Some("env") {
        name = words
            .find(|word| !word.starts_with('-') && !word.contains('='))
            .map(base_name);
    }
    name.is_some_and(|name| SHELLS.contains(&name))
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn every_event(check: impl Fn(HookEvent)) {
        HookEvent::all().for_each(check);
    }

    #[test]
    fn the_scripts_differ_in_nothing_but_their_event() {
        let first = HookEvent::PostCommit;
        every_event(|event| {
            let expected = first.script().replace(first.as_str(), event.as_str());
            let silent = format!("git-lineage hook {event} \"$@\" </dev/null >/dev/null 2>&1 || :");
            if event.is_asked() {
                // It is told what to do, and tells what went wrong.
                let speaks =
                    format!("command -v git-lineage >/dev/null && git-lineage hook {event} \"$@\" >/dev/null || :");
                assert_eq!(event.script(), expected.replace(&silent, &speaks));
                assert_eq!(command(event), speaks);
            } else {
                assert_eq!(event.script(), expected);
                assert_eq!(command(event), silent);
            }
            assert_eq!(event.as_str().parse(), Ok(event));
        });
        assert!("pre-commit".parse::<HookEvent>().is_err());
    }

    #[test]
    fn our_parts_are_found_and_told_apart() {
        every_event(|event| {
            for (text, part) in [
                (own(event), Part::Own),
                (wrapper(event), Part::Wrapper),
                (
                    put_before(b"#!/bin/sh\nexit 1\n", event).expect("a shell script"),
                    Part::Before,
                ),
            ] {
                let Found::Part(found, range) = find(&text, event) else {
                    panic!("{event}")
                };
                assert_eq!(found, part);
                assert_eq!(
                    renewed(&text, event, part, &range),
                    text,
                    "it is as it would be written today"
                );
                let other = HookEvent::all()
                    .find(|other| *other != event)
                    .expect("there are several");
                assert_eq!(find(&text, other), Found::Nothing);
            }
        });
    }

    #[test]
    fn those_of_a_server_are_put_in_and_taken_out_likewise() {
        for event in HookEvent::server() {
            assert_eq!(event.as_str().parse(), Ok(event));
            assert!(event.is_server() && HookEvent::all().all(|other| other != event));
            let before = put_before(b"#!/bin/sh\nexit 1\n", event).expect("a shell script");
            for (text, part, rest) in [
                (own(event), Part::Own, Rest::Nothing),
                (wrapper(event), Part::Wrapper, Rest::Nothing),
                (before, Part::Before, Rest::Text(b"#!/bin/sh\nexit 1\n".to_vec())),
            ] {
                let Found::Part(found, range) = find(&text, event) else {
                    panic!("{event}")
                };
                assert_eq!(found, part);
                assert_eq!(renewed(&text, event, part, &range), text);
                assert_eq!(take_out(&text, event, part, &range), rest);
            }
        }
        assert!(!HookEvent::PreReceive.script().contains("|| :"), "it can refuse");
    }

    #[test]
    fn shells_are_told_from_what_only_looks_like_them() {
        for line in [
            "#!/bin/sh\n",
            "#! /bin/bash -e\n",
            "#!/usr/bin/env bash\n",
            "#!/usr/bin/env -S LC_ALL=C zsh -f\n",
            "#!/opt/homebrew/bin/dash\n",
        ] {
            assert!(is_shell(line.as_bytes()), "{line:?}");
        }
        for line in [
            "#!/bin/sh\r\n",
            "#!/usr/bin/env python3\n",
            "#!/usr/bin/fish\n",
            "#!/usr/bin/env\n",
            "#!\n",
            "echo sh\n",
            "\u{7f}ELF\n",
        ] {
            assert!(!is_shell(line.as_bytes()), "{line:?}");
        }
        assert_eq!(
            put_before(b"#!/bin/sh", HookEvent::PostMerge),
            None,
            "nothing would stand on a line of its own"
        );
    }

    #[test]
    fn a_part_that_was_edited_beyond_recognition_is_left_alone() {
        let event = HookEvent::PostCommit;
        let text = String::from_utf8(own(event)).expect("ASCII");
        for broken in [
            text.replace(&end_marker(event), "# the end"),
            text.replace("# >>> git-lineage post-commit", "# lineage"),
            text.replace("post-commit >>>", "post-commit, and so on >>>"),
            format!("{text}{text}"),
        ] {
            assert_eq!(find(broken.as_bytes(), event), Found::Broken, "{broken}");
        }
    }

    #[test]
    fn a_wrapper_that_was_edited_goes_on_calling_what_was_put_aside() {
        let event = HookEvent::PostMerge;
        let text = [wrapper(event), b"echo mine\n".to_vec()].concat();
        let Found::Part(part, range) = find(&text, event) else {
            panic!("it is there")
        };
        let Rest::Wrapper(rest) = take_out(&text, event, part, &range) else {
            panic!("it is one")
        };
        let rest = String::from_utf8(rest).expect("ASCII");
        assert!(!rest.contains("git-lineage"), "{rest}");
        assert!(
            rest.contains("lineage-chained/post-merge") && rest.ends_with("echo mine\n"),
            "{rest}"
        );
    }

    proptest! {
        #[test]
        fn what_was_put_in_comes_out_again(body in proptest::collection::vec(any::<u8>(), 0..200), n in 0..6_usize) {
            let event = HookEvent::all().nth(n).expect("there are six");
            let text = [b"#!/bin/bash\n".as_slice(), &body].concat();
            let with = put_before(&text, event).expect("a shell script");
            let Found::Part(part, range) = find(&with, event) else { panic!("it was put in") };
            prop_assert_eq!(take_out(&with, event, part, &range), Rest::Text(text));
        }
    }
}
