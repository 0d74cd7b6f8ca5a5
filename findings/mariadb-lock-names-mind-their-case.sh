#!/bin/bash
# MariaDB's manual says that the name of GET_LOCK() and its kin does not mind upper and lower case, as it does not in MySQL. It does:
# 'tenant' and 'Tenant' are two locks, held by two sessions at once, and IS_USED_LOCK of the one knows nothing of the other. So two
# programs that spell a shared name differently (or take it from a schema's name, which the server itself may fold) both go ahead.
# A name ends at its first zero byte, so two that differ behind it are one lock.
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

client -e "select concat('server ', version())"
client --unbuffered -e "select get_lock('tenant', 0) + get_lock(concat('a', char(0), 'b'), 0); select sleep(60)" >holder 2>&1 &
holder=$!
for _ in $(seq 50); do grep -qx 2 holder && break; sleep 0.2; done

# Whether a second session gets the lock while the first has 'tenant' and 'a\0b'.
other() { client -e "select concat('is used: ', ifnull(is_used_lock($1) > 0, 0), ', got: ', get_lock($1, 0))"; }
{
  echo "tenant: $(other "'tenant'")"
  echo "Tenant: $(other "'Tenant'")"
  echo "a\\0b: $(other "concat('a', char(0), 'b')")"
  echo "a\\0c: $(other "concat('a', char(0), 'c')")"
} | tee seen
client -e "select concat('compared as text they are equal: ', 'tenant' = 'Tenant')"
client -e "select concat('kill ', id) from information_schema.processlist where info like 'select sleep%'" | client
wait "$holder" || true
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
tenant: is used: 1, got: 0
Tenant: is used: 0, got: 1
a\0b: is used: 1, got: 0
a\0c: is used: 1, got: 0
SEEN
