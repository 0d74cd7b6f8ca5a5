#!/bin/bash
# ALTER EVENT of MariaDB changes what its clauses name; what an event was made under stays: sql_mode, and the time zone unless the schedule is
# set. Not so the client's character set and collation: any ALTER EVENT, be it DISABLE and ENABLE around some work, a comment or a new name,
# gives it those of the session, and the body, which is stored as the bytes of the former one, is left as it is. An event made under latin1
# with a letter beyond ASCII in its body is then read as utf8mb4, which it is not: it fails each time it is due, with a line in the server's
# log and none for who altered it, and one whose texts are compared in the connection's collation decides otherwise. ALTER PROCEDURE … COMMENT
# keeps its routine's. The manual says of ALTER EVENT that who alters an event becomes its definer.
#
# Seen with MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; a private server
# on a socket there, gone at the end. Needs apt-get and dpkg-deb, and no rights.
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
"${serve[@]}" --socket="$folder/s" --skip-networking --init-file="$folder/init" \
  --event-scheduler=on >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client -e "select concat('server ', version()); create database d character set utf8mb4"
printf '%s\n' "set names latin1 collate latin1_swedish_ci;" "create table said (n int auto_increment primary key, word varchar(9), same varchar(9));" \
  "create event speak on schedule every 1 second do insert into said (word, same) values ('caf"$'\xe9'"', if ('a' = 'A', 'equal', 'other'));" \
  "create event plain on schedule every 1 second do insert into said (word, same) values ('tea', if ('a' = 'A', 'equal', 'other'));" \
  "create procedure p() select 'caf"$'\xe9'"';" >events
client d --default-character-set=latin1 <events
look() {
  client d -e "delete from said"
  sleep 4
  echo "$1:"
  client d --default-character-set=utf8mb4 -e "
    select concat('  ', event_name, ': ', character_set_client, ', ', collation_connection, ', ', status) from information_schema.events order by 1;
    select concat('  procedure: ', character_set_client) from information_schema.routines where routine_name = 'p';
    select distinct concat('  said: ', word, ', ', same) from said order by 1"
}
{
  look "made by a latin1 client"
  for name in speak plain; do
    client d --default-character-set=utf8mb4 -e "set collation_connection = utf8mb4_bin; alter event $name disable; alter event $name enable"
  done
  client d --default-character-set=utf8mb4 -e "alter procedure p comment 'why'"
  look "disabled and enabled by a utf8mb4 client"
  echo "  the server's log: $(grep -o 'Incorrect string value: .* for column `d`.`said`.`word`' server.log | sort -u)"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
made by a latin1 client:
  plain: latin1, latin1_swedish_ci, ENABLED
  speak: latin1, latin1_swedish_ci, ENABLED
  procedure: latin1
  said: café, equal
  said: tea, equal
disabled and enabled by a utf8mb4 client:
  plain: utf8mb4, utf8mb4_bin, ENABLED
  speak: utf8mb4, utf8mb4_bin, ENABLED
  procedure: latin1
  said: tea, other
  the server's log: Incorrect string value: '\xE9' for column `d`.`said`.`word`
SEEN
