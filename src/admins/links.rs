//! Coming in, and coming back, by a one-time link: whoever it is for chooses a password that nobody else ever knows.
//!
//! Somebody who is invited is an admin without a password of theirs: they hold their email and their role, and nothing else, until
//! they have chosen one. Everything here is one transaction of the central database, so of two who come at once one is the first.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{Account, Admin, Settled, account, refuse_oneself, store};
use crate::Platform;
use crate::actor::{Actor, Permission, Role};
use crate::central::Conn;
use crate::clock::rfc3339;
use crate::error::{Error, Result};
use crate::link::{Link, VALID, hash, secret, to_choose, unguessable, worn_out};
use crate::mail::Letter;
use crate::sessions::{self, Audience, visitor};
use crate::{audit, person};

/// Somebody who is to come in. What they are called may be left to them.
pub struct Invitation {
    pub email: String,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub role: Role,
}

/// What a link leads to.
#[derive(Debug, Clone)]
pub struct Opened {
    pub email: String,
    /// They come in by it, and say what they are called; these are the names that they were invited under, which may be empty.
    pub invited: Option<(String, String)>,
}

/// What somebody chooses by their link.
pub struct Chosen {
    pub password: SecretString,
    /// What whoever is invited is called; of others it is not asked.
    pub names: (String, String),
}

/// Makes an admin who chooses a password by the link. Until they have, they cannot sign in. Fields: `email`, `first_name`,
/// `last_name`.
pub async fn invite(platform: &Platform, actor: &Actor, new: Invitation) -> Result<Link> {
    actor.authorise(Permission::ManageAdmins)?;
    let given = |name: Option<String>, field: &'static str, what: &str| match name.filter(|n| !n.trim().is_empty()) {
        Some(name) => person::name(&name, field, what),
        None => Ok(String::new()),
    };
    let settled = Settled {
        email: person::email(&new.email)?,
        first_name: given(new.first_name, "first_name", "first name")?,
        last_name: given(new.last_name, "last_name", "last name")?,
        role: new.role,
        password_hash: platform.passwords.hash(&unguessable()).await?,
        invited: true,
        has_password: false,
    };
    let mut tx = platform.central.write().await?;
    sessions::store::turn_of(&mut tx, actor).await?;
    let admin = settled.insert(&mut tx).await?;
    let link = renewed(platform, &mut tx, &admin).await?;
    let body = json!({ "role": admin.role, "expires_at": rfc3339(link.expires_at) });
    audit::record(platform, &mut tx, actor, "admin.invite", &admin.subject(), &body).await?;
    tx.commit().await?;
    Ok(mailed(platform, link, |link, origin| Letter::invitation(link, admin.role, origin)).await)
}

/// Makes the link by which this admin (id or email) chooses a password, in the place of one that they had before. Until they have,
/// the password that they have is good. Of somebody else, or at the machine of anybody.
pub async fn link(platform: &Platform, actor: &Actor, key: &str) -> Result<Link> {
    actor.authorise(Permission::ManageAdmins)?;
    let mut tx = platform.central.write().await?;
    sessions::store::turn_of(&mut tx, actor).await?;
    let Account { admin, .. } = account(&mut tx, key).await?;
    refuse_oneself(actor, &admin)?;
    if admin.disabled {
        return Err(Error::conflict(format!("{} is disabled", admin.email))
            .cause("a link would let nobody in")
            .hint("enable them first"));
    }
    let link = renewed(platform, &mut tx, &admin).await?;
    let body = json!({ "expires_at": rfc3339(link.expires_at) });
    audit::record(platform, &mut tx, actor, "admin.link", &admin.subject(), &body).await?;
    tx.commit().await?;
    let letter = |link: &Link, origin: &str| match admin.invited {
        true => Letter::invitation(link, admin.role, origin),
        false => Letter::reset(link, origin),
    };
    Ok(mailed(platform, link, letter).await)
}

