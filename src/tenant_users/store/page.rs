//! One page of a tenant's users, by key: it costs the same at the end as at the start, however many there are.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::super::shape::Shape;
use super::super::{Page, Wanted};
use super::{NAME, ROLES, Sql, WORD, beginning, id_of, pattern, sql, told, user};
use crate::engine::Given::{Number, Text};
use crate::engine::{Connection, Given};
use crate::error::{Error, Result};

/// Where a page ends: the email and the id of its last row.
pub(in crate::tenant_users) struct Place {
    email: String,
    id: String,
}

/// Field: `after`.
pub(in crate::tenant_users) fn read(cursor: &str) -> Result<Place> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let pair: Option<(String, String)> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let (email, id) = pair.filter(|(email, id)| !email.contains('\0') && !id.contains('\0')).ok_or_else(unreadable)?;
    Ok(Place { email, id })
}

pub(in crate::tenant_users) fn unreadable() -> Error {
    Error::invalid("after", "this page's place in the list cannot be read").hint("start again from the first page")
}

impl Place {
    /// Whether its id is one of this tenant's.
    pub fn fits(&self, shape: &Shape) -> bool {
        shape.key("users", "id").read(&self.id).is_some()
    }
}

fn written(place: &Place) -> String {
    URL_SAFE_NO_PAD.encode(json!([place.email, place.id]).to_string())
}

/// Conditions, with what stands in the place of their parameters.
struct Which<'a> {
    text: String,
    given: Vec<Given<'a>>,
}

impl<'a> Which<'a> {
    /// `$1` of the condition is the first that is given with it.
    fn and(&mut self, condition: &str, given: &[Given<'a>]) {
        let before = self.given.len();
        let moved = |text: String, n: usize| text.replace(&format!("${n}"), &format!("${}", n + before));
        let condition = (1..=given.len()).rev().fold(condition.to_owned(), moved);
        let join = if self.text.is_empty() { "where" } else { " and" };
        self.text.push_str(&format!("{join} {condition}"));
        self.given.extend(given);
    }
}

/// In the order of their emails.
pub(in crate::tenant_users) async fn of(
    connection: &mut Connection,
    shape: &Shape,
    wanted: &Wanted,
    after: Option<&Place>,
) -> Sql<Page> {
    let engine = connection.engine();
    let limit = i64::from(wanted.limit.clamp(1, 1000));
    let words = wanted.search.as_deref().map(|text| text.trim().to_lowercase()).unwrap_or_default();
    let like = format!("%{}%", pattern(&words));
    let mut which = Which { text: String::new(), given: Vec::new() };
    if !words.is_empty() {
        let named = ["email", "first_name", "last_name"].into_iter().filter(|column| shape.has("users", column));
        let parts = named.zip(1..).map(|(column, n)| format!("lower({column}) like ${n} escape '!'"));
        let parts: Vec<_> = parts.collect();
        which.and(&format!("({})", parts.join(" or ")), &vec![Text(&like); parts.len()]);
    }
    if let Some(Place { email, id }) = after {
        // As the row has it, which is what is sorted by: what was read of it may be cut. Of one that is gone what was read.
        let of = |parameter| shape.key("users", "id").given(engine, parameter);
        let condition = format!(
            "email >= coalesce((select at.email from users at where at.id = {}), $2) \
             and (email > coalesce((select at.email from users at where at.id = {}), $4) or id > {})",
            of("$1"),
            of("$3"),
            of("$5")
        );
        which.and(&condition, &[Text(id), Text(email), Text(id), Text(email), Text(id)]);
    }
    let Which { text: which, given } = which;
    let columns = told(engine, shape);
    let last = given.len() + 1;
    let users = sql(engine, &format!("select {columns} from users {which} order by email, id limit ${last}"));
    let user_id = id_of(engine, shape.key("user_roles", "user_id"), "ur.user_id");
    let role = beginning(engine, "r.name", NAME);
    // MySQL takes a limit only one level further in. Those who have few come first: nobody's many roles take the place of another's.
    let count = beginning(engine, "cast(counted.roles as text)", WORD);
    let held = sql(
        engine,
        &format!(
            "select {user_id}, {role}, {count} from user_roles ur join roles r on r.id = ur.role_id \
             join (select user_id, count(*) as roles from user_roles where user_id in \
             (select id from (select id from users {which} order by email, id limit ${last}) shown) group by user_id) counted \
             on counted.user_id = ur.user_id order by counted.roles, r.name limit {}",
            limit * i64::from(ROLES)
        ),
    );
    let mut rows = connection.ask(&users, &[&given[..], &[Number(limit + 1)]].concat()).await?;
    let is_more = rows.len() as i64 > limit;
    rows.truncate(limit as usize);
    let mut roles = HashMap::<String, Vec<String>>::new();
    let held = match shape.has_roles() {
        true => connection.ask(&held, &[&given[..], &[Number(limit)]].concat()).await?,
        false => Vec::new(),
    };
    for row in held {
        let [user_id, role, count] = super::read(row);
        let held = roles.entry(user_id).or_default();
        held.push(role);
        if count.parse().is_ok_and(|count: usize| count > ROLES as usize) {
            super::cut(held);
        }
    }
    let with_roles = |row| {
        let (mut user, _) = user(row, Vec::new());
        user.roles = roles.remove(&user.id).unwrap_or_default();
        user
    };
    let users: Vec<_> = rows.into_iter().map(with_roles).collect();
    let place = users.last().map(|user| Place { email: user.email.clone(), id: user.id.clone() });
    let next = place.filter(|_| is_more).map(|place| written(&place));
    Ok(Page { users, next, closed: shape.closed() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written_and_anything_else_is_refused() {
        let place = read(&written(&Place { email: "zoë@example.com".into(), id: "7".into() })).unwrap();
        assert_eq!((place.email.as_str(), place.id.as_str()), ("zoë@example.com", "7"));
        for wrong in ["", "x", "7", "W10", &URL_SAFE_NO_PAD.encode(r#"["a\u0000",""]"#)] {
            assert_eq!(read(wrong).err().and_then(|error| error.field), Some("after"), "{wrong}");
        }
    }

    #[test]
    fn conditions_are_numbered_on() {
        let mut which = Which { text: String::new(), given: Vec::new() };
        which.and("a = $1", &[Text("a")]);
        which.and("(b = $1 or c = $2)", &[Text("b"), Text("c")]);
        assert_eq!((which.text.as_str(), which.given.len()), ("where a = $1 and (b = $2 or c = $3)", 3));
    }
}
