//! A [`Filter`] as SQL: every value is bound, only our own text is concatenated.

use std::collections::{BTreeSet, HashMap};

use sqlx::any::AnyArguments;
use sqlx::{Arguments, AssertSqlSafe, Row};

use super::{Filter, State, Status};
use crate::actor::Actor;
use crate::central::{Conn, literally};
use crate::error::{self, Advice, Do, Error, Result};
use crate::servers;

/// Keys per statement, well below every engine's limit of bound values.
const CHUNK: usize = 500;
/// Tags that a tenant must have, all of them.
const TAGS: usize = 100;

#[derive(Clone)]
pub(super) enum Value {
    Text(String),
    Number(i64),
}

/// Conditions joined by `and`, with what is bound in them.
#[derive(Clone, Default)]
pub(super) struct Conditions {
    parts: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    pub fn text(&mut self, value: impl Into<String>) -> String {
        self.values.push(Value::Text(value.into()));
        format!("${}", self.values.len())
    }

    pub fn number(&mut self, value: i64) -> String {
        self.values.push(Value::Number(value));
        format!("${}", self.values.len())
    }

    pub fn and(&mut self, part: String) {
        self.parts.push(part);
    }

    pub fn sql(&self) -> String {
        self.parts.join(" and ")
    }

    pub fn arguments(&self) -> Result<AnyArguments> {
        let mut arguments = AnyArguments::default();
        for value in &self.values {
            match value {
                Value::Text(text) => arguments.add(text.clone()),
                Value::Number(number) => arguments.add(*number),
            }
            .map_err(Error::internal)?;
        }
        Ok(arguments)
    }

    /// Only those that there are for this actor.
    pub fn within(&mut self, actor: &Actor) {
        if let Some(confinement) = actor.confinement() {
            let (part, bound) = confinement.sql("t", self.values.len() + 1);
            self.values.extend(bound.into_iter().map(Value::Text));
            self.and(part);
        }
    }

    pub fn one_of(&mut self, column: &str, values: impl IntoIterator<Item = String>) {
        let list: Vec<_> = values.into_iter().map(|v| self.text(v)).collect();
        if !list.is_empty() {
            self.and(format!("{column} in ({})", list.join(", ")));
        }
    }
}

/// The conditions of `filter` over `tenants t`. What it names must exist, and for this actor: the server, and each key.
pub(super) async fn conditions(conn: &mut Conn, actor: &Actor, filter: &Filter) -> Result<Conditions> {
    let mut all = Conditions::default();
    // In these words, so that the indexes on living tenants are seen to fit.
    if !filter.statuses.contains(&Status::Deleted) {
        all.and("t.status <> 'deleted'".into());
    }
    all.within(actor);
    all.one_of("t.status", filter.statuses.iter().map(|s| s.as_str().to_owned()));
    if let Some(server) = &filter.server {
        let id = servers::get(conn, server).await?.id;
        let id = all.text(id);
        all.and(format!("t.server_id = {id}"));
    }
    let tags: BTreeSet<_> = filter.tags.iter().collect();
    if tags.len() > TAGS {
        return Err(Error::invalid(
            "tags",
            format!("{} tags are asked for at once, and {TAGS} are the most", tags.len()),
        )
        .hint("ask for the few that tell these tenants from the others"));
    }
    for tag in tags {
        let tag = all.text(tag.clone());
        all.and(format!("t.id in (select g.tenant_id from tenant_tags g where g.tag = {tag})"));
    }
    let asked: BTreeSet<_> = filter.states.iter().map(|state| state.as_str()).collect();
    if !asked.is_empty() {
        let states = State::ALL.iter().filter(|state| asked.contains(state.as_str()));
        let states: Vec<_> = states.map(|state| one_state(&mut all, *state, filter.latest)).collect();
        all.and(format!("({})", states.join(" or ")));
    }
    if let Some(version) = filter.behind {
        let version = all.number(version);
        all.and(format!("(t.version is null or t.version < {version})"));
    }
    if let Some(version) = filter.version {
        let version = all.number(version);
        all.and(format!("t.version = {version}"));
    }
    if filter.quarantined {
        all.and("t.quarantined_until > (select now_ms from clock)".into());
    }
    if let Some(text) = filter.text.as_deref().map(str::trim).filter(|t| !t.is_empty()) {
        let part = all.text(format!("%{}%", literally(&text.to_lowercase())));
        all.and(format!(
            "(t.slug like {part} escape '\\' or lower(t.name) like {part} escape '\\' or t.id like {part} escape '\\')"
        ));
    }
    if !filter.keys.is_empty() {
        let ids = resolve(conn, actor, &filter.keys).await?;
        if ids.len() > 20_000 {
            return Err(Error::invalid("keys", "more than 20000 tenants are named one by one")
                .hint("choose them by tag, server or version instead"));
        }
        all.one_of("t.id", ids);
    }
    Ok(all)
}

/// `Current` and `Behind` are what was last seen, told apart against the newest version on disk when that is given.
fn one_state(all: &mut Conditions, state: State, latest: Option<i64>) -> String {
    let kept = |state: State| format!("t.state = '{}'", state.as_str());
    let Some(latest) = latest.filter(|_| matches!(state, State::Current | State::Behind | State::Unknown)) else {
        return kept(state);
    };
    let latest = all.number(latest);
    let behind = format!("(t.version is null or t.version < {latest})");
    match state {
        State::Behind => format!("(t.state in ('current', 'behind', 'unknown') and {behind})"),
        State::Current => format!("(t.state in ('current', 'behind') and not {behind})"),
        _ => format!("(t.state = 'unknown' and not {behind})"),
    }
}

