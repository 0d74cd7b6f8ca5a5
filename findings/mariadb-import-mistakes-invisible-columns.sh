#!/bin/bash
# mariadb-dump --tab and mariadb-import, made for each other, do not agree on INVISIBLE columns: the one writes every column into its file,
# the other names none, and the server takes the file's values for the visible columns alone. From an invisible column on, each column is
# given the value of the one before it. Through the server's own folder that is refused (1262, a row with more data than columns). With
# --local, which is what a client on another machine has, it goes through: the invisible column has its default in each row, the next has
# its value, the last value is dropped, and mariadb-import counts a warning for each row and ends with 0. --columns with all the names
# brings it right. A generated column, which the file has too, is taken for what it is. A dump without --tab restores as it was.
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
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "mariadb-client=$version" "libmariadb3=$version" \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
bin=$folder/root/usr/bin sbin=$folder/root/usr/sbin
serve=("$sbin/mariadbd" --no-defaults --user="$(id -un)" --datadir="$folder/data" --tmpdir="$folder/tmp"
  --lc-messages-dir="$folder/root/usr/share/mysql")

mkdir data tmp tab
printf '%s\n' 'create user root@localhost;' 'grant all on *.* to root@localhost;' >init
"${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${serve[@]}" --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
"${serve[@]}" --socket="$folder/s" --skip-networking --init-file="$folder/init" >server.log 2>&1 &
server=$!
of() { local program=$1; shift; "$bin/$program" --no-defaults --socket="$folder/s" --user=root "$@"; }
client() { of mariadb --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client -e "select concat('server ', version()); create database made"
client made <<'SQL'
create table account (id int primary key, owner varchar(9), twice int as (cents * 2) stored, old_cents int invisible default 0,
  cents int, fee int);
insert into account (id, owner, old_cents, cents, fee) values (1, 'ann', 500, 1000, 3), (2, 'bea', 700, 2000, 4);
SQL
of mariadb-dump --tab="$folder/tab" made
of mariadb-dump made >whole.sql

look() {
  client "$1" -e "select concat('  ', owner, ': twice ', twice, ', old ', old_cents, ', cents ', cents, ', fee ', fee) from account"
}
new() { client -e "create or replace database $1"; client "$1" <tab/account.sql; }
import() {
  local end=0 said
  new "$1"
  said=$(of mariadb-import "${@:2}" "$1" "$folder/tab/account.txt" 2>&1) || end=$?
  echo "mariadb-import${2:+ ${*:2}}: $(grep -oE 'Error: [0-9]+|Warnings: [0-9]+' <<<"$said"), exit $end"
  look "$1"
}
{
  echo "made:"
  look made
  client -e "create database plain" && client plain <whole.sql
  echo "plain dump:"
  look plain
  import served
  import sent --local
  import named --local --columns=id,owner,twice,old_cents,cents,fee
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
made:
  ann: twice 2000, old 500, cents 1000, fee 3
  bea: twice 4000, old 700, cents 2000, fee 4
plain dump:
  ann: twice 2000, old 500, cents 1000, fee 3
  bea: twice 4000, old 700, cents 2000, fee 4
mariadb-import: Error: 1262, exit 1
mariadb-import --local: Warnings: 2, exit 0
  ann: twice 1000, old 0, cents 500, fee 1000
  bea: twice 1400, old 0, cents 700, fee 2000
mariadb-import --local --columns=id,owner,twice,old_cents,cents,fee: Warnings: 0, exit 0
  ann: twice 2000, old 500, cents 1000, fee 3
  bea: twice 4000, old 700, cents 2000, fee 4
SEEN
