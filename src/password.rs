//! Passwords: argon2id off the async threads behind a semaphore; the policy.
use crate::error::Result;
use secrecy::SecretString;

pub struct Passwords {}

impl Passwords {
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        todo!()
    }
    /// Refuses what the policy refuses; `context` are the person's own words (email, names).
    pub fn check_policy(&self, _password: &SecretString, _context: &[&str]) -> Result<()> {
        todo!()
    }
    pub async fn hash(&self, _password: &SecretString) -> Result<String> {
        todo!()
    }
    /// `None` as the hash verifies against a dummy, in the same time, and answers false.
    pub async fn verify(&self, _password: &SecretString, _hash: Option<&str>) -> Result<Verdict> {
        todo!()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub matches: bool,
    pub needs_rehash: bool,
}