/// The ids behind slugs or ids; a key that names nobody is an error with the nearest slugs.
async fn resolve(conn: &mut Conn, actor: &Actor, keys: &[String]) -> Result<Vec<String>> {
    let mut ids = BTreeSet::new();
    for keys in keys.chunks(CHUNK) {
        for (key, id) in named(conn, actor, keys).await? {
            let Some(id) = id else { return Err(absent(conn, actor, key).await?) };
            ids.insert(id);
        }
    }
    Ok(ids.into_iter().collect())
}

/// Those of these slugs and ids that name nobody.
pub(super) async fn missing(conn: &mut Conn, actor: &Actor, keys: &[String]) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    for keys in keys.chunks(CHUNK) {
        for (key, id) in named(conn, actor, keys).await? {
            if id.is_none() {
                missing.push(key.to_owned());
            }
        }
    }
    Ok(missing)
}

/// So many slugs and ids as one statement takes, each with the id of the living tenant that it names to this actor.
async fn named<'a>(conn: &mut Conn, actor: &Actor, keys: &'a [String]) -> Result<Vec<(&'a str, Option<String>)>> {
    let mut wanted = Conditions::default();
    let list: Vec<_> = keys.iter().map(|key| wanted.text(key.clone())).collect();
    let list = list.join(", ");
    wanted.and(format!("t.status <> 'deleted' and (t.slug in ({list}) or t.id in ({list}))"));
    wanted.within(actor);
    let sql = format!("select t.id, t.slug from tenants t where {}", wanted.sql());
    let rows = sqlx::query_with(AssertSqlSafe(sql), wanted.arguments()?).fetch_all(conn).await?;
    let (mut by_slug, mut by_id) = (HashMap::new(), HashMap::new());
    for row in &rows {
        let (id, slug): (String, String) = (row.try_get("id")?, row.try_get("slug")?);
        by_slug.insert(slug, id.clone());
        by_id.insert(id.clone(), id);
    }
    Ok(keys.iter().map(|key| (key.as_str(), by_slug.get(key).or_else(|| by_id.get(key)).cloned())).collect())
}

/// How many tenants are active.
pub(crate) async fn active(conn: &mut Conn) -> Result<i64> {
    Ok(sqlx::query_scalar("select count(*) from tenants where status = 'active'").fetch_one(conn).await?)
}

/// How many there are that runs may come to: those that are suspended may be back by then.
pub(crate) async fn in_use(conn: &mut Conn) -> Result<i64> {
    let sql = "select count(*) from tenants where status in ('active', 'suspended')";
    Ok(sqlx::query_scalar(sql).fetch_one(conn).await?)
}

/// How many of them a run on the fleet does not leave out.
pub(crate) async fn in_runs(conn: &mut Conn) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "select count(*) from tenants where status = 'active'
            and (quarantined_until is null or quarantined_until <= (select now_ms from clock))",
    )
    .fetch_one(conn)
    .await?)
}

/// The error for a tenant that is not there, or not for this actor, with the nearest of those around it.
pub(super) async fn absent(conn: &mut Conn, actor: &Actor, key: &str) -> Result<Error> {
    let mut living = Conditions::default();
    living.and("t.status <> 'deleted'".into());
    living.within(actor);
    let near = &key[..key.floor_char_boundary(NEAR)];
    let (key_at, half) = (living.text(near), living.text(format!("%{}%", literally(second_half(near)))));
    let sides = [
        format!("t.slug >= {key_at} order by t.slug"),
        format!("t.slug < {key_at} order by t.slug desc"),
        format!("t.slug like {half} escape '\\'"),
    ];
    let some = sides.map(|side| {
        format!("select slug from (select t.slug from tenants t where {} and {side} limit {AROUND}) s", living.sql())
    });
    let sql = some.join(" union ");
    let slugs: Vec<String> =
        sqlx::query_scalar_with(AssertSqlSafe(sql), living.arguments()?).fetch_all(&mut *conn).await?;
    let mut gone = Conditions::default();
    let slug = gone.text(key);
    gone.and(format!("t.status = 'deleted' and t.slug = {slug}"));
    gone.within(actor);
    let sql = format!("select t.id from tenants t where {} order by t.created_at desc limit 1", gone.sql());
    let gone: Option<String> =
        sqlx::query_scalar_with(AssertSqlSafe(sql), gone.arguments()?).fetch_optional(conn).await?;
    let error = Error::not_found("tenant", key).nearest(error::nearest(key, slugs));
    Ok(match gone {
        Some(tenant) => error.hint(
            Advice::from("the one of that slug was deleted; what is known of it, its last backup too: ")
                .act(Do::ShowTenant { tenant }),
        ),
        None => error.hint(Do::ListTenants {}),
    })
}

/// How many slugs are looked at that stand before and after one that is not there, or have its second half: of ten thousand not
/// all are read to say which comes close.
const AROUND: usize = 200;
/// So much of what was asked for is looked for, in bytes: a pattern has a longest, and a slug is shorter.
const NEAR: usize = 200;

/// What is mistyped in the first half stands far from it in the order of the slugs, and has this.
fn second_half(key: &str) -> &str {
    let half = key.chars().count() / 2;
    key.char_indices().nth(half).map_or(key, |(at, _)| &key[at..])
}

#[cfg(test)]
mod tests {
    use super::second_half;

    #[test]
    fn the_second_half_of_a_key_has_its_middle() {
        for (key, half) in [("acme", "me"), ("é€x", "€x"), ("ab", "b"), ("a", "a"), ("", "")] {
            assert_eq!(second_half(key), half, "{key}");
        }
    }
}
