//! Registers a database that exists already. It must let us in first; Neo never drops what it did not make.

mod file;
mod ours;
mod refused;

use std::path::Path;
use std::time::Duration;

use file::{existing_file, kept_file};
pub use neo_model::Survey;
use ours::{Asked, in_turn, is_one_file, places, refuse_ours};
use refused::{about, kept_out, unfit};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::{Outcome, PasswordHash, State, Status, Tenant, credentials, names, reserve, store, subject, target};
use crate::actor::{Actor, Permission};
use crate::engine::{self, Connection, Failure};
use crate::error::{Advice, Error, Kind, Result};
use crate::migrations::Set;
use crate::migrations::baseline::{self, Baseline, Past};
use crate::named::refuse_unseen;
use crate::servers::Server;
use crate::{Platform, audit, backups, central, servers, tenant_users};

/// How long another that holds the tenant's migration lock is waited for.
const LOCK_DEADLINE: Duration = Duration::from_secs(15);

#[derive(Default)]
pub struct Adopt {
    pub slug: String,
    pub name: Option<String>,
    /// By name.
    pub server: String,
    /// SQLite: the path of the file.
    pub database: String,
    pub username: String,
    pub password: AdoptPassword,
    /// What its application reads.
    pub password_hash: PasswordHash,
    pub past: Past,
}

/// A tenant that was adopted, and what there is to be known of it.
#[derive(Debug)]
pub struct Taken {
    pub tenant: Tenant,
    pub notes: Vec<String>,
}

#[derive(Default)]
pub enum AdoptPassword {
    #[default]
    None,
    Plain(SecretString),
    /// Sealed by the system that Neo replaces: `<iv_hex>:<ciphertext_hex>`.
    Legacy(String),
}

/// A database to adopt as a line of a file or a program says it: what is empty is not said.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub slug: String,
    pub name: Option<String>,
    pub server: Option<String>,
    pub database: String,
    pub user: Option<String>,
    pub password: Option<String>,
    /// As the replaced system sealed it: `<iv_hex>:<ciphertext_hex>`.
    pub sealed_password: Option<String>,
    pub password_hash: Option<PasswordHash>,
    /// knex's `tableName`, where it is not `knex_migrations`.
    pub record_table: Option<String>,
    /// None of the files has been applied there.
    pub no_record: Option<bool>,
}

impl Entry {
    /// On this server, unless it names one. As often as it is needed: a survey takes one and the adoption another.
    pub fn adopt(&self, server: &str) -> Adopt {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        Adopt {
            slug: self.slug.clone(),
            name: given(&self.name),
            server: given(&self.server).unwrap_or_else(|| server.to_owned()),
            database: self.database.clone(),
            username: given(&self.user).unwrap_or_default(),
            password: match (given(&self.sealed_password), given(&self.password)) {
                (Some(sealed), _) => AdoptPassword::Legacy(sealed),
                (None, Some(password)) => AdoptPassword::Plain(password.into()),
                (None, None) => AdoptPassword::None,
            },
            password_hash: self.password_hash.unwrap_or_default(),
            past: Past { table: given(&self.record_table), is_none: self.no_record.unwrap_or_default() },
        }
    }
}

/// What [`adopt`] would do; nothing is touched.
pub async fn survey(platform: &Platform, actor: &Actor, adopt: Adopt) -> Result<Survey> {
    authorise(actor)?;
    let mut survey = Survey {
        tenant: adopt.slug.clone(),
        server: adopt.server.clone(),
        database: adopt.database.clone(),
        outcome: Outcome::Refused,
        record: None,
        baseline: Vec::new(),
        version: None,
        pending: None,
        problem: None,
        field: None,
        hint: None,
        place: None,
        notes: Vec::new(),
    };
    if let Some(tenant) = adopted_already(platform, &adopt).await? {
        survey.outcome = Outcome::Adopted;
        survey.version = tenant.version;
        return Ok(survey);
    }
    let looked = async {
        let past = adopt.past.clone();
        let mut asked = Asked::default();
        let (tenant, server) = row_to_be(platform, actor, adopt, &mut asked).await.map_err(about)?;
        let set = files(platform).await?;
        let found = look(platform, &tenant, &server, &set, &past).await.map_err(about)?;
        Ok::<_, Error>((found, set, asked.whereabouts(platform, &tenant).await))
    };
    match looked.await {
        Ok((found, set, place)) => {
            survey.place = place;
            survey.outcome = Outcome::Ready;
            survey.record = Some(found.record);
            survey.baseline = found.missing.iter().filter_map(|v| set.find(*v)).map(|m| m.label()).collect();
            survey.version = newest(&found);
            survey.notes = found.notes;
            match found.pending {
                Ok(pending) => survey.pending = Some(pending as i64),
                Err(failure) => (survey.problem, survey.hint) = (Some(failure.message), failure.hint),
            }
        }
        Err(error) if matches!(error.kind, Kind::Internal) => return Err(error),
        Err(error) => {
            survey.field = error.field.map(str::to_owned);
            survey.problem = Some(match error.cause {
                Some(cause) => format!("{}: {cause}", error.message),
                None => error.message,
            });
            survey.hint = error.hint;
        }
    }
    Ok(survey)
}

