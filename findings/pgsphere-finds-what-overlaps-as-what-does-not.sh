#!/bin/bash
# pgSphere brings circles, polygons and the like on a sphere to PostgreSQL, for stars and for places on earth. Each pair of kinds has && for
# "overlap" and !&& for "does not", its negation. For two polygons !&& is && itself: it finds those that overlap, and none of the others, so
# that whoever asks for what is free of a forbidden zone is given what lies in it. NOT (a && b) does not help: PostgreSQL knows the one
# as the other's negation, and asks for a !&& b, which gives the same rows once more. (a && b) IS FALSE has it right, and so has a polygon with
# a circle. jsquery, the query language for jsonb, has it with <>, which is = there, and > is >=, so that one and the same query is
# greater than itself. Nothing is said.
#
# Seen with pgSphere 1.2, jsquery 1.1 and PostgreSQL 15.18 of Debian 12 (packages 1.1.1+2021-11-10-2+b1, 1.1.1-6+b1 and 15.18-0+deb12u1). A private
# server on a socket in a temporary folder, gone at the end. Needs apt-get and dpkg-deb; as root it runs the server as nobody.
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

apt-get download -q postgresql-15=15.18-0+deb12u1 postgresql-client-15=15.18-0+deb12u1 \
  postgresql-15-pgsphere=1.1.1+2021-11-10-2+b1 postgresql-15-jsquery=1.1.1-6+b1 \
  libhealpix-cxx3 libcfitsio10 libgomp1 libsharp0 libcurl3-gnutls libpq5 libllvm14 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
mkdir run
chmod 755 "$folder" && chmod -R a+rX root && { [ ${#as[@]} = 0 ] || chown nobody run; }
cd run
of initdb -D data -L "$folder/root/usr/share/postgresql/15" --auth=trust --username=me --no-sync >/dev/null
of pg_ctl -D data -l log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
sql() { of psql -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -U me -d postgres "$@"; }

sql -c "select 'PostgreSQL ' || current_setting('server_version')"
sql <<'SQL'
create extension pg_sphere;
create extension jsquery;
create table zone (name text, area spoly, round scircle);
insert into zone values ('north', '{(0d,40d),(20d,40d),(20d,60d),(0d,60d)}', '<(10d,50d),5d>');
create table plan (name text, area spoly);
insert into plan values ('within', '{(5d,45d),(10d,45d),(10d,50d),(5d,50d)}'), ('across', '{(15d,55d),(30d,55d),(30d,70d),(15d,70d)}'),
  ('far', '{(100d,0d),(110d,0d),(110d,10d),(100d,10d)}'), ('south', '{(0d,-60d),(20d,-60d),(20d,-40d),(0d,-40d)}');
create table rule (name text, asked jsquery);
insert into rule values ('one', 'a = 1'), ('same', 'a = 1'), ('other', 'b = 2');
SQL
ask() {
  sql -c "select '  ' || \$\$$1\$\$ || ': ' || coalesce(string_agg(p.name, ' ' order by p.name), 'none') from plan p, zone z where $1"
}
{
  sql -c "select '  ' || extname || ' ' || extversion from pg_extension where extname in ('pg_sphere', 'jsquery') order by extname desc"
  echo "polygon and polygon:"
  for what in "p.area && z.area" "not (p.area && z.area)" "p.area !&& z.area" "not (p.area !&& z.area)" "(p.area && z.area) is false"; do ask "$what"; done
  echo "polygon and circle:"
  for what in "p.area && z.round" "not (p.area && z.round)" "p.area !&& z.round" "not (p.area !&& z.round)"; do ask "$what"; done
  echo "jsquery:"
  for what in "=" "<>" ">" ">="; do
    sql -c "select '  one $what same, other: ' || string_agg((a.asked operator($what) b.asked)::text, ', ' order by b.name desc) from rule a, rule b
      where a.name = 'one' and b.name <> 'one'"
  done
} | tee "$folder/seen"
diff "$folder/seen" - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
  pg_sphere 1.2.0
  jsquery 1.1
polygon and polygon:
  p.area && z.area: across within
  not (p.area && z.area): across within
  p.area !&& z.area: across within
  not (p.area !&& z.area): across within
  (p.area && z.area) is false: far south
polygon and circle:
  p.area && z.round: within
  not (p.area && z.round): across far south
  p.area !&& z.round: across far south
  not (p.area !&& z.round): within
jsquery:
  one = same, other: true, false
  one <> same, other: true, false
  one > same, other: true, false
  one >= same, other: true, false
SEEN
