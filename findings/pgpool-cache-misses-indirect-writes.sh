#!/bin/bash
# Pgpool-II can keep answers in memory (memory_cache_enabled), for ever by default, and its manual says that they are dropped when the
# underlying table is updated. It drops those of the table that the statement names. Rows of a partition that are changed through
# the partitioned table, or the other way round, of an inheritance child through its parent, through an updatable view, by
# ON DELETE CASCADE, by EXECUTE of a prepared UPDATE, by a call, or by MERGE (which this version does not know yet) change in the database and
# not in the answers, and a partition that has been dropped is still counted, without an error, until some statement names the table
# that was asked.
#
# Seen with Pgpool-II 4.3.5 and PostgreSQL 15.18 of Debian 12 (packages 4.3.5-1+deb12u1 and 15.18-0+deb12u1). Private servers on sockets in
# a temporary folder, gone at the end. Needs apt-get and dpkg-deb; as root it runs the servers as nobody.
set -euo pipefail
folder=$(mktemp -d)
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u nobody --)
of() {
  local program=$1
  shift
  "${as[@]}" env LD_LIBRARY_PATH="$folder/root/usr/lib/x86_64-linux-gnu" "$folder/root/usr/$program" "$@"
}
bin=lib/postgresql/15/bin
trap 'of sbin/pgpool -f "$folder/pool.conf" -m immediate stop >/dev/null 2>&1 || true
  of $bin/pg_ctl -D "$folder/run/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -q postgresql-15=15.18-0+deb12u1 postgresql-client-15=15.18-0+deb12u1 pgpool2=4.3.5-1+deb12u1 libpgpool2=4.3.5-1+deb12u1 \
  libpq5 libllvm14 libmemcached11 libhashkit2 libsasl2-2 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
mkdir run
chmod 755 "$folder" && chmod -R a+rX root && { [ ${#as[@]} = 0 ] || chown nobody run; }
"${as[@]}" mkdir run/oids
cat >pool.conf <<CONF
backend_clustering_mode = 'streaming_replication'
backend_hostname0 = '$folder/run'
backend_port0 = 5432
backend_flag0 = 'ALWAYS_PRIMARY'
listen_addresses = ''
socket_dir = '$folder/run'
pcp_socket_dir = '$folder/run'
port = 9999
pid_file_name = '$folder/run/pool.pid'
logdir = '$folder/run'
num_init_children = 3
pool_passwd = ''
sr_check_period = 0
memory_cache_enabled = on
memqcache_oiddir = '$folder/run/oids'
CONF
cd run
of $bin/initdb -D data -L "$folder/root/usr/share/postgresql/15" --auth=trust --username=me --no-sync >/dev/null
of $bin/pg_ctl -D data -l log -w -o "-k $folder/run -c listen_addresses=''" start >/dev/null
of sbin/pgpool -f "$folder/pool.conf" -n >pool.log 2>&1 &
sql() { local port=$1; shift; of $bin/psql -XqAt -v ON_ERROR_STOP=1 -h "$folder/run" -p "$port" -U me -d postgres "$@"; }
for _ in $(seq 50); do sql 9999 -c "select 1" >/dev/null 2>&1 && break; sleep 0.2; done

echo "$(of sbin/pgpool --version 2>&1 | head -1), PostgreSQL $(sql 5432 -c "show server_version")"
sql 5432 <<'SQL'
create table plain (a int);
insert into plain values (1);
create table part (k int, a int) partition by list (k);
create table part_1 partition of part for values in (1);
create table part_2 partition of part for values in (2);
insert into part values (1, 1), (2, 1);
create table parent (a int);
create table child () inherits (parent);
insert into child values (1);
create table viewed (a int);
insert into viewed values (1);
create view view as select a from viewed;
create table owner (id int primary key);
create table owned (owner int references owner on delete cascade);
insert into owner values (1);
insert into owned values (1);
create table executed (a int);
insert into executed values (1);
create table called (a int);
insert into called values (1);
create procedure call() language sql as 'update called set a = a + 1';
create table merged (a int);
insert into merged values (1);
SQL
# Asks through the pool until the answer is kept, writes through it, and asks again.
try() {
  local query="select $1" write=$2 before after now
  for _ in 1 2; do before=$(sql 9999 -c "$query"); done
  sql 9999 -c "$write" >/dev/null
  after=$(sql 9999 -c "$query")
  now=$(sql 5432 -c "$query")
  echo "$write: $query answers $after, was $before, is $now"
}
{
  try "a from plain" "update plain set a = a + 1"
  try "a from part_1" "update part set a = a + 1"
  try "sum(a) from part" "update part_1 set a = a + 1"
  try "count(*) from part" "drop table part_2"
  try "a from child" "update parent set a = a + 1"
  try "a from viewed" "update view set a = a + 1"
  try "count(*) from owned" "delete from owner"
  try "a from executed" "prepare step as update executed set a = a + 1; execute step"
  try "a from called" "call call()"
  try "a from merged" "merge into merged using (select 1) m on true when matched then update set a = a + 1"
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
update plain set a = a + 1: select a from plain answers 2, was 1, is 2
update part set a = a + 1: select a from part_1 answers 1, was 1, is 2
update part_1 set a = a + 1: select sum(a) from part answers 4, was 4, is 5
drop table part_2: select count(*) from part answers 2, was 2, is 1
update parent set a = a + 1: select a from child answers 1, was 1, is 2
update view set a = a + 1: select a from viewed answers 1, was 1, is 2
delete from owner: select count(*) from owned answers 1, was 1, is 0
prepare step as update executed set a = a + 1; execute step: select a from executed answers 1, was 1, is 2
call call(): select a from called answers 1, was 1, is 2
merge into merged using (select 1) m on true when matched then update set a = a + 1: select a from merged answers 1, was 1, is 2
SEEN
