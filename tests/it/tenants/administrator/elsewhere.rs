//! What a tenant's role owns in a database that is no tenant's does not go with the tenant.

use neo::engine::{Category, Failure};
use neo::error::Kind;
use neo::runs::{self, Restore};
use neo::tenants::provision::{self, Moment, Step};
use neo::tenants::{self, Status};

use super::Place;
use crate::tenants::backups::{backed_up, newest, of, restored};
use crate::tenants::{new_tenant, operator, silent};

/// Made by the tenant's own login, which was let in there.
const OWNED: &str = "create table public.invoices (id int); insert into public.invoices values (1), (2); \
    create schema acme; create table acme.x (id int); create type public.mood as enum ('a'); \
    create function public.one() returns int language sql as 'select 1'; select lo_create(0)";

/// What is left of it.
const THERE: &str = "select (select count(*) from public.invoices), to_regclass('acme.x'), to_regtype('public.mood'), \
    to_regprocedure('public.one()'), (select count(*) from pg_largeobject_metadata)";

const ALL: &str = "2|acme.x|mood|one()|1";

async fn let_in(place: &Place, role: &str) {
    place.query("create database reporting").await;
    place
        .cluster
        .query("reporting", "create table public.given (id int); grant create on schema public to public")
        .await;
    let rights = format!("grant create on database reporting to {role}; grant select on public.given to {role}");
    place.cluster.query("reporting", &rights).await;
}

#[tokio::test]
async fn a_tenant_that_owns_something_in_a_strangers_database_is_not_deleted() {
    for server in ["super", "managed"] {
        let place = Place::new(server).await;
        let (tenant, _) = place.made("acme").await;
        let (role, platform) = (&tenant.username, &place.world.platform);
        let_in(&place, role).await;
        place.as_tenant(&tenant, "reporting", OWNED).await;
        place.as_tenant(&tenant, "reporting", "alter default privileges grant select on tables to public").await;
        place.as_tenant(&tenant, &tenant.database, "create table own (id int)").await;

        for backup in [true, false] {
            let refused = tenants::delete(platform, &operator(), "acme", "acme", backup).await.err().unwrap();
            assert_eq!((refused.kind, refused.kind.exit_code()), (Kind::Conflict, 6), "{server}: {refused:?}");
            let cause = refused.cause.unwrap();
            assert!(cause.contains("owns 6 objects in database \"reporting\""), "{server}: {cause}");
            let hint = refused.hint.unwrap().command();
            assert!(hint.contains(&format!("reassign owned by \"{role}\" to …")), "{server}: {hint}");
            assert!(!hint.contains("drop owned"), "{server}: {hint}");
            // Nothing is changed: there, at home, or in the registry.
            assert_eq!(place.cluster.query("reporting", THERE).await, ALL, "{server}");
            place.as_tenant(&tenant, &tenant.database, "insert into own values (1)").await;
            let now = tenants::find(platform, &operator(), "acme").await.unwrap();
            assert_eq!(now.status, Status::Active, "{server}");
            let backups = platform.config.data_dir.join("backups");
            assert!(
                std::fs::read_dir(&backups).map_or(0, Iterator::count) == 0,
                "{server}: backed up before it looked"
            );
        }

        // As it is advised, which takes the tenant's own database along and gives it back.
        let stays = "create role stays; grant create on schema public to stays";
        place.cluster.query("reporting", stays).await;
        place.cluster.query("reporting", &format!("reassign owned by \"{role}\" to stays")).await;
        let back = format!("alter database \"{}\" owner to \"{role}\"", tenant.database);
        place.query(&back).await;
        let deleted = tenants::delete(platform, &operator(), "acme", "acme", true).await;
        if server == "managed" {
            // Rights that a superuser gave it there, only a superuser takes back; what he is told to run loses nothing either.
            let hint = deleted.err().unwrap().hint.unwrap().command();
            let told = format!("reassign owned by \"{role}\" to current_user; drop owned by \"{role}\"");
            assert!(hint.contains(&format!("in database \"reporting\": {told};")), "{hint}");
            place.cluster.query("reporting", &format!("alter table given owner to \"{role}\"")).await;
            place.cluster.query("reporting", &told).await;
            tenants::delete(platform, &operator(), "acme", "acme", true).await.unwrap();
        } else {
            deleted.unwrap();
        }
        assert_eq!(place.cluster.query("reporting", THERE).await, ALL, "{server}");
        let left = format!("select count(*) from pg_roles where rolname = '{role}'");
        assert_eq!(place.query(&left).await, "0", "{server}: with the rights that it had there");
        let rights = "select coalesce(relacl::text, '') from pg_class where relname = 'given'";
        let rights = place.cluster.query("reporting", rights).await;
        assert!(rights.starts_with("{postgres=") && !rights.contains(role), "{server}: {rights}");
    }
}

