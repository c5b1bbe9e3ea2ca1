//! What of the page can be held against rules without a browser.

use std::collections::BTreeMap;

use super::{SCRIPT, STYLE, TEMPLATE, base64, embedded, source};

#[test]
fn base64_as_the_standard_has_it() {
    for (bytes, text) in [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("\u{ff}\u{fe}", "w7/Dvg=="),
    ] {
        assert_eq!(base64(bytes.as_bytes()), text);
    }
    // openssl dgst -sha256 -binary </dev/null | base64
    assert_eq!(source(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

#[test]
fn data_cannot_end_its_element() {
    let text = "</script><!-- <script> ]]> & \u{2028}\u{2029} \u{1f600}";
    let json = embedded(&serde_json::to_string(text).expect("a text"));
    assert!(!json.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{json}");
    assert_eq!(serde_json::from_str::<String>(&json).expect("JSON"), text);
}

#[test]
fn nothing_in_the_page_is_fetched_or_read_as_markup() {
    for name in ["policy", "style", "data", "script"] {
        assert_eq!(TEMPLATE.matches(&format!("{{{{{name}}}}}")).count(), 1, "{name}");
    }
    for text in [TEMPLATE, STYLE, SCRIPT] {
        let addresses = text.matches("://").count() - text.matches("http://www.w3.org/2000/svg").count();
        assert_eq!(addresses, 0);
        for word in [
            "@import",
            "url(",
            "src=",
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
            "document.write",
            "eval(",
            "onclick",
            "fetch(",
        ] {
            assert!(!text.contains(word), "{word}");
        }
    }
    assert!(!SCRIPT.contains("</") && !STYLE.contains("</"));
}

/// Relative luminance, as WCAG 2 defines it.
fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = u8::from_str_radix(&colour[at..at + 2], 16).expect("two digits");
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn every_text_stands_out_from_what_is_behind_it() {
    let schemes: Vec<&str> = STYLE
        .split(":root {")
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .collect();
    assert_eq!(schemes.len(), 2, "light and dark");
    for scheme in schemes {
        let colours: BTreeMap<&str, &str> = scheme
            .split(';')
            .filter_map(|pair| pair.trim().strip_prefix("--")?.split_once(": "))
            .collect();
        let pairs: Vec<&str> = colours.keys().filter_map(|name| name.strip_suffix("-back")).collect();
        assert_eq!(pairs.len(), 12, "{pairs:?}");
        for name in pairs {
            let ratio = contrast(colours[name], colours[format!("{name}-back").as_str()]);
            assert!(ratio >= 4.5, "{name}: {ratio:.2}");
        }
        // What stands on a row does so on a chosen one and on a match as well; lines need 3:1.
        for back in ["chosen-back", "match-back"] {
            assert!(contrast(colours["text"], colours[back]) >= 4.5, "text on {back}");
        }
        for line in ["lane-upstream", "lane-local", "focus"] {
            let ratio = contrast(colours[line], colours["text-back"]);
            assert!(ratio >= 3.0, "{line}: {ratio:.2}");
        }
    }
}
