#!/bin/bash
# Tables of MariaDB's CONNECT engine that are given no file are its own, in the database's folder, and an ALTER TABLE … ENGINE=CONNECT makes one.
# mariadb-backup copies what lies there by the ends of the names that it knows. It takes the table's definition, and not the rows: not
# own.dos, own.bin, own.json or whatever CONNECT calls its file, nor one that the table names in that folder. "completed OK!" it says, of the
# backup and of --prepare, with no word about these, and in the server that is started on what it has copied the tables are there, can be read and
# written, and are empty. Tables of Mroonga, CSV and Aria beside them come along. mariadb-dump has no rows of them either, and says nothing: its
# --no-data-med, for engines that manage external data, is on by default, and takes them for such. Its DROP TABLE does take them for their
# own: read in where it was made, the dump empties all but the one whose file has been named. The manual has mariadb-backup for "all storage
# engines that store things on local disk" since 10.11.8.
#
# Seen with MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; private servers on
# sockets there, gone at the end. Needs apt-get and dpkg-deb, and no rights.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }; rm -rf "$folder"' EXIT
cd "$folder"

# What the programs need and a system without MariaDB lacks comes along.
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "mariadb-plugin-connect=$version" "libmariadb3=$version" \
  "mariadb-plugin-mroonga=$version" "mariadb-backup=$version" mariadb-client \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 libltdl7 libodbc2 libodbccr2 libxml2 libicu72 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
bin=$folder/root/usr/bin sbin=$folder/root/usr/sbin

prepare() {
  mkdir "$folder/$1" "$folder/$1/tmp"
  printf '%s\n' 'create user if not exists root@localhost;' 'grant all on *.* to root@localhost;' >"$folder/init"
}
serve() {
  exec "$sbin/mariadbd" --no-defaults --user="$(id -un)" --datadir="$folder/$1/data" --tmpdir="$folder/$1/tmp" \
    --lc-messages-dir="$folder/root/usr/share/mysql" --plugin-dir="$folder/root/usr/lib/mysql/plugin" "${@:2}"
}
start() {
  (serve "$1" --socket="$folder/s" --skip-networking --init-file="$folder/init" --plugin-load-add=ha_connect \
    --plugin-load-add=ha_mroonga) >"$folder/$1/log" 2>&1 &
  server=$!
  for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done
}
stop() { kill "$server"; wait "$server" || true; server=; }
client() { "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }

prepare made
mkdir made/data
(serve made --bootstrap --skip-grant-tables) <<<"create database mysql;" >bootstrap.log 2>&1 || true
(serve made --bootstrap --skip-grant-tables) < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
start made
client -e "select concat('MariaDB ', version()); create database made"
client made <<'SQL'
create table innodb (id int primary key, name varchar(20) not null);
insert into innodb values (1, 'Ann'), (2, 'Ben'), (3, 'Cid');
create table aria engine=Aria select * from innodb;
create table csv (id int not null, name varchar(20) not null) engine=CSV select * from innodb;
create table mroonga (id int primary key, name varchar(20) not null) engine=Mroonga select * from innodb;
create table own (id int not null, name varchar(20) not null) engine=CONNECT select * from innodb;
create table own_bin (id int not null, name varchar(20) not null) engine=CONNECT table_type=BIN select * from innodb;
create table own_json (id int not null, name varchar(20) not null) engine=CONNECT table_type=JSON select * from innodb;
create table named (id int not null, name varchar(20) not null) engine=CONNECT table_type=CSV file_name='list.csv' select * from innodb;
create table altered (id int not null, name varchar(20) not null) select * from innodb;
alter table altered engine=CONNECT;
SQL
count() {
  local table
  for table in innodb aria csv mroonga own own_bin own_json named altered; do
    echo "  $table: $(client "$1" -e "select count(*) from $table" 2>&1)"
  done
}
{
  echo "made:"
  count made
  end=0
  "$bin/mariadb-backup" --no-defaults --backup --socket="$folder/s" --user=root --datadir="$folder/made/data" --target-dir="$folder/copy" >said 2>&1 || end=$?
  echo "mariadb-backup --backup: exit $end, $(tail -n 1 said | grep -o 'completed OK!'), warnings: $(grep -ci 'warn' said || true)"
  "$bin/mariadb-dump" --no-defaults --socket="$folder/s" --user=root made >dump.sql
  client made <dump.sql
  echo "mariadb-dump, read in where it was made:"
  count made
  stop
  end=0
  "$bin/mariadb-backup" --no-defaults --prepare --target-dir="$folder/copy" >said 2>&1 || end=$?
  echo "mariadb-backup --prepare: exit $end, $(tail -n 1 said | grep -o 'completed OK!')"
  prepare restored
  "$bin/mariadb-backup" --no-defaults --copy-back --target-dir="$folder/copy" --datadir="$folder/restored/data" >said 2>&1
  start restored
  echo "restored:"
  count made
  client made -e "insert into own values (4, 'Dan'); select concat('  own, with a new row: ', group_concat(id, ' ', name)) from own"
} >seen
cat seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
made:
  innodb: 3
  aria: 3
  csv: 3
  mroonga: 3
  own: 3
  own_bin: 3
  own_json: 3
  named: 3
  altered: 3
mariadb-backup --backup: exit 0, completed OK!, warnings: 0
mariadb-dump, read in where it was made:
  innodb: 3
  aria: 3
  csv: 3
  mroonga: 3
  own: 0
  own_bin: 0
  own_json: 0
  named: 3
  altered: 0
mariadb-backup --prepare: exit 0, completed OK!
restored:
  innodb: 3
  aria: 3
  csv: 3
  mroonga: 3
  own: 0
  own_bin: 0
  own_json: 0
  named: 0
  altered: 0
  own, with a new row: 4 Dan
SEEN
