//! What a tenant's database answers when it is asked about its users, and what is told of it when it does not.

use tokio::time::timeout;

use super::store;
use crate::engine::{ANSWER, Connection, READING};
use crate::error::{Advice, Do, Error, Result};
use crate::tenants::{State, Tenant};

/// Waits for what a tenant's database is asked, and not for ever: the server is told to end what takes too long, and one that
/// does not is left.
pub(super) async fn asked<T>(
    tenant: &Tenant,
    question: impl Future<Output = std::result::Result<T, sqlx::Error>>,
) -> Result<T> {
    match timeout(ANSWER, question).await {
        Ok(answer) => answer.map_err(|error| explain(tenant, error)),
        Err(_) => Err(too_slow(tenant)),
    }
}

fn too_slow(tenant: &Tenant) -> Error {
    Error::unavailable(format!("the users of tenant \"{}\" took longer than {} s", tenant.slug, READING.as_secs()))
        .cause("its users, roles or user_roles is no plain table, has a trigger that takes its time, or is held locked")
        .hint("see what has these names in the tenant's database")
}

/// What a tenant's database said, with the causes that have a remedy told apart.
fn explain(tenant: &Tenant, error: sqlx::Error) -> Error {
    // As much of it as is kept: it may be of any length.
    let failure = Connection::failure(tenant.engine, &error);
    if store::is_cut_short(&error) {
        return too_slow(tenant).source(failure);
    }
    if failure.is_too_long() {
        return Error::unavailable(format!(
            "the users of tenant \"{}\" are longer than what is read of them",
            tenant.slug
        ))
        .cause("there are values of many megabytes, or a view or a trigger makes them")
        .hint("see what is in its tables users, roles and user_roles")
        .source(failure);
    }
    if store::is_missing_table(&error) {
        let lacks = Error::conflict(format!("tenant \"{}\" lacks the tables users, roles and user_roles", tenant.slug));
        let told = match tenant.state {
            // No run would bring it any.
            State::Current => lacks
                .cause("it has every migration, and none of them makes these tables: it keeps its users elsewhere, or has none")
                .hint("to have them managed here, make the tables by a migration: docs/migrations.md says with which columns"),
            _ => lacks
                .cause("the migrations that make them have not been applied, or it keeps its users elsewhere")
                .hint(
                    Advice::from("bring it up to date with: ")
                        .act(Do::MigrateTenant { tenant: Some(tenant.slug.clone()) }),
                ),
        };
        return told.source(failure);
    }
    let mut error = Error::unavailable(format!("the database of tenant \"{}\" refused", tenant.slug))
        .cause(failure.message.clone());
    error.hint = failure.hint.clone();
    error.source(failure)
}
