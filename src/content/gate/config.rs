//! The settings of submodules in a `.gitmodules` file, as git's config parser reads them.
//!
//! Lenient on purpose: git acts on the settings before a syntax error, so they are listed, and what follows is not.

/// One `submodule.<name>.<key>`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Setting {
    /// May be empty.
    pub(super) name: Vec<u8>,
    /// In lower case.
    pub(super) key: Vec<u8>,
    /// `None` where there is no `=`.
    pub(super) value: Option<Vec<u8>>,
}

/// All settings of submodules up to the end or the first syntax error.
pub(super) fn submodule_settings(data: &[u8]) -> Vec<Setting> {
    let mut reader = Reader {
        rest: data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data),
    };
    let mut settings = Vec::new();
    let mut section = Vec::new();
    while let Some(byte) = reader.next() {
        match byte {
            byte if is_space(byte) => {}
            b'#' | b';' => reader.skip_line(),
            b'[' => match reader.section() {
                Some(name) => section = name,
                None => break,
            },
            byte if byte.is_ascii_alphabetic() => {
                let Some((key, value)) = reader.setting(byte) else {
                    break;
                };
                settings.extend(Setting::new(&section, &key, value));
            }
            _ => break,
        }
    }
    settings
}

impl Setting {
    fn new(section: &[u8], key: &[u8], value: Option<Vec<u8>>) -> Option<Self> {
        let full_name = [section, b".", key].concat();
        // git handles both as C strings.
        let (name, key) = split_at_last_dot(until_nul(&full_name).strip_prefix(b"submodule.")?)?;
        Some(Self {
            name: name.to_vec(),
            key: key.to_vec(),
            value: value.map(|value| until_nul(&value).to_vec()),
        })
    }
}

fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == 0).next().unwrap_or(text)
}

fn split_at_last_dot(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let dot = text.iter().rposition(|byte| *byte == b'.')?;
    Some((&text[..dot], &text[dot + 1..]))
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

struct Reader<'d> {
    rest: &'d [u8],
}

impl Reader<'_> {
    /// The next byte; a CR before a LF does not count.
    fn next(&mut self) -> Option<u8> {
        if self.rest.starts_with(b"\r\n") {
            self.rest = &self.rest[1..];
        }
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// The next byte on this line; `None` at its end.
    fn next_in_line(&mut self) -> Option<u8> {
        self.next().filter(|byte| *byte != b'\n')
    }

    fn skip_line(&mut self) {
        while self.next_in_line().is_some() {}
    }

    /// The name in a section header, behind its `[`: `a`, `a.b`, or `a "b"` as `a.b`.
    fn section(&mut self) -> Option<Vec<u8>> {
        let mut name = Vec::new();
        loop {
            match self.next()? {
                b']' => return (!name.is_empty()).then_some(name),
                b'\n' => return None,
                byte if is_space(byte) => break,
                byte if is_key_byte(byte) || byte == b'.' => name.push(byte.to_ascii_lowercase()),
                _ => return None,
            }
        }
        while let Some(byte) = self.next_in_line() {
            match byte {
                b'"' => break,
                byte if is_space(byte) => {}
                _ => return None,
            }
        }
        name.push(b'.');
        loop {
            match self.next_in_line()? {
                b'"' => break,
                b'\\' => name.push(self.next_in_line()?),
                byte => name.push(byte),
            }
        }
        (self.next() == Some(b']')).then_some(name)
    }

    /// A key, of which `first` has been read, and its value.
    fn setting(&mut self, first: u8) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
        let mut key = vec![first.to_ascii_lowercase()];
        let mut byte = self.next();
        while let Some(more) = byte.filter(|byte| is_key_byte(*byte)) {
            key.push(more.to_ascii_lowercase());
            byte = self.next();
        }
        while let Some(b' ' | b'\t') = byte {
            byte = self.next();
        }
        match byte {
            None | Some(b'\n') => Some((key, None)),
            Some(b'=') => Some((key, Some(self.value()?))),
            Some(_) => None,
        }
    }

    fn value(&mut self) -> Option<Vec<u8>> {
        let mut value = Vec::new();
        // What is left when white space at the end is dropped.
        let mut len = 0;
        let mut quoted = false;
        while let Some(byte) = self.next_in_line() {
            match byte {
                b'"' => quoted = !quoted,
                b'#' | b';' if !quoted => {
                    self.skip_line();
                    break;
                }
                byte if is_space(byte) && !quoted => {
                    if !value.is_empty() {
                        value.push(byte);
                    }
                    continue;
                }
                b'\\' => match self.next() {
                    // The line goes on.
                    None | Some(b'\n') => {}
                    Some(b't') => value.push(b'\t'),
                    Some(b'b') => value.push(8),
                    Some(b'n') => value.push(b'\n'),
                    Some(byte @ (b'\\' | b'"')) => value.push(byte),
                    Some(_) => return None,
                },
                byte => value.push(byte),
            }
            len = value.len();
        }
        value.truncate(len);
        (!quoted).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String, Option<String>)> {
        let text_of = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        let settings = submodule_settings(text.as_bytes());
        settings
            .into_iter()
            .map(|s| (text_of(s.name), text_of(s.key), s.value.map(text_of)))
            .collect()
    }

    fn one(name: &str, key: &str, value: Option<&str>) -> Vec<(String, String, Option<String>)> {
        vec![(name.into(), key.into(), value.map(Into::into))]
    }

    #[test]
    fn settings_in_all_their_forms() {
        assert_eq!(
            read("[submodule \"a b\"]\n\tURL = x y  ; z\n"),
            one("a b", "url", Some("x y"))
        );
        assert_eq!(
            read("\u{feff}[Submodule.Old]path=\"-x \"\r\n"),
            one("old", "path", Some("-x "))
        );
        assert_eq!(read("[submodule \"q\\\"\\\\r\"] url"), one("q\"\\r", "url", None));
        assert_eq!(
            read("[submodule \"a\"]\nurl = one\\\n two\\n\"#\"\n"),
            one("a", "url", Some("one two\n#"))
        );
        assert_eq!(read("[submodule \"\"]\nurl = x"), one("", "url", Some("x")));
        assert_eq!(read("[submodule]\nurl = x\n[other \"a\"]\nurl = x"), []);
        assert_eq!(read("[submodule \"a\0b\"]\nurl = x"), []);
        assert_eq!(read("[submodule \"a\"]\nurl = x\0y"), one("a", "url", Some("x")));
    }

    #[test]
    fn what_stands_before_a_syntax_error_counts() {
        for broken in ["[broken", "url = \"open\n", "!x", "[]", "[a b]", "url = \\x", "u$l = x"] {
            let text = format!("[submodule \"a\"]\npath = -x\n{broken}\n[submodule \"b\"]\npath = -y\n");
            assert_eq!(read(&text), one("a", "path", Some("-x")), "{broken}");
        }
        assert_eq!(read("path = x"), []);
    }
}
