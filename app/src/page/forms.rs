//! Forms: what was typed, and what is wrong with it.
//!
//! A handler takes a [`Form`], reads its fields, calls one service, and hands an error back with [`Form::refuse`]: what the
//! person can mend stays in the form (which is rendered again, 422, with everything they typed), the rest becomes the answer.
//! Secrets are read with [`Form::secret`] and never written back.

use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;
use neo::error::{Advice, Error, Kind};
use secrecy::SecretString;

use crate::error::AppError;
use crate::line::UNTOLD;
use crate::query::Query;
use crate::ui::Field;
use crate::ui::text::sentence;

/// The fields that hold what is secret, by the names that they have in forms, and what each is called where it is asked for again.
pub const SECRETS: [(&str, &str); 6] = [
    ("password", "Password"),
    ("old", "Password now"),
    ("new", "New password"),
    ("again", "New password again"),
    ("code", "Code"),
    ("address", "Address"),
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The name of the field, or none when it is about the whole form.
    pub field: Option<String>,
    pub message: String,
    pub hint: Option<Advice>,
}

/// The fields of a form in the order they came, and its errors.
#[derive(Clone, Default)]
pub struct Form {
    fields: Vec<(String, String)>,
    errors: Vec<FieldError>,
}

impl Form {
    /// An empty form, for the first look at a page.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A form that already says something.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.push((name.to_owned(), value.into()));
        self
    }

    /// Without the fields whose name is `gone`.
    pub fn without(mut self, gone: impl Fn(&str) -> bool) -> Self {
        self.fields.retain(|(name, _)| !gone(name));
        self
    }

    /// The field as typed; absent reads as empty.
    pub fn raw(&self, name: &str) -> &str {
        self.fields.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// Trimmed; absent reads as empty.
    pub fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// Trimmed, or none when nothing was typed.
    pub fn optional(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Every value of a name: checkboxes.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    /// Whether a checkbox is ticked.
    pub fn ticked(&self, name: &str) -> bool {
        !self.raw(name).is_empty()
    }

    /// Exactly as typed, of a field that is one of [`SECRETS`].
    pub fn secret(&self, name: &str) -> SecretString {
        debug_assert!(SECRETS.iter().any(|(secret, _)| *secret == name), "{name} is no secret's name");
        self.raw(name).into()
    }

    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// What it says, for whoever puts it into an address or a command: of what is secret only that there is something.
    pub fn told(&self) -> Query {
        let is_secret = |name: &str| SECRETS.iter().any(|(secret, _)| *secret == name);
        let told = |(name, value): &(String, String)| match is_secret(name) && !value.is_empty() {
            true => (name.clone(), UNTOLD.to_owned()),
            false => (name.clone(), value.clone()),
        };
        self.fields.iter().map(told).collect()
    }

    pub fn complain(&mut self, field: Option<&str>, message: impl Into<String>, hint: Option<Advice>) {
        self.errors.push(FieldError { field: field.map(str::to_owned), message: message.into(), hint });
    }

    /// Keeps an error that the person can mend here; gives back the ones they cannot.
    pub fn refuse(mut self, error: Error) -> Result<Self, AppError> {
        match error.kind {
            Kind::Invalid | Kind::Conflict => {
                let message = match &error.cause {
                    Some(cause) => format!("{}: {cause}", error.message),
                    None => error.message,
                };
                self.complain(error.field, message, error.hint);
                Ok(self)
            }
            _ => Err(error.into()),
        }
    }

    pub fn is_refused(&self) -> bool {
        !self.errors.is_empty()
    }

    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// What is wrong with this field.
    pub fn error(&self, name: &str) -> Option<&FieldError> {
        self.errors.iter().find(|error| error.field.as_deref() == Some(name))
    }

    /// Label, input and complaint, holding what was typed.
    pub fn input(
        &self,
        name: &'static str,
        label: &'static str,
        kind: &'static str,
        autocomplete: &'static str,
    ) -> impl IntoView + use<> {
        field(name, label, kind, autocomplete, self.raw(name).to_owned(), None, self.error(name).cloned())
    }

    /// The same for a password, which is never written back.
    pub fn password(
        &self,
        name: &'static str,
        label: &'static str,
        autocomplete: &'static str,
    ) -> impl IntoView + use<> {
        field(name, label, "password", autocomplete, String::new(), None, self.error(name).cloned())
    }

    /// A password to be chosen, with what is asked of it.
    pub fn new_password(&self, name: &'static str, label: &'static str) -> impl IntoView + use<> {
        let hint = "At least 12 characters. A few unrelated words are easy to keep and hard to guess.";
        field(name, label, "password", "new-password", String::new(), Some(hint), self.error(name).cloned())
    }

    /// The summary above a refused form, each line a link to its field (whose id is `f-<name>`).
    pub fn summary(&self) -> impl IntoView + use<> {
        self.listed(self.errors.clone())
    }

    /// The same for a short form, on which each error about one of these fields is seen beside it: not told twice.
    pub fn summary_beside(&self, fields: &[&str]) -> impl IntoView + use<> {
        let is_beside = |error: &FieldError| error.field.as_deref().is_some_and(|field| fields.contains(&field));
        self.listed(self.errors.iter().filter(|error| !is_beside(error)).cloned().collect())
    }

    fn listed(&self, errors: Vec<FieldError>) -> impl IntoView + use<> {
        // What lies in a field can be mended and sent again; what does not was refused as it is.
        let title = match errors.iter().any(|error| error.field.is_some()) {
            true => "This cannot be done yet",
            false => "This was not done",
        };
        (!errors.is_empty()).then(move || {
            let lines = errors
                .into_iter()
                .map(|error| {
                    let FieldError { field, message, hint } = error;
                    match (field, hint) {
                        // A line that is a link holds no other.
                        (Some(field), hint) => {
                            let hint = hint.map(|hint| format!(" ({})", hint.plain()));
                            view! { <li><a href=format!("#f-{field}")>{message}{hint}</a></li> }.into_any()
                        }
                        (None, hint) => {
                            let hint = hint.map(|hint| view! { " ("{super::advice::view(&hint)}")" });
                            view! { <li>{message}{hint}</li> }.into_any()
                        }
                    }
                })
                .collect_view();
            view! {
                <div class="summary" role="alert" tabindex="-1" autofocus=true>
                    <h2>{title}</h2>
                    <ul>{lines}</ul>
                </div>
            }
        })
    }
}

/// The one widget there is, with what is wrong told under it as a sentence.
fn field(
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    autocomplete: &'static str,
    value: String,
    hint: Option<&'static str>,
    error: Option<FieldError>,
) -> impl IntoView {
    let error = error.map(|error| sentence(&error.message));
    let hint = hint.map(str::to_owned).unwrap_or_default();
    view! {
        <Field
            name=name
            label=label
            kind=kind
            value=value
            hint=hint
            autofocus=error.is_some()
            error=error
            autocomplete=autocomplete
            required=true
        />
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let axum::extract::Form(fields) = axum::extract::Form::<Vec<(String, String)>>::from_request(request, state)
            .await
            // Too large, no form, not readable: the layer around the routes says it in words.
            .map_err(|rejection| rejection.status().into_response())?;
        Ok(Self { fields, errors: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_keeps_what_can_be_mended_and_gives_back_the_rest() {
        let form = Form::empty().with("slug", " acme ").with("name", "Acme");
        let form = form.refuse(Error::invalid("slug", "this slug is taken")).unwrap_or_else(|_| panic!("kept"));
        assert_eq!(form.text("slug"), "acme");
        assert_eq!(form.error("slug").map(|e| e.message.as_str()), Some("this slug is taken"));
        assert!(form.error("name").is_none());
        assert!(form.refuse(Error::denied("no")).is_err());
    }
}
