//! A hash as it lies in a database: what it asks for, and whether that is obeyed.
//!
//! A tenant's database is the tenant's to write. A hash that asks for more than is ever reasonable is not computed: it matches
//! nothing, and says why.

use std::ops::RangeInclusive;

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};

use super::{BCRYPT_BYTES, Kind, LEAST_COST, MEMORY_KIB, PASSES};

/// What is obeyed of a stored hash. Today's own parameters are far below.
const MOST_MEMORY_KIB: u32 = 128 * 1024;
const MOST_PASSES: u32 = 10;
const MOST_LANES: u32 = 16;
const MOST_COST: u32 = 14;
/// The costs of bcrypt that are obeyed.
pub(crate) const COSTS: RangeInclusive<u32> = 4..=MOST_COST;
/// The longest text that can be a hash of ours, with room to spare: salt and output have at most 48 and 64 bytes.
const MOST_TEXT: usize = 512;

/// A hash that can be verified.
pub(super) enum Stored {
    Argon2 {
        argon2: Box<Argon2<'static>>,
        salt: Salt,
        output: Output,
        /// It was made with weaker parameters than today's.
        is_weak: bool,
    },
    /// As it is written, which the library reads.
    Bcrypt { text: String, cost: u32 },
}

impl Stored {
    /// Or why it is not obeyed, in words that follow "the hash". They repeat nothing of it but numbers.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.len() > MOST_TEXT {
            return Err(format!("has more than {MOST_TEXT} bytes, and no hash has"));
        }
        if text.starts_with("$2") {
            return bcrypt(text);
        }
        let hash = PasswordHash::new(text).map_err(|_| unknown())?;
        let algorithm = Algorithm::try_from(hash.algorithm.as_str()).map_err(|_| unknown())?;
        let version = match hash.version {
            Some(number) => Version::try_from(number).map_err(|_| unknown())?,
            None => Version::default(),
        };
        let asked = |name: &str| hash.params.get(name).and_then(|value| value.decimal().ok());
        for (asked, most, of) in [
            (asked("m"), MOST_MEMORY_KIB, "KiB of memory"),
            (asked("t"), MOST_PASSES, "passes"),
            (asked("p"), MOST_LANES, "lanes"),
        ] {
            if let Some(asked) = asked.filter(|asked| *asked > most) {
                return Err(format!("asks for {asked} {of}, and at most {most} are given"));
            }
        }
        let params = Params::try_from(&hash).map_err(|_| unknown())?;
        let (Some(salt), Some(output)) = (hash.salt, hash.hash) else { return Err(unknown()) };
        let is_weak = algorithm != Algorithm::Argon2id
            || version != Version::V0x13
            || params.m_cost() < MEMORY_KIB
            || params.t_cost() < PASSES;
        Ok(Self::Argon2 { argon2: Box::new(Argon2::new(algorithm, version, params)), salt, output, is_weak })
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Argon2 { .. } => Kind::Argon2id,
            Self::Bcrypt { .. } => Kind::Bcrypt,
        }
    }

    /// Whether it was made with weaker parameters than today's, and the password of so many bytes can have a better one.
    pub fn is_weak(&self, bytes: usize) -> bool {
        match self {
            Self::Argon2 { is_weak, .. } => *is_weak,
            Self::Bcrypt { cost, .. } => *cost < LEAST_COST && bytes <= BCRYPT_BYTES,
        }
    }

    /// How many blocks of a KiB it needs.
    pub fn blocks(&self) -> usize {
        match self {
            Self::Argon2 { argon2, .. } => argon2.params().block_count(),
            Self::Bcrypt { .. } => 0,
        }
    }

    /// Outputs are compared in constant time.
    pub fn matches(&self, password: &[u8], memory: &mut [Block]) -> bool {
        match self {
            Self::Argon2 { argon2, salt, output, .. } => {
                let mut bytes = [0; Output::MAX_LENGTH];
                let Some(out) = bytes.get_mut(..output.len()) else { return false };
                let hashed = argon2.hash_password_into_with_memory(password, salt, out, memory);
                hashed.is_ok() && Output::new(out).is_ok_and(|hashed| hashed == *output)
            }
            // Of a longer password it heeds the beginning, as whoever wrote the hash did.
            Self::Bcrypt { text, .. } => bcrypt::verify(password, text).unwrap_or_default(),
        }
    }
}

