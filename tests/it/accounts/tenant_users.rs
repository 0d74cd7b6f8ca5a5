//! Users inside a tenant's own database, on every engine; and the credentials that lead there, changing keys.

use neo::actor::{Actor, Role};
use neo::config::Keys;
use neo::engine::{Engine, Tls};
use neo::error::{Error, Kind};
use neo::servers::{self, NewServer};
use neo::sessions::{self, Audience};
use neo::tenant_users::{self, NewTenantUser, Wanted};
use neo::vault::{self, Binding};
use neo::{Platform, audit};
use secrecy::{ExposeSecret, SecretString};
use sqlx::Connection as _;

use super::{PASSWORD, number, tamper};
use crate::support::{self, Cluster};
use crate::world::{World, actor};

pub(super) const STARTER: &str = include_str!("../../../migrations/tenant/20250126000001_create_users_and_rbac.up.sql");

/// A tenant as it is after its first migration, registered by hand. Its id.
pub(super) async fn tenant(world: &World, engine: Engine, slug: &str, starter: &str) -> String {
    let platform = &world.platform;
    let (server, database, username, credential) = match engine {
        Engine::Sqlite => {
            let file = world.dir.path().join(format!("{slug}.db")).display().to_string();
            let mut conn = sqlx::SqliteConnection::connect(&format!("sqlite://{file}?mode=rwc")).await.unwrap();
            sqlx::raw_sql(sqlx::AssertSqlSafe(starter.to_owned())).execute(&mut conn).await.unwrap();
            conn.close().await.unwrap();
            (servers::find(platform, &Actor::operator(), "local").await.unwrap(), file, String::new(), None)
        }
        Engine::Postgres | Engine::Mysql => {
            let cluster = cluster(engine).await;
            let database = support::unique("tenant");
            cluster.create_database(&database).await;
            if !starter.is_empty() {
                cluster.query(&database, starter).await;
            }
            let server = server(platform, cluster, engine).await;
            let binding = binding(slug, &server, &database);
            let credential = platform.vault.seal(&cluster.password.clone().into(), &binding);
            (server, database, cluster.user.clone(), Some(credential))
        }
    };
    let mut tx = platform.central.write().await.unwrap();
    sqlx::query(
        "insert into tenants (id, slug, name, status, server_id, database_name, username, credential, generation, applied,
                              state, created_at, updated_at)
         values ($1, $1, $1, 'active', $2, $3, $4, $5, 1, 0, 'unknown', 0, 0)",
    )
    .bind(slug.to_owned())
    .bind(server.id)
    .bind(database)
    .bind(username)
    .bind(credential)
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    slug.to_owned()
}

/// In a tenant's own database.
pub(super) async fn run(engine: Engine, database: &str, sql: &str) {
    if engine != Engine::Sqlite {
        cluster(engine).await.query(database, sql).await;
        return;
    }
    let mut conn = sqlx::SqliteConnection::connect(&format!("sqlite://{database}")).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}

async fn cluster(engine: Engine) -> &'static Cluster {
    if engine == Engine::Postgres { support::postgres().await } else { support::mariadb().await }
}

async fn server(platform: &Platform, cluster: &Cluster, engine: Engine) -> servers::Server {
    let name = engine.as_str();
    if let Ok(server) = servers::find(platform, &Actor::operator(), name).await {
        return server;
    }
    let new = NewServer {
        name: name.into(),
        engine,
        host: cluster.host.clone(),
        port: cluster.port,
        username: cluster.user.clone(),
        password: Some(cluster.password.clone().into()),
        tls: Some(Tls::Off),
        insecure: false,
        path: None,
        max_connections: Some(10),
        app_host: None,
        app_port: None,
        tls_ca: None,
    };
    servers::add(platform, &Actor::operator(), new).await.unwrap()
}

