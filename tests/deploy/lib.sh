# What the scripts of this folder share: where they work, a Debian to put things into, and how they say what holds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
# The executable that is tried, and its package: what was made last, to be given away (make dist) or for here (make package).
newest() { ls -t "$@" 2>/dev/null | head -1 || true; }
neo=$(realpath "${NEO:-$(newest "$target/artifacts/neo" "$target/release/neo")}")
package=${PACKAGE:-$(newest "$target"/artifacts/neo_*.deb "$target"/debian/neo_*.deb)}
# A Debian is fetched once, and kept here.
kept=$(realpath -m "${NEO_DEPLOY:-$target/deploy}")
mkdir -p "$kept"
work=$(mktemp -d)
held=0

ok() { held=$((held + 1)); echo "ok: $*"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
# holds WHAT COMMAND…
holds() { local what=$1; shift; "$@" >"$work/said" 2>&1 || { cat "$work/said" >&2; fail "$what"; }; ok "$what"; }
refused() { local what=$1; shift; ! "$@" >"$work/said" 2>&1 || { cat "$work/said" >&2; fail "$what"; }; ok "$what"; }
# until_holds SECONDS COMMAND…
until_holds() {
  local end=$(($(date +%s) + $1)); shift
  until "$@" >/dev/null 2>&1; do
    [ "$(date +%s)" -lt "$end" ] || return 1
    sleep 0.2
  done
}
a_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
# needs PROGRAM:PACKAGE…
needs() {
  local missing=() it
  for it in "$@"; do command -v "${it%%:*}" >/dev/null || [ -x "/usr/sbin/${it%%:*}" ] || missing+=("${it##*:}"); done
  [ ${#missing[@]} = 0 ] || { echo "error: apt-get install ${missing[*]}" >&2; exit 1; }
}
as_root() { [ "$(id -u)" = 0 ] || { echo "error: a Debian in a folder takes root" >&2; exit 1; }; }

# The Debian that this machine is, in a folder: a_debian FOLDER.
a_debian() {
  needs debootstrap:debootstrap
  if [ ! -e "$kept/base/.ready" ]; then
    local release from
    release=$(. /etc/os-release && echo "$VERSION_CODENAME")
    from=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' | sed -n "s/^$release //p" | head -1)
    rm -rf "$kept/base"
    debootstrap --variant=minbase --include=ca-certificates "$release" "$kept/base" "$from" >"$kept/debootstrap.log" 2>&1 || { tail -3 "$kept/debootstrap.log" >&2; return 1; }
    # With its updates, as this machine has them.
    cp /etc/apt/sources.list.d/debian* "$kept/base/etc/apt/sources.list.d/" 2>/dev/null && rm -f "$kept/base/etc/apt/sources.list"
    cp /etc/resolv.conf "$kept/base/etc/resolv.conf"
    touch "$kept/base/.ready"
  fi
  cp -a "$kept/base" "$1"
}
# The same with packages in it, kept under a name of their own: a_debian_with NAME FOLDER PACKAGE…
a_debian_with() {
  local name folder=$2
  name=$1-$(cksum <<<"${*:3}" | cut -d' ' -f1); shift 2
  if [ ! -e "$kept/$name/.ready" ]; then
    rm -rf "$kept/$name" "$kept/$name.new"
    a_debian "$kept/$name.new"
    within "$kept/$name.new" sh -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"' sh "$@" >"$kept/$name.log" 2>&1 \
      || { tail -3 "$kept/$name.log" >&2; return 1; }
    rm -f "$kept/$name.new/.ready"
    mv "$kept/$name.new" "$kept/$name"
    touch "$kept/$name/.ready"
  fi
  cp -a "$kept/$name" "$folder"
}
# A command inside, with the folder's own processes and mounts, which end with it: within ROOT COMMAND…
within() {
  local root=$1; shift
  unshare --mount --pid --fork --kill-child --propagation private bash -c '
    root=$1; shift
    mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && mount -t tmpfs tmpfs "$root/run"
    exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ DEBIAN_FRONTEND=noninteractive "$@"' within "$root" "$@"
}
ends=()
at_the_end() {
  local status=$? it
  for it in "${ends[@]}"; do eval "$it" || true; done
  rm -rf --one-file-system "$work"
  [ "$status" != 0 ] || echo "$held passed, 0 failed"
}
trap at_the_end EXIT