/// `$2b$12$` and 53 characters: `$2a$`, `$2b$` and `$2y$` are one thing by now.
fn bcrypt(text: &str) -> Result<Stored, String> {
    let known = ["$2a$", "$2b$", "$2y$"].iter().any(|start| text.starts_with(start));
    let parts = if known { text.parse::<bcrypt::HashParts>() } else { return Err(unknown()) };
    let cost = parts.map_err(|_| "begins as one of bcrypt does, and is none".to_owned())?.get_cost();
    match cost {
        cost if COSTS.contains(&cost) => Ok(Stored::Bcrypt { text: text.to_owned(), cost }),
        _ => Err(format!("asks for a cost of {cost}, and {} to {MOST_COST} are given", COSTS.start())),
    }
}

fn unknown() -> String {
    "is none that is verified here (argon2, bcrypt)".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: &str = "bmVvLW5vYm9keS1pcy1oZXJl$Dk0mnMXBrpz0hwJIFRDJxDu4Y5DSXOEFcJNwSgKqDfg";

    fn read(parameters: &str) -> Result<Stored, String> {
        Stored::read(&format!("$argon2id$v=19${parameters}${REST}"))
    }

    #[test]
    fn parameters_are_bounded_before_they_are_obeyed() {
        for within in ["m=8,t=1,p=1", "m=131072,t=10,p=16", "m=65536,t=3,p=4"] {
            assert!(read(within).is_ok(), "{within}");
        }
        for (beyond, why) in [
            ("m=131073,t=1,p=1", "131073 KiB of memory"),
            ("m=4294967295,t=1,p=1", "4294967295 KiB of memory"),
            ("m=8,t=11,p=1", "11 passes"),
            ("m=8,t=4294967295,p=1", "4294967295 passes"),
            ("m=8192,t=1,p=17", "17 lanes"),
        ] {
            let refused = read(beyond).err().unwrap();
            assert!(refused.starts_with(&format!("asks for {why}")), "{refused}");
        }
    }

    #[test]
    fn the_cost_of_bcrypt_is_bounded_before_it_is_obeyed() {
        let of = |cost: &str| Stored::read(&format!("$2b${cost}$abcdefghijklmnopqrstuu{}", "x".repeat(30) + "."));
        for cost in ["04", "10", "14"] {
            assert!(of(cost).is_ok(), "{cost}: {:?}", of(cost).err());
        }
        for cost in ["03", "15", "31", "99"] {
            let refused = of(cost).err().unwrap();
            let number = cost.trim_start_matches('0');
            assert_eq!(refused, format!("asks for a cost of {number}, and 4 to 14 are given"));
        }
        assert!(of("04").unwrap().is_weak(72) && !of("10").unwrap().is_weak(72));
        assert!(!of("04").unwrap().is_weak(73), "what follows the 72nd byte would be heeded by nobody");
    }

    #[test]
    fn what_is_no_hash_of_ours_says_so_without_repeating_it() {
        for other in [
            "",
            "secret",
            "$scrypt$ln=15,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo",
            "$argon2id$v=19$m=8,t=1,p=1",
            "$",
            "$2x$10$abcdefghijklmnopqrstuuvwxyzabcdefghijklmnopqrstuvwxyza",
        ] {
            assert_eq!(Stored::read(other).err().unwrap(), unknown(), "{other}");
        }
        for cost in ["04", "14", "31"] {
            let cut = Stored::read(&format!("$2b${cost}$abcdefghijklmnopqrstuv")).err().unwrap();
            assert_eq!(cut, "begins as one of bcrypt does, and is none");
        }
        assert!(Stored::read(&"x".repeat(1_000_000)).err().unwrap().starts_with("has more than 512 bytes"));
    }
}
