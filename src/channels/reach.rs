//! What an address leads to: found anew for every message, held against what nobody but whoever is at the machine may have Neo talk to,
//! and then talked to as it was found, so that a name cannot lead elsewhere in between.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use url::{Host, Url};

use crate::config::is_localhost;

/// How long names have to be found.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why an address leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// On this machine, or in a network that is not everybody's.
    Private,
    Unknown(String),
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfit::Private => f.write_str("its address is on this machine, or in a private network"),
            Unfit::Unknown(why) => write!(f, "its address cannot be found: {why}"),
        }
    }
}

/// Where this leads, if all of it is in everybody's network: a name that leads to one that is not, beside others, leads nowhere.
pub(crate) async fn resolve(url: &Url) -> Result<Vec<SocketAddr>, Unfit> {
    let port = url.port_or_known_default().unwrap_or(443);
    let found: Vec<IpAddr> = match url.host() {
        None => return Err(Unfit::Unknown("there is no host in it".into())),
        Some(Host::Ipv4(address)) => vec![address.into()],
        Some(Host::Ipv6(address)) => vec![address.into()],
        Some(Host::Domain(name)) if is_localhost(name) => return Err(Unfit::Private),
        Some(Host::Domain(name)) => {
            let found = tokio::time::timeout(PATIENCE, tokio::net::lookup_host((name, port))).await;
            let found = found.map_err(|_| Unfit::Unknown(format!("no answer within {} s", PATIENCE.as_secs())))?;
            found.map_err(|error| Unfit::Unknown(error.to_string()))?.map(|address| address.ip()).collect()
        }
    };
    match found.iter().all(|address| is_everybodys(*address) && !is_ours(*address)) {
        true if found.is_empty() => Err(Unfit::Unknown("it has none".into())),
        true => Ok(found.into_iter().map(|address| SocketAddr::new(address, port)).collect()),
        false => Err(Unfit::Private),
    }
}

/// Whether one of this machine's interfaces has it, public as it may be: nobody else can listen there.
fn is_ours(address: IpAddr) -> bool {
    UdpSocket::bind((address, 0)).is_ok()
}

/// Whether an address is one of the open internet: not this machine's, a private network's, one for a link, for many, or for nobody.
fn is_everybodys(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_open_v4(address),
        IpAddr::V6(address) => is_open_v6(address),
    }
}

fn is_open_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        [0 | 10 | 127, ..] | [169, 254, ..] | [192, 168, ..] => true,
        [172, b, ..] if b & 0xf0 == 16 => true,
        // Carriers' own, benchmarks, protocols, and what stands in books.
        [100, b, ..] if b & 0xc0 == 64 => true,
        [198, 18 | 19, ..] | [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 51, 100, _] | [203, 0, 113, _] => true,
        [a, ..] => a >= 224,
    };
    !special
}

fn is_open_v6(address: Ipv6Addr) -> bool {
    let carried = |high: u16, low: u16| Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        // What carries an IPv4 address leads there.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_open_v4(carried(high, low)),
        [0x2002, high, low, ..] => is_open_v4(carried(high, low)),
        // Tunnels, benchmarks, books, and names for things that are no machines.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_everybodys_is_told_from_what_is() {
        for open in ["1.1.1.1", "172.15.0.1", "172.32.0.1", "100.128.0.1", "192.167.1.1", "198.17.0.1", "223.255.255.1"]
            .into_iter()
            .chain(["2606:4700::1111", "2a00:1450::1", "64:ff9b::101:101", "2002:101:101::1", "::ffff:1.1.1.1"])
        {
            assert!(is_everybodys(open.parse().expect("an address")), "{open}");
        }
        for closed in [
            "0.0.0.0",
            "10.1.2.3",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "100.64.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::7f00:1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "2001::1",
            "2001:db8::1",
            "3fff::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_everybodys(closed.parse().expect("an address")), "{closed}");
        }
    }

    #[test]
    fn what_this_machine_has_is_its_own() {
        for (address, is) in [("127.0.0.1", true), ("127.9.9.9", true), ("1.1.1.1", false), ("2606:4700::1111", false)]
        {
            assert_eq!(is_ours(address.parse().expect("an address")), is, "{address}");
        }
    }

    #[tokio::test]
    async fn an_address_is_read_as_the_network_reads_it() {
        for private in [
            "https://localhost/x",
            "https://LOCALHOST./x",
            "https://a.localhost",
            "https://127.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://[::ffff:7f00:1]/",
            "https://017700000001/",
            "https://127.0.0.1:8443/",
        ] {
            let found = resolve(&Url::parse(private).expect("a URL")).await;
            assert_eq!(found, Err(Unfit::Private), "{private}");
        }
        let found = resolve(&Url::parse("https://1.1.1.1/x").expect("a URL")).await;
        assert_eq!(found, Ok(vec!["1.1.1.1:443".parse().expect("a socket")]));
        let found = resolve(&Url::parse("https://nowhere.invalid/").expect("a URL")).await;
        assert!(matches!(found, Err(Unfit::Unknown(_))), "{found:?}");
    }
}
