#!/bin/bash
# mydumper leaves out INVISIBLE columns: it writes the rows of a table as SELECT * would give them, in INSERTs without names.
# Restored by myloader every row has the column's default there, without an error or a warning, and an auto_increment key is numbered
# anew. In a table with a generated column beside, for which it asks for the columns by name, the invisible one is kept, as
# mariadb-dump keeps them all. So rows that other tables refer to by such a key come back under other numbers.
#
# Seen with mydumper 0.10.1 and MariaDB 10.11.19 of Debian 12 (packages 0.10.1-1+deb12u2 and 1:10.11.19-0+deb12u1). Fetched and
# unpacked in a temporary folder; a private server on a socket there, gone at the end. Needs apt-get and dpkg-deb, and no rights.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }; rm -rf "$folder"' EXIT
cd "$folder"

# What the programs need and a system without MariaDB lacks comes along.
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "libmariadb3=$version" \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 \
  mariadb-client mydumper=0.10.1-1+deb12u2 libglib2.0-0 libpcre3 libpcre2-8-0 >/dev/null 2>&1 ||
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

"$bin/mydumper" --version | head -1
client -e "select concat('server ', version()); create database made"
client made <<'SQL'
create table plain (a int, h int invisible default 5, b int);
insert into plain (a, h, b) values (1, 70, 2), (3, 80, 4);
create table keyed (id int auto_increment primary key invisible, name text);
insert into keyed (id, name) values (7, 'seven'), (9, 'nine');
create table computed (a int, h int invisible default 5, sum int as (a + 1));
insert into computed (a, h) values (1, 70);
SQL
"$bin/mydumper" --socket="$folder/s" --user=root --database=made --outputdir="$folder/dump"
"$bin/myloader" --socket="$folder/s" --user=root --database=restored --directory="$folder/dump"
client -e "create database beside"
"$bin/mariadb-dump" --no-defaults --socket="$folder/s" --user=root made | client beside

for database in made restored beside; do
  echo "$database: plain $(client $database -e "select a, h, b from plain order by a" | tr '\t\n' '  ')keyed $(
    client $database -e "select id, name from keyed order by name" | tr '\t\n' '  ')computed $(
    client $database -e "select a, h, sum from computed" | tr '\t\n' '  ')"
done | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
made: plain 1 70 2 3 80 4 keyed 9 nine 7 seven computed 1 70 2 
restored: plain 1 5 2 3 5 4 keyed 11 nine 10 seven computed 1 70 2 
beside: plain 1 70 2 3 80 4 keyed 9 nine 7 seven computed 1 70 2 
SEEN
