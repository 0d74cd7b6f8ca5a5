//! Times as people and programs read them: epoch milliseconds kept, RFC 3339 said.

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

/// Epoch milliseconds of an RFC 3339 time, with its zone: `2026-11-22T10:30:00+01:00`.
pub fn read_rfc3339(text: &str) -> Option<i64> {
    let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok()
}

/// The moment that these epoch milliseconds name; the epoch itself for a number beyond the calendar.
pub fn moment(ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Epoch milliseconds kept, RFC 3339 sent: `#[serde(with = "neo_model::clock::at")]`.
pub mod at {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(ms: &i64, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&super::rfc3339(*ms))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
        let text = String::deserialize(from)?;
        super::read_rfc3339(&text).ok_or_else(|| D::Error::custom("a time is RFC 3339, with its zone"))
    }
}

/// The same of what may not be.
pub mod maybe {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(ms: &Option<i64>, to: S) -> Result<S::Ok, S::Error> {
        match ms {
            Some(ms) => super::at::serialize(ms, to),
            None => to.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
        let Some(text) = Option::<String>::deserialize(from)? else { return Ok(None) };
        let at = super::read_rfc3339(&text).ok_or_else(|| D::Error::custom("a time is RFC 3339, with its zone"))?;
        Ok(Some(at))
    }
}

/// How a time that is sent is described.
#[cfg(not(target_arch = "wasm32"))]
pub struct Time;

#[cfg(not(target_arch = "wasm32"))]
impl schemars::JsonSchema for Time {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
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
}
