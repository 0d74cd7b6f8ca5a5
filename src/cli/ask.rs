//! What a command still needs to know: from a flag, the environment, standard input, or a prompt on a terminal. Without a
//! terminal nothing prompts: what is missing is named.

use std::io::{IsTerminal, Read};

use dialoguer::{Confirm, Input, Password};
use secrecy::{ExposeSecret, SecretString};

use crate::config::secret_variable;
use crate::error::{Error, Kind, Result};

/// Standard input and error are a person's.
pub fn is_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// A text that has to be there.
pub async fn text(given: Option<String>, field: &'static str, variable: &str, prompt: &str) -> Result<String> {
    if let Some(given) = given.filter(|text| !text.is_empty()) {
        return Ok(given);
    }
    if !is_terminal() {
        return Err(missing(field, &format!("--{field} or {variable}")));
    }
    let prompt = prompt.to_owned();
    blocking(move || Input::new().with_prompt(prompt).interact_text()).await
}

/// Where a secret comes from. Never from the arguments: those are seen by everybody on the machine.
#[derive(Debug, Clone, Copy)]
pub struct SecretSource {
    pub prompt: &'static str,
    pub variable: &'static str,
    /// The command has `--password-stdin`.
    pub may_be_stdin: bool,
    /// It was given.
    pub from_stdin: bool,
    /// A new password is typed twice.
    pub twice: bool,
}

impl SecretSource {
    pub async fn read(self) -> Result<SecretString> {
        if self.from_stdin {
            return stdin_secret().await;
        }
        if let Some(secret) = secret_variable(self.variable) {
            return Ok(secret);
        }
        if !is_terminal() {
            let flag = if self.may_be_stdin { "--password-stdin or " } else { "" };
            return Err(missing("password", &format!("{flag}{}", self.variable)));
        }
        let typed = blocking(move || {
            let prompt = Password::new().with_prompt(self.prompt);
            match self.twice {
                true => prompt.with_confirmation("Once more", "The two are not the same, please start over").interact(),
                false => prompt.interact(),
            }
        });
        Ok(SecretString::from(typed.await?))
    }
}

/// Asks to type `expected`. `--yes` has answered already.
pub async fn typed(yes: bool, what: &str, expected: &str) -> Result<()> {
    if yes {
        return Ok(());
    }
    if !is_terminal() {
        return Err(unconfirmed(what));
    }
    let prompt = format!("{what}. Type {expected} to go on");
    let answer = blocking(move || Input::<String>::new().with_prompt(prompt).allow_empty(true).interact_text()).await?;
    if answer.trim() == expected { Ok(()) } else { Err(declined()) }
}

/// Asks yes or no.
pub async fn confirmed(yes: bool, what: &str) -> Result<()> {
    if yes {
        return Ok(());
    }
    if !is_terminal() {
        return Err(unconfirmed(what));
    }
    let prompt = format!("{what}. Go on?");
    match blocking(move || Confirm::new().with_prompt(prompt).default(false).interact()).await? {
        true => Ok(()),
        false => Err(declined()),
    }
}

fn unconfirmed(what: &str) -> Error {
    let cause = format!("{what}, and nobody is here to confirm it");
    missing("yes", "--yes").cause(cause).hint("without a terminal nothing is asked for: --yes says that it is meant")
}

/// What is missing, and the names under which it can be given.
pub fn missing(field: &'static str, names: &str) -> Error {
    Error::invalid(field, format!("{names} is missing")).hint("without a terminal nothing is asked for")
}

fn declined() -> Error {
    Error::conflict("not confirmed: nothing was done")
}

/// What is secret of what stands there, in the place of an argument.
pub async fn from_stdin() -> Result<SecretString> {
    stdin_secret().await
}

async fn stdin_secret() -> Result<SecretString> {
    let secret = tokio::task::spawn_blocking(|| {
        let mut text = String::new();
        // Longer than any password: a file piped in by mistake is not read to its end.
        std::io::stdin().take(64 * 1024).read_to_string(&mut text)?;
        std::io::Result::Ok(SecretString::from(text.trim_end_matches(['\r', '\n'])))
    })
    .await
    .map_err(Error::internal)?
    .map_err(|e| Error::invalid("password", "standard input cannot be read as text").cause(e.to_string()))?;
    match secret.expose_secret().is_empty() {
        true => {
            Err(Error::invalid("password", "standard input holds no password").hint("--password-stdin reads it there"))
        }
        false => Ok(secret),
    }
}

async fn blocking<T: Send + 'static>(ask: impl FnOnce() -> dialoguer::Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(ask)
        .await
        .map_err(Error::internal)?
        .map_err(|e| Error::new(Kind::Invalid, "the terminal cannot be read").cause(e.to_string()))
}
