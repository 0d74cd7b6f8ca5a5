//! A login that the files of its own tenant have barred: they ran, and it opens its database no more.

use super::Failure;
use crate::engine::Category;

/// What such a failure says, on whichever tenant.
const BARRED: &str = "its files have run, and have barred the tenant's own login: it opens the database no more";

/// The way out, where it is not the password that is another.
const LET_IN: &str = "somebody who may has to let it in again (on PostgreSQL: alter role … login or reset all, alter database … allow_connections true or reset all; \
    on MySQL and MariaDB: alter user … account unlock), and the files are not to run anywhere else as they are";

impl Failure {
    /// The server's own word that it does not let a login in: not its password, not this login, or not into this database.
    pub(crate) fn is_turned_away(&self) -> bool {
        let is_said = matches!(self.category, Category::Auth | Category::Permission);
        self.code.as_deref().is_some_and(|code| is_said || cannot_begin(code))
    }

    /// Told of the files that have run just before it, with what `first` had failed, if anything.
    pub(crate) fn barred(self, first: Option<Failure>) -> Self {
        let (code, said) = (self.code.clone(), self.message.clone());
        let hint = (!self.is_wrong_password()).then_some(LET_IN);
        let before = first.filter(|first| first.migration.is_some()).map(|first| {
            let file = first.file.as_deref().or(first.migration.as_deref()).unwrap_or_default();
            format!("; before that {file} failed: {}", first.message)
        });
        let mut barred = Failure { barred: true, ..Failure::new(Category::Auth, BARRED) }
            .detail(format!("{said}{}", before.unwrap_or_default()));
        if let Some(code) = code {
            barred = barred.code(code);
        }
        match hint {
            Some(hint) => barred.hint(hint),
            None => barred,
        }
    }
}

/// Whether PostgreSQL says by this code that a session cannot begin as its role and database have it: a setting of theirs that cannot be (a
/// library that is not there, a name that nothing has), a database that takes no connections. Not who is away, short of room, or told to end.
fn cannot_begin(code: &str) -> bool {
    const PASSING: [&str; 5] = ["08", "40", "53", "57", "XX"];
    code.len() == 5 && !PASSING.iter().any(|class| code.starts_with(class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_barred_login_is_one_cause_with_the_servers_code_and_what_failed_before_is_told() {
        let refused = |who: &str| {
            let words = format!("password authentication failed for user \"{who}\"");
            Failure::new(Category::Auth, words).code("28P01")
        };
        let (one, other) = (refused("t_a").barred(None), refused("t_b").barred(None));
        assert!(one.barred && one.is_wrong_password() && one.hint.is_none());
        assert_eq!(one.fingerprint, other.fingerprint);
        let mut first = Failure::new(Category::Syntax, "near x");
        assert!(!refused("t_a").barred(Some(first.clone())).detail.unwrap().contains("near x"), "of no file");
        first = first.in_file("1_a".into(), "m/1_a.up.sql".into());
        assert!(refused("t_a").barred(Some(first)).detail.unwrap().ends_with("m/1_a.up.sql failed: near x"));
        let locked = Failure::new(Category::Auth, "role \"t_a\" is not permitted to log in").code("28000");
        assert!(locked.is_turned_away() && locked.barred(None).hint.is_some());
        for (category, code) in [(Category::Other, "58P01"), (Category::Other, "22023"), (Category::Other, "55000")] {
            assert!(Failure::new(category, "x").code(code).is_turned_away(), "{code}");
        }
        // Somebody who is away, or has no room, has turned nobody away.
        for (category, code) in
            [(Category::Connect, "53300"), (Category::Connect, "57P03"), (Category::Timeout, "57014")]
        {
            assert!(!Failure::new(category, "x").code(code).is_turned_away(), "{code}");
        }
        assert!(!Failure::new(Category::Auth, "untrusted").is_turned_away(), "our own words");
    }
}
