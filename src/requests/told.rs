//! A request as it is told in a list.

use neo_model::{Act, RequestRow, rfc3339};

use super::store::Kept;

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
