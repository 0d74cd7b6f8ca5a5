#!/bin/bash
# mariadb-dump writes a sequence in a column's default with the name of its database (nextval(`d`.`seq`)), though every table, view and
# sequence beside it stands without. Restored under another name the table asks the old database: where that is gone the restore
# stops, and where it is there (a copy beside the original) it succeeds, and the copy takes its numbers from the original's sequence.
# Under its own name the dump does not restore either: inside its own LOCK TABLES the sequence is not locked (1100), unless it was
# made with --skip-add-locks.
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
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "mariadb-client=$version" "libmariadb3=$version" \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
bin=$folder/root/usr/bin sbin=$folder/root/usr/sbin
as=$(id -un)

mkdir data
"$sbin/mariadbd" --no-defaults --user="$as" --datadir="$folder/data" --lc-messages-dir="$folder/root/usr/share/mysql" \
  --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
"$sbin/mariadbd" --no-defaults --user="$as" --datadir="$folder/data" --lc-messages-dir="$folder/root/usr/share/mysql" \
  --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
"$sbin/mariadbd" --no-defaults --user="$as" --datadir="$folder/data" --lc-messages-dir="$folder/root/usr/share/mysql" \
  --socket="$folder/s" --skip-networking --skip-grant-tables >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

"$bin/mariadb-dump" --version
client -e "select concat('server ', version())"
dump() { "$bin/mariadb-dump" --no-defaults --socket="$folder/s" --user=root "$@" d; }
client -e "create database d; create sequence d.seq nocache; create table d.t (id int primary key, n bigint default (nextval(d.seq)), v int);
  insert into d.t (id, v) values (1, 1)"
dump >locked.sql
dump --skip-add-locks >free.sql
grep -h "nextval" free.sql
# What a client says when it stops, without the statement.
said() {
  local words
  if words=$(client "$1" <"$2" 2>&1); then echo restored; else grep -o "ERROR [0-9]*" <<<"$words"; fi
}
client -e "create database copy"
own=$(client -e "drop table d.t; drop sequence d.seq" && said d locked.sql)
free=$(said d free.sql)
copied=$(said copy free.sql)
before=$(client -e "select next_not_cached_value from d.seq")
client -e "insert into copy.t (id, v) values (2, 2)"
after=$(client -e "select next_not_cached_value from d.seq")
client -e "drop database copy; create database copy; drop database d"
alone=$(said copy free.sql)
echo "under its own name, with its locks:            $own"
echo "under its own name, with --skip-add-locks:     $free"
echo "under another name, beside the original:       $copied; an insert there moves the original's sequence from $before to $after"
echo "under another name, the original gone:         $alone"
[ "$own/$free/$copied/$before-$after/$alone" = "ERROR 1100/restored/restored/2-3/ERROR 1146" ] || { echo "this has changed" >&2; exit 1; }
