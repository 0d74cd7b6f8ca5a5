//! A provider of the tests' own, with keys that it makes and lies that it is told to tell.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use neo::config::{Oidc, TheirFactor};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use ring::{digest, hmac};
use serde_json::{Value, json};
use url::Url;

pub const SECRET: &str = "a-secret-of-the-tests";

/// A key, by its name.
pub struct Key {
    pub kid: String,
    pair: EcdsaKeyPair,
}

impl Key {
    pub fn new(kid: &str) -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap();
        Self { kid: kid.to_owned(), pair }
    }

    fn public(&self) -> Value {
        // 4, then both halves.
        let point = self.pair.public_key().as_ref();
        let half = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.kid,
            "x": half(&point[1..33]), "y": half(&point[33..]),
        })
    }

    fn sign(&self, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap())
    }
}

/// What it says of itself when it is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Says {
    What,
    Redirect,
    Huge,
    Slowly,
    Garbage,
    AnotherName,
    InTheOpen,
    Nothing,
    /// Everything, but at another time of the day.
    Late(i64),
    OnlyShared,
}

/// How the token of the next answer is not what it should be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Twist {
    None,
    /// Signed by a key that it does not know.
    Forged,
    /// The payload is another than was signed.
    Changed,
    /// `alg: none`.
    Unsigned,
    /// With the secret of the client.
    Shared,
    Absent,
    Cut,
    /// It is no answer at all.
    Garbage,
}

pub struct Told {
    pub keys: Vec<Key>,
    /// Which of them signs.
    pub signs: usize,
    pub says: Says,
    pub twist: Twist,
    /// Who signs in next: `sub`, and what is said of them.
    pub person: Value,
    /// What the token has in the place of what it should.
    pub instead: Value,
    /// What is said where it is asked, and not in the token.
    pub besides: Option<Value>,
    codes: HashMap<String, (HashMap<String, String>, Value)>,
    /// How often it was asked for what.
    pub asked: HashMap<&'static str, usize>,
}

#[derive(Clone)]
pub struct Provider {
    pub issuer: String,
    pub told: Arc<Mutex<Told>>,
}

impl Provider {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let issuer = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let told = Told {
            keys: vec![Key::new("first")],
            signs: 0,
            says: Says::What,
            twist: Twist::None,
            person: person("ada", "ada@example.com", &["neo-admin"]),
            instead: json!({}),
            besides: None,
            codes: HashMap::new(),
            asked: HashMap::new(),
        };
        let provider = Self { issuer, told: Arc::new(Mutex::new(told)) };
        let app = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(jwks))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        provider
    }

    /// As the settings name it.
    pub fn settings(&self) -> Oidc {
        use neo::actor::Role;
        Oidc {
            issuer: self.issuer.clone(),
            client_id: "neo".into(),
            client_secret: SECRET.into(),
            name: "Example ID".into(),
            role_claim: "groups".into(),
            roles: vec![
                (Role::Superadmin, "neo-super".into()),
                (Role::Admin, "neo-admin".into()),
                (Role::Support, "neo-support".into()),
            ],
            scopes: vec!["email".into(), "profile".into()],
            second_factor: TheirFactor::No,
        }
    }

    pub fn tell(&self, change: impl FnOnce(&mut Told)) {
        change(&mut self.told.lock().unwrap());
    }

    pub fn asked(&self, what: &str) -> usize {
        self.told.lock().unwrap().asked.get(what).copied().unwrap_or_default()
    }

    /// Whoever it is to be signs in at the address that a browser was led to; what it is sent back with.
    pub fn sign_in(&self, url: &str) -> Vec<(String, String)> {
        let url = Url::parse(url).unwrap();
        assert!(url.as_str().starts_with(&format!("{}/authorize?", self.issuer)), "{url}");
        let said: HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!((said["client_id"].as_str(), said["response_type"].as_str()), ("neo", "code"));
        assert_eq!(said["code_challenge_method"], "S256");
        assert!(said["scope"].split(' ').any(|scope| scope == "openid"), "{url}");
        let mut told = self.told.lock().unwrap();
        let (code, person) = (neo::id::new(), told.person.clone());
        let state = said["state"].clone();
        told.codes.insert(code.clone(), (said, person));
        [("code", code), ("state", state)].map(|(name, value)| (name.to_owned(), value)).to_vec()
    }

    fn count(&self, what: &'static str) -> Says {
        let mut told = self.told.lock().unwrap();
        *told.asked.entry(what).or_default() += 1;
        told.says
    }
}

/// Somebody as the provider knows them.
pub fn person(sub: &str, email: &str, groups: &[&str]) -> Value {
    json!({
        "sub": sub, "email": email, "email_verified": true, "given_name": "Ada", "family_name": "Lovelace",
        "groups": groups,
    })
}

pub fn now() -> i64 {
    i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap()
}

