//! The end of a sign-in: everything that was asked for is proven.

use axum::http::HeaderMap;
use axum::response::Response;
use neo::sessions::{SignedIn, Whence};

use crate::door::visit::Visit;
use crate::door::{AppState, session};

/// Gives them their session in the place of the one this browser had, and makes the browser known: with `response`.
pub async fn come_in(
    app: &AppState,
    visit: &Visit,
    cookie: &tower_sessions::Session,
    headers: &HeaderMap,
    who: &SignedIn,
    mut response: Response,
) -> neo::Result<Response> {
    let (platform, audience, address) = (&app.platform, visit.audience(), visit.address.as_deref());
    let id = neo::sessions::begin(platform, &audience, who, address, visit.user_agent.as_deref()).await?;
    if let Some(before) = &visit.session {
        neo::sessions::sign_out(platform, before, address).await?;
    }
    session::hand_out(cookie, &id).await?;
    let before = session::device(headers, platform);
    let whose = (who.subject_id.as_str(), who.email.as_str());
    session::remember(platform, &audience, whose, before.as_deref(), &mut response).await;
    session::no_longer_pending(headers, platform, &mut response);
    Ok(response)
}

/// From where somebody tries to come in.
pub fn whence<'a>(visit: &'a Visit, device: Option<&'a str>) -> Whence<'a> {
    Whence { address: visit.address.as_deref(), device }
}
