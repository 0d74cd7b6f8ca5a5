//! Users who came with an adopted database: their passwords, whichever program has hashed them.

use neo::Platform;
use neo::error::{Error, Kind};
use neo::migrations::baseline::Past;
use neo::sessions::{self, Audience, SignedIn};
use neo::tenant_users::{self, NewTenantUser};
use neo::tenants::{self, Adopt, AdoptPassword, PasswordHash};
use rstest::rstest;

use super::{Home, operator};
use crate::support;
use crate::world::World;

const PASSWORD: &str = "correct horse battery staple";
const UMLAUTS: &str = "Grüße an Zoë 42";

/// Made by npm's bcrypt 6.0.0, bcryptjs 3.0.3 and argon2 0.45.1; that of `$2y$` is PHP's word for the same.
const HASHES: [(&str, &str, &str); 10] = [
    ("bcrypt", PASSWORD, "$2b$10$wZ5Y58ECYV6oPYP3wXwp..GsW0EvsTLxMACvc3gwxEBIQAo5v3yFG"),
    ("bcrypt-a", PASSWORD, "$2a$10$sLKwsaqWKJYng6O5/SqiEO9xEQochcDLdbAApo7lwuQu068.Nkkk2"),
    ("bcrypt-y", PASSWORD, "$2y$10$wZ5Y58ECYV6oPYP3wXwp..GsW0EvsTLxMACvc3gwxEBIQAo5v3yFG"),
    ("bcryptjs", PASSWORD, "$2b$10$qjDZH8.Yphp45BILfYv1Ju6NvhTXJZxSUVCtL3cyGCEzZPJcccvM6"),
    ("bcryptjs-u", UMLAUTS, "$2b$08$7/1NigZAvJlb7Ym3Sl7kIewujWOCJk1oOJBjN0vLzaFKhxlCeVM9S"),
    ("bcrypt-u", UMLAUTS, "$2b$08$rr6JAtFWqhPLfaEM7LXqFuvcA5EeO8DoeISte0XhK9pm/O4lF7ONO"),
    ("bcrypt-14", PASSWORD, "$2b$14$RrSEyqTQ79UYFgk815EE/O0xs6/t1Z0IpUnMp4t6C55jy6us2CN.u"),
    (
        "bcrypt-80",
        "01234567890123456789012345678901234567890123456789012345678901234567890123456789",
        "$2b$06$n5.gHHtsfuAEHQdQp0uYyuWnGlhHGQ0ObQhOu40/BegCdbccqo3Hq",
    ),
    (
        "argon2",
        PASSWORD,
        "$argon2id$v=19$m=65536,p=4,t=3$dvtTzjvwKEPdt9QEmV1rVg$SO1J8LdGhpYJfnjFsAR7w4D4qN2GVxCjMsc6ec7Ve+o",
    ),
    (
        "argon2-t",
        PASSWORD,
        "$argon2id$v=19$m=65536,t=3,p=4$dvtTzjvwKEPdt9QEmV1rVg$SO1J8LdGhpYJfnjFsAR7w4D4qN2GVxCjMsc6ec7Ve+o",
    ),
];

/// A weak one of each kind.
const WEAK: [(&str, &str); 2] = [
    ("weak-bcrypt", "$2b$04$YmxL0juRcFfkjosZ8bKmd.C9d.peyQTvOuVaZOscXrkog42GZxRGK"),
    ("weak-argon2", "$argon2i$v=19$m=4096,p=1,t=3$+qls5+I6/rEzW3u0GyImtg$nkNmdXuAx0Gyyb0WxWYkFugh547+KD3ZGNGDfQVBuq4"),
];

const STARTER: &str = include_str!("../../../migrations/tenant/20250126000001_create_users_and_rbac.up.sql");

/// A database with the starter's tables that nobody has recorded, and how to say more to it.
struct Theirs {
    home: Home,
    world: World,
    server: String,
    database: String,
    _folder: tempfile::TempDir,
}

