//! Two addresses: what Neo connects to, and what applications are told. And who is sealed to the first.

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

/// The host that applications are told; none is none.
pub(super) fn app_host(text: Option<&str>) -> Result<String> {
    let host = text.unwrap_or_default().trim();
    if host.len() > 255 || host.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Error::invalid(
            "app_host",
            format!("applications cannot be told \"{}\" as a host", printable(host)),
        )
        .hint("a name or an address, without a port"));
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
