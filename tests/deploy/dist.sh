#!/bin/bash
# What `make dist` gives away: whole, small, and of no machine. (What it does: all the others of this folder.)
# TWICE=1 builds it again elsewhere, and compares.
. "$(dirname "$0")/lib.sh"
needs xz:xz-utils
dist=$target/artifacts
[ -e "$dist/SHA256SUMS" ] || { echo "error: there is no $dist (make dist)" >&2; exit 1; }
archive=$(basename "$dist"/neo-*.tar.xz)
name=${archive%.tar.xz}
version=$("$dist/neo" --version)

holds "the sums are those of what is there" sh -c "cd '$dist' && sha256sum --check --strict --quiet SHA256SUMS"
holds "and there is a sum for everything" sh -c "cd '$dist' && [ \"\$(ls | grep -vx SHA256SUMS | sort)\" = \"\$(sed 's/^[0-9a-f]*  //' SHA256SUMS | sort)\" ]"
refused "it needs no library" sh -c "readelf --dynamic --wide '$dist/neo' | grep NEEDED"
refused "it has no symbols" sh -c "readelf --sections --wide '$dist/neo' | grep ' \.symtab '"
holds "it is as small as it has to be" sh -c "[ \$(stat -c %s '$dist/neo') -le 35000000 ] && [ \$(stat -c %s '$dist/$archive') -le 13000000 ]"
refused "no path of this machine is in it" grep -qaF -e "$HOME/" -e "$target/" -e "$PWD/" "$dist/neo"
mkdir "$work/unpacked"
tar -C "$work/unpacked" -xf "$dist/$archive"
holds "the archive holds the executable, and what goes with it" sh -c "cmp '$work/unpacked/$name/neo' '$dist/neo' && [ \"\$(ls '$work/unpacked/$name' | tr '\n' ' ')\" = 'CHANGELOG.md LICENSE README.md neo ' ]"
holds "nobody's user and machine is in the archive" sh -c "tar -tvf '$dist/$archive' --numeric-owner | awk '\$2 != \"0/0\" { exit 1 }'"
dpkg-deb -x "$(ls "$dist"/neo_*_amd64.deb)" "$work/package"
holds "the package holds the same executable" cmp "$work/package/usr/bin/neo" "$dist/neo"
refused "and wants no library either" sh -c "dpkg-deb -f '$dist'/neo_*_amd64.deb Depends | grep libc6"

# What it is made of, against what cargo says.
cargo tree --locked --prefix none --edges normal,build --target x86_64-unknown-linux-musl --package neo-app --format '{p}' | sed 's/ (.*//; s/ v/ /' | sort -u >"$work/crates"
python3 - "$dist/$name.cdx.json" "$work/crates" "$version" <<'PY' || fail "what it is made of"
import json, sys
bom = json.load(open(sys.argv[1]))
assert bom["bomFormat"] == "CycloneDX", bom["bomFormat"]
told = {f"{one['name']} {one['version']}" for one in bom["components"]}
there = {line.strip() for line in open(sys.argv[2])} - {"neo-app " + sys.argv[3].split()[1]}
assert not there - told, f"not told: {sorted(there - told)}"
unlicensed = [one["name"] for one in bom["components"] if not one.get("licenses")]
assert not unlicensed, unlicensed
raw = open(sys.argv[1]).read()
assert "file:///neo" in raw or "file://" not in raw, "a path of this machine"
PY
ok "each crate that is in it is told, with its licence"

if [ -n "${TWICE:-}" ]; then
  git clone --quiet --shared . "$work/elsewhere"
  [ -z "$(git status --porcelain --untracked-files=no)" ] || echo "note: what is not committed is not compared" >&2
  [ ! -d node_modules ] || cp -al node_modules "$work/elsewhere/"
  CARGO_TARGET_DIR=$work/elsewhere-target NEO_TOOLS=${NEO_TOOLS:-$target/tools} make -C "$work/elsewhere" dist >"$work/built" 2>&1 || { tail -20 "$work/built"; fail "it is built again"; }
  holds "built again elsewhere: the same sums" diff "$dist/SHA256SUMS" "$work/elsewhere-target/dist/SHA256SUMS"
fi
