//! Tenants that runs on the fleet leave out for a time, because somebody said so or because they failed again and again. They are
//! never left out silently: a run counts and names them, and so do the list, the dashboard and the doctor.

use neo_model::{NoticeAbout, NoticeKind};
use serde_json::json;

use super::{Quarantine, Status, Tenant, lifecycle, store, subject};
use crate::actor::{Actor, Permission};
use crate::central::{self, Conn};
use crate::clock::rfc3339;
use crate::error::{Advice, Do, Error, Result};
use crate::notices::{Audience, MOST_ABOUT, Said, in_one_line};
use crate::{Platform, audit};

const DAY: i64 = 24 * 3_600_000;
/// How long a quarantine lasts that nobody gave an end.
pub const USUAL: i64 = 7 * DAY;
const LONGEST: i64 = 366 * DAY;

/// Leaves a tenant out of runs on the fleet for `ms`; a run that names it still works on it. `owner` is the actor unless said.
pub async fn quarantine(
    platform: &Platform,
    actor: &Actor,
    key: &str,
    reason: &str,
    owner: Option<&str>,
    ms: Option<i64>,
) -> Result<Tenant> {
    actor.authorise(Permission::EditTenants)?;
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(
            Error::invalid("reason", "a quarantine has a reason").hint("whoever is on duty next will want to know")
        );
    }
    let ms = ms.unwrap_or(USUAL);
    if !(1..=LONGEST).contains(&ms) {
        return Err(Error::invalid("for", "a quarantine lasts from a moment to a year")
            .hint(Advice::from("a tenant that is to be left out for good is archived: ").act(Do::ArchiveTenant {})));
    }
    let mut tx = platform.central.write().await?;
    let tenant = super::get(&mut tx, actor, key).await?;
    if tenant.status == Status::Deleted {
        return Err(lifecycle::is_deleted(&tenant));
    }
    let since = central::now(&mut tx).await?;
    let owner = owner.map(str::trim).filter(|o| !o.is_empty()).unwrap_or(&actor.name).to_owned();
    let decreed = Quarantine { until: since + ms, since, owner, reason: reason.to_owned(), is_automatic: false };
    store::set_quarantine(&mut tx, &tenant.id, &decreed).await?;
    let until = tenant.quarantine.as_ref().map(|before| rfc3339(before.until));
    let body = json!({
        "reason": decreed.reason, "owner": decreed.owner, "until": { "from": until, "to": rfc3339(decreed.until) },
    });
    if tenant.quarantine.is_none() {
        let left = Left { id: tenant.id.clone(), slug: tenant.slug.clone(), quarantine: decreed };
        tell(&mut tx, &format!("quarantine:{}:{since}", tenant.id), &[left]).await?;
    }
    audit::record(platform, &mut tx, actor, "tenant.quarantine", &subject(&tenant), &body).await?;
    lifecycle::answer(tx, &tenant.id).await
}

/// Ends it before its time.
pub async fn release(platform: &Platform, actor: &Actor, key: &str) -> Result<Tenant> {
    actor.authorise(Permission::EditTenants)?;
    let mut tx = platform.central.write().await?;
    let tenant = super::get(&mut tx, actor, key).await?;
    if tenant.quarantine.is_none() {
        return Err(Error::conflict(format!("tenant \"{}\" is not in quarantine", tenant.slug))
            .hint(Do::TenantsInQuarantine {}));
    }
    store::lift_quarantine(&mut tx, &tenant.id).await?;
    let body = json!({"quarantine": tenant.quarantine});
    audit::record(platform, &mut tx, actor, "tenant.release", &subject(&tenant), &body).await?;
    lifecycle::answer(tx, &tenant.id).await
}

/// A run on the fleet failed on this tenant, and by its own fault. At `after` in a row it is left out of the next ones. To be
/// seen current ends the row, and the quarantine that came of it (`store::remember`). The answer is the tenant, where this leaves it out.
pub(crate) async fn count_failure(
    conn: &mut Conn,
    tenant_id: &str,
    after: u32,
    owner: &str,
    why: &str,
) -> Result<Option<Left>> {
    let failed = store::count_failure(conn, tenant_id).await?;
    if after == 0 || failed < i64::from(after) {
        return Ok(None);
    }
    let tenant = super::by_id(conn, tenant_id).await?;
    let since = central::now(conn).await?;
    let reason = format!("failed {failed} runs in a row: {why}");
    let decreed = Quarantine { until: since + USUAL, since, owner: owner.to_owned(), reason, is_automatic: true };
    store::set_quarantine(conn, tenant_id, &decreed).await?;
    Ok(match tenant.quarantine {
        Some(_) => None,
        None => Some(Left { id: tenant.id, slug: tenant.slug, quarantine: decreed }),
    })
}

/// A tenant that has just been left out.
pub(crate) struct Left {
    id: String,
    slug: String,
    quarantine: Quarantine,
}

/// Tells of tenants that were left out together: of all, and of those with a tag.
pub(crate) async fn tell(conn: &mut Conn, fact: &str, left: &[Left]) -> Result<()> {
    if left.is_empty() {
        return Ok(());
    }
    let audience = Audience::of(conn, NoticeKind::Quarantine).await?;
    for tag in audience.tags() {
        let with_it = match &tag {
            Some(tag) => Some(store::with_tag(conn, tag).await?),
            None => None,
        };
        let is_meant = |one: &&Left| with_it.as_ref().is_none_or(|ids| ids.contains(&one.id));
        let about: Vec<&Left> = left.iter().filter(is_meant).collect();
        let [first, ..] = about[..] else { continue };
        let title = match about.len() {
            1 => format!("Tenant {} is in quarantine", first.slug),
            n => format!("{n} tenants are in quarantine"),
        };
        let more_about = i64::try_from(about.len().saturating_sub(MOST_ABOUT)).unwrap_or_default();
        let about = about.iter().take(MOST_ABOUT).map(|left| NoticeAbout {
            name: left.slug.clone(),
            text: in_one_line(&format!("until {}: {}", rfc3339(left.quarantine.until), left.quarantine.reason)),
            url: format!("/tenants/{}", left.slug),
        });
        let said = Said {
            title,
            path: "/tenants?quarantined=yes".into(),
            about: about.collect(),
            more_about,
            ..Said::default()
        };
        audience.tell(conn, fact, tag.as_deref(), said).await?;
    }
    Ok(())
}

/// A failure that was counted has turned out to be nobody's own; with fewer than `after` left, so is what came of it.
pub(crate) async fn take_back_failure(conn: &mut Conn, tenant_id: &str, after: u32) -> Result<()> {
    store::take_back_failure(conn, tenant_id, i64::from(after)).await
}

/// The tenants (ids) with this tag.
pub(crate) async fn with_tag(conn: &mut Conn, tag: &str) -> Result<std::collections::HashSet<String>> {
    store::with_tag(conn, tag).await
}
