//! The one-time links of a tenant's users.

use neo_model::UserAct;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::answer::asked;
use super::look::find;
use super::visit::{Visit, Whose, is_still_there};
use super::{TenantUser, store, subject};
use crate::actor::{Actor, Permission};
use crate::central::Conn;
use crate::clock::rfc3339;
use crate::error::{Error, Kind, Result, printable};
use crate::link::{Link, VALID, hash, secret, to_choose, worn_out};
use crate::sessions::{Audience, people, visitor};
use crate::tenants::{self, Status, Tenant};
use crate::{Platform, audit, person};

/// Makes the link by which this user (id or email) chooses a password. One that they had before is worth nothing any more.
pub async fn link(platform: &Platform, actor: &Actor, tenant: &str, user: &str) -> Result<Link> {
    actor.authorise(Permission::ManageTenantUsers)?;
    let tenant = tenants::find(platform, actor, tenant).await?;
    let mut connection = Visit::open(platform, Whose::Admins, &tenant).await?;
    let shape = connection.shape.clone();
    let user = match shape.allow(&tenant, UserAct::SignIn) {
        Ok(()) => find(&mut connection, &shape, &tenant, user).await,
        Err(refused) => Err(refused),
    };
    connection.close().await;
    let user = user?;
    if user.disabled {
        return Err(Error::conflict(format!("the user \"{}\" is disabled", printable(&user.email)))
            .cause("a link would let nobody in")
            .hint("enable them first"));
    }
    let token = secret();
    let mut tx = platform.central.write().await?;
    audit::take_turn(&mut tx).await?;
    end(&mut tx, &tenant.id, &user.id).await?;
    let expires_at = insert(&mut tx, &hash(token.expose_secret()), &tenant.id, (&user.id, &user.email)).await?;
    let body = json!({ "tenant": tenant.slug, "expires_at": rfc3339(expires_at) });
    audit::record(platform, &mut tx, actor, "tenant_user.link", &subject(&user), &body).await?;
    tx.commit().await?;
    let url = to_choose(&platform.config.origin(&tenant.slug), &token);
    Ok(Link { url, email: user.email, expires_at, mailed: None })
}

/// Whose password is chosen by it: an email. Nothing is asked of the tenant's database.
pub async fn open_link(platform: &Platform, tenant_id: &str, token: &str) -> Result<String> {
    let found = live(&mut *platform.central.read().await?, &hash(token), tenant_id).await?;
    found.map(|(_, email)| email).ok_or_else(worn_out)
}

/// Sets the password that somebody has chosen by this link, which is worth nothing from then on; ends their sessions. Field: `password`.
pub async fn redeem(
    platform: &Platform,
    tenant_id: &str,
    token: &str,
    password: &SecretString,
    address: Option<&str>,
) -> Result<()> {
    let token_hash = hash(token);
    let live = live(&mut *platform.central.read().await?, &token_hash, tenant_id).await?;
    let (user_id, email) = live.ok_or_else(worn_out)?;
    let tenant = tenants::find(platform, &Actor::system(), tenant_id).await?;
    if tenant.status != Status::Active {
        return Err(Error::unavailable("choosing a password is not possible just now").hint("try again later"));
    }
    // An id that the tenant's tables have given to somebody else since is not who the link was made for.
    let found = theirs(platform, &tenant, &user_id).await?;
    let is_theirs = |(user, _): &(TenantUser, String)| person::canonical(&user.email) == person::canonical(&email);
    let (user, old) = found.filter(is_theirs).ok_or_else(worn_out)?;
    platform.passwords.check_policy(password, &[&user.email, &user.first_name, &user.last_name])?;
    let new = platform.passwords.hash_as(tenant.password_hash, password).await?;

    // Of two who come at once one is the first, before anything is written.
    let mut tx = platform.central.write().await?;
    if !claim(&mut tx, &token_hash).await? {
        return Err(worn_out());
    }
    tx.commit().await?;
    let actor = visitor(&Audience::Tenant { id: tenant.id.clone() }, Some(&user.email), address);
    let body = json!({ "tenant": tenant.slug });
    let intent = audit::intent(platform, &actor, "tenant_user.choose_password", &subject(&user), &body).await;
    let chosen = match &intent {
        Ok(_) => written(platform, &tenant, (&user.id, &old), &new).await,
        Err(_) => Err(Error::unavailable("what is to happen cannot be written down").hint("try again in a moment")),
    };
    let mut tx = platform.central.write().await?;
    match &chosen {
        Ok(()) => {
            people::changed(&mut tx, &tenant.id, &user.id, None).await?;
            end(&mut tx, &tenant.id, &user.id).await?;
        }
        Err(_) => give_back(&mut tx, &token_hash).await?,
    }
    tx.commit().await?;
    intent?.outcome(platform, &chosen).await?;
    chosen
}