/// Registers a database that exists already, with its password in plain or sealed by the replaced system. What is already
/// in its ledger counts as applied, and so does what knex has applied: those rows are written into the ledger first.
pub async fn adopt(platform: &Platform, actor: &Actor, adopt: Adopt) -> Result<Taken> {
    authorise(actor)?;
    let past = adopt.past.clone();
    let mut asked = Asked::default();
    let (mut tenant, server) = row_to_be(platform, actor, adopt, &mut asked).await?;
    let set = files(platform).await?;
    let mut found = look(platform, &tenant, &server, &set, &past).await?;
    if !found.missing.is_empty() {
        // Said before its database is written to: where that cannot be kept, nothing is touched.
        let body = json!({ "server": tenant.server, "database": tenant.database, "baseline": found.missing });
        let intent = audit::intent(platform, actor, "tenant.baseline", &subject(&tenant), &body).await?;
        let written = write(platform, &tenant, &server, &set, &past).await;
        intent.outcome(platform, &written).await?;
        // Of what was noticed nothing has changed, but for what is written down now.
        let notes = found.notes;
        found = written?;
        found.notes = notes;
    }
    if !found.ledger.is_empty() {
        tenant.version = newest(&found);
        tenant.applied = found.ledger.iter().filter(|row| row.success).count() as i64;
        tenant.state = match &found.pending {
            Ok(0) => State::Current,
            Ok(_) => State::Behind,
            Err(_) => State::Failed,
        };
        tenant.last_error = found.pending.err().map(|failure| failure.message);
    }

    let mut tx = in_turn(platform, &tenant, &server, &mut asked).await?;
    servers::unmoved(&mut tx, &server).await?;
    reserve::refuse_taken(&mut tx, actor, &tenant.slug).await?;
    store::insert(&mut tx, &tenant).await?;
    let body = json!({
        "server": tenant.server, "database": tenant.database, "version": tenant.version, "baseline": found.missing,
        "password_hash": tenant.password_hash,
    });
    audit::record(platform, &mut tx, actor, "tenant.adopt", &subject(&tenant), &body).await?;
    let tenant = super::by_id(&mut tx, &tenant.id).await?;
    tx.commit().await?;
    Ok(Taken { tenant, notes: found.notes })
}

fn authorise(actor: &Actor) -> Result<()> {
    actor.authorise(Permission::AdoptTenants)
}

async fn files(platform: &Platform) -> Result<Set> {
    Set::load(&platform.config.tenant_migrations).await
}

/// The tenant that this very adoption has made before.
async fn adopted_already(platform: &Platform, adopt: &Adopt) -> Result<Option<Tenant>> {
    let found = store::find(&mut *platform.central.read().await?, &adopt.slug).await?;
    let Some(tenant) = found.filter(|tenant| tenant.slug == adopt.slug && tenant.server == adopt.server) else {
        return Ok(None);
    };
    let is_same = match tenant.engine.is_file() {
        true => existing_file(&adopt.database).is_ok_and(|file| file == tenant.database),
        false => adopt.database == tenant.database,
    };
    Ok(is_same.then_some(tenant))
}

/// The row to be, with its credential sealed, and where it lives; checked as far as the central database knows.
async fn row_to_be(platform: &Platform, actor: &Actor, adopt: Adopt, asked: &mut Asked) -> Result<(Tenant, Server)> {
    names::check_slug(&platform.config, &adopt.slug)?;
    let name = names::check_name(adopt.name.as_deref().filter(|n| !n.trim().is_empty()).unwrap_or(&adopt.slug))?;
    let server = {
        let mut conn = platform.central.read().await?;
        reserve::refuse_taken(&mut conn, actor, &adopt.slug).await?;
        servers::get(&mut conn, &adopt.server).await?
    };
    if server.engine.own_databases().iter().any(|own| own.eq_ignore_ascii_case(&adopt.database)) {
        return Err(Error::invalid("database", format!("\"{}\" is the server's own, and no tenant's", adopt.database)));
    }
    if adopt.past.table.is_some() && adopt.past.is_none {
        return Err(Error::invalid("record_table", "either there is a table of a record, or nobody has kept one"));
    }
    if let Some(table) = adopt.past.table {
        plain("record_table", table)?;
    }
    let is_file = server.engine.is_file();
    let mut tenant = Tenant {
        id: crate::id::new(),
        slug: adopt.slug,
        name,
        status: Status::Active,
        password_hash: adopt.password_hash,
        database: if is_file { kept_file(&adopt.database)? } else { plain("database", adopt.database)? },
        username: if is_file { String::new() } else { plain("username", adopt.username)? },
        ..Tenant::unseen(&server.id, &server.name, server.engine)
    };
    if is_file {
        refuse_backup(platform, &tenant)?;
        refuse_beside_central(platform, &tenant)?;
    }
    let places = places(&mut *platform.central.read().await?, &tenant).await?;
    asked.ask(platform, &tenant, &server, &places).await;
    refuse_ours(&tenant, &server, &places, asked)?;
    tenant.credential = match adopt.password {
        AdoptPassword::Plain(password) if !is_file && !password.expose_secret().is_empty() => {
            Some(platform.vault.seal(&password, &credentials::binding(&tenant, &server)))
        }
        AdoptPassword::Legacy(envelope) if !is_file => {
            let envelope = envelope.trim().to_owned();
            // A v1 envelope is bound to another tenant and would not open here; only a sign-in proves a legacy one.
            platform
                .vault
                .open(&envelope, &credentials::binding(&tenant, &server), platform.config.legacy_ciphertext)
                .map_err(|e| {
                    Error::invalid("password", "the sealed password cannot be opened with this key")
                        .hint(Advice::operator(
                            "is DB_ENCRYPTION_KEY the key of the system it comes from, and LEGACY_CIPHERTEXT allow?",
                        ))
                        .source(e)
                })?;
            Some(envelope)
        }
        _ => None,
    };
    Ok((tenant, server))
}

