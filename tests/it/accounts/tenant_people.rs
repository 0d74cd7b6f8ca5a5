//! What a tenant's users do themselves and what ends for them: links, their own password, their sessions, and races of all that.

use neo::Platform;
use neo::actor::{Actor, Role};
use neo::audit;
use neo::engine::Engine;
use neo::error::{Error, Kind};
use neo::sessions::{self, Audience, Session};
use neo::tenant_users::{self, Wanted};
use secrecy::{ExposeSecret, SecretString};

use super::tenant_users::{STARTER, new, sign_in, tenant};
use super::{PASSWORD, number, tamper, worlds};
use crate::world::{World, actor};

const ENGINES: [Engine; 3] = [Engine::Sqlite, Engine::Postgres, Engine::Mysql];
const CHOSEN: &str = "seven small boats at noon";

fn token(link: &tenant_users::Link) -> String {
    link.url.expose_secret().split_once("/password?token=").unwrap().1.to_owned()
}

async fn session(platform: &Platform, tenant: &str, cookie: &SecretString) -> Option<Session> {
    let audience = Audience::Tenant { id: tenant.into() };
    sessions::resume(platform, &audience, cookie.expose_secret()).await.unwrap()
}

async fn redeem(platform: &Platform, tenant: &str, token: &str, password: &str) -> Result<(), Error> {
    tenant_users::redeem(platform, tenant, token, &password.into(), Some("192.0.2.7")).await
}

