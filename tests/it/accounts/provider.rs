//! Signing in by an identity provider, on both central databases: what is kept of it, and that two who come at once are one.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use neo::Platform;
use neo::actor::{Actor, Role};
use neo::config::{Config, Oidc, TheirFactor};
use neo::oidc::{Back, Request, Response, Sent, Unreached, Web};
use neo::sessions::{self, Arrived, Audience, Returning, Whence};
use neo_model::WayIn;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::admin;
use crate::support;
use crate::world::{World, config, new_keys, sqlite_url};

const ISSUER: &str = "https://id.example.com";
pub(super) const REDIRECT: &str = "https://central.example.com/back";

/// It is nowhere: what would be asked of it over HTTP it answers here. Its codes are the nonces that it was asked with.
pub(super) struct Provider {
    key: EcdsaKeyPair,
    person: Mutex<Value>,
}

impl Provider {
    pub fn new() -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap();
        Self { key, person: Mutex::new(json!({})) }
    }

    fn says(&self, subject: &str, groups: &[&str]) {
        let email = "ada@example.com";
        *self.person.lock().unwrap() =
            json!({ "sub": subject, "email": email, "email_verified": true, "name": "Ada Lovelace", "groups": groups });
    }

    fn token(&self, nonce: &str) -> String {
        let now = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
        let mut claims = self.person.lock().unwrap().clone();
        for (name, value) in [("iss", json!(ISSUER)), ("aud", json!("neo")), ("nonce", json!(nonce))] {
            claims[name] = value;
        }
        (claims["iat"], claims["exp"], claims["auth_time"]) = (json!(now), json!(now + 60), json!(now));
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&json!({ "alg": "ES256", "kid": "k" })), part(&claims));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

#[async_trait]
impl Web for Provider {
    async fn send(&self, request: Request) -> Result<Response, Unreached> {
        let point = self.key.public_key().as_ref();
        let half = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
        let answer = match request.uri().path() {
            "/.well-known/openid-configuration" => json!({
                "issuer": ISSUER, "authorization_endpoint": format!("{ISSUER}/authorize"),
                "token_endpoint": format!("{ISSUER}/token"), "jwks_uri": format!("{ISSUER}/jwks"),
                "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
            }),
            "/jwks" => json!({ "keys": [{
                "kty": "EC", "crv": "P-256", "kid": "k", "x": half(&point[1..33]), "y": half(&point[33..]),
            }] }),
            "/token" => {
                let said: HashMap<String, String> = url::form_urlencoded::parse(request.body()).into_owned().collect();
                json!({ "access_token": "a", "token_type": "Bearer", "id_token": self.token(&said["code"]) })
            }
            other => return Err(Unreached(format!("nothing is at {other}"))),
        };
        let mut response = Response::new(answer.to_string().into_bytes());
        response.headers_mut().insert("content-type", "application/json".parse().unwrap());
        Ok(response)
    }
}

pub(super) async fn worlds() -> Vec<World> {
    let cluster = support::postgres().await;
    let name = support::unique("central");
    cluster.create_database(&name).await;
    let of = async |url: Option<String>| {
        let dir = tempfile::tempdir().unwrap();
        let url = url.unwrap_or_else(|| sqlite_url(dir.path()));
        let oidc = Oidc {
            issuer: ISSUER.into(),
            client_id: "neo".into(),
            client_secret: "a-secret".into(),
            name: "Example ID".into(),
            role_claim: "groups".into(),
            roles: vec![(Role::Superadmin, "root".into()), (Role::Support, "desk".into())],
            scopes: Vec::new(),
            second_factor: TheirFactor::No,
        };
        let config = Config { oidc: Some(oidc), ..config(dir.path(), &url, new_keys()) };
        World { platform: Platform::open(config).await.unwrap(), dir }
    };
    vec![of(None).await, of(Some(cluster.url(&name))).await]
}

