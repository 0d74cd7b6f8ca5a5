//! What a server shows of itself when it is asked: which one it is, and what a run relies on.

use neo_model::Whereabouts;

use super::Failure;

/// What no two servers that are up have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// When it was begun, to the microsecond; or all that it is set up with.
    pub(super) begun: String,
    /// What it was given when it was made, where this login may know it.
    pub(super) made: Option<String>,
    /// Whether one name of a database, in large letters or small, is another.
    pub folds: bool,
}

impl Identity {
    pub fn is_same(&self, other: &Self) -> bool {
        let differs = self.made.as_ref().zip(other.made.as_ref()).is_some_and(|(one, other)| one != other);
        self.begun == other.begun && !differs
    }

    /// Of a database there, by the name that somebody calls it.
    pub fn whereabouts(&self, database: &str) -> Whereabouts {
        let name = if self.folds { database.to_lowercase() } else { database.to_owned() };
        Whereabouts { name, begun: Some(self.begun.clone()), made: self.made.clone() }
    }
}

/// What a server has shown of what a run relies on.
pub(super) enum Shown {
    All,
    /// All as well, and it is this node of a Galera cluster.
    Node(String),
    /// What is missing there, in words for whoever runs it.
    Missing(Box<Failure>),
}

impl Shown {
    pub(super) fn missing(failure: Failure) -> Self {
        Self::Missing(Box::new(failure))
    }
}

#[cfg(test)]
mod tests {
    use super::Identity;

    #[test]
    fn a_server_is_the_same_by_all_that_both_know() {
        let of = |begun: &str, made: Option<&str>| Identity {
            begun: begun.to_owned(),
            made: made.map(str::to_owned),
            folds: false,
        };
        assert!(of("1", Some("a")).is_same(&of("1", Some("a"))) && of("1", None).is_same(&of("1", Some("a"))));
        // A copy of a server, and a server that was begun again meanwhile.
        assert!(!of("1", Some("a")).is_same(&of("2", Some("a"))) && !of("1", Some("a")).is_same(&of("1", Some("b"))));
    }
}
