//! A tenant's users whose ids are no texts: uuids and numbers, made by its database or by whoever makes a user, on every engine.

use std::time::Duration;

use neo::Platform;
use neo::actor::{Actor, Role};
use neo::audit;
use neo::engine::Engine;
use neo::error::Kind;
use neo::sessions::{self, Audience};
use neo::tenant_users::{self, TenantUser, Wanted};
use secrecy::ExposeSecret;

use super::tenant_users::{new, sign_in, tenant};
use super::{PASSWORD, tamper};
use crate::support;
use crate::world::{World, actor};

const CHOSEN: &str = "seven small boats at noon";

/// How an application keeps its ids: the type of a user's with who makes it, and of what refers to it; the same of a role's.
#[derive(Clone, Copy)]
struct Kept {
    engine: Engine,
    name: &'static str,
    user: (&'static str, &'static str),
    role: (&'static str, &'static str),
}

const fn kept(
    engine: Engine,
    name: &'static str,
    user: (&'static str, &'static str),
    role: (&'static str, &'static str),
) -> Kept {
    Kept { engine, name, user, role }
}

const ALWAYS: (&str, &str) = ("bigint generated always as identity primary key", "bigint");
const SERIAL: (&str, &str) = ("serial primary key", "integer");
const COUNTED: (&str, &str) = ("bigint unsigned auto_increment primary key", "bigint unsigned");
const ROW: (&str, &str) = ("integer primary key", "integer");

const ALL: [Kept; 14] = [
    kept(Engine::Postgres, "uuid-made", ("uuid primary key default gen_random_uuid()", "uuid"), SERIAL),
    kept(Engine::Postgres, "uuid", ("uuid primary key", "uuid"), ALWAYS),
    kept(Engine::Postgres, "domain", ("person_id primary key default gen_random_uuid()", "person_id"), SERIAL),
    kept(Engine::Postgres, "identity", ALWAYS, ("uuid primary key default gen_random_uuid()", "uuid")),
    kept(Engine::Postgres, "serial", SERIAL, SERIAL),
    kept(Engine::Postgres, "char", ("char(36) primary key", "char(36)"), SERIAL),
    kept(Engine::Mysql, "counted", COUNTED, ("int auto_increment primary key", "int")),
    kept(Engine::Mysql, "char", ("char(36) primary key", "char(36)"), COUNTED),
    kept(Engine::Mysql, "char-made", ("varchar(36) primary key default uuid()", "varchar(36)"), COUNTED),
    kept(Engine::Mysql, "uuid-made", ("uuid primary key default uuid()", "uuid"), COUNTED),
    kept(Engine::Mysql, "binary", ("binary(16) primary key", "binary(16)"), COUNTED),
    kept(Engine::Sqlite, "row", ROW, ROW),
    kept(Engine::Sqlite, "counted", ("integer primary key autoincrement", "integer"), ROW),
    kept(Engine::Sqlite, "made", ("text primary key default (lower(hex(randomblob(16))))", "text"), ROW),
];

impl Kept {
    fn tables(&self) -> String {
        let (user, of_user) = self.user;
        let (role, of_role) = self.role;
        let domain = if self.name == "domain" { "create domain person_id as uuid;" } else { "" };
        format!(
            "{domain}
             create table users (id {user}, email varchar(255) not null, first_name varchar(100) not null,
                 last_name varchar(100) not null, password_hash varchar(255) not null, status varchar(16) not null,
                 created_at timestamp not null default current_timestamp, updated_at timestamp not null default current_timestamp);
             create table roles (id {role}, name varchar(64) not null);
             create table user_roles (user_id {of_user} not null, role_id {of_role} not null, primary key (user_id, role_id),
                 foreign key (user_id) references users (id), foreign key (role_id) references roles (id));
             insert into roles (name) values ('admin'), ('member'), ('viewer');"
        )
    }

    fn slug(&self) -> String {
        format!("{}-{}", self.name, self.engine.as_str())
    }
}

/// In the tenant's own database.
async fn run(world: &World, engine: Engine, slug: &str, sql: &str) {
    super::tenant_users::run(engine, &database(&world.platform, slug).await, sql).await;
}

async fn database(platform: &Platform, slug: &str) -> String {
    sqlx::query_scalar("select database_name from tenants where slug = $1")
        .bind(slug.to_owned())
        .fetch_one(&mut *platform.central.read().await.unwrap())
        .await
        .unwrap()
}

