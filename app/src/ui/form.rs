//! Fields: labels, hints, and errors beside the field they are about. An input's id is `f-<name>`, so that the summary over
//! a refused form can lead to it.

use leptos::prelude::*;

/// Label, input, hint, error. An empty hint is none. The input's id is `f-<name>`.
#[component]
pub fn Field(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    #[prop(optional)] autocomplete: Option<&'static str>,
    #[prop(optional)] pattern: Option<&'static str>,
    #[prop(optional)] maxlength: Option<u32>,
    #[prop(optional)] required: bool,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] mono: bool,
    /// The id of the form it belongs to, when it stands outside of it.
    #[prop(optional)]
    form: Option<&'static str>,
) -> impl IntoView {
    let id = format!("f-{name}");
    let (described, hints) = hints(&id, hint.filter(|hint| !hint.is_empty()), error.clone());
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input
                form=form
                id=id.clone()
                name=name
                type=kind
                // What is secret is never written back.
                value=(kind != "password").then_some(value)
                class=mono.then_some("mono")
                autocomplete=autocomplete.unwrap_or("off")
                pattern=pattern
                maxlength=maxlength
                required=required
                autofocus=autofocus
                spellcheck="false"
                autocapitalize=(kind != "text").then_some("none")
                aria-invalid=error.is_some().then_some("true")
                aria-describedby=described
            />
            {hints}
        </div>
    }
}

/// A list to choose one from: `(value, label)`.
#[component]
pub fn Choice(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    options: Vec<(String, String)>,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    /// The id of the form it belongs to, when it stands outside of it.
    #[prop(optional)]
    form: Option<&'static str>,
) -> impl IntoView {
    let id = format!("f-{name}");
    let (described, hints) = hints(&id, hint, error.clone());
    let options = options
        .into_iter()
        .map(|(key, label)| {
            let chosen = key == value;
            view! { <option value=key selected=chosen>{label}</option> }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <select
                form=form
                id=id.clone()
                name=name
                aria-invalid=error.is_some().then_some("true")
                aria-describedby=described
            >
                {options}
            </select>
            {hints}
        </div>
    }
}

#[component]
pub fn TextArea(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    #[prop(default = 4)] rows: u32,
) -> impl IntoView {
    let id = format!("f-{name}");
    let (described, hints) = hints(&id, hint, error.clone());
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <textarea id=id.clone() name=name rows=rows aria-invalid=error.is_some().then_some("true") aria-describedby=described>
                {value}
            </textarea>
            {hints}
        </div>
    }
}

/// A box to tick, or with `radio` one of several with the same name. The label stands behind it.
#[component]
pub fn Tick(
    #[prop(into)] name: String,
    #[prop(into)] value: String,
    #[prop(into)] label: String,
    #[prop(optional)] checked: bool,
    #[prop(optional)] radio: bool,
    #[prop(optional, into)] hint: Option<String>,
) -> impl IntoView {
    let id = format!("f-{name}-{value}");
    let (described, hints) = hints(&id, hint, None);
    view! {
        <div class="tick">
            <input
                id=id.clone()
                type=if radio { "radio" } else { "checkbox" }
                name=name
                value=value
                checked=checked
                aria-describedby=described
            />
            <label for=id.clone()>{label}</label>
            {hints}
        </div>
    }
}

fn hints(id: &str, hint: Option<String>, error: Option<String>) -> (Option<String>, impl IntoView + use<>) {
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let described = match (&hint, &error) {
        (None, None) => None,
        (Some(_), None) => Some(hint_id.clone()),
        (None, Some(_)) => Some(error_id.clone()),
        (Some(_), Some(_)) => Some(format!("{error_id} {hint_id}")),
    };
    let view = view! {
        {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
        {error.map(|error| view! { <p class="wrong" id=error_id>{error}</p> })}
    };
    (described, view)
}
