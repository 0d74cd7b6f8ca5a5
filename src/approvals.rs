//! Approvals: somebody else says yes or no to what was asked for ([`crate::requests`]), and what was approved is begun: exactly that,
//! or nothing.
//!
//! Yes is one compare-and-swap, so that of two at once one begins it. It is begun in the name of whoever asked, who must be what they
//! were then, and is marked as begun in the transaction that begins it; whatever is broken off before that is taken up by a worker
//! ([`go_on`]), or waits for somebody's yes again.

use std::time::Duration;

use neo_model::Act;
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::actor::{Actor, Leave, Role};
use crate::admins;
use crate::error::{Advice, Do, Error, Kind, Result};
use crate::requests::store::{self, Kept};
use crate::requests::{self, Row, State, Who, subject};
use crate::sessions::store::turn_of;
use crate::{Platform, audit, runs, tenants, tokens};

/// For so long whoever is at it is believed to live; they say so more often.
const LEASE: Duration = Duration::from_secs(30);
const HEARTBEAT: Duration = Duration::from_secs(8);
/// Characters of what is said to it.
const WORDS: usize = 1000;

/// Says yes, and begins it. For whoever may do alone what was asked for, and did not ask for it themselves. When it takes longer
/// than `patience` the answer is that it is approved; what comes of it is kept with the request.
pub async fn approve(
    platform: &Platform,
    actor: &Actor,
    number: i64,
    word: Option<&str>,
    patience: Duration,
) -> Result<Row> {
    let word = said(word)?;
    let kept = requests::find(platform, actor, number).await?;
    refuse_own(&kept, actor)?;
    refuse_new(platform, &kept, actor).await?;
    for need in &kept.plan.needs {
        actor.authorise(*need)?;
    }
    let holder = crate::id::new();
    let mut tx = platform.central.write().await?;
    turn_of(&mut tx, actor).await?;
    let by = (State::Approved, &Who::from(actor), actor.name.as_str());
    if !store::decide(&mut tx, &kept.id, by, word, Some((holder.as_str(), LEASE))).await? {
        drop(tx);
        return Err(refused(&requests::find(platform, actor, number).await?, "approved"));
    }
    let body = json!({ "what": kept.plan.what, "asked_by": kept.asked.name, "plan": kept.digest, "why": word });
    audit::record(platform, &mut tx, actor, "request.approve", &subject(number), &body).await?;
    tx.commit().await?;
    let beginning = tokio::spawn({
        let platform = platform.clone();
        async move { begin(&platform, number, &holder).await }
    });
    // Whoever goes away meanwhile leaves it to its end.
    if let Ok(ended) = tokio::time::timeout(patience, beginning).await {
        ended.map_err(Error::internal)??;
    }
    Ok(requests::find(platform, actor, number).await?.row())
}

/// Says no; whoever asked takes it back so.
pub async fn decline(platform: &Platform, actor: &Actor, number: i64, word: Option<&str>) -> Result<Row> {
    let word = said(word)?;
    let kept = requests::find(platform, actor, number).await?;
    if !requests::may_take_back(&kept.asked, actor) {
        for need in &kept.plan.needs {
            actor.authorise(*need)?;
        }
    }
    let mut tx = platform.central.write().await?;
    turn_of(&mut tx, actor).await?;
    let by = (State::Declined, &Who::from(actor), actor.name.as_str());
    if !store::decide(&mut tx, &kept.id, by, word, None).await? {
        drop(tx);
        return Err(refused(&requests::find(platform, actor, number).await?, "declined"));
    }
    let body = json!({ "what": kept.plan.what, "asked_by": kept.asked.name, "why": word });
    audit::record(platform, &mut tx, actor, "request.decline", &subject(number), &body).await?;
    tx.commit().await?;
    Ok(requests::find(platform, actor, number).await?.row())
}

/// What is said to it, within bounds.
fn said(word: Option<&str>) -> Result<Option<&str>> {
    let word = word.map(str::trim).filter(|word| !word.is_empty());
    match word.map_or(0, |word| word.chars().count()) {
        0..=WORDS => Ok(word),
        many => Err(Error::invalid("why", format!("what is said to a request has up to {WORDS} characters"))
            .cause(format!("this has {many}"))),
    }
}

/// Nobody approves what they have asked for, whichever door they asked at.
fn refuse_own(kept: &Kept, actor: &Actor) -> Result<()> {
    if kept.asked.person != actor.person() {
        return Ok(());
    }
    let who = if kept.asked.name == actor.name { "you have" } else { "the person behind this has" };
    Err(Error::denied(format!("{who} asked for request {}: somebody else approves it", kept.number))
        .cause(format!("it was asked for by {}", kept.asked.name)))
}

