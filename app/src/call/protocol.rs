//! How a function is called: `GET` with its arguments in the query, `POST` with them as one JSON object. What cannot be read is
//! refused by the name of the argument, and a function's own refusal has the status of its error, which server_fn's encodings
//! do not give (400 without a field, 500 for everything).

use http::Method;
use leptos::server_fn::client::Client;
use leptos::server_fn::codec::{GetUrl, Json};
use leptos::server_fn::{Http, Protocol};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Problem;

#[cfg(not(target_arch = "wasm32"))]
type Served = leptos::server_fn::axum::AxumServerFnBackend;
#[cfg(target_arch = "wasm32")]
type Served = leptos::server_fn::mock::BrowserMockServer;

#[cfg(not(target_arch = "wasm32"))]
type Asked = axum::extract::Request;
#[cfg(target_arch = "wasm32")]
type Asked = leptos::server_fn::request::BrowserMockReq;

#[cfg(not(target_arch = "wasm32"))]
type Answered = axum::response::Response;
#[cfg(target_arch = "wasm32")]
type Answered = leptos::server_fn::response::BrowserMockRes;

/// Reads: the arguments are the query. Several values of one are a comma list.
pub struct Get;

/// Acts: the arguments are one JSON object.
pub struct Post;

impl<Input, Output, C> Protocol<Input, Output, C, Served, Problem> for Get
where
    Input: Serialize + DeserializeOwned + Send,
    Output: Serialize + DeserializeOwned + Send,
    C: Client<Problem>,
{
    const METHOD: Method = Method::GET;

    async fn run_server<F, Fut>(request: Asked, function: F) -> Result<Answered, Problem>
    where
        F: Fn(Input) -> Fut + Send,
        Fut: Future<Output = Result<Output, Problem>> + Send,
    {
        #[cfg(not(target_arch = "wasm32"))]
        return match super::arguments::of_query(request.uri().query().unwrap_or_default()) {
            Ok(input) => Ok(answer(function(input).await)),
            Err(unread) => Ok(axum::response::IntoResponse::into_response(unread)),
        };
        #[cfg(target_arch = "wasm32")]
        unserved(request, function)
    }

    async fn run_client(path: &str, input: Input) -> Result<Output, Problem> {
        <Http<GetUrl, Json> as Protocol<Input, Output, C, Served, Problem>>::run_client(path, input).await
    }
}

impl<Input, Output, C> Protocol<Input, Output, C, Served, Problem> for Post
where
    Input: Serialize + DeserializeOwned + Send,
    Output: Serialize + DeserializeOwned + Send,
    C: Client<Problem>,
{
    const METHOD: Method = Method::POST;

    async fn run_server<F, Fut>(request: Asked, function: F) -> Result<Answered, Problem>
    where
        F: Fn(Input) -> Fut + Send,
        Fut: Future<Output = Result<Output, Problem>> + Send,
    {
        #[cfg(not(target_arch = "wasm32"))]
        return match super::arguments::of_body(request).await {
            Ok(input) => Ok(answer(function(input).await)),
            Err(unread) => Ok(axum::response::IntoResponse::into_response(unread)),
        };
        #[cfg(target_arch = "wasm32")]
        unserved(request, function)
    }

    async fn run_client(path: &str, input: Input) -> Result<Output, Problem> {
        <Http<Json, Json> as Protocol<Input, Output, C, Served, Problem>>::run_client(path, input).await
    }
}

/// What a function came to, as whoever asked reads it: a program, or a person at a page. A refusal is written by the layer around the routes, which knows
/// who asked.
#[cfg(not(target_arch = "wasm32"))]
fn answer<T: Serialize>(came: Result<T, Problem>) -> Answered {
    match came {
        Ok(value) => written(serde_json::to_string(&value)),
        Err(problem) => refused(problem),
    }
}

/// There is one of it for all functions, as there is of [`refused`].
#[cfg(not(target_arch = "wasm32"))]
fn written(document: serde_json::Result<String>) -> Answered {
    use crate::door::{Door, direction};
    use axum::response::IntoResponse;
    let shown = |document| match Door::here() {
        Ok(door) if door.visit.is_script() => Ok(direction::for_a_page(document).into_response()),
        Ok(_) => Ok(direction::document(document).into_response()),
        Err(error) => Err(error),
    };
    let written = document.map_err(neo::Error::internal).and_then(shown);
    written.unwrap_or_else(|error| crate::error::AppError::from(error).into_response())
}

#[cfg(not(target_arch = "wasm32"))]
fn refused(problem: Problem) -> Answered {
    use axum::response::IntoResponse;
    match problem {
        Problem { refused: Some(refused), .. } => refused.into_response(),
        Problem { error, .. } => crate::error::AppError::from(neo::Error::internal(error.message)).into_response(),
    }
}

/// The browser calls, and is not called.
#[cfg(target_arch = "wasm32")]
fn unserved<F>(_: Asked, _: F) -> Result<Answered, Problem> {
    use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
    Err(Problem::from_server_fn_error(ServerFnErrorErr::ServerError("not a server".into())))
}
