#!/bin/bash
# mariadb-dump --tab writes each table's rows into a file that mariadb-import, made for it, reads back. The dump reads in UTC, as it does
# without --tab (--tz-utc, which is on), so a TIMESTAMP of 12:00 at +05:00 stands in the file as 07:00. A plain dump says so before its rows
# (SET TIME_ZONE='+00:00'); with --tab that line goes into the file of the table's definition, which has no rows, and mariadb-import opens a
# session of its own, in the server's time zone. So every moment comes back earlier or later by the server's offset, on the very server that
# it was dumped from, without a warning; a DATETIME stays. Where the zone has summer time, moments that lie in the hour that is left out
# there, which is one like any other in UTC, all become the same one, and mariadb-import counts a warning for each and ends with 0. Dumped
# with --skip-tz-utc they come back right (but for the hour that comes twice), and so they do by LOAD DATA behind SET time_zone = '+00:00'.
#
# Seen with MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; a private server on a
# socket there, gone at the end. Needs apt-get and dpkg-deb, and no rights.
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

mkdir data tmp
printf '%s\n' 'create user root@localhost;' 'grant all on *.* to root@localhost;' >init
"${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${serve[@]}" --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
of() { local program=$1; shift; "$bin/$program" --no-defaults --socket="$folder/s" --user=root "$@"; }
client() { of mariadb --skip-column-names "$@"; }
# A server whose machine is in a time zone, which is the server's unless it is told another.
start() {
  TZ=$1 "${serve[@]}" --socket="$folder/s" --skip-networking --init-file="$folder/init" >server.log 2>&1 &
  server=$!
  for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && return; sleep 0.5; done
}
stop() { kill "$server"; wait "$server" 2>/dev/null || true; server=; }
# The rows of a database, as moments: seconds of UTC, and what the session shows.
look() { client "$1" -e "select concat('  ', id, ' ', unix_timestamp(at), ' ', at, ', datetime ', wall) from visit order by id"; }
back() {
  local how=$1 end=0 said
  client -e "create or replace database back"
  client back <tab/visit.sql
  said=$(of mariadb-import --local back "$folder/tab/visit.txt" 2>&1) || end=$?
  echo "$how: $(grep -o 'Warnings: [0-9]*' <<<"$said"), exit $end"
  look back
}
dump() { rm -rf tab; mkdir tab; of mariadb-dump --tab="$folder/tab" "$@" made; }

start UTC
client -e "select concat('server ', version())"
{
  for zone in Asia/Karachi Europe/Berlin; do
    stop
    start $zone
    client -e "create or replace database made"
    client made <<'SQL'
create table visit (id int primary key, at timestamp, wall datetime);
set time_zone = '+00:00';
insert into visit values (1, '2026-03-29 01:10:00', '2026-03-29 12:00:00'), (2, '2026-03-29 02:20:00', '2026-03-29 12:00:00'),
  (3, '2026-03-29 02:40:00', '2026-03-29 12:00:00');
SQL
    echo "$zone, made:"
    look made
    dump
    echo "in the file: $(cut -f1,2 tab/visit.txt | tr '\t\n' ' ;')"
    back "mariadb-import"
    dump --skip-tz-utc
    back "dumped with --skip-tz-utc, mariadb-import"
    client -e "create or replace database back"
    dump
    client back <tab/visit.sql
    client --local-infile back -e "set time_zone = '+00:00'; load data local infile '$folder/tab/visit.txt' into table visit"
    echo "load data in UTC:"
    look back
    client -e "create or replace database back"
    of mariadb-dump made | client back
    echo "plain dump:"
    look back
  done
} >seen
cat seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
Asia/Karachi, made:
  1 1774746600 2026-03-29 06:10:00, datetime 2026-03-29 12:00:00
  2 1774750800 2026-03-29 07:20:00, datetime 2026-03-29 12:00:00
  3 1774752000 2026-03-29 07:40:00, datetime 2026-03-29 12:00:00
in the file: 1 2026-03-29 01:10:00;2 2026-03-29 02:20:00;3 2026-03-29 02:40:00;
mariadb-import: Warnings: 0, exit 0
  1 1774728600 2026-03-29 01:10:00, datetime 2026-03-29 12:00:00
  2 1774732800 2026-03-29 02:20:00, datetime 2026-03-29 12:00:00
  3 1774734000 2026-03-29 02:40:00, datetime 2026-03-29 12:00:00
dumped with --skip-tz-utc, mariadb-import: Warnings: 0, exit 0
  1 1774746600 2026-03-29 06:10:00, datetime 2026-03-29 12:00:00
  2 1774750800 2026-03-29 07:20:00, datetime 2026-03-29 12:00:00
  3 1774752000 2026-03-29 07:40:00, datetime 2026-03-29 12:00:00
load data in UTC:
  1 1774746600 2026-03-29 06:10:00, datetime 2026-03-29 12:00:00
  2 1774750800 2026-03-29 07:20:00, datetime 2026-03-29 12:00:00
  3 1774752000 2026-03-29 07:40:00, datetime 2026-03-29 12:00:00
plain dump:
  1 1774746600 2026-03-29 06:10:00, datetime 2026-03-29 12:00:00
  2 1774750800 2026-03-29 07:20:00, datetime 2026-03-29 12:00:00
  3 1774752000 2026-03-29 07:40:00, datetime 2026-03-29 12:00:00
Europe/Berlin, made:
  1 1774746600 2026-03-29 03:10:00, datetime 2026-03-29 12:00:00
  2 1774750800 2026-03-29 04:20:00, datetime 2026-03-29 12:00:00
  3 1774752000 2026-03-29 04:40:00, datetime 2026-03-29 12:00:00
in the file: 1 2026-03-29 01:10:00;2 2026-03-29 02:20:00;3 2026-03-29 02:40:00;
mariadb-import: Warnings: 2, exit 0
  1 1774743000 2026-03-29 01:10:00, datetime 2026-03-29 12:00:00
  2 1774746000 2026-03-29 03:00:00, datetime 2026-03-29 12:00:00
  3 1774746000 2026-03-29 03:00:00, datetime 2026-03-29 12:00:00
dumped with --skip-tz-utc, mariadb-import: Warnings: 0, exit 0
  1 1774746600 2026-03-29 03:10:00, datetime 2026-03-29 12:00:00
  2 1774750800 2026-03-29 04:20:00, datetime 2026-03-29 12:00:00
  3 1774752000 2026-03-29 04:40:00, datetime 2026-03-29 12:00:00
load data in UTC:
  1 1774746600 2026-03-29 03:10:00, datetime 2026-03-29 12:00:00
  2 1774750800 2026-03-29 04:20:00, datetime 2026-03-29 12:00:00
  3 1774752000 2026-03-29 04:40:00, datetime 2026-03-29 12:00:00
plain dump:
  1 1774746600 2026-03-29 03:10:00, datetime 2026-03-29 12:00:00
  2 1774750800 2026-03-29 04:20:00, datetime 2026-03-29 12:00:00
  3 1774752000 2026-03-29 04:40:00, datetime 2026-03-29 12:00:00
SEEN