impl Theirs {
    async fn new(home: Home) -> Self {
        let world = World::new().await;
        let starter = "20250126000001_create_users_and_rbac.up.sql";
        std::fs::write(world.migrations().join(starter), STARTER).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let database = match home {
            Home::Sqlite => folder.path().join("theirs.db").display().to_string(),
            Home::Postgres | Home::Mariadb => support::unique("theirs"),
        };
        let server = home.server(&world).await;
        let theirs = Self { home, world, server, database, _folder: folder };
        if let Some(cluster) = theirs.cluster().await {
            cluster.create_database(&theirs.database).await;
        }
        theirs.run(STARTER).await;
        let knex = "create table knex_migrations (id integer, name varchar(255)); insert into knex_migrations values (1, '20250126000001_createUsersAndRbac.js')";
        theirs.run(knex).await;
        theirs
    }

    async fn cluster(&self) -> Option<&'static support::Cluster> {
        match self.home {
            Home::Sqlite => None,
            Home::Postgres => Some(support::postgres().await),
            Home::Mariadb => Some(support::mariadb().await),
        }
    }

    async fn run(&self, sql: &str) -> String {
        use sqlx::Connection as _;
        if let Some(cluster) = self.cluster().await {
            return cluster.query(&self.database, sql).await;
        }
        let url = format!("sqlite://{}?mode=rwc", self.database);
        let mut conn = sqlx::SqliteConnection::connect(&url).await.unwrap();
        let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).fetch_all(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        rows.first().and_then(|row| sqlx::Row::try_get(row, 0).ok()).unwrap_or_default()
    }

    async fn user(&self, name: &str, hash: &str) {
        self.run(&format!(
            "insert into users (id, email, first_name, last_name, password_hash, status) \
             values ('{name}', '{name}@example.com', 'Zoë', 'Lovelace', '{hash}', 'active')"
        ))
        .await;
    }

    async fn hash_of(&self, name: &str) -> String {
        self.run(&format!("select password_hash from users where email = '{name}@example.com'")).await
    }

    async fn adopt(&self, password_hash: PasswordHash) -> Adopt {
        let login = self.cluster().await.map(|cluster| (cluster.user.clone(), cluster.password.clone()));
        let (username, password) = login.unwrap_or_default();
        Adopt {
            slug: "theirs".into(),
            server: self.server.clone(),
            database: self.database.clone(),
            username,
            password: AdoptPassword::Plain(password.into()),
            password_hash,
            ..Adopt::default()
        }
    }

    async fn adopted(&self, password_hash: PasswordHash) -> tenants::Taken {
        tenants::adopt(&self.world.platform, &operator(), self.adopt(password_hash).await).await.unwrap()
    }
}

async fn sign_in(platform: &Platform, tenant: &str, name: &str, password: &str) -> Result<SignedIn, Error> {
    let mut tx = platform.central.write().await.unwrap();
    sqlx::query("delete from throttles").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let audience = Audience::Tenant { id: tenant.into() };
    sessions::sign_in(platform, &audience, &format!("{name}@example.com"), &password.into(), None).await
}

