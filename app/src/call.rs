//! Server functions: what every room's `api.rs` is made with, and how a call is answered (docs/api.md).
//!
//! ```ignore
//! /// Keeps a tenant's users out.
//! #[server(prefix = "/api/v1", endpoint = "tenants/suspend", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
//! pub async fn suspend_tenant(tenant: String) -> Result<Row, Problem> {
//!     suspend(&Door::here()?, &tenant).await              // who is asking · one service · one mapping
//! }
//!
//! pub fn functions() -> Vec<Function> {
//!     vec![Function::of::<SuspendTenant>(Permission::EditTenants).example(json!({ "tenant": "acme" }))]
//! }
//! ```
//!
//! The row in `functions()` registers it, describes it in the document, and says whom the test of roles lets in; a function
//! without one fails that test. Pages call the plain function under it in process: permission is in the services.

#[cfg(not(target_arch = "wasm32"))]
pub mod arguments;
#[cfg(not(target_arch = "wasm32"))]
mod begun;
#[cfg(not(target_arch = "wasm32"))]
pub mod document;
pub mod exactly;
#[cfg(not(target_arch = "wasm32"))]
mod example;
#[cfg(not(target_arch = "wasm32"))]
pub mod function;
#[cfg(not(target_arch = "wasm32"))]
pub mod handler;
#[cfg(not(target_arch = "wasm32"))]
mod once;
pub mod problem;
pub mod protocol;
pub mod secret;

#[cfg(not(target_arch = "wasm32"))]
pub use begun::begun;
pub use exactly::Exactly;
#[cfg(not(target_arch = "wasm32"))]
pub use function::Function;
#[cfg(not(target_arch = "wasm32"))]
pub use once::once;
pub use problem::Problem;
pub use protocol::{Get, Post};
/// What a function's arguments derive beside serde. In the browser nobody asks for a schema: there the name derives what does
/// no harm.
#[cfg(not(target_arch = "wasm32"))]
pub use schemars::JsonSchema as Described;
pub use secret::Secret;
#[cfg(target_arch = "wasm32")]
pub use std::cmp::PartialEq as Described;

/// What else answers where functions do, and is none: the stream of a run's events, the audit as a file, and the document.
pub const BESIDE: [&str; 3] = ["/api/v1/runs/events", "/api/v1/audit/export", "/api/v1/openapi.json"];
