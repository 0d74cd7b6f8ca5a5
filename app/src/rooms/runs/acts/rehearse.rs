//! Rehearsing from the preview of a run, which is told there when it is over.

use axum::extract::State;
use axum::response::IntoResponse;
use neo::error::{Error, Kind as ErrorKind};
use neo::runs::Goal;

use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::see_other;
use crate::rooms::runs::new::{choice, page};
use crate::rooms::runs::{calls, links};

pub async fn act(State(app): State<AppState>, signed: Signed, form: Form) -> Answer {
    let query = choice::of(&form);
    let to = match choice::goal(&query)? {
        Goal::Migrate { to } => to,
        _ => return Err(Error::invalid("kind", "only migrations are rehearsed").into()),
    };
    match calls::rehearse(&Door::of(&app.platform, &signed)?, form.text("tenant"), to).await {
        Ok(begun) => {
            let back = choice::address(&query, &form).with("rehearsal", begun.id);
            Ok(see_other(&back.href(links::NEW)).into_response())
        }
        Err(error) => {
            let field =
                if error.kind == ErrorKind::NotFound { Error::invalid("tenant", error.message.clone()) } else { error };
            page::shown(&app.platform, &signed, query, form.refuse(field)?).await
        }
    }
}
