//! Filters that are kept for everybody: whose they are, and what cannot be one.

use neo::Platform;
use neo::actor::{Actor, Role};
use neo::admins::{self, NewAdmin};
use neo::error::Kind;
use neo::filters;
use neo_model::FilterPage;

use crate::support;
use crate::world::{World, actor};

/// Somebody of their own, with this role.
async fn somebody(platform: &Platform, name: &str, role: Role) -> Actor {
    let new = NewAdmin {
        email: format!("{name}@example.com"),
        password: "correct horse battery staple".into(),
        first_name: name.into(),
        last_name: "X".into(),
        role,
    };
    let made = admins::create(platform, &Actor::operator(), new).await.unwrap();
    Actor { admin_id: Some(made.id), name: made.email, ..actor(role) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_is_everybodys_and_removed_by_its_maker_or_a_superadmin() {
    for world in [World::new().await, World::on(&support::empty_postgres().await).await] {
        let platform = &world.platform;
        let grace = somebody(platform, "grace", Role::Support).await;
        let ada = somebody(platform, "ada", Role::Admin).await;
        let boss = somebody(platform, "boss", Role::Superadmin).await;
        let kept = filters::save(platform, &grace, FilterPage::Tenants, " Banks ", "?tag=bank&q=").await.unwrap();
        assert_eq!((kept.name.as_str(), kept.query.as_str(), kept.removable), ("Banks", "tag=bank", true));
        let seen = filters::list(platform, &ada, FilterPage::Tenants).await.unwrap();
        assert_eq!((seen.len(), seen[0].removable, seen[0].made_by.as_str()), (1, false, "grace@example.com"));
        assert!(filters::list(platform, &boss, FilterPage::Tenants).await.unwrap()[0].removable);
        assert!(filters::list(platform, &ada, FilterPage::Runs).await.unwrap().is_empty(), "each list has its own");
        let twice = filters::save(platform, &ada, FilterPage::Tenants, "Banks", "tag=b").await.unwrap_err();
        assert_eq!((twice.kind, twice.field), (Kind::Conflict, Some("name")));
        filters::save(platform, &ada, FilterPage::Runs, "Banks", "status=failed").await.unwrap();
        assert_eq!(filters::remove(platform, &ada, &kept.id).await.unwrap_err().kind, Kind::Denied);
        filters::remove(platform, &grace, &kept.id).await.unwrap();
        let runs = filters::list(platform, &boss, FilterPage::Runs).await.unwrap();
        filters::remove(platform, &boss, &runs[0].id).await.unwrap();
        assert_eq!(filters::remove(platform, &boss, &runs[0].id).await.unwrap_err().kind, Kind::NotFound);
        // Of the audit whoever may not read it sees and keeps none.
        for answer in [
            filters::list(platform, &ada, FilterPage::Audit).await.map(|_| ()),
            filters::save(platform, &ada, FilterPage::Audit, "x", "door=cli").await.map(|_| ()),
        ] {
            assert_eq!(answer.unwrap_err().kind, Kind::Denied);
        }
        filters::save(platform, &boss, FilterPage::Audit, "At the machine", "door=cli").await.unwrap();
        let elsewhere =
            filters::save(platform, &boss, FilterPage::Runs, "x", "https://evil.example").await.unwrap_err();
        assert_eq!((elsewhere.kind, elsewhere.field), (Kind::Invalid, Some("query")));
        let written = neo::audit::list(platform, &Actor::operator(), &neo::audit::Filter::default()).await.unwrap();
        let n = |action: &str| written.iter().filter(|row| row.action == action).count();
        assert_eq!((n("filter.save"), n("filter.remove")), (3, 2));
    }
}