/// Into its ledger, what another tool has applied.
async fn write(platform: &Platform, tenant: &Tenant, server: &Server, set: &Set, past: &Past) -> Result<Baseline> {
    let opened = Connection::open_to_change(&target(platform, tenant, server)?).await;
    let mut conn = opened.map_err(|failure| kept_out(tenant, &failure))?;
    let written = baseline::write(&mut conn, set, past, &servers::proof(platform, server), LOCK_DEADLINE).await;
    conn.close().await;
    written.map_err(|failure| unfit(tenant, &failure))
}

/// What is in the database, when it may be a tenant's; nothing there is touched.
async fn look(platform: &Platform, tenant: &Tenant, server: &Server, set: &Set, past: &Past) -> Result<Baseline> {
    let opened = Connection::open_to_read(&target(platform, tenant, server)?).await;
    let mut conn = opened.map_err(|failure| kept_out(tenant, &failure))?;
    let found = async {
        let mut found = baseline::survey(&mut conn, set, past).await?;
        let is_complete = found.pending.as_ref().is_ok_and(|pending| *pending == 0);
        found.notes.extend(tenant_users::notes(&mut conn, tenant.password_hash, is_complete).await?);
        let much = engine::beyond(&mut conn).await?.map(|much| format!("the login {} {much}", tenant.username));
        // What is in a database is run as whoever signs in to it.
        found.notes.extend(much.map(|much| {
            format!("{much}: whoever writes in this database can act with that; give it to a login of its own, and adopt it with that")
        }));
        Ok::<_, Failure>(found)
    }
    .await;
    conn.close().await;
    let found = found.map_err(|f| unfit(tenant, &f))?;
    refuse_central(tenant, &found)?;
    Ok(found)
}

/// A backup is one until somebody writes in it.
fn refuse_backup(platform: &Platform, tenant: &Tenant) -> Result<()> {
    let folder = backups::folder(platform);
    let is_one = Path::new(&tenant.database).ancestors().skip(1).any(|above| is_one_file(above, &folder));
    match is_one {
        true => Err(Error::conflict(format!("the file \"{}\" is a backup", tenant.database))
            .cause("whoever works in it makes it worthless as one")
            .hint("restore it: that makes a tenant of what is in it")),
        false => Ok(()),
    }
}

/// What lies beside the central database is written to by Neo itself.
fn refuse_beside_central(platform: &Platform, tenant: &Tenant) -> Result<()> {
    match platform.central.files().iter().skip(1).any(|file| is_one_file(file, &tenant.database)) {
        true => Err(Error::conflict(format!("the file \"{}\" is one of the central database's", tenant.database))
            .hint("name the database of the tenant")),
        false => Ok(()),
    }
}

/// What Neo keeps its own records in is no tenant's: whoever signed in there would sign in to the records.
fn refuse_central(tenant: &Tenant, found: &Baseline) -> Result<()> {
    match central::is_central(found.ledger.iter().map(|row| (row.version, row.checksum.as_slice()))) {
        true => Err(Error::conflict(format!("the database \"{}\" is a central database of Neo", tenant.database))
            .cause("its ledger holds the migrations of Neo's own records")
            .hint("name the database of the tenant")),
        false => Ok(()),
    }
}

fn newest(found: &Baseline) -> Option<i64> {
    found.ledger.iter().filter(|row| row.success).map(|row| row.version).max()
}

/// A name that somebody else has chosen: anything that can be quoted.
fn plain(field: &'static str, text: String) -> Result<String> {
    if text.is_empty() || text.len() > 128 {
        return Err(Error::invalid(field, format!("the {field} has 1 to 128 characters")));
    }
    refuse_unseen(field, &format!("the {field}"), &text)?;
    Ok(text)
}
