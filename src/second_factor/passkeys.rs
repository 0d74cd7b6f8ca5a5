//! Passkeys: keys that never leave a person's device, each bound to the console's own address. A device gives one only to somebody it
//! knows (by a finger, a face, a number), so that one is password and second factor in one.
//!
//! A browser is asked, and its answer held against what it was asked. What was asked is kept here for five minutes, under the hash of
//! what this browser was given, and taken away before the answer is looked at: there is no second one.

mod relying;
pub(super) mod store;

use neo_model::PasskeyRow;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{Proof, fresh_codes, is_there, own, own_id, required, store as factors};
use crate::actor::{Actor, Permission};
use crate::admins::store::{self as accounts, Account};
use crate::error::{Error, Result};
use crate::sessions::{Audience, store as sessions, visitor};
use crate::{Platform, audit, person};
pub(crate) use store::{PATIENCE, Purpose};

/// So many one person has at most.
const MOST: usize = 10;

impl From<store::Row> for PasskeyRow {
    fn from(row: store::Row) -> Self {
        let store::Row { id, name, created_at, last_used_at, stopped_at, .. } = row;
        Self { id, name, created_at, last_used_at, stopped_at }
    }
}

/// The domain that keys are bound to.
pub fn domain(platform: &Platform) -> String {
    relying::domain(&platform.config)
}

/// One's own, the oldest first.
pub async fn list(platform: &Platform, actor: &Actor) -> Result<Vec<PasskeyRow>> {
    let admin_id = own_id(actor, Permission::OwnAccount)?;
    let rows = store::of(&mut *platform.central.read().await?, admin_id).await?;
    Ok(rows.into_iter().map(PasskeyRow::from).collect())
}

/// What the browser is asked for that is to make a key: `{publicKey}` of `navigator.credentials.create`. `holder`: the hash of what
/// this browser was given.
pub async fn begin(platform: &Platform, actor: &Actor, holder: &str) -> Result<Value> {
    let admin_id = own_id(actor, Permission::OwnFactors)?;
    let mut tx = platform.central.write().await?;
    let account = own(&mut tx, actor).await?;
    let mine = store::of(&mut tx, admin_id).await?;
    room_for_another(mine.len())?;
    let (options, state) = relying::to_enrol(&platform.config, &account.admin, &mine)?;
    store::ask(&mut tx, holder, Purpose::Enrol, Some(admin_id), &state).await?;
    tx.commit().await?;
    Ok(options)
}

/// Takes the key that the browser has made, under the name that its owner gives it. It ends one's sessions but for `keep` (its hash):
/// they were begun without it. Answers ten recovery codes where it is one's first factor, and none where there was one before. Fields:
/// `name`, `answer`.
pub async fn enrol(
    platform: &Platform,
    actor: &Actor,
    holder: &str,
    keep: Option<&str>,
    name: &str,
    answer: &str,
) -> Result<Vec<SecretString>> {
    let admin_id = own_id(actor, Permission::OwnFactors)?;
    let name = named(name)?;
    let wrong = || {
        Error::invalid("answer", "this passkey was not made for this page, or too late")
            .hint("try again; it has to be made within five minutes")
    };
    let asked = take(platform, holder, Purpose::Enrol).await?;
    let Some((_, state)) = asked.filter(|(whose, _)| whose.as_deref() == Some(admin_id)) else { return Err(wrong()) };
    let (passkey, credential) = relying::enrolled(&platform.config, &state, answer)?.ok_or_else(wrong)?;
    let mut tx = platform.central.write().await?;
    audit::take_turn(&mut tx).await?;
    let account = own(&mut tx, actor).await?;
    room_for_another(store::of(&mut tx, admin_id).await?.len())?;
    let is_first = !is_there(&mut tx, admin_id).await?;
    accounts::update(&mut tx, &account).await?;
    let id = crate::id::new();
    let credential_id = relying::credential_id(&passkey);
    let counter = relying::counter(&credential)?;
    let new = store::NewRow {
        id: &id,
        admin_id,
        credential_id: &credential_id,
        credential: &credential,
        name: &name,
        counter,
    };
    store::insert(&mut tx, &new).await?;
    let codes = if is_first { fresh_codes(&mut tx, admin_id).await? } else { Vec::new() };
    let ended = sessions::end_others(&mut tx, admin_id, keep.or(actor.session.as_deref())).await?;
    let body = json!({ "passkey": id, "name": name, "sessions": ended });
    audit::record(platform, &mut tx, actor, "admin.enrol_passkey", &account.admin.subject(), &body).await?;
    tx.commit().await?;
    Ok(codes)
}

fn room_for_another(there: usize) -> Result<()> {
    match there < MOST {
        true => Ok(()),
        false => Err(Error::conflict(format!("you have {MOST} passkeys already")).hint("remove one first")),
    }
}

/// Gives one of one's own another name. Field: `name`.
pub async fn rename(platform: &Platform, actor: &Actor, id: &str, name: &str) -> Result<PasskeyRow> {
    let admin_id = own_id(actor, Permission::OwnAccount)?;
    let name = named(name)?;
    let mut tx = platform.central.write().await?;
    audit::take_turn(&mut tx).await?;
    let account = own(&mut tx, actor).await?;
    let before = store::one(&mut tx, admin_id, id).await?;
    if before.name != name {
        store::rename(&mut tx, id, &name).await?;
        let body = json!({ "passkey": id, "before": before.name, "name": name });
        audit::record(platform, &mut tx, actor, "admin.rename_passkey", &account.admin.subject(), &body).await?;
    }
    tx.commit().await?;
    Ok(store::Row { name, ..before }.into())
}

