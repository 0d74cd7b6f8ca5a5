//! What may want somebody else's yes: done, or only asked for. For a program both are answers: a key that it came with stands for
//! either.

use neo::error::{Advice, Kind, Result};
use neo_model::{Asked, Begun};

/// The answer of a function whose act may only be asked for.
pub fn begun<T>(outcome: Result<T>) -> Result<Begun<T>> {
    match outcome {
        Ok(done) => Ok(Begun::Done(done)),
        Err(error) => match error.request.filter(|_| error.kind == Kind::Asked) {
            Some(request) => {
                let hint = error.hint.as_ref().map(Advice::function);
                Ok(Begun::Asked(Asked { request, message: error.message, hint }))
            }
            None => Err(error),
        },
    }
}
