//! Whether what wants somebody else's yes has it.

use serde_json::{Value, json};

use super::{Actor, Door, Role};

/// What lets somebody do what wants somebody else's yes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Leave {
    /// Nothing: they ask.
    #[default]
    None,
    /// Nothing, and they ask whether or not it is wanted.
    Ask,
    /// The operator at the machine goes past it knowingly.
    Without,
    /// Somebody else has said yes to this request.
    Approved { request: i64, by: String },
}

impl Actor {
    /// This operator at the machine, going past what wants somebody's yes.
    pub fn without_approval(self) -> Self {
        Self { leave: Leave::Without, ..self }
    }

    /// The same with every right that a role gives: what they may not do alone they may ask for. What a token may not stays so.
    pub(crate) fn asking(&self) -> Self {
        Self { role: Role::Superadmin, ..self.clone() }
    }

    /// Who is behind it, however they have come in: an admin also with tokens of theirs, and whoever is at the machine with those
    /// that were made there, under whichever name.
    pub(crate) fn person(&self) -> String {
        match (&self.admin_id, self.door, &self.token) {
            (Some(id), ..) => format!("admin:{id}"),
            (None, Door::Cli | Door::System, _) | (None, _, Some(_)) => "machine".to_owned(),
            (None, ..) => self.name.clone(),
        }
    }

    /// What a row of the audit says of it beside what was done.
    pub(crate) fn with_leave(&self, body: &Value) -> Value {
        let mut body = body.clone();
        if let Some(object) = body.as_object_mut() {
            match &self.leave {
                Leave::None | Leave::Ask => {}
                Leave::Without => {
                    object.insert("without_approval".into(), json!(true));
                }
                Leave::Approved { request, by } => {
                    object.insert("approval".into(), json!({ "request": request, "by": by }));
                }
            }
        }
        body
    }
}
