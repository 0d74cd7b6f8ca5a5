#!/bin/bash
# tracing-opentelemetry: a span whose name is only known at its end (the route of a request) is declared with an empty otel.name, which is
# recorded later. Recorded before the span was ever entered, that is its name. Recorded afterwards, which is when it is known, the name is
# dropped without a word, while attributes and the status that are recorded beside it arrive: every request is called "request". What works
# is the name of OpenTelemetry's own span.
#
# Seen with tracing-opentelemetry 0.34.0, opentelemetry and opentelemetry_sdk 0.33 (crates.io), Rust 1.95. Built and run in a temporary
# folder, gone at the end. Needs cargo.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "late"
version = "0.0.0"
edition = "2021"

[dependencies]
opentelemetry = { version = "=0.33.1", default-features = false, features = ["trace"] }
opentelemetry_sdk = { version = "=0.33.1", default-features = false, features = ["trace", "testing"] }
tracing = "0.1"
tracing-opentelemetry = { version = "=0.34.0", default-features = false }
tracing-subscriber = { version = "0.3", default-features = false, features = ["registry", "std"] }
TOML
cat >src/main.rs <<'RUST'
use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::prelude::*;

fn main() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("late"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false);
    tracing_subscriber::registry().with(layer).init();
    for how in ["never entered", "entered", "entered, set there"] {
        let span = tracing::info_span!("request", otel.name = Empty, otel.status_code = Empty, route = Empty);
        if how != "never entered" {
            span.in_scope(|| ());
        }
        span.record("route", "/orders/{id}");
        span.record("otel.status_code", "ERROR");
        span.record("otel.name", "GET /orders/{id}");
        if how == "entered, set there" {
            span.context().span().update_name("GET /orders/{id}");
        }
        drop(span);
        let told = exporter.get_finished_spans().unwrap().pop().unwrap();
        let route = told.attributes.iter().find(|pair| pair.key.as_str() == "route").map(|pair| pair.value.to_string());
        println!("{how}: {:?}, route {:?}, {:?}", told.name, route.unwrap_or_default(), told.status);
    }
}
RUST
CARGO_TARGET_DIR=$folder/target cargo build --quiet || { echo "it cannot be built" >&2; exit 2; }
grep -A1 -E '^name = "(tracing-opentelemetry|opentelemetry)"' Cargo.lock | grep version
./target/debug/late | tee seen
diff seen - >/dev/null <<'SEEN' || { echo "this has changed" >&2; exit 1; }
never entered: "GET /orders/{id}", route "/orders/{id}", Error { description: "" }
entered: "request", route "/orders/{id}", Error { description: "" }
entered, set there: "GET /orders/{id}", route "/orders/{id}", Error { description: "" }
SEEN
