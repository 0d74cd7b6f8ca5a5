//! What somebody has who has the whole central database, and what a stranger learns at the door: nothing that lets anybody in, and not who
//! is there, by what is said or by how long it takes.

use std::time::{Duration, Instant};

use neo::Platform;
use neo::actor::{Actor, Confinement, Role};
use neo::admins::{self, Admin, Invitation};
use neo::engine::Engine;
use neo::error::{Error, Kind};
use neo::second_factor;
use neo::sessions::{self, Audience, Whence};
use neo::tenant_users;
use neo::tokens::{self, Lifetime, NewToken};
use secrecy::{ExposeSecret, SecretString};
use totp_rs::{Builder, Secret};

use super::provider::{Provider, REDIRECT, back, worlds};
use super::tenant_users::{STARTER, new, tenant};
use super::{PASSWORD, admin, tamper};
use crate::world::{World, actor};

const CENTRAL: Audience = Audience::Central;

fn me(admin: &Admin) -> Actor {
    Actor { admin_id: Some(admin.id.clone()), name: admin.email.clone(), ..actor(admin.role) }
}

fn behind(text: &SecretString, mark: &str) -> String {
    text.expose_secret().rsplit_once(mark).unwrap().1.to_owned()
}

/// Sets a second factor up; its secret, and the recovery codes.
async fn enrolled(platform: &Platform, admin: &Admin) -> Vec<String> {
    let begun = second_factor::begin(platform, &me(admin)).await.unwrap();
    let secret = begun.secret.expose_secret().replace(' ', "");
    let totp = Builder::new().with_secret(Secret::try_from_base32(&secret).unwrap()).with_account_name("x");
    let now: i64 = neo::central::now(&mut platform.central.read().await.unwrap()).await.unwrap();
    let code = totp.build().unwrap().generate((now / 1000) as u64).to_string().into();
    let codes = second_factor::confirm(platform, &me(admin), None, &code).await.unwrap();
    let bare = codes.iter().map(|code| code.expose_secret().replace('-', ""));
    let codes: Vec<_> = codes.iter().map(|code| code.expose_secret().to_owned()).chain(bare).collect();
    [vec![secret], codes].concat()
}

/// Every value of every table, as text.
async fn everything(platform: &Platform) -> String {
    let is_sqlite = platform.config.database_url.expose_secret().starts_with("sqlite");
    let columns = match is_sqlite {
        true => "select m.name, p.name from sqlite_schema m, pragma_table_info(m.name) p where m.type = 'table'",
        false => {
            "select cast(table_name as text), cast(column_name as text) from information_schema.columns \
             where table_schema = 'public' and table_name in (select cast(relname as text) from pg_class where relkind = 'r')"
        }
    };
    let mut conn = platform.central.read().await.unwrap();
    let columns: Vec<(String, String)> = sqlx::query_as(columns).fetch_all(&mut *conn).await.unwrap();
    assert!(columns.len() > 200, "{}", columns.len());
    let mut all = Vec::new();
    for (table, column) in columns {
        let text = match is_sqlite {
            true => format!(
                "case typeof(\"{column}\") when 'blob' then hex(\"{column}\") else cast(\"{column}\" as text) end"
            ),
            false => format!("cast(\"{column}\" as text)"),
        };
        let sql = format!("select coalesce({text}, '') from \"{table}\"");
        let values: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *conn).await.unwrap();
        all.extend(values);
    }
    all.join("\n").to_lowercase()
}

#[tokio::test]
async fn a_stolen_database_is_no_set_of_codes_links_tokens_or_sessions() {
    for world in worlds().await {
        let platform = &world.platform;
        let mut secrets =
            vec![("the link of set-up", admins::new_setup_token(platform).await.unwrap().expose_secret().to_owned())];
        let ada = admin(platform, "ada@example.com", Role::Superadmin).await;
        let who = sessions::sign_in(platform, &CENTRAL, "ada@example.com", &PASSWORD.into(), None).await.unwrap();
        let session = sessions::begin(platform, &CENTRAL, &who, None, None).await.unwrap();
        secrets.push(("a session", session.expose_secret().to_owned()));
        secrets.extend(enrolled(platform, &ada).await.into_iter().map(|secret| ("a second factor", secret)));
        tamper(platform, "delete from throttles").await;
        let who = sessions::sign_in(platform, &CENTRAL, "ada@example.com", &PASSWORD.into(), None).await.unwrap();
        let half = sessions::pend(platform, &who).await.unwrap();
        secrets.push(("a sign-in that is half done", half.expose_secret().to_owned()));
        let known = sessions::remember(platform, &CENTRAL, &ada.id, &ada.email, None).await.unwrap();
        secrets.push(("a known browser", known.expose_secret().to_owned()));
        let wanted = NewToken {
            name: "ci".into(),
            role: Role::Admin,
            lifetime: Lifetime::default(),
            confinement: Confinement::default(),
            networks: vec![],
            allow_destructive: false,
            connect: false,
        };
        let (_, token) = tokens::create(platform, &me(&ada), wanted).await.unwrap();
        secrets.push(("a token", token.expose_secret().splitn(3, '_').nth(2).unwrap().to_owned()));
        let joan =
            Invitation { email: "joan@example.com".into(), first_name: None, last_name: None, role: Role::Admin };
        let invited = admins::invite(platform, &actor(Role::Superadmin), joan).await.unwrap();
        secrets.push(("an invitation", behind(&invited.url, "token=")));
        let grace = admin(platform, "grace@example.com", Role::Admin).await;
        let reset = admins::link(platform, &actor(Role::Superadmin), &grace.id).await.unwrap();
        secrets.push(("a link for a new password", behind(&reset.url, "token=")));
        let slug = tenant(&world, Engine::Sqlite, "acme", STARTER).await;
        tenant_users::create(platform, &actor(Role::Admin), &slug, new("zoe@example.com", "member")).await.unwrap();
        let link = tenant_users::link(platform, &actor(Role::Admin), &slug, "zoe@example.com").await.unwrap();
        secrets.push(("a link of a tenant's user", behind(&link.url, "token=")));
        let sent =
            sessions::lead_to_provider(platform, &Provider::new(), (REDIRECT, "/"), Whence::default()).await.unwrap();
        secrets.push(("a way to the provider", sent.ticket.expose_secret().to_owned()));
        secrets.push(("its state", back(&sent).state.unwrap().expose_secret().to_owned()));
        secrets.push(("a password", PASSWORD.to_owned()));

        let all = everything(platform).await;
        for (what, secret) in &secrets {
            assert!(secret.len() >= 8, "{what}: {secret}");
            assert!(!all.contains(&secret.to_lowercase()), "{what} is in the database");
            assert!(!all.contains(&hex::encode(secret)), "{what} is in the database, in hex");
        }
        // It would be seen.
        tamper(platform, &format!("update admins set first_name = '{}' where id = '{}'", secrets[1].1, grace.id)).await;
        assert!(everything(platform).await.contains(&secrets[1].1.to_lowercase()));
    }
}

