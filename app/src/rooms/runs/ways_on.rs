//! What can still be done about a run, in words: why nothing of it is tried again, what there is to do when it stopped.

use neo::actor::{Actor, Permission};
use neo::runs::{self, Run, Status};

use crate::ui::text::number;

/// Why nothing of this run can be tried again now.
pub fn not_rerunnable(run: &Run) -> Option<&'static str> {
    match run.kind {
        runs::Kind::Provision => Some("A provisioning is retried on the tenant's own page."),
        _ => None,
    }
}

/// What there is to do about a run that stopped by itself, in the words under its reason.
pub fn way_on(run: &Run, actor: &Actor) -> Option<String> {
    let (left, failed) = (run.tenants.queued, run.tenants.unsettled());
    if run.status != Status::Halted || left == 0 {
        return None;
    }
    let left = if left == 1 {
        "1 tenant was not begun.".to_owned()
    } else {
        format!("{} tenants were not begun.", number(left))
    };
    Some(match failed {
        0 if !actor.may(Permission::Operate) => format!("{left} They wait for somebody who may go on with the run."),
        0 => format!("{left} Go on with them, or cancel the run."),
        _ if !actor.may(Permission::Operate) => {
            format!("{left} Rerun what failed; they wait for somebody who may go on with the run.")
        }
        _ => format!("{left} Rerun what failed first: the run then goes on with them. Or go on without what failed."),
    })
}
