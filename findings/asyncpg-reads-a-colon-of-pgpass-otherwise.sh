#!/bin/bash
# A password with a colon or a backslash has a backslash before each of these in .pgpass, says PostgreSQL's manual. asyncpg, which reads that
# file for itself, leaves these in: it sends "a\:b" where libpq (psql, pg_dump, psycopg) sends "a:b". Written plainly, a:b, asyncpg has it
# right, and libpq takes what stands before the colon, "a". So there is no spelling of such a password, nor of one with a backslash or a
# blank at its end (asyncpg leaves that out), by which both get in, and a line that works with one is refused with the other as a wrong
# password. A database or user of such a name asyncpg does not find at all, and sends an empty one. Its documentation names the file
# and no limit. pg (Node), which reads it too, takes each as libpq does where it is written as the manual has it, but for a user or database
# that ends in a backslash.
#
# Seen with asyncpg 0.32.0 and psycopg-binary 3.3.9 with its libpq (Python package index), Python 3.11.7, pg 8.23.1 and pgpass 1.0.6 (npm),
# Node 20.20.2. What they send is read by a socket of the script's own on 127.0.0.1, which asks for the password and refuses. Works in a
# temporary folder, gone at the end. Needs npm and python3 with pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --target packages asyncpg==0.32.0 psycopg==3.3.9 \
  psycopg-binary==3.3.9 typing_extensions==4.16.0 2>/dev/null &&
  npm install --silent --no-audit --no-fund --prefix . pg@8.23.1 pgpass@1.0.6 >/dev/null || { echo "the packages cannot be fetched" >&2; exit 2; }

cat >node.js <<'JS'
const { Client } = require("pg");
const [port, user, database] = process.argv.slice(2);
new Client({ host: "127.0.0.1", port: Number(port), user, database }).connect().catch(() => process.exit());
JS
cat >asked.py <<'PY'
import asyncio
import os
import platform
import socket
import struct
import subprocess
import threading
from importlib.metadata import version
import asyncpg
import psycopg

print("Python", platform.python_version(), "asyncpg", version("asyncpg"), "psycopg", version("psycopg"), "libpq", psycopg.pq.version())
listener, heard = socket.create_server(("127.0.0.1", 0)), []
port = listener.getsockname()[1]


def answer():
    while True:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as came:
            connection.settimeout(20)
            body = came.read(struct.unpack("!i", came.read(4))[0] - 4)
            connection.sendall(b"R" + struct.pack("!ii", 8, 3))
            if body and came.read(1) == b"p":
                heard.append(came.read(struct.unpack("!i", came.read(4))[0] - 4)[:-1].decode())
                text = b"SFATAL\0VFATAL\0C28P01\0Mrefused\0\0"
                connection.sendall(b"E" + struct.pack("!i", 4 + len(text)) + text)


def libpq(user, database):
    psycopg.connect(psycopg.conninfo.make_conninfo(
        host="127.0.0.1", port=port, user=user, dbname=database, sslmode="disable", gssencmode="disable"))


def by_asyncpg(user, database):
    asyncio.run(asyncpg.connect(host="127.0.0.1", port=port, user=user, database=database, ssl=False))


def node(user, database):
    subprocess.run(["node", "--no-deprecation", "node.js", str(port), user, database], check=True)


def sent(connect, user, database):
    heard.clear()
    try:
        connect(user, database)
    except (psycopg.OperationalError, asyncpg.PostgresError):
        pass
    return heard[0] if heard else "nothing"


threading.Thread(target=answer, daemon=True).start()
os.environ["PGPASSFILE"] = os.path.abspath("pgpass")
os.umask(0o077)
for line, user, database in (
    ("d:ann:plain", "ann", "d"), (r"d:ann:a\:b", "ann", "d"), ("d:ann:a:b", "ann", "d"), (r"d:ann:a\\b", "ann", "d"), (r"d:ann:a\b", "ann", "d"),
    ("d:ann:blank ", "ann", "d"), (r"d\:1:ann:plain", "ann", "d:1"), (r"d:shop\\ann:plain", r"shop\ann", "d"), (r"d:ann\\:plain", "ann\\", "d"),
):
    with open("pgpass", "w") as file:
        file.write(f"127.0.0.1:{port}:{line}\n")
    print(f"{line}: libpq [{sent(libpq, user, database)}], asyncpg [{sent(by_asyncpg, user, database)}], pg [{sent(node, user, database)}]")
PY
PYTHONPATH=packages python3 asked.py | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
d:ann:plain: libpq [plain], asyncpg [plain], pg [plain]
d:ann:a\:b: libpq [a:b], asyncpg [a\:b], pg [a:b]
d:ann:a:b: libpq [a], asyncpg [a:b], pg [a:b]
d:ann:a\\b: libpq [a\b], asyncpg [a\\b], pg [a\b]
d:ann:a\b: libpq [ab], asyncpg [a\b], pg [a\b]
d:ann:blank : libpq [blank ], asyncpg [blank], pg [blank ]
d\:1:ann:plain: libpq [plain], asyncpg [], pg [plain]
d:shop\\ann:plain: libpq [plain], asyncpg [], pg [plain]
d:ann\\:plain: libpq [plain], asyncpg [], pg []
SEEN
) || { echo "this has changed" >&2; exit 1; }
