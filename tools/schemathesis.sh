#!/bin/bash
# Asks a real server everything that its own document allows, and some of what it does not: no 5xx, every answer as the document
# says. Left out is what reaches out to other machines (servers) and what takes the token away (tokens/revoke).
#   NEO: the program; EXAMPLES: generated calls of each function (25); more arguments go to schemathesis.
set -euo pipefail
cd "$(dirname "$0")/.."
neo=$(realpath "${NEO:-${CARGO_TARGET_DIR:-target}/debug/neo}")
tools=$(realpath -m "${NEO_TOOLS:-${CARGO_TARGET_DIR:-target}/tools}")/schemathesis
version=4.32.5
if [ "$("$tools/bin/schemathesis" --version 2>/dev/null)" != "schemathesis, version $version" ]; then
  echo "set-up: installing schemathesis $version" >&2
  python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version"
fi

folder=$(mktemp -d)
server=
end() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$folder"
}
trap end EXIT
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir -p "$folder/migrations" && cp -r migrations/tenant "$folder/migrations/"
(
  cd "$folder"
  DB_ENCRYPTION_KEY=$("$neo" key generate)
  export DB_ENCRYPTION_KEY
  for slug in acme beta; do "$neo" tenant create "$slug" --tag eu; done
  "$neo" token create schemathesis --role superadmin --allow-destructive --connect >token
  exec "$neo" serve --listen "127.0.0.1:$port" 2>log
) &
server=$!
url=http://central.localhost:$port
ask() { curl --silent --fail --resolve "central.localhost:$port:127.0.0.1" "$@"; }
for _ in $(seq 300); do
  ask "$url/readyz" >/dev/null && break
  sleep 0.1
done
token=$(cat "$folder/token")
ask -H "Authorization: Bearer $token" "$url/api/v1/openapi.json" >"$folder/openapi.json"

# That whatever fits a schema is taken is not asked for: a slug has rules that no schema has, and 422 says which. Nor that each wrong
# token is 401: whoever brings many is held back with 429, as the document says, and the tests of programs ask for both.
# The name of the host is the console's; where it leads is this machine, whatever the resolver says.
printf 'generation.max-examples = %s\n' "${EXAMPLES:-25}" >"$folder/schemathesis.toml"
status=0
"$tools/bin/schemathesis" --config-file "$folder/schemathesis.toml" run "$folder/openapi.json" --url "http://127.0.0.1:$port" \
  -H "Host: central.localhost:$port" -H "Authorization: Bearer $token" --rate-limit auto --seed "${SEED:-1}" \
  --exclude-checks positive_data_acceptance,ignored_auth --exclude-path-regex '/servers/|/tokens/revoke$' "$@" || status=$?
if grep -q '"level":"ERROR"\|ERROR' "$folder/log"; then
  echo "the server has logged errors:" >&2
  grep '"level":"ERROR"\|ERROR' "$folder/log" | head -20 >&2
  status=1
fi
exit "$status"
