#!/bin/bash
# Django's RunSQL on MariaDB splits a text into statements and takes its comments out on the way, those too that are none: what stands
# in /*!100301 with system versioning */, as every dump has them, or in /*M! … */. The table is made without it, the migration is
# marked as applied, and nothing is said. "5 --1" at a line's end, which MariaDB reads as 5 - -1, is 5 (the rest is a comment to
# Django), and a routine is stored without its comments. The same statements in a list are sent as they are, and so is a text to
# PostgreSQL. The manual tells of the splitting, and nothing of comments. yoyo, which splits by the same library, keeps them.
#
# Seen with Django 5.2.19, sqlparse 0.6.1, PyMySQL 1.2.4 and yoyo-migrations 9.0.0 (Python package index), Python 3.11.7, MariaDB 10.11.19
# of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; a private server on a socket there, gone at
# the end. Needs python3 with pip, apt-get and dpkg-deb, and no rights.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; }; rm -rf "$folder"' EXIT
cd "$folder"

# What the programs need and a system without MariaDB lacks comes along.
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "libmariadb3=$version" \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
bin=$folder/root/usr/bin sbin=$folder/root/usr/sbin
serve=("$sbin/mariadbd" --no-defaults --user="$(id -un)" --datadir="$folder/data" --tmpdir="$folder/tmp"
  --lc-messages-dir="$folder/root/usr/share/mysql")

mkdir data tmp
"${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${serve[@]}" --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
"${serve[@]}" --socket="$folder/s" --skip-networking --skip-grant-tables >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

env -u LD_LIBRARY_PATH python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target packages \
  Django==5.2.19 sqlparse==0.6.1 PyMySQL==1.2.4 yoyo-migrations==9.0.0 2>/dev/null ||
  { echo "the packages cannot be fetched" >&2; exit 2; }

mkdir sql
echo 'create table price (amount int) /*!100301 with system versioning */;' >sql/1
printf 'insert into price select 5 --1\nfrom dual;\n' >sql/2
printf 'create procedure report()\nbegin\n  -- why it is so\n  select 1;\nend;\n' >sql/3
mkdir -p shop/migrations yoyo && touch shop/__init__.py shop/migrations/__init__.py
cat >shop/migrations/0001_initial.py <<'PY'
from django.conf import settings
from django.db import migrations


class Migration(migrations.Migration):
    operations = [migrations.RunSQL(settings.STATEMENTS)]
PY
cat sql/* >yoyo/0001.sql
cat >apply.py <<'PY'
import sys

import pymysql

pymysql.install_as_MySQLdb()
path, way = sys.argv[1:]
each = [open(f"sql/{n}").read() for n in (1, 2, 3)]
if way == "yoyo":
    import yoyo

    backend = yoyo.get_backend(f"mysql://root@localhost/{way}?unix_socket={path}")
    backend.apply_migrations(backend.to_apply(yoyo.read_migrations("yoyo")))
else:
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.mysql", "NAME": way, "USER": "root", "HOST": path}},
        INSTALLED_APPS=["shop"], STATEMENTS="".join(each) if way == "text" else each,
    )
    django.setup()
    call_command("migrate", verbosity=0)
PY
client -e "select concat('server ', version())"
for way in text list yoyo; do
  client -e "create database \`$way\` character set utf8mb4"
  env -u LD_LIBRARY_PATH PYTHONPATH=packages python3 apply.py "$folder/s" "$way"
  echo "$way: $(client -e "select concat('applied ', (select count(*) from \`$way\`.$(
    [ "$way" = yoyo ] && echo _yoyo_migration || echo "django_migrations where app = 'shop'")), ', ', lower(table_type), ', amount ',
    (select amount from \`$way\`.price), ', comments in the routine ', (select routine_definition like '%why%'
    from information_schema.routines where routine_schema = '$way'))
    from information_schema.tables where table_schema = '$way' and table_name = 'price'")"
done | tee seen
diff seen - <<'SEEN' || { echo "this has changed" >&2; exit 1; }
text: applied 1, base table, amount 5, comments in the routine 0
list: applied 1, system versioned, amount 6, comments in the routine 1
yoyo: applied 1, system versioned, amount 6, comments in the routine 1
SEEN