#[tokio::test]
async fn a_link_is_used_once_by_whose_it_is_and_nobody_else_knows_the_password() {
    let world = World::new().await;
    let (platform, boss) = (&world.platform, actor(Role::Admin));
    for engine in ENGINES {
        let slug = format!("link-{}", engine.as_str());
        let id = tenant(&world, engine, &slug, STARTER).await;
        let user = tenant_users::create(platform, &boss, &slug, new("zoe@example.com", "member")).await.unwrap();
        let cookie = sign_in(platform, &id, "zoe@example.com", PASSWORD).await.unwrap();
        let first = tenant_users::link(platform, &boss, &slug, "zoe@example.com").await.unwrap();
        let prefix = format!("http://{slug}.localhost:3000/password?token=");
        assert!(first.url.expose_secret().starts_with(&prefix), "on the tenant's address");
        let link = tenant_users::link(platform, &boss, &slug, &user.id).await.unwrap();
        let gone = redeem(platform, &id, &token(&first), CHOSEN).await.unwrap_err();
        assert_eq!(gone.kind, Kind::NotFound, "another was made after it");
        assert_eq!(redeem(platform, "another", &token(&link), CHOSEN).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(tenant_users::open_link(platform, &id, &token(&link)).await.unwrap(), "zoe@example.com");
        let weak = redeem(platform, &id, &token(&link), "zoe@example.com").await.unwrap_err();
        assert_eq!((weak.kind, weak.field), (Kind::Invalid, Some("password")));
        assert!(session(platform, &id, &cookie).await.is_some(), "nothing has happened yet");

        let (one, two) = (token(&link), token(&link));
        let (one, two) = tokio::join!(redeem(platform, &id, &one, CHOSEN), redeem(platform, &id, &two, CHOSEN));
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{engine}: {one:?} {two:?}");
        assert!(session(platform, &id, &cookie).await.is_none(), "{engine}");
        assert!(sign_in(platform, &id, "zoe@example.com", PASSWORD).await.is_err());
        sign_in(platform, &id, "zoe@example.com", CHOSEN).await.unwrap();
        assert_eq!(redeem(platform, &id, &token(&link), PASSWORD).await.unwrap_err().kind, Kind::NotFound);

        // What ends it: time, being shut out, another password. Being let in again does not.
        let link = tenant_users::link(platform, &boss, &slug, &user.id).await.unwrap();
        tamper(platform, "update tenant_user_links set expires_at = expires_at - 172800001").await;
        assert_eq!(redeem(platform, &id, &token(&link), PASSWORD).await.unwrap_err().kind, Kind::NotFound);
        let link = tenant_users::link(platform, &boss, &slug, &user.id).await.unwrap();
        tenant_users::disable(platform, &boss, &slug, &user.id).await.unwrap();
        let refused = tenant_users::link(platform, &boss, &slug, &user.id).await.err().unwrap();
        assert_eq!(refused.kind, Kind::Conflict, "{refused}");
        tenant_users::enable(platform, &boss, &slug, &user.id).await.unwrap();
        assert_eq!(redeem(platform, &id, &token(&link), PASSWORD).await.unwrap_err().kind, Kind::NotFound);
        let link = tenant_users::link(platform, &boss, &slug, &user.id).await.unwrap();
        tenant_users::reset_password(platform, &boss, &slug, &user.id, PASSWORD.into()).await.unwrap();
        assert_eq!(redeem(platform, &id, &token(&link), CHOSEN).await.unwrap_err().kind, Kind::NotFound);
        let link = tenant_users::link(platform, &boss, &slug, &user.id).await.unwrap();
        tamper(platform, "update tenants set status = 'suspended'").await;
        assert_eq!(redeem(platform, &id, &token(&link), CHOSEN).await.unwrap_err().kind, Kind::Unavailable);
        tamper(platform, "update tenants set status = 'active'").await;
        redeem(platform, &id, &token(&link), CHOSEN).await.unwrap();
    }
    let rows = audit::list(platform, &Actor::operator(), &audit::Filter::default()).await.unwrap();
    let said = serde_json::to_string(&rows).unwrap();
    assert!(said.contains("tenant_user.choose_password") && !said.contains("token=") && !said.contains(CHOSEN));
    // A dump of the central database is no set of links.
    let kept: Vec<String> = sqlx::query_scalar("select token_hash from tenant_user_links")
        .fetch_all(&mut *platform.central.read().await.unwrap())
        .await
        .unwrap();
    for hash in kept {
        assert!(hash.len() == 64 && redeem(platform, "link-sqlite", &hash, CHOSEN).await.is_err());
    }
}

/// What a tenant's tables say of who somebody is, and what they keep back, is theirs to say: nobody is taken for another by it.
#[tokio::test]
async fn nobody_is_taken_for_another_whatever_the_tenants_tables_do() {
    let world = World::new().await;
    let (platform, boss) = (&world.platform, actor(Role::Admin));
    for engine in ENGINES {
        let slug = format!("other-{}", engine.as_str());
        let id = tenant(&world, engine, &slug, STARTER).await;
        let old = tenant_users::create(platform, &boss, &slug, new("old@example.com", "member")).await.unwrap();
        // An id that is used again: the link is of who had it.
        let link = tenant_users::link(platform, &boss, &slug, &old.id).await.unwrap();
        run(&world, engine, &slug, "update users set email = 'ceo@example.com'").await;
        assert_eq!(redeem(platform, &id, &token(&link), CHOSEN).await.unwrap_err().kind, Kind::NotFound, "{engine}");
        let theirs = sign_in(platform, &id, "ceo@example.com", PASSWORD).await.unwrap();
        let theirs = session(platform, &id, &theirs).await.unwrap();
        run(&world, engine, &slug, "update users set email = 'Old@Example.com'").await;
        let mine = tenant_users::change_password(platform, &theirs, None, &PASSWORD.into(), &CHOSEN.into()).await;
        assert_eq!(mine.unwrap_err().kind, Kind::Unauthenticated, "{engine}: a session is of who had the id");
        redeem(platform, &id, &token(&link), CHOSEN).await.unwrap();

        // What somebody is called there is told as that, and is nobody of the console's.
        run(&world, engine, &slug, "update users set email = 'cli:root'").await;
        sign_in(platform, &id, "cli:root", CHOSEN).await.unwrap();
        let by = |actor: &str| audit::Filter { actor: Some(actor.into()), ..audit::Filter::default() };
        let rows = audit::list(platform, &Actor::operator(), &by("cli:root")).await.unwrap();
        assert!(rows.iter().all(|row| row.action != "session.sign_in"), "{engine}: {rows:?}");
        let rows = audit::list(platform, &Actor::operator(), &by("tenant_user:cli:root")).await.unwrap();
        assert!(rows.iter().any(|row| row.action == "session.sign_in"), "{engine}: {rows:?}");

        // Many roles of one are nobody else's loss.
        tenant_users::create(platform, &boss, &slug, new("zoe@example.com", "admin")).await.unwrap();
        for n in 0..30 {
            let role = format!("insert into roles (id, name, description) values ('many-{n}', 'a-{n:03}', '')");
            let held = format!("insert into user_roles (user_id, role_id) values ('{}', 'many-{n}')", old.id);
            run(&world, engine, &slug, &format!("{role}; {held}")).await;
        }
        let wanted = Wanted { limit: 1, ..Wanted::default() };
        let first = tenant_users::list(platform, &boss, &slug, &wanted).await.unwrap();
        let roles = &first.users[0].roles;
        assert_eq!((roles.len(), roles[0].as_str(), roles[20].as_str()), (21, "a-000", "… and more"), "{engine}");
        assert_eq!(&tenant_users::one(platform, &boss, &slug, &old.id).await.unwrap().roles, roles, "{engine}");
        let all = tenant_users::list(platform, &boss, &slug, &Wanted::default()).await.unwrap().users;
        let zoe = all.iter().find(|user| user.email == "zoe@example.com").unwrap();
        assert_eq!(zoe.roles, ["admin"], "{engine}");
    }
    // One that a pattern cannot tell from a thousand others is found as it stands.
    let many = "insert into users (id, email, first_name, last_name, password_hash, status) \
                with recursive n(n) as (select 1 union all select n + 1 from n where n < 1200) \
                select '0-' || n, 'a' || n || '@b.c', '', '', 'x', 'active' from n";
    run(&world, Engine::Sqlite, "other-sqlite", many).await;
    let name = "иван@почта.рф";
    let ivan = tenant_users::create(platform, &boss, "other-sqlite", new(name, "member")).await.unwrap();
    sign_in(platform, "other-sqlite", name, PASSWORD).await.unwrap();
    assert_eq!(tenant_users::one(platform, &boss, "other-sqlite", name).await.unwrap().id, ivan.id);
    // Twins that differ in letters' size; and what a trigger keeps as it was is not told as done.
    let slug = "other-sqlite";
    for (id, email) in [("0-twin", "MALLORY@x.org"), ("1-own", "mallory@x.org")] {
        let sql = format!(
            "insert into users (id, email, first_name, last_name, password_hash, status) values ('{id}', '{email}', '', '', 'x', 'active')"
        );
        run(&world, Engine::Sqlite, slug, &sql).await;
    }
    assert_eq!(tenant_users::disable(platform, &boss, slug, "mallory@x.org").await.unwrap().id, "1-own");
    assert_eq!(tenant_users::disable(platform, &boss, slug, "Mallory@x.org").await.unwrap_err().kind, Kind::NotFound);
    tenant_users::delete(platform, &boss, slug, "mallory@x.org").await.unwrap();
    let again = tenant_users::delete(platform, &boss, slug, "mallory@x.org").await.unwrap_err();
    assert_eq!((again.kind, again.nearest), (Kind::NotFound, vec!["MALLORY@x.org".to_owned()]));
    let kept = "create trigger kept after update on users begin \
                update users set status = old.status, password_hash = old.password_hash where id = old.id; end";
    run(&world, Engine::Sqlite, slug, kept).await;
    let refused = [
        tenant_users::disable(platform, &boss, slug, "0-twin").await.unwrap_err(),
        tenant_users::reset_password(platform, &boss, slug, "0-twin", PASSWORD.into()).await.unwrap_err(),
    ];
    for error in refused {
        assert!(error.kind == Kind::Conflict && error.cause.as_ref().unwrap().contains("a trigger"), "{error:?}");
    }
}

#[tokio::test]
async fn sessions_are_ended_and_users_deleted_where_no_row_refers_to_them() {
    let world = World::new().await;
    let (platform, boss) = (&world.platform, actor(Role::Admin));
    for engine in ENGINES {
        let slug = format!("gone-{}", engine.as_str());
        let note = "create table notes (id varchar(36) primary key, author varchar(36) not null,
                    constraint notes_author foreign key (author) references users (id))";
        let id = tenant(&world, engine, &slug, &format!("{STARTER}\n{note};")).await;
        let user = tenant_users::create(platform, &boss, &slug, new("zoe@example.com", "member")).await.unwrap();
        let mut cookies = Vec::new();
        for _ in 0..2 {
            cookies.push(sign_in(platform, &id, "zoe@example.com", PASSWORD).await.unwrap());
        }
        assert_eq!(tenant_users::end_sessions(platform, &boss, &slug, "zoe@example.com").await.unwrap(), 2);
        for cookie in &cookies {
            assert!(session(platform, &id, cookie).await.is_none());
        }
        let cookie = sign_in(platform, &id, "zoe@example.com", PASSWORD).await.unwrap();
        run(&world, engine, &slug, &format!("insert into notes (id, author) values ('1', '{}')", user.id)).await;
        let kept = tenant_users::delete(platform, &boss, &slug, &user.id).await.unwrap_err();
        assert_eq!(kept.kind, Kind::Conflict, "{engine}: {kept}");
        assert!(kept.message.contains("refer to the user \"zoe@example.com\""), "{engine}: {kept}");
        let says = kept.cause.unwrap().to_lowercase();
        assert!(says.contains("its database says: ") && (engine == Engine::Sqlite || says.contains("notes")), "{says}");
        assert!(session(platform, &id, &cookie).await.is_some(), "{engine}: nothing was done");
        let roles = tenant_users::one(platform, &boss, &slug, &user.id).await.unwrap().roles;
        assert_eq!(roles, ["member"], "{engine}: nothing was done");

        run(&world, engine, &slug, "delete from notes").await;
        let gone = tenant_users::delete(platform, &boss, &slug, "zoe@example.com").await.unwrap();
        assert_eq!(gone.id, user.id);
        assert!(session(platform, &id, &cookie).await.is_none(), "{engine}");
        assert_eq!(tenant_users::list(platform, &boss, &slug, &Wanted::default()).await.unwrap().users.len(), 0);
        assert_eq!(tenant_users::delete(platform, &boss, &slug, &user.id).await.unwrap_err().kind, Kind::NotFound);
    }
    // What is kept of them goes a day later.
    let kept = || number(platform, "select count(*) from tenant_people");
    assert_eq!(kept().await, 3);
    sessions::sweep(platform).await.unwrap();
    assert_eq!(kept().await, 3);
    tamper(platform, "update tenant_people set changed_at = changed_at - 86400001").await;
    sessions::sweep(platform).await.unwrap();
    assert_eq!(kept().await, 0);
}

