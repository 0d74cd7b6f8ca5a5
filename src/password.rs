//! Passwords: what is accepted, and how it is hashed.
//!
//! Hashing is meant to be slow, so it happens off the async threads, on as many cores as there are and no more, with a
//! bounded queue before it: a flood of sign-ins is answered "busy" instead of stalling everything else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

const MIN_CHARACTERS: usize = 12;
const MAX_BYTES: usize = 1024;
const MAX_WAITING: usize = 64;

/// A hash that nothing matches, with the current parameters: verifying against it takes as long as against a real one.
const DUMMY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bmVvLW5vYm9keS1pcy1oZXJl$Dk0mnMXBrpz0hwJIFRDJxDu4Y5DSXOEFcJNwSgKqDfg";

pub struct Passwords {
    cores: Arc<Semaphore>,
    waiting: AtomicUsize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub matches: bool,
    /// The hash was made with weaker parameters than today's.
    pub needs_rehash: bool,
}

impl Passwords {
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
        Self { cores: Arc::new(Semaphore::new(cores)), waiting: AtomicUsize::new(0) }
    }

    /// Refuses what the policy refuses; `context` are the person's own words (email, names).
    pub fn check_policy(&self, password: &SecretString, context: &[&str]) -> Result<()> {
        let text = password.expose_secret();
        let characters = text.chars().count();
        if characters < MIN_CHARACTERS {
            return Err(Error::invalid(
                "password",
                format!("the password has {characters} characters; it needs at least {MIN_CHARACTERS}"),
            )
            .hint("a few unrelated words are easy to keep and hard to guess"));
        }
        if text.len() > MAX_BYTES {
            return Err(Error::invalid("password", format!("the password is longer than {MAX_BYTES} bytes")));
        }
        let words = own_words(context);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let strength = zxcvbn::zxcvbn(text, &words);
        if strength.score() >= zxcvbn::Score::Three {
            return Ok(());
        }
        let why = strength.feedback().and_then(|f| f.warning()).map(|w| w.to_string());
        let mut error = Error::invalid("password", "the password is too easy to guess")
            .hint("a few unrelated words are easy to keep and hard to guess");
        if let Some(why) = why {
            error = error.cause(why.trim_end_matches('.').to_owned());
        }
        Err(error)
    }

    pub async fn hash(&self, password: &SecretString) -> Result<String> {
        let password = password.clone();
        self.off_thread(move || {
            hasher().hash_password(password.expose_secret().as_bytes()).map(|h| h.to_string()).map_err(Error::internal)
        })
        .await?
    }

    /// Compares exactly as typed. `None` as the hash verifies against a dummy, in the same time, and answers false.
    pub async fn verify(&self, password: &SecretString, hash: Option<&str>) -> Result<Verdict> {
        let password = password.clone();
        let hash = hash.map(str::to_owned);
        self.off_thread(move || {
            let text = password.expose_secret();
            // A hash that is none of ours (or a password that cannot be one) must not answer faster than a wrong password.
            let parsed = hash.as_deref().filter(|_| text.len() <= MAX_BYTES).and_then(|h| PasswordHash::new(h).ok());
            let real = parsed.is_some();
            let parsed = match parsed {
                Some(parsed) => parsed,
                None => PasswordHash::new(DUMMY).map_err(Error::internal)?,
            };
            let matches = hasher().verify_password(text.as_bytes(), &parsed).is_ok() && real;
            Ok(Verdict { matches, needs_rehash: real && is_weaker(&parsed) })
        })
        .await?
    }

    async fn off_thread<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let place = Place::take(&self.waiting)?;
        let core = self.cores.clone().acquire_owned().await.map_err(Error::internal)?;
        drop(place);
        tokio::task::spawn_blocking(move || {
            let _core = core;
            work()
        })
        .await
        .map_err(Error::internal)
    }
}

