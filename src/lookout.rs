//! The lookout: what nobody does, and somebody should be told of. A server that does not answer any more, a token that is about to expire.
//! Every `neo serve` and `neo work` keeps one; what several see is told once.

mod store;

use std::time::Duration;

use neo_model::{NoticeAbout, NoticeKind};
use tokio::time::Instant;

use crate::Platform;
use crate::actor::Actor;
use crate::clock::{rfc3339, span};
use crate::error::{Error, Kind, Result};
use crate::notices::{Audience, Said, counted, in_one_line};
use crate::servers::{self, Server};
use crate::tokens::{self, TokenInfo, TokenState};

/// Servers are looked at this often, or more often where they are to be told of sooner.
const LOOK: Duration = Duration::from_secs(30);
/// Tokens do not expire suddenly.
const SELDOM: Duration = Duration::from_secs(10 * 60);
const DAY: i64 = 86_400_000;

/// Looks until the platform shuts down. Trouble is logged, and looked for again.
pub async fn keep(platform: &Platform) {
    let after = platform.config.server_silent_after;
    let pause = Duration::from_millis(u64::try_from(after / 4).unwrap_or_default().max(100)).min(LOOK);
    let mut tokens_seen: Option<Instant> = None;
    loop {
        let looked = async {
            if after > 0 {
                servers(platform, after).await?;
            }
            if tokens_seen.is_none_or(|at| at.elapsed() >= SELDOM) {
                expiring(platform).await?;
                tokens_seen = Some(Instant::now());
            }
            Ok::<_, Error>(())
        };
        tokio::select! {
            () = platform.shutdown.cancelled() => return,
            looked = looked => if let Err(error) = looked {
                tracing::warn!(error = error.log_text(), "the lookout saw nothing; it looks again");
            },
        }
        tokio::select! {
            () = platform.shutdown.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Asks every server, where somebody is to be told.
async fn servers(platform: &Platform, after: i64) -> Result<()> {
    let wanted = Audience::of(&mut *platform.central.read().await?, NoticeKind::Server).await?;
    if wanted.tags().is_empty() {
        return Ok(());
    }
    let system = Actor::system();
    let all = servers::list(platform, &system).await?;
    // Side by side: one that hangs keeps no other.
    let asked = all.into_iter().map(|load| {
        let system = &system;
        async move {
            let answer = servers::check(platform, system, &load.server.id).await;
            (load.server, answer.err())
        }
    });
    for (server, error) in futures::future::join_all(asked).await {
        match error {
            None => answers(platform, &server, after).await?,
            // Gone meanwhile, or trouble of one's own.
            Some(error) if matches!(error.kind, Kind::NotFound | Kind::Internal) => {}
            Some(error) => is_silent(platform, &server, &error, after).await?,
        }
    }
    Ok(())
}

async fn is_silent(platform: &Platform, server: &Server, error: &Error, after: i64) -> Result<()> {
    let known = store::silence(&mut *platform.central.read().await?, &server.id).await?;
    if known.is_some_and(|(since, now)| now - since < after) {
        return Ok(());
    }
    let mut tx = platform.central.write().await?;
    store::begin_silence(&mut tx, &server.id).await?;
    let silence = store::silence(&mut tx, &server.id).await?;
    if let Some((since, now)) = silence.filter(|(since, now)| now - since >= after) {
        let why = match &error.cause {
            Some(cause) => format!("{}: {cause}", error.message),
            None => error.message.clone(),
        };
        let title = format!("Server {} has not answered for {}", server.name, minutes(now - since));
        let text = format!("since {}: {why}", rfc3339(since));
        tell(&mut tx, server, &format!("server:{}:{since}", server.id), title, &text).await?;
    }
    tx.commit().await?;
    platform.bell.notify_waiters();
    Ok(())
}

/// Whoever was told that it is silent is told that it is not any more.
async fn answers(platform: &Platform, server: &Server, after: i64) -> Result<()> {
    let known = store::silence(&mut *platform.central.read().await?, &server.id).await?;
    let Some((since, now)) = known else { return Ok(()) };
    let mut tx = platform.central.write().await?;
    if store::end_silence(&mut tx, &server.id).await? && now - since >= after {
        let title = format!("Server {} answers again", server.name);
        let text = format!("after {}, since {}", minutes(now - since), rfc3339(since));
        tell(&mut tx, server, &format!("server:{}:{since}:over", server.id), title, &text).await?;
    }
    tx.commit().await?;
    platform.bell.notify_waiters();
    Ok(())
}

async fn tell(conn: &mut crate::central::Conn, server: &Server, fact: &str, title: String, text: &str) -> Result<()> {
    let audience = Audience::of(conn, NoticeKind::Server).await?;
    for tag in audience.tags() {
        if let Some(tag) = &tag
            && !store::has_tenants(conn, &server.id, tag).await?
        {
            continue;
        }
        let path = format!("/servers/{}?check=yes", server.name);
        let about = NoticeAbout { name: server.name.clone(), text: in_one_line(text), url: path.clone() };
        let said = Said { title: title.clone(), path, about: vec![about], ..Said::default() };
        audience.tell(conn, fact, tag.as_deref(), said).await?;
    }
    Ok(())
}

fn minutes(ms: i64) -> String {
    if ms < 60_000 { span(ms) } else { counted(ms / 60_000, "minute") }
}

/// Tokens with little of their life left: a week, or a quarter of one that lives shorter than a month.
async fn expiring(platform: &Platform) -> Result<()> {
    let wanted = Audience::of(&mut *platform.central.read().await?, NoticeKind::Expiring).await?;
    // It is about programs, and no tenant's.
    if !wanted.tags().contains(&None) {
        return Ok(());
    }
    let now = crate::central::now(&mut *platform.central.read().await?).await?;
    let all = tokens::list(platform, &Actor::system()).await?;
    let mut tx = platform.central.write().await?;
    for token in &all {
        let Some(at) = ends_soon(token, now) else { continue };
        let about = NoticeAbout {
            name: token.name.clone(),
            text: in_one_line(&format!("a token of {}, {}, expires at {}", token.maker, token.role, rfc3339(at))),
            url: "/admins".into(),
        };
        let title = format!("The token {} expires in {}", token.name, left(at - now));
        let said = Said { title, path: "/admins".into(), about: vec![about], ..Said::default() };
        // Once, however often it is seen.
        wanted.tell(&mut tx, &format!("token:{}", token.id), None, said).await?;
    }
    tx.commit().await?;
    platform.bell.notify_waiters();
    Ok(())
}

fn left(ms: i64) -> String {
    if ms < 2 * DAY { counted(ms / 3_600_000, "hour") } else { counted(ms / DAY, "day") }
}

/// When a token ends, if that is soon.
fn ends_soon(token: &TokenInfo, now: i64) -> Option<i64> {
    let at = token.expires_at.filter(|_| token.state == TokenState::Live)?;
    let warning = ((at - token.created_at) / 4).min(7 * DAY);
    (at - now <= warning).then_some(at)
}
