//! An advice in words for people who are not at the command line: where a page can link to it, the text of the link.

use super::{Advice, Do, Resolve, Say};

impl Advice {
    /// For somebody in a browser, where nothing can be linked.
    pub fn plain(&self) -> String {
        self.put(Do::plain)
    }
}

impl Do {
    /// What a link to it is called. What only the command line can do says so.
    pub fn plain(&self) -> String {
        let which = |tenant: &Option<String>| tenant.clone().unwrap_or_else(|| "the tenant".into());
        match self {
            Do::ListTenants {} => "the list of tenants".into(),
            Do::TenantsTagged {} => "the list of tenants shows their tags".into(),
            Do::TenantsOn { server } => format!("the tenants on {server}"),
            Do::TenantsInQuarantine {} => "the tenants in quarantine".into(),
            Do::ShowTenant { tenant } => format!("the page of tenant {tenant}"),
            Do::RetryTenant { tenant } => format!("retry {}", which(tenant)),
            Do::CleanUpTenant { tenant } => format!("clean up {tenant}"),
            Do::MoveTenant { tenant, server } => format!("move {tenant} to {server}"),
            Do::DropReplaced { tenant } => format!("drop what {tenant} had before"),
            Do::DeleteTenant { tenant } => format!("delete {tenant}"),
            Do::RotateTenant { tenant } => format!("a new password for {tenant}"),
            Do::ArchiveTenant {} => "archive it".into(),
            Do::ReleaseTenant { tenant } => format!("release {}", which(tenant)),
            Do::AdoptTenant {} => "adopt it as a tenant".into(),
            Do::UnlockTenant { tenant } => format!("the lock of {tenant}"),
            Do::TenantUsers { tenant } => format!("the users of {tenant}"),
            Do::MigrateTenant { tenant } => format!("a run on {}", which(tenant)),
            Do::VerifyTenant { tenant } => format!("a verification of {}", which(tenant)),
            Do::ResolveTenant { tenant, how } => {
                let how = match how {
                    Resolve::Look => "",
                    Resolve::DropInvalid => ", dropping what is invalid",
                    Resolve::Forget => ", forgetting where it was",
                };
                format!("resolving {}{how}", which(tenant))
            }
            Do::MakeMigration {} => "NUMBER_name.up.sql and NUMBER_name.down.sql".into(),
            Do::ListBackups {} => "the list of backups".into(),
            Do::ListServers {} => "the list of servers".into(),
            Do::CheckServer { server } => format!("the check of {server}"),
            Do::SetServer { server } => format!("the settings of {server}"),
            Do::RotateServer { server } => format!("a new password for {server}"),
            Do::ListRuns {} => "the list of runs".into(),
            Do::ShowRun { run } | Do::WatchRun { run } => format!("run {run}"),
            Do::ResumeRun { run } => format!("resume run {run}"),
            Do::CancelRun { run } => format!("cancel run {run}"),
            Do::ListRequests {} => "the list of requests".into(),
            Do::ShowRequest { request } => format!("request {request}"),
            Do::ApproveRequest { request } => format!("approve request {request}"),
            Do::GoPast {} => "whoever is at the machine can go past it".into(),
            Do::ListAdmins {} => "the list of admins".into(),
            Do::CreateCentralAdmin {} => "create-central-admin on the command line".into(),
            Do::Serve {} => "Neo".into(),
            Do::Doctor {} => "the doctor".into(),
            Do::DoctorLocks {} => "the doctor on locks".into(),
            Do::GenerateKey {} => "key generate on the command line".into(),
            Do::KeyStatus {} => "the status of the keys".into(),
            Do::RewrapKeys {} => "key rewrap on the command line".into(),
            Do::AskOperator {} => "ask whoever runs Neo: ".into(),
            Do::Say { what } => what.plain().into(),
        }
    }
}

impl Say {
    fn plain(self) -> &'static str {
        match self {
            Say::Host => "fill in “Host”",
            Say::User => "fill in “User”",
            Say::Folder => "fill in “Folder”",
            Say::Insecure => "tick “With TLS off”",
            Say::RequireTls => "set “TLS” to require",
            Say::TlsCa => "fill in “Authority”",
            Say::WithoutBackup | Say::SayWithoutBackup => "untick “Take a backup first”",
            Say::Forget => "tick “Strike it from the record”",
            Say::AsTenant => "fill in another “Slug”",
            Say::Steps => "more steps",
            Say::To => "an earlier version",
            Say::FewerSteps => "fewer steps, or to a later version",
            Say::WhoGoesFirst => "say who goes first, or let the run go on by itself",
            Say::Canary => "1, 10%, tag:early",
            Say::AllFailed => "rerun what failed",
            Say::Detach => "leave it to a server",
            Say::AdminPassword => "fill in “Password”",
            Say::Applied => "applied",
            Say::NotApplied => "not applied",
            Say::Continue => "continue",
            Say::ContinueAt => "its number",
            Say::RecordTable => "say the name of the table",
            Say::NoRecord => "say that there is no record",
        }
    }
}
