#!/bin/bash
# OpenTelemetry names instruments, their units and descriptions by convention, so that two libraries in one process (one for each kind of
# database, say) count under the same name. Its Prometheus exporter for Python puts all that has one name and description into one family,
# with the label names of the first, and the values of the others by their place: tenant="acme" of the second library is shown as
# state="acme", whoever has fewer attributes has them under the first names, and of more the last are cut off, so that two series have the
# same labels. Which library is first is a matter of who measured first. The same goes for two names that are one to Prometheus (conn.open
# and conn_open). Nothing is said. Within one instrument attributes may differ from call to call, and are right. The exporter for Node
# gives each value the labels that it was counted with.
#
# Seen with opentelemetry-exporter-prometheus 0.66b2, opentelemetry-sdk 1.45.2 and prometheus-client 0.26.0 (Python package index), Python
# 3.11.7, @opentelemetry/exporter-prometheus 0.301.0 and @opentelemetry/sdk-metrics 3.1.1 (npm), Node 20.20.2. In memory; the packages lie
# in a temporary folder, gone at the end. Needs npm and python3 with pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target packages opentelemetry-exporter-prometheus==0.66b2 \
  opentelemetry-sdk==1.45.2 prometheus-client==0.26.0 2>/dev/null &&
  npm install --silent --no-audit --no-fund --prefix . @opentelemetry/exporter-prometheus@0.301.0 @opentelemetry/sdk-metrics@3.1.1 >/dev/null ||
  { echo "the packages cannot be fetched" >&2; exit 2; }

cat >labels.py <<'PY'
import platform
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import CollectorRegistry, generate_latest

print("Python", platform.python_version())
registry = CollectorRegistry()
reader = PrometheusMetricReader(disable_target_info=True, scope_info_enabled=False, registry=registry)
provider = MeterProvider(metric_readers=[reader])


def counter(library, name):
    return provider.get_meter(library).create_counter(name, description="Connections that were asked for and not had in time")


postgres, maria = (counter(library, "db.timeouts") for library in ("postgres", "maria"))
postgres.add(1, {"pool": "orders", "state": "idle"})
postgres.add(2, {"pool": "orders"})
maria.add(30, {"pool": "orders", "tenant": "acme"})
maria.add(400, {"tenant": "beta"})
counter("one", "conn.open").add(5, {"state": "idle"})
counter("one", "conn_open").add(60, {"pool": "orders", "tenant": "acme"})
counter("one", "conn_open").add(70, {"pool": "orders", "tenant": "beta"})
print("".join(line for line in generate_latest(registry).decode().splitlines(True) if line[0] != "#"), end="")
PY
cat >labels.mjs <<'JS'
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { PrometheusSerializer } from "@opentelemetry/exporter-prometheus";

const reader = new PrometheusExporter({ preventServerStart: true });
const provider = new MeterProvider({ readers: [reader] });
const counter = (library) => provider.getMeter(library).createCounter("db.timeouts", { description: "Connections that were asked for and not had in time" });
counter("postgres").add(1, { pool: "orders", state: "idle" });
counter("maria").add(30, { pool: "orders", tenant: "acme" });
const { resourceMetrics } = await reader.collect();
const text = new PrometheusSerializer(undefined, false, undefined, true, true).serialize(resourceMetrics);
console.log(text.split("\n").filter((line) => line.startsWith("db")).join("\n"));
JS
{ PYTHONPATH=packages python3 labels.py; echo "Node:"; node labels.mjs; } | tee seen
tail -n +2 seen | diff - <(cat <<'SEEN'
db_timeouts_total{pool="orders",state="idle"} 1.0
db_timeouts_total{pool="orders",state=""} 2.0
db_timeouts_total{pool="orders",state="acme"} 30.0
db_timeouts_total{pool="",state="beta"} 400.0
conn_open_total{state="idle"} 5.0
conn_open_total{state="orders"} 60.0
conn_open_total{state="orders"} 70.0
Node:
db_timeouts_total{pool="orders",state="idle"} 1
db_timeouts_total{pool="orders",tenant="acme"} 30
SEEN
) || { echo "this has changed" >&2; exit 1; }
