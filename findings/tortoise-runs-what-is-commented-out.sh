#!/bin/bash
# Tortoise ORM 1.x has migrations of its own, and RunSQL for what is written by hand. On SQLite it parts such a text at each semicolon, wherever
# that stands, and sends the parts one by one. So of a line that is commented out and has two statements, "-- delete …; delete …;", the
# second is run: rows are deleted that nobody meant to, the migration is "done" and in the ledger. (A semicolon within /* … */ or in
# a text is an error, which one sees.) With atomic = False in the migration's class the whole text is given to SQLite, which reads it as it
# is meant; atomic=False of the operation, of which the manual speaks for SQLite, changes nothing. Django, whose migrations these follow,
# runs nothing of the comment.
#
# Seen with tortoise-orm 1.1.9, aiosqlite 0.22.1, Django 5.2.19 and sqlparse 0.6.1 (Python package index), Python 3.11.7 and its SQLite
# 3.40.1. Works in a temporary folder, gone at the end. Needs python3 with pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-compile --target packages tortoise-orm==1.1.9 \
  aiosqlite==0.22.1 pypika-tortoise==0.6.5 Django==5.2.19 sqlparse==0.6.1 2>/dev/null || { echo "the packages cannot be fetched" >&2; exit 2; }
export PYTHONPATH=packages

mkdir -p shop/migrations other/migrations
touch {shop,other}/__init__.py {shop,other}/models.py {shop,other}/migrations/__init__.py
cat >texts.py <<'PY'
import sys

TEXTS = {
    "line": "-- delete from price where cents = 1; delete from price where cents = 2;\nupdate price set name = 'new' where cents = 3",
    "block": "/* delete from price where cents = 1; delete from price where cents = 2; */ update price set name = 'new' where cents = 3",
    "text": "update price set name = 'new; delete' where cents = 3",
}
TEXT = TEXTS[sys.argv[-1]]
PY
cat >migrate.py <<'PY'
import asyncio
import sqlite3
import sys
from pathlib import Path

way, _ = sys.argv[1:]
Path("shop.db").unlink(missing_ok=True)
db = sqlite3.connect("shop.db", isolation_level=None)
db.execute("create table price (cents int, name text)")
db.execute("insert into price values (1, 'old'), (2, 'old'), (3, 'old')")
db.close()


async def with_tortoise():
    from tortoise import connections
    from tortoise.migrations.api import migrate

    apps = {"shop": {"models": ["shop.models"], "default_connection": "default", "migrations": "shop.migrations"}}
    try:
        await migrate(config={"connections": {"default": "sqlite://shop.db"}, "apps": apps})
    finally:
        await connections.close_all()


def with_django():
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.configure(INSTALLED_APPS=["other"], DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.db"}})
    django.setup()
    call_command("migrate", verbosity=0)


try:
    with_django() if way == "Django" else asyncio.run(with_tortoise())
    said = "done"
except Exception as error:
    said = type(error).__name__
print(f"  {way}: {said};", *(f"{cents} {name}" for cents, name in sqlite3.connect("shop.db").execute("select * from price")))
PY
printf '%s\n' "from django.db import migrations" "from texts import TEXT" "" "" "class Migration(migrations.Migration):" \
  "    operations = [migrations.RunSQL(TEXT)]" >other/migrations/0001_price.py
{
  python3 -c 'import platform, sqlite3, tortoise, django
print("Python", platform.python_version(), "SQLite", sqlite3.sqlite_version, "Tortoise", tortoise.__version__, "Django", django.get_version())'
  for text in line block text; do
    echo "$text"
    for way in Tortoise $([ "$text" != line ] || echo operation migration Django); do
      atomic=$([ "$way" != operation ] || echo ", atomic=False")
      printf '%s\n' "from tortoise.migrations.migration import Migration as Base" "from tortoise.migrations.operations import RunSQL" \
        "from texts import TEXT" "" "" "class Migration(Base):" "    atomic = $([ "$way" = migration ] && echo False || echo True)" \
        "    operations = [RunSQL(TEXT$atomic)]" >shop/migrations/0001_price.py
      rm -rf shop/migrations/__pycache__
      python3 -W ignore migrate.py "$way" "$text"
    done
  done
} 2>log | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
line
  Tortoise: done; 1 old 3 new
  operation: done; 1 old 3 new
  migration: done; 1 old 2 old 3 new
  Django: done; 1 old 2 old 3 new
block
  Tortoise: OperationalError; 1 old 2 old 3 old
text
  Tortoise: OperationalError; 1 old 2 old 3 old
SEEN
) || { echo "this has changed" >&2; cat log >&2; exit 1; }