/// A place in the queue, given back when dropped: a caller that goes away does not keep it.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize) -> Result<Self> {
        let place = Self(waiting);
        if waiting.fetch_add(1, Ordering::AcqRel) >= MAX_WAITING {
            return Err(Error::unavailable("too many sign-ins at once").hint("try again in a moment"));
        }
        Ok(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The words as given, their parts, and neighbours run together: `adalovelace` must count as one guess, not as two.
fn own_words(context: &[&str]) -> Vec<String> {
    let parts = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let mut words: Vec<String> = context.iter().map(|text| (*text).to_owned()).collect();
    for text in context {
        let parts = parts(text);
        words.extend(parts.windows(2).map(|pair| pair.concat()));
        words.extend(parts);
    }
    words.extend(context.windows(2).map(|pair| parts(pair[0]).concat() + &parts(pair[1]).concat()));
    words.retain(|word| !word.is_empty());
    words
}

fn hasher() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("constants within argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn is_weaker(hash: &PasswordHash) -> bool {
    let Ok(params) = Params::try_from(hash) else { return true };
    hash.algorithm != argon2::ARGON2ID_IDENT
        || hash.version != Some(Version::V0x13.into())
        || params.m_cost() < MEMORY_KIB
        || params.t_cost() < PASSES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn refusal(password: &str, context: &[&str]) -> Option<Error> {
        Passwords::new().check_policy(&password.into(), context).err()
    }

    #[tokio::test]
    async fn a_password_is_verified_exactly_as_typed() {
        let passwords = Passwords::new();
        let hash = passwords.hash(&" Grüße an Zoë  42".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let verdict = passwords.verify(&" Grüße an Zoë  42".into(), Some(&hash)).await.unwrap();
        assert_eq!(verdict, Verdict { matches: true, needs_rehash: false });
        for other in ["Grüße an Zoë  42", " grüße an zoë  42", " Grüße an Zoe\u{308}  42", ""] {
            assert!(!passwords.verify(&other.into(), Some(&hash)).await.unwrap().matches, "{other}");
        }
    }

    #[tokio::test]
    async fn nobody_and_nonsense_take_a_real_verification_and_match_nothing() {
        let passwords = Passwords::new();
        assert!(PasswordHash::new(DUMMY).is_ok_and(|h| !is_weaker(&h)), "the dummy has today's parameters");
        for hash in [None, Some(""), Some("$2b$10$abcdefghijklmnopqrstuv"), Some(DUMMY)] {
            assert!(!passwords.verify(&"whatever it is".into(), hash).await.unwrap().matches);
        }
    }

    #[tokio::test]
    async fn weaker_parameters_ask_for_a_new_hash() {
        let params = Params::new(8192, 1, 1, None).unwrap();
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password(b"old but right").unwrap();
        let verdict = Passwords::new().verify(&"old but right".into(), Some(&weak.to_string())).await.unwrap();
        assert_eq!(verdict, Verdict { matches: true, needs_rehash: true });
    }

    #[test]
    fn the_policy_counts_characters_and_knows_the_persons_own_words() {
        assert!(refusal("correct horse battery", &[]).is_none());
        assert!(refusal("pässwörterßindfürälle", &[]).is_none(), "any character, no composition rules");
        assert_eq!(refusal("elevenchars", &[]).unwrap().field, Some("password"));
        assert!(refusal("elevenchars", &[]).unwrap().message.contains("11 characters"));
        assert!(refusal(&"a1 ".repeat(342), &[]).unwrap().message.contains("1024 bytes"));
        assert!(refusal("password1234", &[]).is_some());
        let context = ["ada.lovelace@example.com", "Ada", "Lovelace"];
        assert!(refusal("adalovelace12", &context).is_some());
        assert!(refusal("passwordpassword", &context).unwrap().cause.is_some());
    }

    #[tokio::test]
    async fn a_flood_of_sign_ins_is_answered_busy_and_the_queue_empties_again() {
        let passwords = Arc::new(Passwords { cores: Arc::new(Semaphore::new(0)), waiting: AtomicUsize::new(0) });
        let waiters: Vec<_> = (0..MAX_WAITING)
            .map(|_| {
                let passwords = passwords.clone();
                tokio::spawn(async move { passwords.verify(&"x".into(), None).await.map(drop) })
            })
            .collect();
        while passwords.waiting.load(Ordering::Acquire) < MAX_WAITING {
            tokio::task::yield_now().await;
        }
        assert_eq!(passwords.verify(&"x".into(), None).await.unwrap_err().kind, Kind::Unavailable);
        for waiter in waiters {
            waiter.abort();
            waiter.await.ok();
        }
        assert_eq!(passwords.waiting.load(Ordering::Acquire), 0);
    }
}
