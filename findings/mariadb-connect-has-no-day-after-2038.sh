#!/bin/bash
# MariaDB's CONNECT engine makes a table of a file or of another table, and keeps a date in it as a number of 32 bits, as its manual has it, from
# 1901 to 2038. What is beyond is not refused. A contract until 2040-01-01 or 9999-12-31, as many programs have it who mean "without an end",
# is 1970-01-01 where it comes from a table or is written, NULL where it comes from a CSV or the column may be NULL, and year 1 is 2001;
# WHERE until > '2030-01-01' finds none of them. A proxy of a table (TABLE_TYPE=PROXY) makes its columns by itself: a FLOAT has one place before the
# point there, so that 100 and 1234567 are 9.99999999999, every TIME is midnight, and a DATETIME has no fraction. A BIGINT is shown right and
# compared as a double: beyond 2^53 the row with a number is not found by it. ALTER TABLE … ENGINE=CONNECT does it to the rows there are, and
# 0 is NULL from then on, which the manual tells. No error is raised in any of it, and no warning.
#
# Seen with CONNECT of MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; a
# private server on a socket there, gone at the end. Needs apt-get and dpkg-deb, and no rights.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }; rm -rf "$folder"' EXIT
cd "$folder"

# What the programs need and a system without MariaDB lacks comes along.
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "mariadb-plugin-connect=$version" "libmariadb3=$version" \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 libltdl7 libodbc2 libodbccr2 libxml2 libicu72 >/dev/null 2>&1 ||
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
"${serve[@]}" --socket="$folder/s" --skip-networking --plugin-dir="$folder/root/usr/lib/mysql/plugin" --plugin-load-add=ha_connect \
  --init-file="$folder/init" >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client -e "select concat('MariaDB ', version()); create database d"
printf '%s\n' id,until,number 1,2026-12-31,9007199254740993 2,2040-01-01,9007199254740992 3,9999-12-31,5 4,1950-05-05,6 >data/d/list.csv
client d <<'SQL'
create table there (id int primary key, until date, number bigint, f float, t time(1), at datetime(1), n int);
insert into there values (1, '2026-12-31', 9007199254740993, 0.5, '08:00', '2026-11-30 10:00:00.5', 1),
  (2, '2040-01-01', 9007199254740992, 1234567, '-01:30', '2040-01-01 00:00', 0), (3, '9999-12-31', 5, -2, '08:00:00.5', '1950-01-01 00:00', 2),
  (4, '0001-01-01', 6, 100, '23:59:59', '1000-01-01 00:00', null);
create table csv (id int not null, until date date_format='YYYY-MM-DD', number bigint) engine=CONNECT table_type=CSV file_name='list.csv' header=1;
create table proxy engine=CONNECT table_type=PROXY tabname=there;
create table written (id int not null, until date not null, number bigint not null) engine=CONNECT;
create table altered (id int not null, until date, at datetime(1), n int);
insert into altered select id, until, at, n from there;
SQL
ask() {
  client d -e "select concat('  ', id, ': ', concat_ws(' ', $2)) from $1 order by id"
  [ $# = 2 ] || client d -e "select concat('  until > 2030-01-01: ', coalesce((select group_concat(id order by id) from $1 where until > '2030-01-01'), 'none'),
    ', number = 9007199254740993: ', coalesce((select group_concat(id order by id) from $1 where number = 9007199254740993), 'none'))"
}
{
  echo "there:"
  ask there "until, number, f, t, at" and
  echo "PROXY:"
  ask proxy "until, number, f, t, at" and
  echo "CSV:"
  ask csv "ifnull(until, 'NULL'), number" and
  echo "written: $(client -vvv d -e "insert into written select id, until, number from there" | grep -o 'Records.*')"
  ask written "until, number" and
  echo "altered: $(client -vvv d -e "alter table altered engine=CONNECT" | grep -o 'Records.*')"
  ask altered "ifnull(until, 'NULL'), ifnull(at, 'NULL'), ifnull(n, 'NULL')"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
there:
  1: 2026-12-31 9007199254740993 0.5 08:00:00.0 2026-11-30 10:00:00.5
  2: 2040-01-01 9007199254740992 1234570 -01:30:00.0 2040-01-01 00:00:00.0
  3: 9999-12-31 5 -2 08:00:00.5 1950-01-01 00:00:00.0
  4: 0001-01-01 6 100 23:59:59.0 1000-01-01 00:00:00.0
  until > 2030-01-01: 2,3, number = 9007199254740993: 1
PROXY:
  1: 2026-12-31 9007199254740993 0.50000000000 00:00:00 2026-11-30 10:00:00
  2: 1970-01-01 9007199254740992 9.99999999999 00:00:00 1970-01-01 00:00:00
  3: 1970-01-01 5 -2.00000000000 00:00:00 1950-01-01 00:00:00
  4: 2001-01-01 6 9.99999999999 00:00:00 1970-01-01 00:00:00
  until > 2030-01-01: none, number = 9007199254740993: none
CSV:
  1: 2026-12-31 9007199254740993
  2: NULL 9007199254740992
  3: NULL 5
  4: 1950-05-05 6
  until > 2030-01-01: none, number = 9007199254740993: none
written: Records: 4  Duplicates: 0  Warnings: 0
  1: 2026-12-31 9007199254740993
  2: 1970-01-01 9007199254740992
  3: 1970-01-01 5
  4: 2001-01-01 6
  until > 2030-01-01: none, number = 9007199254740993: none
altered: Records: 4  Duplicates: 0  Warnings: 0
  1: 2026-12-31 2026-11-30 10:00:00.0 1
  2: NULL NULL NULL
  3: NULL 1950-01-01 00:00:00.0 2
  4: 2001-01-01 NULL NULL
SEEN
