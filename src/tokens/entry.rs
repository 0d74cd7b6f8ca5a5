//! What a token is worth at this moment: looked up anew at every request, so that whatever changes needs to tell nobody.

use serde_json::json;
use subtle::ConstantTimeEq;

use super::found::Found;
use super::{TokenInfo, TokenState, rate, store, text};
use crate::actor::{Actor, Door, Leave, Role, Token};
use crate::central::Conn;
use crate::clock::rfc3339;
use crate::error::{Error, Kind, Result, printable};
use crate::sessions::throttle;
use crate::{Platform, audit};

/// A use is noted at most this often.
const TOUCH_MS: i64 = 60 * 1000;
/// How many wrong tokens of one address are written into the audit in ten minutes.
const WRONG: i64 = 10;

/// Who a program is that came with this text from this address. Otherwise [`Kind::Unauthenticated`] in words, or
/// [`Kind::Throttled`] for whoever has brought too many that were not right.
pub async fn authenticate(platform: &Platform, text: &str, address: Option<&str>) -> Result<Actor> {
    // A slip of the hand, or somebody's guess: nothing is read for it.
    let Some(id) = text::id(text) else { return Err(malformed(platform, address)) };
    let found = store::find(&mut *platform.central.read().await?, id).await?;
    let hash = text::hash(text);
    // Whether there is such an id is told by no difference of time.
    let kept = found.as_ref().map_or("", |(_, found)| found.hash.as_str());
    let is_right = bool::from(format!("{kept:0<64}").as_bytes().ct_eq(hash.as_bytes()));
    let Some((token, found)) = found.filter(|_| is_right) else {
        let error = refused("this token is not known here").hint("check that it is whole, and of this console");
        return Err(wrong(platform, None, address, error).await?);
    };
    if let Err(error) = weigh(&token, &found, address) {
        return Err(wrong(platform, Some(&token), address, error).await?);
    }
    if token.last_used_at.is_none_or(|at| found.now - at >= TOUCH_MS) {
        let touched = async {
            let mut tx = platform.central.write().await?;
            store::touch(&mut tx, &token.id, address, found.now, TOUCH_MS).await?;
            Ok::<_, Error>(tx.commit().await?)
        };
        // It is good, whether or not that could be noted just now.
        if let Err(error) = touched.await {
            tracing::warn!(error = error.log_text(), "the use of a token could not be noted");
        }
    }
    Ok(actor(token, &found, address))
}

/// The role that a token is worth at this moment, by its id; `None` where it is worth nothing.
pub(crate) async fn role_now(conn: &mut Conn, id: &str) -> Result<Option<Role>> {
    let Some((token, found)) = store::find(conn, id).await? else { return Ok(None) };
    let maker = found.maker_role.unwrap_or(Role::Superadmin);
    Ok((token.state == TokenState::Live).then(|| token.role.min(maker)))
}

/// Whoever comes with this token, as much as it is worth at this moment; [`Kind::Unauthenticated`] where that is nothing.
pub(crate) async fn by_id(platform: &Platform, id: &str, address: Option<&str>) -> Result<Actor> {
    let found = store::find(&mut *platform.central.read().await?, id).await?;
    let (token, found) = found.ok_or_else(|| refused("this token is not known here"))?;
    weigh(&token, &found, address)?;
    Ok(actor(token, &found, address))
}

/// Whether whoever came with a token may still be here, and as much as then: for what goes on longer than a request. Cheap; everybody else
/// may.
pub async fn still(platform: &Platform, here: &Actor) -> Result<()> {
    let Some(own) = &here.token else { return Ok(()) };
    let Some((token, found)) = store::find(&mut *platform.central.read().await?, &own.id).await? else {
        return Err(refused("this token is not known here"));
    };
    weigh(&token, &found, here.address.as_deref())?;
    match actor(token, &found, None).role < here.role {
        true => Err(refused("this token may do less by now than when this began").hint("ask anew")),
        false => Ok(()),
    }
}

