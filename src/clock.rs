//! Times as people and programs read them. The platform keeps epoch milliseconds of the central database's clock.

pub use neo_model::{moment, read_rfc3339, rfc3339};
use time::OffsetDateTime;

/// This machine's clock in epoch milliseconds, for what must work without a central database: naming a new migration file.
#[expect(clippy::disallowed_methods, reason = "there is no central clock to ask")]
pub fn of_this_machine() -> i64 {
    i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).unwrap_or_default()
}

/// A length of time in a few words: `812 ms`, `4.1 s`, `4m 31s`, `2h 05m`.
pub fn span(ms: i64) -> String {
    let ms = ms.max(0);
    let seconds = ms / 1000;
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", seconds, ms % 1000 / 100),
        60_000..3_600_000 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

/// `24h`, `30m`, `90s`, `7d`, `0`; a bare number is seconds.
pub fn milliseconds(text: &str) -> Result<i64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" | "s" => 1_000,
        "ms" => 1,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err("the units are ms, s, m, h, d: 24h".into()),
    };
    let number: u64 = digits.parse().map_err(|_| "a time like 24h, 30m or 0".to_owned())?;
    i64::try_from(number).ok().and_then(|number| number.checked_mul(unit)).ok_or_else(|| "that is too long".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_told_in_its_own_unit() {
        assert_eq!(span(812), "812 ms");
        assert_eq!(span(4_120), "4.1 s");
        assert_eq!(span(271_000), "4m 31s");
        assert_eq!(span(7_500_000), "2h 05m");
    }
}
