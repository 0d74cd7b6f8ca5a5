//! Tokens: who makes them, what they are worth, and what becomes of wrong ones.

use neo::Platform;
use neo::actor::{Actor, Confinement, Door, Permission, Role};
use neo::admins::{self, Admin};
use neo::error::Kind;
use neo::tokens::{self, Lifetime, NewToken, TokenInfo, TokenState};
use neo::{audit, tenants};
use secrecy::{ExposeSecret, SecretString};

use super::{admin, number, tamper, worlds};
use crate::world::{World, actor};

const HERE: Option<&str> = Some("10.1.2.3");

fn new(name: &str, role: Role) -> NewToken {
    NewToken {
        name: name.into(),
        role,
        lifetime: Lifetime::default(),
        confinement: Confinement::default(),
        networks: vec![],
        allow_destructive: false,
        connect: false,
    }
}

fn of(admin: &Admin) -> Actor {
    Actor { admin_id: Some(admin.id.clone()), name: admin.email.clone(), ..actor(admin.role) }
}

async fn made(platform: &Platform, who: &Actor, new: NewToken) -> (TokenInfo, SecretString) {
    tokens::create(platform, who, new).await.unwrap()
}

async fn come_in(platform: &Platform, text: &SecretString) -> Result<Actor, neo::Error> {
    tokens::authenticate(platform, text.expose_secret(), HERE).await
}

async fn kept_out(platform: &Platform, text: &SecretString) -> String {
    let error = come_in(platform, text).await.err().unwrap();
    assert_eq!(error.kind, Kind::Unauthenticated, "{error}");
    // Whoever tries it out here is not held back.
    tamper(platform, "delete from throttles").await;
    error.message
}

#[tokio::test]
async fn a_token_lets_a_program_in_as_what_it_is_and_never_as_more_than_its_maker() {
    for world in worlds().await {
        let platform = &world.platform;
        admin(platform, "root@example.com", Role::Superadmin).await;
        let ada = admin(platform, "ada@example.com", Role::Superadmin).await;
        let confinement = Confinement { tags: vec!["eu".into()], tenants: vec!["acme".into()] };
        let wanted = NewToken {
            confinement: confinement.clone(),
            allow_destructive: true,
            connect: true,
            ..new("ci", Role::Superadmin)
        };
        let (token, text) = made(platform, &of(&ada), wanted).await;
        let lives = token.expires_at.unwrap() - token.created_at;
        assert_eq!((lives, token.state, token.last_used_at), (90 * 86_400_000, TokenState::Live, None));
        assert!(text.expose_secret().starts_with(&format!("neo_{}_", token.id)), "{token:?}");

        let program = come_in(platform, &text).await.unwrap();
        assert_eq!((program.door, program.role), (Door::Api, Role::Superadmin));
        assert_eq!(program.name, "token:ci of ada@example.com");
        assert_eq!(program.address.as_deref(), HERE);
        let own = program.token.clone().unwrap();
        assert_eq!((own.id.as_str(), own.confinement), (token.id.as_str(), confinement));
        assert!(own.allow_destructive && own.connect && program.authorise_connecting().is_ok());
        assert!(actor(Role::Superadmin).authorise_connecting().is_err(), "only tokens are told");

        // What its maker may not any more, it may not.
        admins::set_role(platform, &Actor::operator(), "ada@example.com", Role::Support).await.unwrap();
        let gone = tokens::still(platform, &program).await.err().unwrap();
        assert_eq!(gone.kind, Kind::Unauthenticated, "what it began as a superadmin's does not go on");
        let program = come_in(platform, &text).await.unwrap();
        assert_eq!(program.role, Role::Support);
        tokens::still(platform, &program).await.unwrap();
        assert!(!program.may(Permission::Operate) && program.authorise_connecting().is_err());
        admins::disable(platform, &Actor::operator(), "ada@example.com").await.unwrap();
        assert!(kept_out(platform, &text).await.contains("disabled"));
        assert_eq!(tokens::still(platform, &program).await.err().unwrap().kind, Kind::Unauthenticated);
        admins::enable(platform, &Actor::operator(), "ada@example.com").await.unwrap();
        come_in(platform, &text).await.unwrap();
        // The database holds nothing that lets anybody in.
        let hash: String = sqlx::query_scalar("select hash from tokens")
            .fetch_one(&mut *platform.central.read().await.unwrap())
            .await
            .unwrap();
        assert!(hash.len() == 64 && !text.expose_secret().contains(&hash));
    }
}

