#!/bin/bash
# MariaDB adds a column with a default to InnoDB's tables without touching the rows that are there: one value stands for all of them, and is
# computed once. That is what one expects of a constant and of now(). An expression with rand() is taken for one of these, too: after
# ADD COLUMN token … DEFAULT md5(rand()), or with a number that is to spread or to tell apart, every row there is has the same one.
# uuid(), random_bytes() and nextval() make the server copy the table, and each row has its own. So it is with rand() where the table is
# copied for another reason: ALGORITHM=COPY, another engine, or one more column whose type changes in the same statement. Rows that are
# written later draw for themselves, so that a test on an empty table finds nothing. The manual allows such defaults, and does not say how
# often one is computed. PostgreSQL computes random() for each row, as its manual has it of volatile defaults.
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
printf '%s\n' 'create user root@localhost;' 'grant all on *.* to root@localhost;' >init
"${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${serve[@]}" --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
"${serve[@]}" --socket="$folder/s" --skip-networking --init-file="$folder/init" >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client -e "select concat('server ', version()); create database d; create sequence d.s"
try() {
  client d -e "drop table if exists t; create table t (id int primary key, n int) engine=${3:-innodb}; insert into t (id) select seq from seq_1_to_100;
    alter table t $1;
    select count(distinct c) into @old from t; insert into t (id) select seq from seq_101_to_200;
    select concat('  $2: ', @old, ', and with a hundred rows more ', count(distinct c)) from t"
}
{
  echo "different values in a hundred rows after ALTER TABLE"
  try "add column c double default rand()" "rand()"
  try "add column c char(32) default md5(rand())" "md5(rand())"
  try "add column c int default floor(1000000000 * rand())" "floor(1000000000 * rand())"
  try "add column c double default rand(), algorithm=instant" "rand(), instant"
  try "add column c double default rand(), add index (n)" "rand() with an index on another column"
  try "add column c double default rand(), add index (c)" "rand() with an index on itself"
  try "add column c double default rand(), algorithm=copy" "rand(), copy"
  try "add column c double default rand(), modify n bigint" "rand() with another type elsewhere"
  try "add column c double default rand()" "rand() in Aria" aria
  try "add column c uuid default uuid()" "uuid()"
  try "add column c char(16) default hex(random_bytes(8))" "hex(random_bytes(8))"
  try "add column c bigint default nextval(s)" "nextval(s)"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
different values in a hundred rows after ALTER TABLE
  rand(): 1, and with a hundred rows more 101
  md5(rand()): 1, and with a hundred rows more 101
  floor(1000000000 * rand()): 1, and with a hundred rows more 101
  rand(), instant: 1, and with a hundred rows more 101
  rand() with an index on another column: 1, and with a hundred rows more 101
  rand() with an index on itself: 1, and with a hundred rows more 101
  rand(), copy: 100, and with a hundred rows more 200
  rand() with another type elsewhere: 100, and with a hundred rows more 200
  rand() in Aria: 100, and with a hundred rows more 200
  uuid(): 100, and with a hundred rows more 200
  hex(random_bytes(8)): 100, and with a hundred rows more 200
  nextval(s): 100, and with a hundred rows more 200
SEEN
