//! The one table of who may do what, and which acts want a recent sign-in.

use std::path::Path;
use std::time::Duration;

use neo::Platform;
use neo::actor::{Actor, Permission, Role};
use neo::admins::{self, NewAdmin};
use neo::engine::{Engine, Tls};
use neo::error::{Error, Kind};
use neo::migrations::apply::Resolution;
use neo::runs::Goal;
use neo::servers::NewServer;
use neo::tenant_users::NewTenantUser;
use neo::tenants::{Adopt, AdoptPassword, Filter, NewTenant, PageRequest, provision};
use neo::{audit, doctor, runs, servers, sessions, tenant_users, tenants, vault};

use super::admin;
use crate::world::{World, actor};

/// The table of docs/security.md: permission; support, admin, superadmin; whether it wants a recent sign-in.
const TABLE: [(Permission, [bool; 3], bool); 20] = [
    (Permission::View, [true, true, true], false),
    (Permission::Rerun, [true, true, true], false),
    (Permission::RerunFleet, [true, true, true], true),
    (Permission::Operate, [false, true, true], false),
    (Permission::OperateFleet, [false, true, true], true),
    (Permission::RollBack, [false, true, true], true),
    (Permission::Resolve, [false, true, true], true),
    (Permission::ManageTenantUsers, [false, true, true], false),
    (Permission::EditTenants, [false, true, true], false),
    (Permission::RollBackMany, [false, false, true], true),
    (Permission::ArchiveTenants, [false, false, true], false),
    (Permission::ProvisionTenants, [false, false, true], true),
    (Permission::BreakLocks, [false, false, true], true),
    (Permission::ManageServers, [false, false, true], true),
    (Permission::SeeAdmins, [false, false, true], false),
    (Permission::EndSessions, [false, false, true], false),
    (Permission::ManageAdmins, [false, false, true], true),
    (Permission::SeeKeys, [false, false, true], false),
    (Permission::ManageKeys, [false, false, true], true),
    (Permission::ReadAudit, [false, false, true], false),
];

/// The same person, ten minutes and a second after they proved their password.
fn stale(role: Role) -> Actor {
    Actor { signed_in_ago: Some(Duration::from_secs(601)), ..actor(role) }
}

#[test]
fn every_permission_is_given_to_exactly_the_roles_of_the_table() {
    assert!(Permission::ALL.iter().all(|p| TABLE.iter().filter(|(q, _, _)| p == q).count() == 1));
    for (permission, row, recent) in TABLE {
        assert_eq!(permission.wants_recent_sign_in(), recent, "{permission:?}");
        for (role, may) in Role::ALL.into_iter().zip(row) {
            let just = Actor { signed_in_ago: Some(Duration::from_secs(600)), ..actor(role) };
            assert_eq!(just.may(permission), may, "{role} {permission:?}");
            let answer = just.authorise(permission);
            assert_eq!(answer.is_ok(), may);
            if let Err(error) = answer {
                assert_eq!(error.kind, Kind::Denied);
                assert!(error.message.contains(role.as_str()) && error.hint.is_some(), "{error}");
            }
            // Nobody knows when: that is not lately.
            let never = Actor { signed_in_ago: None, ..actor(role) };
            for late in [stale(role), never] {
                let kind = late.authorise(permission).err().map(|error| error.kind);
                let expected = match (may, recent) {
                    (false, _) => Some(Kind::Denied),
                    (true, true) => Some(Kind::Reauthenticate),
                    (true, false) => None,
                };
                assert_eq!(kind, expected, "{role} {permission:?}");
            }
        }
        assert!(Actor::operator().authorise(permission).is_ok() && Actor::system().authorise(permission).is_ok());
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
        insecure: false,
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
        confirm: None,
        expect: None,
        detached: true,
    }
}

fn no_adoption() -> Adopt {
    Adopt {
        slug: "x".into(),
        name: None,
        server: "nowhere".into(),
        database: "x".into(),
        username: String::new(),
        password: AdoptPassword::None,
    }
}

fn no_user() -> NewTenantUser {
    NewTenantUser {
        email: "x@example.com".into(),
        password: super::PASSWORD.into(),
        first_name: "X".into(),
        last_name: "Y".into(),
        role: "x".into(),
    }
}

