//! A server that is there and cannot show that it is the one: what is wrong with its certificate, in words, each with its own way
//! out. And what a certificate of an authority is.

use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

use crate::engine::{Category, Failure, Target};
use crate::error::{Advice, Error, Result, Say};

/// As many certificates as a whole machine trusts, and more.
const LONGEST: usize = 1024 * 1024;

/// Checks what somebody gives as the certificates of an authority.
pub(crate) fn authority(pem: &str) -> Result<()> {
    let bad = |why: &str| {
        Error::invalid("tls_ca", format!("the authority's certificate {why}")).hint(
            "a file in PEM that begins with -----BEGIN CERTIFICATE-----, as whoever runs the server gives it away",
        )
    };
    if pem.len() > LONGEST {
        return Err(bad("is longer than 1 MiB"));
    }
    if pem.contains("PRIVATE KEY") {
        return Err(bad("comes with a private key, which is nobody's here"));
    }
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|e| bad("cannot be read").cause(e.to_string()))?;
        roots.add(certificate).map_err(|e| bad("is none").cause(e.to_string()))?;
    }
    if roots.is_empty() { Err(bad("is in none of the lines given")) } else { Ok(()) }
}

/// The failure of a handshake, where that is what it was. It is told by the driver's words: they come through two drivers.
pub(in crate::engine) fn untrusted(target: &Target, error: &sqlx::Error) -> Option<Failure> {
    let words = match error {
        sqlx::Error::Io(e) => e.to_string(),
        sqlx::Error::Tls(e) => e.to_string(),
        _ => return None,
    };
    let (what, way_out) = wrong_with(&words, &target.host)?;
    let at = target.place();
    Some(Failure::new(Category::Connect, format!("no TLS connection to \"{at}\": {what}")).detail(words).hint(way_out))
}

/// What is wrong, and what to do about it.
fn wrong_with(words: &str, host: &str) -> Option<(String, Advice)> {
    if words.contains("server does not support TLS") {
        let way_out = "switch it on there; only where nobody can listen on the way: tls off, and to another machine ";
        return Some(("the server speaks no TLS".into(), Advice::from(way_out).act(Say::Insecure)));
    }
    let wrong = words.split_once("invalid peer certificate: ")?.1;
    let is = |names: &[&str]| names.iter().any(|name| wrong.contains(name));
    Some(if is(&["UnknownIssuer"]) {
        let way_out = Advice::from("name the authority's certificate: ").act(Say::TlsCa);
        let seen = "its certificate is from an authority that is not known here".into();
        (seen, way_out.and("; or have the machine trust it (SSL_CERT_FILE names a file of those it trusts)"))
    } else if is(&["not valid for name", "NotValidForName"]) {
        let names = named(wrong).join(", ");
        let seen = if names.is_empty() { "another name".to_owned() } else { names };
        let way_out = format!("give the host as the certificate has it, or have one made there that is for {host}");
        (format!("its certificate is for {seen}, and not for {host}"), way_out.into())
    } else if is(&["certificate expired", "Expired"]) {
        ("its certificate has expired".into(), "have it renewed there (is this machine's clock right?)".into())
    } else if is(&["not valid yet", "NotValidYet"]) {
        ("its certificate is not valid yet".into(), "is the clock right, here and there?".into())
    } else if is(&["CaUsedAsEndEntity"]) {
        let way_out = "have a certificate made for the server and signed with it (basicConstraints=CA:FALSE)";
        ("its certificate is an authority's own, and no server's".into(), way_out.into())
    } else {
        (
            "its certificate cannot be used".into(),
            "have one made there that is for servers and signed with SHA-256".into(),
        )
    })
}

/// The names of the certificate, which stand in quotes after those that were looked for.
fn named(words: &str) -> Vec<&str> {
    let valid = words.split_once("only valid for ").map(|(_, names)| names).unwrap_or_default();
    valid.split('"').skip(1).step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_certificate_is_told_in_words_and_what_is_nothing_of_the_kind_is_not() {
        let seen = |words: &str| wrong_with(words, "db.example.com").map(|(what, _)| what);
        for (words, what) in [
            ("server does not support TLS", "the server speaks no TLS"),
            ("invalid peer certificate: UnknownIssuer", "its certificate is from an authority that is not known here"),
            (
                "invalid peer certificate: certificate not valid for name \"db.example.com\"; certificate is only valid for \
                 DnsName(\"a.example\"), DnsName(\"b.example\")",
                "its certificate is for a.example, b.example, and not for db.example.com",
            ),
            (
                "invalid peer certificate: NotValidForName",
                "its certificate is for another name, and not for db.example.com",
            ),
            (
                "invalid peer certificate: certificate expired: verification time 2 (UNIX)",
                "its certificate has expired",
            ),
            (
                "invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))",
                "its certificate is an authority's own, and no server's",
            ),
        ] {
            assert_eq!(seen(words).as_deref(), Some(what), "{words}");
        }
        assert_eq!(seen("Connection refused"), None);
    }

    #[test]
    fn what_is_no_certificate_is_refused_and_never_quoted() {
        for (pem, why) in [
            ("", "in none of the lines"),
            ("canary", "in none of the lines"),
            ("-----BEGIN CERTIFICATE-----\ncanary\n", "cannot be read"),
            ("-----BEGIN CERTIFICATE-----\nY2FuYXJ5\n-----END CERTIFICATE-----\n", "is none"),
            ("-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n-----END PRIVATE KEY-----\n", "private key"),
        ] {
            let error = authority(pem).expect_err("refused");
            assert!(error.message.contains(why) && !format!("{error:?}").contains("canary"), "{error:?}");
            assert_eq!(error.field, Some("tls_ca"));
        }
        let many = "x".repeat(LONGEST + 1);
        assert!(authority(&many).expect_err("refused").message.contains("longer"));
    }
}
