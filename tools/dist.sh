#!/bin/bash
# The executable that is given away, in the target folder's `artifacts/`: static for x86_64 Linux, packed, as a Debian package, with checksums and
# lists of what it is made of. The same sources give the same bytes, wherever they lie and whenever they are built. The site has to be there (make dist).
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
tools=$(realpath -m "${NEO_TOOLS:-$target/tools}")
platform=x86_64-unknown-linux-musl
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
[ -e "$target/site/neo.wasm.br" ] || { echo "error: the site is not made yet (make dist)" >&2; exit 1; }
# SQLite, ring and zstd are C.
command -v musl-gcc >/dev/null || { echo "error: apt-get install musl-tools" >&2; exit 1; }
[ -d "$(rustc --print sysroot)/lib/rustlib/$platform" ] || rustup target add "$platform" >&2

SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
# No path of this machine is in it, and no order that depends on one. Of two that fit the last holds: the target folder may lie in this one.
cargo_home=${CARGO_HOME:-$HOME/.cargo}
# What .cargo/config.toml says is not asked where flags are given.
flags=(--cfg erase_components)
# What a crate is called is enough to find it by: where cargo keeps them all is twice as long, and is in it a thousand times.
pairs=("$cargo_home=/cargo" "$PWD=/neo" "$target=/target")
for registry in "$cargo_home"/registry/src/*; do pairs+=("$registry=/cargo"); done
for pair in "${pairs[@]}"; do flags+=("--remap-path-prefix=$pair"); done
CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f'; echo "${flags[*]}")
export CARGO_ENCODED_RUSTFLAGS
export CC_x86_64_unknown_linux_musl=musl-gcc
# The linker that came with this compiler. It folds functions that are the same into one, Rust's alone: what is C, some of which tells functions
# apart by their address, is not taken apart into functions. And where the program is loaded is told in a tenth of the room.
linker=$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin/gcc-ld
[ -x "$linker/ld.lld" ] || { echo "error: the compiler came without its linker ($linker)" >&2; exit 1; }
link=(-fuse-ld=lld "-B$linker" -Wl,-O2 -Wl,--icf=all -Wl,--pack-dyn-relocs=relr)
# What is C takes its memory from where Rust takes it: musl's own maps a page or two at a time, and gives them back, for SQLite a thousand times a run.
for taken in malloc calloc realloc free posix_memalign aligned_alloc memalign; do link+=("-Wl,--defsym=$taken=mi_$taken"); done
# No panic goes through what is C: how to is not told. And mimalloc takes pages of 2 MB where it can, and twice the memory with them.
export CFLAGS_x86_64_unknown_linux_musl="-fno-function-sections -fno-asynchronous-unwind-tables -fno-unwind-tables -DMI_DEFAULT_ALLOW_THP=0 -DMI_DEFAULT_ARENA_EAGER_COMMIT=0 -ffile-prefix-map=$cargo_home=/cargo -ffile-prefix-map=$PWD=/neo -ffile-prefix-map=$target=/target"
CARGO_TARGET_DIR=$target CARGO_INCREMENTAL=0 cargo rustc --locked --profile dist --target "$platform" -p neo-app --bin neo -- "${link[@]/#/-Clink-arg=}"

dist=$target/artifacts
name=neo-$version-$platform
rm -rf "$dist"
mkdir -p "$dist/$name"
cp "$target/$platform/dist/neo" LICENSE README.md CHANGELOG.md "$dist/$name/"
# Names of functions are left in it, whatever the profile says: 7 MB.
strip --strip-all "$dist/$name/neo"
tar --create --directory "$dist" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX "$name" \
  | xz -9 --threads=1 >"$dist/$name.tar.xz"
mv "$dist/$name/neo" "$dist/neo"
rm -rf "${dist:?}/$name"

! readelf -d "$dist/neo" | grep -q NEEDED || { echo "error: it is not static" >&2; exit 1; }
# It does what it is for: a tenant is made, and the process that its database is spoken to in holds out.
trial=$(mktemp -d)
trap 'rm -rf "$trial"' EXIT
for act in "tenant create acme --name Acme" "tenant users list acme" "migrate verify acme"; do
  # shellcheck disable=SC2086
  env -i DB_ENCRYPTION_KEY=0123456789abcdef0123456789ABCDEF DATA_DIR="$trial" DATABASE_URL="sqlite://$trial/central.db" TENANT_MIGRATIONS="$PWD/migrations/tenant" \
    "$dist/neo" $act >&2 || { echo "error: it cannot: neo $act" >&2; exit 1; }
done
rm -rf "$trial"
! grep -qaF -e "$cargo_home/registry" -e "$target/" -e "$PWD/" "$dist/neo" || { echo "error: a path of this machine is in it" >&2; exit 1; }
# As it is, and as it is fetched: bytes at most.
for budget in neo:35000000 "$name.tar.xz:13000000"; do
  size=$(stat -c %s "$dist/${budget%:*}")
  echo "${budget%:*} $size" >&2
  [ "$size" -le "${budget#*:}" ] || { echo "error: more than ${budget#*:}" >&2; exit 1; }
done

# What it is made of: the executable's crates, and those of the site inside it. It is written beside each manifest: so a copy of these is asked.
cyclonedx=$tools/bin/cargo-cyclonedx
if [ "$("$cyclonedx" cyclonedx --version 2>/dev/null)" != "cargo-cyclonedx-cyclonedx 0.5.9" ]; then
  echo "set-up: installing cargo-cyclonedx 0.5.9 (some minutes, once)" >&2
  env -u CARGO_ENCODED_RUSTFLAGS CARGO_TARGET_DIR="$target" cargo install --quiet --debug --locked cargo-cyclonedx --version 0.5.9 --root "$tools" >&2
fi
draft=$(realpath "$(mktemp -d)")
trap 'rm -rf "$draft"' EXIT
cp -r Cargo.toml Cargo.lock rust-toolchain.toml "$draft/"
ln -s "$PWD/src" "$draft/"
for member in app model; do
  mkdir "$draft/$member"
  cp "$member/Cargo.toml" "$draft/$member/"
  ln -s "$PWD/$member/src" "$draft/$member/"
done
cp app/build.rs "$draft/app/"
made_of() { # PLATFORM FILE
  "$cyclonedx" cyclonedx --quiet --manifest-path "$draft/app/Cargo.toml" --format json --spec-version 1.5 --target "$1" --override-filename made-of
  sed "s#file://$draft#file:///neo#g" "$draft/app/made-of.json" >"$dist/$2"
}
made_of "$platform" "$name.cdx.json"
made_of wasm32-unknown-unknown "neo-$version-site.cdx.json"

NEO=$dist/neo tools/package.sh "$dist" >&2
(cd "$dist" && sha256sum -- * >SHA256SUMS)
echo "$dist"
