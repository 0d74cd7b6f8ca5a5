#!/bin/bash
# check_postgres is Debian's program for watching PostgreSQL, and its same_schema "verifies that two or more databases are identical as far as their
# schema": OK, with 0, or CRITICAL, with 2 and a list. It looks into some of PostgreSQL's catalogs, and what is in none of these may differ: a policy
# that is gone, or lets everybody in, another query of a materialized view, or none at all, a value more in an enum, or under another name, a
# composite type, a rule, extended statistics, what a publication sends, a collation. "All databases have identical items", it says of each of these,
# where it finds another default of a column. The other way round two databases that have been made by the same lines are CRITICAL as soon as there is
# a domain, a cast or a foreign server among them, since it compares numbers that the server gives (typarray, castsource, srvfdw), which are never
# the same. The manual has what can be left out by --filter, and nothing of what is not looked at.
#
# Seen with check_postgres 2.25.0 and PostgreSQL 15.18 of Debian 12 (packages check-postgres 2.25.0-5 and 15.18-0+deb12u1). A private server on a
# socket in a temporary folder, gone at the end. Needs apt-get, dpkg-deb and perl; as root it runs the server as nobody.
set -euo pipefail
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
of() {
  local program=$1
  shift
  "${as[@]}" env LD_LIBRARY_PATH="$folder/root/usr/lib/x86_64-linux-gnu" "$folder/root/usr/lib/postgresql/15/bin/$program" "$@"
}
trap 'of pg_ctl -D "$folder/run/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -q postgresql-15=15.18-0+deb12u1 postgresql-client-15=15.18-0+deb12u1 check-postgres=2.25.0-5 libpq5 libllvm14 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
mkdir run
chmod 755 "$folder" && chmod -R a+rX root && { [ ${#as[@]} = 0 ] || chown nobody run; }
cd run
of initdb -D data -L "$folder/root/usr/share/postgresql/15" --auth=trust --username=me --no-sync >/dev/null
of pg_ctl -D data -l log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
export PGOPTIONS="-c client_min_messages=error"
sql() { local name=$1; shift; of psql -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -U me -d "$name" "$@"; }

cat >"$folder/schema" <<'SQL'
create type state as enum ('open', 'closed');
create type place as (street text, city text);
create table item (id int primary key, price int, state state default 'open', owner text);
create view cheap as select id, price from item where price < 10;
create rule keep as on delete to cheap do instead nothing;
create materialized view total as select state, sum(price) as total from item group by state;
alter table item enable row level security;
create policy own on item using (owner = current_user);
create statistics both_of_them on price, state from item;
create publication sent for table item;
create collation german (provider = icu, locale = 'de');
create foreign data wrapper other;
SQL
check() { # DATABASE DATABASE
  local out=0
  LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu PATH=$folder/root/usr/lib/postgresql/15/bin:$PATH HOME=$folder \
    perl "$folder/root/usr/bin/check_postgres" --action=same_schema --dbhost="$folder/run" --dbhost2="$folder/run" --dbport=5432 --dbport2=5432 \
    --dbuser=me --dbname="$1" --dbname2="$2" >"$folder/out" 2>"$folder/err" || out=$?
  echo "$out $(sed -n -E '1s/^POSTGRES_SAME_SCHEMA ([A-Z]+):.*\) (.*) \| .*/\1, \2/p' "$folder/out")$(sed -n -E 's/^ "([a-z]+)" is different:/ (\1)/p' "$folder/out" |
    tr -d '\n')"
}
sql postgres -c "select 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1)" -c "create database one"
perl "$folder/root/usr/bin/check_postgres" --version | head -1
sql one -f "$folder/schema"
try() { # SQL, for the second database, or for both with the word both
  sql postgres -c "drop database if exists two"
  sql postgres -c "create database two"
  sql two -f "$folder/schema" -c "$1"
  echo "${2-}$1: $(check one two)"
}
{
  try "select"
  try "alter table item alter price set default 1"
  try "alter table item disable row level security"
  try "drop policy own on item"
  try "alter policy own on item using (true)"
  try "drop materialized view total"
  try "drop materialized view total; create materialized view total as select state, max(price) as total from item group by state"
  try "alter type state add value 'sold' before 'closed'"
  try "alter type state rename value 'closed' to 'over'"
  try "alter type place drop attribute city"
  try "drop rule keep on cheap"
  try "drop statistics both_of_them"
  try "alter publication sent set (publish = 'insert')"
  try "drop collation german; create collation german (provider = icu, locale = 'sv')"
  for same in "create domain positive as int check (value > 0)" "create cast (state as int) with inout" "create server far foreign data wrapper other"; do
    sql postgres -c "drop database one" -c "create database one"
    sql one -f "$folder/schema" -c "$same"
    try "$same" "in both: "
  done
} | tee "$folder/seen"
diff "$folder/seen" - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
select: 0 OK, All databases have identical items
alter table item alter price set default 1: 2 CRITICAL, Databases were different. Items not matched: 1 (atthasdef) (default)
alter table item disable row level security: 2 CRITICAL, Databases were different. Items not matched: 1 (relrowsecurity)
drop policy own on item: 0 OK, All databases have identical items
alter policy own on item using (true): 0 OK, All databases have identical items
drop materialized view total: 0 OK, All databases have identical items
drop materialized view total; create materialized view total as select state, max(price) as total from item group by state: 0 OK, All databases have identical items
alter type state add value 'sold' before 'closed': 0 OK, All databases have identical items
alter type state rename value 'closed' to 'over': 0 OK, All databases have identical items
alter type place drop attribute city: 0 OK, All databases have identical items
drop rule keep on cheap: 0 OK, All databases have identical items
drop statistics both_of_them: 0 OK, All databases have identical items
alter publication sent set (publish = 'insert'): 0 OK, All databases have identical items
drop collation german; create collation german (provider = icu, locale = 'sv'): 0 OK, All databases have identical items
in both: create domain positive as int check (value > 0): 2 CRITICAL, Databases were different. Items not matched: 1 (typarray)
in both: create cast (state as int) with inout: 2 CRITICAL, Databases were different. Items not matched: 1 (castsource)
in both: create server far foreign data wrapper other: 2 CRITICAL, Databases were different. Items not matched: 1 (srvfdw)
SEEN
