#!/bin/bash
# docs/deploy.md, block by block, in a Debian whose systemd has really started; then its last block (a restart of both replicas), three times
# under a run and under people: nothing is done twice, no stream ends for good, nobody is answered 5xx. With BEFORE (the package of an older Neo)
# that one is what the page puts there, and its upgrade under the run is a real one.
. "$(dirname "$0")/lib.sh"
as_root
needs systemd-nspawn:systemd-container
[ -n "$package" ] || { echo "error: there is no package (make dist, or make package)" >&2; exit 1; }
root=$work/root
a_debian_with server "$root" systemd systemd-sysv dbus curl openssl python3 nginx-light postgresql postgresql-client mariadb-client prometheus
# As it comes: whoever follows the page has not enabled anything.
rm -f "$root"/etc/systemd/system/multi-user.target.wants/{nginx,prometheus*}.service
mkdir -p "$root/root/here"
cp "${BEFORE:-$package}" "$root/root/here/"
cp -r migrations "$root/root/here/"
cp tests/deploy/client.py "$root/root/"
python3 - docs/deploy.md "$root/root" <<'PY'
import re, sys
for number, block in enumerate(re.findall(r"^```sh\n(.*?)^```", open(sys.argv[1]).read(), re.M | re.S)):
    open(f"{sys.argv[2]}/block-{number:02}", "w").write(block)
PY
restart=$(basename "$(grep -l 'systemctl restart neo@$port' "$root"/root/block-*)")
upgrade=$(basename "$(grep -l 'before-upgrade' "$root"/root/block-*)")
# What comes next is of a higher version, whatever it says of itself.
dpkg-deb -R "$package" "$work/next"
sed -i 's/^Version: .*/&.1/' "$work/next/DEBIAN/control"
mkdir "$root/root/next"
dpkg-deb --root-owner-group -Znone -b "$work/next" "$root/root/next/neo_next_amd64.deb" >/dev/null

cat >"$root/root/story" <<'STORY'
#!/bin/bash
set -uo pipefail
exec >/root/said 2>&1
it() { echo "$1 $( "${@:2}" >/root/it 2>&1 && echo yes || { echo no; tail -30 /root/it; } )"; }
as_neo() { (cd /var/lib/neo && runuser -u neo -- "$@"); }
# As on a machine: what starts this Debian shows the units another number of the boot than everybody else.
umount /proc/sys/kernel/random/boot_id
began=$(date +%s)
# One shell goes through the page, as a person does.
for block in /root/block-*; do
  case ${block##*/} in RESTART | UPGRADE) continue ;; esac
  echo "echo; echo '-- ${block##*/}'; . $block; echo '${block##*/} is through'" 
done >/root/page
cd /root/here && it "the-page-as-it-stands" bash -euo pipefail /root/page
grep -q "is through" /root/it && tail -1 /root/it | grep -q "is through" || { echo the-end; exit; }
cp /root/it /root/page.said
echo "page took $(($(date +%s) - began)) s"
certificate=/etc/neo/tls/fullchain.pem
ask() { curl --silent --output /root/body --write-out '%{http_code}' --cacert $certificate --connect-to "::127.0.0.1:443" "$@"; }
collected() { for _ in $(seq 40); do [ "$(curl --silent --get http://127.0.0.1:9090/api/v1/query --data-urlencode 'query=count(neo_central_up == 1)' | grep -o '"2"')" = '"2"' ] && return; sleep 1; done; return 1; }
it "prometheus-collects-both-replicas" collected
it "a-tenants-own-name-is-served" test "$(ask https://acme.example.com/sign-in)" = 200
it "a-name-of-nobodys-is-refused" test "$(ask https://nobody.example.com/)" = 421
it "another-domain-gets-no-certificate" sh -c "! curl --silent --insecure --connect-to ::127.0.0.1:443 https://example.org/"
it "plain-http-leads-to-https" test "$(curl --silent --output /dev/null --write-out '%{redirect_url}' --connect-to ::127.0.0.1:80 http://central.example.com/tenants)" = https://central.example.com/tenants

for n in $(seq 40); do echo "tenant-$n"; done | xargs -P4 -I{} sh -c 'cd /var/lib/neo && runuser -u neo -- neo tenant create {} --server main >/dev/null'
up=$(as_neo neo migrate make marks | grep up.sql)
printf 'create table marks (at timestamptz default clock_timestamp());\ninsert into marks default values;\nselect pg_sleep(4);\n' >"/var/lib/neo/$up"
printf 'drop table marks;\n' >"/var/lib/neo/${up%.up.sql}.down.sql"
: >/var/log/nginx/access.log; systemctl kill -s USR1 nginx
run=$(as_neo neo migrate all-tenants --yes --detach --concurrency 4 --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["run"])')
echo "run $run"
python3 /root/client.py $certificate "$run" ada@example.com 'correct horse battery staple' >/root/seen 2>/root/seen.errors &
client=$!
sleep 3
cd /root/next && it "another-version-beside-what-runs" bash -euo pipefail /root/UPGRADE
it "and-the-way-back-is-kept" test -s /var/lib/neo/before-upgrade.dump
for _ in 1 2 3; do it "restarted" bash -euo pipefail /root/RESTART; sleep 1; done
wait $client
ended=$?
it "the-client-has-come-to-its-end" test $ended = 0
cat /root/seen /root/seen.errors
as_neo neo run show "$run" --json | head -c 400; echo
databases=$(runuser -u postgres -- psql -Atc "select datname from pg_database where datname like 't\_%'")
twice=0; never=0
for database in $databases; do
  case $(runuser -u postgres -- psql -Atc 'select count(*) from marks' "$database" 2>/dev/null) in 1) ;; 0 | "") never=$((never + 1)) ;; *) twice=$((twice + 1)) ;; esac
