//! The site's files (styles, fonts, wasm), under `/assets/<hash of all of them>/…`: what an address shows never changes, so
//! browsers may keep it for good, and files may name each other by relative paths.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::sync::OnceLock;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use super::AppState;

struct Site {
    base: String,
    files: HashMap<String, Cow<'static, [u8]>>,
}

/// The files are read once: from the folder `NEO_SITE` names, or `target/site`.
fn site() -> &'static Site {
    static SITE: OnceLock<Site> = OnceLock::new();
    SITE.get_or_init(|| {
        let mut files = HashMap::new();
        let folder = option_env!("NEO_SITE").unwrap_or("target/site");
        gather(Path::new(folder), "", &mut files);
        let mut names: Vec<_> = files.keys().collect();
        names.sort();
        let mut hash = Sha256::new();
        for name in names {
            hash.update(name.as_bytes());
            hash.update([0]);
            hash.update(&files[name]);
        }
        let base = format!("/assets/{}", &hex::encode(hash.finalize())[..12]);
        Site { base, files }
    })
}

fn gather(folder: &Path, prefix: &str, files: &mut HashMap<String, Cow<'static, [u8]>>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let path = entry.path();
        if path.is_dir() {
            gather(&path, &format!("{name}/"), files);
        } else if let Ok(bytes) = std::fs::read(&path) {
            files.insert(name, bytes.into());
        }
    }
}

/// `/assets/3f2b8c1e0000`
pub fn base() -> &'static str {
    &site().base
}

/// Whether the browser's part was built: without it pages are served without scripts, and work.
pub fn has_scripts() -> bool {
    site().files.contains_key("neo.js")
}

pub fn routes() -> Router<AppState> {
    Router::new().route("/assets/{hash}/{*name}", get(file)).route("/favicon.ico", get(favicon))
}

async fn file(
    axum::extract::Path((hash, name)): axum::extract::Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let known = site().base.strip_prefix("/assets/") == Some(hash.as_str());
    // Leptos asks for the wasm under either name, depending on how it was compiled.
    let name = if name == "neo_bg.wasm" && !site().files.contains_key(&name) { "neo.wasm".into() } else { name };
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
