//! Yes and no, from the page of a request: what came of it is there afterwards.

use axum::extract::{Path, State};

use super::{calls, links, one};
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::see_other;

pub async fn approve(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>, form: Form) -> Answer {
    match calls::approve(&Door::of(&app.platform, &signed)?, number, form.optional("why")).await {
        Ok(row) => Ok(see_other(&links::one(row.request))),
        Err(error) => one::refused(&app, &signed, number, form.refuse(error)?).await,
    }
}

pub async fn decline(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>, form: Form) -> Answer {
    match calls::decline(&Door::of(&app.platform, &signed)?, number, form.optional("why")).await {
        Ok(row) => Ok(see_other(&links::one(row.request))),
        Err(error) => one::refused(&app, &signed, number, form.refuse(error)?).await,
    }
}
