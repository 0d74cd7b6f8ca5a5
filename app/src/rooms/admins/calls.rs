//! What the server functions about central admins do.

use neo::admins::{self, Invitation, NewAdmin};
use neo::error::Result;
use neo_model::{AdminLink, AdminRow, Role, SessionsEnded};
use secrecy::SecretString;

use crate::door::Door;

/// An admin as they are asked for.
pub struct Wanted {
    pub email: String,
    pub password: SecretString,
    pub first_name: String,
    pub last_name: String,
    pub role: Role,
}

pub async fn list(door: &Door) -> Result<Vec<AdminRow>> {
    Ok(admins::list(&door.platform, &door.actor).await?.into_iter().map(AdminRow::from).collect())
}

pub async fn create(door: &Door, wanted: Wanted) -> Result<AdminRow> {
    let Wanted { email, password, first_name, last_name, role } = wanted;
    let new = NewAdmin { email, password, first_name, last_name, role };
    Ok(admins::create(&door.platform, &door.actor, new).await?.into())
}

pub async fn invite(door: &Door, new: Invitation) -> Result<AdminLink> {
    Ok(admins::invite(&door.platform, &door.actor, new).await?.into())
}

pub async fn link(door: &Door, admin: &str) -> Result<AdminLink> {
    Ok(admins::link(&door.platform, &door.actor, admin).await?.into())
}

pub async fn revoke(door: &Door, admin: &str) -> Result<AdminRow> {
    Ok(admins::revoke(&door.platform, &door.actor, admin).await?.into())
}

pub async fn set_role(door: &Door, admin: &str, role: Role) -> Result<AdminRow> {
    Ok(admins::set_role(&door.platform, &door.actor, admin, role).await?.into())
}

pub async fn disable(door: &Door, admin: &str) -> Result<AdminRow> {
    Ok(admins::disable(&door.platform, &door.actor, admin).await?.into())
}

pub async fn enable(door: &Door, admin: &str) -> Result<AdminRow> {
    Ok(admins::enable(&door.platform, &door.actor, admin).await?.into())
}

pub async fn end_sessions(door: &Door, admin: &str) -> Result<SessionsEnded> {
    let ended = admins::end_sessions(&door.platform, &door.actor, admin).await?;
    Ok(SessionsEnded { ended })
}

pub async fn reset_factor(door: &Door, admin: &str) -> Result<AdminRow> {
    Ok(neo::second_factor::reset(&door.platform, &door.actor, admin).await?.into())
}

pub async fn unlink(door: &Door, admin: &str) -> Result<AdminRow> {
    Ok(admins::unlink(&door.platform, &door.actor, admin).await?.into())
}

/// But for the session that asks.
pub async fn end_all_sessions(door: &Door) -> Result<SessionsEnded> {
    let this = door.visit.session.as_ref().map(|session| session.id_hash.as_str());
    Ok(SessionsEnded { ended: admins::end_all_sessions(&door.platform, &door.actor, this).await? })
}

pub async fn reset_password(door: &Door, admin: &str, password: SecretString) -> Result<AdminRow> {
    Ok(admins::reset_password(&door.platform, &door.actor, admin, password).await?.into())
}
