//! Whether whoever asked and whoever approved are what they were then: weighed in the transaction that begins it, at whose turn it is
//! at the audit, so that whatever is done to them is seen or comes after it.

use neo_model::Approval;

use super::{Who, store};
use crate::admins;
use crate::central::Conn;
use crate::error::{Error, Result};
use crate::{audit, tokens};

/// Conflict where one of them has less by now.
pub(crate) async fn still(conn: &mut Conn, approval: Option<&Approval>) -> Result<()> {
    let Some(Approval::Approved { request, .. }) = approval else { return Ok(()) };
    audit::take_turn(conn).await?;
    for who in store::people(conn, *request).await? {
        if !is_still(conn, &who).await? {
            return Err(Error::conflict(format!("{} has just become less than they were", who.name))
                .cause(format!("it was about to begin by request {request}")));
        }
    }
    Ok(())
}

async fn is_still(conn: &mut Conn, who: &Who) -> Result<bool> {
    let role = match (&who.token, &who.admin_id) {
        (Some(token), _) => tokens::role_now(conn, token).await?,
        (None, Some(id)) => admins::role_now(conn, id).await?,
        // Whoever is at the machine has the key.
        (None, None) => Some(who.role),
    };
    Ok(role.is_some_and(|role| role >= who.role))
}
