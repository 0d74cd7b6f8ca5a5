#!/bin/bash
# aiomysql and asyncmy, which go by PyMySQL, fill in values by %, so that a percent in a statement is written %%. Their executemany() makes
# one statement of all rows of an INSERT … VALUES, and fills in what stands before ON DUPLICATE KEY UPDATE alone: behind it %% is sent as
# two. date_format(seen, '%%Y-%%m') there writes '%Y-%m' into the row in place of 2026-12, as the same statement does by execute(), and by
# either call of PyMySQL, which has mended it in its newest release. Rows that are new are right, so nothing is seen until somebody
# comes twice. With one percent it is the other way round: executemany() is right, and execute() refuses it.
#
# Seen with aiomysql 0.3.2, asyncmy 0.2.18 and PyMySQL 1.2.4 (Python package index), Python 3.11.7, and MariaDB 10.11.19 of Debian 12
# (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; a private server on a socket there, gone at the end. Needs
# apt-get, dpkg-deb and python3 with pip, and no rights.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }; rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "libmariadb3=$version" \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 >/dev/null 2>&1 &&
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target packages aiomysql==0.3.2 asyncmy==0.2.18 \
    PyMySQL==1.2.4 2>/dev/null || { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
mkdir data tmp
run=(root/usr/sbin/mariadbd --no-defaults --datadir="$folder/data" --tmpdir="$folder/tmp" --lc-messages-dir="$folder/root/usr/share/mysql"
  --skip-grant-tables)
[ "$(id -u)" != 0 ] || run+=(--user=root)
"${run[@]}" --bootstrap <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${run[@]}" --bootstrap < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
"${run[@]}" --socket="$folder/m" --skip-networking >server.log 2>&1 &
server=$!
for _ in $(seq 60); do [ -S m ] && break; sleep 0.5; done

cat >many.py <<'PY'
import asyncio
import platform
import sys
import aiomysql
import asyncmy
import pymysql

options = {"unix_socket": sys.argv[1], "user": "root", "autocommit": True}
own = pymysql.connect(**options).cursor()
own.execute("select version()")
print("MariaDB", own.fetchone()[0], "Python", platform.python_version())
own.execute("create database d")
own.execute("use d")
INSERT = ("insert into visit (person, seen, month) values (%s, %s, %s) "
          "on duplicate key update seen = values(seen), month = date_format(seen, '{0}Y-{0}m')")


class Plain:
    """PyMySQL in the form of the other two."""
    async def execute(self, *args):
        return own.execute(*args)

    async def executemany(self, *args):
        return own.executemany(*args)


async def main():
    for name, cursor in (
        ("PyMySQL", Plain()),
        ("aiomysql", await (await aiomysql.connect(**options, db="d")).cursor()),
        ("asyncmy", (await asyncmy.connect(**options, db="d")).cursor()),
    ):
        for call in ("execute", "executemany"):
            said = []
            for query in (INSERT.format("%%"), INSERT.format("%")):
                seen = []
                own.execute("create or replace table visit (person int primary key, seen date, month varchar(9))")
                try:
                    for day in ("2026-11-29", "2026-12-01"):
                        row = (1, day, day[:7])
                        await (cursor.execute(query, row) if call == "execute" else cursor.executemany(query, [row]))
                        own.execute("select month from visit")
                        seen.append(own.fetchone()[0])
                except (TypeError, ValueError, pymysql.Error) as error:
                    seen.append(type(error).__name__)
                said.append(", then ".join(seen))
            print(f"{name} {call}: {'; with one percent '.join(said)}")


asyncio.run(main())
PY
PYTHONPATH=packages python3 many.py "$folder/m" | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
PyMySQL execute: 2026-11, then 2026-12; with one percent ProgrammingError
PyMySQL executemany: 2026-11, then 2026-12; with one percent TypeError
aiomysql execute: 2026-11, then 2026-12; with one percent TypeError
aiomysql executemany: 2026-11, then %Y-%m; with one percent 2026-11, then 2026-12
asyncmy execute: 2026-11, then 2026-12; with one percent TypeError
asyncmy executemany: 2026-11, then %Y-%m; with one percent 2026-11, then 2026-12
SEEN
) || { echo "this has changed" >&2; exit 1; }