/// A database that somebody has made for its role is its own by its mark, and still none that Neo has made.
#[tokio::test]
async fn another_database_that_a_tenants_role_owns_keeps_it_from_being_deleted() {
    let place = Place::new("super").await;
    let (tenant, _) = place.made("acme").await;
    place.query(&format!("create database extra owner {}", tenant.username)).await;
    place.as_tenant(&tenant, "extra", "create table kept (id int)").await;
    let refused = place.deleted("acme").await.err().unwrap();
    assert!(refused.cause.as_ref().unwrap().contains("owns 2 objects in database \"extra\""), "{refused:?}");
    assert_eq!(place.cluster.query("extra", "select to_regclass('kept')").await, "kept");
    assert_eq!(place.cluster.query(&tenant.database, "select 1").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_a_cleanup_nor_a_restore_in_place_drops_what_is_a_strangers() {
    let place = Place::new("super").await;
    let (platform, boss) = (&place.world.platform, operator());

    // A provisioning that came to nothing, whose role was let in elsewhere meanwhile.
    let reserved = tenants::reserve(platform, &boss, new_tenant("half", place.server)).await.unwrap();
    let fault = |at: Moment| (at == Moment::After(Step::Rights)).then(|| Failure::new(Category::Other, "stopped"));
    provision::resume_unless(platform, &boss, "half", &silent, &fault).await.err().unwrap();
    let_in(&place, &reserved.username).await;
    place.as_tenant(&reserved, "reporting", OWNED).await;
    let refused = provision::undo(platform, &boss, "half", &silent).await.err().unwrap();
    assert!(format!("{refused:?}").contains("reassign owned by"), "{refused:?}");
    assert_eq!(place.cluster.query("reporting", THERE).await, ALL);
    assert_eq!(place.cluster.query(&reserved.database, "select 1").await, "1");
    let by_hand = format!("drop owned by {}", reserved.username);
    place.cluster.query("reporting", &by_hand).await;
    provision::undo(platform, &boss, "half", &silent).await.unwrap();

    // And a backup in the place of what a tenant has.
    let (tenant, _) = place.made("acme").await;
    backed_up(platform, &["acme"]).await;
    place.cluster.query("reporting", &format!("grant create on database reporting to {}", tenant.username)).await;
    place.as_tenant(&tenant, "reporting", OWNED).await;
    let asked = Restore { confirm: Some("acme".into()), no_backup: true, ..of(&newest(platform).await) };
    let (_, run) = restored(platform, asked).await;
    assert_eq!(run.status, runs::Status::Failed);
    let steps = provision::steps(platform, &boss, "acme").await.unwrap();
    let retired = steps.into_iter().find(|record| record.step == Step::Retire).unwrap().failure.unwrap();
    assert!(retired.message.contains("owns 6 objects in database \"reporting\""), "{retired:?}");
    assert_eq!(place.cluster.query("reporting", THERE).await, ALL);
    let back = provision::undo(platform, &boss, "acme", &silent).await.unwrap().tenant;
    assert_eq!((back.status, &back.database), (Status::Active, &tenant.database), "nothing was dropped yet");
}