/// A user who may sign in, and the hash of their password. What their database says is for the log, not for a visitor.
pub(super) async fn theirs(
    platform: &Platform,
    tenant: &Tenant,
    user_id: &str,
) -> Result<Option<(TenantUser, String)>> {
    let (of, tenant, id) = (platform.clone(), tenant.clone(), user_id.to_owned());
    let found = tokio::spawn(async move {
        let mut connection = Visit::open(&of, Whose::Visitors, &tenant).await?;
        let shape = connection.shape.clone();
        let found = asked(&tenant, store::find(&mut connection, &shape, &id)).await;
        connection.close().await;
        Ok(found?.filter(|(user, _)| user.id == id && !user.disabled))
    });
    found.await.map_err(Error::internal)?.map_err(untold)
}

/// Their own choice in the place of what was there; as the tenant's own role, and bounded like whatever is asked there.
pub(super) async fn written(
    platform: &Platform,
    tenant: &Tenant,
    (user_id, old): (&str, &str),
    new: &str,
) -> Result<()> {
    let (of, at) = (platform.clone(), tenant.clone());
    let (id, old, new) = (user_id.to_owned(), old.to_owned(), new.to_owned());
    let written = tokio::spawn(async move {
        let mut connection = Visit::open(&of, Whose::Visitors, &at).await?;
        let shape = connection.shape.clone();
        let written = asked(&at, store::choose_password(&mut connection, &shape, &id, &old, &new)).await;
        connection.close().await;
        written
    });
    match written.await.map_err(Error::internal)?.map_err(untold)? {
        0 => Err(Error::conflict("the account has just changed").hint("try again")),
        _ => is_still_there(platform, tenant).await,
    }
}

fn untold(error: Error) -> Error {
    match error.kind {
        Kind::Throttled | Kind::Internal => error,
        _ if error.retry_after.is_some() => error,
        _ => Error::unavailable("passwords cannot be changed just now").hint("try again in a moment").source(error),
    }
}

async fn insert(conn: &mut Conn, token_hash: &str, tenant_id: &str, (id, email): (&str, &str)) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "insert into tenant_user_links (token_hash, tenant_id, user_id, email, created_at, expires_at)
         select $1, $2, $3, $4, now_ms, now_ms + $5 from clock
         returning expires_at",
    )
    .bind(token_hash.to_owned())
    .bind(tenant_id.to_owned())
    .bind(id.to_owned())
    .bind(email.to_owned())
    .bind(VALID.as_millis() as i64)
    .fetch_one(conn)
    .await?)
}

/// The id and the email of whose it is, while it is good.
async fn live(conn: &mut Conn, token_hash: &str, tenant_id: &str) -> Result<Option<(String, String)>> {
    Ok(sqlx::query_as(
        "select user_id, email from tenant_user_links
         where token_hash = $1 and tenant_id = $2 and used_at is null and expires_at > (select now_ms from clock)",
    )
    .bind(token_hash.to_owned())
    .bind(tenant_id.to_owned())
    .fetch_optional(conn)
    .await?)
}

/// Whether this call is the one that used it.
async fn claim(conn: &mut Conn, token_hash: &str) -> Result<bool> {
    let claimed = sqlx::query(
        "update tenant_user_links set used_at = (select now_ms from clock)
         where token_hash = $1 and used_at is null and expires_at > (select now_ms from clock)",
    )
    .bind(token_hash.to_owned())
    .execute(conn)
    .await?;
    Ok(claimed.rows_affected() == 1)
}

/// It came to nothing: whoever has it may try again.
async fn give_back(conn: &mut Conn, token_hash: &str) -> Result<()> {
    sqlx::query("update tenant_user_links set used_at = null where token_hash = $1")
        .bind(token_hash.to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

/// No link of theirs is good any more.
pub(super) async fn end(conn: &mut Conn, tenant_id: &str, user_id: &str) -> Result<()> {
    sqlx::query("delete from tenant_user_links where tenant_id = $1 and user_id = $2")
        .bind(tenant_id.to_owned())
        .bind(user_id.to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

/// Whoever the tenant's users are by now, none of them is known: their sessions and their links end.
pub(crate) async fn all_are_others(conn: &mut Conn, tenant_id: &str) -> Result<()> {
    people::all_changed(conn, tenant_id).await?;
    sqlx::query("delete from tenant_user_links where tenant_id = $1").bind(tenant_id.to_owned()).execute(conn).await?;
    Ok(())
}
