//! Codes by time (RFC 6238): six digits, a step of thirty seconds, SHA-1, as every app on a telephone makes them.

use base64::Engine as _;
use secrecy::{ExposeSecret, SecretString};
use totp_rs::{Builder, Secret, Totp};

use crate::error::{Error, Result};

const DIGITS: usize = 6;

/// What is shared with the telephone: 160 random bits, as base64 where it is sealed.
pub(super) fn new_secret() -> SecretString {
    let mut bytes = zeroize::Zeroizing::new([0u8; 20]);
    rand::fill(&mut *bytes);
    base64::engine::general_purpose::STANDARD.encode(*bytes).into()
}

/// The secret as it is typed into a telephone that cannot scan, in groups of four.
pub(super) fn typed(secret: &SecretString) -> Result<SecretString> {
    let text = of(secret, "neo", "neo")?.secret().to_base32();
    let groups: Vec<_> = text.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
    Ok(groups.join(" ").into())
}

/// What a telephone scans.
pub(super) fn address(secret: &SecretString, issuer: &str, email: &str) -> Result<SecretString> {
    // A colon parts the two in the address, and is refused in either.
    let (issuer, email) = (issuer.replace(':', " "), email.replace(':', "-"));
    Ok(of(secret, &issuer, &email)?.to_url().map_err(Error::internal)?.into())
}

/// The step of which this is the code: of this moment's, or one on either side of it, since clocks differ.
pub(super) fn step(secret: &SecretString, code: &str, now_ms: i64) -> Result<Option<i64>> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if code.len() != DIGITS || !code.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(None);
    }
    let seconds = u64::try_from(now_ms / 1000).map_err(Error::internal)?;
    let step = of(secret, "neo", "neo")?.check(&code, seconds);
    step.map(|step| i64::try_from(step).map_err(Error::internal)).transpose()
}

fn of(secret: &SecretString, issuer: &str, email: &str) -> Result<Totp> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(secret.expose_secret()).map_err(Error::internal)?;
    let builder = Builder::new().with_secret(Secret::from(bytes)).with_skew(1);
    builder.with_issuer(Some(issuer)).with_account_name(email).build().map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP_MS: i64 = 30_000;

    fn secret() -> SecretString {
        base64::engine::general_purpose::STANDARD.encode("12345678901234567890").into()
    }

    /// RFC 6238, appendix B: the last six of the eight digits there.
    #[test]
    fn codes_are_those_of_the_standard() {
        for (second, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(step(&secret(), code, second * 1000).unwrap(), Some(second / 30), "{second}");
        }
    }

    #[test]
    fn a_code_is_taken_one_step_early_or_late_and_no_more() {
        let (code, at) = ("081804", 1_111_111_109_i64 / 30);
        let taken = |ms: i64| step(&secret(), code, ms).unwrap();
        for drift in -1..=1 {
            let (first, last) = ((at + drift) * STEP_MS, (at + drift + 1) * STEP_MS - 1);
            assert_eq!([taken(first), taken(last)], [Some(at); 2], "{drift}");
        }
        assert_eq!([taken((at - 1) * STEP_MS - 1), taken((at + 2) * STEP_MS)], [None; 2]);
    }

    #[test]
    fn what_is_no_code_is_none_and_spaces_are_no_matter() {
        let at = 1_111_111_109_000;
        assert!(step(&secret(), " 081 804 ", at).unwrap().is_some());
        for other in ["", "08180", "0818040", "08180x", "٠٨١٨٠٤", "081804081804"] {
            assert_eq!(step(&secret(), other, at).unwrap(), None, "{other}");
        }
    }

    #[test]
    fn a_telephone_scans_an_address_or_is_told_the_text() {
        assert_eq!(typed(&secret()).unwrap().expose_secret(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        let address = address(&secret(), "Neo: central.example.com", "a:da@example.com").unwrap();
        let address = url::Url::parse(address.expose_secret()).unwrap();
        assert_eq!((address.scheme(), address.host_str()), ("otpauth", Some("totp")));
        let has = |name: &str| address.query_pairs().find(|(n, _)| n == name).map(|(_, value)| value.into_owned());
        assert_eq!(has("secret").as_deref(), Some("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"));
        assert_eq!(has("issuer").as_deref(), Some("Neo  central.example.com"));
        assert_ne!(new_secret().expose_secret(), new_secret().expose_secret());
    }
}
