#!/bin/bash
# In a Galera cluster of MariaDB an event runs on one node, the one where it was made; the others keep it as SLAVESIDE_DISABLED. A state
# transfer copies that table as it is on the donor. So when the node that runs an event is rebuilt from another (it was away for too
# long, or its disk is new), it takes over that it does not run it: the event is there on every node, runs on none, and nothing is said.
# ALTER EVENT … ENABLE on any node ends it. Another node's rebuild from the one that runs it does no harm, since a node looks at its
# server_id when it starts and puts to sleep what another has made. Where all nodes have the same server_id (1 is what they have when
# none is set) that look finds nothing: then such a rebuild leaves the event running on both, twice each time.
#
# Seen with MariaDB 10.11.19 and Galera 26.4.23 of Debian 12 (packages 1:10.11.19-0+deb12u1 and 26.4.23-0+deb12u1), with rsync as the way
# of transfer. Fetched and unpacked in a temporary folder; two private nodes on 127.0.0.1 and sockets there, gone at the end. Needs
# apt-get and dpkg-deb, and no rights; as root it runs the nodes as nobody.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
one= two=
end() { [ -z "$1" ] || { kill "$1" 2>/dev/null; wait "$1" 2>/dev/null || true; }; }
trap 'end "$two"; end "$one"; rm -rf "$folder"' EXIT
cd "$folder"

# What the programs need and a system without MariaDB lacks comes along.
apt-get download -q "mariadb-server=$version" "mariadb-server-core=$version" "mariadb-client-core=$version" "mariadb-client=$version" \
  "libmariadb3=$version" galera-4=26.4.23-0+deb12u1 liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 \
  rsync libpopt0 lsof libtirpc3 libxxhash0 liblz4-1 >/dev/null 2>&1 || { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
export PATH=$folder/root/usr/bin:$folder/root/usr/sbin:$PATH
as=$(id -un)
[ "$as" != root ] || { as=nobody && chmod -R a+rX .; }
mkdir one two && mkdir {one,two}/{data,tmp}
[ "$as" = "$(id -un)" ] || chown -R "$as" one two

serve=(mariadbd --no-defaults --user="$as" --lc-messages-dir="$folder/root/usr/share/mysql" --event-scheduler=on --binlog-format=row
  --innodb-autoinc-lock-mode=2 --innodb-flush-log-at-trx-commit=0 --innodb-log-file-size=4M --innodb-buffer-pool-size=16M
  --bind-address=127.0.0.1)
at() { local node=$1; shift; mariadb --no-defaults --socket="$folder/$node/s" --user=root --skip-column-names "$@"; }
ready() { for _ in $(seq 120); do at "$1" -e "select 1 from d.ran limit 1" >/dev/null 2>&1 && return; sleep 0.5; done; cat "$1/log"; exit 1; }
"${serve[@]}" --datadir="$folder/one/data" --bootstrap --skip-grant-tables <<<"create database mysql;" >log 2>&1 || true
{ echo "use mysql;"; cat root/usr/share/mysql/mysql_system_tables.sql; } |
  "${serve[@]}" --datadir="$folder/one/data" --bootstrap --skip-grant-tables >>log 2>&1
cat >init <<'SQL'
create user root@localhost;
grant all on *.* to root@localhost;
create database d;
create table d.ran (id int auto_increment primary key, node varchar(9));
insert into d.ran (node) values ('made');
SQL
"${serve[@]}" --datadir="$folder/one/data" --tmpdir="$folder/one/tmp" --socket="$folder/one/s" --skip-networking \
  --init-file="$folder/init" >>log 2>&1 &
one=$!
ready one
end "$one"

# Four ports each: the server's, the group's, and two for what a node is sent when it joins.
port=$((24200 + $$ % 80 * 10))
start() {
  local node=$1 id=$2 first=$port other=$((port + 6)) address
  [ "$node" = one ] || { first=$((port + 5)) other=$((port + 1)); }
  address=gcomm://127.0.0.1:$other
  [ "${3-}" != first ] || address=gcomm://
  "${serve[@]}" --datadir="$folder/$node/data" --tmpdir="$folder/$node/tmp" --socket="$folder/$node/s" --port="$first" --server-id="$id" \
    --wsrep-on=1 --wsrep-provider="$folder/root/usr/lib/galera/libgalera_smm.so" --wsrep-cluster-name=c --wsrep-cluster-address="$address" \
    --wsrep-node-name="$node" --wsrep-node-address="127.0.0.1:$((first + 1))" --wsrep-sst-method=rsync \
    --wsrep-sst-receive-address="127.0.0.1:$((first + 3))" \
    --wsrep-provider-options="base_port=$((first + 1));ist.recv_addr=127.0.0.1:$((first + 2));gcache.size=1M" >>"$node/log" 2>&1 &
  [ "$node" = one ] && one=$! || two=$!
  ready "$node"
}
rebuild() {
  [ "$1" = one ] && end "$one" || end "$two"
  rm -rf "${folder:?}/$1/data" && mkdir "$1/data"
  [ "$as" = "$(id -un)" ] || chown "$as" "$1/data"
  start "$1" "$2"
}
look() {
  at one -e "delete from d.ran where id > 0; insert into d.ran (node) values ('made')"
  sleep 4
  echo "$1: one $(at one -e "select status from information_schema.events"), two $(at two -e "select status from information_schema.events")," \
    "runs on: $(at one -e "select ifnull(group_concat(distinct node order by node), 'none') from d.ran where node <> 'made'")"
}
event="create event d.tick on schedule every 1 second do insert into d.ran (node) values (@@wsrep_node_name)"

start one 1 first
echo "server $(at one -e "select version()"), Galera $(at one -e "show status like 'wsrep_provider_version'" | cut -f 2)"
start two 2
at one -e "$event"
look "made on one" >seen
rebuild two 2
look "two rebuilt" >>seen
rebuild one 1
look "one rebuilt" >>seen
at two -e "alter event d.tick enable"
look "enabled on two" >>seen
at two -e "drop event d.tick"
end "$two"
start two 1
at one -e "$event"
look "same id, made on one" >>seen
rebuild two 1
look "same id, two rebuilt" >>seen
cat seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
made on one: one ENABLED, two SLAVESIDE_DISABLED, runs on: one
two rebuilt: one ENABLED, two SLAVESIDE_DISABLED, runs on: one
one rebuilt: one SLAVESIDE_DISABLED, two SLAVESIDE_DISABLED, runs on: none
enabled on two: one SLAVESIDE_DISABLED, two ENABLED, runs on: two
same id, made on one: one ENABLED, two SLAVESIDE_DISABLED, runs on: one
same id, two rebuilt: one ENABLED, two ENABLED, runs on: one,two
SEEN
