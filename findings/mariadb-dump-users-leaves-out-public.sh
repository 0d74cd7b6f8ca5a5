#!/bin/bash
# mariadb-dump --system=users writes every user, every role and what was granted to them, but not what was granted to PUBLIC (new in
# 10.11), by which everybody has it. The dump restores without an error, and each user who worked by such a grant is refused (1142).
# --system=all leaves it out as well, and says nothing either. SHOW GRANTS FOR PUBLIC, and a dump of the database mysql as tables, have it.
#
# Seen with MariaDB 10.11.19 of Debian 12 (packages 1:10.11.19-0+deb12u1). Fetched and unpacked in a temporary folder; two private servers
# on sockets there, gone at the end. Needs apt-get and dpkg-deb, and no rights; as root it runs the servers as nobody.
set -euo pipefail
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
servers=()
trap 'for server in "${servers[@]}"; do kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; done; rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -q "mariadb-server-core=$version" "mariadb-client-core=$version" "mariadb-client=$version" "libmariadb3=$version" \
  liburing2 libsnappy1v5 libpmem1 libdaxctl1 libndctl6 libedit2 libncurses6 >/dev/null 2>&1 ||
  { echo "the packages cannot be fetched (apt-get update first?)" >&2; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu
bin=$folder/root/usr/bin sbin=$folder/root/usr/sbin share=$folder/root/usr/share/mysql as=$(id -un)
[ "$as" != root ] || { as=nobody && chmod -R a+rX .; }

client() { local name=$1; shift; "$bin/mariadb" --no-defaults --socket="$folder/$name/s" --user=root --skip-column-names "$@"; }
for name in old new; do
  mkdir $name $name.tmp
  [ "$as" = "$(id -un)" ] || chown "$as" $name $name.tmp
  serve=("$sbin/mariadbd" --no-defaults --user="$as" --datadir="$folder/$name" --tmpdir="$folder/$name.tmp" --lc-messages-dir="$share")
  "${serve[@]}" --bootstrap --skip-grant-tables <<<"create database mysql;" >$name.log 2>&1 || true
  # root is whoever comes through the socket.
  "${serve[@]}" --bootstrap --skip-grant-tables >>$name.log 2>&1 < <(echo "use mysql;"; cat "$share/mysql_system_tables.sql"
    echo "insert into global_priv values ('localhost', 'root', '{\"access\": 18446744073709551615}');")
  "${serve[@]}" --socket="$folder/$name/s" --skip-networking >>$name.log 2>&1 &
  servers+=($!)
  for _ in $(seq 60); do client $name -e "select 1" >/dev/null 2>&1 && break; sleep 0.5; done
done

client old -e "select concat('server ', version())"
for name in old new; do client $name -e "create database shared; create table shared.t (a int); insert into shared.t values (7)"; done
client old -e "create role reader; create user one@localhost; grant insert on shared.* to reader; grant reader to one@localhost;
  grant select on shared.* to public"
"$bin/mariadb-dump" --no-defaults --socket="$folder/old/s" --user=root --system=users --insert-ignore >users.sql
"$bin/mariadb-dump" --no-defaults --socket="$folder/old/s" --user=root --system=all --insert-ignore >all.sql
{
  client new <users.sql && echo "the dump restores"
  echo "lines about PUBLIC: $(grep -ci public users.sql || true) of --system=users, $(grep -ci public all.sql || true) of --system=all,"\
    "$("$bin/mariadb-dump" --no-defaults --socket="$folder/old/s" --user=root mysql db | grep -ci public) of the table"
  for name in old new; do
    echo "$name: to reader: $(client $name -e "show grants for reader" | grep -c INSERT), to PUBLIC: $(client $name -e "show grants for public" |
      grep -c SELECT || true), one reads: $("$bin/mariadb" --no-defaults --socket="$folder/$name/s" --user=one --skip-column-names \
      -e "select a from shared.t" 2>&1 | grep -o "^7$\|ERROR [0-9]*" || true)"
  done
} | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
the dump restores
lines about PUBLIC: 0 of --system=users, 0 of --system=all, 1 of the table
old: to reader: 1, to PUBLIC: 1, one reads: 7
new: to reader: 1, to PUBLIC: 0, one reads: ERROR 1142
SEEN
