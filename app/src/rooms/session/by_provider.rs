//! The way to the identity provider, as it stands on a page.

use leptos::prelude::*;

use crate::door::AppState;
use crate::door::visit::Visit;

/// A button that leads there. `next` is where to afterwards.
pub fn button(action: &'static str, label: String, next: String, code: Option<AnyView>) -> impl IntoView {
    view! {
        <form method="post" action=action>
            <input type="hidden" name="next" value=next />
            {code}
            <div class="field"><button class="wide">{label}</button></div>
        </form>
    }
}

/// The console's origin at which this was asked.
pub fn origin(app: &AppState, visit: &Visit) -> String {
    app.origin(visit.host.split('.').next().unwrap_or_default())
}
