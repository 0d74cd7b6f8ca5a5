//! Conditional comments of MySQL's and MariaDB's: what stands in one is run by some servers and a comment to others. Which server a
//! file will meet nobody here knows: it is read as each kind of them reads it.

use crate::engine::Engine;
use crate::engine::statements::is_for_nobody;

/// A kind of server, by whose conditional comments it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Server {
    pub(super) of_mysql: bool,
    pub(super) of_mariadb: bool,
}

impl Server {
    /// One that runs all of them, but for those that none does.
    pub(crate) const ANY: Self = Self { of_mysql: true, of_mariadb: true };

    /// All that read these texts in ways of their own; the one that runs everything is the first.
    pub(crate) fn kinds<'a>(engine: Engine, texts: impl Iterator<Item = &'a str>) -> Vec<Self> {
        let mut found = Self { of_mysql: false, of_mariadb: false };
        let texts: Vec<&str> = if engine == Engine::Mysql { texts.collect() } else { Vec::new() };
        for (text, at) in texts.iter().flat_map(|text| text.match_indices("/*").map(move |(at, _)| (text, at))) {
            match whose(&text[at..]) {
                Some(Whose::Mysql) => found.of_mysql = true,
                Some(Whose::Mariadb) => found.of_mariadb = true,
                None => {}
            }
        }
        let ways = |is: bool| if is { vec![true, false] } else { vec![true] };
        let of = |of_mysql| ways(found.of_mariadb).into_iter().map(move |of_mariadb| Self { of_mysql, of_mariadb });
        ways(found.of_mysql).into_iter().flat_map(of).collect()
    }

    /// Whether the conditional comment that begins here is a comment to this one.
    pub(super) fn passes_over(self, text: &str) -> bool {
        match whose(text) {
            Some(Whose::Mysql) => !self.of_mysql,
            Some(Whose::Mariadb) => !self.of_mariadb,
            None => false,
        }
    }
}

#[derive(Debug, PartialEq)]
enum Whose {
    Mysql,
    Mariadb,
}

/// Who runs the conditional comment that begins here; none where everybody does, or it is no such comment. MariaDB leaves the versions
/// of MySQL's out that it has parted from, and MySQL those that it has not reached; of MariaDB's own each needs one as new.
fn whose(text: &str) -> Option<Whose> {
    if text.starts_with("/*M!") {
        return (!is_for_nobody(text)).then_some(Whose::Mariadb);
    }
    let rest = text.strip_prefix("/*!").filter(|_| !is_for_nobody(text))?;
    let digits = rest.bytes().take(6).take_while(u8::is_ascii_digit).count();
    match rest[..digits].parse::<u32>().ok().filter(|_| digits >= 5)? {
        ..50_700 => None,
        50_700..=99_999 => Some(Whose::Mysql),
        _ => Some(Whose::Mariadb),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conditional_comment_is_for_those_who_have_its_version() {
        for (text, expected) in [
            ("/*! x */", None),
            ("/*!40101 x */", None),
            ("/*!50699 x */", None),
            ("/*!1 x */", None),
            ("/* x */", None),
            ("/*!999999 x */", None),
            ("/*M!999999\\- x */", None),
            ("/*!50700 x */", Some(Whose::Mysql)),
            ("/*!080016 x */", Some(Whose::Mysql)),
            ("/*!99999 x */", Some(Whose::Mysql)),
            ("/*!100100 x */", Some(Whose::Mariadb)),
            ("/*M!100100 x */", Some(Whose::Mariadb)),
            ("/*M! x */", Some(Whose::Mariadb)),
        ] {
            assert_eq!(whose(text), expected, "{text}");
        }
    }
}
