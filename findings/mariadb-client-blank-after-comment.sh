#!/bin/bash
# The mariadb program changes what it sends: with --comments it puts a blank behind each block comment that something follows at
# once. So the body of a routine is stored otherwise than the file has it, and one made through the program differs, as text, from
# one made through a driver out of the same file.
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
as=$(id -un)

mkdir data
"$sbin/mariadbd" --no-defaults --user="$as" --datadir="$folder/data" --lc-messages-dir="$folder/root/usr/share/mysql" \
  --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
"$sbin/mariadbd" --no-defaults --user="$as" --datadir="$folder/data" --lc-messages-dir="$folder/root/usr/share/mysql" \
  --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
"$sbin/mariadbd" --no-defaults --user="$as" --datadir="$folder/data" --lc-messages-dir="$folder/root/usr/share/mysql" \
  --socket="$folder/s" --skip-networking --skip-grant-tables >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client --version
client -e "select concat('server ', version())"
printf '%s\n' 'create database d; use d;' 'delimiter //' 'create procedure p() begin select/* one */1; end//' >file.sql
client --comments <file.sql
file=$(client -e "select routine_definition from information_schema.routines where routine_schema = 'd' and routine_name = 'p'")
echo "in the file:   begin select/* one */1; end"
echo "as it is kept: $file"
[ "$file" = "begin select/* one */ 1; end" ] || { echo "this has changed" >&2; exit 1; }
