//! An advice for a program: the function of the API, with its arguments.

use super::{Advice, Do, Say};

impl Advice {
    /// For whoever calls the API.
    pub fn function(&self) -> String {
        self.put(|act| act.function().unwrap_or_else(|| act.plain()))
    }
}

impl Do {
    /// None for what no program can do from afar.
    pub fn function(&self) -> Option<String> {
        let get = |path: &str| Some(format!("GET /api/v1/{path}"));
        let post = |path: &str, body: String| Some(format!("POST /api/v1/{path} {body}"));
        let on = |path: &str, tenant: &str| post(path, format!("{{\"tenant\":\"{tenant}\"}}"));
        let of_run = |path: &str, run: i64| post(path, format!("{{\"run\":{run}}}"));
        let slug = |tenant: &Option<String>| tenant.clone().unwrap_or_else(|| "SLUG".into());
        let start = |goal: &str, tenant: &Option<String>| {
            post(
                "runs/start",
                format!("{{\"goal\":{{\"{goal}\":{{}}}},\"selection\":{{\"keys\":[\"{}\"]}}}}", slug(tenant)),
            )
        };
        match self {
            Do::ListTenants {} => get("tenants"),
            Do::TenantsOn { server } => get(&format!("tenants?server={server}")),
            Do::TenantsTagged {} => get("tenants?tag=TAG"),
            Do::TenantsInQuarantine {} => get("tenants?quarantined=true"),
            Do::ShowTenant { tenant } => get(&format!("tenants/show?tenant={tenant}")),
            Do::RetryTenant { tenant } => on("tenants/retry", &slug(tenant)),
            Do::CleanUpTenant { tenant } => on("tenants/clean-up", tenant),
            Do::MoveTenant { tenant, server } => {
                post("tenants/move", format!("{{\"tenant\":\"{tenant}\",\"server\":\"{server}\"}}"))
            }
            Do::DropReplaced { tenant } => on("tenants/drop-replaced", tenant),
            Do::DeleteTenant { tenant } => on("tenants/delete", tenant),
            Do::RotateTenant { tenant } => post("tenants/rotate-password", format!("{{\"tenants\":[\"{tenant}\"]}}")),
            Do::ArchiveTenant {} => on("tenants/archive", "SLUG"),
            Do::ReleaseTenant { tenant } => on("tenants/release", &slug(tenant)),
            Do::AdoptTenant {} => Some("POST /api/v1/tenants/adopt".into()),
            Do::UnlockTenant { tenant } => get(&format!("tenants/show?tenant={tenant}&lock=true")),
            Do::TenantUsers { tenant } => get(&format!("tenants/users?tenant={tenant}")),
            Do::MigrateTenant { tenant } => start("migrate", tenant),
            Do::VerifyTenant { tenant } => start("verify", tenant),
            Do::ResolveTenant { tenant, how: _ } => on("tenants/resolve", &slug(tenant)),
            Do::ListBackups {} => get("backups"),
            Do::ListServers {} => get("servers"),
            Do::CheckServer { server } => post("servers/check", format!("{{\"server\":\"{server}\"}}")),
            Do::SetServer { server } => post("servers/set", format!("{{\"server\":\"{server}\"}}")),
            Do::RotateServer { server } => post("servers/rotate-password", format!("{{\"server\":\"{server}\"}}")),
            Do::ListRuns {} => get("runs"),
            Do::ShowRun { run } => get(&format!("runs/show?run={run}")),
            Do::WatchRun { run } => get(&format!("runs/events?run={run}")),
            Do::ResumeRun { run } => of_run("runs/resume", *run),
            Do::CancelRun { run } => of_run("runs/cancel", *run),
            Do::ListRequests {} => get("runs/requests"),
            Do::ShowRequest { request } => get(&format!("runs/requests/show?request={request}")),
            Do::ApproveRequest { request } => post("runs/approve", format!("{{\"request\":{request}}}")),
            Do::ListAdmins {} => get("admins"),
            Do::Doctor {} => get("doctor"),
            Do::DoctorLocks {} => get("doctor?locks=true"),
            Do::KeyStatus {} => get("keys"),
            Do::Say { what } => Some(what.key().into()),
            Do::MakeMigration {}
            | Do::GoPast {}
            | Do::CreateCentralAdmin {}
            | Do::Serve {}
            | Do::GenerateKey {}
            | Do::RewrapKeys {}
            | Do::AskOperator {} => None,
        }
    }
}

impl Say {
    /// The key of the body, with a value where only one helps.
    fn key(self) -> &'static str {
        match self {
            Say::Host => "\"host\"",
            Say::User => "\"username\"",
            Say::Folder => "\"path\"",
            Say::Insecure => "\"insecure\": true",
            Say::RequireTls => "\"tls\": \"require\"",
            Say::TlsCa => "\"tls_ca\"",
            Say::WithoutBackup | Say::SayWithoutBackup => "\"backup\": false",
            Say::Forget => "\"forget\": true",
            Say::AsTenant => "\"slug\"",
            Say::Steps => "more \"steps\"",
            Say::To => "another \"to\"",
            Say::FewerSteps => "another \"steps\" or \"to\"",
            Say::WhoGoesFirst => "\"waves\"",
            Say::Canary => "1, 10%, tag:early",
            Say::AllFailed => "\"failed\": true",
            Say::Detach => "leave it to a server",
            Say::AdminPassword => "\"password\" of the \"admin\"",
            Say::Applied => "\"applied\"",
            Say::NotApplied => "\"not_applied\"",
            Say::Continue => "\"continue\"",
            Say::ContinueAt => "the number of the statement",
            Say::RecordTable => "\"record_table\"",
            Say::NoRecord => "\"no_record\": true",
        }
    }
}
