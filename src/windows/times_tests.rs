use neo_model::rfc3339;

use super::*;

fn ms(text: &str) -> i64 {
    read_rfc3339(text).expect("a time")
}

fn times(from: &str, to: &str, zone: &str, repeat: Repeat, now: &str) -> Result<Times> {
    Times::read(&Typed { from, to, zone, repeat }, ms(now))
}

fn told(span: Option<Span>) -> Option<(String, String)> {
    span.map(|span| (rfc3339(span.from), rfc3339(span.to)))
}

fn pair(from: &str, to: &str) -> Option<(String, String)> {
    Some((rfc3339(ms(from)), rfc3339(ms(to))))
}

/// A Thursday.
const NOW: &str = "2026-11-26T12:00:00Z";

#[test]
fn one_that_comes_once_is_in_force_from_its_first_moment_to_the_last_before_its_end() {
    let once = times("2026-12-04T22:00", "2026-12-05T06:00", "Europe/Berlin", Repeat::Once, NOW).expect("a window");
    let span = pair("2026-12-04T21:00:00Z", "2026-12-05T05:00:00Z");
    assert_eq!(told(once.next(ms(NOW))), span);
    assert_eq!(once.at(ms("2026-12-04T20:59:59.999Z")), None);
    assert_eq!(told(once.at(ms("2026-12-04T21:00:00Z"))), span);
    assert_eq!(told(once.at(ms("2026-12-05T04:59:59.999Z"))), span);
    assert_eq!(once.at(ms("2026-12-05T05:00:00Z")), None);
    assert_eq!(once.next(ms("2026-12-05T05:00:00Z")), None);
    assert_eq!(once.words(), "once, 2026-12-04 22:00 to 2026-12-05 06:00, Europe/Berlin");
    // Moments with their own zone are turned into the window's.
    let same = times("2026-12-04T21:00:00Z", "2026-12-05T06:00:00+01:00", "Europe/Berlin", Repeat::Once, NOW);
    assert_eq!(told(same.expect("a window").next(ms(NOW))), span);
}

#[test]
fn a_week_ends_in_the_middle_of_one_that_goes_over_it() {
    let weekly = times("fri 22:00", "Monday 06:00", "UTC", Repeat::Weekly, NOW).expect("a window");
    assert_eq!(weekly.words(), "every week, Fri 22:00 to Mon 06:00, UTC");
    let this = pair("2026-11-27T22:00:00Z", "2026-11-30T06:00:00Z");
    assert_eq!(told(weekly.next(ms(NOW))), this);
    for within in ["2026-11-27T22:00:00Z", "2026-11-28T00:00:00Z", "2026-11-29T23:59:59Z", "2026-11-30T05:59:00Z"] {
        assert_eq!(told(weekly.at(ms(within))), this, "{within}");
    }
    for outside in ["2026-11-27T21:59:59Z", "2026-11-30T06:00:00Z", "2026-12-04T12:00:00Z"] {
        assert_eq!(weekly.at(ms(outside)), None, "{outside}");
    }
    // Years later, and over a year's end.
    assert_eq!(told(weekly.at(ms("2033-01-01T00:00:00Z"))), pair("2032-12-31T22:00:00Z", "2033-01-03T06:00:00Z"));
    // Added while it is in force already, it is in force.
    let late = times("wed 22:00", "fri 06:00", "UTC", Repeat::Weekly, NOW).expect("a window");
    assert_eq!(told(late.at(ms(NOW))), pair("2026-11-25T22:00:00Z", "2026-11-27T06:00:00Z"));
    // A day of the week that ends on the same day is a week long where its time is not later.
    let whole = times("thu 12:00", "thu 12:00", "UTC", Repeat::Weekly, NOW).expect("a window");
    assert!(whole.at(ms("2026-11-30T00:00:00Z")).is_some());
}

#[test]
fn every_day_goes_over_midnight() {
    let daily = times("22:00", "06:00", "+02:00", Repeat::Daily, NOW).expect("a window");
    assert_eq!(told(daily.at(ms("2026-11-26T20:00:00Z"))), pair("2026-11-26T20:00:00Z", "2026-11-27T04:00:00Z"));
    assert_eq!(told(daily.at(ms("2026-11-27T03:59:59Z"))), pair("2026-11-26T20:00:00Z", "2026-11-27T04:00:00Z"));
    assert_eq!(daily.at(ms("2026-11-27T04:00:00Z")), None);
    assert_eq!(told(daily.next(ms("2026-11-27T04:00:00Z"))), pair("2026-11-27T20:00:00Z", "2026-11-28T04:00:00Z"));
}

