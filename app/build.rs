//! Tells the crate where the site's files are: `site/` in cargo's target folder, made by `make build`. A fresh clone has none
//! and gets an empty folder, so that plain cargo commands work.

use std::path::{Path, PathBuf};

fn main() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    // <target>/<profile>/build/<package>/out, with the platform's name after <target> when one was asked for.
    let above = |n: usize| out.ancestors().nth(n).unwrap_or(Path::new("."));
    let target =
        if std::env::var_os("TARGET").is_some_and(|name| above(4).ends_with(name)) { above(5) } else { above(4) };
    let site = target.join("site");
    std::fs::create_dir_all(&site).expect("the target folder can be written");
    println!("cargo:rerun-if-changed={}", site.display());
    // What docs/apps.md tells in Rust, for the test that runs it.
    let told = Path::new("../docs/apps.md");
    let text = std::fs::read_to_string(told).unwrap_or_default();
    let code = text.split_once("```rust\n").and_then(|(_, rest)| rest.split_once("```")).map_or("", |(code, _)| code);
    std::fs::write(out.join("apps.rs"), code).expect("the output folder can be written");
    println!("cargo:rerun-if-changed={}", told.display());
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-env=NEO_SITE={}", site.display());
}
