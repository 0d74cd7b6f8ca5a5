//! A run as it happens.

#[cfg(target_arch = "wasm32")]
mod follow;
#[cfg(target_arch = "wasm32")]
mod refresh;
#[cfg(target_arch = "wasm32")]
mod renew;

use leptos::prelude::*;

#[cfg(target_arch = "wasm32")]
pub use {follow::acted, refresh::look_again};

/// What the label says about the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The server's own word: nothing is live until a script says so.
    Still,
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
    Live,
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
    Reconnecting,
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
    Over,
    /// It stopped by itself, and tenants may wait in it.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
    Halted,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            State::Still => "Not live",
            State::Live => "Live",
            State::Reconnecting => "Reconnecting",
            State::Over => "Finished",
            State::Halted => "Halted",
        }
    }

    fn class(self) -> &'static str {
        match self {
            State::Still => "live off",
            State::Over | State::Halted => "live ended",
            State::Live => "live",
            State::Reconnecting => "live lost",
        }
    }
}

/// Follows run `number` from the event `after` (the last that the page has shown) until it is over, and keeps the page true: see
/// [the contract](super). With `over` there is nothing to follow until an act sets it going again.
#[island]
pub fn LiveRun(number: i64, after: i64, over: bool) -> impl IntoView {
    let (state, set_state) = signal(State::Still);
    let (said, set_said) = signal(String::new());
    #[cfg(target_arch = "wasm32")]
    follow::start((number, after, over), set_state, set_said);
    #[cfg(not(target_arch = "wasm32"))]
    let _ = (number, after, over, set_state, set_said);
    view! {
        <span class=move || state.get().class() hidden=move || state.get() == State::Still>
            {move || state.get().word()}
        </span>
        <span class="sr" role="status" aria-live="polite">{move || said.get()}</span>
    }
}
