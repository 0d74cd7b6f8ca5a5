#!/bin/bash
# MariaDB: IF NOT EXISTS in an ALTER TABLE asks for the name in the table as it was before the statement. DROP COLUMN IF EXISTS y,
# ADD COLUMN IF NOT EXISTS y … in one statement, meant to make y anew, drops it and adds none; the next run adds it, the one after
# takes it away again, and so with a key. Without IF NOT EXISTS, and in PostgreSQL with it, y is there after each run. A key without a
# name is looked for under the name that it would be given first, its first column's: ADD UNIQUE IF NOT EXISTS (a, b) adds nothing
# where a key on a alone is called a, while without the three words it is added as a_2. All that is said is a note.
#
# Seen with MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; a private server
# on a socket there, gone at the end. Needs apt-get and dpkg-deb, and no rights.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }; rm -rf "$folder"' EXIT
cd "$folder"

# What the programs need and a system without MariaDB lacks comes along.
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "libmariadb3=$version" \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
bin=$folder/root/usr/bin sbin=$folder/root/usr/sbin
serve=("$sbin/mariadbd" --no-defaults --user="$(id -un)" --datadir="$folder/data" --tmpdir="$folder/tmp"
  --lc-messages-dir="$folder/root/usr/share/mysql")

mkdir data tmp
"${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${serve[@]}" --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
"${serve[@]}" --socket="$folder/s" --skip-networking --skip-grant-tables >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client -e "select concat('server ', version()); create database d"
there() {
  echo "columns $(client d -e "select group_concat(column_name order by 1 separator ' ') from information_schema.columns
    where table_schema = 'd' and table_name = '$1'"), keys $(client d -e "select group_concat(concat(index_name, if(non_unique, '',
    ' (unique)')) order by 1 separator ' ') from information_schema.statistics where table_schema = 'd' and table_name = '$1'
    and seq_in_index = 1")"
}
{
  client d -e "create table t (a int, y int, key k (a))"
  for run in 1 2 3; do
    client d -e "alter table t drop column if exists y, add column if not exists y text, drop index if exists k, add index if not exists k (a)"
    echo "made anew, run $run: $(there t)"
  done
  client d -e "alter table t drop column if exists y, add column y text, drop index if exists k, add index k (a)"
  client d -e "alter table t drop column if exists y, add column y text, drop index if exists k, add index k (a)"
  echo "twice, without IF NOT EXISTS: $(there t)"
  client d -e "create table u (a int, b int, key (a))"
  client d -e "alter table u add unique if not exists (a, b); show warnings" | cut -f3
  echo "a key without a name: $(there u)"
  client d -e "alter table u add unique (a, b)"
  echo "the same without IF NOT EXISTS: $(there u)"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
made anew, run 1: columns a, keys NULL
made anew, run 2: columns a y, keys k
made anew, run 3: columns a, keys NULL
twice, without IF NOT EXISTS: columns a y, keys k
Duplicate key name 'a'
a key without a name: columns a b, keys a
the same without IF NOT EXISTS: columns a b, keys a a_2 (unique)
SEEN
