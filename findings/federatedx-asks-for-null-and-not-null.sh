#!/bin/bash
# A table of MariaDB's FederatedX with an index on a column that may be NULL: UPDATE … WHERE v IS NULL and DELETE … WHERE v IS NULL change
# no row, and say so as if there were none, while SELECT … WHERE v IS NULL shows the rows. What is sent to the other server is
# "`v` IS NULL ) AND (`v` IS NOT NULL": to a range of an index that is open below the engine adds the second, so that NULLs stay out, and
# it adds it to the range of the NULLs too. A SELECT with IS NULL alone is read another way; with IS NULL OR v > 95 it reads ranges and
# loses the NULLs. Without the index on the near side, or past it (IGNORE INDEX), all are right, and every row is fetched for it. The
# engine's manual says nothing of this.
#
# Seen with MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; a private server
# on a socket there, which is near and far side, gone at the end. Needs apt-get and dpkg-deb, and no rights.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }; rm -rf "$folder"' EXIT
cd "$folder"

# What the programs need and a system without MariaDB lacks comes along.
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "mariadb-server=$version" "libmariadb3=$version" \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
bin=$folder/root/usr/bin sbin=$folder/root/usr/sbin
serve=("$sbin/mariadbd" --no-defaults --user="$(id -un)" --datadir="$folder/data" --tmpdir="$folder/tmp"
  --lc-messages-dir="$folder/root/usr/share/mysql" --plugin-dir="$folder/root/usr/lib/mysql/plugin")

mkdir data tmp
printf '%s\n' 'create user root@localhost;' 'grant all on *.* to root@localhost;' >init
"${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${serve[@]}" --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
"${serve[@]}" --socket="$folder/s" --skip-networking --init-file="$folder/init" --plugin-load-add=ha_federatedx --log-output=table \
  >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client -e "select concat('server ', version())"
make() {
  client <<SQL
create or replace database far;
use far;
create table far.t (id int primary key, v int, done int, key (v));
insert into far.t select seq, if(seq % 10 = 0, null, seq), 0 from seq_1_to_100;
create or replace server other foreign data wrapper mysql options (host 'localhost', socket '$folder/s', user 'root', database 'far');
create or replace database near;
create table near.keyed (id int primary key, v int, done int, key (v)) engine=federated connection='other/t';
create table near.plain (id int primary key, v int, done int) engine=federated connection='other/t';
SQL
}
try() {
  local database=$1 table=$2 count=${4-}
  make
  echo "$database: ${3/TABLE/$table}: $(client "$database" -e "${3/TABLE/$table}; ${count:-select row_count()}" | tail -1)"
}
for table in far.t near.plain near.keyed; do
  at=${table%.*} name=${table#*.}
  try "$at" "$name" "select count(*) from TABLE where v is null" "do 0"
  try "$at" "$name" "update TABLE set done = 1 where v is null"
  try "$at" "$name" "delete from TABLE where v is null"
  try "$at" "$name" "select count(*) from TABLE where v is null or v > 95" "do 0"
done | tee seen
try near keyed "select count(*) from TABLE ignore index (v) where v is null or v > 95" "do 0" | tee -a seen
make
client near -e "set global general_log = on; delete from keyed where v is null; set global general_log = off"
client -e "select concat('sent: ', argument) from mysql.general_log where argument like binary 'SELECT%'" | tee -a seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
far: select count(*) from t where v is null: 10
far: update t set done = 1 where v is null: 10
far: delete from t where v is null: 10
far: select count(*) from t where v is null or v > 95: 14
near: select count(*) from plain where v is null: 10
near: update plain set done = 1 where v is null: 10
near: delete from plain where v is null: 10
near: select count(*) from plain where v is null or v > 95: 14
near: select count(*) from keyed where v is null: 10
near: update keyed set done = 1 where v is null: 0
near: delete from keyed where v is null: 0
near: select count(*) from keyed where v is null or v > 95: 4
near: select count(*) from keyed ignore index (v) where v is null or v > 95: 14
sent: SELECT `id`, `v`, `done` FROM `t` WHERE  (`v` IS NULL ) AND (`v` IS NOT NULL )
SEEN
