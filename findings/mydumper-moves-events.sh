#!/bin/bash
# mydumper dumps an event with its first time as the wall clock of the event's own time zone, and not the zone. Its files set +00:00
# for the session, as for the rows, and myloader makes the event under it: one that ran at 03:00 at +05:00 runs at 03:00 UTC, five hours
# later, and every day so. mariadb-dump sets each event's zone before it and keeps the moment. A TIMESTAMP of the same moment in a
# table is carried over right by both.
#
# Seen with mydumper 0.10.1 and MariaDB 10.11.19 of Debian 12 (packages 0.10.1-1+deb12u2 and 1:10.11.19-0+deb12u1). Fetched and
# unpacked in a temporary folder; a private server on a socket there, gone at the end. Needs apt-get and dpkg-deb, and no rights.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }; rm -rf "$folder"' EXIT
cd "$folder"

# What the programs need and a system without MariaDB lacks comes along.
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "libmariadb3=$version" \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 \
  mariadb-client mydumper=0.10.1-1+deb12u2 libglib2.0-0 libpcre3 libpcre2-8-0 >/dev/null 2>&1 ||
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

"$bin/mydumper" --version | head -1
client -e "select concat('server ', version()); create database made"
client made <<'SQL'
set time_zone = '+05:00';
create table t (at timestamp null);
insert into t values ('2030-01-01 03:00:00');
create event nightly on schedule every 1 day starts '2030-01-01 03:00:00' do delete from t;
SQL
"$bin/mydumper" --socket="$folder/s" --user=root --database=made --events --outputdir="$folder/dump"
"$bin/myloader" --socket="$folder/s" --user=root --database=restored --directory="$folder/dump"
client -e "create database beside"
"$bin/mariadb-dump" --no-defaults --socket="$folder/s" --user=root --events made | client beside

# The event's time is given as the clock of its zone.
for database in made restored beside; do
  echo "$database: $(client -e "set time_zone = '+00:00'; select concat('event at ', convert_tz(starts, time_zone, '+00:00'), ' UTC, zone ',
    time_zone, '; row ', (select at from $database.t), ' UTC') from information_schema.events where event_schema = '$database'")"
done | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
made: event at 2029-12-31 22:00:00 UTC, zone +05:00; row 2029-12-31 22:00:00 UTC
restored: event at 2030-01-01 03:00:00 UTC, zone +00:00; row 2029-12-31 22:00:00 UTC
beside: event at 2029-12-31 22:00:00 UTC, zone +05:00; row 2029-12-31 22:00:00 UTC
SEEN
