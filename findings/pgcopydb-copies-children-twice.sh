#!/bin/bash
# pgcopydb copies a whole database to another server, and a large table in several parts at once (--split-tables-larger-than), each by its
# range of a unique integer column. A part is a query, COPY (SELECT * FROM table WHERE …), and a query reads the tables that inherit from this
# one along: their rows come once more, into the parent, where each has its key twice, with no error, since a unique index does not look into
# children. A table whose unique column may be NULL loses the rows that have none there, as they are in no range. Without the option, or below
# its limit, both are right, so that a rehearsal on a small copy shows nothing. An unlogged table arrives empty either way, where pg_dump
# brings its rows. A table with a generated column, which is in * too, is refused by the target part by part (22P04) and is left empty; the
# log says that, and pgcopydb goes on, ends with 0, and leaves nothing to tell it from a copy that is whole.
#
# Seen with pgcopydb 0.10 and PostgreSQL 15.18 of Debian 12 (packages 0.10-1 and 15.18-0+deb12u1); newer releases have mended the parts and
# the generated column. A private server on a socket in a temporary folder, gone at the end. Needs apt-get and dpkg-deb; as root it runs the
# server as nobody.
set -euo pipefail
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
of() {
  local program=$1
  shift
  "${as[@]}" env PATH="$folder/root/usr/lib/postgresql/15/bin:$folder/root/usr/bin:$PATH" HOME="$folder/run" \
    LD_LIBRARY_PATH="$folder/root/usr/lib/x86_64-linux-gnu" "$program" "$@"
}
trap 'of pg_ctl -D "$folder/run/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -q postgresql-15=15.18-0+deb12u1 postgresql-client-15=15.18-0+deb12u1 pgcopydb=0.10-1 libpq5 libllvm14 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
mkdir run
chmod 755 "$folder" && chmod -R a+rX root && { [ ${#as[@]} = 0 ] || chown nobody run; }
cd run
of initdb -D data -L "$folder/root/usr/share/postgresql/15" --auth=trust --username=me --no-sync >/dev/null
of pg_ctl -D data -l log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
sql() { of psql -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -U me "$@"; }

sql -d postgres -c "select 'PostgreSQL ' || current_setting('server_version')" -c "create database source"
of pgcopydb --version | head -1
sql -d source <<'SQL'
create table event (id bigint primary key, what text);
create table login (address text, primary key (id)) inherits (event);
insert into event select n, repeat('x', 100) from generate_series(1, 1000) n;
insert into login select n + 100000, repeat('x', 100), '192.0.2.1' from generate_series(1, 200) n;
create table card (number bigint unique, what text);
insert into card select nullif(n, n / 10 * 10), repeat('x', 100) from generate_series(1, 1000) n;
create table cents (id bigint primary key, euros numeric, cents bigint generated always as (euros * 100) stored);
insert into cents (id, euros) select n, n from generate_series(1, 1000) n;
create unlogged table session (id bigint primary key);
insert into session select n from generate_series(1, 10) n;
SQL
look() {
  sql -d "$1" -c "select '  event ' || (select count(*) from only event) || ' and login ' || (select count(*) from login) ||
    ', event with login ' || count(*) || ' rows and ' || count(distinct id) || ' keys' from event"
  sql -d "$1" -c "select '  card ' || (select count(*) from card) || ', with no number ' || (select count(*) from card where number is null) ||
    ', cents ' || (select count(*) from cents) || ', session ' || (select count(*) from session)"
}
copy() {
  local target=$1 end=0
  shift
  sql -d postgres -c "create database $target"
  of pgcopydb clone --dir "$folder/run/work-$target" --source "postgres:///source?host=$folder/run&user=me" \
    --target "postgres:///$target?host=$folder/run&user=me" "$@" >said-$target 2>&1 || end=$?
  echo "pgcopydb clone${*:+ $*}: exit $end, errors: $({ grep -o 'COPY [a-z]*,' said-$target || echo none; } | sort -u | tr -d ',\n')"
  look $target
}
{
  echo "made:"
  look source
  copy whole
  copy parts --split-tables-larger-than 20kB
  sql -d postgres -c "create database dumped"
  of pg_dump -h "$folder/run" -U me -d source | sql -d dumped -o /dev/null
  echo "pg_dump and psql:"
  look dumped
} | tee "$folder/seen"
diff "$folder/seen" - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
made:
  event 1000 and login 200, event with login 1200 rows and 1200 keys
  card 1000, with no number 100, cents 1000, session 10
pgcopydb clone: exit 0, errors: none
  event 1000 and login 200, event with login 1200 rows and 1200 keys
  card 1000, with no number 100, cents 1000, session 0
pgcopydb clone --split-tables-larger-than 20kB: exit 0, errors: COPY cents
  event 1200 and login 200, event with login 1400 rows and 1200 keys
  card 900, with no number 0, cents 0, session 0
pg_dump and psql:
  event 1000 and login 200, event with login 1200 rows and 1200 keys
  card 1000, with no number 100, cents 1000, session 10
SEEN
