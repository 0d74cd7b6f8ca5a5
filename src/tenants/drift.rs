//! Verified completion: a tenant's schema against the one that most tenants with the same ledger have.
//!
//! The norm of a ledger (and of a dialect: engine, major version and look) is the fingerprint that most living tenants with it
//! have; at least two must agree, and no other may be as frequent. Without a norm nobody is a stranger, and there is nothing to
//! compare with.
//!
//! After an upgrade that sees more, tenants are looked at anew one by one. Those that were not yet stay as they are, with the
//! norms of the look before; and today's look gives no norm as long as fewer agree on one than have not been looked at anew.

use std::collections::{BTreeMap, HashMap, HashSet};

pub use neo_model::{Comparison, Drift, Verdict};
use serde::Serialize;
use sqlx::AssertSqlSafe;

use super::filter::Conditions;
use super::{Tenant, store};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::central::Conn;
use crate::central::rows::{self, Holds};
use crate::engine::{self, LOOK, Schema, look_of};
use crate::error::Result;

/// How many of the digits of a fingerprint are shown.
const SHOWN: usize = 12;

/// What is known of a tenant's schema beside the others'.
pub async fn comparison(platform: &Platform, actor: &Actor, tenant: &Tenant) -> Result<Comparison> {
    actor.authorise(Permission::View)?;
    if tenant.fingerprint.is_none() || tenant.ledger_digest.is_none() {
        return Ok(Comparison { verdict: Verdict::NotLookedAt, agreeing: 0 });
    }
    let mut conn = platform.central.read().await?;
    let norm: Option<(String, i64)> = sqlx::query_as(
        "select n.fingerprint, n.agreeing from schemas s join norms n on n.dialect = s.dialect
          where s.fingerprint = $1 and n.ledger_digest = $2",
    )
    .bind(tenant.fingerprint.clone())
    .bind(tenant.ledger_digest.clone())
    .fetch_optional(&mut *conn)
    .await?;
    let norm = match norm {
        Some((norm, all)) => {
            let agreeing = agreeing(&mut conn, actor, tenant, (&norm, all)).await?;
            Some((norm, agreeing))
        }
        None => None,
    };
    Ok(match norm {
        None => Comparison { verdict: Verdict::NothingToCompareWith, agreeing: 0 },
        Some((norm, agreeing)) if Some(&norm) == tenant.fingerprint.as_ref() => {
            Comparison { verdict: Verdict::Alike, agreeing }
        }
        Some((_, agreeing)) => Comparison { verdict: Verdict::Drifted, agreeing },
    })
}

/// How many have the norm: of those that there are for this actor.
async fn agreeing(conn: &mut Conn, actor: &Actor, tenant: &Tenant, (norm, all): (&str, i64)) -> Result<i64> {
    if actor.confinement().is_none() {
        return Ok(all);
    }
    let mut alike = Conditions::default();
    let fingerprint = alike.text(norm);
    let digest = alike.text(tenant.ledger_digest.clone().unwrap_or_default());
    alike.and(format!(
        "t.fingerprint = {fingerprint} and t.ledger_digest = {digest} and t.status in ('active', 'suspended', 'provisioning')"
    ));
    alike.within(actor);
    store::count(conn, &alike).await
}

/// How a tenant's schema differs from the norm, if it does and both are known.
pub async fn drift(platform: &Platform, actor: &Actor, tenant: &Tenant) -> Result<Option<Drift>> {
    actor.authorise(Permission::View)?;
    let mut conn = platform.central.read().await?;
    let found: Option<(String, String, String, String, i64)> = sqlx::query_as(
        "select s.fingerprint, s.lines, o.fingerprint, o.lines, n.agreeing
           from tenants t join schemas s on s.fingerprint = t.fingerprint
           join norms n on n.dialect = s.dialect and n.ledger_digest = t.ledger_digest
           join schemas o on o.fingerprint = n.fingerprint
          where t.id = $1 and n.fingerprint <> t.fingerprint",
    )
    .bind(tenant.id.clone())
    .fetch_optional(&mut *conn)
    .await?;
    let Some((own, here, norm, there, agreeing)) = found else { return Ok(None) };
    let agreeing = self::agreeing(&mut conn, actor, tenant, (&norm, agreeing)).await?;
    let (here, there): (Vec<_>, Vec<_>) = (here.lines().collect(), there.lines().collect());
    let short = |fingerprint: String| fingerprint.chars().take(SHOWN).collect();
    Ok(Some(Drift {
        tenant: tenant.slug.clone(),
        fingerprint: short(own),
        norm: short(norm),
        agreeing,
        differs: engine::differences(&there, &here),
    }))
}

