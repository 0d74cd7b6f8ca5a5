//! What makes a session the server's own: the time zone and the style of dates that a client has who asks for none.
//!
//! In the packet that begins a session sqlx asks for UTC and `ISO, MDY`, and it cannot be told not to. That hides what the
//! server's configuration, the database and the role say, and `reset` goes back to it. Of the database and the role the
//! session can read what they say; the configuration is seen by a session that asked for nothing, once for each server.

mod probe;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use sqlx::postgres::PgRow;
use sqlx::postgres::types::Oid;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::admin::Admin;
use super::asked::{DATES, ZONE};
use super::failure;
use crate::engine::{Category, Engine, Failure, Target, literal};

/// How many configurations of one server are remembered: each reload makes another.
const REMEMBERED: usize = 64;

/// A time zone and a style of dates, as far as they are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Own {
    zone: Option<String>,
    dates: Option<String>,
}

/// The statements that make a session the server's own, each with its semicolon; none where it is so already.
pub(in crate::engine) async fn settings(conn: &mut PgConnection, target: &Target) -> Result<String, Failure> {
    let everybodys = Said::read(&fetch(conn, EVERYBODYS).await?)?;
    let said = match everybodys.is_of_all_alone() {
        true => everybodys,
        false => Said::read(&fetch(conn, &question(true)).await?)?,
    };
    let own = configured(target, &said.loaded, &said.own()).await?;
    match (own.zone, own.dates) {
        (Some(zone), Some(dates)) => Ok(set(&zone, &dates)),
        _ => Err(Failure::new(Category::Other, "the server does not tell its time zone and its style of dates")),
    }
}

async fn fetch(conn: &mut PgConnection, sql: &str) -> Result<Vec<PgRow>, Failure> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_all(conn).await.map_err(|e| failure(&e))
}

/// The time zone and the style of dates of a new role in a new database, of which nothing is said; `None` where this login
/// cannot tell.
pub(super) async fn newcomers(admin: &mut Admin, target: &Target) -> Result<Option<(String, String)>, Failure> {
    let said = Said::read(&admin.rows(&question(false)).await?)?;
    let (_, own) = learned(target, &said.loaded, &said.own()).await?;
    Ok(own.zone.zip(own.dates))
}

fn set(zone: &str, dates: &str) -> String {
    let mut sql = String::new();
    if !zone.eq_ignore_ascii_case(ZONE) {
        sql += &format!("set timezone = {};", literal(Engine::Postgres, zone));
    }
    if dates != DATES {
        sql += &format!("set datestyle = {};", literal(Engine::Postgres, dates));
    }
    sql
}

/// When this session's configuration was loaded, and what is said on top of it of anybody, up to a few. Each tenant is asked this
/// in a session that knows nothing yet: plain columns cost it a third of what [`question`] does, which has to find out who it is.
const EVERYBODYS: &str = "select pg_catalog.pg_conf_load_time(), null::oid, null::oid, null::text[]; \
     select null, setrole, setdatabase, setconfig from pg_catalog.pg_db_role_setting limit 33";
const FEW: usize = 32;

/// The same, of the role in the database, else of the role, else of the database, else of all; without `own`, only of all.
fn question(own: bool) -> String {
    let who = if own {
        "s.setdatabase in (0, (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())) \
         and s.setrole in (0, pg_catalog.quote_ident(session_user)::pg_catalog.regrole)"
    } else {
        "s.setdatabase = 0 and s.setrole = 0"
    };
    // What can be done here is: whatever a statement needs of the catalogues is read anew in each session.
    format!(
        "select pg_catalog.pg_conf_load_time(), s.setrole, s.setdatabase, s.setconfig \
         from (select) here left join pg_catalog.pg_db_role_setting s on {who}"
    )
}

/// What it answers.
struct Said {
    loaded: String,
    /// Of how many it says something.
    of: usize,
    /// Whether a role and whether a database is meant, and what is said of it: of both first.
    levels: Vec<((bool, bool), Own)>,
}

impl Said {
    fn read(rows: &[PgRow]) -> Result<Self, Failure> {
        let mut said = Self { loaded: String::new(), of: 0, levels: Vec::new() };
        for row in rows {
            said.take(row).map_err(|e| failure(&e))?;
        }
        said.levels.sort_by_key(|(level, _)| std::cmp::Reverse(*level));
        Ok(said)
    }

    fn take(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        // As text: in this session it is always written alike.
        if let Some(loaded) = row.try_get_unchecked::<Option<String>, _>(0)? {
            self.loaded = loaded;
        }
        let Some(pairs) = row.try_get::<Option<Vec<String>>, _>(3)? else { return Ok(()) };
        let is_meant =
            |column| Ok::<_, sqlx::Error>(row.try_get::<Option<Oid>, _>(column)?.is_some_and(|oid| oid.0 != 0));
        self.of += 1;
        self.levels.push(((is_meant(1)?, is_meant(2)?), Own::of(&pairs)));
        Ok(())
    }

    /// Whether nothing of what it says is only of somebody, who may be this session or another.
    fn is_of_all_alone(&self) -> bool {
        let is_of_all = |(level, own): &((bool, bool), Own)| *level == (false, false) || *own == Own::default();
        self.of <= FEW && self.levels.iter().all(is_of_all)
    }

