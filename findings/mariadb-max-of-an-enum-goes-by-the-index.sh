#!/bin/bash
# MariaDB orders an ENUM by the place of its values in the list, and compares them in MIN() and MAX() as texts: the highest of 'low', 'medium' and
# 'high' is 'medium' by MAX(). So its manual says. Once there is an index on the column, MAX() is read off its end, where the values stand by
# their places, and is 'high', and MIN() is 'low' in place of 'high'. A migration that adds an index, or drops one, so changes what reports and
# triggers get, without a word. With an index it goes by the rest of the query: for one project alone and an index on (project, level) it is
# 'high', with a condition on another column and as a window function 'medium' again, and with GROUP BY the one or the other as the plan has
# it. A SET has it too. MAX(level + 0) is the place and MAX(CONCAT(level)) the text in each case. InnoDB, Aria and MyISAM do it alike.
#
# Seen with MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; a private server on a
# socket there, gone at the end. Needs apt-get and dpkg-deb, and no rights.
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
"${serve[@]}" --socket="$folder/s" --skip-networking --init-file="$folder/init" >server.log 2>&1 &
server=$!
client() { "$bin/mariadb" --no-defaults --socket="$folder/s" --user=root --skip-column-names "$@"; }
for _ in $(seq 60); do client -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done

client -e "select concat('MariaDB ', version()); create database d"
ask() {
  echo "$2:"
  local what
  for what in "max(level), min(level) from $1" "max(level), min(level) from $1 where project = 1" "max(level), min(level) from $1 where project = 1 and id < 9" \
    "max(level), min(level) from $1 where id > 0" "max(level), min(level) from (select level from $1) v" "max(level) over (), min(level) over () from $1 limit 1" \
    "max(level + 0), min(level + 0) from $1" "max(concat(level)), min(concat(level)) from $1" "max(flags), min(flags) from $1"; do
    client d -e "select $what" | sed "s/^/  ${what//\//\\/}: /; s/\t/, /"
  done
  client d -e "select concat('  by project: ', group_concat(project, ' ', level order by project separator ', '))
    from (select project, max(level) as level from $1 group by project) v"
}
{
  for engine in InnoDB Aria MyISAM; do
    client d <<SQL
create table task_$engine (id int primary key, project int, level enum('low', 'medium', 'high'), flags set('x', 'y', 'z')) engine=$engine;
insert into task_$engine values (1, 1, 'low', 'x'), (2, 1, 'medium', 'x,z'), (3, 1, 'high', 'y'), (4, 2, 'medium', 'z'), (5, 2, 'high', 'x,y');
SQL
    [ $engine = InnoDB ] && ask task_$engine "$engine, no index"
    client d -e "alter table task_$engine add key (level), add key (project, level), add key (flags)"
    if [ $engine = InnoDB ]; then
      ask task_$engine "$engine, with an index"
    else
      client d -e "select concat('$engine, with an index: ', max(level), ', ', min(level)) from task_$engine"
    fi
  done
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
InnoDB, no index:
  max(level), min(level) from task_InnoDB: medium, high
  max(level), min(level) from task_InnoDB where project = 1: medium, high
  max(level), min(level) from task_InnoDB where project = 1 and id < 9: medium, high
  max(level), min(level) from task_InnoDB where id > 0: medium, high
  max(level), min(level) from (select level from task_InnoDB) v: medium, high
  max(level) over (), min(level) over () from task_InnoDB limit 1: medium, high
  max(level + 0), min(level + 0) from task_InnoDB: 3, 1
  max(concat(level)), min(concat(level)) from task_InnoDB: medium, high
  max(flags), min(flags) from task_InnoDB: z, x
  by project: 1 medium, 2 medium
InnoDB, with an index:
  max(level), min(level) from task_InnoDB: high, low
  max(level), min(level) from task_InnoDB where project = 1: high, low
  max(level), min(level) from task_InnoDB where project = 1 and id < 9: medium, high
  max(level), min(level) from task_InnoDB where id > 0: medium, high
  max(level), min(level) from (select level from task_InnoDB) v: high, low
  max(level) over (), min(level) over () from task_InnoDB limit 1: medium, high
  max(level + 0), min(level + 0) from task_InnoDB: 3, 1
  max(concat(level)), min(concat(level)) from task_InnoDB: medium, high
  max(flags), min(flags) from task_InnoDB: x,z, x
  by project: 1 high, 2 high
Aria, with an index: high, low
MyISAM, with an index: high, low
SEEN