fn binding<'a>(tenant_id: &'a str, server: &'a servers::Server, database: &'a str) -> Binding<'a> {
    Binding {
        purpose: "tenant_db_password",
        subject_id: tenant_id,
        engine: server.engine.as_str(),
        host: &server.host,
        port: server.port,
        database,
        role: &server.username,
        generation: 1,
        tls: None,
        ca: None,
    }
}

pub(super) fn new(email: &str, role: &str) -> NewTenantUser {
    NewTenantUser {
        email: email.into(),
        password: PASSWORD.into(),
        first_name: "Zoë".into(),
        last_name: "O'Neill".into(),
        role: role.into(),
    }
}

pub(super) async fn sign_in(
    platform: &Platform,
    tenant: &str,
    email: &str,
    password: &str,
) -> Result<SecretString, Error> {
    tamper(platform, "delete from throttles").await;
    let audience = Audience::Tenant { id: tenant.into() };
    let who = sessions::sign_in(platform, &audience, email, &password.into(), Some("192.0.2.1")).await?;
    sessions::begin(platform, &audience, &who, Some("192.0.2.1"), None).await
}

#[tokio::test]
async fn a_tenants_user_is_made_signs_in_and_is_shut_out_on_every_engine() {
    let world = World::new().await;
    let (platform, boss) = (&world.platform, actor(Role::Admin));
    for engine in [Engine::Sqlite, Engine::Postgres, Engine::Mysql] {
        let slug = format!("acme-{}", engine.as_str());
        let id = tenant(&world, engine, &slug, STARTER).await;
        assert_eq!(tenant_users::roles(platform, &boss, &slug).await.unwrap(), ["admin", "member", "viewer"]);

        let made = tenant_users::create(platform, &boss, &slug, new(" Zoe@Example.com", "member")).await.unwrap();
        assert_eq!((made.email.as_str(), made.first_name.as_str()), ("Zoe@Example.com", "Zoë"));
        assert_eq!(
            (made.last_name.as_str(), made.roles.as_slice(), made.disabled),
            ("O'Neill", &["member".to_owned()][..], false)
        );
        assert!(
            made.created_at.as_ref().is_some_and(|at| at.len() == 24 && at.ends_with('Z')),
            "{:?}",
            made.created_at
        );
        let again = tenant_users::create(platform, &boss, &id, new("zoe@EXAMPLE.com", "admin")).await.unwrap_err();
        assert_eq!((again.kind, again.field), (Kind::Conflict, Some("email")), "{again}");
        let wrong = tenant_users::create(platform, &boss, &slug, new("max@example.com", "owner")).await.unwrap_err();
        assert_eq!((wrong.kind, wrong.field), (Kind::Invalid, Some("role")));
        assert_eq!(wrong.hint, Some("one of: admin, member, viewer".into()));
        let listed = tenant_users::list(platform, &boss, &slug, &Wanted::default()).await.unwrap();
        assert_eq!((listed.users.len(), listed.next), (1, None));
        assert_eq!(
            (listed.users[0].roles.as_slice(), listed.users[0].last_signed_in_at),
            (&["member".to_owned()][..], None)
        );

        let umlaut = tenant_users::create(platform, &boss, &slug, new("\u{c4}nn@Example.com", "member")).await.unwrap();
        assert_eq!(umlaut.email, "\u{c4}nn@Example.com", "as it was written");
        for other in ["\u{e4}nn@example.com", "A\u{308}NN@EXAMPLE.COM"] {
            let again = tenant_users::create(platform, &boss, &slug, new(other, "member")).await.unwrap_err();
            assert_eq!((again.kind, again.field), (Kind::Conflict, Some("email")), "{again}");
            sign_in(platform, &id, other, PASSWORD).await.unwrap();
        }

        let audience = Audience::Tenant { id: id.clone() };
        let cookie = sign_in(platform, &id, "ZOE@example.com", PASSWORD).await.unwrap();
        let alive =
            async |audience: &Audience| sessions::resume(platform, audience, cookie.expose_secret()).await.unwrap();
        let session = alive(&audience).await.unwrap();
        let seen = tenant_users::one(platform, &boss, &slug, &made.id).await.unwrap().last_signed_in_at;
        assert!(seen.is_some_and(|at| (session.created_at - at).abs() < 10_000), "{engine}: {seen:?}");
        assert_eq!((session.role, session.tenant_role.as_deref()), (None, Some("member")));
        assert_eq!((session.email.as_str(), session.name.as_str()), ("Zoe@Example.com", "Zoë O'Neill"));
        assert!(
            alive(&Audience::Central).await.is_none() && alive(&Audience::Tenant { id: "x".into() }).await.is_none()
        );

        let answer = async |email: &str, password: &str| {
            let error = sign_in(platform, &id, email, password).await.unwrap_err();
            (error.kind, error.message)
        };
        let refused = answer("zoe@example.com", "wrong password").await;
        assert_eq!(refused.0, Kind::Unauthenticated);
        assert_eq!(answer("nobody@example.com", PASSWORD).await, refused);
        assert_eq!(answer(&made.id, PASSWORD).await, refused, "an id is no email");

        assert!(tenant_users::disable(platform, &boss, &slug, "zoe@example.com").await.unwrap().disabled);
        assert!(alive(&audience).await.is_none());
        assert_eq!(answer("zoe@example.com", PASSWORD).await, refused);
        assert!(!tenant_users::enable(platform, &boss, &slug, &made.id).await.unwrap().disabled);
        let cookie = sign_in(platform, &id, "zoe@example.com", PASSWORD).await.unwrap();
        let viewer = tenant_users::set_role(platform, &boss, &slug, "ZOE@example.com", " viewer").await.unwrap();
        assert_eq!(viewer.roles, ["viewer"]);
        assert!(sessions::resume(platform, &audience, cookie.expose_secret()).await.unwrap().is_none());
        let wrong = tenant_users::set_role(platform, &boss, &slug, &made.id, "owner").await.unwrap_err();
        assert_eq!((wrong.kind, wrong.field), (Kind::Invalid, Some("role")));
        let zoe = Wanted { search: Some("zoe@".into()), ..Wanted::default() };
        assert_eq!(tenant_users::list(platform, &boss, &slug, &zoe).await.unwrap().users[0].roles, ["viewer"]);
        let another: SecretString = "quite another long phrase".into();
        tenant_users::reset_password(platform, &boss, &slug, &made.id, another.clone()).await.unwrap();
        assert_eq!(answer("zoe@example.com", PASSWORD).await, refused);
        sign_in(platform, &id, "zoe@example.com", another.expose_secret()).await.unwrap();
        tamper(platform, "update tenants set status = 'suspended'").await;
        assert_eq!(answer("zoe@example.com", another.expose_secret()).await, refused, "suspended");
        let error = tenant_users::disable(platform, &boss, &slug, "zoé@example.com").await.unwrap_err();
        assert_eq!((error.kind, error.nearest), (Kind::NotFound, vec!["Zoe@Example.com".to_owned()]));
        tamper(platform, "update tenants set status = 'active'").await;
    }
    let outcomes = "select count(*) from audit where action = 'tenant_user.create' and outcome = ";
    assert_eq!(
        number(platform, "select count(*) from audit where action = 'tenant_user.create'").await,
        30,
        "{outcomes}"
    );
    assert_eq!(audit::verify(platform, &Actor::operator()).await.unwrap().first_bad, None);
}

