#!/bin/bash
# MariaDB: ALTER TABLE … EXCHANGE PARTITION p WITH TABLE t, and CONVERT TABLE t TO PARTITION, put a table in a partition's place without copying it, for
# which the two have to be alike. A column that may be NULL, an ENUM, UNSIGNED or a generated column are refused (1736), and so are rows
# that belong to another partition. A CHECK is neither compared nor asked: one on the partitioned table lets in what it forbids, one on the plain
# table too, and so does PERIOD FOR, whose rows end before they begin from then on. Nothing is said, and CHECK TABLE … EXTENDED finds nothing.
# Later an UPDATE of another column of such a row is refused (4025), and so is an ALTER TABLE that copies the table, whatever for; a dump, which
# mariadb-dump ends with 0, leaves the good rows out as well when it is read in, since they are one INSERT with the others.
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
"${serve[@]}" --socket="$folder/s" --skip-networking --init-file="$folder/init" >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client -e "select concat('MariaDB ', version()); create database d; create database restored"
client d <<'SQL'
create table price (id int, price int, note text, check (price > 0)) partition by range (id) (partition p0 values less than (100),
  partition p1 values less than (200));
insert into price values (101, 5, 'good'), (102, 7, 'good');
create table plain (id int, price int, note text);
insert into plain values (1, -5, 'bad');
create table more like plain;
insert into more values (201, -7, 'bad');
create table strict (id int, price int not null, note text);
create table term (id int, since date not null, until date not null, period for valid (since, until)) partition by range (id)
  (partition p0 values less than (100));
create table days (id int, since date not null, until date not null);
insert into days values (1, '2026-02-01', '2026-01-01');
create table raw (id int, price int, note text) partition by range (id) (partition p0 values less than (100));
insert into raw values (2, -9, 'bad');
create table checked (id int, price int, note text, check (price > 0));
SQL
try() {
  echo "$1: $(client d -vv -e "$1" 2>&1 | sed -n -E 's/^ERROR ([0-9]+) .*line 1: (.*)/\1 \2/p; s/^Query OK.*/done/p')"
}
{
  try "insert into price values (1, -5, 'bad')"
  try "alter table price exchange partition p0 with table strict"
  for other in "note enum('bad')" "price int unsigned after id" "note text as (price)"; do
    client d -e "create or replace table other like plain; alter table other drop ${other%% *}, add $other"
    try "alter table price exchange partition p0 with table other" | sed "s/:/ ($other):/"
  done
  try "alter table price exchange partition p0 with table more"
  try "alter table price exchange partition p0 with table plain"
  try "alter table price convert table more to partition p2 values less than (300)"
  try "alter table raw exchange partition p0 with table checked"
  try "insert into term values (9, '2026-02-01', '2026-01-01')"
  try "alter table term exchange partition p0 with table days"
  for table in price checked term; do
    client d -e "select * from $table where id not in (101, 102) order by id" | sed "s/^/  $table: /"
    client d -e "check table $table extended" | sed 's/^/  /'
  done
  try "update price set note = 'seen' where id = 1"
  try "alter table price add column more int, algorithm=copy"
  "$bin/mariadb-dump" --no-defaults --socket="$folder/s" --user=root d price >dump.sql && echo "mariadb-dump: 0"
  client restored <dump.sql 2>&1 | sed -n -E 's/^ERROR ([0-9]+) .*line [0-9]+: (.*)/restored: \1 \2/p' || true
  echo "rows there: $(client restored -e "select count(*) from price"), here: $(client d -e "select count(*) from price")"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
insert into price values (1, -5, 'bad'): 4025 CONSTRAINT `CONSTRAINT_1` failed for `d`.`price`
alter table price exchange partition p0 with table strict: 1736 Tables have different definitions
alter table price exchange partition p0 with table other (note enum('bad')): 1736 Tables have different definitions
alter table price exchange partition p0 with table other (price int unsigned after id): 1736 Tables have different definitions
alter table price exchange partition p0 with table other (note text as (price)): 1736 Tables have different definitions
alter table price exchange partition p0 with table more: 1526 Table has no partition for value 0
alter table price exchange partition p0 with table plain: done
alter table price convert table more to partition p2 values less than (300): done
alter table raw exchange partition p0 with table checked: done
insert into term values (9, '2026-02-01', '2026-01-01'): 4025 CONSTRAINT `valid` failed for `d`.`term`
alter table term exchange partition p0 with table days: done
  price: 1	-5	bad
  price: 201	-7	bad
  d.price	check	status	OK
  checked: 2	-9	bad
  d.checked	check	status	OK
  term: 1	2026-02-01	2026-01-01
  d.term	check	status	OK
update price set note = 'seen' where id = 1: 4025 CONSTRAINT `CONSTRAINT_1` failed for `d`.`price`
alter table price add column more int, algorithm=copy: 4025 CONSTRAINT `CONSTRAINT_1` failed for `d`.`price`
mariadb-dump: 0
restored: 4025 CONSTRAINT `CONSTRAINT_1` failed for `restored`.`price`
rows there: 0, here: 4
SEEN
