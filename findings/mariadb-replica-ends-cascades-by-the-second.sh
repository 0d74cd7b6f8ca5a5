#!/bin/bash
# MariaDB keeps the history of a system-versioned table to the microsecond, and a replica is sent each changed row with its times, so that
# both have the same history. Not so for what a foreign key does. ON DELETE SET NULL, ON UPDATE CASCADE and ON DELETE CASCADE are in no log:
# the replica carries them out itself, and stamps what it does with the log's time, which has whole seconds. So a version ends up to a second
# too early there. A row that was written in the same second ends before it has begun, and is seen AS OF no moment at all; where it is changed
# later on, there is a gap between two of its versions. Two servers that replicate without an error answer differently about the past, and
# nothing says so. The other nodes of a Galera cluster do the same. The manual has history replicated, in row format.
#
# Seen with MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; two private servers
# on sockets there, the one with a port on 127.0.0.1 too, gone at the end. Needs apt-get and dpkg-deb, and no rights; as root it runs the
# servers as nobody.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
servers=()
trap 'for server in "${servers[@]}"; do kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; done; rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "libmariadb3=$version" \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
bin=$folder/root/usr/bin sbin=$folder/root/usr/sbin share=$folder/root/usr/share/mysql as=$(id -un)
[ "$as" != root ] || { as=nobody && chmod -R a+rX .; }

client() { local name=$1; shift; "$bin/mariadb" --no-defaults --socket="$folder/$name/s" --user=root --skip-column-names "$@"; }
port=$((24300 + $$ % 300 * 2)) id=0
for name in primary replica; do
  id=$((id + 1)) port=$((port + 1))
  mkdir $name $name.tmp
  [ "$as" = "$(id -un)" ] || chown "$as" $name $name.tmp
  serve=("$sbin/mariadbd" --no-defaults --user="$as" --datadir="$folder/$name" --tmpdir="$folder/$name.tmp" --lc-messages-dir="$share")
  "${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >$name.log 2>&1 || true
  # root is whoever comes through the socket.
  "${serve[@]}" --bootstrap --skip-grant-tables >>$name.log 2>&1 < <(echo "use mysql;"; cat "$share/mysql_system_tables.sql"
    echo "insert into global_priv values ('localhost', 'root', '{\"access\": 18446744073709551615}');")
  "${serve[@]}" --socket="$folder/$name/s" --port="$port" --bind-address=127.0.0.1 --default-time-zone=+00:00 \
    --server-id="$id" --log-bin=bin --binlog-format=row >>$name.log 2>&1 &
  servers+=($!)
  for _ in $(seq 60); do client $name -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done
done

client primary -e "select concat('server ', version()); create user r@localhost identified by 'r'; grant replication slave on *.* to r@localhost;
  create database d"
client replica -e "change master to master_host = '127.0.0.1', master_port = $((port - 1)), master_user = 'r', master_password = 'r',
  master_use_gtid = slave_pos; start slave"
client primary d <<'SQL'
create table parent (id int primary key);
create table child (id int primary key, parent int, note varchar(9), foreign key (parent) references parent (id)
  on delete set null on update cascade) with system versioning;
create table part (id int primary key, parent int, foreign key (parent) references parent (id) on delete cascade) with system versioning;
set timestamp = unix_timestamp('2026-06-01 11:59:00.25');
insert into parent values (1), (2), (3);
insert into child values (1, 1, 'old'), (2, 2, 'old'), (3, 3, 'old');
insert into part values (1, 1);
set timestamp = unix_timestamp('2026-06-01 12:00:00.25');
insert into child values (4, 1, 'new');
insert into part values (2, 1);
set timestamp = unix_timestamp('2026-06-01 12:00:00.75');
delete from parent where id = 1;
update parent set id = 20 where id = 2;
update child set note = 'changed' where id = 3;
set timestamp = unix_timestamp('2026-06-01 12:00:05.5');
update child set note = 'changed' where id = 1;
SQL
client replica -e "select 'replica: ', master_gtid_wait('$(client primary -e "select @@gtid_binlog_pos")', 60)" >log
ask() { echo "  $1: primary $(client primary d -e "$2"), replica $(client replica d -e "$2")"; }
{
  for name in primary replica; do
    echo "$name:"
    client $name d -e "select concat('  child ', id, ' of ', ifnull(parent, 'none'), ', ', note, ': ', left(time(row_start), 11), ' to ',
        if(row_end > '2038-01-01', 'now', left(time(row_end), 11)), if(row_end < row_start, ' (!)', '')) from child for system_time all
        order by id, row_start, note;
      select concat('  part ', id, ': ', left(time(row_start), 11), ' to ', left(time(row_end), 11), if(row_end < row_start, ' (!)', ''))
        from part for system_time all order by id"
  done
  echo "as of a moment:"
  at="for system_time as of '2026-06-01 12:00:00"
  ask "12:00:00.50, parts" "select count(*) from part $at.50'"
  ask "12:00:00.50, children of 1" "select count(*) from child $at.50' where parent = 1"
  ask "12:00:00.50, children" "select count(*) from child $at.50'"
  client replica --column-names -e "show slave status\G" | sed -n 's/^ *\(Slave_SQL_Running\|Last_SQL_Errno\): /  \1: /p'
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
primary:
  child 1 of 1, old: 11:59:00.25 to 12:00:00.75
  child 1 of none, old: 12:00:00.75 to 12:00:05.50
  child 1 of none, changed: 12:00:05.50 to now
  child 2 of 2, old: 11:59:00.25 to 12:00:00.75
  child 2 of 20, old: 12:00:00.75 to now
  child 3 of 3, old: 11:59:00.25 to 12:00:00.75
  child 3 of 3, changed: 12:00:00.75 to now
  child 4 of 1, new: 12:00:00.25 to 12:00:00.75
  child 4 of none, new: 12:00:00.75 to now
  part 1: 11:59:00.25 to 12:00:00.75
  part 2: 12:00:00.25 to 12:00:00.75
replica:
  child 1 of 1, old: 11:59:00.25 to 12:00:00.00
  child 1 of none, old: 12:00:00.75 to 12:00:05.50
  child 1 of none, changed: 12:00:05.50 to now
  child 2 of 2, old: 11:59:00.25 to 12:00:00.00
  child 2 of 20, old: 12:00:00.00 to now
  child 3 of 3, old: 11:59:00.25 to 12:00:00.75
  child 3 of 3, changed: 12:00:00.75 to now
  child 4 of none, new: 12:00:00.00 to now
  child 4 of 1, new: 12:00:00.25 to 12:00:00.00 (!)
  part 1: 11:59:00.25 to 12:00:00.00
  part 2: 12:00:00.25 to 12:00:00.00 (!)
as of a moment:
  12:00:00.50, parts: primary 2, replica 0
  12:00:00.50, children of 1: primary 2, replica 0
  12:00:00.50, children: primary 4, replica 3
  Slave_SQL_Running: Yes
  Last_SQL_Errno: 0
SEEN
