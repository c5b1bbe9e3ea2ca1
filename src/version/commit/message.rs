//! The commit message around the trailers: summary and body, cleaned so that git finds our trailer paragraph and no other.
//!
//! git looks for trailers in the last paragraph of what is left of a message after it has cut it at the first line that
//! starts a patch (`---`) or at a scissors line (`# --- >8 ---`, with any comment character). Such a line gets one space
//! in front, which disarms it and leaves it readable. Cleaning twice changes nothing.

/// What a scissors line holds behind the comment character.
const SCISSORS: &str = "------------------------ >8 ------------------------";

/// One line: white space and control characters become single spaces. `None` if nothing is left.
pub(super) fn clean_summary(summary: &str) -> Option<String> {
    let separates = |c: char| c.is_ascii_whitespace() || c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let mut line = String::with_capacity(summary.len() + 1);
    for word in summary.trim().split(separates).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    // Words can end in white space that separates nothing, such as a no-break space.
    let kept = line.trim_end().len();
    line.truncate(kept);
    if cuts_message(&line) {
        line.insert(0, ' ');
    }
    (!line.is_empty()).then_some(line)
}

/// Any number of lines, ended by LF, without blank lines at the start and white space at the end. `None` if nothing is
/// left.
pub(super) fn clean_body(body: &str) -> Option<String> {
    let body = body.trim_end();
    let mut clean = String::with_capacity(body.len() + 16);
    for line in body.split('\n') {
        let line = line.trim_end_matches('\r');
        if clean.is_empty() && line.trim().is_empty() {
            continue;
        }
        if !clean.is_empty() {
            clean.push('\n');
        }
        if cuts_message(line) {
            clean.push(' ');
        }
        clean.push_str(line);
    }
    // git ends every text at the first NUL, and then sees no trailers.
    if clean.contains('\0') {
        clean = clean.replace('\0', "\u{fffd}");
    }
    (!clean.is_empty()).then_some(clean)
}

fn cuts_message(line: &str) -> bool {
    line.starts_with("---") || (line.contains(SCISSORS) && !line.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn summaries_are_one_line() {
        for (given, clean) in [
            ("  Fix\r\n\tthe   thing \n", Some("Fix the thing")),
            ("a\0b\u{1b}[31mc\u{85}d\u{2028}e", Some("a b [31mc d e")),
            ("设计\u{3000}原则", Some("设计\u{3000}原则")),
            ("--- a/file", Some(" --- a/file")),
            ("-- x", Some("-- x")),
            ("# heading", Some("# heading")),
            ("a \u{a0}", Some("a")),
            (" \n\t\0", None),
            ("", None),
        ] {
            assert_eq!(clean_summary(given).as_deref(), clean, "{given:?}");
        }
        let scissors = format!("# {SCISSORS}");
        assert_eq!(clean_summary(&scissors), Some(format!(" {scissors}")));
    }

    #[test]
    fn bodies_keep_their_lines() {
        for (given, clean) in [
            ("a\r\nb\r\r\n\r\nc  \n\n", Some("a\nb\n\nc")),
            ("\n \n  indented\n", Some("  indented")),
            ("---\n--- x\n----\n - - -", Some(" ---\n --- x\n ----\n - - -")),
            ("a\0b\tc", Some("a\u{fffd}b\tc")),
            (" \r\n\t", None),
            ("", None),
        ] {
            assert_eq!(clean_body(given).as_deref(), clean, "{given:?}");
        }
        let scissors = format!("x\n; {SCISSORS}\ny");
        assert_eq!(clean_body(&scissors), Some(format!("x\n ; {SCISSORS}\ny")));
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(text in "([-#; \\r\\n\\t\u{a0}]{0,4}\\PC{0,5}){0,6}|[ \\x00-\\x1f]{0,9}") {
            if let Some(clean) = clean_body(&text) {
                prop_assert_eq!(clean_body(&clean), Some(clean));
            }
            if let Some(clean) = clean_summary(&text) {
                // Reading trims, so what is cleaned again starts without the space that disarms.
                prop_assert_eq!(clean_summary(clean.trim()), Some(clean));
            }
        }
    }
}