/// In the tenant's own database.
async fn run(world: &World, engine: Engine, slug: &str, sql: &str) {
    let database: String = sqlx::query_scalar("select database_name from tenants where slug = $1")
        .bind(slug.to_owned())
        .fetch_one(&mut *world.platform.central.read().await.unwrap())
        .await
        .unwrap();
    super::tenant_users::run(engine, &database, sql).await;
}

#[tokio::test]
async fn a_tenants_user_changes_their_password_and_signs_out_everywhere() {
    let world = World::new().await;
    let (platform, boss) = (&world.platform, actor(Role::Admin));
    for engine in ENGINES {
        let slug = format!("own-{}", engine.as_str());
        let id = tenant(&world, engine, &slug, STARTER).await;
        tenant_users::create(platform, &boss, &slug, new("zoe@example.com", "member")).await.unwrap();
        let mine = sign_in(platform, &id, "zoe@example.com", PASSWORD).await.unwrap();
        let other = sign_in(platform, &id, "zoe@example.com", PASSWORD).await.unwrap();
        let link = tenant_users::link(platform, &boss, &slug, "zoe@example.com").await.unwrap();
        let this = session(platform, &id, &mine).await.unwrap();
        let listed = tenant_users::own_sessions(platform, &this).await.unwrap();
        assert_eq!(listed.iter().filter(|session| session.id_hash == this.id_hash).count(), 1);
        assert_eq!(listed.len(), 2);

        let change = async |old: &str, new: &str| {
            tamper(platform, "delete from throttles").await;
            tenant_users::change_password(platform, &this, Some("192.0.2.1"), &old.into(), &new.into()).await
        };
        let wrong = change(CHOSEN, "another seven boats at noon").await.unwrap_err();
        assert_eq!((wrong.kind, wrong.field), (Kind::Invalid, Some("old")), "{engine}");
        let weak = change(PASSWORD, "zoe@example.com").await.unwrap_err();
        assert_eq!((weak.kind, weak.field), (Kind::Invalid, Some("new")), "{engine}");
        assert_eq!(change(PASSWORD, CHOSEN).await.unwrap(), 1, "{engine}");
        assert!(session(platform, &id, &mine).await.is_some(), "this one stays");
        assert!(session(platform, &id, &other).await.is_none(), "{engine}");
        assert_eq!(redeem(platform, &id, &token(&link), PASSWORD).await.unwrap_err().kind, Kind::NotFound);
        assert!(sign_in(platform, &id, "zoe@example.com", PASSWORD).await.is_err());
        let again = sign_in(platform, &id, "zoe@example.com", CHOSEN).await.unwrap();

        assert_eq!(tenant_users::sign_out_everywhere(platform, &this, None).await.unwrap(), 2);
        for cookie in [&mine, &again] {
            assert!(session(platform, &id, cookie).await.is_none(), "{engine}");
        }
        // Whoever is shut out changes nothing with a session that they still hold in their hands.
        let mine = sign_in(platform, &id, "zoe@example.com", CHOSEN).await.unwrap();
        let this = session(platform, &id, &mine).await.unwrap();
        tenant_users::disable(platform, &boss, &slug, "zoe@example.com").await.unwrap();
        let shut = tenant_users::change_password(platform, &this, None, &CHOSEN.into(), &PASSWORD.into()).await;
        assert_eq!(shut.unwrap_err().kind, Kind::Unauthenticated, "{engine}");
    }
    // A central session is none of theirs.
    let central = Session { audience: Audience::Central, ..some_session() };
    assert_eq!(tenant_users::own_sessions(platform, &central).await.unwrap_err().kind, Kind::Unauthenticated);
}

