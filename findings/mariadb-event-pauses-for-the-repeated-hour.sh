#!/bin/bash
# MariaDB's events go by the clock of the time zone they were made in, so that "every day at 03:00" is 03:00 in summer and in winter. Those
# of minutes and hours do so too. In the night when the clocks are put back, an event that runs EVERY 5 MINUTE does not run for an hour, since
# its next time is one that the clock is to show and has not shown yet; then it goes on as if nothing had been. A queue is not worked off, a
# heartbeat is missing, EVERY 1 HOUR runs one time less, and nothing is logged. With a zone of MariaDB's own (Europe/Berlin) it is the
# second of the two hours that is left out, and with SYSTEM, the default, on a machine that is set to such a zone, the first. An event that
# was made under SET time_zone = '+00:00' runs through. That an event's times are those of its zone is in the manual, which has
# nothing on clocks that are put back; MySQL's, from which the scheduler comes, says that summer time changes nothing of what was defined.
#
# Seen with MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; a private server
# on a socket there, gone at the end, whose clock is put back by 25 seconds in place of an hour, 50 seconds after its start. Needs apt-get
# and dpkg-deb, and no rights.
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
printf '%s\n' 'create user root@localhost;' 'grant all on *.* to root@localhost;' >init
"${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >bootstrap.log 2>&1 || true
"${serve[@]}" --bootstrap --skip-grant-tables < <(echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql) >>bootstrap.log 2>&1
# In place of an hour, 25 seconds are repeated; by the machine's zone, and by one of MariaDB's own.
change=$(($(date +%s) + 50))
summer=SUM-0:00:25
zone="WIN0$summer,0/0,$((10#$(TZ=$summer date -d "@$change" +%j) - 1))/$(TZ=$summer date -d "@$change" +%T)"
TZ=$zone "${serve[@]}" --socket="$folder/s" --skip-networking --init-file="$folder/init" --event-scheduler=on >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client -e "select concat('server ', version()); create database d"
client mysql <<SQL
insert into time_zone values (1, 'N');
insert into time_zone_name values ('own', 1);
insert into time_zone_transition_type values (1, 0, 25, 1, 'SUM'), (1, 1, 0, 0, 'WIN');
insert into time_zone_transition values (1, -2000000000, 0), (1, $change, 1);
SQL
client d <<'SQL'
create table ran (who varchar(9), at bigint);
create event machine on schedule every 3 second do insert into ran values ('machine', unix_timestamp());
set time_zone = 'own';
create event own on schedule every 3 second do insert into ran values ('own', unix_timestamp());
set time_zone = '+00:00';
create event utc on schedule every 3 second do insert into ran values ('utc', unix_timestamp());
SQL
sleep $((change + 46 - $(date +%s)))
client d -e "set global event_scheduler = off"
clock() { client -e "set time_zone = '$1'; select right(from_unixtime($change + $2), 8)"; }
runs() {
  client d -e "select if(count(*) > 1, 'it runs', if(count(*) = 0, 'it does not run', 'it runs once')) from ran
    where who = '$1' and at between $change + $2 and $change + $3"
}
for name in system own; do echo "the clock of $name: $(clock $name -1), and a second later $(clock $name 0)"; done
{
  for who in machine own utc; do
    case $who in
      machine) echo "every 3 seconds, in the machine's zone" ;;
      own) echo "every 3 seconds, in a zone of MariaDB's" ;;
      utc) echo "every 3 seconds, made under +00:00" ;;
    esac
    echo "  before: $(runs $who -44 -28)"
    echo "  while the clock shows it for the first time: $(runs $who -23 -2)"
    echo "  and for the second: $(runs $who 2 23)"
    echo "  after that: $(runs $who 28 44)"
  done
  echo "errors and warnings of events in the log: $(grep -c 'Event Scheduler: \[' server.log || true)"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
every 3 seconds, in the machine's zone
  before: it runs
  while the clock shows it for the first time: it does not run
  and for the second: it runs
  after that: it runs
every 3 seconds, in a zone of MariaDB's
  before: it runs
  while the clock shows it for the first time: it runs
  and for the second: it does not run
  after that: it runs
every 3 seconds, made under +00:00
  before: it runs
  while the clock shows it for the first time: it runs
  and for the second: it runs
  after that: it runs
errors and warnings of events in the log: 0
SEEN
