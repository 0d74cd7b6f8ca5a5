//! The way to a console, or to an identity provider: names, TLS, proxies.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use neo::config::{is_localhost, is_this_machine};
use neo::error::{Error, Result};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::Url;

const CONNECT: Duration = Duration::from_secs(10);
/// A peer that is gone without a word is noticed.
const ALIVE: Duration = Duration::from_secs(15);

/// What goes to this console, which may be silent for so long.
pub fn to(url: &Url, silence: Duration) -> Result<reqwest::Client> {
    let builder = open(url)?.connect_timeout(CONNECT).read_timeout(silence).tcp_keepalive(ALIVE);
    builder.build().map_err(Error::internal)
}

/// The way there, without how long anything may take. No redirect is followed: what is secret would go with it.
pub fn open(url: &Url) -> Result<reqwest::ClientBuilder> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("neo/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .tls_backend_preconfigured(tls()?)
        .dns_resolver(Names);
    // What is on this machine is asked by no proxy, whatever the environment says of others.
    let is_here = url.host().is_some_and(|host| is_this_machine(&host));
    Ok(if is_here { builder.no_proxy() } else { builder })
}

/// The machine's own authorities; `SSL_CERT_FILE` and `SSL_CERT_DIR` are heeded.
fn tls() -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(Error::internal)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// What is under `localhost` is this machine, which not every resolver knows.
struct Names;

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let name = name.as_str();
            // The port is that of the address.
            let found: Vec<SocketAddr> = match is_localhost(name) {
                true => [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)]
                    .map(|address| SocketAddr::new(address, 0))
                    .to_vec(),
                false => tokio::net::lookup_host((name, 0)).await?.collect(),
            };
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers whoever comes, half a second late.
    async fn slow() -> Url {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let _ = stream.read(&mut [0; 4096]).await;
                    tokio::time::sleep(Duration::from_millis(500)).await;
                    let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await;
                });
            }
        });
        Url::parse(&url).expect("a URL")
    }

    #[tokio::test]
    async fn a_console_may_be_silent_for_as_long_as_it_was_given() {
        let url = slow().await;
        let ask = async |ms| {
            let client = to(&url, Duration::from_millis(ms)).expect("a way there");
            client.get(url.clone()).send().await
        };
        assert!(ask(50).await.expect_err("it is silent").is_timeout());
        assert_eq!(ask(60_000).await.map(|answer| answer.status().as_u16()).map_err(|e| e.to_string()), Ok(204));
    }
}