fn weigh(token: &TokenInfo, found: &Found, address: Option<&str>) -> Result<()> {
    match token.state {
        TokenState::Live => {}
        TokenState::Revoked => return Err(refused("this token was revoked").hint("make another one")),
        TokenState::Expired => {
            let at = token.expires_at.map(rfc3339).unwrap_or_default();
            return Err(refused(format!("this token expired at {at}")).hint("make another one"));
        }
        TokenState::Disabled => {
            return Err(refused("this token is worth nothing while the admin who made it is disabled")
                .hint("use a token of somebody else's"));
        }
    }
    let from = address.and_then(|text| text.parse().ok());
    let is_known = |address| found.networks.iter().any(|network| network.contains(address));
    if !found.networks.is_empty() && !from.is_some_and(is_known) {
        let from = address.map_or_else(|| "an unknown address".to_owned(), printable);
        return Err(refused(format!("this token is not taken from {from}"))
            .hint("use it from the networks that it was made for, or make one for this"));
    }
    Ok(())
}

fn actor(token: TokenInfo, found: &Found, address: Option<&str>) -> Actor {
    let maker = found.maker_role.unwrap_or(Role::Superadmin);
    Actor {
        name: format!("token:{} of {}", token.name, token.maker),
        role: token.role.min(maker),
        door: Door::Api,
        address: address.map(str::to_owned),
        request_id: crate::id::new(),
        signed_in_ago: None,
        session: None,
        token: Some(Token {
            id: token.id,
            confinement: token.confinement,
            allow_destructive: token.allow_destructive,
            // Who may not make such a token any more has none.
            connect: token.connect && maker == Role::Superadmin,
        }),
        admin_id: token.maker_id,
        leave: Leave::None,
    }
}

fn refused(message: impl Into<String>) -> Error {
    Error::new(Kind::Unauthenticated, message)
}

/// Where a wrong token came from, as it is counted.
fn network(address: Option<&str>) -> String {
    address.map_or_else(|| "nowhere".to_owned(), throttle::network)
}

fn malformed(platform: &Platform, address: Option<&str>) -> Error {
    match rate::admit_malformed(platform, &network(address)) {
        Some(wait) => too_many(wait),
        None => refused("this is no token of Neo's")
            .cause("a token is neo_, 8 digits, 40 and 6, with strokes between them, and its end is a check of the rest")
            .hint("give it whole, as it was shown when it was made: Authorization: Bearer neo_…"),
    }
}

/// Counts a wrong token, writes it down within bounds, and answers what is said.
async fn wrong(platform: &Platform, token: Option<&TokenInfo>, address: Option<&str>, error: Error) -> Result<Error> {
    let from = network(address);
    if let Some(wait) = rate::held_back(platform, &from) {
        return Ok(too_many(wait));
    }
    let mut tx = platform.central.write().await?;
    let wait = throttle::count_wrong_token(&mut tx, &from).await?;
    // Of a token that nobody has nothing is repeated: it may be somebody's, for another place.
    let visitor = Actor {
        name: token.map_or_else(|| "unknown".to_owned(), |token| format!("token:{} of {}", token.name, token.maker)),
        role: Role::Support,
        door: Door::Api,
        address: address.map(str::to_owned),
        ..Actor::system()
    };
    let subject = token.map_or_else(|| "nobody".to_owned(), TokenInfo::subject);
    let body = json!({ "error": error.message, "throttled": wait.is_some() });
    let key = format!("token:{from}");
    audit::record_seldom(platform, &mut tx, (&key, WRONG), &visitor, ("token.use", &subject), body).await?;
    tx.commit().await?;
    if let Some(wait) = wait {
        rate::hold_back(platform, &from, wait);
    }
    Ok(wait.map_or(error, too_many))
}

fn too_many(wait: u64) -> Error {
    Error::new(Kind::Throttled, "too many wrong tokens came from this address")
        .hint(format!("wait {wait} s, and check the token"))
        .retry_after(wait)
}

/// The end of what a stream of this actor may be: `still` is to be asked this often, so that it ends within ten seconds.
pub const LOOK_EVERY: std::time::Duration = std::time::Duration::from_secs(5);
