#!/bin/bash
# MariaDB: SET system_versioning_asof = a moment in the past is to let every query of the session read versioned tables as they were then.
# Where the query cache is on it does not reach it: the cache knows an answer by the query's text and a list of the session's settings (time
# zone, sql_mode, default_week_format and more, which QUERY_CACHE_INFO shows), and this one is not among them. So the past is asked for and
# the present answered, if anybody has asked the same lately; and a query first asked in the past is answered with rows long deleted in
# every other session that asks it, of the present or of another moment, until the table changes. Nothing is said. FOR SYSTEM_TIME AS OF,
# which stands in the text, is right, and so is whatever is not in the cache (SQL_NO_CACHE, another blank in the text).
#
# Seen with MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1), with query_cache_type = 1. Fetched and unpacked in a temporary
# folder; a private server on a socket there, gone at the end. Needs apt-get and dpkg-deb, and no rights.
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
"${serve[@]}" --socket="$folder/s" --skip-networking --init-file="$folder/init" \
  --query-cache-type=1 --query-cache-size=1M >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client -e "select concat('server ', version()); create database d"
client d <<'SQL'
create table guest (name varchar(9)) with system versioning;
set timestamp = unix_timestamp('2026-01-01 12:00:00');
insert into guest values ('ann');
set timestamp = unix_timestamp('2026-02-01 12:00:00');
delete from guest;
insert into guest values ('bea');
set timestamp = unix_timestamp('2026-03-01 12:00:00');
delete from guest;
insert into guest values ('cat');
SQL
january="set system_versioning_asof = '2026-01-15 12:00:00';" february="set system_versioning_asof = '2026-02-15 12:00:00';"
week() { client d -e "set default_week_format = $1; select concat('  ', week('2026-06-01'), ' ', name) from guest"; }
{
  echo "asked as of January, first of all:"
  client d -e "$january select concat('  ', name) from guest"
  echo "another session, of the present:"
  client d -e "select concat('  ', name) from guest"
  echo "another, as of February:"
  client d -e "$february select concat('  ', name) from guest"
  client d -e "$february select concat('  not cached: ', name) from guest; select sql_no_cache concat('  sql_no_cache: ', name) from guest"
  client d -e "select concat('  as of in the query: ', name) from guest for system_time as of '2026-02-15 12:00:00'"
  client d -e "select concat('  the same for March: ', name) from guest for system_time as of '2026-03-15 12:00:00'"
  echo "another setting, which it knows:"
  week 0
  week 3
  echo "once the table has changed, of the present first:"
  client d -e "insert into guest values ('dan'); delete from guest where name = 'dan'"
  client d -e "select concat('  ', name) from guest"
  echo "as of January:"
  client d -e "$january select concat('  ', name) from guest"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
asked as of January, first of all:
  ann
another session, of the present:
  ann
another, as of February:
  ann
  not cached: bea
  sql_no_cache: bea
  as of in the query: bea
  the same for March: cat
another setting, which it knows:
  22 cat
  23 cat
once the table has changed, of the present first:
  cat
as of January:
  cat
SEEN
