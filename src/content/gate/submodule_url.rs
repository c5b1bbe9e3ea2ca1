//! Which URLs git lets a submodule have.
//!
//! The rules guard against URLs that smuggle a line break, an option or another host into what git hands to its
//! transports and credential helpers.

/// Would git accept this URL from a `.gitmodules` file?
pub(super) fn is_allowed_url(url: &[u8]) -> bool {
    if url.starts_with(b"-") {
        return false;
    }
    let (climbs, rest) = leading_dots(url);
    if rest.len() < url.len() || url.starts_with(b"git://") {
        // It may be appended to another URL and decoded there; what it climbs to must not look like a host.
        let lands_on_host = climbs > 0 && matches!(rest.first(), Some(b':' | b'/'));
        return !decode_behind_scheme(url).contains(&b'\n') && !lands_on_host;
    }
    match curl_url(url) {
        Some(url) => is_valid_curl_url(url),
        None => true,
    }
}

/// How many `../` lead the URL, and what follows them and any `./`.
fn leading_dots(url: &[u8]) -> (usize, &[u8]) {
    let mut rest = url;
    let mut climbs = 0;
    loop {
        match rest {
            [b'.', b'.', b'/' | b'\\', more @ ..] => {
                climbs += 1;
                rest = more;
            }
            [b'.', b'/' | b'\\', more @ ..] => rest = more,
            _ => return (climbs, rest),
        }
    }
}

/// The URL that git's HTTP and FTP transports would get.
fn curl_url(url: &[u8]) -> Option<&[u8]> {
    const SCHEMES: [&[u8]; 4] = [b"http", b"https", b"ftp", b"ftps"];
    SCHEMES.iter().find_map(|scheme| {
        let rest = url.strip_prefix(*scheme)?;
        rest.strip_prefix(b"::")
            .or_else(|| rest.starts_with(b"://").then_some(url))
    })
}

/// True for a well-formed URL with a host that holds no line break, encoded or not, once its path is resolved.
fn is_valid_curl_url(url: &[u8]) -> bool {
    check_curl_url(url).is_some()
}

fn check_curl_url(url: &[u8]) -> Option<()> {
    let scheme_len = url.iter().position(|byte| *byte == b':')?;
    let (scheme, rest) = url.split_at(scheme_len);
    let is_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || b"+.-".contains(byte);
    if !scheme.first()?.is_ascii_alphabetic() || !scheme.iter().all(is_scheme) {
        return None;
    }
    let rest = rest.strip_prefix(b"://")?;
    let authority_len = rest.iter().position(|byte| b"/?#".contains(byte)).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(authority_len);
    let host = match authority.iter().position(|byte| *byte == b'@') {
        Some(at) => {
            decode_line(&authority[..at])?;
            &authority[at + 1..]
        }
        None => authority,
    };
    check_host(host, scheme.eq_ignore_ascii_case(b"file"))?;

    let path_len = rest.iter().position(|byte| b"?#".contains(byte)).unwrap_or(rest.len());
    let (path, rest) = rest.split_at(path_len);
    let mut names: Vec<Vec<u8>> = Vec::new();
    for name in path.strip_prefix(b"/").unwrap_or(path).split(|byte| *byte == b'/') {
        match decode(name)? {
            name if name == b"." => {}
            // Above the root there is nothing.
            name if name == b".." => drop(names.pop()?),
            name => names.push(name),
        }
    }
    decode_line(rest)?;
    (!names.iter().any(|name| name.contains(&b'\n'))).then_some(())
}

fn check_host(host: &[u8], may_be_empty: bool) -> Option<()> {
    if matches!(host.first(), None | Some(b':')) && !may_be_empty {
        return None;
    }
    // A colon within the brackets of an IPv6 address does not start a port.
    let port_at = host
        .iter()
        .rposition(|byte| matches!(byte, b':' | b']'))
        .filter(|at| host[*at] == b':');
    let (host, port) = host.split_at(port_at.unwrap_or(host.len()));
    let is_host = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_[:]".contains(byte);
    let port = port.strip_prefix(b":").unwrap_or(b"");
    if host.is_empty() && !port.is_empty() {
        return None;
    }
    let valid_port =
        port.is_empty() || port.iter().all(u8::is_ascii_digit) && port_number(port).is_some_and(|port| port > 0);
    (host.iter().all(is_host) && valid_port).then_some(())
}

fn port_number(digits: &[u8]) -> Option<u16> {
    digits.iter().try_fold(0_u16, |port, digit| {
        port.checked_mul(10)?.checked_add(u16::from(digit - b'0'))
    })
}

/// Decodes all `%XX`; `None` where one is incomplete.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        if *first == b'%' {
            let (byte, more) = hex_byte(rest)?;
            decoded.push(byte);
            rest = more;
        } else {
            decoded.push(*first);
        }
    }
    Some(decoded)
}

/// As [`decode`], and `None` where the result has a line break.
fn decode_line(text: &[u8]) -> Option<Vec<u8>> {
    decode(text).filter(|decoded| !decoded.contains(&b'\n'))
}

/// Decodes what can be decoded behind the first `:`, as git does with a URL whose scheme it does not look at.
fn decode_behind_scheme(url: &[u8]) -> Vec<u8> {
    let scheme_len = url.iter().position(|byte| *byte == b':').unwrap_or(0);
    let (scheme, mut rest) = url.split_at(scheme_len);
    let mut decoded = scheme.to_vec();
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        match hex_byte(more) {
            Some((byte, more)) if *first == b'%' && byte != 0 => {
                decoded.push(byte);
                rest = more;
            }
            _ => decoded.push(*first),
        }
    }
    decoded
}

fn hex_byte(text: &[u8]) -> Option<(u8, &[u8])> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let [high, low, rest @ ..] = text else {
        return None;
    };
    Some((digit(*high)? << 4 | digit(*low)?, rest))
}
