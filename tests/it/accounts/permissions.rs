//! The one table of who may do what.

use std::time::Duration;

use neo::actor::{Actor, Permission, Role};
use neo::admins::{self, NewAdmin};
use neo::engine::{Engine, Tls};
use neo::error::Kind;
use neo::runs::Goal;
use neo::servers::NewServer;
use neo::tenants::{Filter, NewTenant, PageRequest};
use neo::{audit, doctor, runs, servers, tenant_users, tenants, vault};

use super::admin;
use crate::world::{World, actor};

/// The table of docs/security.md: permission, support, admin, superadmin.
const TABLE: [(Permission, [bool; 3]); 12] = [
    (Permission::View, [true, true, true]),
    (Permission::Rerun, [true, true, true]),
    (Permission::Operate, [false, true, true]),
    (Permission::ManageTenantUsers, [false, true, true]),
    (Permission::EditTenants, [false, true, true]),
    (Permission::RollBackMany, [false, false, true]),
    (Permission::ProvisionTenants, [false, false, true]),
    (Permission::BreakLocks, [false, false, true]),
    (Permission::ManageServers, [false, false, true]),
    (Permission::ManageAdmins, [false, false, true]),
    (Permission::ManageKeys, [false, false, true]),
    (Permission::ReadAudit, [false, false, true]),
];

#[test]
fn every_permission_is_given_to_exactly_the_roles_of_the_table() {
    assert!(Permission::ALL.iter().all(|p| TABLE.iter().filter(|(q, _)| p == q).count() == 1));
    for (permission, row) in TABLE {
        for (role, may) in Role::ALL.into_iter().zip(row) {
            let actor = actor(role);
            assert_eq!(actor.may(permission), may, "{role} {permission:?}");
            let answer = actor.authorise(permission);
            assert_eq!(answer.is_ok(), may);
            if let Err(error) = answer {
                assert_eq!(error.kind, Kind::Denied);
                assert!(error.message.contains(role.as_str()) && error.hint.is_some(), "{error}");
            }
        }
        assert!(Actor::operator().may(permission) && Actor::system().may(permission));
    }
}

fn newcomer() -> NewAdmin {
    NewAdmin {
        email: "new@example.com".into(),
        password: super::PASSWORD.into(),
        first_name: "New".into(),
        last_name: "Comer".into(),
        role: Role::Support,
    }
}

#[tokio::test]
async fn services_of_accounts_refuse_whom_the_table_refuses() {
    let world = World::new().await;
    let platform = &world.platform;
    admin(platform, "ada@example.com", Role::Superadmin).await;
    for role in Role::ALL {
        let who = actor(role);
        let filter = audit::Filter::default();
        let denied = [
            (Permission::ManageAdmins, admins::list(platform, &who).await.err()),
            (Permission::ManageAdmins, admins::find(platform, &who, "x").await.err()),
            (Permission::ManageAdmins, admins::create(platform, &who, newcomer()).await.err()),
            (Permission::ManageAdmins, admins::set_role(platform, &who, "x", Role::Admin).await.err()),
            (Permission::ManageAdmins, admins::disable(platform, &who, "x").await.err()),
            (Permission::ManageAdmins, admins::enable(platform, &who, "x").await.err()),
            (Permission::ManageAdmins, admins::reset_password(platform, &who, "x", super::PASSWORD.into()).await.err()),
            (Permission::ManageAdmins, admins::end_sessions(platform, &who, "x").await.err()),
            (Permission::ManageKeys, vault::status(platform, &who).await.err()),
            (Permission::ManageKeys, vault::rewrap(platform, &who).await.err()),
            (Permission::ReadAudit, audit::list(platform, &who, &filter).await.err()),
            (Permission::ReadAudit, audit::verify(platform, &who).await.err()),
            (Permission::ReadAudit, audit::verify_against(platform, &who, "1:00").await.err()),
            (Permission::ManageTenantUsers, tenant_users::list(platform, &who, "x", &Default::default()).await.err()),
            (Permission::ManageTenantUsers, tenant_users::roles(platform, &who, "x").await.err()),
            (Permission::ManageTenantUsers, tenant_users::disable(platform, &who, "x", "y").await.err()),
            (Permission::ManageTenantUsers, tenant_users::enable(platform, &who, "x", "y").await.err()),
            (
                Permission::ManageTenantUsers,
                tenant_users::reset_password(platform, &who, "x", "y", super::PASSWORD.into()).await.err(),
            ),
        ];
        for (n, (permission, error)) in denied.into_iter().enumerate() {
            let is_denied = error.is_some_and(|error| error.kind == Kind::Denied);
            assert_eq!(is_denied, !who.may(permission), "{role}, {permission:?}, call {n}");
        }
    }
}

fn no_tenant() -> NewTenant {
    NewTenant { slug: "x".into(), name: None, server: Some("nowhere".into()), tags: vec![], admin: None }
}

