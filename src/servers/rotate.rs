//! A new password for a server's login: made here, sealed, set on the server by the login itself, proven, and the old one gone.
//!
//! The server is told last of all: from before that on both passwords are known, and whoever is refused with the one tries the other.
//! So a rotation that is broken off at any point has broken nothing, and goes on when it is asked for again, with the same password.

use serde_json::json;

use super::{Server, admin_target, find, next_binding, store, subject, troubled};
use crate::actor::{Actor, Permission};
use crate::engine::{self, Category, Failure, Target};
use crate::error::{Advice, Do, Error, Result};
use crate::tenants;
use crate::{Platform, audit};

/// Gives the server's login a new password that nobody but the vault knows.
pub async fn rotate_password(platform: &Platform, actor: &Actor, key: &str) -> Result<Server> {
    actor.authorise(Permission::ManageServers)?;
    let server = find(platform, actor, key).await?;
    refuse_loginless(&server)?;
    if let Some(missing) = engine::between(&admin_target(platform, &server)?).await {
        return Err(troubled(&server, "keeps the password that it has", &missing));
    }
    let body = json!({ "login": server.username });
    let intent = audit::intent(platform, actor, "server.rotate-password", &subject(&server), &body).await?;
    let outcome = async {
        let was_begun = server.credential_next.is_some();
        let server = with_next(platform, actor, server).await?;
        let target = admin_target(platform, &server)?;
        if !was_begun || !is_taken(&target).await {
            tell(platform, &server, &target).await?;
            prove(platform, &server, &target).await?;
        }
        replace(platform, &server).await?;
        find(platform, actor, &server.id).await
    }
    .await;
    intent.outcome(platform, &outcome).await?;
    outcome
}

fn refuse_loginless(server: &Server) -> Result<()> {
    if server.engine.is_file() {
        return Err(Error::conflict(format!("server \"{}\" has no password", server.name))
            .cause("it is a folder of SQLite files, which nobody signs in to"));
    }
    if server.credential.is_none() {
        return Err(Error::conflict(format!("Neo signs in to server \"{}\" without a password", server.name))
            .hint(Advice::from("to sign in with one: ").act(Do::SetServer { server: server.name.clone() })));
    }
    Ok(())
}

/// Both passwords are sealed: the one of a rotation that was broken off, or a new one.
async fn with_next(platform: &Platform, actor: &Actor, mut server: Server) -> Result<Server> {
    if server.credential_next.is_some() {
        return Ok(server);
    }
    let next = platform.vault.seal(&tenants::new_password(), &next_binding(&server));
    let mut tx = platform.central.write().await?;
    let is_ours = store::set_next(&mut tx, &server, &next).await? == 1;
    tx.commit().await?;
    if is_ours {
        server.credential_next = Some(next);
        return Ok(server);
    }
    // Somebody else has just begun: both give it the same password.
    let server = find(platform, actor, &server.id).await?;
    match server.credential_next {
        Some(_) => Ok(server),
        None => Err(overtaken(&server)),
    }
}

/// A rotation that was broken off may have come so far.
async fn is_taken(target: &Target) -> bool {
    match target.instead() {
        Some(new) => engine::probe(&new).await.is_ok(),
        None => false,
    }
}

async fn tell(platform: &Platform, server: &Server, target: &Target) -> Result<()> {
    let Some(next) = &target.second else { return Err(overtaken(server)) };
    match engine::renew_login(target, next).await {
        Ok(()) => Ok(()),
        // The server's own word, or ours that it cannot be told: nothing was changed there, unless it was before, and then the
        // second password opened it.
        Err(failure) if failure.code.is_some() || failure.category == Category::Permission => {
            Err(given_up(platform, server, target, &failure).await?)
        }
        Err(failure) => Err(unfinished(server, &failure)),
    }
}

/// Only the new one counts: a login may be let in by something else than what the server keeps of its password.
async fn prove(platform: &Platform, server: &Server, target: &Target) -> Result<()> {
    let Some(new) = target.instead() else { return Err(overtaken(server)) };
    match engine::probe(&new).await {
        Ok(_) => Ok(()),
        Err(failure) if failure.is_wrong_password() => Err(given_up(platform, server, target, &failure).await?),
        Err(failure) => Err(unfinished(server, &failure)),
    }
}

/// Takes the new password back where the old one still opens: there is nothing to go on with.
async fn given_up(platform: &Platform, server: &Server, target: &Target, failure: &Failure) -> Result<Error> {
    let old = Target { second: None, ..target.clone() };
    // As an administrator's session, which says no more than it may.
    if engine::probe(&old).await.is_err() {
        return Ok(unfinished(server, failure));
    }
    let mut tx = platform.central.write().await?;
    store::drop_next(&mut tx, server).await?;
    tx.commit().await?;
    let error = troubled(server, "keeps the password that it has", failure);
    Ok(match failure.is_wrong_password() {
        true => error
            .hint("its password is kept elsewhere (a directory, the list of a pooler): change it there, then tell Neo"),
        false => error,
    })
}

/// The new one takes the place of the old.
async fn replace(platform: &Platform, server: &Server) -> Result<()> {
    let mut tx = platform.central.write().await?;
    let replaced = store::take_next(&mut tx, server).await?;
    tx.commit().await?;
    if replaced == 1 {
        return Ok(());
    }
    // Somebody else may have come to the end of the same rotation.
    let now = store::find(&mut *platform.central.read().await?, &server.id).await?;
    match now.is_some_and(|now| now.credential == server.credential_next) {
        true => Ok(()),
        false => Err(overtaken(server)),
    }
}

fn unfinished(server: &Server, failure: &Failure) -> Error {
    let error = troubled(server, "may have the new password or the old one; Neo knows both", failure);
    match failure.is_wrong_password() {
        true => error,
        false => error.hint(Advice::from("once it answers: ").act(Do::RotateServer { server: server.name.clone() })),
    }
}

fn overtaken(server: &Server) -> Error {
    Error::conflict(format!("somebody else has changed server \"{}\" meanwhile", server.name))
        .hint(Do::CheckServer { server: server.name.clone() })
}
