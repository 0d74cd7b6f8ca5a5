//! An advice at the command line: the command or the flag.

use super::{Advice, Do, Resolve, Say};

impl Advice {
    /// For whoever is at the command line.
    pub fn command(&self) -> String {
        self.put(Do::command)
    }
}

impl Do {
    /// The command, as it is typed. Of what is for whoever runs the server nothing is said: they read it.
    pub fn command(&self) -> String {
        let slug = |tenant: &Option<String>| tenant.clone().unwrap_or_else(|| "SLUG".into());
        match self {
            Do::ListTenants {} => "neo tenant list".into(),
            Do::TenantsOn { server } => format!("neo tenant list --server {server}"),
            Do::TenantsTagged {} => "neo tenant list --tag TAG".into(),
            Do::TenantsInQuarantine {} => "neo tenant list --quarantined".into(),
            Do::ShowTenant { tenant } => format!("neo tenant show {tenant}"),
            Do::RetryTenant { tenant } => format!("neo tenant retry {}", slug(tenant)),
            Do::CleanUpTenant { tenant } => format!("neo tenant cleanup {tenant}"),
            Do::MoveTenant { tenant, server } => format!("neo tenant move {tenant} --server {server}"),
            Do::DropReplaced { tenant } => format!("neo tenant drop-replaced {tenant}"),
            Do::DeleteTenant { tenant } => format!("neo tenant delete {tenant}"),
            Do::RotateTenant { tenant } => format!("neo tenant rotate-password {tenant}"),
            Do::ArchiveTenant {} => "neo tenant archive".into(),
            Do::ReleaseTenant { tenant } => format!("neo tenant release {}", slug(tenant)),
            Do::AdoptTenant {} => "neo tenant adopt".into(),
            Do::UnlockTenant { tenant } => format!("neo tenant unlock {tenant}"),
            Do::TenantUsers { tenant } => format!("neo tenant users {tenant}"),
            Do::MigrateTenant { tenant } => format!("neo migrate tenant {}", slug(tenant)),
            Do::VerifyTenant { tenant } => format!("neo migrate verify {}", slug(tenant)),
            Do::ResolveTenant { tenant, how } => {
                let how = match how {
                    Resolve::Look => "",
                    Resolve::DropInvalid => " --drop-invalid",
                    Resolve::Forget => " --forget",
                };
                format!("neo migrate resolve {}{how}", slug(tenant))
            }
            Do::MakeMigration {} => "neo migrate make NAME".into(),
            Do::ListBackups {} => "neo backup list".into(),
            Do::ListServers {} => "neo server list".into(),
            Do::CheckServer { server } => format!("neo server check {server}"),
            Do::SetServer { server } => format!("neo server set {server}"),
            Do::RotateServer { server } => format!("neo server rotate-password {server}"),
            Do::ListRuns {} => "neo run list".into(),
            Do::ShowRun { run } => format!("neo run show {run}"),
            Do::WatchRun { run } => format!("neo run watch {run}"),
            Do::ResumeRun { run } => format!("neo run resume {run}"),
            Do::CancelRun { run } => format!("neo run cancel {run}"),
            Do::ListRequests {} => "neo run requests".into(),
            Do::ShowRequest { request } => format!("neo run requests {request}"),
            Do::ApproveRequest { request } => format!("neo run approve {request}"),
            Do::GoPast {} => "at the machine, past it: --without-approval".into(),
            Do::ListAdmins {} => "neo admin list".into(),
            Do::CreateCentralAdmin {} => "neo create-central-admin".into(),
            Do::Serve {} => "neo serve".into(),
            Do::Doctor {} => "neo doctor".into(),
            Do::DoctorLocks {} => "neo doctor locks".into(),
            Do::GenerateKey {} => "neo key generate".into(),
            Do::KeyStatus {} => "neo key status".into(),
            Do::RewrapKeys {} => "neo key rewrap".into(),
            Do::AskOperator {} => String::new(),
            Do::Say { what } => what.flag().into(),
        }
    }
}

impl Say {
    fn flag(self) -> &'static str {
        match self {
            Say::Host => "--host HOST",
            Say::User => "--user USER",
            Say::Folder => "--path DIR",
            Say::Insecure => "--insecure",
            Say::RequireTls => "--tls require",
            Say::TlsCa => "--tls-ca FILE",
            Say::WithoutBackup => "--no-backup",
            Say::SayWithoutBackup => "say --no-backup",
            Say::Forget => "--forget",
            Say::AsTenant => "--as SLUG",
            Say::Steps => "--steps N",
            Say::To => "--to VERSION",
            Say::FewerSteps => "--steps or --to",
            Say::WhoGoesFirst => "--canary 1, or --wave",
            Say::Canary => "--canary 1",
            Say::AllFailed => "--failed",
            Say::Detach => "add --detach",
            Say::AdminPassword => "ADMIN_PASSWORD",
            Say::Applied => "--applied",
            Say::NotApplied => "--not-applied",
            Say::Continue => "--continue",
            Say::ContinueAt => "--continue N",
            Say::RecordTable => "--record-table NAME",
            Say::NoRecord => "--no-record",
        }
    }
}
