//! What to do about an error, as a value: words that are true through every door, and in them acts that each door names in its
//! own way. The command line says the command ([`Advice::command`]), a page shows a link ([`Advice::plain`] in words), a
//! program is told the function of the API ([`Advice::function`]).

use serde::{Deserialize, Serialize};

mod command;
mod function;
mod plain;
pub mod told;

/// One sentence, without its full stop.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Advice(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Part {
    /// True through every door.
    Words(String),
    Do(Do),
}

/// What somebody can do next. A tenant that is not named is one that whoever reads this has in mind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Do {
    ListTenants {},
    TenantsOn {
        server: String,
    },
    TenantsTagged {},
    TenantsInQuarantine {},
    ShowTenant {
        tenant: String,
    },
    /// Go on with its provisioning.
    RetryTenant {
        tenant: Option<String>,
    },
    CleanUpTenant {
        tenant: String,
    },
    /// To another server.
    MoveTenant {
        tenant: String,
        server: String,
    },
    /// The database that it had before a move.
    DropReplaced {
        tenant: String,
    },
    DeleteTenant {
        tenant: String,
    },
    /// Give the login of its database a new password.
    RotateTenant {
        tenant: String,
    },
    ArchiveTenant {},
    ReleaseTenant {
        tenant: Option<String>,
    },
    AdoptTenant {},
    /// See who holds its migration lock, and break it.
    UnlockTenant {
        tenant: String,
    },
    TenantUsers {
        tenant: String,
    },
    MigrateTenant {
        tenant: Option<String>,
    },
    VerifyTenant {
        tenant: Option<String>,
    },
    /// Say what is true of a migration that is half done.
    ResolveTenant {
        tenant: Option<String>,
        how: Resolve,
    },
    MakeMigration {},
    ListBackups {},
    ListServers {},
    CheckServer {
        server: String,
    },
    /// Tell Neo what is another at it: address, login, password.
    SetServer {
        server: String,
    },
    RotateServer {
        server: String,
    },
    ListRuns {},
    ShowRun {
        run: i64,
    },
    WatchRun {
        run: i64,
    },
    ResumeRun {
        run: i64,
    },
    CancelRun {
        run: i64,
    },
    /// What waits for somebody's yes.
    ListRequests {},
    ShowRequest {
        request: i64,
    },
    ApproveRequest {
        request: i64,
    },
    /// Do it without somebody's yes.
    GoPast {},
    ListAdmins {},
    CreateCentralAdmin {},
    Serve {},
    Doctor {},
    /// Who waits for whom in the tenants' databases.
    DoctorLocks {},
    GenerateKey {},
    KeyStatus {},
    RewrapKeys {},
    /// What follows is for whoever runs the server: it is about its settings or its machine.
    AskOperator {},
    /// Say this with what was asked for.
    Say {
        what: Say,
    },
}

/// How a half-done migration is resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Resolve {
    /// Look first.
    Look,
    DropInvalid,
    Forget,
}

/// A flag, a field of a form, a key of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Say {
    Host,
    User,
    Folder,
    /// TLS may be off on the way to another machine.
    Insecure,
    RequireTls,
    TlsCa,
    WithoutBackup,
    /// The same where the sentence wants a verb.
    SayWithoutBackup,
    /// Strike what a tenant had before from the record.
    Forget,
    /// Restore it as another tenant.
    AsTenant,
    Steps,
    To,
    FewerSteps,
    WhoGoesFirst,
    Canary,
    AllFailed,
    Detach,
    AdminPassword,
    Applied,
    NotApplied,
    Continue,
    ContinueAt,
    /// Which table holds knex's record.
    RecordTable,
    /// None of the files has been applied.
    NoRecord,
}

impl Advice {
    /// For whoever runs the server: who is in front of a browser cannot see to it.
    pub fn operator(words: impl Into<String>) -> Self {
        Self(vec![Part::Do(Do::AskOperator {}), Part::Words(words.into())])
    }

    pub fn act(mut self, act: impl Into<Do>) -> Self {
        self.0.push(Part::Do(act.into()));
        self
    }

    pub fn and(mut self, words: impl Into<String>) -> Self {
        self.0.push(Part::Words(words.into()));
        self
    }

    /// This after what was advised already.
    pub fn then(mut self, more: impl Into<Advice>) -> Self {
        self.0.extend(more.into().0);
        self
    }

    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    pub fn acts(&self) -> impl Iterator<Item = &Do> {
        self.0.iter().filter_map(|part| match part {
            Part::Do(act) => Some(act),
            Part::Words(_) => None,
        })
    }

    /// The same for this tenant, where it did not say for whom.
    pub fn of_tenant(mut self, slug: &str) -> Self {
        for part in &mut self.0 {
            if let Part::Do(
                Do::RetryTenant { tenant }
                | Do::ReleaseTenant { tenant }
                | Do::MigrateTenant { tenant }
                | Do::VerifyTenant { tenant }
                | Do::ResolveTenant { tenant, .. },
            ) = part
            {
                tenant.get_or_insert_with(|| slug.to_owned());
            }
        }
        self
    }

    /// The words, to be changed where they stand.
    pub fn words_mut(&mut self) -> impl Iterator<Item = &mut String> {
        self.0.iter_mut().filter_map(|part| match part {
            Part::Words(words) => Some(words),
            Part::Do(_) => None,
        })
    }

    fn put(&self, word: impl Fn(&Do) -> String) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Words(words) => words.clone(),
            Part::Do(act) => word(act),
        });
        parts.collect()
    }
}

impl From<Do> for Advice {
    fn from(act: Do) -> Self {
        Self(vec![Part::Do(act)])
    }
}

impl From<Say> for Advice {
    fn from(what: Say) -> Self {
        Do::from(what).into()
    }
}

impl From<Say> for Do {
    fn from(what: Say) -> Self {
        Do::Say { what }
    }
}

impl From<String> for Advice {
    fn from(words: String) -> Self {
        Self(vec![Part::Words(words)])
    }
}

impl From<&str> for Advice {
    fn from(words: &str) -> Self {
        words.to_owned().into()
    }
}

impl From<&String> for Advice {
    fn from(words: &String) -> Self {
        words.clone().into()
    }
}

impl From<&Advice> for Advice {
    fn from(advice: &Advice) -> Self {
        advice.clone()
    }
}

#[cfg(test)]
#[path = "advice/tests.rs"]
mod tests;
