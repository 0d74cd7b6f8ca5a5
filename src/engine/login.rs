//! A login that gives itself a new password.

use secrecy::{ExposeSecret, SecretString};

use super::{Category, Engine, Failure, Target, mysql, postgres};

/// Sets the password of the login that this target signs in with: what is sent is a verifier or a hash, where the server takes one.
/// May be repeated. A failure with a code is the server's own word that nothing was changed.
pub async fn renew_login(target: &Target, password: &SecretString) -> Result<(), Failure> {
    let secret = password.expose_secret();
    let outcome = match target.engine {
        Engine::Postgres => postgres::renew_login(target, secret).await,
        Engine::Mysql => mysql::renew_login(target, secret).await,
        Engine::Sqlite => Err(Failure::new(Category::Other, "a file has no login")),
    };
    outcome.map_err(|failure| failure.redacted(secret))
}
