//! Addresses that mean many: `10.0.0.0/8`, `fd00::/8`, or one alone.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use url::Host;

use crate::error::{Error, printable};

/// One address, or all that begin with the same bits. An IPv4 address written as IPv6 (`::ffff:10.0.0.1`) is the IPv4 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    bits: u8,
}

impl Network {
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(other)) => self.of_v4(other) == first,
            (IpAddr::V6(first), IpAddr::V6(other)) => self.of_v6(other) == first,
            _ => false,
        }
    }

    fn of_v4(&self, address: Ipv4Addr) -> Ipv4Addr {
        let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
        Ipv4Addr::from_bits(address.to_bits() & mask)
    }

    fn of_v6(&self, address: Ipv6Addr) -> Ipv6Addr {
        let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
        Ipv6Addr::from_bits(address.to_bits() & mask)
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        let first = address.to_canonical();
        Self { first, bits: if first.is_ipv4() { 32 } else { 128 } }
    }
}

impl FromStr for Network {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refused =
            |why: String| Error::config(format!("\"{}\" is no address or network", printable(text))).cause(why);
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr =
            address.parse().map_err(|_| refused("it does not begin with an IPv4 or IPv6 address".into()))?;
        let Some(bits) = bits else { return Ok(address.into()) };
        let all: u8 = if address.is_ipv4() { 32 } else { 128 };
        let digits = !bits.is_empty() && bits.bytes().all(|b| b.is_ascii_digit());
        let bits: u8 = (bits.parse().ok())
            .filter(|bits| digits && *bits <= all)
            .ok_or_else(|| refused(format!("what follows the stroke is a number of bits from 1 to {all}")))?;
        let first = address.to_canonical();
        let bits = if first.is_ipv4() && address.is_ipv6() { bits.saturating_sub(96) } else { bits };
        if bits == 0 {
            return Err(refused("it means every address there is".into()));
        }
        let whole = Self { first, bits };
        let first = match first {
            IpAddr::V4(first) => whole.of_v4(first).into(),
            IpAddr::V6(first) => whole.of_v6(first).into(),
        };
        Ok(Self { first, bits })
    }
}

/// The networks of a comma separated list.
pub(super) fn list(name: &str, text: &str) -> Result<Vec<Network>, Error> {
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let networks: Result<Vec<Network>, Error> = entries.map(str::parse).collect();
    networks.map_err(|error| {
        let refused = Error::config(format!("{name} cannot be used: {}", error.message))
            .hint("give addresses and networks, comma separated: 10.0.0.1,10.1.0.0/16,fd00::/8");
        error.cause.into_iter().fold(refused, Error::cause)
    })
}

/// Loopback: an address, or a name under `localhost`, which is never asked of a name server.
pub fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => is_localhost(name),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// `localhost`, and every name under it (RFC 6761).
pub fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn a_network_holds_what_begins_with_its_bits() {
        let held = [
            ("10.0.0.1", "10.0.0.1"),
            ("10.0.0.1", "::ffff:10.0.0.1"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("10.0.0.0/8", "10.255.255.255"),
            ("10.1.2.3/8", "10.9.9.9"),
            ("192.168.4.0/22", "192.168.7.255"),
            ("128.0.0.0/1", "255.0.0.1"),
            ("::ffff:10.0.0.0/104", "10.3.3.3"),
            ("::ffff:10.0.0.0/104", "::ffff:10.3.3.3"),
            ("fd00::/8", "fdff::1"),
            ("2001:db8::/33", "2001:db8:7fff::1"),
            ("::1", "::1"),
        ];
        for (known, address) in held {
            assert!(network(known).contains(address.parse().expect("an address")), "{known} {address}");
        }
        let strange = [
            ("10.0.0.1", "10.0.0.2"),
            ("10.0.0.0/8", "11.0.0.0"),
            ("10.0.0.0/8", "fd00::1"),
            ("192.168.4.0/22", "192.168.8.0"),
            ("fd00::/8", "fe00::1"),
            ("fd00::/8", "253.0.0.1"),
            ("2001:db8::/33", "2001:db8:8000::1"),
            ("::1", "127.0.0.1"),
            ("::ffff:10.0.0.0/104", "11.0.0.1"),
        ];
        for (known, address) in strange {
            assert!(!network(known).contains(address.parse().expect("an address")), "{known} {address}");
        }
    }

    #[test]
    fn a_bad_entry_is_named() {
        assert_eq!(list("P", "").expect("none").len(), 0);
        assert_eq!(list("P", " 10.0.0.1 , fd00::/8,").expect("two").len(), 2);
        let wrong = [
            "10.0.0.0/33",
            "fd00::/129",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "10.0.0.0/8/8",
            "10.0.0",
            "10.0.0.256",
            "010.0.0.1",
            "0.0.0.0/0",
            "::/0",
            "::ffff:0.0.0.0/96",
            "fe80::1%eth0",
            "proxy",
            "10.0.0.1:80",
            "[::1]",
            "10.0.0.0/255.0.0.0",
            "*",
        ];
        for entry in wrong {
            let error = list("TRUSTED_PROXIES", &format!("10.0.0.1,{entry}")).expect_err(entry);
            assert!(error.message.contains("TRUSTED_PROXIES") && error.message.contains(entry), "{error}");
            assert!(error.cause.is_some() && error.hint.is_some(), "{error}");
        }
    }
}
