//! The second factor: codes of a telephone, passkeys, and recovery codes for whoever has lost what they had. Central admins only.
//!
//! A factor counts once it has been confirmed by a code. What somebody types is read first and used up in the transaction that
//! lets them in: a step, and a recovery code, are each worth one proof, however many come with it at once.

pub mod passkeys;
mod recovery;
mod store;
mod totp;

use neo_model::{FactorBegun, Role, SecondFactor};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::actor::{Actor, Permission};
use crate::admins::Admin;
use crate::admins::store::{self as accounts, Account};
use crate::central::Conn;
use crate::config::Require;
use crate::error::{Error, Kind, Result};
use crate::password::Whose;
use crate::sessions::{Audience, Awaits, store as sessions, throttle};
use crate::{Platform, audit, person};

/// What a telephone needs to make codes. Shown once; no Debug.
pub struct Enrolment {
    /// To be typed, in groups of four.
    pub secret: SecretString,
    /// To be scanned: `otpauth://totp/…`.
    pub address: SecretString,
}

impl From<Enrolment> for FactorBegun {
    fn from(enrolment: Enrolment) -> Self {
        let [secret, address] = [enrolment.secret, enrolment.address].map(|text| text.expose_secret().to_owned());
        Self { secret, address }
    }
}

/// By what somebody has proven themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Telephone,
    Passkey,
    /// And so many of these are left.
    RecoveryCode {
        left: i64,
    },
}

impl How {
    /// As it stands in the audit.
    pub(crate) fn body(self) -> Value {
        match self {
            How::RecoveryCode { left } => json!({ "factor": self.word(), "left": left }),
            _ => json!({ "factor": self.word() }),
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            How::Telephone => "totp",
            How::Passkey => "passkey",
            How::RecoveryCode { .. } => "recovery_code",
        }
    }
}

/// What is right, and not used up yet.
pub(crate) enum Proof {
    Step(i64),
    Recovery(String),
    Passkey {
        id: String,
        /// As it is kept from here on.
        credential: String,
        counter: i64,
    },
}

/// Holds what was typed against what is known of this admin; none where it is wrong or was used before.
pub(crate) async fn read(
    platform: &Platform,
    conn: &mut Conn,
    admin_id: &str,
    code: &SecretString,
) -> Result<Option<Proof>> {
    let app = store::find(platform, conn, admin_id).await?.filter(|row| row.confirmed_at.is_some());
    if let Some(app) = app
        && let Some(step) = totp::step(&app.secret, code.expose_secret(), app.now)?
    {
        return Ok((step > app.last_step).then_some(Proof::Step(step)));
    }
    let Some(hash) = recovery::hash(admin_id, code) else { return Ok(None) };
    Ok(store::has_code(conn, admin_id, &hash).await?.then_some(Proof::Recovery(hash)))
}

impl Proof {
    /// None where somebody else has used it up meanwhile.
    pub(crate) async fn use_up(&self, tx: &mut Conn, admin_id: &str) -> Result<Option<How>> {
        Ok(match self {
            Proof::Step(step) => store::use_step(tx, admin_id, *step).await?.then_some(How::Telephone),
            Proof::Recovery(hash) if store::use_code(tx, admin_id, hash).await? => {
                let (left, _) = store::codes(tx, admin_id).await?;
                Some(How::RecoveryCode { left })
            }
            Proof::Recovery(_) => None,
            Proof::Passkey { id, credential, counter } => {
                passkeys::store::count(tx, id, *counter, credential).await?.then_some(How::Passkey)
            }
        })
    }
}

/// What is still to come once the password of this admin was right.
pub(crate) async fn awaited(
    platform: &Platform,
    conn: &mut Conn,
    admin_id: &str,
    role: Role,
) -> Result<Option<Awaits>> {
    if is_there(conn, admin_id).await? {
        return Ok(Some(Awaits::Code));
    }
    Ok(required(platform, conn, role).await?.then_some(Awaits::Enrolment))
}

/// Whether this admin has one that counts.
pub(crate) async fn is_there(conn: &mut Conn, admin_id: &str) -> Result<bool> {
    Ok(store::confirmed_at(conn, admin_id).await?.is_some() || store::passkeys(conn, admin_id).await? > 0)
}

/// Which of them.
pub(crate) async fn which(conn: &mut Conn, admin_id: &str) -> Result<(bool, bool)> {
    Ok((store::confirmed_at(conn, admin_id).await?.is_some(), store::passkeys(conn, admin_id).await? > 0))
}

/// Unless something is set, superadmins need one as soon as one of them has one.
async fn required(platform: &Platform, conn: &mut Conn, role: Role) -> Result<bool> {
    Ok(match platform.config.require_2fa {
        Some(Require::Nobody) => false,
        Some(Require::Superadmins) => role == Role::Superadmin,
        Some(Require::Everybody) => true,
        None => role == Role::Superadmin && store::of_a_superadmin(conn).await?,
    })
}

