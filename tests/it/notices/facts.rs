//! What is told, of what, and to whom.

use std::time::{Duration, Instant};

use neo::actor::{Actor, Confinement, Role};
use neo::lookout;
use neo::runs::{self, Goal, OnError, Policy, Rerun, Status, Wait};
use neo::servers::{self, NewServer};
use neo::tenants::{self, Edit, NewTenant};
use neo::tokens::{self, Lifetime, NewToken};
use neo_model::{NoticeKind, RunStatus};

use super::{Receivers, Sender, channel, told};
use crate::accounts::{tamper, worlds};
use crate::runs::{add_status, all, by_hand, finish, fleet, migration, provisioned, start};
use crate::world::{World, actor};

const FORWARD: Goal = Goal::Migrate { to: None };
const RUNS: [NoticeKind; 4] = [NoticeKind::Failed, NoticeKind::Halted, NoticeKind::Waiting, NoticeKind::Finished];

async fn tagged(world: &World, slug: &str, tag: &str) {
    let edit = Edit { tags: Some(vec![tag.into()]), ..Edit::default() };
    tenants::edit(&world.platform, &Actor::operator(), slug, &edit).await.unwrap();
}

/// What a run leaves behind is told within two seconds of its end, as one message, and signed.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_failed_is_one_message_with_its_causes_and_where_each_is_tried_again() {
    for world in worlds().await {
        let world = provisioned(world, &["acme", "beta", "corvus", "delta"]).await;
        let platform = &world.platform;
        let (row, key) = channel(platform, "ops", &[NoticeKind::Failed], None).await;
        assert!(row.enabled && row.last.is_none() && row.address == "https://1.1.1.1", "{row:?}");
        let receivers = Receivers::default();
        let _sender = Sender::of(platform, &receivers);
        add_status(&world);
        for slug in ["acme", "beta"] {
            by_hand(&world, slug, "alter table contacts add column status text").await;
        }
        by_hand(&world, "corvus", "drop table contacts").await;
        let run = finish(&world, start(&world, all(FORWARD)).await.number).await;
        assert_eq!((run.status, run.tenants.failed), (Status::Failed, 3));
        let ended = Instant::now();
        let got = receivers.wait(1).await.remove(0);
        assert!(ended.elapsed() < Duration::from_secs(2), "{:?}", ended.elapsed());

        let notice = got.notice();
        assert_eq!((notice.v, notice.kind, notice.environment.as_str()), (1, NoticeKind::Failed, "development"));
        assert_eq!(notice.title, format!("Run {} failed: 3 of 4 tenants", run.number));
        let page = format!("http://central.localhost:3000/runs/{}", run.number);
        assert_eq!(notice.url, page);
        let of_run = notice.run.clone().unwrap();
        assert_eq!((of_run.run, of_run.status, of_run.tenants), (run.number, RunStatus::Failed, run.tenants));
        let counts: Vec<_> = notice.causes.iter().map(|cause| (cause.count, cause.tenants.clone())).collect();
        assert_eq!(counts, [(2, vec!["acme".into(), "beta".into()]), (1, vec!["corvus".into()])]);
        for cause in &notice.causes {
            assert_eq!(cause.url, format!("{page}/rerun?cause={}", cause.fingerprint));
            assert!(cause.message.contains("contacts") || cause.message.contains("status"), "{cause:?}");
        }
        let signed = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| got.header(name));
        let now: i64 = signed[1].parse().unwrap();
        assert_eq!(signed[0], notice.id);
        assert!(
            neo::notices::verify(&key, signed, &got.body, now)
                && !neo::notices::verify(&key, signed, &got.body, now + 301)
        );

        // It was one, and its fate is told.
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(receivers.all().len(), 1);
        let fate = told(&world, "ops").await.remove(0);
        assert_eq!((fate.id, fate.tries, fate.run, fate.error), (notice.id, 1, Some(run.number), None));
        assert!(fate.sent_at.is_some() && fate.next_at.is_none());
        // Failing again is another fact; to be mended is one for whoever wants to know.
        channel(platform, "all", &RUNS, None).await;
        runs::rerun(platform, &Actor::operator(), run.number, &Rerun::Failed, None).await.unwrap();
        finish(&world, run.number).await;
        assert_eq!(receivers.wait(3).await.iter().filter(|got| got.url.ends_with("/ops-hush-hush")).count(), 2);
        runs::skip(platform, &Actor::operator(), run.number, &["acme", "beta", "corvus"].map(str::to_owned), "gone")
            .await
            .unwrap();
        let notice = receivers.wait(4).await.remove(3).notice();
        assert_eq!(
            (notice.kind, notice.title),
            (NoticeKind::Finished, format!("Run {} finished: 4 tenants", run.number))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_with_a_tag_is_told_of_tenants_with_it_and_of_nothing_else() {
    let world = fleet(&["acme", "beta", "corvus"]).await;
    let platform = &world.platform;
    tagged(&world, "acme", "bank").await;
    tagged(&world, "corvus", "shop").await;
    for (name, tag) in [("bank", Some("bank")), ("shop", Some("shop")), ("nobody", Some("nobody")), ("whole", None)] {
        channel(platform, name, &RUNS, tag).await;
    }
    add_status(&world);
    for slug in ["acme", "beta"] {
        by_hand(&world, slug, "alter table contacts add column status text").await;
    }
    let run = finish(&world, start(&world, all(FORWARD)).await.number).await;
    assert_eq!(run.tenants.failed, 2);
    let receivers = Receivers::default();
    let _sender = Sender::of(platform, &receivers);
    let mut got = receivers.wait(2).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(receivers.all().len(), 2, "nobody of the others failed");
    got.sort_by_key(|got| got.url.clone());
    let bank = got[0].notice();
    assert_eq!(bank.title, format!("Run {} failed: 1 of 1 tenant (tag bank)", run.number));
    assert_eq!((bank.tag.as_deref(), bank.causes[0].tenants.as_slice()), (Some("bank"), &["acme".to_owned()][..]));
    let text = got[0].body.clone();
    assert!(!text.contains("beta") && !text.contains("corvus"), "{text}");
    assert_eq!(got[1].notice().causes[0].tenants, ["acme", "beta"]);

    // Why it stopped names another's.
    let policy = Policy { on_error: OnError::Stop, concurrency: 1, ..Policy::default() };
    by_hand(&world, "acme", "alter table contacts drop column status").await;
    let run = finish(&world, start(&world, runs::Request { policy, ..all(FORWARD) }).await.number).await;
    assert_eq!(run.status, Status::Halted);
    receivers.wait(3).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    let halted: Vec<_> = receivers.all().into_iter().skip(2).map(|got| (got.notice(), got.body)).collect();
    let [(whole, _)] = &halted.iter().filter(|(notice, _)| notice.tag.is_none()).collect::<Vec<_>>()[..] else {
        panic!("{halted:?}")
    };
    assert_eq!(whole.run.as_ref().unwrap().why.as_deref(), Some("stopped at the failure of beta"));
    for (notice, body) in halted.iter().filter(|(notice, _)| notice.tag.is_some()) {
        assert!(notice.kind == NoticeKind::Halted && !body.contains("beta"), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_halts_or_waits_for_a_person_says_so_and_one_that_a_person_paused_does_not() {
    let world = fleet(&["acme", "beta", "corvus"]).await;
    let platform = &world.platform;
    channel(platform, "ops", &RUNS, None).await;
    let receivers = Receivers::default();
    let _sender = Sender::of(platform, &receivers);
    add_status(&world);
    let waves = Policy { waves: vec!["1".parse().unwrap()], wait: Wait::Each, ..Policy::default() };
    let run = start(&world, runs::Request { policy: waves, ..all(FORWARD) }).await;
    let run = finish(&world, run.number).await;
    assert_eq!(run.status, Status::Paused);
    let notice = receivers.wait(1).await[0].notice();
    let title = format!("Run {} waits for a person: 3 tenants, 2 not begun", run.number);
    assert_eq!((notice.kind, notice.title), (NoticeKind::Waiting, title));
    let why = notice.run.unwrap().why.unwrap();
    assert_eq!(why, "the canary is over; the next wave waits for a person");

    runs::cancel(platform, &Actor::operator(), run.number, false).await.unwrap();
    let notice = receivers.wait(2).await[1].notice();
    assert_eq!(
        (notice.kind, notice.title),
        (NoticeKind::Finished, format!("Run {} was cancelled: 3 tenants", run.number))
    );

    by_hand(&world, "beta", "alter table contacts add column status text").await;
    let policy = Policy { on_error: OnError::Stop, concurrency: 1, ..Policy::default() };
    let run = finish(&world, start(&world, runs::Request { policy, ..all(FORWARD) }).await.number).await;
    assert_eq!(run.status, Status::Halted);
    let notice = receivers.wait(3).await[2].notice();
    assert_eq!(notice.kind, NoticeKind::Halted);
    assert!(notice.title.starts_with(&format!("Run {} halted: 1 of 3 tenants failed", run.number)), "{}", notice.title);
    assert_eq!(notice.run.unwrap().why.as_deref(), Some("stopped at the failure of beta"));

    migration(&world, 3, "third", "create table third (id integer);", None);
    by_hand(&world, "beta", "alter table contacts drop column status").await;
    let run = start(&world, runs::Request { detached: true, ..all(FORWARD) }).await;
    runs::pause(platform, &Actor::operator(), run.number).await.unwrap();
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(receivers.all().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provisioning_and_a_backup_that_fail_are_told_as_such() {
    let world = fleet(&["acme"]).await;
    let platform = &world.platform;
    channel(platform, "ops", &[NoticeKind::Provisioning, NoticeKind::Backup], None).await;
    let receivers = Receivers::default();
    let _sender = Sender::of(platform, &receivers);
    migration(&world, 2, "broken", "create table broken (id integer);\nnonsense;", None);
    let (_, run) =
        runs::provision(platform, &Actor::operator(), NewTenant { slug: "beta".into(), ..NewTenant::default() })
            .await
            .unwrap();
    let run = finish(&world, run.number).await;
    assert_eq!(run.status, Status::Failed);
    let notice = receivers.wait(1).await[0].notice();
    assert_eq!(
        (notice.kind, notice.title),
        (NoticeKind::Provisioning, format!("The provisioning of beta failed (run {})", run.number))
    );

    let tenant = tenants::find(platform, &Actor::operator(), "acme").await.unwrap();
    let file = platform.config.data_dir.join("tenants").join(format!("{}.db", tenant.database));
    std::fs::remove_file(file).unwrap();
    let keys = vec!["acme".to_owned()];
    let request = runs::Request { selection: tenants::Filter { keys, ..Default::default() }, ..all(Goal::Backup) };
    let run = finish(&world, start(&world, request).await.number).await;
    assert_eq!(run.status, Status::Failed);
    let notice = receivers.wait(2).await[1].notice();
    assert_eq!(
        (notice.kind, notice.title),
        (NoticeKind::Backup, format!("Backup {} failed: 1 of 1 tenant", run.number))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_left_out_is_told_once_and_together() {
    let world =
        provisioned(World::with(|config| config.quarantine_after = 1).await, &["a1", "a2", "a3", "a4", "a5"]).await;
    let platform = &world.platform;
    channel(platform, "ops", &[NoticeKind::Quarantine], None).await;
    channel(platform, "bank", &[NoticeKind::Quarantine], Some("bank")).await;
    tagged(&world, "a2", "bank").await;
    let receivers = Receivers::default();
    let _sender = Sender::of(platform, &receivers);
    add_status(&world);
    by_hand(&world, "a1", "alter table contacts add column status text").await;
    by_hand(&world, "a2", "drop table contacts").await;
    finish(&world, start(&world, all(FORWARD)).await.number).await;
    let mut got = receivers.wait(2).await;
    got.sort_by_key(|got| got.url.clone());
    let [bank, ops] = [got[0].notice(), got[1].notice()];
    assert_eq!((ops.kind, ops.title.as_str()), (NoticeKind::Quarantine, "2 tenants are in quarantine"));
    assert_eq!(ops.about.iter().map(|about| about.name.as_str()).collect::<Vec<_>>(), ["a1", "a2"]);
    assert!(ops.about[0].text.contains("failed 1 runs in a row"), "{:?}", ops.about);
    assert_eq!(ops.about[0].url, "http://central.localhost:3000/tenants/a1");
    assert_eq!(bank.title, "Tenant a2 is in quarantine (tag bank)");
    tenants::quarantine(platform, &actor(Role::Admin), "a3", "odd", None, None).await.unwrap();
    let notice = receivers.wait(3).await[2].notice();
    assert_eq!(notice.title, "Tenant a3 is in quarantine");
    // To say it again is nothing new.
    tenants::quarantine(platform, &actor(Role::Admin), "a3", "odder", None, None).await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(receivers.all().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_silent_for_long_enough_is_told_and_that_it_answers_again() {
    let world = World::with(|config| config.server_silent_after = 1500).await;
    let platform = &world.platform;
    let folder = world.dir.path().join("files");
    let url = format!("sqlite://{}", folder.display());
    servers::add(platform, &Actor::operator(), NewServer::from_url("files", &url.into()).unwrap()).await.unwrap();
    channel(platform, "ops", &[NoticeKind::Server], None).await;
    let receivers = Receivers::default();
    let _sender = Sender::of(platform, &receivers);
    let keeper = tokio::spawn({
        let platform = platform.clone();
        async move { lookout::keep(&platform).await }
    });
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, "no folder").unwrap();
    let since = Instant::now();
    let notice = receivers.wait(1).await[0].notice();
    assert!(since.elapsed() >= Duration::from_millis(1400), "{:?}", since.elapsed());
    assert!(notice.title.starts_with("Server files has not answered for "), "{}", notice.title);
    assert_eq!(
        (notice.about[0].name.as_str(), notice.url.as_str()),
        ("files", "http://central.localhost:3000/servers/files?check=yes")
    );
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(receivers.all().len(), 1);
    std::fs::remove_file(&folder).unwrap();
    std::fs::create_dir_all(&folder).unwrap();
    assert_eq!(receivers.wait(2).await[1].notice().title, "Server files answers again");
    platform.shutdown.cancel();
    keeper.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_little_of_its_life_left_is_told_once() {
    let world = World::new().await;
    let platform = &world.platform;
    channel(platform, "ops", &[NoticeKind::Expiring], None).await;
    for (name, lifetime) in
        [("nightly", Lifetime::default()), ("weekly", Lifetime::default()), ("endless", Lifetime::Endless)]
    {
        let new = NewToken {
            name: name.into(),
            role: Role::Support,
            lifetime,
            confinement: Confinement::default(),
            networks: vec![],
            allow_destructive: false,
            connect: false,
        };
        tokens::create(platform, &Actor::operator(), new).await.unwrap();
    }
    tamper(
        platform,
        "update tokens set expires_at = (select now_ms from clock) + 3 * 86400000 + 60000 where name = 'nightly'",
    )
    .await;
    tamper(platform, "update tokens set created_at = created_at - 100 * 86400000").await;
    let receivers = Receivers::default();
    let _sender = Sender::of(platform, &receivers);
    for _ in 0..2 {
        let look = tokio::time::timeout(Duration::from_secs(1), lookout::keep(platform));
        look.await.unwrap_err();
    }
    let got = receivers.wait(1).await;
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].notice().title, "The token nightly expires in 3 days");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_waits_for_somebody_and_says_so_once() {
    let guarded = |config: &mut neo::config::Config| config.require_approval = neo::requests::Guard::ALL.to_vec();
    let world = provisioned(World::with(guarded).await, &["acme", "beta"]).await;
    let platform = &world.platform;
    tagged(&world, "acme", "bank").await;
    for (name, tag) in [("ops", None), ("bank", Some("bank")), ("shop", Some("shop"))] {
        channel(platform, name, &[NoticeKind::Waiting], tag).await;
    }
    add_status(&world);
    for _ in 0..2 {
        let error = runs::start(platform, &actor(Role::Admin), runs::Request { detached: true, ..all(FORWARD) })
            .await
            .unwrap_err();
        assert_eq!(error.request, Some(1), "{error}");
    }
    let receivers = Receivers::default();
    let _sender = Sender::of(platform, &receivers);
    let mut got = receivers.wait(2).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(receivers.all().len(), 2);
    got.sort_by_key(|got| got.url.clone());
    let notice = got[1].notice();
    assert_eq!((notice.kind, notice.title.as_str()), (NoticeKind::Waiting, "Request 1 waits for somebody's approval"));
    assert_eq!(notice.url, "http://central.localhost:3000/requests/1");
    assert!(notice.about[0].text.ends_with("asked for by admin@example.com"), "{:?}", notice.about);
}

/// What a tenant's database says is as long as it likes, and stays in its place.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_tenant_says_is_one_line_of_bounded_length() {
    let world = fleet(&["acme"]).await;
    let platform = &world.platform;
    channel(platform, "ops", &[NoticeKind::Failed], None).await;
    let receivers = Receivers::default();
    let _sender = Sender::of(platform, &receivers);
    let name = format!("x\r\nBcc: a@evil.example https://evil.example/ @everyone {}", "y".repeat(2000));
    migration(&world, 2, "asks", &format!("select * from \"{name}\";"), None);
    let run = finish(&world, start(&world, all(FORWARD)).await.number).await;
    assert_eq!(run.status, Status::Failed);
    let notice = receivers.wait(1).await[0].notice();
    let message = &notice.causes[0].message;
    assert!(message.chars().count() <= 301 && !message.contains(['\r', '\n']), "{message}");
    assert!(!notice.title.contains("evil"));
}

/// Whoever tries a run again and again makes a message of it now and then, and the last is never lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_fails_over_and_over_is_told_of_a_few_times_and_then_as_it_stands() {
    for world in worlds().await {
        let world = provisioned(world, &["acme"]).await;
        let platform = &world.platform;
        channel(platform, "ops", &[NoticeKind::Failed], None).await;
        let receivers = Receivers::default();
        let _sender = Sender::of(platform, &receivers);
        add_status(&world);
        by_hand(&world, "acme", "alter table contacts add column status text").await;
        let run = finish(&world, start(&world, all(FORWARD)).await.number).await;
        for _ in 0..5 {
            runs::rerun(platform, &Actor::operator(), run.number, &Rerun::Failed, None).await.unwrap();
            finish(&world, run.number).await;
        }
        receivers.wait(3).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(receivers.all().len(), 3);
        let moved = tamper(platform, "update deliveries set next_at = 0 where state = 'waiting'").await;
        assert_eq!(moved, 1, "the last of it waits");
        receivers.wait(4).await;
    }
}