/// Keeps the schemas that were seen, and holds the tenants (by id) against the norms known so far; answers those that are
/// strangers.
pub(super) async fn notice(conn: &mut Conn, seen: &[(&str, Option<&Schema>)]) -> Result<HashSet<String>> {
    let schemas: BTreeMap<String, &Schema> =
        seen.iter().filter_map(|(_, schema)| schema.map(|schema| (schema.fingerprint(), schema))).collect();
    for (fingerprint, schema) in schemas {
        sqlx::query(
            "insert into schemas (fingerprint, dialect, lines, seen_at) values ($1, $2, $3, (select now_ms from clock))
             on conflict (fingerprint) do nothing",
        )
        .bind(fingerprint)
        .bind(schema.dialect.clone())
        .bind(schema.lines.join("\n"))
        .execute(&mut *conn)
        .await?;
    }
    #[derive(Serialize)]
    struct One<'a> {
        id: &'a str,
    }
    let mut strangers = HashSet::new();
    for seen in seen.chunks(rows::MOST) {
        let sql = format!(
            "update tenants set state = 'drifted'
              where id in (select j.id from {}) and state in ('current', 'behind') and fingerprint is not null
                and exists (select 1 from schemas s join norms n on n.dialect = s.dialect
                             where s.fingerprint = tenants.fingerprint and n.ledger_digest = tenants.ledger_digest
                               and n.fingerprint <> tenants.fingerprint)
             returning id",
            rows::rows(conn, &[("id", Holds::Text)])
        );
        let list: Vec<_> = seen.iter().map(|(id, _)| One { id }).collect();
        let found: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(sql)).bind(rows::list(&list)?).fetch_all(&mut *conn).await?;
        strangers.extend(found);
    }
    Ok(strangers)
}

/// At a run's end: counts again what most have, for every ledger that its tenants have now, and marks the strangers among
/// all tenants with it. False when there was nothing to count.
pub(crate) async fn recount(conn: &mut Conn, run_id: &str) -> Result<bool> {
    let digests: Vec<String> = sqlx::query_scalar(
        "select distinct t.ledger_digest from tasks k join tenants t on t.id = k.tenant_id
          where k.run_id = $1 and k.status = 'succeeded' and t.fingerprint is not null and t.ledger_digest is not null
          order by t.ledger_digest",
    )
    .bind(run_id.to_owned())
    .fetch_all(&mut *conn)
    .await?;
    for digest in &digests {
        count(conn, digest).await?;
        mark(conn, digest).await?;
    }
    Ok(!digests.is_empty())
}

