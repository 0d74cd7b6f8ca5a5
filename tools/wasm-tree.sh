#!/bin/bash
# Refuses a server's crate in what the browser gets.
set -euo pipefail
tree=$(cargo tree --target wasm32-unknown-unknown -p neo-app -e normal --prefix none)
if grep -E '^(sqlx|sqlx-core|tokio|axum|hyper|neo) v' <<<"$tree" | sort -u | grep .; then
  echo "error: the crates above are in the browser's part" >&2
  exit 1
fi
echo "the browser's part holds no server crate ($(sort -u <<<"$tree" | wc -l) crates)"
