#!/bin/bash
# With --comments the mariadb program counts a line comment that stands behind a delimiter to the statement before it: "select 1; -- why"
# in a file makes a routine whose stored body ends in "-- why". A block comment in the same place does not go along, nor does one
# on a line of its own. So a tool that compares stored bodies sees a difference between routines out of one file, made through this
# program and through a driver that ends a statement at its semicolon.
#
# Seen with MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; a private server
# on a socket there, gone at the end. Needs apt-get and dpkg-deb, and no rights.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }; rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "libmariadb3=$version" \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
bin=$folder/root/usr/bin sbin=$folder/root/usr/sbin
serve=("$sbin/mariadbd" --no-defaults --user="$(id -un)" --datadir="$folder/data" --lc-messages-dir="$folder/root/usr/share/mysql")

mkdir data
"${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${serve[@]}" --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
"${serve[@]}" --socket="$folder/s" --skip-networking --skip-grant-tables >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client --version
client -e "select concat('server ', version())"
cat >file.sql <<'SQL'
create or replace procedure d.dashes() select 1; -- of dashes
create or replace procedure d.hash() select 2; # of hash
create or replace procedure d.block() select 3; /* of block */
create or replace procedure d.own_line() select 4;
-- of own_line
create or replace procedure d.last() select 5;
SQL
client -e "create database d"
for option in --comments --skip-comments; do
  client "$option" <file.sql
  client -e "select concat(routine_name, ': ', routine_definition) from information_schema.routines
    where routine_schema = 'd' order by routine_name" >"kept$option"
  echo "mariadb $option:"
  sed 's/^/  /' "kept$option"
done
diff "kept--comments" - <<'END' || { echo "this has changed" >&2; exit 1; }
block: select 3
dashes: select 1 -- of dashes
hash: select 2 # of hash
last: select 5
own_line: select 4
END
! grep -q " of " "kept--skip-comments" || { echo "this has changed" >&2; exit 1; }
