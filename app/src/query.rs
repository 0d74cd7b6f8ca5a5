//! The query of a page's address, and the fields of a form: ordered pairs in which a name may come more than once.
//!
//! The address is the state of a page, so every link is made from the query it was asked with: [`Query::with`] and
//! [`Query::without`] change one thing and leave the rest.

use std::collections::HashSet;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use neo::error::{Error, Kind};
use url::form_urlencoded;

use crate::error::AppError;

/// Of what an address says, beside tenants that are named one by one. Each link of a page holds all of it.
const MOST: usize = 200;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// What is said twice in the same words is said once: each link of a page holds all of it.
    pub fn parse(raw: &str) -> Self {
        let mut said = HashSet::new();
        form_urlencoded::parse(raw.as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .filter(|pair| said.insert(pair.clone()))
            .collect()
    }

    /// The first value of this name that says something.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Trimmed; an absent field reads as empty.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default().trim()
    }

    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name).and_then(|value| value.trim().parse().ok())
    }

    /// Every value of this name that says something: an empty field of a form is an absent one.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let values: Vec<&str> =
            self.0.iter().filter(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str()).collect();
        values.into_iter()
    }

    pub fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|v| v == value)
    }

    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// With this name having this one value. The cursor goes, since it belongs to the list as it was.
    pub fn with(&self, name: &str, value: impl Into<String>) -> Self {
        let mut query = self.without(name);
        query.0.push((name.to_owned(), value.into()));
        query
    }

    pub fn without(&self, name: &str) -> Self {
        self.keep(|n, _| n != name && !is_cursor(n))
    }

    /// Without one of several values of this name.
    pub fn without_value(&self, name: &str, value: &str) -> Self {
        self.keep(|n, v| !(is_cursor(n) || n == name && v == value))
    }

    /// The same list at another place.
    pub fn at(&self, cursor: &str, value: impl Into<String>) -> Self {
        let mut query = self.keep(|n, _| !is_cursor(n));
        query.0.push((cursor.to_owned(), value.into()));
        query
    }

    /// `path?a=b`, or the bare path when nothing is asked.
    pub fn href(&self, path: &str) -> String {
        let mut encoded = form_urlencoded::Serializer::new(String::new());
        encoded.extend_pairs(self.pairs().filter(|(_, value)| !value.is_empty()));
        match encoded.finish() {
            text if text.is_empty() => path.to_owned(),
            text => format!("{path}?{text}"),
        }
    }

    /// An empty field of a form says nothing and has no place in an address: the same query without those, if there are any.
    pub fn tidied(&self) -> Option<Self> {
        let tidy = self.0.iter().filter(|(_, value)| !value.trim().is_empty()).cloned().collect::<Vec<_>>();
        (tidy.len() < self.0.len()).then_some(Self(tidy))
    }

    fn keep(&self, keep: impl Fn(&str, &str) -> bool) -> Self {
        Self(self.0.iter().filter(|(n, v)| keep(n, v)).cloned().collect())
    }
}

fn is_cursor(name: &str) -> bool {
    name == "after" || name == "before"
}

impl FromIterator<(String, String)> for Query {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Query {
    fn from(pairs: [(&str, &str); N]) -> Self {
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AppError> {
        let query = Self::parse(parts.uri.query().unwrap_or_default());
        let said = query.pairs().filter(|(name, _)| *name != "keys").count();
        if said > MOST {
            let message = format!("this address says {said} things at once, and {MOST} are the most");
            return Err(Error::new(Kind::Invalid, message).hint("choose less at once").into());
        }
        Ok(query)
    }
}

/// One segment of a path, so that a name from outside cannot add another, nor lead to where one is made: what was called `new` before that
/// was refused has its page all the same.
pub fn segment(text: &str) -> String {
    match text {
        "new" => return "%6Eew".to_owned(),
        // A browser goes up with these, however they are written: to nothing rather than to what is there.
        "" | "." | ".." => return format!("{text}%20"),
        _ => {}
    }
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_changes_one_thing_and_leaves_the_rest() {
        let query = Query::parse("server=pg-eu-1&tag=a&tag=b&after=xyz&q=");
        assert_eq!(query.without_value("tag", "a").href("/tenants"), "/tenants?server=pg-eu-1&tag=b");
        assert_eq!(query.with("server", "a&b").href("/tenants"), "/tenants?tag=a&tag=b&server=a%26b");
        assert_eq!(query.at("before", "abc").href("/tenants"), "/tenants?server=pg-eu-1&tag=a&tag=b&before=abc");
        assert_eq!(Query::default().href("/tenants"), "/tenants");
    }

    #[test]
    fn what_is_said_twice_is_said_once() {
        let query = Query::parse("tag=a&tag=b&tag=a&tag=&tag=&state=a");
        assert_eq!(query.href("/tenants"), "/tenants?tag=a&tag=b&state=a");
        assert_eq!(query.pairs().count(), 4);
    }

    #[test]
    fn a_name_from_outside_stays_one_segment() {
        assert_eq!(segment("a/b?c d\"é"), "a%2Fb%3Fc%20d%22%C3%A9");
        assert_eq!(segment("new"), "%6Eew");
        assert_eq!(["", ".", "..", "...", "a."].map(segment), ["%20", ".%20", "..%20", "...", "a."]);
    }
}
