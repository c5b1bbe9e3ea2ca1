//! A command line in a setting, taken apart as git does it where it runs a command without a shell.

/// The words of a command: separated by white space, with single and double quotes, and `\` before a character that means
/// itself (not between single quotes). `None` where a quote is not closed or nothing follows a `\`.
pub(super) fn words(command: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = command.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, c) if c.is_ascii_whitespace() => words.extend(word.take()),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '\\') => word.get_or_insert_default().push(chars.next()?),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_those_of_git() {
        for (command, expected) in [
            ("ssh-add -L", &["ssh-add", "-L"][..]),
            ("  a \t b  ", &["a", "b"]),
            (r#"'a b' "c d"e f\ g"#, &["a b", "c de", "f g"]),
            (r#"'a\b' "a\"b" '"'"#, &["a\\b", "a\"b", "\""]),
            ("a '' b", &["a", "", "b"]),
            ("", &[]),
        ] {
            assert_eq!(words(command).expect(command), expected, "{command}");
        }
        for broken in ["'a", "\"a", "a\\", "\"a\\"] {
            assert_eq!(words(broken), None, "{broken}");
        }
    }
}
