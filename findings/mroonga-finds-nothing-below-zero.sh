#!/bin/bash
# Mroonga, MariaDB's engine for full text search in every language, is "Stable" to the server. In a column that may be NULL, an index of it
# has nothing below zero for a range that is open below: balance < 0 finds no row, balance < 100 only those from 0 up, and DELETE and UPDATE
# go by that, while BETWEEN is right. By an index a DECIMAL is not found by its value. With IGNORE INDEX the rows are there. A negative TIME
# with a fraction is another one, or no time at all (-00:00:00.XX7215). ALTER TABLE … ENGINE=Mroonga, done for one column's sake, empties the
# columns whose types it does not know: each UUID, INET6 and INET4 is NULL, or where that is not allowed all zeros, with no error or warning.
# MariaDB's page about it names limits of size.
#
# Seen with Mroonga 7.07 (1.15) of MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder;
# a private server on a socket there, gone at the end. Needs apt-get and dpkg-deb, and no rights.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }; rm -rf "$folder"' EXIT
cd "$folder"

# What the programs need and a system without MariaDB lacks comes along.
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "mariadb-plugin-mroonga=$version" "libmariadb3=$version" \
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
"${serve[@]}" --socket="$folder/s" --skip-networking --plugin-dir="$folder/root/usr/lib/mysql/plugin" --init-file="$folder/init" >server.log 2>&1 &
server=$!
of() { local program=$1; shift; "$bin/$program" --no-defaults --socket="$folder/s" --user=root "$@"; }
client() { of mariadb --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client -e "select concat('server ', version()); install soname 'ha_mroonga'; create database bank"
client bank <<'SQL'
create table account (id int primary key, balance int, rate decimal(5,2), shift time(6), token uuid, other uuid not null,
  addr inet6, note text, key (balance), key (rate), key (shift));
insert into account values
  (1, -50, 1.10, '-01:30:00.5', '123e4567-e89b-12d3-a456-426655440001', '123e4567-e89b-12d3-a456-426655440001', '2001:db8::1', 'one'),
  (2, -5, -0.50, '-00:00:01.000001', '123e4567-e89b-12d3-a456-426655440002', '123e4567-e89b-12d3-a456-426655440002', '2001:db8::2', 'two'),
  (3, 20, 2.50, '08:00:00', '123e4567-e89b-12d3-a456-426655440003', '123e4567-e89b-12d3-a456-426655440003', '2001:db8::3', 'three'),
  (4, 300, 0, '09:00:00', '123e4567-e89b-12d3-a456-426655440004', '123e4567-e89b-12d3-a456-426655440004', '2001:db8::4', 'four');
SQL
ask() {
  echo "$1:"
  local what
  for what in "balance < 0" "balance < 100" "balance between -100 and 99" "rate = 1.1" "shift < 0"; do
    client bank -e "select concat('  $what: ', coalesce((select group_concat(id order by id) from (select id from account where $what) a), 'none'),
      ', without an index ', coalesce((select group_concat(id order by id) from account ignore index (balance, rate, shift) where $what), 'none'))"
  done
  client bank -e "select concat('  ', id, ': ', quote(token), ', ', other, ', ', quote(addr), ', ', shift) from account where id < 3"
}
{
  ask InnoDB
  client -vvv bank -e "alter table account engine=Mroonga; show warnings" >said
  echo "alter table: $(grep -o 'Warnings: [0-9]*' said)"
  ask Mroonga
  client bank -e "delete from account where balance < 100; select concat('left by delete where balance < 100: ', group_concat(id order by id)) from account"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
InnoDB:
  balance < 0: 1,2, without an index 1,2
  balance < 100: 1,2,3, without an index 1,2,3
  balance between -100 and 99: 1,2,3, without an index 1,2,3
  rate = 1.1: 1, without an index 1
  shift < 0: 1,2, without an index 1,2
  1: '123e4567-e89b-12d3-a456-426655440001', 123e4567-e89b-12d3-a456-426655440001, '2001:db8::1', -01:30:00.500000
  2: '123e4567-e89b-12d3-a456-426655440002', 123e4567-e89b-12d3-a456-426655440002, '2001:db8::2', -00:00:01.000001
alter table: Warnings: 0
Mroonga:
  balance < 0: none, without an index 1,2
  balance < 100: 3, without an index 1,2,3
  balance between -100 and 99: 1,2,3, without an index 1,2,3
  rate = 1.1: none, without an index 1
  shift < 0: none, without an index 1,2
  1: NULL, 00000000-0000-0000-0000-000000000000, NULL, -01:29:63.917216
  2: NULL, 00000000-0000-0000-0000-000000000000, NULL, -00:00:00.XX7215
left by delete where balance < 100: 1,2,4
SEEN