#[tokio::test]
async fn a_token_is_made_by_the_rules() {
    let world = World::new().await;
    let platform = &world.platform;
    let ada = of(&admin(platform, "ada@example.com", Role::Superadmin).await);
    let bob = of(&admin(platform, "bob@example.com", Role::Admin).await);
    let refused = async |who: &Actor, wanted: NewToken| {
        let error = tokens::create(platform, who, wanted).await.err().unwrap();
        assert!(error.hint.is_some(), "{error:?}");
        (error.kind, error.field.unwrap_or_default())
    };
    let day = 86_400_000;
    let for_ms = |ms| NewToken { lifetime: Lifetime::For(ms), ..new("x", Role::Support) };
    let named = |name: &str| new(name, Role::Support);
    let from = |network: &str| NewToken { networks: vec![network.into()], ..named("x") };
    let inside = |tags: &[&str], slugs: &[&str]| {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        NewToken { confinement: Confinement { tags: own(tags), tenants: own(slugs) }, ..named("x") }
    };
    assert_eq!(refused(&bob, new("x", Role::Superadmin)).await, (Kind::Denied, "role"));
    assert_eq!(refused(&bob, NewToken { lifetime: Lifetime::Endless, ..named("x") }).await, (Kind::Denied, "for"));
    assert_eq!(refused(&bob, NewToken { connect: true, ..named("x") }).await, (Kind::Denied, "connect"));
    assert_eq!(refused(&ada, for_ms(365 * day + 1)).await, (Kind::Invalid, "for"));
    assert_eq!(refused(&ada, for_ms(0)).await, (Kind::Invalid, "for"));
    for name in ["", "two words", "a\nb", &"x".repeat(61)] {
        assert_eq!(refused(&ada, named(name)).await, (Kind::Invalid, "name"), "{name:?}");
    }
    for network in ["10.0.0.0/33", "0.0.0.0/0", "here"] {
        assert_eq!(refused(&ada, from(network)).await, (Kind::Invalid, "from"), "{network}");
    }
    assert_eq!(refused(&ada, inside(&["No Tag"], &[])).await, (Kind::Invalid, "tag"));
    assert_eq!(refused(&ada, inside(&[], &["No Slug"])).await, (Kind::Invalid, "tenant"));
    assert_eq!(tokens::list(platform, &Actor::operator()).await.unwrap(), []);

    let (endless, _) = made(platform, &ada, NewToken { lifetime: Lifetime::Endless, ..named("ci") }).await;
    assert_eq!(endless.expires_at, None);
    assert_eq!(refused(&ada, named("ci")).await, (Kind::Conflict, "name"));
    // Another's may have that name, and so may one's own once the other is revoked.
    made(platform, &bob, named("ci")).await;
    tokens::revoke(platform, &ada, &endless.id).await.unwrap();
    made(platform, &ada, named("ci")).await;
}

