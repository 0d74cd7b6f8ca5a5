#!/bin/bash
# An event that was made by a session of latin1, with a letter beyond ASCII in its name and its comment, comes back from mariadb-dump under
# another name. The dump says before it, as for every event, under which character set it was made (SET character_set_client = latin1), so
# that its body means the same; of a trigger or a view the whole text stands there in the letters of that character set. But an event's name
# and comment, and a routine's comment, are written in UTF-8 between these lines, and the client that restores them has the server read
# them as latin1: two letters for one. Neither program says a word, and the exit codes are 0; whoever asks for the event by its name does not
# find it. Dumped and restored once more, the letters double again.
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
apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "mariadb-client=$version" "libmariadb3=$version" \
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
"${serve[@]}" --socket="$folder/s" --skip-networking --init-file="$folder/init" >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --default-character-set=utf8mb4 --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done
client -e "select concat('server ', version()); create database one; create database two; create database three"
"$bin/mariadb-dump" --version

printf "create event \`zo\xeb\` on schedule every 1 day comment 'caf\xe9' do select 1;\ncreate procedure p() comment 'caf\xe9' select 1;\n" |
  client --default-character-set=latin1 one
copy() { "$bin/mariadb-dump" --no-defaults --socket="$folder/s" --user=root --events --routines "$1" | client "$2"; }
copy one two
copy two three
told=$(client -e "select concat_ws(' ', event_schema, event_name, event_comment) from information_schema.events
  union all select concat_ws(' ', routine_schema, routine_name, routine_comment) from information_schema.routines
  where routine_schema in ('one', 'two', 'three') order by 1")
echo "$told"

expected="one p café
one zoë café
three p cafÃƒÂ©
three zoÃƒÂ« cafÃƒÂ©
two p cafÃ©
two zoÃ« cafÃ©"
[ "$(sort <<<"$told")" = "$(sort <<<"$expected")" ] || { echo "this has changed" >&2; exit 1; }
echo "the event zoë is called zoÃ« once it was dumped and restored"