/// How long each of these takes, in the middle of many; one after the other, so that what else the machine does meets all alike.
async fn middles<T, F: Future<Output = Result<T, Error>>>(
    platform: &Platform,
    cases: &[(&str, &str)],
    sign_in: impl Fn(String, SecretString) -> F,
) -> Vec<Duration> {
    let mut took = vec![Vec::new(); cases.len()];
    let mut said = Vec::new();
    for round in 0..15 {
        for (n, (email, password)) in cases.iter().enumerate() {
            tamper(platform, "delete from throttles").await;
            let began = Instant::now();
            let error = sign_in((*email).to_owned(), (*password).into()).await.err().unwrap();
            if round > 0 {
                took[n].push(began.elapsed());
            }
            said.push((error.kind, error.message, error.cause, error.hint));
        }
    }
    assert_eq!(said[0].0, Kind::Unauthenticated);
    assert!(said.iter().all(|one| *one == said[0]), "{said:?}");
    took.into_iter()
        .map(|mut all| {
            all.sort();
            all[all.len() / 2]
        })
        .collect()
}

/// Whoever has no password here, or is not here, costs as much as whoever has one. On a machine with much else to do it is measured again.
async fn alike<T, F: Future<Output = Result<T, Error>>>(
    platform: &Platform,
    cases: &[(&str, &str)],
    sign_in: impl Fn(String, SecretString) -> F,
) {
    let mut all = Vec::new();
    for _ in 0..3 {
        let took = middles(platform, cases, &sign_in).await;
        let (least, most) = (*took.iter().min().unwrap(), *took.iter().max().unwrap());
        all.push(took);
        if most.as_secs_f64() < least.as_secs_f64() * 1.35 {
            println!("{:?}", all.last());
            return;
        }
    }
    panic!("{cases:?}: {all:?}");
}

#[tokio::test]
async fn how_long_a_refusal_takes_says_nothing_of_whose_account_it_is() {
    for world in super::worlds().await {
        let platform = &world.platform;
        admin(platform, "root@example.com", Role::Superadmin).await;
        admin(platform, "ada@example.com", Role::Admin).await;
        let fay = admin(platform, "fay@example.com", Role::Admin).await;
        enrolled(platform, &fay).await;
        admin(platform, "off@example.com", Role::Admin).await;
        admins::disable(platform, &Actor::operator(), "off@example.com").await.unwrap();
        let joan =
            Invitation { email: "joan@example.com".into(), first_name: None, last_name: None, role: Role::Admin };
        admins::invite(platform, &actor(Role::Superadmin), joan).await.unwrap();
        let wrong = "not the password of anybody";
        let cases = [
            ("nobody@example.com", wrong),
            ("ada@example.com", wrong),
            ("fay@example.com", wrong),
            ("off@example.com", PASSWORD),
            ("joan@example.com", wrong),
        ];
        alike(platform, &cases, |email, password| async move {
            sessions::sign_in(platform, &CENTRAL, &email, &password, None).await
        })
        .await;
    }
}

#[tokio::test]
async fn nor_whether_somebody_is_a_tenants_user() {
    let world = World::new().await;
    let (platform, boss) = (&world.platform, actor(Role::Admin));
    for engine in [Engine::Sqlite, Engine::Postgres, Engine::Mysql] {
        let slug = tenant(&world, engine, &format!("alike-{}", engine.as_str()), STARTER).await;
        for email in ["zoe@example.com", "off@example.com"] {
            tenant_users::create(platform, &boss, &slug, new(email, "member")).await.unwrap();
        }
        tenant_users::disable(platform, &boss, &slug, "off@example.com").await.unwrap();
        let id = tenant_users::one(platform, &boss, &slug, "zoe@example.com").await.unwrap().id;
        let wrong = "not the password of anybody";
        let cases =
            [("nobody@example.com", wrong), ("zoe@example.com", wrong), ("off@example.com", PASSWORD), (&id, PASSWORD)];
        let audience = Audience::Tenant { id: slug.clone() };
        alike(platform, &cases, |email, password| {
            let audience = audience.clone();
            async move { sessions::sign_in(platform, &audience, &email, &password, None).await }
        })
        .await;
    }
}
