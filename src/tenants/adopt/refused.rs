//! What an adoption is refused with, and what is to be mended.

use crate::engine::{Category, Failure};
use crate::error::{Advice, Error, Kind};
use crate::tenants::Tenant;
use crate::vault;

/// Names the argument that is to be mended, as it is called: where nothing else is said, the database, or the server that is not there.
pub(super) fn about(error: Error) -> Error {
    match (error.field, error.kind) {
        (Some("username"), _) => error.on("user"),
        (None, Kind::Invalid | Kind::Conflict) => error.on("database"),
        (None, Kind::NotFound | Kind::Unavailable) => error.on("server"),
        _ => error,
    }
}

pub(super) fn kept_out(tenant: &Tenant, failure: &Failure) -> Error {
    let shut = shut(tenant, failure);
    match &tenant.credential {
        // Nobody is told whether it was the envelope or what was in it.
        Some(envelope) if failure.category == Category::Auth && vault::is_legacy(envelope) => {
            shut.hint(Advice::operator("is DB_ENCRYPTION_KEY the key of the system the sealed password comes from?"))
        }
        _ => shut,
    }
}

pub(super) fn unfit(tenant: &Tenant, failure: &Failure) -> Error {
    let kind = if failure.category.is_transient() { Kind::Unavailable } else { Kind::Conflict };
    because_of(
        Error::new(kind, format!("the database of tenant \"{}\" cannot be taken over as it is", tenant.slug)),
        failure,
    )
}

fn shut(tenant: &Tenant, failure: &Failure) -> Error {
    let kind = if failure.category.is_transient() { Kind::Unavailable } else { Kind::Conflict };
    let shut =
        because_of(Error::new(kind, format!("the database of tenant \"{}\" does not let us in", tenant.slug)), failure);
    match failure.category {
        Category::Auth if !tenant.engine.is_file() => shut.field("password"),
        _ => shut,
    }
}

fn because_of(error: Error, failure: &Failure) -> Error {
    let error = error.cause(&failure.message);
    match &failure.hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}