#[rstest]
#[case::sqlite(Home::Sqlite)]
#[case::postgres(Home::Postgres)]
#[case::mariadb(Home::Mariadb)]
#[tokio::test(flavor = "multi_thread")]
async fn users_of_an_adopted_tenant_keep_their_passwords(#[case] home: Home) {
    let theirs = Theirs::new(home).await;
    for (name, _, hash) in HASHES {
        theirs.user(name, hash).await;
    }
    let tenant = theirs.adopted(PasswordHash::Argon2id).await.tenant;
    for (name, password, hash) in HASHES {
        let platform = &theirs.world.platform;
        let welcome = sign_in(platform, &tenant.id, name, password).await;
        assert!(welcome.is_ok(), "{name}: {:?}", welcome.err());
        let wrong = sign_in(platform, &tenant.id, name, "correct horse battery stable").await.unwrap_err();
        assert_eq!(wrong.kind, Kind::Unauthenticated, "{name}");
        assert_eq!(theirs.hash_of(name).await, hash, "{name}: their application reads it as well");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_there_is_what_the_application_reads() {
    let theirs = Theirs::new(Home::Postgres).await;
    for (name, hash) in WEAK {
        theirs.user(name, hash).await;
    }
    let taken = theirs.adopted(PasswordHash::Bcrypt).await;
    assert!(
        taken.notes.iter().any(|note| note.starts_with("1 of 2 users have hashes of argon2id")),
        "{:?}",
        taken.notes
    );
    let (platform, id) = (&theirs.world.platform, taken.tenant.id.as_str());
    for (name, _) in WEAK {
        sign_in(platform, id, name, PASSWORD).await.unwrap();
    }
    assert!(theirs.hash_of("weak-bcrypt").await.starts_with("$2b$12$"), "one of their kind that is weak is made anew");
    assert_eq!(theirs.hash_of("weak-argon2").await, WEAK[1].1, "one of another kind is left alone");
    sign_in(platform, id, "weak-bcrypt", PASSWORD).await.unwrap();

    let role = tenant_users::roles(platform, &operator(), id).await.unwrap().remove(0);
    let new = |password: &str| NewTenantUser {
        email: "new@example.com".into(),
        password: password.into(),
        first_name: "Zoë".into(),
        last_name: "O'Neill".into(),
        role: role.clone(),
    };
    let long = "seven small boats at noon, and eight more of them in the long quiet evening";
    let refused = tenant_users::create(platform, &operator(), id, new(long)).await.unwrap_err();
    assert!(refused.message.contains("75 bytes, and bcrypt heeds 72"), "{refused}");
    tenant_users::create(platform, &operator(), id, new(UMLAUTS_LONG)).await.unwrap();
    assert!(theirs.hash_of("new").await.starts_with("$2b$12$"));
    sign_in(platform, id, "new", UMLAUTS_LONG).await.unwrap();
    tenant_users::reset_password(platform, &operator(), id, "new@example.com", PASSWORD.into()).await.unwrap();
    assert!(theirs.hash_of("new").await.starts_with("$2b$12$"));
    sign_in(platform, id, "new", PASSWORD).await.unwrap();
    assert_eq!(tenants::find(platform, &operator(), id).await.unwrap().password_hash, PasswordHash::Bcrypt);
}

const UMLAUTS_LONG: &str = "sieben grüne Boote, acht Krähen";

#[rstest]
#[case::sqlite(Home::Sqlite)]
#[case::postgres(Home::Postgres)]
#[case::mariadb(Home::Mariadb)]
#[tokio::test(flavor = "multi_thread")]
async fn users_of_another_shape_are_told_before_anybody_signs_in(#[case] home: Home) {
    let theirs = Theirs::new(home).await;
    theirs.user("bcrypt", HASHES[0].2).await;
    let platform = &theirs.world.platform;
    let notes = || async {
        // An empty record beside tables is taken for what it says only where somebody says the same.
        let past = Past { is_none: true, ..Past::default() };
        let adopt = Adopt { past, ..theirs.adopt(PasswordHash::Argon2id).await };
        let survey = tenants::survey(platform, &operator(), adopt).await.unwrap();
        assert_eq!(survey.problem, None);
        // It is adopted with the login of its server, which may do more than is its own.
        let much = survey.notes.iter().any(|note| note.contains("can act with that"));
        assert_eq!(much, home != Home::Sqlite, "{:?}", survey.notes);
        let others = |note: &String| !note.contains("is taken for") && !note.contains("can act with that");
        survey.notes.into_iter().filter(others).collect::<Vec<_>>()
    };
    let told = notes().await;
    assert!(told.len() == 1 && told[0].starts_with("1 of 1 users have hashes of bcrypt"), "{told:?}");
    theirs.run("drop table user_roles").await;
    // What knex says is there has to be, so it says nothing of these.
    theirs.run("delete from knex_migrations").await;
    let told = notes().await;
    assert!(told.iter().any(|note| note.contains("not as Neo knows them") && note.contains("user_roles")), "{told:?}");
    if home == Home::Postgres {
        // Ids of another type than ours are no other shape.
        let uuids = "drop table role_permissions; drop table users; drop table roles;
                     create table users (id uuid primary key, email text, first_name text, last_name text, password_hash text, status text, created_at timestamp);
                     create table roles (id bigint primary key, name text);
                     create table user_roles (user_id uuid, role_id bigint)";
        theirs.run(uuids).await;
        let told = notes().await;
        assert!(!told.iter().any(|note| note.contains("not as Neo knows them")), "{told:?}");
        theirs.run("drop table user_roles; create table role_permissions (id integer)").await;
    }
    theirs.run("drop table role_permissions; drop table users").await;
    let told = notes().await;
    assert!(!told.iter().any(|note| note.contains("table users")), "the files are to make it: {told:?}");
}
