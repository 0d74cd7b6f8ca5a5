//! Coming in, and coming back, by a one-time link; and races of that with everything that is done to its owner meanwhile.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use neo::Platform;
use neo::actor::{Actor, Role};
use neo::admins::{self, Chosen, Invitation};
use neo::audit;
use neo::config::Require;
use neo::error::{Error, Kind};
use neo::link::Link;
use neo::sessions::{self, Audience, Awaits, SignedIn};
use neo_model::AccountStatus;
use secrecy::{ExposeSecret, SecretString};

use super::{PASSWORD, admin, number, tamper, worlds};
use crate::world::{World, actor};

const CHOSEN: &str = "seven small boats at noon";
const CENTRAL: Audience = Audience::Central;

fn invitation(email: &str, role: Role) -> Invitation {
    Invitation { email: email.into(), first_name: None, last_name: None, role }
}

fn token(link: &Link) -> String {
    link.url.expose_secret().split_once("/password?token=").unwrap().1.to_owned()
}

fn chosen(password: &str) -> Chosen {
    Chosen { password: password.into(), names: ("Joan".into(), "Clarke".into()) }
}

async fn redeem(platform: &Platform, token: &str, password: &str) -> Result<(), Error> {
    admins::redeem(platform, token, chosen(password), Some("192.0.2.7")).await
}

async fn password(platform: &Platform, email: &str, password: &str) -> Result<SignedIn, Error> {
    tamper(platform, "delete from throttles").await;
    sessions::sign_in(platform, &CENTRAL, email, &password.into(), None).await
}

async fn session(platform: &Platform, email: &str, with: &str) -> SecretString {
    let who = password(platform, email, with).await.unwrap();
    sessions::begin(platform, &CENTRAL, &who, None, None).await.unwrap()
}

async fn is_alive(platform: &Platform, session: &SecretString) -> bool {
    sessions::resume(platform, &CENTRAL, session.expose_secret()).await.unwrap().is_some()
}

#[tokio::test]
async fn whoever_is_invited_comes_in_by_the_link_and_nobody_else_knows_the_password() {
    for world in worlds().await {
        let (platform, boss) = (&world.platform, actor(Role::Superadmin));
        for (field, new) in [
            ("email", invitation("joan", Role::Admin)),
            (
                "first_name",
                Invitation { first_name: Some("\u{1b}[31m".into()), ..invitation("j@example.com", Role::Admin) },
            ),
        ] {
            let error = admins::invite(platform, &boss, new).await.err().unwrap();
            assert_eq!((error.kind, error.field), (Kind::Invalid, Some(field)));
        }
        let first = admins::invite(platform, &boss, invitation("Joan@example.com", Role::Admin)).await.unwrap();
        assert!(first.url.expose_secret().starts_with("http://central.localhost:3000/password?token="));
        let again = admins::invite(platform, &boss, invitation("joan@EXAMPLE.com", Role::Admin)).await.err().unwrap();
        assert_eq!((again.kind, again.field), (Kind::Conflict, Some("email")));
        let joan = admins::find(platform, &boss, "joan@example.com").await.unwrap();
        assert_eq!((joan.status(), joan.link_until), (AccountStatus::Invited, Some(first.expires_at)));
        assert_eq!((joan.first_name.as_str(), joan.role), ("", Role::Admin));
        for guess in ["", PASSWORD, CHOSEN] {
            let out = password(platform, "joan@example.com", guess).await.unwrap_err();
            assert_eq!(out.kind, Kind::Unauthenticated);
        }

        let link = admins::link(platform, &boss, &joan.id).await.unwrap();
        assert_eq!(
            redeem(platform, &token(&first), CHOSEN).await.unwrap_err().kind,
            Kind::NotFound,
            "another is newer"
        );
        for _ in 0..2 {
            let opened = admins::open_link(platform, &token(&link)).await.unwrap();
            assert_eq!(
                (opened.email.as_str(), opened.invited),
                ("Joan@example.com", Some((String::new(), String::new())))
            );
        }
        let nameless = Chosen { password: CHOSEN.into(), names: ("Joan".into(), " ".into()) };
        let error = admins::redeem(platform, &token(&link), nameless, None).await.unwrap_err();
        assert_eq!((error.kind, error.field), (Kind::Invalid, Some("last_name")));
        // Her own words are no password, also those that she has just said.
        for weak in ["joan@example.com", "Joan Clarke Joan Clarke", "short"] {
            let error = redeem(platform, &token(&link), weak).await.unwrap_err();
            assert_eq!((error.kind, error.field), (Kind::Invalid, Some("password")), "{weak}");
        }
        assert_eq!(admins::find(platform, &boss, &joan.id).await.unwrap().status(), AccountStatus::Invited);

        let (one, two) = (token(&link), token(&link));
        let (one, two) = tokio::join!(redeem(platform, &one, CHOSEN), redeem(platform, &two, CHOSEN));
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
        let joan = admins::find(platform, &boss, "joan@example.com").await.unwrap();
        assert_eq!((joan.status(), joan.link_until), (AccountStatus::Active, None));
        assert_eq!((joan.first_name.as_str(), joan.last_name.as_str()), ("Joan", "Clarke"));
        let cookie = session(platform, "joan@example.com", CHOSEN).await;
        assert!(is_alive(platform, &cookie).await);
        assert_eq!(redeem(platform, &token(&link), PASSWORD).await.unwrap_err().kind, Kind::NotFound);

        let rows = audit::list(platform, &Actor::operator(), &audit::Filter::default()).await.unwrap();
        let said = serde_json::to_string(&rows).unwrap();
        for action in ["admin.invite", "admin.link", "admin.choose_password"] {
            assert!(said.contains(action), "{action}: {said}");
        }
        for secret in ["token=", CHOSEN, &token(&first), &token(&link)] {
            assert!(!said.contains(secret), "{said}");
        }
    }
}

