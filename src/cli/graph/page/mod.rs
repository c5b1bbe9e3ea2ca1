//! For a browser: one file that holds the page, its data and all that draws it, and asks for nothing else.
//!
//! The data is JSON in an element that no text in it can end; a policy in the page lets the browser run the one script and
//! use the one style sheet that are in it, by their hashes, and fetch nothing at all. The script only ever sets texts as
//! texts. What the page leaves out to stay loadable it says.

mod changes;
mod data;

use std::io;

use git_lineage::LineageStore;
use sha2::{Digest as _, Sha256};

use self::data::Page;
use super::{super::output::Output, Picture};

/// Of how many of the newest versions the page shows what they changed, unless more are asked for: each asks git once.
pub(in crate::cli) const DIFFS: usize = 200;

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = concat!(
    include_str!("rows.js"),
    include_str!("details.js"),
    include_str!("page.js")
);

/// Prints the page of all pictures.
pub(in crate::cli) fn print(
    pictures: &[Picture<'_>],
    diffs: usize,
    store: &LineageStore,
    out: &mut Output,
) -> io::Result<()> {
    let page = Page::new(pictures, diffs, store);
    for unread in &page.unread {
        out.note(unread);
    }
    let data = embedded(&serde_json::to_string(&page)?);
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
        source(SCRIPT),
        source(STYLE)
    );
    // In one pass: what is put in is never looked at again.
    for part in TEMPLATE.split_inclusive("}}") {
        let Some((before, name)) = part.split_once("{{") else {
            out.raw(part)?;
            continue;
        };
        out.raw(before)?;
        out.raw(match name {
            "policy}}" => &policy,
            "style}}" => STYLE,
            "script}}" => SCRIPT,
            _ => &data,
        })?;
    }
    Ok(())
}

/// JSON that may stand in a script element: `<`, `>` and `&` only stand in its strings, where they have another spelling.
fn embedded(json: &str) -> String {
    let mut safe = String::with_capacity(json.len() + json.len() / 16);
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => safe.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => safe.push(c),
        }
    }
    safe
}

/// How a policy names a text of the page.
fn source(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text.as_bytes())))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            let value = number >> (18 - 6 * digit) & 63;
            text.push(if digit > chunk.len() {
                '='
            } else {
                char::from(DIGITS[value as usize])
            });
        }
    }
    text
}

#[cfg(test)]
mod tests;