/// Everybody, a page of so many at a time.
async fn paged(platform: &Platform, slug: &str, limit: u32, search: Option<&str>) -> Vec<TenantUser> {
    let (mut all, mut after) = (Vec::new(), None);
    for _ in 0..100 {
        let wanted = Wanted { limit, after, search: search.map(str::to_owned) };
        let page = tenant_users::list(platform, &actor(Role::Admin), slug, &wanted).await.unwrap();
        assert!(page.closed.is_empty(), "{slug}: {:?}", page.closed);
        all.extend(page.users);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
    panic!("{slug}: pages without end");
}

#[tokio::test]
async fn users_with_ids_of_any_type_are_managed_in_full_and_sign_in() {
    let world = World::new().await;
    let (platform, boss) = (&world.platform, actor(Role::Admin));
    for kept in ALL {
        let (slug, engine) = (kept.slug(), kept.engine);
        let id = tenant(&world, engine, &slug, &kept.tables()).await;
        assert_eq!(tenant_users::closed(platform, &boss, &slug).await.unwrap(), [], "{slug}");
        assert_eq!(tenant_users::roles(platform, &boss, &slug).await.unwrap(), ["admin", "member", "viewer"], "{slug}");
        let mut made = Vec::new();
        for email in ["Zoe@Example.com", "ada@example.com", "max@example.com"] {
            let user = tenant_users::create(platform, &boss, &slug, new(email, "member")).await.unwrap();
            assert_eq!((user.email.as_str(), user.roles.as_slice()), (email, &["member".to_owned()][..]), "{slug}");
            assert!(!user.id.is_empty() && !made.contains(&user.id), "{slug}: {}", user.id);
            made.push(user.id);
        }
        let again = tenant_users::create(platform, &boss, &slug, new("zoe@example.COM", "admin")).await.unwrap_err();
        assert_eq!((again.kind, again.field), (Kind::Conflict, Some("email")), "{slug}: {again}");
        // Who it was that the database has made stands beside what was meant.
        let filter = audit::Filter { action: Some("tenant_user.create".into()), ..audit::Filter::default() };
        let rows = audit::list(platform, &Actor::operator(), &filter).await.unwrap();
        assert!(rows.iter().any(|row| row.body["id"] == made[2]), "{slug}: {rows:?}");

        let zoe = made[0].clone();
        let found = tenant_users::one(platform, &boss, &slug, &zoe).await.unwrap();
        assert_eq!((found.id.as_str(), found.email.as_str()), (zoe.as_str(), "Zoe@Example.com"), "{slug}");
        assert_eq!(tenant_users::one(platform, &boss, &slug, "zoe@example.com").await.unwrap().id, zoe, "{slug}");
        for nobody in
            ["nobody@example.com", "4711", "-1", "99999999999999999999", "1e0", "00000000-0000-4000-8000-000000000000"]
        {
            let none = tenant_users::one(platform, &boss, &slug, nobody).await.unwrap_err();
            assert_eq!(none.kind, Kind::NotFound, "{slug}: {nobody}: {none}");
        }
        assert_eq!(paged(platform, &slug, 1, None).await.len(), 3, "{slug}");
        let found = paged(platform, &slug, 50, Some("ZOE@")).await;
        assert_eq!((found.len(), found[0].roles.as_slice()), (1, &["member".to_owned()][..]), "{slug}");

        let cookie = sign_in(platform, &id, "ZOE@example.com", PASSWORD).await.unwrap();
        let audience = Audience::Tenant { id: id.clone() };
        let alive = async || sessions::resume(platform, &audience, cookie.expose_secret()).await.unwrap();
        let session = alive().await.unwrap();
        assert_eq!(session.tenant_role.as_deref(), Some("member"), "{slug}");
        assert!(tenant_users::one(platform, &boss, &slug, &zoe).await.unwrap().last_signed_in_at.is_some(), "{slug}");
        // An id is no name to sign in by, however it is written.
        for typed in [zoe.clone(), zoe.to_uppercase(), zoe.replace('-', ""), format!("0{zoe}")] {
            let refused = sign_in(platform, &id, &typed, PASSWORD).await.unwrap_err();
            assert_eq!(refused.kind, Kind::Unauthenticated, "{slug}: {typed}: {refused}");
        }
        tamper(platform, "delete from throttles").await;
        let changed = tenant_users::change_password(platform, &session, None, &PASSWORD.into(), &CHOSEN.into()).await;
        assert_eq!(changed.unwrap(), 0, "{slug}");
        sign_in(platform, &id, "zoe@example.com", CHOSEN).await.unwrap();

        assert_eq!(
            tenant_users::set_role(platform, &boss, &slug, &zoe, "viewer").await.unwrap().roles,
            ["viewer"],
            "{slug}"
        );
        assert_eq!(tenant_users::one(platform, &boss, &slug, &zoe).await.unwrap().roles, ["viewer"], "{slug}");
        assert!(alive().await.is_none(), "{slug}");
        tenant_users::reset_password(platform, &boss, &slug, &zoe, PASSWORD.into()).await.unwrap();
        sign_in(platform, &id, "zoe@example.com", PASSWORD).await.unwrap();
        let link = tenant_users::link(platform, &boss, &slug, &zoe).await.unwrap();
        let token = link.url.expose_secret().split_once("token=").unwrap().1.to_owned();
        tenant_users::redeem(platform, &id, &token, &CHOSEN.into(), None).await.unwrap();
        sign_in(platform, &id, "zoe@example.com", CHOSEN).await.unwrap();
        assert_eq!(tenant_users::end_sessions(platform, &boss, &slug, &zoe).await.unwrap(), 1, "{slug}");
        assert!(tenant_users::disable(platform, &boss, &slug, &zoe).await.unwrap().disabled, "{slug}");
        assert!(sign_in(platform, &id, "zoe@example.com", CHOSEN).await.is_err(), "{slug}");
        assert!(!tenant_users::enable(platform, &boss, &slug, &zoe).await.unwrap().disabled, "{slug}");

        assert_eq!(tenant_users::delete(platform, &boss, &slug, &zoe).await.unwrap().id, zoe, "{slug}");
        assert_eq!(
            tenant_users::delete(platform, &boss, &slug, &zoe).await.unwrap_err().kind,
            Kind::NotFound,
            "{slug}"
        );
        let mut left: Vec<_> = paged(platform, &slug, 2, None).await.into_iter().map(|user| user.id).collect();
        left.sort();
        made.remove(0);
        made.sort();
        assert_eq!(left, made, "{slug}: nobody else went");
    }
}

/// By their ids where they have one address: as numbers, and each once.
#[tokio::test]
async fn numbers_come_in_the_order_of_numbers_whatever_a_page_holds() {
    let world = World::new().await;
    let (platform, boss) = (&world.platform, actor(Role::Admin));
    for kept in ALL.into_iter().filter(|kept| matches!(kept.name, "serial" | "counted" | "row")) {
        let slug = kept.slug();
        tenant(&world, kept.engine, &slug, &kept.tables()).await;
        let rows: Vec<_> = [2, 9, 10, 11, 100, 101, 2_000_000_000]
            .iter()
            .map(|id| format!("({id}, 'twin@example.com', '', '', 'x', 'active')"))
            .collect();
        let named = "insert into users (id, email, first_name, last_name, password_hash, status) values";
        run(&world, kept.engine, &slug, &format!("{named} {}", rows.join(", "))).await;
        for limit in [1, 2, 3, 50] {
            let ids: Vec<_> = paged(platform, &slug, limit, None).await.into_iter().map(|user| user.id).collect();
            assert_eq!(ids, ["2", "9", "10", "11", "100", "101", "2000000000"], "{slug}, {limit} a page");
        }
        // A number that is nearly one is nobody's, and a place in another list is none in this.
        for nobody in ["10x", "10.0", " 10", "1 or 1=1", "0x0a"] {
            let none = tenant_users::one(platform, &boss, &slug, nobody).await.unwrap_err();
            assert_eq!(none.kind, Kind::NotFound, "{slug}: {nobody}");
        }
        // `["twin@example.com","ten"]`
        let after = Some("WyJ0d2luQGV4YW1wbGUuY29tIiwidGVuIl0".to_owned());
        let lost =
            tenant_users::list(platform, &boss, &slug, &Wanted { after, ..Wanted::default() }).await.unwrap_err();
        assert_eq!((lost.kind, lost.field), (Kind::Invalid, Some("after")), "{slug}");
    }
    // What is larger than a float can tell apart.
    let kept = kept(Engine::Mysql, "large", COUNTED, COUNTED);
    let slug = kept.slug();
    tenant(&world, kept.engine, &slug, &kept.tables()).await;
    let large = ["9007199254740992", "9007199254740993", "18446744073709551614", "18446744073709551615"];
    for id in large {
        let sql = format!("insert into users values ({id}, 'u{id}@example.com', '', '', 'x', 'active', now(), now())");
        run(&world, kept.engine, &slug, &sql).await;
    }
    for id in large {
        assert!(tenant_users::disable(platform, &boss, &slug, id).await.unwrap().disabled, "{id}");
        let disabled = paged(platform, &slug, 1, None).await.into_iter().filter(|user| user.disabled);
        assert_eq!(disabled.map(|user| user.id).collect::<Vec<_>>(), [id]);
        tenant_users::enable(platform, &boss, &slug, id).await.unwrap();
    }
}

#[tokio::test]
async fn where_nothing_makes_a_number_nobody_is_made_and_it_says_why() {
    let world = World::new().await;
    let (platform, boss) = (&world.platform, actor(Role::Admin));
    for (engine, id) in [(Engine::Postgres, "bigint"), (Engine::Mysql, "int"), (Engine::Sqlite, "int")] {
        let primary: &str = match engine {
            Engine::Postgres => "bigint primary key",
            Engine::Mysql | Engine::Sqlite => "int primary key",
        };
        let role = match engine {
            Engine::Postgres => SERIAL,
            Engine::Mysql => COUNTED,
            Engine::Sqlite => ROW,
        };
        let kept = kept(engine, "given", (primary, id), role);
        let slug = kept.slug();
        tenant(&world, engine, &slug, &kept.tables()).await;
        let sql = "insert into users (id, email, first_name, last_name, password_hash, status) \
                   values (7, 'zoe@example.com', '', '', 'x', 'active')";
        run(&world, engine, &slug, sql).await;
        let page = tenant_users::list(platform, &boss, &slug, &Wanted::default()).await.unwrap();
        let acts: Vec<_> = page.closed.iter().map(|closed| closed.act.as_str()).collect();
        assert_eq!((acts, page.users[0].id.as_str()), (vec!["create"], "7"), "{slug}");
        let refused = tenant_users::create(platform, &boss, &slug, new("ada@example.com", "member")).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Conflict, "{slug}");
        let cause = refused.cause.unwrap();
        assert!(cause.contains("users.id is a number, and nothing in its database makes one"), "{slug}: {cause}");
        assert_eq!(tenant_users::set_role(platform, &boss, &slug, "7", "admin").await.unwrap().roles, ["admin"]);
        assert!(tenant_users::disable(platform, &boss, &slug, "7").await.unwrap().disabled, "{slug}");
        tenant_users::delete(platform, &boss, &slug, "7").await.unwrap();
    }
}

