//! Cross-site rules: what changes something, and what streams, must come from a page of this very origin. Redirects stay here.

use axum::http::{HeaderMap, Method, header};
use neo::Error;

/// Before the name of every server function.
pub const FUNCTIONS: &str = "/api/v1/";

/// How the address of a file ends that is made for whoever asks: that he had it is written down as his act.
const EXPORT: &str = "/export";

/// Refuses a mutation, an event stream, an export or the answer of a function that another site may have caused. `Sec-Fetch-Site` decides where the browser sends
/// it; otherwise `Origin` must be exactly ours; neither is a refusal.
pub fn check(method: &Method, path: &str, headers: &HeaderMap, own_origin: &str) -> neo::Result<()> {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let is_function = path.starts_with(FUNCTIONS) || path.ends_with(EXPORT);
    if reads && !is_function && !path.starts_with("/events/") {
        return Ok(());
    }
    let same = match headers.get("sec-fetch-site") {
        // A program says nothing, and a person who types the address comes from nowhere: both may read what a function answers.
        None if reads && is_function => true,
        Some(site) if reads && is_function => site == "same-origin" || site == "none",
        Some(site) => site == "same-origin",
        None => headers.get(header::ORIGIN).is_some_and(|origin| origin == own_origin),
    };
    if same {
        return Ok(());
    }
    Err(Error::denied("this request did not come from a page of this console")
        .hint("open the page itself and try again there"))
}

/// `next` as a path of this origin; anything that could lead elsewhere becomes `/`.
pub fn local_path(next: &str) -> &str {
    let local = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.bytes().all(|b| b.is_ascii_graphic());
    if local { next } else { "/" }
}

/// The same where it is a page: what is made for whoever asks (a function's answer, a stream, an export) nobody is led to by a link.
pub fn page_path(next: &str) -> &str {
    let path = local_path(next).split('?').next().unwrap_or("/");
    let is_page = !path.starts_with(FUNCTIONS) && !path.starts_with("/events/") && !path.ends_with(EXPORT);
    if is_page { local_path(next) } else { "/" }
}

/// The path of the page that sent this, when it is a page of ours.
pub fn came_from(headers: &HeaderMap, own_origin: &str) -> Option<String> {
    let referer = headers.get(header::REFERER)?.to_str().ok()?;
    let path = referer.strip_prefix(own_origin)?;
    (path.starts_with('/')).then(|| local_path(path).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "http://central.localhost:3000";

    fn asked(method: Method, path: &str, headers: &[(&'static str, &str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(n, v)| (header::HeaderName::from_static(n), v.parse().expect("a header")))
            .collect::<HeaderMap>();
        check(&method, path, &headers, OWN).is_ok()
    }

    #[test]
    fn nobody_is_led_to_what_is_no_page() {
        for page in ["/", "/runs/7?status=failed", "/sign-in?next=/", "/audit?q=/export"] {
            assert_eq!(page_path(page), page);
        }
        for other in [
            "/audit/export",
            "/audit/export?format=csv",
            "/api/v1/me",
            "/events/runs/7",
            "//evil.org",
            "https://evil.org",
        ] {
            assert_eq!(page_path(other), "/", "{other}");
        }
    }

    #[test]
    fn an_act_must_come_from_our_own_page() {
        assert!(asked(Method::POST, "/sign-in", &[("sec-fetch-site", "same-origin")]));
        assert!(asked(Method::POST, "/sign-in", &[("origin", OWN)]));
        assert!(!asked(Method::POST, "/sign-in", &[]));
        assert!(!asked(Method::POST, "/sign-in", &[("sec-fetch-site", "same-site"), ("origin", OWN)]));
        assert!(!asked(Method::POST, "/sign-in", &[("sec-fetch-site", "cross-site")]));
        assert!(!asked(Method::POST, "/sign-in", &[("sec-fetch-site", "none")]));
        assert!(!asked(Method::POST, "/sign-in", &[("origin", "null")]));
        assert!(!asked(Method::POST, "/sign-in", &[("origin", "http://central.localhost:3001")]));
        assert!(!asked(Method::DELETE, "/tenants", &[]));
    }

    #[test]
    fn a_stream_is_held_to_the_same_and_a_page_is_not() {
        assert!(asked(Method::GET, "/tenants", &[("sec-fetch-site", "cross-site")]));
        assert!(!asked(Method::GET, "/events/runs/1", &[("sec-fetch-site", "cross-site")]));
        assert!(!asked(Method::GET, "/audit/export", &[("sec-fetch-site", "same-site")]));
        assert!(asked(Method::GET, "/audit/export", &[("sec-fetch-site", "same-origin")]));
        assert!(!asked(Method::GET, "/events/runs/1", &[]));
        assert!(asked(Method::GET, "/events/runs/1", &[("sec-fetch-site", "same-origin")]));
    }

    #[test]
    fn a_function_is_not_called_by_another_site() {
        let path = "/api/v1/tenants";
        for (headers, may) in [
            (&[][..], true),
            (&[("sec-fetch-site", "none")][..], true),
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "same-site")][..], false),
            (&[("sec-fetch-site", "cross-site")][..], false),
        ] {
            assert_eq!(asked(Method::GET, path, headers), may, "{headers:?}");
        }
        assert!(!asked(Method::POST, path, &[]));
        assert!(!asked(Method::POST, path, &[("sec-fetch-site", "none")]));
        assert!(asked(Method::POST, path, &[("origin", OWN)]));
    }

    #[test]
    fn redirects_stay_on_this_origin() {
        assert_eq!(local_path("/runs/7?status=failed"), "/runs/7?status=failed");
        for elsewhere in ["", "runs", "//evil.org", "/\\evil.org", "https://evil.org", "/a\r\nLocation: x", "/\t/evil"]
        {
            assert_eq!(local_path(elsewhere), "/", "{elsewhere:?}");
        }
    }
}
