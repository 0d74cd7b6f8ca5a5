//! Traces (OpenTelemetry): a request, the run that it began, the tasks of that, their statements. A run's worker may be another process,
//! at another time: the run keeps what it was begun under, in the form that programs tell each other (`traceparent`).
//!
//! Where nobody collects them (`OTEL_EXPORTER_OTLP_ENDPOINT`) a span is never made. A value is in none.

use neo_model::{Category, Run, TaskStatus};
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tracing::field::Empty;
use tracing::{Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// What is collected has this target, and nothing else has: it is no part of the log.
pub const TARGET: &str = "neo::traces";

/// Whether anybody collects them.
pub(crate) fn are_collected() -> bool {
    tracing::enabled!(target: TARGET, tracing::Level::INFO)
}

/// Somebody is answered. What is known of it by then is recorded with [`answered`].
pub fn request(method: &str, request_id: &str, parent: Option<&str>) -> Span {
    let span = info_span!(
        target: TARGET, "request", otel.kind = "server", otel.status_code = Empty, http.request.method = method,
        http.route = Empty, http.response.status_code = Empty, neo.request_id = request_id
    );
    under(&span, parent);
    span
}

pub fn answered(span: &Span, method: &str, route: &str, status: u16) {
    // A name that is recorded counts no more once a span was entered.
    span.context().span().update_name(format!("{method} {route}"));
    span.record("http.route", route);
    span.record("http.response.status_code", status);
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
}

/// A process works on a run. `parent`: what it was begun under.
pub(crate) fn run(run: &Run, parent: Option<&str>) -> Span {
    let (name, kind) = (format!("{} run {}", run.kind.as_str(), run.number), run.kind.as_str());
    let span = info_span!(target: TARGET, "run", otel.name = name, neo.run = run.number, neo.kind = kind, neo.person = run.actor);
    under(&span, parent);
    span
}

/// A task of the run that goes on here. How it ends is recorded with [`ended`].
pub(crate) fn task(tenant: &str, attempt: i64) -> Span {
    info_span!(
        target: TARGET, "task", otel.status_code = Empty, neo.tenant = tenant, neo.attempt = attempt, neo.status = Empty,
        neo.category = Empty
    )
}

pub(crate) fn ended(status: TaskStatus, failure: Option<Category>) {
    let span = Span::current();
    span.record("neo.status", status.as_str());
    if let Some(category) = failure {
        span.record("neo.category", category.as_str());
        span.record("otel.status_code", "ERROR");
    }
}

/// What goes on there came to nothing.
pub(crate) fn failed(span: &Span) {
    span.record("otel.status_code", "ERROR");
}

/// What goes on here, as another process is told of it; none where nobody collects it.
pub(crate) fn here() -> Option<String> {
    let context = Span::current().context();
    let context = context.span().span_context().clone();
    let flags = context.trace_flags().to_u8();
    context.is_valid().then(|| format!("00-{}-{}-{flags:02x}", context.trace_id(), context.span_id()))
}

/// Puts it under what goes on elsewhere; what cannot be read is nothing.
fn under(span: &Span, traceparent: Option<&str>) {
    if let Some(parent) = traceparent.and_then(read) {
        let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    }
}

/// `00-<32 hexadecimal digits>-<16>-<2>`, and whatever a later version has behind them.
fn read(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.trim().split('-');
    let mut part = |digits: usize| parts.next().filter(|part| part.len() == digits && is_hex(part));
    let (version, trace, span, flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
    if version == "ff" {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED;
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    Some(SpanContext::new(trace, span, flags, true, TraceState::NONE)).filter(SpanContext::is_valid)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_program_says_is_read_or_left() {
        let whole = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let read_one = read(whole).unwrap();
        assert!(read_one.is_sampled() && read_one.is_remote());
        assert_eq!(read_one.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert!(read(&format!("cc{}-more", &whole[2..])).is_some(), "a later version");
        let zero = whole.replace("b7ad6b7169203331", "0000000000000000");
        for none in ["", "00", &whole[..54], &whole.to_uppercase(), &format!("ff{}", &whole[2..]), &zero] {
            assert!(read(none).is_none(), "{none}");
        }
    }
}
