//! When a window is in force: the times that its zone's clocks show, turned into moments for each time that it comes. Where the clocks
//! are put forward or back at its edge, it is the longer of the two that are meant: nothing begins in an hour that is there twice.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};
use neo_model::{Repeat, printable, read_rfc3339, shortened};

use crate::error::{Error, Result};

/// One time that a window is in force, in epoch milliseconds: `from` within, `to` not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub from: i64,
    pub to: i64,
}

/// The times of a window.
#[derive(Debug, Clone)]
pub(crate) struct Times {
    from: DateTime,
    to: DateTime,
    zone: TimeZone,
    zone_name: String,
    repeat: Repeat,
}

/// As somebody typed them.
pub(crate) struct Typed<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub zone: &'a str,
    pub repeat: Repeat,
}

/// What is typed, by how often it comes.
const ONCE: &str = "a day and a time, as in 2026-12-04T22:00, or a moment with its zone, as in 2026-12-04T22:00:00Z";
const DAILY: &str = "a time of day, as in 22:00, or a day and a time for the first, as in 2026-12-04T22:00";
const WEEKLY: &str =
    "a day of the week and a time, as in \"fri 22:00\", or a date and a time for the first, as in 2026-12-04T22:00";

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

impl Times {
    /// Reads what was typed at the moment `now`. Of a window that comes again the first time may have begun already.
    pub fn read(typed: &Typed<'_>, now: i64) -> Result<Self> {
        let (zone, zone_name) = zone(typed.zone)?;
        let today = civil(now, &zone).map(|now| now.date()).ok_or_else(|| beyond("from"))?;
        let week_ago = today.checked_sub(7.days()).map_err(|_| beyond("from"))?;
        let expected = match typed.repeat {
            Repeat::Once => ONCE,
            Repeat::Daily => DAILY,
            Repeat::Weekly => WEEKLY,
        };
        let wrong = |field: &'static str, text: &str| {
            Error::invalid(field, format!("\"{}\" is not a time for this window", printable(&shortened(text))))
                .hint(expected)
        };
        let from = place(typed.from, typed.repeat, &zone, week_ago).ok_or_else(|| wrong("from", typed.from))?;
        let to = match after(typed.to, typed.repeat, from) {
            Some(to) => to,
            None => place(typed.to, typed.repeat, &zone, week_ago).ok_or_else(|| wrong("to", typed.to))?,
        };
        let times = Self { from, to, zone, zone_name, repeat: typed.repeat };
        if times.to <= times.from {
            return Err(Error::invalid("to", "the window ends before it begins"));
        }
        if let Some(days) = times.period()
            && times.from.checked_add(days.days()).is_ok_and(|next| times.to > next)
        {
            return Err(Error::invalid(
                "to",
                format!("the window is longer than it is until it comes again: {days} days"),
            )
            .hint("one that is always in force is no window: switch off what begins runs instead"));
        }
        if times.repeat == Repeat::Once && times.next(now).is_none() {
            return Err(Error::invalid("to", "the window is over already"));
        }
        Ok(times)
    }

    /// As it is kept.
    pub fn stored(from: &str, to: &str, zone_name: &str, repeat: Repeat) -> Result<Self> {
        let read = |text: &str| text.parse::<DateTime>().map_err(Error::internal);
        let (zone, zone_name) = match zone(zone_name) {
            Ok(found) => found,
            // Known where it was made, and not here: it is kept at an hour that is near it rather than not at all.
            Err(_) => {
                tracing::warn!(zone = zone_name, "the zone of a window is not known here; it is taken as UTC");
                (TimeZone::UTC, zone_name.to_owned())
            }
        };
        Ok(Self { from: read(from)?, to: read(to)?, zone, zone_name, repeat })
    }

    pub fn from(&self) -> String {
        self.from.strftime("%Y-%m-%dT%H:%M:%S").to_string()
    }

    pub fn to(&self) -> String {
        self.to.strftime("%Y-%m-%dT%H:%M:%S").to_string()
    }

    pub fn zone(&self) -> &str {
        &self.zone_name
    }

    /// `every week, Fri 22:00 to Mon 06:00, Europe/Berlin`
    pub fn words(&self) -> String {
        let form = match self.repeat {
            Repeat::Once => "%Y-%m-%d %H:%M",
            Repeat::Daily => "%H:%M",
            Repeat::Weekly => "%a %H:%M",
        };
        format!(
            "{}, {} to {}, {}",
            self.repeat.word(),
            self.from.strftime(form),
            self.to.strftime(form),
            self.zone_name
        )
    }

    /// The time that it is in force at this moment.
    pub fn at(&self, now: i64) -> Option<Span> {
        self.around(now).into_iter().find(|span| span.from <= now && now < span.to)
    }

    /// The time that it is in force, or will be next; none of one that is over.
    pub fn next(&self, now: i64) -> Option<Span> {
        self.around(now).into_iter().find(|span| now < span.to)
    }

    /// In days.
    fn period(&self) -> Option<i64> {
        match self.repeat {
            Repeat::Once => None,
            Repeat::Daily => Some(1),
            Repeat::Weekly => Some(7),
        }
    }

    /// The times that it comes near this moment, in their order: no earlier or later one is in force.
    fn around(&self, now: i64) -> Vec<Span> {
        let Some(period) = self.period() else { return self.turn(0).into_iter().collect() };
        let Some(here) = civil(now, &self.zone) else { return Vec::new() };
        let days = self.from.date().duration_until(here.date()).as_hours() / 24;
        let latest = days.div_euclid(period);
        // A day before and after: the clocks may have been put back or forward in between.
        (latest - 2..=latest + 2).map(|turn| turn.max(0)).fold(Vec::new(), |mut turns, turn| {
            if let Some(span) = self.turn(turn * period).filter(|span| turns.last() != Some(span)) {
                turns.push(span);
            }
            turns
        })
    }

    /// So many days after the first.
    fn turn(&self, days: i64) -> Option<Span> {
        let from = self.from.checked_add(days.days()).ok()?;
        let to = self.to.checked_add(days.days()).ok()?;
        Some(Span {
            from: self.zone.to_ambiguous_timestamp(from).earlier().ok()?.as_millisecond(),
            to: self.zone.to_ambiguous_timestamp(to).later().ok()?.as_millisecond(),
        })
    }
}