type Answer = (&'static str, Permission, Option<Error>);

/// What each service answers, under the name that the source has it.
macro_rules! asked {
    ($($permission:ident: $room:ident::$name:ident($($arg:expr),* $(,)?)),* $(,)?) => {
        vec![$((concat!(stringify!($room), "::", stringify!($name)), Permission::$permission, $room::$name($($arg),*).await.err())),*]
    };
}

async fn accounts(platform: &Platform, who: &Actor) -> Vec<Answer> {
    let filter = audit::Filter::default();
    let password = || super::PASSWORD.into();
    asked![
        SeeAdmins: admins::list(platform, who),
        SeeAdmins: admins::find(platform, who, "x"),
        ManageAdmins: admins::create(platform, who, newcomer()),
        ManageAdmins: admins::set_role(platform, who, "x", Role::Admin),
        ManageAdmins: admins::disable(platform, who, "x"),
        ManageAdmins: admins::enable(platform, who, "x"),
        ManageAdmins: admins::reset_password(platform, who, "x", password()),
        EndSessions: admins::end_sessions(platform, who, "x"),
        SeeKeys: vault::status(platform, who),
        ManageKeys: vault::rewrap(platform, who),
        ReadAudit: audit::list(platform, who, &filter),
        ReadAudit: audit::verify(platform, who),
        ReadAudit: audit::verify_against(platform, who, "1:00"),
        View: sessions::list_own(platform, who),
        View: sessions::end_own(platform, who, "x"),
        View: sessions::end_others(platform, who, "x"),
        View: sessions::reauthenticate(platform, who, "x", &password(), None),
        View: sessions::change_password(platform, who, "x", &password(), &password()),
        ManageTenantUsers: tenant_users::create(platform, who, "x", no_user()),
        ManageTenantUsers: tenant_users::list(platform, who, "x", &Default::default()),
        ManageTenantUsers: tenant_users::roles(platform, who, "x"),
        ManageTenantUsers: tenant_users::disable(platform, who, "x", "y"),
        ManageTenantUsers: tenant_users::enable(platform, who, "x", "y"),
        ManageTenantUsers: tenant_users::reset_password(platform, who, "x", "y", password()),
    ]
}

async fn fleet(platform: &Platform, who: &Actor) -> Vec<Answer> {
    let all = Filter::default();
    asked![
        View: tenants::list(platform, who, &all, &PageRequest::default()),
        View: tenants::all(platform, who, &all),
        View: tenants::alike(platform, who, &all),
        View: tenants::counts(platform, who, None),
        View: tenants::find(platform, who, "x"),
        EditTenants: tenants::rename(platform, who, "x", "X"),
        EditTenants: tenants::edit(platform, who, "x", "X", &[]),
        EditTenants: tenants::set_tags(platform, who, "x", &[]),
        EditTenants: tenants::suspend(platform, who, "x"),
        EditTenants: tenants::resume(platform, who, "x"),
        EditTenants: tenants::quarantine(platform, who, "x", "odd", None, None),
        EditTenants: tenants::release(platform, who, "x"),
        ArchiveTenants: tenants::archive(platform, who, "x"),
        ProvisionTenants: tenants::delete(platform, who, "x", "x", false),
        ProvisionTenants: tenants::reserve(platform, who, no_tenant()),
        ProvisionTenants: tenants::check(platform, who, &no_tenant()),
        ProvisionTenants: tenants::survey(platform, who, no_adoption()),
        ProvisionTenants: tenants::adopt(platform, who, no_adoption()),
        ProvisionTenants: provision::resume(platform, who, "x", &|_| ()),
        ProvisionTenants: provision::undo(platform, who, "x", &|_| ()),
        View: provision::steps(platform, who, "x"),
        View: tenants::half_done(platform, who),
        View: tenants::unresolved(platform, who, "x"),
        Resolve: tenants::resolve(platform, who, "x", &Resolution::Applied, None),
        Resolve: tenants::forget_ledger(platform, who, "x", None),
        Resolve: tenants::drop_invalid(platform, who, "x", None),
        View: tenants::lock_holder(platform, who, "x"),
        BreakLocks: tenants::unlock(platform, who, "x", "x", "1", None),
        View: servers::list(platform, who),
        View: servers::find(platform, who, "x"),
        View: servers::check(platform, who, "x"),
        ManageServers: servers::add(platform, who, no_server()),
        ManageServers: servers::hardening(platform, who, "x"),
        ManageServers: servers::harden(platform, who, "x"),
        ManageServers: servers::remove(platform, who, "x"),
        View: doctor::examine(platform, who),
        View: doctor::examine_locks(platform, who),
    ]
}

async fn operations(platform: &Platform, who: &Actor) -> Vec<Answer> {
    let (all, failed, policy) = (Filter::default(), runs::Rerun::Failed, runs::Policy::default());
    let migrate = |tenants: &[&str]| a_run(Goal::Migrate { to: None }, tenants);
    asked![
        View: runs::plan(platform, who, &all, None, &policy),
        View: runs::catalogue(platform, who),
        View: runs::catalogued(platform, who, "x"),
        View: runs::find(platform, who, 1),
        View: runs::list(platform, who, &[], None, 10),
        View: runs::of_tenant(platform, who, "x", 10),
        View: runs::last_ten(platform, who, &[]),
        View: runs::tasks(platform, who, 1, &runs::TaskFilter::default()),
        View: runs::causes(platform, who, 1),
        View: runs::failures(platform, who, 1),
        View: runs::drifted(platform, who, 1),
        View: runs::uncompared(platform, who, 1),
        View: runs::seen_drifted(platform, who, &[]),
        View: runs::left(platform, who, 1),
        View: runs::attempts(platform, who, 1, None, None),
        View: runs::waves(platform, who, 1),
        View: runs::status(platform, who, &all),
        View: runs::at_least(platform, who, &all, 1),
        View: runs::rehearsal(platform, who, "x"),
        View: runs::rollback_preview(platform, who, &Goal::RollbackLast, &all),
        Operate: runs::rehearse(platform, who, "x", None),
        Operate: runs::begin_rehearsal(platform, who, "x", None),
        Operate: runs::start(platform, who, migrate(&["x"])),
        OperateFleet: runs::start(platform, who, migrate(&[])),
        RollBack: runs::start(platform, who, a_run(Goal::RollbackLast, &["x"])),
        Operate: runs::start(platform, who, a_run(Goal::Verify, &[])),
        Operate: runs::pause(platform, who, 1),
        Operate: runs::resume(platform, who, 1),
        Operate: runs::cancel(platform, who, 1, false),
        Operate: runs::skip(platform, who, 1, &["x".into()], "odd"),
        Rerun: runs::rerun(platform, who, 1, &failed, None),
        ProvisionTenants: runs::provision(platform, who, no_tenant()),
        ProvisionTenants: runs::provision_again(platform, who, "x"),
        ProvisionTenants: runs::provisioning_of(platform, who, "x"),
    ]
}

#[tokio::test]
async fn every_service_refuses_whom_the_table_refuses_and_asks_again_where_it_says() {
    let world = World::new().await;
    let platform = &world.platform;
    admin(platform, "ada@example.com", Role::Superadmin).await;
    for role in Role::ALL {
        for who in [actor(role), stale(role)] {
            let late = who.signed_in_ago > Some(Duration::from_secs(600));
            let mut answers = accounts(platform, &who).await;
            answers.extend(fleet(platform, &who).await);
            answers.extend(operations(platform, &who).await);
            for (service, permission, error) in answers {
                let kind = error.map(|error| error.kind);
                let at = format!("{role}, late: {late}, {service}: {kind:?}");
                let asks_again = late && who.may(permission) && permission.wants_recent_sign_in();
                assert_eq!(kind == Some(Kind::Denied), !who.may(permission), "{at}");
                assert_eq!(kind == Some(Kind::Reauthenticate), asks_again, "{at}");
            }
        }
    }
}

/// Services that are no acts of their own (they write what another does), or take what only an authorised look gives.
const NOT_WALKED: [&str; 7] = [
    "audit::record",
    "audit::record_failure",
    "audit::intent",
    "audit::refused",
    "provision::resume_breaking",
    "tenants::comparison",
    "tenants::drift",
];

#[test]
fn no_service_is_left_out_of_the_walk() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut services = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let parts: Vec<_> = path.strip_prefix(&root).unwrap().iter().map(|part| part.to_str().unwrap()).collect();
            let room =
                if parts == ["tenants", "provision.rs"] { "provision" } else { parts[0].trim_end_matches(".rs") };
            let source = std::fs::read_to_string(&path).unwrap();
            for function in source.split("\npub async fn ").skip(1) {
                let head = function.split('{').next().unwrap();
                if head.contains("actor: &Actor") {
                    services.push(format!("{room}::{}", head.split('(').next().unwrap()));
                }
            }
        }
    }
    assert!(services.len() > 80, "{services:?}");
    let walk = include_str!("permissions.rs");
    services.retain(|service| !NOT_WALKED.contains(&service.as_str()) && !walk.contains(&format!(": {service}(")));
    assert_eq!(services, Vec::<String>::new(), "not walked");
}
