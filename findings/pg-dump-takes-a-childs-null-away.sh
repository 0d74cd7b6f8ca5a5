#!/bin/bash
# PostgreSQL 15 lets an inheritance child have NULLs where its parent has none: ALTER TABLE child … DROP NOT NULL is taken, and so is ALTER
# TABLE ONLY parent … SET NOT NULL, which leaves the children as they are. pg_dump does not write that. It writes a child that inherits its
# column, and NOT NULL with it, so that the dump does not restore, into the very server that it comes from neither: the child's COPY
# fails (23502), and of its rows none is there, without a NULL or with one. psql goes on and ends with 0, and pg_restore counts the
# error. A child whose rows have no NULL comes back without an error, and refuses them from then on. A default that a child has put away is
# written, as DEFAULT NULL. (PostgreSQL 18 refuses the first, and takes the second as NO INHERIT.) The manual has children inherit a NOT NULL,
# and does not say that one can take it off a child, nor that a dump puts it back.
#
# Seen with PostgreSQL 15.18 of Debian 12 (packages 15.18-0+deb12u1). Fetched and unpacked in a temporary folder; a private server on a socket
# there, gone at the end. Needs apt-get and dpkg-deb; as root it runs the server as nobody.
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

apt-get download -q postgresql-15=15.18-0+deb12u1 postgresql-client-15=15.18-0+deb12u1 libpq5 libllvm14 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
mkdir run
chmod 755 "$folder" && chmod -R a+rX root && { [ ${#as[@]} = 0 ] || chown nobody run; }
cd run
of initdb -D data -L "$folder/root/usr/share/postgresql/15" --auth=trust --username=me --no-sync >/dev/null
of pg_ctl -D data -l log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
sql() { local name=$1; shift; of psql -XqAt -h "$folder/run" -U me -d "$name" "$@"; }

sql postgres -c "select 'PostgreSQL ' || current_setting('server_version')" -c "create database kept" -c "create database restored" \
  -c "create database again"
sql kept <<'SQL'
create table base (id int not null, note text default 'none');
create table loosened () inherits (base);
alter table loosened alter id drop not null, alter note drop default;
insert into loosened values (1, 'a'), (null, 'b');
create table unfilled () inherits (base);
alter table unfilled alter id drop not null;
insert into unfilled values (1, 'a');
create table late (id int);
create table before () inherits (late);
insert into before values (1), (null);
alter table only late alter id set not null;
SQL
look() {
  sql "$1" <<'SQL'
select '  ' || relname || ': ' || (xpath('/row/n/text()', query_to_xml(format('select count(*) n from only %I', relname), true, true, '')))[1]
    || ' rows, id ' || case when attnotnull then 'not null' else 'may be null' end
    || coalesce((select ', note is ' || coalesce(pg_get_expr(adbin, adrelid), 'null') || ' by default' from pg_attribute n
      left join pg_attrdef on adrelid = attrelid and adnum = attnum where n.attrelid = c.oid and attname = 'note'), '')
  from pg_class c join pg_attribute on attrelid = c.oid and attname = 'id'
  where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname
SQL
}
{
  echo "as it is"
  look kept
  of pg_dump -h "$folder/run" -U me kept >dump
  end=0
  sql restored <dump >/dev/null 2>errors || end=$?
  echo "restored by psql, which ends with $end"
  sed -n 's/^ERROR: /  error:/p' errors
  look restored
  end=0
  of pg_dump -h "$folder/run" -U me -Fc kept >archive
  of pg_restore -h "$folder/run" -U me -d again archive >/dev/null 2>&1 || end=$?
  echo "pg_restore ends with $end"
  echo "a NULL for the child that had none: $(sql restored -c "insert into unfilled values (null)" 2>&1 | sed -n 's/^ERROR:  //p')"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
as it is
  base: 0 rows, id not null, note is 'none'::text by default
  before: 2 rows, id may be null
  late: 0 rows, id not null
  loosened: 2 rows, id may be null, note is null by default
  unfilled: 1 rows, id may be null, note is 'none'::text by default
restored by psql, which ends with 0
  error: null value in column "id" of relation "before" violates not-null constraint
  error: null value in column "id" of relation "loosened" violates not-null constraint
  base: 0 rows, id not null, note is 'none'::text by default
  before: 0 rows, id not null
  late: 0 rows, id not null
  loosened: 0 rows, id not null, note is null by default
  unfilled: 1 rows, id not null, note is 'none'::text by default
pg_restore ends with 1
a NULL for the child that had none: null value in column "id" of relation "unfilled" violates not-null constraint
SEEN
