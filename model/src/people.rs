//! Who is asking.

names! {
    /// The roles of central admins, weakest first.
    #[derive(PartialOrd, Ord)]
    pub enum Role: "role", "a role"; "superadmin, admin, support" {
        Support = "support",
        Admin = "admin",
        Superadmin = "superadmin",
    }
}

names! {
    /// Through which door somebody came in.
    pub enum Door: "door", "a door" {
        Browser = "browser" => "in the browser",
        Cli = "cli" => "on the command line",
        System = "system" => "by itself",
        /// A program with a token.
        Api = "api" => "with a token",
    }
}

names! {
    /// Whether somebody may sign in.
    pub enum AccountStatus: "status", "a status of an account" {
        Active = "active",
        /// An admin who has not chosen a password yet.
        Invited = "invited",
        Disabled = "disabled",
    }
}

names! {
    /// By what an admin signs in.
    pub enum WayIn: "way", "a way in" {
        Password = "password",
        Passkey = "passkey",
        /// The identity provider.
        Provider = "provider",
    }
}

names! {
    /// What became of something that was done, in the record of it.
    pub enum AuditOutcome: "outcome", "an outcome in the audit" {
        Intended = "intended",
        Succeeded = "succeeded",
        Failed = "failed",
    }
}

names! {
    /// How an export of the audit is written.
    pub enum AuditFormat: "format", "a format of an export" {
        Ndjson = "ndjson",
        Csv = "csv",
    }
}

impl AccountStatus {
    pub fn of(disabled: bool) -> Self {
        if disabled { AccountStatus::Disabled } else { AccountStatus::Active }
    }
}
