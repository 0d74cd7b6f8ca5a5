//! The platform's error on the wire: what a server function that was refused answers.

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

#[cfg(not(target_arch = "wasm32"))]
use crate::error::AppError;

/// Why a call was refused. Its status is that of the error's kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Problem {
    pub error: Told,
    /// The error itself, for the log, the audit and the status.
    #[cfg(not(target_arch = "wasm32"))]
    #[serde(skip)]
    pub(super) refused: Option<AppError>,
}

/// The error as the caller is told it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Error"))]
#[serde(default)]
pub struct Told {
    /// The kind of error, for programs.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "neo::error::Kind"))]
    pub code: String,
    /// What happened, naming the thing.
    pub message: String,
    /// Why, when it is known and may be told.
    pub cause: Option<String>,
    /// What to do next.
    pub hint: Option<String>,
    /// The same as a value, where there is something to be done: for who tells it in words of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<neo_model::Advice>,
    /// The argument that it is about.
    pub field: Option<String>,
    /// Names that come close to one that was not found.
    pub nearest: Vec<String>,
    /// Seconds to wait before the next try.
    pub retry_after: Option<u64>,
    /// What to quote when asking about it; the log has it too.
    pub id: Option<String>,
}

#[cfg(not(target_arch = "wasm32"))]
impl Told {
    /// `request` is quoted where the error has no id of its own. What to do next is said as a function, to a program.
    pub fn of(error: &neo::Error, request: &str) -> Self {
        Self::worded(error, request, neo::error::Advice::function)
    }

    fn worded(error: &neo::Error, request: &str, hint: fn(&neo::error::Advice) -> String) -> Self {
        Self {
            code: error.kind.code().to_owned(),
            message: error.message.clone(),
            cause: error.cause.clone(),
            hint: error.hint.as_ref().map(hint),
            advice: error.hint.clone().filter(|hint| hint.acts().next().is_some()),
            field: error.field.map(str::to_owned),
            nearest: error.nearest.clone(),
            retry_after: error.retry_after,
            id: Some(error.id.clone().unwrap_or_else(|| request.to_owned())),
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Problem {
    /// As it is told to a program.
    pub fn told(error: &neo::Error, request: &str) -> Self {
        Self { error: Told::of(error, request), refused: None }
    }

    /// As a person is told it, at the page whose script has asked: in the words of its links and buttons.
    pub fn told_on_a_page(error: &neo::Error, request: &str) -> Self {
        Self { error: Told::worded(error, request, neo::error::Advice::plain), refused: None }
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl From<neo::Error> for Problem {
    fn from(error: neo::Error) -> Self {
        let refused = AppError::from(error);
        let error = Told::of(&refused.0, "");
        Self { error, refused: Some(refused) }
    }
}

impl FromServerFnError for Problem {
    type Encoder = JsonEncoding;

    /// What goes wrong around a function rather than in it: in the browser, where the console does not answer.
    fn from_server_fn_error(value: ServerFnErrorErr) -> Self {
        #[cfg(not(target_arch = "wasm32"))]
        return neo::Error::internal(value).into();
        #[cfg(target_arch = "wasm32")]
        {
            let (code, message) = match &value {
                ServerFnErrorErr::Request(_) => ("unavailable", "the console does not answer"),
                _ => ("internal", "what the console answered cannot be read"),
            };
            let cause = Some(value.to_string());
            Self { error: Told { code: code.into(), message: message.into(), cause, ..Told::default() } }
        }
    }
}
