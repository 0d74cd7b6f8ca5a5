#!/bin/bash
# Tortoise ORM 1.x has migrations of its own. RunSQL and RunPython have a parameter atomic, true when it is not given, that has them wrapped in
# a transaction, says the manual. On MariaDB and MySQL, where each operation has its own (a whole migration cannot have one there, since a
# change of the schema is not taken back), Tortoise opens it on one connection of its pool and runs the statements of RunSQL on another: where
# the second UPDATE of two fails, what the first did stays, and the ledger does not have the migration. Mended and run again, it does the first
# once more: 3 is 300, and then 30000. atomic=True changes nothing, nor do values that are given beside the statement. RunPython with the
# very same statements is taken back, since what it runs is sent by the transaction's connection. So is RunSQL on SQLite, where the migration is one
# transaction.
#
# Seen with tortoise-orm 1.1.9 and aiomysql 0.3.2 (Python package index), Python 3.11.7 and its SQLite, and MariaDB 10.11.19 of Debian 12
# (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; a private server on a socket there, gone at the end. Needs
# python3 with pip, apt-get and dpkg-deb, and no rights.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }; rm -rf "$folder"' EXIT
cd "$folder"

python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-compile --target packages tortoise-orm==1.1.9 \
  pypika-tortoise==0.6.5 aiosqlite==0.22.1 aiomysql==0.3.2 PyMySQL==1.2.4 2>/dev/null || { echo "the packages cannot be fetched" >&2; exit 2; }
# What the programs need and a system without MariaDB lacks comes along.
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "libmariadb3=$version" \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
libraries=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
serve=(env LD_LIBRARY_PATH="$libraries" "$folder/root/usr/sbin/mariadbd" --no-defaults --user="$(id -un)" --datadir="$folder/data"
  --tmpdir="$folder/tmp" --lc-messages-dir="$folder/root/usr/share/mysql")

mkdir data tmp
"${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${serve[@]}" --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
"${serve[@]}" --socket="$folder/s" --skip-networking --skip-grant-tables >server.log 2>&1 &
server=$!
client() { LD_LIBRARY_PATH=$libraries root/usr/bin/mariadb --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 120); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

export PYTHONPATH=packages
cat >migrate.py <<'PY'
import asyncio
import sys

from tortoise import Tortoise, connections
from tortoise.migrations.api import migrate

way, socket = sys.argv[1:]
server = {"engine": "tortoise.backends.mysql",
          "credentials": {"host": "", "port": 0, "unix_socket": socket, "user": "root", "password": "", "database": "shop"}}
settings = {
    "connections": {"default": "sqlite://shop.db" if way == "sqlite" else server},
    "apps": {"shop": {"models": ["shop.models"], "default_connection": "default", "migrations": "shop.migrations"}},
}


async def ask(query):
    return await connections.get("default").execute_query_dict(query)


async def main():
    await Tortoise.init(config=settings)
    if way != "again":
        for query in ("drop table if exists tortoise_migrations", "drop table if exists price", "create table price (cents int)"):
            await connections.get("default").execute_script(query)
        await connections.get("default").execute_query("insert into price values (3)")
    try:
        await migrate(config=settings)
        said = "done"
    except Exception as error:
        said = type(error).__name__
    await Tortoise.init(config=settings)
    ledger = len(await ask("select name from tortoise_migrations"))
    print(f"  {said}; 3 is now {(await ask('select cents from price'))[0]['cents']}, {ledger} in the ledger")
    await connections.close_all()


asyncio.run(main())
PY
mkdir -p shop/migrations && touch shop/__init__.py shop/models.py shop/migrations/__init__.py
write() {
  rm -rf shop/migrations/__pycache__
  {
    printf '%s\n' "from tortoise import connections" "from tortoise.migrations.migration import Migration as Base" \
      "from tortoise.migrations.operations import RunPython, RunSQL" "" "STATEMENTS = ['update price set cents = cents * 100', '$2']" "" "" \
      "async def change(apps, editor):" "    for statement in STATEMENTS:" "        await connections.get('default').execute_query(statement)" "" "" \
      "class Migration(Base):" "    operations = [$1]"
  } >shop/migrations/0001_cents.py
}

{
  echo "MariaDB $(client -e "select version()"), Tortoise $(python3 -c 'import tortoise; print(tortoise.__version__)')"
  client -e "create database shop"
  fails="update price set cents = cents + nothing"
  while IFS='|' read -r way what; do
    echo "$way, $what"
    write "$what" "$fails"
    python3 -W ignore migrate.py "$way" "$folder/s"
    write "$what" "update price set cents = cents + 0"
    [ "$way" = sqlite ] || python3 -W ignore migrate.py again "$folder/s"
  done <<'WAYS'
mariadb|RunSQL(STATEMENTS)
mariadb|RunSQL(STATEMENTS, atomic=True)
mariadb|RunSQL([('update price set cents = cents * %s', [100]), STATEMENTS[1]])
mariadb|RunPython(change)
sqlite|RunSQL(STATEMENTS)
WAYS
} 2>log | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
mariadb, RunSQL(STATEMENTS)
  OperationalError; 3 is now 300, 0 in the ledger
  done; 3 is now 30000, 1 in the ledger
mariadb, RunSQL(STATEMENTS, atomic=True)
  OperationalError; 3 is now 300, 0 in the ledger
  done; 3 is now 30000, 1 in the ledger
mariadb, RunSQL([('update price set cents = cents * %s', [100]), STATEMENTS[1]])
  OperationalError; 3 is now 300, 0 in the ledger
  done; 3 is now 30000, 1 in the ledger
mariadb, RunPython(change)
  OperationalError; 3 is now 3, 0 in the ledger
  done; 3 is now 300, 1 in the ledger
sqlite, RunSQL(STATEMENTS)
  OperationalError; 3 is now 3, 0 in the ledger
SEEN
) || { echo "this has changed" >&2; cat log >&2; exit 1; }