pub(super) fn back(sent: &Sent) -> Back {
    let said: HashMap<String, String> = url::Url::parse(&sent.url).unwrap().query_pairs().into_owned().collect();
    Back { code: Some(said["nonce"].as_str().into()), state: Some(said["state"].as_str().into()), ..Back::default() }
}

async fn goes(platform: &Platform, web: &Provider) -> Sent {
    sessions::lead_to_provider(platform, web, (REDIRECT, "/runs"), Whence::default()).await.unwrap()
}

async fn returns(platform: &Platform, web: &Provider, ticket: &SecretString, back: &Back) -> neo::Result<Arrived> {
    let returning =
        Returning { ticket, back, redirect: REDIRECT, session: None, user_agent: None, address: Some("192.0.2.1") };
    sessions::back_from_provider(platform, web, returning).await
}

async fn number(platform: &Platform, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&mut *platform.central.read().await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn whoever_comes_from_a_provider_is_one_admin_however_many_come_at_once() {
    for world in worlds().await {
        let (platform, web) = (&world.platform, &Provider::new());
        web.says("ada", &["root"]);
        // Many at once, each with an answer of their own: one of them makes the admin.
        let mut sent = Vec::new();
        for _ in 0..4 {
            sent.push(goes(platform, web).await);
        }
        let backs: Vec<_> = sent.iter().map(back).collect();
        let all = sent.iter().zip(&backs).map(|(sent, back)| returns(platform, web, &sent.ticket, back));
        let came: Vec<_> = futures::future::join_all(all).await;
        assert!(came.iter().all(Result::is_ok), "each is let in");
        assert_eq!(number(platform, "select count(*) from admins").await, 1);
        assert_eq!(number(platform, "select count(*) from admin_identities").await, 1);
        // Of many with one answer one comes in.
        let one = goes(platform, web).await;
        let said = back(&one);
        let same = futures::future::join_all((0..4).map(|_| returns(platform, web, &one.ticket, &said))).await;
        let mut in_by_it = same.into_iter().filter_map(Result::ok);
        let Some(Arrived::SignedIn { who, next }) = in_by_it.next() else { panic!("one is let in") };
        assert!(in_by_it.next().is_none() && next == "/runs");
        let id = sessions::begin(platform, &Audience::Central, &who, None, None).await.unwrap();
        let session = {
            use secrecy::ExposeSecret;
            sessions::resume(platform, &Audience::Central, id.expose_secret()).await.unwrap()
        };
        assert!(session.is_some_and(|session| session.by_provider));
        let ada = neo::admins::find(platform, &Actor::operator(), "ada@example.com").await.unwrap();
        assert_eq!((ada.role, ada.ways.as_slice()), (Role::Superadmin, &[WayIn::Provider][..]));
        // Another superadmin there is, so hers follows; who was looked up before has no session by it.
        admin(platform, "grace@example.com", Role::Superadmin).await;
        let before = goes(platform, web).await;
        let Arrived::SignedIn { who: stale, .. } =
            returns(platform, web, &before.ticket, &back(&before)).await.unwrap()
        else {
            panic!("signed in")
        };
        web.says("ada", &["desk"]);
        let now = goes(platform, web).await;
        returns(platform, web, &now.ticket, &back(&now)).await.unwrap();
        assert!(sessions::begin(platform, &Audience::Central, &stale, None, None).await.is_err());
        let ada = neo::admins::find(platform, &Actor::operator(), "ada@example.com").await.unwrap();
        assert_eq!(ada.role, Role::Support);
        web.says("ada", &[]);
        let now = goes(platform, web).await;
        assert!(returns(platform, web, &now.ticket, &back(&now)).await.is_err());
        neo::admins::unlink(platform, &Actor::operator(), "ada@example.com").await.unwrap();
        assert_eq!(number(platform, "select count(*) from admin_identities").await, 0);
        assert_eq!(number(platform, "select count(*) from provider_visits").await, 0);
        assert_eq!(
            neo::audit::verify(platform, &Actor::operator()).await.unwrap().first_bad.map(|bad| bad.reason),
            None
        );
    }
}