fn some_session() -> Session {
    Session {
        id_hash: "x".into(),
        audience: Audience::Central,
        subject_id: Some("x".into()),
        email: "x@example.com".into(),
        name: "X".into(),
        role: None,
        tenant_role: None,
        by_provider: false,
        signed_in_ago: None,
        address: None,
        user_agent: None,
        last_seen_at: 0,
        created_at: 0,
    }
}

#[tokio::test]
async fn a_session_that_is_used_to_guess_the_password_is_held_back() {
    let world = World::new().await;
    let (platform, boss) = (&world.platform, actor(Role::Admin));
    let id = tenant(&world, Engine::Sqlite, "guess", STARTER).await;
    tenant_users::create(platform, &boss, "guess", new("zoe@example.com", "member")).await.unwrap();
    let cookie = sign_in(platform, &id, "zoe@example.com", PASSWORD).await.unwrap();
    let this = session(platform, &id, &cookie).await.unwrap();
    let guess = async || {
        tenant_users::change_password(platform, &this, None, &"a guess".into(), &CHOSEN.into()).await.unwrap_err().kind
    };
    assert_eq!([guess().await, guess().await, guess().await], [Kind::Invalid, Kind::Invalid, Kind::Throttled]);
}

/// A hash of bcrypt of [`PASSWORD`] that costs next to nothing.
const CHEAP: &str = "$2b$04$YmxL0juRcFfkjosZ8bKmd.C9d.peyQTvOuVaZOscXrkog42GZxRGK";