async fn discovery(State(provider): State<Provider>) -> Response {
    let issuer = &provider.issuer;
    let named = |issuer: &str, at: &str| {
        json!({
            "issuer": issuer, "authorization_endpoint": format!("{at}/authorize"), "token_endpoint": format!("{at}/token"),
            "jwks_uri": format!("{at}/jwks"), "userinfo_endpoint": format!("{at}/userinfo"),
            "end_session_endpoint": format!("{at}/end"), "response_types_supported": ["code"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
            "scopes_supported": ["openid", "email"],
        })
    };
    let says = provider.count("discovery");
    match says {
        Says::What => Json(named(issuer, issuer)).into_response(),
        Says::Late(_) => Json(named(issuer, issuer)).into_response(),
        Says::OnlyShared => {
            let mut whole = named(issuer, issuer);
            whole["id_token_signing_alg_values_supported"] = json!(["HS256", "none"]);
            Json(whole).into_response()
        }
        Says::Redirect => (StatusCode::FOUND, [(header::LOCATION, format!("{issuer}/jwks"))]).into_response(),
        Says::Huge => {
            let mut whole = named(issuer, issuer);
            whole["scopes_supported"] = json!(vec!["x".repeat(1000); 1000]);
            Json(whole).into_response()
        }
        Says::Slowly => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Json(named(issuer, issuer)).into_response()
        }
        Says::Garbage => Json(json!({ "issuer": issuer })).into_response(),
        Says::AnotherName => Json(named("http://127.0.0.1:1", issuer)).into_response(),
        Says::InTheOpen => Json(named(issuer, "http://id.example.com")).into_response(),
        Says::Nothing => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn jwks(State(provider): State<Provider>) -> Response {
    let says = provider.count("jwks");
    let keys: Vec<_> = provider.told.lock().unwrap().keys.iter().map(Key::public).collect();
    let answer = Json(json!({ "keys": keys }));
    match says {
        Says::Late(by) => {
            let date = chrono::DateTime::from_timestamp(now() - by, 0).unwrap();
            let date = date.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
            ([(header::DATE, date)], answer).into_response()
        }
        _ => answer.into_response(),
    }
}

async fn userinfo(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    provider.count("userinfo");
    assert_eq!(headers[header::AUTHORIZATION], "Bearer an-access-token");
    let told = provider.told.lock().unwrap();
    match &told.besides {
        Some(said) => Json(said.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(said): Form<HashMap<String, String>>,
) -> Response {
    provider.count("token");
    let basic = STANDARD.encode(format!("neo:{SECRET}"));
    assert_eq!(headers[header::AUTHORIZATION], format!("Basic {basic}"));
    assert_eq!(said["grant_type"], "authorization_code");
    let mut told = provider.told.lock().unwrap();
    let refuse = |why: &str| {
        // Whatever it says is nobody's to read.
        let body =
            json!({ "error": "invalid_grant", "error_description": format!("<b>PROVIDER'S OWN WORDS</b> {why}") });
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    };
    let Some((asked, person)) = told.codes.remove(&said["code"]) else { return refuse("no such code") };
    let challenge = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, said["code_verifier"].as_bytes()));
    if challenge != asked["code_challenge"] || said["redirect_uri"] != asked["redirect_uri"] {
        return refuse("another's");
    }
    let mut claims = json!({
        "iss": provider.issuer, "aud": "neo", "iat": now(), "exp": now() + 300, "auth_time": now(),
        "nonce": asked["nonce"],
    });
    for said in [&person, &told.instead] {
        for (name, value) in said.as_object().unwrap() {
            claims[name] = value.clone();
        }
    }
    let twist = told.twist;
    let key = &told.keys[told.signs];
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let alg = match twist {
        Twist::Unsigned => "none",
        Twist::Shared => "HS256",
        _ => "ES256",
    };
    let signed = format!("{}.{}", part(&json!({ "alg": alg, "kid": key.kid })), part(&claims));
    let signature = match twist {
        Twist::Unsigned => String::new(),
        Twist::Shared => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
            URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()))
        }
        Twist::Forged => Key::new(&key.kid).sign(&signed),
        _ => key.sign(&signed),
    };
    let whole = match twist {
        Twist::Changed => {
            claims["groups"] = json!(["neo-super"]);
            format!("{}.{}.{signature}", part(&json!({ "alg": alg, "kid": key.kid })), part(&claims))
        }
        Twist::Cut => format!("{signed}.{signature}")[..100].to_owned(),
        _ => format!("{signed}.{signature}"),
    };
    if twist == Twist::Garbage {
        return Response::new(Body::from("<html>PROVIDER'S OWN WORDS</html>"));
    }
    let mut answer = json!({ "access_token": "an-access-token", "token_type": "Bearer", "expires_in": 300 });
    if twist != Twist::Absent {
        answer["id_token"] = whole.into();
    }
    Json(answer).into_response()
}
