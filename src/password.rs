//! Passwords: what is accepted, and how it is hashed.
//!
//! Hashing is meant to be slow, so it happens off the async threads. The console's own people and the tenants' users have
//! rooms of their own for it: what lies in a tenant's database as a hash never makes an admin wait.

mod policy;
mod room;
mod stored;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Params, Version};
pub use neo_model::PasswordHash as Kind;
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;

use crate::error::{Error, Result};
use room::Room;
pub(crate) use stored::COSTS;
use stored::Stored;

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

const MAX_BYTES: usize = 1024;

/// Of bcrypt: each more takes twice as long. That of npm's packages is 10, which stays.
const COST: u32 = 12;
const LEAST_COST: u32 = 10;
/// So much of a password bcrypt heeds.
const BCRYPT_BYTES: usize = 72;

/// A hash that nothing matches, with the current parameters: verifying against it takes as long as against a real one.
const DUMMY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bmVvLW5vYm9keS1pcy1oZXJl$Dk0mnMXBrpz0hwJIFRDJxDu4Y5DSXOEFcJNwSgKqDfg";

/// Whose hash is verified.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    /// An admin's of the console.
    Console,
    /// That of a user of this tenant (its id).
    Tenant(&'a str),
}

pub struct Passwords {
    console: Room,
    tenants: Room,
    shutdown: CancellationToken,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub matches: bool,
    /// Of what kind the hash is, where it is one.
    pub kind: Option<Kind>,
    /// The hash was made with weaker parameters than today's.
    pub needs_rehash: bool,
    /// Why the hash was not obeyed, in words that follow "the hash": for the log and the audit.
    pub refused: Option<String>,
}

