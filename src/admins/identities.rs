//! Who an admin is at the identity provider. An identity is what the provider calls itself and what it calls them; an email is none.
//!
//! Whoever comes with an identity that is known here is its admin, and their role is what the provider says, each time. Whoever comes with
//! another is a new admin, or becomes the one who has their email: where the provider has verified that, the admin has no other identity,
//! and would lose nothing by it. An admin with a second factor proves that first (docs/adr/0048).

use neo_model::WayIn;
use serde_json::{Value, json};

use super::{Account, Admin, Settled, account, refuse_oneself, store};
use crate::Platform;
use crate::actor::{Actor, Permission, Role};
use crate::central::Conn;
use crate::error::{Error, Kind, Result};
use crate::oidc::{Claims, Identity};
use crate::sessions::{self, Audience, visitor};
use crate::{audit, person};

/// What becomes of whoever comes from the provider.
pub(crate) enum Verdict {
    /// They are this admin.
    In(Box<Account>),
    /// They are to be this admin, once they have proven the second factor that it has.
    ToProve(Box<Account>, Identity),
    Out(Out),
}

/// Why they do not come in: a word for the audit, about whom, and what they are told.
pub(crate) struct Out {
    pub why: &'static str,
    pub subject: String,
    pub told: Error,
}

impl Out {
    fn of(why: &'static str, account: Option<&Account>, told: impl Into<String>) -> Verdict {
        let subject = account.map_or_else(|| "nobody".to_owned(), |account| account.admin.subject());
        Verdict::Out(Self { why, subject, told: Error::new(Kind::Unauthenticated, told) })
    }
}

/// Whether an admin would have to be made for them.
pub(crate) async fn is_new(conn: &mut Conn, claims: &Claims) -> Result<bool> {
    let Some(email) = claims.email.as_deref().filter(|_| claims.role.is_some()) else { return Ok(false) };
    Ok(store::by_identity(conn, &claims.issuer, &claims.subject).await?.is_none()
        && store::by_email(conn, &person::canonical(email)).await?.is_none())
}

/// Decides who they are and whether they come in, and changes what follows from it: after [`audit::take_turn`], in the transaction that
/// the caller commits whatever the verdict. `spare_hash`: of a password that nobody knows, for who [`is_new`].
pub(crate) async fn admit(
    platform: &Platform,
    tx: &mut Conn,
    claims: &Claims,
    spare_hash: Option<String>,
    address: Option<&str>,
) -> Result<Verdict> {
    match store::by_identity(tx, &claims.issuer, &claims.subject).await? {
        Some(account) => known(platform, tx, account, claims.role, address).await,
        None => first(platform, tx, claims, spare_hash, address).await,
    }
}

const NO_ROLE: &str = "you have no role here: the groups you are in there are none that this console knows";

async fn known(
    platform: &Platform,
    tx: &mut Conn,
    account: Account,
    role: Option<Role>,
    address: Option<&str>,
) -> Result<Verdict> {
    if account.admin.disabled {
        return Ok(Out::of("disabled", Some(&account), "your account here is disabled"));
    }
    let Some(role) = role else {
        // What they had open was worth their role of before.
        store::update(tx, &account).await?;
        sessions::store::end_all(tx, "central", &account.admin.id).await?;
        return Ok(Out::of("no_role", Some(&account), NO_ROLE));
    };
    let falls = account.admin.role == Role::Superadmin && role != Role::Superadmin;
    if falls && account.admin.may_sign_in() && store::other_superadmins(tx, &account.admin.id).await? == 0 {
        let told =
            format!("you are the last superadmin here, and are {role} there: make somebody else a superadmin first");
        return Ok(Out::of("last_superadmin", Some(&account), told));
    }
    store::use_identity(tx, &account.admin.id).await?;
    Ok(Verdict::In(Box::new(entered(platform, tx, account, role, address).await?)))
}

async fn first(
    platform: &Platform,
    tx: &mut Conn,
    claims: &Claims,
    spare_hash: Option<String>,
    address: Option<&str>,
) -> Result<Verdict> {
    let Some(role) = claims.role else { return Ok(Out::of("no_role", None, NO_ROLE)) };
    let Some(email) = &claims.email else {
        return Ok(Out::of("no_email", None, "your email is not verified there, so nobody here knows who you are"));
    };
    let identity = Identity { issuer: claims.issuer.clone(), subject: claims.subject.clone(), role };
    let Some(account) = store::by_email(tx, &person::canonical(email)).await? else {
        let Some(password_hash) = spare_hash else {
            return Ok(Out::of("changed", None, "your account has just changed: sign in again"));
        };
        return made(platform, tx, claims, (email, identity), password_hash, address).await;
    };
    let told = if account.admin.disabled {
        ("disabled", "your account here is disabled".to_owned())
    } else if store::identity_of(tx, &account.admin.id).await?.is_some() {
        ("other_identity", format!("{email} is somebody else's here: a superadmin can part them, under Admins"))
    } else if role < account.admin.role {
        // Whoever takes an address over there would take a role away here.
        (
            "would_lower",
            format!("{email} is {} here, and {role} there: a superadmin lowers it here first", account.admin.role),
        )
    } else if account.admin.second_factor {
        return Ok(Verdict::ToProve(Box::new(account), identity));
    } else {
        let account = link(platform, tx, account, &identity, (&claims.first_name, &claims.last_name), address).await?;
        return Ok(Verdict::In(Box::new(account)));
    };
    Ok(Out::of(told.0, Some(&account), told.1))
}