fn no_server() -> NewServer {
    NewServer {
        name: "x".into(),
        engine: Engine::Postgres,
        host: "127.0.0.1".into(),
        port: 1,
        username: "u".into(),
        password: None,
        tls: Some(Tls::Off),
        path: None,
        max_connections: None,
    }
}

fn a_run(goal: Goal, tenants: &[&str]) -> runs::Request {
    let keys = tenants.iter().map(|key| (*key).to_owned()).collect();
    runs::Request {
        not_before: None,
        goal,
        selection: Filter { keys, ..Filter::default() },
        policy: runs::Policy::default(),
        reason: None,
        detached: true,
    }
}

#[tokio::test]
async fn services_of_the_fleet_refuse_whom_the_table_refuses() {
    let world = World::new().await;
    let platform = &world.platform;
    for role in Role::ALL {
        let who = actor(role);
        let (all, failed) = (Filter::default(), runs::Rerun::Failed);
        let migrate = || a_run(Goal::Migrate { to: None }, &["x"]);
        let denied = [
            (Permission::View, tenants::list(platform, &who, &all, &PageRequest::default()).await.err()),
            (Permission::View, tenants::all(platform, &who, &all).await.err()),
            (Permission::View, tenants::counts(platform, &who, None).await.err()),
            (Permission::View, tenants::find(platform, &who, "x").await.err()),
            (Permission::View, tenants::provision::steps(platform, &who, "x").await.err()),
            (Permission::EditTenants, tenants::rename(platform, &who, "x", "X").await.err()),
            (Permission::EditTenants, tenants::set_tags(platform, &who, "x", &[]).await.err()),
            (Permission::EditTenants, tenants::suspend(platform, &who, "x").await.err()),
            (Permission::EditTenants, tenants::resume(platform, &who, "x").await.err()),
            (Permission::ProvisionTenants, tenants::archive(platform, &who, "x").await.err()),
            (Permission::ProvisionTenants, tenants::delete(platform, &who, "x", "x", false).await.err()),
            (Permission::ProvisionTenants, tenants::reserve(platform, &who, no_tenant()).await.err()),
            (Permission::ProvisionTenants, tenants::provision::resume(platform, &who, "x", &|_| ()).await.err()),
            (Permission::ProvisionTenants, tenants::provision::undo(platform, &who, "x", &|_| ()).await.err()),
            (Permission::View, servers::list(platform, &who).await.err()),
            (Permission::View, servers::find(platform, &who, "x").await.err()),
            (Permission::View, servers::check(platform, &who, "x").await.err()),
            (Permission::ManageServers, servers::add(platform, &who, no_server()).await.err()),
            (Permission::ManageServers, servers::remove(platform, &who, "x").await.err()),
            (Permission::View, doctor::examine(platform, &who).await.err()),
            (Permission::View, runs::find(platform, &who, 1).await.err()),
            (Permission::View, runs::plan(platform, &who, &all, None, &runs::Policy::default()).await.err()),
            (Permission::View, runs::causes(platform, &who, 1).await.err()),
            (Permission::View, runs::failures(platform, &who, 1).await.err()),
            (Permission::Operate, runs::start(platform, &who, migrate()).await.err()),
            (Permission::Operate, runs::pause(platform, &who, 1).await.err()),
            (Permission::Operate, runs::resume(platform, &who, 1).await.err()),
            (Permission::Operate, runs::cancel(platform, &who, 1, false).await.err()),
            (Permission::Rerun, runs::rerun(platform, &who, 1, &failed, None).await.err()),
            (Permission::ProvisionTenants, runs::provision(platform, &who, no_tenant()).await.err()),
            (Permission::ProvisionTenants, runs::provision_again(platform, &who, "x").await.err()),
        ];
        for (n, (permission, error)) in denied.into_iter().enumerate() {
            let is_denied = error.is_some_and(|error| error.kind == Kind::Denied);
            assert_eq!(is_denied, !who.may(permission), "{role}, {permission:?}, call {n}");
        }
    }
}

#[tokio::test]
async fn weighty_acts_ask_for_a_recent_sign_in() {
    let world = World::new().await;
    let platform = &world.platform;
    admin(platform, "ada@example.com", Role::Superadmin).await;
    admin(platform, "bob@example.com", Role::Support).await;
    let stale = Actor { signed_in_ago: Some(Duration::from_secs(601)), ..actor(Role::Superadmin) };
    let refused = [
        admins::create(platform, &stale, newcomer()).await.err(),
        admins::set_role(platform, &stale, "bob@example.com", Role::Admin).await.err(),
        admins::disable(platform, &stale, "bob@example.com").await.err(),
        admins::reset_password(platform, &stale, "bob@example.com", super::PASSWORD.into()).await.err(),
        vault::rewrap(platform, &stale).await.err(),
    ];
    for error in refused {
        assert_eq!(error.map(|error| error.kind), Some(Kind::Reauthenticate));
    }
    admins::list(platform, &stale).await.unwrap();
    let fresh = Actor { signed_in_ago: Some(Duration::from_secs(600)), ..stale };
    admins::set_role(platform, &fresh, "bob@example.com", Role::Admin).await.unwrap();
}
