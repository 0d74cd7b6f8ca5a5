#!/bin/bash
# table_log writes each change of a PostgreSQL table into a log, and table_log_restore_table makes the table again as it was at any time,
# forward from nothing or back from now. It does so row by row, by the key that a row had before its change, in a table that has no keys. So
# where keys move within one statement, as they may under a DEFERRABLE key (place = place + 1, or two that change places), a row that has
# just been given a key is there beside the one that has yet to give it up: the next change is done to both, and from then on they are the
# same row. Three stops of a tour become three times the last one, and a swap leaves one of the two, twice; back from now it is so as well,
# with the other one. No error is raised. TRUNCATE is in no log: forward the rows are there still, and back from now there never were any.
# The README names a key as all that a restore needs, and no bugs.
#
# Seen with table_log 0.6.3 and PostgreSQL 15.18 of Debian 12 (packages 0.6.3-2+b1 and 15.18-0+deb12u1). A private server on a socket in a
# temporary folder, gone at the end. Needs apt-get and dpkg-deb; as root it runs the server as nobody.
set -euo pipefail
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
of() {
  local program=$1
  shift
  "${as[@]}" env LD_LIBRARY_PATH="$folder/root/usr/lib/x86_64-linux-gnu" "$folder/root/usr/lib/postgresql/15/bin/$program" "$@"
}
trap 'of pg_ctl -D "$folder/run/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -q postgresql-15=15.18-0+deb12u1 postgresql-client-15=15.18-0+deb12u1 postgresql-15-tablelog=0.6.3-2+b1 libpq5 libllvm14 \
  >/dev/null 2>&1 || { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
mkdir run
chmod 755 "$folder" && chmod -R a+rX root && { [ ${#as[@]} = 0 ] || chown nobody run; }
cd run
of initdb -D data -L "$folder/root/usr/share/postgresql/15" --auth=trust --username=me --no-sync >/dev/null
of pg_ctl -D data -l log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
sql() { of psql -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -U me -d postgres "$@"; }

sql -c "select 'PostgreSQL ' || current_setting('server_version')"
sql -c "create extension table_log"
# What is done to three rows, each in a table of its own, and what the log makes of it: at the end, and at the beginning, back from the end.
try() {
  local table=$1 done=$2
  sql >/dev/null <<SQL
create table $table (place int primary key deferrable, name text not null);
select table_log_init(5, '$table');
insert into $table values (1, 'Ann'), (2, 'Ben'), (3, 'Cid');
create table ${table}_time as select clock_timestamp() as before;
select pg_sleep(0.05);
$done;
select table_log_restore_table('$table', 'place', '${table}_log', 'trigger_id', '${table}_after', now(), null, 0, 1);
select table_log_restore_table('$table', 'place', '${table}_log', 'trigger_id', '${table}_before', before, null, 0, 1) from ${table}_time;
select table_log_restore_table('$table', 'place', '${table}_log', 'trigger_id', '${table}_back', before, null, 1, 1) from ${table}_time;
SQL
  echo "$done:"
  local one
  for one in "" _before _after _back; do
    sql -c "select '  ' || rpad(coalesce(nullif(replace('$one', '_', ''), ''), 'there'), 9)
      || coalesce(string_agg(place || ' ' || name, ', ' order by place, name), 'none') from $table$one"
  done
}
{
  try one "update one set name = 'Bea' where place = 2"
  try two "update two set place = place + 1"
  try three "update three set place = 3 - place where place < 3"
  try four "update four set place = 10 where place = 2"
  try five "delete from five"
  try six "truncate six"
} | tee "$folder/seen"
diff "$folder/seen" - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
update one set name = 'Bea' where place = 2:
  there    1 Ann, 2 Bea, 3 Cid
  before   1 Ann, 2 Ben, 3 Cid
  after    1 Ann, 2 Bea, 3 Cid
  back     1 Ann, 2 Ben, 3 Cid
update two set place = place + 1:
  there    2 Ann, 3 Ben, 4 Cid
  before   1 Ann, 2 Ben, 3 Cid
  after    4 Cid, 4 Cid, 4 Cid
  back     1 Ann, 1 Ann, 1 Ann
update three set place = 3 - place where place < 3:
  there    1 Ben, 2 Ann, 3 Cid
  before   1 Ann, 2 Ben, 3 Cid
  after    1 Ben, 1 Ben, 3 Cid
  back     1 Ann, 1 Ann, 3 Cid
update four set place = 10 where place = 2:
  there    1 Ann, 3 Cid, 10 Ben
  before   1 Ann, 2 Ben, 3 Cid
  after    1 Ann, 3 Cid, 10 Ben
  back     1 Ann, 2 Ben, 3 Cid
delete from five:
  there    none
  before   1 Ann, 2 Ben, 3 Cid
  after    none
  back     1 Ann, 2 Ben, 3 Cid
truncate six:
  there    none
  before   1 Ann, 2 Ben, 3 Cid
  after    1 Ann, 2 Ben, 3 Cid
  back     none
SEEN
