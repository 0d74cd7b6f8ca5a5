#!/bin/bash
# A FLOAT of MariaDB has some seven digits, and SELECT shows six of them. mariadb-dump writes what SELECT shows: 1234567 is restored as
# 1234570, a counter of 16777215 as 16777200, and a place at 113.404954, 52.520008 is some metres away; the largest FLOAT is another one. The
# restored row is not found by the value that was written, sums differ, and CHECKSUM TABLE does; nothing is said. Two dumps, of the table and
# of what was restored from the first, are the same text, so that who compares dumps sees nothing. --tab and --xml write the same. DOUBLE has
# all its digits, FLOAT(p) with p from 25 on is one, and CREATE TABLE … SELECT copies a FLOAT as it is. The manual of mariadb-dump has none of
# it. PostgreSQL's real is dumped with as many digits as bring it back.
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
of() { local program=$1; shift; "$bin/$program" --no-defaults --socket="$folder/s" --user=root "$@"; }
client() { of mariadb --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client -e "select concat('server ', version()); create database made; create database restored"
client made <<'SQL'
create table place (name varchar(20) primary key, number float, as_double double);
insert into place values ('a number', 1234567, 1234567), ('a counter', 16777215, 16777215), ('longitude', 113.404954, 113.404954),
  ('latitude', 52.520008, 52.520008), ('a half', 0.5, 0.5);
create table copied as select * from place;
SQL
look() {
  client "$1" -e "select concat('  ', name, ': ', cast(number as double), ', found by its value: ', number = cast(as_double as float), ', double ', as_double)
    from $2 order by name; select concat('  sum ', sum(number)) from $2"
}
sum() { client -e "checksum table $1.$2" | cut -f2; }
{
  echo "made:"
  look made place
  of mariadb-dump --skip-dump-date made place >first.sql
  client restored <first.sql
  echo "restored:"
  look restored place
  of mariadb-dump --skip-dump-date restored place | sed 's/restored/made/' >second.sql
  cmp -s first.sql second.sql && echo "the dumps of both are the same"
  [ "$(sum made place)" = "$(sum restored place)" ] || echo "their checksums differ"
  [ "$(sum made place)" = "$(sum made copied)" ] && echo "the checksum of what create table … select made is the same"
  echo "--xml: $(of mariadb-dump --xml made place | grep -A1 'longitude' | grep -o 'number.*<')"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
made:
  a counter: 16777215, found by its value: 1, double 16777215
  a half: 0.5, found by its value: 1, double 0.5
  a number: 1234567, found by its value: 1, double 1234567
  latitude: 52.5200080871582, found by its value: 1, double 52.520008
  longitude: 113.40495300292969, found by its value: 1, double 113.404954
  sum 18011948.42496109
restored:
  a counter: 16777200, found by its value: 0, double 16777215
  a half: 0.5, found by its value: 1, double 0.5
  a number: 1234570, found by its value: 0, double 1234567
  latitude: 52.52000045776367, found by its value: 0, double 52.520008
  longitude: 113.40499877929688, found by its value: 0, double 113.404954
  sum 18011936.424999237
the dumps of both are the same
their checksums differ
the checksum of what create table … select made is the same
--xml: number">113.405<
SEEN