/// Takes one of one's own away, and ends one's sessions but for `keep`. With the last factor go the recovery codes, and where one is
/// required all of one's sessions: the next sign-in asks for another. Answers whether they did.
pub async fn remove(platform: &Platform, actor: &Actor, keep: &str, id: &str) -> Result<bool> {
    let admin_id = own_id(actor, Permission::OwnFactors)?;
    let mut tx = platform.central.write().await?;
    audit::take_turn(&mut tx).await?;
    let account = own(&mut tx, actor).await?;
    let gone = store::one(&mut tx, admin_id, id).await?;
    store::delete(&mut tx, id).await?;
    let has_another = is_there(&mut tx, admin_id).await?;
    if !has_another {
        factors::delete_codes(&mut tx, admin_id).await?;
    }
    let signs_out = !has_another && required(platform, &mut tx, actor.role).await?;
    accounts::update(&mut tx, &account).await?;
    match signs_out {
        true => sessions::end_all(&mut tx, "central", admin_id).await?,
        false => drop(sessions::end_others(&mut tx, admin_id, Some(keep)).await?),
    }
    let body = json!({ "passkey": id, "name": gone.name });
    audit::record(platform, &mut tx, actor, "admin.remove_passkey", &account.admin.subject(), &body).await?;
    tx.commit().await?;
    Ok(signs_out)
}

fn named(typed: &str) -> Result<String> {
    person::name(typed, "name", "name")
}

/// What the browser of somebody who is known is asked for: `{publicKey}` of `navigator.credentials.get`.
pub(crate) async fn ask(platform: &Platform, holder: &str, purpose: Purpose, admin_id: &str) -> Result<Value> {
    let mut tx = platform.central.write().await?;
    let mine = store::of(&mut tx, admin_id).await?;
    if mine.is_empty() {
        return Err(Error::conflict("you have no passkey"));
    }
    let (options, state) = relying::to_prove(&platform.config, &mine)?;
    store::ask(&mut tx, holder, purpose, Some(admin_id), &state).await?;
    tx.commit().await?;
    Ok(options)
}

/// The same of whoever has typed this email: answered alike for everybody, and for nobody.
pub(crate) async fn ask_anybody(platform: &Platform, holder: &str, canonical: &str) -> Result<Value> {
    let mut tx = platform.central.write().await?;
    let found = accounts::by_email(&mut tx, canonical).await?.map(|account| account.admin.id);
    let mine = store::of(&mut tx, found.as_deref().unwrap_or_default()).await?;
    let (options, state) = relying::to_come_in(&platform.config, &platform.vault, canonical, &mine)?;
    store::ask(&mut tx, holder, Purpose::Alone, found.as_deref(), &state).await?;
    tx.commit().await?;
    Ok(options)
}

/// Whom an answer is about, and what it proves.
#[derive(Default)]
pub(crate) struct Answered {
    pub account: Option<Account>,
    pub proof: Option<Proof>,
}

/// Takes what was asked of this browser, and holds its answer against it; none where nothing was asked. A key whose counter went back is stopped, and that is
/// written down.
pub(crate) async fn read(
    platform: &Platform,
    holder: &str,
    purpose: Purpose,
    answer: &str,
    address: Option<&str>,
) -> Result<Option<Answered>> {
    let Some((asked_of, state)) = take(platform, holder, purpose).await? else { return Ok(None) };
    let nothing = |account| Ok(Some(Answered { account, proof: None }));
    let Some(admin_id) = asked_of else { return nothing(None) };
    let mut conn = platform.central.read().await?;
    let Some(account) = accounts::by_id(&mut conn, &admin_id).await? else { return nothing(None) };
    let mine = store::of(&mut conn, &admin_id).await?;
    drop(conn);
    let which = relying::of_which(answer);
    let row = mine.into_iter().find(|row| row.stopped_at.is_none() && which.as_ref() == Some(&row.credential_id));
    let Some(row) = row else { return nothing(Some(account)) };
    match relying::shown(&platform.config, &state, answer, &row)? {
        relying::Shown::Key { credential, counter } => {
            let proof = Proof::Passkey { id: row.id, credential, counter };
            Ok(Some(Answered { account: Some(account), proof: Some(proof) }))
        }
        relying::Shown::WentBack => {
            stop(platform, &account, &row, address).await?;
            nothing(Some(account))
        }
        relying::Shown::Nothing => nothing(Some(account)),
    }
}

/// Somebody has a right signature and a counter that was there before: there may be two of it.
async fn stop(platform: &Platform, account: &Account, row: &store::Row, address: Option<&str>) -> Result<()> {
    let mut tx = platform.central.write().await?;
    audit::take_turn(&mut tx).await?;
    if store::stop(&mut tx, &row.id).await? {
        let body = json!({ "passkey": row.id, "name": row.name, "why": "its counter went back" });
        let stranger = visitor(&Audience::Central, None, address);
        let subject = account.admin.subject();
        audit::record(platform, &mut tx, &stranger, "admin.stop_passkey", &subject, &body).await?;
        tracing::warn!(subject, passkey = row.id, "a passkey's counter went back: it is not taken any more");
    }
    tx.commit().await?;
    Ok(())
}

/// For whatever comes of it, there is no second answer.
async fn take(platform: &Platform, holder: &str, purpose: Purpose) -> Result<Option<(Option<String>, String)>> {
    // A stranger with nothing to answer is not to stand in the line of those who write.
    if !store::is_asked(&mut *platform.central.read().await?, holder, purpose).await? {
        return Ok(None);
    }
    let mut tx = platform.central.write().await?;
    let asked = store::take(&mut tx, holder, purpose).await?;
    tx.commit().await?;
    Ok(asked)
}
