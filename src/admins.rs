//! Central admins: who may sign in to the console, and as what.
//!
//! Whatever changes what somebody may do (role, status, password) ends their sessions in the same transaction. There is
//! always one superadmin who can sign in.

pub(crate) mod identities;
mod links;
pub(crate) mod setup;
pub(crate) mod store;

use neo_model::{AccountStatus, AdminLink, AdminRow, WayIn};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::json;

use crate::Platform;
use crate::actor::{Actor, Permission, Role};
use crate::audit;
use crate::central::Conn;
use crate::error::{Advice, Do, Error, Kind, Result};
use crate::link::Link;
use crate::sessions::Audience;
use crate::{person, sessions};
pub use identities::unlink;
pub use links::{Chosen, Invitation, Opened, invite, link, open_link, redeem, revoke};
pub use setup::{new_setup_token, none_yet, redeem_setup, setup_token_is_valid};
use store::Account;

#[derive(Debug, Clone, Serialize)]
pub struct Admin {
    pub id: String,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub role: Role,
    pub disabled: bool,
    /// They have not chosen a password yet, and cannot sign in.
    pub invited: bool,
    /// Until when a link is good by which they choose one, if there is one.
    pub link_until: Option<i64>,
    /// Whether they have a second factor that counts.
    pub second_factor: bool,
    /// By what they sign in.
    pub ways: Vec<WayIn>,
    pub last_signed_in_at: Option<i64>,
    pub created_at: i64,
}

impl Admin {
    /// How the audit names this admin.
    pub(crate) fn subject(&self) -> String {
        format!("admin:{} {}", self.id, self.email)
    }

    pub fn status(&self) -> AccountStatus {
        match self.invited && !self.disabled {
            true => AccountStatus::Invited,
            false => AccountStatus::of(self.disabled),
        }
    }

    pub(crate) fn may_sign_in(&self) -> bool {
        self.status() == AccountStatus::Active
    }
}

impl From<Admin> for AdminRow {
    fn from(admin: Admin) -> Self {
        Self {
            status: admin.status(),
            id: admin.id,
            email: admin.email,
            first_name: admin.first_name,
            last_name: admin.last_name,
            role: admin.role,
            link_until: admin.link_until,
            second_factor: admin.second_factor,
            ways: admin.ways,
            last_signed_in_at: admin.last_signed_in_at,
            created_at: admin.created_at,
        }
    }
}

impl From<Link> for AdminLink {
    fn from(link: Link) -> Self {
        Self {
            url: link.url.expose_secret().to_owned(),
            email: link.email,
            expires_at: link.expires_at,
            mailed: link.mailed,
        }
    }
}

pub struct NewAdmin {
    pub email: String,
    pub password: SecretString,
    pub first_name: String,
    pub last_name: String,
    pub role: Role,
}

pub async fn create(platform: &Platform, actor: &Actor, new: NewAdmin) -> Result<Admin> {
    actor.authorise(Permission::ManageAdmins)?;
    let settled = ready(platform, new).await?;
    let mut tx = platform.central.write().await?;
    sessions::store::turn_of(&mut tx, actor).await?;
    let admin = settled.insert(&mut tx).await?;
    audit::record(platform, &mut tx, actor, "admin.create", &admin.subject(), &json!({ "role": admin.role })).await?;
    tx.commit().await?;
    Ok(admin)
}

/// In the order of their emails.
pub async fn list(platform: &Platform, actor: &Actor) -> Result<Vec<Admin>> {
    actor.authorise(Permission::SeeAdmins)?;
    store::all(&mut *platform.central.read().await?).await
}

/// The role that an admin has at this moment, by id; `None` where they may not sign in.
pub(crate) async fn role_now(conn: &mut Conn, id: &str) -> Result<Option<Role>> {
    let account = store::by_id(conn, id).await?;
    Ok(account.map(|account| account.admin).filter(Admin::may_sign_in).map(|admin| admin.role))
}

/// By id or email.
pub async fn find(platform: &Platform, actor: &Actor, key: &str) -> Result<Admin> {
    actor.authorise(Permission::SeeAdmins)?;
    Ok(account(&mut *platform.central.read().await?, key).await?.admin)
}

