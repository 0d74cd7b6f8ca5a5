//! Signing in on a tenant's address: whatever lies there as a hash, and without telling who there is.

use std::time::{Duration, Instant};

use neo::actor::{Actor, Role};
use neo::engine::Engine;
use neo::error::{Error, Kind};
use neo::sessions::{self, Audience, SignedIn};
use neo::tenant_users::{self, NewTenantUser};
use neo::{Platform, audit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Home, PASSWORD, STARTER, within};
use crate::support;
use crate::world::{World, actor};

async fn user(platform: &Platform, home: &Home, email: &str) {
    let new = NewTenantUser {
        email: email.into(),
        password: PASSWORD.into(),
        first_name: "Zoë".into(),
        last_name: "O'Neill".into(),
        role: "member".into(),
    };
    tenant_users::create(platform, &actor(Role::Admin), &home.slug, new).await.unwrap();
}

async fn sign_in(platform: &Platform, audience: &Audience, email: &str, password: &str) -> Result<SignedIn, Error> {
    let mut tx = platform.central.write().await.unwrap();
    sqlx::query("delete from throttles").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    sessions::sign_in(platform, audience, email, &password.into(), None).await
}

#[tokio::test]
async fn a_hash_that_asks_for_billions_of_passes_stops_nobody_and_is_told_in_the_audit() {
    let world = World::new().await;
    let platform = &world.platform;
    super::super::accounts::admin(platform, "ada@example.com", Role::Superadmin).await;
    for (engine, slug) in [(Engine::Sqlite, "evil-one"), (Engine::Postgres, "evil-two"), (Engine::Mysql, "evil-three")]
    {
        let home = Home::new(&world, engine, slug, None).await;
        home.run(STARTER).await;
        user(platform, &home, "zoe@example.com").await;
        let audience = Audience::Tenant { id: home.slug.clone() };
        for (parameters, why) in [
            ("m=8,t=4000000000,p=1", "asks for 4000000000 passes, and at most 10 are given"),
            ("m=4000000,t=1,p=1", "asks for 4000000 KiB of memory, and at most 131072 are given"),
        ] {
            let hash = format!(
                "$argon2id$v=19${parameters}$bmVvLW5vYm9keS1pcy1oZXJl$Dk0mnMXBrpz0hwJIFRDJxDu4Y5DSXOEFcJNwSgKqDfg"
            );
            home.run(&format!("update users set password_hash = '{hash}'")).await;
            let wait = Duration::from_secs(10);
            let refused =
                within(wait, "the tenant's sign-in", sign_in(platform, &audience, "zoe@example.com", PASSWORD)).await;
            assert_eq!(refused.unwrap_err().kind, Kind::Unauthenticated);
            within(wait, "an admin's", sign_in(platform, &Audience::Central, "ada@example.com", PASSWORD))
                .await
                .unwrap();
            let rows = audit::list(platform, &Actor::operator(), &audit::Filter::default()).await.unwrap();
            let told = rows.iter().find(|row| row.body.to_string().contains(why)).expect("a row that says why");
            assert!(
                told.body["audience"] == format!("tenant:{slug}") && !told.body.to_string().contains("argon2id"),
                "{}",
                told.body
            );
        }
    }
}

/// A way to this port that takes 10 ms, and 10 ms back.
async fn delay_line(port: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            near.set_nodelay(true).unwrap();
            far.set_nodelay(true).unwrap();
            let (near_in, near_out) = near.into_split();
            let (far_in, far_out) = far.into_split();
            tokio::spawn(delayed(near_in, far_out));
            tokio::spawn(delayed(far_in, near_out));
        }
    });
    own
}

