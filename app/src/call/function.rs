//! One row of what there is: a server function with its address, who may call it, and what goes in and comes out.

use axum::http::{Method, StatusCode};
use leptos::server_fn::axum::{AxumServerFnBackend, register_explicit};
use leptos::server_fn::{Protocol, ServerFn};
use neo::actor::Permission;
use neo::requests::Guard;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use super::Problem;
use crate::door::origin::FUNCTIONS;

/// A server function as the handler, the document and the test of roles know it.
pub struct Function {
    pub path: &'static str,
    pub method: Method,
    /// What the caller must be allowed at least; the service decides.
    pub permission: Permission,
    /// Whoever may not, or not alone, may ask where one of these wants somebody's yes.
    pub asks: &'static [Guard],
    /// Of its answer: 202 where a worker does the rest.
    pub status: StatusCode,
    /// Another status of the same answer, and what it says.
    pub also: Option<(StatusCode, &'static str)>,
    /// Whether it tells how to connect to a tenant: tokens made for that may call it, and nobody else.
    pub connects: bool,
    /// Whether its answer has a tag, and is not sent to whoever has it.
    pub tagged: bool,
    /// Arguments that can be read, on a tenant `acme`.
    pub example: Value,
    pub(super) register: fn(),
    pub(super) arguments: fn(&mut SchemaGenerator) -> Schema,
    pub(super) answer: fn(&mut SchemaGenerator) -> Schema,
}

impl Function {
    /// The function whose arguments are `F`.
    pub fn of<F>(permission: Permission) -> Self
    where
        F: ServerFn<
                Server = AxumServerFnBackend,
                Error = Problem,
                InputStreamError = Problem,
                OutputStreamError = Problem,
            > + JsonSchema
            + 'static,
        F::Output: JsonSchema,
    {
        Self {
            path: F::PATH,
            method: F::Protocol::METHOD,
            permission,
            asks: &[],
            status: StatusCode::OK,
            also: None,
            connects: false,
            tagged: false,
            example: Value::Object(serde_json::Map::new()),
            register: register_explicit::<F>,
            arguments: F::json_schema,
            answer: |generator| generator.subschema_for::<F::Output>(),
        }
    }

    pub fn example(self, example: Value) -> Self {
        Self { example, ..self }
    }

    /// Its answer says that it was taken; a worker does it.
    pub fn accepted(self) -> Self {
        Self { status: StatusCode::ACCEPTED, ..self }
    }

    /// Where one of these wants somebody else's yes, whoever may not do it may ask for it.
    pub fn asking(self, asks: &'static [Guard]) -> Self {
        Self { asks, ..self }
    }

    /// For tokens that were made to connect alone.
    pub fn connecting(self) -> Self {
        Self { connects: true, ..self }
    }

    /// Its answer bears an `ETag`; 304 for whoever sends it as `If-None-Match`.
    pub fn tagged(self) -> Self {
        Self { tagged: true, ..self }
    }

    /// The same answer with a status that says what it amounts to.
    pub fn or_with(self, status: StatusCode, meaning: &'static str) -> Self {
        Self { also: Some((status, meaning)), ..self }
    }

    /// `tenants/suspend`
    pub fn name(&self) -> &'static str {
        self.path.strip_prefix(FUNCTIONS).unwrap_or(self.path)
    }
}
