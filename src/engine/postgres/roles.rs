//! Roles, and their passwords: the server is told a verifier, and never the password.

use super::admin::{Admin, name, text};
use crate::engine::marks::{CONNECTION_LIMIT, mark, strangers};
use crate::engine::{Failure, Target, passwords};

pub(in crate::engine) async fn create_role(
    target: &Target,
    role: &str,
    password: &str,
    tenant_id: &str,
) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let verifier = passwords::scram(password, &rand::random());
    let existing = admin.role(role).await?;
    let verb = match &existing {
        None => "create",
        Some(comment) if comment.as_deref() == Some(mark(tenant_id).as_str()) => "alter",
        Some(_) => return Err(strangers("role", role)),
    };
    let quoted = name(role);
    let mut sql =
        format!("{verb} role {quoted} login connection limit {CONNECTION_LIMIT} password {}", text(&verifier));
    if existing.is_none() {
        // Only on creation: merely to name these on an existing role takes a superuser.
        sql += " nosuperuser nocreatedb nocreaterole noreplication";
        sql += &format!("; comment on role {quoted} is {}", text(&mark(tenant_id)));
    }
    if !admin.is_superuser().await? {
        admin.inherits(&target.username).await?;
        sql += &format!("; {}", admin.joining(role));
    }
    let outcome = admin.run(&sql).await.map_err(|f| f.redacted(&verifier));
    admin.close().await;
    outcome
}

pub(in crate::engine) async fn set_password(
    target: &Target,
    role: &str,
    password: &str,
    tenant_id: &str,
) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let verifier = passwords::scram(password, &rand::random());
    let outcome = match admin.role(role).await? {
        Some(Some(comment)) if comment == mark(tenant_id) => {
            let sql = format!("alter role {} password {}", name(role), text(&verifier));
            admin.run(&sql).await.map_err(|f| f.redacted(&verifier))
        }
        Some(_) | None => Err(strangers("role", role)),
    };
    admin.close().await;
    outcome
}

/// Ends what is signed in as a role.
pub(in crate::engine) async fn end_sessions(target: &Target, role: &str) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let ended = async {
        admin.join(role).await?;
        admin.end_sessions(role).await
    }
    .await;
    admin.close().await;
    ended
}

pub(in crate::engine) async fn signed_in(target: &Target, role: &str) -> Result<Vec<String>, Failure> {
    let mut admin = Admin::open(target).await?;
    let found = admin.signed_in(role).await;
    admin.close().await;
    found
}

/// A role may give itself a password, and nothing else is said of it.
pub(in crate::engine) async fn renew_login(target: &Target, password: &str) -> Result<(), Failure> {
    let verifier = passwords::scram(password, &rand::random());
    let mut admin = Admin::open(target).await?;
    let outcome = admin.run(&format!("alter role current_user password {}", text(&verifier))).await;
    admin.close().await;
    outcome.map_err(|f| f.redacted(&verifier))
}
