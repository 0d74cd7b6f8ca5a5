#!/bin/bash
# debversion, Debian's type for its version numbers in PostgreSQL, tells the planner that the opposite of > is >=. So WHERE NOT (version >
# '1.22.1-9') is run as version >= '1.22.1-9': whoever asks for the machines that are not newer than some version is given the newer ones, and
# not the older, without an error; IF NOT (a > b) in PL/pgSQL goes the same way. <= is right, and NOT (a < b) as well. Its hash is the text's,
# so that 1.0, 1.00 and 1.0-0, which are one version to =, are three to SELECT DISTINCT and GROUP BY where these hash, as they mostly do, and
# one to count(DISTINCT …), which sorts. The package's text speaks of "negator optimisation hints" and hash indexes. PostgreSQL 15.20,
# Debian's security update, refuses the extension for the first of these ("negator operator >= is already the negator of operator <"): a dump
# that restored into 15.18 leaves every table with such a column out from then on.
#
# Seen with debversion 1.1.2 and PostgreSQL 15.18 and 15.20 of Debian 12 (packages 1.1.2-1+b1, 15.18-0+deb12u1 and 15.20-0+deb12u1). Two
# private servers on sockets in a temporary folder, gone at the end. Needs apt-get and dpkg-deb; as root it runs the servers as nobody.
set -euo pipefail
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
# A program of one of the two releases.
of() {
  local release=$1 program=$2
  shift 2
  "${as[@]}" env LD_LIBRARY_PATH="$folder/$release/usr/lib/x86_64-linux-gnu" "$folder/$release/usr/lib/postgresql/15/bin/$program" "$@"
}
trap 'for release in 15.18 15.20; do of $release pg_ctl -D "$folder/run/$release" -m immediate stop >/dev/null 2>&1 || true; done
  rm -rf "$folder"' EXIT
cd "$folder"

mkdir run packages
for release in 15.18 15.20; do
  mkdir $release run/s$release
  (cd $release && apt-get download -q postgresql-15=$release-0+deb12u1 postgresql-client-15=$release-0+deb12u1 \
    postgresql-15-debversion=1.1.2-1+b1 libpq5 libllvm14 >/dev/null 2>&1) ||
    { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
  for package in $release/*.deb; do dpkg-deb -x "$package" $release; done
done
chmod 755 "$folder" && chmod -R a+rX 15.18 15.20 && { [ ${#as[@]} = 0 ] || chown -R nobody run; }
cd run
for release in 15.18 15.20; do
  of $release initdb -D $release -L "$folder/$release/usr/share/postgresql/15" --auth=trust --username=me --no-sync >/dev/null
  of $release pg_ctl -D $release -l log$release -w -o "-k $folder/run/s$release -c listen_addresses=''" start >/dev/null
done
sql() { local release=$1; shift; of "$release" psql -XqAt -h "$folder/run/s$release" -U me -d postgres "$@"; }

for release in 15.18 15.20; do sql $release -c "select 'PostgreSQL ' || current_setting('server_version')"; done
{
  sql 15.18 -v ON_ERROR_STOP=1 <<'SQL'
create extension debversion;
create table host (name text, nginx debversion);
insert into host values ('one', '1.22.1-2'), ('two', '1.22.1-9'), ('three', '1.22.1-10'), ('four', '1.22.1-11');
create function newer(a debversion, b debversion) returns text language plpgsql as
  $$ begin if not (a > b) then return 'not newer'; else return 'newer'; end if; end $$;
select 'not (> 1.22.1-9): ' || string_agg(name, ' ' order by nginx) from host where not (nginx > '1.22.1-9');
select '<= 1.22.1-9: ' || string_agg(name, ' ' order by nginx) from host where nginx <= '1.22.1-9';
select 'PL/pgSQL of 1.22.1-2 and 1.22.1-11: ' || newer('1.22.1-2', '1.22.1-9') || ', ' || newer('1.22.1-11', '1.22.1-9');
create table build (version debversion);
insert into build values ('1.0'), ('1.00'), ('1.0-0'), ('0:1.0'), ('2.0');
select 'equal to 1.0: ' || count(*) || ', count(distinct version): ' || (select count(distinct version) from build) from build where version = '1.0';
select 'select distinct: ' || string_agg(version::text, ' ' order by version::text) from (select distinct version from build) b;
select 'group by: ' || string_agg(n::text, ' ') from (select count(*) as n from build group by version) b;
SQL
  of 15.18 pg_dump -h "$folder/run/s15.18" -U me -d postgres >dump.sql
  echo "restored into 15.20:"
  sql 15.20 -f "$folder/run/dump.sql" 2>&1 | grep -o 'ERROR: .*' | head -2
  sql 15.20 -c "select 'tables: ' || count(*) from pg_tables where schemaname = 'public'"
} | tee "$folder/seen"
diff "$folder/seen" - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
not (> 1.22.1-9): two three four
<= 1.22.1-9: one two
PL/pgSQL of 1.22.1-2 and 1.22.1-11: newer, not newer
equal to 1.0: 4, count(distinct version): 2
select distinct: 0:1.0 1.0 1.0-0 1.00 2.0
group by: 1 1 1 1 1
restored into 15.20:
ERROR:  negator operator >= is already the negator of operator <
ERROR:  extension "debversion" does not exist
tables: 0
SEEN
