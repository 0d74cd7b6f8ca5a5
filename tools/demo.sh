#!/bin/bash
# 25 tenants, a new migration, and one tenant on which it will fail: the whole story in a minute. NEO is the executable.
set -euo pipefail
cd "$(dirname "$0")/.."
neo=${NEO:-neo}
demo=data/demo
export DATA_DIR=$demo DATABASE_URL=sqlite://$demo/central.db TENANT_MIGRATIONS=$demo/migrations

if [ ! -e "$demo/ready" ]; then
  rm -rf "$demo"
  mkdir -p "$demo"
  cp -r migrations/tenant "$demo/migrations"
  names=("Acme Corp" "Acme Netherlands" "Aster" "Beta Logistics" "Boreal" "Corvus" "Delphi Health" "Drift Cycles" "Eos" "Fjord Bank"
    "Gaia Foods" "Halcyon" "Iris Optics" "Juniper Homes" "Kestrel" "Lumen" "Meridian" "Nimbus" "Orchard" "Pelican" "Quarry"
    "Rook and Sons" "Solstice" "Tern" "Umber")
  for name in "${names[@]}"; do
    slug=$(tr '[:upper:] ' '[:lower:]-' <<<"$name")
    "$neo" tenant create "$slug" --name "$name" </dev/null >/dev/null
    printf '.' >&2
  done
  echo " 25 tenants" >&2
  up=$("$neo" migrate make add_status_to_contacts | grep '\.up\.sql$')
  cat > "$up" <<'SQL'
-- Gives contacts a status. Adds a column; locks the table for a moment only.
alter table contacts add column status varchar(32);
SQL
  cat > "${up%.up.sql}.down.sql" <<'SQL'
-- Takes the status away again.
alter table contacts drop column status;
SQL
  # One tenant where somebody was there before, by hand.
  file=$("$neo" tenant show acme-netherlands --json | node -e 'let s="";process.stdin.on("data",d=>s+=d).on("end",()=>console.log(JSON.parse(s).database))')
  python3 - "$file" <<'PY' 2>/dev/null || sqlite3 "$file" 'alter table contacts add column status varchar(32)'
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as tenant:
    tenant.execute("alter table contacts add column status varchar(32)")
PY
  touch "$demo/ready"
fi

echo "25 tenants; add_status_to_contacts is pending on all of them and will fail on acme-netherlands." >&2
exec "$neo" serve
