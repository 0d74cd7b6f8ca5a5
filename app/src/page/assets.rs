//! The site's files (styles, fonts, wasm), under `/assets/<hash of all of them>/…`: what an address shows never changes, so
//! browsers may keep it for good, and files may name each other by relative paths.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
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
    site().files.contains_key("neo.js")
}

/// Whether the script is there that asks for passkeys.
pub fn has_passkeys() -> bool {
    site().files.contains_key("passkey.js")
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
    let known = site().base.strip_prefix("/assets/") == Some(hash.as_str());
    let Some(bytes) = site().files.get(&name).filter(|_| known) else { return StatusCode::NOT_FOUND.into_response() };
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
    let brotli = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.split(',').any(|e| e.split(';').next().is_some_and(|e| e.trim() == "br")));
    let common = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::VARY, "accept-encoding"),
    ];
    match site().files.get(&format!("{name}.br")).filter(|_| brotli) {
        Some(packed) => (common, [(header::CONTENT_ENCODING, "br")], packed.as_ref()).into_response(),
        None => (common, bytes.as_ref()).into_response(),
    }
}

async fn favicon() -> Response {
    match site().files.get("favicon.ico").or_else(|| site().files.get("favicon.svg")) {
        Some(_) if site().files.contains_key("favicon.svg") => {
            axum::response::Redirect::to(&format!("{}/favicon.svg", base())).into_response()
        }
        Some(bytes) => ([(header::CONTENT_TYPE, "image/x-icon")], bytes.as_ref()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
