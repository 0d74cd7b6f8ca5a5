#!/bin/bash
# asn1oid brings object identifiers (1.3.6.1.2.1, as SNMP and certificates have them) to PostgreSQL, and numeral, of the same maker, numbers in words. Both
# tell the planner that values which are equal have equal hashes, and have no hash. So two new tables of asn1oid are joined as long as the planner
# knows nothing of them and sorts them, and no longer from the moment that autovacuum, by itself, has counted their few rows: "could not find hash
# function for hash operator", an internal error (XX000). With a key, or with one of numeral's types, it is refused from the first. IN (SELECT …),
# NOT IN and NOT EXISTS go the same way, and a list of constants, DISTINCT, GROUP BY, INTERSECT and foreign keys work. What has been tried on new
# tables so fails at night. enable_hashjoin = off helps joins, and not NOT IN. numeral's README has its types behave like bigint.
#
# Seen with asn1oid 1 and numeral 1 and PostgreSQL 15.18 of Debian 12 (packages 1.4-4+b1, 1.3-5+b1 and 15.18-0+deb12u1). A private server on a
# socket in a temporary folder, gone at the end. Needs apt-get and dpkg-deb; as root it runs the server as nobody.
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

apt-get download -q postgresql-15=15.18-0+deb12u1 postgresql-client-15=15.18-0+deb12u1 postgresql-15-asn1oid=1.4-4+b1 postgresql-15-numeral=1.3-5+b1 \
  libpq5 libllvm14 >/dev/null 2>&1 || { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
mkdir run
chmod 755 "$folder" && chmod -R a+rX root && { [ ${#as[@]} = 0 ] || chown nobody run; }
cd run
of initdb -D data -L "$folder/root/usr/share/postgresql/15" --auth=trust --username=me --no-sync >/dev/null
of pg_ctl -D data -l log -w -o "-k $folder/run -c listen_addresses='' -c autovacuum_naptime=1" start >/dev/null
sql() { of psql -XqAt -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -h "$folder/run" -U me -d postgres "$@"; }

sql -c "create extension asn1oid" -c "create extension numeral" -c "select 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1) || ', '
  || string_agg(extname || ' ' || extversion, ', ' order by extname) from pg_extension where extname <> 'plpgsql'"
ask() {
  echo "  $1: $(sql -c "$2" 2>&1 | sed -n -E 's/^([0-9]+)$/\1/p; s/^ERROR: *(.*operator) [0-9]+$/\1/p')"
}
turn() {
  sql -o /dev/null -c "alter system set autovacuum = $1" -c "select pg_reload_conf()"
}
all() { # TABLE OTHER
  ask "join" "select count(*) from $1 join $2 using (v)"
  ask "in (select)" "select count(*) from $1 where v in (select v from $2)"
  ask "not in (select)" "select count(*) from $1 where v not in (select v from $2)"
  ask "not exists" "select count(*) from $1 a where not exists (select from $2 b where b.v = a.v)"
  ask "distinct, group by" "select count(*) from (select distinct v from $1 group by v) a"
  ask "intersect" "select count(*) from (select v from $1 intersect select v from $2) a"
}
{
  turn off
  sql -c "create table object as select ('1.3.6.1.2.' || n)::asn1oid as v, n from generate_series(1, 60) n" -c "create table value as table object"
  echo "new tables:"
  ask "join" "select count(*) from object join value using (v)"
  turn on
  for _ in $(seq 240); do
    [ "$(sql -c "select count(*) = 2 from pg_stat_user_tables where relname in ('object', 'value') and last_autoanalyze is not null")" = f ] || break
    sleep 0.5
  done
  turn off
  echo "when autovacuum has been there:"
  all object value
  ask "a list of constants" "select count(*) from value where v in ($(seq -f "'1.3.6.1.2.%g'" -s, 40))"
  ask "join, enable_hashjoin = off" "set enable_hashjoin = off; select count(*) from object join value using (v)"
  ask "not in (select), enable_hashjoin = off" "set enable_hashjoin = off; select count(*) from object where v not in (select v from value)"
  sql -c "create table parent (v asn1oid primary key)" -c "create table child (v asn1oid primary key references parent)" \
    -c "insert into parent select v from object; insert into child select v from object"
  echo "new tables with a key:"
  ask "join" "select count(*) from parent join child using (v)"
  for type in numeral zahl roman; do
    sql -c "create table ${type}_a as select n::int8::$type as v from generate_series(1, 60) n" -c "create table ${type}_b as table ${type}_a"
    echo "$type:"
    all ${type}_a ${type}_b
  done
} | tee "$folder/seen"
diff "$folder/seen" - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
new tables:
  join: 60
when autovacuum has been there:
  join: XX000: could not find hash function for hash operator
  in (select): XX000: could not find hash function for hash operator
  not in (select): XX000: could not find compatible hash operator for operator
  not exists: XX000: could not find hash function for hash operator
  distinct, group by: 60
  intersect: 60
  a list of constants: 40
  join, enable_hashjoin = off: 60
  not in (select), enable_hashjoin = off: XX000: could not find compatible hash operator for operator
new tables with a key:
  join: XX000: could not find hash function for hash operator
numeral:
  join: XX000: could not find hash function for hash operator
  in (select): XX000: could not find compatible hash operator for operator
  not in (select): XX000: could not find compatible hash operator for operator
  not exists: XX000: could not find hash function for hash operator
  distinct, group by: 60
  intersect: 60
zahl:
  join: XX000: could not find hash function for hash operator
  in (select): XX000: could not find compatible hash operator for operator
  not in (select): XX000: could not find compatible hash operator for operator
  not exists: XX000: could not find hash function for hash operator
  distinct, group by: 60
  intersect: 60
roman:
  join: XX000: could not find hash function for hash operator
  in (select): XX000: could not find compatible hash operator for operator
  not in (select): XX000: could not find compatible hash operator for operator
  not exists: XX000: could not find hash function for hash operator
  distinct, group by: 60
  intersect: 60
SEEN
