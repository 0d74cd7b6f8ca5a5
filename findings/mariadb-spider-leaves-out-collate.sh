#!/bin/bash
# A table of MariaDB's Spider sends a query's conditions, and its list, grouping and order as well, on to the other server, which answers them
# in its own way. COLLATE is left out of what is sent. So "name collate utf8mb4_bin = 'ann'" is true of Ann and ANN too, as the column's
# collation has it: SELECT gives all three, UPDATE and DELETE of the one change all three, and GROUP BY and DISTINCT make one of them. The
# session's time zone is not sent either: the hour and the day of a TIMESTAMP are those of UTC, beside the moment itself in the session's, and
# no row is found by the hour that its moment shows. Nothing is said. BINARY before the column is sent, and so right; joined to a derived
# table all is computed near and right. In the manual Spider syncs sql_mode, isolation and autocommit, and it has nothing on collations.
#
# Seen with MariaDB 10.11.19 and its Spider of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; a
# private server on a socket there, which is near and far side, gone at the end. Needs apt-get and dpkg-deb, and no rights.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }; rm -rf "$folder"' EXIT
cd "$folder"

# What the programs need and a system without MariaDB lacks comes along.
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "libmariadb3=$version" "mariadb-plugin-spider=$version" \
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
"${serve[@]}" --socket="$folder/s" --skip-networking --init-file="$folder/init" \
  --plugin-dir="$folder/root/usr/lib/mysql/plugin" >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client -e "select concat('server ', version()); create database near character set utf8mb4; create database far character set utf8mb4"
client -f -e "install soname 'ha_spider'" >spider.log 2>&1
for _ in $(seq 60); do [ "$(client -e "select count(*) from information_schema.engines where engine = 'SPIDER'")" = 1 ] && break; sleep 0.5; done
client -e "set global spider_same_server_link = 1; create server far foreign data wrapper mysql options (
  user 'root', socket '$folder/s', host 'localhost', database 'far')"
columns="id int primary key, name varchar(9), at timestamp null, n int"
client far -e "create table item ($columns)"
client near -e "create table item ($columns) engine = spider comment = 'wrapper \"mysql\", srv \"far\", table \"item\"'"
fill() { client far -e "set time_zone = '+00:00'; truncate item; insert into item values (1, 'ann', '2026-06-01 12:00:00', 0), (2, 'Ann', '2026-06-01 20:00:00', 0),
  (3, 'ANN', null, 0), (4, 'bob', null, 0)"; client near -e "flush tables"; }
ask() {
  echo "$1:"
  for name in far near; do
    echo "  $name: $(client $name -e "set time_zone = '+05:00'; $2" | tr '\t' ' ' | paste -s -d ',')"
  done
}
{
  fill
  ask "collate and =" "select id from item where name collate utf8mb4_bin = 'ann'"
  ask "collate and like" "select id from item where name collate utf8mb4_bin like 'ann%'"
  ask "= binary 'ann'" "select id from item where name = binary 'ann'"
  ask "binary name =" "select id from item where binary name = 'ann'"
  ask "joined to (select 1)" "select id from item join (select 1 as one) x where name collate utf8mb4_bin = 'ann'"
  ask "distinct" "select count(distinct name collate utf8mb4_bin) from item"
  ask "group by" "select max(id), count(*) from item where name <> 'bob' group by name collate utf8mb4_bin order by 1"
  ask "the moment and its hour" "select at, hour(at) from item where at is not null order by id"
  ask "the hour is 17" "select id from item where hour(at) = 17"
  ask "the moment is at 17:00" "select id from item where at = '2026-06-01 17:00:00'"
  for name in far near; do
    fill
    client $name -e "update item set n = 1 where name collate utf8mb4_bin = 'ann'"
    echo "update by $name: $(client far -e "select group_concat(n order by id) from item")"
    client $name -e "delete from item where name collate utf8mb4_bin = 'ann'"
    echo "delete by $name, left: $(client far -e "select group_concat(name order by id) from item")"
  done
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
collate and =:
  far: 1
  near: 1,2,3
collate and like:
  far: 1
  near: 1,2,3
= binary 'ann':
  far: 1
  near: 1,2,3
binary name =:
  far: 1
  near: 1
joined to (select 1):
  far: 1
  near: 1
distinct:
  far: 4
  near: 2
group by:
  far: 1 1,2 1,3 1
  near: 3 3
the moment and its hour:
  far: 2026-06-01 17:00:00 17,2026-06-02 01:00:00 1
  near: 2026-06-01 17:00:00 12,2026-06-02 01:00:00 20
the hour is 17:
  far: 1
  near: 
the moment is at 17:00:
  far: 1
  near: 1
update by far: 1,0,0,0
delete by far, left: Ann,ANN,bob
update by near: 1,1,1,0
delete by near, left: bob
SEEN
