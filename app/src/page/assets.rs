//! The site's files (styles, fonts, wasm), under `/assets/<hash of all of them>/…`: what an address shows never changes, so
//! browsers may keep it for good, and files may name each other by relative paths. What is text or code is kept packed alone, by
//! brotli and by gzip: who takes neither is given it unpacked.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read as _;
use std::sync::OnceLock;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use flate2::read::GzDecoder;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::door::AppState;

struct Site {
    base: String,
    files: HashMap<String, Cow<'static, [u8]>>,
}

/// Inside the executable; a debug build reads the folder instead. `build.rs` says which folder that is.
#[derive(RustEmbed)]
#[folder = "$NEO_SITE"]
struct Files;

fn site() -> &'static Site {
    static SITE: OnceLock<Site> = OnceLock::new();
    SITE.get_or_init(|| {
        let mut names: Vec<_> = Files::iter().collect();
        names.sort();
        let mut files = HashMap::new();
        let mut hash = Sha256::new();
        for name in names {
            let Some(file) = Files::get(&name) else { continue };
            hash.update(name.as_bytes());
            hash.update([0]);
            hash.update(&file.data);
            files.insert(name.into_owned(), file.data);
        }
        let base = format!("/assets/{}", &hex::encode(hash.finalize())[..12]);
        Site { base, files }
    })
}

/// `/assets/3f2b8c1e0000`
pub fn base() -> &'static str {
    &site().base
}

/// Whether the browser's part was built: without it pages are served without scripts, and work.
pub fn has_scripts() -> bool {
    site().files.contains_key("neo.js.gz")
}

/// Whether the script is there that asks for passkeys.
pub fn has_passkeys() -> bool {
    site().files.contains_key("passkey.js.gz")
}

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/assets/{hash}/{*name}", get(file))
        .route("/assets/", any(StatusCode::NOT_FOUND))
        .route("/assets/{hash}", any(StatusCode::NOT_FOUND))
        .route("/assets/{hash}/", any(StatusCode::NOT_FOUND))
        .route("/favicon.ico", get(favicon))
}

async fn file(
    axum::extract::Path((hash, name)): axum::extract::Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if site().base.strip_prefix("/assets/") != Some(hash.as_str()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let kind = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("woff2") => "font/woff2",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("json" | "webmanifest") => "application/json",
        _ => "application/octet-stream",
    };
    let common = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::VARY, "accept-encoding"),
    ];
    if let Some(plain) = stored(&name) {
        return (common, plain).into_response();
    }
    for (encoding, end) in [("br", ".br"), ("gzip", ".gz")] {
        if let Some(packed) = stored(&format!("{name}{end}")).filter(|_| is_taken(&headers, encoding)) {
            return (common, [(header::CONTENT_ENCODING, encoding)], packed).into_response();
        }
    }
    match unpacked(&name) {
        Some(plain) => (common, plain).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A file as the site has it, under the very name.
fn stored(name: &str) -> Option<&'static [u8]> {
    site().files.get(name).map(AsRef::as_ref)
}

/// What the site has packed alone, for who takes nothing packed.
fn unpacked(name: &str) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    GzDecoder::new(stored(&format!("{name}.gz"))?).read_to_end(&mut plain).ok()?;
    Some(plain)
}

/// Whether the client takes what is packed so: `br;q=0` says that it does not.
fn is_taken(headers: &HeaderMap, encoding: &str) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.trim().parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case(encoding) && weight != Some(0.0)
    })
}

/// Browsers ask for it by this name wherever they are.
async fn favicon() -> Response {
    match site().files.contains_key("favicon.svg.gz") {
        true => axum::response::Redirect::to(&format!("{}/favicon.svg", base())).into_response(),
        false => StatusCode::NOT_FOUND.into_response(),
    }
}