async fn made(
    platform: &Platform,
    tx: &mut Conn,
    claims: &Claims,
    (email, identity): (&str, Identity),
    password_hash: String,
    address: Option<&str>,
) -> Result<Verdict> {
    let settled = Settled {
        email: email.to_owned(),
        first_name: claims.first_name.clone(),
        last_name: claims.last_name.clone(),
        role: identity.role,
        password_hash,
        invited: false,
        has_password: false,
    };
    let admin = settled.insert(tx).await?;
    store::add_identity(tx, &admin.id, &identity.issuer, &identity.subject).await?;
    let (owner, mut body) = (visitor(&Audience::Central, Some(email), address), told(&identity));
    body["role"] = json!(identity.role);
    audit::record(platform, tx, &owner, "admin.create", &admin.subject(), &body).await?;
    Ok(Verdict::In(Box::new(account(tx, &admin.id).await?)))
}

/// Makes it theirs; their role rises to what comes with it. `names`: what the provider calls them, for whom nobody has called anything.
pub(crate) async fn link(
    platform: &Platform,
    tx: &mut Conn,
    mut account: Account,
    identity: &Identity,
    names: (&str, &str),
    address: Option<&str>,
) -> Result<Account> {
    store::add_identity(tx, &account.admin.id, &identity.issuer, &identity.subject).await?;
    if account.admin.first_name.is_empty() && account.admin.last_name.is_empty() {
        store::set_names(tx, &account.admin.id, names.0, names.1).await?;
        (account.admin.first_name, account.admin.last_name) = (names.0.to_owned(), names.1.to_owned());
    }
    let owner = visitor(&Audience::Central, Some(&account.admin.email), address);
    audit::record(platform, tx, &owner, "admin.link_identity", &account.admin.subject(), &told(identity)).await?;
    entered(platform, tx, account, identity.role, address).await
}

/// As they are from here on: no longer invited, and with the role that the provider says.
async fn entered(
    platform: &Platform,
    tx: &mut Conn,
    mut account: Account,
    role: Role,
    address: Option<&str>,
) -> Result<Account> {
    let before = account.admin.role;
    if before == role && !account.admin.invited {
        return Ok(account);
    }
    if account.admin.invited {
        store::end_links(tx, &account.admin.id).await?;
    }
    (account.admin.role, account.admin.invited) = (role, false);
    store::update(tx, &account).await?;
    sessions::store::end_all(tx, "central", &account.admin.id).await?;
    if before != role {
        let owner = visitor(&Audience::Central, Some(&account.admin.email), address);
        let body = json!({ "role": { "from": before, "to": role }, "by": WayIn::Provider });
        audit::record(platform, tx, &owner, "admin.set_role", &account.admin.subject(), &body).await?;
    }
    let id = account.admin.id.clone();
    self::account(tx, &id).await
}

/// As it stands in the audit.
fn told(identity: &Identity) -> Value {
    json!({ "by": WayIn::Provider, "issuer": identity.issuer, "subject": identity.subject })
}

/// Whoever it is at the provider is nobody here any more, until they come again. It ends the admin's sessions. Of somebody without an
/// identity nothing is written.
pub async fn unlink(platform: &Platform, actor: &Actor, key: &str) -> Result<Admin> {
    actor.authorise(Permission::ManageAdmins)?;
    let mut tx = platform.central.write().await?;
    sessions::store::turn_of(&mut tx, actor).await?;
    let account = self::account(&mut tx, key).await?;
    refuse_oneself(actor, &account.admin)?;
    let Some((issuer, subject)) = store::identity_of(&mut tx, &account.admin.id).await? else {
        return Ok(account.admin);
    };
    store::end_identity(&mut tx, &account.admin.id).await?;
    store::update(&mut tx, &account).await?;
    sessions::store::end_all(&mut tx, "central", &account.admin.id).await?;
    let body = json!({ "issuer": issuer, "subject": subject });
    audit::record(platform, &mut tx, actor, "admin.unlink_identity", &account.admin.subject(), &body).await?;
    let after = self::account(&mut tx, &account.admin.id).await?;
    tx.commit().await?;
    Ok(after.admin)
}