/// How it stands with one's own.
pub async fn status(platform: &Platform, actor: &Actor) -> Result<SecondFactor> {
    let admin_id = own_id(actor, Permission::OwnAccount)?;
    let mut conn = platform.central.read().await?;
    let (recovery_codes_left, recovery_code_used_at) = store::codes(&mut conn, admin_id).await?;
    Ok(SecondFactor {
        confirmed_at: store::confirmed_at(&mut conn, admin_id).await?,
        passkeys: store::passkeys(&mut conn, admin_id).await?,
        required: required(platform, &mut conn, actor.role).await?,
        recovery_codes_left,
        recovery_code_used_at,
    })
}

/// A secret for one's telephone. It counts once [`confirm`] has seen a code made with it, within a quarter of an hour.
pub async fn begin(platform: &Platform, actor: &Actor) -> Result<Enrolment> {
    let admin_id = own_id(actor, Permission::OwnFactors)?;
    let secret = totp::new_secret();
    let mut tx = platform.central.write().await?;
    let account = own(&mut tx, actor).await?;
    if !store::begin(platform, &mut tx, admin_id, &secret).await? {
        return Err(
            Error::conflict("an app makes codes for you already").hint("remove it first: another takes its place")
        );
    }
    tx.commit().await?;
    let issuer = format!("Neo {}", platform.config.base_domain);
    let address = totp::address(&secret, &issuer, &account.admin.email)?;
    Ok(Enrolment { secret: totp::typed(&secret)?, address })
}