async fn delayed(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(n) = from.read(&mut bytes).await {
        tokio::time::sleep(Duration::from_millis(10)).await;
        if n == 0 || to.write_all(&bytes[..n]).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn a_tenants_sign_in_does_not_tell_by_its_time_who_there_is() {
    let world = World::new().await;
    let platform = &world.platform;
    let port = delay_line(support::postgres().await.port).await;
    let home = Home::new(&world, Engine::Postgres, "far", Some(port)).await;
    home.run(STARTER).await;
    for email in
        ["known@example.com", "disabled@example.com", "foreign@example.com", "weak@example.com", "bcrypt@example.com"]
    {
        user(platform, &home, email).await;
    }
    home.run(
        "update users set status = 'disabled' where email like 'disabled%';
         update users set password_hash = '$2b$12$abcdefghijklmnopqrstuv' where email like 'foreign%';
         update users set password_hash =
             '$argon2id$v=19$m=64,t=1,p=1$bmVvLW5vYm9keS1pcy1oZXJl$Dk0mnMXBrpz0hwJIFRDJxDu4Y5DSXOEFcJNwSgKqDfg'
         where email like 'weak%';
         update users set password_hash = '$2b$10$wZ5Y58ECYV6oPYP3wXwp..GsW0EvsTLxMACvc3gwxEBIQAo5v3yFG' where email like 'bcrypt%'",
    )
    .await;
    let audience = Audience::Tenant { id: home.slug.clone() };
    let tries = [
        ("unknown", "wrong"),
        ("known", "wrong"),
        ("disabled", PASSWORD),
        ("foreign", PASSWORD),
        ("weak", PASSWORD),
        ("bcrypt", "wrong"),
    ];
    let mut least = Duration::MAX;
    // A machine that has much else to do is late for one, and from then on for all: the next round shows it.
    for round in 0..3 {
        let mut times = Vec::new();
        for (who, password) in tries {
            let mut taken = Vec::new();
            for _ in 0..3 {
                let email = format!("{who}@example.com");
                let start = Instant::now();
                let error = sign_in(platform, &audience, &email, password).await.unwrap_err();
                taken.push(start.elapsed());
                assert_eq!(error.kind, Kind::Unauthenticated, "{who}: {error}");
            }
            // The least: what else this machine does can only make an answer later.
            times.push((taken.into_iter().min().unwrap(), who));
        }
        let most = times.iter().max().unwrap().0;
        least = times.iter().min().unwrap().0;
        if most - least < Duration::from_millis(25) {
            break;
        }
        assert!(round < 2, "the least of three: {times:?}");
    }
    let start = Instant::now();
    sign_in(platform, &audience, "Known@Example.com", PASSWORD).await.unwrap();
    assert!(start.elapsed() < least, "whoever is let in need not wait: {:?}", start.elapsed());
}

#[tokio::test]
async fn what_one_tenant_is_asked_at_once_is_bounded_and_an_admin_does_not_wait_for_it() {
    let world = World::new().await;
    let platform = &world.platform;
    let home = Home::new(&world, Engine::Postgres, "endless", None).await;
    home.run(STARTER).await;
    user(platform, &home, "zoe@example.com").await;
    home.run(
        "alter table users rename to people; create view users as select * from people where (select 1 from pg_sleep(3600)) = 1",
    )
    .await;
    super::super::accounts::admin(platform, "ada@example.com", Role::Superadmin).await;
    let audience = Audience::Tenant { id: home.slug.clone() };
    let crowd: Vec<_> = (0..120)
        .map(|n| {
            let (platform, audience) = (platform.clone(), audience.clone());
            tokio::spawn(async move {
                let password = PASSWORD.into();
                let start = Instant::now();
                let address = format!("203.0.113.{n}");
                let answer = sessions::sign_in(
                    &platform,
                    &audience,
                    &format!("u{n}@example.com"),
                    &password,
                    Some(address.as_str()),
                )
                .await;
                (answer.unwrap_err(), start.elapsed())
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let sessions =
        "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    let seen: usize = home.cluster.unwrap().query(&home.database, sessions).await.parse().unwrap();
    assert_eq!(seen, 4, "so many of its questions are answered at once");
    let start = Instant::now();
    sign_in(platform, &Audience::Central, "ada@example.com", PASSWORD).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    let turned_away = async {
        let mut turned_away = 0;
        for one in crowd {
            if one.is_finished() {
                let (error, after) = one.await.unwrap();
                assert_eq!((error.kind, error.retry_after), (Kind::Unavailable, Some(2)), "{error}");
                assert!(after < Duration::from_secs(3), "{after:?}");
                turned_away += 1;
            } else {
                one.abort();
            }
        }
        turned_away
    };
    assert!(turned_away.await >= 40);
}