#[tokio::test]
async fn who_sees_and_revokes_which_tokens() {
    let world = World::new().await;
    let platform = &world.platform;
    let ada = of(&admin(platform, "ada@example.com", Role::Superadmin).await);
    let bob = of(&admin(platform, "bob@example.com", Role::Admin).await);
    let (adas, _) = made(platform, &ada, new("a", Role::Superadmin)).await;
    let (bobs, text) = made(platform, &bob, new("b", Role::Admin)).await;
    let inside = Confinement { tags: vec!["eu".into()], tenants: vec![] };
    let (confined, narrow) = made(platform, &bob, NewToken { confinement: inside, ..new("c", Role::Admin) }).await;
    let ids = async |who: &Actor| {
        let mut ids: Vec<_> = tokens::list(platform, who).await.unwrap().into_iter().map(|token| token.id).collect();
        ids.sort();
        ids
    };
    let sorted = |tokens: &[&TokenInfo]| {
        let mut ids: Vec<_> = tokens.iter().map(|token| token.id.clone()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&ada).await, sorted(&[&adas, &bobs, &confined]));
    assert_eq!(ids(&bob).await, sorted(&[&bobs, &confined]));
    let (program, narrow) = (come_in(platform, &text).await.unwrap(), come_in(platform, &narrow).await.unwrap());
    assert_eq!(ids(&program).await, sorted(&[&bobs, &confined]));
    assert_eq!(ids(&narrow).await, sorted(&[&confined]), "it does not learn what else there is");
    for (who, token) in [(&bob, &adas), (&program, &adas), (&narrow, &bobs)] {
        assert_eq!(tokens::revoke(platform, who, &token.id).await.err().unwrap().kind, Kind::NotFound);
    }
    // It takes itself away, and makes no other.
    assert_eq!(tokens::revoke(platform, &narrow, &confined.id).await.unwrap().state, TokenState::Revoked);
    let error = tokens::create(platform, &program, new("d", Role::Support)).await.err().unwrap();
    assert_eq!((error.kind, error.message.as_str()), (Kind::Denied, "a token may not make tokens"));
    assert_eq!(tokens::revoke(platform, &ada, &bobs.id).await.unwrap().state, TokenState::Revoked);
}

#[tokio::test]
async fn a_token_that_is_over_is_refused_at_once_and_its_streams_end() {
    for world in worlds().await {
        let platform = &world.platform;
        let operator = Actor::operator();
        let (token, text) = made(platform, &operator, new("ci", Role::Admin)).await;
        let program = come_in(platform, &text).await.unwrap();
        tokens::still(platform, &program).await.unwrap();
        tokens::revoke(platform, &operator, &token.id).await.unwrap();
        assert_eq!(kept_out(platform, &text).await, "this token was revoked");
        assert_eq!(tokens::still(platform, &program).await.err().unwrap().kind, Kind::Unauthenticated);
        tokens::still(platform, &operator).await.unwrap();

        let (_, text) = made(platform, &operator, new("short", Role::Admin)).await;
        let program = come_in(platform, &text).await.unwrap();
        tamper(platform, "update tokens set expires_at = (select now_ms from clock)").await;
        assert!(kept_out(platform, &text).await.starts_with("this token expired at 20"));
        assert!(tokens::still(platform, &program).await.is_err());

        let from = NewToken { networks: vec!["10.1.0.0/16".into(), "fd00::/8".into()], ..new("net", Role::Admin) };
        let (_, text) = made(platform, &operator, from).await;
        for address in ["10.1.255.1", "::ffff:10.1.2.3", "fd12::1"] {
            tokens::authenticate(platform, text.expose_secret(), Some(address)).await.unwrap();
        }
        for address in [Some("10.2.0.1"), Some("fe80::1"), None] {
            let error = tokens::authenticate(platform, text.expose_secret(), address).await.err().unwrap();
            assert_eq!(error.kind, Kind::Unauthenticated, "{address:?}");
            assert!(error.message.contains(address.unwrap_or("an unknown address")), "{error}");
        }
    }
}

#[tokio::test]
async fn the_last_use_is_noted_once_a_minute() {
    for world in worlds().await {
        let platform = &world.platform;
        let operator = Actor::operator();
        let (_, text) = made(platform, &operator, new("ci", Role::Admin)).await;
        let last = async || {
            let token = tokens::list(platform, &operator).await.unwrap().remove(0);
            (token.last_used_at, token.last_address)
        };
        come_in(platform, &text).await.unwrap();
        let first = last().await;
        assert!(first.0.is_some() && first.1.as_deref() == HERE, "{first:?}");
        tokens::authenticate(platform, text.expose_secret(), Some("10.9.9.9")).await.unwrap();
        assert_eq!(last().await, first);
        tamper(platform, "update tokens set last_used_at = last_used_at - 60000").await;
        tokens::authenticate(platform, text.expose_secret(), Some("10.9.9.9")).await.unwrap();
        assert_eq!(last().await.1.as_deref(), Some("10.9.9.9"));
    }
}

