//! Requests: what somebody has asked for that wants somebody else's yes (`REQUIRE_APPROVAL`), kept with its plan as it was then.
//!
//! A service that does such an act makes its plan and asks [`pass`] with it, before anything is touched. Whoever may not, or may not
//! alone, has asked with that: [`Kind::Asked`] with the request's number. Whoever comes with somebody's yes passes where the plan is
//! still the one that was approved, and marks it [`used`] in the transaction that begins the act. [`crate::approvals`] says yes and no.

pub(crate) mod people;
pub(crate) mod store;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use neo_model::{Act, Approval, PlannedFile, PlannedTenant};
pub use neo_model::{Guard, RequestDetail as Detail, RequestRow as Row, RequestRows as Rows, RequestState as State};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::actor::{Actor, Door, Leave, Permission, Role};
use crate::central::Conn;
use crate::error::{Advice, Do, Error, Kind, Result};
use crate::sessions::store::turn_of;
use crate::{Platform, audit, central};

/// How long a request waits for somebody: 72 hours.
pub(crate) const WAITS_MS: i64 = 72 * 60 * 60 * 1000;
/// Open requests of one person, and of one token, at most: more than anybody looks at.
const OPEN: i64 = 100;
/// Tenants of a plan that are told.
const TOLD: i64 = 1000;

/// What would be done, exactly.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    pub guard: Guard,
    pub act: Act,
    /// In words: `roll back 3 tenants`.
    pub what: String,
    /// What whoever says yes must be allowed to do alone.
    pub needs: Vec<Permission>,
    pub files: Vec<PlannedFile>,
    pub tenants: Vec<PlannedTenant>,
}

impl Plan {
    fn digest(&self) -> Result<String> {
        let plan = json!({"act": self.act, "files": self.files, "tenants": self.tenants});
        Ok(hex::encode(Sha256::digest(serde_json::to_vec(&plan).map_err(Error::internal)?)))
    }

    /// What is another in `now`, in words; nothing where it is the same plan.
    fn changes(&self, now: &Plan) -> Vec<String> {
        let mut changes = Vec::new();
        let mut tell = |names: Vec<&str>, one: &str, many: &str| match names.as_slice() {
            [] => {}
            [name] => changes.push(format!("{name} {one}")),
            [first, second] => changes.push(format!("{first} and {second} {many}")),
            [first, .., last] => changes.push(format!("{first} … {last} ({} of them) {many}", names.len())),
        };
        let by_file = |files: &[PlannedFile]| files.iter().map(|f| (f.file.clone(), f.checksum.clone())).collect();
        let (then, files): (BTreeMap<_, _>, BTreeMap<_, _>) = (by_file(&self.files), by_file(&now.files));
        let others = |one: &BTreeMap<String, String>, other: &BTreeMap<String, String>| -> Vec<String> {
            one.keys().filter(|name| !other.contains_key(*name)).cloned().collect()
        };
        let (new, gone) = (others(&files, &then), others(&then, &files));
        tell(new.iter().map(String::as_str).collect(), "is new", "are new");
        tell(gone.iter().map(String::as_str).collect(), "is gone", "are gone");
        let other = then.iter().filter(|(name, sum)| files.get(*name).is_some_and(|now| now != *sum));
        tell(other.map(|(name, _)| name.as_str()).collect(), "has another checksum", "have other checksums");
        let ids = |tenants: &[PlannedTenant]| tenants.iter().map(|t| t.id.clone()).collect::<BTreeSet<_>>();
        let (was, is) = (ids(&self.tenants), ids(&now.tenants));
        let came = now.tenants.iter().filter(|t| !was.contains(&t.id)).map(|t| t.tenant.as_str()).collect();
        tell(came, "would be part of it as well", "would be part of it as well");
        let left = self.tenants.iter().filter(|t| !is.contains(&t.id)).map(|t| t.tenant.as_str()).collect();
        tell(left, "would not be part of it any more", "would not be part of it any more");
        let by_id: BTreeMap<&str, &PlannedTenant> = now.tenants.iter().map(|t| (t.id.as_str(), t)).collect();
        let both: Vec<_> = self.tenants.iter().filter_map(|t| Some((t, *by_id.get(t.id.as_str())?))).collect();
        let differ = |is_other: fn(&PlannedTenant, &PlannedTenant) -> bool| -> Vec<&str> {
            both.iter().filter(|(was, is)| is_other(was, is)).map(|(was, _)| was.tenant.as_str()).collect()
        };
        tell(differ(|was, is| was.version != is.version), "is at another version", "are at other versions");
        tell(differ(|was, is| was.place != is.place), "lives elsewhere", "live elsewhere");
        tell(
            differ(|was, is| was.version == is.version && was.undone != is.undone),
            "would be rolled back otherwise",
            "would be rolled back otherwise",
        );
        // What is deleted is put away first: a deletion that was broken off has come as far as that.
        let stands = |was: &PlannedTenant, is: &PlannedTenant| {
            was.status != is.status && is.status != neo_model::TenantStatus::Archived
        };
        tell(differ(stands), "has another status", "have other statuses");
        if self.act != now.act {
            changes.push("what is asked for is another".to_owned());
        }
        changes
    }
}

