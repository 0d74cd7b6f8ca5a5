//! A hash as it lies in a database: what it asks for, and whether that is obeyed.
//!
//! A tenant's database is the tenant's to write. A hash that asks for more than is ever reasonable is not computed: it matches
//! nothing, and says why.

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};

use super::{MEMORY_KIB, PASSES};

/// What is obeyed of a stored hash. Today's own parameters are far below.
const MOST_MEMORY_KIB: u32 = 128 * 1024;
const MOST_PASSES: u32 = 10;
const MOST_LANES: u32 = 16;
/// The longest text that can be a hash of ours, with room to spare: salt and output have at most 48 and 64 bytes.
const MOST_TEXT: usize = 512;

/// A hash that can be verified.
pub(super) struct Stored {
    argon2: Argon2<'static>,
    salt: Salt,
    output: Output,
    /// It was made with weaker parameters than today's.
    pub is_weak: bool,
}

impl Stored {
    /// Or why it is not obeyed, in words that follow "the hash". They repeat nothing of it but numbers.
    pub fn read(text: &str) -> Result<Self, String> {
        if let Some(why) = of_another_kind(text) {
            return Err(why);
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
        Ok(Self { argon2: Argon2::new(algorithm, version, params), salt, output, is_weak })
    }

    /// How many blocks of a KiB it needs.
    pub fn blocks(&self) -> usize {
        self.argon2.params().block_count()
    }

    pub fn matches(&self, password: &[u8], memory: &mut [Block]) -> bool {
        let mut bytes = [0; Output::MAX_LENGTH];
        let Some(out) = bytes.get_mut(..self.output.len()) else { return false };
        let hashed = self.argon2.hash_password_into_with_memory(password, &self.salt, out, memory);
        // Outputs are compared in constant time.
        hashed.is_ok() && Output::new(out).is_ok_and(|output| output == self.output)
    }
}

fn unknown() -> String {
    "is none that is verified here (argon2)".to_owned()
}

/// What need not be parsed to be told.
fn of_another_kind(text: &str) -> Option<String> {
    if text.len() > MOST_TEXT {
        return Some(format!("has more than {MOST_TEXT} bytes, and no hash has"));
    }
    let is_bcrypt = ["$2a$", "$2b$", "$2x$", "$2y$"].iter().any(|start| text.starts_with(start));
    is_bcrypt.then(|| "is of bcrypt, which is not verified here (argon2 is): the user needs a new password".to_owned())
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
    fn what_is_no_hash_of_ours_says_so_without_repeating_it() {
        for other in
            ["", "secret", "$scrypt$ln=15,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo", "$argon2id$v=19$m=8,t=1,p=1", "$"]
        {
            assert_eq!(Stored::read(other).err().unwrap(), unknown(), "{other}");
        }
        for cost in ["04", "14", "31"] {
            assert!(Stored::read(&format!("$2b${cost}$abcdefghijklmnopqrstuv")).err().unwrap().contains("bcrypt"));
        }
        assert!(Stored::read(&"x".repeat(1_000_000)).err().unwrap().starts_with("has more than 512 bytes"));
    }
}
