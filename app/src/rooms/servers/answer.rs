//! How a server has answered.

use leptos::prelude::*;
use neo::engine::Probe;
use neo::error::Result;

use crate::islands::outcome::answered;
use crate::ui::{Mark, Status};

pub fn view(probe: Option<&Result<Probe>>) -> AnyView {
    match probe {
        None => view! { <span class="muted">"not asked"</span> }.into_any(),
        Some(Ok(probe)) => {
            let (said, what) = answered(probe);
            view! {
                <Status mark=Mark::Ok word=said />
                <br />
                <span class="muted">{what}</span>
            }
            .into_any()
        }
        Some(Err(error)) => view! {
            <Status mark=Mark::Failed word="Unreachable" />
            <span class="err">{error.cause.clone().unwrap_or_else(|| error.message.clone())}</span>
        }
        .into_any(),
    }
}
