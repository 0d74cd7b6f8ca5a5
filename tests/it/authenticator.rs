//! A device that keeps passkeys, as far as a server can tell: ES256, and no word of who made it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

/// What is in it may be changed: each field is something that a server has to look at.
pub struct Device {
    /// The address that the browser is at.
    pub origin: String,
    /// The domain that it takes that address to be of.
    pub domain: String,
    /// Said with every use, and raised before it.
    pub counter: u32,
    /// Whether it says so.
    pub counts: bool,
    /// Whether it knows its owner by a finger, a face or a number.
    pub verifies: bool,
    id: Vec<u8>,
    key: EcdsaKeyPair,
}

impl Device {
    pub fn new(origin: &str, domain: &str) -> Self {
        let random = SystemRandom::new();
        let kept = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, kept.as_ref(), &random).unwrap();
        let id = digest(&SHA256, key.public_key().as_ref()).as_ref()[..20].to_vec();
        Self { origin: origin.into(), domain: domain.into(), counter: 0, counts: true, verifies: true, id, key }
    }

    /// The same key, as whoever has copied it at this moment has it.
    pub fn at(&self, counter: u32, sign: impl FnOnce(&mut Twin<'_>) -> String) -> String {
        sign(&mut Twin { of: self, counter })
    }

    pub fn id(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.id)
    }

    /// Answers `navigator.credentials.create`.
    pub fn make(&mut self, options: &Value) -> String {
        let point = self.key.public_key().as_ref();
        // COSE: an EC2 key for ES256 on P-256.
        let cose = [
            &[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20][..],
            &point[1..33],
            &[0x22, 0x58, 0x20],
            &point[33..65],
        ]
        .concat();
        let about = [&[0; 16][..], &(self.id.len() as u16).to_be_bytes(), &self.id, &cose].concat();
        let data = [self.head(0x40, self.counter), about].concat();
        let attestation = [
            &[0xa3, 0x63][..],
            b"fmt",
            &[0x64],
            b"none",
            &[0x67],
            b"attStmt",
            &[0xa0, 0x68],
            b"authData",
            &[0x59],
            &(data.len() as u16).to_be_bytes(),
            &data,
        ]
        .concat();
        let client = self.client("webauthn.create", options);
        json!({
            "id": self.id(),
            "rawId": self.id(),
            "type": "public-key",
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
                "attestationObject": URL_SAFE_NO_PAD.encode(attestation),
            },
        })
        .to_string()
    }

    /// Answers `navigator.credentials.get`.
    pub fn sign(&mut self, options: &Value) -> String {
        if self.counts {
            self.counter += 1;
        }
        self.signed(options, self.counter)
    }

    fn signed(&self, options: &Value, counter: u32) -> String {
        let data = self.head(0, counter);
        let client = self.client("webauthn.get", options);
        let what = [&data[..], digest(&SHA256, &client).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &what).unwrap();
        json!({
            "id": self.id(),
            "rawId": self.id(),
            "type": "public-key",
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
                "authenticatorData": URL_SAFE_NO_PAD.encode(data),
                "signature": URL_SAFE_NO_PAD.encode(signature),
                "userHandle": null,
            },
        })
        .to_string()
    }

    fn head(&self, flags: u8, counter: u32) -> Vec<u8> {
        let flags = flags | 0x01 | if self.verifies { 0x04 } else { 0 };
        [digest(&SHA256, self.domain.as_bytes()).as_ref(), &[flags], &counter.to_be_bytes()].concat()
    }

    fn client(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = &options["publicKey"]["challenge"];
        assert!(challenge.is_string(), "{options}");
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }
}

/// A copy of a key, with a counter of its own.
pub struct Twin<'a> {
    of: &'a Device,
    counter: u32,
}

impl Twin<'_> {
    pub fn sign(&mut self, options: &Value) -> String {
        self.of.signed(options, self.counter)
    }
}