/// Somebody signs in while they are shut out: whatever comes first, when it is said that they are out nobody has a session.
/// `NEO_RACES=5000` by hand.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_is_shut_out_while_they_sign_in_gets_through() {
    let races: usize = std::env::var("NEO_RACES").ok().and_then(|n| n.parse().ok()).unwrap_or(500);
    let (mut before, mut refused) = (0, 0);
    for (n, world) in worlds().await.into_iter().enumerate() {
        let (platform, boss) = (world.platform.clone(), actor(Role::Admin));
        let slug = format!("race-{n}");
        let id = tenant(&world, Engine::Postgres, &slug, STARTER).await;
        const USERS: usize = 10;
        for user in 0..USERS {
            let new = new(&format!("user{user}@example.com"), "member");
            tenant_users::create(&platform, &boss, &slug, new).await.unwrap();
        }
        run(&world, Engine::Postgres, &slug, &format!("update users set password_hash = '{CHEAP}'")).await;
        for round in 0..races / 2 / USERS {
            run(&world, Engine::Postgres, &slug, "update users set status = 'active'").await;
            tamper(&platform, "delete from throttles").await;
            let all = (0..USERS).map(|user| {
                let (platform, boss, slug, id) = (platform.clone(), boss.clone(), slug.clone(), id.clone());
                tokio::spawn(async move {
                    let email = format!("user{user}@example.com");
                    let signing = async {
                        let audience = Audience::Tenant { id: id.clone() };
                        let who = sessions::sign_in(&platform, &audience, &email, &PASSWORD.into(), None).await?;
                        sessions::begin(&platform, &audience, &who, None, None).await
                    };
                    let shutting = async {
                        let wait = (round * 7 + user * 3) % 40;
                        tokio::time::sleep(std::time::Duration::from_millis(wait as u64)).await;
                        while let Err(error) = tenant_users::disable(&platform, &boss, &slug, &email).await {
                            assert_eq!(error.kind, Kind::Unavailable, "{error}");
                        }
                    };
                    let (cookie, ()) = tokio::join!(signing, shutting);
                    match cookie {
                        Ok(cookie) => {
                            assert!(session(&platform, &id, &cookie).await.is_none(), "{email} got through");
                            Some(true)
                        }
                        // On a machine with much else to do a server may not answer in time: that was no race.
                        Err(error) if error.kind == Kind::Unavailable => None,
                        Err(error) => {
                            assert_eq!(error.kind, Kind::Unauthenticated, "{error}");
                            Some(false)
                        }
                    }
                })
            });
            for came in futures::future::join_all(all.collect::<Vec<_>>()).await {
                match came.unwrap() {
                    Some(true) => before += 1,
                    Some(false) => refused += 1,
                    None => {}
                }
            }
        }
        assert_eq!(number(&platform, "select count(*) from sessions where audience like 'tenant:%'").await, 0);
    }
    eprintln!("{before} had a session that was ended, {refused} were refused");
    assert!(before > 0 && refused > 0, "a race that one side always wins is none: {before} {refused}");
}