/// Whoever became an admin after it was asked for may be a second self of whoever asked.
async fn refuse_new(platform: &Platform, kept: &Kept, actor: &Actor) -> Result<()> {
    let Some(id) = &actor.admin_id else { return Ok(()) };
    let account = admins::store::by_id(&mut *platform.central.read().await?, id).await?;
    match account.is_some_and(|account| account.admin.created_at > kept.created_at) {
        false => Ok(()),
        true => Err(Error::denied(format!("request {} is older than you are here", kept.number))
            .cause("who was an admin when it was asked for approves it")),
    }
}

fn refused(kept: &Kept, verb: &str) -> Error {
    let error = Error::conflict(format!("request {} cannot be {verb}: it is {}", kept.number, kept.state.word()));
    let error = match &kept.decided_by {
        Some(by) if kept.state != State::Expired => error.cause(format!("{by} has decided")),
        _ => error,
    };
    error.hint(Do::ShowRequest { request: kept.number })
}

/// Begins what was approved, in the name of whoever asked. What cannot be begun waits for somebody's yes again; what is another by
/// now is outdated, and asked for anew.
async fn begin(platform: &Platform, number: i64, holder: &str) -> Result<()> {
    let system = Actor::system();
    let kept = requests::find(platform, &system, number).await?;
    let Some(approver) = kept.approved.as_ref().filter(|_| kept.state == State::Approved) else { return Ok(()) };
    let asker = match standing(platform, &kept.asked).await {
        Ok(asker) => asker,
        Err(error) => return Err(fall(platform, &kept, error).await?),
    };
    if let Err(error) = still_may(platform, &kept, approver).await {
        return Err(reopen(platform, &kept, holder, error).await?);
    }
    let asker = Actor { request_id: kept.asked.request_id.clone(), ..asker };
    let leave = Leave::Approved { request: number, by: approver.name.clone() };
    let approved = Actor { role: Role::Superadmin, signed_in_ago: Some(Duration::ZERO), leave, ..asker.clone() };
    let _beat = Beat::of(platform, &kept.id, holder);
    let Err(error) = act(platform, &approved, &kept).await else { return Ok(()) };
    let now = requests::find(platform, &system, number).await?;
    match now.state {
        State::Outdated => Err(ask_anew(platform, &asker, &kept, error).await?),
        // What it names is not there any more, or cannot be meant.
        State::Approved if matches!(error.kind, Kind::NotFound | Kind::Invalid) || is_gone(platform, &kept).await? => {
            let error = fall(platform, &kept, error).await?;
            Err(ask_anew(platform, &asker, &kept, error).await?)
        }
        State::Approved => Err(reopen(platform, &kept, holder, error).await?),
        // It has begun all the same.
        _ => Err(error),
    }
}

