//! The headers that every answer bears, errors included.
//!
//! Scripts need the page's nonce. Styles come from the site's files, but for `style` attributes: the fleet bar's lengths.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

/// The nonce of the page that this answer is, for its policy. A page without scripts has none.
#[derive(Clone)]
pub struct Nonce {
    pub nonce: String,
    /// Whether the islands are on it.
    pub wasm: bool,
}

pub fn put(headers: &mut HeaderMap, nonce: Option<&Nonce>, request_id: &str, over_tls: bool) {
    let scripts = match nonce {
        Some(Nonce { nonce, wasm: true }) => format!("'nonce-{nonce}' 'wasm-unsafe-eval'"),
        Some(Nonce { nonce, wasm: false }) => format!("'nonce-{nonce}'"),
        None => "'none'".to_owned(),
    };
    let policy = format!(
        "default-src 'none'; script-src {scripts}; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; manifest-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    set(headers, header::CONTENT_SECURITY_POLICY, &policy);
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Same-origin, since an act that asks for the password again leads back to the page it came from.
    set(headers, header::REFERRER_POLICY, "same-origin");
    set(
        headers,
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    );
    set(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(headers, HeaderName::from_static("x-request-id"), request_id);
    if over_tls {
        set(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=63072000");
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        set(headers, header::CACHE_CONTROL, "no-store");
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Whoever is told that something is not available just now is told when to ask again.
pub fn come_back(status: StatusCode, headers: &mut HeaderMap) {
    let busy = matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
    if busy && !headers.contains_key(header::RETRY_AFTER) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
}
