//! Numbers, durations and times as a person reads them.

pub use crate::text::{count, duration, number, sentence};

/// `2026-11-22T14:02:11.104Z`, for machines.
pub fn iso(ms: i64) -> String {
    neo::clock::rfc3339(ms)
}

/// `2026-11-22 14:02:11 UTC`.
pub fn utc(ms: i64) -> String {
    let iso = iso(ms);
    iso.get(..19).map_or_else(String::new, |text| format!("{} UTC", text.replace('T', " ")))
}

/// `20250126000006` → `…0006`; nothing applied → `none`.
pub fn version(version: Option<i64>) -> String {
    version.map_or_else(|| "none".to_owned(), crate::text::version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_to_the_eye_and_to_machines() {
        assert_eq!(iso(1_795_356_131_104), "2026-11-22T14:02:11.104Z");
        assert_eq!(utc(1_795_356_131_104), "2026-11-22 14:02:11 UTC");
    }
}