/// Whoever is asking.
pub async fn own(platform: &Platform, actor: &Actor) -> Result<Admin> {
    actor.authorise(Permission::OwnAccount)?;
    let nobody = || Error::new(Kind::Unauthenticated, "nobody is signed in").hint("sign in and try again");
    let id = actor.admin_id.as_deref().ok_or_else(nobody)?;
    Ok(store::by_id(&mut *platform.central.read().await?, id).await?.ok_or_else(nobody)?.admin)
}

pub async fn set_role(platform: &Platform, actor: &Actor, key: &str, role: Role) -> Result<Admin> {
    let change = |account: &mut Account| account.admin.role = role;
    change_account(platform, actor, key, "admin.set_role", change).await
}

pub async fn disable(platform: &Platform, actor: &Actor, key: &str) -> Result<Admin> {
    change_account(platform, actor, key, "admin.disable", |account| account.admin.disabled = true).await
}

pub async fn enable(platform: &Platform, actor: &Actor, key: &str) -> Result<Admin> {
    change_account(platform, actor, key, "admin.enable", |account| account.admin.disabled = false).await
}

/// Of somebody else, or at the machine of anybody: to change one's own takes the one before.
pub async fn reset_password(platform: &Platform, actor: &Actor, key: &str, password: SecretString) -> Result<Admin> {
    actor.authorise(Permission::ManageAdmins)?;
    let admin = find(platform, actor, key).await?;
    refuse_oneself(actor, &admin)?;
    platform.passwords.check_policy(&password, &[&admin.email, &admin.first_name, &admin.last_name])?;
    let hash = platform.passwords.hash(&password).await?;
    // Whatever strangers have tried at the account: this is the way back in.
    let mut tx = platform.central.write().await?;
    sessions::throttle::forget(&mut tx, &Audience::Central, &person::canonical(&admin.email)).await?;
    tx.commit().await?;
    let change = |account: &mut Account| {
        account.password_hash = hash;
        account.has_password = true;
        account.admin.invited = false;
    };
    change_account(platform, actor, &admin.id, "admin.reset_password", change).await
}

/// Whoever sits at a session that somebody has left open proves nothing by it: what is one's own is changed with what one knows.
pub(crate) fn refuse_oneself(actor: &Actor, admin: &Admin) -> Result<()> {
    match actor.admin_id.as_deref() == Some(admin.id.as_str()) {
        true => Err(Error::conflict("this is for what others have lost")
            .cause("your own is changed under Account, with your password and, where you have one, your second factor")
            .hint("have another superadmin do it where you have lost it")),
        false => Ok(()),
    }
}