/// As an application of somebody else's keeps them.
#[tokio::test]
async fn users_of_another_shape_are_seen_and_what_cannot_be_done_says_why() {
    let world = World::new().await;
    let (platform, boss) = (&world.platform, actor(Role::Admin));
    for engine in ENGINES {
        let slug = format!("theirs-{}", engine.as_str());
        let tables = "create table users (id varchar(36) primary key, email varchar(255) not null, status varchar(16) not null);
                      insert into users (id, email, status) values ('1', 'ada@example.com', 'active'), ('2', 'zoe@example.com', 'active');";
        tenant(&world, engine, &slug, tables).await;
        let page = tenant_users::list(platform, &boss, &slug, &Wanted::default()).await.unwrap();
        let emails: Vec<_> = page.users.iter().map(|user| user.email.as_str()).collect();
        assert_eq!(emails, ["ada@example.com", "zoe@example.com"], "{engine}");
        let acts: Vec<_> = page.closed.iter().map(|closed| closed.act.as_str()).collect();
        assert_eq!(acts, ["create", "set_role", "set_password", "sign_in"], "{engine}");
        let why = |act: &str| page.closed.iter().find(|closed| closed.act.as_str() == act).unwrap().why.clone();
        assert_eq!(why("set_role"), "there is no table roles, there is no table user_roles", "{engine}");
        assert!(why("set_password").contains("users has no column password_hash"), "{engine}");
        assert!(tenant_users::roles(platform, &boss, &slug).await.unwrap().is_empty());
        let found = Wanted { search: Some("ZOE".into()), ..Wanted::default() };
        assert_eq!(tenant_users::list(platform, &boss, &slug, &found).await.unwrap().users.len(), 1, "{engine}");

        assert!(tenant_users::disable(platform, &boss, &slug, "zoe@example.com").await.unwrap().disabled, "{engine}");
        assert!(tenant_users::one(platform, &boss, &slug, "2").await.unwrap().disabled, "{engine}");
        for refused in [
            tenant_users::set_role(platform, &boss, &slug, "1", "admin").await.unwrap_err(),
            tenant_users::reset_password(platform, &boss, &slug, "1", PASSWORD.into()).await.unwrap_err(),
            tenant_users::create(platform, &boss, &slug, new("max@example.com", "admin")).await.unwrap_err(),
            tenant_users::link(platform, &boss, &slug, "1").await.err().unwrap(),
        ] {
            assert_eq!(refused.kind, Kind::Conflict, "{engine}: {refused}");
            let cause = refused.cause.unwrap();
            assert!(cause.contains("there is no table roles") || cause.contains("no column password_hash"), "{cause}");
        }
        assert_eq!(tenant_users::delete(platform, &boss, &slug, "zoe@example.com").await.unwrap().id, "2", "{engine}");
        assert_eq!(tenant_users::list(platform, &boss, &slug, &Wanted::default()).await.unwrap().users.len(), 1);
    }
    // Types that are no ids, which only PostgreSQL minds.
    let tables = "create table users (id numeric primary key, email varchar(255) not null);
                  insert into users (id, email) values (1, 'ada@example.com')";
    tenant(&world, Engine::Postgres, "numerics", tables).await;
    let refused = tenant_users::list(platform, &boss, "numerics", &Wanted::default()).await.unwrap_err();
    let why = "users.id is numeric: ids are texts, whole numbers or uuids here";
    assert_eq!((refused.kind, refused.cause.as_deref()), (Kind::Conflict, Some(why)));
}