#[tokio::test]
async fn a_reset_by_link_ends_the_sessions_when_it_is_used_and_is_no_way_round_a_second_factor() {
    for world in worlds().await {
        let (platform, boss) = (&world.platform, actor(Role::Superadmin));
        let ada = admin(platform, "ada@example.com", Role::Admin).await;
        let me = Actor { admin_id: Some(ada.id.clone()), name: ada.email.clone(), ..actor(Role::Admin) };
        let begun = neo::second_factor::begin(platform, &me).await.unwrap();
        let base32 = begun.secret.expose_secret().replace(' ', "");
        let secret = totp_rs::Secret::try_from_base32(base32).unwrap();
        let telephone = totp_rs::Builder::new().with_secret(secret).with_account_name("x").build().unwrap();
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let code: SecretString = telephone.generate(now).to_string().into();
        // A session from before the factor, kept by its confirmation.
        let cookie = session(platform, "ada@example.com", PASSWORD).await;
        let this = sessions::resume(platform, &CENTRAL, cookie.expose_secret()).await.unwrap().unwrap();
        neo::second_factor::confirm(platform, &me, Some(&this.id_hash), &code).await.unwrap();

        let link = admins::link(platform, &boss, "ada@example.com").await.unwrap();
        assert!(is_alive(platform, &cookie).await, "nothing has happened yet");
        let pending = sessions::pend(platform, &password(platform, "ada@example.com", PASSWORD).await.unwrap()).await;
        let opened = admins::open_link(platform, &token(&link)).await.unwrap();
        assert!(opened.invited.is_none(), "she has a name");
        redeem(platform, &token(&link), CHOSEN).await.unwrap();
        assert!(!is_alive(platform, &cookie).await);
        let half = sessions::awaited(platform, pending.unwrap().expose_secret()).await.unwrap();
        assert_eq!(half, None, "a sign-in that was half done is over");
        let after = admins::find(platform, &boss, &ada.id).await.unwrap();
        assert_eq!((after.first_name.as_str(), after.second_factor), ("Ada", true), "what the form says is not heeded");
        assert!(password(platform, "ada@example.com", PASSWORD).await.is_err());
        let who = password(platform, "ada@example.com", CHOSEN).await.unwrap();
        assert_eq!(who.awaits(), Some(Awaits::Code));
        assert!(sessions::begin(platform, &CENTRAL, &who, None, None).await.is_err());
    }
}