/// The norms of one ledger, as today's look has them: written over those before, since another run may end at the same moment.
/// The norms of an earlier look stay what they were for those that nobody has looked at since.
async fn count(conn: &mut Conn, digest: &str) -> Result<()> {
    let known: Vec<String> = sqlx::query_scalar("select dialect from norms where ledger_digest = $1")
        .bind(digest.to_owned())
        .fetch_all(&mut *conn)
        .await?;
    let known = known.into_iter().filter(|dialect| look_of(dialect).1);
    // In one order, so that two of us do not wait for each other.
    let mut schemas: BTreeMap<String, Vec<(String, i64)>> = known.map(|dialect| (dialect, Vec::new())).collect();
    let mut unseen: HashMap<String, i64> = HashMap::new();
    let counted: Vec<(String, String, i64, i64)> = sqlx::query_as(
        "select s.dialect, t.fingerprint, count(*), count(case when t.status = 'active' then 1 end)
           from tenants t join schemas s on s.fingerprint = t.fingerprint
          where t.ledger_digest = $1 and t.status in ('active', 'suspended', 'provisioning')
          group by s.dialect, t.fingerprint",
    )
    .bind(digest.to_owned())
    .fetch_all(&mut *conn)
    .await?;
    for (dialect, fingerprint, n, active) in counted {
        match look_of(&dialect) {
            (_, true) => schemas.entry(dialect).or_default().push((fingerprint, n)),
            // Who is suspended may not be looked at for years.
            (engine, false) => *unseen.entry(engine.to_owned()).or_default() += active,
        }
    }
    for (dialect, found) in schemas {
        let unseen = unseen.get(look_of(&dialect).0).copied().unwrap_or_default();
        match norm(&found).filter(|(_, agreeing)| *agreeing > unseen) {
            Some((fingerprint, agreeing)) => {
                sqlx::query(
                    "insert into norms (dialect, ledger_digest, fingerprint, agreeing) values ($1, $2, $3, $4)
                     on conflict (dialect, ledger_digest)
                     do update set fingerprint = excluded.fingerprint, agreeing = excluded.agreeing",
                )
                .bind(dialect)
                .bind(digest.to_owned())
                .bind(fingerprint)
                .bind(agreeing)
                .execute(&mut *conn)
                .await?;
            }
            None => {
                sqlx::query("delete from norms where dialect = $1 and ledger_digest = $2")
                    .bind(dialect)
                    .bind(digest.to_owned())
                    .execute(&mut *conn)
                    .await?;
            }
        }
    }
    Ok(())
}

/// The most frequent, if two agree on it and no other is as frequent.
fn norm(found: &[(String, i64)]) -> Option<(String, i64)> {
    let most = found.iter().map(|(_, n)| *n).max().filter(|n| *n >= 2)?;
    let mut best = found.iter().filter(|(_, n)| *n == most);
    let (fingerprint, n) = best.next()?;
    best.next().is_none().then(|| (fingerprint.clone(), *n))
}

/// Only of what today's look has seen: who was a stranger before an upgrade stays one until somebody looks anew, and nobody
/// becomes one meanwhile.
async fn mark(conn: &mut Conn, digest: &str) -> Result<()> {
    let seen = "s.fingerprint = tenants.fingerprint and s.dialect like $2";
    let strange = format!(
        "exists (select 1 from schemas s join norms n on n.dialect = s.dialect
                  where {seen} and n.ledger_digest = tenants.ledger_digest and n.fingerprint <> tenants.fingerprint)"
    );
    for sql in [
        format!(
            "update tenants set state = 'drifted' where ledger_digest = $1 and state in ('current', 'behind') and {strange}"
        ),
        // Whether it is behind is told against the newest version on disk.
        format!(
            "update tenants set state = 'current' where ledger_digest = $1 and state = 'drifted' and not {strange}
                and (fingerprint is null or exists (select 1 from schemas s where {seen}))"
        ),
    ] {
        sqlx::query(AssertSqlSafe(sql)).bind(digest.to_owned()).bind(format!("%{LOOK}")).execute(&mut *conn).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::norm;

    #[test]
    fn a_norm_takes_two_and_a_majority() {
        let of = |counts: &[i64]| {
            let found: Vec<_> = counts.iter().enumerate().map(|(i, n)| (format!("f{i}"), *n)).collect();
            norm(&found)
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[1]), None);
        assert_eq!(of(&[1, 1]), None);
        assert_eq!(of(&[2, 2]), None);
        assert_eq!(of(&[2, 1]), Some(("f0".to_owned(), 2)));
        assert_eq!(of(&[1, 3, 2]), Some(("f1".to_owned(), 3)));
    }
}
