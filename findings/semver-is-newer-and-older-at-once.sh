#!/bin/bash
# semver is PostgreSQL's type for versions as semver.org has them, with what may stand behind a hyphen: 1.0.0-rc.1, or a commit, 1.0.0-5f3ab21. Two of
# these that begin with the same number, and are not numbers, are each greater than the other: 5f3ab21 > 5e0c11d, and 5e0c11d > 5f3ab21. Only the
# number at the beginning is read, of 20260101a and 20260101b too, and after that the answer is "greater", whichever one asks about. So ORDER BY
# and max() go by the order in which the rows come, and an index, which relies on its order, does not find hundreds of its own thousand rows by
# their very value, nor does UPDATE or DELETE, with no error. A primary key takes such a version twice, and ON CONFLICT sees no
# conflict. 1.0.0-2 is greater than 1.0.0-1a, which by semver.org is greater than any number. What begins with a letter
# is right (rc1, g5f3ab21), and so are numbers between dots. The extension's documentation cites the rule.
#
# Seen with semver 0.32.0 and PostgreSQL 15.18 of Debian 12 (packages 0.32.0-1+b1 and 15.18-0+deb12u1). A private server on a socket in a
# temporary folder, gone at the end. Needs apt-get and dpkg-deb; as root it runs the server as nobody.
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

apt-get download -q postgresql-15=15.18-0+deb12u1 postgresql-client-15=15.18-0+deb12u1 postgresql-15-semver=0.32.0-1+b1 libpq5 libllvm14 \
  >/dev/null 2>&1 || { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
mkdir run
chmod 755 "$folder" && chmod -R a+rX root && { [ ${#as[@]} = 0 ] || chown nobody run; }
cd run
of initdb -D data -L "$folder/root/usr/share/postgresql/15" --auth=trust --username=me --no-sync >/dev/null
of pg_ctl -D data -l log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
sql() { of psql -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -U me -d postgres "$@"; }

sql -c "create extension semver" -c "select 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1) || ', semver ' || extversion
  from pg_extension where extname = 'semver'"
sql <<'SQL'
-- Versions with a commit, as git shortens it; letters is the same with a g before each, as git describe has it.
create table commit as select n as id, substr(md5(n::text), 1, 7) as name from generate_series(1, 1000) n where substr(md5(n::text), 1, 7) !~ '^0[0-9]+$';
create table digits (version semver primary key);
create table letters (version semver primary key);
create function missing(from_ text, prefix text) returns bigint language plpgsql as $$ declare n bigint; begin
  execute format('select count(*) from commit c where not exists (select from %I v where v.version = (''1.0.0-%s'' || c.name)::semver offset 0)', from_, prefix) into n;
  return n; end $$;
SQL
{
  sql -c "select a || ' and ' || b || ': < ' || (a < b) || ', = ' || (a = b) || ', > ' || (a > b) || '; the other way round > ' || (b > a) from (values
    ('1.0.0-5f3ab21'::semver, '1.0.0-5e0c11d'::semver), ('1.0.0-20260101a', '1.0.0-20260101b'), ('1.0.0-1rc', '1.0.0-1beta'), ('1.0.0-2', '1.0.0-1a'),
    ('1.0.0-g5f3ab21', '1.0.0-g5e0c11d'), ('1.0.0-rc.10', '1.0.0-rc.9'), ('1.0.0-rc1', '1.0.0-rc2')) v (a, b)"
  for order in "1.0.0-5f3ab21,1.0.0-5e0c11d" "1.0.0-5e0c11d,1.0.0-5f3ab21"; do
    sql -c "select 'max of $order: ' || max(v) from unnest('{$order}'::semver[]) v" \
      -c "select '  in order: ' || string_agg(v::text, ' ') from (select v from unnest('{$order}'::semver[]) v order by v) v"
  done
  for table in digits:1.0.0- letters:1.0.0-g; do
    prefix=${table#*:} table=${table%:*}
    sql -c "insert into $table select ('$prefix' || name)::semver from commit order by id"
    sql -c "select '$table: ' || count(*) || ' rows' from $table" \
      -c "set enable_seqscan = off; set enable_bitmapscan = off; select '  not found by the index: ' || case when missing('$table', '${prefix#1.0.0-}') = 0 then 'none'
        when missing('$table', '${prefix#1.0.0-}') > 99 then 'hundreds' else 'some' end" \
      -c "set enable_seqscan = on; set enable_indexscan = off; set enable_indexonlyscan = off;
        select '  not found without it: ' || case missing('$table', '${prefix#1.0.0-}') when 0 then 'none' else 'some' end"
    sql -c "insert into $table select ('$prefix' || name)::semver from commit order by id on conflict do nothing" \
      -c "select '  the same once more, on conflict do nothing: ' || case when count(*) > count(distinct version::text) then 'more' else 'as many' end || ' rows, '
        || count(distinct version::text) || ' versions' from $table"
  done
} | tee "$folder/seen"
diff "$folder/seen" - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
1.0.0-5f3ab21 and 1.0.0-5e0c11d: < false, = false, > true; the other way round > true
1.0.0-20260101a and 1.0.0-20260101b: < false, = false, > true; the other way round > true
1.0.0-1rc and 1.0.0-1beta: < false, = false, > true; the other way round > true
1.0.0-2 and 1.0.0-1a: < false, = false, > true; the other way round > false
1.0.0-g5f3ab21 and 1.0.0-g5e0c11d: < false, = false, > true; the other way round > false
1.0.0-rc.10 and 1.0.0-rc.9: < false, = false, > true; the other way round > false
1.0.0-rc1 and 1.0.0-rc2: < true, = false, > false; the other way round > true
max of 1.0.0-5f3ab21,1.0.0-5e0c11d: 1.0.0-5f3ab21
  in order: 1.0.0-5e0c11d 1.0.0-5f3ab21
max of 1.0.0-5e0c11d,1.0.0-5f3ab21: 1.0.0-5e0c11d
  in order: 1.0.0-5f3ab21 1.0.0-5e0c11d
digits: 994 rows
  not found by the index: hundreds
  not found without it: none
  the same once more, on conflict do nothing: more rows, 994 versions
letters: 994 rows
  not found by the index: none
  not found without it: none
  the same once more, on conflict do nothing: as many rows, 994 versions
SEEN