/// Makes what was begun count, and answers ten recovery codes; none where there was a passkey before, whose codes go on. It ends one's
/// sessions but for `keep` (its hash): they were begun without it. Field: `code`.
pub async fn confirm(
    platform: &Platform,
    actor: &Actor,
    keep: Option<&str>,
    code: &SecretString,
) -> Result<Vec<SecretString>> {
    let admin_id = own_id(actor, Permission::OwnFactors)?;
    let mut tx = platform.central.write().await?;
    audit::take_turn(&mut tx).await?;
    let account = own(&mut tx, actor).await?;
    let begun = store::find(platform, &mut tx, admin_id).await?.filter(|row| row.confirmed_at.is_none());
    let Some(begun) = begun else {
        return Err(Error::conflict("there is nothing to confirm")
            .cause("what was begun is confirmed already, or is older than a quarter of an hour")
            .hint("begin again"));
    };
    let Some(step) = totp::step(&begun.secret, code.expose_secret(), begun.now)? else {
        return Err(Error::invalid("code", "this is not the code of the moment")
            .hint("type the six digits that the app shows now; the telephone's clock has to be right"));
    };
    accounts::update(&mut tx, &account).await?;
    let is_first = !is_there(&mut tx, admin_id).await?;
    if !store::confirm(&mut tx, admin_id, step).await? {
        return Err(Error::internal("a second factor vanished while being confirmed"));
    }
    let codes = if is_first { fresh_codes(&mut tx, admin_id).await? } else { Vec::new() };
    let ended = sessions::end_others(&mut tx, admin_id, keep.or(actor.session.as_deref())).await?;
    let body = json!({ "sessions": ended });
    audit::record(platform, &mut tx, actor, "admin.enrol_factor", &account.admin.subject(), &body).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Ten recovery codes in the place of those before.
pub async fn renew_codes(platform: &Platform, actor: &Actor) -> Result<Vec<SecretString>> {
    let admin_id = own_id(actor, Permission::OwnFactors)?;
    let mut tx = platform.central.write().await?;
    audit::take_turn(&mut tx).await?;
    let account = own(&mut tx, actor).await?;
    if !is_there(&mut tx, admin_id).await? {
        return Err(Error::conflict("you have no second factor").hint("recovery codes come with one: set it up first"));
    }
    let codes = fresh_codes(&mut tx, admin_id).await?;
    audit::record(platform, &mut tx, actor, "admin.recovery_codes", &account.admin.subject(), &json!({})).await?;
    tx.commit().await?;
    Ok(codes)
}

async fn fresh_codes(tx: &mut Conn, admin_id: &str) -> Result<Vec<SecretString>> {
    let codes = recovery::make();
    let hashes: Vec<_> = codes.iter().filter_map(|code| recovery::hash(admin_id, code)).collect();
    store::replace_codes(tx, admin_id, &hashes).await?;
    Ok(codes)
}

/// Takes one's own app away, by password and code; of who has no password, by a recent sign-in and a code. Where a factor is required and there is no passkey, it ends all of one's sessions:
/// the next sign-in asks for another. Answers whether it did. Fields: `password`, `code`.
pub async fn remove(
    platform: &Platform,
    actor: &Actor,
    id_hash: &str,
    password: &SecretString,
    code: &SecretString,
) -> Result<bool> {
    let admin_id = own_id(actor, Permission::OwnAccount)?;
    let account = of(&mut *platform.central.read().await?, admin_id).await?;
    if !account.has_password {
        actor.authorise(Permission::OwnFactors)?;
    }
    if store::confirmed_at(&mut *platform.central.read().await?, admin_id).await?.is_none() {
        return Err(Error::conflict("no app makes codes for you"));
    }
    let canonical = person::canonical(&account.admin.email);
    let attempt =
        throttle::admit_again(platform, &Audience::Central, id_hash, &canonical, actor.address.as_deref()).await?;
    let (action, subject) = ("admin.remove_factor", account.admin.subject());
    let proof = prove(platform, &account, password, code).await?;
    let mut tx = platform.central.write().await?;
    if proof.is_some() {
        attempt.succeeded(&mut tx).await?;
    }
    audit::take_turn(&mut tx).await?;
    // Whoever was changed meanwhile has proven what is no more.
    let now = own(&mut tx, actor).await?;
    let proof = proof.filter(|_| now.password_hash == account.password_hash && !now.admin.disabled);
    let how = match &proof {
        Some(proof) => proof.use_up(&mut tx, admin_id).await?,
        None => None,
    };
    let Some(how) = how else {
        drop(tx);
        let mut tx = platform.central.write().await?;
        audit::record_failure(platform, &mut tx, actor, action, &subject, &json!({})).await?;
        tx.commit().await?;
        return Err(wrong());
    };
    store::delete_app(&mut tx, admin_id).await?;
    let has_another = is_there(&mut tx, admin_id).await?;
    if !has_another {
        store::delete_codes(&mut tx, admin_id).await?;
    }
    // Asked when it is gone: a superadmin who was the only one to have one needs none.
    let ends = !has_another && required(platform, &mut tx, actor.role).await?;
    if ends {
        accounts::update(&mut tx, &now).await?;
        sessions::end_all(&mut tx, "central", admin_id).await?;
    }
    audit::record(platform, &mut tx, actor, action, &subject, &how.body()).await?;
    tx.commit().await?;
    Ok(ends)
}

/// Takes away all that somebody has who has lost it, and ends their sessions. Of somebody without one nothing is written.
pub async fn reset(platform: &Platform, actor: &Actor, key: &str) -> Result<Admin> {
    actor.authorise(Permission::ManageAdmins)?;
    let found = crate::admins::find(platform, actor, key).await?;
    crate::admins::refuse_oneself(actor, &found)?;
    let mut tx = platform.central.write().await?;
    sessions::turn_of(&mut tx, actor).await?;
    let account = of(&mut tx, &found.id).await?;
    let (had_keys, had_app) =
        (passkeys::store::delete_all(&mut tx, &found.id).await?, store::delete_app(&mut tx, &found.id).await?);
    if !had_keys && !had_app {
        return Ok(account.admin);
    }
    store::delete_codes(&mut tx, &found.id).await?;
    accounts::update(&mut tx, &account).await?;
    sessions::end_all(&mut tx, "central", &found.id).await?;
    audit::record(platform, &mut tx, actor, "admin.reset_2fa", &found.subject(), &json!({})).await?;
    let account = of(&mut tx, &found.id).await?;
    tx.commit().await?;
    Ok(account.admin)
}

/// Password and code together: which of them was wrong is not told. Whoever has no password has proven themselves otherwise before.
pub(crate) async fn prove(
    platform: &Platform,
    account: &Account,
    password: &SecretString,
    code: &SecretString,
) -> Result<Option<Proof>> {
    let proof = read(platform, &mut *platform.central.read().await?, &account.admin.id, code).await?;
    if !account.has_password {
        return Ok(proof);
    }
    let verdict = platform.passwords.verify(Whose::Console, password, Some(&account.password_hash)).await?;
    Ok(proof.filter(|_| verdict.matches))
}

/// What is said of a password and a code that do not prove anything.
pub(crate) fn wrong() -> Error {
    Error::invalid("code", "the password or the code is not right").hint("a code works once: wait for the next one")
}

fn own_id(actor: &Actor, permission: Permission) -> Result<&str> {
    actor.authorise(permission)?;
    actor.admin_id.as_deref().ok_or_else(nobody)
}

/// The account of whoever asks, while the session that they ask by is alive.
async fn own(conn: &mut Conn, actor: &Actor) -> Result<Account> {
    sessions::refuse_ended(conn, actor).await?;
    of(conn, actor.admin_id.as_deref().unwrap_or_default()).await
}

async fn of(conn: &mut Conn, admin_id: &str) -> Result<Account> {
    accounts::by_id(conn, admin_id).await?.ok_or_else(nobody)
}

fn nobody() -> Error {
    Error::new(Kind::Unauthenticated, "nobody is signed in").hint("sign in and try again")
}

/// Secrets that are kept, each in its envelope, under whose id.
pub(crate) async fn sealed(conn: &mut Conn) -> Result<Vec<(String, String)>> {
    store::sealed(conn).await
}

/// Seals one anew under the current key; not one that was changed meanwhile.
pub(crate) async fn reseal(platform: &Platform, admin_id: &str, envelope: &str) -> Result<bool> {
    let mut tx = platform.central.write().await?;
    let is_swapped = store::reseal(platform, &mut tx, admin_id, envelope).await?;
    tx.commit().await?;
    Ok(is_swapped)
}
