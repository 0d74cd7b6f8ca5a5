//! The password of a server's login, sealed to where the server is.

use secrecy::SecretString;

use super::Server;
use crate::Platform;
use crate::engine::Target;
use crate::error::{Advice, Do, Error, Result};
use crate::vault::Binding;

/// What a login is known to sign in with.
pub(super) struct Passwords {
    pub first: Option<SecretString>,
    /// The one it is being replaced with.
    pub second: Option<SecretString>,
}

impl Passwords {
    pub fn of(platform: &Platform, server: &Server) -> Result<Self> {
        let open = |envelope: &String, binding: &Binding<'_>| {
            platform.vault.open(envelope, binding, platform.config.legacy_ciphertext).map_err(|e| {
                Error::config(format!("the sealed credential of server \"{}\" cannot be opened", server.name))
                    .cause("it was sealed under another key, or for another server, or is damaged")
                    .hint(
                        Advice::from(Do::KeyStatus {})
                            .and(", or give its password again: ")
                            .act(Do::SetServer { server: server.name.clone() }),
                    )
                    .source(e)
            })
        };
        let first = server.credential.as_ref().map(|envelope| open(envelope, &sealed_to(server))).transpose()?;
        let next = next_binding(server);
        let second = server.credential_next.as_ref().map(|envelope| open(envelope, &next)).transpose()?;
        Ok(Self { first, second })
    }
}

/// Keeps the passwords of this target, sealed to where the server is.
pub(super) fn seal(platform: &Platform, server: &mut Server, target: &Target) {
    let password = target.password.as_ref();
    let first = password.map(|password| platform.vault.seal(password, &binding(server)));
    let next = target.second.as_ref().map(|next| platform.vault.seal(next, &next_binding(server)));
    (server.credential, server.credential_next, server.tls_unbound) = (first, next, false);
}

/// What its credential was sealed to.
fn sealed_to(server: &Server) -> Binding<'_> {
    Binding { tls: server.bound_tls().filter(|_| !server.tls_unbound), ..binding(server) }
}

/// What its credential is sealed to today.
pub(crate) fn binding(server: &Server) -> Binding<'_> {
    Binding {
        purpose: "server_password",
        subject_id: &server.id,
        engine: server.engine.as_str(),
        host: &server.host,
        port: server.port,
        database: "",
        role: &server.username,
        generation: server.generation,
        tls: server.bound_tls(),
        ca: server.tls_ca.as_deref(),
    }
}

/// What the password is sealed to that takes its place.
pub(crate) fn next_binding(server: &Server) -> Binding<'_> {
    Binding { generation: server.generation + 1, ..binding(server) }
}
