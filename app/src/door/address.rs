//! Where a request came from. A proxy in front says it, in `X-Forwarded-For` or in `Forwarded` (RFC 7239), and only a trusted
//! one is believed: each proxy appends the address that it was asked from, so the lists are read from the right, past trusted
//! addresses alone. The first that is not trusted is the client; what stands before it the client may have written itself.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header};
use neo::config::Network;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What one proxy says of whom it was asked by: `None` where that cannot be read as an address.
type Hop = Option<IpAddr>;

/// The client's address, or the last trusted one where what comes before it cannot be read. A proxy sets one of the two
/// headers, and which of them is not known: where both are there and name two clients, one is forged, and the request is the
/// proxy's own.
pub fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let peer = peer.to_canonical();
    if !is_trusted(peer, trusted) {
        return peer;
    }
    let listed = lines(headers, &X_FORWARDED_FOR, listed);
    let forwarded = lines(headers, &header::FORWARDED, forwarded);
    match (listed, forwarded) {
        (Some(listed), Some(forwarded)) => {
            let client = furthest(peer, &listed, trusted);
            if client == furthest(peer, &forwarded, trusted) { client } else { peer }
        }
        (Some(hops), None) | (None, Some(hops)) => furthest(peer, &hops, trusted),
        (None, None) => peer,
    }
}

pub fn is_trusted(address: IpAddr, trusted: &[Network]) -> bool {
    trusted.iter().any(|network| network.contains(address))
}

/// The first from the right that is not trusted; before what cannot be read, the last that was.
fn furthest(peer: IpAddr, hops: &[Hop], trusted: &[Network]) -> IpAddr {
    let mut last = peer;
    for hop in hops.iter().rev() {
        match hop {
            Some(address) if is_trusted(*address, trusted) => last = *address,
            Some(address) => return *address,
            None => return last,
        }
    }
    last
}

/// Several lines of a header are one list; a line that cannot be read is a hop that cannot be.
fn lines(headers: &HeaderMap, name: &HeaderName, read: fn(&str) -> Option<Vec<Hop>>) -> Option<Vec<Hop>> {
    if !headers.contains_key(name) {
        return None;
    }
    let lines = headers.get_all(name).iter();
    let texts = lines.map(|line| String::from_utf8_lossy(line.as_bytes()));
    Some(texts.flat_map(|text| read(&text).unwrap_or_else(|| vec![None])).collect())
}

/// `192.0.2.1, 2001:db8::1`; some proxies write the port too.
fn listed(line: &str) -> Option<Vec<Hop>> {
    let address = |text: &str| {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        let address = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
        address.map(|address: IpAddr| address.to_canonical())
    };
    Some(line.split(',').map(|text| address(text.trim())).collect())
}

/// `for=192.0.2.1;proto=https, for="[2001:db8::1]:4711"`. `None` when it is not written as it has to be: where a quote opens
/// and closes decides where a proxy's own part begins.
fn forwarded(line: &str) -> Option<Vec<Hop>> {
    let mut hops = Vec::new();
    let mut rest = line.trim();
    loop {
        let mut hop = None;
        let mut told = false;
        loop {
            let (name, after) = rest.split_once('=')?;
            let (value, after) = value(after)?;
            if !is_token(name) || value.is_empty() {
                return None;
            }
            if name.eq_ignore_ascii_case("for") {
                // Twice in one element is no element.
                if std::mem::replace(&mut told, true) {
                    return None;
                }
                hop = node(&value);
            }
            let after = after.trim_start();
            match after.strip_prefix(';') {
                Some(next) => rest = next.trim_start(),
                None => {
                    rest = after;
                    break;
                }
            }
        }
        hops.push(hop);
        match rest.strip_prefix(',') {
            Some(next) => rest = next.trim_start(),
            None => return rest.is_empty().then_some(hops),
        }
    }
}

/// A token or a quoted text, and what follows it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ';', ' ', '\t', '"']).unwrap_or(text.len());
        return Some((text[..end].to_owned(), &text[end..]));
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.push(letters.next()?.1),
            _ => value.push(letter),
        }
    }
    None
}

fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]`, `[2001:db8::1]:_port`; not `unknown`, and not a name that was made up (`_hidden`).
fn node(text: &str) -> Hop {
    let (address, port) = match text.strip_prefix('[') {
        Some(text) => {
            let (address, port) = text.split_once(']')?;
            (IpAddr::V6(address.parse().ok()?), port)
        }
        None => {
            let end = text.find(':').unwrap_or(text.len());
            (IpAddr::V4(text[..end].parse().ok()?), &text[end..])
        }
    };
    let is_port = |port: &str| {
        let number = (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit());
        number || port.strip_prefix('_').is_some_and(is_token)
    };
    (port.is_empty() || port.strip_prefix(':').is_some_and(is_port)).then(|| address.to_canonical())
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