/// Who asked or approved, as it is kept: whoever comes back to it holds it against what they are by then.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Who {
    pub admin_id: Option<String>,
    pub token: Option<String>,
    pub name: String,
    pub role: Role,
    pub door: Door,
    pub address: Option<String>,
    pub request_id: String,
    pub person: String,
}

impl From<&Actor> for Who {
    fn from(actor: &Actor) -> Self {
        Self {
            admin_id: actor.admin_id.clone(),
            token: actor.token.as_ref().map(|token| token.id.clone()),
            name: actor.name.clone(),
            role: actor.role,
            door: actor.door,
            address: actor.address.clone(),
            request_id: actor.request_id.clone(),
            person: actor.person(),
        }
    }
}

/// Whether such an act wants somebody else's yes here, from this actor.
pub(crate) fn wants(platform: &Platform, actor: &Actor, guard: Guard) -> bool {
    match actor.leave {
        Leave::Ask | Leave::Approved { .. } => true,
        Leave::Without => false,
        Leave::None => actor.door != Door::System && platform.config.require_approval.contains(&guard),
    }
}

/// What of these wants somebody else's yes here. Whoever comes with one is held against what they come with in any case.
pub(crate) fn guard(platform: &Platform, actor: &Actor, guards: &[Guard]) -> Option<Guard> {
    match actor.leave {
        Leave::Ask | Leave::Approved { .. } => Some(guards.first().copied().unwrap_or(Guard::AllTenants)),
        Leave::Without => guards.iter().copied().find(|guard| platform.config.require_approval.contains(guard)),
        Leave::None => guards.iter().copied().find(|guard| wants(platform, actor, *guard)),
    }
}

/// Whether somebody may at least ask for what a role gives: where one of these wants somebody's yes. Whoever may do it alone may
/// ask as well.
pub fn admit(platform: &Platform, actor: &Actor, permission: Permission, guards: &[Guard]) -> Result<()> {
    match actor.authorise(permission) {
        Err(refused) if refused.kind == Kind::Denied && guards.iter().any(|guard| wants(platform, actor, *guard)) => {
            actor.asking().authorise(permission)
        }
        outcome => outcome,
    }
}

/// Whether this actor may do, or ask for, what wants this permission; and whether they would be asking.
pub fn may_ask(platform: &Platform, actor: &Actor, permission: Permission, guard: Guard) -> bool {
    wants(platform, actor, guard) && actor.asking().may(permission)
}

/// What an act asks of an actor, right by right: who may not alone may ask, where the act turns out to want somebody's yes.
pub(crate) struct Applicant<'a> {
    actor: &'a Actor,
    asking: Actor,
    needs: Vec<Permission>,
    refused: Option<Error>,
}

