//! The one table of who may do what, and which acts want a recent sign-in.

use std::path::Path;
use std::time::Duration;

use neo::Platform;
use neo::actor::{Actor, Confinement, Door, Leave, Permission, Role, Token};
use neo::admins::{self, Invitation, NewAdmin};
use neo::channels::{self, NewChannel};
use neo::engine::{Engine, Tls};
use neo::error::{Error, Kind};
use neo::fleet as overview;
use neo::migrations::apply::Resolution;
use neo::notices::{self, Parcel, Post, Receipt, Unreached};
use neo::runs::Goal;
use neo::second_factor::passkeys;
use neo::servers::NewServer;
use neo::tenant_users::NewTenantUser;
use neo::tenants::{Adopt, AdoptPassword, Edit, Filter, NewTenant, PageRequest, PasswordHash, provision};
use neo::tokens::{self, Lifetime, NewToken};
use neo::windows::NewWindow;
use neo::{
    approvals, audit, backups, central, doctor, filters, requests, retention, runs, second_factor, servers, sessions,
    tenant_users, tenants, vault, windows,
};

use neo_model::ChannelKind;

use super::admin;
use crate::world::{World, actor};

/// The table of docs/security.md: permission; support, admin, superadmin; whether it wants a recent sign-in.
const TABLE: [(Permission, [bool; 3], bool); 40] = [
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
    (Permission::SeeCredentials, [false, false, true], true),
    (Permission::RotatePasswords, [false, false, true], true),
    (Permission::ManageServers, [false, false, true], true),
    (Permission::SeeAdmins, [false, false, true], false),
    (Permission::EndSessions, [false, false, true], false),
    (Permission::ManageAdmins, [false, false, true], true),
    (Permission::SeeKeys, [false, false, true], false),
    (Permission::ManageKeys, [false, false, true], true),
    (Permission::ReadAudit, [false, false, true], false),
    (Permission::ExportAudit, [false, false, true], false),
    (Permission::PruneAudit, [false, false, true], true),
    (Permission::PruneRuns, [false, false, true], true),
    (Permission::TagTenants, [false, true, true], false),
    (Permission::AdoptTenants, [false, false, true], true),
    (Permission::DeleteTenants, [false, false, true], true),
    (Permission::Examine, [true, true, true], false),
    (Permission::OwnAccount, [true, true, true], false),
    (Permission::OwnFactors, [true, true, true], true),
    (Permission::MakeTokens, [true, true, true], true),
    (Permission::ManageTokens, [false, false, true], false),
    (Permission::SeeChannels, [true, true, true], false),
    (Permission::ManageChannels, [false, false, true], true),
    (Permission::SeeWindows, [true, true, true], false),
    (Permission::ManageWindows, [false, false, true], true),
    (Permission::PassWindows, [false, false, true], true),
    (Permission::KeepFilters, [true, true, true], false),
    (Permission::ManageFilters, [false, false, true], false),
];