/// Whether it was deleted meanwhile, by whoever goes past.
async fn is_gone(platform: &Platform, kept: &Kept) -> Result<bool> {
    let Act::Delete { .. } = kept.plan.act else { return Ok(false) };
    let mut conn = platform.central.read().await?;
    for tenant in &kept.plan.tenants {
        if tenants::by_id(&mut conn, &tenant.id).await?.status == tenants::Status::Deleted {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn act(platform: &Platform, actor: &Actor, kept: &Kept) -> Result<()> {
    match &kept.plan.act {
        Act::Start(request) => runs::start(platform, actor, (**request).clone()).await.map(drop),
        Act::Delete { backup } => {
            let Some(tenant) = kept.plan.tenants.first() else {
                return Err(Error::internal("a deletion of nobody was asked for"));
            };
            tenants::delete(platform, actor, &tenant.id, &tenant.tenant, *backup).await.map(drop)
        }
    }
}

/// Whoever approved may still do it alone; that they had signed in a moment before was proven then.
async fn still_may(platform: &Platform, kept: &Kept, approver: &Who) -> Result<()> {
    let approver = Actor { signed_in_ago: Some(Duration::ZERO), ..standing(platform, approver).await? };
    kept.plan.needs.iter().try_for_each(|need| approver.authorise(*need))
}

/// It waits for somebody's yes again: what is answered.
async fn reopen(platform: &Platform, kept: &Kept, holder: &str, error: Error) -> Result<Error> {
    let mut tx = platform.central.write().await?;
    store::reopen(&mut tx, &kept.id, holder, &error.to_string()).await?;
    tx.commit().await?;
    let again = Do::ApproveRequest { request: kept.number };
    Ok(match error.hint.is_some() {
        true => error,
        false => error.hint(Advice::from("it waits for a yes again: ").act(again)),
    })
}

/// Somebody as they are at this moment; denied where they are less than they were.
async fn standing(platform: &Platform, who: &Who) -> Result<Actor> {
    let less = |why: &str| Error::denied(format!("{} {why} since", who.name));
    let now = match (&who.token, &who.admin_id) {
        (Some(id), _) => match tokens::by_id(platform, id, who.address.as_deref()).await {
            Ok(actor) => actor,
            Err(error) if error.kind == Kind::Unauthenticated => {
                return Err(less("is worth nothing any more").cause(error.message));
            }
            Err(error) => return Err(error),
        },
        (None, Some(id)) => {
            let role = admins::role_now(&mut *platform.central.read().await?, id).await?;
            let Some(role) = role else { return Err(less("may not sign in any more")) };
            Actor { role, ..whoever(who) }
        }
        (None, None) => whoever(who),
    };
    match now.role < who.role {
        true => Err(less("has lost the role they had")),
        false => Ok(now),
    }
}

fn whoever(who: &Who) -> Actor {
    Actor {
        admin_id: who.admin_id.clone(),
        name: who.name.clone(),
        role: who.role,
        door: who.door,
        address: who.address.clone(),
        request_id: who.request_id.clone(),
        signed_in_ago: Some(Duration::ZERO),
        session: None,
        token: None,
        leave: Leave::None,
    }
}

/// Nothing comes of it any more: what is answered.
async fn fall(platform: &Platform, kept: &Kept, error: Error) -> Result<Error> {
    if matches!(error.kind, Kind::Unavailable | Kind::Internal) {
        return Ok(error);
    }
    let why = error.to_string();
    let mut tx = platform.central.write().await?;
    store::outdate(&mut tx, &kept.id, &why).await?;
    let body = json!({ "error": { "code": error.kind.code(), "message": why } });
    audit::record(platform, &mut tx, &Actor::system(), "request.fall", &subject(kept.number), &body).await?;
    tx.commit().await?;
    Ok(Error::conflict(format!("request {} is outdated, and nothing was begun", kept.number))
        .cause(why)
        .hint(Do::ShowRequest { request: kept.number }))
}

/// The same is asked for anew, as it would be now; what is answered.
async fn ask_anew(platform: &Platform, asker: &Actor, kept: &Kept, error: Error) -> Result<Error> {
    let asking = Actor { leave: Leave::Ask, signed_in_ago: Some(Duration::ZERO), ..asker.clone() };
    let Err(asked) = act(platform, &asking, kept).await else { return Ok(error) };
    let Some(anew) = asked.request else {
        tracing::warn!(request = kept.number, error = asked.log_text(), "what is outdated was not asked for anew");
        return Ok(error);
    };
    let mut tx = platform.central.write().await?;
    store::set_replaced(&mut tx, &kept.id, anew).await?;
    tx.commit().await?;
    Ok(error.hint(Advice::from("it is asked for anew as it would be now: ").act(Do::ShowRequest { request: anew })))
}

/// Takes up what was approved and whose beginning was broken off, until there is none.
pub(crate) async fn go_on(platform: &Platform) -> Result<()> {
    while store::is_left(&mut *platform.central.read().await?).await? {
        let holder = crate::id::new();
        let mut tx = platform.central.write().await?;
        let Some(number) = store::take_left(&mut tx, &holder, LEASE).await? else { return Ok(()) };
        tx.commit().await?;
        if let Err(error) = begin(platform, number, &holder).await {
            tracing::warn!(request = number, error = error.log_text(), "what was approved could not be begun");
        }
    }
    Ok(())
}

/// How often it is looked for.
const LOOK: Duration = Duration::from_secs(10);

/// The same for as long as the platform runs.
pub(crate) async fn keep_going(platform: &Platform) {
    while !platform.shutdown.is_cancelled() {
        if let Err(error) = go_on(platform).await {
            tracing::warn!(error = error.log_text(), "what was approved cannot be looked for");
        }
        tokio::select! {
            () = sleep(LOOK) => {}
            () = platform.shutdown.cancelled() => {}
        }
    }
}

/// Says that whoever begins it is alive, until it is dropped.
struct Beat(JoinHandle<()>);

impl Beat {
    fn of(platform: &Platform, id: &str, holder: &str) -> Self {
        let (platform, id, holder) = (platform.clone(), id.to_owned(), holder.to_owned());
        Self(tokio::spawn(async move {
            loop {
                sleep(HEARTBEAT).await;
                let renewed = async {
                    let mut tx = platform.central.write().await?;
                    store::renew(&mut tx, &id, &holder, LEASE).await?;
                    Ok::<_, Error>(tx.commit().await?)
                };
                if let Err(error) = renewed.await {
                    tracing::warn!(error = error.log_text(), "what was approved could not say that it goes on");
                }
            }
        }))
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        self.0.abort();
    }
}