/// Takes a link back that was not used. Whoever was invited and has not come in is no admin any more. Answers who they were.
pub async fn revoke(platform: &Platform, actor: &Actor, key: &str) -> Result<Admin> {
    actor.authorise(Permission::ManageAdmins)?;
    let mut tx = platform.central.write().await?;
    sessions::store::turn_of(&mut tx, actor).await?;
    let Account { admin, .. } = account(&mut tx, key).await?;
    let ended = store::end_links(&mut tx, &admin.id).await?;
    match admin.invited {
        true => store::delete_invited(&mut tx, &admin.id).await?,
        false if ended > 0 => {}
        false => return Err(Error::conflict(format!("{} has no link that could be taken back", admin.email))),
    }
    let body = json!({ "invited": admin.invited });
    audit::record(platform, &mut tx, actor, "admin.revoke_link", &admin.subject(), &body).await?;
    tx.commit().await?;
    Ok(Admin { link_until: None, ..admin })
}

/// Whose link it is. It is as good afterwards as it was.
pub async fn open_link(platform: &Platform, token: &str) -> Result<Opened> {
    let found = store::by_link(&mut *platform.central.read().await?, &hash(token)).await?;
    let Account { admin, .. } = found.ok_or_else(worn_out)?;
    let invited = admin.invited.then_some((admin.first_name, admin.last_name));
    Ok(Opened { email: admin.email, invited })
}

/// Sets the password that somebody has chosen by this link, which is worth nothing from then on, and ends their sessions. A second
/// factor stays as it is. Fields: `password`, and of whoever is invited `first_name`, `last_name`.
pub async fn redeem(platform: &Platform, token: &str, choice: Chosen, address: Option<&str>) -> Result<()> {
    let token_hash = hash(token);
    // Before the hashing, which is dear; decided again in the transaction.
    let found = store::by_link(&mut *platform.central.read().await?, &token_hash).await?;
    let Account { admin, .. } = found.ok_or_else(worn_out)?;
    let (first, last) = match admin.invited {
        true => (
            person::name(&choice.names.0, "first_name", "first name")?,
            person::name(&choice.names.1, "last_name", "last name")?,
        ),
        false => (admin.first_name, admin.last_name),
    };
    platform.passwords.check_policy(&choice.password, &[&admin.email, &first, &last])?;
    let password_hash = platform.passwords.hash(&choice.password).await?;

    let mut tx = platform.central.write().await?;
    // Whatever strangers have tried at the account: this is a way back in. Rows are taken in this order everywhere.
    sessions::throttle::forget(&mut tx, &Audience::Central, &person::canonical(&admin.email)).await?;
    audit::take_turn(&mut tx).await?;
    let mut account = store::by_link(&mut tx, &token_hash).await?.ok_or_else(worn_out)?;
    if !store::use_link(&mut tx, &token_hash).await? {
        return Err(worn_out());
    }
    let was_invited = account.admin.invited;
    (account.password_hash, account.has_password, account.admin.invited) = (password_hash, true, false);
    let ended = sessions::store::live_of_admin(&mut tx, &account.admin.id).await?;
    store::update(&mut tx, &account).await?;
    if was_invited {
        store::set_names(&mut tx, &account.admin.id, &first, &last).await?;
    }
    sessions::store::end_all(&mut tx, "central", &account.admin.id).await?;
    let body = json!({ "invited": was_invited, "sessions": ended });
    let owner = visitor(&Audience::Central, Some(&account.admin.email), address);
    audit::record(platform, &mut tx, &owner, "admin.choose_password", &account.admin.subject(), &body).await?;
    tx.commit().await?;
    Ok(())
}

/// The link, which is good whatever becomes of the mail.
async fn mailed(platform: &Platform, link: Link, letter: impl FnOnce(&Link, &str) -> Letter) -> Link {
    let Some(relay) = &platform.mail else { return link };
    let mailed = relay.send(letter(&link, &platform.config.central_origin())).await;
    Link { mailed: Some(mailed), ..link }
}

async fn renewed(platform: &Platform, tx: &mut Conn, admin: &Admin) -> Result<Link> {
    let token = secret();
    let valid_ms = VALID.as_millis() as i64;
    let expires_at = store::renew_link(tx, &admin.id, &hash(token.expose_secret()), valid_ms).await?;
    let url = to_choose(&platform.config.central_origin(), &token);
    Ok(Link { url, email: admin.email.clone(), expires_at, mailed: None })
}
