//! A request as it is told: in a list, and to whoever wants to know that somebody waits.

use neo_model::{Act, NoticeAbout, NoticeKind, RequestRow, rfc3339};

use super::Plan;
use super::store::Kept;
use crate::central::Conn;
use crate::error::Result;
use crate::notices::{Audience, Said, in_one_line};
use crate::tenants;

/// Tells that somebody has asked for something.
pub(super) async fn tell(conn: &mut Conn, number: i64, plan: &Plan, who: &str) -> Result<()> {
    let audience = Audience::of(conn, NoticeKind::Waiting).await?;
    for tag in audience.tags() {
        if let Some(tag) = &tag {
            let with_it = tenants::with_tag(conn, tag).await?;
            if !plan.tenants.iter().any(|tenant| with_it.contains(&tenant.id)) {
                continue;
            }
        }
        let path = format!("/requests/{number}");
        let text = in_one_line(&format!("{}, asked for by {who}", plan.what));
        let about = NoticeAbout { name: format!("Request {number}"), text, url: path.clone() };
        let title = format!("Request {number} waits for somebody's approval");
        let said = Said { title, path, about: vec![about], ..Said::default() };
        audience.tell(conn, &format!("request:{number}"), tag.as_deref(), said).await?;
    }
    Ok(())
}

impl Kept {
    pub fn row(&self) -> RequestRow {
        RequestRow {
            request: self.number,
            guard: self.plan.guard,
            what: self.plan.what.clone(),
            state: self.state,
            tenants: self.tenants,
            asked_by: self.asked.name.clone(),
            asked_at: self.created_at,
            expires_at: self.expires_at,
            reason: match &self.plan.act {
                Act::Start(request) => request.reason.clone(),
                Act::Delete { .. } => None,
            },
            decided_by: self.decided_by.clone(),
            decided_at: self.decided_at.map(rfc3339),
            word: self.word.clone(),
            run: self.run,
            why: self.why.clone(),
            replaced_by: self.replaced_by,
        }
    }
}
