//! What a token is confined to: for it the other tenants do not exist. Whatever tells of tenants asks here.

use serde::{Deserialize, Serialize};

/// Tenants with one of these tags, and those with one of these slugs. Empty: the whole fleet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    #[serde(default)]
    pub tags: Vec<String>,
    /// Slugs; there need not be such a tenant yet.
    #[serde(default)]
    pub tenants: Vec<String>,
}

impl Confinement {
    /// Whether it is none.
    pub fn is_whole(&self) -> bool {
        self.tags.is_empty() && self.tenants.is_empty()
    }

    /// Whether a tenant of this slug with these tags is inside.
    pub fn holds(&self, slug: &str, tags: &[String]) -> bool {
        self.is_whole()
            || self.tenants.iter().any(|inside| inside == slug)
            || self.tags.iter().any(|tag| tags.contains(tag))
    }

    /// The same as a condition over a row of `tenants` under the name `t`. Its parameters are numbered from `first` on; what is
    /// bound to them is the second answer.
    pub(crate) fn sql(&self, t: &str, first: usize) -> (String, Vec<String>) {
        if self.is_whole() {
            return ("1 = 1".to_owned(), Vec::new());
        }
        let places =
            |from: usize, count: usize| (from..from + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
        let mut ways = Vec::new();
        if !self.tenants.is_empty() {
            // Of several that have had the slug the newest: those before it were somebody else's.
            ways.push(format!(
                "({t}.slug in ({}) and ({t}.status <> 'deleted' or not exists (select 1 from tenants later \
                 where later.slug = {t}.slug and later.created_at > {t}.created_at)))",
                places(first, self.tenants.len())
            ));
        }
        if !self.tags.is_empty() {
            let tags = places(first + self.tenants.len(), self.tags.len());
            ways.push(format!(
                "{t}.id in (select inside.tenant_id from tenant_tags inside where inside.tag in ({tags}))"
            ));
        }
        (format!("({})", ways.join(" or ")), self.tenants.iter().chain(&self.tags).cloned().collect())
    }

    /// In words: `the tag eu or the tenant acme`.
    pub fn words(&self) -> String {
        let named = |what: &str, names: &[String]| match names {
            [] => None,
            [one] => Some(format!("the {what} {one}")),
            many => Some(format!("the {what}s {}", many.join(", "))),
        };
        let parts: Vec<_> = [named("tag", &self.tags), named("tenant", &self.tenants)].into_iter().flatten().collect();
        if parts.is_empty() { "nothing".to_owned() } else { parts.join(" or ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confinement_holds_its_slugs_and_whoever_has_one_of_its_tags() {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let confined = Confinement { tags: own(&["eu", "beta"]), tenants: own(&["acme"]) };
        assert!(confined.holds("acme", &[]) && confined.holds("x", &own(&["us", "beta"])));
        assert!(!confined.holds("x", &own(&["us"])) && !confined.holds("eu", &[]));
        assert!(Confinement::default().holds("x", &[]));
        let (sql, bound) = confined.sql("t", 3);
        assert!(sql.contains("t.slug in ($3)") && sql.contains("in ($4, $5)"), "{sql}");
        assert_eq!(bound, own(&["acme", "eu", "beta"]));
        assert_eq!(confined.words(), "the tags eu, beta or the tenant acme");
    }
}