/// An id is looked up as what it is: by the index that the table has.
#[tokio::test]
async fn an_id_is_looked_up_by_its_index() {
    let world = World::new().await;
    let (platform, boss) = (&world.platform, actor(Role::Admin));
    for (name, id) in [("uuid-made", "gen_random_uuid()"), ("identity", "n"), ("char", "gen_random_uuid()")] {
        let kept = ALL.into_iter().find(|kept| kept.engine == Engine::Postgres && kept.name == name).unwrap();
        let slug = kept.slug();
        tenant(&world, Engine::Postgres, &slug, &kept.tables()).await;
        let always = if name == "identity" { "overriding system value" } else { "" };
        let many = format!(
            "insert into users (id, email, first_name, last_name, password_hash, status) {always} \
                 select {id}, 'user' || n || '@example.com', '', '', 'x', 'active' from generate_series(1, 20000) n;
             insert into user_roles (user_id, role_id) select u.id, r.id from users u, roles r where r.name = 'member';
             analyze"
        );
        run(&world, Engine::Postgres, &slug, &many).await;
        let database = database(platform, &slug).await;
        let cluster = support::postgres().await;
        // What was read of each table since: the whole of it, and by its indexes.
        let read = async || {
            tokio::time::sleep(Duration::from_millis(1100)).await;
            let sql = "select string_agg(relname || ' ' || seq_scan || ' ' || coalesce(idx_scan, 0), ',' order by relname) \
                       from pg_stat_user_tables where relname in ('users', 'user_roles')";
            let said = cluster.query(&database, sql).await;
            let counts = said.split([',', ' ']).filter_map(|word| word.parse::<i64>().ok()).collect::<Vec<_>>();
            <[i64; 4]>::try_from(counts).unwrap()
        };
        let before = read().await;
        let page = tenant_users::list(platform, &boss, &slug, &Wanted::default()).await.unwrap();
        let of_a_page = read().await;
        tenant_users::list(platform, &boss, &slug, &Wanted { after: page.next, ..Wanted::default() }).await.unwrap();
        let of_the_next = read().await;
        // Where a page ends is found by its id.
        assert!(
            of_the_next[3] - of_a_page[3] > of_a_page[3] - before[3],
            "{slug}: {before:?} {of_a_page:?} {of_the_next:?}"
        );
        let user = &page.users[0];
        tenant_users::set_role(platform, &boss, &slug, &user.id, "viewer").await.unwrap();
        let after = read().await;
        assert_eq!(
            after[0], of_the_next[0],
            "{slug}: no look goes through all of user_roles: {of_the_next:?} {after:?}"
        );
        assert!(after[1] > of_the_next[1] && after[3] > of_the_next[3], "{slug}: {of_the_next:?} {after:?}");
    }
}
