//! How numbers, times and versions read on a page. Pure, so that server and islands write them alike.

/// `9812` → `9,812`.
pub fn number(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        out.push('-');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `Søhne & Müller B.V.` → `s-hne-muller-b-v`, of a name whose letters stand apart from their marks (NFKD): without those, and
/// what is no letter of a slug is left out. Whoever sees it may type another.
pub fn slug_of(decomposed: &str) -> String {
    let mut slug = String::new();
    for c in decomposed.chars().filter(|c| !('\u{300}'..='\u{36f}').contains(c)) {
        match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9') => slug.push(c),
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    slug.truncate(40);
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

/// `1 tenant`, `3 tenants`.
pub fn count(n: i64, noun: &str) -> String {
    format!("{} {noun}{}", number(n), if n == 1 { "" } else { "s" })
}

/// `812 ms`, `5.0 s`, `1m 40s`, `2h 03m`.
pub fn duration(ms: i64) -> String {
    let seconds = ms / 1000;
    match ms.max(0) {
        ms @ ..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", seconds, ms % 1000 / 100),
        60_000..3_600_000 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

/// `12 s ago`, `in 7 d`. What has passed has passed in full; what is to come is told as it is meant: a second after seven days
/// were given, they are still seven.
pub fn ago(seconds: i64) -> String {
    let length = |s: i64| match s {
        ..60 => format!("{s} s"),
        60..3_600 => format!("{} min", s / 60),
        3_600..86_400 => format!("{} h", s / 3_600),
        _ => format!("{} d", s / 86_400),
    };
    match seconds {
        -4..5 => "now".to_owned(),
        s @ 0.. => format!("{} ago", length(s)),
        s => {
            let s = s.saturating_neg();
            let unit = match s {
                ..60 => 1,
                60..3_600 => 60,
                3_600..86_400 => 3_600,
                _ => 86_400,
            };
            format!("in {}", length(s + unit / 2))
        }
    }
}

/// The end of a version, which is what tells neighbours apart: `20250126000006` → `…0006`.
pub fn version(version: i64) -> String {
    format!("…{:04}", version.rem_euclid(10_000))
}

/// The same, or a dash for a tenant that has none.
pub fn version_or_none(v: Option<i64>) -> String {
    v.map_or_else(|| "–".to_owned(), version)
}

/// `failed` → `Failed`.
pub fn sentence(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!([0, 999, 1000, 9812, 1_234_567, -1000].map(number).join(" "), "0 999 1,000 9,812 1,234,567 -1,000");
    }

    #[test]
    fn what_is_to_come_is_rounded_and_what_is_over_is_not() {
        let day = 86_400;
        assert_eq!([-7 * day, 5 - 7 * day, -6 * day - day / 3].map(ago).join(" | "), "in 7 d | in 7 d | in 6 d");
        assert_eq!(
            [3, 59, 7 * day - 5, -59, -3_599].map(ago).join(" | "),
            "now | 59 s ago | 6 d ago | in 59 s | in 1 h"
        );
    }

    #[test]
    fn durations_keep_two_units() {
        let texts = [0, 812, 5_000, 59_999, 100_000, 7_380_000].map(duration);
        assert_eq!(texts.join(" | "), "0 ms | 812 ms | 5.0 s | 59.9 s | 1m 40s | 2h 03m");
    }
}