fn beyond(field: &'static str) -> Error {
    Error::invalid(field, "the calendar does not go that far")
}

fn civil(ms: i64, zone: &TimeZone) -> Option<DateTime> {
    Some(Timestamp::from_millisecond(ms).ok()?.to_zoned_datetime(zone.clone()).datetime())
}

/// `UTC`, an offset, or a name; and as it is kept.
fn zone(text: &str) -> Result<(TimeZone, String)> {
    let text = text.trim();
    if text.is_empty() || text.eq_ignore_ascii_case("utc") || text.eq_ignore_ascii_case("z") {
        return Ok((TimeZone::UTC, "UTC".to_owned()));
    }
    let wrong = || {
        Error::invalid("zone", format!("\"{}\" is not a zone", printable(&shortened(text))))
            .hint("UTC, an offset such as +01:00, or a name such as Europe/Berlin")
    };
    if text.starts_with(['+', '-']) {
        let seconds = offset(text).ok_or_else(wrong)?;
        let zone = TimeZone::fixed(Offset::from_seconds(seconds).map_err(|_| wrong())?);
        return Ok((zone, text.to_owned()));
    }
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+');
    if !text.chars().all(named) || text.len() > 60 {
        return Err(wrong());
    }
    // What this machine has linked to, and names of no place: another replica's clocks would show another time.
    const NO_PLACES: [&str; 4] = ["localtime", "posixrules", "factory", "etc/unknown"];
    if NO_PLACES.contains(&text.to_ascii_lowercase().as_str()) {
        return Err(wrong());
    }
    let zone = TimeZone::get(text).map_err(|_| wrong())?;
    let name = zone.iana_name().unwrap_or(text).to_owned();
    Ok((zone, name))
}

/// `+01:00`, in seconds.
fn offset(text: &str) -> Option<i32> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text[1..].split_once(':')?;
    let number = |text: &str, below: i32| {
        (text.len() == 2).then(|| text.parse::<i32>().ok())?.filter(|n| (0..below).contains(n))
    };
    Some(sign * (number(hours, 15)? * 3600 + number(minutes, 60)? * 60))
}

/// A whole day and time as somebody typed it; a day of the week, or a time of day, is the first since `since`.
fn place(text: &str, repeat: Repeat, zone: &TimeZone, since: Date) -> Option<DateTime> {
    let text = text.trim();
    if let Some(ms) = read_rfc3339(text) {
        return civil(ms, zone);
    }
    let whole = |text: &str| text.len() >= "2026-12-04T22:00".len() && text.as_bytes().get(4) == Some(&b'-');
    if whole(text) {
        return text.replacen(' ', "T", 1).parse().ok();
    }
    match repeat {
        Repeat::Once => None,
        Repeat::Daily => Some(DateTime::from_parts(since, time(text)?)),
        Repeat::Weekly => {
            let (day, time) = day_and_time(text)?;
            Some(DateTime::from_parts(first(day, since)?, time))
        }
    }
}

/// The first such time of day, or day of the week, after `from`.
fn after(text: &str, repeat: Repeat, from: DateTime) -> Option<DateTime> {
    let text = text.trim();
    let (found, period) = match repeat {
        Repeat::Once => return None,
        Repeat::Daily => (DateTime::from_parts(from.date(), time(text)?), 1),
        Repeat::Weekly => {
            let (day, time) = day_and_time(text)?;
            (DateTime::from_parts(first(day, from.date())?, time), 7)
        }
    };
    if found > from { Some(found) } else { found.checked_add(period.days()).ok() }
}

/// The first such day, this one included.
fn first(day: Weekday, since: Date) -> Option<Date> {
    (0..7i64).find_map(|days| since.checked_add(days.days()).ok().filter(|date| date.weekday() == day))
}

fn day_and_time(text: &str) -> Option<(Weekday, Time)> {
    let (day, rest) = text.split_once(' ')?;
    let day = day.to_ascii_lowercase();
    let (_, weekday) = DAYS.into_iter().find(|(short, _)| day.len() >= 3 && day.starts_with(short))?;
    Some((weekday, time(rest.trim())?))
}

/// `22:00`
fn time(text: &str) -> Option<Time> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str| (text.len() == 2).then(|| text.parse::<i8>().ok())?;
    Time::new(number(hours)?, number(minutes)?, 0, 0).ok()
}

#[cfg(test)]
#[path = "times_tests.rs"]
mod tests;
