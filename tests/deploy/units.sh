#!/bin/bash
# How much of the machine the units leave to Neo, as systemd itself counts it: 0 is nothing, 10 all.
. "$(dirname "$0")/lib.sh"
needs systemd-analyze:systemd
for unit in neo neo-work neo@; do
  holds "$unit.service: exposure at most 2.0" systemd-analyze security --offline=true --threshold=20 "packaging/$unit.service"
  sed -n 's/.*Overall exposure level for [^:]*: \([0-9.]*\).*/  \1/p' "$work/said"
done
for unit in neo neo-work neo@; do sed "s#^ExecStart=/usr/bin/neo#ExecStart=$neo#" "packaging/$unit.service" >"$work/$unit.service"; done
holds "systemd understands them" systemd-analyze verify --man=no --recursive-errors=no "$work/neo.service" "$work/neo-work.service" "$work/neo@.service"
[ ! -s "$work/said" ] || { cat "$work/said" >&2; fail "and has nothing to remark"; }
# Whoever is at work is known by /proc (src/runs/machine.rs).
refused "no unit hides other processes, or the machine's name" grep -nE '^(ProcSubset|ProtectProc)=' packaging/neo.service packaging/neo-work.service packaging/neo@.service
for unit in neo-work neo@; do
  differs=$(diff packaging/neo.service "packaging/$unit.service" | grep '^> [A-Z]' | grep -cv '^> EnvironmentFile=-/etc/neo/neo-%i.env$' || true)
  [ "$differs" = 2 ] || fail "$unit.service is neo.service in all but what it starts"
  ok "$unit.service is neo.service in all but what it starts"
done