#[test]
fn a_window_stays_at_its_hour_when_the_clocks_are_changed() {
    let weekly = times("sat 22:00", "sun 06:00", "Europe/Berlin", Repeat::Weekly, NOW).expect("a window");
    let at = |moment: &str| told(weekly.at(ms(moment)));
    // Winter, and the night in which an hour is missing.
    assert_eq!(at("2027-03-20T22:00:00Z"), pair("2027-03-20T21:00:00Z", "2027-03-21T05:00:00Z"));
    assert_eq!(at("2027-03-28T03:00:00Z"), pair("2027-03-27T21:00:00Z", "2027-03-28T04:00:00Z"));
    assert_eq!(at("2027-03-28T04:00:00Z"), None);
    // Summer, and the night that has an hour more.
    assert_eq!(at("2027-07-03T20:00:00Z"), pair("2027-07-03T20:00:00Z", "2027-07-04T04:00:00Z"));
    assert_eq!(at("2027-10-31T04:30:00Z"), pair("2027-10-30T20:00:00Z", "2027-10-31T05:00:00Z"));
    // An edge that is there twice, or not at all: the longer is meant.
    let edge = times("sat 22:00", "sun 02:30", "Europe/Berlin", Repeat::Weekly, NOW).expect("a window");
    assert_eq!(told(edge.at(ms("2027-10-31T01:00:00Z"))), pair("2027-10-30T20:00:00Z", "2027-10-31T01:30:00Z"));
    assert_eq!(told(edge.at(ms("2027-03-28T01:00:00Z"))), pair("2027-03-27T21:00:00Z", "2027-03-28T01:30:00Z"));
    let begins = times("sun 02:30", "sun 06:00", "Europe/Berlin", Repeat::Weekly, NOW).expect("a window");
    assert_eq!(told(begins.at(ms("2027-10-31T00:30:00Z"))), pair("2027-10-31T00:30:00Z", "2027-10-31T05:00:00Z"));
}

#[test]
fn what_was_kept_is_what_was_typed() {
    let daily = times("22:00", "06:00", "America/New_York", Repeat::Daily, NOW).expect("a window");
    let kept = Times::stored(&daily.from(), &daily.to(), daily.zone(), Repeat::Daily).expect("as kept");
    let summer = ms("2027-07-04T03:00:00Z");
    assert!(kept.at(summer).is_some() && kept.at(summer) == daily.at(summer));
    assert_eq!(kept.words(), "every day, 22:00 to 06:00, America/New_York");
}

#[test]
fn what_is_no_window_is_refused_at_its_field() {
    for (from, to, zone, repeat, field) in [
        ("22:00", "06:00", "UTC", Repeat::Once, "from"),
        ("fri 22:00", "06:00", "UTC", Repeat::Daily, "from"),
        ("22:00", "mon 06:00", "UTC", Repeat::Weekly, "from"),
        ("fry 22:00", "mon 06:00", "UTC", Repeat::Weekly, "from"),
        ("24:00", "06:00", "UTC", Repeat::Daily, "from"),
        ("2:00", "06:00", "UTC", Repeat::Daily, "from"),
        ("2026-02-30T22:00", "2026-03-01T22:00", "UTC", Repeat::Once, "from"),
        ("2026-12-04T22:00", "x", "UTC", Repeat::Once, "to"),
        ("2026-12-04T22:00", "2026-12-04T22:00", "UTC", Repeat::Once, "to"),
        ("2026-11-01T22:00", "2026-11-02T22:00", "UTC", Repeat::Once, "to"),
        ("2026-12-04T22:00", "2026-12-06T22:00", "UTC", Repeat::Daily, "to"),
        ("2026-12-04T22:00", "2026-12-12T22:00", "UTC", Repeat::Weekly, "to"),
        ("2026-12-04T22:00", "2026-12-05T22:00", "Mars/Olympus", Repeat::Once, "zone"),
        ("2026-12-04T22:00", "2026-12-05T22:00", "../../etc/passwd", Repeat::Once, "zone"),
        ("2026-12-04T22:00", "2026-12-05T22:00", "localtime", Repeat::Once, "zone"),
        ("2026-12-04T22:00", "2026-12-05T22:00", "Etc/Unknown", Repeat::Once, "zone"),
        ("2026-12-04T22:00", "2026-12-05T22:00", "+1", Repeat::Once, "zone"),
        ("2026-12-04T22:00", "2026-12-05T22:00", "+15:00", Repeat::Once, "zone"),
        ("", "", "", Repeat::Once, "from"),
    ] {
        let error = times(from, to, zone, repeat, NOW).expect_err(from);
        assert_eq!(error.field, Some(field), "{from} {to} {zone}: {error}");
    }
}