/// What no token may, whatever its role.
const NEVER: [Permission; 8] = [
    Permission::PruneAudit,
    Permission::EndSessions,
    Permission::ManageAdmins,
    Permission::SeeKeys,
    Permission::ManageKeys,
    Permission::OwnAccount,
    Permission::OwnFactors,
    Permission::MakeTokens,
];
/// What wants a token made to destroy.
const DESTRUCTIVE: [Permission; 3] = [Permission::RollBackMany, Permission::DeleteTenants, Permission::PruneRuns];
/// What wants a token of the whole fleet.
const WHOLE: [Permission; 14] = [
    Permission::ExportAudit,
    Permission::PruneRuns,
    Permission::TagTenants,
    Permission::AdoptTenants,
    Permission::ManageServers,
    Permission::Examine,
    Permission::ManageTokens,
    Permission::SeeChannels,
    Permission::ManageChannels,
    Permission::SeeWindows,
    Permission::ManageWindows,
    Permission::PassWindows,
    Permission::KeepFilters,
    Permission::ManageFilters,
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

/// Somebody who came with a token.
fn program(role: Role, allow_destructive: bool, tag: Option<&str>) -> Actor {
    let tags = tag.map(str::to_owned).into_iter().collect();
    let token = Token {
        id: "12345678".into(),
        confinement: Confinement { tags, tenants: vec![] },
        allow_destructive,
        connect: true,
    };
    Actor { door: Door::Api, signed_in_ago: None, token: Some(token), ..actor(role) }
}

#[test]
fn a_token_may_what_its_role_may_but_for_what_the_table_keeps_from_it() {
    for (permission, row, _) in TABLE {
        for (role, may) in Role::ALL.into_iter().zip(row) {
            for destructive in [false, true] {
                for tag in [None, Some("eu")] {
                    let expected = may
                        && !NEVER.contains(&permission)
                        && (destructive || !DESTRUCTIVE.contains(&permission))
                        && (tag.is_none() || !WHOLE.contains(&permission));
                    let who = program(role, destructive, tag);
                    let answer = who.authorise(permission);
                    assert_eq!(answer.is_ok(), expected, "{role} {destructive} {tag:?} {permission:?}");
                    assert_eq!(who.may(permission), expected);
                    let mut other = who.clone();
                    other.token.as_mut().unwrap().connect = false;
                    assert_eq!(other.may(permission), expected && permission != Permission::SeeCredentials);
                    if let Err(error) = answer {
                        assert!(error.kind == Kind::Denied && error.hint.is_some(), "{error:?}");
                    }
                }
            }
        }
    }
}

/// What the walks ask about.
struct About<'a> {
    /// A key of a tenant.
    tenant: &'a str,
    ids: Vec<String>,
    run: i64,
    rehearsal: &'a str,
}

const NOTHING: About<'static> = About { tenant: "x", ids: Vec::new(), run: 1, rehearsal: "x" };

fn newcomer() -> NewAdmin {
    NewAdmin {
        email: "new@example.com".into(),
        password: super::PASSWORD.into(),
        first_name: "New".into(),
        last_name: "Comer".into(),
        role: Role::Support,
    }
}

fn no_invitation() -> Invitation {
    Invitation { email: "x".into(), first_name: None, last_name: None, role: Role::Support }
}

fn no_row() -> audit::Row {
    audit::Row {
        seq: 0,
        at: 0,
        actor: String::new(),
        door: "cli".into(),
        address: None,
        action: String::new(),
        subject: String::new(),
        outcome: String::new(),
        request_id: String::new(),
        body: serde_json::Value::Null,
    }
}

