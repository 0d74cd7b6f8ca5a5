//! Times as people and programs read them. The platform keeps epoch milliseconds of the central database's clock.

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

const RFC_3339: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// Epoch milliseconds as RFC 3339 with milliseconds, UTC: `2026-11-22T09:30:00.000Z`.
pub fn rfc3339(ms: i64) -> String {
    moment(ms).format(RFC_3339).unwrap_or_default()
}

/// The same, for whoever reads JSON.
pub(crate) fn at_rfc3339<S: serde::Serializer>(ms: &i64, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&rfc3339(*ms))
}

/// [`at_rfc3339`] of what may not be.
pub(crate) fn as_rfc3339<S: serde::Serializer>(ms: &Option<i64>, to: S) -> Result<S::Ok, S::Error> {
    match ms {
        Some(ms) => to.serialize_some(&rfc3339(*ms)),
        None => to.serialize_none(),
    }
}

/// What [`at_rfc3339`] has written.
pub(crate) fn from_rfc3339<'de, D: serde::Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let text = <String as serde::Deserialize>::deserialize(from)?;
    read_rfc3339(&text).ok_or_else(|| serde::de::Error::custom("expected an RFC 3339 time"))
}

/// What [`as_rfc3339`] has written.
pub(crate) fn from_maybe_rfc3339<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    let text = <Option<String> as serde::Deserialize>::deserialize(from)?;
    let read = |text: String| read_rfc3339(&text).ok_or_else(|| serde::de::Error::custom("expected an RFC 3339 time"));
    text.map(read).transpose()
}

/// Epoch milliseconds of an RFC 3339 time, with its zone: `2026-11-22T10:30:00+01:00`.
pub fn read_rfc3339(text: &str) -> Option<i64> {
    let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok()
}

/// The moment that these epoch milliseconds name; the epoch itself for a number beyond the calendar.
pub fn moment(ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

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
    let number: u32 = digits.parse().map_err(|_| "a time like 24h, 30m or 0".to_owned())?;
    i64::from(number).checked_mul(unit).ok_or_else(|| "that is too long".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_carry_milliseconds_and_utc() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(1_795_343_400_007), "2026-11-22T10:30:00.007Z");
        assert_eq!(rfc3339(i64::MAX), "1970-01-01T00:00:00.000Z");
        assert_eq!(read_rfc3339("1970-01-01T01:00:01.5+01:00"), Some(1_500));
        assert_eq!(read_rfc3339("1970-01-01T01:00:01"), None, "no zone");
    }

    #[test]
    fn a_length_of_time_is_told_in_its_own_unit() {
        assert_eq!(span(812), "812 ms");
        assert_eq!(span(4_120), "4.1 s");
        assert_eq!(span(271_000), "4m 31s");
        assert_eq!(span(7_500_000), "2h 05m");
    }
}
