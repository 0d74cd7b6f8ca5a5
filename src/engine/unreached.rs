//! A connection that did not come about: whereto it was to lead, and why it does not.

use std::pin::Pin;

use tokio::time::timeout;

use super::{Category, Failure, Target, failure};

/// Opens something there within the target's `connect_timeout`. In a box: how a connection is made is large, and whoever waits for
/// it would have that several times over on the stack.
pub(super) async fn in_time<T>(
    target: &Target,
    opening: Pin<Box<impl Future<Output = Result<T, Failure>>>>,
) -> Result<T, Failure> {
    timeout(target.connect_timeout, opening).await.unwrap_or_else(|_| {
        Err(Failure::new(Category::Timeout, format!("no answer from \"{}\"", target.place()))
            .detail(format!("waited {} s for a connection", target.connect_timeout.as_secs_f32())))
    })
}

/// A failure to connect says where to. What is no answer of the database itself is a matter of the connection.
pub(super) fn connect_failure(target: &Target, error: &sqlx::Error) -> Failure {
    if let Some(untrusted) = failure::untrusted(target, error) {
        return untrusted;
    }
    let place = target.place();
    match error {
        sqlx::Error::Io(e) => {
            let words = e.to_string();
            let reason = words.split(" (os error").next().unwrap_or_default();
            Failure::new(Category::Connect, format!("no connection to \"{place}\": {reason}")).hint(failure::UNREACHED)
        }
        sqlx::Error::Database(_) | sqlx::Error::Tls(_) => {
            failure::at_sign_in(Failure::from_sqlx(target.engine, error), target)
        }
        sqlx::Error::Protocol(words) if failure::unspoken(words).is_some() => {
            Failure::new(Category::Auth, format!("no connection to \"{place}\": {words}"))
                .hint(failure::unspoken(words).unwrap_or_default())
        }
        // The driver takes the end of a connection for an answer: nobody sends this one.
        sqlx::Error::Protocol(words) if words.ends_with("SSLRequest: 0x00") => {
            Failure::new(Category::Connect, format!("no connection to \"{place}\": whoever answers hangs up at once"))
                .hint(failure::UNREACHED)
        }
        sqlx::Error::Protocol(words) => Failure::new(
            Category::Other,
            format!("what answers at \"{place}\" does not answer as {} does", target.engine.name()),
        )
        .detail(words)
        .hint("check host and port: another kind of server, or another program, may listen there"),
        other => Failure::new(Category::Connect, format!("no connection to \"{place}\": {other}")),
    }
}