fn no_tenant() -> NewTenant {
    NewTenant { slug: "x".into(), name: None, server: Some("nowhere".into()), tags: vec![], ..NewTenant::default() }
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
        app_host: None,
        app_port: None,
        tls_ca: None,
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
        ..Adopt::default()
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

struct Answer {
    service: &'static str,
    permission: Permission,
    error: Option<Error>,
    /// All that was said.
    told: String,
}

fn answer<T: std::fmt::Debug>(service: &'static str, permission: Permission, answer: Result<T, Error>) -> Answer {
    let told = format!("{answer:?}");
    Answer { service, permission, error: answer.err(), told }
}

fn no_token() -> NewToken {
    NewToken {
        name: "x".into(),
        role: Role::Support,
        lifetime: Lifetime::default(),
        confinement: Confinement::default(),
        networks: vec!["nowhere".into()],
        allow_destructive: false,
        connect: false,
    }
}

fn no_channel() -> NewChannel {
    let address = "https://hooks.example.com/x".to_owned().into();
    NewChannel { name: " ".into(), kind: ChannelKind::Webhook, address, on: vec![], tag: None }
}

/// Posts nothing, and asks nobody.
struct Nobody;

#[async_trait::async_trait]
impl neo::oidc::Web for Nobody {
    async fn send(&self, _: neo::oidc::Request) -> Result<neo::oidc::Response, neo::oidc::Unreached> {
        Err(neo::oidc::Unreached("nobody is there".into()))
    }
}

#[async_trait::async_trait]
impl Post for Nobody {
    async fn post(&self, _: Parcel) -> Result<Receipt, Unreached> {
        Err(Unreached("nobody is there".into()))
    }
}

/// What each service answers, under the name that the source has it.
macro_rules! asked {
    // What holds secrets has no Debug: it says itself what was told.
    ($($permission:ident: $room:ident::$name:ident($($arg:expr),* $(,)?) $(=> $told:expr)?),* $(,)?) => {
        vec![$({
            let service = concat!(stringify!($room), "::", stringify!($name));
            answer(service, Permission::$permission, $room::$name($($arg),*).await$(.map($told))?)
        }),*]
    };
}

async fn accounts(platform: &Platform, who: &Actor, about: &About<'_>) -> Vec<Answer> {
    let at = about.tenant;
    let filter = audit::Filter::default();
    let password = || super::PASSWORD.into();
    asked![
        SeeAdmins: admins::list(platform, who),
        SeeAdmins: admins::find(platform, who, "x"),
        ManageAdmins: admins::create(platform, who, newcomer()),
        ManageAdmins: admins::invite(platform, who, no_invitation()) => |link| link.email,
        ManageAdmins: admins::link(platform, who, "x") => |link| link.email,
        ManageAdmins: admins::revoke(platform, who, "x"),
        ManageAdmins: admins::set_role(platform, who, "x", Role::Admin),
        ManageAdmins: admins::disable(platform, who, "x"),
        ManageAdmins: admins::enable(platform, who, "x"),
        ManageAdmins: admins::reset_password(platform, who, "x", password()),
        ManageAdmins: admins::unlink(platform, who, "x"),
        OwnAccount: admins::own(platform, who),
        EndSessions: admins::end_sessions(platform, who, "x"),
        EndSessions: admins::end_all_sessions(platform, who, None),
        SeeKeys: vault::status(platform, who),
        ManageKeys: vault::rewrap(platform, who),
        ManageKeys: central::backup(platform, who, std::path::Path::new("/dev/null/x.db")),
        ReadAudit: audit::list(platform, who, &filter),
        ReadAudit: audit::count(platform, who, &filter),
        ReadAudit: audit::partner(platform, who, &no_row()),
        PruneAudit: audit::prunable(platform, who, audit::YOUNGEST),
        PruneAudit: audit::prune(platform, who, audit::YOUNGEST),
        PruneRuns: retention::prunable(platform, who, neo::config::YOUNGEST),
        PruneRuns: retention::prune(platform, who, neo::config::YOUNGEST, None),
        ReadAudit: audit::verify(platform, who),
        ReadAudit: audit::verify_against(platform, who, "1:00"),
        OwnAccount: sessions::list_own(platform, who),
        OwnAccount: sessions::end_own(platform, who, "x"),
        OwnAccount: sessions::end_others(platform, who, "x"),
        OwnAccount: sessions::not_me(platform, who, "x"),
        OwnAccount: sessions::reauthenticate(platform, who, "x", &password(), None, None),
        OwnAccount: sessions::ask_again(platform, who, "x"),
        OwnAccount: sessions::reauthenticate_by_passkey(platform, who, "x", "x", None),
        OwnAccount: sessions::change_password(platform, who, "x", &password(), &password()),
        OwnAccount: second_factor::status(platform, who),
        OwnFactors: second_factor::begin(platform, who) => |_| (),
        OwnFactors: second_factor::confirm(platform, who, None, &password()) => |_| (),
        OwnFactors: second_factor::renew_codes(platform, who) => |_| (),
        OwnAccount: second_factor::remove(platform, who, "x", &password(), &password()),
        ManageAdmins: second_factor::reset(platform, who, "x"),
        OwnAccount: passkeys::list(platform, who),
        OwnFactors: passkeys::begin(platform, who, "x"),
        OwnFactors: passkeys::enrol(platform, who, "x", None, "x", "x") => |_| (),
        OwnAccount: passkeys::rename(platform, who, "x", "x"),
        OwnFactors: passkeys::remove(platform, who, "x", "x"),
        MakeTokens: tokens::create(platform, who, no_token()),
        SeeChannels: channels::list(platform, who),
        SeeChannels: channels::find(platform, who, "x"),
        ManageChannels: channels::add(platform, who, no_channel()) => |(row, _)| row,
        ManageChannels: channels::set_enabled(platform, who, "x", true),
        ManageChannels: channels::remove(platform, who, "x"),
        KeepFilters: filters::list(platform, who, neo_model::FilterPage::Runs),
        KeepFilters: filters::save(platform, who, neo_model::FilterPage::Runs, "x", "kind=x"),
        KeepFilters: filters::remove(platform, who, "x"),
        SeeWindows: windows::list(platform, who),
        SeeWindows: windows::find(platform, who, "x"),
        ManageWindows: windows::add(platform, who, NewWindow::default()),
        ManageWindows: windows::set_enabled(platform, who, "x", true),
        ManageWindows: windows::remove(platform, who, "x"),
        View: windows::over(platform, who, &neo::tenants::Filter::default()),
        EditTenants: windows::edit_tenant(platform, who, at, &Edit { name: Some("X".into()), ..Edit::default() }),
        TagTenants: windows::edit_tenant(platform, who, at, &Edit { add: vec!["eu".into()], ..Edit::default() }),
        PassWindows: runs::pass_windows(platform, who, 999, "x"),
        View: runs::waiting_for_windows(platform, who, 999),
        SeeChannels: notices::list(platform, who, "x", 1),
        ManageChannels: notices::test(platform, who, &Nobody, "x"),
        View: tokens::list(platform, who),
        View: tokens::revoke(platform, who, "x"),
        ManageTenantUsers: tenant_users::create(platform, who, at, no_user()),
        ManageTenantUsers: tenant_users::list(platform, who, at, &Default::default()),
        ManageTenantUsers: tenant_users::roles(platform, who, at),
        ManageTenantUsers: tenant_users::one(platform, who, at, "y"),
        ManageTenantUsers: tenant_users::end_sessions(platform, who, at, "y"),
        ManageTenantUsers: tenant_users::delete(platform, who, at, "y"),
        ManageTenantUsers: tenant_users::link(platform, who, at, "y") => |link| link.email,
        ManageTenantUsers: tenant_users::closed(platform, who, at),
        ManageTenantUsers: tenant_users::disable(platform, who, at, "y"),
        ManageTenantUsers: tenant_users::enable(platform, who, at, "y"),
        ManageTenantUsers: tenant_users::set_role(platform, who, at, "y", "x"),
        ManageTenantUsers: tenant_users::reset_password(platform, who, at, "y", password()),
    ]
}

async fn fleet(platform: &Platform, who: &Actor, about: &About<'_>) -> Vec<Answer> {
    let at = about.tenant;
    let all = Filter::default();
    asked![
        View: tenants::list(platform, who, &all, &PageRequest::default()),
        View: tenants::all(platform, who, &all),
        View: tenants::alike(platform, who, &all),
        View: tenants::counts(platform, who, None),
        View: tenants::failed_by_run(platform, who),
        View: overview::look(platform, who),
        View: tenants::find(platform, who, at),
        View: tenants::missing(platform, who, &[at.to_owned()]),
        EditTenants: tenants::edit(platform, who, at, &Edit { name: Some("X".into()), ..Edit::default() }),
        EditTenants: tenants::edit(
            platform,
            who,
            at,
            &Edit { password_hash: Some(PasswordHash::Bcrypt), ..Edit::default() }
        ),
        TagTenants: tenants::edit(platform, who, at, &Edit { tags: Some(Vec::new()), ..Edit::default() }),
        TagTenants: tenants::edit(platform, who, at, &Edit { add: vec!["eu".into()], ..Edit::default() }),
        EditTenants: tenants::suspend(platform, who, at),
        EditTenants: tenants::resume(platform, who, at),
        EditTenants: tenants::quarantine(platform, who, at, "odd", None, None),
        EditTenants: tenants::release(platform, who, at),
        ArchiveTenants: tenants::archive(platform, who, at),
        DeleteTenants: tenants::drop_replaced(platform, who, at, at, false),
        DeleteTenants: tenants::delete(platform, who, at, at, false),
        DeleteTenants: tenants::delete_within(platform, who, at, at, false, Duration::from_secs(60)),
        ProvisionTenants: tenants::reserve(platform, who, no_tenant()),
        ProvisionTenants: tenants::check(platform, who, &no_tenant()),
        AdoptTenants: tenants::survey(platform, who, no_adoption()),
        AdoptTenants: tenants::adopt(platform, who, no_adoption()),
        ProvisionTenants: provision::resume(platform, who, at, &|_| ()),
        ProvisionTenants: provision::undo(platform, who, at, &|_| ()),
        View: provision::steps(platform, who, at),
        View: tenants::half_done(platform, who),
        Resolve: tenants::unresolved(platform, who, at),
        Resolve: tenants::resolve(platform, who, at, &Resolution::Applied, None),
        Resolve: tenants::decide(platform, who, at, tenants::Decision::Applied, None, None),
        Resolve: tenants::forget_ledger(platform, who, at, None),
        Resolve: tenants::drop_invalid(platform, who, at, None),
        View: tenants::lock_holder(platform, who, at),
        BreakLocks: tenants::unlock(platform, who, at, at, "1", None),
        View: backups::list(platform, who, None),
        View: backups::find(platform, who, "x"),
        SeeCredentials: tenants::credentials(platform, who, at) => |told| (told.tenant, told.database, told.user),
        View: servers::list(platform, who),
        View: servers::find(platform, who, "x"),
        View: servers::check(platform, who, "x"),
        ManageServers: servers::add(platform, who, no_server()),
        ManageServers: servers::set(platform, who, "x", servers::Changes { port: Some(2), ..Default::default() }),
        ManageServers: servers::rotate_password(platform, who, "x"),
        ManageServers: servers::hardening(platform, who, "x"),
        ManageServers: servers::harden(platform, who, "x"),
        ManageServers: servers::remove(platform, who, "x"),
        Examine: doctor::examine(platform, who),
        Examine: doctor::examine_locks(platform, who),
        Examine: doctor::examine_provider(platform, who, &Nobody),
    ]
}

async fn operations(platform: &Platform, who: &Actor, about: &About<'_>) -> Vec<Answer> {
    let at = about.tenant;
    let (all, failed, policy) = (Filter::default(), runs::Rerun::Failed, runs::Policy::default());
    let none = neo::migrations::Set::none(&platform.config.tenant_migrations);
    let migrate = |tenants: &[&str]| a_run(Goal::Migrate { to: None }, tenants);
    asked![
        View: runs::plan(platform, who, &all, None, &policy),
        View: runs::reach(platform, who, at),
        View: runs::asks(platform, who, &Goal::Migrate { to: None }, &all),
        View: requests::list(platform, who, &[], None, 10),
        View: requests::open(platform, who),
        View: requests::show(platform, who, 1),
        View: requests::is_own(platform, who, 1),
        View: requests::may_approve(platform, who, 1),
        View: approvals::decline(platform, who, 1, None),
        View: approvals::approve(platform, who, 1, None, Duration::from_secs(60)),
        View: runs::catalogue(platform, who),
        View: runs::changed(platform, who, &all),
        View: runs::changed_file(platform, who, &none, 1),
        View: runs::catalogued(platform, who, "x"),
        View: runs::lint(platform, who, None, &[]),
        View: runs::find(platform, who, about.run),
        View: runs::failed(platform, who, about.run),
        View: runs::summary(platform, who, about.run),
        View: runs::detail(platform, who, about.run),
        View: runs::logs(platform, who, about.run, None, None),
        View: runs::list(platform, who, &[], None, 10),
        View: runs::list_in(platform, who, &[], &[], None, 10),
        View: runs::acknowledged(platform, who, about.run),
        Rerun: runs::acknowledge(platform, who, about.run, None, None, None),
        Rerun: runs::let_go(platform, who, about.run, None),
        View: runs::of_tenant(platform, who, at, 10),
        View: runs::applied_to(platform, who, at),
        View: runs::took(platform, who),
        View: runs::last_ten(platform, who, &about.ids),
        View: runs::tasks(platform, who, about.run, &runs::TaskFilter::default()),
        View: runs::causes(platform, who, about.run),
        View: runs::failures(platform, who, about.run),
        View: runs::drifted(platform, who, about.run),
        View: runs::uncompared(platform, who, about.run),
        View: runs::seen_drifted(platform, who, &about.ids),
        View: runs::left(platform, who, about.run),
        View: runs::attempts(platform, who, about.run, None, None),
        View: runs::waves(platform, who, about.run),
        View: runs::rollback_preview(platform, who, &Goal::RollbackRun { run: about.run }, &all),
        RollBack: runs::start(platform, who, a_run(Goal::RollbackRun { run: about.run }, &[at])),
        View: runs::status(platform, who, &all),
        View: runs::at_least(platform, who, &all, 1),
        View: runs::rehearsal(platform, who, about.rehearsal),
        View: runs::rollback_preview(platform, who, &Goal::RollbackLast, &all),
        Operate: runs::rehearse(platform, who, at, None),
        Operate: runs::begin_rehearsal(platform, who, at, None),
        Operate: runs::start(platform, who, migrate(&[at])),
        OperateFleet: runs::start(platform, who, migrate(&[])),
        RollBack: runs::start(platform, who, a_run(Goal::RollbackLast, &[at])),
        Operate: runs::start(platform, who, a_run(Goal::Verify, &[])),
        RotatePasswords: runs::start(platform, who, a_run(Goal::RotatePassword { older_than_ms: None }, &[at])),
        Operate: runs::pause(platform, who, about.run),
        Operate: runs::resume(platform, who, about.run),
        Operate: runs::cancel(platform, who, about.run, false),
        Operate: runs::skip(platform, who, about.run, &[at.to_owned()], "odd"),
        Rerun: runs::rerun(platform, who, about.run, &failed, None),
        ProvisionTenants: runs::provision(platform, who, no_tenant()),
        ProvisionTenants: runs::provision_again(platform, who, at),
        ProvisionTenants: runs::restore(platform, who, runs::Restore { file: "x".into(), ..Default::default() }),
        SeeCredentials: runs::move_tenant(platform, who, at, "nowhere", at),
        ProvisionTenants: runs::provisioning_of(platform, who, at),
    ]
}

async fn walk(platform: &Platform, who: &Actor, about: &About<'_>) -> Vec<Answer> {
    let mut answers = accounts(platform, who, about).await;
    answers.extend(fleet(platform, who, about).await);
    answers.extend(operations(platform, who, about).await);
    answers
}

#[tokio::test]
async fn every_service_refuses_whom_the_table_refuses_and_asks_again_where_it_says() {
    let world = World::new().await;
    let platform = &world.platform;
    admin(platform, "ada@example.com", Role::Superadmin).await;
    for role in Role::ALL {
        for who in [actor(role), stale(role)] {
            let late = who.signed_in_ago > Some(Duration::from_secs(600));
            for Answer { service, permission, error, .. } in walk(platform, &who, &NOTHING).await {
                let kind = error.map(|error| error.kind);
                let at = format!("{role}, late: {late}, {service}: {kind:?}");
                let asks_again = late && who.may(permission) && permission.wants_recent_sign_in();
                assert_eq!(kind == Some(Kind::Denied), !who.may(permission), "{at}");
                assert_eq!(kind == Some(Kind::Reauthenticate), asks_again, "{at}");
            }
        }
    }
}

/// A word that is in the slug and in the name of the database of the tenant that a token is kept from.
const WORD: &str = "zebra";

#[tokio::test(flavor = "multi_thread")]
async fn to_a_confined_token_no_service_tells_of_another_tenant() {
    for world in super::worlds().await {
        tells_of_no_other(&crate::runs::provisioned(world, &["mine", WORD]).await).await;
    }
}

async fn tells_of_no_other(world: &World) {
    let (platform, operator) = (&world.platform, Actor::operator());
    let tagged = Edit { tags: Some(vec!["eu".into()]), ..Edit::default() };
    tenants::edit(platform, &operator, "mine", &tagged).await.unwrap();
    let strange = tenants::find(platform, &operator, WORD).await.unwrap();
    crate::runs::by_hand(world, WORD, "alter table contacts add column status text").await;
    crate::runs::add_status(world);
    let run = async |keys: &[&str]| {
        let request = runs::Request { detached: true, ..a_run(Goal::Migrate { to: None }, keys) };
        let run = runs::start(platform, &operator, request).await.unwrap();
        crate::runs::finish(world, run.number).await
    };
    let (theirs, both, mine) = (run(&[WORD]).await, run(&["mine", WORD]).await, run(&["mine"]).await);
    // Both were named, and only one of them was meant.
    let keys = vec!["mine".to_owned(), WORD.to_owned()];
    let selection = Filter { keys, tags: vec!["eu".into()], ..Filter::default() };
    let request = runs::Request { selection, ..a_run(Goal::Verify, &[]) };
    let narrowed = runs::start(platform, &operator, request).await.unwrap();
    crate::runs::finish(world, narrowed.number).await;
    assert_eq!((theirs.tenants.failed, both.tenants.failed, mine.tenants.failed), (1, 1, 0));
    runs::rehearse(platform, &operator, WORD, None).await.unwrap();
    let rehearsal: String = sqlx::query_scalar("select id from rehearsals")
        .fetch_one(&mut *platform.central.read().await.unwrap())
        .await
        .unwrap();
    let asking = Actor { leave: Leave::Ask, ..operator.clone() };
    let asked = runs::start(platform, &asking, a_run(Goal::Verify, &[WORD])).await.unwrap_err();
    assert_eq!(asked.request, Some(1), "{asked}");
    let other = NewToken { networks: vec![], confinement: named(WORD), ..no_token() };
    tokens::create(platform, &operator, other).await.unwrap();

    let who = program(Role::Superadmin, true, Some("eu"));
    let about = |tenant, run| About { tenant, ids: vec![strange.id.clone()], run, rehearsal: &rehearsal };
    for number in [both.number, theirs.number, narrowed.number] {
        for answer in walk(platform, &who, &about(&strange.id, number)).await {
            let Answer { service, told, .. } = answer;
            assert!(!told.contains(WORD), "{service}: {told}");
        }
    }
    // Whoever guesses is answered as if there were nothing.
    let guessed = walk(platform, &who, &about(WORD, both.number)).await;
    let nothing = walk(platform, &who, &About { run: 4711, rehearsal: "4711", ..about("nobody", 0) }).await;
    for (guessed, nothing) in guessed.into_iter().zip(nothing) {
        let alike =
            |told: &str| told.replace("nobody", WORD).replace("4711", "N").replace(&both.number.to_string(), "N");
        if nothing.error.is_some() {
            let told = guessed.told.replace(&rehearsal, "N");
            assert_eq!(alike(&told), alike(&nothing.told), "{}", guessed.service);
        }
    }
    // What is inside is all there is.
    let all = Filter::default();
    assert_eq!(tenants::list(platform, &who, &all, &PageRequest::default()).await.unwrap().total, 1);
    assert_eq!(tenants::counts(platform, &who, None).await.unwrap().total, 1);
    assert_eq!(tenants::alike(platform, &who, &all).await.unwrap().iter().map(|group| group.tenants).sum::<i64>(), 1);
    assert_eq!(runs::at_least(platform, &who, &all, 1).await.unwrap().tenants, 1);
    let loads = servers::list(platform, &who).await.unwrap();
    assert_eq!(loads.iter().map(|load| load.tenants).sum::<i64>(), 1);
    let found = runs::list(platform, &who, &[], None, 100).await.unwrap();
    assert!(found.iter().all(|run| run.number >= mine.number), "{found:?}");
    assert_eq!(runs::find(platform, &who, mine.number).await.unwrap().tenants, mine.tenants);
    assert_eq!(runs::find(platform, &who, narrowed.number).await.unwrap().selection.keys, ["mine"]);
    let rows = audit::list(platform, &who, &audit::Filter::default()).await.unwrap();
    let subjects: Vec<_> = rows.iter().map(|row| row.subject.as_str()).collect();
    assert!(subjects.contains(&format!("run:{}", mine.number).as_str()), "{subjects:?}");
    assert!(subjects.iter().any(|subject| subject.ends_with(" mine")), "{subjects:?}");
    assert!(!subjects.contains(&format!("run:{}", both.number).as_str()), "{subjects:?}");
}

fn named(slug: &str) -> Confinement {
    Confinement { tags: vec![], tenants: vec![slug.to_owned()] }
}

#[tokio::test]
async fn a_confined_token_makes_tenants_that_it_can_see_and_no_others() {
    let world = crate::runs::fleet(&["mine", WORD]).await;
    let (platform, who) = (&world.platform, program(Role::Superadmin, false, Some("eu")));
    let new = |slug: &str, tags: &[&str]| NewTenant {
        slug: slug.into(),
        server: None,
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        ..no_tenant()
    };
    let error = tenants::reserve(platform, &who, new("acme", &["us"])).await.err().unwrap();
    assert!(error.kind == Kind::Denied && format!("{error:?}").contains("the tag eu"), "{error:?}");
    // Of another it learns that the name is taken, and nothing of it.
    let error = tenants::check(platform, &who, &new(WORD, &["eu"])).await.err().unwrap();
    assert_eq!(
        (error.kind, error.field, error.message.as_str()),
        (Kind::Conflict, Some("slug"), "the slug \"zebra\" is taken")
    );
    let made = tenants::reserve(platform, &who, new("acme", &["eu", "x"])).await.unwrap();
    assert_eq!(tenants::find(platform, &who, &made.id).await.unwrap().slug, "acme");
    let by_slug =
        Actor { token: who.token.clone().map(|token| Token { confinement: named("beta"), ..token }), ..who.clone() };
    assert_eq!(tenants::find(platform, &by_slug, "acme").await.err().unwrap().kind, Kind::NotFound);
    tenants::reserve(platform, &by_slug, new("beta", &[])).await.unwrap();
    assert_eq!(tenants::find(platform, &by_slug, "beta").await.unwrap().slug, "beta");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_not_made_to_destroy_rolls_back_one_tenant_and_deletes_none() {
    let world = crate::runs::fleet(&["a1", "a2", "a3"]).await;
    let (platform, operator) = (&world.platform, Actor::operator());
    crate::runs::add_status(&world);
    let run = crate::runs::start(&world, crate::runs::all(Goal::Migrate { to: None })).await;
    crate::runs::finish(&world, run.number).await;
    let (tame, wild) = (program(Role::Superadmin, false, None), program(Role::Superadmin, true, None));
    let word = |keys: &[&str]| if let [one] = keys { (*one).to_owned() } else { keys.len().to_string() };
    let back =
        |keys: &[&str]| runs::Request { detached: true, confirm: Some(word(keys)), ..a_run(Goal::RollbackLast, keys) };
    let kind = |error: Option<Error>| error.map(|error| error.kind);
    assert_eq!(kind(runs::start(platform, &tame, back(&["a1", "a2"])).await.err()), Some(Kind::Denied));
    assert_eq!(kind(tenants::delete(platform, &tame, "a3", "a3", false).await.err()), Some(Kind::Denied));
    runs::start(platform, &tame, back(&["a3"])).await.unwrap();
    let run = runs::start(platform, &wild, back(&["a1", "a2"])).await.unwrap();
    // Nor does it go on with one that others have begun.
    runs::pause(platform, &operator, run.number).await.unwrap();
    assert_eq!(kind(runs::resume(platform, &tame, run.number).await.err()), Some(Kind::Denied));
    runs::resume(platform, &wild, run.number).await.unwrap();
    runs::cancel(platform, &operator, run.number, false).await.unwrap();
}

/// Services that are no acts of their own (they write what another does), or take what only an authorised look gives.
const NOT_WALKED: [&str; 14] = [
    "audit::record",
    "audit::record_failure",
    "audit::intent",
    "audit::refused",
    "idempotency::once",
    "provision::resume_unless",
    "tenants::before",
    "tenants::comparison",
    "tenants::detail",
    "tenants::drift",
    "tenants::kept",
    "tokens::still",
    // What a token was made for is asked, and not the role: app/tests/it/functions/connection.rs.
    "tenants::connection",
    "tenants::tell",
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
            let room = match parts.as_slice() {
                ["tenants", "provision.rs"] => "provision",
                ["second_factor", "passkeys.rs"] => "passkeys",
                // What is walked here is a function named fleet.
                ["fleet.rs"] => "overview",
                parts => parts[0].trim_end_matches(".rs"),
            };
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
    let walked = include_str!("permissions.rs");
    services.retain(|service| !NOT_WALKED.contains(&service.as_str()) && !walked.contains(&format!(": {service}(")));
    assert_eq!(services, Vec::<String>::new(), "not walked");
}
