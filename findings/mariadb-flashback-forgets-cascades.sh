#!/bin/bash
# mariadb-binlog --flashback writes the way back of what a row-based log has: it gives back a parent that was deleted, and not the children
# that ON DELETE CASCADE took with it, nor the references that ON DELETE SET NULL emptied, since what InnoDB does for a foreign key is in no
# log. It ends with 0, so does its output, and no foreign key is violated: the table beside it is short of rows, and nothing says so. Its
# manual names the changes of a schema as what it cannot undo. What triggers did is in the log, and is undone.
#
# Seen with MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; a private server
# on a socket there, gone at the end. Needs apt-get and dpkg-deb, and no rights; as root it runs the server as nobody.
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
bin=$folder/root/usr/bin sbin=$folder/root/usr/sbin as=$(id -un)

mkdir data tmp
[ "$as" != root ] || { as=nobody && chmod -R a+rX . && chown nobody data tmp; }
serve=("$sbin/mariadbd" --no-defaults --user="$as" --datadir="$folder/data" --tmpdir="$folder/tmp"
  --lc-messages-dir="$folder/root/usr/share/mysql")
"${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${serve[@]}" --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
"${serve[@]}" --socket="$folder/data/s" --skip-networking --skip-grant-tables --server-id=1 \
  --log-bin="$folder/data/log" --binlog-format=row >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/data/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client -e "select concat('server ', version())"
client -e "create database d"
client d -e "create table parent (id int primary key);
  create table child (id int primary key, parent int, foreign key (parent) references parent (id) on delete cascade);
  create table guest (id int primary key, parent int, foreign key (parent) references parent (id) on delete set null);
  create table logged (what varchar(20));
  create trigger log after delete on parent for each row insert into logged values (old.id);
  insert into parent values (1), (2);
  insert into child values (1, 1), (2, 1), (3, 2);
  insert into guest values (1, 1), (2, 2);
  reset master"
look() {
  client d -e "select concat('$1: parents ', (select count(*) from parent), ', children ', (select count(*) from child),
    ', guests with a parent ', (select count(parent) from guest), ', lines of the trigger ', (select count(*) from logged))"
}
{
  look before
  client d -e "delete from parent where id = 1"
  look "after the deletion"
  log=$(client -e "show master status" | cut -f1)
  "$bin/mariadb-binlog" --no-defaults --flashback --database=d "data/$log" >back.sql && client d <back.sql && echo "flashback ends with 0"
  look "after the flashback"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
before: parents 2, children 3, guests with a parent 2, lines of the trigger 0
after the deletion: parents 1, children 1, guests with a parent 1, lines of the trigger 1
flashback ends with 0
after the flashback: parents 2, children 1, guests with a parent 1, lines of the trigger 0
SEEN