/// Ends every session of this admin; answers how many.
pub async fn end_sessions(platform: &Platform, actor: &Actor, key: &str) -> Result<u64> {
    actor.authorise(Permission::EndSessions)?;
    let mut tx = platform.central.write().await?;
    // The row is written back as it was read: nobody may have changed it in between.
    sessions::store::turn_of(&mut tx, actor).await?;
    let account = account(&mut tx, key).await?;
    let ended = sessions::store::live_of_admin(&mut tx, &account.admin.id).await?;
    store::update(&mut tx, &account).await?;
    sessions::store::end_all(&mut tx, "central", &account.admin.id).await?;
    let body = json!({ "sessions": ended });
    audit::record(platform, &mut tx, actor, "admin.end_sessions", &account.admin.subject(), &body).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Ends every session of every admin but the one that asks (its hash; none from the command line); answers how many.
pub async fn end_all_sessions(platform: &Platform, actor: &Actor, but: Option<&str>) -> Result<u64> {
    actor.authorise(Permission::EndSessions)?;
    let mine = actor.admin_id.as_deref().zip(but);
    let mut ended = 0;
    let mut tx = platform.central.write().await?;
    sessions::store::turn_of(&mut tx, actor).await?;
    for admin in store::all(&mut tx).await? {
        if mine.is_some_and(|(id, _)| id == admin.id) {
            continue;
        }
        let account = account(&mut tx, &admin.id).await?;
        ended += sessions::store::live_of_admin(&mut tx, &admin.id).await?;
        store::update(&mut tx, &account).await?;
        sessions::store::end_all(&mut tx, "central", &admin.id).await?;
    }
    audit::record(platform, &mut tx, actor, "admin.end_sessions", "admins", &json!({ "sessions": ended })).await?;
    tx.commit().await?;
    match mine {
        Some((_, this)) => Ok(ended + sessions::end_others(platform, actor, this).await?),
        None => Ok(ended),
    }
}

/// One change to one account: the rules, the row, its sessions and the audit, in one transaction. Nothing changed, nothing
/// happens.
async fn change_account(
    platform: &Platform,
    actor: &Actor,
    key: &str,
    action: &str,
    change: impl FnOnce(&mut Account),
) -> Result<Admin> {
    actor.authorise(Permission::ManageAdmins)?;
    let mut tx = platform.central.write().await?;
    // Two superadmins who demote each other at once take turns: the second sees what the first has done.
    sessions::store::turn_of(&mut tx, actor).await?;
    let mut account = account(&mut tx, key).await?;
    let (before, hash_before) = (account.admin.clone(), account.password_hash.clone());
    change(&mut account);
    let after = &account.admin;
    if (before.role, before.disabled, &hash_before) == (after.role, after.disabled, &account.password_hash) {
        return Ok(before);
    }
    let was = before.role == Role::Superadmin && before.may_sign_in();
    let stays = after.role == Role::Superadmin && after.may_sign_in();
    if was && !stays && store::other_superadmins(&mut tx, &before.id).await? == 0 {
        return Err(Error::conflict(format!("{} is the last superadmin", before.email))
            .cause("somebody must be able to manage the admins")
            .hint("make somebody else a superadmin first"));
    }
    store::update(&mut tx, &account).await?;
    sessions::store::end_all(&mut tx, "central", &before.id).await?;
    // Another role leaves a link as it is: whoever comes by it has the role that they have then.
    if after.disabled || account.password_hash != hash_before {
        store::end_links(&mut tx, &before.id).await?;
    }
    let mut body = serde_json::Map::new();
    if before.role != after.role {
        body.insert("role".into(), json!({ "from": before.role, "to": after.role }));
    }
    if before.disabled != after.disabled {
        body.insert("status".into(), json!({ "from": before.status(), "to": after.status() }));
    }
    audit::record(platform, &mut tx, actor, action, &before.subject(), &body.into()).await?;
    tx.commit().await?;
    Ok(account.admin)
}

/// By id or email, or an error with the emails that come close.
async fn account(conn: &mut Conn, key: &str) -> Result<Account> {
    if let Some(account) = store::by_id(conn, key).await? {
        return Ok(account);
    }
    let canonical = person::canonical(key);
    if let Some(account) = store::by_email(conn, &canonical).await? {
        return Ok(account);
    }
    let emails = store::all(conn).await?.into_iter().map(|admin| admin.email);
    Err(Error::not_found("admin", key)
        .nearest(crate::error::nearest(&canonical, emails))
        .hint(Advice::from("see them with: ").act(Do::ListAdmins {})))
}

/// A new admin, checked and hashed: what is left is the row.
struct Settled {
    email: String,
    first_name: String,
    last_name: String,
    role: Role,
    password_hash: String,
    /// They are to choose a password.
    invited: bool,
    /// Otherwise it is nobody's.
    has_password: bool,
}

async fn ready(platform: &Platform, new: NewAdmin) -> Result<Settled> {
    let email = person::email(&new.email)?;
    let first_name = person::name(&new.first_name, "first_name", "first name")?;
    let last_name = person::name(&new.last_name, "last_name", "last name")?;
    platform.passwords.check_policy(&new.password, &[&email, &first_name, &last_name])?;
    let password_hash = platform.passwords.hash(&new.password).await?;
    Ok(Settled { email, first_name, last_name, role: new.role, password_hash, invited: false, has_password: true })
}

impl Settled {
    async fn insert(&self, tx: &mut Conn) -> Result<Admin> {
        let id = crate::id::new();
        let row = store::NewRow {
            id: &id,
            email: &self.email,
            first_name: &self.first_name,
            last_name: &self.last_name,
            role: self.role,
            password_hash: &self.password_hash,
            invited: self.invited,
            has_password: self.has_password,
        };
        store::insert(tx, &row).await?;
        let account =
            store::by_id(tx, &id).await?.ok_or_else(|| Error::internal("an admin vanished while being created"))?;
        Ok(account.admin)
    }
}
