//! Which host was asked: an exact allow-list, from the `Host` header alone. Anything else is 421.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, header};
use neo::Platform;
use neo::actor::Actor;
use neo::error::Kind;
use neo::tenants::Status;
use neo_model::Slug;

/// What a host leads to.
#[derive(Debug, Clone)]
pub enum Place {
    Central,
    Tenant(Arc<TenantPlace>),
}

#[derive(Debug)]
pub struct TenantPlace {
    pub id: String,
    pub slug: String,
    pub name: String,
}

/// A place with its first label, from which its origin is made.
#[derive(Debug, Clone)]
pub struct Found {
    pub place: Place,
    pub label: String,
}

/// How long a slug (or its absence) is believed without asking again.
const BELIEVED: Duration = Duration::from_secs(3);
/// Hosts come from strangers: past this many the memory starts over.
const REMEMBERED: usize = 4096;

/// What was found at a host, and when.
type Seen = (Instant, Option<Arc<TenantPlace>>);

#[derive(Default)]
pub struct Hosts {
    seen: Mutex<HashMap<String, Seen>>,
}

impl Hosts {
    /// `None`: not a host of ours.
    pub async fn find(&self, platform: &Platform, headers: &HeaderMap) -> neo::Result<Option<Found>> {
        let Some(label) = label(headers, &platform.config.base_domain) else { return Ok(None) };
        if platform.config.central_subdomains.contains(&label) {
            return Ok(Some(Found { place: Place::Central, label }));
        }
        let tenant = self.tenant(platform, &label).await?;
        Ok(tenant.map(|tenant| Found { place: Place::Tenant(tenant), label }))
    }

    async fn tenant(&self, platform: &Platform, slug: &str) -> neo::Result<Option<Arc<TenantPlace>>> {
        if let Ok(seen) = self.seen.lock()
            && let Some((at, tenant)) = seen.get(slug)
            && at.elapsed() < BELIEVED
        {
            return Ok(tenant.clone());
        }
        let tenant = match neo::tenants::find(platform, &Actor::system(), slug).await {
            // Found by id is not found here: only slugs are hosts.
            Ok(tenant) if tenant.slug == slug && !matches!(tenant.status, Status::Deleted | Status::Archived) => {
                Some(Arc::new(TenantPlace { id: tenant.id, slug: tenant.slug, name: tenant.name }))
            }
            Ok(_) => None,
            Err(error) if matches!(error.kind, Kind::NotFound | Kind::Invalid) => None,
            Err(error) => return Err(error),
        };
        if let Ok(mut seen) = self.seen.lock() {
            if seen.len() >= REMEMBERED {
                seen.clear();
            }
            seen.insert(slug.to_owned(), (Instant::now(), tenant.clone()));
        }
        Ok(tenant)
    }
}

/// The one label before the base domain, from a host that is well-formed and told once.
fn label(headers: &HeaderMap, base_domain: &str) -> Option<String> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (host, None) = (hosts.next()?, hosts.next()) else { return None };
    label_of(host.to_str().ok()?, base_domain)
}

/// The same of a host as a text: `acme.example.com:443`.
pub fn label_of(host: &str, base_domain: &str) -> Option<String> {
    let host = host.to_ascii_lowercase();
    let name = match host.split_once(':') {
        Some((name, port)) => {
            port.parse::<u16>().ok().filter(|_| port.bytes().all(|b| b.is_ascii_digit()))?;
            name
        }
        None => &host,
    };
    let label = name.strip_suffix(base_domain)?.strip_suffix('.')?;
    Slug::is_one(label).then(|| label.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(host: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().expect("a header"));
        label(&headers, "example.com")
    }

    #[test]
    fn only_one_label_under_the_base_domain_is_a_host() {
        assert_eq!(asked("central.example.com").as_deref(), Some("central"));
        assert_eq!(asked("ACME.example.com:443").as_deref(), Some("acme"));
        for wrong in [
            "example.com",
            ".example.com",
            "a.b.example.com",
            "central.example.com.",
            "central.example.com:",
            "central.example.com:80:80",
            "central.example.com:+80",
            "central.example.com.evil.org",
            "centralexample.com",
            "-a.example.com",
            "a_b.example.com",
            "127.0.0.1",
            "[::1]:3000",
        ] {
            assert_eq!(asked(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn two_hosts_are_none() {
        let mut headers = HeaderMap::new();
        headers.append(header::HOST, "central.example.com".parse().expect("a header"));
        headers.append(header::HOST, "acme.example.com".parse().expect("a header"));
        assert_eq!(label(&headers, "example.com"), None);
    }
}
