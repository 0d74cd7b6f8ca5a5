//! Two addresses: what Neo connects to, and what applications are told. And who is sealed to the first.

use std::net::{IpAddr, Ipv6Addr};

use super::{Server, store};
use crate::central::Conn;
use crate::error::{Error, Result, printable};

impl Server {
    /// Where applications connect: a pooler, another network, or the server itself.
    pub fn app_address(&self) -> (&str, u16) {
        let host = if self.app_host.is_empty() { &self.host } else { &self.app_host };
        let port = if self.app_port == 0 { self.port } else { self.app_port };
        (host, port)
    }

    /// Whether what is sealed to the one opens at the other.
    pub(super) fn is_sealed_like(&self, other: &Server) -> bool {
        (self.engine, &self.host, self.port, self.tls, &self.tls_ca)
            == (other.engine, &other.host, other.port, other.tls, &other.tls_ca)
    }
}

/// Whether this is a name, an address, or the path of a socket; and nothing that is another part of a URL where it is put into one.
pub(super) fn is_a_host(text: &str) -> bool {
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    let is_strange = |c: char| c.is_control() || c.is_whitespace() || "?#\\".contains(c);
    if text.len() > 255 {
        return false;
    }
    match text.split_once('%') {
        _ if text.starts_with('/') => !text.contains(is_strange),
        Some((address, zone)) => address.parse::<Ipv6Addr>().is_ok() && plain(zone),
        None => text.parse::<IpAddr>().is_ok() || plain(text),
    }
}

/// An address of IPv6 as it is, also where it was written as in a URL.
pub(super) fn bare(host: &str) -> &str {
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    inside.filter(|inside| inside.parse::<Ipv6Addr>().is_ok()).unwrap_or(host)
}

/// The host that applications are told; none is none.
pub(super) fn app_host(text: Option<&str>) -> Result<String> {
    let host = bare(text.unwrap_or_default().trim());
    if !host.is_empty() && !is_a_host(host) {
        return Err(Error::invalid(
            "app_host",
            format!("applications cannot be told \"{}\" as a host", printable(host)),
        )
        .hint("a name, an address, or the path of a socket; without a port"));
    }
    Ok(host.to_owned())
}

/// Within a transaction that keeps something sealed to this server: until its end the server stays where it is, and it is refused
/// where the server has moved since it was read.
pub(crate) async fn unmoved(tx: &mut Conn, server: &Server) -> Result<()> {
    match store::hold(tx, server).await? {
        0 => Err(Error::conflict(format!("server \"{}\" was changed or removed a moment ago", server.name))
            .hint("try again: it is read anew")),
        _ => Ok(()),
    }
}

/// A part of a URL as it was meant; none where that is not UTF-8.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        match (first, tail) {
            (b'%', [high, low, after @ ..]) => {
                let pair = [*high, *low];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_an_address_or_the_path_of_a_socket() {
        for good in
            ["db", "db-1.eu_west.internal", "db.example.com.", "10.0.0.1", "::1", "fe80::1%eth0", "/var/run/postgresql"]
        {
            assert!(is_a_host(good), "{good}");
        }
        for bad in
            ["", "user:pw@db", "db/../x?y=1#", "db;x", "$(id)", "a\\b", "a b", "db:5432", "/run?x", "db%zone", "\u{1b}"]
        {
            assert!(!is_a_host(bad), "{bad}");
        }
        assert_eq!(app_host(Some(" [::1] ")).unwrap(), "::1");
        assert_eq!(app_host(Some("user:pw@db")).unwrap_err().field, Some("app_host"));
    }
}
