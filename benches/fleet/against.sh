#!/usr/bin/env bash
# Neo as it was at a commit: built once, kept, and its path said.
#   against.sh REV
set -euo pipefail
root=${NEO_BENCH:-${TMPDIR:-/tmp}/neo-bench}/against
commit=$(git rev-parse --verify "$1^{commit}")
kept=$root/$commit/neo
if [ ! -x "$kept" ]; then
  mkdir -p "$root/$commit"
  tree=$root/$commit/source
  git worktree add --force --detach "$tree" "$commit" >&2
  trap 'git worktree remove --force "$tree" >&2' EXIT
  CARGO_TARGET_DIR=$root/target make -C "$tree" build >&2
  cp "$root/target/release/neo" "$kept"
fi
echo "$kept"
