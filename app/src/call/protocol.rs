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
            Err(refused) => Ok(axum::response::IntoResponse::into_response(refused)),
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
            Err(refused) => Ok(axum::response::IntoResponse::into_response(refused)),
        };
        #[cfg(target_arch = "wasm32")]
        unserved(request, function)
    }

    async fn run_client(path: &str, input: Input) -> Result<Output, Problem> {
        <Http<Json, Json> as Protocol<Input, Output, C, Served, Problem>>::run_client(path, input).await
    }
}

/// What a function came to. A refusal is written by the layer around the routes, which knows who asked.
#[cfg(not(target_arch = "wasm32"))]
fn answer<T: Serialize>(came: Result<T, Problem>) -> Answered {
    use axum::response::IntoResponse;
    match came {
        Ok(value) => written(&value).unwrap_or_else(|error| crate::error::AppError::from(error).into_response()),
        Err(Problem { refused: Some(refused), .. }) => refused.into_response(),
        Err(Problem { error, .. }) => crate::error::AppError::from(neo::Error::internal(error.message)).into_response(),
    }
}

/// As whoever asked reads it: a program, or a person at a page.
#[cfg(not(target_arch = "wasm32"))]
fn written<T: Serialize>(value: &T) -> neo::Result<Answered> {
    use crate::door::{Door, direction};
    use axum::response::IntoResponse;
    Ok(match Door::here()?.visit.is_script() {
        true => direction::for_a_page(value)?.into_response(),
        false => direction::document(value)?.into_response(),
    })
}

/// The browser calls, and is not called.
#[cfg(target_arch = "wasm32")]
fn unserved<F>(_: Asked, _: F) -> Result<Answered, Problem> {
    use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
    Err(Problem::from_server_fn_error(ServerFnErrorErr::ServerError("not a server".into())))
}
