use axum::http::HeaderValue;

use super::*;

/// The proxy that speaks. Its neighbours in 10.1.0.0/16, fd00::/8 and 192.0.2.250 are trusted as well.
const PROXY: &str = "10.1.0.1";

fn seen(peer: &str, lines: &[(&'static str, &str)]) -> String {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header");
        headers.append(HeaderName::from_static(name), value);
    }
    let trusted = ["10.1.0.0/16", "fd00::/8", "192.0.2.250"].map(|entry| entry.parse().expect("a network"));
    client(peer.parse().expect("an address"), &headers, &trusted).to_string()
}

#[test]
fn what_a_client_says_of_itself_counts_for_nothing() {
    let x = "x-forwarded-for";
    let table: &[(&str, &[&str], &str)] = &[
        // An honest one.
        ("203.0.113.66", &["203.0.113.66"], "one"),
        ("203.0.113.66", &["203.0.113.66, 10.1.0.9"], "past a trusted one"),
        ("203.0.113.66", &["203.0.113.66", "10.1.0.9,fd00::7"], "several lines are one list"),
        ("2001:db8::66", &["2001:db8::66"], "IPv6"),
        ("203.0.113.66", &["::ffff:203.0.113.66, ::ffff:10.1.0.9"], "IPv4 written as IPv6"),
        ("203.0.113.66", &["203.0.113.66:5123"], "with a port"),
        ("2001:db8::66", &["[2001:db8::66]:5123"], "IPv6 with a port"),
        ("2001:db8::66", &["[2001:db8::66]"], "in brackets"),
        ("203.0.113.66", &["\t203.0.113.66  "], "with blanks"),
        // What it sends itself, before what the proxy appends.
        ("203.0.113.66", &["192.0.2.1, 203.0.113.66"], "an address"),
        ("203.0.113.66", &["192.0.2.1, x, 203.0.113.66"], "an address and rubbish"),
        ("203.0.113.66", &["192.0.2.1", "x", "203.0.113.66"], "in lines of its own"),
        ("203.0.113.66", &["x, 203.0.113.66"], "rubbish"),
        ("203.0.113.66", &[",,, 203.0.113.66"], "nothing"),
        ("203.0.113.66", &["", "203.0.113.66"], "an empty line"),
        ("203.0.113.66", &["ü, 203.0.113.66"], "not ASCII"),
        ("203.0.113.66", &["10.1.0.9, 203.0.113.66"], "a trusted address"),
        ("203.0.113.66", &["192.0.2.1, 10.1.0.9, 203.0.113.66, 10.1.0.8"], "a whole chain"),
        ("203.0.113.66", &["192.0.2.250, 203.0.113.66, 192.0.2.250"], "one proxy twice"),
        ("203.0.113.66", &["unknown, 203.0.113.66"], "unknown"),
        // What cannot be read stops there.
        (PROXY, &["192.0.2.1, x"], "the proxy says nothing that can be read"),
        (PROXY, &["192.0.2.1,"], "an empty end"),
        (PROXY, &["192.0.2.1", ""], "an empty last line"),
        (PROXY, &["192.0.2.1", "\u{e9}"], "a last line that is not ASCII"),
        (PROXY, &["unknown"], "unknown alone"),
        (PROXY, &["203.0.113.066"], "leading noughts"),
        (PROXY, &["0x7f.1"], "no dotted address"),
        (PROXY, &["fe80::1%eth0"], "a zone"),
        (PROXY, &["203.0.113.66:"], "no port"),
        (PROXY, &["\"203.0.113.66\""], "quotes"),
        ("10.1.0.9", &["192.0.2.1, x, 10.1.0.9"], "after a trusted one"),
        // All of them trusted: somebody of ours.
        ("10.1.0.7", &["10.1.0.7, 10.1.0.9"], "within"),
        (PROXY, &[], "no header"),
    ];
    for (expected, lines, what) in table {
        let lines: Vec<_> = lines.iter().map(|line| (x, *line)).collect();
        assert_eq!(seen(PROXY, &lines), *expected, "{what}: {lines:?}");
        assert_eq!(seen("198.51.100.4", &lines), "198.51.100.4", "from nobody we trust: {lines:?}");
    }
}

#[test]
fn the_header_of_rfc_7239_is_read_the_same_way() {
    let table: &[(&str, &[&str])] = &[
        ("203.0.113.66", &["for=203.0.113.66"]),
        ("203.0.113.66", &["For=\"203.0.113.66:4711\";proto=https;by=10.1.0.1"]),
        ("203.0.113.66", &["proto=http;for=203.0.113.66 , for=10.1.0.9"]),
        ("203.0.113.66", &["for=203.0.113.66", "for=\"[fd00::7]\""]),
        ("203.0.113.66", &["for=\"[::ffff:203.0.113.66]\""]),
        ("2001:db8::66", &["for=\"[2001:db8::66]\""]),
        ("2001:db8::66", &["for=\"[2001:DB8::66]:4711\";host=\"a;b,c\""]),
        ("203.0.113.66", &["for=\"203.0.113.66:_secret\""]),
        ("203.0.113.66", &["for=\"203\\.0.113.66\""]),
        // What a client wrote before it.
        ("203.0.113.66", &["for=192.0.2.1, for=203.0.113.66"]),
        ("203.0.113.66", &["for=_hidden, for=203.0.113.66"]),
        ("203.0.113.66", &["for=unknown", "for=203.0.113.66"]),
        ("203.0.113.66", &["for=\"192.0.2.1", "for=203.0.113.66"]),
        ("203.0.113.66", &["for=192.0.2.1;by=\"x, for=1\", for=203.0.113.66"]),
        // What cannot be read.
        (PROXY, &["for=_hidden"]),
        (PROXY, &["for=unknown"]),
        (PROXY, &["for=\"_hidden:80\""]),
        (PROXY, &["for=192.0.2.1, for=\"unknown\""]),
        (PROXY, &["proto=https"]),
        (PROXY, &["for="]),
        (PROXY, &["for=\"\""]),
        (PROXY, &["for"]),
        (PROXY, &["203.0.113.66"]),
        (PROXY, &["for=2001:db8::66"]),
        (PROXY, &["for=\"2001:db8::66\""]),
        (PROXY, &["for=\"[192.0.2.1]\""]),
        (PROXY, &["for=192.0.2.1;for=192.0.2.2"]),
        (PROXY, &["for=\"203.0.113.66:123456\""]),
        (PROXY, &["for = 192.0.2.1"]),
        // A quote that a client opens, and what a proxy appends then.
        (PROXY, &["for=\"192.0.2.1, for=203.0.113.66"]),
        (PROXY, &["for=192.0.2.1;by=\", for=\"[2001:db8::66]\""]),
        (PROXY, &["for=192.0.2.1;by=\"\\, for=\"[2001:db8::66]:80\""]),
        ("10.1.0.9", &["for=x, for=10.1.0.9"]),
    ];
    for (expected, lines) in table {
        let lines: Vec<_> = lines.iter().map(|line| ("forwarded", *line)).collect();
        assert_eq!(seen(PROXY, &lines), *expected, "{lines:?}");
        assert_eq!(seen("198.51.100.4", &lines), "198.51.100.4", "from nobody we trust: {lines:?}");
    }
}

#[test]
fn two_headers_that_name_two_clients_are_the_proxys_own_request() {
    let both = |listed: &str, forwarded: &str| seen(PROXY, &[("x-forwarded-for", listed), ("forwarded", forwarded)]);
    assert_eq!(both("203.0.113.66", "for=203.0.113.66"), "203.0.113.66");
    assert_eq!(both("192.0.2.1, 203.0.113.66", "for=\"203.0.113.66:80\""), "203.0.113.66");
    assert_eq!(both("203.0.113.66", "for=192.0.2.1"), PROXY, "whichever of them is the client's");
    assert_eq!(both("192.0.2.1", "for=203.0.113.66"), PROXY);
    assert_eq!(both("203.0.113.66", "rubbish"), PROXY);
}

#[test]
fn a_peer_is_known_however_its_address_is_written() {
    let lines = [("x-forwarded-for", "203.0.113.66")];
    assert_eq!(seen("::ffff:10.1.0.1", &lines), "203.0.113.66");
    assert_eq!(seen("fd00::1", &lines), "203.0.113.66");
    assert_eq!(seen("fe00::1", &lines), "fe00::1");
    assert_eq!(seen("::ffff:198.51.100.4", &lines), "198.51.100.4");
}
