//! What the server functions about one's own account do.

use neo::actor::Permission;
use neo::error::{Error, Kind, Result};
use neo::sessions::{self, Session};
use neo_model::{SessionRow, SessionsEnded};
use secrecy::SecretString;

use crate::door::Door;

pub async fn sessions(door: &Door) -> Result<Vec<SessionRow>> {
    let this = &this(door)?.id_hash;
    let row = |session: Session| SessionRow {
        this: session.id_hash == *this,
        id: session.id_hash,
        device: sessions::device(session.user_agent.as_deref()),
        address: session.address,
        user_agent: session.user_agent,
        created_at: session.created_at,
        last_seen_at: session.last_seen_at,
    };
    Ok(sessions::list_own(&door.platform, &door.actor).await?.into_iter().map(row).collect())
}

pub async fn change_password(door: &Door, old: &SecretString, new: &SecretString) -> Result<SessionsEnded> {
    let this = this(door)?;
    let ended = sessions::change_password(&door.platform, &door.actor, &this.id_hash, old, new).await?;
    Ok(SessionsEnded { ended })
}

pub async fn end_session(door: &Door, id: &str) -> Result<SessionsEnded> {
    sessions::end_own(&door.platform, &door.actor, id).await?;
    Ok(SessionsEnded { ended: 1 })
}

pub async fn end_sessions(door: &Door) -> Result<SessionsEnded> {
    let this = this(door)?;
    let ended = sessions::end_others(&door.platform, &door.actor, &this.id_hash).await?;
    Ok(SessionsEnded { ended })
}

pub async fn not_me(door: &Door) -> Result<SessionsEnded> {
    let this = this(door)?;
    Ok(SessionsEnded { ended: sessions::not_me(&door.platform, &door.actor, &this.id_hash).await? })
}

/// The session that asks. A program has none, and is told so by its permission.
fn this(door: &Door) -> Result<&Session> {
    door.actor.authorise(Permission::OwnAccount)?;
    let nobody = || Error::new(Kind::Unauthenticated, "nobody is signed in").hint("sign in and try again");
    door.visit.session.as_ref().ok_or_else(nobody)
}