    fn own(&self) -> Own {
        let said = |of: fn(&Own) -> &Option<String>| self.levels.iter().find_map(|(_, own)| of(own).clone());
        Own { zone: said(|own| &own.zone), dates: said(|own| &own.dates) }
    }
}

/// What holds when this is said on top of the configuration, which is looked at unless it is known.
async fn configured(target: &Target, loaded: &str, said: &Own) -> Result<Own, Failure> {
    let (seen, own) = learned(target, loaded, said).await?;
    // The look was with this very login: what it saw holds, even where nothing is learned of others.
    Ok(seen.filter(|_| own.zone.is_none() || own.dates.is_none()).unwrap_or(own))
}

/// What a look has seen, when there had to be one; and what holds by what is known of the configuration after it.
async fn learned(target: &Target, loaded: &str, said: &Own) -> Result<(Option<Own>, Own), Failure> {
    let own = said.over(&Own::default());
    if own.zone.is_some() && own.dates.is_some() {
        return Ok((None, own));
    }
    // Many tenants of a server begin at once: one looks, the others wait for what it sees.
    let configurations = configurations(target);
    let mut configurations = configurations.lock().await;
    let known = configurations.get(loaded).cloned().unwrap_or_default();
    let own = said.over(&known);
    if own.zone.is_some() && own.dates.is_some() {
        return Ok((None, own));
    }
    let seen = probe::look(target).await?;
    if configurations.len() >= REMEMBERED {
        configurations.clear();
    }
    // It may have been loaded anew since the session began.
    let known = configurations.entry(seen.loaded).or_default();
    known.zone = seen.configured.zone.or(known.zone.take());
    known.dates = seen.configured.dates.or(known.dates.take());
    Ok((Some(seen.own), said.over(known)))
}

/// By when they were loaded.
type Configurations = Arc<tokio::sync::Mutex<HashMap<String, Own>>>;

fn configurations(target: &Target) -> Configurations {
    static SERVERS: LazyLock<Mutex<HashMap<(String, u16), Configurations>>> = LazyLock::new(Mutex::default);
    let mut servers = SERVERS.lock().unwrap_or_else(PoisonError::into_inner);
    servers.entry((target.host.clone(), target.port)).or_default().clone()
}

impl Own {
    fn of(pairs: &[String]) -> Self {
        let said = |name| pairs.iter().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned);
        Self { zone: said("TimeZone"), dates: said("DateStyle") }
    }

    /// A style of dates has two halves, and may be said of one.
    fn over(&self, configured: &Own) -> Own {
        let dates = match &self.dates {
            None => configured.dates.clone(),
            Some(said) => style(said).or_else(|| style(&format!("{}, {said}", configured.dates.as_ref()?))),
        };
        Own { zone: self.zone.clone().or_else(|| configured.zone.clone()), dates }
    }
}

/// A style of dates as the server itself writes it, when both halves are there: how they are written, and in what order they
/// are read.
fn style(text: &str) -> Option<String> {
    let (mut output, mut order) = (None, None);
    for word in text.split(',') {
        match word.trim().to_ascii_lowercase().as_str() {
            "iso" => output = Some("ISO"),
            "sql" => output = Some("SQL"),
            "german" => (output, order) = (Some("German"), order.or(Some("DMY"))),
            word if word.starts_with("postgres") => output = Some("Postgres"),
            "ymd" => order = Some("YMD"),
            word if word == "dmy" || word.starts_with("euro") => order = Some("DMY"),
            word if word == "mdy" || word == "us" || word.starts_with("noneuro") => order = Some("MDY"),
            _ => return None,
        }
    }
    Some(format!("{}, {}", output?, order?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_of_dates_is_whole_or_completed_by_the_one_below() {
        for (said, whole) in [
            ("iso,mdy", Some("ISO, MDY")),
            ("German", Some("German, DMY")),
            ("german, ymd", Some("German, YMD")),
            ("PostgreSQL, European", Some("Postgres, DMY")),
            ("sql, US", Some("SQL, MDY")),
            ("dmy", None),
            ("sql", None),
            ("nonsense", None),
        ] {
            assert_eq!(style(said).as_deref(), whole, "{said}");
        }
        let over = |said: &str, configured: Option<&str>| {
            let said = Own { zone: None, dates: Some(said.into()) };
            said.over(&Own { zone: None, dates: configured.map(str::to_owned) }).dates
        };
        assert_eq!(over("dmy", Some("SQL, MDY")).as_deref(), Some("SQL, DMY"));
        assert_eq!(over("sql", Some("ISO, YMD")).as_deref(), Some("SQL, YMD"));
        assert_eq!(over("german", Some("ISO, YMD")).as_deref(), Some("German, DMY"));
        assert_eq!(over("dmy", None), None);
    }

    #[test]
    fn nothing_is_set_where_nothing_differs_and_a_value_stays_a_value() {
        assert_eq!(set("UTC", "ISO, MDY"), "");
        assert_eq!(set("utc", "ISO, MDY"), "");
        assert_eq!(set("Europe/Berlin", "ISO, DMY"), "set timezone = 'Europe/Berlin';set datestyle = 'ISO, DMY';");
        assert_eq!(set("a'; drop table b; --", "ISO, MDY"), "set timezone = 'a''; drop table b; --';");
    }
}
