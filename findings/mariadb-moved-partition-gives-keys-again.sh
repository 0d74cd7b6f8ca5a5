#!/bin/bash
# MariaDB's InnoDB keeps the last value of an AUTO_INCREMENT since 10.2.4, so that rows which are deleted do not give their keys to others.
# In a partitioned table each partition keeps its own, and the table goes on from the highest there is. So the keys of a partition are given
# again once it is dropped (a tenant who leaves), and also when its rows are still there: CONVERT PARTITION … TO TABLE and EXCHANGE PARTITION,
# by which it becomes a table of its own, leave the first table counting from what the other partitions have. Two rows have one key then, in
# what was one table and may be again: CONVERT TABLE … TO PARTITION brings them together without an error. DELETE of the same rows, and
# REORGANIZE, keep the count. (Of TRUNCATE PARTITION one expects it.) The manual does not speak of keys there.
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

client -e "select concat('server ', version()); create database d"
try() {
  client d -e "drop table if exists item, moved;
    create table item (id int auto_increment, tenant int, primary key (id, tenant)) partition by list (tenant)
      (partition one values in (1), partition two values in (2));
    insert into item (tenant) values (1), (1), (2), (2), (2);
    $1;
    insert into item (tenant) values (1);
    select concat('$2: ', max(id)) from item where tenant = 1"
}
{
  echo "keys 1 and 2 are one's, 3 to 5 two's; the next one after"
  try "delete from item where tenant = 2" "  delete"
  try "alter table item reorganize partition two into (partition others values in (2, 3))" "  reorganize"
  try "alter table item drop partition two" "  drop"
  try "create table moved like item; alter table moved remove partitioning; alter table item exchange partition two with table moved" \
    "  exchange"
  try "alter table item convert partition two to table moved" "  convert to a table"
  echo "the table that was a partition has $(client d -e "select group_concat(id order by id) from moved"); and with it back:"
  client d -e "alter table item convert table moved to partition two values in (2);
    select concat('  id ', id, ', tenants ', group_concat(tenant order by tenant)) from item group by id order by id"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
keys 1 and 2 are one's, 3 to 5 two's; the next one after
  delete: 6
  reorganize: 6
  drop: 3
  exchange: 3
  convert to a table: 3
the table that was a partition has 3,4,5; and with it back:
  id 1, tenants 1
  id 2, tenants 1
  id 3, tenants 1,2
  id 4, tenants 2
  id 5, tenants 2
SEEN
