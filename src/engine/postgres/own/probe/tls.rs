//! Whom to trust, by the modes of a target: the same roots, names and certificates as sqlx has in a session of the tenant's.

use std::env::var;
use std::error::Error;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{self, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::engine::{Target, Tls};

type Failed = Box<dyn Error + Send + Sync>;

pub(super) async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    target: &Target,
) -> Result<TlsStream<S>, Failed> {
    let provider = ring::default_provider();
    let whoever = Whoever(provider.signature_verification_algorithms);
    let config = ClientConfig::builder_with_provider(Arc::new(provider)).with_safe_default_protocol_versions()?;
    let config = match target.tls {
        Tls::VerifyFull => config.with_root_certificates(roots(target)?),
        Tls::Require | Tls::Off => config.dangerous().with_custom_certificate_verifier(Arc::new(whoever)),
    };
    // sqlx reads these by itself.
    let config = match (var("PGSSLCERT"), var("PGSSLKEY")) {
        (Ok(certificates), Ok(key)) => {
            let certificates = CertificateDer::pem_slice_iter(&pem(certificates)?).collect::<Result<_, _>>()?;
            config.with_client_auth_cert(certificates, PrivateKeyDer::from_pem_slice(&pem(key)?)?)?
        }
        _ => config.with_no_client_auth(),
    };
    let host = ServerName::try_from(target.host.clone())?;
    Ok(TlsConnector::from(Arc::new(config)).connect(host, stream).await?)
}

/// The machine's own authorities (`SSL_CERT_FILE` and `SSL_CERT_DIR` are heeded there), and the server's own, or one that libpq would know.
fn roots(target: &Target) -> Result<RootCertStore, Failed> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let named = match &target.tls_ca {
        Some(authority) => Some(authority.to_string()),
        None => var("PGSSLROOTCERT").ok(),
    };
    if let Some(authority) = named {
        for certificate in CertificateDer::pem_slice_iter(&pem(authority)?) {
            roots.add(certificate?)?;
        }
    }
    Ok(roots)
}

/// The text itself, or the file that it names.
fn pem(text: String) -> std::io::Result<Vec<u8>> {
    if text.trim_start().starts_with("-----BEGIN") { Ok(text.into_bytes()) } else { std::fs::read(text) }
}

/// Encrypted, whoever is at the other end: the certificate may be anybody's, but it has to be theirs.
#[derive(Debug)]
struct Whoever(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Whoever {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
