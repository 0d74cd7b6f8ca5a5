//! This process, as the system tells of it.

use std::sync::OnceLock;

use metrics::{counter, gauge};

/// Nothing where the system tells nothing: whoever collects it sees that it is not there.
pub(crate) fn look() {
    if let Some(used) = cpu_seconds() {
        counter!("process_cpu_seconds_total").absolute(used as u64);
    }
    if let Some(bytes) = resident_bytes() {
        gauge!("process_resident_memory_bytes").set(bytes as f64);
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        // The one that the folder is read through is none of them.
        gauge!("process_open_fds").set(open.count().saturating_sub(1) as f64);
    }
    if let Some(most) = crate::descriptors::limit() {
        gauge!("process_max_fds").set(most as f64);
    }
    static BEGAN: OnceLock<Option<f64>> = OnceLock::new();
    if let Some(began) = BEGAN.get_or_init(began) {
        gauge!("process_start_time_seconds").set(*began);
    }
}

/// The fields of proc(5) `stat` behind the name, which may hold anything.
fn stat() -> Option<Vec<String>> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = text.rsplit_once(") ")?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}

fn ticks() -> f64 {
    rustix::param::clock_ticks_per_second() as f64
}

/// In user and in system mode.
fn cpu_seconds() -> Option<f64> {
    let stat = stat()?;
    let of = |n: usize| stat.get(n)?.parse::<f64>().ok();
    Some((of(11)? + of(12)?) / ticks())
}

fn resident_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

/// In seconds since 1970: the machine's own beginning, and how long after it.
fn began() -> Option<f64> {
    let since_boot: f64 = stat()?.get(19)?.parse().ok()?;
    let text = std::fs::read_to_string("/proc/stat").ok()?;
    let boot: f64 = text.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    Some(boot + since_boot / ticks())
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(target_os = "linux")]
    fn the_system_tells_of_this_process() {
        assert!(super::resident_bytes().is_some_and(|bytes| bytes > 1 << 20));
        assert!(super::cpu_seconds().is_some());
        assert!(super::began().is_some_and(|began| began > 1.7e9));
    }
}