/// Right in form and check, and nobody's.
fn made_up(id: &str) -> String {
    let before = format!("neo_{id}_{}", "0".repeat(40));
    let digits: Vec<char> = ('0'..='9').chain('A'..='Z').chain('a'..='z').collect();
    let mut left = crc32fast::hash(before.as_bytes());
    let mut check = String::new();
    for _ in 0..6 {
        check.insert(0, digits[(left % 62) as usize]);
        left /= 62;
    }
    format!("{before}_{check}")
}

#[tokio::test]
async fn wrong_tokens_are_held_back_by_address_and_written_down_within_bounds() {
    for world in worlds().await {
        let platform = &world.platform;
        let (token, right) = made(platform, &Actor::operator(), new("ci", Role::Admin)).await;
        let wrong = made_up("00000000");
        let kind = async |text: &str, address| {
            let error = tokens::authenticate(platform, text, Some(address)).await.err().unwrap();
            assert_eq!(error.retry_after.is_some(), error.kind == Kind::Throttled, "{error:?}");
            assert!(!format!("{error:?}").contains("0000000000"), "{error:?}");
            error.kind
        };
        let mut kinds = Vec::new();
        for _ in 0..200 {
            kinds.push(kind(&wrong, "198.51.100.7").await);
        }
        let refused = kinds.iter().filter(|kind| **kind == Kind::Unauthenticated).count();
        assert!((5..=7).contains(&refused), "{kinds:?}");
        assert!(kinds.iter().all(|kind| matches!(kind, Kind::Unauthenticated | Kind::Throttled)));
        // Another address is not held back by that, nor is whoever has the right one.
        assert_eq!(kind(&wrong, "198.51.100.8").await, Kind::Unauthenticated);
        tokens::authenticate(platform, right.expose_secret(), Some("198.51.100.7")).await.unwrap();
        let written = number(platform, "select count(*) from audit where action = 'token.use'").await;
        assert!((7..=9).contains(&written), "{written}: a flood is not written down, one by one");

        // What is no token at all is refused without the database, and held back as well.
        let before = number(platform, "select count(*) from throttles").await;
        let mut kinds = Vec::new();
        for _ in 0..6 {
            kinds.push(kind("neo_this is no token", "198.51.100.9").await);
        }
        assert_eq!(kinds[..5], [Kind::Unauthenticated; 5]);
        assert_eq!(kinds[5], Kind::Throttled);
        assert_eq!(number(platform, "select count(*) from throttles").await, before);

        // Another secret under its id is nobody's; which token it was that was used too late is in the audit.
        let other = tokens::authenticate(platform, &made_up(&token.id), Some("198.51.100.10")).await.err().unwrap();
        assert_eq!((other.kind, other.message.as_str()), (Kind::Unauthenticated, "this token is not known here"));
        tokens::revoke(platform, &Actor::operator(), &token.id).await.unwrap();
        assert_eq!(kind(right.expose_secret(), "198.51.100.11").await, Kind::Unauthenticated);
        let rows = audit::list(platform, &Actor::operator(), &audit::Filter { limit: 1, ..Default::default() }).await;
        let row = rows.unwrap().remove(0);
        assert_eq!((row.action.as_str(), &row.subject), ("token.use", &format!("token:{} ci", token.id)));
        assert_eq!((row.outcome.as_str(), row.door.as_str()), ("failed", "api"));
        assert!(row.body["error"].as_str().unwrap().contains("revoked"), "{row:?}");
    }
}

