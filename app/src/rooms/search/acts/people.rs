//! Signing people out.

use neo::actor::Permission;
use neo::admins;
use neo::error::Result;
use neo_model::Hit;

use super::Typed;
use crate::door::Door;
use crate::rooms::account::api::EndOtherSessions;
use crate::rooms::account::links as account;
use crate::rooms::admins::api::{EndAdminSessions, EndAllSessions};
use crate::rooms::admins::links;
use crate::rooms::search::hit::{FEW, act, asked};

/// It takes only a form, which is on every page.
const SIGN_OUT: &str = "/sign-out";

pub async fn acts(door: &Door, typed: &Typed<'_>) -> Result<Vec<Hit>> {
    if !typed.is("sign") {
        return Ok(Vec::new());
    }
    let mut hits = Vec::new();
    if typed.of.is_empty() && door.actor.may(Permission::OwnAccount) {
        hits.push(Hit { detail: Some("of this browser".to_owned()), ..asked("Sign out", SIGN_OUT) });
    }
    if typed.is_of("my other sessions") && door.actor.may(Permission::OwnAccount) {
        let sure = "Your sessions in other browsers end.";
        hits.push(act("Sign out my other sessions", account::PAGE, Some(sure), &EndOtherSessions {}));
    }
    if !door.actor.may(Permission::EndSessions) {
        return Ok(hits);
    }
    if typed.is_of("everybody") {
        let sure = "Every session of every central admin ends but this one; they can sign in again.";
        hits.push(act("Sign out everybody", links::LIST, Some(sure), &EndAllSessions {}));
    }
    if !typed.of.is_empty() {
        let all = admins::list(&door.platform, &door.actor).await?;
        let named = all.into_iter().filter(|admin| {
            let name = format!("{} {}", admin.first_name, admin.last_name).to_lowercase();
            name.contains(typed.of) || admin.email.to_lowercase().contains(typed.of)
        });
        hits.extend(named.take(FEW as usize).map(|admin| {
            let (text, href) = (format!("Sign out {}", admin.email), links::one(&admin.id));
            act(
                text,
                href,
                Some("All their sessions end; they can sign in again."),
                &EndAdminSessions { admin: admin.email },
            )
        }));
    }
    Ok(hits)
}
