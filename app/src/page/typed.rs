//! A form decoded into what a service takes, and shown again when it is refused.

use axum::extract::{FromRequest, Request};
use axum::response::Response;
use neo::error::{Error, Result};

use super::forms::Form;
use crate::error::AppError;

/// What was typed, as `T`. How it is read is `T`'s to say (`TryFrom<&Form>`), and what cannot be read names its field.
pub struct Typed<T> {
    form: Form,
    read: Result<T>,
}

impl<T> Typed<T> {
    /// Hands it to one service. What the person can mend is in the form that comes back, to be shown again with 422; the rest
    /// is the answer.
    pub async fn hand_to<R, F>(
        self,
        service: impl FnOnce(T) -> F,
    ) -> std::result::Result<std::result::Result<R, Form>, AppError>
    where
        F: Future<Output = Result<R>>,
    {
        let done = match self.read {
            Ok(typed) => service(typed).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(done) => Ok(Ok(done)),
            Err(error) => Ok(Err(self.form.refuse(error)?)),
        }
    }
}

impl<S, T> FromRequest<S> for Typed<T>
where
    S: Send + Sync,
    T: for<'a> TryFrom<&'a Form, Error = Error>,
{
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> std::result::Result<Self, Response> {
        let form = Form::from_request(request, state).await?;
        let read = T::try_from(&form);
        Ok(Self { form, read })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Port(u16);

    impl TryFrom<&Form> for Port {
        type Error = Error;

        fn try_from(form: &Form) -> Result<Self> {
            form.text("port").parse().map(Self).map_err(|_| Error::invalid("port", "this is a number"))
        }
    }

    async fn typed(body: &'static str) -> Typed<Port> {
        let form = axum::http::header::HeaderValue::from_static("application/x-www-form-urlencoded");
        let mut request = Request::post("/").body(axum::body::Body::from(body)).expect("a request");
        request.headers_mut().insert(axum::http::header::CONTENT_TYPE, form);
        Typed::from_request(request, &()).await.unwrap_or_else(|_| panic!("a form"))
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_shown_again_and_no_service_hears_of_it() {
        let form = typed("port=many").await.hand_to(async |_| -> Result<()> { panic!("handed over") }).await;
        let form = form.expect("can be mended").expect_err("refused");
        assert_eq!(
            (form.text("port"), form.error("port").map(|e| e.message.as_str())),
            ("many", Some("this is a number"))
        );
    }

    #[tokio::test]
    async fn what_a_service_refuses_is_shown_again_and_what_nobody_can_mend_is_the_answer() {
        let taken = async |port: Port| -> Result<()> { Err(Error::invalid("port", format!("{} is taken", port.0))) };
        let form = typed("port=80").await.hand_to(taken).await.expect("can be mended").expect_err("refused");
        assert_eq!(form.error("port").map(|e| e.message.as_str()), Some("80 is taken"));
        let down = async |_| -> Result<()> { Err(Error::unavailable("down")) };
        assert!(typed("port=80").await.hand_to(down).await.is_err());
        let done = typed("port=80").await.hand_to(async |port: Port| Ok(port.0)).await;
        assert_eq!(done.ok().and_then(std::result::Result::ok), Some(80));
    }
}
