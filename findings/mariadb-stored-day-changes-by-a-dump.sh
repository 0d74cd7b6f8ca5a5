#!/bin/bash
# MariaDB refuses a stored or indexed generated column whose expression depends on the session (1901), from_unixtime(n) for its time zone and
# monthname(d) for its language. It takes date(at) of a TIMESTAMP, and unix_timestamp(d) of a DATETIME, which depend on the time zone as
# well. The day that is stored is the one of whoever wrote the row last, in any column. mariadb-dump writes its rows in UTC and leaves
# generated columns to be made anew, so that a restored table has other days than the one that was dumped, without an error, or is not
# restored at all, where the days are unique; --skip-tz-utc keeps them only where all has the server's zone. With an index on a
# virtual one the answer depends on whether it is used, and CHECK TABLE finds nothing amiss.
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

client -e "select concat('server ', version()); create database d; create database restored; create database other"
there="set time_zone = '+05:00';"
table() { client "$1" -e "$there select concat('  ', id, ': at ', at, ', day ', day) from booking order by id"; }
refused() { client "$1" -e "$2" 2>&1 >/dev/null | grep -o "^ERROR [0-9]*" || true; }
{
  echo "from_unixtime and monthname:"
  refused d "create table t (n int, s datetime as (from_unixtime(n)) stored)"
  refused d "create table t (d date, m varchar(9) as (monthname(d)), key (m))"
  client d -e "create table booking (id int primary key, at timestamp, note varchar(9) default '', day date as (date(at)) stored);
    create table single (id int primary key, at timestamp, day date as (date(at)) stored unique);
    create table moment (id int primary key, d datetime, s bigint as (unix_timestamp(d)), key (s));
    $there
    insert into booking (id, at) values (1, '2026-06-02 03:00:00'), (2, '2026-06-02 12:00:00');
    insert into single (id, at) values (1, '2026-06-02 03:00:00'), (2, '2026-06-01 12:00:00');"
  echo "as it is, seen from where it was written:"
  table d
  echo "dumped and restored:"
  "$bin/mariadb-dump" --no-defaults --socket="$folder/s" --user=root d booking >dump
  client restored <dump
  table restored
  echo "the row changed by another session, which leaves its time alone:"
  client d -e "set time_zone = '+00:00'; update booking set note = 'paid' where id = 1"
  table d
  echo "each day once, dumped and restored:"
  "$bin/mariadb-dump" --no-defaults --socket="$folder/s" --user=root d single >dump
  refused other "$(cat dump)"
  echo "a virtual one with an index, of two equal times:"
  client d -e "$there insert into moment (id, d) values (1, '2026-06-02 12:00:00');
    set time_zone = '+00:00'; insert into moment (id, d) values (2, '2026-06-02 12:00:00');
    select concat('  without it: ', id, ' ', s) from moment ignore index (s) where s > 1780390000;
    select concat('  with it: ', id, ' ', s) from moment force index (s) where s > 1780390000; check table moment"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
from_unixtime and monthname:
ERROR 1901
ERROR 1901
as it is, seen from where it was written:
  1: at 2026-06-02 03:00:00, day 2026-06-02
  2: at 2026-06-02 12:00:00, day 2026-06-02
dumped and restored:
  1: at 2026-06-02 03:00:00, day 2026-06-01
  2: at 2026-06-02 12:00:00, day 2026-06-02
the row changed by another session, which leaves its time alone:
  1: at 2026-06-02 03:00:00, day 2026-06-01
  2: at 2026-06-02 12:00:00, day 2026-06-02
each day once, dumped and restored:
ERROR 1180
a virtual one with an index, of two equal times:
  without it: 1 1780401600
  without it: 2 1780401600
  with it: 2 1780401600
d.moment	check	status	OK
SEEN
