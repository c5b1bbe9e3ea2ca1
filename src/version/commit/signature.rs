//! The signature of a commit: where it stands in the object, byte for byte as git writes it.
//!
//! It is the last header, `gpgsig` in a SHA-1 repository and `gpgsig-sha256` in a SHA-256 one, each further line of it
//! behind one space. What is signed is the commit without it, so a version's id includes its signature. Making signatures
//! and judging them is the business of `git`.

use gix::bstr::ByteSlice;

use crate::id::HashKind;

/// The header in which a repository of this hash function keeps signatures of commits.
pub(crate) fn header(hash: HashKind) -> &'static str {
    match hash {
        HashKind::Sha1 => "gpgsig",
        HashKind::Sha256 => "gpgsig-sha256",
    }
}

/// The commit `raw` with a signature; an empty one adds nothing.
pub(crate) fn signed(raw: &[u8], signature: &[u8], hash: HashKind) -> Vec<u8> {
    let headers = raw.find("\n\n").map_or(raw.len(), |end| end + 1);
    let mut bytes = Vec::with_capacity(raw.len() + signature.len() + signature.len() / 32 + 32);
    bytes.extend_from_slice(&raw[..headers]);
    for (number, line) in signature.lines().enumerate() {
        if number == 0 {
            bytes.extend_from_slice(header(hash).as_bytes());
        }
        bytes.push(b' ');
        bytes.extend_from_slice(line);
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(&raw[headers..]);
    bytes
}

/// The signature of a commit, its lines without what makes them a header; `None` where git sees none.
pub(crate) fn signature_of(raw: &[u8], hash: HashKind) -> Option<Vec<u8>> {
    let header = header(hash).as_bytes();
    let mut signature: Option<Vec<u8>> = None;
    for line in raw.lines_with_terminator() {
        match (&mut signature, line) {
            (_, b"\n") => break,
            (Some(lines), [b' ', rest @ ..]) => lines.extend_from_slice(rest),
            (Some(_), _) => break,
            (None, line) => {
                let value = line.strip_prefix(header).and_then(|rest| rest.strip_prefix(b" "));
                signature = value.map(<[u8]>::to_vec);
            }
        }
    }
    signature
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEAD: &str = "tree 7bd8fc459f09f0e14dcc2adbb4a5a58e60ea755c\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\n";

    #[test]
    fn it_stands_last_among_the_headers() {
        let raw = format!("{HEAD}mergetag object 1\n gpgsig x\n\nsummary\n\ngpgsig y\n z\n");
        assert_eq!(signature_of(raw.as_bytes(), HashKind::Sha1), None);
        let bytes = signed(raw.as_bytes(), b"BEGIN\n\nabc\nEND\n", HashKind::Sha1);
        let wanted =
            format!("{HEAD}mergetag object 1\n gpgsig x\ngpgsig BEGIN\n \n abc\n END\n\nsummary\n\ngpgsig y\n z\n");
        assert_eq!(bytes.as_bstr(), wanted.as_bytes().as_bstr());
        let found = signature_of(&bytes, HashKind::Sha1);
        assert_eq!(found.as_deref(), Some(&b"BEGIN\n\nabc\nEND\n"[..]));
        assert_eq!(
            signature_of(&bytes, HashKind::Sha256),
            None,
            "not the header that git looks at"
        );
        assert_eq!(signed(raw.as_bytes(), b"", HashKind::Sha1), raw.as_bytes());
    }

    #[test]
    fn headers_over_several_lines_are_none_of_the_message() {
        const ID: &str = "3cf9a8d1b54e1e7d0e2b0c1a4f6d8e9a0b1c2d3e";
        let parse = |raw: &[u8]| super::super::parse(ID.parse().expect("an id"), raw, HashKind::Sha1);
        let trailers = "Lineage-Format: 1\nArtifact-Id: skill/pdf\n";
        // The tag that is merged looks like a version, and is signed.
        let tag = format!(
            "mergetag object {ID}\n type commit\n tag v1\n tagger A <a> 1 +0000\n \n tag\n \n {} -----BEGIN PGP SIGNATURE-----\n \n x\n",
            trailers.replace("skill", "other").replace('\n', "\n ")
        );
        let plain = format!("{HEAD}\nsummary\n\nbody\n\n{trailers}");
        let tagged = format!("{HEAD}{tag}encoding UTF-8\n\nsummary\n\nbody\n\n{trailers}");
        let plain = parse(plain.as_bytes()).expect("readable");
        let unsigned = parse(tagged.as_bytes()).expect("readable");
        assert_eq!(unsigned, plain);
        let raw = signed(
            tagged.as_bytes(),
            b"BEGIN\n\nArtifact-Id: skill/x\nEND\n",
            HashKind::Sha1,
        );
        let signed = parse(&raw).expect("readable");
        assert!(signed.signed && !unsigned.signed);
        assert_eq!(signed.version, plain.version);
        assert_eq!(
            (signed.message, signed.unknown_trailers),
            (plain.message, plain.unknown_trailers)
        );
        let examined = super::super::examine(&raw, HashKind::Sha1);
        assert!(examined.of_a_version && examined.damage.is_empty());
    }

    proptest! {
        #[test]
        fn what_was_put_in_is_found(lines in proptest::collection::vec("[ -~]{0,20}", 1..8), sha256: bool) {
            let hash = if sha256 { HashKind::Sha256 } else { HashKind::Sha1 };
            let signature = lines.join("\n") + "\n";
            let raw = format!("{HEAD}\nsummary\n");
            let bytes = signed(raw.as_bytes(), signature.as_bytes(), hash);
            prop_assert_eq!(signature_of(&bytes, hash), Some(signature.into_bytes()));
        }
    }
}
