#!/bin/bash
# A Leptos page that is built with `--cfg erase_components`, its switch for quicker compiling, has "<!>" at the end of its title, for
# everybody to see: the renderer ends a list of children with that mark, which browsers take for an empty comment between other
# elements, and for text in a title. A textarea, whose content is text as well, is spared it. The same source without the switch has
# no mark in either.
#
# Seen with leptos 0.8.23 and tachys 0.2.19 (crates.io), Rust 1.95. Built twice (some minutes) in a temporary folder, gone at the end.
# Needs cargo and a C compiler.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "shown"
version = "0.0.0"
edition = "2021"

[dependencies]
leptos = { version = "=0.8.23", features = ["ssr"] }
tachys = "=0.2.19"

[profile.dev]
debug = false
TOML
cat >src/main.rs <<'RUST'
use leptos::prelude::*;

fn main() {
    let _owner = Owner::new();
    let (page, note) = ("Invoices".to_owned(), "Dear Ada".to_owned());
    println!("{}", view! { <title>{page}</title> }.to_html());
    println!("{}", view! { <textarea name="note">{note}</textarea> }.to_html());
}
RUST
cargo --version
for flags in "" "--cfg erase_components"; do
  RUSTFLAGS=$flags CARGO_TARGET_DIR=$folder/target cargo build --quiet || { echo "it cannot be built" >&2; exit 2; }
  echo "RUSTFLAGS=\"$flags\"" >>seen
  ./target/debug/shown >>seen
done
cat seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
RUSTFLAGS=""
<title>Invoices</title>
<textarea name="note">Dear Ada</textarea>
RUSTFLAGS="--cfg erase_components"
<title>Invoices<!></title>
<textarea name="note">Dear Ada</textarea>
SEEN