#[tokio::test]
async fn what_ends_a_link_is_time_and_whatever_is_done_to_its_owner_but_not_another_role() {
    for world in worlds().await {
        let (platform, boss) = (&world.platform, actor(Role::Superadmin));
        let ada = admin(platform, "ada@example.com", Role::Admin).await;
        let is_gone =
            async |link: &Link| redeem(platform, &token(link), CHOSEN).await.unwrap_err().kind == Kind::NotFound;
        let make = async || admins::link(platform, &boss, &ada.id).await.unwrap();

        let link = make().await;
        let left = number(platform, "select expires_at - (select now_ms from clock) from admin_links").await;
        assert!((47 * 3_600_000..=48 * 3_600_000).contains(&left), "{left}");
        tamper(platform, "update admin_links set expires_at = expires_at - 172800001").await;
        assert!(is_gone(&link).await);
        let link = make().await;
        admins::disable(platform, &boss, &ada.id).await.unwrap();
        assert!(is_gone(&link).await);
        assert_eq!(admins::link(platform, &boss, &ada.id).await.err().unwrap().kind, Kind::Conflict);
        admins::enable(platform, &boss, &ada.id).await.unwrap();
        assert!(is_gone(&link).await, "being let in again does not bring it back");
        let link = make().await;
        admins::reset_password(platform, &boss, &ada.id, PASSWORD.into()).await.unwrap();
        assert!(is_gone(&link).await);
        let link = make().await;
        let cookie = session(platform, "ada@example.com", PASSWORD).await;
        let this = sessions::resume(platform, &CENTRAL, cookie.expose_secret()).await.unwrap().unwrap();
        let me = Actor { admin_id: Some(ada.id.clone()), ..actor(Role::Admin) };
        sessions::change_password(platform, &me, &this.id_hash, &PASSWORD.into(), &"another phrase altogether".into())
            .await
            .unwrap();
        assert!(is_gone(&link).await, "she has just chosen one");
        let link = make().await;
        assert_eq!(admins::revoke(platform, &boss, "ada@example.com").await.unwrap().email, "ada@example.com");
        assert!(is_gone(&link).await);
        assert_eq!(admins::revoke(platform, &boss, &ada.id).await.unwrap_err().kind, Kind::Conflict);

        let link = make().await;
        admins::set_role(platform, &boss, &ada.id, Role::Support).await.unwrap();
        redeem(platform, &token(&link), CHOSEN).await.unwrap();
        assert_eq!(password(platform, "ada@example.com", CHOSEN).await.unwrap().role, Role::Support.as_str());

        // Whoever sits at a session that was left open proves nothing by it.
        let me = Actor { admin_id: Some(ada.id.clone()), ..actor(Role::Superadmin) };
        assert_eq!(admins::link(platform, &me, &ada.id).await.err().unwrap().kind, Kind::Conflict);

        // A dump of the central database is no set of links, and what ran out a day ago is swept.
        make().await;
        let kept: String = sqlx::query_scalar("select token_hash from admin_links")
            .fetch_one(&mut *platform.central.read().await.unwrap())
            .await
            .unwrap();
        assert!(kept.len() == 64 && redeem(platform, &kept, CHOSEN).await.is_err());
        tamper(platform, "update admin_links set expires_at = expires_at - 3 * 86400000").await;
        sessions::sweep(platform).await.unwrap();
        assert_eq!(number(platform, "select count(*) from admin_links").await, 0);
    }
}

#[tokio::test]
async fn an_invitation_is_taken_back_and_made_again_and_counts_for_nobody_who_is_in() {
    for world in worlds().await {
        let (platform, boss) = (&world.platform, actor(Role::Superadmin));
        admin(platform, "root@example.com", Role::Superadmin).await;
        let first = admins::invite(platform, &boss, invitation("joan@example.com", Role::Superadmin)).await.unwrap();
        let last = admins::disable(platform, &boss, "root@example.com").await.unwrap_err();
        assert_eq!(last.kind, Kind::Conflict, "whoever is invited is no superadmin who can sign in: {last}");
        let was = admins::revoke(platform, &boss, "joan@example.com").await.unwrap();
        assert!(was.invited && was.link_until.is_none());
        assert_eq!(admins::find(platform, &boss, "joan@example.com").await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(redeem(platform, &token(&first), CHOSEN).await.unwrap_err().kind, Kind::NotFound);
        let link = admins::invite(platform, &boss, invitation("joan@example.com", Role::Superadmin)).await.unwrap();

        // Shut out before she came; let in again she is still only invited.
        admins::disable(platform, &boss, "joan@example.com").await.unwrap();
        assert!(redeem(platform, &token(&link), CHOSEN).await.is_err());
        let joan = admins::enable(platform, &boss, "joan@example.com").await.unwrap();
        assert_eq!((joan.status(), joan.link_until), (AccountStatus::Invited, None));
        let link = admins::link(platform, &boss, "joan@example.com").await.unwrap();
        redeem(platform, &token(&link), CHOSEN).await.unwrap();
        admins::disable(platform, &boss, "root@example.com").await.unwrap();
        let refused = admins::revoke(platform, &boss, "joan@example.com").await.unwrap_err();
        assert_eq!(refused.kind, Kind::Conflict, "whoever has come in stays: {refused}");

        // Whoever is given a password is in by that.
        admins::invite(platform, &boss, invitation("max@example.com", Role::Support)).await.unwrap();
        admins::reset_password(platform, &boss, "max@example.com", PASSWORD.into()).await.unwrap();
        assert_eq!(password(platform, "max@example.com", PASSWORD).await.unwrap().role, Role::Support.as_str());
    }
}

#[tokio::test]
async fn whoever_needs_a_second_factor_sets_it_up_at_the_sign_in_after_the_link() {
    let world = World::with(|config| config.require_2fa = Some(Require::Everybody)).await;
    let (platform, boss) = (&world.platform, actor(Role::Superadmin));
    let link = admins::invite(platform, &boss, invitation("joan@example.com", Role::Support)).await.unwrap();
    redeem(platform, &token(&link), CHOSEN).await.unwrap();
    let who = password(platform, "joan@example.com", CHOSEN).await.unwrap();
    assert_eq!(who.awaits(), Some(Awaits::Enrolment));
}

/// What somebody does while a link is used.
const MEANWHILE: [&str; 5] = ["disable", "revoke", "role", "link", "the same"];

/// A link is used while its owner is shut out, taken out, given another role or another link: whatever comes first, what is said
/// to be over is over. `NEO_RACES=5000` by hand.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_and_what_is_done_to_its_owner_come_one_after_the_other() {
    let races: usize = std::env::var("NEO_RACES").ok().and_then(|n| n.parse().ok()).unwrap_or(500);
    const AT_ONCE: usize = 10;
    for world in worlds().await {
        let platform = world.platform.clone();
        admin(&platform, "root@example.com", Role::Superadmin).await;
        let mut won = [0; MEANWHILE.len()];
        let mut lost = [0; MEANWHILE.len()];
        for round in 0..races / 2 / AT_ONCE {
            let what = round % MEANWHILE.len();
            let all = (0..AT_ONCE).map(|n| {
                let platform = platform.clone();
                tokio::spawn(async move { raced(&platform, MEANWHILE[what], round, n).await })
            });
            for used in futures::future::join_all(all.collect::<Vec<_>>()).await {
                match used.unwrap() {
                    true => won[what] += 1,
                    false => lost[what] += 1,
                }
            }
        }
        eprintln!("{MEANWHILE:?}: used {won:?}, refused {lost:?}");
        for (what, name) in MEANWHILE.iter().enumerate() {
            let is_race = matches!(*name, "disable" | "revoke" | "link");
            assert!(won[what] > 0 && (!is_race || lost[what] > 0), "{name}: a race that one side always wins is none");
        }
        assert_eq!(
            number(
                &platform,
                "select count(*) from admin_links l join admins a on a.id = l.admin_id where a.status = 'disabled'"
            )
            .await,
            0
        );
    }
}

