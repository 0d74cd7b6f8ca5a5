//! One thing that was found.

use leptos::server_fn::ServerFn;
use neo_model::{Hit, HitCall, HitKind};
use serde::Serialize;

use crate::door::origin::FUNCTIONS;

/// Of one kind, as many are found.
pub const FEW: u32 = 8;

pub fn hit(kind: HitKind, text: impl Into<String>, detail: Option<String>, href: impl Into<String>) -> Hit {
    Hit { kind, text: text.into(), detail, href: href.into(), call: None }
}

/// An act that is asked for on its page.
pub fn asked(text: impl Into<String>, href: impl Into<String>) -> Hit {
    hit(HitKind::Act, text, None, href)
}

/// An act that can be carried out as it is, by the function whose arguments are `F`. What weighs says what will happen first.
pub fn act<F: ServerFn + Serialize>(
    text: impl Into<String>,
    href: impl Into<String>,
    sure: Option<&str>,
    arguments: &F,
) -> Hit {
    let function = F::PATH.strip_prefix(FUNCTIONS).unwrap_or(F::PATH).to_owned();
    let call = serde_json::to_value(arguments).ok();
    let call = call.map(|arguments| HitCall { function, arguments, sure: sure.map(str::to_owned) });
    Hit { call, ..asked(text, href) }
}