#[tokio::test]
async fn the_audit_says_which_token_of_whom_and_what_became_of_it() {
    let world = crate::runs::fleet(&["acme"]).await;
    let platform = &world.platform;
    let ada = of(&admin(platform, "ada@example.com", Role::Superadmin).await);
    let (token, text) = made(platform, &ada, new("ci", Role::Admin)).await;
    let program = come_in(platform, &text).await.unwrap();
    tenants::suspend(platform, &program, "acme").await.unwrap();
    tokens::revoke(platform, &ada, &token.id).await.unwrap();
    let rows =
        audit::list(platform, &Actor::operator(), &audit::Filter { limit: 3, ..Default::default() }).await.unwrap();
    let told: Vec<_> =
        rows.iter().rev().map(|row| (row.action.as_str(), row.actor.as_str(), row.door.as_str())).collect();
    assert_eq!(
        told,
        [
            ("token.create", "ada@example.com", "browser"),
            ("tenant.suspend", "token:ci of ada@example.com", "api"),
            ("token.revoke", "ada@example.com", "browser"),
        ]
    );
    assert!(rows.iter().all(|row| !format!("{row:?}").contains(text.expose_secret())));
    assert!(audit::verify(platform, &Actor::operator()).await.unwrap().first_bad.is_none());
}

#[tokio::test]
async fn tokens_that_were_over_long_ago_and_answers_of_yesterday_are_cleaned_away() {
    let world = World::new().await;
    let platform = &world.platform;
    let operator = Actor::operator();
    for name in ["live", "ended", "long-ended"] {
        made(platform, &operator, new(name, Role::Admin)).await;
    }
    let set = |days: i64, name: &str| {
        format!("update tokens set expires_at = (select now_ms from clock) - {days} * 86400000 where name = '{name}'")
    };
    tamper(platform, &set(89, "ended")).await;
    tamper(platform, &set(91, "long-ended")).await;
    for (key, hours) in [("old", 25), ("young", 23)] {
        tamper(
            platform,
            &format!(
                "insert into idempotency (who, function, key, digest, holder, until, created_at)
                 select 'w', 'f', '{key}', 'd', 'h', 0, now_ms - {hours} * 3600000 from clock"
            ),
        )
        .await;
    }
    neo::sessions::sweep(platform).await.unwrap();
    let mut names: Vec<_> = tokens::list(platform, &operator).await.unwrap().into_iter().map(|t| t.name).collect();
    names.sort();
    assert_eq!(names, ["ended", "live"]);
    assert_eq!(number(platform, "select count(*) from idempotency where key = 'young'").await, 1);
    assert_eq!(number(platform, "select count(*) from idempotency").await, 1);
}

#[tokio::test]
async fn a_program_asks_so_often_and_a_person_is_not_counted() {
    let world = World::new().await;
    let platform = &world.platform;
    let (_, text) = made(platform, &Actor::operator(), new("ci", Role::Admin)).await;
    let program = come_in(platform, &text).await.unwrap();
    let first = tokens::admit(platform, &program, "tenants").unwrap();
    assert_eq!((first.limit, first.remaining, first.retry_after), (600, 59, None));
    let connection = tokens::admit(platform, &program, "tenants/connection").unwrap();
    assert_eq!((connection.limit, connection.remaining), (6000, 599), "counted by itself");
    let refused = (0..200).filter_map(|_| tokens::admit(platform, &program, "runs").unwrap().refusal()).next().unwrap();
    assert_eq!((refused.kind, refused.retry_after), (Kind::Throttled, Some(1)));
    assert!(tokens::admit(platform, &Actor::operator(), "tenants").is_none());
    assert!(tokens::follow(platform, &Actor::operator()).unwrap().is_none());
    let places: Vec<_> = (0..256).map(|_| tokens::follow(platform, &program).unwrap()).collect();
    assert_eq!(tokens::follow(platform, &program).err().unwrap().kind, Kind::Throttled);
    drop(places);
    tokens::follow(platform, &program).unwrap();
}