impl Passwords {
    /// Once `shutdown` is cancelled nobody waits for a hash any more.
    pub fn new(shutdown: CancellationToken) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
        Self { console: Room::new(cores), tenants: Room::new(cores), shutdown }
    }

    /// Refuses what the policy refuses; `context` are the person's own words (email, names).
    pub fn check_policy(&self, password: &SecretString, context: &[&str]) -> Result<()> {
        policy::check(password, context)
    }

    pub async fn hash(&self, password: &SecretString) -> Result<String> {
        self.hash_as(Kind::Argon2id, password).await
    }

    /// The same as whoever reads it needs it.
    pub async fn hash_as(&self, kind: Kind, password: &SecretString) -> Result<String> {
        match kind {
            Kind::Argon2id => self.argon2id(password).await,
            Kind::Bcrypt => self.bcrypt(password).await,
        }
    }

    /// Refuses what a hash of this kind would not hold all of.
    pub fn check_kind(&self, kind: Kind, password: &SecretString) -> Result<()> {
        let bytes = password.expose_secret().len();
        match kind {
            Kind::Bcrypt if bytes > BCRYPT_BYTES => Err(Error::invalid(
                "password",
                format!("the password has {bytes} bytes, and bcrypt heeds {BCRYPT_BYTES} of them"),
            )
            .cause("the application of this tenant reads bcrypt, so that is how its passwords are kept")
            .hint("choose a shorter one")),
            Kind::Bcrypt | Kind::Argon2id => Ok(()),
        }
    }

    async fn bcrypt(&self, password: &SecretString) -> Result<String> {
        self.check_kind(Kind::Bcrypt, password)?;
        let password = password.clone();
        let hash = self.console.run(0, move |_| bcrypt::hash(password.expose_secret(), COST));
        hash.await?.map_err(Error::internal)
    }

    async fn argon2id(&self, password: &SecretString) -> Result<String> {
        let password = password.clone();
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(Error::internal)?;
        let hash = self.console.run(params.block_count(), move |memory| {
            let mut salt = [0; 16];
            rand::fill(&mut salt);
            let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            argon2.hash_password_into_with_memory(password.expose_secret().as_bytes(), &salt, &mut out, memory)?;
            Ok::<_, argon2::password_hash::Error>(PasswordHash {
                algorithm: Algorithm::Argon2id.ident(),
                version: Some(Version::V0x13.into()),
                params: ParamsString::try_from(argon2.params())?,
                salt: Some(Salt::new(&salt)?),
                hash: Some(Output::new(&out)?),
            })
        });
        Ok(hash.await?.map_err(Error::internal)?.to_string())
    }

    /// Compares exactly as typed. `None` as the hash verifies against a dummy, in the same time, and answers false; so does a
    /// hash that asks for more than is obeyed.
    pub async fn verify(&self, whose: Whose<'_>, password: &SecretString, hash: Option<&str>) -> Result<Verdict> {
        let password = password.clone();
        // A hash that is none of ours (or a password that cannot be one) must not answer faster than a wrong password.
        let is_possible = password.expose_secret().len() <= MAX_BYTES;
        let (real, refused) = match hash.filter(|_| is_possible).map(Stored::read) {
            Some(Ok(stored)) => (Some(stored), None),
            Some(Err(why)) => (None, Some(why)),
            None => (None, None),
        };
        let is_real = real.is_some();
        let stored = match real {
            Some(stored) => stored,
            None => Stored::read(DUMMY).map_err(Error::internal)?,
        };
        let blocks = stored.blocks();
        let work = move |memory: &mut [argon2::Block]| Verdict {
            matches: stored.matches(password.expose_secret().as_bytes(), memory) && is_real,
            kind: is_real.then_some(stored.kind()),
            needs_rehash: is_real && stored.is_weak(password.expose_secret().len()),
            refused,
        };
        let verified = async {
            match whose {
                Whose::Console => self.console.run(blocks, work).await,
                Whose::Tenant(id) => self.tenants.run_for(id, blocks, work).await,
            }
        };
        tokio::select! {
            verdict = verified => verdict,
            () = self.shutdown.cancelled() => {
                Err(Error::unavailable("the server is being stopped").hint("try again in a moment"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind as PasswordKind, *};
    use crate::error::Kind;

    fn passwords() -> Passwords {
        Passwords::new(CancellationToken::new())
    }

    /// Of a password that is the right one.
    fn verdict_of(kind: PasswordKind, needs_rehash: bool) -> Verdict {
        Verdict { matches: true, kind: Some(kind), needs_rehash, refused: None }
    }

    #[tokio::test]
    async fn a_password_is_verified_exactly_as_typed() {
        let passwords = passwords();
        let hash = passwords.hash(&" Grüße an Zoë  42".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        for whose in [Whose::Console, Whose::Tenant("acme")] {
            let verdict = passwords.verify(whose, &" Grüße an Zoë  42".into(), Some(&hash)).await.unwrap();
            assert_eq!(verdict, verdict_of(PasswordKind::Argon2id, false));
            for other in ["Grüße an Zoë  42", " grüße an zoë  42", " Grüße an Zoe\u{308}  42", ""] {
                assert!(!passwords.verify(whose, &other.into(), Some(&hash)).await.unwrap().matches, "{other}");
            }
        }
    }

    #[tokio::test]
    async fn nobody_and_nonsense_take_a_real_verification_and_match_nothing() {
        let passwords = passwords();
        assert!(Stored::read(DUMMY).is_ok_and(|hash| !hash.is_weak(12)), "the dummy has today's parameters");
        for hash in [None, Some(""), Some("$2b$10$abcdefghijklmnopqrstuv"), Some(DUMMY)] {
            let verdict = passwords.verify(Whose::Console, &"whatever it is".into(), hash).await.unwrap();
            assert!(!verdict.matches);
            assert_eq!(verdict.refused.is_some(), hash.is_some_and(|hash| hash != DUMMY));
        }
    }

    #[tokio::test]
    async fn a_hash_of_another_program_is_verified_and_asks_for_a_new_one_where_it_is_weak() {
        // By the reference implementation: `argon2 somesalt -id …`, password `password`.
        for (hash, needs_rehash) in [
            ("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", false),
            ("$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA", true),
            ("$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc", true),
        ] {
            let verdict = passwords().verify(Whose::Console, &"password".into(), Some(hash)).await.unwrap();
            assert_eq!(verdict, verdict_of(PasswordKind::Argon2id, needs_rehash), "{hash}");
        }
    }

    #[tokio::test]
    async fn what_a_tenants_hash_asks_for_beyond_reason_is_not_done_and_is_told() {
        let passwords = passwords();
        let hash = DUMMY.replace("t=2", "t=4000000000");
        let verdict = passwords.verify(Whose::Tenant("acme"), &"whatever it is".into(), Some(&hash)).await.unwrap();
        assert_eq!((verdict.matches, verdict.needs_rehash), (false, false));
        assert_eq!(verdict.refused.as_deref(), Some("asks for 4000000000 passes, and at most 10 are given"));
    }

    #[tokio::test]
    async fn admins_do_not_wait_for_tenants_and_a_shutdown_waits_for_nobody() {
        let shutdown = CancellationToken::new();
        let passwords = Passwords { console: Room::new(1), tenants: Room::new(0), shutdown: shutdown.clone() };
        let typed = "whatever it is".into();
        let waiting = passwords.verify(Whose::Tenant("acme"), &typed, None);
        tokio::pin!(waiting);
        assert!(futures::poll!(&mut waiting).is_pending(), "every permit of the tenants is taken");
        passwords.verify(Whose::Console, &typed, None).await.unwrap();
        shutdown.cancel();
        assert_eq!(waiting.await.unwrap_err().kind, Kind::Unavailable);
    }
}
