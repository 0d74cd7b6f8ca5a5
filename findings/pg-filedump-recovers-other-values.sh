#!/bin/bash
# pg_filedump -D reads rows out of a table's file without a server, when there is none left that starts, and writes them as COPY takes them.
# A tab in a text is written as \r, the sign for a carriage return, and is one once it is copied in, in JSON and XML too. A real or double
# precision has twelve places behind the point and no others: what is smaller is 0, and 1.23456789e-7 has six digits left. A numeric 0.00 is
# 0. A row that is older than the table's last column is not there but for a line among the rows, "no more bytes left", since ADD COLUMN
# leaves it as short as it was. What has been rolled back is there beside what is valid, and an UPDATE's old row before its new one; -o leaves
# out the second kind alone. It ends with 0. Its README has a line for each option, and none of this.
#
# Seen with pg_filedump 14.1 and PostgreSQL 15.18 of Debian 12 (packages 14.1-1 and 15.18-0+deb12u1), whose files it knows. A private server
# on a socket in a temporary folder, gone at the end. Needs apt-get and dpkg-deb; as root it runs the server as nobody.
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

apt-get download -q postgresql-15=15.18-0+deb12u1 postgresql-client-15=15.18-0+deb12u1 postgresql-filedump=14.1-1 libpq5 libllvm14 \
  >/dev/null 2>&1 || { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
mkdir run
chmod 755 "$folder" && chmod -R a+rX root && { [ ${#as[@]} = 0 ] || chown nobody run; }
cd run
of initdb -D data -L "$folder/root/usr/share/postgresql/15" --auth=trust --username=me --no-sync >/dev/null
of pg_ctl -D data -l log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
sql() { of psql -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -U me -d postgres "$@"; }

sql -c "select 'PostgreSQL ' || current_setting('server_version')"
sql <<'SQL'
create table made (id int, note text, doc json, f real, d double precision, n numeric, at timestamptz);
insert into made values
  (1, E'a\tb', E'{"a":\t1}', 0.1, 0.1, 1.50, '2026-11-30 10:00:00.123456+00'),
  (2, E'a\nb\rc\\d', '{}', 16777215, 1.23456789012345e-7, 0.00, 'infinity'),
  (3, '', null, 1e-13, 6.02214076e23, -0.01, '0044-03-15 BC'),
  (4, null, null, 'NaN', 1e-300, 'NaN', null);
begin;
insert into made values (5, 'rolled back');
rollback;
update made set note = 'new' where id = 4;
create table longer (id int, note text);
insert into longer values (1, 'old');
alter table longer add column state text default 'open';
insert into longer values (2, 'new', 'closed');
checkpoint;
SQL
dump() {
  "${as[@]}" env LD_LIBRARY_PATH="$folder/root/usr/lib/x86_64-linux-gnu" "$folder/root/usr/lib/postgresql/14/bin/pg_filedump" "${@:3}" -D "$2" \
    "data/$(sql -c "select pg_relation_filepath('$1')")" >"$folder/run/$1.dump" && echo "  exit 0"
}
{
  echo "made:"
  sql -c "select '  ' || row_to_json(made) from made order by id"
  echo "pg_filedump:"
  dump made int,text,json,real,float8,numeric,timestamptz
  grep -a '^COPY' made.dump | sed 's/^/  /; s/\t/ | /g'
  echo "with -o:"
  dump made int,text,json,real,float8,numeric,timestamptz -o
  grep -a '^COPY' made.dump | cut -f 1-2 | sed 's/^/  /; s/\t/ | /g'
  echo "its first three lines copied in:"
  sql -c "create table restored (like made)"
  grep -a '^COPY' made.dump | sed -n '1,3s/^COPY: //p' | sql -c "copy restored from stdin"
  sql -c "select '  ' || replace(row_to_json(r)::text, chr(13), '(return)') from restored r order by id" \
    -c "select '  equal: ' || count(*) filter (where m.note = r.note) || ' texts, ' || count(*) filter (where m.f = r.f) || ' reals, ' ||
      count(*) filter (where m.d = r.d) || ' doubles, ' || count(*) filter (where m.at = r.at) || ' times of 3' from made m join restored r using (id)"
  echo "a table with a newer column:"
  dump longer int,text,text
  grep -aE '^COPY|^Error' longer.dump | sed 's/^/  /; s/\t/ | /g'
} | tee "$folder/seen"
diff "$folder/seen" - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
made:
  {"id":1,"note":"a\tb","doc":{"a":	1},"f":0.1,"d":0.1,"n":1.50,"at":"2026-11-30T10:00:00.123456+00:00"}
  {"id":2,"note":"a\nb\rc\\d","doc":{},"f":1.6777215e+07,"d":1.23456789012345e-07,"n":0.00,"at":"infinity"}
  {"id":3,"note":"","doc":null,"f":1e-13,"d":6.02214076e+23,"n":-0.01,"at":"0044-03-15T00:00:00+00:00 BC"}
  {"id":4,"note":"new","doc":null,"f":"NaN","d":1e-300,"n":"NaN","at":null}
pg_filedump:
  exit 0
  COPY: 1 | a\rb | {"a":\r1} | 0.100000001490 | 0.100000000000 | 1.50 | 2026-11-30 10:00:00.123456+00
  COPY: 2 | a\nb\rc\\d | {} | 16777215.000000000000 | 0.000000123457 | 0 | infinity
  COPY: 3 |  | \N | 0.000000000000 | 602214075999999987023872.000000000000 | -0.01 | 0044-03-15 00:00:00.000000+00 BC
  COPY: 4 | \N | \N | NaN | 0.000000000000 | NaN | \N
  COPY: 5 | rolled back | \N | \N | \N | \N | \N
  COPY: 4 | new | \N | NaN | 0.000000000000 | NaN | \N
with -o:
  exit 0
  COPY: 1 | a\rb
  COPY: 2 | a\nb\rc\\d
  COPY: 3 | 
  COPY: 5 | rolled back
  COPY: 4 | new
its first three lines copied in:
  {"id":1,"note":"a\rb","doc":{"a":(return)1},"f":0.1,"d":0.1,"n":1.50,"at":"2026-11-30T10:00:00.123456+00:00"}
  {"id":2,"note":"a\nb\rc\\d","doc":{},"f":1.6777215e+07,"d":1.23457e-07,"n":0,"at":"infinity"}
  {"id":3,"note":"","doc":null,"f":0,"d":6.02214076e+23,"n":-0.01,"at":"0044-03-15T00:00:00+00:00 BC"}
  equal: 2 texts, 2 reals, 2 doubles, 3 times of 3
a table with a newer column:
  exit 0
  Error: unable to decode a tuple, no more bytes left. Partial data: 1 | old
  COPY: 2 | new | closed
SEEN
