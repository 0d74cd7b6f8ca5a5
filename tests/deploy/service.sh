#!/bin/bash
# The units under a systemd that has really started, in a folder: served, worked, backed up, killed, ended, with all that the units forbid.
. "$(dirname "$0")/lib.sh"
as_root
needs systemd-nspawn:systemd-container
[ -n "$package" ] || { echo "error: there is no package (make dist, or make package)" >&2; exit 1; }
root=$work/root
a_debian_with systemd "$root" systemd systemd-sysv dbus curl postgresql postgresql-client
cp "$package" "$root/neo.deb"

cat >"$root/root/story" <<'STORY'
#!/bin/bash
set -uo pipefail
exec >/root/said 2>&1
as_neo() { runuser -u neo -- sh -c 'cd /var/lib/neo && export USER=neo && exec "$@"' sh "$@"; }
ready() { for _ in $(seq 100); do curl -fs --resolve central.localhost:3000:127.0.0.1 http://central.localhost:3000/readyz >/dev/null && return; sleep 0.1; done; return 1; }
it() { echo "$1 $( "${@:2}" >/root/it 2>&1 && echo yes || { echo no; tail -20 /root/it; } )"; }

# What starts this Debian lays a made-up number of the boot over the machine's, and a unit that may not write there sees the machine's again: as on
# a machine that is one, both are to see the same.
umount /proc/sys/kernel/random/boot_id
dpkg -i /neo.deb
it "not-started" sh -c '! systemctl is-active neo'
systemctl start neo; sleep 1
it "stays-down-without-a-key" sh -c '[ "$(systemctl show -p ExecMainStatus --value neo)" = 2 ] && [ "$(systemctl show -p NRestarts --value neo)" = 0 ]'
echo "DB_ENCRYPTION_KEY=$(neo key generate)" >>/etc/neo/neo.env
as_neo cp -r /usr/share/doc/neo/examples/migrations/tenant /var/lib/neo/migrations/
it "starts" systemctl restart neo
it "answers" ready
it "is-the-user's" sh -c '[ "$(stat -c %U /proc/$(systemctl show -p MainPID --value neo))" = neo ]'
# --detach: the service makes it, on a session in a process of its own.
as_neo neo tenant create acme --detach
it "makes-a-tenant" sh -c 'for _ in $(seq 100); do runuser -u neo -- sh -c "cd /var/lib/neo && neo tenant show acme --json" | grep -q "\"status\": *\"active\"" && exit; sleep 0.1; done; exit 1'
runuser -u postgres -- psql -qc "create role neo login createdb createrole password 'postgres-of-a-test'"
echo postgres-of-a-test | as_neo neo server add pg --engine postgres --host 127.0.0.1 --user neo --password-stdin --tls off
as_neo neo tenant create beta --server pg --detach
it "makes-a-tenant-on-postgresql" sh -c 'for _ in $(seq 200); do runuser -u neo -- sh -c "cd /var/lib/neo && neo tenant show beta --json" | grep -q "\"status\": *\"active\"" && exit; sleep 0.1; done; exit 1'
as_neo neo tenant backup acme beta --detach
it "backs-up" sh -c 'for _ in $(seq 200); do [ "$(runuser -u neo -- sh -c "cd /var/lib/neo && neo backup list --json" | grep -c "\"sha256\"")" = 2 ] && exit; sleep 0.1; done; exit 1'
it "raised-its-limit" sh -c 'set -- $(grep "Max open files" /proc/$(systemctl show -p MainPID --value neo)/limits); [ "$4" -gt 4096 ] && [ "$4" = "$5" ]'
kill -9 "$(systemctl show -p MainPID --value neo)"; sleep 3
it "comes-back-when-killed" ready
systemctl stop neo
it "ends-in-order" sh -c '[ "$(systemctl show -p Result --value neo)" = success ] && ! systemctl is-failed neo'
echo "exposure $(systemd-analyze security --no-pager neo | sed -n 's/.*exposure level for neo.service: \([0-9.]*\).*/\1/p')"
# On PostgreSQL, a worker beside the console.
runuser -u postgres -- psql -qc "create database central owner neo"
echo "DATABASE_URL=postgres://neo:postgres-of-a-test@127.0.0.1/central" >>/etc/neo/neo.env
systemctl start neo
it "answers-on-postgresql" ready
systemctl start neo-work; sleep 1
it "works-beside" systemctl is-active neo-work
systemctl stop neo-work
it "the-worker-ends-in-order" sh -c '[ "$(systemctl show -p Result --value neo-work)" = success ]'
journalctl --no-pager -u neo -u neo-work | tail -40
echo the-end
STORY
chmod +x "$root/root/story"
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
cat >"$root/etc/systemd/system/story.service" <<'UNIT'
[Unit]
After=multi-user.target postgresql.service
[Service]
Type=oneshot
ExecStart=/root/story
ExecStopPost=/bin/systemctl --no-block poweroff
UNIT
ln -s ../story.service "$root/etc/systemd/system/multi-user.target.wants/story.service"
timeout 180 systemd-nspawn -q -D "$root" --register=no --keep-unit --private-network -b >"$work/boot" 2>&1 || true
grep -q '^the-end' "$root/root/said" || { tail -5 "$work/boot"; cat "$root/root/said"; fail "the story has come to its end"; }
grep -qE ' no$' "$root/root/said" && { cat "$root/root/said"; fail "all of it"; }
while read -r what _; do ok "$what"; done < <(grep ' yes$' "$root/root/said")
grep '^exposure' "$root/root/said"