/// How long the last use of a link took, in milliseconds.
static USING: AtomicU64 = AtomicU64::new(40);

/// One race; whether the link was used.
async fn raced(platform: &Platform, what: &str, round: usize, n: usize) -> bool {
    let boss = actor(Role::Superadmin);
    let email = format!("race{round}-{n}@example.com");
    let link = admins::invite(platform, &boss, invitation(&email, Role::Admin)).await.unwrap();
    let using = async {
        let began = Instant::now();
        let used = redeem(platform, &token(&link), CHOSEN).await;
        USING.store(began.elapsed().as_millis() as u64, Ordering::Relaxed);
        used
    };
    let other = async {
        // Before, into and after the hashing, which takes as long as the machine is busy.
        let wait = USING.load(Ordering::Relaxed) * n as u64 / 5;
        tokio::time::sleep(Duration::from_millis(wait)).await;
        match what {
            "disable" => admins::disable(platform, &boss, &email).await.map(drop),
            "revoke" => admins::revoke(platform, &boss, &email).await.map(drop),
            "role" => admins::set_role(platform, &boss, &email, Role::Support).await.map(drop),
            "link" => admins::link(platform, &boss, &email).await.map(drop),
            _ => redeem(platform, &token(&link), "another seven boats at noon").await,
        }
    };
    let (used, other) = tokio::join!(using, other);
    if let Err(error) = &used {
        assert_eq!(error.kind, Kind::NotFound, "{what}: {error}");
    }
    let now = admins::find(platform, &boss, &email).await;
    match what {
        "disable" => {
            other.unwrap();
            let now = now.unwrap();
            assert!(now.disabled && now.invited == used.is_err(), "{now:?}");
        }
        // Either they have come in, or they are gone.
        "revoke" => {
            assert_eq!(other.is_ok(), used.is_err(), "{other:?} {used:?}");
            assert_eq!(now.is_ok(), used.is_ok());
        }
        "role" => {
            other.unwrap();
            assert!(used.is_ok() && now.unwrap().role == Role::Support, "the role is that of now");
        }
        "link" => {
            other.unwrap();
            assert!(now.unwrap().link_until.is_some(), "the one that was made last is good, or was made after the use");
        }
        _ => assert_eq!(usize::from(used.is_ok()) + usize::from(other.is_ok()), 1, "{used:?} {other:?}"),
    }
    used.is_ok()
}
