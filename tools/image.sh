#!/bin/bash
# The image of packaging/Containerfile around an executable that is there, by buildah: image.sh [TAG], further arguments go to buildah.
# DEBIAN is the base, where it is another; NEO the executable (without it that of `make build`).
set -euo pipefail
cd "$(dirname "$0")/.."
neo=$(realpath "${NEO:-${CARGO_TARGET_DIR:-target}/release/neo}")
tag=${1:-neo}
shift || true
# The context is the executable alone: nothing else of this folder can get into the image.
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
cp "$neo" "$context/neo"
! readelf --sections --wide "$neo" | grep -q ' \.symtab ' || strip --strip-all "$context/neo"
chmod 0755 "$context/neo"
buildah bud --format docker --timestamp "${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}" ${DEBIAN:+--build-arg DEBIAN="$DEBIAN"} -f packaging/Containerfile -t "$tag" "$@" "$context"
