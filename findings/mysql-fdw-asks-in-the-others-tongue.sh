#!/bin/bash
# mysql_fdw hands a WHERE on to MariaDB operator by operator, in the spelling that PostgreSQL has for it, and does not ask again. Where the
# same sign means something else there, the condition does: first || last = 'annlee' is an OR there, and true of every row; v / 2 = 0 is
# no whole division; 2 ^ v is an XOR; d::int and at::date are sent without the cast, and substr(s, 0, 2) begins nowhere. So a query
# gives rows that do not meet its own condition, as the same expression in its list of columns shows, which is computed here; and an
# UPDATE or DELETE takes every row for one. Its manual tells of the pushing down, as something that is for speed.
#
# Seen with mysql_fdw 2.8.0, PostgreSQL 15.18 and MariaDB 10.11.19 of Debian 12 (packages 2.8.0-4, 15.18-0+deb12u1 and
# 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; private servers on sockets there, gone at the end. Needs apt-get
# and dpkg-deb; as root it runs the servers as nobody.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
server=
bin=$folder/root/usr/lib/postgresql/15/bin
of() { "${as[@]}" env LD_LIBRARY_PATH="$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu" "$@"; }
trap '[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }
  of "$bin/pg_ctl" -D "$folder/run/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"

# What the programs need and a system without them lacks comes along.
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "libmariadb3=$version" \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 \
  postgresql-15=15.18-0+deb12u1 postgresql-client-15=15.18-0+deb12u1 postgresql-15-mysql-fdw=2.8.0-4 libpq5 libllvm14 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
# The name under which the extension looks for MariaDB's library is one of a package for developers.
ln -s libmariadb.so.3 root/usr/lib/x86_64-linux-gnu/libmysqlclient.so
mkdir run run/my run/tmp
chmod 755 "$folder" && chmod -R a+rX root && { [ ${#as[@]} = 0 ] || chown -R nobody run; }

user=$(id -un)
[ ${#as[@]} = 0 ] || user=nobody
serve=(env LD_LIBRARY_PATH="$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu" "$folder/root/usr/sbin/mariadbd"
  --no-defaults --user="$user" --datadir="$folder/run/my" --tmpdir="$folder/run/tmp" --lc-messages-dir="$folder/root/usr/share/mysql")
printf '%s\n' 'create user root@localhost;' 'grant all on *.* to root@localhost;' >init
"${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${serve[@]}" --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
"${serve[@]}" --socket="$folder/run/s" --skip-networking --init-file="$folder/init" >server.log 2>&1 &
server=$!
client() { of "$folder/root/usr/bin/mariadb" --no-defaults --socket="$folder/run/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done
of "$bin/initdb" -D run/data -L "$folder/root/usr/share/postgresql/15" --auth=trust --username=me --no-sync >/dev/null
of env MYSQL_UNIX_PORT="$folder/run/s" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
sql() { of "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -U me -d postgres "$@"; }

client -e "create database d; create table d.far (id int primary key, first varchar(9), last varchar(9), v int, d decimal(9, 2),
  at datetime); insert into d.far values (1, 'ann', 'lee', 1, 1.60, '2026-01-01 12:00:00'), (2, 'bea', 'poe', 2, 2.50,
  '2026-01-02 12:00:00'), (3, 'cat', 'ray', 6, 4.00, '2026-01-03 00:00:00')"
sql <<'SQL'
create extension mysql_fdw;
create server other foreign data wrapper mysql_fdw options (host 'localhost');
create user mapping for me server other options (username 'root', password '');
create foreign table far (id int, first text, last text, v int, d numeric, at timestamp)
  server other options (dbname 'd', table_name 'far');
create table near as select * from far;
SQL
echo "mysql_fdw $(of grep -o "default_version = '.*'" root/usr/share/postgresql/15/extension/mysql_fdw.control | tr -dc '0-9.')" \
  "($(sql -c "select mysql_fdw_version()")), PostgreSQL $(sql -c "show server_version"), MariaDB $(client -e "select version()")"
while read -r condition; do
  rows() { sql -c "select coalesce(string_agg(id::text, ' ' order by id), 'none') from $1 where $condition"; }
  echo "$condition: near $(rows near), far $(rows far)"
done <<'CONDITIONS' | tee seen
first || last = 'annlee'
v / 2 = 0
2 ^ v = 4
d::int = 2
at::date = '2026-01-01'
substr(first, 0, 2) = 'a'
v % 2 = 1
first like 'a%'
CONDITIONS
sql -c "select 'far has ' || string_agg(first || last, ' ' order by id) from far where first || last = 'annlee'" | tee -a seen
for table in near far; do
  sql -c "update $table set v = 0 where first || last = 'annlee'"
  sql -c "select '$table after the update: ' || string_agg(v::text, ' ' order by id) from $table" | tee -a seen
done
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
first || last = 'annlee': near 1, far 1 2 3
v / 2 = 0: near 1, far none
2 ^ v = 4: near 2, far 3
d::int = 2: near 1, far none
at::date = '2026-01-01': near 1, far none
substr(first, 0, 2) = 'a': near 1, far none
v % 2 = 1: near 1, far 1
first like 'a%': near 1, far 1
far has annlee beapoe catray
near after the update: 0 2 6
far after the update: 0 0 0
SEEN
