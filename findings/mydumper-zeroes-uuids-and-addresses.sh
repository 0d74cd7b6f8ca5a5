#!/bin/bash
# mydumper's files hold a UUID, INET4 or INET6 column as its text, and begin with SET NAMES binary. A text in that character set is to
# MariaDB the bytes of such a value themselves, and of the wrong number, so it is none. myloader has turned strict mode off: each of
# them is restored as NULL, or where that is not allowed as zeros (00000000-0000-…, 0.0.0.0, ::), and it ends with 0. Where the column
# is a key, the second row says that there is something amiss. The mariadb program, which leaves strict mode on, refuses the same file
# (1292), and after SET NAMES utf8mb4 it is read as it is meant. mariadb-dump's files restore.
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
printf '%s\n' 'create user root@localhost;' 'grant all on *.* to root@localhost;' >init
"${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${serve[@]}" --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
"${serve[@]}" --socket="$folder/s" --skip-networking --init-file="$folder/init" >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

"$bin/mydumper" --version | head -1
client -e "select concat('server ', version()); create database made"
client made <<'SQL'
create table visit (id int primary key, token uuid not null, client inet4 not null, server inet6 not null, parent uuid, proxy inet6);
insert into visit values
  (1, '123e4567-e89b-12d3-a456-426655440000', '192.0.2.7', '2001:db8::1', '123e4567-e89b-12d3-a456-426655440001', '2001:db8::2'),
  (2, '123e4567-e89b-12d3-a456-426655440002', '192.0.2.8', '2001:db8::3', null, null);
SQL
look() {
  echo "$1:"
  client "$1" -e "select * from visit order by id" | sed 's/^/  /; s/\t/ /g'
}
"$bin/mydumper" --socket="$folder/s" --user=root --database=made --outputdir="$folder/dump"
end=0
"$bin/myloader" --socket="$folder/s" --user=root --database=restored --directory="$folder/dump" || end=$?
for database in strict named beside; do client -e "create database $database"; done
refused=$(cat dump/made.visit-schema.sql dump/made.visit.sql | client strict 2>&1 | grep -o '^ERROR [0-9]*') || true
cat dump/made.visit-schema.sql dump/made.visit.sql | sed 's/SET NAMES binary/SET NAMES utf8mb4/' | client named
"$bin/mariadb-dump" --no-defaults --socket="$folder/s" --user=root made | client beside
{
  look made
  echo "myloader: exit $end"
  look restored
  echo "the same files by the mariadb program: $refused"
  echo "and after set names utf8mb4:"
  look named
  echo "mariadb-dump:"
  look beside
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
made:
  1 123e4567-e89b-12d3-a456-426655440000 192.0.2.7 2001:db8::1 123e4567-e89b-12d3-a456-426655440001 2001:db8::2
  2 123e4567-e89b-12d3-a456-426655440002 192.0.2.8 2001:db8::3 NULL NULL
myloader: exit 0
restored:
  1 00000000-0000-0000-0000-000000000000 0.0.0.0 :: NULL NULL
  2 00000000-0000-0000-0000-000000000000 0.0.0.0 :: NULL NULL
the same files by the mariadb program: ERROR 1292
and after set names utf8mb4:
named:
  1 123e4567-e89b-12d3-a456-426655440000 192.0.2.7 2001:db8::1 123e4567-e89b-12d3-a456-426655440001 2001:db8::2
  2 123e4567-e89b-12d3-a456-426655440002 192.0.2.8 2001:db8::3 NULL NULL
mariadb-dump:
beside:
  1 123e4567-e89b-12d3-a456-426655440000 192.0.2.7 2001:db8::1 123e4567-e89b-12d3-a456-426655440001 2001:db8::2
  2 123e4567-e89b-12d3-a456-426655440002 192.0.2.8 2001:db8::3 NULL NULL
SEEN
