//! What is measured of a process and of the fleet, for whoever collects it (`METRICS_LISTEN`): every name once, with its unit, and the
//! words that label it.
//!
//! A label has few values, and none comes from outside: no slug, no address, no path as it was asked for. What happened in this process
//! is counted as it happens; how the fleet stands is read from the central database whenever somebody collects it.

mod process;

use std::time::Duration;

use metrics::{counter, gauge, histogram};
use neo_model::{AuditOutcome, Category, Door, RunKind, TaskStatus};

pub(crate) use process::look;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only ever more, since the process began.
    Counter,
    /// As it stands.
    Gauge,
    /// How often, in all, and how many within each bound.
    Histogram,
}

/// One name.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    pub name: &'static str,
    pub kind: Kind,
    pub help: &'static str,
}

const fn counts(name: &'static str, help: &'static str) -> Measure {
    Measure { name, kind: Kind::Counter, help }
}

const fn shows(name: &'static str, help: &'static str) -> Measure {
    Measure { name, kind: Kind::Gauge, help }
}

const fn times(name: &'static str, help: &'static str) -> Measure {
    Measure { name, kind: Kind::Histogram, help }
}

/// The upper bounds of every histogram, in seconds.
pub const BOUNDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1800.0];

/// All there are.
pub const ALL: [Measure; 28] = [
    // This process.
    shows("neo_build_info", "The version that runs, always 1."),
    shows("neo_central_connections", "Connections to the central database, busy or idle."),
    counts("neo_acts_total", "Acts as the audit has them, by act, outcome and door."),
    counts("neo_tasks_ended_total", "Tasks of runs that ended here, by kind of run, status and category of failure."),
    times("neo_task_duration_seconds", "How long the tasks that ended here took, by kind of run."),
    counts("neo_vault_operations_total", "Credentials sealed and opened."),
    counts("neo_mails_total", "Mails handed to the mail server, by outcome."),
    counts("neo_notice_tries_total", "Notices handed to receivers, by kind of channel and outcome."),
    counts("neo_http_requests_total", "Requests answered, by method, route and status."),
    times("neo_http_request_duration_seconds", "From a request to the head of its answer, by route."),
    shows("neo_http_streams", "Runs that are being watched."),
    counts("neo_throttled_total", "Sign-ins, codes and tokens that were told to wait."),
    counts("process_cpu_seconds_total", "Processor time, in seconds."),
    shows("process_resident_memory_bytes", "Memory, in bytes."),
    shows("process_open_fds", "Open file descriptors."),
    shows("process_max_fds", "How many file descriptors there may be."),
    shows("process_start_time_seconds", "When the process began, in seconds since 1970."),
    // The fleet, as the central database has it: every process says the same.
    shows("neo_central_up", "Whether the central database answered."),
    shows("neo_tenants", "Tenants, by how they stand."),
    shows("neo_tenants_quarantined", "Tenants that runs on the fleet leave out at this moment."),
    shows("neo_runs", "Runs there are, by kind and status."),
    shows("neo_tasks", "Tasks of runs that are not over, queued or running."),
    shows("neo_queue_age_seconds", "How long the run that has waited longest for a worker has been due."),
    shows("neo_workers", "Processes that work on runs, by role, and whether they still say that they live."),
    shows("neo_requests_open", "Acts that wait for somebody else's yes."),
    shows("neo_notices", "Notices that are kept, by channel's receipt: waiting, sent or given up."),
    shows("neo_retention_age_seconds", "How long ago what is older than RETENTION was taken away."),
    shows("neo_backup_age_seconds", "How long ago the newest backup in this process's folder was made."),
];

/// Tells the recorder what each name is; and what is known from the beginning.
pub fn describe() {
    for measure in ALL {
        match measure.kind {
            Kind::Counter => metrics::describe_counter!(measure.name, measure.help),
            Kind::Gauge => metrics::describe_gauge!(measure.name, measure.help),
            Kind::Histogram => metrics::describe_histogram!(measure.name, measure.help),
        }
    }
    gauge!("neo_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

/// What a request was asked for, as the router knows it: `/tenants/{slug}`.
pub fn answered(method: &'static str, route: &str, status: u16, took: Duration) {
    let (route, status) = (route.to_owned(), status.to_string());
    counter!("neo_http_requests_total", "method" => method, "route" => route.clone(), "status" => status).increment(1);
    histogram!("neo_http_request_duration_seconds", "route" => route).record(took.as_secs_f64());
}

/// One stream more, or one less.
pub fn streams(more: bool) {
    gauge!("neo_http_streams").increment(if more { 1.0 } else { -1.0 });
}

/// Of what somebody tried too often.
pub(crate) fn throttled(what: &'static str) {
    counter!("neo_throttled_total", "what" => what).increment(1);
}

/// As the audit has it. `act` is one of the platform's own words.
pub(crate) fn act(act: &str, outcome: AuditOutcome, door: Door) {
    let act = act.to_owned();
    counter!("neo_acts_total", "act" => act, "outcome" => outcome.as_str(), "door" => door.as_str()).increment(1);
}

/// A task whose end is written. `category`: of its failure.
pub(crate) fn task_ended(kind: RunKind, status: TaskStatus, category: Option<Category>, took: Duration) {
    let category = category.map_or("", Category::as_str);
    let (kind, status) = (kind.as_str(), status.as_str());
    counter!("neo_tasks_ended_total", "kind" => kind, "status" => status, "category" => category).increment(1);
    histogram!("neo_task_duration_seconds", "kind" => kind).record(took.as_secs_f64());
}

/// `operation`: seal or open.
pub(crate) fn vault(operation: &'static str, is_done: bool) {
    let outcome = if is_done { "succeeded" } else { "failed" };
    counter!("neo_vault_operations_total", "operation" => operation, "outcome" => outcome).increment(1);
}

/// One try of one notice. `channel`: what kind of channel it is.
pub(crate) fn notice_tried(channel: &'static str, is_taken: bool) {
    let outcome = if is_taken { "succeeded" } else { "failed" };
    counter!("neo_notice_tries_total", "channel" => channel, "outcome" => outcome).increment(1);
}

pub(crate) fn mailed(is_taken: bool) {
    counter!("neo_mails_total", "outcome" => if is_taken { "succeeded" } else { "failed" }).increment(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_the_tools_that_collect_them_want_them() {
        for Measure { name, kind, help } in ALL {
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
            assert_eq!(name.ends_with("_total"), kind == Kind::Counter, "{name}");
            assert_eq!(name.ends_with("_duration_seconds"), kind == Kind::Histogram, "{name}");
            assert!(help.ends_with('.'), "{name}");
        }
        assert!(BOUNDS.is_sorted());
    }
}