impl<'a> Applicant<'a> {
    pub fn new(platform: &Platform, actor: &'a Actor) -> Self {
        let may_ask = Guard::ALL.into_iter().any(|guard| wants(platform, actor, guard));
        let asking = if may_ask { actor.asking() } else { actor.clone() };
        Self { actor, asking, needs: Vec::new(), refused: None }
    }

    /// Refuses what they may not even ask for.
    pub fn authorise(&mut self, permission: Permission) -> Result<()> {
        self.asking.authorise(permission)?;
        if let Err(refused) = self.actor.authorise(permission) {
            self.refused.get_or_insert(refused);
        }
        self.needs.push(permission);
        Ok(())
    }

    /// For what nobody has to be asked about: it is refused to whoever may not do it alone.
    pub fn alone(self) -> Result<()> {
        self.refused.map_or(Ok(()), Err)
    }

    pub fn needs(&self) -> Vec<Permission> {
        self.needs.clone()
    }
}

/// Lets an act go on that wants somebody's yes ([`guard`]), or asks for it: [`Kind::Asked`]. Conflict where it was approved and is
/// another by now: then it is outdated, and says what has changed. The answer is who lets it begin.
pub(crate) async fn pass(platform: &Platform, actor: &Actor, plan: &Plan) -> Result<Approval> {
    match &actor.leave {
        Leave::Without => Ok(Approval::WithoutApproval { by: actor.name.clone() }),
        Leave::Approved { request, by } => {
            let mut tx = platform.central.write().await?;
            let kept = store::kept(&mut tx, *request).await?.ok_or_else(|| missing(*request))?;
            let approval = Approval::Approved { request: *request, by: by.clone() };
            let changes = kept.plan.changes(plan);
            if changes.is_empty() {
                people::still(&mut tx, Some(&approval)).await?;
                return Ok(approval);
            }
            let why = changes.join("; ");
            store::outdate(&mut tx, &kept.id, &why).await?;
            tx.commit().await?;
            Err(Error::conflict(format!("request {request} is outdated, and nothing was begun"))
                .cause(format!("since it was asked for, {why}"))
                .hint(Do::ShowRequest { request: *request }))
        }
        Leave::None | Leave::Ask => Err(told(ask(platform, actor, plan).await?, &plan.what)),
    }
}

/// Keeps the request; the same that is open already is the same request.
async fn ask(platform: &Platform, actor: &Actor, plan: &Plan) -> Result<i64> {
    let digest = plan.digest()?;
    let mut tx = platform.central.write().await?;
    turn_of(&mut tx, actor).await?;
    // Whoever holds the counter is the only one who asks: of two at once the second finds the first.
    let number = central::next(&mut tx, "request").await?;
    if let Some(there) = store::same(&mut tx, &actor.person(), &digest).await? {
        return Ok(there);
    }
    let who = Who::from(actor);
    if store::open_of(&mut tx, &who).await? >= OPEN {
        return Err(Error::conflict(format!("{OPEN} requests of yours wait already"))
            .hint(Advice::from("take back those that are not meant any more: ").act(Do::ListRequests {})));
    }
    store::insert(&mut tx, number, plan, &digest, &who).await?;
    told::tell(&mut tx, number, plan, &actor.name).await?;
    let body = json!({ "guard": plan.guard, "what": plan.what, "plan": digest, "tenants": plan.tenants.len() });
    audit::record(platform, &mut tx, actor, "request.make", &subject(number), &body).await?;
    tx.commit().await?;
    platform.bell.notify_waiters();
    Ok(number)
}

fn told(number: i64, what: &str) -> Error {
    asked(number, format!("asked for somebody's approval: request {number}, {what}"))
}

/// What is answered in the place of an act that was only asked for.
pub fn asked(number: i64, message: String) -> Error {
    let mut error = Error::new(Kind::Asked, message);
    error.request = Some(number);
    error.cause("nothing is begun before somebody else has said yes").hint(
        Advice::from("look at it: ")
            .act(Do::ShowRequest { request: number })
            .and("; somebody else says yes: ")
            .act(Do::ApproveRequest { request: number })
            .and("; ")
            .act(Do::GoPast {}),
    )
}

