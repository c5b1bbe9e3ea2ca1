//! Spellings, cuts, and both properties: decoding undoes encoding, and encoding undoes decoding.

use proptest::prelude::*;

use super::*;

fn decode(encoded: &str) -> Result<Decoded, NotCanonical> {
    decode_component(encoded.into())
}

#[test]
fn encodes_exactly_what_the_format_says() {
    for (raw, encoded) in [
        ("pdf", "pdf"),
        ("Design Principles", "Design%20Principles"),
        ("feature/x", "feature%2Fx"),
        ("v1.0_a-B", "v1.0_a-B"),
        ("设计", "设计"),
        ("100%", "100%25"),
        (".hidden", "%2Ehidden"),
        ("a.", "a%2E"),
        ("a..b...", "a.%2Eb.%2E%2E"),
        ("..", "%2E%2E"),
        ("x.lock", "x%2Elock"),
        ("x.lock.lock", "x.lock%2Elock"),
        (".lock", "%2Elock"),
        ("a.locked", "a.locked"),
        ("a@{b}~^:?*[\\", "a%40%7Bb%7D%7E%5E%3A%3F%2A%5B%5C"),
        ("\u{7f}\t", "%7F%09"),
    ] {
        assert_eq!(encode_component(raw), encoded);
        assert_eq!(decode(encoded), Ok(Decoded::Whole(raw.to_owned())));
    }
}

#[test]
fn one_text_has_one_spelling() {
    use NotCanonical::*;
    for (encoded, error) in [
        ("", Empty),
        ("%", Escape),
        ("a%2", Escape),
        ("a%2f", Escape),
        ("%zz", Escape),
        ("%E8%AE%BE", Spelling),
        ("%FF", NotUtf8),
        ("%61", Spelling),
        ("a%2Eb", Spelling),
        (".a", Spelling),
        ("a.", Spelling),
        ("a..b", Spelling),
        ("x.lock", Spelling),
        ("a b", Spelling),
        ("abc%-", Shortening),
        (&"a".repeat(201), Spelling),
    ] {
        assert_eq!(decode(encoded), Err(error), "{encoded}");
    }
    assert_eq!(decode_component(b"a\xff".into()), Err(NotUtf8));
}

#[test]
fn long_texts_are_cut_between_characters_and_hashed() {
    let hash = |raw: &str| -> String { Sha1::digest(raw).iter().map(|b| format!("{b:02x}")).collect() };
    // 200 bytes stand, 201 do not; the cut never splits an escape or a character.
    assert_eq!(encode_component(&"a".repeat(200)), "a".repeat(200));
    for (raw, prefix) in [
        ("a".repeat(201), "a".repeat(150)),
        (" ".repeat(67), "%20".repeat(50)),
        (format!("a{}", " ".repeat(70)), format!("a{}", "%20".repeat(49))),
        (format!("ab{}", " ".repeat(70)), format!("ab{}", "%20".repeat(49))),
        ("设".repeat(80), "设".repeat(50)),
        (format!("a{}", "😀".repeat(60)), format!("a{}", "😀".repeat(37))),
        (
            format!("{}.lock{}", "a".repeat(145), "b".repeat(99)),
            format!("{}.lock", "a".repeat(145)),
        ),
    ] {
        let encoded = encode_component(&raw);
        assert_eq!(encoded, format!("{prefix}%-{}", hash(&raw)));
        assert_eq!(decode(&encoded), Ok(Decoded::Shortened));
        let component = Component::parse(encoded.as_str().into()).expect("canonical");
        assert!(component.matches(&raw) && !component.matches(&format!("{raw}x")));
        assert_eq!((component.encoded(), component.raw()), (encoded.as_str(), None));
    }
}

#[test]
fn broken_shortened_forms_are_refused() {
    let good = encode_component(&"a".repeat(300));
    assert!(decode(&good).is_ok());
    for bad in [
        good.replacen("aaaa", "", 1),
        format!("a{good}"),
        format!("{good}0"),
        good[..good.len() - 1].to_owned(),
        good.to_uppercase(),
        good.replacen("aaa", "%61", 1),
        good.replacen('a', ".", 1),
    ] {
        assert!(decode(&bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn decoding_undoes_encoding(raw in "[ -~]{1,30}|[a.]{1,20}(lock)?|\\PC{1,80}|[a-c /设😀.]{40,120}") {
        let encoded = encode_component(&raw);
        prop_assert!(encoded.len() <= MAX_LEN);
        match decode(&encoded) {
            Ok(Decoded::Whole(back)) => prop_assert_eq!(back, raw),
            Ok(Decoded::Shortened) => prop_assert!(escape(&raw, true).len() > MAX_LEN),
            Err(error) => prop_assert!(false, "{}: {}", encoded, error),
        }
    }

    #[test]
    fn what_decodes_encodes_to_the_same_bytes(encoded in "[a.%0-9A-F-]{1,12}|\\PC{1,20}") {
        if let Ok(Decoded::Whole(raw)) = decode(&encoded) {
            prop_assert_eq!(encode_component(&raw), encoded);
        }
    }
}
