#!/bin/bash
# compose.yaml as docker-compose reads it, and its proxy's file as nginx does. No engine for containers runs here: that it starts is not shown.
. "$(dirname "$0")/lib.sh"
needs docker-compose:docker-compose nginx:nginx-light openssl:openssl
here=$work/here
mkdir -p "$here/tls"
cp packaging/compose.yaml packaging/nginx.conf "$here/"
touch "$here/neo.env"
refused "without the central password it says which" docker-compose --project-directory "$here" -f "$here/compose.yaml" config
grep -q CENTRAL_PASSWORD "$work/said" || { cat "$work/said"; fail "it says which"; }
read_as() { CENTRAL_PASSWORD=x docker-compose --project-directory "$here" -f "$here/compose.yaml" config; }
read_as >"$work/read" 2>"$work/said" || { cat "$work/said"; fail "docker-compose reads it"; }
ok "docker-compose reads it"
python3 - "$work/read" <<'PY' || fail "what it comes to"
import ipaddress, sys, yaml
services = yaml.safe_load(open(sys.argv[1]))["services"]
assert sorted(services) == ["console-1", "console-2", "postgres", "proxy", "worker"], services
for name in ("console-1", "console-2", "worker"):
    one = services[name]
    assert one["read_only"] and one["cap_drop"] == ["ALL"] and one["stop_grace_period"] == "45s", one
    # The proxy's own address alone is believed: people are in no network that is trusted.
    assert one["environment"]["TRUSTED_PROXIES"] == services["proxy"]["networks"]["inside"]["ipv4_address"]
    assert not any("PASSWORD" in key or "KEY" in key for key in one["environment"]), one["environment"]
    assert "ports" not in one
fixed = [ipaddress.ip_address(one["networks"]["inside"]["ipv4_address"]) for one in services.values() if one["networks"]["inside"]]
assert len(set(fixed)) == 4 and not any(at in ipaddress.ip_network("172.30.0.128/25") for at in fixed), fixed
open(sys.argv[1] + ".sed", "w").write(services["proxy"]["command"][2].replace("$$", "$").split(" >/etc")[0])
PY
ok "addresses, rights and secrets are as told"
sed -i "s#/nginx.conf#$here/nginx.conf#" "$work/read.sed"
sh "$work/read.sed" >"$here/proxy.conf"
holds "its proxy leads to the consoles" sh -c "grep -q 172.30.0.11:3000 '$here/proxy.conf' && grep -q 172.30.0.12:3000 '$here/proxy.conf' && ! grep -q '127.0.0.1:300' '$here/proxy.conf'"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=example.com -keyout "$here/tls/privkey.pem" -out "$here/tls/fullchain.pem" 2>/dev/null
sed -i "s#/etc/neo/tls#$here/tls#" "$here/proxy.conf"
printf 'pid %s/pid; error_log stderr; events {} http { access_log off; include %s; }\n' "$here" "$here/proxy.conf" >"$here/all.conf"
holds "nginx takes it" /usr/sbin/nginx -t -c "$here/all.conf"
