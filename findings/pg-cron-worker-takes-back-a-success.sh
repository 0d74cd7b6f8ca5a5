#!/bin/bash
# pg_cron runs its jobs through connections, or in background workers (cron.use_background_workers), which need no password and no
# pg_hba.conf; of transactions its documentation says nothing. A worker puts the whole of a job into one transaction, and what the
# job says about transactions is not refused: COMMIT between two statements does nothing, so that the first is lost when the second
# fails, and a job with a ROLLBACK in its middle loses what comes behind it as well, at the end, while cron.job_run_details says
# "succeeded, INSERT 0 1" of it. Through a connection each does what it says. A procedure that commits works in both.
#
# Seen with pg_cron 1.4.2 and PostgreSQL 15.18 of Debian 12 (packages 1.4.2-2+b1 and 15.18-0+deb12u1). Two private servers on sockets in a
# temporary folder, gone at the end; it waits for a full minute, as jobs do. Needs apt-get and dpkg-deb; as root it runs the servers as
# nobody.
set -euo pipefail
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
of() {
  local program=$1
  shift
  "${as[@]}" env LD_LIBRARY_PATH="$folder/root/usr/lib/x86_64-linux-gnu" "$folder/root/usr/lib/postgresql/15/bin/$program" "$@"
}
trap 'for name in connection worker; do of pg_ctl -D "$folder/run/$name" -m immediate stop >/dev/null 2>&1 || true; done; rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -q postgresql-15=15.18-0+deb12u1 postgresql-client-15=15.18-0+deb12u1 postgresql-15-cron=1.4.2-2+b1 libpq5 libllvm14 \
  >/dev/null 2>&1 || { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
mkdir run
chmod 755 "$folder" && chmod -R a+rX root && { [ ${#as[@]} = 0 ] || chown nobody run; }
cd run
for name in connection worker; do
  of initdb -D $name -L "$folder/root/usr/share/postgresql/15" --auth=trust --username=me --no-sync >/dev/null
  "${as[@]}" mkdir s$name
  workers=off
  [ $name = connection ] || workers=on
  "${as[@]}" tee -a $name/postgresql.conf >/dev/null <<CONF
unix_socket_directories = '$folder/run/s$name'
listen_addresses = ''
shared_preload_libraries = 'pg_cron'
cron.host = '$folder/run/s$name'
cron.use_background_workers = $workers
CONF
  of pg_ctl -D $name -l log$name -w start >/dev/null
done
sql() { local name=$1; shift; of psql -XqAt -v ON_ERROR_STOP=1 -h "$folder/run/s$name" -U me -d postgres "$@"; }

sql worker -c "select 'PostgreSQL ' || current_setting('server_version') || ', pg_cron ' || default_version
  from pg_available_extensions where name = 'pg_cron'"
for name in connection worker; do
  sql $name -o /dev/null <<'SQL'
create extension pg_cron;
create table seen (job text, what text);
create procedure commits() language plpgsql as $$ begin
  insert into seen values ('procedure', 'before the commit'); commit; insert into seen values ('procedure', 'behind it'); rollback; end $$;
select cron.schedule('commit', '* * * * *',
  $$insert into seen values ('commit', 'before it'); commit; insert into seen values ('commit', 'behind it'); select 1 / 0$$);
select cron.schedule('rollback', '* * * * *',
  $$insert into seen values ('rollback', 'before it'); rollback; insert into seen values ('rollback', 'behind it')$$);
select cron.schedule('procedure', '* * * * *', 'call commits()');
SQL
done
ended="from cron.job_run_details where end_time is not null"
for _ in $(seq 100); do
  [ "$(sql connection -c "select count(*) >= 3 $ended")$(sql worker -c "select count(*) >= 3 $ended")" != tt ] || break
  sleep 1
done
for name in connection worker; do
  sql $name -c "select '$name: ' || jobname || ': ' || (select status || ', ' || regexp_replace(trim(return_message, e' \n'), ' +', ' ')
      from cron.job_run_details d where d.jobid = j.jobid order by runid limit 1)
    || '; kept: ' || coalesce((select string_agg(distinct what, ', ') from seen where job = jobname), 'nothing') from cron.job j order by jobid"
done | tee "$folder/said"
diff "$folder/said" - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
connection: commit: failed, ERROR: division by zero; kept: before it
connection: rollback: succeeded, INSERT 0 1; kept: behind it
connection: procedure: succeeded, CALL; kept: before the commit
worker: commit: failed, ERROR: division by zero; kept: nothing
worker: rollback: succeeded, INSERT 0 1; kept: nothing
worker: procedure: succeeded, CALL; kept: before the commit
SEEN