/// In the transaction that begins what was approved: it is used with that, by this run. Conflict where it is none that may be.
pub(crate) async fn used(conn: &mut Conn, approval: Option<&Approval>, run: Option<i64>) -> Result<()> {
    let Some(Approval::Approved { request, .. }) = approval else { return Ok(()) };
    if !store::still(conn, *request).await? {
        return Err(Error::conflict(format!("the tenants of request {request} have changed at this moment"))
            .hint("approve it again: it says what has changed"));
    }
    match store::set_used(conn, *request, run).await? {
        true => Ok(()),
        false => {
            Err(Error::conflict(format!("request {request} was begun already"))
                .hint(Do::ShowRequest { request: *request }))
        }
    }
}

/// What was approved has come to its end; what it was about is gone with that.
pub(crate) async fn ended(conn: &mut Conn, actor: &Actor) -> Result<()> {
    if let Leave::Approved { request, .. } = &actor.leave {
        store::set_used(conn, *request, None).await?;
    }
    Ok(())
}

/// The requests that there are for this actor, the newest first, below the number `before`.
pub async fn list(
    platform: &Platform,
    actor: &Actor,
    states: &[State],
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Row>> {
    actor.authorise(Permission::View)?;
    let mut conn = platform.central.read().await?;
    let found = store::page(&mut conn, actor, states, before, limit).await?;
    Ok(found.into_iter().map(|kept| kept.row()).collect())
}

/// How many wait for somebody.
pub async fn open(platform: &Platform, actor: &Actor) -> Result<i64> {
    actor.authorise(Permission::View)?;
    store::open(&mut *platform.central.read().await?, actor).await
}

/// One of them, with its plan.
pub async fn show(platform: &Platform, actor: &Actor, number: i64) -> Result<Detail> {
    let kept = find(platform, actor, number).await?;
    let targets = store::tenants(&mut *platform.central.read().await?, &kept.id, TOLD).await?;
    Ok(Detail { row: kept.row(), act: kept.plan.act, files: kept.plan.files, targets })
}

/// Whether this actor may take back what was asked for: whoever asked, and the person behind a token; a token, what it has asked for
/// itself.
pub(crate) fn may_take_back(asked: &Who, actor: &Actor) -> bool {
    let is_own = actor.token.as_ref().is_none_or(|token| asked.token.as_deref() == Some(token.id.as_str()));
    is_own && asked.person == actor.person()
}

/// Whether this actor is who asked, or the person behind it.
pub async fn is_own(platform: &Platform, actor: &Actor, number: i64) -> Result<bool> {
    Ok(find(platform, actor, number).await?.asked.person == actor.person())
}

/// Whether the person behind this actor may say yes to it, but for a recent sign-in.
pub async fn may_approve(platform: &Platform, actor: &Actor, number: i64) -> Result<bool> {
    let kept = find(platform, actor, number).await?;
    let has_all = kept.plan.needs.iter().all(|need| actor.may(*need));
    Ok(kept.state == State::Open && kept.asked.person != actor.person() && has_all)
}

/// A request with a tenant that this actor is kept from is not there.
pub(crate) async fn find(platform: &Platform, actor: &Actor, number: i64) -> Result<store::Kept> {
    actor.authorise(Permission::View)?;
    let mut conn = platform.central.read().await?;
    let kept = store::kept(&mut conn, number).await?.ok_or_else(|| missing(number))?;
    if store::is_within(&mut conn, actor, &kept.id).await? { Ok(kept) } else { Err(missing(number)) }
}

fn missing(number: i64) -> Error {
    Error::not_found("request", &number.to_string()).hint(Do::ListRequests {})
}

/// How the audit names a request.
pub(crate) fn subject(number: i64) -> String {
    format!("request:{number}")
}