#[tokio::test]
async fn a_tenant_without_the_starter_tables_is_told_what_to_do() {
    let world = World::new().await;
    for engine in [Engine::Sqlite, Engine::Postgres, Engine::Mysql] {
        let slug = format!("bare-{}", engine.as_str());
        let id = tenant(&world, engine, &slug, "").await;
        let error =
            tenant_users::list(&world.platform, &actor(Role::Admin), &slug, &Wanted::default()).await.unwrap_err();
        assert_eq!(error.kind, Kind::Conflict, "{error}");
        assert!(
            error.message.contains(&slug)
                && error.hint.unwrap().command().contains(&format!("neo migrate tenant {slug}"))
        );
        let error = sign_in(&world.platform, &id, "zoe@example.com", PASSWORD).await.unwrap_err();
        assert_eq!((error.kind, error.cause), (Kind::Unavailable, None), "a visitor learns nothing of the database");
    }
}

#[tokio::test]
async fn credentials_move_to_a_new_key_and_legacy_ones_only_once_they_have_opened_their_database() {
    let world = World::new().await;
    let (operator, boss) = (Actor::operator(), actor(Role::Admin));
    let cluster = support::postgres().await;
    for slug in ["sealed", "legacy", "wrong", "forged"] {
        tenant(&world, Engine::Postgres, slug, STARTER).await;
    }
    let set = async |slug: &str, envelope: String| {
        let mut tx = world.platform.central.write().await.unwrap();
        sqlx::query("update tenants set credential = $1 where id = $2")
            .bind(envelope)
            .bind(slug.to_owned())
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    set("legacy", world.platform.vault.legacy_seal(&cluster.password.clone().into())).await;
    set("wrong", world.platform.vault.legacy_seal(&"not the password".into())).await;
    // The last byte of the padding is another one.
    let sealed = world.platform.vault.legacy_seal(&"not the password".into());
    let (iv, text) = sealed.split_once(':').unwrap();
    set("forged", format!("{iv}:{}{}", &text[..text.len() - 64], "00".repeat(32))).await;
    let told = async |slug: &str| {
        let error = tenant_users::roles(&world.platform, &boss, slug).await.unwrap_err();
        let hint = error.hint.as_ref().map(|hint| hint.command().replace(slug, "…"));
        (error.kind, error.to_string().replace(slug, "…"), hint)
    };
    assert_eq!(told("forged").await, told("wrong").await, "whether it can be read is told to nobody");
    assert_eq!(tenant_users::roles(&world.platform, &boss, "legacy").await.unwrap().len(), 3, "a legacy one is used");

    let former = world.platform.config.keys.current.clone().unwrap();
    let keys = Keys { old: vec![former], ..crate::world::new_keys() };
    let rotated = world.reopened(keys.clone()).await.unwrap();
    let before = vault::status(&rotated, &operator).await.unwrap();
    assert_eq!((before.legacy, before.keys[1].tenants, before.keys[1].servers), (3, 1, 1));
    let done = vault::rewrap(&rotated, &operator).await.unwrap();
    assert_eq!((done.rewrapped, done.overtaken), (3, 0), "a server and two tenants: {:?}", done.failed);
    let mut failed: Vec<_> = done.failed.iter().map(|(name, _)| name.as_str()).collect();
    failed.sort();
    assert_eq!(failed, ["tenant forged", "tenant wrong"]);
    let after = vault::status(&rotated, &operator).await.unwrap();
    assert_eq!((after.legacy, after.keys[0].tenants, after.keys[1].tenants), (2, 2, 0));
    let again = vault::rewrap(&rotated, &operator).await.unwrap();
    assert_eq!((again.rewrapped, again.failed.len()), (0, 2), "started again it finds only what is left");

    // The former key is no longer needed by what was rewrapped.
    let alone = world.reopened(Keys { old: vec![], ..keys }).await.unwrap();
    for slug in ["sealed", "legacy"] {
        assert_eq!(tenant_users::roles(&alone, &boss, slug).await.unwrap().len(), 3, "{slug}");
    }
    let denied = alone.vault.open(
        &alone.vault.legacy_seal(&"x".into()),
        &Binding { generation: 1, ..binding("x", &server(&alone, cluster, Engine::Postgres).await, "x") },
        false,
    );
    assert!(denied.err().unwrap().message.contains("LEGACY_CIPHERTEXT=deny"));
}
