//! What was refused, as the components of a form want it.

use crate::server::forms::Form;

/// What is wrong with this field.
pub fn on(form: &Form, field: &str) -> Option<String> {
    form.error(field).map(|error| match &error.hint {
        Some(hint) => format!("{} ({hint})", error.message),
        None => error.message.clone(),
    })
}
