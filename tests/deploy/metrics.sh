#!/bin/bash
# What is watched: the alerts by promtool, and a real Prometheus that collects a real Neo, asks the board's questions and judges the alerts.
. "$(dirname "$0")/lib.sh"
needs promtool:prometheus prometheus:prometheus curl:curl
metrics=packaging/metrics
holds "the alerts are rules" promtool check rules --lint-fatal "$metrics/alerts.yml"
holds "each alert speaks where it has to, and is silent elsewhere" promtool test rules tests/deploy/alerts.test.yml
holds "Prometheus takes its file" promtool check config "$metrics/prometheus.yml"

here=$work/here
mkdir -p "$here"
cp -r migrations "$here/"
listen=$(a_port); measured=$(a_port); port=$(a_port)
(umask 077; echo "DB_ENCRYPTION_KEY=$("$neo" key generate)" >"$here/.env")
its() { (cd "$here" && env -u DATABASE_URL LISTEN="127.0.0.1:$listen" "$@"); }
EMAIL=ada@example.com PASSWORD='correct horse battery staple' FIRST_NAME=Ada LAST_NAME=L ROLE=superadmin its "$neo" create-central-admin >/dev/null
(cd "$here" && exec env -u DATABASE_URL LISTEN="127.0.0.1:$listen" METRICS_LISTEN="127.0.0.1:$measured" "$neo" serve) >"$work/log" 2>&1 &
server=$!; ends+=('kill "$server" 2>/dev/null')
site=http://central.localhost:$listen
ask() { curl --silent --output "$work/body" --cookie "$work/cookies" --cookie-jar "$work/cookies" --resolve "central.localhost:$listen:127.0.0.1" -H 'Sec-Fetch-Site: same-origin' "$@"; }
until_holds 20 ask --fail "$site/readyz" || { cat "$work/log"; fail "it serves"; }
ask --data-urlencode email=ada@example.com --data-urlencode 'password=correct horse battery staple' --data-urlencode next=/ "$site/sign-in"
ask --data-urlencode email=ada@example.com --data-urlencode password=wrong --data-urlencode next=/ "$site/sign-in"
its "$neo" tenant create unlikely-slug >/dev/null 2>&1
for path in / /tenants /tenants/unlikely-slug /runs /nowhere/unlikely-slug; do ask "$site$path"; done
collect() { curl --silent --fail "http://127.0.0.1:$measured/metrics"; }
collect >"$work/metrics" || { cat "$work/log"; fail "its measures are collected"; }
holds "promtool has nothing to remark on them" sh -c "promtool check metrics <'$work/metrics' 2>&1 | tee '$work/remarks'; ! grep . '$work/remarks'"
refused "they name no tenant, no path and nobody" grep -E 'unlikely|ada|nowhere/|127\.0\.0\.1' "$work/metrics"

# $__rate_interval is Grafana's own.
python3 - "$metrics" "$work/metrics" "$work/exprs" <<'PY' || fail "what is asked for is measured"
import json, re, sys
metrics, served, exprs = sys.argv[1:]
known = set(re.findall(r'"((?:neo|process)_[a-z_]+)"', open("src/metrics.rs").read()))
assert len(known) > 20, known
board = json.load(open(f"{metrics}/board.json"))
asked = [(p["title"], t["expr"]) for p in board["panels"] for t in p.get("targets", [])]
words = lambda text: {re.sub("_(bucket|sum|count)$", "", w) for w in re.findall(r'\b(?:neo|process)_[a-z_]+', text)}
of_alerts = words("\n".join(line for line in open(f"{metrics}/alerts.yml") if "summary:" not in line and "description:" not in line))
of_board = words("\n".join(expr for _, expr in asked))
unknown = (of_alerts | of_board) - known
assert not unknown, f"asked for, and nowhere measured: {unknown}"
left = known - of_board - {"neo_build_info", "process_start_time_seconds"}
assert not left, f"measured, and not on the board: {left}"
there = set(re.findall(r"^# TYPE (\S+)", open(served).read(), re.M))
assert there <= known, there - known
assert len({p["id"] for p in board["panels"]}) == len(board["panels"])
open(exprs, "w").write("".join(f"{title}\t{expr}\n" for title, expr in asked).replace("$__rate_interval", "20s"))
PY
ok "what the alerts and the board ask for is measured, and all that is measured is on the board"

sed "s/127.0.0.1:9464/127.0.0.1:$measured/; s/15s/1s/" "$metrics/prometheus.yml" >"$work/prometheus.yml"
cp "$metrics/alerts.yml" "$work/"
prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" --web.listen-address="127.0.0.1:$port" --log.level=warn >"$work/prometheus.log" 2>&1 &
collector=$!; ends+=('kill "$collector" 2>/dev/null')
of() { curl --silent --fail --get "http://127.0.0.1:$port/api/v1/$1" "${@:2}"; }
is_up() { of query --data-urlencode 'query=up{job="neo"} == 1' | grep -q '"value"'; }
until_holds 30 is_up || { cat "$work/prometheus.log"; fail "Prometheus collects it"; }
ok "Prometheus collects it"
sleep 6
ask "$site/"; sleep 3
of rules >"$work/rules"
holds "each alert is judged, and none speaks of a Neo that is well" python3 -c 'import json, sys; r = [r for g in json.load(open(sys.argv[1]))["data"]["groups"] for r in g["rules"]]; bad = [x["name"] for x in r if x["health"] != "ok" or x["state"] == "firing"]; sys.exit(f"{bad}" if bad or len(r) < 20 else 0)' "$work/rules"
empty=()
while IFS=$'\t' read -r title expr; do
  of query --data-urlencode "query=$expr" >"$work/answer" || { cat "$work/answer"; fail "the board's $title: $expr"; }
  grep -q '"value"' "$work/answer" || empty+=("$title")
done <"$work/exprs"
# Where nothing has happened yet.
holds "each question of the board has an answer, but for what has not happened" sh -c 'printf "%s\n" "$@" | grep -vxE "Failures by category, an hour|How long a task takes|Tasks ended, a minute|Credentials and mails, an hour|Told to wait, an hour|Notices, an hour|Runs that are not over|Runs that are being watched|Since the newest backup, and since the last pruning|" | grep . && exit 1 || exit 0' sh "${empty[@]}"
kill "$server"; wait "$server" || true
is_down() { of alerts | grep -q '"alertname":"NeoDown"'; }
until_holds 30 is_down || fail "a Neo that has gone is about to be told of"
ok "a Neo that has gone is about to be told of"
