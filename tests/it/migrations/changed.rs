//! Files that are not what tenants have applied: the fleet says so before a run does.

use neo::actor::Actor;
use neo::fleet::{self, Attention, Need};
use neo::runs::{self, Changed, ChangedFile, Goal, How};
use neo::tenants::Filter;

use crate::runs::{add_status, all, finish, migration, provisioned, start};
use crate::world::World;

async fn found(world: &World) -> (Changed, Option<Need>) {
    let operator = Actor::operator();
    let changed = runs::changed(&world.platform, &operator, &Filter::default()).await.unwrap();
    let fleet = fleet::look(&world.platform, &operator).await.unwrap();
    (changed, fleet.attention.into_iter().find(|need| need.what == Attention::Changed))
}

fn file(version: i64, name: &str, how: How, tenants: i64) -> ChangedFile {
    ChangedFile { version, label: format!("{version}_{name}"), how, tenants }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_what_was_applied_is_told_with_how_many_it_keeps_from_runs() {
    for world in crate::accounts::worlds().await {
        let world = provisioned(world, &["acme", "beta", "corvus"]).await;
        add_status(&world);
        let only = Filter { keys: vec!["acme".into(), "beta".into()], ..Filter::default() };
        let run = start(&world, runs::Request { selection: only, ..all(Goal::Migrate { to: None }) }).await;
        assert_eq!(finish(&world, run.number).await.tenants.migrated, 2);
        let (changed, need) = found(&world).await;
        assert_eq!(changed, Changed::default(), "who is merely behind is refused nothing");
        assert!(need.is_none());

        // Changed: those that have it, and nobody else.
        let (one, two) = (20_260_101_000_001, 20_260_101_000_002);
        add_to(&world, "20260101000002_add_status.up.sql", "-- later\n");
        let (changed, need) = found(&world).await;
        assert_eq!(changed.files, [file(two, "add_status", How::Other, 2)]);
        assert_eq!((changed.tenants, changed.unnamed), (2, 0));
        let need = need.unwrap();
        let said = "20260101000002_add_status has changed since 2 tenants applied it";
        assert_eq!((need.tenants, need.why.as_deref()), (2, Some(said)));
        let set = neo::migrations::Set::load(&world.migrations()).await.unwrap();
        for (version, of_it) in [(one, Vec::new()), (two, changed.files.clone())] {
            assert_eq!(runs::changed_file(&world.platform, &Actor::operator(), &set, version).await.unwrap(), of_it);
        }
        let acme = Filter { keys: vec!["acme".into()], ..Filter::default() };
        assert_eq!(runs::changed(&world.platform, &Actor::operator(), &acme).await.unwrap().tenants, 1);
        let corvus = Filter { keys: vec!["corvus".into()], ..Filter::default() };
        assert_eq!(runs::changed(&world.platform, &Actor::operator(), &corvus).await.unwrap(), Changed::default());

        let examined = neo::doctor::examine(&world.platform, &Actor::operator()).await.unwrap();
        let told =
            examined.iter().find(|finding| finding.area == "migrations" && !finding.ok).expect("the doctor says it");
        let said = ("20260101000002_add_status", "has changed since 2 tenants applied it");
        assert_eq!((told.subject.as_str(), told.message.as_str()), said);
        // As a plan has it.
        let (everyone, policy) = (Filter::default(), runs::Policy::default());
        let plan = runs::plan(&world.platform, &Actor::operator(), &everyone, None, &policy).await.unwrap();
        let refused: Vec<String> = plan.refused.into_iter().map(|one| one.tenant).collect();
        assert_eq!(refused, ["acme", "beta"]);

        // Missing, and one that came late.
        for direction in ["up", "down"] {
            std::fs::remove_file(world.migrations().join(format!("20260101000002_add_status.{direction}.sql")))
                .unwrap();
        }
        migration(&world, 0, "late", "create table late (id text);", None);
        let (changed, _) = found(&world).await;
        let late = one - 1;
        let two_of = [file(late, "late", How::Late, 3), file(two, "add_status", How::Missing, 2)];
        assert_eq!((changed.files.as_slice(), changed.tenants), (&two_of[..], 3), "each tenant is counted once");
    }
}

fn add_to(world: &World, file: &str, text: &str) {
    let path = world.migrations().join(file);
    let whole = std::fs::read_to_string(&path).unwrap() + text;
    std::fs::write(path, whole).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_tenants_migrations_were_applied_is_known_by_its_runs() {
    let world = provisioned(World::new().await, &["acme"]).await;
    add_status(&world);
    migration(&world, 3, "more", "create table more (id text);", Some("drop table more;"));
    let first = runs::of_tenant(&world.platform, &Actor::operator(), "acme", 10).await.unwrap()[0].0.number;
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    finish(&world, run.number).await;
    let applied = runs::applied_to(&world.platform, &Actor::operator(), "acme").await.unwrap();
    let told: Vec<_> = applied.iter().map(|(version, one)| (*version % 100, one.run, one.together)).collect();
    assert_eq!(told, [(1, first, 1), (2, run.number, 2), (3, run.number, 2)]);
    assert!(applied.values().all(|one| one.at > 1_700_000_000_000 && one.ms.is_some()), "{applied:?}");
}