done
echo "databases $(wc -w <<<"$databases") never $never twice $twice"
it "nothing-twice-and-nothing-left-out" test "$never $twice" = "0 0"
echo "proxy $(awk '{print $9}' /var/log/nginx/access.log | sort | uniq -c | tr '\n' ' ')"
it "no-5xx-at-the-proxy" sh -c "! awk '\$9 >= 500' /var/log/nginx/access.log | grep ."
cat /var/log/nginx/error.log | sed 's/^/nginx: /' | cut -c1-300 | sort | uniq -c | sort -rn | head -20
it "each-stream-was-taken-up" python3 -c 'import json; s = json.load(open("/root/seen"))["streams"]; assert len(s) == 3 and all(one["ended"] and one["gapless"] and one["times"] > 1 and not one["refused"] for one in s), s'
it "no-connection-broke-at-the-proxy" python3 -c 'import json; s = json.load(open("/root/seen")); assert not s["broken"], s["broken"]'
it "live-means-live" python3 -c 'import json; s = json.load(open("/root/seen"))["streams"]; assert all(one["late_s"] < 3 for one in s), s'
it "the-audit-knows-the-client-not-what-it-claims" sh -c 'cd /var/lib/neo && runuser -u neo -- neo audit list --json | grep -q "127.0.0.5" && ! runuser -u neo -- neo audit list --json | grep -q "203.0.113.9"'
journalctl --no-pager -u 'neo@*' | grep -E 'WARN|ERROR' | cut -c1-300 | tail -20
echo the-end
STORY
sed -i "s/RESTART/$restart/g; s/UPGRADE/$upgrade/g" "$root/root/story"
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
timeout 540 systemd-nspawn -q -D "$root" --register=no --keep-unit --private-network -b >"$work/boot" 2>&1 || true
cp "$root/root/said" "$kept/guide.said" 2>/dev/null || true
grep -q '^the-end' "$root/root/said" || { tail -5 "$work/boot"; tail -60 "$root/root/said"; fail "the story has come to its end (all of it: $kept/guide.said)"; }
grep -E '^(page took|databases|proxy|nginx:|\{)' "$root/root/said"
grep -qE '^[a-z0-9-]+ no$' "$root/root/said" && { grep -A12 -E '^[a-z0-9-]+ no$' "$root/root/said"; fail "all of it (all that was said: $kept/guide.said)"; }
while read -r what _; do ok "$what"; done < <(grep -E '^[a-z0-9-]+ yes$' "$root/root/said")
